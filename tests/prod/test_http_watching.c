/* What those who watch are told: readiness, and the metrics. */
#include "prod/http/health.h"
#include "prod/http/metrics.h"
#include "tests/prod/support/raw_client.h"
#include "tests/prod/support/test_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct test_server server;
static struct raw_reply reply;

static double seven(void *context)
{
    (void)context;
    return 7;
}

static double half(void *context)
{
    (void)context;
    return 0.5;
}

static int start(void **state)
{
    (void)state;
    test_server_prepare(&server);
    const struct rcp_gauge gauges[] = {
        {"recoup_backlog_rows", "", "Open failure rows.", NULL, seven},
        {"recoup_breaker_state", "breaker=\"pay\"", "0 closed, 1 open, 2 half.", NULL, half},
        {"recoup_other", NULL, "Another.", NULL, seven},
        {"recoup_breaker_state", "breaker=\"query\"", "", NULL, seven},
    };
    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++)
        assert_true(rcp_metrics_gauge(server.service.metrics, &gauges[i]));
    test_server_start(&server);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return test_server_end(&server);
}

/* U: up, D: down, x: not known yet, -: not used. */
static enum rcp_dependency_state state_of(char letter)
{
    switch (letter) {
    case 'U':
        return RCP_DEPENDENCY_UP;
    case 'D':
        return RCP_DEPENDENCY_DOWN;
    case '-':
        return RCP_DEPENDENCY_UNUSED;
    default:
        return RCP_DEPENDENCY_UNKNOWN;
    }
}

/* Ready is who has an answer better than 503. MySQL alone may be down, else the fallback would never run. */
static void readiness_is_about_answers(void **state)
{
    (void)state;
    static const struct {
        const char *dependencies; /* Redis, MySQL, Kafka, PG */
        bool payments, orders, ready;
    } rows[] = {
        {"UUUU", true, true, true},
        {"UDUU", true, true, true}, /* the fallback */
        {"UDUU", true, false, true},
        {"UDUU", false, true, false}, /* orders live in MySQL */
        {"UUDU", true, false, true},
        {"UDDU", true, true, false},  /* nothing durable */
        {"DUUU", true, false, false}, /* no token can be told from an expired one */
        {"DUUU", true, true, true},   /* orders go on */
        {"UUUD", true, true, true},
        {"UUU-", true, false, true},
        {"xxxx", true, true, false},
        {"UxUx", true, false, true},
        {"xUxx", false, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_health health = {.payments = rows[i].payments, .orders = rows[i].orders};
        for (int k = 0; k < RCP_DEPENDENCY_COUNT; k++)
            health.dependencies[k] = state_of(rows[i].dependencies[k]);
        assert_int_equal(rcp_health_ready(&health), rows[i].ready);
        health.stopping = true;
        assert_false(rcp_health_ready(&health));
    }
}

/* /readyz says it with a status, and names each dependency; alive is another question. */
static void readyz_says_why(void **state)
{
    (void)state;
    server.health.dependencies[RCP_DEPENDENCY_MYSQL] = RCP_DEPENDENCY_DOWN;
    server.health.backlog_known = true;
    server.health.backlog = 12;
    server.health.backlog_oldest_ms = 3456;
    server.health.weak = true;
    raw_ask(test_server_port(&server), "/readyz", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(
        reply.body,
        "{\"status\":\"ready\",\"durability\":\"weak\",\"backlog\":{\"open\":12,"
        "\"oldestAgeMs\":3456},\"dependencies\":{\"redis\":\"up\",\"mysql\":\"down\","
        "\"kafka\":\"up\",\"pg\":\"up\"}}");
    server.health.dependencies[RCP_DEPENDENCY_KAFKA] = RCP_DEPENDENCY_DOWN;
    raw_ask(test_server_port(&server), "/readyz", "", NULL, &reply);
    assert_int_equal(reply.status, 503);
    assert_non_null(strstr(reply.body, "\"status\":\"not-ready\""));
    raw_ask(test_server_port(&server), "/livez", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
}

static void expect_line(const char *line)
{
    char whole[512];
    snprintf(whole, sizeof whole, "\n%s\n", line);
    if (strstr(reply.body, whole) == NULL)
        print_message("not there: %s\n", line);
    assert_non_null(strstr(reply.body, whole));
}

/* Each number that an operator is promised is there after something has happened. */
static void metrics_count_what_happened(void **state)
{
    (void)state;
    static const uint64_t activities[] = {
        FAKE_APPROVES, FAKE_APPROVES, FAKE_OPENS, FAKE_CONFLICTS, FAKE_EXPIRED, FAKE_NOBODY};
    char login[2048];
    snprintf(login, sizeof login, "Authorization: %s\r\n", test_bearer(7));
    for (size_t i = 0; i < sizeof activities / sizeof activities[0]; i++) {
        char body[512];
        snprintf(body, sizeof body, "{\"token\":\"%s\"}", test_token(7, activities[i]));
        raw_ask(test_server_port(&server), "/process", login, body, &reply);
    }
    raw_ask(test_server_port(&server), "/nowhere", "", NULL, &reply);
    raw_ask(test_server_inside(&server), "/metrics", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(raw_header(&reply, "Content-Type"),
                        "text/plain; version=0.0.4; charset=utf-8");
    expect_line("recoup_http_requests_total{route=\"/process\",status=\"200\"} 2");
    expect_line("recoup_http_requests_total{route=\"/process\",status=\"202\"} 1");
    expect_line("recoup_http_requests_total{route=\"/process\",status=\"409\"} 1");
    expect_line("recoup_http_requests_total{route=\"/process\",status=\"410\"} 1");
    expect_line("recoup_http_requests_total{route=\"/process\",status=\"503\"} 1");
    expect_line("recoup_http_requests_total{route=\"none\",status=\"404\"} 1");
    expect_line("recoup_http_request_duration_seconds_count{route=\"/process\"} 6");
    expect_line("recoup_rows_total{script=\"approve\",verdict=\"approved\"} 2");
    expect_line("recoup_rows_total{script=\"fence\",verdict=\"rejected\"} 1");
    expect_line("recoup_rows_total{script=\"log\",verdict=\"logged\"} 1");
    expect_line("recoup_operations_total{dependency=\"redis\",outcome=\"unknown\"} 1");
    expect_line("recoup_script_refusals_total{class=\"connection\"} 1");
    expect_line("recoup_replies_total{role=\"payment\",status=\"200\"} 2");
    expect_line("recoup_replies_total{role=\"payment\",status=\"503\"} 1");
    expect_line("recoup_backlog_rows 7");
    expect_line("recoup_breaker_state{breaker=\"pay\"} 0.5\nrecoup_breaker_state"
                "{breaker=\"query\"} 7");
    expect_line("recoup_attempts_total 0");
}

/* Prometheus reads it: each name has one head, in front of its lines, and histograms add up. */
static void metrics_are_well_formed(void **state)
{
    (void)state;
    raw_ask(test_server_inside(&server), "/metrics", "", NULL, &reply);
    char head[128] = "";
    char heads[64][128];
    size_t count = 0;
    for (char *line = strtok(reply.body, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strncmp(line, "# TYPE ", 7) == 0) {
            snprintf(head, sizeof head, "%.*s", (int)strcspn(line + 7, " "), line + 7);
            for (size_t i = 0; i < count; i++)
                assert_string_not_equal(heads[i], head);
            assert_true(count < 64);
            snprintf(heads[count++], sizeof heads[0], "%s", head);
        } else if (line[0] != '#') {
            assert_memory_equal(line, head, strlen(head));
            char *end = NULL;
            double number = strtod(strrchr(line, ' ') + 1, &end);
            assert_true(number >= 0 && *end == '\0');
        }
    }
    assert_true(count > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readiness_is_about_answers),
        cmocka_unit_test(readyz_says_why),
        cmocka_unit_test(metrics_count_what_happened),
        cmocka_unit_test(metrics_are_well_formed),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
