/* Shrinking by drawing again: where nothing more can be left out of one run, a smaller world may fail
 * alike by another way. The same kinds of faults strike there by chance, in many seeds, and what fails is
 * shrunk like the first. */
#include "sim/engine/shrink_steps.h"

#include <string.h>

#define DRAWS      400u              /* seeds for each smaller world, and */
#define DRAWS_WORK UINT64_C(1000000) /* no more than they may cost */

/* The first draws keep the moments of the lines; those after them have other ones, too. */
#define DRAWS_AS_TIMED 40u

/* In struct rcp_shrink's measure: a large run is not searched for ever. */
#define REDRAW_WORK UINT64_C(4000000)

#define HOPELESS   8u                /* times as much to read does not come down in time */
#define LATE_MS    UINT64_C(600000)  /* after the heal: nothing but rare coincidence led there */
#define TWINS_MS   UINT64_C(1200000) /* so long may chance do it to two instead */
#define LEAP_LEAST 200u              /* events: a shorter run is taken apart at once */

#define SITES (RCP_SITE_COUNT - 1u) /* but NONE */

/* What is worth a try, from the smallest world on. */
enum idea { TWINS, ONE_USER_ON_ONE_NODE, ONE_USER, ONE_NODE, FEWER_USERS, SAME_WORLD, IDEAS };

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

/* Long after the heal, and not because the run was over. */
static bool came_late(const struct rcp_shrink *shrink)
{
    const struct rcp_violation *violation = &shrink->best_result.violation;
    return violation->at_ms > shrink->best.heal_ms + LATE_MS &&
           rcp_invariant_info((enum rcp_invariant)violation->invariant)->when != RCP_AT_DRAIN;
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
    case TWINS:
        return user && came_late(shrink);
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

/* --- Its moments --- */

static uint64_t mixed(uint64_t seed, uint64_t nth)
{
    uint64_t mixed = (seed << 16 | nth) * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    return mixed >> 32;
}

/* Each somewhere before the heal, in one draw of three within its last hundredth of it. */
static void draw_moments(struct rcp_scenario *scenario, uint64_t seed)
{
    uint64_t within_ms = scenario->heal_ms / (seed % 3u == 0 ? 100u : 1u) + 1u;
    for (uint32_t i = 0; i < scenario->work_count; i++)
        scenario->work[i].at_ms = mixed(seed, i) % within_ms;
    for (uint32_t i = 0; i < scenario->plan_count; i++)
        if (scenario->plan[i].at_ms > 0)
            scenario->plan[i].at_ms = mixed(seed, RCP_WORK_MAX + i) % within_ms;
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

/* No faults but those of the plan. */
static void take_faults_out(struct rcp_scenario *scenario)
{
    scenario->rule_count = scenario->order_count = scenario->tape_count = 0;
    scenario->tape_only = 0;
    scenario->chaos_num = scenario->slow_num = 0;
    scenario->chaos_den = scenario->slow_den = 1;
}

/* The kinds that struck before, where they did, now and then. */
static void draw_faults(struct rcp_scenario *scenario,
                        const struct rcp_scenario *best,
                        uint64_t seed)
{
    take_faults_out(scenario);
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

/* --- Twins --- */

/* Nobody's faults but the one user's, and all else as it is by default. */
static void keep_own_plan(struct rcp_scenario *scenario, const struct rcp_violation *violation)
{
    for (uint32_t i = scenario->plan_count; i-- > 0;)
        if (scenario->plan[i].user != violation->user_id ||
            scenario->plan[i].activity != violation->activity_id)
            rcp_shrink_drop(scenario, RCP_SHRINK_PLAN, i);
    rcp_shrink_plain_world(scenario);
}

/* Another user to whom the same happens, and more time for it. */
static void add_twin(struct rcp_scenario *scenario, const struct rcp_violation *violation)
{
    uint32_t twin = violation->user_id == 1 ? 2 : 1;
    uint32_t works = scenario->work_count;
    uint32_t plans = scenario->plan_count;
    if (scenario->world.users < 2) {
        scenario->world.users = 2;
        scenario->world.capacity *= 2u;
    }
    for (uint32_t i = 0; i < works && scenario->work_count < RCP_WORK_MAX; i++) {
        struct rcp_work *work = &scenario->work[scenario->work_count++];
        *work = scenario->work[i];
        work->user_first = work->user_last = twin;
    }
    for (uint32_t i = 0; i < plans && scenario->plan_count < RCP_PLAN_MAX; i++) {
        if (scenario->plan[i].user != violation->user_id ||
            scenario->plan[i].activity != violation->activity_id)
            continue;
        struct rcp_plan *plan = &scenario->plan[scenario->plan_count++];
        *plan = scenario->plan[i];
        plan->user = twin;
    }
    if (scenario->heal_ms < TWINS_MS)
        scenario->heal_ms = TWINS_MS;
}

/* No faults but those of the plan, and one user's way by this site takes long each time: what one of the
 * twins does is always done while the other waits. */
static void hold_up(struct rcp_scenario *scenario,
                    const struct rcp_violation *violation,
                    uint32_t site)
{
    take_faults_out(scenario);
    add_kind(scenario, RCP_WHY_TAKES, site, RCP_TAKES_LONG);
    scenario->rules[0].chance_den = 1;
    scenario->rules[0].activity = (uint32_t)violation->activity_id;
    scenario->rules[0].user = (uint32_t)violation->user_id;
}

/* What takes hours of one payment's chance meetings is soon done by two that meet each time. In the
 * plainest world first, then in this one. */
static void draw_twins(struct rcp_scenario *scenario,
                       const struct rcp_violation *violation,
                       uint32_t nth)
{
    if (nth < SITES)
        keep_own_plan(scenario, violation);
    add_twin(scenario, violation);
    hold_up(scenario, violation, nth % SITES + 1u);
}

static bool draw(struct rcp_shrink *shrink, enum idea idea, uint64_t seed)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    const struct rcp_violation *violation = &shrink->best_result.violation;
    if (idea == ONE_NODE || idea == ONE_USER_ON_ONE_NODE || idea == TWINS)
        keep_one_node(trial);
    if (idea != ONE_NODE && idea != SAME_WORLD)
        keep_users(trial, violation, idea != FEWER_USERS);
    if (seed > DRAWS_AS_TIMED && idea != TWINS)
        draw_moments(trial, seed);
    if (idea == TWINS)
        draw_twins(trial, violation, (uint32_t)seed - 1u);
    else
        draw_faults(trial, &shrink->best, seed);
    trial->seed_first = trial->seed_last = seed;
    shrink->before_heal = idea == TWINS;
    bool kept = rcp_shrink_keep(shrink);
    shrink->before_heal = false;
    return kept;
}

/* Draws from *seed on until something fails alike that is, as a tape, smaller than `most`; best is as it
 * was where nothing is. */
static bool try_idea(
    struct rcp_shrink *shrink, enum idea idea, bool searches, uint64_t most, uint64_t *seed)
{
    uint64_t enough = shrink->work + DRAWS_WORK;
    uint64_t draws = idea == TWINS ? 2u * SITES : DRAWS;
    while (*seed < draws && shrink->work < enough && !shrink->stopped) {
        rcp_shrink_copy(&shrink->saved, &shrink->best);
        shrink->saved_result = shrink->best_result;
        if (!draw(shrink, idea, ++*seed))
            continue;
        if (idea == TWINS || rcp_shrink_settle(shrink)) {
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
