/* The swarm's generator: each seed draws a world, a workload, which faults exist at all, and how often.
 *
 * Limits go down to 1, so that *full* happens; most draws are small, so that many happen. */
#include "sim/swarm.h"
#include "core/hash.h"
#include "sim/check/invariant.h"
#include "sim/run.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SECOND_MS UINT64_C(1000)
#define MINUTE_MS (60u * SECOND_MS)

struct dice {
    uint64_t state;
};

static uint64_t roll(struct dice *dice)
{
    dice->state = rcp_hash(dice->state, 0x7377u);
    return dice->state;
}

/* first..last, both included. */
static uint32_t between(struct dice *dice, uint32_t first, uint32_t last)
{
    return first + (uint32_t)((roll(dice) >> 32) * (last - first + 1u) >> 32);
}

static bool one_in(struct dice *dice, uint32_t n)
{
    return between(dice, 1, n) == 1;
}

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

/* One in eight draws is the smallest there is, one in eight the largest. */
static uint32_t draw_limit(struct dice *dice, uint32_t least, uint32_t most)
{
    switch (between(dice, 0, 7)) {
    case 0:
        return least;
    case 1:
        return most;
    default:
        return between(dice, least, most);
    }
}

static void draw_world(struct dice *dice, struct rcp_world_config *world)
{
    for (uint32_t i = 0; i < RCP_SWARM_LIMIT_COUNT; i++) {
        const struct rcp_swarm_limit *limit = &rcp_swarm_limits[i];
        uint32_t value = draw_limit(dice, limit->least, limit->most);
        memcpy((unsigned char *)&world->limits + limit->offset, &value, sizeof value);
    }
    if (world->limits.retries < world->limits.partitions)
        world->limits.retries = world->limits.partitions;
    world->nodes = between(dice, 1, RCP_SWARM_NODES);
    world->nodes_per_process = one_in(dice, 4) ? 2 : 1;
    world->activities = between(dice, 1, RCP_SWARM_ACTIVITIES);
    world->users = between(dice, 4, RCP_SWARM_PAYMENTS / world->activities);
    world->capacity = one_in(dice, 2) ? world->users : between(dice, 1, world->users);
    world->sessions = draw_limit(dice, world->nodes, RCP_SWARM_SESSIONS);
    world->rows = RCP_SWARM_ROWS;
    world->records = RCP_SWARM_RECORDS;
    world->pending = RCP_SWARM_PENDING;
    world->exchanges = RCP_SWARM_EXCHANGES;
    world->token_ttl_ms = one_in(dice, 3) ? between(dice, 20, 120) * SECOND_MS : RCP_TOKEN_TTL_MS;
    world->orphan_ms = between(dice, 1, 60) * SECOND_MS;
    world->session_timeout_ms = between(dice, 5, 45) * SECOND_MS;
    world->client_tries = between(dice, 1, 6);
}

/* --- The workload --- */

static uint64_t a_time(struct dice *dice, const struct rcp_scenario *scenario)
{
    return between(dice, 0, (uint32_t)scenario->heal_ms * 3u / 4u);
}

static struct rcp_work *add_work(struct dice *dice,
                                 struct rcp_scenario *scenario,
                                 enum rcp_work_kind kind)
{
    struct rcp_work *work = &scenario->work[scenario->work_count++];
    *work = (struct rcp_work){
        .at_ms = a_time(dice, scenario),
        .kind = kind,
        .activity = between(dice, 1, scenario->world.activities),
        .user_first = between(dice, 1, scenario->world.users),
    };
    work->user_last = work->user_first;
    return work;
}

static void draw_payers(struct dice *dice, struct rcp_scenario *scenario)
{
    static const uint32_t paces_ms[] = {0, 1, 20, 1000, 10000};
    for (uint32_t activity = 1; activity <= scenario->world.activities; activity++) {
        struct rcp_work *work = add_work(dice, scenario, RCP_WORK_PAY);
        work->activity = activity;
        work->user_first = one_in(dice, 2) ? 1 : between(dice, 1, scenario->world.users / 4u + 1u);
        work->user_last = scenario->world.users;
        work->every_ms = paces_ms[between(dice, 0, 4)];
        if (one_in(dice, 2))
            work->at_ms = between(dice, 0, 5000);
    }
}

static void draw_workload(struct dice *dice, struct rcp_scenario *scenario)
{
    draw_payers(dice, scenario);
    uint32_t extras = between(dice, 2, 10);
    for (uint32_t i = 0; i < extras; i++) {
        enum rcp_work_kind kind =
            (enum rcp_work_kind)between(dice, RCP_WORK_PAY, RCP_WORK_KIND_COUNT - 1u);
        struct rcp_work *work = add_work(dice, scenario, kind);
        if (kind == RCP_WORK_BACKLOG || kind == RCP_WORK_PAY)
            work->user_last = between(dice, work->user_first, scenario->world.users);
        if (work->user_last != work->user_first)
            work->every_ms = between(dice, 0, 1000);
        if (kind == RCP_WORK_FOREIGN_TOKEN)
            work->by_user = work->user_first % scenario->world.users + 1u;
    }
}

/* --- Faults --- */

static struct rcp_plan *add_plan(struct dice *dice,
                                 struct rcp_scenario *scenario,
                                 enum rcp_fault fault)
{
    const struct rcp_fault_info *info = rcp_fault_info(fault);
    struct rcp_plan *plan = &scenario->plan[scenario->plan_count++];
    *plan = (struct rcp_plan){.at_ms = a_time(dice, scenario), .fault = fault, .may_not_fire = 1};
    if (info->wants_for)
        plan->for_ms =
            one_in(dice, 2) ? between(dice, 1, 20) * SECOND_MS : between(dice, 20, 400) * SECOND_MS;
    if (info->wants_by)
        plan->by_ms = between(dice, 1, 600) * SECOND_MS;
    if (info->wants_node)
        plan->node = between(dice, 1, scenario->world.nodes);
    if (fault == RCP_FAULT_MYSQL_CLOCK_JUMP && one_in(dice, 4))
        plan->by_ms = RCP_AGE_MAX_MS + SECOND_MS; /* every open row is past its age at once */
    if (fault == RCP_FAULT_KAFKA_RETENTION)
        plan->by_ms = RCP_AGE_MAX_MS; /* older than anything in the run: no assumption is broken */
    return plan;
}

static void draw_input(struct dice *dice, struct rcp_scenario *scenario, enum rcp_fault fault)
{
    struct rcp_plan *plan = add_plan(dice, scenario, fault);
    plan->activity = between(dice, 1, scenario->world.activities);
    plan->user = between(dice, 1, scenario->world.users);
    if (one_in(dice, 2))
        plan->at_ms = 0;
}

static void draw_fate(struct dice *dice, struct rcp_scenario *scenario, enum rcp_fault fault)
{
    static const uint32_t odds[] = {4, 10, 30, 100};
    uint64_t sites = rcp_fault_info(fault)->sites;
    struct rcp_rule *rule = &scenario->rules[scenario->rule_count++];
    *rule =
        (struct rcp_rule){.why = RCP_WHY_FATE, .option = fault, .chance_num = 1, .may_not_fire = 1};
    rule->chance_den = odds[between(dice, 0, 3)];
    uint32_t site = between(dice, 1, RCP_SITE_COUNT - 1u);
    if (one_in(dice, 3) && (sites & RCP_AT(site)) != 0) { /* often, but only there */
        rule->site = site;
        rule->chance_den = between(dice, 2, 4);
    }
    if (one_in(dice, 4))
        rule->node = between(dice, 1, scenario->world.nodes);
}

static void draw_faults(struct dice *dice, struct rcp_scenario *scenario)
{
    uint32_t rarity = between(dice, 3, 12); /* each fault is there in one seed of so many */
    for (uint32_t i = 1; i < RCP_FAULT_COUNT; i++) {
        enum rcp_fault fault = (enum rcp_fault)i;
        if (!one_in(dice, rarity))
            continue;
        switch (rcp_fault_info(fault)->class) {
        case RCP_FAULT_CLASS_FATE:
            draw_fate(dice, scenario, fault);
            break;
        case RCP_FAULT_CLASS_PLANNED:
            add_plan(dice, scenario, fault);
            if (one_in(dice, 3))
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

static_assert(2u * (RCP_FAULT_COUNT - RCP_FAULT_FATES) <= RCP_PLAN_MAX,
              "a seed's plans fit a scenario");
static_assert(RCP_FAULT_FATES <= RCP_RULES_MAX, "a seed's fates fit a scenario");

void rcp_swarm_scenario(uint64_t seed,
                        struct rcp_policy base,
                        struct rcp_policy policy,
                        struct rcp_scenario *scenario)
{
    struct dice dice = {rcp_hash(0x737761726du, seed)};
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
    scenario->heal_ms = between(&dice, RCP_SWARM_HEAL_LEAST_S, RCP_SWARM_HEAL_MOST_S) * SECOND_MS;
    scenario->chaos_num = one_in(&dice, 4) ? 0 : 1;
    scenario->chaos_den = 1u << between(&dice, 0, 4);
    scenario->slow_num = one_in(&dice, 3) ? 0 : 1;
    scenario->slow_den = 1u << between(&dice, 3, 7);
    draw_workload(&dice, scenario);
    if (!one_in(&dice, 20))
        draw_faults(&dice, scenario);
}
