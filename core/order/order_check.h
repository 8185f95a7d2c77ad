/* What must always be true of a node's order flows and of its calls to the PG. */
#ifndef RCP_CORE_ORDER_ORDER_CHECK_H
#define RCP_CORE_ORDER_ORDER_CHECK_H

#include "core/state.h"

/* Whole-state invariants (docs/INVARIANTS.md, "Core checks"); a broken one stops. */
void rcp_order_check(const struct rcp_node *node);

#endif
