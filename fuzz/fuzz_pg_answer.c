/* What a PG, or whoever sits between it and us, answers. The first byte says to what, the rest is the body. An
 * answer that is readable holds what it must, says the same when it is written out and read again, and leaves
 * nothing behind when it is not. */
#include "fuzz/target.h"
#include "prod/pg/pg_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

const char fuzz_name[] = "pg_answer";

#define BODY_MAX 65536u
#define ORDER_ID 123u

void fuzz_begin(void)
{
}

static bool verb_of(char letter, enum rcp_pg_verb *verb)
{
    static const char letters[RCP_PG_VERB_COUNT + 1] = {
        [RCP_PG_PAY] = 'p', [RCP_PG_LIST] = 'l', [RCP_PG_GET] = 'g', [RCP_PG_REFUND] = 'r'};
    const char *at = letter == '\0' ? NULL : strchr(letters, letter);
    if (at != NULL)
        *verb = (enum rcp_pg_verb)(at - letters);
    return at != NULL;
}

static const char *status_name(enum rcp_pg_status status)
{
    static const char *const names[RCP_PG_STATUS_COUNT] = {
        "PENDING", "SUCCESS", "FAILED", "REFUNDED"};
    return names[status];
}

static void check_told(enum rcp_pg_verb verb, const struct rcp_pg_told *told)
{
    bool priced = verb == RCP_PG_GET || verb == RCP_PG_REFUND;
    if (told->key.size == 0 || told->key.size > RCP_PG_KEY_MAX)
        fuzz_fail("a key of %u bytes", told->key.size);
    for (uint32_t i = 0; i < told->key.size; i++)
        if (told->key.at[i] <= ' ' || told->key.at[i] > '~')
            fuzz_fail("a key with byte %d", told->key.at[i]);
    if (told->status >= RCP_PG_STATUS_COUNT || told->reason >= RCP_PG_REASON_COUNT)
        fuzz_fail("status %d, reason %d", told->status, told->reason);
    if (told->reason != RCP_PG_REASON_NONE && told->status != RCP_PG_FAILED)
        fuzz_fail("reason %d of status %d", told->reason, told->status);
    if (told->priced != priced || (!priced && (told->order_id != 0 || told->amount != 0)))
        fuzz_fail("a price where there is none, or none where there is one");
}

static void check_body(enum rcp_pg_verb verb, const struct rcp_pg_body *body)
{
    if (body->count < 1 || body->count > (verb == RCP_PG_LIST ? RCP_PG_TRANSACTIONS_MAX : 1u))
        fuzz_fail("%u transactions", body->count);
    if (body->more && body->count < RCP_PG_TRANSACTIONS_MAX)
        fuzz_fail("more than %u, and no more told", body->count);
    for (uint32_t i = 0; i < body->count; i++)
        check_told(verb, &body->told[i]);
}

/* --- Written out, and read again --- */

static json_t *write_told(const struct rcp_pg_told *told)
{
    static const char *const reasons[RCP_PG_REASON_COUNT] = {
        NULL,
        "한도초과입니다. 다른 카드를 선택해주세요.",
        "잘못된 카드입니다. 다른 카드를 선택해주세요.",
    };
    char order[RCP_PG_ORDER_TEXT_MAX] = "foreign";
    if (told->order_id != 0)
        rcp_pg_order_write(told->order_id, true, order);
    json_t *object = json_pack("{s:s%, s:s, s:s?}",
                               "transactionKey",
                               told->key.at,
                               (size_t)told->key.size,
                               "status",
                               status_name(told->status),
                               "reason",
                               reasons[told->reason]);
    if (told->priced) {
        json_object_set_new(object, "orderId", json_string(order));
        json_object_set_new(object, "amount", json_integer((json_int_t)told->amount));
    }
    return object;
}

static json_t *write_data(enum rcp_pg_verb verb, const struct rcp_pg_body *body)
{
    if (verb != RCP_PG_LIST)
        return write_told(&body->told[0]);
    json_t *list = json_array();
    for (uint32_t i = 0; i < body->count; i++)
        json_array_append_new(list, write_told(&body->told[i]));
    return json_pack("{s:s, s:o}", "orderId", "000123", "transactions", list);
}

static bool is_same(const struct rcp_pg_told *a, const struct rcp_pg_told *b)
{
    return a->key.size == b->key.size && memcmp(a->key.at, b->key.at, a->key.size) == 0 &&
           a->order_id == b->order_id && a->amount == b->amount && a->status == b->status &&
           a->reason == b->reason && a->priced == b->priced;
}

static void check_again(enum rcp_pg_verb verb, const struct rcp_pg_body *body)
{
    struct rcp_pg_body again;
    json_t *envelope =
        json_pack("{s:{s:s}, s:o}", "meta", "result", "SUCCESS", "data", write_data(verb, body));
    char *text = json_dumps(envelope, JSON_COMPACT);
    if (text == NULL || !rcp_pg_read(verb, ORDER_ID, text, strlen(text), &again))
        fuzz_fail("written out, it does not read: %s", text == NULL ? "" : text);
    if (again.count != body->count || again.more)
        fuzz_fail("written out, there are %u: %s", again.count, text);
    for (uint32_t i = 0; i < body->count; i++)
        if (!is_same(&again.told[i], &body->told[i]))
            fuzz_fail("written out, number %u reads otherwise: %s", i, text);
    free(text);
    json_decref(envelope);
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    struct rcp_pg_body body;
    enum rcp_pg_verb verb = RCP_PG_PAY;
    if (size == 0 || size > BODY_MAX || !verb_of((char)bytes[0], &verb))
        return;
    const char *text = (const char *)bytes + 1;
    bool failure = rcp_pg_read_failure(text, size - 1u);
    if (rcp_pg_read(verb, ORDER_ID, text, size - 1u, &body)) {
        if (failure)
            fuzz_fail("it says both, success and failure");
        check_body(verb, &body);
        check_again(verb, &body);
    } else if (body.count != 0 || body.more || body.told[0].key.size != 0)
        fuzz_fail("unreadable, and something is left of it");
}
