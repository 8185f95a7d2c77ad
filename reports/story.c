/* Each kind of record in plain words. */
#include "reports/story.h"

#include "reports/story_order.h"

#include <inttypes.h>
#include <stdio.h>

/* Who acts, by the documents' names. */
const char *rcp_story_actor(const struct rcp_record *record)
{
    switch ((enum rcp_role)record->role) {
    case RCP_ROLE_PAYMENT:
        return "PaymentService";
    case RCP_ROLE_SCHEDULER:
        return "PaymentRecoveryScheduler";
    case RCP_ROLE_CONSUMER:
        return "PaymentRetryConsumer";
    case RCP_ROLE_SWEEP:
        return "RecoverySweep";
    case RCP_ROLE_ORDER:
        return "OrderFacade";
    case RCP_ROLE_CALLBACK:
        return "PaymentFacade";
    case RCP_ROLE_RECONCILE:
        return "PaymentScheduler";
    case RCP_ROLE_REFUND:
        return "PaymentResultHandler";
    case RCP_ROLE_NONE:
    case RCP_ROLE_WORLD:
    case RCP_ROLE_COUNT:
        break;
    }
    return "Service";
}

const char *rcp_status_text(uint32_t status, char out[32])
{
    static const struct {
        uint32_t status;
        const char *text;
    } rows[] = {
        {RCP_STATUS_OK, "200 OK"},
        {RCP_STATUS_ACCEPTED, "202 Accepted"},
        {RCP_STATUS_BAD_REQUEST, "400 Bad Request"},
        {RCP_STATUS_UNAUTHORIZED, "401 Unauthorized"},
        {RCP_STATUS_PAYMENT_REQUIRED, "402 Payment Required"},
        {RCP_STATUS_FORBIDDEN, "403 Forbidden"},
        {RCP_STATUS_NOT_FOUND, "404 Not Found"},
        {RCP_STATUS_CONFLICT, "409 Conflict"},
        {RCP_STATUS_GONE, "410 Gone"},
        {RCP_STATUS_UNPROCESSABLE, "422 Unprocessable Content"},
        {RCP_STATUS_ERROR, "500 Internal Server Error"},
        {RCP_STATUS_UNAVAILABLE, "503 Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == status) {
            snprintf(out, 32, "%s", rows[i].text);
            return out;
        }
    }
    snprintf(out, 32, "%" PRIu32, status);
    return out;
}

static const char *request_words(uint32_t kind)
{
    switch ((enum rcp_request_kind)kind) {
    case RCP_REQUEST_PROCESS:
        return "POST /process";
    case RCP_REQUEST_STATUS:
        return "GET status";
    case RCP_REQUEST_REJECT:
        return "operator rejects";
    case RCP_REQUEST_RETRY:
        return "operator retries";
    case RCP_REQUEST_PARK:
        return "operator parks";
    case RCP_REQUEST_ORDER:
        return "POST /orders";
    case RCP_REQUEST_CALLBACK:
        return "POST /payments/callback";
    case RCP_REQUEST_ORDER_STATUS:
        return "GET order status";
    case RCP_REQUEST_ORDER_ASK:
        return "operator asks the PG";
    case RCP_REQUEST_ORDER_FAIL:
        return "operator fails the payment";
    case RCP_REQUEST_KIND_COUNT:
        break;
    }
    return "request";
}

static void add_payment(struct rcp_text *text, const struct rcp_record *record)
{
    if (record->activity_id == 0) {
        rcp_story_add_purchase(text, record);
    } else if (record->user_id != 0) {
        rcp_text_add(
            text, " user %" PRIu64 " (activity %" PRIu64 ")", record->user_id, record->activity_id);
    }
    if (record->row_id != 0) {
        rcp_text_add(text, " row %" PRIu32, record->row_id);
    }
}

static void add_rows(struct rcp_text *text, const struct rcp_record *record)
{
    if (record->rows > 1) {
        rcp_text_add(text, ", %" PRIu32 " rows", record->rows);
    }
}

static void add_outcome(struct rcp_text *text, const struct rcp_record *record)
{
    rcp_text_add(text, " %s", rcp_outcome_name((enum rcp_outcome)record->outcome));
    if (record->error != RCP_ERROR_NONE) {
        rcp_text_add(text, " (%s)", rcp_error_class_name((enum rcp_error_class)record->error));
    }
}

static void add_redis(struct rcp_text *text, const struct rcp_record *record)
{
    const char *verb = rcp_redis_verb_name((enum rcp_redis_verb)record->verb);
    if (record->kind == RCP_RECORD_REDIS) {
        rcp_text_add(text, "%s -> Redis: %s token of", rcp_story_actor(record), verb);
        add_payment(text, record);
        return;
    }
    rcp_text_add(text, "Redis -> %s: %s", rcp_story_actor(record), verb);
    add_outcome(text, record);
    if (record->outcome == RCP_OUTCOME_DONE) {
        rcp_text_add(text, (record->flags & 1u) != 0 ? ", found," : ", not there,");
    }
    add_payment(text, record);
}

static void add_transaction(struct rcp_text *text, const struct rcp_record *record)
{
    const char *script = rcp_script_name((enum rcp_script)record->script);
    if (record->kind == RCP_RECORD_TX) {
        rcp_text_add(text, "%s -> MySQL: %s", rcp_story_actor(record), script);
        add_payment(text, record);
        add_rows(text, record);
        return;
    }
    rcp_text_add(text, "MySQL -> %s: %s", rcp_story_actor(record), script);
    add_outcome(text, record);
    if (record->outcome == RCP_OUTCOME_DONE && record->verdict != RCP_VERDICT_NONE) {
        bool order = rcp_script_is_order((enum rcp_script)record->script);
        rcp_text_add(text,
                     ", %s,",
                     order ? rcp_order_verdict_name((enum rcp_order_verdict)record->verdict)
                           : rcp_verdict_name((enum rcp_verdict)record->verdict));
    }
    add_payment(text, record);
    add_rows(text, record);
}

/* What the world does, or what is done to it. */
static void add_world(struct rcp_text *text,
                      const struct rcp_record *record,
                      const struct rcp_report_names *names)
{
    switch ((enum rcp_record_kind)record->kind) {
    case RCP_RECORD_RESERVED:
        rcp_text_add(text, "EntryService: token issued to");
        add_payment(text, record);
        break;
    case RCP_RECORD_EXPIRED:
        rcp_text_add(text, "Redis: token expired, slot given back, of");
        add_payment(text, record);
        break;
    case RCP_RECORD_PG_SETTLED:
    case RCP_RECORD_CALLBACK:
        rcp_story_add_order(text, record);
        break;
    case RCP_RECORD_FAULT:
        rcp_text_add(text, "FAULT %s strikes", names->fault(record->number));
        add_payment(text, record);
        break;
    case RCP_RECORD_HEAL:
        rcp_text_add(text, "all faults end, everything comes back");
        break;
    case RCP_RECORD_DRAINED:
        rcp_text_add(text, "nothing is left to do");
        break;
    case RCP_RECORD_VIOLATION:
        rcp_text_add(text, "VIOLATION of %s", names->invariant(record->number));
        add_payment(text, record);
        break;
    case RCP_RECORD_NONE:
    case RCP_RECORD_CLICK:
    case RCP_RECORD_REQUEST:
    case RCP_RECORD_REPLY:
    case RCP_RECORD_ANSWERED:
    case RCP_RECORD_REDIS:
    case RCP_RECORD_REDIS_DONE:
    case RCP_RECORD_TX:
    case RCP_RECORD_TX_DONE:
    case RCP_RECORD_SEND:
    case RCP_RECORD_SENT:
    case RCP_RECORD_CONSUME:
    case RCP_RECORD_OFFSET:
    case RCP_RECORD_OFFSET_DONE:
    case RCP_RECORD_ASSIGNED:
    case RCP_RECORD_REVOKED:
    case RCP_RECORD_TIMER:
    case RCP_RECORD_ALERT:
    case RCP_RECORD_START:
    case RCP_RECORD_STOP:
    case RCP_RECORD_CRASH:
    case RCP_RECORD_PG:
    case RCP_RECORD_PG_DONE:
    case RCP_RECORD_ORDER_ALERT:
    case RCP_RECORD_KIND_COUNT:
        rcp_text_add(text, "%s", rcp_record_kind_name((enum rcp_record_kind)record->kind));
        break;
    }
}

/* What passes between the service and its clients, the PG, the broker and its host. */
static void add_words(struct rcp_text *text,
                      const struct rcp_record *record,
                      const struct rcp_report_names *names)
{
    char status[32];
    const char *door =
        rcp_story_is_of_order(record) ? rcp_story_actor(record) : "PaymentController";
    const char *front = record->role == RCP_ROLE_CALLBACK ? "PG" : "Frontend";
    switch ((enum rcp_record_kind)record->kind) {
    case RCP_RECORD_CLICK:
        rcp_text_add(text, "Client -> Frontend: %s", request_words(record->number));
        add_payment(text, record);
        break;
    case RCP_RECORD_REQUEST:
        rcp_text_add(text, "%s -> %s: %s", front, door, request_words(record->number));
        add_payment(text, record);
        break;
    case RCP_RECORD_REPLY:
        rcp_text_add(text, "%s -> %s: %s", door, front, rcp_status_text(record->number, status));
        add_payment(text, record);
        break;
    case RCP_RECORD_PG:
    case RCP_RECORD_PG_DONE:
    case RCP_RECORD_ORDER_ALERT:
        rcp_story_add_order(text, record);
        break;
    case RCP_RECORD_ANSWERED:
        rcp_text_add(text,
                     "%s: %s",
                     record->role == RCP_ROLE_CALLBACK ? "PG is answered" : "Frontend -> Client",
                     rcp_status_text(record->number, status));
        add_payment(text, record);
        break;
    case RCP_RECORD_REDIS:
    case RCP_RECORD_REDIS_DONE:
        add_redis(text, record);
        break;
    case RCP_RECORD_TX:
    case RCP_RECORD_TX_DONE:
        add_transaction(text, record);
        break;
    case RCP_RECORD_SEND:
        rcp_text_add(text, "%s -> Kafka: send", rcp_story_actor(record));
        add_payment(text, record);
        break;
    case RCP_RECORD_SENT:
        rcp_text_add(text, "Kafka -> %s: send", rcp_story_actor(record));
        add_outcome(text, record);
        add_payment(text, record);
        break;
    case RCP_RECORD_CONSUME:
        rcp_text_add(
            text, "Kafka -> PaymentRetryConsumer: record at offset %" PRIu64, record->detail);
        add_payment(text, record);
        break;
    case RCP_RECORD_OFFSET:
        rcp_text_add(text, "PaymentRetryConsumer -> Kafka: commit offset %" PRIu64, record->detail);
        break;
    case RCP_RECORD_OFFSET_DONE:
        rcp_text_add(text, "Kafka -> PaymentRetryConsumer: offset commit");
        add_outcome(text, record);
        break;
    case RCP_RECORD_ASSIGNED:
        rcp_text_add(text, "partition %u is ours", (unsigned)record->number);
        break;
    case RCP_RECORD_REVOKED:
        rcp_text_add(text, "partition %u is no longer ours", (unsigned)record->number);
        break;
    case RCP_RECORD_TIMER:
        rcp_text_add(text, "timer");
        break;
    case RCP_RECORD_ALERT:
        rcp_text_add(text, "%s -> Operator: alert, parked", rcp_story_actor(record));
        add_payment(text, record);
        break;
    case RCP_RECORD_START:
        rcp_text_add(text, "starts, incarnation %" PRIu64, record->detail);
        break;
    case RCP_RECORD_STOP:
        rcp_text_add(text, "is told to stop");
        break;
    case RCP_RECORD_CRASH:
        rcp_text_add(text, "crashes");
        break;
    case RCP_RECORD_NONE:
    case RCP_RECORD_RESERVED:
    case RCP_RECORD_EXPIRED:
    case RCP_RECORD_PG_SETTLED:
    case RCP_RECORD_CALLBACK:
    case RCP_RECORD_FAULT:
    case RCP_RECORD_HEAL:
    case RCP_RECORD_DRAINED:
    case RCP_RECORD_VIOLATION:
    case RCP_RECORD_KIND_COUNT:
        add_world(text, record, names);
        break;
    }
}

void rcp_story_line(const struct rcp_record *record,
                    const struct rcp_report_names *names,
                    char line[RCP_STORY_LINE_SIZE])
{
    struct rcp_text text = rcp_text_in(line, RCP_STORY_LINE_SIZE);
    rcp_text_add(&text, "%" PRIu64 ".%03" PRIu64 "s ", record->at_ms / 1000, record->at_ms % 1000);
    if (record->node != 0) {
        rcp_text_add(&text, "node %u  ", (unsigned)record->node);
    } else {
        rcp_text_add(&text, "world   ");
    }
    add_words(&text, record, names);
}
