/* Which rows an order script locks, in which order. */
#include "sim/model/order_lock.h"

#include "sim/model/mysql_lock.h"
#include "sim/model/order_table.h"

struct list {
    const struct rcp_world *world;
    uint32_t *locks;
    uint32_t count;
};

static void add(struct list *list, enum rcp_lock_kind kind, uint64_t id, uint32_t room)
{
    if (id != 0 && id <= room)
        list->locks[list->count++] = rcp_lock_pack(kind, (uint32_t)id - 1u);
}

/* --- The rows of a cart --- */

static void add_stock(struct list *list, const struct rcp_cart *cart, bool by_id)
{
    uint32_t products = list->world->config.products;
    for (uint32_t id = 1; by_id && id <= products; id++)
        for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
            if (cart->items[i].product_id == id) {
                add(list, RCP_LOCK_PRODUCT, id, products);
                break;
            }
    for (uint32_t i = 0; !by_id && i < RCP_ORDER_ITEMS_MAX; i++)
        add(list, RCP_LOCK_PRODUCT, cart->items[i].product_id, products);
}

static void add_coupon(struct list *list, const struct rcp_cart *cart)
{
    add(list, RCP_LOCK_COUPON, cart->coupon_id, list->world->config.buyers);
}

static void add_points(struct list *list, const struct rcp_cart *cart, uint64_t user_id)
{
    if (cart->used_point > 0)
        add(list, RCP_LOCK_POINTS, user_id, list->world->config.buyers);
}

/* --- The rows of an order --- */

static void add_request_key(struct list *list, const struct rcp_order_row *row)
{
    add(list, RCP_LOCK_REQUEST_KEY, row->request_key, list->world->purchases);
}

static void add_payment(struct list *list, uint64_t order_id)
{
    uint32_t order = rcp_world_order(list->world, order_id);
    if (order != RCP_NOBODY)
        add(list, RCP_LOCK_PAYMENT, order + 1u, list->world->order_count);
}

static void add_refund(struct list *list, uint64_t key)
{
    uint32_t refund = rcp_refund_find(list->world, key);
    if (refund != RCP_NOBODY)
        add(list, RCP_LOCK_REFUND, refund + 1u, list->world->refund_count);
}

/* --- Scripts --- */

static void add_place(struct list *list, const struct rcp_order_row *row, uint32_t flags)
{
    if ((flags & RCP_TX_IDEMPOTENT) != 0)
        add_request_key(list, row);
    add_stock(list, &row->cart, (flags & RCP_TX_MIXED_LOCKS) == 0);
    add_coupon(list, &row->cart);
    add_points(list, &row->cart, row->user_id);
}

static void add_result(struct list *list, const struct rcp_order_row *row, uint32_t flags)
{
    uint32_t index = rcp_world_order(list->world, row->order_id);
    if (index == RCP_NOBODY)
        return;
    const struct rcp_order_record *order = &rcp_world_orders(list->world)[index];
    bool fails = row->settle == RCP_SETTLE_FAIL;
    bool mixed = (flags & RCP_TX_MIXED_LOCKS) != 0;
    if (mixed) {
        add_payment(list, row->order_id);
        if (fails)
            add_points(list, &order->cart, order->user);
        if (fails)
            add_coupon(list, &order->cart);
    }
    if (fails)
        add_stock(list, &order->cart, !mixed);
    if (mixed)
        return;
    if (fails)
        add_coupon(list, &order->cart);
    if (fails)
        add_points(list, &order->cart, order->user);
    add_payment(list, row->order_id);
}

static void add_due(struct list *list, const struct rcp_order_row *row, uint32_t flags)
{
    if (row->verdict == RCP_ORDER_VERDICT_DUE && (flags & RCP_TX_EVERY_ONE) == 0)
        add_payment(list, row->order_id);
    if (row->verdict == RCP_ORDER_VERDICT_REFUND)
        add_refund(list, row->pg_key);
}

uint32_t rcp_order_locks(const struct rcp_world *world,
                         const struct rcp_session *session,
                         const struct rcp_order_row *row,
                         uint32_t locks[RCP_ORDER_LOCKS_MAX])
{
    struct list list = {.world = world, .locks = locks};
    switch ((enum rcp_script)session->script) {
    case RCP_SCRIPT_PLACE:
        add_place(&list, row, session->flags);
        break;
    case RCP_SCRIPT_FIND: /* a plain read, unless it must see what a killed session did */
        if (session->kill != 0 && row->order_id == 0)
            add_request_key(&list, row);
        if (session->kill != 0)
            add_payment(&list, row->order_id);
        break;
    case RCP_SCRIPT_DUE:
        add_due(&list, row, session->flags);
        break;
    case RCP_SCRIPT_RESULT:
        add_result(&list, row, session->flags);
        break;
    case RCP_SCRIPT_REFUND:
        add_refund(&list, row->pg_key);
        break;
    case RCP_SCRIPT_TOLD:
        if (row->alert == RCP_ORDER_ALERT_REFUND)
            add_refund(&list, row->pg_key);
        else
            add_payment(&list, row->order_id);
        break;
    case RCP_SCRIPT_NONE:
    case RCP_SCRIPT_APPROVE:
    case RCP_SCRIPT_FINISH:
    case RCP_SCRIPT_ABANDON:
    case RCP_SCRIPT_SETTLE:
    case RCP_SCRIPT_LOG:
    case RCP_SCRIPT_LOOKUP:
    case RCP_SCRIPT_FENCE:
    case RCP_SCRIPT_REJECT:
    case RCP_SCRIPT_REOPEN:
    case RCP_SCRIPT_SHELVE:
    case RCP_SCRIPT_CLAIM:
    case RCP_SCRIPT_RELEASE:
    case RCP_SCRIPT_LATER:
    case RCP_SCRIPT_PARK:
    case RCP_SCRIPT_SWEEP:
    case RCP_SCRIPT_MARK:
    case RCP_SCRIPT_COUNT:
        rcp_check_failed("script_has_orders");
    }
    return list.count;
}

uint32_t rcp_order_locks_possible(const struct rcp_world *world,
                                  const struct rcp_order_row *row,
                                  uint32_t locks[2u * RCP_ORDER_LOCKS_MAX])
{
    struct list list = {.world = world, .locks = locks};
    uint32_t index = rcp_world_order(world, row->order_id);
    add_request_key(&list, row);
    add_stock(&list, &row->cart, false);
    add_coupon(&list, &row->cart);
    add_points(&list, &row->cart, row->user_id);
    if (index != RCP_NOBODY) {
        const struct rcp_order_record *order = &rcp_world_orders(world)[index];
        add_stock(&list, &order->cart, false);
        add_coupon(&list, &order->cart);
        add_points(&list, &order->cart, order->user);
        add_payment(&list, row->order_id);
    }
    add_refund(&list, row->pg_key);
    return list.count;
}
