/* DUE: which charges to ask about, which refunds to send and whom to tell; the first two claimed. */
#include "prod/mysql/order_parts.h"

#include "core/check.h"
#include "core/order/charge_table.h"
#include "core/order/refund_table.h"

#include <string.h>

/* By their due times, and nobody else has them. The indexes are named, here and below: any other way to the
 * rows would lock more of them than the page has, or read the whole table to find that there are none. */
static const char due_charges_sql[] =
    "SELECT order_id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', next_query_at) DIV 1000"
    " FROM payments FORCE INDEX (ix_payments_next_query)"
    " WHERE next_query_at <= UTC_TIMESTAMP(3) ORDER BY next_query_at, order_id LIMIT ?"
    " FOR UPDATE SKIP LOCKED";

/* Documented: a plain SELECT, page by page in the order of their ids. */
static const char every_one_sql[] =
    "SELECT order_id, 0 FROM payments WHERE next_query_at IS NOT NULL"
    " AND updated_at < UTC_TIMESTAMP(3) - " RCP_SQL_MS " AND order_id > ?"
    " ORDER BY order_id LIMIT ?";

static const char due_refunds_sql[] =
    "SELECT id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', due_at) DIV 1000"
    " FROM refunds FORCE INDEX (ix_refunds_due)"
    " WHERE due_at <= UTC_TIMESTAMP(3) ORDER BY due_at, id LIMIT ? FOR UPDATE SKIP LOCKED";

static const char claim_charge_sql[] = "UPDATE payments SET next_query_at = UTC_TIMESTAMP(3) +"
                                       " " RCP_SQL_MS ", claimed_by = ? WHERE order_id = ?";

static const char claim_refund_sql[] =
    "UPDATE refunds SET status = ?, epoch = epoch + 1, updated_at = UTC_TIMESTAMP(3),"
    " due_at = UTC_TIMESTAMP(3) + " RCP_SQL_MS ", claimed_by = ? WHERE id = ?";

static const char refund_sql[] =
    "SELECT r.order_id, o.user_id, o.origin, r.transaction_key, r.amount, r.epoch,"
    " CAST(r.status AS UNSIGNED), r.tries"
    " FROM refunds r JOIN orders o ON o.id = r.order_id WHERE r.id = ?";

static const char untold_charges_sql[] =
    "SELECT order_id, 0 FROM payments FORCE INDEX (ix_payments_untold)"
    " WHERE untold_since IS NOT NULL ORDER BY order_id LIMIT ?";

static const char untold_refunds_sql[] =
    "SELECT order_id, transaction_key, amount FROM refunds FORCE INDEX (ix_refunds_untold)"
    " WHERE untold_since IS NOT NULL ORDER BY id LIMIT ?";

/* --- What a statement found --- */

/* One more than a page: it says that there are more. */
#define FOUND_MAX (RCP_TX_ROWS_MAX + 1u)

struct found {
    struct {
        uint64_t id;
        uint64_t due_ms;
    } items[FOUND_MAX];
    uint32_t count;
};

static void add_found(void *context, const struct rcp_sql_value columns[])
{
    struct found *found = context;
    rcp_check(found->count < FOUND_MAX, "limit_is_kept");
    found->items[found->count].id = columns[0].number;
    found->items[found->count++].due_ms = columns[1].number;
}

static enum rcp_sql_end find(struct rcp_run *run,
                             const char *sql,
                             const struct rcp_sql_value values[],
                             uint32_t value_count,
                             struct found *found)
{
    found->count = 0;
    return rcp_session_run(run->session, sql, values, value_count, found, add_found, NULL);
}

/* The next row of the page; NULL, and `more`, where it is full. */
static struct rcp_order_row *next_row(struct rcp_run *run, struct rcp_order_bytes **bytes)
{
    if (run->row_count == run->effect->page) {
        run->more = true;
        return NULL;
    }
    struct rcp_order_row *row = &run->orders[run->row_count];
    *bytes = &run->order_bytes[run->row_count++];
    memset(row, 0, sizeof *row);
    memset(*bytes, 0, sizeof **bytes);
    return row;
}

/* --- Charges --- */

static enum rcp_sql_end find_charges(struct rcp_run *run, uint64_t after_id, struct found *found)
{
    const struct rcp_sql_value limit = rcp_sql_number(run->effect->page + 1u);
    const struct rcp_sql_value values[] = {
        rcp_sql_number(RCP_RECONCILE_AGE_MS), rcp_sql_number(after_id), limit};
    if ((run->effect->flags & RCP_TX_EVERY_ONE) != 0)
        return find(run, every_one_sql, values, RCP_VALUE_COUNT(values), found);
    return find(run, due_charges_sql, &limit, 1, found);
}

static enum rcp_sql_end claim_charge(struct rcp_run *run, uint64_t order_id)
{
    const struct rcp_sql_value values[] = {rcp_sql_number(RCP_ASK_LEASE_MS),
                                           rcp_sql_number(run->effect->owner),
                                           rcp_sql_number(order_id)};
    if ((run->effect->flags & RCP_TX_EVERY_ONE) != 0)
        return RCP_SQL_OK;
    return rcp_order_change_one(run, claim_charge_sql, values, RCP_VALUE_COUNT(values));
}

static enum rcp_sql_end add_charge(struct rcp_run *run, uint64_t order_id)
{
    struct rcp_order_bytes *bytes = NULL;
    struct rcp_order_row *row = next_row(run, &bytes);
    struct rcp_order_seen seen;
    if (row == NULL)
        return RCP_SQL_OK;
    enum rcp_sql_end end = claim_charge(run, order_id);
    if (end == RCP_SQL_OK)
        end = rcp_order_look(run, order_id, &seen);
    if (end != RCP_SQL_OK)
        return end;
    if (!rcp_charge_is_open((enum rcp_charge_status)seen.row.status) && !seen.row.pg_open) {
        run->row_count--; /* a plain SELECT locks nothing: it was settled meanwhile */
        return RCP_SQL_OK;
    }
    rcp_order_tell_all(&seen, row, bytes);
    row->verdict = RCP_ORDER_VERDICT_DUE;
    return RCP_SQL_OK;
}

/* --- Refunds --- */

struct refund {
    struct rcp_order_row *row;
    struct rcp_order_bytes *bytes;
};

static void read_refund(void *context, const struct rcp_sql_value columns[])
{
    const struct refund *refund = context;
    refund->row->order_id = columns[0].number;
    refund->row->user_id = columns[1].number;
    rcp_sql_take_bytes(&columns[2], &refund->bytes->origin);
    rcp_sql_take_bytes(&columns[3], &refund->bytes->pg_key);
    refund->row->pg_amount = columns[4].number;
    refund->row->version = (uint32_t)columns[5].number;
    refund->row->status = (uint8_t)columns[6].number;
    refund->row->tries = (uint8_t)columns[7].number;
}

/* DUE, or SENT with a lease that is over: both become SENT. */
static enum rcp_sql_end claim_refund(struct rcp_run *run, uint64_t id)
{
    enum rcp_refund_status to = RCP_REFUND_NONE;
    enum rcp_refund_status again = RCP_REFUND_NONE;
    bool moves = rcp_refund_next(RCP_REFUND_DUE, RCP_REFUND_CLAIMED, &to, NULL) &&
                 rcp_refund_next(RCP_REFUND_SENT, RCP_REFUND_RECLAIMED, &again, NULL);
    rcp_check(moves && to == again, "refund_is_claimed");
    const struct rcp_sql_value values[] = {rcp_sql_number(to),
                                           rcp_sql_number(RCP_ASK_LEASE_MS),
                                           rcp_sql_number(run->effect->owner),
                                           rcp_sql_number(id)};
    return rcp_order_change_one(run, claim_refund_sql, values, RCP_VALUE_COUNT(values));
}

static enum rcp_sql_end add_refund(struct rcp_run *run, uint64_t id)
{
    struct refund refund = {0};
    refund.row = next_row(run, &refund.bytes);
    if (refund.row == NULL)
        return RCP_SQL_OK;
    enum rcp_sql_end end = claim_refund(run, id);
    if (end != RCP_SQL_OK)
        return end;
    const struct rcp_sql_value value = rcp_sql_number(id);
    refund.row->verdict = RCP_ORDER_VERDICT_REFUND;
    return rcp_session_run(run->session, refund_sql, &value, 1, &refund, read_refund, NULL);
}

/* What is due first comes first. What the page has no room for stays locked until COMMIT, and unclaimed. */
static enum rcp_sql_end add_due(struct rcp_run *run,
                                const struct found *charges,
                                const struct found *refunds)
{
    uint32_t charge = 0;
    uint32_t refund = 0;
    enum rcp_sql_end end = RCP_SQL_OK;
    while (end == RCP_SQL_OK && (charge < charges->count || refund < refunds->count)) {
        bool is_charge = charge < charges->count &&
                         (refund == refunds->count ||
                          charges->items[charge].due_ms <= refunds->items[refund].due_ms);
        end = is_charge ? add_charge(run, charges->items[charge++].id)
                        : add_refund(run, refunds->items[refund++].id);
    }
    return end;
}

/* --- Alerts --- */

static enum rcp_sql_end add_charge_alert(struct rcp_run *run, uint64_t order_id)
{
    static const uint8_t alerts[RCP_CHARGE_STATUS_COUNT] = {
        [RCP_CHARGE_UNKNOWN] = RCP_ORDER_ALERT_UNKNOWN,
        [RCP_CHARGE_REVIEW] = RCP_ORDER_ALERT_REVIEW,
    };
    struct rcp_order_bytes *bytes = NULL;
    struct rcp_order_row *row = next_row(run, &bytes);
    struct rcp_order_seen seen;
    if (row == NULL)
        return RCP_SQL_OK;
    enum rcp_sql_end end = rcp_order_look(run, order_id, &seen);
    if (end != RCP_SQL_OK)
        return end;
    row->alert = alerts[seen.row.status];
    if (row->alert == RCP_ORDER_ALERT_NONE) { /* settled since it was found */
        run->row_count--;
        return RCP_SQL_OK;
    }
    rcp_order_tell_all(&seen, row, bytes);
    row->verdict = RCP_ORDER_VERDICT_ALERT;
    return RCP_SQL_OK;
}

static void read_refund_alert(void *context, const struct rcp_sql_value columns[])
{
    struct rcp_run *run = context;
    struct rcp_order_bytes *bytes = NULL;
    struct rcp_order_row *row = next_row(run, &bytes);
    if (row == NULL)
        return;
    row->order_id = columns[0].number;
    rcp_sql_take_bytes(&columns[1], &bytes->pg_key);
    row->pg_amount = columns[2].number;
    row->alert = RCP_ORDER_ALERT_REFUND;
    row->verdict = RCP_ORDER_VERDICT_ALERT;
}

/* Behind all that is due, in what is left of the page: what is claimed makes room, what is told of does
 * not until it is written down. */
static enum rcp_sql_end add_alerts(struct rcp_run *run)
{
    struct found found;
    struct rcp_sql_value limit = rcp_sql_number(run->effect->page - run->row_count + 1u);
    enum rcp_sql_end end = find(run, untold_charges_sql, &limit, 1, &found);
    for (uint32_t i = 0; end == RCP_SQL_OK && i < found.count; i++)
        end = add_charge_alert(run, found.items[i].id);
    if (end != RCP_SQL_OK)
        return end;
    limit = rcp_sql_number(run->effect->page - run->row_count + 1u);
    return rcp_session_run(
        run->session, untold_refunds_sql, &limit, 1, run, read_refund_alert, NULL);
}

/* --- DUE --- */

enum rcp_sql_end rcp_order_run_due(struct rcp_run *run)
{
    uint64_t after_id = run->row_count > 0 ? run->orders[0].order_id : 0;
    const struct rcp_sql_value limit = rcp_sql_number(run->effect->page + 1u);
    struct found charges;
    struct found refunds;
    rcp_check(run->effect->page <= RCP_TX_ROWS_MAX, "page_fits_run");
    run->row_count = 0;
    enum rcp_sql_end end = find_charges(run, after_id, &charges);
    if (end == RCP_SQL_OK)
        end = find(run, due_refunds_sql, &limit, 1, &refunds);
    if (end == RCP_SQL_OK)
        end = add_due(run, &charges, &refunds);
    return end == RCP_SQL_OK ? add_alerts(run) : end;
}
