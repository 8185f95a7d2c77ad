/* PLACE: stock, coupon, points, order and payment in one transaction, or nothing at all. */
#include "sim/model/order_script.h"
#include "sim/model/order_table.h"

/* --- What the cart asks for, against what the tables have --- */

static uint64_t price_of(const struct rcp_world *world, const struct rcp_cart *cart)
{
    uint64_t price = 0;
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        if (cart->items[i].product_id != 0)
            price +=
                world->products[cart->items[i].product_id - 1u].price * cart->items[i].quantity;
    return price;
}

static bool products_exist(const struct rcp_world *world, const struct rcp_cart *cart)
{
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        if (cart->items[i].product_id > world->config.products)
            return false;
    return true;
}

/* A coupon takes off its discount, but never more than points leave to pay. */
static bool is_priced_right(const struct rcp_world *world, const struct rcp_cart *cart)
{
    uint64_t discount = cart->coupon_id == 0 ? 0 : world->config.discount;
    if (!products_exist(world, cart) || cart->total_amount != price_of(world, cart) ||
        cart->used_point > cart->total_amount)
        return false;
    uint64_t left = cart->total_amount - cart->used_point;
    return cart->coupon_discount == (discount < left ? discount : left);
}

/* All lines of a product together. */
static bool is_in_stock(const struct rcp_world *world, const struct rcp_cart *cart)
{
    for (uint32_t id = 1; id <= world->config.products; id++) {
        uint64_t wanted = 0;
        for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
            if (cart->items[i].product_id == id)
                wanted += cart->items[i].quantity;
        if (wanted > world->products[id - 1u].stock)
            return false;
    }
    return true;
}

static enum rcp_order_verdict judge(const struct rcp_world *world, const struct rcp_order_row *row)
{
    const struct rcp_buyer_row *buyer = &rcp_world_buyers(world)[row->user_id - 1u];
    const struct rcp_cart *cart = &row->cart;
    if (!is_priced_right(world, cart))
        return RCP_ORDER_VERDICT_PRICE;
    if (!is_in_stock(world, cart))
        return RCP_ORDER_VERDICT_NO_STOCK;
    if (cart->coupon_id != 0 && (cart->coupon_id != row->user_id || buyer->coupon_used))
        return RCP_ORDER_VERDICT_NO_COUPON;
    if (cart->used_point > buyer->points)
        return RCP_ORDER_VERDICT_NO_POINT;
    return cart->paid_amount == 0 ? RCP_ORDER_VERDICT_PAID : RCP_ORDER_VERDICT_PLACED;
}

/* --- The Idempotency-Key --- */

/* INSERT idempotency_keys has met the row that is there. */
static void answer_again(const struct rcp_world *world,
                         const struct rcp_request_key_row *key,
                         struct rcp_order_row *row)
{
    if (key->body_hash != row->body_hash) {
        row->verdict = RCP_ORDER_VERDICT_OTHER;
        return;
    }
    rcp_order_describe(world, key->order, 0, row);
    if (row->status == RCP_CHARGE_PAID)
        row->verdict = RCP_ORDER_VERDICT_PAID;
    else
        row->verdict =
            row->status == RCP_CHARGE_FAILED ? RCP_ORDER_VERDICT_FAILED : RCP_ORDER_VERDICT_RUNNING;
}

static struct rcp_request_key_row *key_of(const struct rcp_world *world,
                                          const struct rcp_order_row *row,
                                          uint32_t flags)
{
    if ((flags & RCP_TX_IDEMPOTENT) == 0 || row->request_key == 0)
        return NULL;
    return &rcp_world_request_keys(world)[row->request_key - 1u];
}

void rcp_order_place(struct rcp_sim *sim, struct rcp_order_row *row, uint32_t flags)
{
    const struct rcp_world *world = sim->world;
    struct rcp_request_key_row *key = key_of(world, row, flags);
    if (key != NULL && key->order != RCP_NOBODY) {
        answer_again(world, key, row);
        return;
    }
    enum rcp_order_verdict verdict = judge(world, row);
    row->verdict = (uint8_t)verdict;
    if (verdict != RCP_ORDER_VERDICT_PLACED && verdict != RCP_ORDER_VERDICT_PAID)
        return;
    uint32_t index = rcp_order_insert(sim, rcp_order_purchase(world, row), row);
    if (key != NULL) {
        key->order = index;
        key->body_hash = row->body_hash;
    }
    rcp_order_describe(world, index, flags, row);
}
