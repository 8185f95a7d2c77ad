/* The first document's tables as its scripts read and write them: entries by key, failure rows by id. */
#include "prod/mysql/payment_tables.h"

#include "core/check.h"
#include "prod/payload_json.h"
#include "prod/version.h"

#include <string.h>

/* --- Keys --- */

static void add_key(struct rcp_sql_values *values, const struct rcp_tx_row *row)
{
    rcp_sql_add_number(values, row->payload.activity_id);
    rcp_sql_add_number(values, row->payload.user_id);
}

void rcp_add_keys(struct rcp_sql_values *values, const struct rcp_run *run)
{
    for (uint32_t i = 0; i < run->row_count; i++)
        add_key(values, &run->rows[i]);
}

static struct rcp_seen *seen_of(struct rcp_look *look, uint64_t activity_id, uint64_t user_id)
{
    for (uint32_t i = 0; i < look->run->row_count; i++) {
        const struct rcp_payload *payload = &look->run->rows[i].payload;
        if (payload->activity_id == activity_id && payload->user_id == user_id)
            return &look->seen[i];
    }
    return NULL;
}

/* --- Entries --- */

enum rcp_sql_end rcp_entries_hold(struct rcp_look *look)
{
    static struct rcp_sql_rows hold = {
        .head = "INSERT INTO campaign_activity_entries (campaign_activity_id, user_id, status,"
                " requested_at, created_at, updated_at, approved_stamp) VALUES ",
        .row = "(?, ?, 'PENDING', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), ?)",
        .tail = " ON DUPLICATE KEY UPDATE asked_again = asked_again + 1",
    };
    struct rcp_sql_values values = {.count = 0};
    for (uint32_t i = 0; i < look->run->row_count; i++) {
        add_key(&values, &look->run->rows[i]);
        rcp_sql_add_number(&values, look->stamp);
    }
    return rcp_sql_change(
        look->run->session, rcp_sql_rows_text(&hold, look->run->row_count), &values, NULL);
}

/* Only this form of DELETE takes an index hint, and without it a small table is read, and locked, row by row. */
enum rcp_sql_end rcp_entries_let_go(struct rcp_look *look)
{
    static struct rcp_sql_rows let_go = {
        .head = "DELETE e FROM campaign_activity_entries AS e FORCE INDEX (PRIMARY)"
                " WHERE (campaign_activity_id, user_id) IN (",
        .row = "(?, ?)",
        .tail = ") AND status = 'PENDING' AND approved_stamp = ?",
    };
    struct rcp_sql_values values = {.count = 0};
    uint32_t held = 0;
    for (uint32_t i = 0; i < look->run->row_count; i++)
        if (look->seen[i].placeholder) {
            add_key(&values, &look->run->rows[i]);
            held++;
        }
    if (held == 0)
        return RCP_SQL_OK;
    rcp_sql_add_number(&values, look->stamp);
    return rcp_sql_change(look->run->session, rcp_sql_rows_text(&let_go, held), &values, NULL);
}

#define ENTRY_COLUMNS                                                                  \
    "SELECT campaign_activity_id, user_id,"                                            \
    " FIELD(status, 'PENDING', 'APPROVED', 'REJECTED', 'DUPLICATED'), approved_stamp," \
    " product_id FROM campaign_activity_entries FORCE INDEX (PRIMARY)"                 \
    " WHERE (campaign_activity_id, user_id) IN ("

static void see_entry(void *context, const struct rcp_sql_value columns[])
{
    struct rcp_look *look = context;
    struct rcp_seen *seen = seen_of(look, columns[0].number, columns[1].number);
    if (seen == NULL)
        return;
    seen->stamped = columns[3].number == look->stamp;
    seen->status = (enum rcp_entry_status)columns[2].number;
    seen->placeholder = seen->stamped && seen->status == RCP_ENTRY_PENDING;
    if (seen->placeholder)
        seen->status = RCP_ENTRY_NONE;
    seen->product_known = columns[4].kind == RCP_SQL_NUMBER;
    seen->product_id = seen->product_known ? columns[4].number : 0;
}

enum rcp_sql_end rcp_entries_read(struct rcp_look *look, bool locked)
{
    static struct rcp_sql_rows plain = {.head = ENTRY_COLUMNS, .row = "(?, ?)", .tail = ")"};
    static struct rcp_sql_rows locking = {
        .head = ENTRY_COLUMNS,
        .row = "(?, ?)",
        .tail = ") ORDER BY campaign_activity_id, user_id FOR UPDATE",
    };
    struct rcp_sql_values values = {.count = 0};
    rcp_add_keys(&values, look->run);
    memset(look->seen, 0, sizeof look->seen);
    return rcp_sql_read(look->run->session,
                        rcp_sql_rows_text(locked ? &locking : &plain, look->run->row_count),
                        &values,
                        look,
                        see_entry);
}

enum rcp_sql_end rcp_entries_reject(struct rcp_look *look, const bool chosen[])
{
    static struct rcp_sql_rows reject = {
        .head = "UPDATE campaign_activity_entries FORCE INDEX (PRIMARY) SET status = 'REJECTED',"
                " processed_at = UTC_TIMESTAMP(3), updated_at = UTC_TIMESTAMP(3)"
                " WHERE (campaign_activity_id, user_id) IN (" RCP_KEY_OF_NOBODY,
        .row = "(?, ?)",
        .tail = ") AND status IN ('PENDING', 'DUPLICATED')",
    };
    struct rcp_sql_values values = {.count = 0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < look->run->row_count; i++)
        if (chosen[i]) {
            add_key(&values, &look->run->rows[i]);
            look->seen[i].placeholder = false;
            count++;
        }
    if (count == 0)
        return RCP_SQL_OK;
    return rcp_sql_change(look->run->session, rcp_sql_rows_text(&reject, count), &values, NULL);
}

/* --- Failure rows --- */

static void see_failure(void *context, const struct rcp_sql_value columns[])
{
    struct rcp_seen *seen = seen_of(context, columns[0].number, columns[1].number);
    if (seen == NULL)
        return;
    if (columns[2].number != 0)
        seen->parked = true;
    else
        seen->open = true;
}

enum rcp_sql_end rcp_failures_read(struct rcp_look *look)
{
    static struct rcp_sql_rows failures = {
        .head = "SELECT campaign_activity_id, user_id, status = 'FAILED' FROM payment_failure_log"
                " FORCE INDEX (uk_one_open) WHERE (campaign_activity_id, user_id) IN (",
        .row = "(?, ?)",
        .tail = ") AND status IN ('PENDING', 'PROCESSING', 'FAILED')",
    };
    struct rcp_sql_values values = {.count = 0};
    rcp_add_keys(&values, look->run);
    return rcp_sql_read(look->run->session,
                        rcp_sql_rows_text(&failures, look->run->row_count),
                        &values,
                        look,
                        see_failure);
}

enum rcp_sql_end rcp_look_held(struct rcp_look *look)
{
    look->stamp = rcp_session_stamp(look->run->session);
    enum rcp_sql_end end = rcp_entries_hold(look);
    if (end == RCP_SQL_OK)
        end = rcp_entries_read(look, false);
    return end == RCP_SQL_OK ? rcp_failures_read(look) : end;
}

void rcp_take_id(void *context, const struct rcp_sql_value columns[])
{
    struct rcp_sql_values *ids = context;
    if (ids->count < RCP_TX_ROWS_MAX)
        rcp_sql_add(ids, rcp_sql_number(columns[0].number));
}

enum rcp_verdict rcp_seen_verdict(const struct rcp_seen *seen, uint64_t product_id)
{
    if (seen->status == RCP_ENTRY_APPROVED)
        return product_id != 0 && seen->product_known && product_id != seen->product_id
                   ? RCP_VERDICT_CONFLICT
                   : RCP_VERDICT_APPROVED;
    if (seen->status == RCP_ENTRY_REJECTED)
        return RCP_VERDICT_REJECTED;
    if (seen->open)
        return RCP_VERDICT_OPEN;
    return seen->parked ? RCP_VERDICT_PARKED : RCP_VERDICT_NOTHING;
}

const char *rcp_cause_sentence(enum rcp_park_cause cause)
{
    switch (cause) {
    case RCP_PARK_NONE:
        return "the entry could not be written; it is tried again";
    case RCP_PARK_ATTEMPTS:
        return "parked: its handler failed too often";
    case RCP_PARK_SENDS:
        return "parked: sent too often without an end";
    case RCP_PARK_AGE:
        return "parked: open for longer than a day";
    case RCP_PARK_CAPACITY:
        return "parked: the activity is sold out";
    case RCP_PARK_FENCED:
        return "parked: accepted into the topic alone, and rejected before its record came";
    case RCP_PARK_OPERATOR:
        return "parked: by an operator";
    case RCP_PARK_CAUSE_COUNT:
        break;
    }
    rcp_check_failed("park_cause_exists");
}

/* The payload as text, of all rows of one statement. */
struct payloads {
    char text[RCP_TX_ROWS_MAX][RCP_PAYLOAD_JSON_MAX];
};

static void add_failure(struct rcp_sql_values *values,
                        const struct rcp_tx_row *row,
                        const struct rcp_tx_bytes *bytes,
                        char text[RCP_PAYLOAD_JSON_MAX],
                        bool one_open)
{
    enum rcp_park_cause cause = (enum rcp_park_cause)row->cause;
    const char *sentence = rcp_cause_sentence(cause);
    rcp_sql_add_number(values, row->payload.user_id);
    rcp_sql_add(values, rcp_sql_bytes(text, rcp_payload_write(&row->payload, text)));
    rcp_sql_add(values, rcp_sql_bytes(sentence, strlen(sentence)));
    rcp_sql_add_number(values, cause == RCP_PARK_NONE);
    rcp_sql_add_number(values, (uint64_t)row->delay_ms * 1000u);
    rcp_sql_add_number(values, row->payload.activity_id);
    rcp_sql_add_number(values, row->payload.product_id);
    rcp_sql_add_number(values, row->payload.quantity);
    rcp_sql_add_number(values, row->payload.type);
    rcp_sql_add_bytes(values, &bytes->token);
    rcp_sql_add_bytes(values, &bytes->origin);
    rcp_sql_add_number(values, row->alone);
    rcp_sql_add_number(values, row->cause);
    rcp_sql_add(values,
                one_open && cause == RCP_PARK_NONE ? rcp_sql_number(1)
                                                   : (struct rcp_sql_value){.kind = RCP_SQL_NULL});
}

/* A row that is parked from its first moment has a line, as any other that is parked; few are. */
static enum rcp_sql_end tell_born_parked(const struct rcp_run *run,
                                         const bool chosen[],
                                         uint64_t first_id)
{
    static const char sql[] =
        "SELECT id FROM payment_failure_log FORCE INDEX (uk_one_open)"
        " WHERE campaign_activity_id = ? AND user_id = ? AND status = 'FAILED' AND id >= ?";
    struct rcp_sql_values ids = {.count = 0};
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; i < run->row_count && end == RCP_SQL_OK; i++) {
        struct rcp_sql_values values = {.count = 0};
        if (!chosen[i] || run->rows[i].cause == RCP_PARK_NONE)
            continue;
        add_key(&values, &run->rows[i]);
        rcp_sql_add_number(&values, first_id);
        end = rcp_sql_read(run->session, sql, &values, &ids, rcp_take_id);
    }
    return end == RCP_SQL_OK ? rcp_attempts_tell(run, &ids, RCP_ATTEMPT_PARKED, RCP_ERROR_NONE)
                             : end;
}

enum rcp_sql_end rcp_failures_insert(struct rcp_run *run, const bool chosen[], bool one_open)
{
    static struct rcp_sql_rows insert = {
        .head = "INSERT INTO payment_failure_log (user_id, payload, error_message, status,"
                " retry_count, next_retry_at, created_at, updated_at, campaign_activity_id,"
                " product_id, quantity, activity_type, token, origin, alone, park_cause, open_one,"
                " row_version)"
                " VALUES ",
        .row = "(?, ?, ?, IF(? = 1, 'PENDING', 'FAILED'), 0,"
               " UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3),"
               " ?, ?, ?, ?, ?, ?, ?, ?, ?, " RCP_VERSION_TEXT(RCP_ROW_VERSION_WRITTEN) ")",
        .tail = "",
    };
    struct payloads payloads = {0};
    struct rcp_sql_values values = {.count = 0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->row_count; i++)
        if (chosen[i])
            add_failure(&values, &run->rows[i], &run->bytes[i], payloads.text[count++], one_open);
    if (count == 0)
        return RCP_SQL_OK;
    enum rcp_sql_end end =
        rcp_sql_change(run->session, rcp_sql_rows_text(&insert, count), &values, NULL);
    return end == RCP_SQL_OK ? tell_born_parked(run, chosen, rcp_session_inserted(run->session))
                             : end;
}

struct behind_look {
    const struct rcp_run *run;
    struct rcp_behind *behind;
};

static void see_behind(void *context, const struct rcp_sql_value columns[])
{
    const struct behind_look *look = context;
    for (uint32_t i = 0; i < look->run->row_count; i++) {
        const struct rcp_tx_row *row = &look->run->rows[i];
        if (row->row_id != columns[0].number || row->payload.activity_id != columns[1].number ||
            row->payload.user_id != columns[2].number)
            continue;
        look->behind[i].status = (enum rcp_row_status)columns[3].number;
        look->behind[i].claimed =
            look->behind[i].status == RCP_ROW_PROCESSING && columns[4].number == row->epoch;
    }
}

enum rcp_sql_end rcp_failures_behind(const struct rcp_run *run,
                                     struct rcp_behind behind[RCP_TX_ROWS_MAX])
{
    static struct rcp_sql_rows lock = {
        .head = "SELECT id, campaign_activity_id, user_id,"
                " FIELD(status, 'PENDING', 'PROCESSING', 'RESOLVED', 'FAILED'), epoch"
                " FROM payment_failure_log FORCE INDEX (PRIMARY) WHERE id IN (",
        .row = "?",
        .tail = ") ORDER BY id FOR UPDATE",
    };
    struct behind_look look = {run, behind};
    struct rcp_sql_values values = {.count = 0};
    memset(behind, 0, RCP_TX_ROWS_MAX * sizeof behind[0]);
    for (uint32_t i = 0; i < run->row_count; i++)
        if (run->rows[i].row_id != 0)
            rcp_sql_add_number(&values, run->rows[i].row_id);
    if (values.count == 0)
        return RCP_SQL_OK;
    return rcp_sql_read(
        run->session, rcp_sql_rows_text(&lock, values.count), &values, &look, see_behind);
}

enum rcp_sql_end rcp_failures_resolve(const struct rcp_run *run, const struct rcp_sql_values *ids)
{
    static struct rcp_sql_rows resolve = {
        .head = "UPDATE payment_failure_log FORCE INDEX (PRIMARY) SET status = 'RESOLVED',"
                " open_one = NULL, updated_at = UTC_TIMESTAMP(3) WHERE id IN (",
        .row = "?",
        .tail = ") AND status IN ('PENDING', 'PROCESSING', 'FAILED')",
    };
    if (ids->count == 0)
        return RCP_SQL_OK;
    enum rcp_sql_end end =
        rcp_sql_change(run->session, rcp_sql_rows_text(&resolve, ids->count), ids, NULL);
    return end == RCP_SQL_OK ? rcp_attempts_tell(run, ids, RCP_ATTEMPT_RESOLVED, RCP_ERROR_NONE)
                             : end;
}

enum rcp_sql_end rcp_failures_park(const struct rcp_run *run,
                                   const struct rcp_sql_values *ids,
                                   enum rcp_park_cause cause)
{
    static struct rcp_sql_rows park = {
        .head = "UPDATE payment_failure_log FORCE INDEX (PRIMARY) SET status = 'FAILED',"
                " open_one = NULL, park_cause = ?, error_message = ?,"
                " updated_at = UTC_TIMESTAMP(3) WHERE id IN (",
        .row = "?",
        .tail = ") AND status IN ('PENDING', 'PROCESSING')",
    };
    if (ids->count == 0)
        return RCP_SQL_OK;
    const char *sentence = rcp_cause_sentence(cause);
    struct rcp_sql_values values = {.count = 0};
    rcp_sql_add_number(&values, cause);
    rcp_sql_add(&values, rcp_sql_bytes(sentence, strlen(sentence)));
    for (uint32_t i = 0; i < ids->count; i++)
        rcp_sql_add(&values, ids->at[i]);
    enum rcp_sql_end end =
        rcp_sql_change(run->session, rcp_sql_rows_text(&park, ids->count), &values, NULL);
    return end == RCP_SQL_OK ? rcp_attempts_tell(run, ids, RCP_ATTEMPT_PARKED, RCP_ERROR_NONE)
                             : end;
}

struct rcp_tx_row *rcp_failure_take(struct rcp_run *run, const struct rcp_sql_value columns[])
{
    struct rcp_tx_row *row = &run->rows[run->row_count];
    struct rcp_tx_bytes *bytes = &run->bytes[run->row_count];
    run->row_count++;
    *row = (struct rcp_tx_row){
        .payload = {.activity_id = columns[1].number,
                    .user_id = columns[2].number,
                    .product_id = columns[3].number,
                    .quantity = (uint32_t)columns[4].number,
                    .type = (uint32_t)columns[5].number},
        .row_id = (uint32_t)columns[0].number,
        .epoch = (uint32_t)columns[8].number,
        .attempt = (uint8_t)columns[9].number,
        .sends = (uint8_t)columns[10].number,
        .alone = (uint8_t)columns[11].number,
        .cause = (uint8_t)columns[12].number,
    };
    rcp_sql_take_bytes(&columns[6], &bytes->token);
    rcp_sql_take_bytes(&columns[7], &bytes->origin);
    return row;
}
