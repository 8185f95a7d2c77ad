/* What a status says before anybody has looked at the PG's words. */
#include "prod/pg/pg_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
