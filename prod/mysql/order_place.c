/* PLACE: stock, coupon, points, order and payment in one transaction, or nothing at all. */
#include "prod/mysql/order_parts.h"

#include "core/order/charge_table.h"

static const char product_sql[] = "SELECT price, stock FROM products WHERE id = ? FOR UPDATE";
static const char coupon_sql[] =
    "SELECT user_id, discount, status = 'AVAILABLE' FROM issued_coupons WHERE id = ? FOR UPDATE";
static const char points_sql[] = "SELECT balance FROM point_accounts WHERE user_id = ? FOR UPDATE";

static const char order_sql[] =
    "INSERT INTO orders (user_id, status, origin, created_at, updated_at)"
    " VALUES (?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))";
static const char line_sql[] =
    "INSERT INTO order_lines (order_id, line_no, product_id, quantity) VALUES (?, ?, ?, ?)";
static const char take_stock_sql[] =
    "UPDATE products SET stock = stock - ?, version = version + 1 WHERE id = ?";
static const char take_coupon_sql[] =
    "UPDATE issued_coupons SET status = 'USED', order_id = ?, version = version + 1 WHERE id = ?";
static const char take_points_sql[] =
    "UPDATE point_accounts SET balance = balance - ?, version = version + 1 WHERE user_id = ?";

/* sent_at lies ahead: the request that places it may send until its deadline. */
static const char payment_sql[] =
    "INSERT INTO payments (order_id, user_id, total_amount, used_point, paid_amount,"
    " coupon_discount, issued_coupon_id, status, version, created_at, updated_at, attempted_at,"
    " sent_at, next_query_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3),"
    " UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + " RCP_SQL_MS ","
    " IF(?, UTC_TIMESTAMP(3) + " RCP_SQL_MS ", NULL))";

/* --- What the tables have, read under its locks --- */

struct offer {
    uint64_t price;
    uint64_t stock;
    bool found;
};

struct shelf {
    struct rcp_order_unit units[RCP_ORDER_ITEMS_MAX];
    struct offer offers[RCP_ORDER_ITEMS_MAX]; /* of the same unit */
    uint32_t unit_count;
    uint64_t points;
    uint64_t coupon_user;
    uint64_t coupon_discount;
    bool coupon_found;
    bool coupon_available;
};

static void read_offer(void *context, const struct rcp_sql_value columns[])
{
    struct offer *offer = context;
    *offer = (struct offer){.price = columns[0].number, .stock = columns[1].number, .found = true};
}

static void read_coupon(void *context, const struct rcp_sql_value columns[])
{
    struct shelf *shelf = context;
    shelf->coupon_found = true;
    shelf->coupon_user = columns[0].number;
    shelf->coupon_discount = columns[1].number;
    shelf->coupon_available = columns[2].number != 0;
}

static void read_points(void *context, const struct rcp_sql_value columns[])
{
    struct shelf *shelf = context;
    shelf->points = columns[0].number;
}

static enum rcp_sql_end lock_stock(struct rcp_run *run, struct shelf *shelf)
{
    bool mixed = (run->effect->flags & RCP_TX_MIXED_LOCKS) != 0;
    enum rcp_sql_end end = RCP_SQL_OK;
    shelf->unit_count = rcp_order_units(&run->orders[0].cart, !mixed, false, shelf->units);
    for (uint32_t i = 0; end == RCP_SQL_OK && i < shelf->unit_count; i++) {
        const struct rcp_sql_value id = rcp_sql_number(shelf->units[i].product_id);
        end =
            rcp_session_run(run->session, product_sql, &id, 1, &shelf->offers[i], read_offer, NULL);
    }
    return end;
}

static enum rcp_sql_end lock_coupon(struct rcp_run *run, struct shelf *shelf)
{
    const struct rcp_sql_value id = rcp_sql_number(run->orders[0].cart.coupon_id);
    if (id.number == 0)
        return RCP_SQL_OK;
    return rcp_session_run(run->session, coupon_sql, &id, 1, shelf, read_coupon, NULL);
}

static enum rcp_sql_end lock_points(struct rcp_run *run, struct shelf *shelf)
{
    const struct rcp_sql_value user_id = rcp_sql_number(run->orders[0].user_id);
    if (run->orders[0].cart.used_point == 0)
        return RCP_SQL_OK;
    return rcp_session_run(run->session, points_sql, &user_id, 1, shelf, read_points, NULL);
}

static enum rcp_sql_end lock_shelf(struct rcp_run *run, struct shelf *shelf)
{
    enum rcp_sql_end end = lock_stock(run, shelf);
    if (end == RCP_SQL_OK)
        end = lock_coupon(run, shelf);
    if (end == RCP_SQL_OK)
        end = lock_points(run, shelf);
    return end;
}

/* --- What the cart asks for, against what they have --- */

/* False where a product does not exist, or the sum is beyond any price. */
static bool price_of(const struct shelf *shelf, uint64_t *price)
{
    *price = 0;
    for (uint32_t i = 0; i < shelf->unit_count; i++) {
        const struct offer *offer = &shelf->offers[i];
        uint64_t quantity = shelf->units[i].quantity;
        if (!offer->found)
            return false;
        if (offer->price != 0 && quantity > (UINT64_MAX - *price) / offer->price)
            return false;
        *price += offer->price * quantity;
    }
    return true;
}

/* A coupon takes off its discount, but never more than points leave to pay. One that does not exist has no
 * discount to compare. That the cart adds up, the core has seen, and the table sees again. */
static bool is_priced_right(const struct shelf *shelf, const struct rcp_cart *cart)
{
    uint64_t price = 0;
    if (!price_of(shelf, &price) || cart->total_amount != price)
        return false;
    if (cart->coupon_id != 0 && !shelf->coupon_found)
        return true;
    uint64_t left = cart->total_amount - cart->used_point;
    uint64_t discount = shelf->coupon_discount;
    return cart->coupon_discount == (discount < left ? discount : left);
}

static bool is_in_stock(const struct shelf *shelf)
{
    for (uint32_t i = 0; i < shelf->unit_count; i++)
        if (shelf->units[i].quantity > shelf->offers[i].stock)
            return false;
    return true;
}

static bool has_coupon(const struct shelf *shelf, const struct rcp_order_row *row)
{
    return row->cart.coupon_id == 0 ||
           (shelf->coupon_found && shelf->coupon_available && shelf->coupon_user == row->user_id);
}

static enum rcp_order_verdict judge(const struct shelf *shelf, const struct rcp_order_row *row)
{
    if (!is_priced_right(shelf, &row->cart))
        return RCP_ORDER_VERDICT_PRICE;
    if (!is_in_stock(shelf))
        return RCP_ORDER_VERDICT_NO_STOCK;
    if (!has_coupon(shelf, row))
        return RCP_ORDER_VERDICT_NO_COUPON;
    if (row->cart.used_point > shelf->points)
        return RCP_ORDER_VERDICT_NO_POINT;
    return row->cart.paid_amount == 0 ? RCP_ORDER_VERDICT_PAID : RCP_ORDER_VERDICT_PLACED;
}

/* --- Writing it --- */

static bool is_covered(const struct rcp_order_row *row)
{
    return row->cart.paid_amount == 0;
}

static enum rcp_sql_end write_order(struct rcp_run *run)
{
    struct rcp_order_row *row = &run->orders[0];
    const struct rcp_sql_value values[] = {
        rcp_sql_number(row->user_id),
        rcp_sql_number(is_covered(row) ? RCP_ORDER_PAID : RCP_ORDER_PLACED),
        rcp_sql_of(&run->order_bytes[0].origin)};
    enum rcp_sql_end end = rcp_order_change_one(run, order_sql, values, RCP_VALUE_COUNT(values));
    if (end == RCP_SQL_OK)
        row->order_id = rcp_session_inserted(run->session);
    return end;
}

static enum rcp_sql_end write_lines(struct rcp_run *run)
{
    const struct rcp_order_row *row = &run->orders[0];
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; end == RCP_SQL_OK && i < RCP_ORDER_ITEMS_MAX; i++) {
        const struct rcp_order_item *item = &row->cart.items[i];
        const struct rcp_sql_value values[] = {rcp_sql_number(row->order_id),
                                               rcp_sql_number(i),
                                               rcp_sql_number(item->product_id),
                                               rcp_sql_number(item->quantity)};
        if (item->product_id != 0)
            end = rcp_order_change_one(run, line_sql, values, RCP_VALUE_COUNT(values));
    }
    return end;
}

static enum rcp_sql_end take_stock(struct rcp_run *run, const struct shelf *shelf)
{
    enum rcp_sql_end end = RCP_SQL_OK;
    for (uint32_t i = 0; end == RCP_SQL_OK && i < shelf->unit_count; i++) {
        const struct rcp_sql_value values[] = {rcp_sql_number(shelf->units[i].quantity),
                                               rcp_sql_number(shelf->units[i].product_id)};
        end = rcp_order_change_one(run, take_stock_sql, values, RCP_VALUE_COUNT(values));
    }
    return end;
}

static enum rcp_sql_end take_coupon(struct rcp_run *run)
{
    const struct rcp_order_row *row = &run->orders[0];
    const struct rcp_sql_value values[] = {rcp_sql_number(row->order_id),
                                           rcp_sql_number(row->cart.coupon_id)};
    if (row->cart.coupon_id == 0)
        return RCP_SQL_OK;
    return rcp_order_change_one(run, take_coupon_sql, values, RCP_VALUE_COUNT(values));
}

static enum rcp_sql_end take_points(struct rcp_run *run)
{
    const struct rcp_order_row *row = &run->orders[0];
    const struct rcp_sql_value values[] = {rcp_sql_number(row->cart.used_point),
                                           rcp_sql_number(row->user_id)};
    if (row->cart.used_point == 0)
        return RCP_SQL_OK;
    return rcp_order_change_one(run, take_points_sql, values, RCP_VALUE_COUNT(values));
}

/* PENDING and IN_PROGRESS are one transaction here, so it begins with the second: version 1. */
static enum rcp_sql_end write_payment(struct rcp_run *run)
{
    struct rcp_order_row *row = &run->orders[0];
    row->status = is_covered(row) ? RCP_CHARGE_PAID : RCP_CHARGE_IN_PROGRESS;
    row->version = is_covered(row) ? 0 : 1;
    const struct rcp_sql_value values[] = {
        rcp_sql_number(row->order_id),
        rcp_sql_number(row->user_id),
        rcp_sql_number(row->cart.total_amount),
        rcp_sql_number(row->cart.used_point),
        rcp_sql_number(row->cart.paid_amount),
        rcp_sql_number(row->cart.coupon_discount),
        rcp_sql_id(row->cart.coupon_id),
        rcp_sql_number(row->status),
        rcp_sql_number(row->version),
        rcp_sql_number(RCP_ORDER_DEADLINE_MS),
        rcp_sql_number(rcp_charge_is_open((enum rcp_charge_status)row->status)),
        rcp_sql_number(RCP_RECONCILE_AGE_MS)};
    return rcp_order_change_one(run, payment_sql, values, RCP_VALUE_COUNT(values));
}

static enum rcp_sql_end write(struct rcp_run *run, const struct shelf *shelf, bool keyed)
{
    enum rcp_sql_end end = take_stock(run, shelf);
    if (end == RCP_SQL_OK)
        end = write_order(run);
    if (end == RCP_SQL_OK)
        end = write_lines(run);
    if (end == RCP_SQL_OK)
        end = take_coupon(run);
    if (end == RCP_SQL_OK)
        end = take_points(run);
    if (end == RCP_SQL_OK)
        end = write_payment(run);
    if (end == RCP_SQL_OK && keyed)
        end = rcp_order_key_give(run, run->orders[0].order_id);
    return end;
}

/* --- The Idempotency-Key --- */

/* The key has an order: the same body hears how that stands, another body hears that it is another. */
static enum rcp_sql_end answer_again(struct rcp_run *run, uint64_t order_id, uint64_t body_hash)
{
    struct rcp_order_row *row = &run->orders[0];
    struct rcp_order_seen seen;
    if (body_hash != row->body_hash) {
        row->verdict = RCP_ORDER_VERDICT_OTHER;
        return RCP_SQL_OK;
    }
    enum rcp_sql_end end = rcp_order_look(run, order_id, &seen);
    if (end != RCP_SQL_OK)
        return end;
    rcp_order_tell(&seen, row, &run->order_bytes[0]);
    if (row->status == RCP_CHARGE_PAID)
        row->verdict = RCP_ORDER_VERDICT_PAID;
    else
        row->verdict =
            row->status == RCP_CHARGE_FAILED ? RCP_ORDER_VERDICT_FAILED : RCP_ORDER_VERDICT_RUNNING;
    return RCP_SQL_OK;
}

/* --- PLACE --- */

/* A payment that has just begun: nothing is known of it yet, and it has no age. */
static void tell_placed(struct rcp_order_row *row, struct rcp_order_bytes *bytes)
{
    row->pg_key = 0;
    bytes->pg_key.size = 0;
    row->age_ms = row->sent_age_ms = row->sight_age_ms = row->miss_age_ms = 0;
    row->failure = RCP_FAILURE_NONE;
    row->pg_open = row->tries = row->asked = row->misses = row->silent = 0;
}

static enum rcp_sql_end place(struct rcp_run *run, bool keyed)
{
    struct rcp_order_row *row = &run->orders[0];
    struct shelf shelf = {0};
    enum rcp_sql_end end = lock_shelf(run, &shelf);
    if (end != RCP_SQL_OK)
        return end;
    row->verdict = (uint8_t)judge(&shelf, row);
    if (row->verdict != RCP_ORDER_VERDICT_PLACED && row->verdict != RCP_ORDER_VERDICT_PAID)
        return rcp_session_rollback(run->session); /* and with it the key */
    end = write(run, &shelf, keyed);
    if (end == RCP_SQL_OK)
        tell_placed(row, &run->order_bytes[0]);
    return end;
}

enum rcp_sql_end rcp_order_run_place(struct rcp_run *run)
{
    bool keyed =
        (run->effect->flags & RCP_TX_IDEMPOTENT) != 0 && run->order_bytes[0].request_key.size != 0;
    uint64_t order_id = 0;
    uint64_t body_hash = 0;
    enum rcp_sql_end end = keyed ? rcp_order_key_take(run, &order_id, &body_hash) : RCP_SQL_OK;
    if (end != RCP_SQL_OK)
        return end;
    return order_id != 0 ? answer_again(run, order_id, body_hash) : place(run, keyed);
}
