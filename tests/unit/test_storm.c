/* A node in a storm: events in any order that the contract allows, on nodes with hardly any room.
 * Whatever comes, its whole-state checks hold, a copy does the same, and it can stop. */
#include "tests/support/runs.h"
#include "tests/support/storm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define EVENTS 1000u /* under each policy */

static struct storm storm;
static uint64_t dice;

static uint32_t below(void *context, uint32_t bound)
{
    (void)context;
    dice += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = (dice ^ dice >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((mixed >> 40) * bound >> 24);
}

static void begin(struct rcp_policy policy)
{
    struct storm_dice seeded = {.below = below};
    struct rcp_node_config config = {.policy = policy, .seed = dice};
    config.gateway.refunds = dice % 3u != 0;
    config.gateway.callback_mac = dice % 2u != 0;
    config.limits = storm_limits(seeded);
    size_t size = rcp_node_size(&config.limits);
    storm_begin(&storm, seeded, &config, runs_block(size), runs_block(size));
}

static void end(void)
{
    free(storm.node);
    free(storm.copy);
}

/* Checks hold after every step under every policy, and no request is answered twice; whether operators come or
 * not. */
static void checks_hold_in_any_storm(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u * RUNS_POLICIES; i++) {
        dice = i;
        storm.operators = i >= RUNS_POLICIES;
        begin(runs_policy(i % RUNS_POLICIES));
        for (uint32_t k = 0; k < EVENTS; k++)
            storm_event(&storm);
        assert_true(storm.replies + storm.forgotten <= storm.requests);
        assert_true(storm.incarnation > 1); /* it died, too */
        end();
    }
}

/* Each answer comes twice, the second time right behind the first, where what it was for is often still
 * being worked on; and nothing comes of it. */
static void an_answer_that_comes_again_is_nobodys(void **state)
{
    (void)state;
    storm.operators = false;
    for (uint32_t i = 0; i < RUNS_POLICIES; i++) {
        dice = 10000u + i;
        begin(runs_policy(i));
        for (uint32_t k = 0; k < EVENTS / 2u; k++) {
            uint32_t answered = storm.answered_count;
            storm_event(&storm);
            if (storm.answered_count != answered)
                storm_repeat(&storm);
        }
        end();
    }
}

/* After STOP, with everything answered, a node is idle before long, and nobody is left unanswered. */
static void any_node_can_stop(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20u * RUNS_POLICIES; i++) {
        dice = 1000u + i;
        storm.operators = i >= 10u * RUNS_POLICIES;
        begin(runs_policy(i % RUNS_POLICIES));
        for (uint32_t k = 0; k < 100; k++)
            storm_event(&storm);
        storm_end(&storm);
        assert_int_equal(storm.replies + storm.forgotten, storm.requests);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_hold_in_any_storm),
        cmocka_unit_test(an_answer_that_comes_again_is_nobodys),
        cmocka_unit_test(any_node_can_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
