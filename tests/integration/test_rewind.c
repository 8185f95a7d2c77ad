/* Restore and rewind: the database goes back to a backup while the topic goes on, `recoupd rewind` has the topic
 * come again, and everything that was accepted by it is approved once, though rows are gone and their ids are given
 * to others. */
#include "tests/integration/support/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN_SIZE 143u
#define MARIADB    "--no-defaults --protocol=socket --user=root --socket="
#define ROW_COLUMNS                                                                          \
    "INSERT INTO payment_failure_log (user_id, payload, error_message, status, retry_count," \
    " next_retry_at, created_at, campaign_activity_id, product_id, open_one) "

static struct service service;
static char backup_time[32]; /* RFC 3339 */

/* --- What an operator does --- */

static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int run(const char *format, ...)
{
    char command[1024];
    va_list values;
    va_start(values, format);
    vsnprintf(command, sizeof command, format, values);
    va_end(values);
    int status = system(command); // NOLINT(cert-env33-c): the tests' own words
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int rewind_by(const char *verb, const char *time)
{
    return run("zig-out/bin/recoupd %s --config %s/recoupd-0.yaml --to %s >%s/rewind 2>&1",
               verb,
               service.folder,
               time,
               service.folder);
}

static int rewind_to(const char *time)
{
    return rewind_by("rewind", time);
}

static bool rewind_said(const char *words)
{
    return run("grep -q '%s' %s/rewind", words, service.folder) == 0;
}

static void back_up(void)
{
    time_t now = time(NULL);
    struct tm parts;
    strftime(backup_time, sizeof backup_time, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
    assert_int_equal(run("mariadb-dump " MARIADB "%s/mysql/mariadb.sock --single-transaction recoup"
                         " >%s/backup.sql",
                         service.folder,
                         service.folder),
                     0);
}

static void restore(void)
{
    service_sql(&service, "DROP DATABASE recoup; CREATE DATABASE recoup CHARACTER SET utf8mb4");
    assert_int_equal(run("mariadb " MARIADB "%s/mysql/mariadb.sock recoup <%s/backup.sql",
                         service.folder,
                         service.folder),
                     0);
}

/* --- What clients do --- */

static int pay(uint64_t user)
{
    char token[SERVICE_TOKEN_SIZE];
    struct service_answer answer;
    service_reserve(&service, user, 1, token);
    service_pay(&service, 0, user, token, &answer);
    return answer.status;
}

/* A payment that was accepted by a failure row, due after so many seconds. */
static void log_failure(uint64_t user, int due_s)
{
    char sql[768];
    snprintf(sql,
             sizeof sql,
             ROW_COLUMNS "VALUES (%llu, '{\\\"userId\\\":%llu,\\\"campaignActivityId\\\":1,"
                         "\\\"productId\\\":1,\\\"campaignActivityType\\\":"
                         "\\\"FIRST_COME_FIRST_SERVE\\\",\\\"quantity\\\":1}', 'x', 'PENDING', 0,"
                         " UTC_TIMESTAMP(3) + INTERVAL %d SECOND, UTC_TIMESTAMP(3), 1, 1, 1)",
             (unsigned long long)user,
             (unsigned long long)user,
             due_s);
    service_sql(&service, sql);
}

static const char *approved_among(unsigned first, unsigned last)
{
    char sql[192];
    snprintf(sql,
             sizeof sql,
             "SELECT COUNT(*) FROM campaign_activity_entries WHERE status = 'APPROVED'"
             " AND user_id BETWEEN %u AND %u",
             first,
             last);
    return service_sql(&service, sql);
}

/* --- The story --- */

/* A time that is none, or is yet to come, is refused before anything is asked of anybody. */
static void a_wrong_time_is_refused(void **state)
{
    (void)state;
    assert_int_equal(rewind_to("yesterday"), 2);
    assert_int_equal(rewind_to("2026-02-31"), 2);
    assert_int_equal(rewind_to("2999-01-01T00:00:00Z"), 2);
    assert_true(rewind_said("rewind needs --to TIME"));
}

/* Offsets are never moved under a running consumer. */
static void nothing_is_moved_while_somebody_runs(void **state)
{
    (void)state;
    int code = 0;
    for (int tries = 0; tries < 30 && code == 0; tries++) { /* until it has joined the group */
        code = rewind_to("2026-01-01T00:00:00Z");
        sleep(1);
    }
    assert_int_equal(code, 1);
    assert_true(rewind_said("stop every recoupd first"));
}

/* Accepted by a record alone, by rows that the backup does not have, and by one that it has; then the database is
 * restored, one row of another payment takes the first id, and the database freezes while the topic comes again:
 * each payment is approved, none twice, and the other payment's row stands as it was. */
static void what_was_accepted_since_the_backup_is_approved(void **state)
{
    (void)state;
    for (uint64_t user = 1; user <= 3; user++)
        assert_int_equal(pay(user), 200);
    log_failure(36, 86400);
    assert_string_equal(service_sql(&service, "SELECT MAX(id) FROM payment_failure_log"), "1");
    back_up();
    service_sql(&service, "UPDATE payment_failure_log SET next_retry_at = UTC_TIMESTAMP(3)");
    for (uint64_t user = 31; user <= 33; user++)
        log_failure(user, 0);
    service_do(&service, SERVICE_MYSQL, "freeze");
    for (uint64_t user = 21; user <= 24; user++)
        assert_int_equal(pay(user), 202);
    service_do(&service, SERVICE_MYSQL, "thaw");
    service_tick(&service, 0, "scheduler");
    service_until(&service,
                  "SELECT COUNT(*) FROM campaign_activity_entries WHERE status = 'APPROVED'",
                  "11",
                  90,
                  "all are approved before the restore");
    service_until(&service,
                  "SELECT COUNT(*) FROM payment_failure_log WHERE status <> 'RESOLVED'",
                  "0",
                  30,
                  "all rows are resolved before the restore");
    assert_int_equal(service_stop(&service, 0), 0);

    restore();
    log_failure(41, 86400);
    assert_string_equal(service_sql(&service,
                                    "SELECT id FROM payment_failure_log"
                                    " WHERE user_id = 41"),
                        "2"); /* as user 31's row was */
    assert_string_equal(approved_among(21, 36), "0");
    assert_int_equal(rewind_to(backup_time), 0);
    assert_true(rewind_said("8 records of ours come again, and 0 others"));

    service_start(&service, 0, "");
    service_do(&service, SERVICE_MYSQL, "freeze");
    sleep(6);
    service_do(&service, SERVICE_MYSQL, "thaw");
    service_until(&service,
                  "SELECT COUNT(*) FROM campaign_activity_entries WHERE status = 'APPROVED'",
                  "11",
                  90,
                  "all are approved after the rewind");
    assert_string_equal(approved_among(21, 24), "4");
    assert_string_equal(approved_among(31, 36), "4");
    assert_string_equal(service_sql(&service,
                                    "SELECT approved_count FROM"
                                    " campaign_activity_capacity"),
                        "11");
    assert_string_equal(service_sql(&service,
                                    "SELECT COUNT(*) FROM payment_failure_log WHERE"
                                    " user_id = 41 AND status = 'PENDING'"
                                    " AND retry_count = 0 AND open_one = 1"),
                        "1");
    assert_string_equal(service_sql(&service, "SELECT COUNT(*) FROM payment_parked_record"), "0");
}

/* Twice is as good as once. */
static void another_rewind_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(service_stop(&service, 0), 0);
    assert_int_equal(rewind_by("ctl rewind", backup_time), 0); /* another name for it */
    service_start(&service, 0, "");
    assert_int_equal(pay(51), 200);
    service_until(&service,
                  "SELECT COUNT(*) FROM payment_failure_log WHERE status IN ('PENDING',"
                  " 'PROCESSING') AND user_id NOT IN (36, 41)",
                  "0",
                  60,
                  "nothing is left open");
    service_do(&service, SERVICE_MYSQL, "freeze");
    assert_int_equal(pay(52), 202);
    service_do(&service, SERVICE_MYSQL, "thaw");
    service_until(&service, /* behind all that came again */
                  "SELECT COUNT(*) FROM campaign_activity_entries WHERE status = 'APPROVED'",
                  "13",
                  60,
                  "the consumer has come to the end");
    assert_string_equal(service_sql(&service,
                                    "SELECT approved_count FROM"
                                    " campaign_activity_capacity"),
                        "13");
    assert_string_equal(service_sql(&service,
                                    "SELECT COUNT(*) FROM payment_failure_log"
                                    " WHERE status = 'FAILED'"),
                        "0");
}

static int open_all(void **state)
{
    (void)state;
    service_open(&service);
    service_start(&service, 0, "");
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
        cmocka_unit_test(a_wrong_time_is_refused),
        cmocka_unit_test(nothing_is_moved_while_somebody_runs),
        cmocka_unit_test(what_was_accepted_since_the_backup_is_approved),
        cmocka_unit_test(another_rewind_changes_nothing),
    };
    return cmocka_run_group_tests_name("rewind", tests, open_all, close_all);
}
