/* The twice oracle: what the hardened policy promises holds when things happen twice, and a planted
 * difference is found wherever something is done twice. */
#include "sim/twice.h"

#include "tests/support/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define POINTS 4u /* of each kind in one run, evenly spread */

static struct rcp_twice twice;
static struct rcp_scenario scenario;
static void *block;
static size_t block_size;

/* The plain run of this seed of the swarm; false where it does not hold by itself. */
static bool begin(struct rcp_policy policy, uint64_t seed, uint64_t invariants)
{
    rcp_swarm_scenario(seed, rcp_policy_hardened(), policy, &scenario);
    scenario.invariants &= invariants;
    size_t size = rcp_twice_init(&twice, &scenario);
    if (size > block_size) {
        free(block);
        block = runs_block(size);
        block_size = size;
    }
    return rcp_twice_plain(&twice, seed, block, block_size);
}

static bool is_hardened(void)
{
    return twice.scenario.policy.hardened == rcp_policy_hardened().hardened;
}

/* How many of a few points of this kind are not alike; the first of them is in *difference. A policy that is
 * flawed may fill any room with what it does twice: such a point is neither. */
static uint32_t try_kind(enum rcp_twice_kind kind, struct rcp_twice_difference *difference)
{
    uint32_t there = twice.plain.twice_points[kind];
    uint32_t wanted = there < POINTS ? there : POINTS;
    uint32_t differ = 0;
    for (uint32_t i = 0; i < wanted; i++) {
        struct rcp_twice_difference found;
        enum rcp_twice_end end =
            rcp_twice_point(&twice, kind, i * there / wanted + 1u, NULL, &found);
        if (end == RCP_TWICE_ERROR && is_hardened())
            fail_msg("seed %llu, %s %u: %s",
                     (unsigned long long)twice.seed,
                     rcp_twice_name(kind),
                     i * there / wanted + 1u,
                     twice.doubled.error);
        if (end == RCP_TWICE_DIFFERS && differ++ == 0)
            *difference = found;
    }
    return differ;
}

/* Hardened: whatever happens twice, the world settles alike; and each kind has happened. */
static void hardened_worlds_settle_alike(void **state)
{
    (void)state;
    uint32_t points[RCP_TWICE_KIND_COUNT] = {0};
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct rcp_twice_difference difference;
        assert_true(begin(rcp_policy_hardened(), seed, UINT64_MAX));
        for (uint32_t kind = 1; kind < RCP_TWICE_KIND_COUNT; kind++) {
            points[kind] += twice.plain.twice_points[kind];
            assert_int_equal(try_kind((enum rcp_twice_kind)kind, &difference), 0);
        }
    }
    for (uint32_t kind = 1; kind < RCP_TWICE_KIND_COUNT; kind++)
        assert_int_not_equal(points[kind], 0);
}

/* A policy that breaks a promise is found at points of each kind: by the invariants; and, where none is
 * asked, by what has settled. (A transaction that runs again overwrites blindly with the same values: what
 * settles then is alike, and only approved_once tells.) */
static void a_planted_difference_is_found_at_each_kind(void **state)
{
    (void)state;
    enum { DOCUMENTED = RUNS_POLICIES - 1 };
    static const struct {
        enum rcp_twice_kind kind;
        uint32_t policy; /* of runs_policy() */
        uint64_t invariants;
        uint64_t first, last; /* seeds of the swarm */
    } rows[] = {
        {RCP_TWICE_REQUEST, RCP_KNOB_LATE_RETRY, UINT64_MAX, 1, 60},
        {RCP_TWICE_COMMIT, RCP_KNOB_LATE_RETRY, UINT64_MAX, 1, 60},
        {RCP_TWICE_DELIVERY, RCP_KNOB_LATE_RETRY, UINT64_MAX, 1, 60},
        {RCP_TWICE_PASS, RCP_KNOB_CLAIM, UINT64_MAX, 1, 60},
        {RCP_TWICE_REQUEST, DOCUMENTED, 0, 1, 60},
        {RCP_TWICE_DELIVERY, RCP_KNOB_RESOLVED_MEANS, 0, 56, 110},
        {RCP_TWICE_PASS, DOCUMENTED, 0, 1, 110},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_twice_difference difference = {0};
        uint32_t differ = 0;
        for (uint64_t seed = rows[i].first; seed <= rows[i].last && differ == 0; seed++)
            if (begin(runs_policy(rows[i].policy), seed, rows[i].invariants))
                differ = try_kind(rows[i].kind, &difference);
        if (differ == 0)
            fail_msg("%s, %s: not found",
                     rcp_twice_name(rows[i].kind),
                     runs_policy_name(rows[i].policy));
        assert_true((difference.in == RCP_SETTLED_INVARIANT) == (rows[i].invariants != 0));
    }
}

/* The taped run is the plain run, event by event: the double is all that a point adds. */
static void the_tape_is_the_plain_run(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        assert_true(begin(rcp_policy_hardened(), seed, UINT64_MAX));
        assert_true(runs_run(&twice.replay, seed)->trace_digest == twice.plain.trace_digest);
    }
}

/* A point that the run does not have is an error, never a comparison of a run with itself. */
static void a_point_past_the_last_is_an_error(void **state)
{
    (void)state;
    struct rcp_twice_difference difference;
    assert_true(begin(rcp_policy_hardened(), 1, UINT64_MAX));
    for (uint32_t kind = 1; kind < RCP_TWICE_KIND_COUNT; kind++)
        assert_int_equal(rcp_twice_point(&twice,
                                         (enum rcp_twice_kind)kind,
                                         twice.plain.twice_points[kind] + 1u,
                                         NULL,
                                         &difference),
                         RCP_TWICE_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hardened_worlds_settle_alike),
        cmocka_unit_test(a_planted_difference_is_found_at_each_kind),
        cmocka_unit_test(the_tape_is_the_plain_run),
        cmocka_unit_test(a_point_past_the_last_is_an_error),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(block);
    return failed;
}
