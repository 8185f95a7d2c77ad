/* A stop while the retry topic cannot be written: what was surely not sent goes back, what may have been sent is left to
 * its lease, and the next start brings all of it to its end. */
#include "tests/integration/support/ledger.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A claim takes longer to send than a test needs to step in between. */
#define SLOWLY "limits: { page: 32, sends: 1 }\n"
#define SOON_S 30u

#define COUNT(what) "SELECT COUNT(*) FROM payment_failure_log WHERE " what

static struct service service;

static const char *count(const char *sql)
{
    return service_sql(&service, sql);
}

static void kafka_is_missed(void)
{
    struct service_answer answer;
    for (uint32_t tries = 0; tries < 600; tries++) {
        service_get(&service, 0, 0, "/readyz", &answer);
        if (strstr(answer.body, "\"kafka\":\"down\"") != NULL)
            return;
    }
    fail_msg("nobody misses Kafka: %s", answer.body);
}

/* Kafka is gone. The claimed rows go back when the stop comes, as if they had never been claimed: not one send is
 * counted. */
static void unsent_rows_go_back(void **state)
{
    (void)state;
    service_do(&service, SERVICE_KAFKA, "kill");
    kafka_is_missed();
    service_backlog(&service, 1000, 64);
    service_tick(&service, 0, "scheduler");
    service_until(&service, COUNT("status = 'PROCESSING'"), "32", SOON_S, "a page is claimed");
    assert_int_equal(service_stop(&service, 0), 0);
    assert_string_equal(count(COUNT("status = 'PENDING' AND sends = 0")), "64");
    service_do(&service, SERVICE_KAFKA, "restart");
}

/* And the next start sends them. */
static void the_next_start_drains_them(void **state)
{
    (void)state;
    service_start(&service, 0, SLOWLY);
    ledger_drain(&service, NULL, 0);
    ledger_check(&service, NULL);
    assert_string_equal(count(COUNT("status = 'RESOLVED'")), "64");
}

/* Kafka is frozen, and a second signal comes: it ends at once and says so by its exit code. What it had claimed waits
 * for its lease, and comes to its end all the same. */
static void a_second_signal_leaves_rows_to_their_lease(void **state)
{
    (void)state;
    service_do(&service, SERVICE_KAFKA, "freeze");
    service_backlog(&service, 1100, 64);
    service_tick(&service, 0, "scheduler");
    service_until(&service, COUNT("status = 'PROCESSING'"), "32", SOON_S, "a page is claimed");
    service_signal(&service, 0, SIGINT); /* another one: two of a kind may come as one */
    assert_int_equal(service_stop(&service, 0), 3);
    assert_string_equal(count(COUNT("status = 'PROCESSING'")), "32");
    service_do(&service, SERVICE_KAFKA, "thaw");
    service_start(&service, 0, SLOWLY);
    ledger_drain(&service, NULL, 0);
    ledger_check(&service, NULL);
}

/* Kafka freezes in the middle of a drain: it may have a record that nobody told us of. That row alone waits for its
 * lease; the others go back; and nothing is approved twice. */
static void what_may_have_been_sent_waits_for_its_lease(void **state)
{
    (void)state;
    service_backlog(&service, 2000, 1500);
    service_tick(&service, 0, "scheduler");
    service_until(&service,
                  "SELECT COUNT(*) > 64 FROM payment_failure_log WHERE status = 'RESOLVED'",
                  "1",
                  SOON_S,
                  "it drains");
    service_do(&service, SERVICE_KAFKA, "freeze");
    assert_int_equal(service_stop(&service, 0), 0);
    service_do(&service, SERVICE_KAFKA, "thaw");
    assert_string_not_equal(count(COUNT("status = 'PENDING'")), "0");
    assert_string_equal(count(COUNT("status = 'PENDING' AND sends > 0")), "0");
    service_start(&service, 0, "");
    ledger_drain(&service, NULL, 0);
    ledger_check(&service, NULL);
    assert_string_equal(count(COUNT("status = 'RESOLVED'")), "1628");
}

static int open_all(void **state)
{
    (void)state;
    service_open(&service);
    service_start(&service, 0, SLOWLY);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    service_close(&service);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsent_rows_go_back),
        cmocka_unit_test(the_next_start_drains_them),
        cmocka_unit_test(a_second_signal_leaves_rows_to_their_lease),
        cmocka_unit_test(what_may_have_been_sent_waits_for_its_lease),
    };
    return cmocka_run_group_tests_name("drain", tests, open_all, close_all);
}
