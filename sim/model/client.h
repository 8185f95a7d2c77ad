/* Clients: they reserve, pay, click twice, hang up, ask again, come with foreign or forged tokens. */
#ifndef RCP_SIM_MODEL_CLIENT_H
#define RCP_SIM_MODEL_CLIENT_H

#include "sim/model/link.h"

/* A line of the workload comes due for one payment. */
void rcp_client_acts(struct rcp_sim *sim, uint32_t work, uint32_t payment);

/* A client asks again in place of an exchange that gave it no definite answer. */
void rcp_client_asks_again(struct rcp_sim *sim, uint32_t exchange);

/* A copy of this exchange on the same node, whose answer nobody awaits; returns its index. */
uint32_t rcp_client_double(struct rcp_sim *sim, uint32_t exchange);

/* The request reaches its node: *event is what the node steps. False where nobody is there. */
bool rcp_client_request(struct rcp_sim *sim,
                        const struct rcp_pending *pending,
                        struct rcp_event *event);

/* A node answers. */
void rcp_client_reply(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      const struct rcp_reply *reply);

/* The answer reaches the client. */
void rcp_client_answered(struct rcp_sim *sim, uint32_t exchange);

/* The client has waited long enough. */
void rcp_client_hangs_up(struct rcp_sim *sim, uint32_t exchange);

#endif
