/* The simulator's order tables and scripts, run by themselves, and both shops' tables in the same words. */
#include "tests/integration/support/model_shop.h"

#include "sim/layout.h"
#include "sim/model/order_script.h"
#include "sim/model/order_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EXCHANGES 4096u

static struct rcp_scenario scenario;
static struct rcp_run_result result;
static struct rcp_sim sim;
static struct rcp_world *world;

/* ---- The model ------------------------------------------------------------------------------ */

static void describe_shop(struct rcp_world_config *config)
{
    config->limits.orders = 4;
    config->limits.settles = MODEL_PAGE_MAX;
    config->limits.pg_calls = 4;
    config->products = REAL_PRODUCTS;
    config->stock = REAL_STOCK;
    config->buyers = REAL_BUYERS;
    config->purchases = MODEL_PURCHASES;
    config->orders = MODEL_ORDERS_MAX;
    config->refunds = MODEL_ORDERS_MAX * MODEL_KEYS_EACH;
    config->transactions = MODEL_ORDERS_MAX * MODEL_KEYS_EACH;
    config->points = REAL_POINTS;
    config->price = REAL_PRICE;
    config->discount = REAL_DISCOUNT;
    config->first_order_id = REAL_FIRST;
    config->exchanges = EXCHANGES;
}

/* What the PG has of each order is decided beforehand: key = order * MODEL_KEYS_EACH + which + 1. */
static void give_each_order_its_transactions(void)
{
    for (uint32_t i = 0; i < MODEL_ORDERS_MAX * MODEL_KEYS_EACH; i++)
        rcp_world_pg_rows(world)[i] = (struct rcp_pg_row){.order = i / MODEL_KEYS_EACH};
    world->pg_count = MODEL_ORDERS_MAX * MODEL_KEYS_EACH;
}

void model_begin(void)
{
    rcp_scenario_defaults(&scenario);
    describe_shop(&scenario.world);
    size_t size = (rcp_world_size(&scenario) + 63u) / 64u * 64u;
    memset(&sim, 0, sizeof sim);
    memset(&result, 0, sizeof result);
    world = rcp_world_lay_out(aligned_alloc(64, size), &scenario, 1);
    sim.world = world;
    sim.queue = rcp_world_queue(world);
    sim.effects = rcp_world_effects(world);
    sim.scenario = &scenario;
    sim.result = &result;
    world->mysql_offset_ms = MODEL_DATABASE_MS;
    give_each_order_its_transactions();
}

void model_end(void)
{
    free(world);
}

uint64_t model_now_ms(void)
{
    return rcp_world_mysql_ms(world);
}

void model_pass(uint32_t ms)
{
    world->now_ms += ms;
}

uint64_t model_request(uint64_t purchase)
{
    assert_true(world->exchange_count < EXCHANGES);
    rcp_world_exchanges(world)[world->exchange_count] =
        (struct rcp_exchange){.purchase = (uint32_t)purchase - 1u};
    return ++world->exchange_count;
}

void model_ask(const struct real_ask *ask, struct real_answer *answer)
{
    struct rcp_session *session = &rcp_world_sessions(world)[0];
    struct rcp_order_row *rows = rcp_world_session_orders(world, 0);
    *session = (struct rcp_session){.script = (uint8_t)ask->script,
                                    .flags = ask->flags,
                                    .page = ask->page,
                                    .row_count = ask->row != NULL};
    world->touched.count = 0;
    if (ask->row != NULL)
        rows[0] = ask->row->row;
    if (ask->script == RCP_SCRIPT_DUE && ask->row != NULL && rows[0].order_id >= REAL_FIRST)
        session->first_order = (uint32_t)(rows[0].order_id - REAL_FIRST) + 1u;
    if (ask->script == RCP_SCRIPT_DUE)
        rcp_order_pick_due(&sim, 0);
    rcp_order_script_commit(&sim, 0);
    answer->count = session->row_count;
    answer->more = session->more != 0;
    for (uint32_t i = 0; i < session->row_count; i++)
        answer->rows[i] = (struct real_row){.row = rows[i]};
}

/* ---- What there is to ask about ------------------------------------------------------------- */

uint32_t model_orders(void)
{
    return world->order_count;
}

uint32_t model_refunds(void)
{
    return world->refund_count;
}

void model_refund(uint32_t nth, struct rcp_order_row *row)
{
    const struct rcp_refund_row *refund = &rcp_world_refunds(world)[nth];
    row->order_id = REAL_FIRST + refund->order;
    row->pg_key = refund->key;
    row->version = refund->epoch;
    row->status = refund->status;
}

void model_order(uint32_t nth, struct rcp_order_row *row)
{
    rcp_order_read(world, nth, 0, row);
}

uint64_t model_key(uint32_t order, uint32_t which)
{
    return (uint64_t)order * MODEL_KEYS_EACH + which + 1u;
}

/* ---- The model's tables --------------------------------------------------------------------- */

static void add(struct shop_rows *rows, const uint64_t cells[], uint32_t count)
{
    assert_true(rows->count < SHOP_ROWS_MAX && count <= SHOP_COLUMNS_MAX);
    memcpy(rows->cells[rows->count++], cells, count * sizeof cells[0]);
}

#define ADD(rows, ...)                   \
    add((rows),                          \
        (const uint64_t[]){__VA_ARGS__}, \
        (uint32_t)(sizeof(const uint64_t[]){__VA_ARGS__} / sizeof(uint64_t)))

static void read_products(struct shop_rows *rows)
{
    for (uint32_t i = 0; i < REAL_PRODUCTS; i++)
        ADD(rows, i + 1u, world->products[i].stock);
}

static void read_points(struct shop_rows *rows)
{
    for (uint32_t i = 0; i < REAL_BUYERS; i++)
        ADD(rows, i + 1u, rcp_world_buyers(world)[i].points);
}

static void read_coupons(struct shop_rows *rows)
{
    for (uint32_t i = 0; i < REAL_BUYERS; i++)
        ADD(rows, i + 1u, rcp_world_buyers(world)[i].coupon_used);
}

static void read_payments(struct shop_rows *rows)
{
    for (uint32_t i = 0; i < world->order_count; i++) {
        const struct rcp_order_record *order = &rcp_world_orders(world)[i];
        const struct rcp_cart *cart = &order->cart;
        ADD(rows,
            REAL_FIRST + i,
            order->user,
            order->status,
            order->origin,
            cart->total_amount,
            cart->used_point,
            cart->paid_amount,
            cart->coupon_discount,
            cart->coupon_id,
            order->charge,
            order->failure,
            order->pg_key,
            order->pg_open,
            order->tries,
            order->asked,
            order->misses,
            order->silent,
            order->version,
            order->created_ms,
            order->attempted_ms,
            order->updated_ms,
            order->sent_ms,
            order->sight_ms,
            order->miss_ms,
            rcp_order_is_asked(order) ? order->due_ms : 0,
            rcp_order_unalerted(order) != RCP_ORDER_ALERT_NONE);
    }
}

static void read_lines(struct shop_rows *rows)
{
    for (uint32_t i = 0; i < world->order_count; i++) {
        const struct rcp_order_item *items = rcp_world_orders(world)[i].cart.items;
        for (uint32_t line = 0; line < RCP_ORDER_ITEMS_MAX; line++)
            if (items[line].product_id != 0)
                ADD(rows, REAL_FIRST + i, line, items[line].product_id, items[line].quantity);
    }
}

static void read_refunds(struct shop_rows *rows)
{
    for (uint32_t i = 0; i < world->refund_count; i++) {
        const struct rcp_refund_row *refund = &rcp_world_refunds(world)[i];
        bool open = refund->status == RCP_REFUND_DUE || refund->status == RCP_REFUND_SENT;
        ADD(rows,
            refund->key,
            REAL_FIRST + refund->order,
            refund->amount,
            refund->status,
            refund->epoch,
            refund->tries,
            open ? refund->due_ms : 0,
            rcp_refund_unalerted(refund));
    }
}

static void read_keys(struct shop_rows *rows)
{
    for (uint32_t i = 0; i < world->purchases; i++) {
        const struct rcp_request_key_row *key = &rcp_world_request_keys(world)[i];
        if (key->order != RCP_NOBODY)
            ADD(rows, i + 1u, i / MODEL_PURCHASES + 1u, REAL_FIRST + key->order, key->body_hash);
    }
}

/* ---- Both ----------------------------------------------------------------------------------- */

#define MS(column)     "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " column ") DIV 1000"
#define HANDLE(column) "CAST(SUBSTRING(" column ", 2) AS UNSIGNED)"

static const struct {
    const char *columns[SHOP_COLUMNS_MAX];
    const char *sql;
    void (*read)(struct shop_rows *rows);
} tables[SHOP_TABLE_COUNT] = {
    [SHOP_PRODUCTS] = {{"products.id", "stock"},
                       "SELECT id, stock FROM products ORDER BY id",
                       read_products},
    [SHOP_POINTS] = {{"point_accounts.user_id", "balance"},
                     "SELECT user_id, balance FROM point_accounts ORDER BY user_id",
                     read_points},
    [SHOP_COUPONS] = {{"issued_coupons.id", "used"},
                      "SELECT id, status = 'USED' FROM issued_coupons ORDER BY id",
                      read_coupons},
    [SHOP_PAYMENTS] =
        {
            {"payments.order_id",
             "user_id",
             "orders.status",
             "origin",
             "total_amount",
             "used_point",
             "paid_amount",
             "coupon_discount",
             "issued_coupon_id",
             "status",
             "failure",
             "external_payment_key",
             "pg_open",
             "tries",
             "asked",
             "misses",
             "silent",
             "version",
             "created_at",
             "attempted_at",
             "updated_at",
             "sent_at",
             "sighted_at",
             "missed_at",
             "next_query_at",
             "untold_since"},
            "SELECT p.order_id, p.user_id, CAST(o.status AS UNSIGNED), " HANDLE(
                "o.origin") ","
                            " p.total_amount, p.used_point, p.paid_amount, p.coupon_discount, "
                            "p.issued_coupon_id,"
                            " CAST(p.status AS UNSIGNED), CAST(p.failure AS UNSIGNED),"
                            " " HANDLE(
                                "p.external_payment_key") ", p.pg_open, p.tries, p.asked, "
                                                          "p.misses, p.silent,"
                                                          " p.version, " MS("p.created_at") ", " MS("p.attempted_at") ", " MS(
                                                              "p.updated_at") ","
                                                                              " " MS("p.sent_at") ", " MS("p.sighted_at") ", " MS(
                                                                                  "p.missed_at") ","
                                                                                                 " " MS(
                                                                                                     "p.next_query_at") ", p.untold_since IS NOT NULL"
                                                                                                                        " FROM payments p JOIN orders o ON o.id = p.order_id ORDER BY p.order_id",
            read_payments},
    [SHOP_LINES] = {{"order_lines.order_id", "line_no", "product_id", "quantity"},
                    "SELECT order_id, line_no, product_id, quantity FROM order_lines"
                    " ORDER BY order_id, line_no",
                    read_lines},
    [SHOP_REFUNDS] =
        {{"refunds.transaction_key",
          "order_id",
          "amount",
          "status",
          "epoch",
          "tries",
          "due_at",
          "untold_since"},
         "SELECT " HANDLE(
             "transaction_key") ", order_id, amount,"
                                " CAST(status AS UNSIGNED), epoch, tries, " MS(
                                    "due_at") ","
                                              " untold_since IS NOT NULL FROM refunds ORDER BY id",
         read_refunds},
    [SHOP_KEYS] = {{"idempotency_keys.request_key", "user_id", "order_id", "body_hash"},
                   "SELECT " HANDLE("request_key") ", user_id, order_id, body_hash"
                                                   " FROM idempotency_keys ORDER BY 1",
                   read_keys},
};

uint32_t model_columns(enum shop_table table)
{
    uint32_t count = 0;
    while (count < SHOP_COLUMNS_MAX && tables[table].columns[count] != NULL)
        count++;
    return count;
}

const char *model_column(enum shop_table table, uint32_t column)
{
    return tables[table].columns[column];
}

void model_read(enum shop_table table, struct shop_rows *rows)
{
    rows->count = 0;
    tables[table].read(rows);
}

struct real_reading {
    struct shop_rows *rows;
    uint32_t columns;
};

static void read_cells(void *context, const struct rcp_sql_value columns[])
{
    const struct real_reading *reading = context;
    uint64_t cells[SHOP_COLUMNS_MAX];
    for (uint32_t i = 0; i < reading->columns; i++)
        cells[i] = columns[i].kind == RCP_SQL_NULL ? 0 : columns[i].number;
    add(reading->rows, cells, reading->columns);
}

void model_read_real(enum shop_table table, struct shop_rows *rows)
{
    struct real_reading reading = {.rows = rows, .columns = model_columns(table)};
    rows->count = 0;
    real_read(tables[table].sql, &reading, read_cells);
}
