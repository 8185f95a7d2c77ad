/* The payment tables on a real MariaDB, and the adapter before them. */
#include "tests/integration/support/payments_db.h"

#include "prod/loop/clock.h"
#include "prod/mysql/migrate.h"
#include "tests/prod/support/own_server.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define SQL_MAX     4096u
#define ANSWERS     4096u
#define PATIENCE_MS 20000u /* for a completion that should have been there long ago */
#define TIMEOUT_MS  1000u

/* The loop is the test's thread: it has letters, handles, and no node. */
struct rcp_loop {
    pthread_mutex_t lock;
    pthread_cond_t posted;
    struct rcp_letter *first;
    struct rcp_letter **end;
    struct rcp_handles *handles;
};

static struct rcp_loop the_loop = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct own_server server;
static struct rcp_mysql *mysql;
static struct rcp_session *own;
static struct {
    uint64_t op_id;
    uint64_t issued_ms;
    bool there;
    struct db_answer answer;
} answers[ANSWERS];
static uint64_t op_count;

/* --- The loop --- */

void rcp_loop_post(struct rcp_loop *loop, struct rcp_letter *letter)
{
    pthread_mutex_lock(&loop->lock);
    letter->next = NULL;
    *loop->end = letter;
    loop->end = &letter->next;
    pthread_cond_signal(&loop->posted);
    pthread_mutex_unlock(&loop->lock);
}

struct rcp_handles *rcp_loop_handles(struct rcp_loop *loop)
{
    return loop->handles;
}

void rcp_loop_step(struct rcp_loop *loop, struct rcp_event *event)
{
    (void)loop;
    const struct rcp_mysql_done *done = &event->mysql_done;
    assert_int_equal(event->kind, RCP_EVENT_MYSQL_DONE);
    struct db_answer *answer = &answers[done->op_id % ANSWERS].answer;
    assert_int_equal(answers[done->op_id % ANSWERS].op_id, done->op_id);
    assert_false(answers[done->op_id % ANSWERS].there); /* completed once */
    answers[done->op_id % ANSWERS].there = true;
    *answer = (struct db_answer){.outcome = done->outcome,
                                 .error = done->error,
                                 .session = done->session,
                                 .others_succeed = done->others_succeed,
                                 .more = done->more,
                                 .count = done->row_count};
    if (done->row_count > 0)
        memcpy(answer->rows, done->rows, done->row_count * sizeof done->rows[0]);
}

/* The next letter, opened; false where none has come in time. */
static bool open_letter(uint64_t until_ms)
{
    struct timespec at = {.tv_sec = (time_t)(until_ms / 1000u),
                          .tv_nsec = (long)(until_ms % 1000u) * 1000000};
    pthread_mutex_lock(&the_loop.lock);
    int waited = 0;
    while (the_loop.first == NULL && waited == 0)
        waited = pthread_cond_timedwait(&the_loop.posted, &the_loop.lock, &at);
    struct rcp_letter *letter = the_loop.first;
    if (letter != NULL)
        the_loop.first = letter->next;
    if (the_loop.first == NULL)
        the_loop.end = &the_loop.first;
    pthread_mutex_unlock(&the_loop.lock);
    if (letter != NULL)
        letter->open(letter, &the_loop);
    return letter != NULL;
}

static void open_loop(void)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&the_loop.posted, &monotonic);
    the_loop.end = &the_loop.first;
    the_loop.handles = rcp_handles_open(1u << 16, "secret", 6);
    assert_non_null(the_loop.handles);
}

/* --- The server --- */

struct rcp_session_options db_options(void)
{
    return (struct rcp_session_options){.host = "127.0.0.1",
                                        .port = server.port,
                                        .user = "recoup",
                                        .password = "recoup",
                                        .database = "recoup"};
}

static struct rcp_session *open_session(struct rcp_session_options options)
{
    struct rcp_session_error error = {0};
    options.patient = true;
    struct rcp_session *session = rcp_session_open(&options, &error);
    if (session == NULL)
        fail_msg("no session: %s", error.text);
    return session;
}

struct rcp_session *db_session(void)
{
    return open_session(db_options());
}

struct rcp_session *db_root_session(void)
{
    static char path[128];
    struct rcp_session_options options = db_options();
    snprintf(path, sizeof path, "%s/mariadb.sock", server.dir);
    options.host = NULL;
    options.socket = path;
    options.user = "root";
    options.password = NULL;
    return open_session(options);
}

void db_say(struct rcp_session *session, const char *sql)
{
    if (rcp_session_say(session, sql, strlen(sql)) != RCP_SQL_OK)
        fail_msg("%s: %s", sql, rcp_session_failure(session)->text);
}

static const char *written(const char *format, va_list words)
{
    static char sql[SQL_MAX];
    int size = vsnprintf(sql, sizeof sql, format, words);
    assert_true(size > 0 && (size_t)size < sizeof sql);
    return sql;
}

void db_do(const char *format, ...)
{
    va_list words;
    va_start(words, format);
    db_say(own, written(format, words));
    va_end(words);
    assert_int_equal(rcp_session_commit(own), RCP_OUTCOME_DONE);
}

static void read_number(void *context, const struct rcp_sql_value columns[])
{
    *(uint64_t *)context = columns[0].kind == RCP_SQL_NULL ? 0 : columns[0].number;
}

/* A statement is known by the address of its text: the answer goes by a table that all of these share. */
uint64_t db_number(const char *format, ...)
{
    static const char answer[] = "SELECT number FROM test_answer";
    char sql[SQL_MAX + 64];
    uint64_t number = UINT64_MAX;
    va_list words;
    va_start(words, format);
    snprintf(sql, sizeof sql, "INSERT INTO test_answer (number) %s", written(format, words));
    va_end(words);
    db_say(own, "DELETE FROM test_answer");
    db_say(own, sql);
    assert_int_equal(rcp_session_run(own, answer, NULL, 0, &number, read_number, NULL), RCP_SQL_OK);
    assert_int_equal(rcp_session_commit(own), RCP_OUTCOME_DONE);
    return number;
}

void db_root(const char *sql)
{
    char command[SQL_MAX];
    snprintf(command, sizeof command, "%s sql %s -e \"%s\"", server.script, server.dir, sql);
    if (system(command) != 0) // NOLINT(cert-env33-c): the tests' own words
        fail_msg("failed: %s", command);
}

void db_server(const char *verb)
{
    own_server_do(&server, verb);
}

/* What prod/sql has for payments, as the binary would carry it. */
static void migrate(void)
{
    struct rcp_migration_report report;
    struct rcp_session_options options = db_options();
    if (rcp_migrate(&options, rcp_migration_files, rcp_migration_files_count, &report) !=
        RCP_MIGRATION_CURRENT)
        fail_msg("migrate: %s", report.trouble);
}

int db_begin(void **state)
{
    (void)state;
    if (!rcp_session_library_init())
        return 1;
    open_loop();
    own_server_start(&server, "tests/services/mariadb.sh", "");
    migrate();
    return 0;
}

int db_end(void **state)
{
    (void)state;
    own_server_end(&server);
    rcp_handles_free(the_loop.handles);
    rcp_session_thread_end();
    rcp_session_library_end();
    return 0;
}

static void empty_tables(void)
{
    static const char *const statements[] = {
        "DELETE FROM campaign_activity_entries",
        "DELETE FROM payment_failure_log",
        "DELETE FROM payment_parked_record",
        "DELETE FROM campaign_activity_capacity",
        "UPDATE payment_claim_rate SET minute = 0, used = 0",
    };
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        db_do("%s", statements[i]);
    for (uint32_t id = 1; id <= 4; id++)
        db_do("INSERT INTO campaign_activity_capacity VALUES (%u, %u, 0)", id, DB_CAPACITY);
}

/* The record that PARK keeps. */
static bool find_raw(
    void *context, uint32_t partition, uint64_t offset, const char **bytes, uint32_t *size)
{
    (void)context;
    (void)partition;
    *bytes = "not\0json";
    *size = 8;
    return offset != 404;
}

void db_reopen(uint32_t connections)
{
    rcp_mysql_close(mysql, 1000);
    const struct rcp_mysql_options options = {.session = db_options(),
                                              .node = DB_NODE,
                                              .connections = connections,
                                              .topic = "axon.payment.retry",
                                              .raw = {.find = find_raw}};
    mysql = rcp_mysql_open(&options, &the_loop);
    assert_non_null(mysql);
    uint64_t until_ms = rcp_mono_ms() + PATIENCE_MS;
    const struct timespec moment = {.tv_nsec = 1000000};
    while (rcp_mysql_health(mysql).sessions < connections && rcp_mono_ms() < until_ms)
        nanosleep(&moment, NULL);
}

struct rcp_mysql *db_adapter(void)
{
    return mysql;
}

static void open_own(void)
{
    struct rcp_session_options options = db_options();
    options.patient = true; /* what the test looks with is not what it tests */
    own = open_session(options);
    db_do("CREATE TEMPORARY TABLE test_answer (number BIGINT UNSIGNED)");
}

void db_again(void)
{
    rcp_session_close(own);
    open_own();
}

void db_close_adapter(uint32_t grace_ms)
{
    rcp_mysql_close(mysql, grace_ms);
    mysql = NULL;
}

int db_open(void **state)
{
    (void)state;
    db_server("thaw"); /* a test that failed may have left it frozen */
    open_own();
    empty_tables();
    db_reopen(4);
    return 0;
}

int db_close(void **state)
{
    (void)state;
    db_close_adapter(1000);
    while (open_letter(0))
        continue;
    rcp_session_close(own);
    own = NULL;
    return 0;
}

/* --- Asking --- */

uint64_t db_issue(const struct db_ask *ask)
{
    static struct rcp_effects effects;
    uint64_t op_id = ++op_count;
    effects.items[0] = (struct rcp_effect){
        .kind = RCP_EFFECT_MYSQL,
        .role = ask->role == RCP_ROLE_NONE ? RCP_ROLE_PAYMENT : ask->role,
        .mysql = {.op_id = ask->script == RCP_SCRIPT_ABANDON ? 0 : op_id,
                  .owner = ask->owner,
                  .script = ask->script,
                  .flags = ask->flags,
                  .session = ask->session,
                  .kill_session = ask->kill_session,
                  .timeout_ms = ask->timeout_ms == 0 ? TIMEOUT_MS : ask->timeout_ms,
                  .page = ask->page,
                  .row_count = ask->count},
    };
    if (ask->count > 0)
        memcpy(effects.rows, ask->rows, ask->count * sizeof ask->rows[0]);
    answers[op_id % ANSWERS].op_id = op_id;
    answers[op_id % ANSWERS].there = false;
    answers[op_id % ANSWERS].issued_ms = rcp_mono_ms();
    struct rcp_port port = rcp_mysql_port(mysql);
    port.issue(port.adapter, &effects, &effects.items[0]);
    return op_id;
}

struct db_answer db_await(uint64_t op_id)
{
    uint64_t until_ms = rcp_mono_ms() + PATIENCE_MS;
    while (!answers[op_id % ANSWERS].there)
        if (!open_letter(until_ms))
            fail_msg("effect %llu was never completed", (unsigned long long)op_id);
    struct db_answer answer = answers[op_id % ANSWERS].answer;
    answer.took_ms = rcp_mono_ms() - answers[op_id % ANSWERS].issued_ms;
    return answer;
}

struct db_answer db_run(const struct db_ask *ask)
{
    return db_await(db_issue(ask));
}

struct rcp_tx_row db_one(enum rcp_script script, uint32_t flags, struct rcp_tx_row row)
{
    struct db_answer answer =
        db_run(&(struct db_ask){.script = script, .flags = flags, .count = 1, .rows = &row});
    if (answer.outcome != RCP_OUTCOME_DONE)
        fail_msg("outcome %d, error class %d", (int)answer.outcome, (int)answer.error);
    assert_int_equal(answer.count, 1);
    return answer.rows[0];
}

/* --- Rows --- */

uint64_t db_handle(const char *bytes)
{
    return rcp_handles_put(the_loop.handles, bytes, (uint32_t)strlen(bytes));
}

struct rcp_tx_row db_row(uint64_t user_id)
{
    char token[64], origin[64];
    snprintf(token, sizeof token, "token-%llu", (unsigned long long)user_id);
    snprintf(origin, sizeof origin, "trace-%llu", (unsigned long long)user_id);
    return (struct rcp_tx_row){
        .payload = {.user_id = user_id,
                    .activity_id = DB_ACTIVITY,
                    .product_id = DB_PRODUCT,
                    .quantity = 2,
                    .type = RCP_ACTIVITY_GIVEAWAY},
        .token = db_handle(token),
        .origin = db_handle(origin),
    };
}

uint32_t db_failure(uint64_t user_id, const char *status)
{
    db_do("INSERT INTO payment_failure_log (user_id, payload, error_message, status, retry_count,"
          " next_retry_at, created_at, campaign_activity_id, product_id, quantity, activity_type,"
          " token, origin, epoch, open_one) VALUES (%llu, '{}', '', '%s', 0,"
          " UTC_TIMESTAMP(3) - INTERVAL 1 SECOND, UTC_TIMESTAMP(3), %u, %u, 2, 2, 'token-%llu',"
          " 'trace-%llu', 7, IF('%s' IN ('PENDING', 'PROCESSING'), 1, NULL))",
          (unsigned long long)user_id,
          status,
          DB_ACTIVITY,
          DB_PRODUCT,
          (unsigned long long)user_id,
          (unsigned long long)user_id,
          status);
    return (uint32_t)db_number("SELECT MAX(id) FROM payment_failure_log");
}
