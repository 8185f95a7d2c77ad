/* Two instances on one database and one topic, while clients pay and failure rows drain: one joins, one leaves, one is
 * killed, one sleeps past its session and wakes up believing that its partitions are still its own. */
#include "tests/integration/support/ledger.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SLOWLY  "limits: { page: 32, sends: 1 }\n" /* a backlog takes seconds */
#define BACKLOG 300u
#define SOON_S  60u
#define CLIENTS 40u

static struct service service;
static struct load *load;
static uint32_t drained; /* rows that came to their end so far */

/* Another backlog, and an instance at work on it. */
static void begin_drain(uint32_t instance)
{
    char sql[128];
    service_backlog(&service, 1000u + drained, BACKLOG);
    service_tick(&service, instance, "scheduler");
    snprintf(sql,
             sizeof sql,
             "SELECT COUNT(*) > %u FROM payment_failure_log WHERE status = 'RESOLVED'",
             drained);
    service_until(&service, sql, "1", SOON_S, "it drains");
}

/* All of it comes to its end by this instance; what another had claimed, once its lease is over. */
static void end_drain(uint32_t instance)
{
    ledger_drain(&service, NULL, instance);
    drained += BACKLOG;
    load_wait_told(load, CLIENTS);
}

/* One joins: it takes over some partitions from the one that is at work. */
static void one_joins(void **state)
{
    (void)state;
    begin_drain(0);
    service_start(&service, 1, SLOWLY);
    end_drain(0);
}

/* One leaves in good order: the other goes on at once. */
static void one_leaves(void **state)
{
    (void)state;
    begin_drain(0);
    assert_int_equal(service_stop(&service, 0), 0);
    end_drain(1);
    service_start(&service, 0, SLOWLY);
}

/* One is killed: the other goes on when the group has missed it. */
static void one_is_killed(void **state)
{
    (void)state;
    begin_drain(1);
    service_kill(&service, 1);
    end_drain(0);
    service_start(&service, 1, SLOWLY);
}

/* One sleeps until the other has done its work, which takes its partitions from it and its claims. Then it wakes up in
 * the middle of what it was doing. */
static void one_sleeps_and_wakes_up(void **state)
{
    (void)state;
    begin_drain(1);
    service_signal(&service, 1, SIGSTOP);
    ledger_drain(&service, NULL, 0);
    service_signal(&service, 1, SIGCONT);
    drained += BACKLOG;
    load_wait_told(load, CLIENTS);
}

/* After all of it: what was told is true, every row is settled by an approval, and no approval counts twice. */
static void nothing_is_lost_and_nothing_is_doubled(void **state)
{
    (void)state;
    load_end(load);
    ledger_drain(&service, load, 1);
    assert_int_equal(service_stop(&service, 0), 0);
    assert_int_equal(service_stop(&service, 1), 0);
    ledger_check(&service, load);
}

static int open_all(void **state)
{
    (void)state;
    service_open(&service);
    service_start(&service, 0, SLOWLY);
    load = load_begin(&service, 2, false);
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
        cmocka_unit_test(one_joins),
        cmocka_unit_test(one_leaves),
        cmocka_unit_test(one_is_killed),
        cmocka_unit_test(one_sleeps_and_wakes_up),
        cmocka_unit_test(nothing_is_lost_and_nothing_is_doubled),
    };
    return cmocka_run_group_tests_name("instances", tests, open_all, close_all);
}
