/* Shrinking by drawing again: where nothing more can be left out of one run, a smaller world may fail
 * alike by another way. The same kinds of faults strike there by chance, in many seeds, and what fails is
 * shrunk like the first. */
#include "sim/engine/shrink_steps.h"

#include <string.h>

#define DRAWS_LEAST 20u /* seeds for each smaller world */
#define DRAWS_MOST  80u

/* What they may cost in all, were the worlds as large as the best. */
#define DRAWS_EVENTS 40000u

/* In struct rcp_shrink's measure: a large run is not searched for ever. */
#define REDRAW_WORK UINT64_C(4000000)

#define HOPELESS   8u   /* times as much to read does not come down in time */
#define LEAP_LEAST 200u /* events: a shorter run is taken apart at once */

/* What is worth a try, from the smallest world on. */
enum idea { ONE_USER_ON_ONE_NODE, ONE_USER, ONE_NODE, FEWER_USERS, SAME_WORLD, IDEAS };

/* One number for how much there is to read. */
static uint64_t cost_of(const struct rcp_shrink_size *size)
{
    return 8u * (size->faults + size->takes + size->orders) + 4u * (size->work + size->nodes) +
           size->events / 8u;
}

static uint64_t cost(const struct rcp_shrink *shrink)
{
    struct rcp_shrink_size size = rcp_shrink_size(&shrink->best, &shrink->best_result);
    return cost_of(&size);
}

static bool worth_it(const struct rcp_shrink *shrink, enum idea idea)
{
    struct rcp_shrink_size size = rcp_shrink_size(&shrink->best, &shrink->best_result);
    bool user = shrink->best_result.violation.user_id != 0;
    switch (idea) {
    case ONE_USER_ON_ONE_NODE:
        return user && size.work > 1 && size.nodes > 1;
    case ONE_USER:
        return user && size.work > 1;
    case ONE_NODE:
        return size.nodes > 1;
    case FEWER_USERS:
        return size.work > 3;
    case SAME_WORLD:
        return size.faults + size.takes + size.orders > 2;
    case IDEAS:
        break;
    }
    return false;
}

/* --- The smaller world --- */

static void keep_one_node(struct rcp_scenario *scenario)
{
    scenario->world.nodes = 1;
    for (uint32_t i = 0; i < scenario->plan_count; i++)
        if (scenario->plan[i].node != 0)
            scenario->plan[i].node = 1;
}

/* Those of the workload's users who are the one, or the first half of each line. */
static void keep_users(struct rcp_scenario *scenario,
                       const struct rcp_violation *violation,
                       bool one)
{
    for (uint32_t i = scenario->work_count; i-- > 0;) {
        struct rcp_work *work = &scenario->work[i];
        uint64_t user = violation->user_id;
        if (!one) {
            work->user_last -= (work->user_last - work->user_first + 1u) / 2u;
        } else if (work->activity == violation->activity_id && user >= work->user_first &&
                   user <= work->user_last) {
            work->at_ms += (user - work->user_first) * work->every_ms;
            work->user_first = work->user_last = (uint32_t)user;
        } else {
            rcp_shrink_drop(scenario, RCP_SHRINK_WORK, i);
            continue;
        }
        if (work->user_first == work->user_last)
            work->every_ms = 0;
    }
}

/* --- Its faults --- */

static void add_kind(struct rcp_scenario *scenario, uint32_t why, uint32_t site, uint64_t option)
{
    for (uint32_t i = 0; i < scenario->rule_count; i++) {
        const struct rcp_rule *rule = &scenario->rules[i];
        if (rule->why == why && rule->site == site && rule->option == option)
            return;
    }
    if (scenario->rule_count == RCP_RULES_MAX)
        return;
    struct rcp_rule *rule = &scenario->rules[scenario->rule_count++];
    memset(rule, 0, sizeof *rule);
    rule->why = why;
    rule->site = site;
    rule->option = (uint32_t)option;
    rule->chance_num = 1;
    rule->chance_den = 3;
    rule->may_not_fire = 1;
}

/* The kinds that struck before, where they did, now and then. */
static void draw_faults(struct rcp_scenario *scenario,
                        const struct rcp_scenario *best,
                        uint64_t seed)
{
    scenario->rule_count = scenario->order_count = scenario->tape_count = 0;
    scenario->tape_only = 0;
    scenario->chaos_num = scenario->slow_num = 1;
    scenario->chaos_den = seed % 2u == 0 ? 1 : 3;
    scenario->slow_den = 8;
    for (uint32_t i = 0; i < best->rule_count; i++)
        if (best->rules[i].why == RCP_WHY_FATE)
            add_kind(scenario, RCP_WHY_FATE, best->rules[i].site, best->rules[i].option);
    for (uint32_t i = 0; i < best->tape_count; i++)
        if (best->tape[i].key.why == RCP_WHY_FATE)
            add_kind(scenario, RCP_WHY_FATE, best->tape[i].key.site, best->tape[i].option);
}

static bool draw(struct rcp_shrink *shrink, enum idea idea, uint64_t seed)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    const struct rcp_violation *violation = &shrink->best_result.violation;
    if (idea == ONE_NODE || idea == ONE_USER_ON_ONE_NODE)
        keep_one_node(trial);
    if (idea == ONE_USER || idea == ONE_USER_ON_ONE_NODE || idea == FEWER_USERS)
        keep_users(trial, violation, idea != FEWER_USERS);
    draw_faults(trial, &shrink->best, seed);
    trial->seed_first = trial->seed_last = seed;
    return rcp_shrink_keep(shrink);
}

/* Draws from *seed on until something fails alike that is, as a tape, smaller than `most`; best is as it
 * was where nothing is. */
static bool try_idea(
    struct rcp_shrink *shrink, enum idea idea, bool searches, uint64_t most, uint64_t *seed)
{
    uint64_t draws = DRAWS_EVENTS / shrink->best_result.events;
    uint64_t enough = shrink->work + REDRAW_WORK;
    if (draws < DRAWS_LEAST)
        draws = DRAWS_LEAST;
    if (draws > DRAWS_MOST)
        draws = DRAWS_MOST;
    while (*seed < draws && shrink->work < enough && !shrink->stopped) {
        rcp_shrink_copy(&shrink->saved, &shrink->best);
        shrink->saved_result = shrink->best_result;
        if (!draw(shrink, idea, ++*seed))
            continue;
        if (rcp_shrink_settle(shrink)) {
            if (searches && cost(shrink) < HOPELESS * most)
                rcp_shrink_repeat(shrink);
            if (cost(shrink) < most)
                return true;
        }
        rcp_shrink_copy(&shrink->best, &shrink->saved);
        shrink->best_result = shrink->saved_result;
    }
    return false;
}

bool rcp_shrink_redraw(struct rcp_shrink *shrink)
{
    bool kept = false;
    uint64_t enough = shrink->work + REDRAW_WORK;
    for (int idea = 0; idea < IDEAS; idea++) {
        uint64_t seed = 0;
        while (shrink->work < enough && worth_it(shrink, (enum idea)idea) &&
               try_idea(shrink, (enum idea)idea, true, cost(shrink), &seed)) {
            kept = true;
            seed = 0;
        }
    }
    return kept;
}

bool rcp_shrink_leap(struct rcp_shrink *shrink)
{
    uint64_t most = cost_of(&shrink->before) / 2u;
    bool kept = false;
    for (int idea = 0; idea < SAME_WORLD && shrink->before.events >= LEAP_LEAST && !kept; idea++) {
        uint64_t seed = 0;
        bool worth = worth_it(shrink, (enum idea)idea);
        while (worth && try_idea(shrink, (enum idea)idea, false, most, &seed)) {
            kept = true;
            most = cost(shrink);
        }
    }
    return kept;
}
