/* REOPEN and SHELVE: an operator has a parked payment tried again, or an open one left alone. They hold the
 * payment's key, so that nobody writes an entry or an open row meanwhile; a row that another session is
 * writing at this moment stays what it is. */
#include "prod/mysql/payment_tables.h"

#include <string.h>

#define FREE_ROWS                                                  \
    "SELECT id FROM payment_failure_log FORCE INDEX (uk_one_open)" \
    " WHERE campaign_activity_id = ? AND user_id = ? AND status IN "

#define NEWEST_FIRST " ORDER BY id DESC LIMIT 32 FOR UPDATE SKIP LOCKED"

static enum rcp_sql_end lock_rows(const struct rcp_run *run,
                                  const struct rcp_tx_row *row,
                                  bool parked,
                                  struct rcp_sql_values *ids)
{
    static const char open_ones[] = FREE_ROWS "('PENDING', 'PROCESSING')" NEWEST_FIRST;
    static const char parked_ones[] = FREE_ROWS "('FAILED')" NEWEST_FIRST;
    static_assert(RCP_TX_ROWS_MAX == 32u, "as written into the statement");
    struct rcp_sql_values key = {.count = 0};
    rcp_sql_add_number(&key, row->payload.activity_id);
    rcp_sql_add_number(&key, row->payload.user_id);
    ids->count = 0;
    return rcp_sql_read(run->session, parked ? parked_ones : open_ones, &key, ids, rcp_take_id);
}

/* Each page of them, until none is left that is free. */
static enum rcp_sql_end move_all(const struct rcp_run *run,
                                 const struct rcp_tx_row *row,
                                 bool parked)
{
    enum rcp_sql_end end = RCP_SQL_OK;
    struct rcp_sql_values ids = {.count = RCP_TX_ROWS_MAX};
    while (ids.count == RCP_TX_ROWS_MAX && end == RCP_SQL_OK) {
        end = lock_rows(run, row, parked, &ids);
        if (end == RCP_SQL_OK)
            end = parked ? rcp_failures_resolve(run, &ids)
                         : rcp_failures_park(run, &ids, (enum rcp_park_cause)row->cause);
    }
    return end;
}

/* --- REOPEN --- */

/* As if it had just failed for the first time; the next epoch, so that nothing that was said of it before is
 * taken for news. Its age counts from created_at. */
static enum rcp_sql_end reopen(const struct rcp_run *run, uint64_t id)
{
    static const char sql[] =
        "UPDATE payment_failure_log SET status = 'PENDING', open_one = ?, epoch = epoch + 1,"
        " retry_count = 0, sends = 0, alerted = 0, park_cause = 0, error_message = ?,"
        " next_retry_at = UTC_TIMESTAMP(3), created_at = UTC_TIMESTAMP(3),"
        " updated_at = UTC_TIMESTAMP(3) WHERE id = ?";
    const char *sentence = rcp_cause_sentence(RCP_PARK_NONE);
    struct rcp_sql_values values = {.count = 0};
    bool one_open = (run->effect->flags & RCP_TX_ONE_OPEN) != 0;
    rcp_sql_add(&values,
                one_open ? rcp_sql_number(1) : (struct rcp_sql_value){.kind = RCP_SQL_NULL});
    rcp_sql_add(&values, rcp_sql_bytes(sentence, strlen(sentence)));
    rcp_sql_add_number(&values, id);
    return rcp_sql_change(run->session, sql, &values, NULL);
}

static enum rcp_sql_end reopen_newest(const struct rcp_run *run, struct rcp_tx_row *row)
{
    struct rcp_sql_values ids = {.count = 0};
    enum rcp_sql_end end = lock_rows(run, row, true, &ids);
    if (end != RCP_SQL_OK || ids.count == 0)
        return end;
    row->verdict = RCP_VERDICT_OPEN;
    ids.count = 1; /* the newest */
    end = reopen(run, ids.at[0].number);
    return end == RCP_SQL_OK ? rcp_attempts_tell(run, &ids, RCP_ATTEMPT_REOPENED, RCP_ERROR_NONE)
                             : end;
}

static bool is_final(uint8_t verdict)
{
    return verdict == RCP_VERDICT_APPROVED || verdict == RCP_VERDICT_REJECTED;
}

enum rcp_sql_end rcp_payment_reopen(struct rcp_run *run)
{
    struct rcp_look look = {.run = run};
    enum rcp_sql_end end = rcp_look_held(&look);
    for (uint32_t i = 0; i < run->row_count && end == RCP_SQL_OK; i++) {
        struct rcp_tx_row *row = &run->rows[i];
        row->verdict = (uint8_t)rcp_seen_verdict(&look.seen[i], 0);
        if (is_final(row->verdict))
            end = move_all(run, row, true);
        else if (row->verdict == RCP_VERDICT_PARKED)
            end = reopen_newest(run, row);
    }
    return end == RCP_SQL_OK ? rcp_entries_let_go(&look) : end;
}

/* --- SHELVE --- */

enum rcp_sql_end rcp_payment_shelve(struct rcp_run *run)
{
    struct rcp_look look = {.run = run};
    enum rcp_sql_end end = rcp_look_held(&look);
    for (uint32_t i = 0; i < run->row_count && end == RCP_SQL_OK; i++) {
        if (rcp_seen_verdict(&look.seen[i], 0) != RCP_VERDICT_OPEN)
            continue;
        look.seen[i].open = look.seen[i].parked = false; /* read again below */
        end = move_all(run, &run->rows[i], false);
    }
    if (end == RCP_SQL_OK)
        end = rcp_failures_read(&look);
    for (uint32_t i = 0; i < run->row_count; i++)
        run->rows[i].verdict = (uint8_t)rcp_seen_verdict(&look.seen[i], 0);
    return end == RCP_SQL_OK ? rcp_entries_let_go(&look) : end;
}
