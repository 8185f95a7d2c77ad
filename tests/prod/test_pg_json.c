/* The PG's words: what is written is what the document says, and whatever is wrong in an answer makes it
 * unreadable as a whole. */
#include "prod/pg/pg_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ENVELOPE(data) \
    "{\"meta\":{\"result\":\"SUCCESS\",\"errorCode\":null,\"message\":null},\"data\":" data "}"
#define KEY "\"transactionKey\":\"20250816:TR:9577c5\""
#define FULL                                                                                    \
    "\"orderId\":\"000123\",\"cardType\":\"KB\",\"cardNo\":\"1234-5678-9012-3456\",\"amount\":" \
    "5000"

/* An order id is padded where it is asked for, and whatever we write we read again. */
static void order_ids_are_padded_and_read_again(void **state)
{
    static const struct {
        uint64_t order_id;
        bool padded;
        const char *text;
    } rows[] = {
        {1, true, "000001"},
        {1, false, "1"},
        {123456, true, "123456"},
        {1234567, true, "1234567"},
        {UINT64_MAX, true, "18446744073709551615"},
        {UINT64_MAX, false, "18446744073709551615"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[RCP_PG_ORDER_TEXT_MAX];
        uint64_t order_id = 0;
        rcp_pg_order_write(rows[i].order_id, rows[i].padded, text);
        assert_string_equal(text, rows[i].text);
        assert_true(rcp_pg_order_read(text, &order_id));
        assert_int_equal(order_id, rows[i].order_id);
    }
}

/* What we would never write names no order of ours. */
static void foreign_order_ids_are_none_of_ours(void **state)
{
    static const char *const texts[] = {"",
                                        "0",
                                        "000000",
                                        "0000001",
                                        "01",
                                        "ORDER-1",
                                        " 123456",
                                        "123456 ",
                                        "+123456",
                                        "-1",
                                        "18446744073709551616",
                                        "99999999999999999999999",
                                        "1e6",
                                        "0x10"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint64_t order_id = 1;
        if (rcp_pg_order_read(texts[i], &order_id))
            fail_msg("'%s' was read", texts[i]);
        assert_int_equal(order_id, 0);
    }
}

/* The bodies of our requests, byte by byte. */
static void requests_are_written_as_documented(void **state)
{
    char body[RCP_PG_BODY_MAX];
    struct rcp_card card;
    (void)state;
    assert_true(rcp_card_read(&card, "SAMSUNG", "1234-5678-9012-3456"));
    struct rcp_pg_pay pay = {.card = &card,
                             .callback_url = "http://localhost:8080/a?b=\"c\"",
                             .order_id = 42,
                             .amount = 5000,
                             .padded = true};
    static const char expected[] =
        "{\"orderId\":\"000042\",\"cardType\":\"SAMSUNG\",\"cardNo\":\"1234-5678-9012-3456\","
        "\"amount\":5000,\"callbackUrl\":\"http://localhost:8080/a?b=\\\"c\\\"\"}";
    size_t size = rcp_pg_write_pay(&pay, body);
    assert_int_equal(size, sizeof expected - 1u);
    assert_memory_equal(body, expected, size);
    size = rcp_pg_write_refund(5000, body);
    assert_int_equal(size, strlen("{\"amount\":5000}"));
    assert_memory_equal(body, "{\"amount\":5000}", size);
}

/* What does not fit, or is no amount in JSON, is not written at all. */
static void what_does_not_fit_is_not_written(void **state)
{
    char body[RCP_PG_BODY_MAX];
    char url[2000];
    struct rcp_card card;
    (void)state;
    assert_true(rcp_card_read(&card, "KB", "1234-5678-9012-3456"));
    memset(url, 'a', sizeof url);
    url[sizeof url - 1] = '\0';
    struct rcp_pg_pay pay = {.card = &card, .callback_url = url, .order_id = 42, .amount = 5000};
    assert_int_equal(rcp_pg_write_pay(&pay, body), 0);
    pay.callback_url = "http://localhost:8080";
    pay.amount = UINT64_MAX;
    assert_int_equal(rcp_pg_write_pay(&pay, body), 0);
    assert_int_equal(rcp_pg_write_refund(UINT64_MAX, body), 0);
}

static bool reads(enum rcp_pg_verb verb, const char *text, struct rcp_pg_body *body)
{
    return rcp_pg_read(verb, 123, text, strlen(text), body);
}

static void assert_key(const struct rcp_pg_told *told, const char *key)
{
    assert_int_equal(told->key.size, strlen(key));
    assert_memory_equal(told->key.at, key, told->key.size);
}

/* One transaction, as PAY, GET and REFUND tell of it. */
static void one_transaction_is_read(void **state)
{
    struct rcp_pg_body body;
    (void)state;
    assert_true(
        reads(RCP_PG_PAY, ENVELOPE("{" KEY ",\"status\":\"PENDING\",\"reason\":null}"), &body));
    assert_int_equal(body.count, 1);
    assert_key(&body.told[0], "20250816:TR:9577c5");
    assert_int_equal(body.told[0].status, RCP_PG_PENDING);
    assert_false(body.told[0].priced);

    assert_true(reads(
        RCP_PG_GET,
        ENVELOPE("{" KEY "," FULL ",\"status\":\"SUCCESS\",\"reason\":\"정상 승인되었습니다.\"}"),
        &body));
    assert_int_equal(body.told[0].status, RCP_PG_SUCCESS);
    assert_int_equal(body.told[0].reason, RCP_PG_REASON_NONE);
    assert_int_equal(body.told[0].order_id, 123);
    assert_int_equal(body.told[0].amount, 5000);
    assert_true(body.told[0].priced);

    assert_true(
        reads(RCP_PG_REFUND, ENVELOPE("{" KEY "," FULL ",\"status\":\"REFUNDED\"}"), &body));
    assert_int_equal(body.told[0].status, RCP_PG_REFUNDED);
}

/* Statuses that are not final are PENDING, and reasons count where it failed. */
static void statuses_and_reasons_have_their_meaning(void **state)
{
    static const struct {
        const char *status, *reason;
        enum rcp_pg_status means;
        enum rcp_pg_reason because;
    } rows[] = {
        {"PENDING", "null", RCP_PG_PENDING, RCP_PG_REASON_NONE},
        {"SUCCESS", "\"정상 승인되었습니다.\"", RCP_PG_SUCCESS, RCP_PG_REASON_NONE},
        {"FAILED",
         "\"한도초과입니다. 다른 카드를 선택해주세요.\"",
         RCP_PG_FAILED,
         RCP_PG_REASON_LIMIT},
        {"FAILED",
         "\"잘못된 카드입니다. 다른 카드를 선택해주세요.\"",
         RCP_PG_FAILED,
         RCP_PG_REASON_CARD},
        {"FAILED", "\"something else\"", RCP_PG_FAILED, RCP_PG_REASON_NONE},
        {"FAILED", "null", RCP_PG_FAILED, RCP_PG_REASON_NONE},
        {"SUCCESS",
         "\"한도초과입니다. 다른 카드를 선택해주세요.\"",
         RCP_PG_SUCCESS,
         RCP_PG_REASON_NONE},
        {"REFUNDED", "null", RCP_PG_REFUNDED, RCP_PG_REASON_NONE},
        {"AUTHORIZING", "null", RCP_PG_PENDING, RCP_PG_REASON_NONE},
        {"success", "null", RCP_PG_PENDING, RCP_PG_REASON_NONE},
        {"", "null", RCP_PG_PENDING, RCP_PG_REASON_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_pg_body body;
        char text[512];
        snprintf(text,
                 sizeof text,
                 ENVELOPE("{" KEY ",\"status\":\"%s\",\"reason\":%s}"),
                 rows[i].status,
                 rows[i].reason);
        assert_true(reads(RCP_PG_PAY, text, &body));
        assert_int_equal(body.told[0].status, rows[i].means);
        assert_int_equal(body.told[0].reason, rows[i].because);
    }
}

static void write_list(char *text, size_t room, uint32_t count)
{
    size_t size = (size_t)snprintf(
        text,
        room,
        "{\"meta\":{\"result\":\"SUCCESS\"},\"data\":{\"orderId\":\"000123\",\"transactions\":[");
    for (uint32_t i = 0; i < count; i++)
        size += (size_t)snprintf(text + size,
                                 room - size,
                                 "%s{\"transactionKey\":\"k%u\",\"status\":\"%s\",\"reason\":null}",
                                 i == 0 ? "" : ",",
                                 i,
                                 i == 0 ? "PENDING" : "SUCCESS");
    snprintf(text + size, room - size, "]}}");
}

/* A list keeps its order; what is too much for us is said to be more. */
static void lists_are_read_newest_first(void **state)
{
    struct rcp_pg_body body;
    char text[4096];
    (void)state;
    write_list(text, sizeof text, 2);
    assert_true(reads(RCP_PG_LIST, text, &body));
    assert_int_equal(body.count, 2);
    assert_false(body.more);
    assert_key(&body.told[0], "k0");
    assert_int_equal(body.told[0].status, RCP_PG_PENDING);
    assert_key(&body.told[1], "k1");

    write_list(text, sizeof text, RCP_PG_TRANSACTIONS_MAX);
    assert_true(reads(RCP_PG_LIST, text, &body));
    assert_false(body.more);
    write_list(text, sizeof text, RCP_PG_TRANSACTIONS_MAX + 1u);
    assert_true(reads(RCP_PG_LIST, text, &body));
    assert_int_equal(body.count, RCP_PG_TRANSACTIONS_MAX);
    assert_true(body.more);
    assert_key(&body.told[RCP_PG_TRANSACTIONS_MAX - 1u], "k7");
}

/* Fields that we do not know are passed over, wherever they stand. */
static void unknown_fields_are_passed_over(void **state)
{
    struct rcp_pg_body body;
    (void)state;
    assert_true(reads(RCP_PG_PAY,
                      "{\"version\":2,\"meta\":{\"result\":\"SUCCESS\",\"trace\":[1]},\"data\":{"
                      "\"fee\":{\"x\":1}," KEY ",\"status\":\"PENDING\"}}",
                      &body));
}

#define LIST(list) ENVELOPE("{\"orderId\":\"000123\",\"transactions\":" list "}")
#define ITEM       "{" KEY ",\"status\":\"PENDING\"}"

/* Everything else is unreadable, and leaves nothing behind. */
static void malformed_answers_are_unreadable(void **state)
{
    static const struct {
        enum rcp_pg_verb verb;
        const char *why;
        const char *text;
    } rows[] = {
        {RCP_PG_PAY, "nothing", ""},
        {RCP_PG_PAY, "no JSON", "<html>"},
        {RCP_PG_PAY,
         "half of it",
         "{\"meta\":{\"result\":\"SUCCESS\"},\"data\":{\"transactionKey\":\"a"},
        {RCP_PG_PAY, "something after it", ENVELOPE(ITEM) "x"},
        {RCP_PG_PAY, "an array", "[]"},
        {RCP_PG_PAY, "a number", "5"},
        {RCP_PG_PAY, "no meta", "{\"data\":" ITEM "}"},
        {RCP_PG_PAY, "meta of another type", "{\"meta\":\"SUCCESS\",\"data\":" ITEM "}"},
        {RCP_PG_PAY, "result FAIL", "{\"meta\":{\"result\":\"FAIL\"},\"data\":" ITEM "}"},
        {RCP_PG_PAY, "result of another type", "{\"meta\":{\"result\":true},\"data\":" ITEM "}"},
        {RCP_PG_PAY, "no data", "{\"meta\":{\"result\":\"SUCCESS\"}}"},
        {RCP_PG_PAY, "data null", ENVELOPE("null")},
        {RCP_PG_PAY, "data a list", ENVELOPE("[" ITEM "]")},
        {RCP_PG_PAY, "no key", ENVELOPE("{\"status\":\"PENDING\"}")},
        {RCP_PG_PAY, "key a number", ENVELOPE("{\"transactionKey\":5,\"status\":\"PENDING\"}")},
        {RCP_PG_PAY, "key empty", ENVELOPE("{\"transactionKey\":\"\",\"status\":\"PENDING\"}")},
        {RCP_PG_PAY,
         "key with a space",
         ENVELOPE("{\"transactionKey\":\"a b\",\"status\":\"PENDING\"}")},
        {RCP_PG_PAY,
         "key with a line break",
         ENVELOPE("{\"transactionKey\":\"a\\nb\",\"status\":\"PENDING\"}")},
        {RCP_PG_PAY,
         "key with a zero",
         ENVELOPE("{\"transactionKey\":\"a\\u0000b\",\"status\":\"PENDING\"}")},
        {RCP_PG_PAY,
         "key beyond ASCII",
         ENVELOPE("{\"transactionKey\":\"키\",\"status\":\"PENDING\"}")},
        {RCP_PG_PAY, "no status", ENVELOPE("{" KEY "}")},
        {RCP_PG_PAY, "status null", ENVELOPE("{" KEY ",\"status\":null}")},
        {RCP_PG_PAY, "status a number", ENVELOPE("{" KEY ",\"status\":1}")},
        {RCP_PG_PAY, "reason a number", ENVELOPE("{" KEY ",\"status\":\"FAILED\",\"reason\":1}")},
        {RCP_PG_PAY, "key twice", ENVELOPE("{" KEY "," KEY ",\"status\":\"PENDING\"}")},
        {RCP_PG_PAY,
         "status twice",
         ENVELOPE("{" KEY ",\"status\":\"FAILED\",\"status\":\"SUCCESS\"}")},
        {RCP_PG_PAY,
         "data twice",
         "{\"meta\":{\"result\":\"SUCCESS\"},\"data\":" ITEM ",\"data\":" ITEM "}"},
        {RCP_PG_PAY, "no UTF-8", ENVELOPE("{" KEY ",\"status\":\"\xff\xfe\"}")},
        {RCP_PG_GET, "no order", ENVELOPE("{" KEY ",\"status\":\"SUCCESS\",\"amount\":1}")},
        {RCP_PG_GET,
         "order a number",
         ENVELOPE("{" KEY ",\"status\":\"SUCCESS\",\"orderId\":123,\"amount\":1}")},
        {RCP_PG_GET,
         "no amount",
         ENVELOPE("{" KEY ",\"status\":\"SUCCESS\",\"orderId\":\"000123\"}")},
        {RCP_PG_GET,
         "amount a text",
         ENVELOPE("{" KEY ",\"status\":\"SUCCESS\",\"orderId\":\"000123\",\"amount\":\"1\"}")},
        {RCP_PG_GET,
         "amount a fraction",
         ENVELOPE("{" KEY ",\"status\":\"SUCCESS\",\"orderId\":\"000123\",\"amount\":1.0}")},
        {RCP_PG_GET,
         "amount negative",
         ENVELOPE("{" KEY ",\"status\":\"SUCCESS\",\"orderId\":\"000123\",\"amount\":-1}")},
        {RCP_PG_GET,
         "amount too large",
         ENVELOPE(
             "{" KEY
             ",\"status\":\"SUCCESS\",\"orderId\":\"000123\",\"amount\":99999999999999999999}")},
        {RCP_PG_REFUND, "no amount", ENVELOPE("{" KEY ",\"status\":\"REFUNDED\"}")},
        {RCP_PG_LIST, "one transaction", ENVELOPE(ITEM)},
        {RCP_PG_LIST, "no order", ENVELOPE("{\"transactions\":[" ITEM "]}")},
        {RCP_PG_LIST,
         "another order",
         ENVELOPE("{\"orderId\":\"000124\",\"transactions\":[" ITEM "]}")},
        {RCP_PG_LIST, "no list", ENVELOPE("{\"orderId\":\"000123\"}")},
        {RCP_PG_LIST, "list null", LIST("null")},
        {RCP_PG_LIST, "an empty list", LIST("[]")},
        {RCP_PG_LIST, "an item of another type", LIST("[" ITEM ",5]")},
        {RCP_PG_LIST, "an item without status", LIST("[{" KEY "}]")},
        {RCP_PG_LIST, "an item twice", LIST("[" ITEM "," ITEM "]")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static const struct rcp_pg_body nothing;
        struct rcp_pg_body body;
        memset(&body, 0xa5, sizeof body);
        if (reads(rows[i].verb, rows[i].text, &body))
            fail_msg("readable: %s", rows[i].why);
        assert_memory_equal(&body, &nothing, sizeof body);
    }
}

/* A key as long as our tables keep it is read, one byte more is not. */
static void keys_have_a_longest(void **state)
{
    (void)state;
    for (int longer = 0; longer < 2; longer++) {
        struct rcp_pg_body body;
        char text[512];
        snprintf(text,
                 sizeof text,
                 ENVELOPE("{\"transactionKey\":\"%0*d\",\"status\":\"PENDING\"}"),
                 (int)RCP_PG_KEY_MAX + longer,
                 7);
        assert_int_equal(reads(RCP_PG_PAY, text, &body), longer == 0);
    }
}

/* Deep nesting ends in a refusal, not in a deep stack. */
static void deep_nesting_is_unreadable(void **state)
{
    static char text[200001];
    struct rcp_pg_body body;
    (void)state;
    memset(text, '[', sizeof text - 1u);
    assert_false(reads(RCP_PG_PAY, text, &body));
}

/* Only the PG's own envelope makes a failure the PG's. */
static void only_the_pgs_own_failure_is_one(void **state)
{
    static const struct {
        const char *text;
        bool its_own;
    } rows[] = {
        {"{\"meta\":{\"result\":\"FAIL\",\"errorCode\":\"Not "
         "Found\",\"message\":\"x\"},\"data\":null}",
         true},
        {"{\"meta\":{\"result\":\"FAIL\"}}", true},
        {"{\"meta\":{\"result\":\"SUCCESS\"}}", false},
        {"{\"meta\":{\"result\":\"FAIL\",\"result\":\"FAIL\"}}", false},
        {"{\"error\":\"not found\"}", false},
        {"<h1>404</h1>", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(rcp_pg_read_failure(rows[i].text, strlen(rows[i].text)), rows[i].its_own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_ids_are_padded_and_read_again),
        cmocka_unit_test(foreign_order_ids_are_none_of_ours),
        cmocka_unit_test(requests_are_written_as_documented),
        cmocka_unit_test(what_does_not_fit_is_not_written),
        cmocka_unit_test(one_transaction_is_read),
        cmocka_unit_test(statuses_and_reasons_have_their_meaning),
        cmocka_unit_test(lists_are_read_newest_first),
        cmocka_unit_test(unknown_fields_are_passed_over),
        cmocka_unit_test(malformed_answers_are_unreadable),
        cmocka_unit_test(keys_have_a_longest),
        cmocka_unit_test(deep_nesting_is_unreadable),
        cmocka_unit_test(only_the_pgs_own_failure_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
