/* Clients: they reserve, pay, click twice, hang up, ask again, come with foreign or forged tokens. */
#ifndef RCP_SIM_MODEL_CLIENT_H
#define RCP_SIM_MODEL_CLIENT_H

#include "sim/model/link.h"

/* A line of the workload comes due for one payment. */
void rcp_client_acts(struct rcp_sim *sim, uint32_t work, uint32_t payment);

/* The request reaches its node: *event is what the node steps. False where nobody is there. */
bool rcp_client_request(struct rcp_sim *sim,
                        const struct rcp_pending *pending,
                        struct rcp_event *event);

/* A node answers. */
void rcp_client_reply(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      const struct rcp_reply *reply);

#endif
