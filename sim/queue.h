/* Pending events with windows: any event may be next whose earliest time is not after the smallest
 * latest time of all. Nothing ticks; windows make every schedule fair. */
#ifndef RCP_SIM_QUEUE_H
#define RCP_SIM_QUEUE_H

#include "core/effect.h"
#include "sim/chance.h"

#include <stddef.h>

/* What a pending event does when its time has come. */
enum rcp_job {
    RCP_JOB_NONE,
    RCP_JOB_CLIENT_ACTS,       /* a line of the workload comes due: a = work index, b = payment */
    RCP_JOB_CLIENT_ASKS,       /* a client sends its request (again): a = exchange it copies */
    RCP_JOB_CLIENT_HANGS_UP,   /* a = exchange */
    RCP_JOB_REQUEST_ARRIVES,   /* a = exchange */
    RCP_JOB_REPLY_ARRIVES,     /* a = exchange */
    RCP_JOB_REDIS_APPLIES,     /* message.redis */
    RCP_JOB_TOKEN_EXPIRES,     /* a = payment */
    RCP_JOB_MYSQL_RUNS,        /* a = session, b = its number: statements */
    RCP_JOB_MYSQL_COMMITS,     /* a = session, b = its number */
    RCP_JOB_MYSQL_ANSWERS,     /* a = session, b = its number */
    RCP_JOB_MYSQL_LOCK_WAITED, /* a = session, b = its number, c = the wait's number */
    RCP_JOB_MYSQL_REAPS, /* a = session, b = its number: the server notices that its client is gone */
    RCP_JOB_KAFKA_APPENDS,  /* message.send */
    RCP_JOB_KAFKA_DELIVERS, /* a = partition, b = assignment */
    RCP_JOB_KAFKA_COMMITS,  /* message.commit_offset */
    RCP_JOB_KAFKA_REBALANCES,
    RCP_JOB_PG_ARRIVES, /* a = call, b = its number: the request reaches the PG */
    RCP_JOB_PG_ANSWERS, /* a = call, b = its number: the answer reaches the node */
    RCP_JOB_PG_SETTLES, /* a = transaction: PENDING ends */
    RCP_JOB_NODE_STEPS, /* a completion reaches the node: message.event */
    RCP_JOB_NODE_TIMER,
    RCP_JOB_NODE_STARTS,
    RCP_JOB_NODE_STOPS,  /* graceful: told to, then gone when idle */
    RCP_JOB_PLAN_BEGINS, /* a = index into scenario.plan */
    RCP_JOB_PLAN_ENDS,   /* a = index into scenario.plan */
    RCP_JOB_HEALS,
    RCP_JOB_COUNT
};

/* Watch-keeping: pending for ever, and no reason to go on. */
static inline bool rcp_job_is_watch(enum rcp_job job)
{
    return job == RCP_JOB_NODE_TIMER || job == RCP_JOB_TOKEN_EXPIRES;
}

struct rcp_pending {
    uint64_t earliest_ms;
    uint64_t latest_ms;
    uint64_t sequence; /* first in, first out among equals */
    uint64_t key;      /* packed rcp_key: what this event means */
    uint64_t c;
    uint32_t a, b;
    uint32_t incarnation; /* of the node; a completion for another one is dropped */
    uint32_t payment;     /* it is about; RCP_NOBODY */
    uint32_t purchase;    /* it is about; RCP_NOBODY */
    uint8_t job;          /* enum rcp_job */
    uint8_t node;         /* 0.. */
    uint8_t fate;         /* enum rcp_fault that is still to strike */
    uint8_t takes;        /* enum rcp_takes */
    uint8_t role;         /* enum rcp_role: in whose name the effect was issued */
    uint8_t flags;        /* enum rcp_script_flag of the script */
    uint8_t script;       /* enum rcp_script, for those who watch */
    uint8_t spare;
    uint32_t next; /* free list */
    union {
        struct rcp_event event;
        struct rcp_redis_effect redis;
        struct rcp_send_effect send;
        struct rcp_commit_offset_effect commit_offset;
    };
};

/* An event that may be next before long. */
struct rcp_near {
    uint64_t earliest_ms;
    uint64_t latest_ms;
    uint64_t sequence;
    uint32_t slot;
    uint32_t spare;
};

/* A heap of what is far, a small bag of what is near, and the slots behind both. */
struct rcp_queue_head {
    uint64_t sequence;
    uint32_t room;
    uint32_t fresh; /* slots never used begin here */
    uint32_t free;  /* list of used and freed slots */
    uint32_t near_count, heap_count;
    uint32_t slots_at, near_at, heap_at; /* bytes from here */
};

static inline struct rcp_near *rcp_queue_near(const struct rcp_queue_head *queue)
{
    return (struct rcp_near *)((uintptr_t)queue + queue->near_at);
}

static inline struct rcp_near *rcp_queue_heap(const struct rcp_queue_head *queue)
{
    return (struct rcp_near *)((uintptr_t)queue + queue->heap_at);
}

static inline struct rcp_pending *rcp_queue_slot(const struct rcp_queue_head *queue, uint32_t slot)
{
    return (struct rcp_pending *)((uintptr_t)queue + queue->slots_at) + slot;
}

/* Bytes for a queue with room for this many events; a multiple of 8. */
size_t rcp_queue_size(uint32_t room);
void rcp_queue_init(struct rcp_queue_head *queue, uint32_t room);

/* A fresh slot, uninitialized but for its sequence; NULL where the queue is full. Not yet pending. */
struct rcp_pending *rcp_queue_take(struct rcp_queue_head *queue);

/* Makes a filled-in slot pending. */
void rcp_queue_push(struct rcp_queue_head *queue, struct rcp_pending *pending);

/* The same, and into the bag at once, whether it may be next or not: refill's smallest latest time tells.
 * For whoever looks at all that is pending anyway. */
void rcp_queue_put(struct rcp_queue_head *queue, struct rcp_pending *pending);

/* Brings all that is pending into the bag. */
void rcp_queue_gather(struct rcp_queue_head *queue);

/* Brings everything that may be next into the bag. Returns the smallest latest time; false where
 * nothing is pending. */
bool rcp_queue_refill(struct rcp_queue_head *queue, uint64_t *smallest_latest_ms);

/* How many are pending, and each of them: those in the bag first. */
static inline uint32_t rcp_queue_count(const struct rcp_queue_head *queue)
{
    return queue->near_count + queue->heap_count;
}

static inline struct rcp_pending *rcp_queue_at(const struct rcp_queue_head *queue, uint32_t index)
{
    const struct rcp_near *entry = index < queue->near_count
                                       ? &rcp_queue_near(queue)[index]
                                       : &rcp_queue_heap(queue)[index - queue->near_count];
    return rcp_queue_slot(queue, entry->slot);
}

/* Takes the one at this index of that list out for good. The list's order changes. */
void rcp_queue_remove(struct rcp_queue_head *queue, uint32_t index);

/* Takes the bag's entry at this index out. The slot stays valid until rcp_queue_give. */
struct rcp_pending *rcp_queue_pop(struct rcp_queue_head *queue, uint32_t near_index);
void rcp_queue_give(struct rcp_queue_head *queue, struct rcp_pending *pending);

#endif
