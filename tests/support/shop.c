/* A shop in front of the simulated MySQL, and the words that tests of its order scripts are written in. */
#include "tests/support/shop.h"

#include "core/order/charge_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct rcp_sim *shop_sim;

int shop_begin(void **state)
{
    (void)state;
    shop_sim = servers_begin_shop();
    return 0;
}

int shop_end(void **state)
{
    (void)state;
    servers_end();
    return 0;
}

void shop_again(void)
{
    shop_end(NULL);
    shop_begin(NULL);
}

struct rcp_order_row shop_cart(uint32_t buyer, uint32_t nth, uint32_t first, uint32_t second)
{
    struct rcp_order_row row = {.user_id = buyer, .body_hash = 7};
    row.request_key = (uint64_t)(buyer - 1u) * shop_sim->world->config.purchases + nth;
    row.cart.items[0] = (struct rcp_order_item){first, first != 0};
    row.cart.items[1] = (struct rcp_order_item){second, second != 0};
    row.cart.total_amount = row.cart.paid_amount = UINT64_C(1000) * (first + second);
    return row;
}

void shop_pay_by_points(struct rcp_order_row *row, uint64_t points)
{
    row->cart.used_point = points;
    row->cart.paid_amount -= points;
}

void shop_pay_by_coupon(struct rcp_order_row *row, uint64_t coupon_id)
{
    row->cart.coupon_id = coupon_id;
    row->cart.coupon_discount = 500;
    row->cart.paid_amount -= 500;
}

uint64_t shop_issue(enum rcp_script script, const struct rcp_order_row *row, uint32_t flags)
{
    return servers_order(&(struct servers_order){
        .script = script, .flags = flags, .page = SERVERS_ORDERS_MAX, .row = row});
}

struct rcp_order_row shop_run(enum rcp_script script,
                              const struct rcp_order_row *row,
                              uint32_t flags)
{
    uint64_t op_id = shop_issue(script, row, flags);
    servers_pass(SHOP_LONG);
    const struct servers_answer *answer = servers_answer(op_id);
    assert_non_null(answer);
    assert_int_equal(answer->outcome, RCP_OUTCOME_DONE);
    return answer->orders[0];
}

struct rcp_order_row shop_place(const struct rcp_order_row *row)
{
    return shop_run(RCP_SCRIPT_PLACE, row, RCP_TX_IDEMPOTENT);
}

struct rcp_order_row shop_placed(uint32_t buyer, uint32_t nth)
{
    struct rcp_order_row row = shop_cart(buyer, nth, 1, 0);
    row = shop_place(&row);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_PLACED);
    return row;
}

struct rcp_order_row shop_settle(struct rcp_order_row row, enum rcp_settle settle)
{
    row.settle = (uint8_t)settle;
    row.tries = 0;
    return shop_run(RCP_SCRIPT_RESULT, &row, 0);
}

struct rcp_order_row shop_find(uint64_t order_id)
{
    struct rcp_order_row row = {.order_id = order_id};
    return shop_run(RCP_SCRIPT_FIND, &row, 0);
}

struct rcp_order_record *shop_order(uint32_t index)
{
    assert_true(index < shop_sim->world->order_count);
    return &rcp_world_orders(shop_sim->world)[index];
}

struct rcp_buyer_row *shop_buyer(uint32_t id)
{
    return &rcp_world_buyers(shop_sim->world)[id - 1u];
}

void shop_must_conserve(void)
{
    const struct rcp_world *world = shop_sim->world;
    for (uint32_t i = 0; i < world->config.products; i++)
        assert_int_equal(world->products[i].stock + world->products[i].sold, world->config.stock);
    for (uint32_t i = 1; i <= world->config.buyers; i++) {
        assert_int_equal(shop_buyer(i)->points + shop_buyer(i)->points_used, world->config.points);
        assert_int_equal(shop_buyer(i)->coupons_used, shop_buyer(i)->coupon_used);
    }
}

void shop_must_count_its_backlog(void)
{
    const struct rcp_world *world = shop_sim->world;
    uint32_t charges = 0;
    uint32_t refunds = 0;
    uint32_t untold = 0;
    for (uint32_t i = 0; i < world->order_count; i++) {
        bool wants = shop_order(i)->charge == RCP_CHARGE_UNKNOWN ||
                     shop_order(i)->charge == RCP_CHARGE_REVIEW;
        charges += shop_order(i)->charge == RCP_CHARGE_IN_PROGRESS ||
                   shop_order(i)->charge == RCP_CHARGE_UNKNOWN || shop_order(i)->pg_open;
        untold += wants && !(shop_order(i)->alerted && shop_order(i)->told);
    }
    for (uint32_t i = 0; i < world->refund_count; i++) {
        const struct rcp_refund_row *refund = &rcp_world_refunds(world)[i];
        refunds += refund->status == RCP_REFUND_DUE || refund->status == RCP_REFUND_SENT;
        untold += refund->status == RCP_REFUND_PARKED && !(refund->alerted && refund->told);
    }
    assert_int_equal(world->backlog.charges, charges);
    assert_int_equal(world->backlog.refunds, refunds);
    assert_int_equal(world->backlog.orders_untold, untold);
}

void shop_must_hold_no_lock(void)
{
    const struct rcp_world *world = shop_sim->world;
    for (uint32_t i = 0; i < world->config.products; i++)
        assert_int_equal(world->products[i].lock, 0);
    for (uint32_t i = 1; i <= world->config.buyers; i++)
        assert_int_equal(shop_buyer(i)->point_lock | shop_buyer(i)->coupon_lock, 0);
    for (uint32_t i = 0; i < world->purchases; i++)
        assert_int_equal(rcp_world_request_keys(world)[i].lock, 0);
    for (uint32_t i = 0; i < world->order_count; i++)
        assert_int_equal(shop_order(i)->lock, 0);
    for (uint32_t i = 0; i < world->refund_count; i++)
        assert_int_equal(rcp_world_refunds(world)[i].lock, 0);
}

struct rcp_order_row shop_in_status(uint32_t nth, enum rcp_charge_status status)
{
    static const uint8_t ways[RCP_CHARGE_STATUS_COUNT] = {
        [RCP_CHARGE_IN_PROGRESS] = RCP_SETTLE_LEAVE,
        [RCP_CHARGE_UNKNOWN] = RCP_SETTLE_DOUBT,
        [RCP_CHARGE_REVIEW] = RCP_SETTLE_REVIEW,
        [RCP_CHARGE_PAID] = RCP_SETTLE_PAY,
        [RCP_CHARGE_FAILED] = RCP_SETTLE_FAIL,
    };
    struct rcp_order_row row = shop_settle(shop_placed(1, nth), (enum rcp_settle)ways[status]);
    assert_int_equal(row.verdict, RCP_ORDER_VERDICT_WRITTEN);
    assert_int_equal(row.status, status);
    return row;
}

uint64_t shop_due(uint32_t node, uint32_t page, uint32_t flags, const struct rcp_order_row *after)
{
    return servers_order(&(struct servers_order){
        .script = RCP_SCRIPT_DUE, .node = node, .page = page, .flags = flags, .row = after});
}
