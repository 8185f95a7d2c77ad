/* What HTTP says around the PG's words. */
#include "prod/pg/pg_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Each status has the answer that core/gateway/pg.h gives it. */
static void every_status_has_its_answer(void **state)
{
    static const struct {
        long first, last;
        enum rcp_pg_answer answer;
    } rows[] = {
        {0, 199, RCP_PG_UNREADABLE},
        {200, 299, RCP_PG_OK},
        {300, 399, RCP_PG_UNREADABLE},
        {400, 400, RCP_PG_BAD_REQUEST},
        {401, 401, RCP_PG_UNAUTHORIZED},
        {402, 402, RCP_PG_BAD_REQUEST},
        {403, 403, RCP_PG_UNAUTHORIZED},
        {404, 404, RCP_PG_NOT_FOUND},
        {405, 428, RCP_PG_BAD_REQUEST},
        {429, 429, RCP_PG_TOO_MANY},
        {430, 499, RCP_PG_BAD_REQUEST},
        {500, 501, RCP_PG_ERROR_500},
        {502, 502, RCP_PG_BAD_GATEWAY},
        {503, 503, RCP_PG_ERROR_500},
        {504, 504, RCP_PG_BAD_GATEWAY},
        {505, 599, RCP_PG_ERROR_500},
        {600, 999, RCP_PG_UNREADABLE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (long status = rows[i].first; status <= rows[i].last; status++)
            assert_int_equal(rcp_pg_answer_of_status(status), rows[i].answer);
}

static struct rcp_bytes bytes_of(const char *text)
{
    struct rcp_bytes bytes = {.size = (uint8_t)strlen(text)};
    memcpy(bytes.at, text, bytes.size);
    return bytes;
}

/* A trace id goes through as it came; anything else is replaced by the origin, and zero is no id. */
static void calls_belong_to_their_orders_trace(void **state)
{
    static const struct {
        const char *trace;
        uint64_t origin;
        const char *header;
    } rows[] = {
        {"4bf92f3577b34da6a3ce929d0e0e4736",
         5,
         "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000009-01"},
        {"", 0xabcdef, "00-00000000000000000000000000abcdef-0000000000000009-01"},
        {"4BF92F3577B34DA6A3CE929D0E0E4736",
         5,
         "00-00000000000000000000000000000005-0000000000000009-01"},
        {"00000000000000000000000000000000",
         5,
         "00-00000000000000000000000000000005-0000000000000009-01"},
        {"4bf92f3577b34da6a3ce929d0e0e473\n",
         5,
         "00-00000000000000000000000000000005-0000000000000009-01"},
        {"", 0, "00-00000000000000000000000000000009-0000000000000009-01"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[RCP_TRACEPARENT_MAX];
        struct rcp_bytes trace = bytes_of(rows[i].trace);
        rcp_pg_traceparent(&trace, rows[i].origin, 9, text);
        assert_string_equal(text, rows[i].header);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_answer),
        cmocka_unit_test(calls_belong_to_their_orders_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
