/* Orders on a real MariaDB: what PLACE and FIND read, write and wait for, and that nothing is lost. What the
 * scripts mean is held against the simulator's model in test_mysql_orders_model.c. */
#include "tests/integration/support/real_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define BUYER 1u
#define NOON  UINT64_C(1790000000000) /* some time, as milliseconds */
#define DAY   UINT64_C(86400000)

static struct real_answer answer;

/* ---- PLACE ---------------------------------------------------------------------------------- */

static void too_many_of_one(struct real_row *row)
{
    row->row.cart.items[0].quantity = 41;
    row->row.cart.total_amount = row->row.cart.paid_amount = 41000;
}

static void too_many_in_two_lines(struct real_row *row)
{
    row->row.cart.items[0].quantity = 21;
    row->row.cart.items[1] = (struct rcp_order_item){1, 20};
    row->row.cart.total_amount = row->row.cart.paid_amount = 41000;
}

static void more_points_than_there_are(struct real_row *row)
{
    row->row.cart.items[0].quantity = 6;
    row->row.cart.total_amount = row->row.cart.paid_amount = 6000;
    real_pay_by_points(row, 5001);
}

static void points_without_an_account(struct real_row *row)
{
    row->row.user_id = 99;
    real_pay_by_points(row, 1);
}

static void foreign_coupon(struct real_row *row)
{
    real_pay_by_coupon(row, BUYER + 1u);
}

static void no_such_coupon(struct real_row *row)
{
    real_pay_by_coupon(row, 77);
}

static void old_price(struct real_row *row)
{
    row->row.cart.total_amount = row->row.cart.paid_amount = 999;
}

static void discount_without_a_coupon(struct real_row *row)
{
    row->row.cart.coupon_discount = 500;
    row->row.cart.paid_amount -= 500;
}

static void larger_discount(struct real_row *row)
{
    real_pay_by_coupon(row, BUYER);
    row->row.cart.coupon_discount += 1;
    row->row.cart.paid_amount -= 1;
}

static void no_such_product(struct real_row *row)
{
    row->row.cart.items[0].product_id = 5;
}

/* 2^32 of something at 2^32 KRW and 1000 KRW besides: that is not 1000 KRW. */
static void a_price_beyond_all_numbers(struct real_row *row)
{
    real_do("UPDATE products SET price = 4294967296 WHERE id = 2");
    row->row.cart.items[1] = (struct rcp_order_item){2, UINT32_MAX};
    row->row.cart.items[2] = (struct rcp_order_item){2, 1};
}

/* What is not there is not sold, and what is refused has taken nothing, its key neither. */
static void a_refused_cart_takes_nothing(void **state)
{
    (void)state;
    static const struct {
        void (*spoil)(struct real_row *row);
        enum rcp_order_verdict verdict;
    } rows[] = {
        {too_many_of_one, RCP_ORDER_VERDICT_NO_STOCK},
        {too_many_in_two_lines, RCP_ORDER_VERDICT_NO_STOCK},
        {more_points_than_there_are, RCP_ORDER_VERDICT_NO_POINT},
        {points_without_an_account, RCP_ORDER_VERDICT_NO_POINT},
        {foreign_coupon, RCP_ORDER_VERDICT_NO_COUPON},
        {no_such_coupon, RCP_ORDER_VERDICT_NO_COUPON},
        {old_price, RCP_ORDER_VERDICT_PRICE},
        {discount_without_a_coupon, RCP_ORDER_VERDICT_PRICE},
        {larger_discount, RCP_ORDER_VERDICT_PRICE},
        {no_such_product, RCP_ORDER_VERDICT_PRICE},
        {a_price_beyond_all_numbers, RCP_ORDER_VERDICT_PRICE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct real_row row = real_cart(BUYER, 1, 1, 0);
        rows[i].spoil(&row);
        row = real_place(&row);
        assert_int_equal(row.row.verdict, rows[i].verdict);
        assert_int_equal(row.row.order_id, 0);
        assert_int_equal(real_count("orders"), 0);
        assert_int_equal(real_count("idempotency_keys"), 0);
        assert_int_equal(real_stock(1), REAL_STOCK);
    }
}

/* Stock, coupon and points go in the same transaction in which the payment begins. */
static void a_placed_order_takes_what_it_asks_for(void **state)
{
    (void)state;
    struct real_row row = real_cart(BUYER, 1, 2, 3);
    real_pay_by_points(&row, 1000);
    real_pay_by_coupon(&row, BUYER);
    row = real_place(&row);
    assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_PLACED);
    assert_int_equal(row.row.order_id, REAL_FIRST);
    assert_int_equal(row.row.status, RCP_CHARGE_IN_PROGRESS);
    assert_int_equal(row.row.version, 1);
    assert_int_equal(real_stock(2), REAL_STOCK - 1u);
    assert_int_equal(real_stock(3), REAL_STOCK - 1u);
    assert_int_equal(real_points(BUYER), 4000);
    assert_int_equal(real_number("SELECT order_id FROM issued_coupons WHERE status = 'USED'"),
                     REAL_FIRST);
    assert_int_equal(real_number("SELECT TIMESTAMPDIFF(SECOND, created_at, next_query_at)"
                                 " FROM payments"),
                     60);
    assert_int_equal(real_number("SELECT TIMESTAMPDIFF(SECOND, created_at, sent_at) FROM payments"),
                     5);
    row = real_cart(BUYER, 2, 1, 0);
    real_pay_by_coupon(&row, BUYER);
    row = real_place(&row);
    assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_NO_COUPON);
}

/* Two lines of one product are two lines of the order, and one sum in stock. */
static void lines_of_one_product_are_taken_together(void **state)
{
    (void)state;
    struct real_row row = real_cart(BUYER, 1, 1, 1);
    row.row.cart.items[1].quantity = 3;
    row.row.cart.total_amount = row.row.cart.paid_amount = 4000;
    row = real_place(&row);
    assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_PLACED);
    assert_int_equal(real_stock(1), REAL_STOCK - 4u);
    struct real_row found = real_find(row.row.order_id);
    assert_memory_equal(&found.row.cart, &row.row.cart, sizeof row.row.cart);
}

/* Points alone: PAID at once, and nobody asks the PG. */
static void points_alone_pay_at_once(void **state)
{
    (void)state;
    struct real_row row = real_cart(BUYER, 1, 1, 0);
    real_pay_by_points(&row, 1000);
    row = real_place(&row);
    assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_PAID);
    assert_int_equal(row.row.status, RCP_CHARGE_PAID);
    assert_int_equal(row.row.version, 0);
    assert_int_equal(real_number("SELECT next_query_at IS NULL FROM payments"), 1);
    assert_int_equal(real_number("SELECT status = 'PAID' FROM orders"), 1);
}

/* The same key: the first order's answer; with another body, none of it. */
static void a_key_places_one_order(void **state)
{
    (void)state;
    struct real_row asked = real_cart(BUYER, 1, 1, 0);
    struct real_row first = real_place(&asked);
    struct real_row other = asked;
    other.row.body_hash++;
    struct real_row row = real_place(&asked);
    assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_RUNNING);
    assert_int_equal(row.row.order_id, REAL_FIRST);
    row = real_place(&other);
    assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_OTHER);
    assert_int_equal(row.row.order_id, 0);
    real_settle(&first, RCP_SETTLE_PAY);
    assert_int_equal(real_place(&asked).row.verdict, RCP_ORDER_VERDICT_PAID);
    struct real_row second = real_cart(BUYER, 2, 1, 0);
    first = real_place(&second);
    real_settle(&first, RCP_SETTLE_FAIL);
    assert_int_equal(real_place(&second).row.verdict, RCP_ORDER_VERDICT_FAILED);
    assert_int_equal(real_count("orders"), 2);
}

/* Documented: no such table, and a second request is a second order. */
static void without_keys_each_request_is_an_order(void **state)
{
    (void)state;
    struct real_row row = real_cart(BUYER, 1, 1, 0);
    real_run(RCP_SCRIPT_PLACE, &row, 0);
    real_run(RCP_SCRIPT_PLACE, &row, 0);
    assert_int_equal(real_count("orders"), 2);
    assert_int_equal(real_count("idempotency_keys"), 0);
    struct real_row keyless = real_cart(BUYER, 2, 1, 0);
    keyless.bytes.request_key.size = 0;
    real_place(&keyless);
    real_place(&keyless);
    assert_int_equal(real_count("orders"), 4);
}

/* What one user calls a key says nothing of another's. */
static void a_key_is_one_users(void **state)
{
    (void)state;
    struct real_row row = real_cart(1, 1, 1, 0);
    real_place(&row);
    row.row.user_id = 2;
    row = real_place(&row);
    assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_PLACED);
    assert_int_equal(row.row.order_id, REAL_FIRST + 1u);
}

/* Keys are kept for 24 hours by the server's clock; after that, once the order is settled, a new one may have the
 * key, and nobody finds the old one by it. */
static void a_key_counts_for_a_day(void **state)
{
    (void)state;
    struct real_row asked = real_cart(BUYER, 1, 1, 0);
    struct real_row anothers = asked;
    anothers.row.user_id++;
    real_clock(NOON);
    struct real_row placed = real_place(&asked);
    real_place(&anothers);
    real_clock(NOON + DAY - 1u);
    assert_int_equal(real_place(&asked).row.verdict, RCP_ORDER_VERDICT_RUNNING);
    assert_int_equal(real_run(RCP_SCRIPT_FIND, &asked, 0).row.verdict, RCP_ORDER_VERDICT_PLACED);
    real_settle(&placed, RCP_SETTLE_PAY);
    assert_int_equal(real_place(&asked).row.verdict, RCP_ORDER_VERDICT_PAID);
    real_clock(NOON + DAY);
    assert_int_equal(real_run(RCP_SCRIPT_FIND, &asked, 0).row.verdict, RCP_ORDER_VERDICT_NOTHING);
    asked.row.body_hash++;
    struct real_row row = real_place(&asked);
    assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_PLACED);
    assert_int_equal(row.row.order_id, REAL_FIRST + 2u);
    assert_int_equal(real_count("idempotency_keys"), 2);
    assert_int_equal(real_place(&asked).row.order_id, REAL_FIRST + 2u);
}

/* While the PG is silent about an order its key holds, however old it is: who asks again is not charged twice. */
static void a_key_holds_until_its_order_is_settled(void **state)
{
    (void)state;
    struct real_row asked = real_cart(BUYER, 1, 1, 0);
    real_clock(NOON);
    struct real_row placed = real_place(&asked);
    real_clock(NOON + 2u * DAY);
    assert_int_equal(real_place(&asked).row.verdict, RCP_ORDER_VERDICT_RUNNING);
    assert_int_equal(real_run(RCP_SCRIPT_FIND, &asked, 0).row.order_id, placed.row.order_id);
    real_settle(&placed, RCP_SETTLE_FAIL);
    assert_int_equal(real_place(&asked).row.verdict, RCP_ORDER_VERDICT_PLACED);
    assert_int_equal(real_count("orders"), 2);
}

/* Of two who come for a key that is too old, one takes it over, and the other hears of that one's order. */
static void an_old_key_is_taken_over_once(void **state)
{
    (void)state;
    struct real_row row = real_cart(BUYER, 1, 1, 0);
    real_clock(NOON);
    struct real_row placed = real_place(&row);
    real_settle(&placed, RCP_SETTLE_PAY);
    real_clock(NOON + DAY);
    const struct real_ask ask = {
        .script = RCP_SCRIPT_PLACE, .flags = RCP_TX_IDEMPOTENT, .row = &row};
    real_start(real_session(0), &ask, &answer);
    real_ask_aside(1, &ask);
    real_until_it_waits(1);
    real_finish(real_session(0), &answer);
    const struct real_answer *second = real_join(1);
    assert_int_equal(answer.rows[0].row.verdict, RCP_ORDER_VERDICT_PLACED);
    assert_int_equal(second->rows[0].row.verdict, RCP_ORDER_VERDICT_RUNNING);
    assert_int_equal(second->rows[0].row.order_id, answer.rows[0].row.order_id);
    assert_int_equal(real_count("orders"), 2);
}

/* Keys, trace ids and the PG's keys are bytes: quotes, zeros and whole statements come back as they were. */
static void bytes_come_back_as_they_were(void **state)
{
    (void)state;
    static const char wild[] = "'; DROP TABLE orders; -- \0\xff\\\" ?%s";
    struct real_row row = real_cart(BUYER, 1, 1, 0);
    memcpy(row.bytes.request_key.at, wild, sizeof wild);
    row.bytes.request_key.size = sizeof wild;
    row.bytes.origin = row.bytes.request_key;
    struct real_row placed = real_place(&row);
    assert_int_equal(real_place(&row).row.verdict, RCP_ORDER_VERDICT_RUNNING);
    placed.bytes.pg_key = row.bytes.request_key;
    placed.bytes.refunds[0] = row.bytes.request_key;
    real_settle(&placed, RCP_SETTLE_PAY);
    struct real_row found = real_find(REAL_FIRST);
    assert_int_equal(found.bytes.pg_key.size, sizeof wild);
    assert_memory_equal(found.bytes.pg_key.at, wild, sizeof wild);
    assert_memory_equal(found.bytes.origin.at, wild, sizeof wild);
    const struct real_row by_key = {.bytes = {.pg_key = found.bytes.pg_key}};
    assert_int_equal(real_run(RCP_SCRIPT_FIND, &by_key, 0).row.order_id, REAL_FIRST);
    const struct real_ask due = {.script = RCP_SCRIPT_DUE, .page = 1};
    real_ask(real_session(0), &due, &answer);
    assert_memory_equal(answer.rows[0].bytes.pg_key.at, wild, sizeof wild);
}

/* A key whose bytes nobody knows any more is not taken for none: that would be a second order, or a refund
 * forgotten. */
static void a_handle_without_its_bytes_is_refused(void **state)
{
    (void)state;
    static const enum rcp_script scripts[] = {
        RCP_SCRIPT_PLACE, RCP_SCRIPT_RESULT, RCP_SCRIPT_RESULT};
    struct real_row rows[] = {
        real_cart(BUYER, 2, 1, 0), real_placed(BUYER, 1), real_placed(BUYER, 3)};
    rows[0].row.request_key = 9;
    rows[0].bytes.request_key.size = 0;
    rows[1].row.settle = rows[2].row.settle = RCP_SETTLE_PAY;
    rows[1].row.pg_key = 9;
    rows[2].row.refunds[3] = (struct rcp_refund_line){9, 1000};
    for (uint32_t i = 0; i < 3; i++) {
        const struct real_ask ask = {
            .script = scripts[i], .flags = RCP_TX_IDEMPOTENT, .row = &rows[i]};
        real_ask(real_session(0), &ask, &answer);
        assert_int_equal(answer.end, RCP_SQL_DATA);
    }
    assert_int_equal(real_count("orders"), 2);
    assert_int_equal(real_number("SELECT SUM(version) FROM payments"), 2);
}

/* Two requests with the same key at once: the second waits for the first, and hears of its order. */
static void a_key_is_locked_before_it_is_written(void **state)
{
    (void)state;
    for (uint32_t other = 0; other < 2; other++) {
        struct real_row row = real_cart(BUYER, 1u + other, 1, 0);
        const struct real_ask ask = {
            .script = RCP_SCRIPT_PLACE, .flags = RCP_TX_IDEMPOTENT, .row = &row};
        real_start(real_session(0), &ask, &answer);
        row.row.body_hash += other;
        real_ask_aside(1, &ask);
        real_until_it_waits(1);
        real_finish(real_session(0), &answer);
        assert_int_equal(answer.rows[0].row.verdict, RCP_ORDER_VERDICT_PLACED);
        const struct real_answer *second = real_join(1);
        assert_int_equal(second->outcome, RCP_OUTCOME_DONE);
        assert_int_equal(second->rows[0].row.verdict,
                         other ? RCP_ORDER_VERDICT_OTHER : RCP_ORDER_VERDICT_RUNNING);
    }
    assert_int_equal(real_count("orders"), 2);
}

/* The first of them never commits: the second's order is the only one. */
static void a_key_that_was_rolled_back_is_free(void **state)
{
    (void)state;
    struct real_row row = real_cart(BUYER, 1, 1, 0);
    const struct real_ask ask = {
        .script = RCP_SCRIPT_PLACE, .flags = RCP_TX_IDEMPOTENT, .row = &row};
    real_start(real_session(0), &ask, &answer);
    real_ask_aside(1, &ask);
    real_until_it_waits(1);
    rcp_session_rollback(real_session(0));
    const struct real_answer *second = real_join(1);
    assert_int_equal(second->outcome, RCP_OUTCOME_DONE);
    assert_int_equal(second->rows[0].row.verdict, RCP_ORDER_VERDICT_PLACED);
    assert_int_equal(real_count("orders"), 1);
}

/* Two carts, one unit: whoever comes second waits, and goes without. */
static void the_last_unit_is_sold_once(void **state)
{
    (void)state;
    struct real_row all = real_cart(3, 1, 1, 0);
    all.row.cart.items[0].quantity = REAL_STOCK - 1u;
    all.row.cart.total_amount = all.row.cart.paid_amount = 39000;
    real_place(&all);
    struct real_row row = real_cart(1, 1, 1, 0);
    const struct real_ask ask = {
        .script = RCP_SCRIPT_PLACE, .flags = RCP_TX_IDEMPOTENT, .row = &row};
    real_start(real_session(0), &ask, &answer);
    row = real_cart(2, 1, 1, 0);
    real_ask_aside(1, &ask);
    real_until_it_waits(1);
    real_finish(real_session(0), &answer);
    assert_int_equal(answer.rows[0].row.verdict, RCP_ORDER_VERDICT_PLACED);
    assert_int_equal(real_join(1)->rows[0].row.verdict, RCP_ORDER_VERDICT_NO_STOCK);
    assert_int_equal(real_stock(1), 0);
}

/* ---- Locks ---------------------------------------------------------------------------------- */

/* Two carts of the same three products, the last of which somebody holds; true where one of them was the
 * victim of a deadlock. Both wait for it behind what they have locked before. */
static bool meets_in_a_deadlock(uint32_t flags)
{
    static const uint32_t orders[2][3] = {{1, 3, 2}, {2, 3, 1}};
    struct real_row rows[2];
    for (uint32_t i = 0; i < 2; i++) {
        rows[i] = real_cart(i + 1u, 1, orders[i][0], orders[i][1]);
        rows[i].row.cart.items[2] = (struct rcp_order_item){orders[i][2], 1};
        rows[i].row.cart.total_amount = rows[i].row.cart.paid_amount = 6000;
    }
    const struct real_ask asks[2] = {{.script = RCP_SCRIPT_PLACE, .flags = flags, .row = &rows[0]},
                                     {.script = RCP_SCRIPT_PLACE, .flags = flags, .row = &rows[1]}};
    static const char hold_sql[] = "SELECT id FROM products WHERE id = 3 FOR UPDATE";
    struct rcp_session *holder = real_connect();
    assert_int_equal(rcp_session_say(holder, hold_sql, sizeof hold_sql - 1), RCP_SQL_OK);
    for (uint32_t i = 0; i < 2; i++)
        real_ask_aside(i, &asks[i]);
    for (uint32_t i = 0; i < 2; i++)
        real_until_it_waits(i);
    rcp_session_close(holder);
    const struct real_answer *answers[2] = {real_join(0), real_join(1)};
    return answers[0]->end == RCP_SQL_CONTENTION || answers[1]->end == RCP_SQL_CONTENTION;
}

/* As the lines come: one of the two is the victim, and the other goes on. By id: nobody is. */
static void locks_by_id_do_not_meet(void **state)
{
    (void)state;
    assert_true(meets_in_a_deadlock(RCP_TX_MIXED_LOCKS));
    assert_int_equal(real_count("orders"), 1);
    real_again();
    assert_false(meets_in_a_deadlock(0));
    assert_int_equal(real_count("orders"), 2);
}

/* ---- FIND ----------------------------------------------------------------------------------- */

/* By id, else by the PG's key, else by the buyer's, else by the request that caused it. */
static void an_order_is_found_by_what_is_known_of_it(void **state)
{
    (void)state;
    struct real_row placed = real_placed(BUYER, 1);
    real_put(&placed.bytes.pg_key, "20260101:TR:abcdef");
    real_settle(&placed, RCP_SETTLE_KEY);
    struct real_row by[4] = {{.row = {.order_id = REAL_FIRST}}};
    real_put(&by[1].bytes.pg_key, "20260101:TR:abcdef");
    real_put(&by[2].bytes.request_key, "key-1-1");
    by[2].row.user_id = BUYER;
    real_put(&by[3].bytes.origin, "origin-1-1");
    for (uint32_t i = 0; i < 4; i++) {
        struct real_row found = real_run(RCP_SCRIPT_FIND, &by[i], 0);
        assert_int_equal(found.row.verdict, RCP_ORDER_VERDICT_PLACED);
        assert_int_equal(found.row.order_id, REAL_FIRST);
        assert_int_equal(found.row.user_id, BUYER);
        assert_int_equal(found.row.cart.total_amount, 1000);
        assert_int_equal(found.row.cart.items[0].product_id, 1);
        assert_int_equal(found.row.version, 2);
        assert_true(real_has(&found.bytes.pg_key, "20260101:TR:abcdef"));
        assert_true(real_has(&found.bytes.origin, "origin-1-1"));
        assert_int_equal(found.row.pg_key | found.row.origin, 0);
    }
    by[0].row.order_id++;
    by[1].bytes.pg_key.at[0]++;
    by[2].row.user_id++; /* it is another's key */
    by[3].bytes.origin.at[0]++;
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(real_run(RCP_SCRIPT_FIND, &by[i], 0).row.verdict,
                         RCP_ORDER_VERDICT_NOTHING);
    const struct real_row nothing = {.row = {.user_id = BUYER}};
    assert_int_equal(real_run(RCP_SCRIPT_FIND, &nothing, 0).row.verdict, RCP_ORDER_VERDICT_NOTHING);
}

/* Each status has its word. */
static void a_found_order_says_how_it_stands(void **state)
{
    (void)state;
    static const struct {
        enum rcp_charge_status status;
        enum rcp_order_verdict verdict;
    } rows[] = {
        {RCP_CHARGE_IN_PROGRESS, RCP_ORDER_VERDICT_PLACED},
        {RCP_CHARGE_UNKNOWN, RCP_ORDER_VERDICT_UNSURE},
        {RCP_CHARGE_REVIEW, RCP_ORDER_VERDICT_UNSURE},
        {RCP_CHARGE_PAID, RCP_ORDER_VERDICT_PAID},
        {RCP_CHARGE_FAILED, RCP_ORDER_VERDICT_FAILED},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct real_row row = real_in_status(i + 1u, rows[i].status);
        row = real_find(row.row.order_id);
        assert_int_equal(row.row.verdict, rows[i].verdict);
        assert_int_equal(row.row.status, rows[i].status);
    }
}

/* Behind an unknown COMMIT: while it is on its way FIND waits, by key and by trace id, and then knows. */
static void a_search_waits_for_a_commit_on_its_way(void **state)
{
    (void)state;
    for (uint32_t by_origin = 0; by_origin < 2; by_origin++) {
        struct real_row row = real_cart(BUYER, 1u + by_origin, 1, 0);
        const struct real_ask place = {
            .script = RCP_SCRIPT_PLACE, .flags = RCP_TX_IDEMPOTENT, .row = &row};
        const struct real_ask find = {.script = RCP_SCRIPT_FIND, .kill = 1, .row = &row};
        real_start(real_session(0), &place, &answer);
        if (by_origin)
            row.bytes.request_key.size = 0;
        real_ask_aside(1, &find);
        real_until_it_waits(1);
        real_finish(real_session(0), &answer);
        const struct real_answer *found = real_join(1);
        assert_int_equal(found->rows[0].row.verdict, RCP_ORDER_VERDICT_PLACED);
        assert_int_equal(found->rows[0].row.order_id, REAL_FIRST + by_origin);
    }
}

/* Behind a killed session: what it wrote is not there, and never will be. */
static void a_killed_session_leaves_no_order(void **state)
{
    (void)state;
    struct real_row row = real_cart(BUYER, 1, 1, 0);
    const struct real_ask place = {
        .script = RCP_SCRIPT_PLACE, .flags = RCP_TX_IDEMPOTENT, .row = &row};
    const struct real_ask find = {.script = RCP_SCRIPT_FIND, .kill = 1, .row = &row};
    struct real_answer lost;
    real_start(real_session(1), &place, &lost);
    assert_int_equal(lost.end, RCP_SQL_OK);
    assert_int_equal(rcp_session_kill(real_session(0), rcp_session_id(real_session(1))),
                     RCP_SQL_OK);
    real_ask(real_session(0), &find, &answer);
    assert_int_equal(answer.end, RCP_SQL_OK);
    assert_int_equal(answer.rows[0].row.verdict, RCP_ORDER_VERDICT_NOTHING);
    real_finish(real_session(1), &lost);
    assert_int_not_equal(lost.outcome, RCP_OUTCOME_DONE);
    assert_int_equal(real_count("orders"), 0);
    assert_int_equal(real_stock(1), REAL_STOCK);
}

int main(void)
{
#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, real_open, real_close)
    const struct CMUnitTest tests[] = {
        SHOP_TEST(a_refused_cart_takes_nothing),
        SHOP_TEST(a_placed_order_takes_what_it_asks_for),
        SHOP_TEST(lines_of_one_product_are_taken_together),
        SHOP_TEST(points_alone_pay_at_once),
        SHOP_TEST(a_key_places_one_order),
        SHOP_TEST(without_keys_each_request_is_an_order),
        SHOP_TEST(a_key_is_one_users),
        SHOP_TEST(a_key_counts_for_a_day),
        SHOP_TEST(a_key_holds_until_its_order_is_settled),
        SHOP_TEST(an_old_key_is_taken_over_once),
        SHOP_TEST(bytes_come_back_as_they_were),
        SHOP_TEST(a_handle_without_its_bytes_is_refused),
        SHOP_TEST(a_key_is_locked_before_it_is_written),
        SHOP_TEST(a_key_that_was_rolled_back_is_free),
        SHOP_TEST(the_last_unit_is_sold_once),
        SHOP_TEST(locks_by_id_do_not_meet),
        SHOP_TEST(an_order_is_found_by_what_is_known_of_it),
        SHOP_TEST(a_found_order_says_how_it_stands),
        SHOP_TEST(a_search_waits_for_a_commit_on_its_way),
        SHOP_TEST(a_killed_session_leaves_no_order),
    };
    return cmocka_run_group_tests(tests, real_begin, real_end);
}
