/* A small shop filled by hand. */
#include "tests/support/small_shop.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 8, BUYERS = 2, PURCHASES = 4 };

static uint32_t lay_out(struct rcp_world *shape)
{
    uint32_t size = (uint32_t)sizeof *shape;
    const struct {
        uint32_t *at;
        size_t bytes;
    } tables[] = {
        {&shape->buyers_at, BUYERS * sizeof(struct rcp_buyer_row)},
        {&shape->request_keys_at, PURCHASES * sizeof(struct rcp_request_key_row)},
        {&shape->purchases_at, PURCHASES * sizeof(struct rcp_purchase_ledger)},
        {&shape->orders_at, ROOM * sizeof(struct rcp_order_record)},
        {&shape->refunds_at, ROOM * sizeof(struct rcp_refund_row)},
        {&shape->pg_at, ROOM * sizeof(struct rcp_pg_row)},
        {&shape->exchanges_at, ROOM * sizeof(struct rcp_exchange)},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        *tables[i].at = size;
        size += (uint32_t)(tables[i].bytes + 63u) / 64u * 64u;
    }
    return size;
}

struct rcp_world *small_shop_new(void)
{
    struct rcp_world shape;
    memset(&shape, 0, sizeof shape);
    shape.size = lay_out(&shape);
    shape.policy = rcp_policy_hardened();
    shape.config.products = 2;
    shape.config.stock = 10;
    shape.config.buyers = BUYERS;
    shape.config.purchases = PURCHASES / BUYERS;
    shape.config.points = 1000;
    shape.config.discount = 50;
    shape.config.first_order_id = SMALL_SHOP_FIRST_ID;
    shape.config.orders = shape.config.refunds = shape.config.transactions = ROOM;
    shape.purchases = PURCHASES;
    shape.now_ms = 1000;
    struct rcp_world *world = calloc(1, shape.size);
    if (world == NULL)
        abort();
    memcpy(world, &shape, sizeof shape);
    for (uint32_t i = 0; i < shape.config.products; i++)
        world->products[i] = (struct rcp_product_row){.price = SMALL_SHOP_PRICE, .stock = 10};
    for (uint32_t i = 0; i < BUYERS; i++)
        rcp_world_buyers(world)[i].points = shape.config.points;
    for (uint32_t i = 0; i < PURCHASES; i++)
        rcp_world_purchase_ledgers(world)[i].order = RCP_NOBODY;
    return world;
}

/* What the order took, or gives back: +1, -1. */
static void take(struct rcp_world *world, const struct rcp_order_record *order, bool back)
{
    struct rcp_buyer_row *buyer = &rcp_world_buyers(world)[order->user - 1u];
    struct rcp_product_row *product = &world->products[order->cart.items[0].product_id - 1u];
    uint32_t units = order->cart.items[0].quantity;
    buyer->points += back ? order->cart.used_point : 0 - order->cart.used_point;
    buyer->points_used += back ? 0 - order->cart.used_point : order->cart.used_point;
    buyer->coupon_used = !back;
    buyer->coupons_used += back ? UINT32_MAX : 1u;
    product->stock += back ? units : 0u - units;
    product->sold += back ? 0u - units : units;
    rcp_world_purchase_ledgers(world)[order->purchase].orders += back ? UINT32_MAX : 1u;
}

uint32_t small_shop_order(struct rcp_world *world, uint32_t purchase)
{
    uint32_t index = world->order_count++;
    struct rcp_order_record *order = &rcp_world_orders(world)[index];
    *order = (struct rcp_order_record){
        .cart = {.total_amount = 1000,
                 .used_point = 100,
                 .coupon_discount = 50,
                 .paid_amount = 850,
                 .coupon_id = 1,
                 .items = {{.product_id = 1, .quantity = 2}}},
        .purchase = purchase,
        .user = 1,
        .attempted_ms = world->now_ms,
        .status = RCP_ORDER_PLACED,
        .charge = RCP_CHARGE_IN_PROGRESS,
    };
    if (rcp_world_purchase_ledgers(world)[purchase].order == RCP_NOBODY)
        rcp_world_purchase_ledgers(world)[purchase].order = index;
    take(world, order, false);
    world->backlog.charges++;
    return index;
}

void small_shop_settle(struct rcp_world *world, uint32_t index, enum rcp_charge_status status)
{
    struct rcp_order_record *order = &rcp_world_orders(world)[index];
    bool open = status == RCP_CHARGE_IN_PROGRESS || status == RCP_CHARGE_UNKNOWN;
    order->charge = (uint8_t)status;
    order->version++;
    if (!open)
        world->backlog.charges--;
    if (status == RCP_CHARGE_PAID)
        order->status = RCP_ORDER_PAID;
    if (status != RCP_CHARGE_FAILED)
        return;
    take(world, order, true);
    order->status = RCP_ORDER_CANCELLED;
    order->compensated = 1;
}

uint64_t small_shop_transaction(struct rcp_world *world, uint32_t order, enum rcp_pg_status status)
{
    rcp_world_pg_rows(world)[world->pg_count] = (struct rcp_pg_row){
        .amount = rcp_world_orders(world)[order].cart.paid_amount,
        .order = order,
        .user = 1,
        .status = (uint8_t)status,
        .refunds = status == RCP_PG_REFUNDED,
    };
    return ++world->pg_count;
}

uint32_t small_shop_refund(struct rcp_world *world,
                           uint32_t order,
                           uint64_t key,
                           enum rcp_refund_status status)
{
    uint32_t index = world->refund_count++;
    bool parked = status == RCP_REFUND_PARKED;
    rcp_world_refunds(world)[index] = (struct rcp_refund_row){
        .key = key,
        .amount = 850,
        .order = order,
        .status = (uint8_t)status,
        .alerted = parked,
        .told = parked,
    };
    world->backlog.refunds += status == RCP_REFUND_DUE || status == RCP_REFUND_SENT;
    return index;
}
