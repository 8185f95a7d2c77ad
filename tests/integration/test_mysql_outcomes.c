/* What becomes of a script when MariaDB is slow, frozen, killed or full, at each point of its way: the right
 * one of the three outcomes, within its time, and what SETTLE finds afterwards is the truth. */
#include "tests/integration/support/payments_db.h"

#include "prod/loop/clock.h"
#include "prod/mysql/durability.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define SLACK_MS 1000u /* a machine that others use, too, stands still for so long */

static void sleep_ms(uint32_t ms)
{
    const struct timespec time = {.tv_sec = ms / 1000u, .tv_nsec = (long)(ms % 1000u) * 1000000};
    nanosleep(&time, NULL);
}

static uint64_t approve(uint64_t user_id, uint32_t timeout_ms)
{
    struct rcp_tx_row row = db_row(user_id);
    return db_issue(&(struct db_ask){RCP_SCRIPT_APPROVE,
                                     .flags = RCP_TX_CAPACITY,
                                     .count = 1,
                                     .rows = &row,
                                     .timeout_ms = timeout_ms});
}

static enum rcp_verdict settle(uint64_t user_id, uint32_t kill_session)
{
    struct rcp_tx_row row = db_row(user_id);
    struct db_answer answer = db_run(&(struct db_ask){
        RCP_SCRIPT_SETTLE, .count = 1, .rows = &row, .kill_session = kill_session});
    assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
    return (enum rcp_verdict)answer.rows[0].verdict;
}

static uint64_t entries_of(uint64_t user_id)
{
    return db_number("SELECT COUNT(*) FROM campaign_activity_entries WHERE user_id = %llu",
                     (unsigned long long)user_id);
}

static bool is_mariadb(void)
{
    return db_number("SELECT VERSION() LIKE '%%MariaDB%%'") == 1;
}

static void until_sessions(uint32_t sessions)
{
    uint64_t until_ms = rcp_mono_ms() + 20000u;
    while (rcp_mysql_health(db_adapter()).sessions != sessions) {
        assert_true(rcp_mono_ms() < until_ms);
        sleep_ms(5);
    }
}

static void must_be_refused(const struct db_answer *answer, enum rcp_error_class error)
{
    assert_int_equal(answer->outcome, RCP_OUTCOME_REFUSED);
    assert_int_equal(answer->error, error);
}

/* --- Before COMMIT --- */

/* A row that somebody else keeps locked: contention, and the session is still good. MySQL gives a time to a
 * SELECT alone: there a write that waits too long is cut at its deadline, with its session. */
static void a_long_lock_is_contention(void **state)
{
    (void)state;
    bool timed = is_mariadb();
    struct rcp_session *other = db_session();
    db_say(other, "SELECT * FROM campaign_activity_capacity FOR UPDATE");
    struct db_answer answer = db_await(approve(1, 1000));
    must_be_refused(&answer, timed ? RCP_ERROR_CONTENTION : RCP_ERROR_CONNECTION);
    assert_in_range(answer.took_ms, RCP_LOCK_WAIT_MS - 50u, timed ? 995u : 1000u + SLACK_MS);
    rcp_session_close(other);
    assert_int_equal(entries_of(1), 0);
    assert_int_equal(db_await(approve(1, 1000)).outcome, RCP_OUTCOME_DONE);
    if (timed)
        assert_int_equal(rcp_mysql_health(db_adapter()).sessions, 4);
}

/* Two transactions that wait for each other: one is the victim, and if it is ours that is contention. */
static void a_deadlock_is_contention(void **state)
{
    (void)state;
    static const char crossing[] = "INSERT INTO campaign_activity_entries (campaign_activity_id, "
                                   "user_id, status, requested_at)"
                                   " VALUES (1, 1, 'PENDING', NOW())";
    struct rcp_session *other = db_session();
    db_say(other, "UPDATE payment_claim_rate SET used = used"); /* heavier than one row's INSERT */
    db_say(other, "UPDATE campaign_activity_capacity SET capacity = 50");
    uint64_t op_id = approve(1, 1000);
    sleep_ms(150);
    enum rcp_sql_end end = rcp_session_say(other, crossing, sizeof crossing - 1);
    struct db_answer answer = db_await(op_id);
    rcp_session_close(other);
    if (end == RCP_SQL_OK)
        must_be_refused(&answer, RCP_ERROR_CONTENTION);
    else
        assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
}

/* A statement with less time than its lock wait is cut by the millisecond, and nothing of it lands. */
static void a_statement_ends_in_its_time(void **state)
{
    (void)state;
    struct rcp_session *other = db_session();
    db_say(other, "SELECT * FROM campaign_activity_capacity FOR UPDATE");
    struct db_answer answer = db_await(approve(1, 200));
    must_be_refused(&answer, RCP_ERROR_CONNECTION);
    assert_in_range(answer.took_ms, 150, 200 + SLACK_MS);
    rcp_session_close(other);
    until_sessions(4);
    assert_int_equal(entries_of(1), 0);
}

/* More scripts than workers: those that wait too long are refused without having been sent. */
static void what_waits_too_long_is_refused(void **state)
{
    (void)state;
    uint64_t ops[12];
    struct rcp_session *other = db_session();
    db_say(other, "SELECT * FROM campaign_activity_capacity FOR UPDATE");
    for (uint32_t i = 0; i < 12; i++)
        ops[i] = approve(i + 1u, 300);
    for (uint32_t i = 0; i < 12; i++) {
        struct db_answer answer = db_await(ops[i]);
        must_be_refused(&answer, RCP_ERROR_CONNECTION);
        assert_in_range(answer.took_ms, 250, 300 + SLACK_MS);
    }
    rcp_session_close(other);
    assert_int_equal(db_number("SELECT COUNT(*) FROM campaign_activity_entries"), 0);
}

/* The server is there and says nothing: refused in time, and surely not done after it has thawed. */
static void a_frozen_server_refuses_statements(void **state)
{
    (void)state;
    db_server("freeze");
    uint64_t first = approve(1, 300);
    struct db_answer answer = db_await(first);
    db_server("thaw");
    must_be_refused(&answer, RCP_ERROR_CONNECTION);
    assert_in_range(answer.took_ms, 250, 300 + SLACK_MS);
    until_sessions(4);
    sleep_ms(300);
    assert_int_equal(entries_of(1), 0);
}

/* While nothing stands, nobody waits; and the sessions come back by themselves. */
static void a_dead_server_refuses_at_once(void **state)
{
    (void)state;
    uint64_t running = approve(1, 1000);
    db_server("kill");
    assert_int_not_equal(db_await(running).outcome, RCP_OUTCOME_COUNT);
    until_sessions(0);
    uint64_t until_ms = rcp_mono_ms() + 5000u;
    struct db_answer answer;
    do {
        answer = db_await(approve(2, 1000));
        must_be_refused(&answer, RCP_ERROR_CONNECTION);
    } while (answer.took_ms > 20 && rcp_mono_ms() < until_ms);
    assert_in_range(answer.took_ms, 0, 20);
    assert_false(rcp_mysql_up(db_adapter()));
    assert_int_not_equal(rcp_mysql_health(db_adapter()).trouble.text[0], '\0');
    db_server("start");
    until_sessions(4);
    db_again();
    assert_int_equal(db_await(approve(2, 1000)).outcome, RCP_OUTCOME_DONE);
    assert_true(rcp_mysql_up(db_adapter()));
}

/* --- At COMMIT --- */

/* COMMIT was sent and its answer does not come: unknown, in time, with the session to kill; and what SETTLE
 * finds stays true. */
static void a_commit_without_answer_is_unknown(void **state)
{
    (void)state;
    if (!is_mariadb())
        skip(); /* MySQL has nothing that holds COMMIT and lets statements pass */
    for (uint64_t user = 1; user <= 4; user++) {
        struct rcp_session *other = db_root_session();
        db_say(other, "BACKUP STAGE START");
        db_say(other, "BACKUP STAGE BLOCK_COMMIT"); /* statements pass, COMMIT waits */
        struct db_answer answer = db_await(approve(user, user % 2 == 0 ? 1000 : 250));
        assert_int_equal(answer.outcome, RCP_OUTCOME_UNKNOWN);
        assert_int_not_equal(answer.session, 0);
        assert_in_range(answer.took_ms, 200, 1000 + SLACK_MS);
        db_say(other, "BACKUP STAGE END");
        rcp_session_close(other);
        enum rcp_verdict truth = settle(user, answer.session);
        assert_true(truth == RCP_VERDICT_APPROVED || truth == RCP_VERDICT_NOTHING);
        assert_int_equal(entries_of(user), truth == RCP_VERDICT_APPROVED);
        sleep_ms(50);
        assert_int_equal(settle(user, 0), truth);
    }
}

/* Frozen in the middle of a storm of COMMITs, again and again: whatever each outcome says is so. The first of
 * a storm ends before the server freezes and the last begins afterwards, however fast the machine is. */
static void outcomes_are_true_while_the_server_freezes(void **state)
{
    (void)state;
    enum { ROUNDS = 8, EACH = 40 };
    uint32_t ends[RCP_OUTCOME_COUNT] = {0};
    db_do("UPDATE campaign_activity_capacity SET capacity = 1000000");
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint64_t ops[EACH];
        struct db_answer answers[EACH];
        for (uint32_t i = 0; i < EACH - 1; i++)
            ops[i] = approve(1000u * round + i + 1u, 300);
        answers[0] = db_await(ops[0]);
        sleep_ms(round);
        db_server("freeze");
        ops[EACH - 1] = approve(1000u * round + EACH, 300);
        for (uint32_t i = 1; i < EACH; i++)
            answers[i] = db_await(ops[i]);
        assert_int_equal(answers[0].outcome, RCP_OUTCOME_DONE);
        assert_int_equal(answers[EACH - 1].outcome, RCP_OUTCOME_REFUSED);
        for (uint32_t i = 0; i < EACH; i++) {
            assert_in_range(answers[i].took_ms, 0, 300 + SLACK_MS);
            ends[answers[i].outcome]++;
        }
        db_server("thaw");
        until_sessions(4);
        db_again();
        for (uint32_t i = 0; i < EACH; i++) {
            uint64_t user = 1000u * round + i + 1u;
            if (answers[i].outcome == RCP_OUTCOME_UNKNOWN) {
                enum rcp_verdict truth = settle(user, answers[i].session);
                assert_int_equal(entries_of(user), truth == RCP_VERDICT_APPROVED);
            } else {
                assert_int_equal(entries_of(user), answers[i].outcome == RCP_OUTCOME_DONE);
            }
        }
    }
    print_message("    %u done, %u refused, %u unknown\n",
                  ends[RCP_OUTCOME_DONE],
                  ends[RCP_OUTCOME_REFUSED],
                  ends[RCP_OUTCOME_UNKNOWN]);
}

/* Killed in the middle of a storm: what was done is there after its restart, what was refused is not. */
static void outcomes_are_true_when_the_server_is_killed(void **state)
{
    (void)state;
    enum { ROUNDS = 4, EACH = 60 };
    uint32_t ends[RCP_OUTCOME_COUNT] = {0};
    db_do("UPDATE campaign_activity_capacity SET capacity = 1000000");
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint64_t ops[EACH];
        struct db_answer answers[EACH];
        for (uint32_t i = 0; i < EACH; i++)
            ops[i] = approve(1000u * round + i + 1u, 1000);
        sleep_ms(3u + 4u * round);
        db_server("kill");
        for (uint32_t i = 0; i < EACH; i++) {
            answers[i] = db_await(ops[i]);
            ends[answers[i].outcome]++;
        }
        db_server("start");
        until_sessions(4);
        db_again();
        for (uint32_t i = 0; i < EACH; i++) {
            uint64_t user = 1000u * round + i + 1u;
            bool there = answers[i].outcome == RCP_OUTCOME_DONE;
            if (answers[i].outcome == RCP_OUTCOME_UNKNOWN) {
                there = settle(user, answers[i].session) == RCP_VERDICT_APPROVED;
                db_again(); /* the server counts its sessions anew: we may have had that number */
            }
            assert_int_equal(entries_of(user), there);
        }
    }
    print_message("    %u done, %u refused, %u unknown\n",
                  ends[RCP_OUTCOME_DONE],
                  ends[RCP_OUTCOME_REFUSED],
                  ends[RCP_OUTCOME_UNKNOWN]);
}

/* --- Sessions --- */

/* Whatever character set the server has for those who do not say theirs. */
static void a_session_speaks_utf8mb4(void **state)
{
    (void)state;
    assert_int_equal(db_number("SELECT @@character_set_client = 'utf8mb4' AND"
                               " @@character_set_results = 'utf8mb4' AND CHAR_LENGTH('결제') = 2"),
                     1);
}

/* Killed behind our back while idle: nobody notices but the server. */
static void a_session_killed_while_idle_is_replaced(void **state)
{
    (void)state;
    db_reopen(1);
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t session = db_await(approve(i + 1u, 1000)).session;
        db_do("KILL %u", session);
        sleep_ms(50);
        struct db_answer answer = db_await(approve(10u + i, 1000));
        assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
        assert_int_not_equal(answer.session, session);
    }
}

/* SETTLE kills the session that it is told of, and one that is gone is as good. */
static void settle_kills_the_session(void **state)
{
    (void)state;
    struct rcp_session *old = db_session();
    db_say(old,
           "INSERT INTO campaign_activity_entries (campaign_activity_id, user_id, status,"
           " requested_at) VALUES (1, 1, 'APPROVED', NOW())");
    assert_int_equal(settle(1, rcp_session_id(old)), RCP_VERDICT_NOTHING);
    assert_int_equal(rcp_session_commit(old), RCP_OUTCOME_UNKNOWN);
    rcp_session_close(old);
    assert_int_equal(settle(1, 999999), RCP_VERDICT_NOTHING);
    assert_int_equal(entries_of(1), 0);
}

/* A transaction that nobody goes on with is rolled back, and its worker is free again. */
static void a_transaction_left_open_ends_by_itself(void **state)
{
    (void)state;
    db_reopen(1);
    struct rcp_tx_row row = db_row(1);
    struct db_answer left = db_run(&(struct db_ask){
        RCP_SCRIPT_APPROVE, .flags = RCP_TX_LEAVE_OPEN | RCP_TX_BLIND, .count = 1, .rows = &row});
    assert_int_equal(left.outcome, RCP_OUTCOME_DONE);
    struct db_answer waits = db_await(approve(2, 300)); /* the only worker is taken */
    must_be_refused(&waits, RCP_ERROR_CONNECTION);
    sleep_ms(RCP_REQUEST_DEADLINE_MS);
    until_sessions(1);
    assert_int_equal(db_await(approve(2, 1000)).outcome, RCP_OUTCOME_DONE);
    struct db_answer late = db_run(
        &(struct db_ask){RCP_SCRIPT_FINISH, .count = 1, .rows = &row, .session = left.session});
    must_be_refused(&late, RCP_ERROR_CONNECTION);
    assert_int_equal(entries_of(1), 0);
}

/* others_succeed: a script of this node was committed after this one was issued. */
static void a_refusal_tells_whether_others_succeed(void **state)
{
    (void)state;
    struct rcp_session *other = db_session();
    db_say(other, "SELECT * FROM campaign_activity_capacity FOR UPDATE");
    uint64_t alone = approve(1, 200);
    assert_false(db_await(alone).others_succeed);
    uint64_t waits = approve(2, 400);
    struct rcp_tx_row row = db_row(3);
    assert_int_equal(
        db_run(&(struct db_ask){RCP_SCRIPT_LOG, .flags = RCP_TX_ONE_OPEN, .count = 1, .rows = &row})
            .outcome,
        RCP_OUTCOME_DONE);
    assert_true(db_await(waits).others_succeed);
    rcp_session_close(other);
}

/* Nothing runs longer than the grace, and every effect is completed. */
static void closing_keeps_its_deadline(void **state)
{
    (void)state;
    struct rcp_session *other = db_session();
    db_say(other, "SELECT * FROM campaign_activity_capacity FOR UPDATE");
    uint64_t ops[8];
    for (uint32_t i = 0; i < 8; i++)
        ops[i] = approve(i + 1u, 1000);
    sleep_ms(50);
    uint64_t since_ms = rcp_mono_ms();
    db_close_adapter(100);
    assert_in_range(rcp_mono_ms() - since_ms, 0, RCP_LOCK_WAIT_MS - 100u);
    rcp_session_close(other);
    for (uint32_t i = 0; i < 8; i++) {
        struct db_answer answer = db_await(ops[i]);
        must_be_refused(&answer, RCP_ERROR_CONNECTION);
    }
}

/* A server that takes no writes: refused as a lost connection is, and reads are still answered. */
static void a_read_only_server_refuses_writes(void **state)
{
    (void)state;
    db_one(RCP_SCRIPT_APPROVE, RCP_TX_CAPACITY, db_row(1));
    db_root("SET GLOBAL read_only = 1");
    struct db_answer answer = db_await(approve(2, 1000));
    struct rcp_tx_row row = db_row(1);
    struct db_answer read = db_run(&(struct db_ask){RCP_SCRIPT_LOOKUP, .count = 1, .rows = &row});
    db_root("SET GLOBAL read_only = 0");
    must_be_refused(&answer, RCP_ERROR_CONNECTION);
    assert_int_equal(read.outcome, RCP_OUTCOME_DONE);
    assert_int_equal(read.rows[0].verdict, RCP_VERDICT_APPROVED);
}

/* --- What the promises need --- */

/* A server that may lose what it has committed is told apart at the start. */
static void weak_durability_is_seen(void **state)
{
    (void)state;
    struct rcp_durability durability;
    struct rcp_session_error error;
    struct rcp_session_options options = db_options();
    assert_true(rcp_mysql_durability(&options, &durability, &error));
    assert_null(rcp_durability_weakness(&durability));
    assert_true(durability.log_bin);
    assert_non_null(strstr(durability.version, is_mariadb() ? "MariaDB" : "8.0."));
    db_root("SET GLOBAL sync_binlog = 0");
    assert_true(rcp_mysql_durability(&options, &durability, &error));
    db_root("SET GLOBAL sync_binlog = 1");
    assert_non_null(rcp_durability_weakness(&durability));
    db_root("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    assert_true(rcp_mysql_durability(&options, &durability, &error));
    db_root("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
    assert_non_null(rcp_durability_weakness(&durability));
    options.password = "wrong";
    assert_false(rcp_mysql_durability(&options, &durability, &error));
    assert_int_equal(error.code, 1045);
}

int main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, db_open, db_close)
    const struct CMUnitTest tests[] = {
        HERE(a_long_lock_is_contention),
        HERE(a_deadlock_is_contention),
        HERE(a_statement_ends_in_its_time),
        HERE(what_waits_too_long_is_refused),
        HERE(a_frozen_server_refuses_statements),
        HERE(a_dead_server_refuses_at_once),
        HERE(a_commit_without_answer_is_unknown),
        HERE(outcomes_are_true_while_the_server_freezes),
        HERE(outcomes_are_true_when_the_server_is_killed),
        HERE(a_session_speaks_utf8mb4),
        HERE(a_session_killed_while_idle_is_replaced),
        HERE(settle_kills_the_session),
        HERE(a_transaction_left_open_ends_by_itself),
        HERE(a_refusal_tells_whether_others_succeed),
        HERE(closing_keeps_its_deadline),
        HERE(a_read_only_server_refuses_writes),
        HERE(weak_durability_is_seen),
    };
    return cmocka_run_group_tests(tests, db_begin, db_end);
}
