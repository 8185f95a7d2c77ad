/* Rolling upgrades, under load: processes of this release and of the two after it (build.zig) share one database, one
 * topic and one group. The next one reads new versions of rows and records and migrates while this one serves; the one
 * after writes them. Each process is replaced by its successor, one is killed on the way, the database stands still
 * now and then so that payments go by records and rows: nothing is lost, nothing doubled, nothing parked. */
#include "tests/integration/support/service.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define NEXT       "zig-out/bin/recoupd-next"
#define LATER      "zig-out/bin/recoupd-later"
#define FIRST_USER 1000u
#define AHEAD      15000u /* users who have a reservation, which ends after five minutes */
#define CLIENTS    4u

static struct service service;

/* --- Clients --- */

static struct {
    pthread_t threads[CLIENTS];
    atomic_bool ends;
    atomic_uint next;     /* user, from 0 */
    atomic_uint accepted; /* 202 */
    atomic_uint told;     /* 200 or 202 */
    atomic_int odd;       /* a status that nobody should have been told */
} load;

static void pause_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Asks the two processes in turn until one knows. 503 and no answer mean: ask again. */
static void pay(uint32_t user)
{
    char token[SERVICE_TOKEN_SIZE];
    struct service_answer answer = {0};
    service_token(FIRST_USER + user, 1, token);
    for (uint32_t tries = 0; tries < 600; tries++) {
        service_pay(&service, (user + tries) % 2u, FIRST_USER + user, token, &answer);
        if (answer.status != 0 && answer.status != 503)
            break;
        pause_ms(100);
    }
    atomic_fetch_add(&load.told, answer.status == 200 || answer.status == 202);
    atomic_fetch_add(&load.accepted, answer.status == 202);
    if (answer.status != 200 && answer.status != 202)
        atomic_store(&load.odd, answer.status == 0 ? -1 : answer.status);
}

static void *client(void *context)
{
    (void)context;
    while (!atomic_load(&load.ends)) {
        pay(atomic_fetch_add(&load.next, 1));
        pause_ms(20);
    }
    return NULL;
}

static void reserve_ahead(void)
{
    service_reserve_all(&service, FIRST_USER + atomic_load(&load.next), AHEAD);
}

static void begin_load(void)
{
    reserve_ahead();
    for (uint32_t i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&load.threads[i], NULL, client, NULL), 0);
}

static void end_load(void)
{
    atomic_store(&load.ends, true);
    for (uint32_t i = 0; i < CLIENTS; i++)
        pthread_join(load.threads[i], NULL);
    assert_int_equal(atomic_load(&load.odd), 0);
}

/* Payments go on meanwhile: by both processes, and once more while the database says nothing. */
static void let_payments_go_every_way(void)
{
    uint32_t told = atomic_load(&load.told), accepted = atomic_load(&load.accepted);
    reserve_ahead();
    for (int i = 0; i < 600 && atomic_load(&load.told) < told + 40u; i++)
        pause_ms(50);
    service_do(&service, SERVICE_MYSQL, "freeze");
    for (int i = 0; i < 600 && atomic_load(&load.accepted) < accepted + 10u; i++)
        pause_ms(50);
    service_do(&service, SERVICE_MYSQL, "thaw");
    assert_true(atomic_load(&load.told) >= told + 40u);
    assert_true(atomic_load(&load.accepted) >= accepted + 10u);
}

/* --- Processes --- */

static void start(uint32_t instance, const char *binary)
{
    service.binary[instance] = binary;
    service_start(&service, instance, "");
}

static void replace(uint32_t instance, const char *binary)
{
    assert_int_equal(service_stop(&service, instance), 0);
    start(instance, binary);
}

static const char *number(const char *sql)
{
    return service_sql(&service, sql);
}

/* --- The story --- */

/* The next release comes while this one serves, and what it migrates does not stop this one: not even from starting
 * again after it was killed. A row of a version to come is left alone by both. */
static void the_next_release_joins_this_one(void **state)
{
    (void)state;
    start(0, NULL);
    start(1, NULL);
    service_sql(
        &service,
        "INSERT INTO payment_failure_log (user_id, payload, error_message, status,"
        " retry_count, next_retry_at, created_at, campaign_activity_id, product_id, open_one,"
        " row_version) VALUES (900, '{}', 'x', 'PENDING', 0, UTC_TIMESTAMP(3),"
        " UTC_TIMESTAMP(3), 1, 1, 1, 2)");
    service_tick(&service, 0, "scheduler");
    begin_load();
    let_payments_go_every_way();
    replace(1, NEXT);
    assert_string_equal(number("SELECT MAX(number) FROM schema_migrations"), "900");
    let_payments_go_every_way();
    service_kill(&service, 0);
    start(0, NULL);
    let_payments_go_every_way();
    assert_string_equal(number("SELECT epoch FROM payment_failure_log WHERE user_id = 900"), "0");
    replace(0, NEXT);
    let_payments_go_every_way();
}

/* The one after writes what the next one reads. And this one is too old by then, and says so. */
static void the_one_after_writes_what_the_next_one_reads(void **state)
{
    (void)state;
    replace(1, LATER);
    let_payments_go_every_way();
    service_tick(&service, 0, "scheduler");
    service_until(&service,
                  "SELECT status FROM payment_failure_log WHERE user_id = 900",
                  "RESOLVED",
                  60,
                  "the row of the new version is settled by whoever reads it");
    replace(0, LATER);
    let_payments_go_every_way();
    end_load();
    service.binary[2] = NULL;
    service_launch(&service, 2, "");
    int status = 0;
    assert_int_equal(waitpid(service.recoupd[2], &status, 0), service.recoupd[2]);
    service.recoupd[2] = 0;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    char command[128];
    snprintf(command, sizeof command, "grep -q 'run a newer one' %s/recoupd-2.log", service.folder);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): the tests' own words
}

/* All that was told 200 or 202 is approved, once each, and nobody has to look at anything. */
static void nothing_is_lost_or_doubled(void **state)
{
    (void)state;
    char told[16];
    snprintf(told, sizeof told, "%u", atomic_load(&load.told) + 1u); /* and the row's */
    service_until(&service,
                  "SELECT COUNT(*) FROM payment_failure_log WHERE status IN ('PENDING',"
                  " 'PROCESSING')",
                  "0",
                  180,
                  "no row is left open");
    service_until(&service,
                  "SELECT COUNT(*) FROM campaign_activity_entries WHERE status = 'APPROVED'",
                  told,
                  60,
                  "everybody who was told so is approved");
    assert_string_equal(number("SELECT COUNT(*) FROM campaign_activity_entries"), told);
    assert_string_equal(number("SELECT approved_count FROM campaign_activity_capacity"), told);
    assert_string_equal(number("SELECT COUNT(*) FROM payment_failure_log WHERE status = 'FAILED'"),
                        "0");
    assert_string_equal(number("SELECT COUNT(*) FROM payment_parked_record"), "0");
    print_message(
        "%u payments told, %u of them 202\n", atomic_load(&load.told), atomic_load(&load.accepted));
}

static int open_all(void **state)
{
    (void)state;
    service_open(&service);
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
        cmocka_unit_test(the_next_release_joins_this_one),
        cmocka_unit_test(the_one_after_writes_what_the_next_one_reads),
        cmocka_unit_test(nothing_is_lost_or_doubled),
    };
    return cmocka_run_group_tests_name("upgrade", tests, open_all, close_all);
}
