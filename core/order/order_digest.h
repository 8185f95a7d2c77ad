/* A node's order flows in canonical form. */
#ifndef RCP_CORE_ORDER_ORDER_DIGEST_H
#define RCP_CORE_ORDER_ORDER_DIGEST_H

#include "core/digest.h"

/* Adds nothing for a node that serves no orders. */
void rcp_order_digest(const struct rcp_node *node, struct rcp_digest *digest);

#endif
