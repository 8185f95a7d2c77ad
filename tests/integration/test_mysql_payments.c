/* The payment scripts on a real MariaDB, through the adapter: each script, each verdict, and that two nodes at
 * once never both have their way. What they mean is held against the simulator's model in
 * test_mysql_payments_model.c; what happens when the server fails, in test_mysql_outcomes.c. */
#include "tests/integration/support/payments_db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HARDENED RCP_TX_CAPACITY

static uint64_t approved(void)
{
    return db_number("SELECT COUNT(*) FROM campaign_activity_entries WHERE status = 'APPROVED'");
}

static uint64_t counted(void)
{
    return db_number("SELECT SUM(approved_count) FROM campaign_activity_capacity");
}

static uint64_t placeholders(void)
{
    return db_number("SELECT COUNT(*) FROM campaign_activity_entries WHERE status = 'PENDING'");
}

static void must_be(uint32_t row_id, const char *status)
{
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log WHERE id = %u"
                               " AND status = '%s'",
                               row_id,
                               status),
                     1);
}

static struct rcp_tx_row of_product(struct rcp_tx_row row, uint64_t product_id)
{
    row.payload.product_id = product_id;
    return row;
}

static struct rcp_tx_row of_activity(struct rcp_tx_row row, uint64_t activity_id)
{
    row.payload.activity_id = activity_id;
    return row;
}

static struct rcp_tx_row with_row(struct rcp_tx_row row, uint32_t row_id)
{
    row.row_id = row_id;
    return row;
}

/* --- APPROVE --- */

/* A payment is approved and counted once; whoever asks again hears that it was. */
static void a_payment_is_approved_once(void **state)
{
    (void)state;
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(1)).verdict, RCP_VERDICT_APPROVED);
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(1)).verdict, RCP_VERDICT_ALREADY);
    assert_int_equal(approved(), 1);
    assert_int_equal(counted(), 1);
    assert_int_equal(db_number("SELECT COUNT(*) FROM campaign_activity_entries WHERE user_id = 1"
                               " AND product_id = 11 AND token = 'token-1' AND origin = 'trace-1'"
                               " AND unreleased_since IS NOT NULL AND processed_at IS NOT NULL"),
                     1);
}

/* The same key with another payload is a conflict, and changes nothing. */
static void another_product_is_a_conflict(void **state)
{
    (void)state;
    db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(1));
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, of_product(db_row(1), 12)).verdict,
                     RCP_VERDICT_CONFLICT);
    assert_int_equal(db_number("SELECT product_id FROM campaign_activity_entries"), 11);
    assert_int_equal(counted(), 1);
}

/* No retry and no late write passes the fence. */
static void a_fence_stands(void **state)
{
    (void)state;
    assert_int_equal(db_one(RCP_SCRIPT_FENCE, 0, db_row(1)).verdict, RCP_VERDICT_REJECTED);
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(1)).verdict, RCP_VERDICT_REJECTED);
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, 0, db_row(1)).verdict, RCP_VERDICT_REJECTED);
    assert_int_equal(approved(), 0);
    assert_int_equal(counted(), 0);
}

/* Documented: whatever state the entry is in. */
static void a_blind_upsert_overwrites(void **state)
{
    (void)state;
    db_one(RCP_SCRIPT_FENCE, 0, db_row(1));
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, RCP_TX_BLIND, db_row(1)).verdict,
                     RCP_VERDICT_APPROVED);
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, RCP_TX_BLIND, of_product(db_row(1), 12)).verdict,
                     RCP_VERDICT_APPROVED);
    assert_int_equal(db_number("SELECT product_id FROM campaign_activity_entries"), 12);
    assert_int_equal(approved(), 1);
    assert_int_equal(counted(), 0); /* without CAPACITY nobody counts */
}

/* Entries that some other service wrote may be approved. */
static void a_pending_entry_is_approved(void **state)
{
    (void)state;
    db_do(
        "INSERT INTO campaign_activity_entries (campaign_activity_id, user_id, product_id, status,"
        " requested_at) VALUES (1, 1, NULL, 'PENDING', NOW()), (1, 2, 5, 'DUPLICATED', NOW())");
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(1)).verdict, RCP_VERDICT_APPROVED);
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(2)).verdict, RCP_VERDICT_APPROVED);
    assert_int_equal(db_number("SELECT SUM(product_id) FROM campaign_activity_entries"), 22);
    assert_int_equal(counted(), 2);
}

/* What does not fit is told apart row by row, in the order of the keys; nothing of it is left behind. */
static void no_more_is_approved_than_there_is(void **state)
{
    (void)state;
    struct rcp_tx_row rows[8];
    db_do(
        "UPDATE campaign_activity_capacity SET approved_count = %u WHERE campaign_activity_id = 1",
        DB_CAPACITY - 3u);
    db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(4)); /* two are left */
    for (uint32_t i = 0; i < 8; i++)
        rows[i] = db_row(i + 1u);
    rows[6] = of_activity(rows[6], 2);
    rows[7] = of_activity(rows[7], 2);
    struct db_answer answer =
        db_run(&(struct db_ask){RCP_SCRIPT_APPROVE, .flags = HARDENED, .count = 8, .rows = rows});
    static const uint8_t expected[8] = {
        RCP_VERDICT_APPROVED,
        RCP_VERDICT_APPROVED,
        RCP_VERDICT_FULL,
        RCP_VERDICT_ALREADY,
        RCP_VERDICT_FULL,
        RCP_VERDICT_FULL,
        RCP_VERDICT_APPROVED,
        RCP_VERDICT_APPROVED,
    };
    assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(answer.rows[i].verdict, expected[i]);
    assert_int_equal(approved(), 5);
    assert_int_equal(placeholders(), 0);
    assert_int_equal(counted(), DB_CAPACITY + 2u);
}

/* Without a row for the activity there is no payment: no repetition helps. */
static void a_missing_activity_is_the_handlers_fault(void **state)
{
    (void)state;
    static const uint32_t flags[] = {HARDENED, 0, RCP_TX_BLIND, RCP_TX_BLIND | RCP_TX_CAPACITY};
    for (uint32_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        struct rcp_tx_row row = of_activity(db_row(1), 99);
        struct db_answer answer = db_run(
            &(struct db_ask){RCP_SCRIPT_APPROVE, .flags = flags[i], .count = 1, .rows = &row});
        assert_int_equal(answer.outcome, RCP_OUTCOME_REFUSED);
        assert_int_equal(answer.error, RCP_ERROR_HANDLER);
    }
    assert_int_equal(db_number("SELECT COUNT(*) FROM campaign_activity_entries"), 0);
}

/* A retry ends its failure row in the same transaction, parked ones too; one that does not fit is parked. */
static void a_retry_ends_its_row(void **state)
{
    (void)state;
    uint32_t open = db_failure(1, "PROCESSING"), parked = db_failure(2, "FAILED");
    struct rcp_tx_row rows[2] = {with_row(db_row(1), open), with_row(db_row(2), parked)};
    struct db_answer answer =
        db_run(&(struct db_ask){RCP_SCRIPT_APPROVE, .flags = HARDENED, .count = 2, .rows = rows});
    assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
    assert_int_equal(answer.rows[0].verdict, RCP_VERDICT_APPROVED);
    must_be(open, "RESOLVED");
    must_be(parked, "RESOLVED");
    db_do("UPDATE campaign_activity_capacity SET approved_count = capacity");
    uint32_t late = db_failure(3, "PROCESSING");
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, with_row(db_row(3), late)).verdict,
                     RCP_VERDICT_PARKED);
    must_be(late, "FAILED");
    assert_int_equal(db_number("SELECT park_cause FROM payment_failure_log WHERE id = %u", late),
                     RCP_PARK_CAPACITY);
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log WHERE open_one = 1"), 0);
}

/* A database that was restored gives ids again: a record from before names a row that is another payment's now,
 * under the same epoch even. Nothing that becomes of the record touches that row. */
static void a_row_of_another_payment_is_left_alone(void **state)
{
    (void)state;
    uint32_t id = db_failure(1, "PROCESSING");
    struct rcp_tx_row old = with_row(db_row(2), id);
    old.epoch = 7; /* as db_failure() writes it */
    old.counted = 1;
    assert_int_equal(db_one(RCP_SCRIPT_LATER, 0, old).verdict, RCP_VERDICT_STALE);
    assert_int_equal(db_one(RCP_SCRIPT_RELEASE, 0, old).verdict, RCP_VERDICT_STALE);
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, old).verdict, RCP_VERDICT_APPROVED);
    db_do("UPDATE campaign_activity_capacity SET approved_count = capacity");
    old.payload.user_id = 3;
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, old).verdict, RCP_VERDICT_FULL);
    must_be(id, "PROCESSING");
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log WHERE id = %u"
                               " AND retry_count = 0 AND open_one = 1",
                               id),
                     1);
    assert_int_equal(approved(), 1);
}

/* Documented: the transaction stays open until FINISH commits it, or ABANDON rolls it back. */
static void a_transaction_left_open_is_finished_or_abandoned(void **state)
{
    (void)state;
    for (uint32_t user = 1; user <= 2; user++) {
        struct rcp_tx_row row = db_row(user);
        struct db_answer left = db_run(&(struct db_ask){RCP_SCRIPT_APPROVE,
                                                        .flags = RCP_TX_LEAVE_OPEN | RCP_TX_BLIND,
                                                        .count = 1,
                                                        .rows = &row});
        assert_int_equal(left.outcome, RCP_OUTCOME_DONE);
        assert_int_equal(left.rows[0].verdict, RCP_VERDICT_APPROVED);
        assert_int_not_equal(left.session, 0);
        assert_int_equal(approved(), user - 1u); /* not yet */
        struct db_ask then = {.script = user == 1 ? RCP_SCRIPT_FINISH : RCP_SCRIPT_ABANDON,
                              .count = 1,
                              .rows = &row,
                              .session = left.session};
        uint64_t op_id = db_issue(&then);
        if (then.script == RCP_SCRIPT_FINISH)
            assert_int_equal(db_await(op_id).rows[0].verdict, RCP_VERDICT_WRITTEN);
        else
            assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, row).verdict,
                             RCP_VERDICT_APPROVED);
    }
    struct rcp_tx_row row = db_row(3);
    struct db_answer gone =
        db_run(&(struct db_ask){RCP_SCRIPT_FINISH, .count = 1, .rows = &row, .session = 77777});
    assert_int_equal(gone.outcome, RCP_OUTCOME_REFUSED);
    assert_int_equal(gone.error, RCP_ERROR_CONNECTION);
}

/* --- LOOKUP, SETTLE, FENCE, REJECT --- */

/* Every state that a payment may be in, and what each script says of it. */
static void each_state_has_its_verdict(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum rcp_script script;
        uint8_t nothing, open, parked, approved, conflict, rejected;
    } rows[] = {
        {"LOOKUP does not compare payloads",
         RCP_SCRIPT_LOOKUP,
         RCP_VERDICT_NOTHING,
         RCP_VERDICT_OPEN,
         RCP_VERDICT_PARKED,
         RCP_VERDICT_APPROVED,
         RCP_VERDICT_APPROVED,
         RCP_VERDICT_REJECTED},
        {"SETTLE does",
         RCP_SCRIPT_SETTLE,
         RCP_VERDICT_NOTHING,
         RCP_VERDICT_OPEN,
         RCP_VERDICT_PARKED,
         RCP_VERDICT_APPROVED,
         RCP_VERDICT_CONFLICT,
         RCP_VERDICT_REJECTED},
        {"FENCE fences where there is nothing",
         RCP_SCRIPT_FENCE,
         RCP_VERDICT_REJECTED,
         RCP_VERDICT_OPEN,
         RCP_VERDICT_PARKED,
         RCP_VERDICT_APPROVED,
         RCP_VERDICT_APPROVED,
         RCP_VERDICT_REJECTED},
        {"REJECT wherever it is not approved",
         RCP_SCRIPT_REJECT,
         RCP_VERDICT_REJECTED,
         RCP_VERDICT_REJECTED,
         RCP_VERDICT_REJECTED,
         RCP_VERDICT_APPROVED,
         RCP_VERDICT_APPROVED,
         RCP_VERDICT_REJECTED},
        {"REOPEN opens what is parked",
         RCP_SCRIPT_REOPEN,
         RCP_VERDICT_NOTHING,
         RCP_VERDICT_OPEN,
         RCP_VERDICT_OPEN,
         RCP_VERDICT_APPROVED,
         RCP_VERDICT_APPROVED,
         RCP_VERDICT_REJECTED},
        {"SHELVE parks what is open",
         RCP_SCRIPT_SHELVE,
         RCP_VERDICT_NOTHING,
         RCP_VERDICT_PARKED,
         RCP_VERDICT_PARKED,
         RCP_VERDICT_APPROVED,
         RCP_VERDICT_APPROVED,
         RCP_VERDICT_REJECTED},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t user = UINT64_C(10) * (i + 1u);
        db_failure(user + 2u, "PENDING");
        db_failure(user + 3u, "FAILED");
        db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(user + 4u));
        db_one(RCP_SCRIPT_FENCE, 0, db_row(user + 6u));
        struct rcp_tx_row asked[6];
        for (uint32_t at = 0; at < 6; at++)
            asked[at] = db_row(user + (at < 4 ? at + 1u : at == 4 ? 4u : 6u));
        asked[4] = of_product(asked[4], 12);
        const uint8_t expected[6] = {rows[i].nothing,
                                     rows[i].open,
                                     rows[i].parked,
                                     rows[i].approved,
                                     rows[i].conflict,
                                     rows[i].rejected};
        for (uint32_t at = 0; at < 6; at++)
            if (db_one(rows[i].script, 0, asked[at]).verdict != expected[at])
                fail_msg("%s: row %u", rows[i].name, at);
        assert_int_equal(placeholders(), 0);
    }
}

/* A session that has this row in its hands until it is closed. */
static struct rcp_session *who_holds(uint32_t row_id)
{
    struct rcp_session *other = db_session();
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT * FROM payment_failure_log WHERE id = %u FOR UPDATE", row_id);
    db_say(other, sql);
    return other;
}

/* An operator's rejection closes open and parked rows, but none that is being claimed at this moment. */
static void a_rejection_closes_rows(void **state)
{
    (void)state;
    uint32_t open = db_failure(1, "PENDING"), claimed = db_failure(2, "PENDING");
    uint32_t parked = db_failure(3, "FAILED");
    struct rcp_session *other = who_holds(claimed);
    assert_int_equal(db_one(RCP_SCRIPT_REJECT, 0, db_row(3)).verdict, RCP_VERDICT_REJECTED);
    must_be(parked, "RESOLVED");
    assert_int_equal(db_one(RCP_SCRIPT_REJECT, 0, db_row(1)).verdict, RCP_VERDICT_REJECTED);
    assert_int_equal(db_one(RCP_SCRIPT_REJECT, 0, db_row(2)).verdict, RCP_VERDICT_REJECTED);
    rcp_session_close(other);
    must_be(open, "RESOLVED");
    must_be(claimed, "PENDING");
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, with_row(db_row(2), claimed)).verdict,
                     RCP_VERDICT_REJECTED);
    must_be(claimed, "RESOLVED");
}

/* --- REOPEN, SHELVE --- */

/* A parked row is opened as if it had just failed for the first time, under the next epoch: due, with neither
 * attempts nor sends nor age, told to nobody, and the one open row of its payment. */
static void a_parked_row_is_opened_anew(void **state)
{
    (void)state;
    uint32_t id = db_failure(1, "FAILED");
    db_do("UPDATE payment_failure_log SET retry_count = 5, sends = 9, epoch = 7, alerted = 1,"
          " park_cause = 1, created_at = '2020-01-01' WHERE id = %u",
          id);
    assert_int_equal(db_one(RCP_SCRIPT_REOPEN, RCP_TX_ONE_OPEN, db_row(1)).verdict,
                     RCP_VERDICT_OPEN);
    assert_int_equal(
        db_number("SELECT COUNT(*) FROM payment_failure_log WHERE id = %u AND status = 'PENDING'"
                  " AND retry_count = 0 AND sends = 0 AND epoch = 8 AND alerted = 0"
                  " AND park_cause = 0 AND open_one = 1 AND next_retry_at <= UTC_TIMESTAMP(3)"
                  " AND created_at > UTC_TIMESTAMP(3) - INTERVAL 60 SECOND",
                  id),
        1);
    assert_int_equal(db_one(RCP_SCRIPT_LOG, RCP_TX_ONE_OPEN, db_row(1)).verdict, RCP_VERDICT_OPEN);
    assert_int_equal(placeholders(), 0);
}

/* What is decided needs no retry: its parked rows are closed. */
static void a_decided_payment_is_not_opened(void **state)
{
    (void)state;
    uint32_t paid = db_failure(1, "FAILED"), fenced = db_failure(2, "FAILED");
    db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(1));
    db_do("INSERT INTO campaign_activity_entries (campaign_activity_id, user_id, status,"
          " requested_at) VALUES (1, 2, 'REJECTED', NOW())");
    assert_int_equal(db_one(RCP_SCRIPT_REOPEN, RCP_TX_ONE_OPEN, db_row(1)).verdict,
                     RCP_VERDICT_APPROVED);
    assert_int_equal(db_one(RCP_SCRIPT_REOPEN, RCP_TX_ONE_OPEN, db_row(2)).verdict,
                     RCP_VERDICT_REJECTED);
    must_be(paid, "RESOLVED");
    must_be(fenced, "RESOLVED");
}

/* A row that another session is writing stays what it is, and the verdict says so. */
static void a_row_in_other_hands_stays(void **state)
{
    (void)state;
    uint32_t parked = db_failure(1, "FAILED"), open = db_failure(2, "PROCESSING");
    struct rcp_session *first = who_holds(parked), *second = who_holds(open);
    assert_int_equal(db_one(RCP_SCRIPT_REOPEN, RCP_TX_ONE_OPEN, db_row(1)).verdict,
                     RCP_VERDICT_PARKED);
    assert_int_equal(db_one(RCP_SCRIPT_SHELVE, 0, db_row(2)).verdict, RCP_VERDICT_OPEN);
    rcp_session_close(first);
    rcp_session_close(second);
    must_be(parked, "FAILED");
    must_be(open, "PROCESSING");
}

/* An open row is parked with its cause, also while its record is on its way: what comes of that record
 * changes nothing where it failed, and settles the row where it succeeded. */
static void an_open_row_is_parked(void **state)
{
    (void)state;
    uint32_t pending = db_failure(1, "PENDING"), sent = db_failure(2, "PROCESSING");
    struct rcp_tx_row late = with_row(db_row(2), sent);
    late.cause = RCP_PARK_OPERATOR;
    assert_int_equal(db_one(RCP_SCRIPT_SHELVE, 0, late).verdict, RCP_VERDICT_PARKED);
    late = db_row(1);
    late.cause = RCP_PARK_OPERATOR;
    assert_int_equal(db_one(RCP_SCRIPT_SHELVE, 0, late).verdict, RCP_VERDICT_PARKED);
    must_be(pending, "FAILED");
    must_be(sent, "FAILED");
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log WHERE park_cause = %d"
                               " AND open_one IS NULL AND alerted = 0",
                               (int)RCP_PARK_OPERATOR),
                     2);
    assert_int_equal(db_one(RCP_SCRIPT_LATER, 0, with_row(db_row(2), sent)).verdict,
                     RCP_VERDICT_STALE);
    assert_int_equal(db_one(RCP_SCRIPT_APPROVE, HARDENED, with_row(db_row(2), sent)).verdict,
                     RCP_VERDICT_APPROVED);
    must_be(sent, "RESOLVED");
}

/* That a person was told is written down under the epoch that was told of: what was opened and parked again
 * since is told of again. */
static void a_row_that_was_opened_is_told_of_again(void **state)
{
    (void)state;
    uint32_t id = db_failure(1, "FAILED");
    struct db_answer told = db_run(&(struct db_ask){.script = RCP_SCRIPT_SWEEP, .page = 32});
    assert_int_equal(told.count, 1);
    assert_int_equal(told.rows[0].verdict, RCP_VERDICT_ALERT);
    db_one(RCP_SCRIPT_REOPEN, RCP_TX_ONE_OPEN, db_row(1));
    db_one(RCP_SCRIPT_SHELVE, 0, db_row(1));
    db_one(RCP_SCRIPT_MARK, 0, told.rows[0]);
    assert_int_equal(db_number("SELECT alerted FROM payment_failure_log WHERE id = %u", id), 0);
}

/* --- LOG --- */

/* One open row per payment, none for a final entry; what was accepted and then fenced is parked. */
static void a_failure_is_logged_once(void **state)
{
    (void)state;
    struct rcp_tx_row row = db_row(1);
    row.delay_ms = 60000;
    assert_int_equal(db_one(RCP_SCRIPT_LOG, RCP_TX_ONE_OPEN, row).verdict, RCP_VERDICT_LOGGED);
    assert_int_equal(db_one(RCP_SCRIPT_LOG, RCP_TX_ONE_OPEN, row).verdict, RCP_VERDICT_OPEN);
    assert_int_equal(
        db_number(
            "SELECT COUNT(*) FROM payment_failure_log WHERE user_id = 1 AND status = 'PENDING'"
            " AND token = 'token-1' AND next_retry_at > UTC_TIMESTAMP() + INTERVAL 50 SECOND"
            " AND JSON_VALUE(payload, '$.quantity') = 2 AND retry_count = 0 AND open_one = 1"),
        1);
    db_failure(2, "FAILED");
    assert_int_equal(db_one(RCP_SCRIPT_LOG, RCP_TX_ONE_OPEN, db_row(2)).verdict,
                     RCP_VERDICT_PARKED);
    db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(3));
    assert_int_equal(db_one(RCP_SCRIPT_LOG, RCP_TX_ONE_OPEN, db_row(3)).verdict,
                     RCP_VERDICT_ALREADY);
    assert_int_equal(db_one(RCP_SCRIPT_LOG, RCP_TX_ONE_OPEN, of_product(db_row(3), 12)).verdict,
                     RCP_VERDICT_CONFLICT);
    db_one(RCP_SCRIPT_FENCE, 0, db_row(4));
    row = db_row(4);
    assert_int_equal(db_one(RCP_SCRIPT_LOG, RCP_TX_ONE_OPEN, row).verdict, RCP_VERDICT_REJECTED);
    row.cause = RCP_PARK_FENCED;
    assert_int_equal(db_one(RCP_SCRIPT_LOG, RCP_TX_ONE_OPEN, row).verdict, RCP_VERDICT_LOGGED);
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log WHERE user_id = 4"
                               " AND status = 'FAILED' AND park_cause = %d",
                               (int)RCP_PARK_FENCED),
                     1);
    assert_int_equal(placeholders(), 0);
}

/* Documented: as many rows as there are failures. */
static void a_failure_is_logged_every_time(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(db_one(RCP_SCRIPT_LOG, 0, db_row(1)).verdict, RCP_VERDICT_LOGGED);
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log"), 3);
}

/* A storm of failures is one statement, and each is there. */
static void a_full_group_is_logged(void **state)
{
    (void)state;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
    for (uint32_t i = 0; i < RCP_TX_ROWS_MAX; i++)
        rows[i] = db_row(i + 1u);
    struct db_answer answer = db_run(&(struct db_ask){
        RCP_SCRIPT_LOG, .flags = RCP_TX_ONE_OPEN, .count = RCP_TX_ROWS_MAX, .rows = rows});
    assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
    for (uint32_t i = 0; i < RCP_TX_ROWS_MAX; i++)
        assert_int_equal(answer.rows[i].verdict, RCP_VERDICT_LOGGED);
    assert_int_equal(db_number("SELECT COUNT(DISTINCT user_id) FROM payment_failure_log"),
                     RCP_TX_ROWS_MAX);
    assert_int_equal(placeholders(), 0);
}

/* --- CLAIM, RELEASE, LATER, FINISH --- */

static struct db_answer claim(uint32_t page, uint32_t flags)
{
    struct db_answer answer = db_run(
        &(struct db_ask){RCP_SCRIPT_CLAIM, .page = page, .flags = flags, .owner = 1ull << 32 | 5});
    assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
    return answer;
}

/* Due rows come oldest first, with all that is known of them; what is not due does not. */
static void claims_take_what_is_due(void **state)
{
    (void)state;
    uint32_t ids[4];
    for (uint32_t i = 0; i < 4; i++) {
        ids[i] = db_failure(i + 1u, i == 2 ? "PROCESSING" : "PENDING");
        db_do(
            "UPDATE payment_failure_log SET next_retry_at = UTC_TIMESTAMP(3) - INTERVAL %u SECOND,"
            " retry_count = 2, sends = 1, alone = 1 WHERE id = %u",
            10u * (i + 1u),
            ids[i]);
    }
    db_failure(9, "FAILED");
    db_do("UPDATE payment_failure_log SET next_retry_at = UTC_TIMESTAMP(3) + INTERVAL 1 MINUTE"
          " WHERE id = %u",
          ids[3]);
    struct db_answer first = claim(2, 0);
    assert_int_equal(first.count, 2);
    assert_true(first.more);
    assert_int_equal(first.rows[0].row_id, ids[2]); /* its lease ran out longest ago */
    assert_int_equal(first.rows[1].row_id, ids[1]);
    const struct rcp_tx_row *row = &first.rows[1];
    struct rcp_tx_row as_written = db_row(2);
    assert_memory_equal(&row->payload, &as_written.payload, sizeof row->payload);
    assert_int_equal(row->token, as_written.token);
    assert_int_equal(row->origin, as_written.origin);
    assert_int_equal(row->epoch, 8);
    assert_int_equal(row->sends, 2);
    assert_int_equal(row->attempt, 2);
    assert_int_equal(row->alone, 1);
    assert_int_equal(
        db_number(
            "SELECT COUNT(*) FROM payment_failure_log WHERE id = %u AND status = 'PROCESSING'"
            " AND epoch = 8 AND sends = 2 AND owner = 4294967301 AND next_retry_at BETWEEN"
            " UTC_TIMESTAMP(3) + INTERVAL 230 SECOND AND UTC_TIMESTAMP(3) + INTERVAL 240 SECOND",
            ids[1]),
        1);
    struct db_answer second = claim(2, 0);
    assert_int_equal(second.count, 1);
    assert_false(second.more);
    assert_int_equal(second.rows[0].row_id, ids[0]);
    assert_int_equal(claim(2, 0).count, 0);
}

/* What was open for a day, or sent too often, goes to a person. */
static void what_is_worn_out_is_parked(void **state)
{
    (void)state;
    uint32_t old = db_failure(1, "PENDING"), sent = db_failure(2, "PENDING");
    uint32_t fresh = db_failure(3, "PENDING");
    db_do("UPDATE payment_failure_log SET created_at = UTC_TIMESTAMP() - INTERVAL 25 HOUR WHERE id "
          "= %u",
          old);
    db_do("UPDATE payment_failure_log SET sends = %u WHERE id = %u", RCP_SENDS_MAX, sent);
    struct db_answer answer = claim(10, 0);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.rows[0].row_id, fresh);
    must_be(old, "FAILED");
    must_be(sent, "FAILED");
    assert_int_equal(db_number("SELECT SUM(park_cause) FROM payment_failure_log"),
                     RCP_PARK_AGE + RCP_PARK_SENDS);
}

/* All nodes together claim so many in a minute, and then wait for the next. */
static void claims_are_capped(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 4; i++)
        db_failure(i, "PENDING");
    db_do("UPDATE payment_claim_rate SET minute = FLOOR(UNIX_TIMESTAMP() / 60), used = %u",
          RCP_RATE_PER_MINUTE - 3u);
    struct db_answer answer = claim(10, 0);
    if (answer.count == 4)
        return; /* the minute has just turned */
    assert_int_equal(answer.count, 3);
    assert_true(answer.more);
    answer = claim(10, 0);
    assert_int_equal(answer.count, 0);
    assert_false(answer.more);
}

/* WHERE id AND epoch AND status: what has moved on is stale. */
static void only_the_claimed_epoch_may_write(void **state)
{
    (void)state;
    struct rcp_tx_row rows[3];
    for (uint32_t i = 0; i < 3; i++) {
        rows[i] = with_row(db_row(i + 1u), db_failure(i + 1u, i == 2 ? "PENDING" : "PROCESSING"));
        rows[i].epoch = i == 1 ? 6 : 7;
    }
    static const uint8_t verdicts[3] = {RCP_VERDICT_WRITTEN, RCP_VERDICT_STALE, RCP_VERDICT_STALE};
    db_do("UPDATE payment_failure_log SET sends = 3");
    struct db_answer released =
        db_run(&(struct db_ask){RCP_SCRIPT_RELEASE, .count = 3, .rows = rows});
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(released.rows[i].verdict, verdicts[i]);
    must_be(rows[0].row_id, "PENDING");
    must_be(rows[1].row_id, "PROCESSING");
    assert_int_equal(db_number("SELECT SUM(sends) FROM payment_failure_log"), 8);
    db_do("UPDATE payment_failure_log SET status = 'PROCESSING' WHERE id = %u", rows[0].row_id);
    for (uint32_t i = 0; i < 3; i++) {
        rows[i].counted = 1;
        rows[i].alone = 1;
        rows[i].delay_ms = 120000;
    }
    struct db_answer later = db_run(&(struct db_ask){RCP_SCRIPT_LATER, .count = 3, .rows = rows});
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(later.rows[i].verdict, verdicts[i]);
    assert_int_equal(
        db_number(
            "SELECT COUNT(*) FROM payment_failure_log WHERE retry_count = 1 AND alone = 1"
            " AND status = 'PENDING' AND next_retry_at > UTC_TIMESTAMP() + INTERVAL 110 SECOND"),
        1);
}

/* A retry that failed once too often is parked with its cause. */
static void a_used_up_row_is_parked(void **state)
{
    (void)state;
    struct rcp_tx_row row = with_row(db_row(1), db_failure(1, "PROCESSING"));
    row.epoch = 7;
    row.counted = 1;
    row.cause = RCP_PARK_ATTEMPTS;
    assert_int_equal(db_one(RCP_SCRIPT_LATER, 0, row).verdict, RCP_VERDICT_PARKED);
    must_be(row.row_id, "FAILED");
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log WHERE open_one IS NULL"
                               " AND error_message LIKE 'parked:%%' AND due_at IS NULL"),
                     1);
}

/* Documented: a new row with a count of 0 takes the place of the old one. */
static void a_failed_retry_makes_a_new_row(void **state)
{
    (void)state;
    struct rcp_tx_row row = with_row(db_row(1), db_failure(1, "PROCESSING"));
    row.epoch = 7;
    row.counted = 1;
    assert_int_equal(db_one(RCP_SCRIPT_LATER, RCP_TX_NEW_ROW, row).verdict, RCP_VERDICT_WRITTEN);
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log WHERE id <> %u"
                               " AND retry_count = 0 AND status = 'PENDING' AND epoch = 0",
                               row.row_id),
                     1);
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log"), 1);
    row.epoch = 6; /* its claim is over, and yet */
    assert_int_equal(db_one(RCP_SCRIPT_LATER, RCP_TX_NEW_ROW, row).verdict, RCP_VERDICT_WRITTEN);
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log"), 2);
}

/* Documented: a plain SELECT, and one transaction from it to what became of each row. */
static void a_plain_claim_is_handed_over(void **state)
{
    (void)state;
    uint32_t ids[4];
    for (uint32_t i = 0; i < 4; i++)
        ids[i] = db_failure(i + 1u, i == 3 ? "PROCESSING" : "PENDING");
    struct db_answer answer = claim(10, RCP_TX_PLAIN | RCP_TX_LEAVE_OPEN);
    assert_int_equal(answer.count, 3); /* PENDING alone */
    assert_int_equal(answer.rows[0].epoch, 7);
    db_do("UPDATE payment_failure_log SET updated_at = NULL"); /* nobody holds a lock */
    answer.rows[0].verdict = RCP_VERDICT_WRITTEN;
    answer.rows[1].verdict = RCP_VERDICT_STALE;
    answer.rows[1].counted = 1;
    answer.rows[1].delay_ms = 120000;
    answer.rows[2].verdict = RCP_VERDICT_STALE;
    answer.rows[2].cause = RCP_PARK_ATTEMPTS;
    struct db_answer finished = db_run(&(struct db_ask){
        RCP_SCRIPT_FINISH, .count = 3, .rows = answer.rows, .session = answer.session});
    assert_int_equal(finished.outcome, RCP_OUTCOME_DONE);
    must_be(ids[0], "RESOLVED");
    must_be(ids[1], "PENDING");
    must_be(ids[2], "FAILED");
    assert_int_equal(db_number("SELECT SUM(epoch) FROM payment_failure_log"), 8 + 8 + 8 + 7);
    assert_int_equal(db_number("SELECT retry_count FROM payment_failure_log WHERE id = %u", ids[1]),
                     1);
}

/* A claim without locks writes by id alone; a hand-over in a session of its own goes by epoch. */
static void a_plain_claim_writes_by_id(void **state)
{
    (void)state;
    uint32_t id = db_failure(1, "PROCESSING");
    struct db_answer answer = claim(10, RCP_TX_PLAIN);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.rows[0].epoch, 8);
    answer.rows[0].verdict = RCP_VERDICT_WRITTEN;
    answer.rows[0].epoch = 7;
    struct db_ask finish = {RCP_SCRIPT_FINISH, .count = 1, .rows = answer.rows};
    assert_int_equal(db_run(&finish).outcome, RCP_OUTCOME_DONE);
    must_be(id, "PROCESSING");
    answer.rows[0].epoch = 8;
    assert_int_equal(db_run(&finish).outcome, RCP_OUTCOME_DONE);
    must_be(id, "RESOLVED");
}

/* --- PARK, SWEEP, MARK --- */

static struct db_answer sweep(uint32_t page)
{
    struct db_answer answer = db_run(
        &(struct db_ask){RCP_SCRIPT_SWEEP, .page = page, .flags = RCP_TX_RELEASE | RCP_TX_RENEW});
    assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
    return answer;
}

/* A record that nobody can use is kept as it came, once. */
static void a_record_is_parked_once(void **state)
{
    (void)state;
    struct rcp_tx_row row = {.partition = 3, .offset = 77};
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(db_one(RCP_SCRIPT_PARK, 0, row).verdict, RCP_VERDICT_WRITTEN);
    row.offset = 404; /* its bytes are not known any more */
    assert_int_equal(db_one(RCP_SCRIPT_PARK, 0, row).verdict, RCP_VERDICT_WRITTEN);
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_parked_record"), 2);
    assert_int_equal(
        db_number("SELECT COUNT(*) FROM payment_parked_record WHERE partition_number = 3"
                  " AND record_offset = 77 AND HEX(value) = '6E6F74006A736F6E'"
                  " AND topic = 'axon.payment.retry'"),
        1);
}

/* What is left to do beside the payments is found in its order, done, and not found again. */
static void what_is_left_to_do_is_swept(void **state)
{
    (void)state;
    struct rcp_tx_row record = {.partition = 3, .offset = 77};
    uint32_t parked = db_failure(1, "FAILED"), open = db_failure(2, "PENDING");
    db_one(RCP_SCRIPT_PARK, 0, record);
    db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(3));
    db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(4)); /* still in its own flow's hands */
    db_do("UPDATE campaign_activity_entries SET unreleased_since = UTC_TIMESTAMP(3) - INTERVAL"
          " 31 SECOND WHERE user_id = 3");
    assert_true(sweep(3).more);
    struct db_answer found = sweep(10);
    assert_int_equal(found.count, 4);
    assert_false(found.more);
    assert_int_equal(found.rows[0].verdict, RCP_VERDICT_ALERT);
    assert_int_equal(found.rows[0].row_id, parked);
    assert_int_equal(found.rows[1].verdict, RCP_VERDICT_ALERT_RECORD);
    assert_int_equal(found.rows[1].offset, 77);
    assert_int_equal(found.rows[2].verdict, RCP_VERDICT_RENEW);
    assert_int_equal(found.rows[2].row_id, open);
    assert_int_equal(found.rows[2].token, db_handle("token-2"));
    assert_int_equal(found.rows[3].verdict, RCP_VERDICT_RELEASE);
    assert_int_equal(found.rows[3].payload.user_id, 3);
    assert_int_equal(found.rows[3].token, db_handle("token-3"));
    struct db_answer marked =
        db_run(&(struct db_ask){RCP_SCRIPT_MARK, .count = 4, .rows = found.rows});
    assert_int_equal(marked.outcome, RCP_OUTCOME_DONE);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(marked.rows[i].verdict, RCP_VERDICT_WRITTEN);
    assert_int_equal(sweep(10).count, 0);
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log WHERE token_until BETWEEN"
                               " UTC_TIMESTAMP() + INTERVAL 26 HOUR AND"
                               " UTC_TIMESTAMP() + INTERVAL 28 HOUR"),
                     1);
}

/* --- Two at once --- */

/* However groups overlap, each payment is approved once, and counted once. */
static void racing_groups_approve_each_payment_once(void **state)
{
    (void)state;
    enum { ROUNDS = 12, GROUPS = 16, USERS = 40 };
    uint32_t times[ROUNDS * USERS + 1] = {0}, refused = 0;
    db_do("UPDATE campaign_activity_capacity SET capacity = 1000000");
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint64_t ops[GROUPS];
        for (uint32_t g = 0; g < GROUPS; g++) {
            struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
            uint32_t count = 0;
            for (uint32_t user = 1; user <= USERS && count < RCP_TX_ROWS_MAX; user++)
                if ((user * 7u + g * 13u + round) % 3u != 0)
                    rows[count++] = db_row(round * USERS + user);
            ops[g] = db_issue(&(struct db_ask){
                RCP_SCRIPT_APPROVE, .flags = HARDENED, .count = count, .rows = rows});
        }
        for (uint32_t g = 0; g < GROUPS; g++) {
            struct db_answer answer = db_await(ops[g]);
            assert_int_not_equal(answer.outcome, RCP_OUTCOME_UNKNOWN);
            refused += answer.outcome == RCP_OUTCOME_REFUSED;
            if (answer.outcome == RCP_OUTCOME_REFUSED)
                assert_int_equal(answer.error, RCP_ERROR_CONTENTION);
            for (uint32_t i = 0; i < answer.count; i++)
                times[answer.rows[i].payload.user_id] +=
                    answer.rows[i].verdict == RCP_VERDICT_APPROVED;
        }
    }
    uint32_t all = 0;
    for (uint32_t user = 0; user <= ROUNDS * USERS; user++) {
        assert_in_range(times[user], 0, 1);
        all += times[user];
    }
    print_message("    %u approved, %u of %u groups refused by contention\n",
                  all,
                  refused,
                  (unsigned)(ROUNDS * GROUPS));
    assert_int_equal(approved(), all);
    assert_int_equal(counted(), all);
    assert_true(all > ROUNDS * USERS / 2);
}

/* Two nodes that claim at once never have a row both. */
static void racing_claims_are_disjoint(void **state)
{
    (void)state;
    uint32_t times[200] = {0}, all = 0;
    uint64_t ops[12];
    for (uint32_t i = 1; i < 200; i++)
        db_failure(i, "PENDING");
    for (uint32_t i = 0; i < 12; i++)
        ops[i] = db_issue(&(struct db_ask){RCP_SCRIPT_CLAIM, .page = 16, .owner = i + 1u});
    for (uint32_t i = 0; i < 12; i++) {
        struct db_answer answer = db_await(ops[i]);
        assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
        for (uint32_t at = 0; at < answer.count; at++)
            times[answer.rows[at].payload.user_id]++;
        all += answer.count;
    }
    for (uint32_t i = 0; i < 200; i++)
        assert_in_range(times[i], 0, 1);
    assert_int_equal(all, 12 * 16);
}

/* A row that another transaction holds is skipped, not waited for. */
static void a_locked_row_is_skipped(void **state)
{
    (void)state;
    uint32_t held = db_failure(1, "PENDING"), free_row = db_failure(2, "PENDING");
    struct rcp_session *other = db_session();
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT * FROM payment_failure_log WHERE id = %u FOR UPDATE", held);
    db_say(other, sql);
    struct db_answer answer = claim(10, 0);
    rcp_session_close(other);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.rows[0].row_id, free_row);
}

/* 202 was said, or 410; never both. And a fence against an approval: one of them. */
static void fence_and_log_and_approval_exclude_each_other(void **state)
{
    (void)state;
    for (uint32_t user = 1; user <= 60; user++) {
        struct rcp_tx_row row = db_row(user);
        struct db_ask fence = {RCP_SCRIPT_FENCE, .count = 1, .rows = &row};
        struct db_ask other = {user % 2 == 0 ? RCP_SCRIPT_LOG : RCP_SCRIPT_APPROVE,
                               .flags = user % 2 == 0 ? RCP_TX_ONE_OPEN : HARDENED,
                               .count = 1,
                               .rows = &row};
        uint64_t first = db_issue(user % 3 == 0 ? &fence : &other);
        uint64_t second = db_issue(user % 3 == 0 ? &other : &fence);
        struct db_answer a = db_await(first), b = db_await(second);
        struct db_answer fenced = user % 3 == 0 ? a : b, done = user % 3 == 0 ? b : a;
        if (fenced.outcome != RCP_OUTCOME_DONE || done.outcome != RCP_OUTCOME_DONE)
            continue;
        bool is_fenced = fenced.rows[0].verdict == RCP_VERDICT_REJECTED;
        bool is_done = done.rows[0].verdict == RCP_VERDICT_LOGGED ||
                       done.rows[0].verdict == RCP_VERDICT_APPROVED;
        assert_true(is_fenced != is_done);
    }
    assert_int_equal(placeholders(), 0);
    assert_int_equal(
        db_number("SELECT COUNT(*) FROM campaign_activity_entries e JOIN payment_failure_log f"
                  " USING (campaign_activity_id, user_id) WHERE e.status = 'REJECTED'"),
        0);
}

/* --- By key --- */

static void add_value(void *context, const struct rcp_sql_value columns[])
{
    *(uint64_t *)context += strtoull(columns[1].text, NULL, 10);
}

static uint64_t rows_read(void)
{
    static const char status[] = "SHOW GLOBAL STATUS WHERE Variable_name IN"
                                 " ('Handler_read_next', 'Handler_read_rnd_next')";
    uint64_t count = 0;
    struct rcp_session *session = db_session();
    assert_int_equal(rcp_session_run(session, status, NULL, 0, &count, add_value, NULL),
                     RCP_SQL_OK);
    rcp_session_close(session);
    return count;
}

/* One payment alone is found by its key as well: what is done to it does not read what all others bought. */
static void one_payment_is_found_by_its_key(void **state)
{
    (void)state;
    db_do("INSERT INTO campaign_activity_entries (campaign_activity_id, user_id, status,"
          " requested_at) SELECT 1, 999 + ROW_NUMBER() OVER (), 'APPROVED', UTC_TIMESTAMP()"
          " FROM information_schema.collations a, information_schema.collations b LIMIT 8001");
    db_one(RCP_SCRIPT_APPROVE, HARDENED, db_row(1));
    struct rcp_tx_row released = db_row(1);
    released.verdict = RCP_VERDICT_RELEASE;
    uint64_t before = rows_read();
    db_one(RCP_SCRIPT_MARK, 0, released);
    db_one(RCP_SCRIPT_FENCE, 0, db_row(2));
    db_one(RCP_SCRIPT_REJECT, 0, db_row(3));
    db_one(RCP_SCRIPT_LOG, RCP_TX_ONE_OPEN, db_row(4));
    db_one(RCP_SCRIPT_LOOKUP, 0, db_row(4));
    assert_in_range(rows_read() - before, 0, 7000);
    assert_int_equal(db_number("SELECT COUNT(*) FROM campaign_activity_entries"
                               " WHERE unreleased_since IS NOT NULL"),
                     0);
}

int main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, db_open, db_close)
    const struct CMUnitTest tests[] = {
        HERE(a_payment_is_approved_once),
        HERE(another_product_is_a_conflict),
        HERE(a_fence_stands),
        HERE(a_blind_upsert_overwrites),
        HERE(a_pending_entry_is_approved),
        HERE(no_more_is_approved_than_there_is),
        HERE(a_missing_activity_is_the_handlers_fault),
        HERE(a_retry_ends_its_row),
        HERE(a_row_of_another_payment_is_left_alone),
        HERE(a_transaction_left_open_is_finished_or_abandoned),
        HERE(each_state_has_its_verdict),
        HERE(a_rejection_closes_rows),
        HERE(a_parked_row_is_opened_anew),
        HERE(a_decided_payment_is_not_opened),
        HERE(a_row_in_other_hands_stays),
        HERE(an_open_row_is_parked),
        HERE(a_row_that_was_opened_is_told_of_again),
        HERE(a_failure_is_logged_once),
        HERE(a_failure_is_logged_every_time),
        HERE(a_full_group_is_logged),
        HERE(claims_take_what_is_due),
        HERE(what_is_worn_out_is_parked),
        HERE(claims_are_capped),
        HERE(only_the_claimed_epoch_may_write),
        HERE(a_used_up_row_is_parked),
        HERE(a_failed_retry_makes_a_new_row),
        HERE(a_plain_claim_is_handed_over),
        HERE(a_plain_claim_writes_by_id),
        HERE(a_record_is_parked_once),
        HERE(what_is_left_to_do_is_swept),
        HERE(racing_groups_approve_each_payment_once),
        HERE(racing_claims_are_disjoint),
        HERE(a_locked_row_is_skipped),
        HERE(fence_and_log_and_approval_exclude_each_other),
        HERE(one_payment_is_found_by_its_key),
    };
    return cmocka_run_group_tests(tests, db_begin, db_end);
}
