/* Operators at work on a real recoupd: what `recoupd ctl` shows, what it changes, and what it leaves behind in the
 * audit. */
#include "prod/mysql/session.h"
#include "tests/integration/support/service.h"

#include <netinet/in.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN_SIZE 143u
#define CTL        "zig-out/bin/recoupd ctl"
#define BY_CARD                                                                 \
    "{\"items\":[{\"productId\":1,\"quantity\":1}],\"totalAmount\":1000,"       \
    "\"usePoint\":100,\"paidAmount\":900,\"cardType\":\"KB\",\"cardNo\":\"1234" \
    "-5678-9012-3456\"}"

static struct service service;
static char said[65536]; /* by the last command, on stdout and stderr */

/* Runs a command, and keeps what it says; its exit code. */
static int run(const char *command)
{
    FILE *pipe = popen(command, "r"); // NOLINT(cert-env33-c): the tests' own words
    assert_non_null(pipe);
    said[fread(said, 1, sizeof said - 1u, pipe)] = '\0';
    return WEXITSTATUS(pclose(pipe));
}

/* The exit code of `recoupd ctl` with these words, as a shell reads them. */
static int ctl(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int ctl(const char *format, ...)
{
    char words[512], command[1024];
    va_list values;
    va_start(values, format);
    vsnprintf(words, sizeof words, format, values);
    va_end(values);
    snprintf(command, sizeof command, CTL " --socket %s/ctl %s 2>&1", service.folder, words);
    return run(command);
}

/* What Prometheus is told. */
static int metrics(void)
{
    char command[128];
    snprintf(command, sizeof command, "curl -sS http://127.0.0.1:%u/metrics 2>&1", service.http[0]);
    return run(command);
}

static void assert_done(int code)
{
    if (code != 0)
        fail_msg("exit %d: %s", code, said);
}

static void assert_says(const char *words)
{
    if (strstr(said, words) == NULL)
        fail_msg("nowhere \"%s\": %s", words, said);
}

static const char *entry(uint32_t activity, uint32_t user)
{
    char sql[160];
    snprintf(sql,
             sizeof sql,
             "SELECT status FROM campaign_activity_entries WHERE campaign_activity_id = %u AND "
             "user_id = %u",
             activity,
             user);
    return service_sql(&service, sql);
}

static void wait_for_entry(uint32_t user, const char *status)
{
    char sql[160];
    snprintf(
        sql, sizeof sql, "SELECT status FROM campaign_activity_entries WHERE user_id = %u", user);
    service_until(&service, sql, status, 100, "the payment ends");
}

/* --- Looking --- */

/* Nodes, workers, circuits, dependencies and the label of a weak durability, for people and for machines. */
static void status_tells_how_it_stands(void **state)
{
    (void)state;
    assert_done(ctl("status"));
    static const char *const words[] = {
        "weak-durability", "serving", "scheduler", "running", "closed", "redis", "up", "parked"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_says(words[i]);
    assert_done(ctl("--json status"));
    assert_says("{\"outcome\":\"done\",\"result\":{\"instance\":1,");
    assert_says("\"nodes\":[{\"node\":1,");
}

/* The configuration in effect has every key, and no secret: neither its bytes nor those of the token's key. */
static void config_shows_no_secret(void **state)
{
    (void)state;
    assert_done(ctl("config"));
    assert_says("operators: ");
    assert_says("# handle_key: ");
    assert_null(strstr(said, "a key that only tests know"));
    assert_null(strstr(said, "password: recoup"));
}

/* What is not there, what is no request, and nobody at the socket: each has an exit code and words of its own. */
static void what_cannot_be_done_is_said(void **state)
{
    (void)state;
    assert_int_equal(ctl("show 1/999"), 1);
    assert_says("knows of no payment 1/999");
    assert_int_equal(ctl("ask 999 --reason x"), 1);
    assert_says("no such order");
    assert_int_equal(ctl("retry 1/999 --reason x"), 1);
    assert_int_equal(ctl("reject 1/999"), 2);
    assert_says("needs --reason");
    assert_int_equal(ctl("frobnicate"), 2);
    assert_int_equal(ctl("pause sweep --node 77 --reason x"), 1);
    assert_says("node 77 is not of this process");
    assert_int_equal(ctl("--socket /nowhere status"), 3);
    assert_says("nobody answers at /nowhere");
}

/* --- Payments --- */

/* A payment of an activity that nobody has set up waits in a row. An operator parks it: it is listed, and the client
 * is told. Once the activity is there, it is retried, and approved. */
static void what_is_parked_is_found_and_retried(void **state)
{
    (void)state;
    char token[TOKEN_SIZE], path[200];
    struct service_answer answer;
    service_reserve(&service, 71, 2, token);
    service_pay(&service, 0, 71, token, &answer);
    assert_int_equal(answer.status, 202);
    assert_done(ctl("list --pending"));
    assert_says("2/71");
    assert_done(ctl("park 2/71 --reason 'the activity is not set up'"));
    assert_done(ctl("list"));
    assert_says("2/71");
    assert_done(ctl("show 2/71"));
    assert_says("FAILED");
    assert_says("operator");
    assert_says("the activity is not set up");
    snprintf(path, sizeof path, "/api/v1/payments/%s", token);
    service_get(&service, 0, 71, path, &answer);
    assert_non_null(strstr(answer.body, "parked"));
    service_sql(&service,
                "INSERT INTO campaign_activity_capacity (campaign_activity_id, capacity) "
                "VALUES (2, 10)");
    assert_done(ctl("retry 2/71 --reason 'it is set up now'"));
    wait_for_entry(71, "APPROVED");
    assert_int_equal(ctl("retry 2/71 --reason 'once more'"), 1);
    assert_says("decided");
}

/* --- Attempts --- */

/* The failure row of user 79, who pays for an activity that nobody has set up. */
#define HIS_ROW " FROM payment_failure_log WHERE user_id = 79"

/* Waits until this many lines were told of the row. */
static void wait_for_lines(uint32_t count)
{
    char wanted[16];
    snprintf(wanted, sizeof wanted, "%u", count);
    service_until(&service,
                  "SELECT COUNT(*) FROM payment_attempt_log WHERE failure_id = (SELECT id" HIS_ROW
                  ")",
                  wanted,
                  60,
                  "its attempt is told");
}

/* What is due is tried now; so many lines there are when that has failed. */
static void try_it(uint32_t lines)
{
    service_tick(&service, 0, "scheduler");
    wait_for_lines(lines);
}

static void let_it_fail(uint32_t lines)
{
    service_age(&service, 2000);
    try_it(lines);
}

/* Somebody else holds its key all the while. */
static void let_it_meet_a_lock(uint32_t lines)
{
    const struct rcp_session_options options = {.host = "127.0.0.1",
                                                .port = service.servers[SERVICE_MYSQL].port,
                                                .user = "recoup",
                                                .password = "recoup",
                                                .database = "recoup",
                                                .patient = true};
    static const char hold[] =
        "INSERT INTO campaign_activity_entries (campaign_activity_id, user_id, status,"
        " requested_at) VALUES (3, 79, 'PENDING', UTC_TIMESTAMP())";
    struct rcp_session_error error;
    service_age(&service, 2000);
    assert_true(rcp_session_library_init());
    struct rcp_session *other = rcp_session_open(&options, &error);
    assert_non_null(other);
    assert_int_equal(rcp_session_say(other, hold, sizeof hold - 1u), RCP_SQL_OK);
    try_it(lines);
    assert_int_equal(rcp_session_rollback(other), RCP_SQL_OK);
    rcp_session_close(other);
}

/* A line of the table: row, try, day, time, node, outcome, attempts, cause. */
static void read_attempt(char *line, const char *words[8])
{
    char *rest = NULL;
    for (uint32_t i = 0; i < 8; i++) {
        const char *word = strtok_r(i == 0 ? line : NULL, " ", &rest);
        words[i] = word == NULL ? "" : word;
    }
}

/* The lines that `show` prints of the row's attempts: try, outcome, attempts and cause of each. */
static void assert_attempts(const char *wanted)
{
    char seen[1024] = "";
    const char *words[8];
    static char table[sizeof said];
    assert_done(ctl("show 3/79"));
    const char *begin = strstr(said, "\nattempts\n");
    assert_non_null(begin);
    const char *end = strstr(begin, "\noperators");
    assert_non_null(end);
    snprintf(table, sizeof table, "%.*s", (int)(end - begin), begin);
    char *rest = NULL;
    strtok_r(table, "\n", &rest);
    strtok_r(NULL, "\n", &rest); /* the columns' names */
    for (char *line = strtok_r(NULL, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        size_t used = strlen(seen);
        read_attempt(line, words);
        assert_true(strcmp(words[4], "1") == 0 || strcmp(words[4], "2") == 0);
        snprintf(seen + used,
                 sizeof seen - used,
                 "%s %s %s %s\n",
                 words[1],
                 words[5],
                 words[6],
                 words[7]);
    }
    assert_string_equal(seen, wanted);
}

#define UNTIL_IT_IS_PARKED                                   \
    "1 CLAIMED 0 none\n"                                     \
    "1 REFUSED 1 none\n"                                     \
    "2 CLAIMED 1 none\n"                                     \
    "2 REFUSED 1 none\n" /* for a lock: it does not count */ \
    "3 CLAIMED 1 none\n"                                     \
    "3 REFUSED 2 none\n"                                     \
    "4 CLAIMED 2 none\n"                                     \
    "4 REFUSED 3 none\n"                                     \
    "5 CLAIMED 3 none\n"                                     \
    "5 REFUSED 4 none\n"                                     \
    "6 CLAIMED 4 none\n"                                     \
    "6 PARKED 5 attempts\n"

/* A payment fails in more than one way, and is parked; an operator has it tried once more, and it is approved. Each
 * of its attempts is a line of `show`, with what it failed of. */
static void every_attempt_is_shown(void **state)
{
    (void)state;
    char token[TOKEN_SIZE];
    struct service_answer answer;
    service_reserve(&service, 79, 3, token);
    service_pay(&service, 0, 79, token, &answer);
    assert_int_equal(answer.status, 202);
    assert_done(ctl("show 3/79"));
    assert_says("attempts: none");
    let_it_fail(2);
    let_it_meet_a_lock(4);
    for (uint32_t lines = 6; lines <= 12; lines += 2)
        let_it_fail(lines);
    assert_attempts(UNTIL_IT_IS_PARKED);
    assert_says("the database does not take its entry");
    assert_says("others held its rows for too long");
    service_sql(&service,
                "INSERT INTO campaign_activity_capacity (campaign_activity_id, capacity) "
                "VALUES (3, 10)");
    assert_done(ctl("retry 3/79 --reason 'it is set up now'"));
    wait_for_entry(79, "APPROVED");
    assert_attempts(UNTIL_IT_IS_PARKED "7 REOPENED 0 none\n8 CLAIMED 0 none\n8 RESOLVED 0 none\n");
    assert_string_equal(
        service_sql(&service,
                    "SELECT COUNT(*) FROM payment_attempt_log WHERE failure_id NOT IN (SELECT id "
                    "FROM payment_failure_log WHERE user_id IN (71, 79))"),
        "0"); /* who is approved at once has no line */
}

/* The row's line of `show` ends with the changes that have no line: what a process of an older release did. */
static void assert_untold(const char *count)
{
    assert_done(ctl("--json show 3/79"));
    char wanted[32];
    snprintf(wanted, sizeof wanted, "\"untold\":%s", count);
    assert_says(wanted);
}

/* What a process of an older release changes has no line, and that is said. */
static void what_was_not_told_is_counted(void **state)
{
    (void)state;
    assert_untold("0");
    service_sql(&service, "DELETE FROM payment_attempt_log WHERE outcome = 'RESOLVED'");
    assert_untold("1");
    service_sql(&service, "DELETE FROM payment_attempt_log WHERE epoch BETWEEN 2 AND 5");
    assert_untold("4");
    service_sql(&service, "UPDATE payment_attempt_log SET row_version = 9");
    assert_done(ctl("show 3/79"));
    assert_says("attempts: none"); /* lines of a release to come are left out */
}

/* A rejected payment has its fence: whoever pays with the reservation afterwards is told that it is gone. What is
 * approved stays so. */
static void a_rejected_payment_is_fenced(void **state)
{
    (void)state;
    char token[TOKEN_SIZE];
    struct service_answer answer;
    assert_done(ctl("reject 1/72 --reason 'the buyer called'"));
    assert_string_equal(entry(1, 72), "REJECTED");
    service_reserve(&service, 72, 1, token);
    service_pay(&service, 0, 72, token, &answer);
    assert_int_equal(answer.status, 410);
    assert_done(ctl("settle 1/73 --reason 'the same, by another name'"));
    assert_string_equal(entry(1, 73), "REJECTED");
    service_reserve(&service, 74, 1, token);
    service_pay(&service, 0, 74, token, &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(ctl("reject 1/74 --reason 'too late'"), 1);
    assert_string_equal(entry(1, 74), "APPROVED");
}

/* While the consumer is paused, what was accepted into the topic waits; then it drains. */
static void a_paused_consumer_leaves_records_alone(void **state)
{
    (void)state;
    char token[TOKEN_SIZE];
    struct service_answer answer;
    assert_done(ctl("pause consumer --reason 'look at a record'"));
    assert_done(metrics());
    assert_says("recoup_worker_paused_nodes{worker=\"consumer\"} 2\n");
    assert_done(ctl("status"));
    assert_says("paus");
    service_reserve(&service, 75, 1, token);
    service_do(&service, SERVICE_MYSQL, "freeze");
    service_pay(&service, 0, 75, token, &answer);
    service_do(&service, SERVICE_MYSQL, "thaw");
    assert_int_equal(answer.status, 202);
    service_reserve(&service, 76, 1, token);
    for (int i = 0; i < 30; i++) { /* others are served meanwhile */
        service_pay(&service, 0, 76, token, &answer);
        assert_true(answer.status == 200 || answer.status == 202 || answer.status == 503);
    }
    assert_string_equal(entry(1, 75), "");
    assert_done(ctl("resume consumer --reason 'seen'"));
    wait_for_entry(75, "APPROVED");
}

/* Without the database nobody can be written down: nothing is changed, and that is said. Looking at the process goes
 * on. */
static void without_its_audit_nothing_is_done(void **state)
{
    (void)state;
    service_do(&service, SERVICE_MYSQL, "freeze");
    int pause = ctl("pause sweep --reason 'nobody will know'");
    int status = ctl("status");
    service_do(&service, SERVICE_MYSQL, "thaw");
    assert_int_equal(pause, 1);
    assert_int_equal(status, 0);
    assert_null(strstr(said, "paus"));
    assert_string_equal(service_sql(&service,
                                    "SELECT COUNT(*) FROM operator_audit WHERE reason = "
                                    "'nobody will know' AND outcome <> 'ASKED'"),
                        "0");
}

/* The same where the database answers, but does not take the row. */
static void without_its_row_nothing_is_done(void **state)
{
    (void)state;
    service_sql(&service, "RENAME TABLE operator_audit TO hidden_audit");
    int reject = ctl("reject 1/78 --reason 'nobody will know'");
    service_sql(&service, "RENAME TABLE hidden_audit TO operator_audit");
    assert_int_equal(reject, 1);
    assert_says("nothing was done");
    assert_string_equal(entry(1, 78), "");
}

/* --- Orders --- */

static const char *place(void)
{
    struct service_answer answer;
    service_post(&service, 0, 7, "/api/v1/orders", BY_CARD, &answer);
    if (answer.status != 200 && answer.status != 202)
        fail_msg("an order is answered %d: %s", answer.status, answer.body);
    return service_sql(&service, "SELECT MAX(id) FROM orders");
}

static const char *charge(const char *order)
{
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT status FROM payments WHERE order_id = %s", order);
    return service_sql(&service, sql);
}

/* The PG's callbacks are lost here. An operator does not wait for the next reconciliation. */
static void the_gateway_is_asked_now(void **state)
{
    (void)state;
    char order[24];
    snprintf(order, sizeof order, "%s", place());
    assert_string_equal(charge(order), "IN_PROGRESS");
    for (int i = 0; i < 20 && strcmp(charge(order), "PAID") != 0; i++)
        assert_done(ctl("ask %s --reason 'the buyer waits'", order));
    assert_string_equal(charge(order), "PAID");
    assert_done(ctl("show %s", order));
    assert_says("PAID");
    assert_says("the buyer waits");
    assert_int_equal(ctl("settle %s --reason 'too late'", order), 1);
    assert_string_equal(charge(order), "PAID");
}

/* An operator says that it has failed: the order gives back what it took. */
static void a_settled_order_gives_back(void **state)
{
    (void)state;
    char order[24], sql[96];
    service_sql(&service, "UPDATE point_accounts SET balance = 1000 WHERE user_id = 7");
    snprintf(order, sizeof order, "%s", place());
    assert_string_equal(service_sql(&service, "SELECT balance FROM point_accounts"), "900");
    assert_done(ctl("settle %s --reason 'the shop is closed'", order));
    assert_string_equal(charge(order), "FAILED");
    snprintf(sql, sizeof sql, "SELECT status FROM orders WHERE id = %s", order);
    assert_string_equal(service_sql(&service, sql), "CANCELLED");
    assert_string_equal(service_sql(&service, "SELECT balance FROM point_accounts"), "1000");
}

/* A circuit that is held open lets no order by card out; once it is let go of, they go out again. */
static void a_held_circuit_stops_orders_by_card(void **state)
{
    (void)state;
    struct service_answer answer;
    assert_done(ctl("breaker pay open --reason 'their maintenance'"));
    assert_done(ctl("status"));
    assert_says("held open");
    assert_done(metrics());
    assert_says("recoup_circuit_nodes{circuit=\"pay\",state=\"open\"} 2\n");
    assert_says("recoup_circuit_nodes{circuit=\"query\",state=\"closed\"} 2\n");
    service_post(&service, 0, 7, "/api/v1/orders", BY_CARD, &answer);
    assert_int_not_equal(answer.status, 200);
    assert_string_equal(
        service_sql(&service, "SELECT failure FROM payments ORDER BY order_id DESC LIMIT 1"),
        "NOT_REACHED");
    assert_done(ctl("breaker pay auto --node 1 --reason 'it is over'"));
    assert_string_equal(charge(place()), "IN_PROGRESS");
}

/* --- Afterwards --- */

/* Who asked for what, why, and what came of it: a row for each change, and its end in it. Only what the frozen
 * database could not end is left open. */
static void every_change_was_written_down(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *wanted;
    } rows[] = {
        {"SELECT outcome FROM operator_audit WHERE verb = 'park' AND object = '2/71' AND reason = "
         "'the activity is not set up' AND instance = 1 AND answer <> '' AND ended_at >= at",
         "DONE"},
        {"SELECT outcome FROM operator_audit WHERE verb = 'reject' AND object = '1/74'", "REFUSED"},
        {"SELECT outcome FROM operator_audit WHERE verb = 'pause' AND object = 'consumer'", "DONE"},
        {"SELECT CONCAT(outcome, setting, node) FROM operator_audit WHERE verb = 'breaker' AND "
         "setting = 'auto'",
         "DONEauto1"},
        {"SELECT COUNT(*) FROM operator_audit WHERE outcome = 'ASKED' AND reason <> 'nobody will "
         "know'",
         "0"},
        {"SELECT COUNT(DISTINCT verb) FROM operator_audit", "8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(service_sql(&service, rows[i].sql), rows[i].wanted);
    assert_string_equal(
        service_sql(&service, "SELECT GROUP_CONCAT(DISTINCT who) FROM operator_audit"),
        getpwuid(geteuid())->pw_name);
}

/* --- The end --- */

#define WATCHERS 200u

/* A connection that was answered once and stays open. */
static int watch(void)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(service.http[0]),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void ask_readiness(int fd)
{
    static const char request[] = "GET /readyz HTTP/1.1\r\nHost: here\r\n\r\n";
    const struct timeval patience = {.tv_sec = 2};
    char answer[4096];
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    send(fd, request, sizeof request - 1, MSG_NOSIGNAL);
    recv(fd, answer, sizeof answer, 0);
}

/* A child that pays while the database is frozen keeps one node busy; the other one ends at once. */
static pid_t pay_slowly(void)
{
    char token[TOKEN_SIZE];
    struct service_answer answer;
    service_reserve(&service, 77, 1, token);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    service_pay(&service, 0, 77, token, &answer);
    _exit(0);
}

static void pause_ms(uint32_t ms)
{
    const struct timespec time = {ms / 1000u, (long)(ms % 1000u) * 1000000l};
    nanosleep(&time, NULL);
}

/* While it stops, load balancers and operators go on asking how it is: by what is still there. */
static void a_stopping_process_is_watched(void **state)
{
    (void)state;
    int watchers[WATCHERS], status = 0;
    for (uint32_t i = 0; i < WATCHERS; i++)
        ask_readiness(watchers[i] = watch());
    service_do(&service, SERVICE_MYSQL, "freeze");
    pid_t payer = pay_slowly();
    pause_ms(500);
    kill(service.recoupd[0], SIGTERM);
    assert_done(ctl("--json status"));
    assert_says("\"state\":\"stopping\"");
    service_do(&service, SERVICE_MYSQL, "thaw");
    for (uint32_t i = 0; i < WATCHERS; i++) {
        ask_readiness(watchers[i]);
        close(watchers[i]);
        pause_ms(20);
    }
    waitpid(payer, NULL, 0);
    assert_int_equal(waitpid(service.recoupd[0], &status, 0), service.recoupd[0]);
    service.recoupd[0] = 0;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(ctl("status"), 3);
}

static int open_all(void **state)
{
    (void)state;
    char lines[512];
    service_open(&service);
    service_pg(&service,
               "--seed 3 --settle 100..200 --no-faults --fail-rate 0 --rate callback_lost=1/1");
    snprintf(lines,
             sizeof lines,
             "nodes: 2\noperators: %s/ctl\n%s",
             service.folder,
             service_pg_lines(&service, 0));
    service_start(&service, 0, lines);
    service_sql(&service, "INSERT INTO products (id, price, stock) VALUES (1, 1000, 1000)");
    service_sql(&service, "INSERT INTO point_accounts (user_id, balance) VALUES (7, 1000)");
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
        cmocka_unit_test(status_tells_how_it_stands),
        cmocka_unit_test(config_shows_no_secret),
        cmocka_unit_test(what_cannot_be_done_is_said),
        cmocka_unit_test(what_is_parked_is_found_and_retried),
        cmocka_unit_test(every_attempt_is_shown),
        cmocka_unit_test(what_was_not_told_is_counted),
        cmocka_unit_test(a_rejected_payment_is_fenced),
        cmocka_unit_test(a_paused_consumer_leaves_records_alone),
        cmocka_unit_test(without_its_audit_nothing_is_done),
        cmocka_unit_test(without_its_row_nothing_is_done),
        cmocka_unit_test(the_gateway_is_asked_now),
        cmocka_unit_test(a_settled_order_gives_back),
        cmocka_unit_test(a_held_circuit_stops_orders_by_card),
        cmocka_unit_test(every_change_was_written_down),
        cmocka_unit_test(a_stopping_process_is_watched),
    };
    return cmocka_run_group_tests_name("ctl", tests, open_all, close_all);
}
