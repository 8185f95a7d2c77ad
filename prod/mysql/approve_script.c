/* APPROVE: upsertEntry(APPROVED) for a group of payments, and their failure rows RESOLVED.
 *
 * First the short way, which is right nearly always: insert all entries as approved, look back only where
 * some were there before, and count them against the activities' capacity. Where that does not fit, all is
 * rolled back and done again the careful way, row by row under all locks. */
#include "core/check.h"
#include "core/payment/entry_table.h"
#include "prod/mysql/payment_tables.h"

/* --- Entries --- */

#define INSERT_ENTRY                                                                        \
    "INSERT INTO campaign_activity_entries (campaign_activity_id, user_id, product_id,"     \
    " status, requested_at, processed_at, created_at, updated_at, unreleased_since, token," \
    " origin, approved_stamp) VALUES "
#define ENTRY_VALUES                                                              \
    "(?, ?, ?, 'APPROVED', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)," \
    " UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), ?, ?, ?)"

/* An entry that is there always changes: so the rows affected are two for it, and one for a new one. Columns
 * are assigned from left to right, the status last. */
static struct rcp_sql_rows guarded = {
    .head = INSERT_ENTRY,
    .row = ENTRY_VALUES,
    .tail = " ON DUPLICATE KEY UPDATE asked_again = asked_again + 1,"
            " product_id = IF(status IN ('APPROVED', 'REJECTED'), product_id, VALUES(product_id)),"
            " processed_at = IF(status IN ('APPROVED', 'REJECTED'), processed_at, "
            "VALUES(processed_at)),"
            " updated_at = IF(status IN ('APPROVED', 'REJECTED'), updated_at, VALUES(updated_at)),"
            " token = IF(status IN ('APPROVED', 'REJECTED'), token, VALUES(token)),"
            " origin = IF(status IN ('APPROVED', 'REJECTED'), origin, VALUES(origin)),"
            " approved_stamp = IF(status IN ('APPROVED', 'REJECTED'), approved_stamp,"
            " VALUES(approved_stamp)),"
            " unreleased_since = IF(status IN ('APPROVED', 'REJECTED'), unreleased_since,"
            " VALUES(unreleased_since)),"
            " status = IF(status IN ('APPROVED', 'REJECTED'), status, 'APPROVED')",
};

static struct rcp_sql_rows blind = {
    .head = INSERT_ENTRY,
    .row = ENTRY_VALUES,
    .tail = " ON DUPLICATE KEY UPDATE asked_again = asked_again + 1,"
            " product_id = VALUES(product_id), processed_at = VALUES(processed_at),"
            " updated_at = VALUES(updated_at), token = VALUES(token), origin = VALUES(origin),"
            " approved_stamp = VALUES(approved_stamp),"
            " unreleased_since = IF(status = 'APPROVED' AND unreleased_since IS NULL, NULL,"
            " VALUES(unreleased_since)),"
            " status = 'APPROVED'",
};

/* Inserts the entries of those rows whose verdict is APPROVED. */
static enum rcp_sql_end insert_approved(const struct rcp_look *look,
                                        struct rcp_sql_rows *texts,
                                        uint64_t *affected)
{
    const struct rcp_run *run = look->run;
    struct rcp_sql_values values = {.count = 0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->row_count; i++) {
        const struct rcp_tx_row *row = &run->rows[i];
        if (row->verdict != RCP_VERDICT_APPROVED)
            continue;
        rcp_sql_add_number(&values, row->payload.activity_id);
        rcp_sql_add_number(&values, row->payload.user_id);
        rcp_sql_add_number(&values, row->payload.product_id);
        rcp_sql_add_bytes(&values, &run->bytes[i].token);
        rcp_sql_add_bytes(&values, &run->bytes[i].origin);
        rcp_sql_add_number(&values, look->stamp);
        count++;
    }
    if (count == 0)
        return RCP_SQL_OK;
    return rcp_sql_change(run->session, rcp_sql_rows_text(texts, count), &values, affected);
}

/* --- Activities --- */

/* Rows are sorted by key, so those of one activity stand together: the index behind them. */
static uint32_t same_activity_until(const struct rcp_run *run, uint32_t from)
{
    uint32_t end = from;
    while (end < run->row_count &&
           run->rows[end].payload.activity_id == run->rows[from].payload.activity_id)
        end++;
    return end;
}

static uint32_t approved_among(const struct rcp_run *run, uint32_t from, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t i = from; i < end; i++)
        count += run->rows[i].verdict == RCP_VERDICT_APPROVED;
    return count;
}

/* Counts the approved rows against their activities. *fits is false where one has no room for all, or is not
 * there. */
static enum rcp_sql_end take_capacity(const struct rcp_run *run, bool *fits)
{
    static const char sql[] =
        "UPDATE campaign_activity_capacity SET approved_count = approved_count + ?"
        " WHERE campaign_activity_id = ? AND approved_count + ? <= capacity";
    for (uint32_t i = 0, end; i < run->row_count; i = end) {
        end = same_activity_until(run, i);
        struct rcp_sql_values values = {.count = 0};
        uint32_t count = approved_among(run, i, end);
        uint64_t matched = 0;
        if (count == 0)
            continue;
        rcp_sql_add_number(&values, count);
        rcp_sql_add_number(&values, run->rows[i].payload.activity_id);
        rcp_sql_add_number(&values, count);
        enum rcp_sql_end sql_end = rcp_sql_change(run->session, sql, &values, &matched);
        if (sql_end != RCP_SQL_OK)
            return sql_end;
        if (matched == 0) {
            *fits = false;
            return RCP_SQL_OK;
        }
    }
    return RCP_SQL_OK;
}

/* One activity as it was read. */
struct activity {
    bool there;
    uint64_t room;
};

static void take_activity(void *context, const struct rcp_sql_value columns[])
{
    struct activity *activity = context;
    activity->there = true;
    activity->room =
        columns[0].number > columns[1].number ? columns[0].number - columns[1].number : 0;
}

/* An activity that is not there is the request's own fault: no repetition helps. */
static enum rcp_sql_end read_activity(const struct rcp_run *run,
                                      uint64_t id,
                                      bool locked,
                                      struct activity *activity)
{
    static const char plain[] = "SELECT capacity, approved_count FROM campaign_activity_capacity"
                                " WHERE campaign_activity_id = ?";
    static const char locking[] = "SELECT capacity, approved_count FROM campaign_activity_capacity"
                                  " WHERE campaign_activity_id = ? FOR UPDATE";
    struct rcp_sql_values values = {.count = 0};
    rcp_sql_add_number(&values, id);
    *activity = (struct activity){0};
    enum rcp_sql_end end =
        rcp_sql_read(run->session, locked ? locking : plain, &values, activity, take_activity);
    return end == RCP_SQL_OK && !activity->there ? RCP_SQL_DATA : end;
}

static enum rcp_sql_end activities_exist(const struct rcp_run *run)
{
    struct activity activity;
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; i < run->row_count && end == RCP_SQL_OK; i = same_activity_until(run, i))
        end = read_activity(run, run->rows[i].payload.activity_id, false, &activity);
    return end;
}

/* --- Failure rows --- */

static bool is_open(enum rcp_row_status status)
{
    return status == RCP_ROW_PENDING || status == RCP_ROW_PROCESSING;
}

/* A retry's row ends with its payment: RESOLVED where the entry is final, FAILED where it does not fit. */
static enum rcp_sql_end close_failures(const struct rcp_run *run)
{
    struct rcp_sql_values settled = {.count = 0}, full = {.count = 0};
    struct rcp_behind behind[RCP_TX_ROWS_MAX];
    enum rcp_sql_end end = rcp_failures_behind(run, behind);
    for (uint32_t i = 0; i < run->row_count && end == RCP_SQL_OK; i++) {
        struct rcp_tx_row *row = &run->rows[i];
        if (behind[i].status == RCP_ROW_NONE)
            continue;
        if (row->verdict == RCP_VERDICT_FULL)
            row->verdict = RCP_VERDICT_PARKED;
        if (row->verdict != RCP_VERDICT_PARKED && behind[i].status != RCP_ROW_RESOLVED)
            rcp_sql_add_number(&settled, row->row_id);
        if (row->verdict == RCP_VERDICT_PARKED && is_open(behind[i].status))
            rcp_sql_add_number(&full, row->row_id);
    }
    if (end == RCP_SQL_OK)
        end = rcp_failures_resolve(run, &settled);
    if (end == RCP_SQL_OK)
        end = rcp_failures_park(run, &full, RCP_PARK_CAPACITY);
    return end;
}

/* --- The short way --- */

/* What an entry that was there says to the row that found it. */
static enum rcp_verdict found(const struct rcp_seen *seen, uint64_t product_id)
{
    if (seen->status == RCP_ENTRY_REJECTED)
        return RCP_VERDICT_REJECTED;
    return !seen->product_known || seen->product_id == product_id ? RCP_VERDICT_ALREADY
                                                                  : RCP_VERDICT_CONFLICT;
}

static enum rcp_sql_end look_back(struct rcp_look *look)
{
    struct rcp_run *run = look->run;
    enum rcp_sql_end end = rcp_entries_read(look, false);
    for (uint32_t i = 0; i < run->row_count && end == RCP_SQL_OK; i++)
        run->rows[i].verdict =
            (uint8_t)(look->seen[i].stamped
                          ? RCP_VERDICT_APPROVED
                          : found(&look->seen[i], run->rows[i].payload.product_id));
    return end;
}

static enum rcp_sql_end the_short_way(struct rcp_look *look, bool *fits)
{
    struct rcp_run *run = look->run;
    bool is_blind = (run->effect->flags & RCP_TX_BLIND) != 0;
    bool counts = (run->effect->flags & RCP_TX_CAPACITY) != 0;
    uint64_t affected = 0;
    for (uint32_t i = 0; i < run->row_count; i++)
        run->rows[i].verdict = RCP_VERDICT_APPROVED;
    enum rcp_sql_end end = counts ? RCP_SQL_OK : activities_exist(run);
    if (end == RCP_SQL_OK)
        end = insert_approved(look, is_blind ? &blind : &guarded, &affected);
    if (end == RCP_SQL_OK && !is_blind && affected != run->row_count)
        end = look_back(look);
    if (end == RCP_SQL_OK)
        end = close_failures(run);
    if (end == RCP_SQL_OK && counts)
        end = take_capacity(run, fits);
    return end;
}

/* --- The careful way --- */

static enum rcp_verdict judge(const struct rcp_seen *seen,
                              const struct rcp_tx_row *row,
                              bool is_blind,
                              uint64_t room)
{
    enum rcp_entry_status to = RCP_ENTRY_APPROVED;
    if (!is_blind && !rcp_entry_next(seen->status, RCP_ENTRY_APPROVE, &to))
        return found(seen, row->payload.product_id);
    return seen->status != RCP_ENTRY_APPROVED && room == 0 ? RCP_VERDICT_FULL
                                                           : RCP_VERDICT_APPROVED;
}

/* First come, first served, in the order of the keys. */
static enum rcp_sql_end judge_all(struct rcp_look *look)
{
    struct rcp_run *run = look->run;
    bool is_blind = (run->effect->flags & RCP_TX_BLIND) != 0;
    for (uint32_t i = 0, stop; i < run->row_count; i = stop) {
        struct activity activity;
        stop = same_activity_until(run, i);
        enum rcp_sql_end end =
            read_activity(run, run->rows[i].payload.activity_id, true, &activity);
        if (end != RCP_SQL_OK)
            return end;
        for (uint32_t at = i; at < stop; at++) {
            enum rcp_verdict verdict =
                judge(&look->seen[at], &run->rows[at], is_blind, activity.room);
            if (verdict == RCP_VERDICT_APPROVED && activity.room > 0)
                activity.room--;
            run->rows[at].verdict = (uint8_t)verdict;
        }
    }
    return RCP_SQL_OK;
}

/* Under the activities' locks; an entry that is overwritten blindly is counted though there is no room. */
static enum rcp_sql_end count_approved(const struct rcp_run *run)
{
    static const char sql[] = "UPDATE campaign_activity_capacity"
                              " SET approved_count = approved_count + ?"
                              " WHERE campaign_activity_id = ?";
    enum rcp_sql_end sql_end = RCP_SQL_OK;
    for (uint32_t i = 0, end; i < run->row_count && sql_end == RCP_SQL_OK; i = end) {
        end = same_activity_until(run, i);
        struct rcp_sql_values values = {.count = 0};
        rcp_sql_add_number(&values, approved_among(run, i, end));
        rcp_sql_add_number(&values, run->rows[i].payload.activity_id);
        if (values.at[0].number > 0)
            sql_end = rcp_sql_change(run->session, sql, &values, NULL);
    }
    return sql_end;
}

static enum rcp_sql_end the_careful_way(struct rcp_look *look)
{
    struct rcp_run *run = look->run;
    enum rcp_sql_end end = rcp_entries_hold(look);
    if (end == RCP_SQL_OK)
        end = rcp_entries_read(look, false);
    if (end == RCP_SQL_OK)
        end = judge_all(look);
    if (end == RCP_SQL_OK)
        end = insert_approved(look, &blind, NULL);
    if (end == RCP_SQL_OK)
        end = rcp_entries_let_go(look);
    if (end == RCP_SQL_OK)
        end = count_approved(run);
    return end == RCP_SQL_OK ? close_failures(run) : end;
}

enum rcp_sql_end rcp_payment_approve(struct rcp_run *run)
{
    struct rcp_look look = {.run = run, .stamp = rcp_session_stamp(run->session)};
    uint32_t both = RCP_TX_BLIND | RCP_TX_CAPACITY;
    bool fits = (run->effect->flags & both) != both; /* overwriting and counting needs care */
    if (fits) {
        enum rcp_sql_end end = the_short_way(&look, &fits);
        if (end != RCP_SQL_OK || fits)
            return end;
        end = rcp_session_rollback(run->session);
        if (end != RCP_SQL_OK)
            return end;
    }
    return the_careful_way(&look);
}
