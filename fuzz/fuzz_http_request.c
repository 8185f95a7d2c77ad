/* Bytes from strangers that the HTTP server's decoders read. The first byte says which one gets the rest. What is
 * accepted must be what it claims to be: put together again, it is the same. */
#include "fuzz/target.h"
#include "prod/http/ask.h"
#include "prod/http/identity.h"

#include <string.h>

const char fuzz_name[] = "http_request";

#define TEXT_MAX 16384u
#define NOW_S    1700000000u
#define SECRET   "a secret of at least 32 bytes, for tests"

static struct rcp_ask_keys keys;
static struct rcp_identity identity;
static char text[TEXT_MAX + 1u];

void fuzz_begin(void)
{
    rcp_token_keys_add(&keys.tokens, "secret", 6);
    rcp_identity_add(&identity, RCP_JWT_HS256, SECRET, sizeof SECRET - 1u);
}

static void read_token(const char *bytes, size_t size)
{
    char again[RCP_TOKEN_TEXT_MAX + 1u];
    struct rcp_token token = rcp_token_read(&keys.tokens, bytes, size);
    if (token.form == RCP_TOKEN_MALFORMED) {
        if (token.user_id != 0 || token.activity_id != 0)
            fuzz_fail("a malformed token claims something");
        return;
    }
    rcp_token_issue(&keys.tokens, token.user_id, token.activity_id, again);
    bool same = strlen(again) == size && memcmp(again, bytes, size) == 0;
    if (same != (token.form == RCP_TOKEN_SIGNED))
        fuzz_fail("a token is signed where it is not what we issue, or the other way");
}

static void read_process(const char *bytes, size_t size)
{
    struct rcp_ask ask = {0};
    struct rcp_message message = {.body = bytes, .body_size = size, .tail = ""};
    if (rcp_ask_process(&keys, &message, &ask) == RCP_PROBLEM_NONE && ask.token_bytes.size == 0)
        fuzz_fail("a payment without a token");
}

static void check_cart(const struct rcp_cart *cart)
{
    if (cart->used_point + cart->paid_amount + cart->coupon_discount != cart->total_amount)
        fuzz_fail("amounts do not add up");
    if (cart->total_amount == 0 || cart->items[0].product_id == 0)
        fuzz_fail("nothing is bought");
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++) {
        if ((cart->items[i].product_id == 0) != (cart->items[i].quantity == 0))
            fuzz_fail("half an item");
    }
}

static void read_order(const char *bytes, size_t size)
{
    struct rcp_ask ask = {0};
    struct rcp_message message = {.body = bytes, .body_size = size, .tail = ""};
    if (rcp_ask_order(&keys, &message, &ask) != RCP_PROBLEM_NONE)
        return;
    check_cart(&ask.order.cart);
    if ((ask.order.cart.paid_amount > 0) != (ask.card.number[0] != '\0'))
        fuzz_fail("a card goes with an amount for it");
}

static void read_callback(const char *bytes, size_t size)
{
    struct rcp_ask ask = {0};
    struct rcp_message message = {.body = bytes, .body_size = size, .tail = ""};
    rcp_ask_callback(&keys, &message, &ask);
    if (ask.order.mac != 0)
        fuzz_fail("a signature without a key");
}

/* A key in a header: a C string. */
static void read_key(const char *bytes, size_t size)
{
    static const char body[] = "{\"items\":[{\"productId\":1,\"quantity\":1}],\"totalAmount\":1,"
                               "\"usePoint\":1,\"paidAmount\":0}";
    struct rcp_ask ask = {0};
    struct rcp_message message = {
        .body = body, .body_size = sizeof body - 1u, .tail = "", .idempotency_key = bytes};
    (void)size;
    if (rcp_ask_order(&keys, &message, &ask) != RCP_PROBLEM_NONE)
        return;
    for (uint8_t i = 0; i < ask.request_key.size; i++) {
        if (ask.request_key.at[i] <= ' ' || ask.request_key.at[i] == 0x7f)
            fuzz_fail("a key that cannot be seen");
    }
}

static void read_login(const char *bytes, size_t size)
{
    (void)size;
    uint64_t user_id = rcp_identity_user(&identity, bytes, NOW_S);
    if (user_id > (uint64_t)INT64_MAX)
        fuzz_fail("a user whom no table holds");
}

static void read_trace(const char *bytes, size_t size)
{
    struct rcp_trace trace;
    char again[RCP_TRACE_TEXT];
    (void)size;
    if (!rcp_trace_begin(&trace, bytes))
        return;
    rcp_trace_text(&trace, again);
    if (strlen(again) != RCP_TRACE_TEXT - 1u)
        fuzz_fail("a traceparent of another length");
}

static void read_language(const char *bytes, size_t size)
{
    (void)size;
    rcp_language_tag(rcp_language_of(bytes));
}

static const struct {
    char letter;
    void (*read)(const char *bytes, size_t size); /* a NUL stands behind them */
} decoders[] = {
    {'t', read_token},
    {'p', read_process},
    {'o', read_order},
    {'c', read_callback},
    {'k', read_key},
    {'j', read_login},
    {'w', read_trace},
    {'l', read_language},
};

void fuzz_one(const uint8_t *bytes, size_t size)
{
    if (size == 0 || size > TEXT_MAX)
        return;
    memcpy(text, bytes + 1, size - 1u);
    text[size - 1u] = '\0';
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++) {
        if (decoders[i].letter == (char)bytes[0])
            decoders[i].read(text, size - 1u);
    }
}
