/* Our JSON is made of constants, numbers, and tokens, which are base64url: nothing in it needs escaping. */
#include "prod/http/answer.h"

#include "core/check.h"
#include "core/record.h"
#include "prod/hex.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char json_type[] = "application/json";
static const char problem_type[] = "application/problem+json";

static __attribute__((format(printf, 2, 3))) void say(struct rcp_answer *answer,
                                                      const char *format,
                                                      ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(answer->text, sizeof answer->text, format, arguments);
    va_end(arguments);
    rcp_check(size >= 0 && (size_t)size < sizeof answer->text, "answer_fits");
    answer->bytes = answer->text;
    answer->size = (size_t)size;
}

void rcp_answer_problem(struct rcp_answer *answer,
                        enum rcp_problem problem,
                        enum rcp_language language,
                        const struct rcp_trace *trace)
{
    const struct rcp_problem_row *row = rcp_problem_row(problem);
    char trace_id[2u * RCP_TRACE_ID_SIZE + 1u] = "";
    if (trace != NULL)
        *rcp_hex_write(trace_id, trace->trace_id, RCP_TRACE_ID_SIZE) = '\0';
    answer->status = row->status;
    answer->problem = problem;
    answer->language = language;
    answer->content_type = problem_type;
    answer->caching = "no-store";
    say(answer,
        "{\"type\":\"%s\",\"title\":\"%s\",\"status\":%u,\"detail\":\"%s\",\"code\":\"%s\"%s%s%s}",
        row->type,
        row->title,
        row->status,
        row->detail[language],
        row->code,
        trace != NULL ? ",\"traceId\":\"" : "",
        trace_id,
        trace != NULL ? "\"" : "");
}

/* --- First document --- */

static const char *const state_words[RCP_PAYMENT_STATE_COUNT] = {
    [RCP_PAYMENT_UNKNOWN] = "unknown",
    [RCP_PAYMENT_APPROVED] = "approved",
    [RCP_PAYMENT_OPEN] = "open",
    [RCP_PAYMENT_PARKED] = "parked",
    [RCP_PAYMENT_REJECTED] = "rejected",
};

static const char *const state_messages[RCP_PAYMENT_STATE_COUNT][RCP_LANGUAGE_COUNT] = {
    [RCP_PAYMENT_UNKNOWN] = {"아직 알 수 없습니다. 잠시 후 다시 확인해 주세요.",
                             "Nobody can tell yet. Please look again in a moment."},
    [RCP_PAYMENT_APPROVED] = {"결제가 성공적으로 완료되었습니다.", "The payment is complete."},
    [RCP_PAYMENT_OPEN] = {"결제를 처리하고 있습니다.", "The payment is being processed."},
    [RCP_PAYMENT_PARKED] = {"담당자가 결제를 확인하고 있습니다.",
                            "A person is looking at the payment."},
    [RCP_PAYMENT_REJECTED] = {"예약이 만료되었습니다. 청구된 금액은 없습니다.",
                              "The reservation is over. Nothing was charged."},
};

/* The state that a 200 or 202 stands for where the core names none. */
static enum rcp_payment_state state_of(const struct rcp_ask *ask, const struct rcp_reply *reply)
{
    if (ask->kind == RCP_REQUEST_STATUS || reply->state != RCP_PAYMENT_UNKNOWN)
        return reply->state;
    return reply->status == RCP_STATUS_ACCEPTED ? RCP_PAYMENT_OPEN : RCP_PAYMENT_APPROVED;
}

static void answer_payment(struct rcp_answer *answer,
                           const struct rcp_ask *ask,
                           const struct rcp_reply *reply)
{
    enum rcp_payment_state state = state_of(ask, reply);
    bool pending = reply->status == RCP_STATUS_ACCEPTED && ask->token.form != RCP_TOKEN_MALFORMED;
    if (pending)
        snprintf(answer->location,
                 sizeof answer->location,
                 "/api/v1/payments/%.*s",
                 (int)ask->token_bytes.size,
                 ask->token_bytes.at);
    say(answer,
        "{\"state\":\"%s\",\"message\":\"%s\"%s%s%s%s}",
        state_words[state],
        state_messages[state][ask->language],
        reply->status == RCP_STATUS_ACCEPTED ? ",\"code\":\"PAYMENT_IN_PROGRESS\"" : "",
        pending ? ",\"statusUrl\":\"" : "",
        answer->location,
        pending ? "\"" : "");
}

/* --- Second document --- */

/* {meta{result,errorCode,message}, data{orderId,paymentId,paymentStatus}} (FACTS 1.2). */
static void answer_order(struct rcp_answer *answer,
                         const struct rcp_ask *ask,
                         const struct rcp_reply *reply)
{
    bool accepted = reply->status == RCP_STATUS_ACCEPTED;
    bool pending = accepted && reply->order_id != 0;
    enum rcp_charge_status charge = reply->charge;
    if (charge == RCP_CHARGE_NONE)
        charge = RCP_CHARGE_IN_PROGRESS; /* another request has it in hand */
    if (pending)
        snprintf(
            answer->location, sizeof answer->location, "/api/v1/orders/%" PRIu64, reply->order_id);
    say(answer,
        "{\"meta\":{\"result\":\"SUCCESS\",\"errorCode\":%s,\"message\":\"%s\"},"
        "\"data\":{\"orderId\":%" PRIu64 ",\"paymentId\":%" PRIu64 ",\"paymentStatus\":\"%s\"}}",
        accepted ? "\"PAYMENT_IN_PROGRESS\"" : "null",
        accepted ? state_messages[RCP_PAYMENT_OPEN][ask->language] : "",
        reply->order_id,
        reply->order_id,
        rcp_charge_status_name(charge));
}

/* Always 200, in the document's form (FACTS 1.4). It says no more than that it was heard: who sends a callback is
 * not known, and how a payment stands is its buyer's to know. */
static void answer_callback(struct rcp_answer *answer)
{
    say(answer, "{\"result\":\"OK\",\"message\":\"결제 통지를 받았습니다\"}");
}

/* --- Any reply --- */

static enum rcp_problem problem_of(const struct rcp_ask *ask, const struct rcp_reply *reply)
{
    enum rcp_problem problem = rcp_problem_of(reply->status);
    bool by_token = ask->kind == RCP_REQUEST_PROCESS || ask->kind == RCP_REQUEST_STATUS;
    return problem == RCP_PROBLEM_BAD_REQUEST && by_token ? RCP_PROBLEM_TOKEN : problem;
}

void rcp_answer_reply(struct rcp_answer *answer,
                      const struct rcp_ask *ask,
                      const struct rcp_reply *reply)
{
    enum rcp_problem problem = problem_of(ask, reply);
    if (problem != RCP_PROBLEM_NONE) {
        rcp_answer_problem(answer, problem, ask->language, &ask->trace);
        return;
    }
    answer->status = (unsigned)reply->status;
    answer->language = ask->language;
    answer->content_type = json_type;
    answer->caching = "no-store";
    switch (ask->kind) {
    case RCP_REQUEST_PROCESS:
    case RCP_REQUEST_STATUS:
        answer_payment(answer, ask, reply);
        return;
    case RCP_REQUEST_ORDER:
    case RCP_REQUEST_ORDER_STATUS:
        answer_order(answer, ask, reply);
        return;
    case RCP_REQUEST_CALLBACK:
        answer_callback(answer);
        return;
    case RCP_REQUEST_REJECT:
    case RCP_REQUEST_ORDER_ASK:
    case RCP_REQUEST_ORDER_FAIL:
    case RCP_REQUEST_RETRY:
    case RCP_REQUEST_PARK:
    case RCP_REQUEST_KIND_COUNT:
        break; /* operators do not come by HTTP */
    }
    rcp_check_failed("answer_kind_exists");
}
