/* The worlds of the schedule target: one payment, or one order, on two nodes. */
#include "fuzz/support/schedule.h"

#include "sim/scenario/store.h"

#include <stdio.h>

/* Faults last for two rounds of the scheduler; what they leave behind is settled after the heal, where
 * order is still the schedule's. */
#define HEAL_MS 70000u

static void name(struct rcp_scenario *scenario, const char *what)
{
    snprintf(scenario->name, sizeof scenario->name, "one-%s", what);
    snprintf(scenario->why,
             sizeof scenario->why,
             "One %s on two nodes, and what the bytes of a fuzzer made of it.",
             what);
}

static void one_payment(struct rcp_scenario *scenario)
{
    struct rcp_world_config *world = &scenario->world;
    name(scenario, "payment");
    world->limits = (struct rcp_limits){.requests = 2,
                                        .retries = 2,
                                        .group = 2,
                                        .groups = 1,
                                        .page = 2,
                                        .sends = 2,
                                        .partitions = 1,
                                        .window = 2};
    world->users = 1;
    rcp_world_derive(world);
    scenario->work[0] = (struct rcp_work){
        .kind = RCP_WORK_PAY, .at_ms = 1000, .activity = 1, .user_first = 1, .user_last = 1};
}

static void one_order(struct rcp_scenario *scenario)
{
    struct rcp_world_config *world = &scenario->world;
    name(scenario, "order");
    world->limits = (struct rcp_limits){0};
    world->users = 1;
    world->products = 2;
    world->buyers = 1;
    rcp_world_derive(world);
    world->limits.orders = 4;
    world->limits.settles = 2;
    world->limits.pg_calls = 4;
    scenario->work[0] = (struct rcp_work){
        .kind = RCP_WORK_ORDER,
        .at_ms = 1000,
        .user_first = 1,
        .user_last = 1,
        .purchase = 1,
        .point_percent = 20,
        .coupon = 1,
        .items = {{.product_id = 1, .quantity = 2}, {.product_id = 2, .quantity = 1}},
    };
}

void schedule_world(struct rcp_policy policy, bool shop, struct rcp_scenario *scenario)
{
    rcp_scenario_defaults(scenario);
    scenario->policy = policy;
    if (policy.hardened == rcp_policy_documented().hardened)
        scenario->base = policy;
    scenario->world.nodes = 2;
    if (shop)
        one_order(scenario);
    else
        one_payment(scenario);
    scenario->world.sessions = 8;
    scenario->world.instant = 1;
    scenario->heal_ms = HEAL_MS;
    scenario->work_count = 1;
}
