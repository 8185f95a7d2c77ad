/* A flow: one request or one record on its way through its decision table. */
#ifndef RCP_CORE_FLOW_H
#define RCP_CORE_FLOW_H

#include "core/state.h"

/* Requests take slots [0, requests), records [requests, requests + retries). */
static inline bool rcp_flow_is_request(const struct rcp_node *node, uint32_t slot)
{
    return slot < node->limits.requests;
}

/* Takes a slot for a request (true) or a record (false), zeroed; RCP_NO_SLOT where all are taken. */
uint32_t rcp_flow_take(struct rcp_node *node, bool request);

/* Gives the slot back. Nothing may wait for it any more. */
void rcp_flow_give(struct rcp_node *node, uint32_t slot);

/* Goes to a state and does what it is for: issues its effect, or queues for a transaction. */
void rcp_flow_enter(struct rcp_step *step, uint32_t slot, enum rcp_flow_state state);

/* Looks the answer up in the flow's decision table and makes the move. */
void rcp_flow_answer(struct rcp_step *step, uint32_t slot, enum rcp_answer answer);

/* What a row's verdict says to a flow. */
enum rcp_answer rcp_answer_of(enum rcp_verdict verdict);

/* True where a request has run out of time and is not answered yet. A transaction that is left open
 * (documented) is brought to its end first. */
bool rcp_flow_overdue(const struct rcp_step *step, uint32_t slot);

/* Answers 503 and ends the flow. */
void rcp_flow_give_up(struct rcp_step *step, uint32_t slot);

/* The flow as a row of a script. */
void rcp_flow_to_row(const struct rcp_step *step,
                     const struct rcp_flow *flow,
                     struct rcp_tx_row *row);

/* min(timeout_ms, what is left of the request's deadline). */
uint32_t rcp_flow_timeout(const struct rcp_step *step, uint32_t slot, uint32_t timeout_ms);

/* Backoff before attempt + 1: 1 2 4 8 16 minutes and a jitter that is a pure hash. */
uint32_t rcp_backoff_ms(uint64_t seed, const struct rcp_payload *payload, uint32_t attempt);

#endif
