/* The swarm's generator: each seed draws a world, a workload, which faults exist at all, and how often.
 *
 * Limits go down to 1, so that *full* happens; most draws are small, so that many happen. */
#include "sim/swarm.h"
#include "sim/check/invariant.h"
#include "sim/engine/swarm_shop.h"
#include "sim/run.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SECOND_MS UINT64_C(1000)
#define MINUTE_MS (60u * SECOND_MS)

/* --- The world --- */

const struct rcp_swarm_limit rcp_swarm_limits[RCP_SWARM_LIMIT_COUNT] = {
    {"requests", offsetof(struct rcp_limits, requests), 1, 32},
    {"retries", offsetof(struct rcp_limits, retries), 1, 16},
    {"group", offsetof(struct rcp_limits, group), 1, 8},
    {"groups", offsetof(struct rcp_limits, groups), 1, 3},
    {"page", offsetof(struct rcp_limits, page), 1, 10},
    {"sends", offsetof(struct rcp_limits, sends), 1, 10},
    {"partitions", offsetof(struct rcp_limits, partitions), 1, 3},
    {"window", offsetof(struct rcp_limits, window), 1, 16},
};

static void draw_world(struct rcp_dice *dice, struct rcp_world_config *world)
{
    for (uint32_t i = 0; i < RCP_SWARM_LIMIT_COUNT; i++) {
        const struct rcp_swarm_limit *limit = &rcp_swarm_limits[i];
        uint32_t value = rcp_dice_limit(dice, limit->least, limit->most);
        memcpy((unsigned char *)&world->limits + limit->offset, &value, sizeof value);
    }
    if (world->limits.retries < world->limits.partitions)
        world->limits.retries = world->limits.partitions;
    world->nodes = rcp_dice_between(dice, 1, RCP_SWARM_NODES);
    world->nodes_per_process = rcp_dice_one_in(dice, 4) ? 2 : 1;
    world->activities = rcp_dice_between(dice, 1, RCP_SWARM_ACTIVITIES);
    world->users = rcp_dice_between(dice, 4, RCP_SWARM_PAYMENTS / world->activities);
    world->capacity =
        rcp_dice_one_in(dice, 2) ? world->users : rcp_dice_between(dice, 1, world->users);
    world->sessions = rcp_dice_limit(dice, world->nodes, RCP_SWARM_SESSIONS);
    world->rows = RCP_SWARM_ROWS;
    world->records = RCP_SWARM_RECORDS;
    world->pending = RCP_SWARM_PENDING;
    world->exchanges = RCP_SWARM_EXCHANGES;
    world->token_ttl_ms =
        rcp_dice_one_in(dice, 3) ? rcp_dice_between(dice, 20, 120) * SECOND_MS : RCP_TOKEN_TTL_MS;
    world->orphan_ms = rcp_dice_between(dice, 1, 60) * SECOND_MS;
    world->session_timeout_ms = rcp_dice_between(dice, 5, 45) * SECOND_MS;
    world->client_tries = rcp_dice_between(dice, 1, 6);
}

/* --- The workload --- */

static uint64_t a_time(struct rcp_dice *dice, const struct rcp_scenario *scenario)
{
    return rcp_dice_between(dice, 0, (uint32_t)scenario->heal_ms * 3u / 4u);
}

static struct rcp_work *add_work(struct rcp_dice *dice,
                                 struct rcp_scenario *scenario,
                                 enum rcp_work_kind kind)
{
    struct rcp_work *work = &scenario->work[scenario->work_count++];
    *work = (struct rcp_work){
        .at_ms = a_time(dice, scenario),
        .kind = kind,
        .activity = rcp_dice_between(dice, 1, scenario->world.activities),
        .user_first = rcp_dice_between(dice, 1, scenario->world.users),
    };
    work->user_last = work->user_first;
    return work;
}

static void draw_payers(struct rcp_dice *dice, struct rcp_scenario *scenario)
{
    static const uint32_t paces_ms[] = {0, 1, 20, 1000, 10000};
    for (uint32_t activity = 1; activity <= scenario->world.activities; activity++) {
        struct rcp_work *work = add_work(dice, scenario, RCP_WORK_PAY);
        work->activity = activity;
        work->user_first = rcp_dice_one_in(dice, 2)
                               ? 1
                               : rcp_dice_between(dice, 1, scenario->world.users / 4u + 1u);
        work->user_last = scenario->world.users;
        work->every_ms = paces_ms[rcp_dice_between(dice, 0, 4)];
        if (rcp_dice_one_in(dice, 2))
            work->at_ms = rcp_dice_between(dice, 0, 5000);
    }
}

static void draw_workload(struct rcp_dice *dice, struct rcp_scenario *scenario)
{
    draw_payers(dice, scenario);
    uint32_t extras = rcp_dice_between(dice, 2, 10);
    for (uint32_t i = 0; i < extras; i++) {
        enum rcp_work_kind kind =
            (enum rcp_work_kind)rcp_dice_between(dice, RCP_WORK_PAY, RCP_WORK_RESERVE);
        struct rcp_work *work = add_work(dice, scenario, kind);
        if (kind == RCP_WORK_BACKLOG || kind == RCP_WORK_PAY)
            work->user_last = rcp_dice_between(dice, work->user_first, scenario->world.users);
        if (work->user_last != work->user_first)
            work->every_ms = rcp_dice_between(dice, 0, 1000);
        if (kind == RCP_WORK_FOREIGN_TOKEN)
            work->by_user = work->user_first % scenario->world.users + 1u;
    }
}

/* --- Faults --- */

static struct rcp_plan *add_plan(struct rcp_dice *dice,
                                 struct rcp_scenario *scenario,
                                 enum rcp_fault fault)
{
    const struct rcp_fault_info *info = rcp_fault_info(fault);
    struct rcp_plan *plan = &scenario->plan[scenario->plan_count++];
    *plan = (struct rcp_plan){.at_ms = a_time(dice, scenario), .fault = fault, .may_not_fire = 1};
    if (info->wants_for)
        plan->for_ms = rcp_dice_one_in(dice, 2) ? rcp_dice_between(dice, 1, 20) * SECOND_MS
                                                : rcp_dice_between(dice, 20, 400) * SECOND_MS;
    if (info->wants_by)
        plan->by_ms = rcp_dice_between(dice, 1, 600) * SECOND_MS;
    if (info->wants_node)
        plan->node = rcp_dice_between(dice, 1, scenario->world.nodes);
    if (fault == RCP_FAULT_MYSQL_CLOCK_JUMP && rcp_dice_one_in(dice, 4))
        plan->by_ms = RCP_AGE_MAX_MS + SECOND_MS; /* every open row is past its age at once */
    if (fault == RCP_FAULT_KAFKA_RETENTION)
        plan->by_ms = RCP_AGE_MAX_MS; /* older than anything in the run: no assumption is broken */
    return plan;
}

static void draw_input(struct rcp_dice *dice, struct rcp_scenario *scenario, enum rcp_fault fault)
{
    struct rcp_plan *plan = add_plan(dice, scenario, fault);
    plan->activity = rcp_dice_between(dice, 1, scenario->world.activities);
    plan->user = rcp_dice_between(dice, 1, scenario->world.users);
    if (rcp_dice_one_in(dice, 2))
        plan->at_ms = 0;
}

/* Where this world has something for the fault to strike. */
static uint64_t sites_of(const struct rcp_scenario *scenario, enum rcp_fault fault)
{
    uint64_t sites = rcp_fault_info(fault)->sites;
    return rcp_world_has_shop(&scenario->world) ? sites : sites & ~RCP_AT_SHOP;
}

static uint32_t any_site(struct rcp_dice *dice, uint64_t sites)
{
    uint32_t nth = rcp_dice_between(dice, 1, (uint32_t)__builtin_popcountll(sites));
    while (--nth > 0)
        sites &= sites - 1u;
    return (uint32_t)__builtin_ctzll(sites);
}

static void draw_fate(struct rcp_dice *dice, struct rcp_scenario *scenario, enum rcp_fault fault)
{
    static const uint32_t odds[] = {4, 10, 30, 100};
    uint64_t sites = sites_of(scenario, fault);
    if (sites == 0)
        return;
    struct rcp_rule *rule = &scenario->rules[scenario->rule_count++];
    *rule =
        (struct rcp_rule){.why = RCP_WHY_FATE, .option = fault, .chance_num = 1, .may_not_fire = 1};
    rule->chance_den = odds[rcp_dice_between(dice, 0, 3)];
    if ((sites & ~RCP_AT_SHOP) == 0)
        rule->chance_den = rcp_dice_between(dice, 2, 10); /* a shop has few orders */
    if (rcp_dice_one_in(dice, 8)) {                       /* often, but only there */
        rule->site = any_site(dice, sites);
        rule->chance_den = rcp_dice_between(dice, 2, 4);
    }
    if (rcp_dice_one_in(dice, 4))
        rule->node = rcp_dice_between(dice, 1, scenario->world.nodes);
}

static void draw_faults(struct rcp_dice *dice, struct rcp_scenario *scenario)
{
    uint32_t rarity =
        rcp_dice_between(dice, 3, 12); /* each fault is there in one seed of so many */
    for (uint32_t i = 1; i < RCP_FAULT_SCHEDULER_PAUSED; i++) {
        enum rcp_fault fault = (enum rcp_fault)i;
        if (!rcp_dice_one_in(dice, rarity))
            continue;
        switch (rcp_fault_info(fault)->class) {
        case RCP_FAULT_CLASS_FATE:
            draw_fate(dice, scenario, fault);
            break;
        case RCP_FAULT_CLASS_PLANNED:
            if (rcp_fault_is_of_shop(fault) && !rcp_world_has_shop(&scenario->world))
                break;
            add_plan(dice, scenario, fault);
            if (rcp_dice_one_in(dice, 3))
                add_plan(dice, scenario, fault);
            break;
        case RCP_FAULT_CLASS_INPUT:
            draw_input(dice, scenario, fault);
            break;
        case RCP_FAULT_CLASS_NONE:
            break;
        }
    }
}

static_assert(2u * (RCP_FAULT_SCHEDULER_PAUSED - RCP_FAULT_FATES) +
                      (RCP_FAULT_COUNT - RCP_FAULT_SCHEDULER_PAUSED) <=
                  RCP_PLAN_MAX,
              "a seed's plans fit a scenario");
static_assert(RCP_FAULT_FATES <= RCP_RULES_MAX, "a seed's fates fit a scenario");

/* --- Operators --- */

/* They have dice of their own: a world that they do not come to is what it was before there were any. */
static void draw_operators(uint64_t seed, struct rcp_scenario *scenario)
{
    struct rcp_dice dice = {rcp_hash(0x6f70657261746eu, seed)};
    if (!rcp_dice_one_in(&dice, 4))
        return;
    uint32_t asked = rcp_dice_between(&dice, 1, 6);
    for (uint32_t i = 0; i < asked; i++) {
        bool retry = rcp_dice_one_in(&dice, 2);
        struct rcp_work *work = add_work(&dice, scenario, retry ? RCP_WORK_RETRY : RCP_WORK_PARK);
        work->user_last = rcp_dice_between(&dice, work->user_first, scenario->world.users);
    }
    for (uint32_t i = RCP_FAULT_SCHEDULER_PAUSED; i < RCP_FAULT_COUNT; i++) {
        enum rcp_fault fault = (enum rcp_fault)i;
        bool meant = !rcp_fault_is_of_shop(fault) || rcp_world_has_shop(&scenario->world);
        if (rcp_dice_one_in(&dice, 4) && meant)
            add_plan(&dice, scenario, fault);
    }
}

/* --- Company --- */

/* With dice of their own, too: nodes whose groups wait for company, as recoupd's do. */
static void draw_linger(uint64_t seed, struct rcp_world_config *world)
{
    struct rcp_dice dice = {rcp_hash(0x6c696e676572u, seed)};
    if (rcp_dice_one_in(&dice, 4))
        world->limits.linger_ms = rcp_dice_between(&dice, 1, RCP_SWARM_LINGER_MS);
}

void rcp_swarm_scenario(uint64_t seed,
                        struct rcp_policy base,
                        struct rcp_policy policy,
                        struct rcp_scenario *scenario)
{
    struct rcp_dice dice = {rcp_hash(0x737761726du, seed)};
    rcp_scenario_defaults(scenario);
    snprintf(scenario->name, sizeof scenario->name, "swarm/%llu", (unsigned long long)seed);
    snprintf(scenario->why,
             sizeof scenario->why,
             "A world drawn by swarm seed %llu.",
             (unsigned long long)seed);
    scenario->base = base;
    scenario->policy = policy;
    scenario->seed_first = scenario->seed_last = seed;
    draw_world(&dice, &scenario->world);
    if (rcp_dice_one_in(&dice, 3))
        rcp_swarm_draw_shop(&dice, &scenario->world);
    scenario->heal_ms =
        rcp_dice_between(&dice, RCP_SWARM_HEAL_LEAST_S, RCP_SWARM_HEAL_MOST_S) * SECOND_MS;
    scenario->chaos_num = rcp_dice_one_in(&dice, 4) ? 0 : 1;
    scenario->chaos_den = 1u << rcp_dice_between(&dice, 0, 4);
    scenario->slow_num = rcp_dice_one_in(&dice, 3) ? 0 : 1;
    scenario->slow_den = 1u << rcp_dice_between(&dice, 3, 7);
    draw_workload(&dice, scenario);
    if (rcp_world_has_shop(&scenario->world))
        rcp_swarm_draw_orders(&dice, scenario);
    if (!rcp_dice_one_in(&dice, 20))
        draw_faults(&dice, scenario);
    draw_operators(seed, scenario);
    draw_linger(seed, &scenario->world);
}
