/* Which rows an order script locks, in which order. */
#ifndef RCP_SIM_MODEL_ORDER_LOCK_H
#define RCP_SIM_MODEL_ORDER_LOCK_H

#include "sim/sim.h"

/* Locks of one row of a script: request key, items, coupon, points, payment. */
#define RCP_ORDER_LOCKS_MAX (RCP_ORDER_ITEMS_MAX + 5u)

/* The locks that this row of the session's script takes, in the order in which it takes them: stock by id,
 * coupon, points, payment; with RCP_TX_MIXED_LOCKS as its lines come, and a RESULT its payment first.
 * Packed (sim/model/mysql_lock.h); one may stand twice. Returns how many. */
uint32_t rcp_order_locks(const struct rcp_world *world,
                         const struct rcp_session *session,
                         const struct rcp_order_row *row,
                         uint32_t locks[RCP_ORDER_LOCKS_MAX]);

/* All that any script could have locked for this row, whatever it says since. Returns how many. */
uint32_t rcp_order_locks_possible(const struct rcp_world *world,
                                  const struct rcp_order_row *row,
                                  uint32_t locks[2u * RCP_ORDER_LOCKS_MAX]);

#endif
