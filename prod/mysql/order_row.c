/* An order as it stands: order, lines and payment, read without a lock. */
#include "prod/mysql/order_parts.h"

#include "core/check.h"

#include <string.h>

/* Whole milliseconds since this column, by the server's clock; 0 where it lies ahead. */
#define AGE(column) "GREATEST(TIMESTAMPDIFF(MICROSECOND, " column ", UTC_TIMESTAMP(3)) DIV 1000, 0)"

static const char look_sql[] =
    "SELECT p.order_id, p.user_id, p.total_amount, p.used_point, p.paid_amount, p.coupon_discount,"
    " p.issued_coupon_id, CAST(p.status AS UNSIGNED), CAST(p.failure AS UNSIGNED),"
    " p.external_payment_key, p.pg_open, p.tries, p.asked, p.misses, p.silent, p.version,"
    " " AGE("p.created_at") ", " AGE("p.attempted_at") ", " AGE(
        "p.sent_at") ","
                     " " AGE("p.sighted_at") ", " AGE(
                         "p.missed_at") ", o.origin,"
                                        " l.line_no, l.product_id, l.quantity"
                                        " FROM payments p JOIN orders o ON o.id = p.order_id"
                                        " LEFT JOIN order_lines l ON l.order_id = p.order_id WHERE "
                                        "p.order_id = ?";

enum column {
    COLUMN_ORDER_ID,
    COLUMN_USER_ID,
    COLUMN_TOTAL_AMOUNT,
    COLUMN_USED_POINT,
    COLUMN_PAID_AMOUNT,
    COLUMN_COUPON_DISCOUNT,
    COLUMN_COUPON_ID,
    COLUMN_STATUS,
    COLUMN_FAILURE,
    COLUMN_KEY,
    COLUMN_PG_OPEN,
    COLUMN_TRIES,
    COLUMN_ASKED,
    COLUMN_MISSES,
    COLUMN_SILENT,
    COLUMN_VERSION,
    COLUMN_CREATED_AGE,
    COLUMN_ATTEMPTED_AGE,
    COLUMN_SENT_AGE,
    COLUMN_SIGHTED_AGE,
    COLUMN_MISSED_AGE,
    COLUMN_ORIGIN,
    COLUMN_LINE_NO,
    COLUMN_PRODUCT_ID,
    COLUMN_QUANTITY
};

struct look {
    struct rcp_order_seen *seen;
    bool by_creation; /* RCP_TX_CREATED */
};

/* NULL: none, and 0. */
static uint64_t number(const struct rcp_sql_value *column)
{
    return column->kind == RCP_SQL_NULL ? 0 : column->number;
}

static uint32_t age_ms(const struct rcp_sql_value *column)
{
    uint64_t age = number(column);
    return age < UINT32_MAX ? (uint32_t)age : UINT32_MAX;
}

static void read_cart(const struct rcp_sql_value columns[], struct rcp_cart *cart)
{
    cart->total_amount = columns[COLUMN_TOTAL_AMOUNT].number;
    cart->used_point = columns[COLUMN_USED_POINT].number;
    cart->paid_amount = columns[COLUMN_PAID_AMOUNT].number;
    cart->coupon_discount = columns[COLUMN_COUPON_DISCOUNT].number;
    cart->coupon_id = number(&columns[COLUMN_COUPON_ID]);
}

static void read_payment(const struct rcp_sql_value columns[],
                         bool by_creation,
                         struct rcp_order_row *row)
{
    row->order_id = columns[COLUMN_ORDER_ID].number;
    row->user_id = columns[COLUMN_USER_ID].number;
    row->status = (uint8_t)columns[COLUMN_STATUS].number;
    row->failure = (uint8_t)number(&columns[COLUMN_FAILURE]);
    row->pg_open = (uint8_t)columns[COLUMN_PG_OPEN].number;
    row->tries = (uint8_t)columns[COLUMN_TRIES].number;
    row->asked = (uint8_t)columns[COLUMN_ASKED].number;
    row->misses = (uint8_t)columns[COLUMN_MISSES].number;
    row->silent = (uint8_t)columns[COLUMN_SILENT].number;
    row->version = (uint32_t)columns[COLUMN_VERSION].number;
    row->age_ms = age_ms(&columns[by_creation ? COLUMN_CREATED_AGE : COLUMN_ATTEMPTED_AGE]);
    row->sent_age_ms = age_ms(&columns[COLUMN_SENT_AGE]);
    row->sight_age_ms = columns[COLUMN_SIGHTED_AGE].kind == RCP_SQL_NULL
                            ? row->age_ms
                            : age_ms(&columns[COLUMN_SIGHTED_AGE]);
    row->miss_age_ms = age_ms(&columns[COLUMN_MISSED_AGE]);
}

static void read_line(const struct rcp_sql_value columns[], struct rcp_cart *cart)
{
    uint64_t line = columns[COLUMN_LINE_NO].number;
    if (columns[COLUMN_LINE_NO].kind == RCP_SQL_NULL)
        return;
    rcp_check(line < RCP_ORDER_ITEMS_MAX, "line_fits_cart");
    cart->items[line] =
        (struct rcp_order_item){.product_id = (uint32_t)columns[COLUMN_PRODUCT_ID].number,
                                .quantity = (uint32_t)columns[COLUMN_QUANTITY].number};
}

/* One for each line; what is not of the line is the same in all of them. */
static void read_row(void *context, const struct rcp_sql_value columns[])
{
    const struct look *look = context;
    struct rcp_order_seen *seen = look->seen;
    read_cart(columns, &seen->row.cart);
    read_payment(columns, look->by_creation, &seen->row);
    read_line(columns, &seen->row.cart);
    rcp_sql_take_bytes(&columns[COLUMN_KEY], &seen->bytes.pg_key);
    rcp_sql_take_bytes(&columns[COLUMN_ORIGIN], &seen->bytes.origin);
}

enum rcp_sql_end rcp_order_look(struct rcp_run *run, uint64_t order_id, struct rcp_order_seen *seen)
{
    const struct rcp_sql_value values[] = {rcp_sql_number(order_id)};
    struct look look = {.seen = seen, .by_creation = (run->effect->flags & RCP_TX_CREATED) != 0};
    memset(seen, 0, sizeof *seen);
    return rcp_session_run(
        run->session, look_sql, values, RCP_VALUE_COUNT(values), &look, read_row, NULL);
}

void rcp_order_tell(const struct rcp_order_seen *seen,
                    struct rcp_order_row *row,
                    struct rcp_order_bytes *bytes)
{
    row->order_id = seen->row.order_id;
    row->pg_key = 0;
    bytes->pg_key = seen->bytes.pg_key;
    row->version = seen->row.version;
    row->age_ms = seen->row.age_ms;
    row->sent_age_ms = seen->row.sent_age_ms;
    row->sight_age_ms = seen->row.sight_age_ms;
    row->miss_age_ms = seen->row.miss_age_ms;
    row->status = seen->row.status;
    row->failure = seen->row.failure;
    row->pg_open = seen->row.pg_open;
    row->tries = seen->row.tries;
    row->asked = seen->row.asked;
    row->misses = seen->row.misses;
    row->silent = seen->row.silent;
}

void rcp_order_tell_all(const struct rcp_order_seen *seen,
                        struct rcp_order_row *row,
                        struct rcp_order_bytes *bytes)
{
    row->cart = seen->row.cart;
    row->user_id = seen->row.user_id;
    row->origin = 0;
    bytes->origin = seen->bytes.origin;
    rcp_order_tell(seen, row, bytes);
}
