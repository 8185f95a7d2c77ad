/* The PG adapter against a server that misbehaves in one way at a time: every end of a try has its name, comes
 * within its timeouts, and what changes something is sent once. */
#include "tests/prod/support/pg_bench.h"
#include "tests/prod/support/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define JSON      "Content-Type: application/json\r\n"
#define LENGTH(n) "Content-Length: " #n "\r\n\r\n"
#define OK_PAY                                                                                \
    "HTTP/1.1 200 OK\r\n" JSON LENGTH(93) "{\"meta\":{\"result\":\"SUCCESS\"},\"data\":{"     \
                                          "\"transactionKey\":\"k1\",\"status\":\"PENDING\"," \
                                          "\"reason\":null}}"
#define OK_GET                                                                                     \
    "HTTP/1.1 200 OK\r\n" JSON LENGTH(                                                             \
        134) "{\"meta\":{\"result\":\"SUCCESS\"},\"data\":{\"transactionKey\":\"k1\",\"orderId\":" \
             "\"000123\","                                                                         \
             "\"amount\":5000,\"status\":\"SUCCESS\",\"reason\":\"yes, it is\"}}"
#define NOT_FOUND                             \
    "HTTP/1.1 404 Not Found\r\n" JSON LENGTH( \
        64) "{\"meta\":{\"result\":\"FAIL\",\"errorCode\":\"Not Found\"},\"data\":null}   "
#define STATUS(words) "HTTP/1.1 " words "\r\n"
#define EMPTY         LENGTH(0)

/* What the server says to a PAY and to a GET, and what the core hears of it. */
static const struct {
    const char *name;
    struct raw_answer answer;
    enum rcp_pg_answer heard;
    uint32_t retry_after_ms;
} rows[] = {
    {"closes before anybody speaks", {.then = RAW_CLOSE, .deaf = true}, RCP_PG_RESET, 0},
    {"closes after the request", {.then = RAW_CLOSE}, RCP_PG_RESET, 0},
    {"resets after the request", {.then = RAW_RESET}, RCP_PG_RESET, 0},
    {"takes the request and hangs", {.then = RAW_HANG}, RCP_PG_TIMED_OUT, 0},
    {"says half a header and hangs", {"HTTP/1.1 200 O", .then = RAW_HANG}, RCP_PG_TIMED_OUT, 0},
    {"says half a header and closes", {"HTTP/1.1 200 O", .then = RAW_CLOSE}, RCP_PG_RESET, 0},
    {"says half a body and closes",
     {STATUS("200 OK") LENGTH(50) "{\"meta\"", .then = RAW_CLOSE},
     RCP_PG_RESET,
     0},
    {"says half a body and hangs",
     {STATUS("200 OK") LENGTH(50) "{\"meta\"", .then = RAW_HANG},
     RCP_PG_TIMED_OUT,
     0},
    {"drips",
     {STATUS("200 OK") LENGTH(9) "{\"meta\":1", .drip_ms = 50, .then = RAW_CLOSE},
     RCP_PG_TIMED_OUT,
     0},
    {"a giant body",
     {STATUS("200 OK") LENGTH(10000000) "{", .more = 9999999, .then = RAW_CLOSE},
     RCP_PG_UNREADABLE,
     0},
    {"a giant body without an end",
     {STATUS("200 OK") "\r\n{", .more = 9999999, .then = RAW_CLOSE},
     RCP_PG_UNREADABLE,
     0},
    {"500 with a giant body",
     {STATUS("500 Oh") LENGTH(10000000) "{", .more = 9999999, .then = RAW_CLOSE},
     RCP_PG_ERROR_500,
     0},
    {"200 without a body", {STATUS("200 OK") EMPTY, .then = RAW_KEEP}, RCP_PG_UNREADABLE, 0},
    {"201 and no JSON",
     {STATUS("201 Created") LENGTH(4) "fine", .then = RAW_KEEP},
     RCP_PG_UNREADABLE,
     0},
    {"204", {STATUS("204 No Content") "\r\n", .then = RAW_KEEP}, RCP_PG_UNREADABLE, 0},
    {"200 about something else",
     {STATUS("200 OK") LENGTH(38) "{\"meta\":{\"result\":\"SUCCESS\"},\"data\":1}",
      .then = RAW_KEEP},
     RCP_PG_UNREADABLE,
     0},
    {"no HTTP", {"SSH-2.0-OpenSSH_9.2\r\n", .then = RAW_CLOSE}, RCP_PG_UNREADABLE, 0},
    {"302 to where it would be OK",
     {STATUS("302 Found") "Location: /api/v1/payments\r\n" EMPTY, .then = RAW_KEEP},
     RCP_PG_UNREADABLE,
     0},
    {"307, which keeps a POST",
     {STATUS("307 Again") "Location: /api/v1/payments\r\n" EMPTY, .then = RAW_KEEP},
     RCP_PG_UNREADABLE,
     0},
    {"400", {STATUS("400 Bad Request") EMPTY, .then = RAW_KEEP}, RCP_PG_BAD_REQUEST, 0},
    {"401",
     {STATUS("401 Unauthorized") "WWW-Authenticate: Basic\r\n" EMPTY, .then = RAW_KEEP},
     RCP_PG_UNAUTHORIZED,
     0},
    {"403", {STATUS("403 Forbidden") EMPTY, .then = RAW_KEEP}, RCP_PG_UNAUTHORIZED, 0},
    {"404 in the PG's words", {NOT_FOUND, .then = RAW_KEEP}, RCP_PG_NOT_FOUND, 0},
    {"404 in nobody's words",
     {STATUS("404 Not Found") LENGTH(9) "<h1></h1>", .then = RAW_KEEP},
     RCP_PG_BAD_GATEWAY,
     0},
    {"409", {STATUS("409 Conflict") EMPTY, .then = RAW_KEEP}, RCP_PG_BAD_REQUEST, 0},
    {"417", {STATUS("417 Expectation Failed") EMPTY, .then = RAW_KEEP}, RCP_PG_BAD_REQUEST, 0},
    {"429", {STATUS("429 Too Many Requests") EMPTY, .then = RAW_KEEP}, RCP_PG_TOO_MANY, 0},
    {"429 with seconds",
     {STATUS("429 Too Many Requests") "Retry-After: 3\r\n" EMPTY, .then = RAW_KEEP},
     RCP_PG_TOO_MANY,
     3000},
    {"429 for ever",
     {STATUS("429 Too Many Requests") "Retry-After: 99999999999\r\n" EMPTY, .then = RAW_KEEP},
     RCP_PG_TOO_MANY,
     UINT32_MAX},
    {"429 with a time gone by",
     {STATUS("429 Too Many Requests") "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n" EMPTY,
      .then = RAW_KEEP},
     RCP_PG_TOO_MANY,
     0},
    {"429 with nonsense",
     {STATUS("429 Too Many Requests") "Retry-After: soon\r\n" EMPTY, .then = RAW_KEEP},
     RCP_PG_TOO_MANY,
     0},
    {"500", {STATUS("500 Internal Server Error") EMPTY, .then = RAW_KEEP}, RCP_PG_ERROR_500, 0},
    {"502", {STATUS("502 Bad Gateway") EMPTY, .then = RAW_KEEP}, RCP_PG_BAD_GATEWAY, 0},
    {"503 with Retry-After",
     {STATUS("503 Service Unavailable") "Retry-After: 3\r\n" EMPTY, .then = RAW_KEEP},
     RCP_PG_ERROR_500,
     0},
    {"504", {STATUS("504 Gateway Timeout") EMPTY, .then = RAW_KEEP}, RCP_PG_BAD_GATEWAY, 0},
    {"100 and then nothing",
     {STATUS("100 Continue") "\r\n", .then = RAW_HANG},
     RCP_PG_TIMED_OUT,
     0},
};

static void assert_row(size_t i, enum rcp_pg_verb verb)
{
    struct raw_server *server = raw_server_open(&rows[i].answer, 1);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    pg_bench_put_card(bench, 123);
    struct rcp_pg_effect effect = pg_bench_effect(verb, 123, pg_bench_key(bench, "k1"));
    const struct pg_end *end = pg_bench_call(bench, &effect);
    if (end->done.answer != rows[i].heard)
        fail_msg("%s: heard %d, not %d", rows[i].name, end->done.answer, rows[i].heard);
    assert_int_equal(end->done.retry_after_ms, rows[i].retry_after_ms);
    assert_int_equal(end->done.count, 0);
    if (raw_server_requests(server) > 1)
        fail_msg("%s: sent more than once", rows[i].name);
    pg_bench_close(bench);
    raw_server_close(server);
}

/* Each end of a PAY has its name, and none makes the library send it again. */
static void each_end_of_a_pay_has_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_row(i, RCP_PG_PAY);
}

/* The same of a query on a fresh connection. */
static void each_end_of_a_query_has_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_row(i, RCP_PG_GET);
}

/* A time in the future is told as so many milliseconds from now. */
static void retry_after_may_be_a_date(void **state)
{
    char text[256];
    char date[64];
    time_t then = time(NULL) + 30;
    struct tm parts;
    (void)state;
    gmtime_r(&then, &parts);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    snprintf(text, sizeof text, STATUS("429 Too Many Requests") "Retry-After: %s\r\n" EMPTY, date);
    struct raw_answer answer = {text, .then = RAW_KEEP};
    struct raw_server *server = raw_server_open(&answer, 1);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_LIST, 123, 0);
    const struct pg_end *end = pg_bench_call(bench, &effect);
    assert_int_equal(end->done.answer, RCP_PG_TOO_MANY);
    assert_in_range(end->done.retry_after_ms, 27000, 30000);
    pg_bench_close(bench);
    raw_server_close(server);
}

/* --- Before there is a connection --- */

static void assert_not_connected(const char *base_url)
{
    struct pg_bench *bench = pg_bench_open(base_url, NULL, NULL);
    pg_bench_put_card(bench, 123);
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_PAY, 123, 0);
    const struct pg_end *end = pg_bench_call(bench, &effect);
    if (end->done.answer != RCP_PG_NOT_CONNECTED)
        fail_msg("%s: heard %d", base_url, end->done.answer);
    assert_true(pg_bench_has_card(bench, 123));
    pg_bench_close(bench);
}

/* A socket that listens or, where `full`, takes no more connections: nobody accepts, and the queue is full. */
static int listening(bool full, uint16_t *port, int fillers[4])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    *port = ntohs(at.sin_port);
    assert_int_equal(listen(fd, 0), 0);
    for (int i = 0; i < 4; i++) {
        fillers[i] = full ? socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) : -1;
        if (full)
            (void)!connect(fillers[i], (struct sockaddr *)&at, size);
    }
    return fd;
}

/* Nobody listens: refused at once. */
static void a_refused_connection_is_not_connected(void **state)
{
    int fillers[4];
    uint16_t port = 0;
    char url[64];
    (void)state;
    close(listening(false, &port, fillers));
    snprintf(url, sizeof url, "http://127.0.0.1:%u", port);
    assert_not_connected(url);
}

/* Nobody answers: given up after the connect timeout, long before the other one. */
static void a_connect_timeout_is_not_connected(void **state)
{
    int fillers[4];
    uint16_t port = 0;
    (void)state;
    int fd = listening(true, &port, fillers);
    struct pg_bench *bench = pg_bench_at(port);
    pg_bench_put_card(bench, 123);
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_PAY, 123, 0);
    const struct pg_end *end = pg_bench_call(bench, &effect);
    assert_int_equal(end->done.answer, RCP_PG_NOT_CONNECTED);
    assert_in_range(end->took_ms, effect.connect_timeout_ms - 50u, effect.timeout_ms - 100u);
    pg_bench_close(bench);
    for (int i = 0; i < 4; i++)
        close(fillers[i]);
    close(fd);
}

/* A name that nobody has, and one that is none. */
static void an_unknown_host_is_not_connected(void **state)
{
    (void)state;
    assert_not_connected("http://pg.invalid");
    assert_not_connected("http://");
    assert_not_connected("ftp://127.0.0.1");
}

/* TLS that never comes about: the request has not left. */
static void a_failed_handshake_is_not_connected(void **state)
{
    static const struct raw_answer answers[] = {
        {STATUS("200 OK") EMPTY, .then = RAW_CLOSE, .deaf = true},
        {.then = RAW_HANG, .deaf = true},
    };
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct raw_server *server = raw_server_open(&answers[i], 1);
        char url[64];
        snprintf(url, sizeof url, "https://127.0.0.1:%u", raw_server_port(server));
        assert_not_connected(url);
        raw_server_close(server);
    }
}

/* --- Once --- */

/* A connection that was used before, and breaks as soon as something is sent: libcurl sends a query again by
 * itself, which is well; a PAY and a REFUND never take such a connection, and are never sent again. */
static void what_changes_something_is_sent_once(void **state)
{
    static const struct raw_answer answers[] = {
        {OK_GET, .then = RAW_KEEP},
        {.then = RAW_CLOSE},
        {OK_GET, .then = RAW_KEEP},
    };
    static const struct {
        enum rcp_pg_verb verb;
        enum rcp_pg_answer heard;
        uint32_t sent;
    } tries[] = {
        {RCP_PG_GET, RCP_PG_OK, 2},
        {RCP_PG_PAY, RCP_PG_RESET, 1},
        {RCP_PG_REFUND, RCP_PG_RESET, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        struct raw_server *server = raw_server_open(answers, 3);
        struct pg_bench *bench = pg_bench_at(raw_server_port(server));
        uint64_t key = pg_bench_key(bench, "k1");
        pg_bench_put_card(bench, 123);
        struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_GET, 123, key);
        assert_int_equal(pg_bench_call(bench, &effect)->done.answer, RCP_PG_OK);
        effect = pg_bench_effect(tries[i].verb, 123, key);
        assert_int_equal(pg_bench_call(bench, &effect)->done.answer, tries[i].heard);
        assert_int_equal(raw_server_requests(server), 1u + tries[i].sent);
        pg_bench_close(bench);
        raw_server_close(server);
    }
}

/* On a connection that was used before, too, what was sent and not answered is unknown. */
static void silence_on_a_used_connection_is_a_timeout(void **state)
{
    static const struct raw_answer answers[] = {
        {OK_GET, .then = RAW_KEEP},
        {.then = RAW_HANG},
    };
    (void)state;
    struct raw_server *server = raw_server_open(answers, 2);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_GET, 123, pg_bench_key(bench, "k1"));
    assert_int_equal(pg_bench_call(bench, &effect)->done.answer, RCP_PG_OK);
    assert_int_equal(pg_bench_call(bench, &effect)->done.answer, RCP_PG_TIMED_OUT);
    assert_int_equal(raw_server_connections(server), 1);
    pg_bench_close(bench);
    raw_server_close(server);
}

/* Queries share a connection; a PAY has its own. */
static void queries_share_a_connection(void **state)
{
    static const struct raw_answer answer = {OK_GET, .then = RAW_KEEP};
    (void)state;
    struct raw_server *server = raw_server_open(&answer, 1);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_GET, 123, pg_bench_key(bench, "k1"));
    for (int i = 0; i < 5; i++)
        assert_int_equal(pg_bench_call(bench, &effect)->done.answer, RCP_PG_OK);
    assert_int_equal(raw_server_connections(server), 1);
    pg_bench_put_card(bench, 123);
    effect.verb = RCP_PG_PAY;
    assert_int_equal(pg_bench_call(bench, &effect)->done.answer, RCP_PG_OK);
    assert_int_equal(raw_server_connections(server), 2);
    pg_bench_close(bench);
    raw_server_close(server);
}

/* --- What is said, and what is not --- */

static void assert_says(const char *request, const char *words)
{
    if (strstr(request, words) == NULL)
        fail_msg("'%s' is missing in:\n%s", words, request);
}

/* The four calls on the wire, as documented. */
static void requests_are_what_the_document_says(void **state)
{
    static const struct raw_answer answer = {OK_PAY, .then = RAW_KEEP};
    static const struct {
        enum rcp_pg_verb verb;
        const char *line;
        const char *body;
    } calls[] = {
        {RCP_PG_PAY,
         "POST /api/v1/payments HTTP/1.1\r\n",
         "\r\n\r\n{\"orderId\":\"000123\",\"cardType\":\"KB\",\"cardNo\":\"" PG_BENCH_CARD
         "\",\"amount\":5000,\"callbackUrl\":\"" PG_BENCH_CALLBACK "\"}"},
        {RCP_PG_LIST, "GET /api/v1/payments?orderId=000123 HTTP/1.1\r\n", "\r\n\r\n"},
        {RCP_PG_GET, "GET /api/v1/payments/20250816%3ATR%3A9577c5 HTTP/1.1\r\n", "\r\n\r\n"},
        {RCP_PG_REFUND,
         "POST /api/v1/payments/20250816%3ATR%3A9577c5/refund HTTP/1.1\r\n",
         "\r\n\r\n{\"amount\":5000}"},
    };
    (void)state;
    struct raw_server *server = raw_server_open(&answer, 1);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    for (uint32_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        char request[RAW_REQUEST_MAX];
        struct rcp_pg_effect effect =
            pg_bench_effect(calls[i].verb, 123, pg_bench_key(bench, "20250816:TR:9577c5"));
        effect.origin = pg_bench_key(bench, "a trace id of 16and span");
        pg_bench_put_card(bench, effect.origin);
        pg_bench_call(bench, &effect);
        raw_server_request(server, i, request);
        assert_ptr_equal(strstr(request, calls[i].line), request);
        assert_says(request, "\r\nX-USER-ID: 7\r\n");
        assert_says(request,
                    "\r\ntraceparent: 00-61207472616365206964206f66203136-616e64207370616e-01\r\n");
        assert_says(request, "\r\nContent-Type: application/json\r\n");
        assert_null(strstr(request, "Expect:"));
        const char *body = strstr(request, "\r\n\r\n");
        assert_string_equal(body, calls[i].body);
    }
    pg_bench_close(bench);
    raw_server_close(server);
}

/* An order without a trace has none made up for it. */
static void a_call_without_a_trace_says_none(void **state)
{
    static const struct raw_answer answer = {OK_GET, .then = RAW_KEEP};
    char request[RAW_REQUEST_MAX];
    (void)state;
    struct raw_server *server = raw_server_open(&answer, 1);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_GET, 123, pg_bench_key(bench, "k1"));
    pg_bench_call(bench, &effect);
    raw_server_request(server, 0, request);
    assert_null(strstr(request, "traceparent"));
    pg_bench_close(bench);
    raw_server_close(server);
}

/* What the PG tells reaches the core, keys as handles. */
static void what_the_pg_tells_is_heard(void **state)
{
    static const struct raw_answer answer = {OK_GET, .then = RAW_KEEP};
    (void)state;
    struct raw_server *server = raw_server_open(&answer, 1);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    uint64_t key = pg_bench_key(bench, "k1");
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_GET, 123, key);
    const struct pg_end *end = pg_bench_call(bench, &effect);
    assert_int_equal(end->done.answer, RCP_PG_OK);
    assert_int_equal(end->done.count, 1);
    assert_int_equal(end->transactions[0].key, key);
    assert_int_equal(end->transactions[0].order_id, 123);
    assert_int_equal(end->transactions[0].amount, 5000);
    assert_int_equal(end->transactions[0].status, RCP_PG_SUCCESS);
    assert_int_equal(end->transactions[0].priced, 1);
    struct rcp_pg_health health;
    pg_bench_health(bench, &health);
    assert_int_equal(health.answers[RCP_PG_OK], 1);
    assert_int_equal(health.in_flight, 0);
    assert_true(health.last_ok_ms > 0);
    pg_bench_close(bench);
    raw_server_close(server);
}

/* Silence is counted from the first try that the PG does not answer until it speaks again. A PG that nobody asks
 * is not silent, and neither is one that was not asked for want of a key. */
static void silence_begins_with_a_try_that_is_not_answered(void **state)
{
    static const struct {
        struct raw_answer answer;
        bool silent;
    } tries[] = {
        {{OK_GET, .then = RAW_CLOSE}, false},
        {{.then = RAW_RESET}, true},
        {{STATUS("502 Bad Gateway") EMPTY, .then = RAW_CLOSE}, true},
        {{NOT_FOUND, .then = RAW_CLOSE}, false},
    };
    struct raw_answer answers[sizeof tries / sizeof tries[0]];
    struct rcp_pg_health health;
    uint64_t since_ms = 0;
    (void)state;
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
        answers[i] = tries[i].answer;
    struct raw_server *server = raw_server_open(answers, sizeof tries / sizeof tries[0]);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    struct rcp_pg_effect strange = pg_bench_effect(RCP_PG_GET, 123, 4711);
    struct rcp_pg_effect known = pg_bench_effect(RCP_PG_GET, 123, pg_bench_key(bench, "k1"));
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        pg_bench_call(bench, &known);
        pg_bench_call(bench, &strange);
        pg_bench_health(bench, &health);
        assert_int_equal(health.silent_since_ms != 0, tries[i].silent);
        if (since_ms != 0 && tries[i].silent)
            assert_int_equal(health.silent_since_ms, since_ms);
        since_ms = health.silent_since_ms;
    }
    pg_bench_close(bench);
    raw_server_close(server);
}

/* No card, or no such key here: nothing is sent, and that is what is said. */
static void what_cannot_be_asked_is_not_sent(void **state)
{
    static const struct raw_answer answer = {OK_PAY, .then = RAW_KEEP};
    static const enum rcp_pg_verb verbs[] = {RCP_PG_PAY, RCP_PG_GET, RCP_PG_REFUND};
    struct rcp_pg_health health;
    (void)state;
    struct raw_server *server = raw_server_open(&answer, 1);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    for (uint32_t i = 0; i < 3; i++) {
        struct rcp_pg_effect effect = pg_bench_effect(verbs[i], 123, 4711);
        assert_int_equal(pg_bench_call(bench, &effect)->done.answer, RCP_PG_NOT_CONNECTED);
    }
    assert_int_equal(raw_server_connections(server), 0);
    pg_bench_health(bench, &health);
    assert_int_equal(health.cards_missing, 1);
    assert_int_equal(health.keys_missing, 2);
    pg_bench_close(bench);
    raw_server_close(server);
}

/* A card goes when the PG has taken or refused it, and stays while the order may be tried again. */
static void a_card_stays_while_it_may_be_needed(void **state)
{
    static const struct {
        struct raw_answer answer;
        bool stays;
    } cards[] = {
        {{OK_PAY, .then = RAW_KEEP}, false},
        {{STATUS("400 Bad Request") EMPTY, .then = RAW_KEEP}, false},
        {{STATUS("401 Unauthorized") EMPTY, .then = RAW_KEEP}, false},
        {{STATUS("500 Oh") EMPTY, .then = RAW_KEEP}, true},
        {{STATUS("429 Too Many") EMPTY, .then = RAW_KEEP}, true},
        {{.then = RAW_CLOSE}, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cards / sizeof cards[0]; i++) {
        struct raw_server *server = raw_server_open(&cards[i].answer, 1);
        struct pg_bench *bench = pg_bench_at(raw_server_port(server));
        pg_bench_put_card(bench, 123);
        struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_PAY, 123, 0);
        pg_bench_call(bench, &effect);
        assert_int_equal(pg_bench_has_card(bench, 123), cards[i].stays);
        pg_bench_close(bench);
        raw_server_close(server);
    }
}

/* A card that nobody comes for is wiped when its time is over, without anybody asking. */
static void a_forgotten_card_is_wiped(void **state)
{
    static const struct raw_answer answer = {.then = RAW_CLOSE};
    struct rcp_card card;
    (void)state;
    struct raw_server *server = raw_server_open(&answer, 1);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    assert_true(rcp_card_read(&card, "KB", PG_BENCH_CARD));
    uint64_t long_ago_ms = rcp_mono_ms() + 100u - RCP_CARD_LIFE_MS;
    assert_true(rcp_cards_put(pg_bench_cards(bench), 123, long_ago_ms, &card));
    assert_true(pg_bench_has_card(bench, 123));
    assert_false(pg_bench_turn(bench, 1, 1500));
    assert_false(pg_bench_has_card(bench, 123));
    pg_bench_close(bench);
    raw_server_close(server);
}

/* --- Many --- */

/* More tries than connections: those that find none wait, and all end in time. */
static void more_tries_than_connections_all_end(void **state)
{
    static const struct raw_answer answer = {OK_GET, .then = RAW_KEEP};
    (void)state;
    struct raw_server *server = raw_server_open(&answer, 1);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    for (uint32_t i = 0; i < 200; i++) {
        enum rcp_pg_verb verb = i % 4u == 0 ? RCP_PG_PAY : RCP_PG_GET;
        pg_bench_put_card(bench, 1000u + i);
        struct rcp_pg_effect effect = pg_bench_effect(verb, 1000u + i, pg_bench_key(bench, "k1"));
        effect.connect_timeout_ms = 3000;
        effect.timeout_ms = 3000;
        pg_bench_issue(bench, &effect);
    }
    assert_true(pg_bench_turn(bench, 200, 3500));
    for (uint32_t i = 0; i < 200; i++)
        assert_int_equal(pg_bench_end(bench, i)->done.answer, RCP_PG_OK);
    pg_bench_close(bench);
    raw_server_close(server);
}

/* The server takes them all and says nothing: all time out in time, those that wait for a connection too. */
static void a_silent_server_holds_nobody_longer_than_its_timeout(void **state)
{
    static const struct raw_answer answer = {.then = RAW_HANG};
    uint32_t unknown = 0;
    (void)state;
    struct raw_server *server = raw_server_open(&answer, 1);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_GET, 123, pg_bench_key(bench, "k1"));
    for (uint32_t i = 0; i < 40; i++)
        pg_bench_issue(bench, &effect);
    assert_true(pg_bench_turn(bench, 40, effect.timeout_ms + 1000u));
    for (uint32_t i = 0; i < 40; i++) {
        const struct pg_end *end = pg_bench_end(bench, i);
        assert_true(end->done.answer == RCP_PG_TIMED_OUT ||
                    end->done.answer == RCP_PG_NOT_CONNECTED);
        unknown += end->done.answer == RCP_PG_TIMED_OUT;
    }
    assert_int_equal(unknown, raw_server_requests(server));
    pg_bench_close(bench);
    raw_server_close(server);
}

/* An adapter that goes while tries are under way takes them with it, in silence. */
static void an_adapter_goes_with_its_tries(void **state)
{
    static const struct raw_answer answer = {.then = RAW_HANG};
    (void)state;
    struct raw_server *server = raw_server_open(&answer, 1);
    struct pg_bench *bench = pg_bench_at(raw_server_port(server));
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_GET, 123, pg_bench_key(bench, "k1"));
    pg_bench_issue(bench, &effect);
    assert_false(pg_bench_turn(bench, 1, 100));
    pg_bench_issue(bench, &effect);
    effect.key = 4711; /* unknown: its letter is on its way */
    pg_bench_issue(bench, &effect);
    pg_bench_free_adapter(bench);
    assert_false(pg_bench_turn(bench, 1, 100));
    pg_bench_close(bench);
    raw_server_close(server);
}

static int begin(void **state)
{
    (void)state;
    return rcp_pg_process_begin() ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    rcp_pg_process_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_of_a_pay_has_its_name),
        cmocka_unit_test(each_end_of_a_query_has_its_name),
        cmocka_unit_test(retry_after_may_be_a_date),
        cmocka_unit_test(a_refused_connection_is_not_connected),
        cmocka_unit_test(a_connect_timeout_is_not_connected),
        cmocka_unit_test(an_unknown_host_is_not_connected),
        cmocka_unit_test(a_failed_handshake_is_not_connected),
        cmocka_unit_test(what_changes_something_is_sent_once),
        cmocka_unit_test(silence_on_a_used_connection_is_a_timeout),
        cmocka_unit_test(queries_share_a_connection),
        cmocka_unit_test(requests_are_what_the_document_says),
        cmocka_unit_test(a_call_without_a_trace_says_none),
        cmocka_unit_test(what_the_pg_tells_is_heard),
        cmocka_unit_test(silence_begins_with_a_try_that_is_not_answered),
        cmocka_unit_test(what_cannot_be_asked_is_not_sent),
        cmocka_unit_test(a_card_stays_while_it_may_be_needed),
        cmocka_unit_test(a_forgotten_card_is_wiped),
        cmocka_unit_test(more_tries_than_connections_all_end),
        cmocka_unit_test(a_silent_server_holds_nobody_longer_than_its_timeout),
        cmocka_unit_test(an_adapter_goes_with_its_tries),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
