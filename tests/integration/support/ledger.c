/* The clients' notes and the PG's ledger become tables beside the service's own (test_told, test_taken); a promise is
 * a query that counts who it was broken for. */
#include "tests/integration/support/ledger.h"

#include <assert.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ROUNDS   20u  /* fewer than sends that park a row */
#define ROUND_S  200u /* of the database's time: a first lease is 120, a first backoff 60 */
#define ROUND_MS 2000u

/* --- Tables of what others know --- */

static FILE *begin_sql(struct service *service, char path[160])
{
    snprintf(path, 160, "%s/ledger.sql", service->folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    return file;
}

static void run_sql(struct service *service, FILE *file, const char *path)
{
    char command[512];
    assert_int_equal(fclose(file), 0);
    snprintf(command,
             sizeof command,
             "tests/services/mariadb.sh sql %s recoup <%s",
             service->servers[SERVICE_MYSQL].dir,
             path);
    own_server_say(command);
    assert_int_equal(unlink(path), 0);
}

/* test_told: a row for each client. */
static void write_told(struct service *service, const struct load *load)
{
    char path[160];
    uint32_t count = 0;
    const struct load_client *clients = load == NULL ? NULL : load_clients(load, &count);
    FILE *file = begin_sql(service, path);
    fputs("DROP TABLE IF EXISTS test_told;\nCREATE TABLE test_told (user_id BIGINT UNSIGNED "
          "PRIMARY KEY, orders INT, "
          "told INT);\nSTART TRANSACTION;\n",
          file);
    for (uint32_t i = 0; i < count; i++)
        fprintf(file,
                "INSERT INTO test_told VALUES (%u, %d, %u);\n",
                LOAD_FIRST_USER + i,
                clients[i].orders,
                clients[i].told);
    fputs("COMMIT;\n", file);
    run_sql(service, file, path);
}

/* A later line about the same transaction replaces it. */
static void write_transaction(FILE *file, const char *line)
{
    json_t *it = json_loads(line, 0, NULL);
    const char *key = json_string_value(json_object_get(it, "transactionKey"));
    const char *order = json_string_value(json_object_get(it, "orderId"));
    const char *status = json_string_value(json_object_get(it, "status"));
    assert_non_null(key);
    assert_non_null(order);
    assert_non_null(status);
    fprintf(file,
            "REPLACE INTO test_taken VALUES ('%s', %lu, %lld, %d);\n",
            key,
            strtoul(order, NULL, 10),
            (long long)json_integer_value(json_object_get(it, "amount")),
            strcmp(status, "SUCCESS") == 0 &&
                json_integer_value(json_object_get(it, "refunds")) == 0);
    json_decref(it);
}

/* test_taken: a row for each transaction of the PG; of several lines about one the last counts. */
static void write_taken(struct service *service)
{
    char path[160], ledger[160], line[1024];
    FILE *file = begin_sql(service, path);
    fputs("DROP TABLE IF EXISTS test_taken;\nCREATE TABLE test_taken (transaction_key VARCHAR(190) "
          "PRIMARY KEY, order_id "
          "BIGINT UNSIGNED, amount BIGINT, kept INT);\nSTART TRANSACTION;\n",
          file);
    snprintf(ledger, sizeof ledger, "%s/ledger", service->servers[SERVICE_PG].dir);
    FILE *lines = service->servers[SERVICE_PG].script == NULL ? NULL : fopen(ledger, "rb");
    while (lines != NULL && fgets(line, sizeof line, lines) != NULL)
        write_transaction(file, line);
    if (lines != NULL)
        fclose(lines);
    fputs("COMMIT;\n", file);
    run_sql(service, file, path);
}

void ledger_stock(struct service *service)
{
    char sql[128];
    snprintf(sql,
             sizeof sql,
             "INSERT INTO products (id, price, stock) VALUES (1, 1000, %u)",
             LEDGER_STOCK);
    service_sql(service, sql);
}

/* --- Promises --- */

#define TOLD_PAYER "FROM test_told LEFT JOIN campaign_activity_entries AS entry USING (user_id) "
#define TOLD_BUYER                                                                 \
    "FROM test_told LEFT JOIN orders ON orders.user_id = test_told.user_id WHERE " \
    "test_told.orders "

static const struct {
    const char *promise; /* as it is said when it is broken */
    const char *query;
} drained[] = {
    {"an accepted payment is approved, or waits for a person",
     "SELECT COUNT(*) " TOLD_PAYER "WHERE NOT orders AND told & 2 AND COALESCE(status, '') <> "
     "'APPROVED' AND NOT EXISTS (SELECT 1 FROM payment_failure_log AS log WHERE log.user_id = "
     "test_told.user_id AND log.status = 'FAILED')"},
    {"no failure row is open",
     "SELECT COUNT(*) FROM payment_failure_log WHERE status IN ('PENDING', 'PROCESSING')"},
    {"every approved payment's token is released",
     "SELECT COUNT(*) FROM campaign_activity_entries WHERE unreleased_since IS NOT NULL AND token "
     "IS NOT NULL"},
    {"the PG is asked about no order any more",
     "SELECT COUNT(*) FROM payments WHERE next_query_at IS NOT NULL"},
    {"no refund is under way", "SELECT COUNT(*) FROM refunds WHERE due_at IS NOT NULL"},
};

static const struct {
    const char *promise;
    const char *query;
} kept[] = {
    {"200 means approved",
     "SELECT COUNT(*) " TOLD_PAYER
     "WHERE NOT orders AND told & 1 AND COALESCE(status, '') <> 'APPROVED'"},
    {"410 means that nothing was taken",
     "SELECT COUNT(*) " TOLD_PAYER "WHERE NOT orders AND told & 4 AND status = 'APPROVED'"},
    {"every approval was counted once",
     "SELECT COUNT(*) FROM campaign_activity_capacity AS room WHERE approved_count <> (SELECT "
     "COUNT(*) FROM campaign_activity_entries AS entry WHERE entry.campaign_activity_id = "
     "room.campaign_activity_id AND status = 'APPROVED')"},
    {"a resolved failure row means approved",
     "SELECT COUNT(*) FROM payment_failure_log AS log LEFT JOIN campaign_activity_entries AS entry "
     "USING (campaign_activity_id, user_id) WHERE log.status = 'RESOLVED' AND "
     "COALESCE(entry.status, '') <> 'APPROVED'"},
    {"no payment is parked", "SELECT COUNT(*) FROM payment_failure_log WHERE status = 'FAILED'"},
    {"no record is parked", "SELECT COUNT(*) FROM payment_parked_record"},
    {"200 means that the order is paid",
     "SELECT COUNT(*) " TOLD_BUYER "AND told & 1 AND COALESCE(status, '') <> 'PAID'"},
    {"402 means that the order is cancelled",
     "SELECT COUNT(*) " TOLD_BUYER "AND told & 4 AND status = 'PAID'"},
    {"an accepted order is there", "SELECT COUNT(*) " TOLD_BUYER "AND told & 2 AND id IS NULL"},
    {"a buyer has one order",
     "SELECT COUNT(*) FROM (SELECT user_id FROM orders GROUP BY user_id HAVING COUNT(*) > 1) x"},
    {"an order and its payment agree",
     "SELECT COUNT(*) FROM orders JOIN payments ON order_id = orders.id WHERE payments.status NOT "
     "IN "
     "('PAID', 'FAILED') OR (orders.status = 'PAID') <> (payments.status = 'PAID')"},
    {"the PG keeps the money of every paid order, once",
     "SELECT COUNT(*) FROM payments WHERE status = 'PAID' AND paid_amount <> (SELECT "
     "COALESCE(SUM(amount), 0) FROM test_taken WHERE test_taken.order_id = payments.order_id AND "
     "kept)"},
    {"the PG keeps no other money",
     "SELECT COUNT(*) FROM test_taken LEFT JOIN payments USING (order_id) WHERE kept AND "
     "COALESCE(status, '') <> 'PAID'"},
    {"what is not sold is in stock",
     "SELECT COUNT(*) FROM products WHERE stock + (SELECT COALESCE(SUM(quantity), 0) FROM "
     "order_lines JOIN orders ON orders.id = order_id WHERE product_id = products.id AND status <> "
     "'CANCELLED') <> 100000"},
};

static_assert(LEDGER_STOCK == 100000u, "as written above");

/* The first of them that something stands in the way of; NULL: nothing is open. */
static const char *open_still(struct service *service)
{
    for (size_t i = 0; i < sizeof drained / sizeof drained[0]; i++)
        if (strcmp(service_sql(service, drained[i].query), "0") != 0)
            return drained[i].promise;
    return NULL;
}

static bool drains(struct service *service)
{
    const struct timespec tick = {.tv_nsec = 100000000l};
    for (uint32_t waited_ms = 0; waited_ms < ROUND_MS; waited_ms += 100u) {
        if (open_still(service) == NULL)
            return true;
        nanosleep(&tick, NULL);
    }
    return false;
}

static void tick_all(struct service *service, uint32_t instance)
{
    service_tick(service, instance, "scheduler");
    service_tick(service, instance, "sweep");
    service_tick(service, instance, "reconcile");
}

void ledger_drain(struct service *service, const struct load *load, uint32_t instance)
{
    write_told(service, load);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        service_age(service, ROUND_S);
        tick_all(service, instance);
        if (drains(service))
            return;
    }
    fail_msg("it does not drain: %s", open_still(service));
}

void ledger_check(struct service *service, const struct load *load)
{
    write_told(service, load);
    write_taken(service);
    const char *left = open_still(service);
    if (left != NULL)
        fail_msg("broken: %s", left);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const char *broken = service_sql(service, kept[i].query);
        if (strcmp(broken, "0") != 0)
            fail_msg("broken for %s: %s", broken, kept[i].promise);
    }
}
