/* orders, payments and refunds: their rows, what a placed order takes and a failed one gives back, and the
 * facts checkers need. */
#include "sim/model/order_table.h"

#include <string.h>

static void count_up(uint8_t *counter)
{
    if (*counter < UINT8_MAX)
        ++*counter;
}

/* --- Counters by index --- */

enum rcp_order_alert rcp_order_unalerted(const struct rcp_order_record *order)
{
    if (order->alerted)
        return RCP_ORDER_ALERT_NONE;
    if (order->charge == RCP_CHARGE_UNKNOWN)
        return RCP_ORDER_ALERT_UNKNOWN;
    return order->charge == RCP_CHARGE_REVIEW ? RCP_ORDER_ALERT_REVIEW : RCP_ORDER_ALERT_NONE;
}

/* Marked as told is not told: both count. */
static bool is_untold(bool wants, uint8_t alerted, uint8_t told)
{
    return wants && (!alerted || !told);
}

static void count_order(struct rcp_world *world,
                        const struct rcp_order_record *order,
                        uint32_t sign)
{
    bool wants = order->charge == RCP_CHARGE_UNKNOWN || order->charge == RCP_CHARGE_REVIEW;
    if (rcp_order_is_asked(order))
        world->backlog.charges += sign;
    if (is_untold(wants, order->alerted, order->told))
        world->backlog.orders_untold += sign;
}

static void count_refund(struct rcp_world *world,
                         const struct rcp_refund_row *refund,
                         uint32_t sign)
{
    if (refund->status == RCP_REFUND_DUE || refund->status == RCP_REFUND_SENT)
        world->backlog.refunds += sign;
    if (is_untold(refund->status == RCP_REFUND_PARKED, refund->alerted, refund->told))
        world->backlog.orders_untold += sign;
}

/* --- What an order takes, and gives back --- */

/* Those who look at what this order has or had. */
static void touch_all(struct rcp_world *world, uint32_t index)
{
    const struct rcp_order_record *order = &rcp_world_orders(world)[index];
    rcp_touch(world, RCP_OF_ORDER, index);
    rcp_touch(world, RCP_OF_PURCHASE, order->purchase);
    rcp_touch(world, RCP_OF_BUYER, order->user - 1u);
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        if (order->cart.items[i].product_id != 0)
            rcp_touch(world, RCP_OF_PRODUCT, order->cart.items[i].product_id - 1u);
}

/* What standing orders have, for the checkers: from the cart itself, whatever the tables say. */
static void count_standing(struct rcp_world *world,
                           const struct rcp_order_record *order,
                           uint32_t sign)
{
    const struct rcp_cart *cart = &order->cart;
    struct rcp_buyer_row *buyer = &rcp_world_buyers(world)[order->user - 1u];
    rcp_world_purchase_ledgers(world)[order->purchase].orders += sign;
    buyer->points_used += sign == 1u ? cart->used_point : 0u - cart->used_point;
    if (cart->coupon_id != 0)
        buyer->coupons_used += sign;
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        if (cart->items[i].product_id != 0)
            world->products[cart->items[i].product_id - 1u].sold += sign * cart->items[i].quantity;
}

static void take(struct rcp_world *world, const struct rcp_order_record *order)
{
    const struct rcp_cart *cart = &order->cart;
    struct rcp_buyer_row *buyer = &rcp_world_buyers(world)[order->user - 1u];
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        if (cart->items[i].product_id != 0)
            world->products[cart->items[i].product_id - 1u].stock -= cart->items[i].quantity;
    if (cart->coupon_id != 0)
        buyer->coupon_used = 1;
    buyer->points -= cart->used_point;
}

/* A later line of the same product stands in the map where this one would. */
static bool is_overwritten(const struct rcp_cart *cart, uint32_t line)
{
    for (uint32_t i = line + 1u; i < RCP_ORDER_ITEMS_MAX; i++)
        if (cart->items[i].product_id == cart->items[line].product_id)
            return true;
    return false;
}

/* PaymentResultHandler's compensation: points, coupon, stock, then the order (FACTS 1.7). */
static void give_back(struct rcp_world *world, struct rcp_order_record *order, bool overwritten)
{
    const struct rcp_cart *cart = &order->cart;
    struct rcp_buyer_row *buyer = &rcp_world_buyers(world)[order->user - 1u];
    buyer->points += cart->used_point;
    if (cart->coupon_id != 0)
        buyer->coupon_used = 0;
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        if (cart->items[i].product_id != 0 && !(overwritten && is_overwritten(cart, i)))
            world->products[cart->items[i].product_id - 1u].stock += cart->items[i].quantity;
    if (order->status != RCP_ORDER_CANCELLED)
        count_standing(world, order, UINT32_MAX);
    order->status = RCP_ORDER_CANCELLED;
    count_up(&order->compensated);
}

/* --- Orders and their payments --- */

uint32_t rcp_order_purchase(const struct rcp_world *world, const struct rcp_order_row *row)
{
    if (row->request_key != 0)
        return row->request_key <= world->purchases ? (uint32_t)row->request_key - 1u : RCP_NOBODY;
    if (row->origin == 0 || row->origin > world->exchange_count)
        return RCP_NOBODY;
    return rcp_world_exchanges(world)[row->origin - 1u].purchase;
}

uint32_t rcp_order_insert(struct rcp_sim *sim, uint32_t purchase, const struct rcp_order_row *row)
{
    struct rcp_world *world = sim->world;
    if (world->order_count == world->config.orders)
        rcp_sim_error(sim, "the table of orders is full: give the world more `orders`");
    uint32_t index = world->order_count++;
    struct rcp_order_record *order = &rcp_world_orders(world)[index];
    struct rcp_purchase_ledger *ledger = &rcp_world_purchase_ledgers(world)[purchase];
    uint64_t now_ms = rcp_world_mysql_ms(world);
    bool covered = row->cart.paid_amount == 0;
    memset(order, 0, sizeof *order);
    order->cart = row->cart;
    order->origin = row->origin;
    order->created_ms = order->attempted_ms = order->updated_ms = now_ms;
    order->due_ms = now_ms + RCP_RECONCILE_AGE_MS;
    order->sent_ms = now_ms + RCP_ORDER_DEADLINE_MS; /* its request may send until then */
    order->purchase = purchase;
    order->user = (uint32_t)row->user_id;
    order->status = covered ? RCP_ORDER_PAID : RCP_ORDER_PLACED;
    order->charge = covered ? RCP_CHARGE_PAID : RCP_CHARGE_IN_PROGRESS;
    order->version = covered ? 0 : 1; /* INSERT as PENDING, UPDATE to IN_PROGRESS */
    if (ledger->order == RCP_NOBODY)
        ledger->order = index;
    take(world, order);
    count_standing(world, order, 1);
    count_order(world, order, 1);
    touch_all(world, index);
    return index;
}

static void mark_edge(struct rcp_sim *sim,
                      struct rcp_order_record *order,
                      enum rcp_settle settle,
                      enum rcp_charge_status to)
{
    enum rcp_charge_status expected = RCP_CHARGE_NONE;
    uint32_t edge = 0;
    if (!rcp_charge_next((enum rcp_charge_status)order->charge, settle, &expected, &edge) ||
        expected != to)
        order->bad_edge = (uint8_t)(1u + order->charge);
    else
        sim->marks[RCP_TABLE_CHARGE][edge / 64u] |= 1ull << (edge % 64u);
}

/* UPDATE payments SET status = ... */
static enum rcp_charge_status status_after(const struct rcp_order_record *order,
                                           enum rcp_settle settle)
{
    switch (settle) {
    case RCP_SETTLE_PAY:
        return RCP_CHARGE_PAID;
    case RCP_SETTLE_FAIL:
        return RCP_CHARGE_FAILED;
    case RCP_SETTLE_SIGHT:
        return RCP_CHARGE_IN_PROGRESS;
    case RCP_SETTLE_DOUBT:
        return RCP_CHARGE_UNKNOWN;
    case RCP_SETTLE_REVIEW:
        return RCP_CHARGE_REVIEW;
    case RCP_SETTLE_KEY:
    case RCP_SETTLE_LEAVE:
    case RCP_SETTLE_MISS:
    case RCP_SETTLE_CLOSE:
    case RCP_SETTLE_NONE:
    case RCP_SETTLE_COUNT:
        break;
    }
    return (enum rcp_charge_status)order->charge;
}

/* The PG has a transaction of this order, or a request for one is on its way. */
static bool pg_may_have(const struct rcp_world *world, uint32_t index)
{
    const struct rcp_order_record *order = &rcp_world_orders(world)[index];
    if (rcp_world_purchase_ledgers(world)[order->purchase].requests > 0)
        return true;
    for (uint32_t i = world->pg_count; i-- > 0;)
        if (rcp_world_pg_rows(world)[i].order == index)
            return true;
    return false;
}

static void note_failure(struct rcp_world *world, uint32_t index)
{
    struct rcp_order_record *order = &rcp_world_orders(world)[index];
    bool no_record = order->failure == RCP_FAILURE_NO_RECORD;
    bool never = order->failure == RCP_FAILURE_REFUSED || order->failure == RCP_FAILURE_NOT_REACHED;
    if ((no_record && order->listed_none == 0) || (never && pg_may_have(world, index)))
        order->failed_falsely = 1;
}

/* A query that failed too late to wait any longer left it IN_PROGRESS. The first time its reader may have
 * come just in time; the second time it has read the first. */
static void note_silence(struct rcp_order_record *order,
                         const struct rcp_order_row *row,
                         uint64_t now_ms)
{
    uint64_t since_ms =
        order->sight_ms > order->attempted_ms ? order->sight_ms : order->attempted_ms;
    bool late = order->charge == RCP_CHARGE_IN_PROGRESS && row->silent &&
                now_ms > since_ms + RCP_FORCE_FAIL_MS;
    if (!late)
        order->late_silences = 0;
    else
        count_up(&order->late_silences);
    if (order->late_silences > 1)
        order->silence_untold = 1;
}

static void store_key(struct rcp_order_record *order, const struct rcp_order_row *row)
{
    if (row->pg_key != 0 && (order->pg_key == 0 || row->settle == RCP_SETTLE_PAY))
        order->pg_key = row->pg_key;
}

static void add_tries(struct rcp_order_record *order, uint8_t tries, uint64_t now_ms)
{
    if (tries == 0)
        return;
    order->tries = (uint8_t)(order->tries + tries < UINT8_MAX ? order->tries + tries : UINT8_MAX);
    order->sent_ms = now_ms;
}

/* What the queries so far have come to. */
static void write_queries(struct rcp_order_record *order,
                          const struct rcp_order_row *row,
                          uint64_t now_ms)
{
    enum rcp_settle settle = (enum rcp_settle)row->settle;
    count_up(&order->asked);
    order->silent = row->silent;
    order->due_ms = now_ms + row->delay_ms;
    if (settle == RCP_SETTLE_SIGHT) {
        order->sight_ms = now_ms;
        order->misses = 0;
        order->miss_ms = 0;
    }
    if (settle == RCP_SETTLE_MISS) {
        if (order->misses == 0)
            order->miss_ms = now_ms;
        count_up(&order->misses);
    }
}

/* Which settles say whether the PG is still asked afterwards. */
static void write_pg_open(struct rcp_order_record *order, const struct rcp_order_row *row)
{
    enum rcp_settle settle = (enum rcp_settle)row->settle;
    if (settle == RCP_SETTLE_PAY || settle == RCP_SETTLE_FAIL)
        order->pg_open = row->pg_open;
    if (settle == RCP_SETTLE_CLOSE || settle == RCP_SETTLE_REVIEW)
        order->pg_open = 0;
}

void rcp_order_settle(struct rcp_sim *sim,
                      uint32_t index,
                      const struct rcp_order_row *row,
                      bool overwritten)
{
    struct rcp_world *world = sim->world;
    struct rcp_order_record *order = &rcp_world_orders(world)[index];
    enum rcp_settle settle = (enum rcp_settle)row->settle;
    enum rcp_charge_status to = status_after(order, settle);
    uint64_t now_ms = rcp_world_mysql_ms(world);
    count_order(world, order, UINT32_MAX);
    mark_edge(sim, order, settle, to);
    if (order->charge != to) /* whoever was told, was told of something else */
        order->alerted = order->told = 0;
    order->charge = (uint8_t)to;
    order->updated_ms = now_ms;
    if (order->version++ != row->version)
        order->version_jumped = 1;
    store_key(order, row);
    add_tries(order, row->tries, now_ms);
    write_queries(order, row, now_ms);
    write_pg_open(order, row);
    note_silence(order, row, now_ms);
    if (settle == RCP_SETTLE_PAY)
        order->status = RCP_ORDER_PAID;
    if (settle == RCP_SETTLE_FAIL) {
        order->failure = row->failure;
        give_back(world, order, overwritten);
        note_failure(world, index);
    }
    count_order(world, order, 1);
    touch_all(world, index);
}

/* --- Refunds --- */

uint32_t rcp_refund_find(const struct rcp_world *world, uint64_t key)
{
    for (uint32_t i = world->refund_count; i-- > 0;)
        if (rcp_world_refunds(world)[i].key == key)
            return i;
    return RCP_NOBODY;
}

/* Who looks at it: the refund's own checkers, and those of the transaction. */
static void touch_refund(struct rcp_world *world, uint32_t index)
{
    uint64_t key = rcp_world_refunds(world)[index].key;
    rcp_touch(world, RCP_OF_REFUND, index);
    if (key != 0 && key <= world->pg_count)
        rcp_touch(world, RCP_OF_PG, (uint32_t)(key - 1u));
}

static void mark_refund_edge(struct rcp_sim *sim,
                             struct rcp_refund_row *refund,
                             enum rcp_refund_event event,
                             enum rcp_refund_status to)
{
    enum rcp_refund_status expected = RCP_REFUND_NONE;
    uint32_t edge = 0;
    if (!rcp_refund_next((enum rcp_refund_status)refund->status, event, &expected, &edge) ||
        expected != to)
        refund->bad_edge = (uint8_t)(1u + refund->status);
    else
        sim->marks[RCP_TABLE_REFUND][edge / 64u] |= 1ull << (edge % 64u);
}

void rcp_refund_move(struct rcp_sim *sim,
                     uint32_t index,
                     enum rcp_refund_event event,
                     enum rcp_refund_status to,
                     uint64_t due_ms)
{
    struct rcp_refund_row *refund = &rcp_world_refunds(sim->world)[index];
    count_refund(sim->world, refund, UINT32_MAX);
    mark_refund_edge(sim, refund, event, to);
    refund->status = (uint8_t)to;
    refund->due_ms = due_ms;
    count_refund(sim->world, refund, 1);
    touch_refund(sim->world, index);
}

void rcp_refund_insert(struct rcp_sim *sim, uint32_t order, const struct rcp_refund_line *line)
{
    struct rcp_world *world = sim->world;
    if (rcp_refund_find(world, line->key) != RCP_NOBODY)
        return;
    if (world->refund_count == world->config.refunds)
        rcp_sim_error(sim, "the table of refunds is full: give the world more `refunds`");
    uint32_t index = world->refund_count++;
    rcp_world_refunds(world)[index] =
        (struct rcp_refund_row){.key = line->key, .amount = line->amount, .order = order};
    rcp_refund_move(sim, index, RCP_REFUND_INTENDED, RCP_REFUND_DUE, rcp_world_mysql_ms(world));
}

/* --- Alerts --- */

void rcp_order_told(struct rcp_sim *sim, const struct rcp_order_alert_effect *alert)
{
    struct rcp_world *world = sim->world;
    bool refunds = alert->alert == RCP_ORDER_ALERT_REFUND;
    uint32_t index =
        refunds ? rcp_refund_find(world, alert->key) : rcp_world_order(world, alert->order_id);
    if (index == RCP_NOBODY)
        return;
    if (refunds) {
        struct rcp_refund_row *refund = &rcp_world_refunds(world)[index];
        count_refund(world, refund, UINT32_MAX);
        refund->told = 1;
        count_refund(world, refund, 1);
        touch_refund(world, index);
    } else {
        struct rcp_order_record *order = &rcp_world_orders(world)[index];
        count_order(world, order, UINT32_MAX);
        order->told = 1;
        count_order(world, order, 1);
        rcp_touch(world, RCP_OF_ORDER, index);
    }
}

void rcp_order_mark_told(struct rcp_sim *sim, uint32_t index)
{
    struct rcp_order_record *order = &rcp_world_orders(sim->world)[index];
    count_order(sim->world, order, UINT32_MAX);
    order->alerted = 1;
    count_order(sim->world, order, 1);
    rcp_touch(sim->world, RCP_OF_ORDER, index);
}

void rcp_refund_mark_told(struct rcp_sim *sim, uint32_t index)
{
    struct rcp_refund_row *refund = &rcp_world_refunds(sim->world)[index];
    count_refund(sim->world, refund, UINT32_MAX);
    refund->alerted = 1;
    count_refund(sim->world, refund, 1);
    touch_refund(sim->world, index);
}
