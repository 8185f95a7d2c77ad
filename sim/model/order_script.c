/* What each order script reads and writes, on the committed tables, under the locks its session holds. */
#include "sim/model/order_script.h"

#include "core/check.h"
#include "sim/model/order_table.h"

/* --- Rows read --- */

static uint32_t age_ms(uint64_t since_ms, uint64_t now_ms)
{
    uint64_t age = now_ms > since_ms ? now_ms - since_ms : 0;
    return age < UINT32_MAX ? (uint32_t)age : UINT32_MAX;
}

void rcp_order_describe(const struct rcp_world *world,
                        uint32_t index,
                        uint32_t flags,
                        struct rcp_order_row *row)
{
    const struct rcp_order_record *order = &rcp_world_orders(world)[index];
    uint64_t now_ms = rcp_world_mysql_ms(world);
    uint64_t base_ms = (flags & RCP_TX_CREATED) != 0 ? order->created_ms : order->attempted_ms;
    row->order_id = world->config.first_order_id + index;
    row->pg_key = order->pg_key;
    row->version = order->version;
    row->age_ms = age_ms(base_ms, now_ms);
    row->sent_age_ms = age_ms(order->sent_ms, now_ms);
    row->sight_age_ms = order->sight_ms != 0 ? age_ms(order->sight_ms, now_ms) : row->age_ms;
    row->miss_age_ms = order->misses > 0 ? age_ms(order->miss_ms, now_ms) : 0;
    row->status = order->charge;
    row->failure = order->failure;
    row->pg_open = order->pg_open;
    row->tries = order->tries;
    row->asked = order->asked;
    row->misses = order->misses;
    row->silent = order->silent;
}

void rcp_order_read(const struct rcp_world *world,
                    uint32_t index,
                    uint32_t flags,
                    struct rcp_order_row *row)
{
    const struct rcp_order_record *order = &rcp_world_orders(world)[index];
    row->cart = order->cart;
    row->user_id = order->user;
    row->origin = order->origin;
    rcp_order_describe(world, index, flags, row);
}

/* --- FIND --- */

/* payments.external_payment_key is unique: found by way of the transaction that it names. */
static uint32_t find_by_pg_key(const struct rcp_world *world, uint64_t key)
{
    if (key > world->pg_count)
        return RCP_NOBODY;
    uint32_t order = rcp_world_pg_rows(world)[key - 1u].order;
    return order != RCP_NOBODY && rcp_world_orders(world)[order].pg_key == key ? order : RCP_NOBODY;
}

static uint32_t find_by_origin(const struct rcp_world *world, uint64_t origin)
{
    for (uint32_t i = world->order_count; origin != 0 && i-- > 0;)
        if (rcp_world_orders(world)[i].origin == origin)
            return i;
    return RCP_NOBODY;
}

static uint32_t find_by_request_key(const struct rcp_world *world, const struct rcp_order_row *row)
{
    if (row->request_key > world->purchases)
        return RCP_NOBODY;
    uint32_t order = rcp_world_request_keys(world)[row->request_key - 1u].order;
    return order != RCP_NOBODY && rcp_world_orders(world)[order].user == row->user_id ? order
                                                                                      : RCP_NOBODY;
}

static uint32_t find_order(const struct rcp_world *world, const struct rcp_order_row *row)
{
    if (row->order_id != 0)
        return rcp_world_order(world, row->order_id);
    if (row->pg_key != 0)
        return find_by_pg_key(world, row->pg_key);
    if (row->request_key != 0)
        return find_by_request_key(world, row);
    return find_by_origin(world, row->origin);
}

static void find(const struct rcp_world *world, struct rcp_order_row *row, uint32_t flags)
{
    static const uint8_t verdicts[RCP_CHARGE_STATUS_COUNT] = {
        [RCP_CHARGE_NONE] = RCP_ORDER_VERDICT_NOTHING,
        [RCP_CHARGE_PENDING] = RCP_ORDER_VERDICT_PLACED,
        [RCP_CHARGE_IN_PROGRESS] = RCP_ORDER_VERDICT_PLACED,
        [RCP_CHARGE_UNKNOWN] = RCP_ORDER_VERDICT_UNSURE,
        [RCP_CHARGE_REVIEW] = RCP_ORDER_VERDICT_UNSURE,
        [RCP_CHARGE_PAID] = RCP_ORDER_VERDICT_PAID,
        [RCP_CHARGE_FAILED] = RCP_ORDER_VERDICT_FAILED,
    };
    uint32_t index = find_order(world, row);
    row->verdict = RCP_ORDER_VERDICT_NOTHING;
    if (index == RCP_NOBODY)
        return;
    rcp_order_read(world, index, flags, row);
    row->verdict = verdicts[row->status];
}

/* --- RESULT --- */

static void result(struct rcp_sim *sim, struct rcp_order_row *row, uint32_t flags)
{
    struct rcp_world *world = sim->world;
    uint32_t index = rcp_world_order(world, row->order_id);
    const struct rcp_order_record *order = &rcp_world_orders(world)[index];
    enum rcp_charge_status to = RCP_CHARGE_NONE;
    row->verdict = RCP_ORDER_VERDICT_STALE;
    if (order->version != row->version)
        return;
    row->verdict = RCP_ORDER_VERDICT_REFUSED;
    if (!rcp_charge_next(
            (enum rcp_charge_status)order->charge, (enum rcp_settle)row->settle, &to, NULL))
        return;
    rcp_order_settle(sim, index, row, (flags & RCP_TX_OVERWRITTEN) != 0);
    for (uint32_t i = 0; i < RCP_REFUND_LINES_MAX; i++)
        if (row->refunds[i].key != 0)
            rcp_refund_insert(sim, index, &row->refunds[i]);
    rcp_order_describe(world, index, flags, row);
    row->verdict = RCP_ORDER_VERDICT_WRITTEN;
}

/* --- REFUND and TOLD --- */

/* WHERE epoch AND status = SENT. */
static void refund_result(struct rcp_sim *sim, struct rcp_order_row *row)
{
    static const uint8_t events[RCP_REFUND_STATUS_COUNT] = {
        [RCP_REFUND_DUE] = RCP_REFUND_LATER,
        [RCP_REFUND_REFUNDED] = RCP_REFUND_DONE,
        [RCP_REFUND_PARKED] = RCP_REFUND_GIVEN_UP,
    };
    struct rcp_world *world = sim->world;
    uint32_t index = rcp_refund_find(world, row->pg_key);
    struct rcp_refund_row *refund = &rcp_world_refunds(world)[index];
    row->verdict = RCP_ORDER_VERDICT_STALE;
    if (refund->status != RCP_REFUND_SENT || refund->epoch != row->version)
        return;
    uint32_t tries = (uint32_t)refund->tries + row->tries;
    refund->tries = (uint8_t)(tries < UINT8_MAX ? tries : UINT8_MAX);
    rcp_refund_move(sim,
                    index,
                    (enum rcp_refund_event)events[row->status],
                    (enum rcp_refund_status)row->status,
                    rcp_world_mysql_ms(world) + row->delay_ms);
    row->verdict = RCP_ORDER_VERDICT_WRITTEN;
}

static void told(struct rcp_sim *sim, struct rcp_order_row *row)
{
    struct rcp_world *world = sim->world;
    bool refunds = row->alert == RCP_ORDER_ALERT_REFUND;
    uint32_t index =
        refunds ? rcp_refund_find(world, row->pg_key) : rcp_world_order(world, row->order_id);
    row->verdict = RCP_ORDER_VERDICT_STALE; /* it is no more what a person was told */
    if (refunds ? !rcp_refund_unalerted(&rcp_world_refunds(world)[index])
                : rcp_order_unalerted(&rcp_world_orders(world)[index]) != row->alert)
        return;
    if (refunds)
        rcp_refund_mark_told(sim, index);
    else
        rcp_order_mark_told(sim, index);
    row->verdict = RCP_ORDER_VERDICT_WRITTEN;
}

/* --- Scripts --- */

static void commit_row(struct rcp_sim *sim, const struct rcp_session *s, struct rcp_order_row *row)
{
    switch ((enum rcp_script)s->script) {
    case RCP_SCRIPT_PLACE:
        rcp_order_place(sim, row, s->flags);
        break;
    case RCP_SCRIPT_FIND:
        find(sim->world, row, s->flags);
        break;
    case RCP_SCRIPT_RESULT:
        result(sim, row, s->flags);
        break;
    case RCP_SCRIPT_REFUND:
        refund_result(sim, row);
        break;
    case RCP_SCRIPT_TOLD:
        told(sim, row);
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
    case RCP_SCRIPT_DUE:
    case RCP_SCRIPT_COUNT:
        rcp_check_failed("script_has_orders");
    }
}

void rcp_order_script_commit(struct rcp_sim *sim, uint32_t session)
{
    const struct rcp_session *s = &rcp_world_sessions(sim->world)[session];
    struct rcp_order_row *rows = rcp_world_session_orders(sim->world, session);
    if (s->script == RCP_SCRIPT_DUE) {
        rcp_order_claim_due(sim, session);
        return;
    }
    for (uint32_t i = 0; i < s->row_count; i++)
        commit_row(sim, s, &rows[i]);
}
