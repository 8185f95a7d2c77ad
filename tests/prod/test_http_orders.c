/* The second document over HTTP: orders, their status, and the PG's callbacks. */
#include "prod/http/ask.h"
#include "tests/prod/support/raw_client.h"
#include "tests/prod/support/test_server.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct test_server server;
static struct raw_reply reply;
static char login[2048];

static int start(void **state)
{
    (void)state;
    test_server_prepare(&server);
    server.callbacks_signed = true;
    memcpy(server.service.keys.signature_key, TEST_PG_KEY, strlen(TEST_PG_KEY));
    server.service.keys.signature_size = (uint32_t)strlen(TEST_PG_KEY);
    test_server_start(&server);
    snprintf(login, sizeof login, "Authorization: %s\r\n", test_bearer(7));
    return 0;
}

#define CARD "\"cardType\":\"SAMSUNG\",\"cardNo\":\"1234-5678-9814-1451\""

static void order(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void order(const char *format, ...)
{
    char body[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(body, sizeof body, format, arguments);
    va_end(arguments);
    raw_ask(test_server_port(&server), "/api/v1/orders", login, body, &reply);
}

/* Each end of an order has its status and the documented envelope or code; none shows the card. */
static void each_end_of_an_order_has_its_status(void **state)
{
    (void)state;
    static const struct {
        unsigned product;
        int status;
        const char *says;
    } rows[] = {
        {FAKE_POINTS,
         200,
         "\"data\":{\"orderId\":2001,\"paymentId\":2001,\"paymentStatus\":\"PAID\"}"},
        {FAKE_CARD, 200, "\"paymentStatus\":\"IN_PROGRESS\""},
        {FAKE_SOLD_OUT, 409, "\"code\":\"CONFLICT\""},
        {FAKE_OTHER_BODY, 422, "\"code\":\"IDEMPOTENCY_KEY_REUSED\""},
        {FAKE_DECLINED, 402, "\"code\":\"PAYMENT_FAILED\""},
        {FAKE_DATABASE, 503, "\"code\":\"SERVICE_UNAVAILABLE\""},
        {FAKE_RUNNING, 202, "\"errorCode\":\"PAYMENT_IN_PROGRESS\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        order("{\"items\":[{\"productId\":%u,\"quantity\":2}],\"totalAmount\":3000,"
              "\"usePoint\":1000,\"couponDiscount\":500,\"issuedCouponId\":9,\"paidAmount\":1500,"
              "%s}",
              rows[i].product,
              CARD);
        assert_int_equal(reply.status, rows[i].status);
        assert_non_null(strstr(reply.body, rows[i].says));
        assert_null(strstr(reply.body, "1451"));
    }
}

/* Amounts add up, items are there, and a card goes with an amount for it: or nothing is asked. */
static void orders_that_do_not_add_up_are_refused(void **state)
{
    (void)state;
#define ITEMS "\"items\":[{\"productId\":1,\"quantity\":1}]"
    static const char *const bodies[] = {
        "{" ITEMS ",\"totalAmount\":1000,\"paidAmount\":999," CARD "}",
        "{" ITEMS ",\"totalAmount\":1000,\"paidAmount\":1000}", /* no card */
        "{" ITEMS ",\"totalAmount\":1000,\"paidAmount\":1000,\"cardType\":\"KB\"}",
        "{" ITEMS ",\"totalAmount\":1000,\"paidAmount\":1000,\"cardType\":\"KB\","
        "\"cardNo\":\"1234567898141451\"}",
        "{" ITEMS ",\"totalAmount\":1000,\"paidAmount\":0,\"usePoint\":1000," CARD "}",
        "{" ITEMS ",\"totalAmount\":1000,\"paidAmount\":0,\"couponDiscount\":1000}", /* no coupon */
        "{" ITEMS ",\"totalAmount\":0,\"paidAmount\":0}",
        "{" ITEMS ",\"totalAmount\":-1,\"paidAmount\":-1," CARD "}",
        "{" ITEMS ",\"totalAmount\":10.5,\"paidAmount\":10.5," CARD "}",
        "{" ITEMS ",\"totalAmount\":1e3,\"paidAmount\":1000," CARD "}",
        "{" ITEMS ",\"totalAmount\":\"1000\",\"paidAmount\":1000," CARD "}",
        "{" ITEMS ",\"totalAmount\":99999999999999999999,\"paidAmount\":1," CARD "}",
        "{" ITEMS ",\"totalAmount\":10000000000000,\"paidAmount\":10000000000000," CARD "}",
        "{" ITEMS ",\"paidAmount\":1000," CARD "}",
        "{" ITEMS ",\"totalAmount\":10,\"usePoint\":10,\"paidAmount\":0,\"surprise\":1}",
        "{\"items\":[],\"totalAmount\":10,\"usePoint\":10,\"paidAmount\":0}",
        "{\"items\":{},\"totalAmount\":10,\"usePoint\":10,\"paidAmount\":0}",
        "{\"items\":[1],\"totalAmount\":10,\"usePoint\":10,\"paidAmount\":0}",
        "{\"items\":[{\"productId\":1}],\"totalAmount\":10,\"usePoint\":10,\"paidAmount\":0}",
        "{\"items\":[{\"productId\":1,\"quantity\":0}],\"totalAmount\":10,\"usePoint\":10,"
        "\"paidAmount\":0}",
        "{\"items\":[{\"productId\":0,\"quantity\":1}],\"totalAmount\":10,\"usePoint\":10,"
        "\"paidAmount\":0}",
        "{\"items\":[{\"productId\":4294967296,\"quantity\":1}],\"totalAmount\":10,"
        "\"usePoint\":10,\"paidAmount\":0}",
        "{\"items\":[{\"productId\":1,\"quantity\":1,\"price\":0}],\"totalAmount\":10,"
        "\"usePoint\":10,\"paidAmount\":0}",
        "{\"items\":[{\"productId\":1,\"quantity\":1},{\"productId\":2,\"quantity\":1},"
        "{\"productId\":3,\"quantity\":1},{\"productId\":4,\"quantity\":1},"
        "{\"productId\":5,\"quantity\":1}],\"totalAmount\":10,\"usePoint\":10,\"paidAmount\":0}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        order("%s", bodies[i]);
        assert_int_equal(reply.status, 400);
        assert_non_null(strstr(reply.body, "\"code\":\"BAD_REQUEST\""));
    }
    order("{" ITEMS ",\"totalAmount\":1000,\"paidAmount\":0,\"usePoint\":1000}");
    assert_int_equal(reply.status, 200);
    order("{" ITEMS ",\"totalAmount\":1000,\"paidAmount\":0,\"usePoint\":1000,"
          "\"issuedCouponId\":null}");
    assert_int_equal(reply.status, 200);
}

static struct rcp_ask decode(const char *body, const char *key, enum rcp_problem *problem)
{
    struct rcp_ask ask = {0};
    struct rcp_message message = {
        .body = body, .body_size = strlen(body), .tail = "", .idempotency_key = key};
    *problem = rcp_ask_order(&server.service.keys, &message, &ask);
    return ask;
}

/* Under one key the same order is the same, however it is spelled; another one is another. */
static void body_hash_is_of_the_order_not_of_its_spelling(void **state)
{
    (void)state;
    static const char plain[] = "{" ITEMS ",\"totalAmount\":10,\"usePoint\":10,\"paidAmount\":0}";
    static const char spaced[] =
        "{ \"paidAmount\": 0, \"usePoint\": 10,\n \"totalAmount\": 10, \"issuedCouponId\": "
        "null,\n" ITEMS " }";
    static const char other[] = "{\"items\":[{\"productId\":1,\"quantity\":2}],\"totalAmount\":10,"
                                "\"usePoint\":10,\"paidAmount\":0}";
    enum rcp_problem problem = RCP_PROBLEM_NONE;
    uint64_t hash = decode(plain, NULL, &problem).order.body_hash;
    assert_int_equal(problem, RCP_PROBLEM_NONE);
    assert_int_equal(decode(spaced, NULL, &problem).order.body_hash, hash);
    assert_int_equal(problem, RCP_PROBLEM_NONE);
    assert_int_not_equal(decode(other, NULL, &problem).order.body_hash, hash);
}

/* A key is visible characters, with or without quotes; nothing else is one. */
static void idempotency_keys_are_visible_characters(void **state)
{
    (void)state;
    static const char body[] = "{" ITEMS ",\"totalAmount\":10,\"usePoint\":10,\"paidAmount\":0}";
    enum rcp_problem problem = RCP_PROBLEM_NONE;
    char longest[RCP_REQUEST_KEY_MAX + 2u];
    assert_int_equal(decode(body, NULL, &problem).request_key.size, 0);
    assert_int_equal(decode(body, "", &problem).request_key.size, 0);
    assert_int_equal(decode(body, "\"\"", &problem).request_key.size, 0);
    assert_int_equal(decode(body, "8e03978e", &problem).request_key.size, 8);
    assert_int_equal(decode(body, "\"8e03978e\"", &problem).request_key.size, 8);
    assert_int_equal(problem, RCP_PROBLEM_NONE);
    memset(longest, 'k', sizeof longest);
    longest[RCP_REQUEST_KEY_MAX] = '\0';
    assert_int_equal(decode(body, longest, &problem).request_key.size, RCP_REQUEST_KEY_MAX);
    longest[RCP_REQUEST_KEY_MAX] = 'k';
    longest[RCP_REQUEST_KEY_MAX + 1u] = '\0';
    decode(body, longest, &problem);
    assert_int_equal(problem, RCP_PROBLEM_BAD_REQUEST);
    decode(body, "two words", &problem);
    assert_int_equal(problem, RCP_PROBLEM_BAD_REQUEST);
    decode(body, "\x7f", &problem);
    assert_int_equal(problem, RCP_PROBLEM_BAD_REQUEST);
}

/* An order is shown to its buyer, and to nobody else. */
static void order_is_shown_to_its_buyer(void **state)
{
    (void)state;
    char other[2048];
    raw_ask(test_server_port(&server), "/api/v1/orders/1001", login, NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "\"paymentStatus\":\"PAID\""));
    raw_ask(test_server_port(&server), "/api/v1/orders/1002", login, NULL, &reply);
    assert_non_null(strstr(reply.body, "\"paymentStatus\":\"IN_PROGRESS\""));
    raw_ask(test_server_port(&server), "/api/v1/orders/1003", login, NULL, &reply);
    assert_int_equal(reply.status, 404);
    snprintf(other, sizeof other, "Authorization: %s\r\n", test_bearer(8));
    raw_ask(test_server_port(&server), "/api/v1/orders/1001", other, NULL, &reply);
    assert_int_equal(reply.status, 403);
    raw_ask(test_server_port(&server), "/api/v1/orders/1001", "", NULL, &reply);
    assert_int_equal(reply.status, 401);
}

/* --- Callbacks --- */

static const char callback[] =
    "{\"transactionKey\":\"20250816:TR:9577c5\",\"orderId\":\"001001\",\"cardType\":\"SAMSUNG\","
    "\"cardNo\":\"1234-5678-9814-1451\",\"amount\":5000,\"status\":\"SUCCESS\","
    "\"reason\":\"정상 승인되었습니다.\"}";

static void sign(const char *body, const char *key, char header[128])
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(
        EVP_sha256(), key, (int)strlen(key), (const unsigned char *)body, strlen(body), mac, &size);
    int at = snprintf(header, 128, "X-PG-SIGNATURE: ");
    for (unsigned i = 0; i < size; i++)
        at += snprintf(header + at, 128u - (size_t)at, "%02x", mac[i]);
    snprintf(header + at, 128u - (size_t)at, "\r\n");
}

static void call_back(const char *body, const char *headers)
{
    raw_ask(test_server_port(&server), "/api/v1/payments/callback", headers, body, &reply);
}

/* The PG's signature is over the body; without it, with another key's, or for another body, it is 401. */
static void only_signed_callbacks_are_heard(void **state)
{
    (void)state;
    char signature[128];
    call_back(callback, "");
    assert_int_equal(reply.status, 401);
    sign(callback, "another key", signature);
    call_back(callback, signature);
    assert_int_equal(reply.status, 401);
    sign("{}", TEST_PG_KEY, signature);
    call_back(callback, signature);
    assert_int_equal(reply.status, 401);
    sign(callback, TEST_PG_KEY, signature);
    call_back(callback, signature);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "\"result\":\"OK\""));
}

/* The answer to a callback tells a stranger nothing: it is the same for a known order, an unknown one, a
 * repeated one, and one that is settled. */
static void callback_answer_tells_nothing(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        callback,
        callback,
        "{\"transactionKey\":\"x\",\"orderId\":\"001003\",\"status\":\"FAILED\"}",
        "{\"transactionKey\":\"x\",\"orderId\":\"not ours\",\"status\":\"SUCCESS\"}",
        "{\"orderId\":\"001002\",\"status\":\"PENDING\"}",
        "{}",
        "{\"transactionKey\":7,\"orderId\":[],\"status\":null,\"reason\":{}}",
    };
    char first[512] = "";
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char signature[128];
        sign(bodies[i], TEST_PG_KEY, signature);
        call_back(bodies[i], signature);
        assert_int_equal(reply.status, 200);
        if (i == 0)
            snprintf(first, sizeof first, "%.500s", reply.body);
        assert_string_equal(reply.body, first);
    }
}

/* What a callback says comes out of its JSON as the core wants it. */
static void callback_is_decoded(void **state)
{
    (void)state;
    struct rcp_ask ask = {0};
    static const char failed[] =
        "{\"transactionKey\":\"k\",\"orderId\":\"000042\",\"status\":\"FAILED\","
        "\"reason\":\"한도초과입니다. 다른 카드를 선택해주세요.\"}";
    struct rcp_message message = {.body = callback, .body_size = strlen(callback)};
    assert_int_equal(rcp_ask_callback(&server.service.keys, &message, &ask), RCP_PROBLEM_NONE);
    assert_int_equal(ask.order.order_id, 1001);
    assert_int_equal(ask.order.status, RCP_PG_SUCCESS);
    assert_int_equal(ask.order.mac, 0);
    assert_int_equal(ask.pg_key.size, strlen("20250816:TR:9577c5"));
    assert_memory_equal(ask.pg_key.at, "20250816:TR:9577c5", ask.pg_key.size);
    message = (struct rcp_message){.body = failed, .body_size = strlen(failed)};
    ask = (struct rcp_ask){0};
    assert_int_equal(rcp_ask_callback(&server.service.keys, &message, &ask), RCP_PROBLEM_NONE);
    assert_int_equal(ask.order.order_id, 42);
    assert_int_equal(ask.order.status, RCP_PG_FAILED);
    assert_int_equal(ask.order.reason, RCP_PG_REASON_LIMIT);
}

/* The last one: the server ends clean, and as every order was answered, no card waits in it. */
static void no_card_is_left_behind(void **state)
{
    (void)state;
    assert_true(test_server_stop(&server, 1000));
    assert_int_equal(server.cards_left, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_of_an_order_has_its_status),
        cmocka_unit_test(orders_that_do_not_add_up_are_refused),
        cmocka_unit_test(body_hash_is_of_the_order_not_of_its_spelling),
        cmocka_unit_test(idempotency_keys_are_visible_characters),
        cmocka_unit_test(order_is_shown_to_its_buyer),
        cmocka_unit_test(only_signed_callbacks_are_heard),
        cmocka_unit_test(callback_answer_tells_nothing),
        cmocka_unit_test(callback_is_decoded),
        cmocka_unit_test(no_card_is_left_behind),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
