/* A whole server in this process: HTTP in front of real loops with real cores, and fake backends behind them. */
#ifndef RCP_TESTS_PROD_TEST_SERVER_H
#define RCP_TESTS_PROD_TEST_SERVER_H

#include "prod/http/http_adapter.h"
#include "tests/prod/support/fake_backends.h"

#include <pthread.h>

#define TEST_LOOPS      2u
#define TEST_JWT_SECRET "a secret of at least 32 bytes, for tests"
#define TEST_TOKEN_KEY  "reservation secret"
#define TEST_PG_KEY     "callback secret"

struct test_server {
    struct rcp_service service;
    struct rcp_health health; /* what /readyz is told */
    struct rcp_http_options options;
    bool callbacks_signed; /* the PG is known to sign them */
    struct rcp_http *http;
    struct rcp_loop *loops[TEST_LOOPS];
    pthread_t threads[TEST_LOOPS];
    struct fake_backends *backends[TEST_LOOPS];
    struct rcp_cards *cards[TEST_LOOPS];
    uint32_t cards_left; /* at the end */
    char unix_path[64];
};

/* Fills in what test_server_start() takes: a public listener on loopback, one for operators, and a trusted unix
 * socket; to be changed before. */
void test_server_prepare(struct test_server *server);
void test_server_start(struct test_server *server);

/* Gracefully: true where both loops ended idle. */
bool test_server_stop(struct test_server *server, uint32_t grace_ms);

/* For a group's teardown, whose result cmocka leaves out of its own: aborts where the end is not clean. Returns 0. */
int test_server_end(struct test_server *server);

/* How many FAKE_HOLDS are held in all; and answers them. */
uint32_t test_server_held(struct test_server *server);
void test_server_release(struct test_server *server);

uint16_t test_server_port(const struct test_server *server);   /* of the public listener */
uint16_t test_server_inside(const struct test_server *server); /* of the operators' */

/* A reservation token, and an Authorization value ("Bearer ..."); valid until the next call. */
const char *test_token(uint64_t user_id, uint64_t activity_id);
const char *test_bearer(uint64_t user_id);

#endif
