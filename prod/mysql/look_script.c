/* LOOKUP, SETTLE, FENCE and REJECT: what is known of a payment, and the fence where nothing may come any
 * more. FENCE and REJECT hold the payment's key, so that nobody writes an entry or an open row meanwhile. */
#include "prod/mysql/payment_tables.h"

/* SETTLE's lock waits for whoever is still writing the entry: a COMMIT on its way lands before it, or never,
 * since its session was killed. */
enum rcp_sql_end rcp_payment_look(struct rcp_run *run)
{
    struct rcp_look look = {.run = run};
    bool settles = run->effect->script == RCP_SCRIPT_SETTLE;
    enum rcp_sql_end end = rcp_entries_read(&look, settles);
    if (end == RCP_SQL_OK)
        end = rcp_failures_read(&look);
    for (uint32_t i = 0; i < run->row_count && end == RCP_SQL_OK; i++)
        run->rows[i].verdict =
            (uint8_t)rcp_seen_verdict(&look.seen[i], settles ? run->rows[i].payload.product_id : 0);
    return end;
}

/* A row that is being claimed at this moment stays open, and its retry meets the fence. What was parked waited
 * for just this. */
static enum rcp_sql_end close_rows(const struct rcp_run *run, const struct rcp_tx_row *row)
{
    static const char sql[] =
        "SELECT id FROM payment_failure_log FORCE INDEX (uk_one_open)"
        " WHERE campaign_activity_id = ? AND user_id = ? AND status IN"
        " ('PENDING', 'PROCESSING', 'FAILED') LIMIT 32 FOR UPDATE SKIP LOCKED";
    enum rcp_sql_end end = RCP_SQL_OK;
    bool more = true;
    while (more && end == RCP_SQL_OK) {
        struct rcp_sql_values key = {.count = 0}, ids = {.count = 0};
        rcp_sql_add_number(&key, row->payload.activity_id);
        rcp_sql_add_number(&key, row->payload.user_id);
        end = rcp_sql_read(run->session, sql, &key, &ids, rcp_take_id);
        if (end == RCP_SQL_OK)
            end = rcp_failures_resolve(run, &ids);
        more = ids.count == RCP_TX_ROWS_MAX;
    }
    return end;
}

enum rcp_sql_end rcp_payment_fence(struct rcp_run *run)
{
    struct rcp_look look = {.run = run};
    bool chosen[RCP_TX_ROWS_MAX] = {false};
    bool operators = run->effect->script == RCP_SCRIPT_REJECT;
    enum rcp_sql_end end = rcp_look_held(&look);
    if (end != RCP_SQL_OK)
        return end;
    for (uint32_t i = 0; i < run->row_count; i++) {
        enum rcp_verdict verdict = rcp_seen_verdict(&look.seen[i], 0);
        chosen[i] =
            verdict == RCP_VERDICT_NOTHING || (operators && verdict != RCP_VERDICT_APPROVED);
        run->rows[i].verdict = (uint8_t)(chosen[i] ? RCP_VERDICT_REJECTED : verdict);
    }
    end = rcp_entries_reject(&look, chosen);
    if (end == RCP_SQL_OK)
        end = rcp_entries_let_go(&look);
    for (uint32_t i = 0; i < run->row_count && operators && end == RCP_SQL_OK; i++)
        if (chosen[i])
            end = close_rows(run, &run->rows[i]);
    return end;
}
