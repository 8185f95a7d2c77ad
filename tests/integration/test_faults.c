/* Each dependency is stopped, frozen and killed in turn while clients pay and order: whatever they are told is kept,
 * and once the dependency is back everything comes to its end. */
#include "tests/integration/support/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define QUESTIONS 16u /* while a dependency is away: two for each of the load's threads */
#define CLIENTS   40u /* after it is back */

static struct service service;
static struct load *load;

/* Redis keeps nothing over a restart: whoever has reserved and not paid has to reserve again. */
static void strike(enum service_server server, const char *verb, const char *back)
{
    service_do(&service, server, verb);
    load_wait_asked(load, QUESTIONS);
    service_do(&service, server, back);
    if (server == SERVICE_REDIS)
        load_reserve(load);
    load_wait_told(load, CLIENTS);
}

/* Until recoupd's log has this of a server so many times. */
static void wait_log(const char *message, const char *server, unsigned times)
{
    char command[512];
    snprintf(command,
             sizeof command,
             "for i in $(seq 200); do"
             " [ $(grep -c '\"%s\",\"server\":\"%s\"' %s/recoupd-0.log) -ge %u ] && exit;"
             " sleep 0.1; done; exit 1",
             message,
             server,
             service.folder,
             times);
    if (system(command) != 0) // NOLINT(cert-env33-c): the tests' own words
        fail_msg("the log does not say %u times that %s: %s", times, message, server);
}

static void go_through(enum service_server server)
{
    strike(server, "freeze", "thaw");
    strike(server, "stop", "restart");
    strike(server, "kill", "restart");
}

/* Redis is away: nobody knows what a token stands for, so nobody is told anything but 503. */
static void redis_comes_and_goes(void **state)
{
    (void)state;
    go_through(SERVICE_REDIS);
}

/* A dependency that goes is told of in the log, and so is its return. */
static void the_log_tells_what_comes_and_goes(void **state)
{
    (void)state;
    wait_log("a dependency is up", "redis", 1);
    wait_log("a dependency is up", "mysql", 1);
    service_do(&service, SERVICE_REDIS, "stop");
    wait_log("a dependency is down", "redis", 1);
    service_do(&service, SERVICE_REDIS, "restart");
    wait_log("a dependency is up", "redis", 2);
    load_reserve(load);
    load_wait_told(load, CLIENTS);
}

/* The database is away: payments are accepted by a record in the retry topic, orders are not. */
static void the_database_comes_and_goes(void **state)
{
    (void)state;
    go_through(SERVICE_MYSQL);
}

/* Kafka is away: nobody notices, but what waits for a retry. */
static void kafka_comes_and_goes(void **state)
{
    (void)state;
    go_through(SERVICE_KAFKA);
}

/* The PG is away: orders stay in doubt until it tells, and are failed only when it knows nothing of them. */
static void the_payment_gateway_comes_and_goes(void **state)
{
    (void)state;
    go_through(SERVICE_PG);
}

/* After all of it: what was told is true, what the PG took is what was sold, and nothing is left over. */
static void nothing_is_lost_and_nothing_is_doubled(void **state)
{
    (void)state;
    load_end(load);
    ledger_drain(&service, load, 0);
    ledger_check(&service, load);
    assert_int_equal(service_stop(&service, 0), 0);
}

static int open_all(void **state)
{
    (void)state;
    service_open(&service);
    service_pg(&service, "--seed 5 --settle 100..500 --no-faults --fail-rate 10");
    service_start(&service, 0, service_pg_lines(&service, 0));
    ledger_stock(&service);
    load = load_begin(&service, 1, true);
    load_wait_told(load, CLIENTS);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    service_close(&service);
    load_free(load);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_tells_what_comes_and_goes),
        cmocka_unit_test(redis_comes_and_goes),
        cmocka_unit_test(the_database_comes_and_goes),
        cmocka_unit_test(kafka_comes_and_goes),
        cmocka_unit_test(the_payment_gateway_comes_and_goes),
        cmocka_unit_test(nothing_is_lost_and_nothing_is_doubled),
    };
    return cmocka_run_group_tests_name("faults", tests, open_all, close_all);
}
