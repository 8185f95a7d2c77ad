/* Started and stopped in the documented order. */
#include "tests/prod/support/test_server.h"

#include "prod/http/metrics.h"

#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void must(bool done, const char *what)
{
    if (!done) {
        perror(what);
        abort();
    }
}

static void read_health(void *context, struct rcp_health *health)
{
    *health = *(const struct rcp_health *)context;
}

void test_server_prepare(struct test_server *server)
{
    memset(server, 0, sizeof *server);
    struct rcp_service *service = &server->service;
    must(rcp_token_keys_add(&service->keys.tokens, TEST_TOKEN_KEY, strlen(TEST_TOKEN_KEY)),
         "token key");
    must(rcp_identity_add(
             &service->identity, RCP_JWT_HS256, TEST_JWT_SECRET, strlen(TEST_JWT_SECRET)),
         "jwt key");
    service->health_context = &server->health;
    service->health = read_health;
    service->metrics = rcp_metrics_open();
    must(service->metrics != NULL, "metrics");
    server->health = (struct rcp_health){.payments = true, .orders = true};
    for (int i = 0; i < RCP_DEPENDENCY_COUNT; i++)
        server->health.dependencies[i] = RCP_DEPENDENCY_UP;
    snprintf(server->unix_path, sizeof server->unix_path, "/tmp/recoup-test-%d.sock", getpid());
    server->options.service = service;
    server->options.limits = rcp_http_limits_default;
    server->options.listener_count = 3;
    server->options.listeners[0] = (struct rcp_listener){.address = "127.0.0.1"};
    server->options.listeners[1] = (struct rcp_listener){.address = "127.0.0.1", .inside = true};
    server->options.listeners[2] =
        (struct rcp_listener){.path = server->unix_path, .mode = 0600, .trusted = true};
}

static struct rcp_loop *open_loop(struct test_server *server, uint32_t number)
{
    struct rcp_loop_options options = {.number = number,
                                       .incarnation = 1,
                                       .secret = "handles",
                                       .secret_size = 7,
                                       .watch_count = 1};
    options.node.limits = (struct rcp_limits){.requests = 1024,
                                              .retries = 8,
                                              .group = 32,
                                              .groups = 4,
                                              .page = 8,
                                              .sends = 8,
                                              .partitions = 2,
                                              .window = 8,
                                              .orders = 1024,
                                              .settles = 8,
                                              .pg_calls = 64};
    options.node.policy = rcp_policy_hardened();
    options.node.gateway.callback_mac = server->callbacks_signed;
    struct rcp_meter *meter = rcp_metrics_meter(server->service.metrics);
    must(meter != NULL, "meter");
    options.watches[0] = rcp_meter_watch(meter);
    struct rcp_loop *loop = rcp_loop_open(&options);
    must(loop != NULL, "loop");
    return loop;
}

static void *run_loop(void *loop)
{
    rcp_loop_run(loop);
    return NULL;
}

void test_server_start(struct test_server *server)
{
    server->options.loop_count = TEST_LOOPS;
    for (uint32_t i = 0; i < TEST_LOOPS; i++) {
        server->loops[i] = open_loop(server, i + 1u);
        server->options.loops[i] = server->loops[i];
        server->cards[i] = rcp_cards_open(64);
        must(server->cards[i] != NULL, "cards");
        server->options.cards[i] = server->cards[i];
    }
    server->http = rcp_http_open(&server->options);
    must(server->http != NULL, "http");
    for (uint32_t i = 0; i < TEST_LOOPS; i++) {
        server->backends[i] = fake_backends_open(server->loops[i], &server->service.keys.tokens);
        must(server->backends[i] != NULL, "backends");
        fake_backends_plug_in(server->backends[i]);
        rcp_loop_port(server->loops[i], RCP_EFFECT_REPLY, rcp_http_port(server->http, i));
        must(pthread_create(&server->threads[i], NULL, run_loop, server->loops[i]) == 0, "thread");
    }
}

bool test_server_stop(struct test_server *server, uint32_t grace_ms)
{
    bool clean = true;
    rcp_http_quiesce(server->http);
    for (uint32_t i = 0; i < TEST_LOOPS; i++)
        rcp_loop_stop(server->loops[i], grace_ms);
    for (uint32_t i = 0; i < TEST_LOOPS; i++) {
        pthread_join(server->threads[i], NULL);
        clean = clean && rcp_loop_ended_clean(server->loops[i]);
        rcp_loop_free(server->loops[i]);
        fake_backends_free(server->backends[i]);
    }
    rcp_http_close(server->http);
    for (uint32_t i = 0; i < TEST_LOOPS; i++) {
        server->cards_left += rcp_cards_expire(server->cards[i], 0);
        rcp_cards_free(server->cards[i]);
    }
    rcp_metrics_free(server->service.metrics);
    return clean;
}

int test_server_end(struct test_server *server)
{
    must(test_server_stop(server, 1000), "a clean end");
    return 0;
}

uint32_t test_server_held(struct test_server *server)
{
    uint32_t held = 0;
    for (uint32_t i = 0; i < TEST_LOOPS; i++)
        held += fake_held(server->backends[i]);
    return held;
}

void test_server_release(struct test_server *server)
{
    for (uint32_t i = 0; i < TEST_LOOPS; i++)
        fake_release(server->backends[i]);
}

uint16_t test_server_port(const struct test_server *server)
{
    return rcp_http_listening(server->http, 0);
}

uint16_t test_server_inside(const struct test_server *server)
{
    return rcp_http_listening(server->http, 1);
}

const char *test_token(uint64_t user_id, uint64_t activity_id)
{
    static char text[RCP_TOKEN_TEXT_MAX + 1u];
    struct rcp_token_keys keys = {0};
    must(rcp_token_keys_add(&keys, TEST_TOKEN_KEY, strlen(TEST_TOKEN_KEY)), "token key");
    must(rcp_token_issue(&keys, user_id, activity_id, text), "token");
    return text;
}

const char *test_bearer(uint64_t user_id)
{
    static char text[1024];
    char subject[24];
    jwt_t *jwt = NULL;
    snprintf(subject, sizeof subject, "%llu", (unsigned long long)user_id);
    must(jwt_new(&jwt) == 0 && jwt_add_grant(jwt, "sub", subject) == 0 &&
             jwt_add_grant_int(jwt, "exp", (long)time(NULL) + 3600) == 0 &&
             jwt_set_alg(jwt,
                         JWT_ALG_HS256,
                         (const unsigned char *)TEST_JWT_SECRET,
                         (int)strlen(TEST_JWT_SECRET)) == 0,
         "jwt");
    char *encoded = jwt_encode_str(jwt);
    must(encoded != NULL, "jwt");
    snprintf(text, sizeof text, "Bearer %s", encoded);
    free(encoded);
    jwt_free(jwt);
    return text;
}
