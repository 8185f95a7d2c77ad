/* Each look is a few queries, and each query a table of the answer. A query's columns are named in it, in the same
 * order: the answer has them under these names. Tokens are in none of them. Times are UTC. */
#include "prod/ctl/find.h"

#include "core/payment.h"
#include "prod/version.h"

#include <assert.h>
#include <string.h>

#define COLUMNS_MAX 16u

static_assert(RCP_PARK_CAUSE_COUNT == 7, "a word for each cause, in CAUSE");
static_assert(RCP_ERROR_CLASS_COUNT == 4, "words for each class but NONE, in ATTEMPT_MESSAGE");

/* What goes into a query's placeholders. */
enum value { VALUE_NONE, VALUE_LIMIT, VALUE_KEY, VALUE_ORDER, VALUE_NAME };

struct query {
    const char *table; /* its name in the answer; NULL ends the list */
    const char *sql;
    const char *columns[COLUMNS_MAX];
    enum value value; /* LIMIT, ORDER: one number; KEY: activity and user; NAME: the object's */
};

#define CAUSE \
    "ELT(park_cause + 1, 'none', 'attempts', 'sends', 'age', 'capacity', 'fenced', 'operator')"
#define PAYMENT_COLUMNS                                                                      \
    "SELECT CONCAT(campaign_activity_id, '/', user_id), id, status, " CAUSE ", retry_count," \
    " sends, created_at, updated_at, next_retry_at, LEFT(error_message, 100)"
#define OF_PAYMENTS " FROM payment_failure_log"
#define PAYMENT_NAMES                                                                     \
    "payment", "row", "status", "cause", "attempts", "sends", "created_at", "updated_at", \
        "next_at", "message"

/* So many changes of a row, at least, have no line in payment_attempt_log: a process of a version before it made them.
 * Each claim and each reopening has an epoch of its own, and the last line is as young as the row. */
#define UNTOLD                                                                           \
    "(SELECT GREATEST("                                                                  \
    "CAST(payment_failure_log.epoch AS SIGNED) - COUNT(DISTINCT NULLIF(told.epoch, 0))," \
    " COALESCE(updated_at > MAX(changed_at), status <> 'PENDING'))"                      \
    " FROM payment_attempt_log AS told WHERE failure_id = id)"
#define ATTEMPT_MESSAGE                                                                          \
    "COALESCE(ELT(error + 0, 'the database could not be reached', 'others held its rows for too" \
    " long', 'the database does not take its entry'),"                                           \
    " ELT(outcome + 0, 'on its way to be tried', 'an operator has it tried anew',"               \
    " 'it could not be sent', 'its entry could not be written',"                                 \
    " 'nobody knows whether its entry was written', 'it waits for a person',"                    \
    " 'its payment is decided'))"
#define ORDER_COLUMNS                                                                            \
    "SELECT order_id, user_id, status, paid_amount, pg_open, asked, attempted_at, next_query_at" \
    " FROM payments"
#define ORDER_NAMES                                                                         \
    {                                                                                       \
        "order", "user", "status", "by_card", "pg_open", "asked", "attempted_at", "next_at" \
    }
#define REFUND_COLUMNS "SELECT id, order_id, status, amount, tries, created_at, due_at FROM refunds"
#define REFUND_NAMES                                                            \
    {                                                                           \
        "refund", "order", "status", "amount", "tries", "created_at", "next_at" \
    }

/* --- Lists: in the order of an index, so that a long one costs no more than a short one --- */

static const struct query parked_payments[] = {
    {"payments",
     PAYMENT_COLUMNS OF_PAYMENTS " WHERE status = 'FAILED' ORDER BY next_retry_at LIMIT ?",
     {PAYMENT_NAMES},
     VALUE_LIMIT},
    {"records",
     "SELECT id, CONCAT(topic, '/', partition_number, '/', record_offset), OCTET_LENGTH(value),"
     " created_at FROM payment_parked_record ORDER BY id LIMIT ?",
     {"record", "at", "bytes", "created_at"},
     VALUE_LIMIT},
    {.table = NULL},
};

static const struct query pending_payments[] = {
    {"payments",
     PAYMENT_COLUMNS OF_PAYMENTS " WHERE due_at IS NOT NULL ORDER BY due_at LIMIT ?",
     {PAYMENT_NAMES},
     VALUE_LIMIT},
    {.table = NULL},
};

static const struct query parked_orders[] = {
    {"orders",
     ORDER_COLUMNS " WHERE status IN ('UNKNOWN', 'REVIEW') ORDER BY order_id LIMIT ?",
     ORDER_NAMES,
     VALUE_LIMIT},
    {"refunds",
     REFUND_COLUMNS " WHERE status = 'REFUND_PARKED' ORDER BY id LIMIT ?",
     REFUND_NAMES,
     VALUE_LIMIT},
    {.table = NULL},
};

static const struct query pending_orders[] = {
    {"orders",
     ORDER_COLUMNS " WHERE next_query_at IS NOT NULL ORDER BY next_query_at LIMIT ?",
     ORDER_NAMES,
     VALUE_LIMIT},
    {"refunds",
     REFUND_COLUMNS " WHERE due_at IS NOT NULL ORDER BY due_at LIMIT ?",
     REFUND_NAMES,
     VALUE_LIMIT},
    {.table = NULL},
};

/* --- One payment, one order --- */

static const struct query one_payment[] = {
    {"entry",
     "SELECT CONCAT(campaign_activity_id, '/', user_id), status, product_id, asked_again,"
     " requested_at, processed_at, unreleased_since FROM campaign_activity_entries"
     " WHERE campaign_activity_id = ? AND user_id = ?",
     {"payment",
      "status",
      "product",
      "asked_again",
      "requested_at",
      "processed_at",
      "unreleased_since"},
     VALUE_KEY},
    {"rows",
     PAYMENT_COLUMNS ", " UNTOLD OF_PAYMENTS
                     " WHERE campaign_activity_id = ? AND user_id = ? ORDER BY id",
     {PAYMENT_NAMES, "untold"},
     VALUE_KEY},
    {"attempts",
     "SELECT failure_id, epoch, changed_at, node, outcome, attempts, " CAUSE ", " ATTEMPT_MESSAGE
     ", due_at FROM payment_attempt_log WHERE failure_id IN (SELECT id FROM payment_failure_log"
     " WHERE campaign_activity_id = ? AND user_id = ?) AND row_version <= " RCP_VERSION_TEXT(
         RCP_ROW_VERSION_READ) " ORDER BY failure_id, epoch, outcome",
     {"row", "try", "at", "node", "outcome", "attempts", "cause", "message", "next_at"},
     VALUE_KEY},
    {.table = NULL},
};

static const struct query one_order[] = {
    {"order",
     "SELECT id, user_id, status, created_at, updated_at FROM orders WHERE id = ?",
     {"order", "user", "status", "created_at", "updated_at"},
     VALUE_ORDER},
    {"lines",
     "SELECT line_no, product_id, quantity FROM order_lines WHERE order_id = ? ORDER BY line_no",
     {"line", "product", "quantity"},
     VALUE_ORDER},
    {"charge",
     "SELECT status, failure, total_amount, used_point, coupon_discount, paid_amount,"
     " external_payment_key, version FROM payments WHERE order_id = ?",
     {"status", "failure", "total", "points", "coupon", "by_card", "pg_key", "version"},
     VALUE_ORDER},
    {"attempts",
     "SELECT tries, asked, misses, silent, pg_open, attempted_at, sent_at, sighted_at, missed_at,"
     " next_query_at FROM payments WHERE order_id = ?",
     {"sent",
      "asked",
      "not_found",
      "silent",
      "pg_open",
      "attempted_at",
      "sent_at",
      "sighted_at",
      "missed_at",
      "next_at"},
     VALUE_ORDER},
    {"refunds",
     "SELECT id, transaction_key, status, amount, tries, created_at, due_at FROM refunds"
     " WHERE order_id = ? ORDER BY id",
     {"refund", "pg_key", "status", "amount", "tries", "created_at", "next_at"},
     VALUE_ORDER},
    {.table = NULL},
};

static const struct query audit[] = {
    {"operators",
     "SELECT id, at, who, verb, outcome, reason, LEFT(answer, 100) FROM operator_audit"
     " WHERE object = ? ORDER BY id",
     {"audit", "at", "who", "verb", "outcome", "reason", "answer"},
     VALUE_NAME},
    {.table = NULL},
};

/* --- Running them --- */

struct finding {
    const struct query *query;
    json_t *rows;
    uint32_t limit; /* rows at most; one more says that there are more */
    bool more;
};

static json_t *to_json(const struct rcp_sql_value *column)
{
    json_t *value = NULL;
    if (column->kind == RCP_SQL_NUMBER)
        return json_integer((json_int_t)column->number);
    if (column->kind == RCP_SQL_TEXT)
        value = json_stringn(column->text, column->text_size);
    return value != NULL ? value : json_null(); /* NULL, or no UTF-8 */
}

static void take(void *context, const struct rcp_sql_value columns[])
{
    struct finding *finding = context;
    finding->more = json_array_size(finding->rows) == finding->limit;
    if (finding->more)
        return;
    json_t *row = json_object();
    for (uint32_t i = 0; i < COLUMNS_MAX && finding->query->columns[i] != NULL; i++)
        json_object_set_new(row, finding->query->columns[i], to_json(&columns[i]));
    json_array_append_new(finding->rows, row);
}

static uint32_t values_of(const struct query *query,
                          const struct rcp_ctl_request *request,
                          const char *name,
                          struct rcp_sql_value values[2])
{
    switch (query->value) {
    case VALUE_NONE:
        return 0;
    case VALUE_LIMIT:
        values[0] = rcp_sql_number(request->limit + 1u);
        return 1;
    case VALUE_KEY:
        values[0] = rcp_sql_number(request->activity_id);
        values[1] = rcp_sql_number(request->user_id);
        return 2;
    case VALUE_ORDER:
        values[0] = rcp_sql_number(request->order_id);
        return 1;
    case VALUE_NAME:
        values[0] = rcp_sql_bytes(name, strlen(name));
        return 1;
    }
    return 0;
}

/* Adds the queries' tables to the result; false, and the answer says why, where one fails. */
static bool run(struct rcp_session *session,
                const struct query queries[],
                const struct rcp_ctl_request *request,
                struct rcp_ctl_answer *answer)
{
    char name[RCP_CTL_NAME_MAX];
    rcp_ctl_object_name(request, name);
    for (const struct query *query = queries; query->table != NULL; query++) {
        struct rcp_sql_value values[2];
        struct finding finding = {.query = query, .rows = json_array(), .limit = RCP_CTL_LIMIT_MAX};
        uint32_t count = values_of(query, request, name, values);
        if (query->value == VALUE_LIMIT)
            finding.limit = request->limit;
        enum rcp_sql_end end =
            rcp_session_run(session, query->sql, values, count, &finding, take, NULL);
        json_object_set_new(answer->result, query->table, finding.rows);
        if (finding.more)
            json_object_set_new(answer->result, "more", json_true());
        if (end != RCP_SQL_OK) {
            rcp_ctl_say(answer,
                        RCP_CTL_UNKNOWN,
                        "the database does not tell (%s): see status, and ask again",
                        rcp_session_failure(session)->text);
            return false;
        }
    }
    return true;
}

void rcp_find_list(struct rcp_session *session,
                   const struct rcp_ctl_request *request,
                   struct rcp_ctl_answer *answer)
{
    answer->result = json_object();
    if (!request->orders &&
        !run(session, request->pending ? pending_payments : parked_payments, request, answer))
        return;
    run(session, request->pending ? pending_orders : parked_orders, request, answer);
}

static bool is_empty(const json_t *result, const char *table)
{
    return json_array_size(json_object_get(result, table)) == 0;
}

void rcp_find_show(struct rcp_session *session,
                   const struct rcp_ctl_request *request,
                   struct rcp_ctl_answer *answer)
{
    const bool payment = request->object == RCP_CTL_PAYMENT;
    answer->result = json_object();
    if (!run(session, payment ? one_payment : one_order, request, answer) ||
        !run(session, audit, request, answer))
        return;
    if (payment && is_empty(answer->result, "entry") && is_empty(answer->result, "rows"))
        rcp_ctl_say(answer,
                    RCP_CTL_REFUSED,
                    "the database knows of no payment %llu/%llu (ACTIVITY/USER)",
                    (unsigned long long)request->activity_id,
                    (unsigned long long)request->user_id);
    else if (!payment && is_empty(answer->result, "order"))
        rcp_ctl_say(answer,
                    RCP_CTL_REFUSED,
                    "there is no order %llu",
                    (unsigned long long)request->order_id);
}
