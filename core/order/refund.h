/* Refunds: money that the PG took for nothing goes back, once; and what a person must be told. */
#ifndef RCP_CORE_ORDER_REFUND_H
#define RCP_CORE_ORDER_REFUND_H

#include "core/order/order_flow.h"

/* Where the work on a claimed refund begins. */
enum rcp_order_stage rcp_refund_first_stage(const struct rcp_step *step,
                                            const struct rcp_order_row *row);

/* Entering REFUND_ASK, REFUND, REFUND_WRITE, TELL. */
void rcp_refund_ask(struct rcp_step *step, uint32_t slot);
void rcp_refund_send(struct rcp_step *step, uint32_t slot);
void rcp_refund_write(struct rcp_step *step, uint32_t slot);
void rcp_refund_tell(struct rcp_step *step, uint32_t slot);

/* GET or REFUND has ended; REFUND or TOLD was written, or was not. */
void rcp_refund_told(struct rcp_step *step,
                     uint32_t slot,
                     enum rcp_pg_class class,
                     const struct rcp_pg_done *done);
void rcp_refund_written(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done);

#endif
