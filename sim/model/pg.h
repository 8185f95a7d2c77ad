/* The payment gateway: its transactions, its HTTP calls, and its callbacks (FACTS 1.3). It has no
 * idempotency: each PAY that reaches it makes a transaction. */
#ifndef RCP_SIM_MODEL_PG_H
#define RCP_SIM_MODEL_PG_H

#include "sim/model/link.h"

/* A node issues a call. */
void rcp_pg_issue(struct rcp_sim *sim,
                  const struct rcp_issue *issue,
                  const struct rcp_pg_effect *effect);

/* The call reaches the PG. True where the process that sent it dies of it (CRASH_APPLIED). */
bool rcp_pg_arrive(struct rcp_sim *sim, const struct rcp_pending *pending);

/* The answer reaches the node: *event is what it steps (transactions in the call's slot, valid until the
 * next call is issued). */
void rcp_pg_answer(struct rcp_sim *sim, const struct rcp_pending *pending, struct rcp_event *event);

/* A PENDING transaction will come to its end, in its time: as result->fate has decided. */
void rcp_pg_await_end(struct rcp_sim *sim, const struct rcp_issue *result, uint32_t index);

/* A transaction that was PENDING comes to its end, and the PG calls back. */
void rcp_pg_settle(struct rcp_sim *sim, const struct rcp_pending *pending);

#endif
