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

/* True where a group waits for company: only a TIMER event brings it on. */
bool rcp_node_lingers(const struct rcp_node *node);

/* True where records are in progress on this node. */
bool rcp_node_has_records(const struct rcp_node *node);

/* How a node stands, for those who operate it. */
struct rcp_worker_status {
    bool paused; /* by an operator */
    bool busy;   /* has something in hand */
};

enum rcp_circuit_state {
    RCP_CIRCUIT_CLOSED,    /* calls go out */
    RCP_CIRCUIT_OPEN,      /* none does */
    RCP_CIRCUIT_HALF_OPEN, /* a few do, to see what comes of them */
};

struct rcp_circuit_status {
    enum rcp_circuit_state state;
    bool forced; /* by an operator; else by what calls come to */
};

struct rcp_node_status {
    uint32_t node;
    uint32_t incarnation;
    bool stopping;
    struct rcp_worker_status workers[RCP_WORKER_COUNT];
    struct rcp_circuit_status circuits[RCP_CIRCUIT_COUNT];
    uint32_t requests;   /* in progress */
    uint32_t records;    /* of the retry topic, in progress */
    uint32_t orders;     /* requests of the second document in progress */
    uint32_t settles;    /* orders and refunds that a reconciliation has in hand */
    uint32_t pg_calls;   /* in flight */
    uint32_t partitions; /* of the retry topic: how many are ours */
};

void rcp_node_status(const struct rcp_node *node, struct rcp_node_status *status);

/* Whole-state invariants (docs/INVARIANTS.md, "Core checks"); a broken one is a bug and stops. */
void rcp_node_check(const struct rcp_node *node);

/* Rows of one of the decision tables, for coverage. */
uint32_t rcp_core_table_rows(enum rcp_core_table table);

#endif
