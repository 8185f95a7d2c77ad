/* Requests about an order that is there: its buyer's status question, and what operators ask for. */
#ifndef RCP_CORE_ORDER_INQUIRY_H
#define RCP_CORE_ORDER_INQUIRY_H

#include "core/order/order_flow.h"

/* The door for ORDER_STATUS, ORDER_ASK and ORDER_FAIL. */
void rcp_inquiry_arrived(struct rcp_step *step, const struct rcp_request *request);

/* Admits a request of this kind into a flow that looks its order up first, or answers 503. */
void rcp_inquiry_admit(struct rcp_step *step,
                       const struct rcp_request *request,
                       enum rcp_order_kind kind,
                       enum rcp_order_stage stage);

/* Entering LOOK, HINT, INQUIRE, OVERRIDE: FIND. */
void rcp_inquiry_issue(struct rcp_step *step, uint32_t slot);

/* That FIND has ended. */
void rcp_inquiry_done(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done);

/* True where the PG is still to be asked about this order. */
bool rcp_inquiry_is_open(const struct rcp_order_row *row);

#endif
