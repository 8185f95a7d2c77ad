/* Clients of the second document: buyers, operators, forgers, and the PG that calls back. */
#ifndef RCP_SIM_MODEL_CLIENT_ORDER_H
#define RCP_SIM_MODEL_CLIENT_ORDER_H

#include "sim/model/link.h"

/* A line of the workload comes due for one purchase. */
void rcp_order_client_acts(struct rcp_sim *sim, uint32_t work, uint32_t purchase);

/* The request reaches its node: *event is what the node steps (what it says is in sim->order_request,
 * valid until the next request). False where nobody is there. */
bool rcp_order_client_request(struct rcp_sim *sim,
                              const struct rcp_pending *pending,
                              struct rcp_event *event);

/* A node answers. */
void rcp_order_client_reply(struct rcp_sim *sim,
                            const struct rcp_issue *issue,
                            const struct rcp_reply *reply);

/* The PG calls back about one of its transactions; issue is that of the PAY that made it. Returns what
 * chance made of the callback. */
enum rcp_fault rcp_pg_call_back(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t pg);

#endif
