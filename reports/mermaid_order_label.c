/* The words on an arrow of the second document. */
#include "reports/mermaid_drawing.h"

#include <inttypes.h>

/* Where the verdict is what the script is for, the arrow says it already. */
void rcp_mermaid_add_order_verdict(struct rcp_text *text, const struct rcp_record *record)
{
    if (record->verdict != RCP_ORDER_VERDICT_NONE && record->verdict != RCP_ORDER_VERDICT_PLACED &&
        record->verdict != RCP_ORDER_VERDICT_WRITTEN) {
        rcp_text_add(text, ": %s", rcp_order_verdict_name((enum rcp_order_verdict)record->verdict));
    }
}

/* REPLY: what is said of the payment. */
static void add_charge(struct rcp_text *text, const struct rcp_record *record)
{
    if (record->verdict != RCP_CHARGE_NONE) {
        rcp_text_add(
            text, " (%s)", rcp_charge_status_name((enum rcp_charge_status)record->verdict));
    }
}

static const char *bought_words(const struct rcp_record *record)
{
    if (record->number == RCP_STATUS_PAYMENT_REQUIRED) {
        return "\"결제 실패\" 모달 표시";
    }
    if (record->number == RCP_STATUS_OK && record->verdict == RCP_CHARGE_PAID) {
        return "\"주문 완료\" 모달 표시";
    }
    if (record->number == RCP_STATUS_OK || record->number == RCP_STATUS_ACCEPTED) {
        return "\"결제 처리 중\" 모달 표시";
    }
    return record->number == RCP_STATUS_UNAVAILABLE ? "\"잠시 후 다시 시도해 주세요\" 모달 표시"
                                                    : "\"주문할 수 없습니다\" 모달 표시";
}

static void add_bought(struct rcp_text *text, const struct rcp_record *record)
{
    rcp_text_add(text, "%s", bought_words(record));
}

static void add_order(struct rcp_text *text, const struct rcp_record *record)
{
    if (record->order_id != 0) {
        rcp_text_add(text, "(order %" PRIu64 ")", record->order_id);
    }
}

static void add_key(struct rcp_text *text, const struct rcp_record *record)
{
    if (record->detail != 0) {
        rcp_text_add(text, " (transactionKey %" PRIu64 ")", record->detail);
    }
}

static void add_answer(struct rcp_text *text, const struct rcp_record *record)
{
    static const char *const answers[RCP_PG_ANSWER_COUNT] = {
        [RCP_PG_OK] = "200 OK",
        [RCP_PG_UNREADABLE] = "200, not readable",
        [RCP_PG_BAD_REQUEST] = "400 Bad Request",
        [RCP_PG_UNAUTHORIZED] = "401 Unauthorized",
        [RCP_PG_NOT_FOUND] = "404 Not Found",
        [RCP_PG_TOO_MANY] = "429 Too Many Requests",
        [RCP_PG_ERROR_500] = "500 Internal Server Error",
        [RCP_PG_BAD_GATEWAY] = "502 Bad Gateway",
        [RCP_PG_NOT_CONNECTED] = "no connection: nothing was sent",
        [RCP_PG_RESET] = "connection broken: it may have happened",
        [RCP_PG_TIMED_OUT] = "no answer: it may have happened",
    };
    bool known = record->number < RCP_PG_ANSWER_COUNT && answers[record->number] != NULL;
    rcp_text_add(text, "%s", known ? answers[record->number] : "?");
}

static void add_transaction(struct rcp_text *text, const struct rcp_record *record)
{
    rcp_text_add(text, "%s", rcp_pg_status_name((enum rcp_pg_status)record->number));
}

static void add_settle(struct rcp_text *text, const struct rcp_record *record)
{
    static const char *const settles[RCP_SETTLE_COUNT] = {
        [RCP_SETTLE_PAY] = "PAID",
        [RCP_SETTLE_FAIL] = "FAILED, compensated",
        [RCP_SETTLE_KEY] = "transactionKey stored",
        [RCP_SETTLE_LEAVE] = "asked again later",
        [RCP_SETTLE_SIGHT] = "IN_PROGRESS again",
        [RCP_SETTLE_MISS] = "no record, asked again later",
        [RCP_SETTLE_DOUBT] = "UNKNOWN",
        [RCP_SETTLE_REVIEW] = "REVIEW",
        [RCP_SETTLE_CLOSE] = "asked no more",
    };
    bool known = record->number < RCP_SETTLE_COUNT && settles[record->number] != NULL;
    rcp_text_add(text, "%s", known ? settles[record->number] : "result");
}

static void add_refund(struct rcp_text *text, const struct rcp_record *record)
{
    rcp_text_add(text, "%s", rcp_refund_status_name((enum rcp_refund_status)record->number));
}

static void add_due(struct rcp_text *text, const struct rcp_record *record)
{
    rcp_text_add(text, "%" PRIu32 " due", record->rows);
}

static void add_cause(struct rcp_text *text, const struct rcp_record *record)
{
    static const char *const causes[RCP_ORDER_ALERT_COUNT] = {
        [RCP_ORDER_ALERT_UNKNOWN] = "the PG does not tell, a person must look",
        [RCP_ORDER_ALERT_REVIEW] = "the PG took another amount, a person must look",
        [RCP_ORDER_ALERT_REFUND] = "a refund is parked, a person must look",
    };
    bool known = record->number < RCP_ORDER_ALERT_COUNT && causes[record->number] != NULL;
    rcp_text_add(text, "%s", known ? causes[record->number] : "a person must look");
    add_order(text, record);
}

const struct rcp_mermaid_word rcp_mermaid_order_words[] = {
    {"charge", add_charge},
    {"bought", add_bought},
    {"order", add_order},
    {"key", add_key},
    {"answer", add_answer},
    {"transaction", add_transaction},
    {"settle", add_settle},
    {"refund", add_refund},
    {"due", add_due},
    {"cause", add_cause},
};

const uint32_t rcp_mermaid_order_word_count =
    sizeof rcp_mermaid_order_words / sizeof rcp_mermaid_order_words[0];
