/* The search for a smaller scenario: one attempt, and the order of the steps. */
#include "sim/shrink.h"

#include "core/check.h"
#include "sim/engine/shrink_steps.h"

#include <stddef.h>
#include <string.h>

#define TAPE_PER_EVENT 8u  /* so many entries of a tape cost as much as one event */
#define ROUNDS_MAX     64u /* a round that keeps nothing is the last; none needed ten */

/* --- One attempt --- */

void rcp_shrink_copy(struct rcp_scenario *scenario, const struct rcp_scenario *other)
{
    memcpy(scenario, other, offsetof(struct rcp_scenario, tape));
    memcpy(scenario->tape, other->tape, other->tape_count * sizeof other->tape[0]);
}

struct rcp_scenario *rcp_shrink_trial(struct rcp_shrink *shrink)
{
    rcp_shrink_copy(&shrink->trial, &shrink->best);
    return &shrink->trial;
}

/* Effects struck after the heal: the tape can say so, and a scenario cannot. */
static void listen(void *context, const struct rcp_record *record)
{
    struct rcp_shrink *shrink = context;
    if (record->kind == RCP_RECORD_HEAL)
        shrink->healed = true;
    if (record->kind == RCP_RECORD_FAULT && shrink->healed &&
        rcp_fault_info((enum rcp_fault)record->number)->class == RCP_FAULT_CLASS_FATE)
        shrink->late++;
}

static void run(struct rcp_shrink *shrink,
                const struct rcp_scenario *scenario,
                bool listens,
                bool writes,
                struct rcp_run_result *result)
{
    struct rcp_recorder recorder = {.context = shrink, .write = listen};
    shrink->runs++;
    shrink->healed = false;
    shrink->late = 0;
    shrink->tape_count = 0;
    rcp_run(scenario,
            scenario->seed_first,
            shrink->block,
            shrink->block_size,
            listens ? &recorder : NULL,
            NULL,
            writes ? shrink->tape : NULL,
            &shrink->tape_count,
            result);
    shrink->work += result->events + scenario->tape_count / TAPE_PER_EVENT;
}

static bool strikes_by_tape(const struct rcp_scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->tape_count; i++)
        if (scenario->tape[i].key.why == RCP_WHY_FATE)
            return true;
    return false;
}

static bool fails_alike(const struct rcp_shrink *shrink, const struct rcp_run_result *result)
{
    return result->outcome == RCP_RUN_VIOLATED && shrink->late <= shrink->late_allowed &&
           strcmp(result->violation.fingerprint, shrink->violation.fingerprint) == 0;
}

/* The entries of best's tape that its run consumed, in the order in which it did. */
static void drop_stale(struct rcp_shrink *shrink)
{
    struct rcp_scenario *trial = &shrink->trial;
    run(shrink, &shrink->best, false, true, &shrink->result);
    if (shrink->tape_count > RCP_TAPE_MAX)
        return;
    rcp_shrink_trial(shrink);
    trial->tape_count = 0;
    for (uint32_t i = 0; i < shrink->tape_count; i++) {
        const struct rcp_tape_entry *taken = &shrink->tape[i];
        for (uint32_t j = 0; j < shrink->best.tape_count; j++) {
            const struct rcp_tape_entry *given = &shrink->best.tape[j];
            if (given->option == taken->option &&
                memcmp(&given->key, &taken->key, sizeof given->key) == 0) {
                trial->tape[trial->tape_count++] = *given;
                break;
            }
        }
    }
    if (trial->tape_count >= shrink->best.tape_count)
        return;
    run(shrink, trial, strikes_by_tape(trial), false, &shrink->result);
    if (!fails_alike(shrink, &shrink->result))
        return;
    rcp_shrink_copy(&shrink->best, trial);
    shrink->best_result = shrink->result;
}

#define LONGER_MS UINT64_C(600000)

/* Runs the trial, and no longer than until it has surely missed its violation: twice the time of the
 * best. What is judged at the end of a run only is given all the time that it has. */
static void run_trial(struct rcp_shrink *shrink)
{
    struct rcp_scenario *trial = &shrink->trial;
    const struct rcp_violation *violation = &shrink->best_result.violation;
    uint64_t drain_ms = trial->drain_ms;
    uint64_t enough_ms = 2u * violation->at_ms + LONGER_MS;
    bool at_end =
        rcp_invariant_info((enum rcp_invariant)violation->invariant)->when == RCP_AT_DRAIN;
    if (shrink->before_heal)
        enough_ms = 1;
    if (!at_end && drain_ms > enough_ms)
        trial->drain_ms = enough_ms;
    run(shrink, trial, strikes_by_tape(trial), false, &shrink->result);
    trial->drain_ms = drain_ms;
}

static bool is_spent(const struct rcp_shrink *shrink)
{
    return shrink->budget != 0 && shrink->work >= shrink->budget;
}

bool rcp_shrink_keep(struct rcp_shrink *shrink)
{
    struct rcp_scenario *trial = &shrink->trial;
    char flaw[4];
    bool goes_on = shrink->go_on == NULL || shrink->go_on(shrink->context, shrink);
    if (shrink->stopped || !goes_on || is_spent(shrink)) {
        shrink->stopped = true;
        return false;
    }
    if (!rcp_scenario_valid(trial, flaw, sizeof flaw) || rcp_world_size(trial) > shrink->block_size)
        return false;
    run_trial(shrink);
    if (!fails_alike(shrink, &shrink->result))
        return false;
    rcp_shrink_copy(&shrink->best, trial);
    shrink->best_result = shrink->result;
    if (shrink->result.stale_tape > 0)
        drop_stale(shrink);
    return true;
}

/* --- What comes in --- */

static void count_entries(const struct rcp_tape_entry *tape,
                          uint32_t count,
                          struct rcp_shrink_size *size)
{
    for (uint32_t i = 0; i < count; i++) {
        size->faults += tape[i].key.why == RCP_WHY_FATE;
        size->takes += tape[i].key.why == RCP_WHY_TAKES;
        size->orders += tape[i].key.why == RCP_WHY_ORDER;
    }
}

/* The tape of the whole run, where it is not too long; what is expected and drawn is of no account. */
static void take_in(struct rcp_shrink *shrink, const struct rcp_scenario *scenario, uint64_t seed)
{
    struct rcp_scenario *best = &shrink->best;
    rcp_shrink_copy(best, scenario);
    best->seed_first = best->seed_last = seed;
    best->expect_count = 0;
    memset(&best->diagram, 0, sizeof best->diagram);
}

/* True where the run that comes in violates something; its size is known then. */
static bool looks_bad(struct rcp_shrink *shrink)
{
    struct rcp_scenario *best = &shrink->best;
    run(shrink, best, true, true, &shrink->best_result);
    if (shrink->best_result.outcome == RCP_RUN_ERROR) { /* its tape may be too long */
        run(shrink, best, true, false, &shrink->best_result);
        shrink->tape_count = 0;
    }
    shrink->violation = shrink->best_result.violation;
    shrink->late_allowed = shrink->late;
    shrink->before = rcp_shrink_size(best, &shrink->best_result);
    shrink->before.faults = best->plan_count;
    shrink->before.takes = shrink->before.orders = 0;
    count_entries(shrink->tape, shrink->tape_count, &shrink->before);
    return shrink->best_result.outcome == RCP_RUN_VIOLATED;
}

static bool left_to_chance(const struct rcp_scenario *scenario)
{
    bool drawn = scenario->chaos_num != 0 || scenario->slow_num != 0;
    for (uint32_t i = 0; i < scenario->rule_count; i++)
        drawn = drawn || scenario->rules[i].chance_num < scenario->rules[i].chance_den;
    return drawn;
}

bool rcp_shrink_settle(struct rcp_shrink *shrink)
{
    struct rcp_scenario *trial = &shrink->trial;
    if (!left_to_chance(&shrink->best) || shrink->stopped)
        return false;
    run(shrink, &shrink->best, false, true, &shrink->result);
    if (shrink->tape_count > RCP_TAPE_MAX || shrink->result.outcome != RCP_RUN_VIOLATED)
        return false;
    rcp_shrink_trial(shrink);
    trial->tape_only = 1;
    trial->chaos_num = trial->slow_num = 0;
    trial->chaos_den = trial->slow_den = 1;
    trial->rule_count = trial->order_count = 0;
    trial->tape_count = shrink->tape_count;
    memcpy(trial->tape, shrink->tape, shrink->tape_count * sizeof trial->tape[0]);
    return rcp_shrink_keep(shrink);
}

/* --- What goes out --- */

/* Lines that strike say nothing more; those that do not, and are needed all the same, say so. */
static void mark_fired(struct rcp_shrink *shrink)
{
    struct rcp_scenario *best = &shrink->best;
    const struct rcp_run_result *result = &shrink->best_result;
    for (uint32_t i = 0; i < best->plan_count; i++)
        best->plan[i].may_not_fire = !result->plan_fired[i];
    for (uint32_t i = 0; i < best->rule_count; i++)
        best->rules[i].may_not_fire = !result->rule_fired[i];
    for (uint32_t i = 0; i < best->order_count; i++)
        best->order[i].may_not_fire = !result->order_fired[i];
    best->expect_count = 1;
    memset(&best->expect[0], 0, sizeof best->expect[0]);
    best->expect[0].kind = RCP_EXPECT_VIOLATION;
    best->expect[0].number = shrink->violation.invariant;
    best->expect[0].every = 1;
}

/* Nothing is left to chance once the last entry of the tape is gone. */
static void forget_tape(struct rcp_shrink *shrink)
{
    if (shrink->best.tape_count > 0 || !shrink->best.tape_only)
        return;
    rcp_shrink_trial(shrink)->tape_only = 0;
    rcp_shrink_keep(shrink);
}

/* --- The steps --- */

/* Cheap ones that cut much come first. */
static bool (*const steps[])(struct rcp_shrink *shrink) = {
    rcp_shrink_settle,
    rcp_shrink_lists,
    rcp_shrink_ranges,
    rcp_shrink_lines,
    rcp_shrink_delays,
    rcp_shrink_holds,
    rcp_shrink_users,
    rcp_shrink_nodes,
    rcp_shrink_partitions,
    rcp_shrink_world,
    rcp_shrink_times,
};

void rcp_shrink_repeat(struct rcp_shrink *shrink)
{
    bool kept = true;
    for (uint32_t round = 0; kept && round < ROUNDS_MAX && !shrink->stopped; round++) {
        kept = false;
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
            kept = steps[i](shrink) || kept;
    }
}

enum rcp_shrink_outcome rcp_shrink(struct rcp_shrink *shrink,
                                   const struct rcp_scenario *scenario,
                                   uint64_t seed)
{
    rcp_check(shrink->block_size >= rcp_world_size(scenario), "shrink_block_fits");
    take_in(shrink, scenario, seed);
    if (!looks_bad(shrink))
        return shrink->best_result.outcome == RCP_RUN_ERROR ? RCP_SHRINK_ERROR : RCP_SHRINK_HELD;
    if (!rcp_shrink_leap(shrink))
        rcp_shrink_focus(shrink);
    rcp_shrink_repeat(shrink);
    rcp_shrink_round(shrink);
    rcp_shrink_knobs(shrink);
    rcp_shrink_repeat(shrink);
    if (rcp_shrink_redraw(shrink)) {
        rcp_shrink_round(shrink);
        rcp_shrink_repeat(shrink);
    }
    rcp_shrink_merge(shrink);
    forget_tape(shrink);
    mark_fired(shrink);
    if (!shrink->stopped)
        return RCP_SHRINK_DONE;
    return is_spent(shrink) ? RCP_SHRINK_SPENT : RCP_SHRINK_STOPPED;
}

void rcp_shrink_without(struct rcp_shrink *shrink,
                        enum rcp_shrink_list list,
                        uint32_t index,
                        struct rcp_run_result *result)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    rcp_shrink_drop(trial, list, index);
    run(shrink, trial, false, false, result);
}

/* --- Sizes --- */

struct rcp_shrink_size rcp_shrink_size(const struct rcp_scenario *scenario,
                                       const struct rcp_run_result *result)
{
    struct rcp_shrink_size size = {
        .events = result->events,
        .faults = scenario->plan_count,
        .orders = scenario->order_count,
        .nodes = scenario->world.nodes,
        .payments = scenario->world.users * scenario->world.activities,
        .knobs =
            (uint32_t)__builtin_popcountll(scenario->base.hardened ^ scenario->policy.hardened),
    };
    for (uint32_t i = 0; i < scenario->rule_count; i++) {
        const struct rcp_rule *rule = &scenario->rules[i];
        bool sure = rule->chance_num == rule->chance_den;
        size.faults += sure && rule->why == RCP_WHY_FATE;
        size.takes += sure && rule->why == RCP_WHY_TAKES;
    }
    count_entries(scenario->tape, scenario->tape_count, &size);
    for (uint32_t i = 0; i < scenario->work_count; i++)
        size.work += scenario->work[i].user_last - scenario->work[i].user_first + 1u;
    return size;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Limits and room may go to their defaults, which are larger than what the swarm draws. */
size_t rcp_shrink_block_size(const struct rcp_scenario *scenario)
{
    struct rcp_scenario roomy; /* its world alone is filled in */
    struct rcp_scenario plain;
    rcp_scenario_defaults(&plain);
    roomy.world = scenario->world;
    struct rcp_world_config *world = &roomy.world;
    const struct rcp_world_config *other = &plain.world;
    world->sessions = larger(world->sessions, other->sessions);
    world->rows = larger(world->rows, other->rows) + 4u * world->users * world->activities;
    world->records = larger(world->records, other->records) + 8u * world->users * world->activities;
    world->pending = larger(world->pending, other->pending) + 8u * world->users * world->activities;
    world->exchanges =
        larger(world->exchanges, other->exchanges) + 24u * world->users * world->activities;
    world->limits.requests = larger(world->limits.requests, other->limits.requests);
    world->limits.retries = larger(world->limits.retries, other->limits.retries);
    world->limits.group = larger(world->limits.group, other->limits.group);
    world->limits.groups = larger(world->limits.groups, other->limits.groups);
    world->limits.page = larger(world->limits.page, other->limits.page);
    world->limits.sends = larger(world->limits.sends, other->limits.sends);
    world->limits.window = larger(world->limits.window, other->limits.window);
    return rcp_world_size(&roomy);
}
