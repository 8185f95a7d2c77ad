/* orders, payments and refunds: their rows, what a placed order takes and a failed one gives back, and the
 * facts checkers need. */
#ifndef RCP_SIM_MODEL_ORDER_TABLE_H
#define RCP_SIM_MODEL_ORDER_TABLE_H

#include "core/order/charge_table.h"
#include "core/order/refund_table.h"
#include "sim/sim.h"

/* The PG is asked about it, now or later. */
static inline bool rcp_order_is_asked(const struct rcp_order_record *order)
{
    return rcp_charge_is_open((enum rcp_charge_status)order->charge) || order->pg_open;
}

/* What a person is to be told of it; NONE where it is well, or was told and that is written down. */
enum rcp_order_alert rcp_order_unalerted(const struct rcp_order_record *order);

static inline bool rcp_refund_unalerted(const struct rcp_refund_row *refund)
{
    return refund->status == RCP_REFUND_PARKED && !refund->alerted;
}

/* The purchase that a PLACE is for: by its key, else by the request that caused it; RCP_NOBODY where this
 * world has none such. */
uint32_t rcp_order_purchase(const struct rcp_world *world, const struct rcp_order_row *row);

/* INSERT of an order and its payment, with stock, coupon and points: IN_PROGRESS, or PAID where nothing is
 * left to pay by card. Its cart must be there to be taken. Returns the order's index. */
uint32_t rcp_order_insert(struct rcp_sim *sim, uint32_t purchase, const struct rcp_order_row *row);

/* UPDATE of the payment as row->settle says, and of the order and all that it took with it. Marks the
 * edge; one that the charge table does not have is kept on the row for the checker. */
void rcp_order_settle(struct rcp_sim *sim,
                      uint32_t index,
                      const struct rcp_order_row *row,
                      bool overwritten);

/* INSERT of a refund that is DUE; nothing where this transaction has one. */
void rcp_refund_insert(struct rcp_sim *sim, uint32_t order, const struct rcp_refund_line *line);

/* UPDATE of the refund's status; due from due_ms on where it is not final. */
void rcp_refund_move(struct rcp_sim *sim,
                     uint32_t index,
                     enum rcp_refund_event event,
                     enum rcp_refund_status to,
                     uint64_t due_ms);

/* Index of the refund of this transaction; RCP_NOBODY where there is none. */
uint32_t rcp_refund_find(const struct rcp_world *world, uint64_t key);

/* An alert has left a node: a person was told. */
void rcp_order_told(struct rcp_sim *sim, const struct rcp_order_alert_effect *alert);

/* And that is written down. */
void rcp_order_mark_told(struct rcp_sim *sim, uint32_t index);
void rcp_refund_mark_told(struct rcp_sim *sim, uint32_t index);

#endif
