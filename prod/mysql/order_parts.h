/* What the order scripts are made of: one function for each, and what several of them do. Their entry is
 * rcp_order_script() of prod/mysql/script.h; what they mean is core/order/order_script.h. */
#ifndef RCP_PROD_MYSQL_ORDER_PARTS_H
#define RCP_PROD_MYSQL_ORDER_PARTS_H

#include "prod/mysql/script.h"
#include "prod/mysql/sql_rows.h"

/* --- The scripts. All but DUE work on the run's only row. --- */

enum rcp_sql_end rcp_order_run_place(struct rcp_run *run);
enum rcp_sql_end rcp_order_run_find(struct rcp_run *run);
enum rcp_sql_end rcp_order_run_due(struct rcp_run *run);
enum rcp_sql_end rcp_order_run_result(struct rcp_run *run);
enum rcp_sql_end rcp_order_run_refund(struct rcp_run *run);
enum rcp_sql_end rcp_order_run_told(struct rcp_run *run);

/* --- Statements --- */

#define RCP_VALUE_COUNT(values) ((uint32_t)(sizeof(values) / sizeof(values)[0]))

/* INTERVAL ? MICROSECOND of milliseconds. */
#define RCP_SQL_MS "INTERVAL ? * 1000 MICROSECOND"

static inline struct rcp_sql_value rcp_sql_of(const struct rcp_bytes *bytes)
{
    return rcp_sql_bytes(bytes->at, bytes->size);
}

/* NULL for 0. */
static inline struct rcp_sql_value rcp_sql_id(uint64_t id)
{
    struct rcp_sql_value value = rcp_sql_number(id);
    if (id == 0)
        value.kind = RCP_SQL_NULL;
    return value;
}

/* A statement that must match exactly one row; else the tables are not as the scripts left them, and it
 * ends as RCP_SQL_DATA. */
enum rcp_sql_end rcp_order_change_one(struct rcp_run *run,
                                      const char *sql,
                                      const struct rcp_sql_value values[],
                                      uint32_t value_count);

/* --- Units of a cart --- */

struct rcp_order_unit {
    uint64_t quantity;
    uint32_t product_id;
};

/* Each product of the cart once, its lines summed: by id, or as the lines come. `overwritten`: by its last
 * line alone (FACTS 1.7). Returns how many. */
uint32_t rcp_order_units(const struct rcp_cart *cart,
                         bool by_id,
                         bool overwritten,
                         struct rcp_order_unit units[RCP_ORDER_ITEMS_MAX]);

/* --- An order as it stands --- */

struct rcp_order_seen {
    struct rcp_order_row row; /* order_id 0: there is no such order */
    struct rcp_order_bytes bytes;
};

/* Reads order and payment, without a lock. */
enum rcp_sql_end rcp_order_look(struct rcp_run *run,
                                uint64_t order_id,
                                struct rcp_order_seen *seen);

/* What was seen of a payment, into what a script brings back. The cart and all that goes in stays. */
void rcp_order_tell(const struct rcp_order_seen *seen,
                    struct rcp_order_row *row,
                    struct rcp_order_bytes *bytes);

/* The same with its cart, its buyer and its origin. */
void rcp_order_tell_all(const struct rcp_order_seen *seen,
                        struct rcp_order_row *row,
                        struct rcp_order_bytes *bytes);

/* --- The Idempotency-Key --- */

#define RCP_ORDER_KEY_LIFE "INTERVAL 24 HOUR"

/* Takes the row's key for an order that is about to be placed: *order_id is 0 then. Else it is the order
 * that has the key, and *body_hash is of the request that placed it. */
enum rcp_sql_end rcp_order_key_take(struct rcp_run *run, uint64_t *order_id, uint64_t *body_hash);

/* The key that was taken is this order's. */
enum rcp_sql_end rcp_order_key_give(struct rcp_run *run, uint64_t order_id);

/* The order under the row's key, if the key still counts; 0 for none. `waits`: behind whoever is writing it. */
enum rcp_sql_end rcp_order_key_find(struct rcp_run *run, bool waits, uint64_t *order_id);

/* --- Refunds --- */

/* Writes the row's refund lines as REFUND_DUE, but for transactions that have one. */
enum rcp_sql_end rcp_order_refunds_write(struct rcp_run *run, uint64_t order_id);

#endif
