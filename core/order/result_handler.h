/* PaymentResultHandler: changes a charge's state, one transaction per payment. Knows scripts only. */
#ifndef RCP_CORE_ORDER_RESULT_HANDLER_H
#define RCP_CORE_ORDER_RESULT_HANDLER_H

#include "core/order/order_flow.h"

/* Entering RESULT: writes what stands in the flow's row, if its version still is what was read. */
void rcp_result_issue(struct rcp_step *step, uint32_t slot);

/* RESULT has ended. */
void rcp_result_done(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done);

#endif
