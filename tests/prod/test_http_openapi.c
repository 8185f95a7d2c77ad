/* docs/openapi.yaml says what the server does: its routes, codes and states, and each status that a route gives. */
#include "core/record.h"
#include "prod/http/problem.h"
#include "prod/http/route.h"
#include "tests/prod/support/raw_client.h"
#include "tests/prod/support/test_server.h"

#include <libfyaml.h>
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
static struct fy_document *document;

static int start(void **state)
{
    (void)state;
    static const struct fy_parse_cfg config = {.flags = FYPCF_RESOLVE_DOCUMENT};
    document = fy_document_build_from_file(&config, "docs/openapi.yaml");
    assert_non_null(document);
    test_server_prepare(&server);
    test_server_start(&server);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fy_document_destroy(document);
    return test_server_end(&server);
}

static struct fy_node *at(const char *format, ...) __attribute__((format(printf, 1, 2)));

static struct fy_node *at(const char *format, ...)
{
    char path[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    return fy_node_by_path(fy_document_root(document), path, FY_NT, FYNWF_DONT_FOLLOW);
}

/* The methods of a path; a path has slashes, so it cannot be part of libfyaml's. */
static struct fy_node *methods_of(const char *path)
{
    return fy_node_mapping_lookup_by_string(at("/paths"), path, FY_NT);
}

static struct fy_node *operation(const char *method, const char *path)
{
    char name[16];
    struct fy_node *methods = methods_of(path);
    snprintf(name, sizeof name, "%s", strcmp(method, "POST") == 0 ? "post" : "get");
    return methods != NULL ? fy_node_mapping_lookup_by_string(methods, name, FY_NT) : NULL;
}

/* Each route is described, with its method, and nothing else is. */
static void routes_are_those_of_the_server(void **state)
{
    (void)state;
    int methods = 0;
    for (uint32_t i = 0; i < rcp_route_count; i++) {
        assert_non_null(operation(rcp_routes[i].method, rcp_routes[i].path));
        methods += fy_node_mapping_item_count(methods_of(rcp_routes[i].path));
    }
    assert_int_equal(methods, rcp_route_count);
    assert_int_equal(fy_node_mapping_item_count(at("/paths")), rcp_route_count);
}

static bool lists(struct fy_node *sequence, const char *word)
{
    void *iterator = NULL;
    struct fy_node *item = NULL;
    while ((item = fy_node_sequence_iterate(sequence, &iterator)) != NULL) {
        const char *text = fy_node_get_scalar0(item);
        if (text != NULL && strcmp(text, word) == 0)
            return true;
    }
    return false;
}

/* Each code of a problem is listed, and no other; so is each status of a charge. */
static void codes_are_those_of_the_server(void **state)
{
    (void)state;
    struct fy_node *codes = at("/components/schemas/Problem/properties/code/enum");
    for (int i = RCP_PROBLEM_NONE + 1; i < RCP_PROBLEM_COUNT; i++)
        assert_true(lists(codes, rcp_problem_row((enum rcp_problem)i)->code));
    assert_int_equal(fy_node_sequence_item_count(codes), RCP_PROBLEM_COUNT - 1);
    struct fy_node *charges =
        at("/components/schemas/Order/properties/data/properties/paymentStatus/enum");
    for (int i = RCP_CHARGE_NONE + 1; i < RCP_CHARGE_STATUS_COUNT; i++)
        assert_true(lists(charges, rcp_charge_status_name((enum rcp_charge_status)i)));
    assert_int_equal(fy_node_sequence_item_count(charges), RCP_CHARGE_STATUS_COUNT - 1);
    struct fy_node *states = at("/components/schemas/Payment/properties/state/enum");
    assert_int_equal(fy_node_sequence_item_count(states), RCP_PAYMENT_STATE_COUNT);
}

/* The answer that has just come is one that is described for this route. */
static void expect_described(const char *method, const char *path)
{
    char status[8];
    struct fy_node *responses =
        fy_node_mapping_lookup_by_string(operation(method, path), "responses", FY_NT);
    snprintf(status, sizeof status, "%d", reply.status);
    if (fy_node_mapping_lookup_by_string(responses, status, FY_NT) == NULL)
        print_message("%s %s answers %s, which is not described\n", method, path, status);
    assert_non_null(fy_node_mapping_lookup_by_string(responses, status, FY_NT));
}

/* Payments and orders of every fate, each answered as described. */
static void each_fate_is_described(void **state)
{
    (void)state;
    char login[2048];
    char body[512];
    char path[512];
    snprintf(login, sizeof login, "Authorization: %s\r\n", test_bearer(7));
    for (uint64_t activity = FAKE_APPROVES; activity <= FAKE_RECOVERS; activity++) {
        if (activity == FAKE_HOLDS)
            continue;
        snprintf(body, sizeof body, "{\"token\":\"%s\"}", test_token(7, activity));
        raw_ask(test_server_port(&server), "/process", login, body, &reply);
        expect_described("POST", "/process");
        snprintf(path, sizeof path, "/api/v1/payments/%s", test_token(7, activity));
        raw_ask(test_server_port(&server), path, login, NULL, &reply);
        expect_described("GET", "/api/v1/payments/{token}");
    }
    for (unsigned product = FAKE_POINTS; product <= FAKE_RUNNING; product++) {
        snprintf(body,
                 sizeof body,
                 "{\"items\":[{\"productId\":%u,\"quantity\":1}],\"totalAmount\":9,"
                 "\"paidAmount\":9,\"cardType\":\"KB\",\"cardNo\":\"1111-2222-3333-4444\"}",
                 product);
        raw_ask(test_server_port(&server), "/api/v1/orders", login, body, &reply);
        expect_described("POST", "/api/v1/orders");
    }
    for (unsigned id = FAKE_ORDER_PAID; id <= FAKE_ORDER_UNKNOWN; id++) {
        snprintf(path, sizeof path, "/api/v1/orders/%u", id);
        raw_ask(test_server_port(&server), path, login, NULL, &reply);
        expect_described("GET", "/api/v1/orders/{id}");
    }
}

/* A path of this route: 1 for its {name}. */
static void write_example(const char *route, char path[128])
{
    size_t fixed = strcspn(route, "{");
    assert_true(fixed < 127);
    memcpy(path, route, fixed);
    path[fixed] = route[fixed] == '{' ? '1' : '\0';
    path[fixed + 1u] = '\0';
}

/* What a stranger, a clumsy and a rude client hear is described for every route. */
static void each_refusal_is_described(void **state)
{
    (void)state;
    static char large[20000];
    memset(large, 'x', sizeof large - 1);
    for (uint32_t i = 0; i < rcp_route_count; i++) {
        const struct rcp_route *route = &rcp_routes[i];
        uint16_t port = test_server_inside(&server);
        char path[128] = "";
        write_example(route->path, path);
        bool posts = strcmp(route->method, "POST") == 0;
        raw_ask(port, path, "", posts ? NULL : "{}", &reply); /* the other method */
        assert_int_equal(reply.status, 405);
        expect_described(route->method, route->path);
        raw_ask(port, path, "", posts ? "{}" : NULL, &reply); /* nobody */
        expect_described(route->method, route->path);
        raw_ask(port, path, "Content-Type: text/plain\r\n", posts ? "" : NULL, &reply);
        expect_described(route->method, route->path);
        if (posts) {
            int fd = raw_connect(port);
            raw_say(fd,
                    "POST %s HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                    "Content-Length: %zu\r\n\r\n",
                    path,
                    sizeof large);
            raw_send(fd, large, sizeof large);
            assert_true(raw_read(fd, &reply, 5000));
            close(fd);
            expect_described(route->method, route->path);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_are_those_of_the_server),
        cmocka_unit_test(codes_are_those_of_the_server),
        cmocka_unit_test(each_fate_is_described),
        cmocka_unit_test(each_refusal_is_described),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
