/* RELEASE, LATER and FINISH: what becomes of a claimed failure row whose payment is not settled yet.
 * WHERE id AND epoch AND status = PROCESSING is looked at under the rows' locks. */
#include "prod/mysql/payment_tables.h"

#include <string.h>

/* --- RELEASE --- */

enum rcp_sql_end rcp_payment_release(struct rcp_run *run)
{
    static struct rcp_sql_rows release = {
        .head = "UPDATE payment_failure_log FORCE INDEX (PRIMARY) SET status = 'PENDING',"
                " sends = IF(sends > 0, sends - 1, 0), updated_at = UTC_TIMESTAMP(3),"
                " next_retry_at = UTC_TIMESTAMP(3) + INTERVAL 60 SECOND WHERE id IN (",
        .row = "?",
        .tail = ")",
    };
    static_assert(RCP_PERIOD_MS == 60000u, "as written into the statement");
    struct rcp_behind behind[RCP_TX_ROWS_MAX];
    struct rcp_sql_values values = {.count = 0};
    enum rcp_sql_end end = rcp_failures_behind(run, behind);
    if (end != RCP_SQL_OK)
        return end;
    for (uint32_t i = 0; i < run->row_count; i++) {
        run->rows[i].verdict =
            (uint8_t)(behind[i].claimed ? RCP_VERDICT_WRITTEN : RCP_VERDICT_STALE);
        if (behind[i].claimed)
            rcp_sql_add_number(&values, run->rows[i].row_id);
    }
    if (values.count == 0)
        return RCP_SQL_OK;
    end = rcp_sql_change(run->session, rcp_sql_rows_text(&release, values.count), &values, NULL);
    return end == RCP_SQL_OK ? rcp_attempts_tell(run, &values, RCP_ATTEMPT_RELEASED, RCP_ERROR_NONE)
                             : end;
}

/* --- LATER --- */

/* PENDING again after delay_ms, or FAILED for its cause. */
static enum rcp_sql_end put_off(const struct rcp_run *run, const struct rcp_tx_row *row)
{
    static const char sql[] =
        "UPDATE payment_failure_log SET retry_count = retry_count + ?, alone = ?,"
        " status = IF(? = 0, 'PENDING', 'FAILED'), open_one = IF(? = 0, open_one, NULL),"
        " park_cause = ?, error_message = ?, updated_at = UTC_TIMESTAMP(3),"
        " next_retry_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND WHERE id = ?";
    const char *sentence = rcp_cause_sentence((enum rcp_park_cause)row->cause);
    struct rcp_sql_values values = {.count = 0};
    rcp_sql_add_number(&values, row->counted);
    rcp_sql_add_number(&values, row->alone);
    rcp_sql_add_number(&values, row->cause);
    rcp_sql_add_number(&values, row->cause);
    rcp_sql_add_number(&values, row->cause);
    rcp_sql_add(&values, rcp_sql_bytes(sentence, strlen(sentence)));
    rcp_sql_add_number(&values, (uint64_t)row->delay_ms * 1000u);
    rcp_sql_add_number(&values, row->row_id);
    return rcp_sql_change(run->session, sql, &values, NULL);
}

static enum rcp_sql_end put_off_all(struct rcp_run *run, const struct rcp_behind behind[])
{
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; i < run->row_count && end == RCP_SQL_OK; i++) {
        struct rcp_tx_row *row = &run->rows[i];
        row->verdict = RCP_VERDICT_STALE;
        if (!behind[i].claimed)
            continue;
        row->verdict =
            (uint8_t)(row->cause != RCP_PARK_NONE ? RCP_VERDICT_PARKED : RCP_VERDICT_WRITTEN);
        end = put_off(run, row);
    }
    return end;
}

/* Those that went the same way: refused by the same, or unknown; parked or not. */
static enum rcp_sql_end tell_alike(const struct rcp_run *run,
                                   bool parked,
                                   enum rcp_error_class error)
{
    struct rcp_sql_values ids = {.count = 0};
    for (uint32_t i = 0; i < run->row_count; i++) {
        const struct rcp_tx_row *row = &run->rows[i];
        if (row->verdict == (parked ? RCP_VERDICT_PARKED : RCP_VERDICT_WRITTEN) &&
            row->error == error)
            rcp_sql_add_number(&ids, row->row_id);
    }
    enum rcp_attempt attempt = parked                    ? RCP_ATTEMPT_PARKED
                               : error == RCP_ERROR_NONE ? RCP_ATTEMPT_UNKNOWN
                                                         : RCP_ATTEMPT_REFUSED;
    return rcp_attempts_tell(run, &ids, attempt, error);
}

/* A group fails together, and mostly goes one way. */
static enum rcp_sql_end tell_all(const struct rcp_run *run)
{
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; i < 2u * RCP_ERROR_CLASS_COUNT && end == RCP_SQL_OK; i++)
        end = tell_alike(run, i % 2u != 0, (enum rcp_error_class)(i / 2u));
    return end;
}

/* Documented: a new row with a count of 0, due now, takes the place of the old one. */
static enum rcp_sql_end replace_all(struct rcp_run *run, const struct rcp_behind behind[])
{
    static struct rcp_sql_rows drop = {
        .head = "DELETE f FROM payment_failure_log AS f FORCE INDEX (PRIMARY) WHERE id IN (",
        .row = "?",
        .tail = ")",
    };
    struct rcp_sql_values old = {.count = 0};
    bool chosen[RCP_TX_ROWS_MAX] = {false};
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; i < run->row_count; i++) {
        struct rcp_tx_row *row = &run->rows[i];
        row->cause = RCP_PARK_NONE;
        row->delay_ms = 0;
        row->verdict = RCP_VERDICT_WRITTEN;
        chosen[i] = true;
        if (behind[i].claimed)
            rcp_sql_add_number(&old, row->row_id);
    }
    if (old.count > 0)
        end = rcp_sql_change(run->session, rcp_sql_rows_text(&drop, old.count), &old, NULL);
    return end == RCP_SQL_OK ? rcp_failures_insert(run, chosen, false) : end;
}

enum rcp_sql_end rcp_payment_later(struct rcp_run *run)
{
    struct rcp_behind behind[RCP_TX_ROWS_MAX];
    enum rcp_sql_end end = rcp_failures_behind(run, behind);
    if (end != RCP_SQL_OK)
        return end;
    if ((run->effect->flags & RCP_TX_NEW_ROW) != 0)
        return replace_all(run, behind);
    end = put_off_all(run, behind);
    return end == RCP_SQL_OK ? tell_all(run) : end;
}

/* --- FINISH --- */

#define HANDED_OVER                                                         \
    " retry_count = retry_count + ?, status = ?, park_cause = ?,"           \
    " open_one = IF(? = 1, open_one, NULL), updated_at = UTC_TIMESTAMP(3)," \
    " next_retry_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND WHERE id = ?"

/* Documented: RESOLVED is what the producer has; what it does not take is put off. By id alone where the
 * claim was a plain SELECT, and that claim is written down only now. */
static enum rcp_sql_end hand_over(const struct rcp_run *run,
                                  const struct rcp_tx_row *row,
                                  uint64_t *matched)
{
    static const char plain[] = "UPDATE payment_failure_log SET epoch = ?, owner = 0," HANDED_OVER
                                " AND status IN ('PENDING', 'PROCESSING')";
    static const char claimed[] =
        "UPDATE payment_failure_log SET" HANDED_OVER " AND status = 'PROCESSING' AND epoch = ?";
    bool by_id = run->first_script == RCP_SCRIPT_CLAIM;
    bool handed = row->verdict == RCP_VERDICT_WRITTEN;
    const char *status = handed ? "RESOLVED" : row->cause != RCP_PARK_NONE ? "FAILED" : "PENDING";
    struct rcp_sql_values values = {.count = 0};
    if (by_id)
        rcp_sql_add_number(&values, row->epoch + 1u);
    rcp_sql_add_number(&values, row->counted);
    rcp_sql_add(&values, rcp_sql_bytes(status, strlen(status)));
    rcp_sql_add_number(&values, handed ? RCP_PARK_NONE : row->cause);
    rcp_sql_add_number(&values, !handed && row->cause == RCP_PARK_NONE);
    rcp_sql_add_number(&values, (uint64_t)row->delay_ms * 1000u);
    rcp_sql_add_number(&values, row->row_id);
    if (!by_id)
        rcp_sql_add_number(&values, row->epoch);
    return rcp_sql_change(run->session, by_id ? plain : claimed, &values, matched);
}

static enum rcp_attempt handed_over(const struct rcp_tx_row *row)
{
    if (row->verdict == RCP_VERDICT_WRITTEN)
        return RCP_ATTEMPT_RESOLVED;
    return row->cause != RCP_PARK_NONE ? RCP_ATTEMPT_PARKED : RCP_ATTEMPT_RELEASED;
}

static enum rcp_sql_end hand_over_and_tell(const struct rcp_run *run, const struct rcp_tx_row *row)
{
    struct rcp_sql_values id = {.count = 0};
    uint64_t matched = 0;
    enum rcp_sql_end end = hand_over(run, row, &matched);
    if (end != RCP_SQL_OK || matched == 0)
        return end;
    rcp_sql_add_number(&id, row->row_id);
    return rcp_attempts_tell(run, &id, handed_over(row), RCP_ERROR_NONE);
}

/* After APPROVE everything stands written already, and COMMIT is all that is left. */
enum rcp_sql_end rcp_payment_finish(struct rcp_run *run)
{
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; i < run->row_count && end == RCP_SQL_OK; i++) {
        if (run->first_script != RCP_SCRIPT_APPROVE)
            end = hand_over_and_tell(run, &run->rows[i]);
        run->rows[i].verdict = RCP_VERDICT_WRITTEN;
    }
    return end;
}
