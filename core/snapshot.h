/* A node in few bytes: only the slots in use. For whoever keeps millions of them. */
#ifndef RCP_CORE_SNAPSHOT_H
#define RCP_CORE_SNAPSHOT_H

#include "core/node.h"

/* Writes the node to bytes (rcp_node_size() of them suffice); returns how many were written. Left out:
 * what the caller told it at the start (limits, policy, seed), and the order of its free lists, on which
 * nothing depends but the slots' numbers. */
uint32_t rcp_node_save(const struct rcp_node *node, void *bytes);

/* Makes a node that was initialised with the same limits, policy and seed the saved one. Returns how many
 * bytes were read. */
uint32_t rcp_node_load(struct rcp_node *node, const void *bytes);

#endif
