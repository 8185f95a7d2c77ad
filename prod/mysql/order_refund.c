/* Refunds written down, how they end, and that a person was told: REFUND and TOLD. */
#include "prod/mysql/order_parts.h"

#include "core/check.h"
#include "core/order/refund_table.h"

#include <string.h>

/* One row for each transaction. It is looked for first: where a unique key is met, InnoDB locks its
 * neighbourhood, and those who write down others would deadlock. */
static const char insert_sql[] =
    "INSERT INTO refunds (transaction_key, order_id, amount, status, created_at, updated_at, "
    "due_at)"
    " SELECT ?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM DUAL"
    " WHERE NOT EXISTS (SELECT 1 FROM refunds r WHERE r.transaction_key = ?)";

/* The index is named, here and below: by way of another one its lock would come before the row's, and whoever
 * changes the row takes them the other way round. */
static const char end_sql[] =
    "UPDATE refunds FORCE INDEX (uk_refunds_transaction)"
    " SET status = ?, tries = LEAST(tries + ?, 255), updated_at = UTC_TIMESTAMP(3),"
    " due_at = IF(?, UTC_TIMESTAMP(3) + " RCP_SQL_MS ", NULL),"
    " untold_since = IF(?, UTC_TIMESTAMP(3), NULL)"
    " WHERE transaction_key = ? AND epoch = ? AND status = 'SENT'";

static const char refund_told_sql[] =
    "UPDATE refunds FORCE INDEX (uk_refunds_transaction) SET untold_since = NULL"
    " WHERE transaction_key = ? AND untold_since IS NOT NULL";

static const char charge_told_sql[] =
    "UPDATE payments FORCE INDEX (PRIMARY) SET untold_since = NULL"
    " WHERE order_id = ? AND status = ? AND untold_since IS NOT NULL";

/* The write took effect where its WHERE matched. */
static enum rcp_sql_end write_if_fresh(struct rcp_run *run,
                                       const char *sql,
                                       const struct rcp_sql_value values[],
                                       uint32_t value_count)
{
    uint64_t changed = 0;
    enum rcp_sql_end end =
        rcp_session_run(run->session, sql, values, value_count, NULL, NULL, &changed);
    run->orders[0].verdict = changed == 1 ? RCP_ORDER_VERDICT_WRITTEN : RCP_ORDER_VERDICT_STALE;
    return end;
}

/* --- The intent --- */

static enum rcp_sql_end write_line(struct rcp_run *run, uint64_t order_id, uint32_t line)
{
    enum rcp_refund_status to = RCP_REFUND_NONE;
    bool moves = rcp_refund_next(RCP_REFUND_NONE, RCP_REFUND_INTENDED, &to, NULL);
    rcp_check(moves, "refund_begins");
    const struct rcp_sql_value values[] = {rcp_sql_of(&run->order_bytes[0].refunds[line]),
                                           rcp_sql_number(order_id),
                                           rcp_sql_number(run->orders[0].refunds[line].amount),
                                           rcp_sql_number(to),
                                           rcp_sql_of(&run->order_bytes[0].refunds[line])};
    enum rcp_sql_end end = rcp_session_run(
        run->session, insert_sql, values, RCP_VALUE_COUNT(values), NULL, NULL, NULL);
    return end == RCP_SQL_DUPLICATE ? RCP_SQL_OK : end; /* somebody was quicker */
}

enum rcp_sql_end rcp_order_refunds_write(struct rcp_run *run, uint64_t order_id)
{
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; end == RCP_SQL_OK && i < RCP_REFUND_LINES_MAX; i++)
        if (run->order_bytes[0].refunds[i].size != 0)
            end = write_line(run, order_id, i);
    return end;
}

/* --- REFUND --- */

enum rcp_sql_end rcp_order_run_refund(struct rcp_run *run)
{
    static const uint8_t events[RCP_REFUND_STATUS_COUNT] = {
        [RCP_REFUND_DUE] = RCP_REFUND_LATER,
        [RCP_REFUND_REFUNDED] = RCP_REFUND_DONE,
        [RCP_REFUND_PARKED] = RCP_REFUND_GIVEN_UP,
    };
    const struct rcp_order_row *row = &run->orders[0];
    enum rcp_refund_status to = RCP_REFUND_NONE;
    bool moves =
        rcp_refund_next(RCP_REFUND_SENT, (enum rcp_refund_event)events[row->status], &to, NULL);
    rcp_check(moves && to == row->status, "refund_moves");
    const struct rcp_sql_value values[] = {rcp_sql_number(to),
                                           rcp_sql_number(row->tries),
                                           rcp_sql_number(to == RCP_REFUND_DUE),
                                           rcp_sql_number(row->delay_ms),
                                           rcp_sql_number(to == RCP_REFUND_PARKED),
                                           rcp_sql_of(&run->order_bytes[0].pg_key),
                                           rcp_sql_number(row->version)};
    return write_if_fresh(run, end_sql, values, RCP_VALUE_COUNT(values));
}

/* --- TOLD --- */

/* STALE where it is no more what a person was told. */
enum rcp_sql_end rcp_order_run_told(struct rcp_run *run)
{
    static const char *const charges[RCP_ORDER_ALERT_COUNT] = {
        [RCP_ORDER_ALERT_NONE] = "",
        [RCP_ORDER_ALERT_UNKNOWN] = "UNKNOWN",
        [RCP_ORDER_ALERT_REVIEW] = "REVIEW",
        [RCP_ORDER_ALERT_REFUND] = "",
    };
    const struct rcp_order_row *row = &run->orders[0];
    if (row->alert == RCP_ORDER_ALERT_REFUND) {
        const struct rcp_sql_value key = rcp_sql_of(&run->order_bytes[0].pg_key);
        return write_if_fresh(run, refund_told_sql, &key, 1);
    }
    const char *charge = charges[row->alert];
    const struct rcp_sql_value values[] = {rcp_sql_number(row->order_id),
                                           rcp_sql_bytes(charge, strlen(charge))};
    return write_if_fresh(run, charge_told_sql, values, RCP_VALUE_COUNT(values));
}
