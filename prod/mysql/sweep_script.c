/* SWEEP, MARK and PARK: what is left to do beside the payments, that it was done, and records of no use. */
#include "prod/mysql/payment_tables.h"
#include "prod/version.h"

#include <string.h>

/* --- SWEEP --- */

/* Where a statement's rows go, and what they are. */
struct swept {
    struct rcp_run *run;
    enum rcp_verdict verdict;
};

/* Room for one more row; false where the page is full, and then there is more. */
static bool has_room(struct rcp_run *run)
{
    run->more = run->more || run->row_count >= run->effect->page;
    return !run->more;
}

static void take_failure(void *context, const struct rcp_sql_value columns[])
{
    struct swept *swept = context;
    if (has_room(swept->run))
        rcp_failure_take(swept->run, columns)->verdict = (uint8_t)swept->verdict;
}

static void take_record(void *context, const struct rcp_sql_value columns[])
{
    struct swept *swept = context;
    if (!has_room(swept->run))
        return;
    swept->run->bytes[swept->run->row_count] = (struct rcp_tx_bytes){0};
    swept->run->rows[swept->run->row_count++] = (struct rcp_tx_row){
        .row_id = (uint32_t)columns[0].number,
        .partition = (uint32_t)columns[1].number,
        .offset = columns[2].number,
        .verdict = (uint8_t)swept->verdict,
    };
}

static void take_entry(void *context, const struct rcp_sql_value columns[])
{
    struct swept *swept = context;
    if (!has_room(swept->run))
        return;
    struct rcp_tx_bytes *bytes = &swept->run->bytes[swept->run->row_count];
    rcp_sql_take_bytes(&columns[3], &bytes->token);
    rcp_sql_take_bytes(&columns[4], &bytes->origin);
    swept->run->rows[swept->run->row_count++] = (struct rcp_tx_row){
        .payload = {.activity_id = columns[0].number,
                    .user_id = columns[1].number,
                    .product_id = columns[2].kind == RCP_SQL_NUMBER ? columns[2].number : 0,
                    .quantity = 1},
        .verdict = (uint8_t)swept->verdict,
    };
}

/* What the sweep looks for, in this order. A row older nodes cannot use is none of theirs. */
static const struct {
    uint32_t flag; /* 0: always */
    enum rcp_verdict verdict;
    void (*take)(void *context, const struct rcp_sql_value columns[]);
    const char *sql;
} searches[] = {
    {0,
     RCP_VERDICT_ALERT,
     take_failure,
     "SELECT " RCP_FAILURE_COLUMNS " FROM payment_failure_log FORCE INDEX (idx_untold)"
     " WHERE untold = 1 ORDER BY id LIMIT ?"},
    {0,
     RCP_VERDICT_ALERT_RECORD,
     take_record,
     "SELECT id, partition_number, record_offset FROM payment_parked_record"
     " FORCE INDEX (idx_alerted) WHERE alerted = 0 ORDER BY id LIMIT ?"},
    {RCP_TX_RENEW,
     RCP_VERDICT_RENEW,
     take_failure,
     "SELECT " RCP_FAILURE_COLUMNS " FROM payment_failure_log FORCE INDEX (idx_renew)"
     " WHERE renew_at < UTC_TIMESTAMP(3) + INTERVAL 3600 SECOND AND row_version "
     "<= " RCP_VERSION_TEXT(RCP_ROW_VERSION_READ) " ORDER BY renew_at, id LIMIT ?"},
    {RCP_TX_RELEASE,
     RCP_VERDICT_RELEASE,
     take_entry,
     "SELECT campaign_activity_id, user_id, product_id, token, origin"
     " FROM campaign_activity_entries FORCE INDEX (idx_unreleased)"
     " WHERE unreleased_since <= UTC_TIMESTAMP(3) - INTERVAL 30 SECOND AND token IS NOT NULL"
     " ORDER BY unreleased_since LIMIT ?"},
};

static_assert(RCP_TOKEN_RENEW_MS == 3600000u, "as written into the statement");
static_assert(RCP_SWEEP_AGE_MS == 30000u, "as written into the statement");

enum rcp_sql_end rcp_payment_sweep(struct rcp_run *run)
{
    run->row_count = 0;
    run->more = false;
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; i < sizeof searches / sizeof searches[0] && end == RCP_SQL_OK; i++) {
        struct swept swept = {.run = run, .verdict = searches[i].verdict};
        struct rcp_sql_values values = {.count = 0};
        if (searches[i].flag != 0 && (run->effect->flags & searches[i].flag) == 0)
            continue;
        rcp_sql_add_number(&values, run->effect->page - run->row_count + 1u);
        end = rcp_sql_read(run->session, searches[i].sql, &values, &swept, searches[i].take);
    }
    return end;
}

/* --- MARK --- */

static enum rcp_sql_end mark_released(const struct rcp_run *run)
{
    static struct rcp_sql_rows released = {
        .head = "UPDATE campaign_activity_entries FORCE INDEX (PRIMARY)"
                " SET unreleased_since = NULL WHERE (campaign_activity_id, user_id) IN "
                "(" RCP_KEY_OF_NOBODY,
        .row = "(?, ?)",
        .tail = ") AND status = 'APPROVED'",
    };
    struct rcp_sql_values values = {.count = 0};
    for (uint32_t i = 0; i < run->row_count; i++)
        if (run->rows[i].verdict == RCP_VERDICT_RELEASE) {
            rcp_sql_add_number(&values, run->rows[i].payload.activity_id);
            rcp_sql_add_number(&values, run->rows[i].payload.user_id);
        }
    if (values.count == 0)
        return RCP_SQL_OK;
    return rcp_sql_change(
        run->session, rcp_sql_rows_text(&released, values.count / 2u), &values, NULL);
}

static enum rcp_sql_end mark_by_id(const struct rcp_run *run,
                                   enum rcp_verdict verdict,
                                   struct rcp_sql_rows *texts)
{
    struct rcp_sql_values values = {.count = 0};
    for (uint32_t i = 0; i < run->row_count; i++)
        if (run->rows[i].verdict == verdict)
            rcp_sql_add_number(&values, run->rows[i].row_id);
    if (values.count == 0)
        return RCP_SQL_OK;
    return rcp_sql_change(run->session, rcp_sql_rows_text(texts, values.count), &values, NULL);
}

static enum rcp_sql_end mark_renewed(const struct rcp_run *run)
{
    static struct rcp_sql_rows renewed = {
        .head = "UPDATE payment_failure_log FORCE INDEX (PRIMARY) SET"
                " token_until = UTC_TIMESTAMP(3) + INTERVAL 97200 SECOND WHERE id IN (",
        .row = "?",
        .tail = ")",
    };
    static_assert(RCP_TOKEN_HOLD_MS == 97200000u, "as written into the statement");
    return mark_by_id(run, RCP_VERDICT_RENEW, &renewed);
}

/* Few, and each under the epoch that was told of: a row that was opened again since is another story. */
static enum rcp_sql_end mark_rows_told(const struct rcp_run *run)
{
    static const char sql[] =
        "UPDATE payment_failure_log SET alerted = 1 WHERE id = ? AND epoch = ?";
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; i < run->row_count && end == RCP_SQL_OK; i++) {
        struct rcp_sql_values values = {.count = 0};
        if (run->rows[i].verdict != RCP_VERDICT_ALERT)
            continue;
        rcp_sql_add_number(&values, run->rows[i].row_id);
        rcp_sql_add_number(&values, run->rows[i].epoch);
        end = rcp_sql_change(run->session, sql, &values, NULL);
    }
    return end;
}

static enum rcp_sql_end mark_told(const struct rcp_run *run)
{
    static struct rcp_sql_rows records = {
        .head = "UPDATE payment_parked_record SET alerted = 1 WHERE id IN (",
        .row = "?",
        .tail = ")",
    };
    enum rcp_sql_end end = mark_rows_told(run);
    return end == RCP_SQL_OK ? mark_by_id(run, RCP_VERDICT_ALERT_RECORD, &records) : end;
}

enum rcp_sql_end rcp_payment_mark(struct rcp_run *run)
{
    enum rcp_sql_end end = mark_released(run);
    if (end == RCP_SQL_OK)
        end = mark_renewed(run);
    if (end == RCP_SQL_OK)
        end = mark_told(run);
    for (uint32_t i = 0; i < run->row_count; i++)
        run->rows[i].verdict = RCP_VERDICT_WRITTEN;
    return end;
}

/* --- PARK --- */

enum rcp_sql_end rcp_payment_park(struct rcp_run *run)
{
    static const char sql[] =
        "INSERT INTO payment_parked_record"
        " (topic, partition_number, record_offset, value, created_at)"
        " VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE id = id";
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; i < run->row_count && end == RCP_SQL_OK; i++) {
        struct rcp_sql_values values = {.count = 0};
        rcp_sql_add(&values, rcp_sql_bytes(run->topic, strlen(run->topic)));
        rcp_sql_add_number(&values, run->rows[i].partition);
        rcp_sql_add_number(&values, run->rows[i].offset);
        rcp_sql_add(&values, rcp_sql_bytes(run->raw, run->raw_size));
        end = rcp_sql_change(run->session, sql, &values, NULL);
        run->rows[i].verdict = RCP_VERDICT_WRITTEN;
    }
    return end;
}
