/* A card's number stays nowhere: not in a file, not in a row, not in a record, not in what is printed, not in memory
 * once its order is answered. A reservation token stands where it is needed to be given back: in the columns `token`
 * and in the retry record's header. Keys and passwords stand in nothing that is written. */
#include "tests/integration/support/dump.h"
#include "tests/integration/support/ledger.h"
#include "tests/prod/support/raw_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CARD    "9876-1357-2468-1212"
#define USER    31415926u
#define PAYERS  4u
#define SOON_MS 15000u /* a card that nobody answers for lives for ten seconds */

static struct service service;
static char lines[512];
static int idle = -1; /* a client's connection that stays open */
static char tokens[PAYERS][SERVICE_TOKEN_SIZE];

static void pay(uint32_t index, int status)
{
    struct service_answer answer;
    service_reserve(&service, USER + index, 1, tokens[index]);
    service_pay(&service, 0, USER + index, tokens[index], &answer);
    assert_int_equal(answer.status, status);
}

static int order(const char *key, const char *more)
{
    char body[512];
    struct service_answer answer;
    snprintf(
        body,
        sizeof body,
        "{\"items\":[{\"productId\":1,\"quantity\":1}],\"totalAmount\":1000,\"paidAmount\":1000,"
        "\"cardType\":\"KB\",\"cardNo\":\"" CARD "\"%s}",
        more);
    service_order(&service, 0, USER, key, body, &answer);
    return answer.status;
}

/* Fails where a shell command finds something: the words are its finding. */
static void nothing_in(const char *what, const char *command)
{
    char whole[1024];
    snprintf(whole, sizeof whole, "cd %s && { %s; } 2>&1 || true", service.folder, command);
    const char *found = own_server_say(whole);
    if (*found != '\0')
        fail_msg("%s: %s", what, found);
}

/* No file of these has the bytes. */
static void not_in_files(const char *bytes, const char *files)
{
    char command[512];
    snprintf(command,
             sizeof command,
             "test -e %s || echo is not there; grep -rlaF -e '%s' -- %s",
             files,
             bytes,
             files);
    nothing_in(files, command);
}

/* They are found where they belong: so the search finds what there is. */
static void in_files(const char *bytes, const char *files)
{
    char command[512];
    snprintf(command, sizeof command, "grep -rqaF -e '%s' -- %s/%s", bytes, service.folder, files);
    own_server_say(command);
}

/* Every column of every table but these goes into the file `rows`. */
static void write_rows(const char *without)
{
    char sql[512], tables[1024], command[2048];
    snprintf(tables,
             sizeof tables,
             "%s",
             service_sql(&service,
                         "SELECT GROUP_CONCAT(table_name SEPARATOR ' ') FROM "
                         "information_schema.tables WHERE table_schema = 'recoup'"));
    snprintf(command, sizeof command, "rm -f %s/rows", service.folder);
    own_server_say(command);
    for (char *at = tables, *table; (table = strsep(&at, " ")) != NULL;) {
        snprintf(
            sql,
            sizeof sql,
            "SELECT GROUP_CONCAT(column_name) FROM information_schema.columns WHERE table_schema "
            "= 'recoup' AND table_name = '%s' AND column_name <> '%s'",
            table,
            without);
        snprintf(command,
                 sizeof command,
                 "tests/services/mariadb.sh sql %s recoup -e 'SELECT %s FROM %s' >>%s/rows",
                 service.servers[SERVICE_MYSQL].dir,
                 service_sql(&service, sql),
                 table,
                 service.folder);
        own_server_say(command);
    }
}

/* An order by a client who stays connected: what its connection remembers is there as long. */
static void order_and_stay(void)
{
    static struct raw_reply reply;
    char authorization[1024];
    static const char body[] = "{\"items\":[{\"productId\":1,\"quantity\":1}],\"totalAmount\":1000,"
                               "\"paidAmount\":1000,\"cardType\":\"KB\",\"cardNo\":\"" CARD "\"}";
    service_authorize(USER, authorization, sizeof authorization);
    idle = raw_connect(service.http[0]);
    raw_say(idle,
            "POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
            authorization,
            strlen(body),
            body);
    assert_true(raw_read(idle, &reply, 10000));
    assert_int_equal(reply.status, 200);
}

/* --- Everything that handles a secret --- */

/* Payments: approved; asked about; a stranger's; one whose entry is refused, and waits in a row; one that the frozen
 * database hears nothing of, and waits in the topic. */
static void tokens_go_every_way(void **state)
{
    (void)state;
    char path[256];
    struct service_answer answer;
    pay(0, 200);
    snprintf(path, sizeof path, "/api/v1/payments/%s", tokens[0]);
    service_get(&service, 0, USER, path, &answer);
    assert_int_equal(answer.status, 200);
    service_reserve(&service, USER + 1u, 1, tokens[1]);
    service_pay(&service, 0, USER, tokens[1], &answer);
    assert_int_equal(answer.status, 403);
    service_sql(&service,
                "ALTER TABLE campaign_activity_entries ADD CONSTRAINT refuses CHECK (status <> "
                "'APPROVED' OR user_id <> 31415928)");
    pay(2, 202);
    service_do(&service, SERVICE_MYSQL, "freeze");
    pay(3, 202);
    service_do(&service, SERVICE_MYSQL, "thaw");
    service_until(&service,
                  "SELECT COUNT(*) FROM campaign_activity_entries WHERE status = 'APPROVED'",
                  "2",
                  30,
                  "what waited in the topic is approved, or waits in a row");
}

/* Orders: taken; taken from one who stays; not understood; under a key that has another body; while the PG says nothing; called back about. */
static void cards_go_every_way(void **state)
{
    (void)state;
    struct service_answer answer;
    int status = order("first", "");
    assert_true(status == 200 || status == 202);
    order_and_stay();
    assert_int_equal(order("second", ",\"unknown\":1"), 400);
    assert_int_equal(order("third", ",\"cardNo\":\"" CARD "\""), 400);
    assert_int_equal(order("first", ",\"usePoint\":1"), 400);
    service_do(&service, SERVICE_PG, "freeze");
    assert_int_equal(order("fourth", ""), 200); /* IN_PROGRESS */
    service_do(&service, SERVICE_PG, "thaw");
    service_post(
        &service,
        0,
        0,
        "/api/v1/payments/callback",
        "{\"transactionKey\":\"20250816:TR:ffffff\",\"orderId\":\"000001\",\"cardType\":\"KB\","
        "\"cardNo\":\"" CARD "\",\"amount\":1,\"status\":\"SUCCESS\",\"reason\":null}",
        &answer);
    assert_int_equal(answer.status, 200);
}

/* --- Where they are looked for --- */

/* The process still runs. What proves that the search finds anything is the key that it signs handles with. */
static void no_card_is_in_a_core_dump(void **state)
{
    (void)state;
    static const char key[] = "a key that only tests know";
    uint32_t cards = 1;
    if (system("grep -q __asan_init zig-out/bin/recoupd") == 0) // NOLINT(cert-env33-c)
        skip();                                                 /* what was freed is kept */
    for (uint32_t waited_ms = 0; waited_ms < SOON_MS && cards > 0; waited_ms += 250u) {
        usleep(250000);
        cards = dump_count(service.recoupd[0], CARD, strlen(CARD));
    }
    assert_true(dump_count(service.recoupd[0], key, strlen(key)) > 0);
    close(idle);
    assert_int_equal(cards, 0);
}

/* Whatever recoupd wrote: its recordings, its log, its state; and what it says when it is asked. */
static void neither_is_in_what_recoupd_writes(void **state)
{
    (void)state;
    char command[1024];
    snprintf(
        command,
        sizeof command,
        "for path in metrics readyz livez; do curl -s http://127.0.0.1:%u/$path; done >%s/said && "
        "for words in 'ctl --config %s/recoupd-0.yaml config' 'ctl --config %s/recoupd-0.yaml "
        "status' 'check-config --config %s/recoupd-0.yaml'; do zig-out/bin/recoupd $words "
        ">>%s/said; "
        "done",
        service.http[0],
        service.folder,
        service.folder,
        service.folder,
        service.folder,
        service.folder);
    own_server_say(command);
    assert_int_equal(service_stop(&service, 0), 0);
    static const char *const files[] = {"flight", "recoupd-0.log", "state-0", "said"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        not_in_files(CARD, files[i]);
        not_in_files("a key that only tests know", files[i]);
        for (uint32_t k = 0; k < PAYERS; k++)
            not_in_files(tokens[k], files[i]);
    }
}

/* The database: no card in any file that it has, its log of changes included; no token but in the columns `token`. */
static void the_database_has_tokens_in_their_column_alone(void **state)
{
    (void)state;
    not_in_files(CARD, "mysql/data");
    in_files(tokens[0], "mysql/data");
    write_rows("token");
    in_files("31415926", "rows");
    for (uint32_t i = 0; i < PAYERS; i++)
        not_in_files(tokens[i], "rows");
}

/* The topic: no card. What waited in it came with its token in a header. */
static void the_topic_has_no_card(void **state)
{
    (void)state;
    not_in_files(CARD, "kafka/data");
    in_files(tokens[3], "kafka/data");
}

/* Redis: what the entry service put there, and no card. */
static void redis_has_no_card(void **state)
{
    (void)state;
    char command[160];
    snprintf(
        command,
        sizeof command,
        "for key in $(redis-cli -p %u --scan); do redis-cli -p %u GET $key; done >redis-values",
        service.servers[SERVICE_REDIS].port,
        service.servers[SERVICE_REDIS].port);
    nothing_in("Redis does not tell", command);
    not_in_files(CARD, "redis-values");
}

static int open_all(void **state)
{
    (void)state;
    service_open(&service);
    service_pg(&service, "--seed 5 --settle 100..500 --no-faults");
    snprintf(lines,
             sizeof lines,
             "record: %s/flight\n%s",
             service.folder,
             service_pg_lines(&service, 0));
    service_start(&service, 0, lines);
    ledger_stock(&service);
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
        cmocka_unit_test(tokens_go_every_way),
        cmocka_unit_test(cards_go_every_way),
        cmocka_unit_test(no_card_is_in_a_core_dump),
        cmocka_unit_test(neither_is_in_what_recoupd_writes),
        cmocka_unit_test(the_database_has_tokens_in_their_column_alone),
        cmocka_unit_test(the_topic_has_no_card),
        cmocka_unit_test(redis_has_no_card),
    };
    return cmocka_run_group_tests_name("secrets", tests, open_all, close_all);
}
