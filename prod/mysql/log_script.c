/* LOG: logFailure, a failure row for each payment. ONE_OPEN: none where the entry is final, and one open row
 * per payment; the payment's key is held while that is looked at. */
#include "prod/mysql/payment_tables.h"

/* What keeps a row from being logged; NOTHING where nothing does. */
static enum rcp_verdict obstacle(const struct rcp_seen *seen, const struct rcp_tx_row *row)
{
    enum rcp_verdict verdict = rcp_seen_verdict(seen, row->payload.product_id);
    if (verdict == RCP_VERDICT_REJECTED && row->cause == RCP_PARK_FENCED)
        return RCP_VERDICT_NOTHING; /* accepted, then rejected: a person must know */
    return verdict == RCP_VERDICT_APPROVED ? RCP_VERDICT_ALREADY : verdict;
}

static enum rcp_sql_end log_guarded(struct rcp_run *run)
{
    struct rcp_look look = {.run = run, .stamp = rcp_session_stamp(run->session)};
    bool chosen[RCP_TX_ROWS_MAX] = {false};
    enum rcp_sql_end end = rcp_entries_hold(&look);
    if (end == RCP_SQL_OK)
        end = rcp_entries_read(&look, false);
    if (end == RCP_SQL_OK)
        end = rcp_failures_read(&look);
    if (end != RCP_SQL_OK)
        return end;
    for (uint32_t i = 0; i < run->row_count; i++) {
        enum rcp_verdict verdict = obstacle(&look.seen[i], &run->rows[i]);
        chosen[i] = verdict == RCP_VERDICT_NOTHING;
        run->rows[i].verdict = (uint8_t)(chosen[i] ? RCP_VERDICT_LOGGED : verdict);
    }
    end = rcp_failures_insert(run, chosen, true);
    return end == RCP_SQL_OK ? rcp_entries_let_go(&look) : end;
}

enum rcp_sql_end rcp_payment_log(struct rcp_run *run)
{
    if ((run->effect->flags & RCP_TX_ONE_OPEN) != 0)
        return log_guarded(run);
    bool chosen[RCP_TX_ROWS_MAX] = {false};
    for (uint32_t i = 0; i < run->row_count; i++) {
        chosen[i] = true;
        run->rows[i].verdict = RCP_VERDICT_LOGGED;
    }
    return rcp_failures_insert(run, chosen, false);
}
