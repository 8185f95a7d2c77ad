/* The first document's four scenarios (scenarios/documented) against real servers, under both policies: the same
 * client, the same failing table, and what each policy makes of it. */
#include "tests/integration/support/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SOON_S 20u

/* What sets the two apart, as a client and the tables see it. */
struct side {
    const char *lines;   /* of the configuration */
    uint64_t first_user; /* a scenario's user is so many numbers behind it */
    int unwritten;       /* what is answered where the entry cannot be written */
    const char *rows;    /* after two retries: rows, the last one's retry_count */
};

static const struct side documented = {"documented: true\n", 100, 200, "2 0"};
static const struct side hardened = {"", 200, 202, "1 1"};

static struct service service;

/* --- One payment --- */

struct payment {
    uint64_t user;
    char token[SERVICE_TOKEN_SIZE];
    struct service_answer answer;
};

static void pay(struct payment *payment, uint64_t user)
{
    payment->user = user;
    service_reserve(&service, user, 1, payment->token);
    service_pay(&service, 0, user, payment->token, &payment->answer);
}

static const char *token_left(const struct payment *payment)
{
    char command[200];
    snprintf(command, sizeof command, "EXISTS RESERVATION_TOKEN:%s", payment->token);
    return service_redis(&service, command);
}

/* A query about this user, with %llu for the number. */
static const char *query(const char *format, uint64_t user)
{
    static char sql[512];
    snprintf(sql,
             sizeof sql,
             format,
             (unsigned long long)user); // NOLINT(clang-diagnostic-format-nonliteral)
    return sql;
}

#define ENTRY \
    "SELECT COALESCE(MAX(status), 'none') FROM campaign_activity_entries WHERE user_id = %llu"
#define ROWS                                                                                    \
    "SELECT COALESCE(GROUP_CONCAT(status ORDER BY id), 'none') FROM payment_failure_log WHERE " \
    "user_id = %llu"
#define COUNTS \
    "SELECT CONCAT(COUNT(*), ' ', MAX(retry_count)) FROM payment_failure_log WHERE user_id = %llu"

/* This user's approval is refused, whoever writes it; the failure log goes on. */
static void refuse_entry(uint64_t user)
{
    service_sql(&service,
                query("ALTER TABLE campaign_activity_entries ADD CONSTRAINT refuses CHECK "
                      "(status <> 'APPROVED' OR user_id <> %llu)",
                      user));
}

static void refuse_no_more(void)
{
    service_sql(&service, "ALTER TABLE campaign_activity_entries DROP CONSTRAINT refuses");
}

/* The scheduler works when a test wants it, and not because a minute is over meanwhile. */
static void rest(void)
{
    service_operate(&service, 0, "pause", "scheduler");
}

static void tick(void)
{
    service_age(&service, 200); /* whatever pause a row was given is over */
    service_tick(&service, 0, "scheduler");
}

/* --- The four --- */

/* Section 1: 200, the entry is APPROVED, the token is gone. */
static void a_payment_is_approved(void **state)
{
    const struct side *side = *state;
    struct payment payment;
    pay(&payment, side->first_user + 1);
    assert_int_equal(payment.answer.status, 200);
    assert_string_equal(service_sql(&service, query(ENTRY, payment.user)), "APPROVED");
    assert_string_equal(service_sql(&service, query(ROWS, payment.user)), "none");
    for (uint32_t tries = 0; tries < SOON_S * 50u && strcmp(token_left(&payment), "0") != 0;
         tries++)
        continue; /* hardened deletes it behind its answer */
    assert_string_equal(token_left(&payment), "0");
}

/* Section 2: the entry cannot be written. A failure row stands for the payment, and the token is kept. The
 * document tells the user that all is well; hardened does not. Section 3: the scheduler finds the row, hands it to
 * Kafka, and the consumer approves the payment. */
static void a_failed_entry_is_logged_and_recovered(void **state)
{
    const struct side *side = *state;
    struct payment payment;
    rest();
    refuse_entry(side->first_user + 2);
    pay(&payment, side->first_user + 2);
    refuse_no_more();
    assert_int_equal(payment.answer.status, side->unwritten);
    assert_string_equal(service_sql(&service, query(ENTRY, payment.user)), "none");
    assert_string_equal(service_sql(&service, query(ROWS, payment.user)), "PENDING");
    assert_string_equal(token_left(&payment), "1");
    tick();
    service_until(&service, query(ENTRY, payment.user), "APPROVED", SOON_S, "it is approved");
    service_until(&service, query(ROWS, payment.user), "RESOLVED", SOON_S, "its row is over");
}

/* Section 4: the retry fails as well. The document writes a new row and counts nothing, hardened counts on the same
 * one; the next tick tries again, and that succeeds. */
static void a_failed_retry_is_retried(void **state)
{
    const struct side *side = *state;
    struct payment payment;
    rest();
    refuse_entry(side->first_user + 3);
    pay(&payment, side->first_user + 3);
    assert_int_equal(payment.answer.status, side->unwritten);
    tick();
    service_until(&service, query(COUNTS, payment.user), side->rows, SOON_S, "the retry fails");
    rest();
    service_until(
        &service,
        query(
            "SELECT COUNT(*) FROM payment_failure_log WHERE status = 'PENDING' AND user_id = %llu",
            payment.user),
        "1",
        SOON_S,
        "it is to be tried again");
    assert_string_equal(service_sql(&service, query(ENTRY, payment.user)), "none");
    refuse_no_more();
    tick();
    service_until(&service, query(ENTRY, payment.user), "APPROVED", SOON_S, "it is approved");
    assert_string_equal(service_sql(&service, query(COUNTS, payment.user)), side->rows);
    service_until(&service,
                  query("SELECT COUNT(*) FROM payment_failure_log WHERE status <> 'RESOLVED' AND "
                        "user_id = %llu",
                        payment.user),
                  "0",
                  SOON_S,
                  "every row is over");
}

/* --- Sides --- */

static int begin_side(void **state)
{
    const struct side *side = *state;
    service_start(&service, 0, side->lines);
    return 0;
}

static int end_side(void **state)
{
    (void)state;
    assert_int_equal(service_stop(&service, 0), 0);
    return 0;
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

#define TEST(side, name, begin, end)                                     \
    {                                                                    \
#side ": " #name, name, begin, end, (void *)(uintptr_t) & (side) \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(documented, a_payment_is_approved, begin_side, NULL),
        TEST(documented, a_failed_entry_is_logged_and_recovered, NULL, NULL),
        TEST(documented, a_failed_retry_is_retried, NULL, end_side),
        TEST(hardened, a_payment_is_approved, begin_side, NULL),
        TEST(hardened, a_failed_entry_is_logged_and_recovered, NULL, NULL),
        TEST(hardened, a_failed_retry_is_retried, NULL, end_side),
    };
    return cmocka_run_group_tests_name("documented", tests, open_all, close_all);
}
