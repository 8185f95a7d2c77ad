/* Charges and refunds on a real MariaDB: what RESULT, DUE, REFUND and TOLD read, write and wait for. What the
 * scripts mean is held against the simulator's model in test_mysql_orders_model.c. */
#include "core/order/charge_table.h"
#include "tests/integration/support/real_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BUYER  1u
#define NOON   UINT64_C(1790000000000) /* some time, as milliseconds */
#define MINUTE UINT64_C(60000)
#define DAY    UINT64_C(86400000)

static struct real_answer answer;

/* ---- RESULT --------------------------------------------------------------------------------- */

/* Status x settle: as the core's table has it, or refused without a trace. */
static void a_charge_moves_as_its_table_says(void **state)
{
    (void)state;
    static const enum rcp_charge_status froms[] = {RCP_CHARGE_IN_PROGRESS,
                                                   RCP_CHARGE_UNKNOWN,
                                                   RCP_CHARGE_REVIEW,
                                                   RCP_CHARGE_PAID,
                                                   RCP_CHARGE_FAILED};
    for (uint32_t f = 0; f < sizeof froms / sizeof froms[0]; f++) {
        for (uint32_t settle = RCP_SETTLE_NONE; settle < RCP_SETTLE_COUNT; settle++) {
            enum rcp_charge_status to = RCP_CHARGE_NONE;
            bool moves = rcp_charge_next(froms[f], (enum rcp_settle)settle, &to, NULL);
            struct real_row row = real_in_status(settle + 1u, froms[f]);
            struct real_row after = real_settle(&row, (enum rcp_settle)settle);
            assert_int_equal(after.row.verdict,
                             moves ? RCP_ORDER_VERDICT_WRITTEN : RCP_ORDER_VERDICT_REFUSED);
            after = real_find(row.row.order_id);
            assert_int_equal(after.row.status, moves ? to : froms[f]);
            assert_int_equal(after.row.version, row.row.version + moves);
            assert_int_equal(after.row.asked, row.row.asked + moves);
        }
        real_again();
    }
}

/* A cart with two lines of one product, points and a coupon. */
static struct real_row place_of_everything(void)
{
    struct real_row row = real_cart(BUYER, 1, 2, 1);
    row.row.cart.items[2] = (struct rcp_order_item){2, 3};
    row.row.cart.total_amount = row.row.cart.paid_amount = 9000;
    real_pay_by_points(&row, 1500);
    real_pay_by_coupon(&row, BUYER);
    row = real_place(&row);
    assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_PLACED);
    return row;
}

/* Compensation gives back each thing as it was taken, whichever way the locks go. */
static void a_failed_order_gives_all_of_it_back(void **state)
{
    (void)state;
    static const uint32_t flags[] = {0, RCP_TX_MIXED_LOCKS};
    for (uint32_t i = 0; i < 2; i++) {
        struct real_row row = place_of_everything();
        row.row.settle = RCP_SETTLE_FAIL;
        row.row.failure = RCP_FAILURE_CARD;
        row = real_run(RCP_SCRIPT_RESULT, &row, flags[i]);
        assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_WRITTEN);
        assert_int_equal(row.row.failure, RCP_FAILURE_CARD);
        assert_int_equal(real_stock(1), REAL_STOCK);
        assert_int_equal(real_stock(2), REAL_STOCK);
        assert_int_equal(real_points(BUYER), REAL_POINTS);
        assert_int_equal(real_number("SELECT COUNT(*) FROM issued_coupons WHERE status = 'USED'"),
                         0);
        assert_int_equal(real_number("SELECT status = 'CANCELLED' FROM orders"), 1);
        real_again();
    }
}

/* Documented: of two lines of one product only the last comes back. */
static void overwritten_units_are_lost(void **state)
{
    (void)state;
    struct real_row row = place_of_everything();
    row.row.settle = RCP_SETTLE_FAIL;
    row.row.failure = RCP_FAILURE_CARD;
    real_run(RCP_SCRIPT_RESULT, &row, RCP_TX_OVERWRITTEN);
    assert_int_equal(real_stock(1), REAL_STOCK);
    assert_int_equal(real_stock(2), REAL_STOCK - 1u);
    real_do("UPDATE products SET stock = %u WHERE id = 2", REAL_STOCK);
}

/* Somebody else has written meanwhile, or there is no such order: nothing happens. */
static void a_stale_result_changes_nothing(void **state)
{
    (void)state;
    struct real_row row = real_placed(BUYER, 1);
    struct real_row stale = row;
    row = real_settle(&row, RCP_SETTLE_LEAVE);
    assert_int_equal(real_settle(&stale, RCP_SETTLE_FAIL).row.verdict, RCP_ORDER_VERDICT_STALE);
    assert_int_equal(real_settle(&stale, RCP_SETTLE_CLOSE).row.verdict, RCP_ORDER_VERDICT_STALE);
    assert_int_equal(real_stock(1), REAL_STOCK - 1u);
    assert_int_equal(real_find(REAL_FIRST).row.version, row.row.version);
    stale.row.order_id = 7;
    assert_int_equal(real_settle(&stale, RCP_SETTLE_PAY).row.verdict, RCP_ORDER_VERDICT_STALE);
}

/* What the queries came to: tries and when they were sent, silence, sightings and misses, by the clock. */
static void a_result_keeps_what_the_queries_came_to(void **state)
{
    (void)state;
    real_clock(NOON);
    struct real_row row = real_placed(BUYER, 1);
    row.row.tries = 2;
    row.row.silent = 1;
    row.row.delay_ms = 90000;
    real_clock(NOON + MINUTE);
    row = real_settle(&row, RCP_SETTLE_LEAVE);
    assert_int_equal(row.row.tries, 2);
    assert_int_equal(row.row.silent, 1);
    assert_int_equal(row.row.asked, 1);
    assert_int_equal(row.row.age_ms, MINUTE);
    assert_int_equal(row.row.sight_age_ms, MINUTE);
    assert_int_equal(row.row.sent_age_ms, 0);
    assert_int_equal(real_number("SELECT TIMESTAMPDIFF(MICROSECOND, updated_at, next_query_at)"
                                 " DIV 1000 FROM payments"),
                     90000);
    row.row.tries = 254;
    row.row.silent = 0;
    real_clock(NOON + 2u * MINUTE);
    row = real_settle(&row, RCP_SETTLE_MISS);
    assert_int_equal(row.row.tries, 255);
    assert_int_equal(row.row.misses, 1);
    assert_int_equal(row.row.miss_age_ms, 0);
    row.row.tries = 0;
    real_clock(NOON + 3u * MINUTE);
    row = real_settle(&row, RCP_SETTLE_MISS);
    assert_int_equal(row.row.misses, 2);
    assert_int_equal(row.row.miss_age_ms, MINUTE);
    assert_int_equal(row.row.sent_age_ms, MINUTE);
    row.row.tries = 0;
    real_clock(NOON + 4u * MINUTE);
    row = real_settle(&row, RCP_SETTLE_SIGHT);
    assert_int_equal(row.row.misses, 0);
    assert_int_equal(row.row.miss_age_ms, 0);
    assert_int_equal(row.row.sight_age_ms, 0);
    assert_int_equal(row.row.age_ms, 4u * MINUTE);
    assert_int_equal(row.row.silent, 0);
}

/* The first key is kept; only the transaction that pays takes its place. */
static void the_first_key_stays_but_for_the_one_that_pays(void **state)
{
    (void)state;
    struct real_row row = real_placed(BUYER, 1);
    real_put(&row.bytes.pg_key, "first");
    row = real_settle(&row, RCP_SETTLE_KEY);
    real_put(&row.bytes.pg_key, "second");
    row = real_settle(&row, RCP_SETTLE_LEAVE);
    assert_true(real_has(&row.bytes.pg_key, "first"));
    row.bytes.pg_key.size = 0;
    row = real_settle(&row, RCP_SETTLE_LEAVE);
    assert_true(real_has(&row.bytes.pg_key, "first"));
    real_put(&row.bytes.pg_key, "second");
    row = real_settle(&row, RCP_SETTLE_PAY);
    assert_true(real_has(&row.bytes.pg_key, "second"));
}

/* One transaction of the PG pays for one order. */
static void a_transaction_pays_one_order(void **state)
{
    (void)state;
    struct real_row first = real_placed(BUYER, 1);
    struct real_row second = real_placed(BUYER, 2);
    real_put(&first.bytes.pg_key, "paid");
    real_settle(&first, RCP_SETTLE_PAY);
    second.bytes.pg_key = first.bytes.pg_key;
    second.row.settle = RCP_SETTLE_PAY;
    const struct real_ask ask = {.script = RCP_SCRIPT_RESULT, .row = &second};
    real_ask(real_session(0), &ask, &answer);
    assert_int_equal(answer.end, RCP_SQL_DUPLICATE);
    assert_int_equal(real_find(second.row.order_id).row.status, RCP_CHARGE_IN_PROGRESS);
}

/* PAY and FAIL say whether the PG is asked on, CLOSE and REVIEW end it, all others leave it. */
static void pg_open_is_said_by_those_who_settle(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct real_row row = real_placed(BUYER, 1u + i);
        row.row.pg_open = 1;
        row = real_settle(&row, i == 0 ? RCP_SETTLE_PAY : RCP_SETTLE_FAIL);
        assert_int_equal(row.row.pg_open, 1);
        row.row.pg_open = 0;
        row = real_settle(&row, RCP_SETTLE_LEAVE);
        assert_int_equal(row.row.pg_open, 1);
        row = real_settle(&row, RCP_SETTLE_CLOSE);
        assert_int_equal(row.row.pg_open, 0);
    }
    assert_int_equal(real_number("SELECT COUNT(*) FROM payments WHERE next_query_at IS NULL"), 2);
}

/* A transaction goes back once, however often it is seen to be too many. */
static void a_refund_is_written_once(void **state)
{
    (void)state;
    struct real_row row = real_placed(BUYER, 1);
    row.row.pg_open = 1;
    real_line(&row, 0, "surplus-1", 1000);
    real_line(&row, 2, "surplus-2", 1001);
    row = real_settle(&row, RCP_SETTLE_PAY);
    real_line(&row, 1, "surplus-1", 5);
    row = real_settle(&row, RCP_SETTLE_LEAVE);
    assert_int_equal(real_count("refunds"), 2);
    assert_int_equal(real_number("SELECT SUM(amount) FROM refunds WHERE status = 'REFUND_DUE'"
                                 " AND order_id = %u",
                                 REAL_FIRST),
                     2001);
    real_line(&row, 0, "surplus-3", 7);
    row.row.version--;
    assert_int_equal(real_settle(&row, RCP_SETTLE_LEAVE).row.verdict, RCP_ORDER_VERDICT_STALE);
    assert_int_equal(real_count("refunds"), 2);
}

/* Two orders that say of one transaction that it is too much, at once: it goes back once, and both are
 * settled. */
static void a_refund_of_two_orders_is_written_once(void **state)
{
    (void)state;
    struct real_row first = real_placed(BUYER, 1);
    struct real_row second = real_placed(BUYER, 2);
    first.row.settle = second.row.settle = RCP_SETTLE_PAY;
    real_line(&first, 0, "surplus", 1000);
    real_line(&second, 0, "surplus", 1000);
    const struct real_ask asks[] = {{.script = RCP_SCRIPT_RESULT, .row = &first},
                                    {.script = RCP_SCRIPT_RESULT, .row = &second}};
    real_start(real_session(0), &asks[0], &answer);
    real_ask_aside(1, &asks[1]);
    real_until_it_waits(1);
    real_finish(real_session(0), &answer);
    const struct real_answer *other = real_join(1);
    assert_int_equal(other->outcome, RCP_OUTCOME_DONE);
    assert_int_equal(other->rows[0].row.verdict, RCP_ORDER_VERDICT_WRITTEN);
    assert_int_equal(real_count("refunds"), 1);
}

/* Two who settle one charge, whatever they want of it and however the locks go: one writes, the other, who
 * had read the same version, does not. */
static void one_of_two_results_is_written(void **state)
{
    (void)state;
    static const uint32_t flags[] = {0, RCP_TX_MIXED_LOCKS};
    static const enum rcp_settle pairs[][2] = {{RCP_SETTLE_FAIL, RCP_SETTLE_FAIL},
                                               {RCP_SETTLE_PAY, RCP_SETTLE_FAIL},
                                               {RCP_SETTLE_FAIL, RCP_SETTLE_PAY},
                                               {RCP_SETTLE_LEAVE, RCP_SETTLE_FAIL}};
    for (uint32_t i = 0; i < 8; i++) {
        struct real_row first = real_cart(BUYER, i + 1u, 1, 2);
        real_pay_by_points(&first, 100);
        if (pairs[i / 2u][0] == RCP_SETTLE_FAIL && pairs[i / 2u][1] == RCP_SETTLE_FAIL)
            real_pay_by_coupon(&first, BUYER); /* back before the other one comes for it */
        first = real_place(&first);
        assert_int_equal(first.row.verdict, RCP_ORDER_VERDICT_PLACED);
        struct real_row second = first;
        first.row.settle = (uint8_t)pairs[i / 2u][0];
        second.row.settle = (uint8_t)pairs[i / 2u][1];
        const struct real_ask asks[] = {
            {.script = RCP_SCRIPT_RESULT, .flags = flags[i % 2u], .row = &first},
            {.script = RCP_SCRIPT_RESULT, .flags = flags[i % 2u], .row = &second}};
        real_start(real_session(0), &asks[0], &answer);
        real_ask_aside(1, &asks[1]);
        real_until_it_waits(1);
        real_finish(real_session(0), &answer);
        assert_int_equal(answer.rows[0].row.verdict, RCP_ORDER_VERDICT_WRITTEN);
        const struct real_answer *other = real_join(1);
        assert_int_equal(other->outcome, RCP_OUTCOME_DONE);
        assert_int_equal(other->rows[0].row.verdict, RCP_ORDER_VERDICT_STALE);
        assert_int_equal(other->rows[0].row.order_id, first.row.order_id);
    }
}

/* ---- DUE ------------------------------------------------------------------------------------ */

static void due(uint32_t which, uint32_t page, uint32_t flags, const struct real_row *after)
{
    const struct real_ask ask = {
        .script = RCP_SCRIPT_DUE, .page = page, .flags = flags, .row = after};
    real_ask(real_session(which), &ask, &answer);
    assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
}

/* An order whose charge is asked about at this time. */
static uint64_t due_at(uint32_t nth, uint64_t at_ms)
{
    real_clock(NOON);
    struct real_row row = real_placed(BUYER, nth);
    row.row.delay_ms = (uint32_t)(at_ms - NOON);
    return real_settle(&row, RCP_SETTLE_LEAVE).row.order_id;
}

/* What is due first comes first, a page at a time, and nobody else's for as long as its lease. */
static void a_claimed_charge_is_nobody_elses(void **state)
{
    (void)state;
    uint64_t late = due_at(1, NOON + 3u * MINUTE);
    uint64_t early = due_at(2, NOON + MINUTE);
    uint64_t middle = due_at(3, NOON + 2u * MINUTE);
    due_at(4, NOON + 4u * MINUTE);
    real_clock(NOON + 3u * MINUTE);
    due(0, 2, 0, NULL);
    assert_int_equal(answer.count, 2);
    assert_true(answer.more);
    assert_int_equal(answer.rows[0].row.order_id, early);
    assert_int_equal(answer.rows[1].row.order_id, middle);
    assert_int_equal(answer.rows[0].row.verdict, RCP_ORDER_VERDICT_DUE);
    assert_int_equal(answer.rows[0].row.user_id, BUYER);
    assert_int_equal(answer.rows[0].row.cart.paid_amount, 1000);
    assert_int_equal(answer.rows[0].row.age_ms, 3u * MINUTE);
    due(1, 2, 0, NULL);
    assert_int_equal(answer.count, 1);
    assert_false(answer.more);
    assert_int_equal(answer.rows[0].row.order_id, late);
    real_clock(NOON + 3u * MINUTE + RCP_ASK_LEASE_MS);
    due(1, 8, 0, NULL);
    assert_int_equal(answer.count, 4);
    assert_int_equal(real_number("SELECT COUNT(*) FROM payments WHERE claimed_by = 30064771073"),
                     4);
}

/* Two passes at once: the second does not wait, and has what the first has not. */
static void two_claims_are_disjoint(void **state)
{
    (void)state;
    uint64_t first = due_at(1, NOON + MINUTE);
    uint64_t second = due_at(2, NOON + MINUTE + 1u);
    uint64_t third = due_at(3, NOON + MINUTE + 2u);
    struct real_answer open;
    const struct real_ask ask = {.script = RCP_SCRIPT_DUE, .page = 1};
    real_clock(NOON + 2u * MINUTE);
    real_start(real_session(0), &ask, &open);
    assert_int_equal(open.count, 1);
    assert_int_equal(open.rows[0].row.order_id, first);
    due(1, 8, 0, NULL);
    /* The one behind the page was looked at, and is let go with the page. */
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.rows[0].row.order_id, third);
    real_finish(real_session(0), &open);
    assert_true(open.more);
    due(1, 8, 0, NULL);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.rows[0].row.order_id, second);
}

/* A charge that somebody is settling just now is not waited for, and not claimed. */
static void a_charge_in_hand_is_passed_over(void **state)
{
    (void)state;
    due_at(1, NOON + MINUTE);
    struct real_row row = real_find(REAL_FIRST);
    struct real_answer open;
    row.row.settle = RCP_SETTLE_LEAVE;
    const struct real_ask ask = {.script = RCP_SCRIPT_RESULT, .row = &row};
    real_clock(NOON + 2u * MINUTE);
    real_start(real_session(1), &ask, &open);
    assert_int_equal(open.rows[0].row.verdict, RCP_ORDER_VERDICT_WRITTEN);
    due(0, 8, 0, NULL);
    assert_int_equal(answer.count, 0);
    rcp_session_rollback(real_session(1));
    due(0, 8, 0, NULL);
    assert_int_equal(answer.count, 1);
}

/* What is settled and closed is asked about no more; what is open at the PG is. */
static void only_what_is_asked_about_is_due(void **state)
{
    (void)state;
    real_clock(NOON);
    struct real_row closed = real_placed(BUYER, 1);
    real_settle(&closed, RCP_SETTLE_PAY);
    struct real_row open = real_placed(BUYER, 2);
    open.row.pg_open = 1;
    real_settle(&open, RCP_SETTLE_FAIL);
    struct real_row review = real_placed(BUYER, 3);
    real_settle(&review, RCP_SETTLE_REVIEW);
    real_clock(NOON + DAY);
    due(0, 8, 0, NULL);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.rows[0].row.order_id, open.row.order_id);
    assert_int_equal(answer.rows[0].row.status, RCP_CHARGE_FAILED);
    assert_int_equal(answer.rows[1].row.order_id, review.row.order_id);
    assert_int_equal(answer.rows[1].row.verdict, RCP_ORDER_VERDICT_ALERT);
}

/* Documented: all that nobody has touched for a minute, by id, page by page, whoever else looks at it. */
static void every_one_is_looked_at(void **state)
{
    (void)state;
    real_clock(NOON);
    for (uint32_t i = 1; i <= 4; i++)
        real_placed(BUYER, i);
    real_clock(NOON + MINUTE);
    due(0, 3, RCP_TX_EVERY_ONE, NULL);
    assert_int_equal(answer.count, 0);
    real_clock(NOON + MINUTE + 1u);
    for (uint32_t who = 0; who < 2; who++) {
        struct real_row after = {0};
        due(who, 3, RCP_TX_EVERY_ONE, &after);
        assert_int_equal(answer.count, 3);
        assert_true(answer.more);
        assert_int_equal(answer.rows[2].row.order_id, REAL_FIRST + 2u);
        after.row.order_id = REAL_FIRST + 2u;
        due(who, 3, RCP_TX_EVERY_ONE, &after);
        assert_int_equal(answer.count, 1);
        assert_false(answer.more);
    }
}

/* Ages by creation and by attempt, each where it is asked for. */
static void an_age_has_the_base_it_is_asked_for(void **state)
{
    (void)state;
    real_clock(NOON);
    struct real_row row = real_placed(BUYER, 1);
    real_do("UPDATE payments SET attempted_at = attempted_at + INTERVAL 10 SECOND");
    real_clock(NOON + MINUTE);
    assert_int_equal(real_run(RCP_SCRIPT_FIND, &row, 0).row.age_ms, 50000);
    assert_int_equal(real_run(RCP_SCRIPT_FIND, &row, RCP_TX_CREATED).row.age_ms, 60000);
    due(0, 1, RCP_TX_CREATED, NULL);
    assert_int_equal(answer.rows[0].row.age_ms, 60000);
    assert_int_equal(answer.rows[0].row.sight_age_ms, 60000);
}

/* ---- Refunds -------------------------------------------------------------------------------- */

/* A paid order of which this much goes back. */
static struct real_row surplus(uint32_t nth, const char *key, uint64_t amount)
{
    struct real_row row = real_placed(BUYER, nth);
    real_line(&row, 0, key, amount);
    return real_settle(&row, RCP_SETTLE_PAY);
}

static struct real_row refunded(struct real_row row, enum rcp_refund_status status)
{
    row.row.status = (uint8_t)status;
    return real_run(RCP_SCRIPT_REFUND, &row, 0);
}

/* The claim is what makes it SENT: an epoch for each, and a lease. */
static void a_refund_is_claimed_by_epoch(void **state)
{
    (void)state;
    real_clock(NOON);
    struct real_row order = surplus(1, "too-much", 990);
    due(0, 8, 0, NULL);
    assert_int_equal(answer.count, 1);
    struct real_row first = answer.rows[0];
    assert_int_equal(first.row.verdict, RCP_ORDER_VERDICT_REFUND);
    assert_int_equal(first.row.status, RCP_REFUND_SENT);
    assert_int_equal(first.row.version, 1);
    assert_int_equal(first.row.order_id, order.row.order_id);
    assert_int_equal(first.row.user_id, BUYER);
    assert_int_equal(first.row.pg_amount, 990);
    assert_true(real_has(&first.bytes.pg_key, "too-much"));
    assert_true(real_has(&first.bytes.origin, "origin-1-1"));
    due(1, 8, 0, NULL);
    assert_int_equal(answer.count, 0);
    real_clock(NOON + RCP_ASK_LEASE_MS);
    due(1, 8, 0, NULL);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.rows[0].row.version, 2);
    assert_int_equal(refunded(first, RCP_REFUND_REFUNDED).row.verdict, RCP_ORDER_VERDICT_STALE);
    assert_int_equal(refunded(answer.rows[0], RCP_REFUND_REFUNDED).row.verdict,
                     RCP_ORDER_VERDICT_WRITTEN);
    assert_int_equal(refunded(answer.rows[0], RCP_REFUND_REFUNDED).row.verdict,
                     RCP_ORDER_VERDICT_STALE);
    assert_int_equal(real_number("SELECT status = 'REFUNDED' AND due_at IS NULL FROM refunds"), 1);
}

/* Not back yet: after a pause it is claimed once more, with its refusals. */
static void a_refund_goes_on_after_its_pause(void **state)
{
    (void)state;
    real_clock(NOON);
    surplus(1, "too-much", 990);
    due(0, 8, 0, NULL);
    answer.rows[0].row.tries = 1;
    answer.rows[0].row.delay_ms = 60000;
    assert_int_equal(refunded(answer.rows[0], RCP_REFUND_DUE).row.verdict,
                     RCP_ORDER_VERDICT_WRITTEN);
    real_clock(NOON + MINUTE - 1u);
    due(0, 8, 0, NULL);
    assert_int_equal(answer.count, 0);
    real_clock(NOON + MINUTE);
    due(0, 8, 0, NULL);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.rows[0].row.version, 2);
    assert_int_equal(answer.rows[0].row.tries, 1);
    answer.rows[0].row.tries = 255;
    answer.rows[0].row.delay_ms = 0;
    refunded(answer.rows[0], RCP_REFUND_DUE);
    due(0, 8, 0, NULL);
    assert_int_equal(answer.rows[0].row.tries, 255);
}

/* Charges and refunds share a page, by their due times; alerts come behind, in what is left of it. */
static void a_page_is_filled_by_due_time_then_by_alerts(void **state)
{
    (void)state;
    due_at(1, NOON + 2u * MINUTE);
    real_clock(NOON + MINUTE);
    surplus(2, "too-much", 990);
    real_in_status(3, RCP_CHARGE_REVIEW);
    real_clock(NOON + DAY);
    due(0, 3, 0, NULL);
    assert_int_equal(answer.count, 3);
    assert_false(answer.more);
    assert_int_equal(answer.rows[0].row.verdict, RCP_ORDER_VERDICT_REFUND);
    assert_int_equal(answer.rows[1].row.verdict, RCP_ORDER_VERDICT_DUE);
    assert_int_equal(answer.rows[2].row.verdict, RCP_ORDER_VERDICT_ALERT);
    real_clock(NOON + 2u * DAY);
    due(0, 2, 0, NULL);
    assert_int_equal(answer.count, 2);
    assert_true(answer.more);
}

/* ---- Alerts --------------------------------------------------------------------------------- */

static enum rcp_order_verdict told(const struct real_row *row)
{
    return (enum rcp_order_verdict)real_run(RCP_SCRIPT_TOLD, row, 0).row.verdict;
}

/* A person is told of UNKNOWN, of REVIEW and of a parked refund: each until it is written down. */
static void an_alert_is_repeated_until_it_is_told(void **state)
{
    (void)state;
    real_clock(NOON);
    surplus(1, "too-much", 990);
    due(0, 8, 0, NULL);
    refunded(answer.rows[0], RCP_REFUND_PARKED);
    real_in_status(2, RCP_CHARGE_UNKNOWN);
    real_in_status(3, RCP_CHARGE_REVIEW);
    real_do("UPDATE payments SET next_query_at = next_query_at + INTERVAL 1 DAY");
    static const enum rcp_order_alert alerts[] = {
        RCP_ORDER_ALERT_UNKNOWN, RCP_ORDER_ALERT_REVIEW, RCP_ORDER_ALERT_REFUND};
    for (uint32_t left = 3; left > 0; left--) {
        due(0, 8, 0, NULL);
        assert_int_equal(answer.count, left);
        struct real_row row = answer.rows[0];
        assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_ALERT);
        assert_int_equal(row.row.alert, alerts[3u - left]);
        assert_int_equal(told(&row), RCP_ORDER_VERDICT_WRITTEN);
        assert_int_equal(told(&row), RCP_ORDER_VERDICT_STALE);
    }
    due(0, 8, 0, NULL);
    assert_int_equal(answer.count, 0);
}

/* What a person was told of is not so any more: that they were told is not written down, and they hear of
 * what is so now. */
static void an_alert_that_is_over_is_stale(void **state)
{
    (void)state;
    struct real_row row = real_in_status(1, RCP_CHARGE_UNKNOWN);
    struct real_row alert = row;
    alert.row.alert = RCP_ORDER_ALERT_UNKNOWN;
    row = real_settle(&row, RCP_SETTLE_REVIEW);
    assert_int_equal(told(&alert), RCP_ORDER_VERDICT_STALE);
    alert.row.alert = RCP_ORDER_ALERT_REVIEW;
    assert_int_equal(told(&alert), RCP_ORDER_VERDICT_WRITTEN);
    assert_int_equal(real_number("SELECT version FROM payments"), row.row.version);
    struct real_row second = real_in_status(2, RCP_CHARGE_UNKNOWN);
    alert.row.order_id = second.row.order_id;
    alert.row.alert = RCP_ORDER_ALERT_UNKNOWN;
    assert_int_equal(told(&alert), RCP_ORDER_VERDICT_WRITTEN);
    second = real_settle(&second, RCP_SETTLE_LEAVE);
    assert_int_equal(told(&alert), RCP_ORDER_VERDICT_STALE); /* still the same doubt */
    second = real_settle(&second, RCP_SETTLE_SIGHT);
    real_settle(&second, RCP_SETTLE_DOUBT);
    assert_int_equal(told(&alert), RCP_ORDER_VERDICT_WRITTEN); /* a new one */
}

int main(void)
{
#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, real_open, real_close)
    const struct CMUnitTest tests[] = {
        SHOP_TEST(a_charge_moves_as_its_table_says),
        SHOP_TEST(a_failed_order_gives_all_of_it_back),
        SHOP_TEST(overwritten_units_are_lost),
        SHOP_TEST(a_stale_result_changes_nothing),
        SHOP_TEST(a_result_keeps_what_the_queries_came_to),
        SHOP_TEST(the_first_key_stays_but_for_the_one_that_pays),
        SHOP_TEST(a_transaction_pays_one_order),
        SHOP_TEST(pg_open_is_said_by_those_who_settle),
        SHOP_TEST(a_refund_is_written_once),
        SHOP_TEST(a_refund_of_two_orders_is_written_once),
        SHOP_TEST(one_of_two_results_is_written),
        SHOP_TEST(a_claimed_charge_is_nobody_elses),
        SHOP_TEST(two_claims_are_disjoint),
        SHOP_TEST(a_charge_in_hand_is_passed_over),
        SHOP_TEST(only_what_is_asked_about_is_due),
        SHOP_TEST(every_one_is_looked_at),
        SHOP_TEST(an_age_has_the_base_it_is_asked_for),
        SHOP_TEST(a_refund_is_claimed_by_epoch),
        SHOP_TEST(a_refund_goes_on_after_its_pause),
        SHOP_TEST(a_page_is_filled_by_due_time_then_by_alerts),
        SHOP_TEST(an_alert_is_repeated_until_it_is_told),
        SHOP_TEST(an_alert_that_is_over_is_stale),
    };
    return cmocka_run_group_tests(tests, real_begin, real_end);
}
