/* The PG's callback: hardened a hint to ask it now, documented a verdict to apply (FACTS 1.4). */
#ifndef RCP_CORE_ORDER_CALLBACK_H
#define RCP_CORE_ORDER_CALLBACK_H

#include "core/order/order_flow.h"

/* The door for a RCP_REQUEST_CALLBACK. */
void rcp_callback_arrived(struct rcp_step *step, const struct rcp_request *request);

/* Notes in a fresh flow what the callback says, and by what its order is looked up. */
void rcp_callback_note(const struct rcp_step *step,
                       struct rcp_order_flow *flow,
                       const struct rcp_order_request *said);

/* Its order was found: what the callback comes to. */
enum rcp_order_answer rcp_callback_found(struct rcp_step *step, struct rcp_order_flow *flow);

#endif
