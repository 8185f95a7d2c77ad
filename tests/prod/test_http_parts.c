/* The parts of the HTTP server that know no socket: languages, traces, JSON, routes, problems. */
#include "prod/http/json.h"
#include "prod/http/language.h"
#include "prod/http/problem.h"
#include "prod/http/route.h"
#include "prod/http/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Accept-Language with weights; anything odd is Korean. */
static void language_is_the_heavier_one(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum rcp_language language;
    } rows[] = {
        {NULL, RCP_LANGUAGE_KO},
        {"", RCP_LANGUAGE_KO},
        {"*", RCP_LANGUAGE_KO},
        {"en", RCP_LANGUAGE_EN},
        {"EN-gb", RCP_LANGUAGE_EN},
        {"ko", RCP_LANGUAGE_KO},
        {"ko, en", RCP_LANGUAGE_KO},
        {"en, ko", RCP_LANGUAGE_KO},
        {"en;q=0.9, ko;q=0.8", RCP_LANGUAGE_EN},
        {"en;q=0.8,ko;q=0.9", RCP_LANGUAGE_KO},
        {"de;q=1, en;q=0.001", RCP_LANGUAGE_EN},
        {"en;q=0", RCP_LANGUAGE_KO},
        {"en;q=x", RCP_LANGUAGE_KO},
        {"en;q=", RCP_LANGUAGE_KO},
        {"en;", RCP_LANGUAGE_KO},
        {"english", RCP_LANGUAGE_KO},
        {"e", RCP_LANGUAGE_KO},
        {",,,;;;===", RCP_LANGUAGE_KO},
        {"ko;q=1.000, en;q=1.999", RCP_LANGUAGE_KO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(rcp_language_of(rows[i].header), rows[i].language);
}

#define TRACE_ID "0af7651916cd43dd8448eb211c80319c"

/* A traceparent that the standard allows goes on; any other starts a new trace. */
static void traceparent_is_read_by_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool goes_on;
    } rows[] = {
        {"00-" TRACE_ID "-b7ad6b7169203331-01", true},
        {"00-" TRACE_ID "-b7ad6b7169203331-00", true},
        {"01-" TRACE_ID "-b7ad6b7169203331-01", true},
        {"01-" TRACE_ID "-b7ad6b7169203331-01-more", true},
        {"00-" TRACE_ID "-b7ad6b7169203331-01-more", false},
        {"01-" TRACE_ID "-b7ad6b7169203331-01x", false},
        {"ff-" TRACE_ID "-b7ad6b7169203331-01", false},
        {"0x-" TRACE_ID "-b7ad6b7169203331-01", false},
        {"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false},
        {"00-00000000000000000000000000000000-b7ad6b7169203331-01", false},
        {"00-" TRACE_ID "-0000000000000000-01", false},
        {"00-" TRACE_ID "-b7ad6b716920333x-01", false},
        {"00-" TRACE_ID "-b7ad6b7169203331-0", false},
        {"00-" TRACE_ID "-b7ad6b7169203331-0g", false},
        {"00_" TRACE_ID "_b7ad6b7169203331_01", false},
        {"", false},
        {NULL, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_trace trace;
        char text[RCP_TRACE_TEXT];
        assert_true(rcp_trace_begin(&trace, rows[i].header));
        rcp_trace_text(&trace, text);
        assert_int_equal(strlen(text), RCP_TRACE_TEXT - 1u);
        assert_int_equal(memcmp(text + 3, TRACE_ID, 32) == 0, rows[i].goes_on);
        assert_memory_not_equal(text + 36, "b7ad6b7169203331", 16);
    }
}

/* A repeated request has another origin, although its trace is the same. */
static void each_request_has_its_own_origin(void **state)
{
    (void)state;
    struct rcp_trace first;
    struct rcp_trace second;
    static const char header[] = "00-" TRACE_ID "-b7ad6b7169203331-01";
    assert_true(rcp_trace_begin(&first, header));
    assert_true(rcp_trace_begin(&second, header));
    assert_memory_equal(first.trace_id, second.trace_id, RCP_TRACE_ID_SIZE);
    assert_memory_not_equal(&first, &second, sizeof first);
}

static bool is_object(const char *text)
{
    json_t *object = rcp_json_object(text, strlen(text));
    json_decref(object);
    return object != NULL;
}

/* Nesting is bounded before anybody recurses, and brackets in strings do not count. */
static void nesting_is_bounded(void **state)
{
    (void)state;
    static char deep[200000];
    assert_true(is_object("{\"a\":[[{\"b\":1}]]}"));
    assert_false(is_object("{\"a\":[[[{\"b\":1}]]]}"));
    assert_true(is_object("{\"a\":\"[[[[[[[[[[{{{{{{\"}"));
    assert_true(is_object("{\"a\":\"\\\"[[[[[[[\"}"));
    assert_true(is_object("{\"a\\\\\":\"[[[[[[[[\"}"));
    memset(deep, '[', sizeof deep - 1);
    assert_false(is_object(deep));
    deep[0] = '{';
    assert_false(is_object(deep));
}

/* Every code stands once, every status is a problem's, every text is there in both languages and fits JSON. */
static void problems_are_complete(void **state)
{
    (void)state;
    for (int i = RCP_PROBLEM_NONE + 1; i < RCP_PROBLEM_COUNT; i++) {
        const struct rcp_problem_row *row = rcp_problem_row((enum rcp_problem)i);
        assert_true(row->status >= 400 && row->status <= 599);
        assert_non_null(row->title);
        assert_memory_equal(row->type, "/problems/", 10);
        for (int k = 0; k < RCP_LANGUAGE_COUNT; k++) {
            assert_non_null(row->detail[k]);
            assert_null(strpbrk(row->detail[k], "\"\\\n"));
        }
        for (int k = RCP_PROBLEM_NONE + 1; k < i; k++)
            assert_string_not_equal(rcp_problem_row((enum rcp_problem)k)->code, row->code);
    }
}

/* What the core says keeps its status, whatever we call it. */
static void core_status_keeps_its_number(void **state)
{
    (void)state;
    static const enum rcp_status statuses[] = {RCP_STATUS_BAD_REQUEST,
                                               RCP_STATUS_UNAUTHORIZED,
                                               RCP_STATUS_PAYMENT_REQUIRED,
                                               RCP_STATUS_FORBIDDEN,
                                               RCP_STATUS_NOT_FOUND,
                                               RCP_STATUS_CONFLICT,
                                               RCP_STATUS_GONE,
                                               RCP_STATUS_UNPROCESSABLE,
                                               RCP_STATUS_ERROR,
                                               RCP_STATUS_UNAVAILABLE};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        assert_int_equal(rcp_problem_row(rcp_problem_of(statuses[i]))->status, statuses[i]);
    assert_int_equal(rcp_problem_of(RCP_STATUS_OK), RCP_PROBLEM_NONE);
    assert_int_equal(rcp_problem_of(RCP_STATUS_ACCEPTED), RCP_PROBLEM_NONE);
}

static const char *path_of(const char *method, const char *path, bool inside)
{
    static char said[64];
    const char *tail = "";
    const char *allow = "";
    enum rcp_problem problem = RCP_PROBLEM_NONE;
    const struct rcp_route *route = rcp_route_find(method, path, inside, &tail, &allow, &problem);
    if (route == NULL)
        return problem == RCP_PROBLEM_METHOD ? allow : "404";
    snprintf(said, sizeof said, "%s|%s", route->path, tail);
    return said;
}

/* An exact path goes before one with a name in it. */
static void routes_are_found(void **state)
{
    (void)state;
    assert_string_equal(path_of("POST", "/process", false), "/process|");
    assert_string_equal(path_of("GET", "/api/v1/payments/abc", false),
                        "/api/v1/payments/{token}|abc");
    assert_string_equal(path_of("GET", "/api/v1/payments/process", false), "POST");
    assert_string_equal(path_of("GET", "/api/v1/payments/callback", false), "POST");
    assert_string_equal(path_of("POST", "/api/v1/payments/abc", false), "GET, HEAD");
    assert_string_equal(path_of("HEAD", "/livez", false), "/livez|");
    assert_string_equal(path_of("GET", "/metrics", false), "404");
    assert_string_equal(path_of("GET", "/metrics", true), "/metrics|");
    assert_string_equal(path_of("get", "/livez", false), "GET, HEAD");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(language_is_the_heavier_one),
        cmocka_unit_test(traceparent_is_read_by_the_standard),
        cmocka_unit_test(each_request_has_its_own_origin),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(problems_are_complete),
        cmocka_unit_test(core_status_keeps_its_number),
        cmocka_unit_test(routes_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
