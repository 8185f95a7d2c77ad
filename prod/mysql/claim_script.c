/* CLAIM: due failure rows, oldest first, become PROCESSING under an owner, a lease and the next epoch; those
 * that are worn out are parked instead. What all nodes claim in a minute is capped. */
#include "prod/mysql/payment_tables.h"
#include "prod/version.h"

#define FAILURES_DUE                                                                         \
    "SELECT " RCP_FAILURE_COLUMNS ", created_at + INTERVAL 86400 SECOND <= UTC_TIMESTAMP(3)" \
    " FROM payment_failure_log FORCE INDEX (idx_due)"                                        \
    " WHERE due_at < UTC_TIMESTAMP(3) AND row_version <= " RCP_VERSION_TEXT(RCP_ROW_VERSION_READ)

static_assert(RCP_AGE_MAX_MS == 86400000u, "as written into the statement");

/* --- The rate of all nodes together --- */

struct rate {
    uint64_t minute; /* now, by the database's clock */
    uint64_t used;   /* in it, so far */
};

static void take_rate(void *context, const struct rcp_sql_value columns[])
{
    struct rate *rate = context;
    rate->minute = columns[0].number;
    rate->used = columns[1].number == columns[0].number ? columns[2].number : 0;
}

/* Locked: claims of all nodes come one after the other, which is short. */
static enum rcp_sql_end read_rate(const struct rcp_run *run, bool locked, struct rate *rate)
{
    static const char plain[] =
        "SELECT CAST(FLOOR(UNIX_TIMESTAMP() / 60) AS UNSIGNED), minute, used"
        " FROM payment_claim_rate WHERE id = 1";
    static const char locking[] =
        "SELECT CAST(FLOOR(UNIX_TIMESTAMP() / 60) AS UNSIGNED), minute, used"
        " FROM payment_claim_rate WHERE id = 1 FOR UPDATE";
    struct rcp_sql_values none = {.count = 0};
    return rcp_sql_read(run->session, locked ? locking : plain, &none, rate, take_rate);
}

static enum rcp_sql_end write_rate(const struct rcp_run *run, const struct rate *rate)
{
    static const char sql[] = "UPDATE payment_claim_rate SET minute = ?, used = ? WHERE id = 1";
    struct rcp_sql_values values = {.count = 0};
    rcp_sql_add_number(&values, rate->minute);
    rcp_sql_add_number(&values, rate->used + run->row_count);
    return rcp_sql_change(run->session, sql, &values, NULL);
}

/* --- Picking --- */

struct picked {
    struct rcp_run *run;
    uint32_t page;
    bool too_old[RCP_TX_ROWS_MAX];
};

static void take_due(void *context, const struct rcp_sql_value columns[])
{
    struct picked *picked = context;
    if (picked->run->row_count == picked->page) {
        picked->run->more = true;
        return;
    }
    picked->too_old[picked->run->row_count] = columns[RCP_FAILURE_COLUMN_COUNT].number != 0;
    rcp_failure_take(picked->run, columns);
}

static enum rcp_sql_end pick(struct picked *picked, uint32_t flags)
{
    static const char plain_pending[] =
        FAILURES_DUE " AND status = 'PENDING' ORDER BY due_at, id LIMIT ?";
    static const char plain[] = FAILURES_DUE " ORDER BY due_at, id LIMIT ?";
    static const char locking[] =
        FAILURES_DUE " ORDER BY due_at, id LIMIT ? FOR UPDATE SKIP LOCKED";
    const char *sql = (flags & RCP_TX_PLAIN) == 0        ? locking
                      : (flags & RCP_TX_LEAVE_OPEN) != 0 ? plain_pending
                                                         : plain;
    struct rcp_sql_values values = {.count = 0};
    rcp_sql_add_number(&values, picked->page + 1u); /* one more, to know whether there is more */
    return rcp_sql_read(picked->run->session, sql, &values, picked, take_due);
}

/* --- Parking what is worn out --- */

static enum rcp_park_cause worn_out(const struct picked *picked, uint32_t i)
{
    if (picked->too_old[i])
        return RCP_PARK_AGE;
    return picked->run->rows[i].sends >= RCP_SENDS_MAX ? RCP_PARK_SENDS : RCP_PARK_NONE;
}

static void move_row(struct rcp_run *run, uint32_t from, uint32_t to)
{
    if (from == to)
        return;
    run->rows[to] = run->rows[from];
    run->bytes[to] = run->bytes[from];
}

static enum rcp_sql_end park_worn_out(const struct picked *picked)
{
    struct rcp_run *run = picked->run;
    struct rcp_sql_values old = {.count = 0}, sent = {.count = 0};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < run->row_count; i++) {
        enum rcp_park_cause cause = worn_out(picked, i);
        if (cause == RCP_PARK_NONE)
            move_row(run, i, kept++);
        else
            rcp_sql_add_number(cause == RCP_PARK_AGE ? &old : &sent, run->rows[i].row_id);
    }
    run->row_count = kept;
    enum rcp_sql_end end = rcp_failures_park(run, &old, RCP_PARK_AGE);
    return end == RCP_SQL_OK ? rcp_failures_park(run, &sent, RCP_PARK_SENDS) : end;
}

/* --- Claiming --- */

/* The lease covers a lag that grows: it doubles with each send. Assigned from left to right: the lease
 * before the send is counted. */
#define SET_CLAIMED                                                                 \
    " SET status = 'PROCESSING', owner = ?, updated_at = UTC_TIMESTAMP(3),"         \
    " next_retry_at = UTC_TIMESTAMP(3) + INTERVAL (120 << LEAST(sends, 6)) SECOND," \
    " sends = sends + 1,"

static_assert(RCP_LEASE_MS == 120000u && RCP_LEASE_SHIFT_MAX == 6u, "as written above");

static void count_claim(struct rcp_tx_row *row)
{
    row->epoch++;
    row->sends++;
}

/* Under the rows' locks. */
static enum rcp_sql_end claim_locked(const struct rcp_run *run)
{
    static struct rcp_sql_rows claim = {
        .head = "UPDATE payment_failure_log FORCE INDEX (PRIMARY)" SET_CLAIMED
                " epoch = epoch + 1 WHERE id IN (",
        .row = "?",
        .tail = ")",
    };
    struct rcp_sql_values values = {.count = 0};
    if (run->row_count == 0)
        return RCP_SQL_OK;
    rcp_sql_add_number(&values, run->effect->owner);
    for (uint32_t i = 0; i < run->row_count; i++) {
        rcp_sql_add_number(&values, run->rows[i].row_id);
        count_claim(&run->rows[i]);
    }
    return rcp_sql_change(run->session, rcp_sql_rows_text(&claim, run->row_count), &values, NULL);
}

/* Documented: by id of what was read before, unless it was closed meanwhile. */
static enum rcp_sql_end claim_plain(struct rcp_run *run)
{
    static const char sql[] = "UPDATE payment_failure_log" SET_CLAIMED
                              " epoch = ? WHERE id = ? AND status IN ('PENDING', 'PROCESSING')";
    uint32_t kept = 0;
    for (uint32_t i = 0; i < run->row_count; i++) {
        struct rcp_sql_values values = {.count = 0};
        uint64_t matched = 0;
        rcp_sql_add_number(&values, run->effect->owner);
        rcp_sql_add_number(&values, run->rows[i].epoch + 1u);
        rcp_sql_add_number(&values, run->rows[i].row_id);
        enum rcp_sql_end end = rcp_sql_change(run->session, sql, &values, &matched);
        if (end != RCP_SQL_OK)
            return end;
        if (matched == 0)
            continue;
        count_claim(&run->rows[i]);
        move_row(run, i, kept++);
    }
    run->row_count = kept;
    return RCP_SQL_OK;
}

static enum rcp_sql_end tell_claimed(const struct rcp_run *run)
{
    struct rcp_sql_values ids = {.count = 0};
    for (uint32_t i = 0; i < run->row_count; i++)
        rcp_sql_add_number(&ids, run->rows[i].row_id);
    return rcp_attempts_tell(run, &ids, RCP_ATTEMPT_CLAIMED, RCP_ERROR_NONE);
}

enum rcp_sql_end rcp_payment_claim(struct rcp_run *run)
{
    uint32_t flags = run->effect->flags;
    bool selects = (flags & RCP_TX_LEAVE_OPEN) != 0; /* FINISH writes */
    struct picked picked = {.run = run, .page = run->effect->page};
    struct rate rate = {0};
    run->row_count = 0;
    run->more = false;
    enum rcp_sql_end end = read_rate(run, !selects, &rate);
    if (end != RCP_SQL_OK)
        return end;
    uint64_t left = rate.used < run->claims_per_minute ? run->claims_per_minute - rate.used : 0;
    if (left == 0)
        return RCP_SQL_OK; /* no hurry: the next tick is in another minute */
    if (left < picked.page)
        picked.page = (uint32_t)left;
    end = pick(&picked, flags);
    if (end != RCP_SQL_OK || selects)
        return end;
    end = park_worn_out(&picked);
    if (end == RCP_SQL_OK)
        end = (flags & RCP_TX_PLAIN) != 0 ? claim_plain(run) : claim_locked(run);
    if (end == RCP_SQL_OK)
        end = tell_claimed(run);
    return end == RCP_SQL_OK ? write_rate(run, &rate) : end;
}
