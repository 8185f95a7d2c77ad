/* Group commit: flows that wait for the same kind of transaction share one, sorted by key, a key once. */
#ifndef RCP_CORE_GROUP_H
#define RCP_CORE_GROUP_H

#include "core/state.h"

/* True where the first flow's key comes before the second's. */
bool rcp_group_in_order(const struct rcp_node *node, uint32_t first, uint32_t second);

/* Queues a flow that has just entered APPROVE, LOG, LATER or MARK. */
void rcp_group_queue(struct rcp_step *step, uint32_t slot);

/* Forms groups from what is queued, as far as transactions are free. Once at the end of each step:
 * what queues up while transactions are in flight shares the next one. A group that is not full waits
 * limits.linger_ms for company: a transaction costs far more than a row in it. */
void rcp_group_pump(struct rcp_step *step);

/* When a group has waited long enough; RCP_NEVER_MS where none waits. */
uint64_t rcp_group_deadline(const struct rcp_node *node);

/* A group's transaction has ended. Split only on REFUSED, and never for a lost connection. */
void rcp_group_done(struct rcp_step *step, const struct rcp_mysql_done *done);

/* Tells a flow how its own script (in a group or not) ended without a verdict. */
void rcp_flow_failed(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done);

#endif
