/* What of an order is repeated after a pause, and when the pause is over. */
#ifndef RCP_CORE_ORDER_ORDER_PAUSE_H
#define RCP_CORE_ORDER_ORDER_PAUSE_H

#include "core/order/order_flow.h"

/* A timer: ends the pauses that are over. */
void rcp_order_wake(struct rcp_step *step);

/* 1205 or 1213, and it is to be repeated in place: counts it, and says how long to pause. */
bool rcp_order_repeats(struct rcp_step *step,
                       struct rcp_order_flow *flow,
                       const struct rcp_mysql_done *done);

/* Documented: a lock that was lost, or a version that moved, and all of placeOrder is to be repeated:
 * counts it, and says how long to pause. */
bool rcp_order_whole_again(struct rcp_step *step,
                           struct rcp_order_flow *flow,
                           const struct rcp_mysql_done *done);

/* The flow pauses for its pause_ms, then goes on there. */
void rcp_order_pause(struct rcp_step *step, uint32_t slot, enum rcp_order_stage then);

#endif
