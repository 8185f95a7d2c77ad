/* A shop's tables on a real MariaDB, and the words that tests of the order scripts are written in. */
#include "tests/integration/support/real_shop.h"

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

#define SQL_MAX 2048u

static struct own_server server;
static struct rcp_session *sessions[2];
static struct rcp_session *own; /* of the tests themselves: no script runs in it */

/* ---- The server ----------------------------------------------------------------------------- */

struct rcp_session_options real_options(void)
{
    return (struct rcp_session_options){.host = "127.0.0.1",
                                        .port = server.port,
                                        .user = "recoup",
                                        .password = "recoup",
                                        .database = "recoup"};
}

static void must_say(struct rcp_session *session, const char *sql)
{
    if (rcp_session_say(session, sql, strlen(sql)) != RCP_SQL_OK)
        fail_msg("%s: %s", sql, rcp_session_failure(session)->text);
}

static struct rcp_session *connect_with(const struct rcp_session_options *options)
{
    struct rcp_session_error error = {0};
    struct rcp_session *session = rcp_session_open(options, &error);
    if (session == NULL)
        fail_msg("no session: %s", error.text);
    return session;
}

struct rcp_session *real_connect(void)
{
    const struct rcp_session_options options = real_options();
    return connect_with(&options);
}

/* A machine that others use, too, may take its time to look who waits. */
static struct rcp_session *connect_patiently(void)
{
    struct rcp_session_options options = real_options();
    options.patient = true;
    struct rcp_session *session = connect_with(&options);
    must_say(session, "SET SESSION innodb_lock_wait_timeout = 10");
    return session;
}

struct rcp_session *real_session(uint32_t which)
{
    return sessions[which];
}

/* What a test asks of the server by its client, as root, from the repository's root. */
static void as_root(const char *words)
{
    char command[SQL_MAX];
    snprintf(command, sizeof command, "tests/services/mariadb.sh sql %s %s", server.dir, words);
    if (system(command) != 0) // NOLINT(cert-env33-c): the tests' own words
        fail_msg("failed: %s", command);
}

int real_begin(void **state)
{
    (void)state;
    if (!rcp_session_library_init())
        return 1;
    own_server_start(&server, "tests/services/mariadb.sh", "");
    /* No test here cuts the power, and waiting for the disk takes most of the time. */
    as_root("-e 'SET GLOBAL sync_binlog = 0, GLOBAL innodb_flush_log_at_trx_commit = 2;"
            " GRANT PROCESS ON *.* TO recoup@\"127.0.0.1\"'");
    as_root("recoup <prod/sql/0002_orders.sql");
    return 0;
}

int real_end(void **state)
{
    (void)state;
    own_server_end(&server);
    rcp_session_thread_end();
    rcp_session_library_end();
    return 0;
}

static uint64_t number_of(const struct rcp_sql_value *value)
{
    return value->kind == RCP_SQL_TEXT ? strtoull(value->text, NULL, 10) : value->number;
}

static void read_number(void *context, const struct rcp_sql_value columns[])
{
    uint64_t *number = context;
    *number = number_of(&columns[0]);
}

static const char *written(const char *format, va_list words)
{
    static char sql[SQL_MAX];
    int size = vsnprintf(sql, sizeof sql, format, words);
    assert_true(size > 0 && (size_t)size < sizeof sql);
    return sql;
}

void real_do(const char *format, ...)
{
    va_list words;
    va_start(words, format);
    must_say(own, written(format, words));
    va_end(words);
    assert_int_equal(rcp_session_commit(own), RCP_OUTCOME_DONE);
}

/* A statement is known by the address of its text: the answer goes by a table that all of these share. */
uint64_t real_number(const char *format, ...)
{
    static const char read_sql[] = "SELECT number FROM answer";
    uint64_t number = UINT64_MAX;
    char sql[SQL_MAX];
    va_list words;
    va_start(words, format);
    snprintf(sql, sizeof sql, "INSERT INTO answer (number) %s", written(format, words));
    va_end(words);
    must_say(own, "DELETE FROM answer");
    must_say(own, sql);
    assert_int_equal(rcp_session_run(own, read_sql, NULL, 0, &number, read_number, NULL),
                     RCP_SQL_OK);
    assert_int_equal(rcp_session_commit(own), RCP_OUTCOME_DONE);
    return number;
}

uint64_t real_stock(uint32_t product)
{
    return real_number("SELECT stock FROM products WHERE id = %u", product);
}

uint64_t real_points(uint32_t buyer)
{
    return real_number("SELECT balance FROM point_accounts WHERE user_id = %u", buyer);
}

uint64_t real_count(const char *table)
{
    return real_number("SELECT COUNT(*) FROM %s", table);
}

void real_read(const char *sql,
               void *context,
               void (*row)(void *context, const struct rcp_sql_value columns[]))
{
    if (rcp_session_run(own, sql, NULL, 0, context, row, NULL) != RCP_SQL_OK)
        fail_msg("%s: %s", sql, rcp_session_failure(own)->text);
    assert_int_equal(rcp_session_commit(own), RCP_OUTCOME_DONE);
}

static void empty_tables(void)
{
    static const char *const statements[] = {
        "DELETE FROM idempotency_keys",
        "DELETE FROM refunds",
        "DELETE FROM order_lines",
        "DELETE FROM payments",
        "DELETE FROM issued_coupons",
        "DELETE FROM orders",
        "DELETE FROM products",
        "DELETE FROM point_accounts",
        "ALTER TABLE orders AUTO_INCREMENT = 100001",
        "ALTER TABLE refunds AUTO_INCREMENT = 1",
        "CREATE TEMPORARY TABLE IF NOT EXISTS answer (number BIGINT UNSIGNED)",
    };
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        real_do("%s", statements[i]);
}

int real_open(void **state)
{
    (void)state;
    own = real_connect();
    for (uint32_t i = 0; i < 2; i++)
        sessions[i] = connect_patiently();
    empty_tables();
    for (uint32_t i = 1; i <= REAL_PRODUCTS; i++)
        real_do("INSERT INTO products (id, price, stock) VALUES (%u, %u, %u)",
                i,
                i * REAL_PRICE,
                REAL_STOCK);
    for (uint32_t i = 1; i <= REAL_BUYERS; i++) {
        real_do("INSERT INTO point_accounts (user_id, balance) VALUES (%u, %u)", i, REAL_POINTS);
        real_do("INSERT INTO issued_coupons (id, coupon_id, user_id, discount)"
                " VALUES (%u, 1, %u, %u)",
                i,
                i,
                REAL_DISCOUNT);
    }
    return 0;
}

int real_close(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++)
        rcp_session_close(sessions[i]);
    real_must_conserve();
    rcp_session_close(own);
    return 0;
}

void real_again(void)
{
    real_close(NULL);
    real_open(NULL);
}

void real_leave(void)
{
    for (uint32_t i = 0; i < 2; i++)
        rcp_session_close(sessions[i]);
    rcp_session_close(own);
}

void real_clock(uint64_t unix_ms)
{
    char sql[64];
    /* Half a millisecond more: the server's clock is a double on its way in, and cut off. */
    snprintf(sql,
             sizeof sql,
             "SET timestamp = %u.%03u5",
             (unsigned)(unix_ms / 1000u),
             (unsigned)(unix_ms % 1000u));
    for (uint32_t i = 0; i < 2; i++)
        must_say(sessions[i], unix_ms == 0 ? "SET timestamp = DEFAULT" : sql);
}

/* ---- What must hold ------------------------------------------------------------------------- */

#define LIVING " JOIN orders o ON o.id = p.order_id AND o.status <> 'CANCELLED'"

/* Each counts what must not be. */
static const struct {
    const char *name;
    const char *sql;
} promises[] = {
    {"units there and units sold are the units there were",
     "SELECT COUNT(*) FROM products d WHERE d.stock + COALESCE((SELECT SUM(l.quantity) FROM"
     " order_lines l JOIN orders o ON o.id = l.order_id AND o.status <> 'CANCELLED' WHERE"
     " l.product_id = d.id), 0) <> 40"},
    {"points there and points spent are the points there were",
     "SELECT COUNT(*) FROM point_accounts a WHERE a.balance + COALESCE((SELECT SUM(p.used_point)"
     " FROM payments p" LIVING " WHERE p.user_id = a.user_id), 0) <> 5000"},
    {"a used coupon has one order that stands, and it is the one it names",
     "SELECT COUNT(*) FROM issued_coupons c WHERE COALESCE(c.order_id, 0) <> COALESCE((SELECT"
     " SUM(p.order_id) FROM payments p" LIVING " WHERE p.issued_coupon_id = c.id), 0)"},
    {"a coupon is its buyer's",
     "SELECT COUNT(*) FROM payments p JOIN issued_coupons c ON c.id = p.issued_coupon_id"
     " WHERE c.user_id <> p.user_id"},
    {"an order has a payment and lines",
     "SELECT COUNT(*) FROM orders o WHERE NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id ="
     " o.id AND p.user_id = o.user_id) OR NOT EXISTS (SELECT 1 FROM order_lines l WHERE"
     " l.order_id = o.id)"},
    {"an order stands as its payment does",
     "SELECT COUNT(*) FROM payments p JOIN orders o ON o.id = p.order_id WHERE (p.status = 'PAID')"
     " <> (o.status = 'PAID') OR (p.status = 'FAILED') <> (o.status = 'CANCELLED')"},
    {"an order's total is its lines' prices",
     "SELECT COUNT(*) FROM payments p WHERE p.total_amount <> (SELECT SUM(l.quantity * d.price)"
     " FROM order_lines l JOIN products d ON d.id = l.product_id WHERE l.order_id = p.order_id)"},
    {"a key has an order, and that is its user's",
     "SELECT COUNT(*) FROM idempotency_keys k LEFT JOIN orders o ON o.id = k.order_id AND"
     " o.user_id = k.user_id WHERE o.id IS NULL"},
};

void real_must_conserve(void)
{
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++)
        if (real_number("%s", promises[i].sql) != 0)
            fail_msg("not so: %s", promises[i].name);
}

/* ---- Scripts -------------------------------------------------------------------------------- */

void real_start(struct rcp_session *session, const struct real_ask *ask, struct real_answer *answer)
{
    static _Thread_local struct rcp_order_row rows[RCP_TX_ROWS_MAX];
    static _Thread_local struct rcp_order_bytes bytes[RCP_TX_ROWS_MAX];
    const struct rcp_mysql_effect effect = {.script = ask->script,
                                            .flags = ask->flags,
                                            .page = ask->page,
                                            .kill_session = ask->kill,
                                            .owner = (uint64_t)7 << 32 | 1,
                                            .row_count = ask->row != NULL};
    struct rcp_run run = {.session = session,
                          .effect = &effect,
                          .orders = rows,
                          .order_bytes = bytes,
                          .row_count = effect.row_count};
    if (ask->row != NULL) {
        rows[0] = ask->row->row;
        bytes[0] = ask->row->bytes;
    }
    answer->end = rcp_order_script(&run);
    answer->error = answer->end == RCP_SQL_OK ? 0 : rcp_session_failure(session)->code;
    answer->count = run.row_count;
    answer->more = run.more;
    for (uint32_t i = 0; i < run.row_count; i++)
        answer->rows[i] = (struct real_row){.row = rows[i], .bytes = bytes[i]};
}

void real_finish(struct rcp_session *session, struct real_answer *answer)
{
    answer->outcome = RCP_OUTCOME_REFUSED;
    if (answer->end == RCP_SQL_OK)
        answer->outcome = rcp_session_commit(session);
    else
        rcp_session_rollback(session);
}

void real_ask(struct rcp_session *session, const struct real_ask *ask, struct real_answer *answer)
{
    real_start(session, ask, answer);
    real_finish(session, answer);
}

struct real_row real_run(enum rcp_script script, const struct real_row *row, uint32_t flags)
{
    const struct real_ask ask = {
        .script = script, .row = row, .flags = flags, .page = RCP_TX_ROWS_MAX};
    static struct real_answer answer;
    real_ask(sessions[0], &ask, &answer);
    if (answer.end != RCP_SQL_OK)
        fail_msg("script %d: %s", (int)script, rcp_session_failure(sessions[0])->text);
    assert_int_equal(answer.outcome, RCP_OUTCOME_DONE);
    assert_true(answer.count > 0);
    return answer.rows[0];
}

struct real_row real_place(const struct real_row *row)
{
    return real_run(RCP_SCRIPT_PLACE, row, RCP_TX_IDEMPOTENT);
}

struct real_row real_settle(const struct real_row *row, enum rcp_settle settle)
{
    struct real_row asked = *row;
    asked.row.settle = (uint8_t)settle;
    if (settle == RCP_SETTLE_FAIL && asked.row.failure == RCP_FAILURE_NONE)
        asked.row.failure = RCP_FAILURE_PG;
    return real_run(RCP_SCRIPT_RESULT, &asked, 0);
}

struct real_row real_find(uint64_t order_id)
{
    const struct real_row row = {.row = {.order_id = order_id}};
    return real_run(RCP_SCRIPT_FIND, &row, 0);
}

/* ---- Aside ---------------------------------------------------------------------------------- */

static struct aside {
    pthread_t thread;
    uint32_t which;
    struct real_ask ask;
    struct real_row row;
    struct real_answer answer;
} asides[2];

static void *run_aside(void *context)
{
    struct aside *aside = context;
    real_ask(sessions[aside->which], &aside->ask, &aside->answer);
    rcp_session_thread_end();
    return NULL;
}

void real_ask_aside(uint32_t which, const struct real_ask *ask)
{
    struct aside *aside = &asides[which];
    aside->which = which;
    aside->ask = *ask;
    if (ask->row != NULL) {
        aside->row = *ask->row;
        aside->ask.row = &aside->row;
    }
    assert_int_equal(pthread_create(&aside->thread, NULL, run_aside, aside), 0);
}

const struct real_answer *real_join(uint32_t which)
{
    assert_int_equal(pthread_join(asides[which].thread, NULL), 0);
    return &asides[which].answer;
}

void real_until_it_waits(uint32_t which)
{
    /* The view is made anew only where nobody has looked for a tenth of a second. */
    for (uint32_t i = 0; i < 20; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 110000000}, NULL);
        if (real_number("SELECT COUNT(*) FROM information_schema.innodb_trx"
                        " WHERE trx_state = 'LOCK WAIT' AND trx_mysql_thread_id = %u",
                        rcp_session_id(sessions[which])) == 1)
            return;
    }
    fail_msg("nobody waits");
}

/* ---- Rows ----------------------------------------------------------------------------------- */

void real_put(struct rcp_bytes *bytes, const char *format, ...)
{
    va_list words;
    va_start(words, format);
    int size = vsnprintf(bytes->at, sizeof bytes->at, format, words);
    va_end(words);
    assert_true(size >= 0 && (size_t)size < sizeof bytes->at);
    bytes->size = (uint8_t)size;
}

bool real_has(const struct rcp_bytes *bytes, const char *text)
{
    return bytes->size == strlen(text) && memcmp(bytes->at, text, bytes->size) == 0;
}

struct real_row real_cart(uint32_t buyer, uint32_t nth, uint32_t first, uint32_t second)
{
    struct real_row row = {.row = {.user_id = buyer, .body_hash = UINT64_MAX - nth}};
    row.row.cart.items[0] = (struct rcp_order_item){first, first != 0};
    row.row.cart.items[1] = (struct rcp_order_item){second, second != 0};
    row.row.cart.total_amount = row.row.cart.paid_amount = (uint64_t)REAL_PRICE * (first + second);
    real_put(&row.bytes.request_key, "key-%u-%u", buyer, nth);
    real_put(&row.bytes.origin, "origin-%u-%u", buyer, nth);
    return row;
}

void real_pay_by_points(struct real_row *row, uint64_t points)
{
    row->row.cart.used_point = points;
    row->row.cart.paid_amount -= points;
}

void real_pay_by_coupon(struct real_row *row, uint64_t coupon_id)
{
    row->row.cart.coupon_id = coupon_id;
    row->row.cart.coupon_discount = REAL_DISCOUNT;
    row->row.cart.paid_amount -= REAL_DISCOUNT;
}

struct real_row real_placed(uint32_t buyer, uint32_t nth)
{
    struct real_row row = real_cart(buyer, nth, 1, 0);
    row = real_place(&row);
    assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_PLACED);
    return row;
}

struct real_row real_in_status(uint32_t nth, enum rcp_charge_status status)
{
    static const uint8_t ways[RCP_CHARGE_STATUS_COUNT] = {
        [RCP_CHARGE_IN_PROGRESS] = RCP_SETTLE_LEAVE,
        [RCP_CHARGE_UNKNOWN] = RCP_SETTLE_DOUBT,
        [RCP_CHARGE_REVIEW] = RCP_SETTLE_REVIEW,
        [RCP_CHARGE_PAID] = RCP_SETTLE_PAY,
        [RCP_CHARGE_FAILED] = RCP_SETTLE_FAIL,
    };
    struct real_row row = real_placed(1, nth);
    row = real_settle(&row, (enum rcp_settle)ways[status]);
    assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_WRITTEN);
    assert_int_equal(row.row.status, status);
    return row;
}

void real_line(struct real_row *row, uint32_t line, const char *key, uint64_t amount)
{
    row->row.refunds[line].amount = amount;
    real_put(&row->bytes.refunds[line], "%s", key);
}
