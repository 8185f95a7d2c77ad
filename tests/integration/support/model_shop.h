/* The simulator's order tables and scripts, run by themselves: the same shop as real_shop.h opens, one script at
 * a time, in no time. And both shops' tables in the same words, so that they can be compared.
 *
 * Handles are small numbers; their bytes on the real server are a letter and the number. */
#ifndef RCP_TESTS_INTEGRATION_SUPPORT_MODEL_SHOP_H
#define RCP_TESTS_INTEGRATION_SUPPORT_MODEL_SHOP_H

#include "tests/integration/support/real_shop.h"

#define MODEL_ORDERS_MAX  96u
#define MODEL_PURCHASES   16u /* of each buyer; a purchase is one Idempotency-Key */
#define MODEL_PAGE_MAX    8u
#define MODEL_KEYS_EACH   3u                      /* transactions that the PG has of one order */
#define MODEL_DATABASE_MS UINT64_C(1790000000000) /* the database's clock at the beginning */

void model_begin(void);
void model_end(void);

/* The database's clock. */
uint64_t model_now_ms(void);
void model_pass(uint32_t ms);

/* A request for this purchase (handle of its key) has come: the handle of its trace id. */
uint64_t model_request(uint64_t purchase);

/* The script, to its COMMIT. `row` is as the core would write it; answer->rows have no bytes. */
void model_ask(const struct real_ask *ask, struct real_answer *answer);

/* How many orders there are, and refunds; the nth refund's transaction (handle), epoch and status. */
uint32_t model_orders(void);
uint32_t model_refunds(void);
void model_refund(uint32_t nth, struct rcp_order_row *row);

/* The order's version and status. */
void model_order(uint32_t nth, struct rcp_order_row *row);

/* The handle of one of the order's transactions, 0 ... MODEL_KEYS_EACH - 1. */
uint64_t model_key(uint32_t order, uint32_t which);

/* ---- Tables --------------------------------------------------------------------------------- */

#define SHOP_COLUMNS_MAX 27u
#define SHOP_ROWS_MAX    (MODEL_ORDERS_MAX * MODEL_KEYS_EACH)

enum shop_table {
    SHOP_PRODUCTS,
    SHOP_POINTS,
    SHOP_COUPONS,
    SHOP_PAYMENTS,
    SHOP_LINES,
    SHOP_REFUNDS,
    SHOP_KEYS,
    SHOP_TABLE_COUNT
};

struct shop_rows {
    uint32_t count;
    uint64_t cells[SHOP_ROWS_MAX][SHOP_COLUMNS_MAX];
};

/* The table's rows, in the order of its key; what there is not is 0. */
void model_read(enum shop_table table, struct shop_rows *rows);
void model_read_real(enum shop_table table, struct shop_rows *rows);

/* "payments.next_query_at", for messages. */
const char *model_column(enum shop_table table, uint32_t column);
uint32_t model_columns(enum shop_table table);

#endif
