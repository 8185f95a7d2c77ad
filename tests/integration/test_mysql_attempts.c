/* The attempt log on a real MariaDB: each change of a failure row is told by a line, in its own transaction, at the cost
 * of one statement a group; and a payment that goes through at once leaves none. That every script tells what it did is
 * held against the rows in test_mysql_payments_model.c. */
#include "tests/integration/support/payments_db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HARDENED RCP_TX_CAPACITY

static char told[512];

static void take_text(void *context, const struct rcp_sql_value columns[])
{
    (void)context;
    snprintf(told, sizeof told, "%.*s", (int)columns[0].text_size, columns[0].text);
}

/* A row's lines in their order: epoch, outcome, what refused it, attempts, cause. */
static void assert_told(uint32_t id, const char *wanted)
{
    static const char sql[] =
        "SELECT COALESCE(GROUP_CONCAT(CONCAT_WS(' ', epoch, outcome, error, attempts, park_cause)"
        " ORDER BY epoch, outcome SEPARATOR ', '), '') FROM payment_attempt_log"
        " WHERE failure_id = ?";
    struct rcp_sql_value value = rcp_sql_number(id);
    struct rcp_session *session = db_session();
    assert_int_equal(rcp_session_run(session, sql, &value, 1, NULL, take_text, NULL), RCP_SQL_OK);
    rcp_session_close(session);
    assert_string_equal(told, wanted);
}

/* This row, claimed by now, as its record names it. */
static struct rcp_tx_row claimed(uint64_t user, uint32_t id)
{
    struct rcp_tx_row row = db_row(user);
    row.row_id = id;
    row.epoch = (uint32_t)db_number("SELECT epoch FROM payment_failure_log WHERE id = %u", id);
    return row;
}

static void claim(uint32_t id)
{
    db_do("UPDATE payment_failure_log SET next_retry_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND"
          " WHERE id = %u",
          id);
    struct db_answer answer = db_run(&(struct db_ask){RCP_SCRIPT_CLAIM, .page = 10, .owner = 1});
    assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.rows[0].row_id, id);
}

/* Claims it, and has its try fail so. */
static void fail_once(uint32_t id, enum rcp_error_class error, enum rcp_park_cause cause)
{
    claim(id);
    struct rcp_tx_row row = claimed(1, id);
    row.error = (uint8_t)error;
    row.counted = error == RCP_ERROR_HANDLER;
    row.cause = (uint8_t)cause;
    row.delay_ms = 60000;
    assert_int_equal(db_one(RCP_SCRIPT_LATER, 0, row).verdict,
                     cause == RCP_PARK_NONE ? RCP_VERDICT_WRITTEN : RCP_VERDICT_PARKED);
}

/* --- What is told --- */

/* From its first claim to its end: what refused each try, what nobody knows, what was not sent, who parked it. */
static void a_row_is_told_line_by_line(void **state)
{
    (void)state;
    uint32_t id = db_failure(1, "PENDING");
    fail_once(id, RCP_ERROR_HANDLER, RCP_PARK_NONE);
    fail_once(id, RCP_ERROR_NONE, RCP_PARK_NONE);
    claim(id);
    db_one(RCP_SCRIPT_RELEASE, 0, claimed(1, id));
    fail_once(id, RCP_ERROR_HANDLER, RCP_PARK_ATTEMPTS);
    db_one(RCP_SCRIPT_REOPEN, RCP_TX_ONE_OPEN, db_row(1));
    struct rcp_tx_row shelved = db_row(1);
    shelved.cause = RCP_PARK_OPERATOR;
    db_one(RCP_SCRIPT_SHELVE, 0, shelved);
    db_one(RCP_SCRIPT_REOPEN, RCP_TX_ONE_OPEN, db_row(1));
    claim(id);
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, claimed(1, id)).verdict,
                     RCP_VERDICT_APPROVED);
    assert_told(id,
                "8 CLAIMED 0 0, 8 REFUSED HANDLER 1 0, 9 CLAIMED 1 0, 9 UNKNOWN 1 0,"
                " 10 CLAIMED 1 0, 10 RELEASED 1 0, 11 CLAIMED 1 0, 11 PARKED HANDLER 2 1,"
                " 12 REOPENED 0 0, 12 PARKED 0 6, 13 REOPENED 0 0, 14 CLAIMED 0 0,"
                " 14 RESOLVED 0 0");
}

/* A line has the row's own moments, and the node that wrote it. */
static void a_line_says_when_and_who(void **state)
{
    (void)state;
    uint32_t id = db_failure(1, "PENDING");
    fail_once(id, RCP_ERROR_CONNECTION, RCP_PARK_NONE);
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_attempt_log AS a INNER JOIN"
                               " payment_failure_log AS f ON f.id = failure_id"
                               " WHERE outcome = 'REFUSED' AND node = %u AND a.due_at = f.due_at"
                               " AND changed_at = updated_at AND a.row_version = f.row_version",
                               DB_NODE),
                     1);
    assert_int_equal(db_number("SELECT node FROM payment_attempt_log WHERE outcome = 'CLAIMED'"
                               " AND due_at > changed_at + INTERVAL 119 SECOND"),
                     DB_NODE); /* the end of its lease */
}

/* What members of one group failed of may differ. */
static void a_group_is_told_by_what_refused_it(void **state)
{
    (void)state;
    struct rcp_tx_row rows[RCP_ERROR_CLASS_COUNT];
    for (uint32_t i = 0; i < RCP_ERROR_CLASS_COUNT; i++) {
        rows[i] = claimed(i + 1u, db_failure(i + 1u, "PROCESSING"));
        rows[i].error = (uint8_t)i;
    }
    db_run(&(struct db_ask){RCP_SCRIPT_LATER, .count = RCP_ERROR_CLASS_COUNT, .rows = rows});
    assert_told(rows[RCP_ERROR_NONE].row_id, "7 UNKNOWN 0 0");
    assert_told(rows[RCP_ERROR_CONNECTION].row_id, "7 REFUSED CONNECTION 0 0");
    assert_told(rows[RCP_ERROR_CONTENTION].row_id, "7 REFUSED CONTENTION 0 0");
    assert_told(rows[RCP_ERROR_HANDLER].row_id, "7 REFUSED HANDLER 0 0");
}

/* Worn out, sold out, rejected, parked from its first moment: each ends with its line. */
static void every_end_has_a_line(void **state)
{
    (void)state;
    uint32_t worn = db_failure(1, "PENDING");
    db_do("UPDATE payment_failure_log SET sends = %u", RCP_SENDS_MAX);
    db_run(&(struct db_ask){RCP_SCRIPT_CLAIM, .page = 10, .owner = 1});
    uint32_t full = db_failure(2, "PROCESSING"), rejected = db_failure(3, "FAILED");
    db_do("UPDATE campaign_activity_capacity SET capacity = 0");
    db_one(RCP_SCRIPT_APPROVE, HARDENED, claimed(2, full));
    db_one(RCP_SCRIPT_REJECT, 0, db_row(3));
    struct rcp_tx_row born = db_row(4);
    born.cause = RCP_PARK_CAPACITY;
    db_one(RCP_SCRIPT_LOG, RCP_TX_ONE_OPEN, born);
    assert_told(worn, "7 PARKED 0 2");
    assert_told(full, "7 PARKED 0 4");
    assert_told(rejected, "7 RESOLVED 0 0");
    assert_told((uint32_t)db_number("SELECT MAX(id) FROM payment_failure_log"), "0 PARKED 0 4");
}

/* A record that comes once more finds its row resolved: nothing is told of it, though somebody else may have resolved
 * it without a line. */
static void what_changes_nothing_has_no_line(void **state)
{
    (void)state;
    uint32_t resolved = db_failure(1, "RESOLVED"), stale = db_failure(2, "PROCESSING");
    db_one(RCP_SCRIPT_APPROVE, HARDENED, claimed(1, resolved));
    struct rcp_tx_row row = claimed(2, stale);
    row.epoch--;
    assert_int_equal(db_one(RCP_SCRIPT_LATER, 0, row).verdict, RCP_VERDICT_STALE);
    assert_int_equal(db_one(RCP_SCRIPT_RELEASE, 0, row).verdict, RCP_VERDICT_STALE);
    assert_told(resolved, "");
    assert_told(stale, "");
}

/* What is rolled back was never told. */
static void a_line_falls_with_its_transaction(void **state)
{
    (void)state;
    struct rcp_tx_row row = claimed(1, db_failure(1, "PROCESSING"));
    struct db_answer left = db_run(&(struct db_ask){
        RCP_SCRIPT_APPROVE, .flags = RCP_TX_LEAVE_OPEN | RCP_TX_BLIND, .count = 1, .rows = &row});
    assert_int_equal(left.rows[0].verdict, RCP_VERDICT_APPROVED);
    db_issue(&(struct db_ask){RCP_SCRIPT_ABANDON, .session = left.session});
    assert_int_equal(db_one(RCP_SCRIPT_LOOKUP, 0, row).verdict, RCP_VERDICT_OPEN);
    assert_told(row.row_id, "");
}

/* --- What it costs --- */

static uint64_t statements(void)
{
    return db_number("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
                     " WHERE VARIABLE_NAME = 'COM_STMT_EXECUTE'");
}

/* One statement for a whole group of rows, as for a single one; none for payments that have no row. */
static void a_group_is_told_by_one_statement(void **state)
{
    (void)state;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
    uint64_t counts[3], before;
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t first = 1u + 100u * i, count = i == 0 ? 1 : RCP_TX_ROWS_MAX;
        for (uint32_t at = 0; at < count; at++)
            rows[at] = i < 2 ? claimed(first + at, db_failure(first + at, "PROCESSING"))
                             : db_row(first + at);
        before = statements();
        struct db_answer answer = db_run(
            &(struct db_ask){RCP_SCRIPT_APPROVE, .flags = HARDENED, .count = count, .rows = rows});
        counts[i] = statements() - before;
        assert_int_equal(answer.rows[count - 1u].verdict, RCP_VERDICT_APPROVED);
    }
    assert_int_equal(counts[1], counts[0]);
    assert_int_equal(counts[2], counts[1] - 3u); /* no lock, no RESOLVED, and no line */
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_attempt_log"), 1 + RCP_TX_ROWS_MAX);
}

int main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, db_open, db_close)
    const struct CMUnitTest tests[] = {
        HERE(a_row_is_told_line_by_line),
        HERE(a_line_says_when_and_who),
        HERE(a_group_is_told_by_what_refused_it),
        HERE(every_end_has_a_line),
        HERE(what_changes_nothing_has_no_line),
        HERE(a_line_falls_with_its_transaction),
        HERE(a_group_is_told_by_one_statement),
    };
    return cmocka_run_group_tests(tests, db_begin, db_end);
}
