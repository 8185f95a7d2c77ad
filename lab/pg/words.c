/* Written by jansson, in the order of fields in which the documented PG has them. */
#include "lab/pg/words.h"

#include "core/check.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORDER_LEAST 6u /* characters */

static const char unstable[] = "현재 서버가 불안정합니다. 잠시 후 다시 시도해주세요.";

/* --- Requests --- */

static bool copy(char *to, size_t room, const char *from)
{
    size_t size = strlen(from);
    if (size >= room)
        return false;
    memcpy(to, from, size + 1u);
    return true;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* Characters, not bytes. */
static size_t length(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0u) != 0x80u;
    return count;
}

static const char *text_of(const json_t *object, const char *field)
{
    const char *text = json_string_value(json_object_get(object, field));
    return text == NULL ? "" : text;
}

static const char *read_fields(const json_t *object, const char *prefix, struct rcp_words_pay *pay)
{
    static _Thread_local char prefix_message[RCP_BANK_URL_MAX + 64u];
    const char *order = text_of(object, "orderId");
    const json_t *amount = json_object_get(object, "amount");
    const char *url = text_of(object, "callbackUrl");
    if (is_blank(order) || length(order) < ORDER_LEAST ||
        !copy(pay->order, sizeof pay->order, order))
        return "주문 ID는 6자리 이상 문자열이어야 합니다.";
    if (!rcp_card_read(&pay->card, "KB", text_of(object, "cardNo")))
        return "카드 번호는 xxxx-xxxx-xxxx-xxxx 형식이어야 합니다.";
    if (!rcp_card_read(&pay->card, text_of(object, "cardType"), text_of(object, "cardNo")))
        return "카드 종류는 SAMSUNG, KB, HYUNDAI 중 하나여야 합니다.";
    if (!json_is_integer(amount) || json_integer_value(amount) <= 0)
        return "결제금액은 양의 정수여야 합니다.";
    pay->amount = (uint64_t)json_integer_value(amount);
    if (strncmp(url, prefix, strlen(prefix)) != 0 ||
        !copy(pay->callback_url, sizeof pay->callback_url, url)) {
        snprintf(
            prefix_message, sizeof prefix_message, "콜백 URL 은 %s 로 시작해야 합니다.", prefix);
        return prefix_message;
    }
    return NULL;
}

const char *rcp_words_read_pay(const char *body,
                               size_t size,
                               const char *prefix,
                               struct rcp_words_pay *pay)
{
    memset(pay, 0, sizeof *pay);
    json_t *object = json_loadb(body, size, 0, NULL);
    const char *wrong = json_is_object(object) ? read_fields(object, prefix, pay)
                                               : "요청 본문을 처리하는 중 문제가 발생했습니다.";
    json_decref(object);
    return wrong;
}

/* --- Transactions --- */

const char *rcp_words_status(enum rcp_pg_status status)
{
    static const char *const names[RCP_PG_STATUS_COUNT] = {
        [RCP_PG_PENDING] = "PENDING",
        [RCP_PG_SUCCESS] = "SUCCESS",
        [RCP_PG_FAILED] = "FAILED",
        [RCP_PG_REFUNDED] = "REFUNDED",
    };
    rcp_check(status < RCP_PG_STATUS_COUNT, "pg_status_exists");
    return names[status];
}

const char *rcp_words_reason(enum rcp_pg_status status, enum rcp_pg_reason reason)
{
    switch (status) {
    case RCP_PG_SUCCESS:
        return "정상 승인되었습니다.";
    case RCP_PG_FAILED:
        return reason == RCP_PG_REASON_CARD ? "잘못된 카드입니다. 다른 카드를 선택해주세요."
                                            : "한도초과입니다. 다른 카드를 선택해주세요.";
    case RCP_PG_REFUNDED: /* our extension */
        return "환불되었습니다.";
    case RCP_PG_PENDING:
    case RCP_PG_STATUS_COUNT:
        break;
    }
    return NULL;
}

static json_t *brief(const struct rcp_bank_transaction *it)
{
    return json_pack("{s:s, s:s, s:s?}",
                     "transactionKey",
                     it->key,
                     "status",
                     rcp_words_status(it->status),
                     "reason",
                     rcp_words_reason(it->status, it->reason));
}

static json_t *in_full(const struct rcp_bank_transaction *it, enum rcp_pg_status status)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s?}",
                     "transactionKey",
                     it->key,
                     "orderId",
                     it->order,
                     "cardType",
                     it->card->type,
                     "cardNo",
                     it->card->number,
                     "amount",
                     (json_int_t)it->amount,
                     "status",
                     rcp_words_status(status),
                     "reason",
                     rcp_words_reason(status, it->reason));
}

static json_t *in_a_list(const struct rcp_bank *bank,
                         const struct rcp_bank_answer *answer,
                         const char *order)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < answer->count; i++) {
        struct rcp_bank_transaction it = rcp_bank_at(bank, answer->indexes[i]);
        json_array_append_new(list, brief(&it));
    }
    return json_pack("{s:s, s:o}", "orderId", order, "transactions", list);
}

static json_t *data_of(const struct rcp_bank *bank,
                       const struct rcp_bank_answer *answer,
                       const char *asked)
{
    struct rcp_bank_transaction it = rcp_bank_at(bank, answer->indexes[0]);
    it.status = (enum rcp_pg_status)answer->told.status;
    it.reason = (enum rcp_pg_reason)answer->told.reason;
    switch (answer->verb) {
    case RCP_PG_PAY:
        return brief(&it);
    case RCP_PG_LIST:
        return in_a_list(bank, answer, asked);
    case RCP_PG_GET:
    case RCP_PG_REFUND:
        return in_full(&it, it.status);
    case RCP_PG_VERB_COUNT:
        break;
    }
    rcp_check_failed("pg_verb_exists");
}

/* --- Responses --- */

static struct rcp_words write_out(unsigned status, json_t *object)
{
    struct rcp_words words = {.status = status, .body = json_dumps(object, JSON_COMPACT)};
    json_decref(object);
    return words;
}

static const char *phrase_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *phrase;
    } phrases[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {413, "Payload Too Large"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    rcp_check_failed("pg_status_has_a_phrase");
}

struct rcp_words rcp_words_failure(unsigned status, const char *message)
{
    return write_out(status,
                     json_pack("{s:{s:s, s:s, s:s}, s:n}",
                               "meta",
                               "result",
                               "FAIL",
                               "errorCode",
                               phrase_of(status),
                               "message",
                               message,
                               "data"));
}

static struct rcp_words success(json_t *data)
{
    return write_out(200,
                     json_pack("{s:{s:s, s:n, s:n}, s:o}",
                               "meta",
                               "result",
                               "SUCCESS",
                               "errorCode",
                               "message",
                               "data",
                               data));
}

static struct rcp_words not_found(const struct rcp_bank_answer *answer, const char *asked)
{
    char message[RCP_BANK_URL_MAX + 96u];
    bool list = answer->verb == RCP_PG_LIST;
    snprintf(message,
             sizeof message,
             list ? "(orderId: %s) 에 해당하는 결제건이 존재하지 않습니다."
                  : "(transactionKey: %s) 결제건이 존재하지 않습니다.",
             asked);
    return rcp_words_failure(404, message);
}

struct rcp_words rcp_words_answer(const struct rcp_bank *bank,
                                  const struct rcp_bank_answer *answer,
                                  const char *asked)
{
    switch (answer->answer) {
    case RCP_PG_OK:
        return success(data_of(bank, answer, asked));
    case RCP_PG_UNREADABLE:
        return (struct rcp_words){.status = 200, .body = strdup("{\"meta\":{\"result\":\"SUC")};
    case RCP_PG_BAD_REQUEST:
        return rcp_words_failure(400, "환불할 수 없는 결제건입니다.");
    case RCP_PG_UNAUTHORIZED:
        return rcp_words_failure(401, "인증이 필요합니다.");
    case RCP_PG_NOT_FOUND:
        return not_found(answer, asked);
    case RCP_PG_TOO_MANY:
        return rcp_words_failure(429, "요청이 너무 많습니다. 잠시 후 다시 시도해주세요.");
    case RCP_PG_ERROR_500:
        return rcp_words_failure(500, unstable);
    case RCP_PG_BAD_GATEWAY: /* whoever is in between speaks no JSON */
        return (struct rcp_words){.status = 502, .body = strdup("<h1>502 Bad Gateway</h1>\n")};
    case RCP_PG_ANSWER_NONE:
    case RCP_PG_NOT_CONNECTED:
    case RCP_PG_RESET:
    case RCP_PG_TIMED_OUT:
    case RCP_PG_ANSWER_COUNT:
        break;
    }
    rcp_check_failed("pg_answer_has_words");
}

char *rcp_words_callback(const struct rcp_bank_transaction *it, enum rcp_pg_status says)
{
    json_t *object = in_full(it, says);
    char *body = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return body;
}
