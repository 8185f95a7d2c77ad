/* The explorer's claims about its answers: complete, the same for all workers and without its reductions,
 * and a violation that it finds is one of an ordinary run. */
#include "sim/explore.h"

#include "core/hash.h"
#include "sim/engine/search_chooser.h"
#include "sim/layout.h"
#include "tests/support/runs.h"
#include "tests/support/worlds_explored.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* --- Any path as a run --- */

#define WALKS    1000u
#define WALK_MAX 256u /* transitions; the world is small */

struct walk {
    struct explored world;
    struct rcp_search_move moves[WALK_MAX];
    uint32_t count;
    uint32_t violated; /* enum rcp_invariant */
};

static uint32_t orphans(const struct rcp_world *world)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->config.sessions; i++)
        count += rcp_world_sessions(world)[i].state == RCP_SESSION_ORPHAN;
    return count;
}

/* One of the ways on from where the world is. The heal and the end of an orphan may come at almost any
 * moment: they come seldom, or they would always come early. True while there is more to come. */
static bool wander_on(struct walk *walk, uint64_t *draw)
{
    struct explored *world = &walk->world;
    const struct rcp_world *inner = world->sim->world;
    struct rcp_search_chooser chooser;
    struct explored_state here = explored_save(world);
    struct rcp_search_move *move = &walk->moves[walk->count];
    const uint32_t healed = inner->healed, held = orphans(inner);
    uint32_t weights = 0;
    rcp_chooser_reset(&chooser);
    do {
        explored_load(world, &here);
        if (rcp_chooser_step(&chooser, &world->model, world->explorer) == RCP_SEARCH_SKIPPED)
            continue;
        uint32_t weight = inner->healed > healed || orphans(inner) < held ? 1 : 16;
        weights += weight;
        *draw = rcp_hash(*draw, weights);
        if (*draw % weights < weight)
            rcp_chooser_move(&chooser, move);
    } while (rcp_chooser_advance(&chooser));
    assert_true(weights > 0);
    explored_load(world, &here);
    free(here.bytes);
    walk->count++;
    return rcp_search_follow(&world->model, world->explorer, move) == RCP_SEARCH_GOES_ON;
}

static void wander(struct walk *walk, uint64_t seed)
{
    walk->count = 0;
    walk->world.model.init(walk->world.explorer);
    while (wander_on(walk, &seed))
        assert_true(walk->count < WALK_MAX);
    const struct rcp_run_result *result = rcp_explorer_result(walk->world.explorer);
    walk->violated = result->outcome == RCP_RUN_VIOLATED ? result->violation.invariant : 0;
}

static void wandered_and_retold(struct rcp_scenario *scenario, struct rcp_explore_bounds bounds)
{
    static struct walk walk;
    uint64_t heal_ms = scenario->heal_ms;
    walk.world = explored_open(scenario, bounds);
    for (uint32_t i = 0; i < WALKS; i++) {
        uint32_t tape_count = 0;
        wander(&walk, i);
        assert_true(
            rcp_explore_retell(walk.world.explorer, walk.moves, walk.count, &outcome.retold));
        assert_int_equal(run_retold(scenario, &tape_count), walk.violated);
        assert_int_equal(outcome.retold.at, outcome.retold.count);
        scenario->heal_ms = heal_ms;
    }
    explored_close(&walk.world);
    free(scenario);
}

/* Whatever the explorer does, an ordinary run can do: every decision of the path is taken, in its order. */
static void every_path_is_one_of_a_run(void **state)
{
    (void)state;
    const struct rcp_explore_bounds bounds = {.faults = 1, .crashes = 1};
    wandered_and_retold(explored_scenario(EXPLORED_ONE, rcp_policy_hardened()), bounds);
    wandered_and_retold(explored_scenario(EXPLORED_ONE, rcp_policy_documented()), bounds);
}

/* Of two events that the path does not have next, the one that it dropped must happen in a run; the other
 * is pending at the path's end, and would lead away from it. */
static void what_was_dropped_happens_first(void **state)
{
    (void)state;
    enum { TAKEN = 10, DROPPED = 20, NEXT = 30, PENDING = 40 };
    struct rcp_retold *retold = &outcome.retold;
    memset(retold, 0, sizeof *retold);
    retold->choices[retold->count++] = (struct rcp_retold_choice){.key = TAKEN};
    retold->choices[retold->count++] = (struct rcp_retold_choice){.key = DROPPED, .dropped = 1};
    retold->choices[retold->count++] = (struct rcp_retold_choice){.key = NEXT};
    const struct rcp_picker picker = rcp_retold_picker(retold);
    const struct rcp_key order = {.why = RCP_WHY_ORDER, .phase = RCP_PHASE_APPLY};
    const uint64_t first[] = {PENDING, DROPPED, TAKEN};
    assert_int_equal(picker.pick(picker.context, &order, first, 3), 2);
    picker.happens(picker.context, TAKEN);
    const uint64_t then[] = {PENDING, DROPPED};
    assert_int_equal(picker.pick(picker.context, &order, then, 2), 1);
    picker.happens(picker.context, DROPPED);
    const uint64_t last[] = {PENDING, NEXT};
    assert_int_equal(picker.pick(picker.context, &order, last, 2), 1);
    picker.happens(picker.context, NEXT);
    assert_int_equal(retold->at, retold->count);
}

/* --- Checks --- */

/* A check that fails between two transitions is no violation of the world: it ends the program, and does not
 * jump back into a transition that is over. */
static void a_check_between_transitions_ends_the_program(void **state)
{
    (void)state;
    struct rcp_scenario *scenario = explored_scenario(EXPLORED_ONE, rcp_policy_hardened());
    struct explored world = explored_open(scenario, (struct rcp_explore_bounds){0});
    const struct rcp_search_move dull = {0};
    world.model.init(world.explorer);
    rcp_search_follow(&world.model, world.explorer, &dull);
    pid_t child = fork();
    if (child == 0) {
        alarm(5);
        rcp_check_failed("between_transitions");
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    explored_close(&world);
    free(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_payment_is_complete_and_holds),
        cmocka_unit_test(counts_are_the_same_for_all_workers),
        cmocka_unit_test(reductions_leave_the_verdict_as_it_is),
        cmocka_unit_test(a_violation_is_one_of_a_run),
        cmocka_unit_test(every_path_is_one_of_a_run),
        cmocka_unit_test(what_was_dropped_happens_first),
        cmocka_unit_test(a_check_between_transitions_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
