/* Orders against real servers and the simulator's PG: whatever the PG does, an order ends paid or cancelled, and
 * stock, points and money agree. */
#include "tests/integration/support/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define POINTS    "100000"
#define BUYER     7u
#define ORDERS    20u
#define UNSETTLED "SELECT COUNT(*) FROM payments WHERE status NOT IN ('PAID', 'FAILED')"

static struct service service;

static int place(const char *body, struct service_answer *answer)
{
    service_post(&service, 0, BUYER, "/api/v1/orders", body, answer);
    return answer->status;
}

/* What is not sold is there; what was not paid with is there. */
static void everything_is_conserved(void)
{
    assert_string_equal(
        service_sql(
            &service,
            "SELECT (SELECT SUM(stock) FROM products) + (SELECT COALESCE(SUM(quantity), 0) "
            "FROM order_lines JOIN orders ON orders.id = order_id WHERE status <> 'CANCELLED')"),
        "1000");
    assert_string_equal(
        service_sql(&service,
                    "SELECT (SELECT SUM(balance) FROM point_accounts) + (SELECT "
                    "COALESCE(SUM(used_point), 0) FROM payments WHERE status <> 'FAILED')"),
        POINTS);
    assert_string_equal(
        service_sql(&service,
                    "SELECT COUNT(*) FROM orders JOIN payments ON order_id = orders.id "
                    "WHERE (orders.status = 'PAID') <> (payments.status = 'PAID')"),
        "0");
}

/* Points alone: PAID at once, and the PG hears nothing of it. */
static void an_order_by_points_is_paid_at_once(void **state)
{
    (void)state;
    struct service_answer answer;
    assert_int_equal(place("{\"items\":[{\"productId\":1,\"quantity\":2}],\"totalAmount\":2000,"
                           "\"usePoint\":2000,\"paidAmount\":0}",
                           &answer),
                     200);
    assert_non_null(strstr(answer.body, "PAID"));
    everything_is_conserved();
}

/* What does not add up is refused before anything is taken. */
static void what_does_not_add_up_is_refused(void **state)
{
    (void)state;
    struct service_answer answer;
    assert_int_equal(place("{\"items\":[{\"productId\":1,\"quantity\":2}],\"totalAmount\":2000,"
                           "\"usePoint\":1999,\"paidAmount\":0}",
                           &answer),
                     400);
    assert_int_equal(
        place("{\"items\":[{\"productId\":1,\"quantity\":2000}],\"totalAmount\":2000000,"
              "\"usePoint\":0,\"paidAmount\":2000000,\"cardType\":\"KB\","
              "\"cardNo\":\"1234-5678-9012-3456\"}",
              &answer),
        409);
    everything_is_conserved();
}

/* Some calls fail, some callbacks are lost, results come a while later, by callback or by asking. Every order ends,
 * and nothing is lost on the way. */
static void every_order_by_card_ends(void **state)
{
    (void)state;
    struct service_answer answer;
    for (uint32_t i = 0; i < ORDERS; i++) {
        int status = place("{\"items\":[{\"productId\":1,\"quantity\":1}],\"totalAmount\":1000,"
                           "\"usePoint\":100,\"paidAmount\":900,\"cardType\":\"KB\","
                           "\"cardNo\":\"1234-5678-9012-3456\"}",
                           &answer);
        if (status != 200 && status != 202 && status != 402 && status != 503)
            fail_msg("an order is answered %d: %s", status, answer.body);
    }
    ledger_drain(&service, NULL, 0);
    assert_string_equal(service_sql(&service, UNSETTLED), "0");
    assert_string_equal(
        service_sql(&service, "SELECT COUNT(*) FROM refunds WHERE status <> 'REFUNDED'"), "0");
    everything_is_conserved();
    assert_string_not_equal(
        service_sql(&service, "SELECT COUNT(*) FROM payments WHERE status = 'PAID'"), "1");
}

/* A forged callback is a hint to ask, and no more. */
static void a_forged_callback_changes_nothing(void **state)
{
    (void)state;
    struct service_answer answer;
    service_post(
        &service,
        0,
        0,
        "/api/v1/payments/callback",
        "{\"transactionKey\":\"20250816:TR:ffffff\",\"orderId\":\"000001\",\"cardType\":\"KB\","
        "\"cardNo\":\"1234-5678-9012-3456\",\"amount\":1,\"status\":\"SUCCESS\",\"reason\":null}",
        &answer);
    assert_int_equal(answer.status, 200);
    everything_is_conserved();
}

static int open_all(void **state)
{
    (void)state;
    service_open(&service);
    service_pg(&service,
               "--seed 3 --settle 200..1000 --no-faults --fail-rate 10 --rate callback_lost=1/5");
    service_start(&service, 0, service_pg_lines(&service, 0));
    service_sql(&service, "INSERT INTO products (id, price, stock) VALUES (1, 1000, 1000)");
    service_sql(&service, "INSERT INTO point_accounts (user_id, balance) VALUES (7, " POINTS ")");
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
        cmocka_unit_test(an_order_by_points_is_paid_at_once),
        cmocka_unit_test(what_does_not_add_up_is_refused),
        cmocka_unit_test(every_order_by_card_ends),
        cmocka_unit_test(a_forged_callback_changes_nothing),
    };
    return cmocka_run_group_tests_name("orders", tests, open_all, close_all);
}
