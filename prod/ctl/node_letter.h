/* Letters from an operator's thread to a node: how does it stand, and what is it to do? */
#ifndef RCP_PROD_CTL_NODE_LETTER_H
#define RCP_PROD_CTL_NODE_LETTER_H

#include "prod/ctl/desk.h"
#include "prod/loop/loop.h"

/* False where the loop has not answered in time, or nothing is posted any more. */
bool rcp_node_look(struct rcp_desk *desk, struct rcp_loop *loop, struct rcp_node_status *status);

/* The same: false where the node may do it yet. */
bool rcp_node_operate(struct rcp_desk *desk,
                      struct rcp_loop *loop,
                      const struct rcp_operate *operate);

#endif
