/* Order scripts as the core asks for them: effects through the MySQL adapter to a real MariaDB, and completions
 * back. The rows have handles and the tables have the bytes behind them. */
#include "prod/mysql/mysql_adapter.h"
#include "tests/integration/support/real_shop.h"
#include "tests/prod/support/loop_double.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define BUYER     1u
#define WITHIN_MS 5000u
#define FORGOTTEN 12345u /* a handle that nobody has given */

static struct rcp_loop *loop;
static struct rcp_mysql *mysql;
static struct rcp_port port;

/* The last completion, with the rows that it pointed to. */
static struct rcp_mysql_done done;
static struct rcp_order_row rows[RCP_TX_ROWS_MAX];

static void keep(void *context, const struct rcp_event *event)
{
    (void)context;
    done = event->mysql_done;
    if (done.orders != NULL)
        memcpy(rows, done.orders, done.row_count * sizeof rows[0]);
}

static int open_adapter(void **state)
{
    real_open(state);
    loop = loop_double_open();
    loop_double_answer(loop, NULL, keep);
    const struct rcp_mysql_options options = {.session = real_options(), .connections = 2};
    mysql = rcp_mysql_open(&options, loop);
    assert_non_null(mysql);
    port = rcp_mysql_port(mysql);
    while (!rcp_mysql_up(mysql))
        loop_double_for(loop, 5);
    return 0;
}

static int close_adapter(void **state)
{
    rcp_mysql_close(mysql, 1000);
    rcp_loop_free(loop);
    return real_close(state);
}

/* Issues the script with this row, or none, and waits for its completion. */
static enum rcp_outcome ask(const struct real_ask *asked, const struct rcp_order_row *row)
{
    static struct rcp_effects effects;
    memset(&effects, 0, sizeof effects);
    effects.count = 1;
    effects.items[0] = (struct rcp_effect){.kind = RCP_EFFECT_MYSQL,
                                           .role = RCP_ROLE_ORDER,
                                           .mysql = {.op_id = 1u + loop_double_count(loop),
                                                     .script = asked->script,
                                                     .flags = asked->flags,
                                                     .page = asked->page,
                                                     .kill_session = asked->kill,
                                                     .timeout_ms = RCP_MYSQL_TIMEOUT_MS,
                                                     .row_count = row != NULL}};
    if (row != NULL)
        effects.orders[effects.order_count++] = *row;
    uint32_t before = loop_double_count(loop);
    port.issue(port.adapter, &effects, &effects.items[0]);
    assert_true(loop_double_turn(loop, before + 1u, WITHIN_MS));
    assert_int_equal(done.op_id, before + 1u);
    return done.outcome;
}

static void must(enum rcp_script script, const struct rcp_order_row *row)
{
    const struct real_ask asked = {
        .script = script, .flags = RCP_TX_IDEMPOTENT, .page = RCP_TX_ROWS_MAX};
    assert_int_equal(ask(&asked, row), RCP_OUTCOME_DONE);
}

/* One unit of product 1, under a key, for a request with a trace id. */
static struct rcp_order_row cart(void)
{
    struct rcp_order_row row = real_cart(BUYER, 1, 1, 0).row;
    row.request_key = loop_double_handle(loop, "a key");
    row.origin = loop_double_handle(loop, "a trace id");
    return row;
}

/* What goes in as a handle comes back as the same one, whoever reads it, and stands in the tables as bytes. */
static void handles_are_bytes_in_the_tables(void **state)
{
    (void)state;
    uint64_t paid = loop_double_handle(loop, "20260101:TR:000001");
    uint64_t surplus = loop_double_handle(loop, "20260101:TR:000002");
    struct rcp_order_row row = cart();
    must(RCP_SCRIPT_PLACE, &row);
    assert_int_equal(rows[0].verdict, RCP_ORDER_VERDICT_PLACED);
    assert_int_equal(rows[0].origin, row.origin);
    assert_int_equal(rows[0].request_key, row.request_key);
    row = rows[0];
    row.settle = RCP_SETTLE_PAY;
    row.pg_key = paid;
    row.refunds[0] = (struct rcp_refund_line){surplus, 1000};
    must(RCP_SCRIPT_RESULT, &row);
    assert_int_equal(rows[0].verdict, RCP_ORDER_VERDICT_WRITTEN);
    assert_int_equal(rows[0].pg_key, paid);
    row = (struct rcp_order_row){.user_id = BUYER, .request_key = cart().request_key};
    must(RCP_SCRIPT_FIND, &row);
    assert_int_equal(rows[0].verdict, RCP_ORDER_VERDICT_PAID);
    assert_int_equal(rows[0].pg_key, paid);
    assert_int_equal(rows[0].origin, cart().origin);
    must(RCP_SCRIPT_DUE, NULL);
    assert_int_equal(done.row_count, 1);
    assert_int_equal(rows[0].verdict, RCP_ORDER_VERDICT_REFUND);
    assert_int_equal(rows[0].pg_key, surplus);
    assert_int_equal(rows[0].origin, cart().origin);
    row = rows[0];
    row.status = RCP_REFUND_REFUNDED;
    must(RCP_SCRIPT_REFUND, &row);
    assert_int_equal(rows[0].verdict, RCP_ORDER_VERDICT_WRITTEN);
    assert_int_equal(real_number("SELECT COUNT(*) FROM refunds WHERE status = 'REFUNDED' AND"
                                 " transaction_key = '20260101:TR:000002'"),
                     1);
    assert_int_equal(real_number("SELECT COUNT(*) FROM idempotency_keys k JOIN orders o ON o.id ="
                                 " k.order_id WHERE k.request_key = 'a key' AND o.origin ="
                                 " 'a trace id'"),
                     1);
}

/* The charge stays open, and whoever asked hears that it surely did not happen. */
static void a_forgotten_handle_is_refused(void **state)
{
    (void)state;
    struct rcp_order_row row = cart();
    must(RCP_SCRIPT_PLACE, &row);
    row = rows[0];
    row.settle = RCP_SETTLE_PAY;
    row.pg_key = FORGOTTEN;
    const struct real_ask result = {.script = RCP_SCRIPT_RESULT};
    assert_int_equal(ask(&result, &row), RCP_OUTCOME_REFUSED);
    assert_int_equal(done.error, RCP_ERROR_HANDLER);
    assert_int_equal(real_find(REAL_FIRST).row.status, RCP_CHARGE_IN_PROGRESS);
}

/* A refused cart is an answer, not an error; and its transaction is over. */
static void a_refused_cart_is_done(void **state)
{
    (void)state;
    struct rcp_order_row row = cart();
    row.cart.items[0].quantity = REAL_STOCK + 1u;
    row.cart.total_amount = row.cart.paid_amount = (uint64_t)REAL_PRICE * (REAL_STOCK + 1u);
    must(RCP_SCRIPT_PLACE, &row);
    assert_int_equal(rows[0].verdict, RCP_ORDER_VERDICT_NO_STOCK);
    row = cart();
    must(RCP_SCRIPT_PLACE, &row);
    assert_int_equal(rows[0].verdict, RCP_ORDER_VERDICT_PLACED);
}

/* Whose COMMIT is unknown is killed before anybody looks: what it had not committed by then never is. */
static void a_search_kills_first(void **state)
{
    (void)state;
    struct rcp_order_row row = cart();
    struct real_row placed = {.row = row};
    struct real_answer lost;
    real_put(&placed.bytes.request_key, "a key");
    const struct real_ask place = {
        .script = RCP_SCRIPT_PLACE, .flags = RCP_TX_IDEMPOTENT, .row = &placed};
    real_start(real_session(0), &place, &lost);
    assert_int_equal(lost.end, RCP_SQL_OK);
    const struct real_ask find = {.script = RCP_SCRIPT_FIND,
                                  .kill = rcp_session_id(real_session(0))};
    assert_int_equal(ask(&find, &row), RCP_OUTCOME_DONE);
    assert_int_equal(rows[0].verdict, RCP_ORDER_VERDICT_NOTHING);
    real_finish(real_session(0), &lost);
    assert_int_not_equal(lost.outcome, RCP_OUTCOME_DONE);
    assert_int_equal(real_count("orders"), 0);
}

int main(void)
{
#define ADAPTER_TEST(name) cmocka_unit_test_setup_teardown(name, open_adapter, close_adapter)
    const struct CMUnitTest tests[] = {
        ADAPTER_TEST(handles_are_bytes_in_the_tables),
        ADAPTER_TEST(a_forgotten_handle_is_refused),
        ADAPTER_TEST(a_refused_cart_is_done),
        ADAPTER_TEST(a_search_kills_first),
    };
    return cmocka_run_group_tests(tests, real_begin, real_end);
}
