/* A node in few bytes: only the slots in use. For whoever keeps millions of them. */
#ifndef RCP_CORE_SNAPSHOT_H
#define RCP_CORE_SNAPSHOT_H

#include "core/node.h"

/* Bytes that rcp_node_save() and rcp_node_save_free() write at most, together. */
uint32_t rcp_node_saved_max(const struct rcp_limits *limits);

/* Writes the node to bytes (rcp_node_saved_max() of them suffice); returns how many were written. Left
 * out: what the caller told it at the start (limits, policy, seed), and the order of its free lists, on
 * which nothing depends but the slots' numbers. */
uint32_t rcp_node_save(const struct rcp_node *node, void *bytes);

/* Makes a node that was initialised with the same limits, policy and seed the saved one. Returns how many
 * bytes were read. */
uint32_t rcp_node_load(struct rcp_node *node, const void *bytes);

/* The free lists, in the order in which their slots will be taken: for whoever wants the very same effects
 * of the loaded node, with the op ids that have the slots' numbers in them. Returns how many were written. */
uint32_t rcp_node_save_free(const struct rcp_node *node, void *bytes);

/* To be called behind rcp_node_load(). False where these are not the slots that are free in this node; then
 * it is of no use. */
bool rcp_node_load_free(struct rcp_node *node, const void *bytes, uint32_t size);

/* A number that changes with the shape of the saved bytes: sizes and places in memory, and byte order. Equal
 * in two builds that can load what the other has saved. Where a field gets another meaning in its old
 * place, RCP_SNAPSHOT_VERSION is to be raised. */
#define RCP_SNAPSHOT_VERSION 1u
uint64_t rcp_node_layout(void);

#endif
