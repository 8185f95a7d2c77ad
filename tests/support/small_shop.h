/* A small shop filled by hand: what the second document's checkers look at, without engine and models.
 * Two products of ten units, two buyers with 1,000 points and two purchases each. */
#ifndef RCP_TESTS_SUPPORT_SMALL_SHOP_H
#define RCP_TESTS_SUPPORT_SMALL_SHOP_H

#include "sim/world.h"

#define SMALL_SHOP_FIRST_ID 100001u
#define SMALL_SHOP_PRICE    500u /* KRW of one unit of product 1; an order has two of them */

/* An empty shop under the hardened policy; freed with free(). */
struct rcp_world *small_shop_new(void);

/* Each of these keeps tables, ledgers and backlog in step, as the models do. */

/* Buyer 1's order of two units of product 1, 100 points and the coupon of 50: IN_PROGRESS. Returns its
 * index. */
uint32_t small_shop_order(struct rcp_world *world, uint32_t purchase);

/* The payment and the order get this status; FAILED gives back what was taken. */
void small_shop_settle(struct rcp_world *world, uint32_t index, enum rcp_charge_status status);

/* The PG takes the order's amount, and says so. Returns the transaction's key. */
uint64_t small_shop_transaction(struct rcp_world *world, uint32_t order, enum rcp_pg_status status);

/* A refund of this transaction. Returns its index. */
uint32_t small_shop_refund(struct rcp_world *world,
                           uint32_t order,
                           uint64_t key,
                           enum rcp_refund_status status);

#endif
