/* Retention on a real MariaDB: what is done with goes when it is old, and nothing else ever does; one process at a
 * time, in batches, and without keeping anybody waiting when it ends. */
#include "tests/integration/support/payments_db.h"

#include "prod/loop/clock.h"
#include "prod/mysql/retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#define DAY_MS  UINT64_C(86400000)
#define SOON_MS 20000u

static struct rcp_retention_options options_of(uint32_t batch, uint64_t pause_ms)
{
    return (struct rcp_retention_options){
        .session = db_options(),
        .keep_ms = {30u * DAY_MS, 60u * DAY_MS, 2u * DAY_MS},
        .batch = batch,
        .pause_ms = pause_ms,
        .every_ms = 100,
    };
}

static void pause_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void wait_for(const struct rcp_retention *retention, enum rcp_retained what, uint64_t count)
{
    uint64_t end_ms = rcp_mono_ms() + SOON_MS;
    while (rcp_retention_deleted(retention, what) != count) {
        if (rcp_mono_ms() > end_ms)
            fail_msg("%llu were deleted, not %llu",
                     (unsigned long long)rcp_retention_deleted(retention, what),
                     (unsigned long long)count);
        pause_ms(10);
    }
}

/* Waits until at least one whole round has gone by. */
static void wait_for_rounds(void)
{
    pause_ms(1000);
}

/* Failure rows of so many users, from this one on, last touched so many days ago. */
static void make_rows(
    uint32_t user, uint32_t count, const char *status, uint32_t due, uint32_t touched)
{
    db_do(
        "INSERT INTO payment_failure_log (user_id, payload, error_message, status, retry_count,"
        " next_retry_at, created_at, updated_at, campaign_activity_id, product_id)"
        " SELECT %u + ROW_NUMBER() OVER (), '{}', '', '%s', 0, UTC_TIMESTAMP(3) - INTERVAL %u DAY,"
        " UTC_TIMESTAMP(3) - INTERVAL 99 DAY, UTC_TIMESTAMP(3) - INTERVAL %u DAY, 1, 1"
        " FROM information_schema.collations a, information_schema.collations b LIMIT %u",
        user,
        status,
        due,
        touched,
        count);
}

static uint64_t rows_of(uint32_t user)
{
    return db_number("SELECT COUNT(*) FROM payment_failure_log WHERE user_id BETWEEN %u AND %u",
                     user + 1u,
                     user + 999u);
}

static void tell_a_line_of_each_row(void)
{
    db_do("INSERT INTO payment_attempt_log (failure_id, epoch, outcome, changed_at, node, attempts,"
          " park_cause) SELECT id, 1, 'CLAIMED', updated_at, 1, 0, 0 FROM payment_failure_log");
}

/* Resolved rows go by batches, and what was told of them goes too. Young ones, open ones, parked ones, one that was parked for long and settled
 * yesterday, and what a newer version wrote: they stay. */
static void resolved_rows_go_when_they_are_old(void **state)
{
    (void)state;
    make_rows(1000, 57, "RESOLVED", 40, 40);
    make_rows(2000, 5, "RESOLVED", 29, 29);
    make_rows(3000, 5, "PENDING", 40, 40);
    make_rows(4000, 5, "PROCESSING", 40, 40);
    make_rows(5000, 5, "FAILED", 40, 40);
    make_rows(6000, 25, "RESOLVED", 90, 1);
    make_rows(7000, 5, "RESOLVED", 40, 40);
    db_do("UPDATE payment_failure_log SET row_version = 2 WHERE user_id > 7000");
    tell_a_line_of_each_row();
    const struct rcp_retention_options options = options_of(10, 10);
    struct rcp_retention *retention = rcp_retention_begin(&options);
    assert_non_null(retention);
    wait_for(retention, RCP_RETAINED_ROWS, 57);
    wait_for_rounds();
    assert_int_equal(rcp_retention_deleted(retention, RCP_RETAINED_ROWS), 57);
    rcp_retention_end(retention);
    assert_int_equal(rows_of(1000), 0);
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_failure_log"), 50);
    assert_int_equal(db_number("SELECT COUNT(*) FROM payment_attempt_log"), 50);
}

/* Parked records go once a person was told of them, and not before. */
static void parked_records_go_when_they_are_told_and_old(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        db_do("INSERT INTO payment_parked_record (topic, partition_number, record_offset, value,"
              " alerted, created_at) VALUES ('t', 0, %u, 'x', %u,"
              " UTC_TIMESTAMP(3) - INTERVAL %u DAY)",
              i,
              i % 2u,
              i < 2 ? 61u : 59u);
    const struct rcp_retention_options options = options_of(10, 10);
    struct rcp_retention *retention = rcp_retention_begin(&options);
    wait_for(retention, RCP_RETAINED_RECORDS, 1);
    wait_for_rounds();
    rcp_retention_end(retention);
    assert_int_equal(db_number("SELECT SUM(record_offset) FROM payment_parked_record"), 0 + 2 + 3);
}

/* A key goes when it holds no more: after two days here, and never before its order is settled. */
static void keys_go_when_they_hold_no_more(void **state)
{
    (void)state;
    static const char *const statuses[] = {"PAID", "FAILED", "UNKNOWN", "REVIEW"};
    for (uint32_t i = 0; i < 8; i++) {
        const char *status = statuses[i % 4u];
        db_do("INSERT INTO orders (id, user_id, status, created_at, updated_at)"
              " VALUES (%u, 1, 'PLACED', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))",
              900u + i);
        db_do("INSERT INTO payments (order_id, user_id, total_amount, used_point, paid_amount,"
              " coupon_discount, status, version, created_at, updated_at, attempted_at, sent_at,"
              " next_query_at) VALUES (%u, 1, 5, 0, 5, 0, '%s', 1, UTC_TIMESTAMP(3),"
              " UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3),"
              " IF('%s' = 'UNKNOWN', UTC_TIMESTAMP(3), NULL))",
              900u + i,
              status,
              status);
        db_do("INSERT INTO idempotency_keys (user_id, request_key, body_hash, order_id, created_at)"
              " VALUES (1, 'key-%u', 1, %u, UTC_TIMESTAMP(3) - INTERVAL %u HOUR)",
              i,
              900u + i,
              i < 4 ? 49u : 47u);
    }
    const struct rcp_retention_options options = options_of(1, 10);
    struct rcp_retention *retention = rcp_retention_begin(&options);
    wait_for(retention, RCP_RETAINED_KEYS, 2);
    wait_for_rounds();
    rcp_retention_end(retention);
    assert_int_equal(db_number("SELECT COUNT(*) FROM idempotency_keys WHERE order_id >= 902"), 6);
    db_do("DELETE FROM idempotency_keys");
    db_do("DELETE FROM payments");
    db_do("DELETE FROM orders");
}

/* While another process leads, this one leaves everything to it. */
static void one_process_at_a_time_deletes(void **state)
{
    (void)state;
    make_rows(1000, 20, "RESOLVED", 40, 40);
    struct rcp_session *other = db_session();
    db_say(other, "DO GET_LOCK(CONCAT('recoup.retention.', DATABASE()), 0)");
    const struct rcp_retention_options options = options_of(10, 10);
    struct rcp_retention *retention = rcp_retention_begin(&options);
    wait_for_rounds();
    assert_int_equal(rcp_retention_deleted(retention, RCP_RETAINED_ROWS), 0);
    rcp_session_close(other);
    wait_for(retention, RCP_RETAINED_ROWS, 20);
    rcp_retention_end(retention);
}

/* It ends behind the batch that runs, however much is left and however long it would have paused. */
static void it_ends_at_once(void **state)
{
    (void)state;
    make_rows(1000, 500, "RESOLVED", 40, 40);
    const struct rcp_retention_options options = options_of(10, 10000);
    struct rcp_retention *retention = rcp_retention_begin(&options);
    wait_for(retention, RCP_RETAINED_ROWS, 10);
    uint64_t before_ms = rcp_mono_ms();
    rcp_retention_end(retention);
    assert_in_range(rcp_mono_ms() - before_ms, 0, 5000); /* half of a pause */
    assert_int_equal(rows_of(1000), 490);
}

/* The server dies in the middle: a later round goes on. */
static void a_server_that_dies_is_waited_for(void **state)
{
    (void)state;
    make_rows(1000, 300, "RESOLVED", 40, 40);
    const struct rcp_retention_options options = options_of(10, 50);
    struct rcp_retention *retention = rcp_retention_begin(&options);
    while (rcp_retention_deleted(retention, RCP_RETAINED_ROWS) == 0)
        pause_ms(5);
    db_server("kill");
    db_server("start");
    db_again();
    uint64_t end_ms = rcp_mono_ms() + SOON_MS;
    while (rows_of(1000) > 0 && rcp_mono_ms() < end_ms)
        pause_ms(50);
    rcp_retention_end(retention);
    assert_int_equal(rows_of(1000), 0);
}

int main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, db_open, db_close)
    const struct CMUnitTest tests[] = {
        HERE(resolved_rows_go_when_they_are_old),
        HERE(parked_records_go_when_they_are_told_and_old),
        HERE(keys_go_when_they_hold_no_more),
        HERE(one_process_at_a_time_deletes),
        HERE(it_ends_at_once),
        HERE(a_server_that_dies_is_waited_for),
    };
    return cmocka_run_group_tests(tests, db_begin, db_end);
}
