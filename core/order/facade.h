/* PaymentFacade: asks the PG about a charge, decides by the decision table, and hands the verdict to the
 * result handler. The scheduler knows nothing below this. */
#ifndef RCP_CORE_ORDER_FACADE_H
#define RCP_CORE_ORDER_FACADE_H

#include "core/order/order_flow.h"

/* Begins to work on what DUE brought: a charge to ask about, a refund to send, a person to tell. Needs a
 * free item slot. */
void rcp_facade_take_due(struct rcp_step *step, const struct rcp_order_row *row);

/* Entering ASK, PRICE. */
void rcp_facade_ask(struct rcp_step *step, uint32_t slot);
void rcp_facade_price(struct rcp_step *step, uint32_t slot);

/* LIST or GET has ended. */
void rcp_facade_told(struct rcp_step *step,
                     uint32_t slot,
                     enum rcp_pg_class class,
                     const struct rcp_pg_done *done);

/* Entering KEEP, FAIL or TAKE: what RESULT is to write, without asking the PG. */
void rcp_facade_settle_as(struct rcp_step *step, uint32_t slot, enum rcp_order_stage stage);

/* How the document calls the PG's reason. */
enum rcp_failure rcp_failure_of(enum rcp_pg_reason reason);

#endif
