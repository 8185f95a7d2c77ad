/* The explorer's claims about its answers: complete, the same for all workers and without its reductions,
 * and a violation that it finds is one of an ordinary run. */
#include "sim/explore.h"

#include "tests/support/runs.h"
#include "tests/support/worlds_explored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct explored_outcome outcome;

static void search_one(struct rcp_explore_bounds bounds, uint32_t workers)
{
    struct rcp_scenario *scenario = explored_scenario(EXPLORED_ONE, rcp_policy_hardened());
    explored_search(scenario, bounds, workers, &outcome);
    free(scenario);
}

/* One payment under the hardened policy, a fault and a crash wherever they may strike: nothing breaks. */
static void one_payment_is_complete_and_holds(void **state)
{
    (void)state;
    search_one((struct rcp_explore_bounds){.faults = 1, .crashes = 1}, 2);
    assert_int_equal(outcome.search.verdict, RCP_SEARCH_COMPLETE);
    assert_int_equal(outcome.search.path_count, 0);
    assert_in_range(outcome.search.must_end, 1, outcome.search.states);
}

/* How many search together changes nothing that is counted. */
static void counts_are_the_same_for_all_workers(void **state)
{
    (void)state;
    search_one((struct rcp_explore_bounds){.faults = 1}, 1);
    struct rcp_search_result alone = outcome.search;
    search_one((struct rcp_explore_bounds){.faults = 1}, 2);
    assert_int_equal(outcome.search.verdict, RCP_SEARCH_COMPLETE);
    assert_int_equal(outcome.search.states, alone.states);
    assert_int_equal(outcome.search.transitions, alone.transitions);
    assert_int_equal(outcome.search.depth, alone.depth);
    assert_int_equal(outcome.search.must_end, alone.must_end);
}

/* The reductions leave states out, and no verdict. */
static void reductions_leave_the_verdict_as_it_is(void **state)
{
    (void)state;
    search_one((struct rcp_explore_bounds){.faults = 1}, 2);
    struct rcp_search_result reduced = outcome.search;
    search_one((struct rcp_explore_bounds){.faults = 1, .unreduced = true}, 2);
    assert_int_equal(outcome.search.verdict, reduced.verdict);
    assert_true(outcome.search.states > reduced.states);
}

/* --- A violation as a run --- */

static struct rcp_tape_entry tape[RCP_TAPE_MAX];

/* The path's decisions in an ordinary run, and that run's tape; returns what it violated. */
static uint32_t run_retold(struct rcp_scenario *scenario, uint32_t *tape_count)
{
    struct rcp_run_result result;
    struct rcp_picker picker = rcp_retold_picker(&outcome.retold);
    size_t size = rcp_world_size(scenario);
    void *block = runs_block(size);
    if (outcome.retold.heal_ms != UINT64_MAX)
        scenario->heal_ms = outcome.retold.heal_ms;
    rcp_run(scenario, scenario->seed_first, block, size, NULL, &picker, tape, tape_count, &result);
    free(block);
    return result.violation.invariant;
}

static uint32_t run_tape(struct rcp_scenario *scenario, uint32_t tape_count)
{
    scenario->tape_only = 1;
    scenario->tape_count = tape_count;
    memcpy(scenario->tape, tape, tape_count * sizeof tape[0]);
    const struct rcp_run_result *result = runs_run(scenario, scenario->seed_first);
    assert_int_equal(result->stale_tape, 0);
    return result->violation.invariant;
}

static void found_and_retold(struct rcp_policy policy, uint32_t faults, uint32_t crashes)
{
    uint32_t tape_count = 0;
    struct rcp_scenario *scenario = explored_scenario(EXPLORED_ONE, policy);
    explored_search(
        scenario, (struct rcp_explore_bounds){.faults = faults, .crashes = crashes}, 1, &outcome);
    assert_int_equal(outcome.search.verdict, RCP_SEARCH_FOUND);
    assert_int_equal(outcome.run.outcome, RCP_RUN_VIOLATED);
    assert_true(outcome.retold_given);
    assert_int_equal(run_retold(scenario, &tape_count), outcome.run.violation.invariant);
    assert_int_equal(run_tape(scenario, tape_count), outcome.run.violation.invariant);
    free(scenario);
}

/* What the explorer finds happens in an ordinary run as well, and again from that run's tape. */
static void a_violation_is_one_of_a_run(void **state)
{
    (void)state;
    static const struct {
        enum rcp_knob documented; /* RCP_KNOB_COUNT: all of them */
        uint8_t faults, crashes;
    } rows[] = {
        {RCP_KNOB_COUNT, 1, 0},
        {RCP_KNOB_TOKEN_DELETE, 0, 1},
        {RCP_KNOB_ENTRY_UNAVAILABLE, 1, 0},
        {RCP_KNOB_LOG_UNAVAILABLE, 1, 1},
        {RCP_KNOB_TOKEN_MISSING, 0, 1},
        {RCP_KNOB_RESOLVED_MEANS, 1, 1},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool all = rows[i].documented == RCP_KNOB_COUNT;
        found_and_retold(all ? rcp_policy_documented() : runs_policy(rows[i].documented),
                         rows[i].faults,
                         rows[i].crashes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_payment_is_complete_and_holds),
        cmocka_unit_test(counts_are_the_same_for_all_workers),
        cmocka_unit_test(reductions_leave_the_verdict_as_it_is),
        cmocka_unit_test(a_violation_is_one_of_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
