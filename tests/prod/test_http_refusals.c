/* What a server must refuse: wrong methods, types, sizes and bytes, in every field that a stranger can fill. */
#include "tests/prod/support/raw_client.h"
#include "tests/prod/support/test_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct test_server server;
static struct raw_reply reply;
static char login[2048];

static int start(void **state)
{
    (void)state;
    test_server_prepare(&server);
    test_server_start(&server);
    snprintf(login, sizeof login, "Authorization: %s\r\n", test_bearer(7));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return test_server_end(&server);
}

static void post(const char *path, const char *body)
{
    raw_ask(test_server_port(&server), path, login, body, &reply);
}

static void expect(int status, const char *code)
{
    char says[64];
    snprintf(says, sizeof says, "\"code\":\"%s\"", code);
    assert_int_equal(reply.status, status);
    assert_non_null(strstr(reply.body, says));
    assert_string_equal(raw_header(&reply, "Content-Type"), "application/problem+json");
    assert_string_equal(raw_header(&reply, "X-Content-Type-Options"), "nosniff");
}

/* 405 says which methods there are. */
static void wrong_method_is_told_the_right_one(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *path;
        const char *allow;
    } rows[] = {
        {"GET", "/api/v1/payments/process", "POST"},
        {"PUT", "/api/v1/payments/process", "POST"},
        {"DELETE", "/api/v1/orders", "POST"},
        {"PATCH", "/api/v1/orders/1", "GET, HEAD"},
        {"OPTIONS", "/readyz", "GET, HEAD"},
        {"POST", "/livez", "GET, HEAD"},
        {"TRACE", "/", "GET, HEAD"},
        {"QUITEUNKNOWN", "/process", "POST"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int fd = raw_connect(test_server_port(&server));
        raw_say(fd,
                "%s %s HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n",
                rows[i].method,
                rows[i].path);
        assert_true(raw_read(fd, &reply, 5000));
        expect(405, "METHOD_NOT_ALLOWED");
        assert_string_equal(raw_header(&reply, "Allow"), rows[i].allow);
        close(fd);
    }
}

/* Paths are exact: nothing is unescaped, resolved or guessed; what is for operators is not there for others. */
static void other_paths_are_not_there(void **state)
{
    (void)state;
    static const char *const paths[] = {"/api/v1/payments/",
                                        "/api/v1/payments/a/b",
                                        "/api/v1/payments/../orders",
                                        "/%70rocess",
                                        "/process%00",
                                        "/PROCESS",
                                        "/process/",
                                        "//process",
                                        "/metrics",
                                        "/checkout.html",
                                        "/api/v1/orders/",
                                        "/api/v1/orders/x",
                                        "/api/v1/orders/-1",
                                        "/api/v1/orders/0",
                                        "/api/v1/orders/99999999999999999999"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        raw_ask(test_server_port(&server), paths[i], login, NULL, &reply);
        expect(404, "NOT_FOUND");
    }
    raw_ask(test_server_inside(&server), "/metrics", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
}

/* Only JSON is read as JSON. */
static void other_content_types_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        int status;
    } rows[] = {
        {"", 415},
        {"Content-Type: text/plain\r\n", 415},
        {"Content-Type: application/jsonx\r\n", 415},
        {"Content-Type: application/x-www-form-urlencoded\r\n", 415},
        {"Content-Type: application/json; charset=utf-8\r\n", 200},
        {"Content-Type: APPLICATION/JSON\r\n", 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int fd = raw_connect(test_server_port(&server));
        char body[512];
        snprintf(body, sizeof body, "{\"token\":\"%s\"}", test_token(7, FAKE_APPROVES));
        raw_say(fd,
                "POST /process HTTP/1.1\r\nHost: t\r\n%s%sContent-Length: %zu\r\n\r\n%s",
                login,
                rows[i].type,
                strlen(body),
                body);
        assert_true(raw_read(fd, &reply, 5000));
        assert_int_equal(reply.status, rows[i].status);
        close(fd);
    }
}

/* Bytes that are not quite the JSON we want: bad syntax, wrong types, unknown or doubled members, NULs, broken
 * UTF-8, deep nesting. None of them reaches the core. */
static void bodies_that_do_not_read_are_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "null",
        "[]",
        "\"x\"",
        "{",
        "{}",
        "{\"token\":1}",
        "{\"token\":null}",
        "{\"token\":[\"x\"]}",
        "{\"token\":\"a\",\"token\":\"b\"}",
        "{\"token\":\"a\",\"x\":1}",
        "{\"Token\":\"a\"}",
        "{\"token\":\"a\"}{\"token\":\"b\"}",
        "{\"token\":\"a\"} trailing",
        "{\"token\":\"a\\u0000b\"}",
        "{\"token\":\"a\\nb\"}",
        "{\"token\":\"\xff\xfe\"}",
        "{\"token\":\"\xc0\x80\"}",
        "{\"token\":\"\xed\xa0\x80\"}",
        "{'token':'a'}",
        "{\"token\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}",
        "{\"token\":[[[[[[[[[[1]]]]]]]]]]}",
        "{\"token\":\"a\",}",
        "{\"token\":NaN}",
        "/**/{\"token\":\"a\"}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        post("/api/v1/payments/process", bodies[i]);
        expect(400, "BAD_REQUEST");
    }
}

/* Whatever a stranger writes into a field comes back as a refusal, or is not shown at all. */
static void injections_stay_words(void **state)
{
    (void)state;
    static const char *const words[] = {
        "' OR 1=1 --",
        "1; DROP TABLE payments",
        "\\r\\nSET RESERVATION_TOKEN:x y\\r\\n",
        "\\\"}],\\\"token\\\":\\\"",
        "<script>alert(1)</script>",
        "%0d%0aSet-Cookie:%20a=b",
        "${jndi:ldap://x}",
        "{{7*7}}",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char body[512];
        snprintf(body, sizeof body, "{\"token\":\"%s\"}", words[i]);
        post("/api/v1/payments/process", body);
        assert_int_equal(reply.status, 400);
        assert_null(strstr(reply.body, words[i]));
        snprintf(body,
                 sizeof body,
                 "{\"items\":[{\"productId\":\"%s\",\"quantity\":1}],\"totalAmount\":1,"
                 "\"usePoint\":1,\"paidAmount\":0}",
                 words[i]);
        post("/api/v1/orders", body);
        expect(400, "BAD_REQUEST");
        snprintf(body,
                 sizeof body,
                 "{\"transactionKey\":\"%s\",\"orderId\":\"%s\",\"status\":\"%s\","
                 "\"reason\":\"%s\"}",
                 words[i],
                 words[i],
                 words[i],
                 words[i]);
        post("/api/v1/payments/callback", body);
        assert_true(reply.status == 200 || reply.status == 400);
        assert_null(strstr(reply.body, words[i]));
    }
}

/* A header cannot be split by what a client puts into a path or a header. */
static void no_header_is_split(void **state)
{
    (void)state;
    raw_ask(
        test_server_port(&server), "/api/v1/payments/x%0d%0aSet-Cookie:a=b", login, NULL, &reply);
    assert_int_equal(reply.status, 400);
    assert_null(strstr(reply.head, "Set-Cookie"));
}

/* More than the limit is 413, whether it is announced or comes in chunks. */
static void large_bodies_are_refused(void **state)
{
    (void)state;
    static char body[20000];
    memset(body, ' ', sizeof body - 1);
    body[snprintf(body, sizeof body, "{\"token\":\"x\"}")] = ' ';
    int fd = raw_connect(test_server_port(&server));
    raw_say(fd,
            "POST /process HTTP/1.1\r\nHost: t\r\n%sContent-Type: application/json\r\n"
            "Content-Length: %zu\r\n\r\n",
            login,
            sizeof body);
    raw_send(fd, body, sizeof body);
    assert_true(raw_read(fd, &reply, 5000));
    expect(413, "CONTENT_TOO_LARGE");
    close(fd);

    fd = raw_connect(test_server_port(&server));
    raw_say(fd,
            "POST /process HTTP/1.1\r\nHost: t\r\n%sContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
            login,
            sizeof body);
    raw_send(fd, body, sizeof body);
    raw_say(fd, "\r\n0\r\n\r\n");
    assert_true(raw_read(fd, &reply, 5000));
    expect(413, "CONTENT_TOO_LARGE");
    close(fd);

    /* 10 GB announced: answered before a byte of it is there. */
    fd = raw_connect(test_server_port(&server));
    raw_say(fd,
            "POST /process HTTP/1.1\r\nHost: t\r\n%sContent-Type: application/json\r\n"
            "Content-Length: 10737418240\r\n\r\n",
            login);
    assert_true(raw_read(fd, &reply, 5000));
    expect(413, "CONTENT_TOO_LARGE");
    close(fd);
}

/* Chunks without end are cut off. */
static void endless_chunks_are_cut_off(void **state)
{
    (void)state;
    static char chunk[4096];
    memset(chunk, 'x', sizeof chunk);
    int fd = raw_connect(test_server_port(&server));
    raw_say(fd,
            "POST /process HTTP/1.1\r\nHost: t\r\n%sContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n",
            login);
    for (int i = 0; i < 64; i++) {
        raw_say(fd, "%zx\r\n", sizeof chunk);
        raw_send(fd, chunk, sizeof chunk);
        raw_say(fd, "\r\n");
    }
    assert_true(raw_ends(fd, 5000));
    close(fd);
}

/* Headers have a limit too; the server lives on. */
static void large_headers_are_refused(void **state)
{
    (void)state;
    static char value[32000];
    memset(value, 'x', sizeof value);
    int fd = raw_connect(test_server_port(&server));
    raw_say(fd, "GET /livez HTTP/1.1\r\nHost: t\r\nX-Large: ");
    raw_send(fd, value, sizeof value);
    raw_say(fd, "\r\n\r\n");
    raw_read(fd, &reply, 5000);
    assert_true(reply.status == 431 || reply.status == 413 || reply.status == 0);
    close(fd);
    fd = raw_connect(test_server_port(&server));
    raw_say(fd, "GET /");
    raw_send(fd, value, sizeof value);
    raw_say(fd, " HTTP/1.1\r\nHost: t\r\n\r\n");
    raw_read(fd, &reply, 5000);
    assert_true(reply.status == 414 || reply.status == 431 || reply.status == 0);
    close(fd);
    raw_ask(test_server_port(&server), "/livez", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
}

/* What decides something stands there once: a proxy may have read the other one. */
static void doubled_headers_are_refused(void **state)
{
    (void)state;
    char two[4096];
    snprintf(two, sizeof two, "%s%s", login, login);
    raw_ask(test_server_port(&server), "/process", two, "{\"token\":\"x\"}", &reply);
    expect(400, "BAD_REQUEST");
    snprintf(two, sizeof two, "%sIdempotency-Key: a\r\nIdempotency-Key: b\r\n", login);
    raw_ask(test_server_port(&server), "/api/v1/orders", two, "{}", &reply);
    expect(400, "BAD_REQUEST");
}

/* Two lengths, or a length and chunks, are how requests are smuggled past a proxy. */
static void ambiguous_lengths_are_refused(void **state)
{
    (void)state;
    static const char *const lengths[] = {
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 5x\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
    };
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        int fd = raw_connect(test_server_port(&server));
        raw_say(fd,
                "POST /process HTTP/1.1\r\nHost: t\r\n%sContent-Type: application/json\r\n%s\r\n"
                "0\r\n\r\nGET /livez HTTP/1.1\r\nHost: t\r\n\r\n",
                login,
                lengths[i]);
        bool answered = raw_read(fd, &reply, 2000);
        assert_true(!answered || reply.status >= 400);
        if (answered && raw_read(fd, &reply, 300))
            assert_int_not_equal(reply.status, 200);
        close(fd);
    }
}

/* Lines that are no HTTP at all. */
static void garbage_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00",
        "GET / HTTP/1.1\r\nHost: t\r\n : x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        int fd = raw_connect(test_server_port(&server));
        raw_send(fd, lines[i], strlen(lines[i]));
        bool answered = raw_read(fd, &reply, 300);
        assert_true(!answered || reply.status >= 400);
        close(fd);
    }
    raw_ask(test_server_port(&server), "/livez", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_method_is_told_the_right_one),
        cmocka_unit_test(other_paths_are_not_there),
        cmocka_unit_test(other_content_types_are_refused),
        cmocka_unit_test(bodies_that_do_not_read_are_refused),
        cmocka_unit_test(injections_stay_words),
        cmocka_unit_test(no_header_is_split),
        cmocka_unit_test(large_bodies_are_refused),
        cmocka_unit_test(endless_chunks_are_cut_off),
        cmocka_unit_test(large_headers_are_refused),
        cmocka_unit_test(doubled_headers_are_refused),
        cmocka_unit_test(ambiguous_lengths_are_refused),
        cmocka_unit_test(garbage_is_refused),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
