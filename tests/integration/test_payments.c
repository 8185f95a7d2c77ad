/* The documented scenarios against real servers, as a client sees them: one recoupd over Redis, MariaDB and
 * Kafka. Nothing that a client was told is ever untrue, and each payment is approved once. */
#include "tests/integration/support/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENTRY(user)                                                                            \
    "SELECT status FROM campaign_activity_entries WHERE campaign_activity_id = 1 AND user_id " \
    "= " #user
#define ROW(user) "SELECT status FROM payment_failure_log WHERE user_id = " #user

static struct service service;
static char lines[128]; /* of the configuration: all that the node sees is recorded */

static void reserve_and_pay(uint64_t user,
                            char token[SERVICE_TOKEN_SIZE],
                            struct service_answer *answer)
{
    service_reserve(&service, user, 1, token);
    service_pay(&service, 0, user, token, answer);
}

static const char *token_left(const char *token)
{
    char command[200];
    snprintf(command, sizeof command, "EXISTS RESERVATION_TOKEN:%s", token);
    return service_redis(&service, command);
}

/* Section 1: 200, the entry is APPROVED, the token is gone; asking again is answered the same. */
static void a_payment_is_approved(void **state)
{
    (void)state;
    char token[SERVICE_TOKEN_SIZE];
    struct service_answer answer;
    reserve_and_pay(11, token, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(service_sql(&service, ENTRY(11)), "APPROVED");
    service_until(
        &service,
        "SELECT COUNT(*) FROM campaign_activity_entries WHERE unreleased_since IS NOT NULL",
        "0",
        10,
        "the token is released");
    assert_string_equal(token_left(token), "0");
    service_pay(&service, 0, 11, token, &answer);
    assert_int_equal(answer.status, 200);
}

/* Somebody else's token is refused, and nothing is written. */
static void a_stranger_is_refused(void **state)
{
    (void)state;
    char token[SERVICE_TOKEN_SIZE];
    struct service_answer answer;
    service_reserve(&service, 12, 1, token);
    service_pay(&service, 0, 13, token, &answer);
    assert_int_equal(answer.status, 403);
    service_pay(&service, 0, 0, token, &answer);
    assert_int_equal(answer.status, 401);
    assert_string_equal(service_sql(&service, ENTRY(12)), "");
    assert_string_equal(service_sql(&service, ENTRY(13)), "");
}

/* A reservation that Redis and the database know nothing of is fenced before 410 is said; the fence stays. */
static void a_lost_reservation_is_fenced(void **state)
{
    (void)state;
    char token[SERVICE_TOKEN_SIZE], command[200];
    struct service_answer answer;
    service_reserve(&service, 14, 1, token);
    snprintf(command, sizeof command, "DEL RESERVATION_TOKEN:%s", token);
    assert_string_equal(service_redis(&service, command), "1");
    service_pay(&service, 0, 14, token, &answer);
    assert_int_equal(answer.status, 410);
    assert_string_equal(service_sql(&service, ENTRY(14)), "REJECTED");
    reserve_and_pay(14, token, &answer);
    assert_int_equal(answer.status, 410);
    assert_string_equal(service_sql(&service, ENTRY(14)), "REJECTED");
}

/* Section 2: the database is away. 202 by a record in the retry topic, the token is kept; once the database is
 * back the consumer approves the payment, and the status says so. */
static void without_the_database_it_is_accepted(void **state)
{
    (void)state;
    char token[SERVICE_TOKEN_SIZE], path[200];
    struct service_answer answer;
    service_do(&service, SERVICE_MYSQL, "freeze");
    reserve_and_pay(21, token, &answer);
    service_do(&service, SERVICE_MYSQL, "thaw");
    assert_int_equal(answer.status, 202);
    service_until(&service, ENTRY(21), "APPROVED", 60, "the accepted payment is approved");
    snprintf(path, sizeof path, "/api/v1/payments/%s", token);
    service_get(&service, 0, 21, path, &answer);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "approved"));
}

/* Section 3: a PENDING row that is due goes by Kafka to the consumer, which approves the payment and resolves
 * the row in one transaction. */
static void the_scheduler_recovers_a_row(void **state)
{
    (void)state;
    service_sql(
        &service,
        "INSERT INTO payment_failure_log (user_id, payload, error_message, status, retry_count, "
        "next_retry_at, campaign_activity_id, product_id) VALUES (31, "
        "'{\\\"userId\\\":31,\\\"campaignActivityId\\\":1,\\\"productId\\\":1,"
        "\\\"campaignActivityType\\\":\\\"FIRST_COME_FIRST_SERVE\\\",\\\"quantity\\\":1}', 'x', "
        "'PENDING', 0, UTC_TIMESTAMP(3), 1, 1)");
    service_tick(&service, 0, "scheduler");
    service_until(&service, ROW(31), "RESOLVED", 90, "the row is resolved");
    assert_string_equal(service_sql(&service, ENTRY(31)), "APPROVED");
}

/* Redis is away: nobody knows what the token stands for, so the client is to ask again, and may. */
static void without_redis_the_client_asks_again(void **state)
{
    (void)state;
    char token[SERVICE_TOKEN_SIZE];
    struct service_answer answer;
    service_reserve(&service, 41, 1, token);
    service_do(&service, SERVICE_REDIS, "freeze");
    service_pay(&service, 0, 41, token, &answer);
    assert_int_equal(answer.status, 503);
    service_do(&service, SERVICE_REDIS, "thaw");
    for (int i = 0; i < 100 && answer.status == 503; i++)
        service_pay(&service, 0, 41, token, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(service_sql(&service, ENTRY(41)), "APPROVED");
}

/* kill -9, and start again: what was accepted is approved, and nothing twice. */
static void a_killed_instance_loses_nothing(void **state)
{
    (void)state;
    char token[SERVICE_TOKEN_SIZE];
    struct service_answer answer;
    service_do(&service, SERVICE_MYSQL, "freeze");
    reserve_and_pay(51, token, &answer);
    assert_int_equal(answer.status, 202);
    service_kill(&service, 0);
    service_do(&service, SERVICE_MYSQL, "thaw");
    service_start(&service, 0, lines);
    service_until(&service, ENTRY(51), "APPROVED", 90, "the accepted payment is approved");
}

/* What the node saw, through two starts and a kill -9, leads the core through the same effects once more. And no
 * token stands in it. */
static void what_was_recorded_replays(void **state)
{
    (void)state;
    char command[512], token[SERVICE_TOKEN_SIZE];
    assert_int_equal(service_stop(&service, 0), 0);
    snprintf(command, sizeof command, "zig-out/bin/recoup replay %s/flight >&2", service.folder);
    assert_int_equal(system(command), 0);    // NOLINT(cert-env33-c): the tests' own words
    service_reserve(&service, 11, 1, token); /* the same one that was paid with */
    snprintf(command,
             sizeof command,
             "ls %s/flight | grep -q . && ! grep -rqaF %s %s/flight",
             service.folder,
             token,
             service.folder);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
}

static int open_all(void **state)
{
    (void)state;
    service_open(&service);
    snprintf(lines, sizeof lines, "record: %s/flight\n", service.folder);
    service_start(&service, 0, lines);
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
        cmocka_unit_test(a_payment_is_approved),
        cmocka_unit_test(a_stranger_is_refused),
        cmocka_unit_test(a_lost_reservation_is_fenced),
        cmocka_unit_test(without_the_database_it_is_accepted),
        cmocka_unit_test(the_scheduler_recovers_a_row),
        cmocka_unit_test(without_redis_the_client_asks_again),
        cmocka_unit_test(a_killed_instance_loses_nothing),
        cmocka_unit_test(what_was_recorded_replays),
    };
    return cmocka_run_group_tests_name("payments", tests, open_all, close_all);
}
