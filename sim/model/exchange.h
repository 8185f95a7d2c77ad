/* One request of a client on its way to a node and back: what every client does, whatever it asks for. */
#ifndef RCP_SIM_MODEL_EXCHANGE_H
#define RCP_SIM_MODEL_EXCHANGE_H

#include "sim/model/link.h"

/* A client asks: a request that is like these values, but for its state and node. */
void rcp_exchange_ask(struct rcp_sim *sim, const struct rcp_exchange *values);

/* Somebody asks who does not wait for an answer: the request is on its way for so long. */
void rcp_exchange_send(struct rcp_sim *sim,
                       const struct rcp_issue *issue,
                       const struct rcp_exchange *values,
                       struct rcp_span span,
                       uint8_t copy);

/* A client asks again in place of an exchange that gave it no definite answer. */
void rcp_exchange_asks_again(struct rcp_sim *sim, uint32_t exchange);

/* A copy of this exchange on the same node, whose answer nobody awaits; returns its index. */
uint32_t rcp_exchange_double(struct rcp_sim *sim, uint32_t exchange);

/* The node has answered it, and the answer leaves. */
void rcp_exchange_replied(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t exchange);

/* The answer reaches the client. */
void rcp_exchange_answered(struct rcp_sim *sim, uint32_t exchange);

/* The client has waited long enough. */
void rcp_exchange_hangs_up(struct rcp_sim *sim, uint32_t exchange);

#endif
