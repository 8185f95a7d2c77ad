/* The order half of the simulated MySQL: what RESULT, DUE, REFUND and TOLD make of an order. */
#include "core/order/charge_table.h"
#include "sim/model/order_table.h"
#include "tests/support/shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BUYER 1u

/* ---- RESULT --------------------------------------------------------------------------------- */

/* Every status x every settle: as the charge table says, or refused and nothing written. */
static void a_result_makes_the_moves_of_the_charge_table(void **state)
{
    (void)state;
    for (uint32_t from = RCP_CHARGE_IN_PROGRESS; from < RCP_CHARGE_STATUS_COUNT; from++)
        for (uint32_t how = RCP_SETTLE_PAY; how < RCP_SETTLE_COUNT; how++) {
            enum rcp_charge_status to = (enum rcp_charge_status)from;
            bool moves =
                rcp_charge_next((enum rcp_charge_status)from, (enum rcp_settle)how, &to, NULL);
            shop_again();
            struct rcp_order_row before = shop_in_status(1, (enum rcp_charge_status)from);
            struct rcp_order_row row = shop_settle(before, (enum rcp_settle)how);
            assert_int_equal(row.verdict,
                             moves ? RCP_ORDER_VERDICT_WRITTEN : RCP_ORDER_VERDICT_REFUSED);
            assert_int_equal(shop_order(0)->charge, to);
            assert_int_equal(shop_order(0)->version, before.version + (moves ? 1u : 0u));
            assert_int_equal(shop_order(0)->bad_edge | shop_order(0)->version_jumped, 0);
            assert_int_equal(shop_order(0)->status == RCP_ORDER_CANCELLED, to == RCP_CHARGE_FAILED);
            assert_int_equal(shop_order(0)->compensated, to == RCP_CHARGE_FAILED);
            shop_must_conserve();
            shop_must_count_its_backlog();
            shop_must_hold_no_lock();
        }
}

/* WHERE version: the first of two who read the same wins, and the second changes nothing. */
static void a_stale_version_changes_nothing(void **state)
{
    (void)state;
    struct rcp_order_row read = shop_placed(BUYER, 1);
    assert_int_equal(shop_settle(read, RCP_SETTLE_FAIL).verdict, RCP_ORDER_VERDICT_WRITTEN);
    assert_int_equal(shop_settle(read, RCP_SETTLE_PAY).verdict, RCP_ORDER_VERDICT_STALE);
    assert_int_equal(shop_settle(read, RCP_SETTLE_FAIL).verdict, RCP_ORDER_VERDICT_STALE);
    assert_int_equal(shop_order(0)->charge, RCP_CHARGE_FAILED);
    assert_int_equal(shop_order(0)->compensated, 1);
    shop_must_conserve();
}

/* Two results at once: the second waits for the row, and then finds another version. */
static void one_of_two_results_counts(void **state)
{
    (void)state;
    struct rcp_order_row pays = shop_placed(BUYER, 1);
    struct rcp_order_row fails = pays;
    pays.settle = RCP_SETTLE_PAY;
    fails.settle = RCP_SETTLE_FAIL;
    uint64_t first = shop_issue(RCP_SCRIPT_RESULT, &fails, 0);
    uint64_t second = shop_issue(RCP_SCRIPT_RESULT, &pays, 0);
    servers_pass(SHOP_LONG);
    assert_int_equal(servers_answer(first)->orders[0].verdict, RCP_ORDER_VERDICT_WRITTEN);
    assert_int_equal(servers_answer(second)->orders[0].verdict, RCP_ORDER_VERDICT_STALE);
    shop_must_conserve();
}

/* What a result writes down beside the status. */
static void a_result_writes_down_what_is_known(void **state)
{
    (void)state;
    struct rcp_order_row row = shop_placed(BUYER, 1);
    row.settle = RCP_SETTLE_KEY;
    row.pg_key = 5;
    row.tries = 2;
    row.delay_ms = 1000;
    row = shop_run(RCP_SCRIPT_RESULT, &row, 0);
    assert_int_equal(shop_order(0)->pg_key, 5);
    assert_int_equal(shop_order(0)->tries, 2);
    assert_int_equal(shop_order(0)->asked, 1);
    assert_int_equal(shop_order(0)->due_ms, shop_order(0)->updated_ms + 1000);
    assert_int_equal(shop_order(0)->sent_ms, shop_order(0)->updated_ms);
    row.settle = RCP_SETTLE_LEAVE;
    row.pg_key = 6; /* there is one already */
    row.silent = 1;
    row.tries = 1;
    row = shop_run(RCP_SCRIPT_RESULT, &row, 0);
    assert_int_equal(shop_order(0)->pg_key, 5);
    assert_int_equal(shop_order(0)->silent, 1);
    assert_int_equal(row.tries, 3);
    assert_int_equal(row.asked, 2);
    row.settle = RCP_SETTLE_PAY;
    row.pg_key = 6; /* this one has paid it */
    row.pg_open = 1;
    row.tries = 0;
    row.silent = 0;
    row = shop_run(RCP_SCRIPT_RESULT, &row, 0);
    assert_int_equal(shop_order(0)->pg_key, 6);
    assert_int_equal(shop_order(0)->pg_open, 1);
    assert_int_equal(shop_order(0)->silent, 0);
    assert_int_equal(shop_order(0)->status, RCP_ORDER_PAID);
    assert_int_equal(shop_sim->world->backlog.charges, 1);
    row = shop_settle(row, RCP_SETTLE_CLOSE);
    assert_int_equal(row.pg_open, 0);
    assert_int_equal(shop_sim->world->backlog.charges, 0);
}

/* Two lines of one product: their sum goes back, or the last of them alone (FACTS 1.7). */
static void units_go_back_summed_or_overwritten(void **state)
{
    (void)state;
    for (uint32_t overwritten = 0; overwritten < 2; overwritten++) {
        shop_again();
        struct rcp_order_row row = shop_cart(BUYER, 1, 1, 0);
        row.cart.items[0].quantity = 3;
        row.cart.items[1] = (struct rcp_order_item){1, 2};
        row.cart.items[2] = (struct rcp_order_item){2, 1};
        row.cart.total_amount = row.cart.paid_amount = 7000;
        row = shop_place(&row);
        assert_int_equal(shop_sim->world->products[0].stock, 5);
        row.settle = RCP_SETTLE_FAIL;
        shop_run(RCP_SCRIPT_RESULT, &row, overwritten ? RCP_TX_OVERWRITTEN : 0);
        assert_int_equal(shop_sim->world->products[0].stock, overwritten ? 7 : 10);
        assert_int_equal(shop_sim->world->products[1].stock, 10);
        assert_int_equal(shop_sim->world->products[0].sold, 0);
    }
}

/* A failure gives back points and coupon too, and the coupon can be used again. */
static void a_failure_gives_everything_back(void **state)
{
    (void)state;
    struct rcp_order_row row = shop_cart(BUYER, 1, 2, 3);
    shop_pay_by_points(&row, 1000);
    shop_pay_by_coupon(&row, BUYER);
    row = shop_settle(shop_place(&row), RCP_SETTLE_FAIL);
    assert_int_equal(shop_buyer(BUYER)->points, 5000);
    assert_int_equal(shop_buyer(BUYER)->coupon_used, 0);
    assert_int_equal(shop_sim->world->products[1].stock, 10);
    assert_int_equal(shop_sim->world->products[2].stock, 10);
    assert_int_equal(rcp_world_purchase_ledgers(shop_sim->world)[0].orders, 0);
    row = shop_cart(BUYER, 2, 1, 0);
    shop_pay_by_coupon(&row, BUYER);
    row = shop_place(&row);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_PLACED);
}

/* A payment fails as not found only where the PG said so, as never sent only where it has none. */
static void a_false_failure_is_noted(void **state)
{
    (void)state;
    static const struct {
        enum rcp_failure failure;
        uint8_t listed_none;
        uint8_t exists;
        uint8_t on_its_way;
        bool is_false;
    } rows[] = {
        {RCP_FAILURE_NO_RECORD, 1, 0, 0, false},
        {RCP_FAILURE_NO_RECORD, 0, 0, 0, true},
        {RCP_FAILURE_NOT_REACHED, 0, 0, 0, false},
        {RCP_FAILURE_NOT_REACHED, 0, 1, 0, true},
        {RCP_FAILURE_REFUSED, 0, 0, 1, true},
        {RCP_FAILURE_TIME_OUT, 0, 1, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        shop_again();
        struct rcp_order_row row = shop_placed(BUYER, 1);
        shop_order(0)->listed_none = rows[i].listed_none;
        rcp_world_purchase_ledgers(shop_sim->world)[0].requests = rows[i].on_its_way;
        rcp_world_pg_rows(shop_sim->world)[0] = (struct rcp_pg_row){.order = 0};
        shop_sim->world->pg_count = rows[i].exists;
        row.failure = (uint8_t)rows[i].failure;
        shop_settle(row, RCP_SETTLE_FAIL);
        assert_int_equal(shop_order(0)->failure, rows[i].failure);
        assert_int_equal(shop_order(0)->failed_falsely, rows[i].is_false);
    }
}

/* Silence past its limit is forgiven once: the age may have been read just in time. */
static void long_silence_without_a_word_is_noted(void **state)
{
    (void)state;
    struct rcp_order_row row = shop_placed(BUYER, 1);
    row.silent = 1;
    for (uint32_t i = 0; i < 3; i++)
        row = shop_settle(row, RCP_SETTLE_LEAVE);
    assert_int_equal(shop_order(0)->silence_untold, 0);
    shop_sim->world->mysql_offset_ms += RCP_FORCE_FAIL_MS;
    row = shop_settle(row, RCP_SETTLE_LEAVE);
    assert_int_equal(shop_order(0)->silence_untold, 0);
    shop_settle(row, RCP_SETTLE_LEAVE);
    assert_int_equal(shop_order(0)->silence_untold, 1);
}

/* ---- DUE ------------------------------------------------------------------------------------ */

static void three_old_orders(void)
{
    for (uint32_t i = 1; i <= 3; i++)
        shop_placed(i, 1);
    shop_sim->world->mysql_offset_ms += RCP_RECONCILE_AGE_MS + SHOP_LONG;
}

/* SKIP LOCKED and a lease: two nodes ask at once, and about no charge twice. */
static void claims_are_exclusive(void **state)
{
    (void)state;
    three_old_orders();
    uint64_t first = shop_due(0, 2, 0, NULL);
    uint64_t second = shop_due(1, 2, 0, NULL);
    servers_pass(SHOP_LONG);
    const struct servers_answer *answer = servers_answer(first);
    assert_int_equal(answer->rows, 2);
    assert_true(answer->more);
    assert_int_equal(answer->orders[0].verdict, RCP_ORDER_VERDICT_DUE);
    assert_int_equal(answer->orders[0].order_id, SHOP_FIRST);
    assert_int_equal(answer->orders[0].version, shop_order(0)->version);
    assert_int_equal(answer->orders[1].order_id, SHOP_FIRST + 1u);
    answer = servers_answer(second);
    assert_int_equal(answer->rows, 1);
    assert_false(answer->more);
    assert_int_equal(answer->orders[0].order_id, SHOP_FIRST + 2u);
    uint64_t third = shop_due(0, 4, 0, NULL);
    servers_pass(SHOP_LONG);
    assert_int_equal(servers_answer(third)->rows, 0);
    shop_must_hold_no_lock();
    shop_sim->world->mysql_offset_ms += RCP_ASK_LEASE_MS;
    third = shop_due(0, 4, 0, NULL);
    servers_pass(SHOP_LONG);
    assert_int_equal(servers_answer(third)->rows, 3);
}

/* What is young is still in its request's hands; what is settled is nobody's business. */
static void only_what_is_due_is_asked_about(void **state)
{
    (void)state;
    struct rcp_order_row row = shop_placed(BUYER, 1);
    uint64_t op_id = shop_due(0, 4, 0, NULL);
    servers_pass(SHOP_LONG);
    assert_int_equal(servers_answer(op_id)->rows, 0);
    shop_settle(row, RCP_SETTLE_PAY);
    row = shop_placed(BUYER, 2);
    row.pg_open = 1;
    shop_settle(row, RCP_SETTLE_FAIL);
    shop_settle(shop_placed(BUYER, 3), RCP_SETTLE_DOUBT);
    shop_sim->world->mysql_offset_ms += RCP_RECONCILE_AGE_MS;
    op_id = shop_due(0, 4, 0, NULL);
    servers_pass(SHOP_LONG);
    const struct servers_answer *answer = servers_answer(op_id);
    assert_int_equal(answer->rows, 3);
    assert_int_equal(answer->orders[0].order_id, SHOP_FIRST + 1u);
    assert_int_equal(answer->orders[0].pg_open, 1);
    assert_int_equal(answer->orders[1].order_id, SHOP_FIRST + 2u);
    assert_int_equal(answer->orders[1].verdict, RCP_ORDER_VERDICT_DUE);
    assert_int_equal(answer->orders[2].order_id, SHOP_FIRST + 2u);
    assert_int_equal(answer->orders[2].verdict, RCP_ORDER_VERDICT_ALERT);
    assert_int_equal(answer->orders[2].alert, RCP_ORDER_ALERT_UNKNOWN);
}

/* Documented: everybody sees every charge, page by page by id. */
static void a_plain_select_takes_every_one(void **state)
{
    (void)state;
    three_old_orders();
    uint64_t first = shop_due(0, 2, RCP_TX_EVERY_ONE, NULL);
    uint64_t second = shop_due(1, 2, RCP_TX_EVERY_ONE, NULL);
    servers_pass(SHOP_LONG);
    assert_int_equal(servers_answer(first)->rows, 2);
    assert_int_equal(servers_answer(second)->rows, 2);
    assert_true(servers_answer(first)->more);
    assert_int_equal(servers_answer(second)->orders[0].order_id, SHOP_FIRST);
    struct rcp_order_row after = {.order_id = SHOP_FIRST + 1u};
    first = shop_due(0, 2, RCP_TX_EVERY_ONE, &after);
    servers_pass(SHOP_LONG);
    assert_int_equal(servers_answer(first)->rows, 1);
    assert_false(servers_answer(first)->more);
    assert_int_equal(servers_answer(first)->orders[0].order_id, SHOP_FIRST + 2u);
}

/* ---- Refunds and alerts --------------------------------------------------------------------- */

/* A PAID order that took the money of transaction 9 too. */
static struct rcp_order_row paid_twice(void)
{
    struct rcp_order_row row = shop_placed(BUYER, 1);
    row.refunds[0] = (struct rcp_refund_line){.key = 9, .amount = 1000};
    row.refunds[1] = (struct rcp_refund_line){.key = 9, .amount = 1000};
    row.pg_open = 1;
    row = shop_settle(row, RCP_SETTLE_PAY);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_WRITTEN);
    return row;
}

static struct rcp_order_row claim_refund(void)
{
    uint64_t op_id = shop_due(0, 4, 0, NULL);
    servers_pass(SHOP_LONG);
    assert_int_equal(servers_answer(op_id)->rows, 1);
    assert_int_equal(servers_answer(op_id)->orders[0].verdict, RCP_ORDER_VERDICT_REFUND);
    return servers_answer(op_id)->orders[0];
}

static struct rcp_order_row end_refund(struct rcp_order_row row, enum rcp_refund_status status)
{
    row.status = (uint8_t)status;
    row.tries = 1;
    row.delay_ms = 1000;
    return shop_run(RCP_SCRIPT_REFUND, &row, 0);
}

/* One row per transaction, claimed with an epoch; a write under an older one changes nothing. */
static void a_refund_is_written_once_and_claimed(void **state)
{
    (void)state;
    struct rcp_order_row row = paid_twice();
    shop_settle(row, RCP_SETTLE_LEAVE); /* the same line again */
    assert_int_equal(shop_sim->world->refund_count, 1);
    const struct rcp_refund_row *refund = &rcp_world_refunds(shop_sim->world)[0];
    assert_int_equal(refund->status, RCP_REFUND_DUE);
    shop_settle(shop_find(SHOP_FIRST), RCP_SETTLE_CLOSE);
    struct rcp_order_row first = claim_refund();
    assert_int_equal(first.pg_key, 9);
    assert_int_equal(first.pg_amount, 1000);
    assert_int_equal(first.version, 1);
    assert_int_equal(refund->status, RCP_REFUND_SENT);
    assert_int_equal(end_refund(first, RCP_REFUND_DUE).verdict, RCP_ORDER_VERDICT_WRITTEN);
    assert_int_equal(refund->status, RCP_REFUND_DUE);
    assert_int_equal(refund->tries, 1);
    shop_sim->world->mysql_offset_ms += 1000;
    struct rcp_order_row second = claim_refund();
    assert_int_equal(second.version, 2);
    assert_int_equal(end_refund(first, RCP_REFUND_REFUNDED).verdict, RCP_ORDER_VERDICT_STALE);
    shop_sim->world->mysql_offset_ms += RCP_ASK_LEASE_MS;
    struct rcp_order_row third = claim_refund(); /* its lease ran out */
    assert_int_equal(third.version, 3);
    assert_int_equal(end_refund(third, RCP_REFUND_REFUNDED).verdict, RCP_ORDER_VERDICT_WRITTEN);
    assert_int_equal(end_refund(third, RCP_REFUND_PARKED).verdict, RCP_ORDER_VERDICT_STALE);
    assert_int_equal(refund->status, RCP_REFUND_REFUNDED);
    assert_int_equal(refund->bad_edge, 0);
    shop_must_count_its_backlog();
    shop_must_hold_no_lock();
}

static void tell(enum rcp_order_alert alert, uint64_t order_id, uint64_t key)
{
    rcp_order_told(
        shop_sim,
        &(struct rcp_order_alert_effect){.alert = alert, .order_id = order_id, .key = key});
}

/* Repeated until it is written down; what is no more so is not written down. */
static void an_alert_comes_until_it_is_written_down(void **state)
{
    (void)state;
    static const enum rcp_order_alert alerts[] = {
        RCP_ORDER_ALERT_UNKNOWN, RCP_ORDER_ALERT_REVIEW, RCP_ORDER_ALERT_REFUND};
    for (size_t i = 0; i < 3; i++) {
        shop_again();
        if (alerts[i] == RCP_ORDER_ALERT_REFUND) {
            shop_settle(paid_twice(), RCP_SETTLE_CLOSE);
            end_refund(claim_refund(), RCP_REFUND_PARKED);
        } else {
            shop_settle(shop_placed(BUYER, 1),
                        alerts[i] == RCP_ORDER_ALERT_UNKNOWN ? RCP_SETTLE_DOUBT
                                                             : RCP_SETTLE_REVIEW);
            shop_order(0)->due_ms = UINT64_MAX;
        }
        assert_int_equal(shop_sim->world->backlog.orders_untold, 1);
        struct rcp_order_row row = {0};
        for (uint32_t time = 0; time < 2; time++) {
            uint64_t op_id = shop_due(0, 4, 0, NULL);
            servers_pass(SHOP_LONG);
            assert_int_equal(servers_answer(op_id)->rows, 1);
            row = servers_answer(op_id)->orders[0];
            assert_int_equal(row.verdict, RCP_ORDER_VERDICT_ALERT);
            assert_int_equal(row.alert, alerts[i]);
            assert_int_equal(row.order_id, SHOP_FIRST);
        }
        tell(alerts[i], row.order_id, row.pg_key);
        shop_must_count_its_backlog();
        assert_int_equal(shop_run(RCP_SCRIPT_TOLD, &row, 0).verdict, RCP_ORDER_VERDICT_WRITTEN);
        assert_int_equal(shop_run(RCP_SCRIPT_TOLD, &row, 0).verdict, RCP_ORDER_VERDICT_STALE);
        assert_int_equal(shop_sim->world->backlog.orders_untold, 0);
        shop_must_count_its_backlog();
        uint64_t op_id = shop_due(0, 4, 0, NULL);
        servers_pass(SHOP_LONG);
        assert_int_equal(servers_answer(op_id)->rows, 0);
    }
}

/* Who was told of one thing was not told of the next. */
static void another_doubt_wants_another_alert(void **state)
{
    (void)state;
    struct rcp_order_row row = shop_settle(shop_placed(BUYER, 1), RCP_SETTLE_DOUBT);
    tell(RCP_ORDER_ALERT_UNKNOWN, SHOP_FIRST, 0);
    row.alert = RCP_ORDER_ALERT_UNKNOWN;
    shop_run(RCP_SCRIPT_TOLD, &row, 0);
    row = shop_settle(row, RCP_SETTLE_SIGHT);
    shop_settle(row, RCP_SETTLE_DOUBT);
    assert_int_equal(shop_sim->world->backlog.orders_untold, 1);
    shop_must_count_its_backlog();
}

/* Written down and never told is not told. */
static void a_mark_without_an_alert_is_not_told(void **state)
{
    (void)state;
    struct rcp_order_row row = shop_settle(shop_placed(BUYER, 1), RCP_SETTLE_REVIEW);
    row.alert = RCP_ORDER_ALERT_REVIEW;
    shop_run(RCP_SCRIPT_TOLD, &row, 0);
    assert_int_equal(shop_sim->world->backlog.orders_untold, 1);
    tell(RCP_ORDER_ALERT_REVIEW, SHOP_FIRST, 0);
    assert_int_equal(shop_sim->world->backlog.orders_untold, 0);
}

int main(void)
{
#define TEST(claim) cmocka_unit_test_setup_teardown(claim, shop_begin, shop_end)
    const struct CMUnitTest tests[] = {
        TEST(a_result_makes_the_moves_of_the_charge_table),
        TEST(a_stale_version_changes_nothing),
        TEST(one_of_two_results_counts),
        TEST(a_result_writes_down_what_is_known),
        TEST(units_go_back_summed_or_overwritten),
        TEST(a_failure_gives_everything_back),
        TEST(a_false_failure_is_noted),
        TEST(long_silence_without_a_word_is_noted),
        TEST(claims_are_exclusive),
        TEST(only_what_is_due_is_asked_about),
        TEST(a_plain_select_takes_every_one),
        TEST(a_refund_is_written_once_and_claimed),
        TEST(an_alert_comes_until_it_is_written_down),
        TEST(another_doubt_wants_another_alert),
        TEST(a_mark_without_an_alert_is_not_told),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
