/* Shrinking keeps the fingerprint, and what it leaves is 1-minimal. */
#include "sim/scenario/scenario_file.h"
#include "sim/shrink.h"
#include "tests/support/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORLD_BYTES (4u << 20) /* for what a swarm draws, and its defaults */

static struct rcp_shrink *shrink;
static struct rcp_scenario scenario;

static int make_room(void **state)
{
    (void)state;
    shrink = calloc(1, sizeof *shrink);
    assert_non_null(shrink);
    shrink->block_size = WORLD_BYTES;
    shrink->block = runs_block(WORLD_BYTES);
    return 0;
}

static int give_back(void **state)
{
    (void)state;
    free(shrink->block);
    free(shrink);
    return 0;
}

/* A swarm seed under `hardened` with one knob turned, or under `documented`. */
static void draw(uint64_t seed, const char *knob)
{
    struct rcp_policy base = rcp_policy_hardened();
    struct rcp_policy policy = base;
    bool found = false;
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        bool same = strcmp(rcp_knob_info((enum rcp_knob)i)->name, knob) == 0;
        if (same)
            rcp_policy_set(&policy, (enum rcp_knob)i, false);
        found = found || same;
    }
    if (!found) {
        assert_string_equal(knob, "documented");
        base = policy = rcp_policy_documented();
    }
    rcp_swarm_scenario(seed, base, policy, &scenario);
    assert_true(rcp_shrink_block_size(&scenario) <= WORLD_BYTES);
}

static bool fails_alike(const struct rcp_scenario *changed)
{
    const struct rcp_run_result *result = runs_run(changed, changed->seed_first);
    return result->outcome == RCP_RUN_VIOLATED &&
           strcmp(result->violation.fingerprint, shrink->violation.fingerprint) == 0;
}

static bool makes_a_world(const struct rcp_scenario *changed)
{
    char flaw[8];
    return rcp_scenario_valid(changed, flaw, sizeof flaw);
}

/* ---- 1-minimal, looked at from outside ------------------------------------------------------ */

static uint32_t count_of(enum rcp_shrink_list list)
{
    const uint32_t counts[RCP_SHRINK_LIST_COUNT] = {
        [RCP_SHRINK_WORK] = shrink->best.work_count,
        [RCP_SHRINK_PLAN] = shrink->best.plan_count,
        [RCP_SHRINK_RULES] = shrink->best.rule_count,
        [RCP_SHRINK_ORDER] = shrink->best.order_count,
        [RCP_SHRINK_TAPE] = shrink->best.tape_count,
    };
    return counts[list];
}

static uint32_t needless_lines(void)
{
    uint32_t needless = 0;
    for (int list = 0; list < RCP_SHRINK_LIST_COUNT; list++) {
        for (uint32_t i = 0; i < count_of((enum rcp_shrink_list)list); i++) {
            struct rcp_run_result result;
            rcp_shrink_without(shrink, (enum rcp_shrink_list)list, i, &result);
            if (strcmp(result.violation.fingerprint, shrink->violation.fingerprint) == 0) {
                print_error("item %u of list %d is needless\n", i, list);
                needless++;
            }
        }
    }
    return needless;
}

static uint32_t needless_users(void)
{
    uint32_t needless = 0;
    for (uint32_t i = 0; i < shrink->best.work_count; i++) {
        for (int end = 0; end < 2; end++) {
            scenario = shrink->best;
            struct rcp_work *work = &scenario.work[i];
            if (work->user_first == work->user_last)
                continue;
            work->at_ms += end == 0 ? work->every_ms : 0;
            work->user_first += end == 0;
            work->user_last -= end == 1;
            if (work->user_first == work->user_last)
                work->every_ms = 0;
            needless += makes_a_world(&scenario) && fails_alike(&scenario);
        }
    }
    return needless;
}

/* A node that no line names, and that may go. */
static uint32_t needless_nodes(void)
{
    scenario = shrink->best;
    scenario.world.nodes--;
    return scenario.world.nodes > 0 && makes_a_world(&scenario) && fails_alike(&scenario);
}

static uint32_t needless_knobs(void)
{
    uint32_t needless = 0;
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        scenario = shrink->best;
        bool hardened = rcp_hardened(scenario.base, (enum rcp_knob)i);
        if (rcp_hardened(scenario.policy, (enum rcp_knob)i) == hardened)
            continue;
        rcp_policy_set(&scenario.policy, (enum rcp_knob)i, hardened);
        needless += makes_a_world(&scenario) && fails_alike(&scenario);
    }
    return needless;
}

/* Times of best that a shorter one of the ladder could replace. */
static uint32_t long_times(uint64_t *time_ms, uint32_t least)
{
    const uint64_t was_ms = *time_ms;
    uint32_t found = 0;
    for (uint32_t i = least; i < rcp_shrink_ladder_count && rcp_shrink_ladder[i] < was_ms; i++) {
        *time_ms = rcp_shrink_ladder[i];
        found += makes_a_world(&scenario) && fails_alike(&scenario);
    }
    *time_ms = was_ms;
    return found;
}

static uint32_t all_long_times(void)
{
    scenario = shrink->best;
    uint32_t found = long_times(&scenario.heal_ms, 0);
    for (uint32_t i = 0; i < scenario.work_count; i++)
        found += long_times(&scenario.work[i].at_ms, 0) + long_times(&scenario.work[i].every_ms, 0);
    for (uint32_t i = 0; i < scenario.plan_count; i++)
        found += long_times(&scenario.plan[i].at_ms, 0) + long_times(&scenario.plan[i].for_ms, 1) +
                 long_times(&scenario.plan[i].by_ms, 1);
    for (uint32_t i = 0; i < scenario.rule_count; i++)
        found += long_times(&scenario.rules[i].takes_ms, 1);
    return found;
}

/* ---- Whole searches --------------------------------------------------------------------------- */

#define SEEDS_MAX 2000u /* within which the swarm breaks each of these */

/* A result that a person reads at one glance. */
#define LINES_MAX  12u
#define FAULTS_MAX 6u
#define USERS_MAX  5u
#define EVENTS_MAX 300u

static const struct {
    const char *policy; /* a knob on its documented side, or documented */
    const char *invariant;
} rows[] = {
    {"token_delete", "token_kept"},
    {"entry_unavailable", "ok_is_approved"},
    {"nothing_durable", "ok_is_approved"},
    {"log_unavailable", "fallback_tried"},
    {"user_mismatch", "owner_consented"},
    {"token_missing", "gone_is_final"},
    {"claim", "claim_exclusive"},
    {"resolved_means", "resolved_is_settled"},
    {"retry_failed", "attempts_bounded"},
    {"attempt_counts", "parked_with_cause"},
    {"offset_commit", "offset_behind_work"},
    {"unusable_record", "poison_parked"},
    {"late_retry", "final_kept"},
    {"open_rows", "one_open_row"},
    {"open_retry_token", "capacity_kept"},
    {"unknown_commit", "failure_took_nothing"},
    {"documented", "ok_is_approved"},
    {"documented", "accepted_is_durable"},
    {"documented", "approved_once"},
};

/* The first seed that breaks the row's invariant, drawn; what it breaks into *violation. */
static uint64_t find_seed(size_t row, struct rcp_violation *violation)
{
    for (uint64_t seed = 1; seed <= SEEDS_MAX; seed++) {
        draw(seed, rows[row].policy);
        *violation = runs_run(&scenario, seed)->violation;
        if (violation->invariant != RCP_INVARIANT_NONE &&
            strcmp(rcp_invariant_info((enum rcp_invariant)violation->invariant)->name,
                   rows[row].invariant) == 0)
            return seed;
    }
    fail_msg("%s breaks %s in no seed", rows[row].policy, rows[row].invariant);
    return 0;
}

static bool fits_a_glance(void)
{
    struct rcp_shrink_size size = rcp_shrink_size(&shrink->best, &shrink->best_result);
    uint32_t lines = 0;
    for (int list = 0; list < RCP_SHRINK_LIST_COUNT; list++)
        lines += count_of((enum rcp_shrink_list)list);
    if (lines <= LINES_MAX && size.faults <= FAULTS_MAX && size.work <= USERS_MAX &&
        size.events <= EVENTS_MAX)
        return true;
    print_error("%s: %u lines, %u faults, %u payments, %u events\n",
                shrink->violation.fingerprint,
                lines,
                size.faults,
                size.work,
                (unsigned)size.events);
    return false;
}

/* The invariant that a turned knob breaks in the swarm comes down to a world that fits on a page, with
 * the fingerprint that it had, and nothing in it is needless. */
static void a_failing_seed_shrinks_to_what_is_needed(void **state)
{
    (void)state;
    uint32_t large = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_violation violation;
        uint64_t seed = find_seed(i, &violation);
        assert_int_equal(rcp_shrink(shrink, &scenario, seed), RCP_SHRINK_DONE);
        assert_string_equal(shrink->violation.fingerprint, violation.fingerprint);
        assert_true(makes_a_world(&shrink->best));
        assert_true(fails_alike(&shrink->best));
        assert_int_equal(needless_lines() + needless_users(), 0);
        assert_int_equal(needless_nodes() + needless_knobs(), 0);
        assert_int_equal(all_long_times(), 0);
        large += !fits_a_glance();
    }
    assert_int_equal(large, 0);
}

/* Where chance took five hours to come together, nothing can be left out of it one by one: another world
 * fails alike in minutes. Each of its poisoned payments is struck, and says so. */
static void a_late_failure_becomes_a_soon_one(void **state)
{
    (void)state;
    draw(92, "retry_failed");
    assert_int_equal(rcp_shrink(shrink, &scenario, 92), RCP_SHRINK_DONE);
    assert_true(shrink->before.events > 10000);
    assert_true(makes_a_world(&shrink->best) && fits_a_glance());
    assert_int_equal(needless_lines() + needless_users(), 0);
    assert_true(shrink->best.plan_count > 1);
    for (uint32_t i = 0; i < shrink->best.plan_count; i++)
        assert_int_equal(shrink->best.plan[i].may_not_fire, 0);
}

/* The server notices a lost client last of all: one line says so, and not one for each that goes first. */
static void what_comes_last_is_one_line(void **state)
{
    (void)state;
    static const char text[] = "# A lost statement's orphan keeps its locks.\n"
                               "policy: hardened\n"
                               "knobs: { offset_commit: after_handler }\n"
                               "world: { users: 1, nodes: 2, instant: true }\n"
                               "heal: 30s\n"
                               "chaos: 1/1\n"
                               "slow: 1/4\n"
                               "workload:\n"
                               "  - { at: 0s, pay: { user: 1 } }\n"
                               "  - { at: 1s, double_click: { user: 1 } }\n"
                               "  - { at: 2s, reject: { user: 1 } }\n"
                               "faults:\n"
                               "  - { fault: mysql_lost_commit, chance: 1/3 }\n"
                               "  - { fault: mysql_lost_statement, chance: 1/4 }\n";
    struct rcp_scenario_error error;
    assert_true(rcp_scenario_read_text("orphan.yaml", text, sizeof text - 1, &scenario, &error));
    assert_int_equal(rcp_shrink(shrink, &scenario, 76), RCP_SHRINK_DONE);
    assert_int_equal(shrink->best.order_count + shrink->best.tape_count, 1);
    assert_int_equal(shrink->best.order[0].site[0], RCP_SITE_NONE);
    assert_int_equal(shrink->best.order[0].phase[1], RCP_PHASE_REAP);
    assert_int_equal(needless_lines(), 0);
}

/* Whoever shrinks the same run twice has the same scenario twice. */
static void the_same_run_shrinks_to_the_same_scenario(void **state)
{
    (void)state;
    struct rcp_violation violation;
    uint64_t seed = find_seed(2, &violation);
    assert_int_equal(rcp_shrink(shrink, &scenario, seed), RCP_SHRINK_DONE);
    struct rcp_scenario *first = malloc(sizeof *first);
    assert_non_null(first);
    *first = shrink->best;
    uint64_t runs = shrink->runs;
    shrink->runs = 0;
    assert_int_equal(rcp_shrink(shrink, &scenario, seed), RCP_SHRINK_DONE);
    assert_int_equal(shrink->runs, runs);
    assert_memory_equal(first, &shrink->best, offsetof(struct rcp_scenario, tape));
    free(first);
}

/* A lawful run has nothing to shrink, and a world without room has not failed. */
static void what_does_not_fail_is_not_shrunk(void **state)
{
    (void)state;
    draw(1, "documented");
    scenario.base = scenario.policy = rcp_policy_hardened();
    assert_int_equal(rcp_shrink(shrink, &scenario, 1), RCP_SHRINK_HELD);
    scenario.world.pending = 1;
    assert_int_equal(rcp_shrink(shrink, &scenario, 1), RCP_SHRINK_ERROR);
    assert_non_null(strstr(shrink->best_result.error, "pending"));
}

static bool stop_in_time(void *context, const struct rcp_shrink *search)
{
    (void)search;
    uint32_t *left = context;
    return (*left)-- > 1;
}

/* Whoever stops a search has what it found until then, and that fails alike. */
static void a_stopped_search_keeps_its_best(void **state)
{
    (void)state;
    struct rcp_violation violation;
    uint32_t left = 200;
    uint64_t seed = find_seed(7, &violation);
    shrink->go_on = stop_in_time;
    shrink->context = &left;
    assert_int_equal(rcp_shrink(shrink, &scenario, seed), RCP_SHRINK_STOPPED);
    assert_true(fails_alike(&shrink->best));
    struct rcp_shrink_size size = rcp_shrink_size(&shrink->best, &shrink->best_result);
    assert_true(size.work < shrink->before.work);
}

/* Less time to drain would be a violation of its own making. */
static void the_time_to_drain_is_never_shortened(void **state)
{
    (void)state;
    struct rcp_violation violation;
    uint64_t seed = find_seed(0, &violation);
    uint64_t drain_ms = scenario.drain_ms;
    scenario.drain_ms += 1000;
    assert_int_equal(rcp_shrink(shrink, &scenario, seed), RCP_SHRINK_DONE);
    assert_true(shrink->best.drain_ms == drain_ms);
    scenario.drain_ms -= 2000;
    assert_int_equal(rcp_shrink(shrink, &scenario, seed), RCP_SHRINK_DONE);
    assert_true(shrink->best.drain_ms == drain_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_failing_seed_shrinks_to_what_is_needed, make_room, give_back),
        cmocka_unit_test_setup_teardown(
            the_same_run_shrinks_to_the_same_scenario, make_room, give_back),
        cmocka_unit_test_setup_teardown(a_late_failure_becomes_a_soon_one, make_room, give_back),
        cmocka_unit_test_setup_teardown(what_comes_last_is_one_line, make_room, give_back),
        cmocka_unit_test_setup_teardown(what_does_not_fail_is_not_shrunk, make_room, give_back),
        cmocka_unit_test_setup_teardown(a_stopped_search_keeps_its_best, make_room, give_back),
        cmocka_unit_test_setup_teardown(the_time_to_drain_is_never_shortened, make_room, give_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
