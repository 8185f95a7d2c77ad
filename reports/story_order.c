/* Orders, their payments and the PG in plain words. */
#include "reports/story_order.h"

#include <inttypes.h>

bool rcp_story_is_of_order(const struct rcp_record *record)
{
    return record->role == RCP_ROLE_ORDER || record->role == RCP_ROLE_CALLBACK ||
           record->role == RCP_ROLE_RECONCILE || record->role == RCP_ROLE_REFUND;
}

void rcp_story_add_purchase(struct rcp_text *text, const struct rcp_record *record)
{
    if (record->user_id != 0) {
        rcp_text_add(text, " user %" PRIu64, record->user_id);
    }
    if (record->order_id != 0) {
        rcp_text_add(text, " order %" PRIu64, record->order_id);
    }
}

static void add_key(struct rcp_text *text, const struct rcp_record *record)
{
    if (record->detail != 0) {
        rcp_text_add(text, " transaction %" PRIu64, record->detail);
    }
    rcp_story_add_purchase(text, record);
}

/* A call to the PG, and how it ended. */
static void add_pg(struct rcp_text *text, const struct rcp_record *record)
{
    const char *verb = rcp_pg_verb_name((enum rcp_pg_verb)record->verb);
    if (record->kind == RCP_RECORD_PG) {
        rcp_text_add(text, "%s -> PG: %s", rcp_story_actor(record), verb);
    } else {
        rcp_text_add(text,
                     "PG -> %s: %s %s,",
                     rcp_story_actor(record),
                     verb,
                     rcp_pg_answer_name((enum rcp_pg_answer)record->number));
    }
    add_key(text, record);
}

static const char *order_alert_words(uint32_t alert)
{
    switch ((enum rcp_order_alert)alert) {
    case RCP_ORDER_ALERT_UNKNOWN:
        return "the PG does not tell,";
    case RCP_ORDER_ALERT_REVIEW:
        return "another amount,";
    case RCP_ORDER_ALERT_REFUND:
        return "refund parked,";
    case RCP_ORDER_ALERT_NONE:
    case RCP_ORDER_ALERT_COUNT:
        break;
    }
    return "";
}

void rcp_story_add_order(struct rcp_text *text, const struct rcp_record *record)
{
    const char *status = rcp_pg_status_name((enum rcp_pg_status)record->number);
    if (record->kind == RCP_RECORD_PG || record->kind == RCP_RECORD_PG_DONE) {
        add_pg(text, record);
    } else if (record->kind == RCP_RECORD_ORDER_ALERT) {
        rcp_text_add(text,
                     "%s -> Operator: alert, %s",
                     rcp_story_actor(record),
                     order_alert_words(record->number));
        add_key(text, record);
    } else {
        bool settled = record->kind == RCP_RECORD_PG_SETTLED;
        rcp_text_add(text, settled ? "PG: %s," : "PG calls back: %s,", status);
        add_key(text, record);
    }
}
