/* The order half of the simulated MySQL: what PLACE and FIND read, write and lock, and that nothing is lost. */
#include "sim/layout.h"
#include "sim/model/mysql_lock.h"
#include "sim/model/order_lock.h"
#include "tests/support/shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BUYER 1u

/* ---- The layout ----------------------------------------------------------------------------- */

/* A world without products has no room for orders, whatever else it was told of them. */
static void a_world_without_a_shop_has_no_room_for_one(void **state)
{
    (void)state;
    struct rcp_scenario plain = *shop_sim->scenario;
    plain.world.products = 0;
    plain.world.orders = plain.world.refunds = plain.world.transactions = 0;
    plain.world.buyers = plain.world.purchases = 0;
    size_t least = rcp_world_size(&plain);
    plain.world.orders = plain.world.refunds = plain.world.transactions = 1000;
    plain.world.buyers = plain.world.purchases = 10;
    assert_int_equal(rcp_world_size(&plain), least);
    plain.world.products = 1;
    assert_true(rcp_world_size(&plain) > least);
}

/* Prices rise with the product, and everybody begins with the same. */
static void a_shop_opens_with_its_stock(void **state)
{
    (void)state;
    const struct rcp_world *world = shop_sim->world;
    assert_int_equal(world->purchases, 32);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(world->products[i].price, 1000u * (i + 1u));
        assert_int_equal(world->products[i].stock, 10);
    }
    for (uint32_t i = 1; i <= 4; i++)
        assert_int_equal(shop_buyer(i)->points, 5000);
    for (uint32_t i = 0; i < world->purchases; i++)
        assert_int_equal(rcp_world_request_keys(world)[i].order, RCP_NOBODY);
}

/* ---- PLACE ---------------------------------------------------------------------------------- */

static void too_many_of_one(struct rcp_order_row *row)
{
    row->cart.items[0].quantity = 11;
    row->cart.total_amount = row->cart.paid_amount = 11000;
}

static void too_many_in_two_lines(struct rcp_order_row *row)
{
    row->cart.items[0].quantity = 6;
    row->cart.items[1] = (struct rcp_order_item){1, 5};
    row->cart.total_amount = row->cart.paid_amount = 11000;
}

static void more_points_than_there_are(struct rcp_order_row *row)
{
    row->cart.items[0].quantity = 6;
    row->cart.total_amount = row->cart.paid_amount = 6000;
    shop_pay_by_points(row, 5001);
}

static void foreign_coupon(struct rcp_order_row *row)
{
    shop_pay_by_coupon(row, BUYER + 1u);
}

static void old_price(struct rcp_order_row *row)
{
    row->cart.total_amount = row->cart.paid_amount = 999;
}

static void discount_without_a_coupon(struct rcp_order_row *row)
{
    row->cart.coupon_discount = 500;
    row->cart.paid_amount -= 500;
}

static void larger_discount(struct rcp_order_row *row)
{
    shop_pay_by_coupon(row, BUYER);
    row->cart.coupon_discount += 1;
    row->cart.paid_amount -= 1;
}

static void no_such_product(struct rcp_order_row *row)
{
    row->cart.items[0].product_id = 4;
}

/* What is not there is not sold, and what is refused has taken nothing. */
static void a_refused_cart_takes_nothing(void **state)
{
    (void)state;
    static const struct {
        void (*spoil)(struct rcp_order_row *row);
        enum rcp_order_verdict verdict;
    } rows[] = {
        {too_many_of_one, RCP_ORDER_VERDICT_NO_STOCK},
        {too_many_in_two_lines, RCP_ORDER_VERDICT_NO_STOCK},
        {more_points_than_there_are, RCP_ORDER_VERDICT_NO_POINT},
        {foreign_coupon, RCP_ORDER_VERDICT_NO_COUPON},
        {old_price, RCP_ORDER_VERDICT_PRICE},
        {discount_without_a_coupon, RCP_ORDER_VERDICT_PRICE},
        {larger_discount, RCP_ORDER_VERDICT_PRICE},
        {no_such_product, RCP_ORDER_VERDICT_PRICE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_order_row row = shop_cart(BUYER, 1, 1, 0);
        rows[i].spoil(&row);
        row = shop_place(&row);
        assert_int_equal(row.verdict, rows[i].verdict);
        assert_int_equal(row.order_id, 0);
        assert_int_equal(shop_sim->world->order_count, 0);
        assert_int_equal(rcp_world_request_keys(shop_sim->world)[0].order, RCP_NOBODY);
        assert_int_equal(shop_sim->world->products[0].stock, 10);
        shop_must_conserve();
        shop_must_hold_no_lock();
    }
}

/* Stock, coupon and points go in the same transaction in which the payment begins. */
static void a_placed_order_takes_what_it_asks_for(void **state)
{
    (void)state;
    struct rcp_order_row row = shop_cart(BUYER, 1, 2, 3);
    shop_pay_by_points(&row, 1000);
    shop_pay_by_coupon(&row, BUYER);
    row = shop_place(&row);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_PLACED);
    assert_int_equal(row.order_id, SHOP_FIRST);
    assert_int_equal(row.status, RCP_CHARGE_IN_PROGRESS);
    assert_int_equal(row.version, shop_order(0)->version);
    assert_int_equal(shop_order(0)->status, RCP_ORDER_PLACED);
    assert_int_equal(shop_order(0)->charge, RCP_CHARGE_IN_PROGRESS);
    assert_int_equal(shop_sim->world->products[1].stock, 9);
    assert_int_equal(shop_sim->world->products[2].stock, 9);
    assert_int_equal(shop_buyer(BUYER)->points, 4000);
    assert_int_equal(shop_buyer(BUYER)->coupon_used, 1);
    assert_int_equal(shop_sim->world->backlog.charges, 1);
    shop_must_conserve();
    shop_must_hold_no_lock();
    row = shop_cart(BUYER, 2, 1, 0);
    shop_pay_by_coupon(&row, BUYER);
    row = shop_place(&row);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_NO_COUPON);
}

/* Points alone: PAID at once, and nobody asks the PG. */
static void points_alone_pay_at_once(void **state)
{
    (void)state;
    struct rcp_order_row row = shop_cart(BUYER, 1, 1, 0);
    shop_pay_by_points(&row, 1000);
    row = shop_place(&row);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_PAID);
    assert_int_equal(shop_order(0)->status, RCP_ORDER_PAID);
    assert_int_equal(shop_order(0)->charge, RCP_CHARGE_PAID);
    assert_int_equal(shop_sim->world->backlog.charges, 0);
    shop_must_conserve();
}

/* The same key: the first order's answer; with another body, none of it. */
static void a_key_places_one_order(void **state)
{
    (void)state;
    struct rcp_order_row asked = shop_cart(BUYER, 1, 1, 0);
    struct rcp_order_row first = shop_place(&asked);
    struct rcp_order_row other = asked;
    other.body_hash++;
    struct rcp_order_row row = shop_place(&asked);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_RUNNING);
    assert_int_equal(row.order_id, SHOP_FIRST);
    row = shop_place(&other);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_OTHER);
    assert_int_equal(row.order_id, 0);
    shop_settle(first, RCP_SETTLE_PAY);
    row = shop_place(&asked);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_PAID);
    struct rcp_order_row second = shop_cart(BUYER, 2, 1, 0);
    shop_settle(shop_place(&second), RCP_SETTLE_FAIL);
    row = shop_place(&second);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_FAILED);
    assert_int_equal(shop_sim->world->order_count, 2);
    shop_must_hold_no_lock();
}

/* Documented: no such table, and a second request is a second order. */
static void without_keys_each_request_is_an_order(void **state)
{
    (void)state;
    struct rcp_order_row row = shop_cart(BUYER, 1, 1, 0);
    shop_run(RCP_SCRIPT_PLACE, &row, 0);
    shop_run(RCP_SCRIPT_PLACE, &row, 0);
    assert_int_equal(shop_sim->world->order_count, 2);
    assert_int_equal(rcp_world_purchase_ledgers(shop_sim->world)[0].orders, 2);
    assert_int_equal(rcp_world_purchase_ledgers(shop_sim->world)[0].order, 0);
}

/* Two requests with the same key at once: the second waits for the first, and finds its order. */
static void a_key_is_locked_before_it_is_written(void **state)
{
    (void)state;
    struct rcp_order_row row = shop_cart(BUYER, 1, 1, 0);
    uint64_t first = shop_issue(RCP_SCRIPT_PLACE, &row, RCP_TX_IDEMPOTENT);
    uint64_t second = shop_issue(RCP_SCRIPT_PLACE, &row, RCP_TX_IDEMPOTENT);
    servers_pass(SHOP_LONG);
    assert_int_equal(servers_answer(first)->orders[0].verdict, RCP_ORDER_VERDICT_PLACED);
    assert_int_equal(servers_answer(second)->orders[0].verdict, RCP_ORDER_VERDICT_RUNNING);
}

/* ---- Locks ---------------------------------------------------------------------------------- */

/* A COMMIT that has not landed yet: its locks stay where they are. */
static void stall(const struct rcp_order_row *row)
{
    servers_order(&(struct servers_order){
        .script = RCP_SCRIPT_PLACE, .fate = RCP_FAULT_MYSQL_LOST_STATEMENT, .row = row});
    servers_pass(SHOP_LONG);
}

/* Two carts with the same two products in opposite order, and nobody else. */
static void two_at_once(uint32_t flags, uint32_t *contended, uint32_t *done)
{
    struct rcp_order_row up = shop_cart(1, 1, 1, 2);
    struct rcp_order_row down = shop_cart(2, 1, 2, 1);
    uint64_t ops[2] = {shop_issue(RCP_SCRIPT_PLACE, &up, flags),
                       shop_issue(RCP_SCRIPT_PLACE, &down, flags)};
    servers_pass(RCP_MYSQL_TIMEOUT_MS);
    for (uint32_t i = 0; i < 2; i++) {
        const struct servers_answer *answer = servers_answer(ops[i]);
        *contended +=
            answer->outcome == RCP_OUTCOME_REFUSED && answer->error == RCP_ERROR_CONTENTION;
        *done += answer->outcome == RCP_OUTCOME_DONE;
    }
}

/* As the lines come: one of the two is the victim, at once, and the other goes on. */
static void mixed_locks_meet_in_a_deadlock(void **state)
{
    (void)state;
    uint32_t contended = 0;
    uint32_t done = 0;
    uint64_t before_ms = shop_sim->world->now_ms;
    two_at_once(RCP_TX_MIXED_LOCKS, &contended, &done);
    assert_int_equal(contended, 1);
    assert_int_equal(done, 1);
    assert_int_equal(shop_sim->world->order_count, 1);
    assert_true(shop_order(0)->created_ms - before_ms < RCP_LOCK_WAIT_MS); /* 1213, not 1205 */
    shop_must_conserve();
    shop_must_hold_no_lock();
}

/* By product id: one waits, and both are done. */
static void one_global_order_never_deadlocks(void **state)
{
    (void)state;
    uint32_t contended = 0;
    uint32_t done = 0;
    two_at_once(0, &contended, &done);
    assert_int_equal(contended, 0);
    assert_int_equal(done, 2);
    shop_must_hold_no_lock();
}

/* The lists themselves: key, stock by id, coupon, points, payment; or as the lines come, payment first. */
static void locks_have_their_order(void **state)
{
    (void)state;
    enum { KEY, ONE, TWO, COUPON, POINTS, PAYMENT, END };
    static const struct {
        enum rcp_script script;
        uint32_t flags;
        uint8_t order[6];
    } rows[] = {
        {RCP_SCRIPT_PLACE, RCP_TX_IDEMPOTENT, {KEY, ONE, TWO, COUPON, POINTS, END}},
        {RCP_SCRIPT_PLACE, 0, {ONE, TWO, COUPON, POINTS, END}},
        {RCP_SCRIPT_PLACE, RCP_TX_MIXED_LOCKS, {TWO, ONE, COUPON, POINTS, END}},
        {RCP_SCRIPT_RESULT, 0, {ONE, TWO, COUPON, POINTS, PAYMENT, END}},
        {RCP_SCRIPT_RESULT, RCP_TX_MIXED_LOCKS, {PAYMENT, POINTS, COUPON, TWO, ONE, END}},
    };
    const uint32_t packed[] = {
        [KEY] = rcp_lock_pack(RCP_LOCK_REQUEST_KEY, 0),
        [ONE] = rcp_lock_pack(RCP_LOCK_PRODUCT, 0),
        [TWO] = rcp_lock_pack(RCP_LOCK_PRODUCT, 1),
        [COUPON] = rcp_lock_pack(RCP_LOCK_COUPON, 0),
        [POINTS] = rcp_lock_pack(RCP_LOCK_POINTS, 0),
        [PAYMENT] = rcp_lock_pack(RCP_LOCK_PAYMENT, 0),
    };
    struct rcp_order_row asked = shop_cart(BUYER, 1, 2, 1);
    shop_pay_by_points(&asked, 100);
    shop_pay_by_coupon(&asked, BUYER);
    struct rcp_order_row fails = shop_place(&asked);
    fails.settle = RCP_SETTLE_FAIL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_session session = {.script = (uint8_t)rows[i].script, .flags = rows[i].flags};
        uint32_t locks[RCP_ORDER_LOCKS_MAX];
        uint32_t count = rcp_order_locks(
            shop_sim->world, &session, rows[i].script == RCP_SCRIPT_PLACE ? &asked : &fails, locks);
        for (uint32_t k = 0; k < count; k++) {
            assert_int_not_equal(rows[i].order[k], END);
            assert_int_equal(locks[k], packed[rows[i].order[k]]);
        }
        assert_int_equal(rows[i].order[count], END);
    }
}

/* What a transaction may not lock, it waits for; and gives up after the lock wait. */
static void each_row_is_locked_that_is_written(void **state)
{
    (void)state;
    struct rcp_order_row holder = shop_cart(1, 1, 1, 0);
    struct rcp_order_row stock = shop_cart(2, 1, 1, 3);
    struct rcp_order_row points = shop_cart(1, 2, 2, 0);
    struct rcp_order_row coupon = shop_cart(1, 3, 2, 0);
    struct rcp_order_row free = shop_cart(2, 2, 2, 0);
    shop_pay_by_points(&holder, 100);
    shop_pay_by_coupon(&holder, 1);
    shop_pay_by_points(&points, 100);
    shop_pay_by_coupon(&coupon, 1);
    stall(&holder);
    const struct rcp_order_row *waits[] = {&stock, &points, &coupon};
    for (size_t i = 0; i < 3; i++) {
        uint64_t op_id = shop_issue(RCP_SCRIPT_PLACE, waits[i], 0);
        servers_pass(RCP_LOCK_WAIT_MS + SHOP_LONG);
        assert_int_equal(servers_answer(op_id)->error, RCP_ERROR_CONTENTION);
    }
    struct rcp_order_row row = shop_run(RCP_SCRIPT_PLACE, &free, 0);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_PLACED);
    servers_pass(SHOP_FOREVER);
    shop_must_hold_no_lock();
    shop_must_conserve();
}

/* ---- FIND ----------------------------------------------------------------------------------- */

/* By its id, by the PG's key, by (user, key), by the request that caused it. */
static void an_order_is_found_by_whatever_names_it(void **state)
{
    (void)state;
    struct rcp_order_row asked = shop_cart(BUYER, 3, 1, 0);
    asked.origin = 77;
    struct rcp_order_row it = shop_place(&asked);
    it.pg_key = 1;
    shop_settle(it, RCP_SETTLE_KEY);
    rcp_world_pg_rows(shop_sim->world)[0] = (struct rcp_pg_row){.order = 0, .user = BUYER};
    shop_sim->world->pg_count = 1;
    const struct rcp_order_row by[] = {
        {.order_id = SHOP_FIRST},
        {.pg_key = 1},
        {.user_id = BUYER, .request_key = asked.request_key},
        {.origin = 77},
    };
    for (size_t i = 0; i < sizeof by / sizeof by[0]; i++) {
        struct rcp_order_row row = shop_run(RCP_SCRIPT_FIND, &by[i], 0);
        assert_int_equal(row.verdict, RCP_ORDER_VERDICT_PLACED);
        assert_int_equal(row.order_id, SHOP_FIRST);
        assert_int_equal(row.user_id, BUYER);
        assert_int_equal(row.origin, 77);
        assert_int_equal(row.pg_key, 1);
        assert_int_equal(row.cart.total_amount, 1000);
        assert_int_equal(row.version, shop_order(0)->version);
    }
    const struct rcp_order_row none[] = {
        {.order_id = SHOP_FIRST + 1u},
        {.pg_key = 2},
        {.user_id = BUYER, .request_key = 1},
        {.user_id = BUYER + 1u, .request_key = asked.request_key},
        {.origin = 78},
    };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct rcp_order_row row = shop_run(RCP_SCRIPT_FIND, &none[i], 0);
        assert_int_equal(row.verdict, RCP_ORDER_VERDICT_NOTHING);
    }
}

/* What FIND says of a payment in each status. */
static void a_status_has_its_verdict(void **state)
{
    (void)state;
    static const struct {
        enum rcp_settle settle;
        enum rcp_order_verdict verdict;
    } rows[] = {
        {RCP_SETTLE_LEAVE, RCP_ORDER_VERDICT_PLACED},
        {RCP_SETTLE_DOUBT, RCP_ORDER_VERDICT_UNSURE},
        {RCP_SETTLE_REVIEW, RCP_ORDER_VERDICT_UNSURE},
        {RCP_SETTLE_PAY, RCP_ORDER_VERDICT_PAID},
        {RCP_SETTLE_FAIL, RCP_ORDER_VERDICT_FAILED},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_order_row row = shop_placed(BUYER, i + 1u);
        shop_settle(row, rows[i].settle);
        row = shop_find(row.order_id);
        assert_int_equal(row.verdict, rows[i].verdict);
    }
}

/* KILL, then a locking read: what was on its way never lands, and nobody else's order is touched. */
static void a_killed_place_never_lands(void **state)
{
    (void)state;
    struct rcp_order_row row = shop_cart(BUYER, 1, 1, 0);
    uint64_t op_id = servers_order(&(struct servers_order){.script = RCP_SCRIPT_PLACE,
                                                           .fate = RCP_FAULT_MYSQL_LATE_COMMIT,
                                                           .flags = RCP_TX_IDEMPOTENT,
                                                           .row = &row});
    servers_pass(SHOP_LONG);
    const struct servers_answer *unknown = servers_answer(op_id);
    assert_int_equal(unknown->outcome, RCP_OUTCOME_UNKNOWN);
    struct rcp_order_row asked = {.user_id = BUYER, .request_key = 1};
    op_id = servers_order(&(struct servers_order){
        .script = RCP_SCRIPT_FIND, .kill = unknown->session, .row = &asked});
    servers_pass(SHOP_LONG);
    assert_int_equal(servers_answer(op_id)->orders[0].verdict, RCP_ORDER_VERDICT_NOTHING);
    servers_pass(SHOP_FOREVER);
    assert_int_equal(shop_sim->world->order_count, 0);
    shop_must_hold_no_lock();
    row = shop_place(&row);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_PLACED);
}

/* A read-only server reads orders, and writes none. */
static void a_read_only_server_finds_and_places_nothing(void **state)
{
    (void)state;
    shop_placed(BUYER, 1);
    shop_sim->world->faults[0] |= UINT64_C(1) << RCP_FAULT_MYSQL_READ_ONLY;
    assert_int_equal(shop_find(SHOP_FIRST).verdict, RCP_ORDER_VERDICT_PLACED);
    struct rcp_order_row row = shop_cart(BUYER, 2, 1, 0);
    uint64_t op_id = shop_issue(RCP_SCRIPT_PLACE, &row, 0);
    servers_pass(SHOP_LONG);
    assert_int_equal(servers_answer(op_id)->error, RCP_ERROR_CONNECTION);
}

/* Ages are the database's, whoever asks and whatever the world's clock says. */
static void ages_are_by_the_database(void **state)
{
    (void)state;
    struct rcp_order_row it = shop_placed(BUYER, 1);
    shop_sim->world->mysql_offset_ms += 100000;
    it.misses = 0;
    struct rcp_order_row row = shop_settle(it, RCP_SETTLE_MISS);
    assert_int_equal(row.misses, 1);
    assert_int_equal(row.silent, 0);
    shop_sim->world->mysql_offset_ms += 70000;
    row = shop_find(SHOP_FIRST);
    assert_in_range(row.age_ms, 170000, 170000 + 3 * SHOP_LONG);
    assert_int_equal(row.sight_age_ms, row.age_ms);
    assert_in_range(row.miss_age_ms, 70000, 70000 + 2 * SHOP_LONG);
    assert_int_equal(row.sent_age_ms, row.age_ms - RCP_ORDER_DEADLINE_MS);
    shop_settle(row, RCP_SETTLE_SIGHT);
    shop_sim->world->mysql_offset_ms += 1000;
    row = shop_find(SHOP_FIRST);
    assert_in_range(row.sight_age_ms, 1000, 1000 + 2 * SHOP_LONG);
    assert_int_equal(row.misses, 0);
    assert_int_equal(row.miss_age_ms, 0);
}

/* ---- All together --------------------------------------------------------------------------- */

static uint64_t prng;

static uint32_t below(uint32_t bound)
{
    prng = prng * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(prng >> 33) % bound;
}

static void random_place(uint32_t flags)
{
    struct rcp_order_row row = shop_cart(1u + below(4), 1u + below(8), 1u + below(3), below(4));
    if (below(2) == 0)
        shop_pay_by_points(&row, UINT64_C(100) * (1u + below(10)));
    if (below(2) == 0)
        shop_pay_by_coupon(&row, row.user_id);
    shop_issue(RCP_SCRIPT_PLACE, &row, flags | (below(2) == 0 ? RCP_TX_IDEMPOTENT : 0));
}

static void random_result(uint32_t flags)
{
    if (shop_sim->world->order_count == 0)
        return;
    uint32_t index = below(shop_sim->world->order_count);
    struct rcp_order_row row = {
        .order_id = SHOP_FIRST + index,
        .version = shop_order(index)->version - (below(8) == 0),
        .settle = (uint8_t)(1u + below(RCP_SETTLE_COUNT - 1u)),
        .pg_open = (uint8_t)below(2),
    };
    if (below(4) == 0)
        row.refunds[0] = (struct rcp_refund_line){.key = 1u + below(20), .amount = 1};
    shop_issue(RCP_SCRIPT_RESULT, &row, flags);
}

static void random_fate(void)
{
    static const enum rcp_fault fates[] = {RCP_FAULT_MYSQL_LOST_COMMIT,
                                           RCP_FAULT_MYSQL_LATE_COMMIT,
                                           RCP_FAULT_MYSQL_LOST_ANSWER,
                                           RCP_FAULT_MYSQL_LOST_STATEMENT};
    struct rcp_order_row row = shop_cart(1u + below(4), 1u + below(8), 1u + below(3), 0);
    servers_order(
        &(struct servers_order){.script = RCP_SCRIPT_PLACE, .fate = fates[below(4)], .row = &row});
}

/* Whatever comes in whatever order, in any order of locks: nothing is made and nothing is lost. */
static void everything_is_conserved(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 40; seed++) {
        uint32_t flags = seed % 2u == 0 ? 0 : RCP_TX_MIXED_LOCKS;
        prng = seed;
        shop_again();
        for (uint32_t i = 0; i < 100 && shop_sim->world->order_count < 24; i++) {
            uint32_t what = below(8);
            if (what < 3)
                random_place(flags);
            else if (what < 6)
                random_result(flags);
            else if (what == 6)
                shop_due(below(2), 1u + below(4), below(2) == 0 ? RCP_TX_EVERY_ONE : 0, NULL);
            else
                random_fate();
            servers_pass(below(10) == 0 ? 3000 : below(6));
            shop_must_conserve();
            shop_must_count_its_backlog();
        }
        servers_pass(SHOP_FOREVER);
        shop_must_conserve();
        shop_must_count_its_backlog();
        shop_must_hold_no_lock();
        assert_true(shop_sim->world->order_count > 0);
        for (uint32_t i = 0; i < shop_sim->world->order_count; i++)
            assert_int_equal(shop_order(i)->bad_edge | shop_order(i)->version_jumped, 0);
    }
}

int main(void)
{
#define TEST(claim) cmocka_unit_test_setup_teardown(claim, shop_begin, shop_end)
    const struct CMUnitTest tests[] = {
        TEST(a_world_without_a_shop_has_no_room_for_one),
        TEST(a_shop_opens_with_its_stock),
        TEST(a_refused_cart_takes_nothing),
        TEST(a_placed_order_takes_what_it_asks_for),
        TEST(points_alone_pay_at_once),
        TEST(a_key_places_one_order),
        TEST(without_keys_each_request_is_an_order),
        TEST(a_key_is_locked_before_it_is_written),
        TEST(mixed_locks_meet_in_a_deadlock),
        TEST(one_global_order_never_deadlocks),
        TEST(locks_have_their_order),
        TEST(each_row_is_locked_that_is_written),
        TEST(an_order_is_found_by_whatever_names_it),
        TEST(a_status_has_its_verdict),
        TEST(a_killed_place_never_lands),
        TEST(a_read_only_server_finds_and_places_nothing),
        TEST(ages_are_by_the_database),
        TEST(everything_is_conserved),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
