/* Shrinking by drawing again: where nothing more can be left out of one run, a smaller world may fail
 * alike by another way. The same kinds of faults strike there by chance, in a few dozen seeds, and what
 * fails is shrunk like the first. */
#include "sim/engine/shrink_steps.h"

#include <string.h>

#define DRAWS 60u /* seeds for each smaller world */

/* What is worth a try, from the smallest world on. */
enum idea { ONE_USER_ON_ONE_NODE, ONE_USER, ONE_NODE, FEWER_USERS, SAME_WORLD, IDEAS };

/* One number for how much there is to read. */
static uint64_t cost(const struct rcp_shrink *shrink)
{
    struct rcp_shrink_size size = rcp_shrink_size(&shrink->best, &shrink->best_result);
    return 8u * (size.faults + size.takes + size.orders) + 4u * (size.work + size.nodes) +
           size.events / 8u;
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
static void draw_faults(struct rcp_scenario *scenario, const struct rcp_scenario *best)
{
    scenario->rule_count = scenario->order_count = scenario->tape_count = 0;
    scenario->tape_only = 0;
    scenario->chaos_num = scenario->slow_num = 1;
    scenario->chaos_den = 3;
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
    draw_faults(trial, &shrink->best);
    trial->seed_first = trial->seed_last = seed;
    return rcp_shrink_keep(shrink);
}

static bool try_idea(struct rcp_shrink *shrink, enum idea idea)
{
    uint64_t before = cost(shrink);
    for (uint64_t seed = 1; seed <= DRAWS && !shrink->stopped; seed++) {
        rcp_shrink_copy(&shrink->saved, &shrink->best);
        shrink->saved_result = shrink->best_result;
        if (!draw(shrink, idea, seed))
            continue;
        if (rcp_shrink_settle(shrink)) {
            rcp_shrink_repeat(shrink);
            if (cost(shrink) < before)
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
    for (int idea = 0; idea < IDEAS; idea++)
        while (worth_it(shrink, (enum idea)idea) && try_idea(shrink, (enum idea)idea))
            kept = true;
    return kept;
}
