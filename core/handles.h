/* Which handles a node still knows: whoever keeps the bytes behind them may forget all others. */
#ifndef RCP_CORE_HANDLES_H
#define RCP_CORE_HANDLES_H

#include "core/node.h"

/* Calls `known` for each handle in the node's state, some of them several times: tokens, origins, the PG's
 * transaction keys, idempotency keys. Never for 0. Between steps only. */
void rcp_node_handles(const struct rcp_node *node,
                      void *context,
                      void (*known)(void *context, uint64_t handle));

#endif
