/* FIND: one order, by its id, else the PG's key, else the buyer's key, else the request that caused it. */
#include "prod/mysql/order_parts.h"

/* Behind a killed session the read waits for what it was writing: what it finds then is the end of it. */
#define LOCKED " FOR UPDATE"

/* Its index is named: backwards through all orders would be the other way. */
#define BY_ORIGIN_SQL                                      \
    "SELECT id FROM orders FORCE INDEX (ix_orders_origin)" \
    " WHERE origin = ? ORDER BY id DESC LIMIT 1"

static const char wait_sql[] = "SELECT order_id FROM payments WHERE order_id = ?" LOCKED;
static const char by_pg_key_sql[] = "SELECT order_id FROM payments WHERE external_payment_key = ?";
static const char by_origin_sql[] = BY_ORIGIN_SQL;
static const char by_origin_waiting_sql[] = BY_ORIGIN_SQL LOCKED;

static void read_order_id(void *context, const struct rcp_sql_value columns[])
{
    uint64_t *order_id = context;
    *order_id = columns[0].number;
}

static enum rcp_sql_end select_id(struct rcp_run *run,
                                  const char *sql,
                                  struct rcp_sql_value value,
                                  uint64_t *order_id)
{
    *order_id = 0;
    return rcp_session_run(run->session, sql, &value, 1, order_id, read_order_id, NULL);
}

static enum rcp_sql_end find_id(struct rcp_run *run, uint64_t *order_id)
{
    const struct rcp_order_row *row = &run->orders[0];
    const struct rcp_order_bytes *bytes = &run->order_bytes[0];
    bool waits = run->effect->kill_session != 0;
    if (row->order_id != 0 && waits)
        return select_id(run, wait_sql, rcp_sql_number(row->order_id), order_id);
    if (row->order_id != 0) {
        *order_id = row->order_id;
        return RCP_SQL_OK;
    }
    if (bytes->pg_key.size != 0)
        return select_id(run, by_pg_key_sql, rcp_sql_of(&bytes->pg_key), order_id);
    if (bytes->request_key.size != 0)
        return rcp_order_key_find(run, waits, order_id);
    if (bytes->origin.size == 0)
        return RCP_SQL_OK;
    return select_id(
        run, waits ? by_origin_waiting_sql : by_origin_sql, rcp_sql_of(&bytes->origin), order_id);
}

enum rcp_sql_end rcp_order_run_find(struct rcp_run *run)
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
    struct rcp_order_seen seen = {0};
    uint64_t order_id = 0;
    enum rcp_sql_end end = find_id(run, &order_id);
    if (end == RCP_SQL_OK && order_id != 0)
        end = rcp_order_look(run, order_id, &seen);
    if (end != RCP_SQL_OK)
        return end;
    run->orders[0].verdict = verdicts[seen.row.status];
    if (seen.row.order_id != 0)
        rcp_order_tell_all(&seen, &run->orders[0], &run->order_bytes[0]);
    return RCP_SQL_OK;
}
