/* Clients as they are: many at once, slow, impatient, chunked, in a queue; and a server that ends. */
#include "tests/prod/support/raw_client.h"
#include "tests/prod/support/test_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const uint32_t client_ms = 1500;

static struct test_server server;
static struct raw_reply reply;
static char login[2048];

/* /readyz is answered once the door is open: so a test can keep the server's thread from looking. */
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;

static void read_health_at_door(void *context, struct rcp_health *health)
{
    pthread_mutex_lock(&door);
    pthread_mutex_unlock(&door);
    *health = *(const struct rcp_health *)context;
}

static int start(void **state)
{
    (void)state;
    test_server_prepare(&server);
    server.service.health = read_health_at_door;
    server.options.limits.exchanges = 16;
    server.options.limits.client_ms = client_ms;
    test_server_start(&server);
    snprintf(login, sizeof login, "Authorization: %s\r\n", test_bearer(7));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return test_server_end(&server);
}

static void pause_ms(long ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&pause, NULL);
}

static void say_payment(int fd, uint64_t activity)
{
    char body[512];
    snprintf(body, sizeof body, "{\"token\":\"%s\"}", test_token(7, activity));
    raw_say(fd,
            "POST /process HTTP/1.1\r\nHost: t\r\n%sContent-Type: application/json\r\n"
            "Content-Length: %zu\r\n\r\n%s",
            login,
            strlen(body),
            body);
}

static void wait_until_held(uint32_t count)
{
    for (int i = 0; i < 500 && test_server_held(&server) != count; i++)
        pause_ms(10);
    assert_int_equal(test_server_held(&server), count);
}

/* One connection serves one request after the other, also behind a refusal. */
static void connection_is_kept(void **state)
{
    (void)state;
    int fd = raw_connect(test_server_port(&server));
    for (int i = 0; i < 20; i++) {
        say_payment(fd, FAKE_APPROVES);
        assert_true(raw_read(fd, &reply, 5000));
        assert_int_equal(reply.status, 200);
        say_payment(fd, FAKE_EXPIRED);
        assert_true(raw_read(fd, &reply, 5000));
        assert_int_equal(reply.status, 410);
        raw_say(fd, "GET /nowhere HTTP/1.1\r\nHost: t\r\n\r\n");
        assert_true(raw_read(fd, &reply, 5000));
        assert_int_equal(reply.status, 404);
        raw_say(fd,
                "POST /process HTTP/1.1\r\nHost: t\r\nContent-Type: text/plain\r\n"
                "Content-Length: 3\r\n\r\nabc");
        assert_true(raw_read(fd, &reply, 5000));
        assert_int_equal(reply.status, 415);
    }
    close(fd);
}

/* Requests that come all at once are answered one by one, in their order. */
static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    static const int statuses[] = {200, 409, 410, 200, 503, 409};
    static const uint64_t activities[] = {
        FAKE_APPROVES, FAKE_CONFLICTS, FAKE_EXPIRED, FAKE_APPROVES, FAKE_NOBODY, FAKE_CONFLICTS};
    int fd = raw_connect(test_server_port(&server));
    for (size_t i = 0; i < 6; i++)
        say_payment(fd, activities[i]);
    for (size_t i = 0; i < 6; i++) {
        assert_true(raw_read(fd, &reply, 5000));
        assert_int_equal(reply.status, statuses[i]);
    }
    close(fd);
}

/* However many become ready at once, all of them are served at once; 128 is what libmicrohttpd takes in one look,
 * and its own thread would sleep behind just that many (turn_adapter.h). */
static void any_number_is_served_at_once(void **state)
{
    (void)state;
    static const size_t counts[] = {127, 128, 129, 256};
    static int fds[256];
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        int first = raw_connect(test_server_port(&server));
        for (size_t k = 0; k < counts[i]; k++) {
            fds[k] = raw_connect(test_server_port(&server));
            raw_say(fds[k], "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n");
            assert_true(raw_read(fds[k], &reply, 5000));
        }
        pthread_mutex_lock(&door);
        raw_say(first, "GET /readyz HTTP/1.1\r\nHost: t\r\n\r\n");
        pause_ms(50);
        for (size_t k = 0; k < counts[i]; k++)
            raw_say(fds[k], "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n");
        pthread_mutex_unlock(&door);
        for (size_t k = 0; k < counts[i]; k++) {
            assert_true(raw_read(fds[k], &reply, 1000));
            close(fds[k]);
        }
        assert_true(raw_read(first, &reply, 1000));
        close(first);
    }
}

/* A body in chunks, cut anywhere, is the same body. */
static void chunked_body_is_the_same_body(void **state)
{
    (void)state;
    char body[512];
    snprintf(body, sizeof body, "{\"token\":\"%s\"}", test_token(7, FAKE_APPROVES));
    for (size_t cut = 1; cut < strlen(body); cut += 17) {
        int fd = raw_connect(test_server_port(&server));
        raw_say(fd,
                "POST /process HTTP/1.1\r\nHost: t\r\n%sContent-Type: application/json\r\n"
                "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%.*s\r\n",
                login,
                cut,
                (int)cut,
                body);
        raw_say(fd, "%zx\r\n%s\r\n0\r\n\r\n", strlen(body) - cut, body + cut);
        assert_true(raw_read(fd, &reply, 5000));
        assert_int_equal(reply.status, 200);
        close(fd);
    }
}

/* "Expect: 100-continue" is answered before the body comes. */
static void expectation_is_met(void **state)
{
    (void)state;
    char body[512];
    snprintf(body, sizeof body, "{\"token\":\"%s\"}", test_token(7, FAKE_APPROVES));
    int fd = raw_connect(test_server_port(&server));
    raw_say(fd,
            "POST /process HTTP/1.1\r\nHost: t\r\n%sContent-Type: application/json\r\n"
            "Expect: 100-continue\r\nContent-Length: %zu\r\n\r\n",
            login,
            strlen(body));
    pause_ms(50);
    raw_say(fd, "%s", body);
    assert_true(raw_read(fd, &reply, 5000));
    assert_int_equal(reply.status, 200);
    close(fd);
}

/* Who drips a request byte by byte is cut off in bounded time, at whatever place he drips; others are served
 * meanwhile. */
static void slow_clients_are_cut_off(void **state)
{
    (void)state;
    char whole[4096];
    snprintf(whole,
             sizeof whole,
             "POST /process HTTP/1.1\r\nHost: t\r\n%sContent-Type: application/json\r\n"
             "Content-Length: 3000\r\n\r\n{\"token\":\"",
             login);
    size_t at_body = strlen(whole) - 5u;
    const size_t begins[] = {0, 3, 40, at_body};
    int fds[4];
    for (size_t i = 0; i < 4; i++) {
        fds[i] = raw_connect(test_server_port(&server));
        raw_send(fds[i], whole, begins[i]);
    }
    uint64_t began_ms = raw_now_ms();
    bool ended[4] = {false};
    uint32_t left = 4;
    for (size_t step = 0; left > 0 && raw_now_ms() - began_ms < UINT64_C(4) * client_ms; step++) {
        for (size_t i = 0; i < 4; i++) {
            if (ended[i])
                continue;
            const char *byte = i == 0 ? "\r" : &whole[begins[i] + step];
            raw_send(fds[i], i == 3 ? "x" : byte, 1);
            ended[i] = raw_ends(fds[i], 0);
            left -= ended[i];
        }
        raw_ask(test_server_port(&server), "/livez", "", NULL, &reply);
        assert_int_equal(reply.status, 200);
        pause_ms(50);
    }
    assert_int_equal(left, 0);
    assert_true(raw_now_ms() - began_ms < UINT64_C(2) * client_ms);
    for (size_t i = 0; i < 4; i++)
        close(fds[i]);
}

/* While we think, nobody is cut off; and one who says nothing at all is, in the end. */
static void only_the_clients_time_is_counted(void **state)
{
    (void)state;
    int fd = raw_connect(test_server_port(&server));
    say_payment(fd, FAKE_HOLDS);
    wait_until_held(1);
    pause_ms(2 * (long)client_ms);
    test_server_release(&server);
    assert_true(raw_read(fd, &reply, 5000));
    assert_true(reply.status == 200 || reply.status == 503); /* by the request's own deadline */
    assert_true(raw_ends(fd, 2 * (int)client_ms));
    close(fd);
}

/* Who hangs up before the reply hurts nobody: the reply goes nowhere, and nothing is left open. */
static void hang_up_before_the_reply_is_safe(void **state)
{
    (void)state;
    int fds[8];
    for (size_t i = 0; i < 8; i++) {
        fds[i] = raw_connect(test_server_port(&server));
        say_payment(fds[i], FAKE_HOLDS);
    }
    wait_until_held(8);
    for (size_t i = 0; i < 8; i++) {
        struct linger at_once = {.l_onoff = 1};
        if (i % 2 == 0)
            setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(fds[i]);
    }
    pause_ms(50);
    test_server_release(&server);
    for (int i = 0; i < 30; i++) { /* more than there are exchanges: all places are free again */
        raw_ask(test_server_port(&server), "/readyz", "", NULL, &reply);
        int fd = raw_connect(test_server_port(&server));
        say_payment(fd, FAKE_APPROVES);
        assert_true(raw_read(fd, &reply, 5000));
        assert_int_equal(reply.status, 200);
        close(fd);
    }
}

/* With all places taken, the next one hears 503 at once, and pages are still served; when they are free again,
 * so is the service. */
static void overload_is_told_at_once(void **state)
{
    (void)state;
    int fds[16];
    for (size_t i = 0; i < 16; i++) {
        fds[i] = raw_connect(test_server_port(&server));
        say_payment(fds[i], FAKE_HOLDS);
    }
    wait_until_held(16);
    int fd = raw_connect(test_server_port(&server));
    for (int i = 0; i < 100; i++) {
        uint64_t began_ms = raw_now_ms();
        say_payment(fd, FAKE_APPROVES);
        assert_true(raw_read(fd, &reply, 5000));
        assert_int_equal(reply.status, 503);
        assert_string_equal(raw_header(&reply, "Retry-After"), "1");
        assert_string_equal(raw_header(&reply, "Content-Language"), "ko");
        assert_true(raw_now_ms() - began_ms < 1000);
    }
    raw_ask(
        test_server_port(&server), "/api/v1/payments/t", "Accept-Language: en\r\n", NULL, &reply);
    assert_int_equal(reply.status, 503);
    assert_string_equal(raw_header(&reply, "Content-Language"), "en");
    raw_say(fd, "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_true(raw_read(fd, &reply, 5000));
    assert_int_equal(reply.status, 200);
    raw_ask(test_server_inside(&server), "/metrics", "", NULL, &reply);
    assert_non_null(strstr(reply.body, "recoup_http_overloads_total 1"));
    assert_non_null(strstr(reply.body, "\nrecoup_http_exchanges_open 16\n"));
    test_server_release(&server);
    for (size_t i = 0; i < 16; i++) {
        assert_true(raw_read(fds[i], &reply, 8000));
        assert_int_equal(reply.status, 200);
        close(fds[i]);
    }
    say_payment(fd, FAKE_APPROVES);
    assert_true(raw_read(fd, &reply, 5000));
    assert_int_equal(reply.status, 200);
    close(fd);
    bool none_open = false; /* a moment after the last answer */
    for (int i = 0; i < 100 && !none_open; i++) {
        raw_ask(test_server_inside(&server), "/metrics", "", NULL, &reply);
        none_open = strstr(reply.body, "\nrecoup_http_exchanges_open 0\n") != NULL;
        pause_ms(10);
    }
    assert_true(none_open);
}

static void ask_by_unix_socket(const char *headers)
{
    int fd = raw_connect_unix(server.unix_path);
    raw_say(fd,
            "GET /api/v1/payments/%s HTTP/1.1\r\nHost: t\r\n%s\r\n",
            test_token(7, FAKE_APPROVES),
            headers);
    assert_true(raw_read(fd, &reply, 5000));
    close(fd);
}

/* The unix socket believes X-USER-ID, if it is a user's number, and tokens as well. */
static void unix_socket_trusts_its_header(void **state)
{
    (void)state;
    ask_by_unix_socket("X-USER-ID: 7\r\n");
    assert_int_equal(reply.status, 200);
    ask_by_unix_socket("X-USER-ID: 8\r\n");
    assert_int_equal(reply.status, 403);
    static const char *const nobodies[] = {
        "", "0", "-7", "07", "7a", " ", "9223372036854775808", "7, 8"};
    for (size_t i = 0; i < sizeof nobodies / sizeof nobodies[0]; i++) {
        char header[64];
        snprintf(header, sizeof header, "X-USER-ID: %s\r\n", nobodies[i]);
        ask_by_unix_socket(header);
        assert_int_equal(reply.status, 401);
    }
    ask_by_unix_socket("X-USER-ID: 7\r\nX-USER-ID: 7\r\n");
    assert_int_equal(reply.status, 400);
    ask_by_unix_socket(login);
    assert_int_equal(reply.status, 200);
}

/* HEAD is GET without the body. */
static void head_is_get_without_the_body(void **state)
{
    (void)state;
    static const char *const paths[] = {"/livez", "/", "/checkout.js", "/readyz"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char length[32];
        raw_ask(test_server_port(&server), paths[i], "", NULL, &reply);
        snprintf(length, sizeof length, "%zu", reply.body_size);
        int fd = raw_connect(test_server_port(&server));
        raw_say(fd, "HEAD %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", paths[i]);
        raw_read(fd, &reply, 1000); /* waits for a body that does not come */
        assert_int_equal(reply.body_size, 0);
        assert_string_equal(raw_header(&reply, "Content-Length"), length);
        close(fd);
    }
}

/* A second server, for what ends one. */
static void start_another(struct test_server *other)
{
    test_server_prepare(other);
    other->options.listener_count = 1;
    test_server_start(other);
}

/* One address has so many connections and no more; as one goes, another may come. */
static void connections_of_one_address_are_bounded(void **state)
{
    (void)state;
    static struct test_server other;
    test_server_prepare(&other);
    other.options.listener_count = 1;
    other.options.limits.connections_per_address = 4;
    test_server_start(&other);
    int fds[4];
    for (size_t i = 0; i < 4; i++) {
        fds[i] = raw_connect(test_server_port(&other));
        raw_say(fds[i], "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n");
        assert_true(raw_read(fds[i], &reply, 5000));
        assert_int_equal(reply.status, 200);
    }
    int fifth = raw_connect(test_server_port(&other));
    assert_true(raw_ends(fifth, 2000));
    close(fifth);
    close(fds[0]);
    bool served = false;
    for (int i = 0; i < 50 && !served; i++) {
        raw_ask(test_server_port(&other), "/livez", "", NULL, &reply);
        served = reply.status == 200;
        pause_ms(10);
    }
    assert_true(served);
    for (size_t i = 1; i < 4; i++)
        close(fds[i]);
    assert_true(test_server_stop(&other, 1000));
}

/* At the end nothing new is taken, and what is open is finished. */
static void stopping_finishes_what_is_open(void **state)
{
    (void)state;
    static struct test_server other;
    start_another(&other);
    uint16_t port = test_server_port(&other);
    int open = raw_connect(port);
    int idle = raw_connect(port);
    say_payment(open, FAKE_HOLDS);
    for (int i = 0; i < 500 && test_server_held(&other) != 1; i++)
        pause_ms(10);
    raw_say(idle, "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_true(raw_read(idle, &reply, 5000));
    rcp_http_quiesce(other.http);
    say_payment(idle, FAKE_APPROVES);
    assert_true(raw_read(idle, &reply, 5000));
    assert_int_equal(reply.status, 503);
    assert_string_equal(raw_header(&reply, "Connection"), "close");
    assert_true(raw_ends(idle, 2000));
    test_server_release(&other);
    assert_true(raw_read(open, &reply, 5000));
    assert_int_equal(reply.status, 200);
    assert_true(test_server_stop(&other, 1000));
    close(open);
    close(idle);
}

/* Where the time to stop is over, what is still open hears 503: nobody knows. */
static void forced_stop_answers_what_is_open(void **state)
{
    (void)state;
    static struct test_server other;
    start_another(&other);
    int fd = raw_connect(test_server_port(&other));
    say_payment(fd, FAKE_HOLDS);
    for (int i = 0; i < 500 && test_server_held(&other) != 1; i++)
        pause_ms(10);
    assert_false(test_server_stop(&other, 50));
    assert_true(raw_read(fd, &reply, 5000));
    assert_int_equal(reply.status, 503);
    close(fd);
}

/* A TCP listener cannot be told to believe a header; an address that is none is refused. */
static void listeners_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct rcp_listener listeners[] = {
        {.address = "127.0.0.1", .trusted = true},
        {.address = "localhost"},
        {.address = "256.1.1.1"},
        {.path = ""},
        {.path = "/nowhere/at/all.sock"},
        {.address = NULL, .path = NULL},
    };
    for (size_t i = 0; i < sizeof listeners / sizeof listeners[0]; i++) {
        struct rcp_http_options options = server.options;
        options.listeners[0] = listeners[i];
        options.listener_count = 1;
        assert_null(rcp_http_open(&options));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connection_is_kept),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(any_number_is_served_at_once),
        cmocka_unit_test(chunked_body_is_the_same_body),
        cmocka_unit_test(expectation_is_met),
        cmocka_unit_test(slow_clients_are_cut_off),
        cmocka_unit_test(only_the_clients_time_is_counted),
        cmocka_unit_test(hang_up_before_the_reply_is_safe),
        cmocka_unit_test(overload_is_told_at_once),
        cmocka_unit_test(unix_socket_trusts_its_header),
        cmocka_unit_test(head_is_get_without_the_body),
        cmocka_unit_test(connections_of_one_address_are_bounded),
        cmocka_unit_test(stopping_finishes_what_is_open),
        cmocka_unit_test(forced_stop_answers_what_is_open),
        cmocka_unit_test(listeners_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
