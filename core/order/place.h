/* OrderFacade: placing an order, and asking the PG to take the money. */
#ifndef RCP_CORE_ORDER_PLACE_H
#define RCP_CORE_ORDER_PLACE_H

#include "core/order/order_flow.h"

/* The door for a RCP_REQUEST_ORDER: admits it into a flow, or answers it at once. */
void rcp_place_arrived(struct rcp_step *step, const struct rcp_request *request);

/* Entering PLACE, FIND, PAY. */
void rcp_place_issue(struct rcp_step *step, uint32_t slot);
void rcp_place_find(struct rcp_step *step, uint32_t slot);
void rcp_place_pay(struct rcp_step *step, uint32_t slot);

/* PLACE or FIND has ended; one try of PAY has ended. */
void rcp_place_mysql_done(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done);
void rcp_place_paid(struct rcp_step *step,
                    uint32_t slot,
                    enum rcp_pg_class class,
                    const struct rcp_pg_done *done);

/* True where the buyer's flow may send PAY once more after a pause, of at least what the PG asks for:
 * tries are left, and time. */
bool rcp_place_pauses(const struct rcp_step *step,
                      struct rcp_order_flow *flow,
                      uint32_t retry_after_ms);

#endif
