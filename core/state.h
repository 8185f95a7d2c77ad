/* A node's volatile state, as the core's own files see it. Nobody else includes this. */
#ifndef RCP_CORE_STATE_H
#define RCP_CORE_STATE_H

#include "core/gateway/client.h"
#include "core/node.h"

#include <stddef.h>

#define RCP_NO_SLOT UINT16_MAX

static_assert(RCP_REQUESTS_MAX + RCP_RETRIES_MAX < RCP_NO_SLOT, "a flow slot fits 16 bits");
static_assert(RCP_ORDERS_MAX + RCP_PAGE_MAX < RCP_NO_SLOT, "an order slot fits 16 bits");

/* Where one request or record stands. Its tables: payment_table.c, retry_table.c. */
enum rcp_flow_state {
    RCP_FLOW_FREE,
    RCP_FLOW_TOKEN,       /* GET the token */
    RCP_FLOW_APPROVE,     /* queued for, or in, an approving transaction */
    RCP_FLOW_DELETE_OPEN, /* documented: DEL while the transaction is open */
    RCP_FLOW_COMMIT,      /* documented: COMMIT of that transaction */
    RCP_FLOW_COMMIT_LOG, /* documented: the same after a failed DEL; a needless failure row follows */
    RCP_FLOW_SETTLE,     /* COMMIT unknown: KILL, then a locking read */
    RCP_FLOW_LOG,        /* queued for, or in, a failure-log transaction */
    RCP_FLOW_DIRECT,     /* a record straight to the topic */
    RCP_FLOW_HOLD,       /* EXPIRE past the retry horizon */
    RCP_FLOW_RELEASE,    /* DEL after the commit */
    RCP_FLOW_MARK,       /* writing down that the token is released */
    RCP_FLOW_LOOKUP,     /* Redis does not tell: does the database? */
    RCP_FLOW_FENCE,      /* the token is gone: approved, open, or fence it */
    RCP_FLOW_STATUS,     /* status question */
    RCP_FLOW_REJECT,     /* operator's rejection */
    RCP_FLOW_LATER,      /* record: queued for, or in, the writing of a failed retry */
    RCP_FLOW_PARK,       /* record: unusable, being parked */
    RCP_FLOW_PAUSE,      /* record: no durable place yet, or the consumer is paused; waits */
    RCP_FLOW_REOPEN,     /* operator: a parked row is tried again */
    RCP_FLOW_SHELVE,     /* operator: an open row is parked */
    RCP_FLOW_STATE_COUNT
};

/* What came back, in the words of the tables. */
enum rcp_answer {
    RCP_ANSWER_NONE,
    RCP_ANSWER_FOUND,      /* token there, payload is its user's; DEL, EXPIRE: key was there */
    RCP_ANSWER_MISSING,    /* key was not there */
    RCP_ANSWER_FOREIGN,    /* payload is another user's */
    RCP_ANSWER_UNREADABLE, /* payload does not decode */
    RCP_ANSWER_APPROVED,
    RCP_ANSWER_REJECTED,
    RCP_ANSWER_FENCED, /* direct record: rejected, though it was accepted */
    RCP_ANSWER_CONFLICT,
    RCP_ANSWER_FULL,
    RCP_ANSWER_OPEN,
    RCP_ANSWER_PARKED,
    RCP_ANSWER_NOTHING,
    RCP_ANSWER_WRITTEN, /* logged, written, or nothing left to write */
    RCP_ANSWER_SENT,
    RCP_ANSWER_REFUSED,
    RCP_ANSWER_UNKNOWN,
    RCP_ANSWER_COUNT
};

/* One request or one record in progress. */
struct rcp_flow {
    uint64_t op_id;      /* the effect it waits for; 0 while queued */
    uint64_t request_id; /* 0 for a record */
    uint64_t user_id;    /* request: who asks */
    uint64_t token;
    uint64_t origin;
    uint64_t offset;      /* record */
    uint64_t deadline_ms; /* request: mono; record in PAUSE: when it goes on */
    struct rcp_payload payload;
    uint32_t row_id;
    uint32_t epoch;
    uint32_t partition;
    uint32_t assignment;
    uint32_t session; /* left open, or to be killed */
    uint16_t next;    /* in the free list or a queue */
    uint8_t state;    /* enum rcp_flow_state */
    uint8_t resume;   /* PAUSE: the state to go back to */
    uint8_t attempt;
    uint8_t tries;   /* repeats in place */
    uint8_t alone;   /* goes into a group of its own */
    uint8_t counted; /* LATER: this failure counts */
    uint8_t cause;   /* LOG: park for this cause */
    uint8_t replied; /* request: answered; record: its offset is done */
    uint8_t kind;    /* enum rcp_request_kind */
    uint8_t error;   /* LATER: enum rcp_error_class that refused the try; NONE: nobody knows */
};

/* Flows that wait to share a transaction. Entries and failure rows never share one. */
enum rcp_queue_id {
    RCP_QUEUE_APPROVE, /* requests */
    RCP_QUEUE_RETRY,   /* records: approve and resolve */
    RCP_QUEUE_LOG,
    RCP_QUEUE_LATER,
    RCP_QUEUE_MARK,
    RCP_QUEUE_COUNT
};

struct rcp_queue {
    uint64_t due_ms;     /* until then it waits for a fuller group; 0 where empty */
    uint16_t head, tail; /* flow slots; RCP_NO_SLOT where empty */
    uint16_t length;     /* flows */
    uint16_t in_flight;  /* groups */
};

/* One transaction in flight for several flows. */
struct rcp_group {
    uint64_t op_id;   /* 0: free */
    uint16_t queue;   /* enum rcp_queue_id */
    uint16_t count;   /* at most limits.group */
    uint16_t flows[]; /* in the order of the script's rows; room for limits.group */
};

/* One claimed or swept row on its way. */
struct rcp_item {
    uint64_t op_id; /* the send, DEL or EXPIRE it waits for */
    struct rcp_tx_row row;
    uint8_t state; /* enum rcp_item_state */
    uint8_t spare[7];
};

enum rcp_item_state {
    RCP_ITEM_UNSENT,
    RCP_ITEM_WAITING,
    RCP_ITEM_DONE,
    RCP_ITEM_REFUSED, /* surely not done */
    RCP_ITEM_UNKNOWN,
};

/* A job that runs in rounds: the recovery scheduler and the sweep. */
enum rcp_round_state {
    RCP_ROUND_IDLE,
    RCP_ROUND_READING, /* CLAIM or SWEEP in flight */
    RCP_ROUND_WORKING, /* items on their way */
    RCP_ROUND_WRITING, /* FINISH, RELEASE or MARK in flight */
};

struct rcp_round {
    uint64_t op_id;
    uint64_t next_ms; /* mono: when it next wants to run; RCP_NEVER_MS: not at all */
    uint32_t session; /* scheduler: left open */
    uint32_t count;   /* items of this round */
    uint8_t state;    /* enum rcp_round_state */
    uint8_t more;     /* the page was full */
    uint8_t spare[6];
};

/* PaymentScheduler's rounds: READING (DUE), then WORKING while an item's flow is left. */
struct rcp_reconcile {
    uint64_t op_id;
    uint64_t next_ms;  /* mono: when it next wants to run; RCP_NEVER_MS: not at all */
    uint64_t tick_ms;  /* mono: the tick that began the last round; ticks keep their distance */
    uint64_t after_id; /* documented: the next page begins behind this order */
    uint32_t skipped;  /* conflicts skipped so far; nothing depends on it */
    uint8_t state;     /* enum rcp_round_state */
    uint8_t more;      /* the page was full, and what it brought was written */
    uint8_t spare[2];
};

/* One partition of the retry topic, and the window of its records in progress. */
struct rcp_partition {
    uint64_t committed;     /* next offset as last committed or asked for */
    uint64_t not_before_ms; /* mono: a failed commit is repeated then */
    uint32_t assignment;    /* 0: not ours */
    uint32_t seen;          /* newest assignment heard of: news of an older one comes late */
    uint16_t head;          /* oldest record in progress, index into the window */
    uint16_t count;
    uint8_t fetching;   /* FETCH out */
    uint8_t committing; /* COMMIT_OFFSET out */
    uint8_t dirty;      /* more is done than is committed */
    uint8_t spare;
};

/* One record in progress; offsets have gaps, so the window is a list, not a range. */
struct rcp_window_slot {
    uint64_t offset;
    uint64_t done;
};

struct rcp_node {
    struct rcp_limits limits;
    struct rcp_policy policy;
    uint64_t seed;
    uint64_t mono_ms; /* of the last event */
    uint64_t wake_ms; /* earliest end of a pause; RCP_NEVER_MS where none pauses */
    uint32_t node;
    uint32_t incarnation; /* 0: not started */
    uint32_t op_seq;
    uint16_t free_request, free_retry; /* free lists */
    uint16_t requests_used, retries_used;
    uint16_t fetches; /* FETCH effects out */
    uint8_t stopping;
    uint8_t paused; /* bit per enum rcp_worker: by an operator */
    struct rcp_queue queues[RCP_QUEUE_COUNT];
    struct rcp_round scheduler;
    struct rcp_round sweep;
    uint32_t flows_at, groups_at, claims_at, swept_at, partitions_at,
        window_at; /* bytes from here */
    uint32_t size;
    uint32_t spare2;

    /* The second document: behind what every snapshot holds, since a node without orders has none. */
    struct rcp_pg_client pg;
    struct rcp_reconcile reconcile;
    uint64_t
        order_wake_ms; /* earliest end of an order flow's pause; RCP_NEVER_MS where none pauses */
    uint16_t free_order, free_settle; /* free lists */
    uint16_t orders_used, settles_used;
    uint16_t wait_for_room; /* order flows whose call waits for room */
    uint16_t spare3[3];
    uint32_t orders_at; /* bytes from here */
    uint32_t spare4;
    struct rcp_gateway gateway;
};

/* A node may serve the orders of the second document alone: no requests, no rounds, no partitions. */
static inline bool rcp_serves_payments(const struct rcp_node *node)
{
    return node->limits.requests > 0;
}

static inline bool rcp_is_paused(const struct rcp_node *node, enum rcp_worker worker)
{
    return (node->paused >> worker & 1u) != 0;
}

/* The tables behind the header. Pointers into the block: for this step only. */
static inline struct rcp_flow *rcp_flows(const struct rcp_node *node)
{
    return (struct rcp_flow *)((uintptr_t)node + node->flows_at);
}

/* Bytes from one group to the next. */
static inline uint32_t rcp_group_bytes(const struct rcp_limits *limits)
{
    uint32_t bytes = (uint32_t)offsetof(struct rcp_group, flows) + 2u * limits->group;
    return (bytes + 7u) & ~7u;
}

static inline struct rcp_group *rcp_group_at(const struct rcp_node *node, uint32_t index)
{
    return (struct rcp_group *)((uintptr_t)node + node->groups_at +
                                (uintptr_t)index * rcp_group_bytes(&node->limits));
}

static inline struct rcp_item *rcp_claims(const struct rcp_node *node)
{
    return (struct rcp_item *)((uintptr_t)node + node->claims_at);
}

static inline struct rcp_item *rcp_swept(const struct rcp_node *node)
{
    return (struct rcp_item *)((uintptr_t)node + node->swept_at);
}

static inline struct rcp_partition *rcp_partitions(const struct rcp_node *node)
{
    return (struct rcp_partition *)((uintptr_t)node + node->partitions_at);
}

static inline struct rcp_window_slot *rcp_window(const struct rcp_node *node, uint32_t partition)
{
    return (struct rcp_window_slot *)((uintptr_t)node + node->window_at) +
           (size_t)partition * node->limits.window;
}

/* One step at work: the node, the event's times, and where effects go. */
struct rcp_step {
    struct rcp_node *node;
    struct rcp_effects *effects;
    uint64_t mono_ms;
    enum rcp_role role; /* in whose name effects are issued */
};

static inline bool rcp_knob_hardened(const struct rcp_step *step, enum rcp_knob knob)
{
    return rcp_hardened(step->node->policy, knob);
}

#endif
