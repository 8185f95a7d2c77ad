/* Written and read by jansson; what counts as readable is decided here, field by field. */
#include "prod/pg/pg_json.h"

#include "core/check.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define PADDED_DIGITS 6

/* --- Order ids --- */

void rcp_pg_order_write(uint64_t order_id, bool padded, char text[RCP_PG_ORDER_TEXT_MAX])
{
    snprintf(text, RCP_PG_ORDER_TEXT_MAX, "%0*" PRIu64, padded ? PADDED_DIGITS : 1, order_id);
}

bool rcp_pg_order_read(const char *text, uint64_t *order_id)
{
    char again[RCP_PG_ORDER_TEXT_MAX];
    *order_id = 0;
    uint64_t value = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return false;
    }
    for (int padded = 0; padded < 2 && value != 0; padded++) {
        rcp_pg_order_write(value, padded != 0, again);
        if (strcmp(text, again) == 0) {
            *order_id = value;
            return true;
        }
    }
    return false;
}

/* --- Requests --- */

/* Writes the object, and gives it back to its library. */
static size_t write_out(json_t *object, char body[RCP_PG_BODY_MAX])
{
    size_t size = object == NULL ? 0 : json_dumpb(object, body, RCP_PG_BODY_MAX, JSON_COMPACT);
    json_decref(object);
    return size <= RCP_PG_BODY_MAX ? size : 0;
}

size_t rcp_pg_write_pay(const struct rcp_pg_pay *pay, char body[RCP_PG_BODY_MAX])
{
    char order[RCP_PG_ORDER_TEXT_MAX];
    if (pay->amount > INT64_MAX)
        return 0;
    rcp_pg_order_write(pay->order_id, pay->padded, order);
    return write_out(json_pack("{s:s, s:s, s:s, s:I, s:s}",
                               "orderId",
                               order,
                               "cardType",
                               pay->card->type,
                               "cardNo",
                               pay->card->number,
                               "amount",
                               (json_int_t)pay->amount,
                               "callbackUrl",
                               pay->callback_url),
                     body);
}

size_t rcp_pg_write_refund(uint64_t amount, char body[RCP_PG_BODY_MAX])
{
    if (amount > INT64_MAX)
        return 0;
    return write_out(json_pack("{s:I}", "amount", (json_int_t)amount), body);
}

/* --- Answers --- */

/* A key is kept and sent back in a URL: printable ASCII without a space, and not too long. */
static bool read_key(const json_t *data, struct rcp_bytes *key)
{
    const json_t *value = json_object_get(data, "transactionKey");
    size_t size = json_string_length(value);
    if (!json_is_string(value) || size == 0 || size > RCP_PG_KEY_MAX)
        return false;
    const char *text = json_string_value(value);
    for (size_t i = 0; i < size; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    *key = (struct rcp_bytes){.size = (uint8_t)size};
    memcpy(key->at, text, size);
    return true;
}

/* What is not final is PENDING, whatever the PG calls it. */
static bool read_status(const json_t *data, enum rcp_pg_status *status)
{
    static const char *const names[RCP_PG_STATUS_COUNT] = {
        [RCP_PG_PENDING] = "PENDING",
        [RCP_PG_SUCCESS] = "SUCCESS",
        [RCP_PG_FAILED] = "FAILED",
        [RCP_PG_REFUNDED] = "REFUNDED",
    };
    const char *text = json_string_value(json_object_get(data, "status"));
    if (text == NULL)
        return false;
    *status = RCP_PG_PENDING;
    for (uint32_t i = 0; i < RCP_PG_STATUS_COUNT; i++)
        if (strcmp(text, names[i]) == 0)
            *status = (enum rcp_pg_status)i;
    return true;
}

/* The reason may be absent or null. On a SUCCESS it says so, too, and is nobody's business (FACTS 1.3). */
static bool read_reason(const json_t *data, struct rcp_pg_told *told)
{
    static const char *const texts[RCP_PG_REASON_COUNT] = {
        [RCP_PG_REASON_NONE] = "",
        [RCP_PG_REASON_LIMIT] = "한도초과입니다. 다른 카드를 선택해주세요.",
        [RCP_PG_REASON_CARD] = "잘못된 카드입니다. 다른 카드를 선택해주세요.",
    };
    const json_t *value = json_object_get(data, "reason");
    told->reason = RCP_PG_REASON_NONE;
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return false;
    for (uint32_t i = 0; told->status == RCP_PG_FAILED && i < RCP_PG_REASON_COUNT; i++)
        if (strcmp(json_string_value(value), texts[i]) == 0)
            told->reason = (enum rcp_pg_reason)i;
    return true;
}

/* The order that it names, 0 where that is none of ours, and what it takes. */
static bool read_price(const json_t *data, struct rcp_pg_told *told)
{
    const char *order = json_string_value(json_object_get(data, "orderId"));
    const json_t *amount = json_object_get(data, "amount");
    if (order == NULL || !json_is_integer(amount) || json_integer_value(amount) < 0)
        return false;
    rcp_pg_order_read(order, &told->order_id);
    told->amount = (uint64_t)json_integer_value(amount);
    told->priced = true;
    return true;
}

static bool read_transaction(const json_t *data, bool priced, struct rcp_pg_told *told)
{
    *told = (struct rcp_pg_told){0};
    return json_is_object(data) && read_key(data, &told->key) && read_status(data, &told->status) &&
           read_reason(data, told) && (!priced || read_price(data, told));
}

static bool is_told_already(const struct rcp_pg_body *body, const struct rcp_bytes *key)
{
    for (uint32_t i = 0; i < body->count; i++)
        if (body->told[i].key.size == key->size &&
            memcmp(body->told[i].key.at, key->at, key->size) == 0)
            return true;
    return false;
}

/* All of them have to be readable, also those that we have no room for. None at all is no answer: the PG says
 * 404 then. */
static bool read_list(const json_t *data, uint64_t order_id, struct rcp_pg_body *body)
{
    uint64_t named = 0;
    const char *order = json_string_value(json_object_get(data, "orderId"));
    const json_t *list = json_object_get(data, "transactions");
    if (order == NULL || !rcp_pg_order_read(order, &named) || named != order_id ||
        json_array_size(list) == 0)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct rcp_pg_told told;
        if (!read_transaction(json_array_get(list, i), false, &told) ||
            is_told_already(body, &told.key))
            return false;
        if (body->count == RCP_PG_TRANSACTIONS_MAX)
            body->more = true;
        else
            body->told[body->count++] = told;
    }
    return true;
}

static bool read_data(enum rcp_pg_verb verb,
                      uint64_t order_id,
                      const json_t *data,
                      struct rcp_pg_body *body)
{
    switch (verb) {
    case RCP_PG_PAY:
        body->count = 1;
        return read_transaction(data, false, &body->told[0]);
    case RCP_PG_GET:
    case RCP_PG_REFUND:
        body->count = 1;
        return read_transaction(data, true, &body->told[0]);
    case RCP_PG_LIST:
        return json_is_object(data) && read_list(data, order_id, body);
    case RCP_PG_VERB_COUNT:
        break;
    }
    rcp_check_failed("pg_verb_exists");
}

/* The envelope, to be given back; NULL where it is none with this result. */
static json_t *read_envelope(const char *bytes, size_t size, const char *result)
{
    json_t *envelope = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
    const char *said =
        json_string_value(json_object_get(json_object_get(envelope, "meta"), "result"));
    if (said != NULL && strcmp(said, result) == 0)
        return envelope;
    json_decref(envelope);
    return NULL;
}

bool rcp_pg_read(enum rcp_pg_verb verb,
                 uint64_t order_id,
                 const char *bytes,
                 size_t size,
                 struct rcp_pg_body *body)
{
    memset(body, 0, sizeof *body);
    json_t *envelope = read_envelope(bytes, size, "SUCCESS");
    bool readable =
        envelope != NULL && read_data(verb, order_id, json_object_get(envelope, "data"), body);
    json_decref(envelope);
    if (!readable)
        memset(body, 0, sizeof *body);
    return readable;
}

bool rcp_pg_read_failure(const char *bytes, size_t size)
{
    json_t *envelope = read_envelope(bytes, size, "FAIL");
    bool failure = envelope != NULL;
    json_decref(envelope);
    return failure;
}
