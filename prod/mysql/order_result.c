/* RESULT: settles one charge, WHERE version; the order, what it took and what goes back with it. */
#include "prod/mysql/order_parts.h"

#include "core/order/charge_table.h"

static const char give_stock_sql[] =
    "UPDATE products SET stock = stock + ?, version = version + 1 WHERE id = ?";
/* By its id, as PLACE locks it. */
static const char give_coupon_sql[] =
    "UPDATE issued_coupons FORCE INDEX (PRIMARY)"
    " SET status = 'AVAILABLE', order_id = NULL, version = version + 1"
    " WHERE id = ? AND order_id = ?";
static const char give_points_sql[] =
    "UPDATE point_accounts SET balance = balance + ?, version = version + 1 WHERE user_id = ?";

/* Its version stands in the WHERE, so whatever does not depend on the clock was worked out from what was
 * read. missed_at stays that of the first miss. */
static const char payment_sql[] =
    "UPDATE payments SET status = ?, failure = ?, external_payment_key = ?, pg_open = ?, tries = ?,"
    " asked = ?, misses = ?, silent = ?, version = version + 1, updated_at = UTC_TIMESTAMP(3),"
    " sent_at = IF(?, UTC_TIMESTAMP(3), sent_at),"
    " sighted_at = IF(?, UTC_TIMESTAMP(3), sighted_at),"
    " missed_at = IF(?, COALESCE(missed_at, UTC_TIMESTAMP(3)), NULL),"
    " next_query_at = IF(?, UTC_TIMESTAMP(3) + " RCP_SQL_MS ", NULL),"
    " untold_since = IF(?, IF(?, UTC_TIMESTAMP(3), NULL), untold_since)"
    " WHERE order_id = ? AND version = ?";

static const char order_sql[] = "UPDATE orders SET status = ?, updated_at = UTC_TIMESTAMP(3) WHERE "
                                "id = ? AND status = 'PLACED'";

/* --- What is to be written --- */

struct change {
    struct rcp_run *run;
    const struct rcp_order_row *row; /* as asked for */
    struct rcp_order_seen seen;      /* as it stands */
    enum rcp_charge_status to;
};

static bool fails(const struct change *change)
{
    return change->row->settle == RCP_SETTLE_FAIL;
}

static uint8_t add_up(uint32_t count, uint32_t more)
{
    return (uint8_t)(count + more < UINT8_MAX ? count + more : UINT8_MAX);
}

/* Which settles say whether the PG is still asked afterwards. */
static bool pg_open_after(const struct change *change)
{
    enum rcp_settle settle = (enum rcp_settle)change->row->settle;
    if (settle == RCP_SETTLE_PAY || settle == RCP_SETTLE_FAIL)
        return change->row->pg_open != 0;
    if (settle == RCP_SETTLE_CLOSE || settle == RCP_SETTLE_REVIEW)
        return false;
    return change->seen.row.pg_open != 0;
}

static uint8_t misses_after(const struct change *change)
{
    if (change->row->settle == RCP_SETTLE_SIGHT)
        return 0;
    return add_up(change->seen.row.misses, change->row->settle == RCP_SETTLE_MISS);
}

/* The first key stays, unless it is another transaction that pays. */
static const struct rcp_bytes *key_after(const struct change *change)
{
    const struct rcp_bytes *said = &change->run->order_bytes[0].pg_key;
    const struct rcp_bytes *stored = &change->seen.bytes.pg_key;
    bool stores = stored->size == 0 || change->row->settle == RCP_SETTLE_PAY;
    return said->size != 0 && stores ? said : stored;
}

static bool is_for_a_person(enum rcp_charge_status status)
{
    return status == RCP_CHARGE_UNKNOWN || status == RCP_CHARGE_REVIEW;
}

/* --- The steps --- */

static enum rcp_sql_end give_stock(struct change *change)
{
    uint32_t flags = change->run->effect->flags;
    struct rcp_order_unit units[RCP_ORDER_ITEMS_MAX];
    uint32_t count = rcp_order_units(&change->seen.row.cart,
                                     (flags & RCP_TX_MIXED_LOCKS) == 0,
                                     (flags & RCP_TX_OVERWRITTEN) != 0,
                                     units);
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; fails(change) && end == RCP_SQL_OK && i < count; i++) {
        const struct rcp_sql_value values[] = {rcp_sql_number(units[i].quantity),
                                               rcp_sql_number(units[i].product_id)};
        end = rcp_order_change_one(change->run, give_stock_sql, values, RCP_VALUE_COUNT(values));
    }
    return end;
}

/* Who comes second finds that the coupon is not this order's any more, and will find the payment STALE. */
static enum rcp_sql_end give_coupon(struct change *change)
{
    const struct rcp_order_row *seen = &change->seen.row;
    const struct rcp_sql_value values[] = {rcp_sql_number(seen->cart.coupon_id),
                                           rcp_sql_number(seen->order_id)};
    if (!fails(change) || seen->cart.coupon_id == 0)
        return RCP_SQL_OK;
    return rcp_session_run(
        change->run->session, give_coupon_sql, values, RCP_VALUE_COUNT(values), NULL, NULL, NULL);
}

static enum rcp_sql_end give_points(struct change *change)
{
    const struct rcp_order_row *seen = &change->seen.row;
    const struct rcp_sql_value values[] = {rcp_sql_number(seen->cart.used_point),
                                           rcp_sql_number(seen->user_id)};
    if (!fails(change) || seen->cart.used_point == 0)
        return RCP_SQL_OK;
    return rcp_order_change_one(change->run, give_points_sql, values, RCP_VALUE_COUNT(values));
}

/* Somebody else was first: all of it goes back, and the row is STALE. */
static enum rcp_sql_end give_way(struct change *change)
{
    change->run->orders[0].verdict = RCP_ORDER_VERDICT_STALE;
    return rcp_session_rollback(change->run->session);
}

static enum rcp_sql_end write_payment(struct change *change)
{
    const struct rcp_order_row *row = change->row;
    const struct rcp_order_row *seen = &change->seen.row;
    bool on = pg_open_after(change);
    uint8_t misses = misses_after(change);
    const struct rcp_sql_value values[] = {
        rcp_sql_number(change->to),
        rcp_sql_id(fails(change) ? row->failure : seen->failure),
        rcp_sql_of(key_after(change)),
        rcp_sql_number(on),
        rcp_sql_number(add_up(seen->tries, row->tries)),
        rcp_sql_number(add_up(seen->asked, 1)),
        rcp_sql_number(misses),
        rcp_sql_number(row->silent),
        rcp_sql_number(row->tries != 0),
        rcp_sql_number(row->settle == RCP_SETTLE_SIGHT),
        rcp_sql_number(misses != 0),
        rcp_sql_number(on || rcp_charge_is_open(change->to)),
        rcp_sql_number(row->delay_ms),
        rcp_sql_number(change->to != seen->status), /* who was told, was told of something else */
        rcp_sql_number(is_for_a_person(change->to)),
        rcp_sql_number(seen->order_id),
        rcp_sql_number(row->version)};
    uint64_t changed = 0;
    enum rcp_sql_end end = rcp_session_run(
        change->run->session, payment_sql, values, RCP_VALUE_COUNT(values), NULL, NULL, &changed);
    return end == RCP_SQL_OK && changed == 0 ? give_way(change) : end;
}

static enum rcp_sql_end write_order(struct change *change)
{
    bool pays = change->row->settle == RCP_SETTLE_PAY;
    const struct rcp_sql_value values[] = {
        rcp_sql_number(pays ? RCP_ORDER_PAID : RCP_ORDER_CANCELLED),
        rcp_sql_number(change->seen.row.order_id)};
    if (!pays && !fails(change))
        return RCP_SQL_OK;
    return rcp_order_change_one(change->run, order_sql, values, RCP_VALUE_COUNT(values));
}

static enum rcp_sql_end write_refunds(struct change *change)
{
    return rcp_order_refunds_write(change->run, change->seen.row.order_id);
}

/* --- RESULT --- */

/* May it be done? WRITTEN: so it seems, and its version decides. */
static enum rcp_order_verdict judge(struct change *change)
{
    if (change->seen.row.order_id == 0 || change->seen.row.version != change->row->version)
        return RCP_ORDER_VERDICT_STALE;
    return rcp_charge_next((enum rcp_charge_status)change->seen.row.status,
                           (enum rcp_settle)change->row->settle,
                           &change->to,
                           NULL)
               ? RCP_ORDER_VERDICT_WRITTEN
               : RCP_ORDER_VERDICT_REFUSED;
}

/* In the one global order of locks; documented: as PaymentResultHandler has them (FACTS 1.7). */
static enum rcp_sql_end write(struct change *change)
{
    static enum rcp_sql_end (*const steps[])(struct change *) = {
        give_stock, give_coupon, give_points, write_payment, write_order, write_refunds};
    static enum rcp_sql_end (*const mixed_steps[])(struct change *) = {
        write_payment, give_points, give_coupon, give_stock, write_order, write_refunds};
    static_assert(sizeof steps == sizeof mixed_steps, "the same steps in another order");
    bool mixed = (change->run->effect->flags & RCP_TX_MIXED_LOCKS) != 0;
    const struct rcp_order_row *row = &change->run->orders[0];
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; end == RCP_SQL_OK && row->verdict == RCP_ORDER_VERDICT_WRITTEN &&
                         i < sizeof steps / sizeof steps[0];
         i++)
        end = mixed ? mixed_steps[i](change) : steps[i](change);
    return end;
}

enum rcp_sql_end rcp_order_run_result(struct rcp_run *run)
{
    struct rcp_order_row *row = &run->orders[0];
    struct change change = {.run = run, .row = row};
    enum rcp_sql_end end = rcp_order_look(run, row->order_id, &change.seen);
    if (end != RCP_SQL_OK)
        return end;
    row->verdict = (uint8_t)judge(&change);
    end = write(&change);
    if (end != RCP_SQL_OK || row->verdict != RCP_ORDER_VERDICT_WRITTEN)
        return end;
    end = rcp_order_look(run, row->order_id, &change.seen);
    if (end == RCP_SQL_OK)
        rcp_order_tell(&change.seen, row, &run->order_bytes[0]);
    return end;
}
