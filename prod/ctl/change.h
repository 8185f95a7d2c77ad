/* What an operator changes: by a request to the core, or by an event that each node gets. */
#ifndef RCP_PROD_CTL_CHANGE_H
#define RCP_PROD_CTL_CHANGE_H

#include "prod/ctl/answer.h"
#include "prod/ctl/desk.h"
#include "prod/ctl/operator.h"
#include "prod/ctl/request.h"

/* Asks the core, and says in words what came of it. For verbs about payments and orders. */
void rcp_change_ask(struct rcp_desk *desk,
                    const struct rcp_ctl_node *node,
                    const struct rcp_ctl_request *request,
                    struct rcp_ctl_answer *answer);

/* Tells the nodes: those of this number, or all. For verbs about workers and circuits. */
void rcp_change_operate(struct rcp_desk *desk,
                        const struct rcp_ctl_node nodes[],
                        uint32_t count,
                        const struct rcp_ctl_request *request,
                        struct rcp_ctl_answer *answer);

#endif
