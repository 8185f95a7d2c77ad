/* What operators ask of a node: that a payment is tried again or left alone, that a worker pauses; and what the
 * node says of itself. Forced circuits are in test_breaker.c. */
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define END        \
    {              \
        NULL, NULL \
    }

static void tell(const char *name, const struct story_line *lines)
{
    struct rcp_limits limits = story_limits();
    limits.partitions = 1;
    struct story *story = story_begin(&limits, rcp_policy_hardened());
    story_tell_all(story, name, lines);
    story_end(story);
}

/* --- Payments --- */

/* 200 where it is as the operator wants it, 409 where it is decided, 404 where nobody knows of it, and 503 where
 * the row is in other hands, or nobody knows. */
static void an_operator_hears_how_it_stands(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct story_line lines[4];
    } rows[] = {
        {"retried", {{"retry 1", "reopen 1"}, {"mysql open", "reply 1 200 open"}, END}},
        {"approved", {{"retry 1", "reopen 1"}, {"mysql approved", "reply 1 409 approved"}, END}},
        {"rejected", {{"retry 1", "reopen 1"}, {"mysql rejected", "reply 1 409 rejected"}, END}},
        {"never seen", {{"retry 1", "reopen 1"}, {"mysql nothing", "reply 1 404 unknown"}, END}},
        {"in other hands", {{"retry 1", "reopen 1"}, {"mysql parked", "reply 1 503 parked"}, END}},
        {"unknown", {{"retry 1", "reopen 1"}, {"mysql unknown", "reply 1 503 unknown"}, END}},
        {"parked", {{"park 1", "shelve 1"}, {"mysql parked", "reply 1 200 parked"}, END}},
        {"paid", {{"park 1", "shelve 1"}, {"mysql approved", "reply 1 409 approved"}, END}},
        {"nothing", {{"park 1", "shelve 1"}, {"mysql nothing", "reply 1 404 unknown"}, END}},
        {"held", {{"park 1", "shelve 1"}, {"mysql open", "reply 1 503 open"}, END}},
        {"refused",
         {{"park 1", "shelve 1"}, {"mysql refused connection", "reply 1 503 unknown"}, END}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        tell(rows[i].name, rows[i].lines);
}

/* The row says who parked it; and the opened one is the one open row only where the policy has just one. */
static void the_scripts_say_what_the_policy_wants(void **state)
{
    (void)state;
    for (uint32_t hardened = 0; hardened < 2; hardened++) {
        struct rcp_limits limits = story_limits();
        struct story *story =
            story_begin(&limits, hardened != 0 ? rcp_policy_hardened() : rcp_policy_documented());
        story_tell(story, "retry 1");
        const struct rcp_mysql_effect *mysql = &story_effects(story)->items[0].mysql;
        assert_int_equal(mysql->flags, hardened != 0 ? RCP_TX_ONE_OPEN : 0);
        story_tell(story, "park 2");
        assert_int_equal(story_effects(story)->rows[0].cause, RCP_PARK_OPERATOR);
        story_end(story);
    }
}

/* --- Workers --- */

/* A paused scheduler claims nothing, and no timer is wanted for it; resumed, it claims at once. */
static void a_paused_scheduler_claims_nothing(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"pause sweep", ""},
        {"pause scheduler", ""},
        {"pause scheduler", ""}, /* it is */
        {"wait 600000", ""},
        {"timer", ""},
        {"resume scheduler", ""},
        {"timer", "claim"},
        {"mysql page 0", ""},
        {"wait 60000", ""},
        {"timer", "claim"},
        END,
    };
    tell("scheduler", lines);
}

/* What it has in hand goes on to its end: rows that were claimed are sent. There is no next round. */
static void a_round_in_hand_comes_to_its_end(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"pause sweep", ""},
        {"wait 60000", ""},
        {"timer", "claim"},
        {"pause scheduler", ""},
        {"mysql page 2 more", "send 1, send 2"},
        {"sent done", ""},
        {"sent done", ""},
        {"wait 600000", ""},
        {"timer", ""},
        END,
    };
    tell("claimed", lines);
}

/* A paused sweep looks for nothing. */
static void a_paused_sweep_looks_for_nothing(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"pause scheduler", ""},
        {"pause sweep", ""},
        {"wait 600000", ""},
        {"timer", ""},
        {"resume sweep", ""},
        {"timer", "sweep"},
        END,
    };
    tell("sweep", lines);
}

/* A paused consumer fetches nothing; a record for which it had asked before waits, and none is lost. */
static void a_paused_consumer_takes_up_nothing(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"pause scheduler", ""},
        {"pause sweep", ""},
        {"assigned 0 1", "fetch 0"},
        {"record 0 1 5 1", "approve 5, fetch 0"},
        {"pause consumer", ""},
        {"record 0 1 6 2", ""},
        {"mysql rejected", "commit 0 6"}, /* what it had in hand */
        {"offset 0 1 done", ""},
        {"wait 5000", ""},
        {"timer", ""},
        {"wait 5000", ""},
        {"timer", ""},
        {"resume consumer", "fetch 0"},
        {"wait 5000", ""},
        {"timer", "approve 6"},
        {"mysql rejected", "commit 0 7"},
        END,
    };
    tell("consumer", lines);
}

/* A record of no use waits as well, and is parked then. */
static void an_unusable_record_waits_too(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"pause scheduler", ""},
        {"pause sweep", ""},
        {"assigned 0 1", "fetch 0"},
        {"pause consumer", ""},
        {"unusable 0 1 5 0", ""},
        {"resume consumer", "fetch 0"},
        {"wait 5000", ""},
        {"timer", "park 0"},
        END,
    };
    tell("unusable", lines);
}

/* A rebalance finds a paused consumer: what is given to it is not read before it is resumed. */
static void a_partition_may_come_and_go_meanwhile(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"pause scheduler", ""},
        {"pause sweep", ""},
        {"pause consumer", ""},
        {"assigned 0 1", ""},
        {"revoked 0 1", ""},
        {"assigned 0 2", ""},
        {"resume consumer", "fetch 0"},
        END,
    };
    tell("rebalance", lines);
}

/* A graceful stop goes on: the record that waited comes to its end, and nothing new is taken up. */
static void a_paused_node_stops_gracefully(void **state)
{
    (void)state;
    struct rcp_limits limits = story_limits();
    struct story *story = story_begin(&limits, rcp_policy_hardened());
    static const struct story_line lines[] = {
        {"pause scheduler", ""},
        {"pause sweep", ""},
        {"pause reconcile", ""},
        {"assigned 0 1", "fetch 0"},
        {"pause consumer", ""},
        {"record 0 1 5 1", ""},
        {"stop", ""},
        {"resume scheduler", ""}, /* too late */
        {"wait 5000", ""},
        {"timer", "approve 5"},
        {"mysql rejected", "commit 0 6"},
        {"offset 0 1 done", ""},
        {"wait 600000", ""},
        {"timer", ""},
        END,
    };
    story_tell_all(story, "stop", lines);
    assert_true(rcp_node_idle(story_node(story)));
    story_end(story);
}

/* --- What a node says of itself --- */

static struct rcp_node_status status_of(struct story *story)
{
    struct rcp_node_status status;
    rcp_node_status(story_node(story), &status);
    return status;
}

/* Who is paused, who is at work, and how much is in hand. */
static void a_node_says_how_it_stands(void **state)
{
    (void)state;
    struct rcp_limits limits = story_limits();
    struct story *story = story_begin(&limits, rcp_policy_hardened());
    struct rcp_node_status status = status_of(story);
    assert_int_equal(status.node, 1);
    assert_false(status.stopping);
    for (uint32_t i = 0; i < RCP_WORKER_COUNT; i++)
        assert_false(status.workers[i].paused || status.workers[i].busy);
    for (uint32_t i = 0; i < RCP_CIRCUIT_COUNT; i++)
        assert_true(status.circuits[i].state == RCP_CIRCUIT_CLOSED && !status.circuits[i].forced);

    story_tell(story, "request 1");
    story_tell(story, "assigned 0 1");
    story_tell(story, "record 0 1 5 1");
    story_tell(story, "pause consumer");
    story_tell(story, "wait 60000");
    story_tell(story, "timer");
    status = status_of(story);
    assert_int_equal(status.requests, 1);
    assert_int_equal(status.records, 1);
    assert_int_equal(status.partitions, 1);
    assert_true(status.workers[RCP_WORKER_CONSUMER].paused);
    assert_true(status.workers[RCP_WORKER_CONSUMER].busy);
    assert_true(status.workers[RCP_WORKER_SCHEDULER].busy);
    assert_false(status.workers[RCP_WORKER_SCHEDULER].paused);

    struct rcp_event force = {
        .kind = RCP_EVENT_OPERATE,
        .operate = {.operation = RCP_OPERATE_FORCE_OPEN, .circuit = RCP_CIRCUIT_QUERY}};
    story_step(story, &force);
    status = status_of(story);
    assert_int_equal(status.circuits[RCP_CIRCUIT_QUERY].state, RCP_CIRCUIT_OPEN);
    assert_true(status.circuits[RCP_CIRCUIT_QUERY].forced);
    assert_false(status.circuits[RCP_CIRCUIT_PAY].forced);

    story_tell(story, "stop");
    status = status_of(story);
    assert_true(status.stopping);
    assert_false(status.workers[RCP_WORKER_CONSUMER].paused);
    story_end(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operator_hears_how_it_stands),
        cmocka_unit_test(the_scripts_say_what_the_policy_wants),
        cmocka_unit_test(a_paused_scheduler_claims_nothing),
        cmocka_unit_test(a_round_in_hand_comes_to_its_end),
        cmocka_unit_test(a_paused_sweep_looks_for_nothing),
        cmocka_unit_test(a_paused_consumer_takes_up_nothing),
        cmocka_unit_test(an_unusable_record_waits_too),
        cmocka_unit_test(a_partition_may_come_and_go_meanwhile),
        cmocka_unit_test(a_paused_node_stops_gracefully),
        cmocka_unit_test(a_node_says_how_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
