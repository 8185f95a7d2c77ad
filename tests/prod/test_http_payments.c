/* The first document over HTTP: each answer of the core reaches its client, in the client's language. */
#include "tests/prod/support/raw_client.h"
#include "tests/prod/support/test_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct test_server server;
static struct raw_reply reply;

static int start(void **state)
{
    (void)state;
    test_server_prepare(&server);
    test_server_start(&server);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return test_server_end(&server);
}

static void pay(const char *path, uint64_t user_id, const char *token, const char *more)
{
    char headers[2048];
    char body[512];
    snprintf(headers, sizeof headers, "Authorization: %s\r\n%s", test_bearer(user_id), more);
    snprintf(body, sizeof body, "{\"token\":\"%s\"}", token);
    raw_ask(test_server_port(&server), path, headers, body, &reply);
}

static void ask_status(uint64_t user_id, const char *token)
{
    char headers[2048];
    char path[512];
    snprintf(headers, sizeof headers, "Authorization: %s\r\n", test_bearer(user_id));
    snprintf(path, sizeof path, "/api/v1/payments/%s", token);
    raw_ask(test_server_port(&server), path, headers, NULL, &reply);
}

/* Every end that the core knows comes out as its status, with the code that a client can act on. */
static void each_fate_has_its_status(void **state)
{
    (void)state;
    static const struct {
        uint64_t user_id;
        uint64_t activity;
        int status;
        const char *says;
    } rows[] = {
        {7, FAKE_APPROVES, 200, "\"state\":\"approved\""},
        {7, FAKE_OPENS, 202, "\"code\":\"PAYMENT_IN_PROGRESS\""},
        {7, FAKE_PARKS, 202, "\"code\":\"PAYMENT_IN_PROGRESS\""},
        {7, FAKE_CONFLICTS, 409, "\"code\":\"CONFLICT\""},
        {7, FAKE_EXPIRED, 410, "\"code\":\"GONE\""},
        {7, FAKE_NOBODY, 503, "\"code\":\"SERVICE_UNAVAILABLE\""},
        {8, FAKE_APPROVES, 403, "\"code\":\"FORBIDDEN\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pay("/api/v1/payments/process", 7, test_token(rows[i].user_id, rows[i].activity), "");
        assert_int_equal(reply.status, rows[i].status);
        assert_non_null(strstr(reply.body, rows[i].says));
        bool problem = rows[i].status >= 400;
        assert_string_equal(raw_header(&reply, "Content-Type"),
                            problem ? "application/problem+json" : "application/json");
        assert_string_equal(raw_header(&reply, "Cache-Control"), "no-store");
        assert_string_equal(raw_header(&reply, "Retry-After"), rows[i].status == 503 ? "1" : "");
    }
}

/* The old path is the same door. */
static void short_path_pays_too(void **state)
{
    (void)state;
    pay("/process", 7, test_token(7, FAKE_APPROVES), "");
    assert_int_equal(reply.status, 200);
}

/* 202 says where to ask; asking there goes from open to approved. */
static void accepted_payment_is_followed_to_its_end(void **state)
{
    (void)state;
    char token[RCP_TOKEN_TEXT_MAX + 1u];
    char location[512];
    snprintf(token, sizeof token, "%s", test_token(9, FAKE_OPENS));
    pay("/api/v1/payments/process", 9, token, "");
    assert_int_equal(reply.status, 202);
    snprintf(location, sizeof location, "/api/v1/payments/%s", token);
    assert_string_equal(raw_header(&reply, "Location"), location);
    assert_non_null(strstr(reply.body, location));
    int asked = 0;
    do {
        ask_status(9, token);
        assert_int_equal(reply.status, 200);
        asked++;
    } while (strstr(reply.body, "\"state\":\"open\"") != NULL && asked < 10);
    assert_non_null(strstr(reply.body, "\"state\":\"approved\""));
}

/* The owner of a valid token is never told that there is nothing: at worst `unknown`. */
static void status_is_never_404_to_the_owner(void **state)
{
    (void)state;
    static const uint64_t activities[] = {FAKE_APPROVES, FAKE_NOBODY, FAKE_EXPIRED, 12345};
    for (size_t i = 0; i < sizeof activities / sizeof activities[0]; i++) {
        ask_status(7, test_token(7, activities[i]));
        assert_int_equal(reply.status, 200);
    }
    assert_non_null(strstr(reply.body, "\"state\":\"unknown\""));
    ask_status(7, test_token(8, FAKE_APPROVES));
    assert_int_equal(reply.status, 403);
    ask_status(7, "nothing-that-reads");
    assert_int_equal(reply.status, 400);
}

/* Nobody is not the owner of anything. */
static void without_a_login_nothing_is_asked(void **state)
{
    (void)state;
    char body[512];
    snprintf(body, sizeof body, "{\"token\":\"%s\"}", test_token(7, FAKE_APPROVES));
    raw_ask(test_server_port(&server), "/api/v1/payments/process", "", body, &reply);
    assert_int_equal(reply.status, 401);
    assert_string_equal(raw_header(&reply, "WWW-Authenticate"), "Bearer");
    raw_ask(
        test_server_port(&server), "/api/v1/payments/process", "X-USER-ID: 7\r\n", body, &reply);
    assert_int_equal(reply.status, 401);
}

/* A login that has run out, is signed by nobody or by somebody else, or is none, is nobody's. */
static void bad_logins_are_nobodys(void **state)
{
    (void)state;
    static const char *const logins[] = {
        /* HS256 by our secret, exp 1 */
        "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJzdWIiOiI3IiwiZXhwIjoxfQ."
        "yRbX0_FTG5VqyPOplDM1U3XiCgnQEg9nr6jw04nhqSo",
        /* {"alg":"none"}, sub 7, exp in 2100 */
        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwfQ.",
        /* HS256 by another secret, sub 7, exp in 2100 */
        "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwfQ."
        "z0qDu7CP694K4zOE0tuzqSGP-bpynTvju8wFPYITu6M",
        "Bearer x",
        "Basic Nzp4",
        "",
    };
    char body[512];
    char headers[1024];
    snprintf(body, sizeof body, "{\"token\":\"%s\"}", test_token(7, FAKE_APPROVES));
    for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i++) {
        snprintf(headers, sizeof headers, "Authorization: %s\r\n", logins[i]);
        raw_ask(test_server_port(&server), "/process", headers, body, &reply);
        assert_int_equal(reply.status, 401);
        assert_non_null(strstr(reply.body, "\"code\":\"UNAUTHORIZED\""));
    }
}

/* A token that is malformed or forged is the client's mistake, and says so by its own code. */
static void bad_tokens_are_refused(void **state)
{
    (void)state;
    char forged[RCP_TOKEN_TEXT_MAX + 1u];
    char longer[300];
    struct rcp_token_keys keys = {0};
    rcp_token_keys_add(&keys, "other secret", 12);
    rcp_token_issue(&keys, 7, FAKE_APPROVES, forged);
    memset(longer, 'A', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    const char *const tokens[] = {"", "x", "not a token", forged, longer, "../../../etc/passwd"};
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        pay("/api/v1/payments/process", 7, tokens[i], "");
        assert_int_equal(reply.status, 400);
        assert_non_null(strstr(reply.body, "\"code\":\"PAYMENT_TOKEN_INVALID\""));
    }
}

/* Korean by default, English where a client wants it more. */
static void answers_are_in_the_clients_language(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        const char *says;
        const char *language;
    } rows[] = {
        {"", "예약이 만료되었습니다", "ko"},
        {"Accept-Language: en-US,en;q=0.9\r\n", "The reservation is over", "en"},
        {"Accept-Language: ko-KR,en;q=0.5\r\n", "예약이 만료되었습니다", "ko"},
        {"Accept-Language: de, fr\r\n", "예약이 만료되었습니다", "ko"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pay("/api/v1/payments/process", 7, test_token(7, FAKE_EXPIRED), rows[i].header);
        assert_int_equal(reply.status, 410);
        assert_non_null(strstr(reply.body, rows[i].says));
        assert_string_equal(raw_header(&reply, "Content-Language"), rows[i].language);
        assert_string_equal(raw_header(&reply, "Vary"), "Accept-Language");
    }
}

/* A client's trace goes on, with a span of ours; a broken one is replaced. */
static void trace_goes_on(void **state)
{
    (void)state;
    static const char trace_id[] = "0af7651916cd43dd8448eb211c80319c";
    char header[128];
    char first[128];
    snprintf(header, sizeof header, "traceparent: 00-%s-b7ad6b7169203331-01\r\n", trace_id);
    pay("/process", 7, test_token(7, FAKE_APPROVES), header);
    snprintf(first, sizeof first, "%s", raw_header(&reply, "traceresponse"));
    assert_int_equal(strlen(first), 55);
    assert_memory_equal(first + 3, trace_id, 32);
    assert_memory_not_equal(first + 36, "b7ad6b7169203331", 16);
    pay("/process", 7, test_token(7, FAKE_APPROVES), header);
    assert_string_not_equal(first, raw_header(&reply, "traceresponse"));
    pay("/process", 7, test_token(7, FAKE_APPROVES), "traceparent: 00-zz-1-01\r\n");
    assert_int_equal(reply.status, 200);
    assert_int_equal(strlen(raw_header(&reply, "traceresponse")), 55);
    pay("/process", 7, test_token(7, FAKE_EXPIRED), header);
    assert_non_null(strstr(reply.body, trace_id)); /* for the person who calls support */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fate_has_its_status),
        cmocka_unit_test(short_path_pays_too),
        cmocka_unit_test(status_is_never_404_to_the_owner),
        cmocka_unit_test(without_a_login_nothing_is_asked),
        cmocka_unit_test(bad_logins_are_nobodys),
        cmocka_unit_test(bad_tokens_are_refused),
        cmocka_unit_test(answers_are_in_the_clients_language),
        cmocka_unit_test(trace_goes_on),
        cmocka_unit_test(accepted_payment_is_followed_to_its_end),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
