/* What the parts of the canonical form share: the world at hand, and the names that stand for its ids. */
#ifndef RCP_SIM_ENGINE_CANON_H
#define RCP_SIM_ENGINE_CANON_H

#include "sim/engine/canonical.h"
#include "sim/model/mysql.h"

struct rcp_canon {
    const struct rcp_world *world;
    uint64_t live; /* bit per exchange that is not over */
    uint64_t sessions[RCP_CANONICAL_SESSIONS_MAX];
};

/* --- Names --- */

enum {
    RCP_CANON_OVER = 1,        /* a request that was told nothing that anybody asks about later */
    RCP_CANON_OVER_FAILED = 2, /* it was told of a failure, and must not take anything any more */
    RCP_CANON_LIVE = 16,       /* plus its rank */
    RCP_CANON_STALE = 1,       /* a session that is another one by now */
};

static inline uint64_t rcp_canon_request(const struct rcp_canon *canon, uint64_t id)
{
    if (id == 0)
        return 0;
    if (id > canon->world->exchange_count)
        return 1ull << 63 | id;
    uint64_t bit = 1ull << (id - 1u);
    if ((canon->live & bit) != 0)
        return RCP_CANON_LIVE + (uint64_t)__builtin_popcountll(canon->live & (bit - 1u));
    bool failed = rcp_told_failure(&rcp_world_exchanges(canon->world)[id - 1u]);
    return failed ? RCP_CANON_OVER_FAILED : RCP_CANON_OVER;
}

static inline uint64_t rcp_canon_session(const struct rcp_canon *canon, uint32_t id)
{
    uint32_t index = rcp_session_find(canon->world, id);
    if (id == 0)
        return 0;
    return index == RCP_NOBODY ? RCP_CANON_STALE : canon->sessions[index];
}

/* All of them, as core/digest.h asks for them; `context` is the rcp_canon. */
uint64_t rcp_canon_name(const void *context, enum rcp_name_kind kind, uint64_t id, uint32_t of);

/* --- Digests --- */

static inline struct rcp_digest rcp_canon_fresh(const struct rcp_canon *canon)
{
    return (struct rcp_digest){
        .place = 0x243f6a8885a308d3u,
        .now_ms = canon->world->now_ms,
        .context = canon,
        .name = rcp_canon_name,
    };
}

/* Folds a member of a set: sums forget the order. */
static inline void rcp_canon_add_member(uint64_t sum[2], const struct rcp_digest *member)
{
    rcp_wide product = (rcp_wide)(member->words[0] ^ 0xa4093822299f31d0u) *
                       (member->words[1] ^ 0x082efa98ec4e6c89u);
    sum[0] += (uint64_t)product ^ (uint64_t)(product >> 64);
    sum[1] += (uint64_t)(product >> 64) + member->words[0];
}

/* What the node waits for by this op id; 0 where it does not, or is not that process any more. */
static inline uint32_t rcp_canon_awaited(const struct rcp_world *world,
                                         uint32_t node,
                                         uint32_t incarnation,
                                         uint64_t op_id)
{
    const struct rcp_sim_node *n = &world->nodes[node];
    return n->alive && n->incarnation == incarnation
               ? rcp_node_awaits(rcp_world_node(world, node), op_id)
               : 0;
}

/* --- The parts --- */

/* Gives each session at work the digest of what it is at as its name. */
void rcp_canon_name_sessions(struct rcp_canon *canon);

/* The name of the session that holds this lock; 0 where none does. */
static inline uint64_t rcp_canon_holder(const struct rcp_canon *canon, uint32_t lock)
{
    return lock == 0 ? 0 : canon->sessions[lock - 1u];
}

/* The second document: its tables, the PG's, calls on their way. Nothing where there is no shop. */
void rcp_canon_add_shop(struct rcp_digest *digest, const struct rcp_canon *canon);
void rcp_canon_add_order_row(struct rcp_digest *digest,
                             enum rcp_script script,
                             const struct rcp_order_row *row);
void rcp_canon_add_asked(struct rcp_digest *digest, const struct rcp_exchange *exchange);

/* The call that this event is about, or that it is another one by now. */
void rcp_canon_add_pg_event(struct rcp_digest *digest,
                            const struct rcp_canon *canon,
                            const struct rcp_pending *pending);

/* What a version or epoch is compared with: the one in the table. */
uint64_t rcp_canon_version(const struct rcp_world *world, uint32_t order_id);
uint64_t rcp_canon_epoch(const struct rcp_world *world, uint32_t key);

void rcp_canon_add_mysql(struct rcp_digest *digest, const struct rcp_canon *canon);
void rcp_canon_add_record(struct rcp_digest *digest,
                          const struct rcp_canon *canon,
                          const struct rcp_retry_record *record);
void rcp_canon_add_partition(struct rcp_digest *digest,
                             const struct rcp_canon *canon,
                             uint32_t index);
void rcp_canon_add_pending(struct rcp_digest *digest,
                           const struct rcp_canon *canon,
                           const struct rcp_queue_head *queue);

#endif
