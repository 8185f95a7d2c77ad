/* A shop in front of the simulated MySQL, and the words that tests of its order scripts are written in. */
#ifndef RCP_TESTS_SUPPORT_SHOP_H
#define RCP_TESTS_SUPPORT_SHOP_H

#include "tests/support/servers.h"

#define SHOP_FIRST   100001u /* the first order's id */
#define SHOP_LONG    40u     /* milliseconds in which an undisturbed script ends */
#define SHOP_FOREVER 100000u

extern struct rcp_sim *shop_sim;

/* Set-up and tear-down of a test, and both in the middle of one. */
int shop_begin(void **state);
int shop_end(void **state);
void shop_again(void);

/* ---- Carts ---------------------------------------------------------------------------------- */

/* The buyer's nth purchase (1 ..) of one unit of each of these products (0: none), paid by card. */
struct rcp_order_row shop_cart(uint32_t buyer, uint32_t nth, uint32_t first, uint32_t second);

void shop_pay_by_points(struct rcp_order_row *row, uint64_t points);
void shop_pay_by_coupon(struct rcp_order_row *row, uint64_t coupon_id);

/* ---- Scripts -------------------------------------------------------------------------------- */

/* Sends the script; returns its op id. */
uint64_t shop_issue(enum rcp_script script, const struct rcp_order_row *row, uint32_t flags);
uint64_t shop_due(uint32_t node, uint32_t page, uint32_t flags, const struct rcp_order_row *after);

/* Runs the script alone; its first row as it came back. */
struct rcp_order_row shop_run(enum rcp_script script,
                              const struct rcp_order_row *row,
                              uint32_t flags);
struct rcp_order_row shop_place(const struct rcp_order_row *row);
struct rcp_order_row shop_settle(struct rcp_order_row row, enum rcp_settle settle);
struct rcp_order_row shop_find(uint64_t order_id);

/* An order of one unit of product 1, IN_PROGRESS; its row as PLACE brought it back. */
struct rcp_order_row shop_placed(uint32_t buyer, uint32_t nth);

/* Such an order of buyer 1, moved on to this status. */
struct rcp_order_row shop_in_status(uint32_t nth, enum rcp_charge_status status);

/* ---- Tables --------------------------------------------------------------------------------- */

struct rcp_order_record *shop_order(uint32_t index);
struct rcp_buyer_row *shop_buyer(uint32_t id);

/* Units, points and coupons: what there is and what standing orders have is what there was. */
void shop_must_conserve(void);

/* Counted from the tables, not by index. */
void shop_must_count_its_backlog(void);
void shop_must_hold_no_lock(void);

#endif
