/* One service instance: a pure state machine in one block of memory. Events in, effects out. */
#ifndef RCP_CORE_NODE_H
#define RCP_CORE_NODE_H

#include "core/check.h"
#include "core/effect.h"
#include "core/event.h"
#include "core/policy.h"

#include <stddef.h>

/* The block's first bytes; everything in it is addressed by index, so a byte copy is a snapshot. */
struct rcp_node;

#define RCP_NEVER_MS UINT64_MAX

/* What the PG that this node talks to can do. */
struct rcp_gateway {
    uint8_t refunds;      /* 1: it has our refund call; else refunds are parked for a person */
    uint8_t callback_mac; /* 1: it signs callbacks; one without is refused */
    uint8_t spare[6];     /* zero */
};

/* What a node is told before its first event. */
struct rcp_node_config {
    struct rcp_limits limits;
    struct rcp_policy policy;
    struct rcp_gateway gateway;
    uint64_t seed; /* of the jitter: the same on all nodes */
};

/* Bytes that a node takes with these limits, which rcp_limits_refusal() must not refuse. A multiple of 8. */
size_t rcp_node_size(const struct rcp_limits *limits);

/* Lays out a node in block (rcp_node_size bytes, aligned to 8), forgetting what was there. The first
 * event must be START. */
struct rcp_node *rcp_node_init(void *block, const struct rcp_node_config *config);

/* Applies one event. Overwrites effects. Cannot fail: overload and bad input are answered with effects,
 * unknown, repeated and late completions are ignored, and a broken precondition stops the program. */
void rcp_node_step(struct rcp_node *node,
                   const struct rcp_event *event,
                   struct rcp_effects *effects);

/* When the node next wants a TIMER event, in mono_ms; RCP_NEVER_MS where it wants none. */
uint64_t rcp_node_deadline(const struct rcp_node *node);

/* True where nothing is in progress: after STOP the process may end. */
bool rcp_node_idle(const struct rcp_node *node);

/* True where records are in progress on this node. */
bool rcp_node_has_records(const struct rcp_node *node);

/* Whole-state invariants (docs/INVARIANTS.md, "Core checks"); a broken one is a bug and stops. */
void rcp_node_check(const struct rcp_node *node);

/* Rows of one of the decision tables, for coverage. */
uint32_t rcp_core_table_rows(enum rcp_core_table table);

#endif
