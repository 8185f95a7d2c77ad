/* The payload's JSON: what is written is what old services read, what is read is exactly FACTS 0.3. */
#include "prod/payload_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ALL_BUT_QUANTITY                                   \
    "\"userId\":7,\"campaignActivityId\":3,\"productId\":" \
    "11,\"campaignActivityType\":\"COUPON\""

static const struct rcp_payload coupon = {
    .user_id = 7, .activity_id = 3, .product_id = 11, .quantity = 1, .type = RCP_ACTIVITY_COUPON};

static bool read_text(const char *text, struct rcp_payload *payload)
{
    return rcp_payload_read(text, strlen(text), payload);
}

/* Names, order and types are those of the documents, to the byte. */
static void what_is_written_is_the_documented_text(void **state)
{
    (void)state;
    char text[RCP_PAYLOAD_JSON_MAX];
    size_t size = rcp_payload_write(&coupon, text);
    assert_string_equal(text, "{" ALL_BUT_QUANTITY ",\"quantity\":1}");
    assert_int_equal(size, strlen(text));
}

/* The largest of everything still fits, and comes back as it was. */
static void what_is_written_reads_back(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < RCP_ACTIVITY_TYPE_COUNT; type++) {
        const struct rcp_payload rows[] = {
            {.user_id = 1, .activity_id = 1, .product_id = 1, .quantity = 1, .type = type},
            {INT64_MAX, INT64_MAX, INT64_MAX, INT32_MAX, type},
        };
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            char text[RCP_PAYLOAD_JSON_MAX];
            struct rcp_payload back;
            assert_true(rcp_payload_read(text, rcp_payload_write(&rows[i], text), &back));
            assert_memory_equal(&back, &rows[i], sizeof back);
        }
    }
}

/* The entry service writes "@class" as well, leaves a quantity null, and may add names later. */
static void what_old_services_write_is_read(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{" ALL_BUT_QUANTITY ",\"quantity\":1}",
        "{\"@class\":\"x.ReservationTokenPayload\"," ALL_BUT_QUANTITY ",\"quantity\":1}",
        "{" ALL_BUT_QUANTITY ",\"quantity\":null}",
        "{" ALL_BUT_QUANTITY "}",
        " {" ALL_BUT_QUANTITY ",\"quantity\":1,\"later\":{\"a\":[1.5,null,\"\xEA\xB0\x80\"]}} \n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_payload payload;
        if (!read_text(rows[i], &payload))
            fail_msg("not read: %s", rows[i]);
        assert_memory_equal(&payload, &coupon, sizeof payload);
    }
}

/* Whatever is not exactly a payload is none, and leaves nothing behind. */
static void anything_else_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
    } rows[] = {
        {"nothing", ""},
        {"not JSON", "userId=7"},
        {"an array", "[{" ALL_BUT_QUANTITY "}]"},
        {"null", "null"},
        {"cut off", "{" ALL_BUT_QUANTITY ",\"quantity\":1"},
        {"two objects", "{" ALL_BUT_QUANTITY "}{" ALL_BUT_QUANTITY "}"},
        {"a name twice", "{" ALL_BUT_QUANTITY ",\"userId\":8}"},
        {"not UTF-8", "{" ALL_BUT_QUANTITY ",\"later\":\"\xff\"}"},
        {"no user",
         "{\"campaignActivityId\":3,\"productId\":11,\"campaignActivityType\":\"COUPON\"}"},
        {"no activity", "{\"userId\":7,\"productId\":11,\"campaignActivityType\":\"COUPON\"}"},
        {"no product",
         "{\"userId\":7,\"campaignActivityId\":3,\"campaignActivityType\":\"COUPON\"}"},
        {"no type", "{\"userId\":7,\"campaignActivityId\":3,\"productId\":11}"},
        {"user 0",
         "{\"userId\":0,\"campaignActivityId\":3,\"productId\":1,\"campaignActivityType\":"
         "\"COUPON\"}"},
        {"user below 0",
         "{\"userId\":-7,\"campaignActivityId\":3,\"productId\":1,\"campaignActivityType\":"
         "\"COUPON\"}"},
        {"user past a long",
         "{\"userId\":9223372036854775808,\"campaignActivityId\":3,\"productId\":1,"
         "\"campaignActivityType\":\"COUPON\"}"},
        {"user as text",
         "{\"userId\":\"7\",\"campaignActivityId\":3,\"productId\":1,\"campaignActivityType\":"
         "\"COUPON\"}"},
        {"user with a point",
         "{\"userId\":7.0,\"campaignActivityId\":3,\"productId\":1,\"campaignActivityType\":"
         "\"COUPON\"}"},
        {"user true",
         "{\"userId\":true,\"campaignActivityId\":3,\"productId\":1,\"campaignActivityType\":"
         "\"COUPON\"}"},
        {"another type",
         "{\"userId\":7,\"campaignActivityId\":3,\"productId\":1,\"campaignActivityType\":"
         "\"RAFFLE\"}"},
        {"a type in small letters",
         "{\"userId\":7,\"campaignActivityId\":3,\"productId\":1,\"campaignActivityType\":"
         "\"coupon\"}"},
        {"a type as number",
         "{\"userId\":7,\"campaignActivityId\":3,\"productId\":1,\"campaignActivityType\":1}"},
        {"quantity 0", "{" ALL_BUT_QUANTITY ",\"quantity\":0}"},
        {"quantity below 0", "{" ALL_BUT_QUANTITY ",\"quantity\":-1}"},
        {"quantity past an int", "{" ALL_BUT_QUANTITY ",\"quantity\":2147483648}"},
        {"quantity as text", "{" ALL_BUT_QUANTITY ",\"quantity\":\"1\"}"},
        {"quantity with a point", "{" ALL_BUT_QUANTITY ",\"quantity\":1.0}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_payload payload = coupon;
        if (read_text(rows[i].text, &payload))
            fail_msg("read all the same: %s", rows[i].name);
        assert_memory_equal(&payload, &(struct rcp_payload){0}, sizeof payload);
    }
}

/* Every prefix of a good text is refused: nothing is read past its end either (run under a sanitizer). */
static void a_text_cut_anywhere_is_refused(void **state)
{
    (void)state;
    char text[RCP_PAYLOAD_JSON_MAX];
    size_t size = rcp_payload_write(&coupon, text);
    for (size_t cut = 0; cut < size; cut++) {
        struct rcp_payload payload;
        assert_false(rcp_payload_read(text, cut, &payload));
    }
}

/* A value of a megabyte, or nested without end, costs no parsing. */
static void a_text_too_long_is_refused(void **state)
{
    (void)state;
    static char text[RCP_PAYLOAD_READ_MAX + 1];
    memset(text, ' ', sizeof text);
    memcpy(text, "{" ALL_BUT_QUANTITY "}", sizeof "{" ALL_BUT_QUANTITY "}" - 1);
    struct rcp_payload payload;
    assert_true(rcp_payload_read(text, sizeof text - 1, &payload));
    assert_false(rcp_payload_read(text, sizeof text, &payload));
}

/* A NUL inside does not end the text early. */
static void a_nul_does_not_hide_what_follows(void **state)
{
    (void)state;
    static const char text[] = "{" ALL_BUT_QUANTITY "}\0,";
    struct rcp_payload payload;
    assert_false(rcp_payload_read(text, sizeof text - 1, &payload));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_the_documented_text),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(what_old_services_write_is_read),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(a_text_cut_anywhere_is_refused),
        cmocka_unit_test(a_text_too_long_is_refused),
        cmocka_unit_test(a_nul_does_not_hide_what_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
