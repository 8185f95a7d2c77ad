/* Pending events in canonical form: a set, each by what it is about and how far off. */
#include "core/check.h"
#include "sim/engine/canon.h"

static void add_step(struct rcp_digest *digest,
                     const struct rcp_world *world,
                     const struct rcp_pending *pending)
{
    const struct rcp_event *event = &pending->event;
    uint64_t op_id = 0;
    rcp_digest_add(digest, event->kind);
    switch (event->kind) {
    case RCP_EVENT_REDIS_DONE:
        op_id = event->redis_done.op_id;
        rcp_digest_bytes(digest,
                         (const uint8_t[8]){(uint8_t)event->redis_done.outcome,
                                            event->redis_done.found,
                                            event->redis_done.readable});
        rcp_digest_add(digest, event->redis_done.payload.product_id);
        break;
    case RCP_EVENT_MYSQL_DONE: /* refused or unknown: what is done comes by MYSQL_ANSWERS */
        op_id = event->mysql_done.op_id;
        rcp_digest_bytes(digest,
                         (const uint8_t[8]){(uint8_t)event->mysql_done.outcome,
                                            (uint8_t)event->mysql_done.error,
                                            event->mysql_done.others_succeed});
        rcp_digest_add(digest,
                       rcp_digest_name(digest, RCP_NAME_SESSION, event->mysql_done.session, 0));
        break;
    case RCP_EVENT_SENT:
        op_id = event->sent.op_id;
        rcp_digest_add(digest, event->sent.outcome);
        break;
    case RCP_EVENT_ASSIGNED:
    case RCP_EVENT_REVOKED:
        rcp_digest_pair(
            digest, event->partition.partition, world->assignment - event->partition.assignment);
        break;
    case RCP_EVENT_OFFSET_DONE:
        rcp_digest_pair(digest,
                        event->offset_done.partition,
                        world->assignment - event->offset_done.assignment);
        rcp_digest_add(digest, event->offset_done.outcome);
        break;
    case RCP_EVENT_START:
    case RCP_EVENT_STOP:
    case RCP_EVENT_TIMER:
    case RCP_EVENT_REQUEST:
    case RCP_EVENT_RECORD:
    case RCP_EVENT_PG_DONE: /* comes by PG_ANSWERS */
    case RCP_EVENT_OPERATE:
    case RCP_EVENT_NONE:
    case RCP_EVENT_KIND_COUNT:
        rcp_check_failed("only_completions_are_pending");
    }
    rcp_digest_add(digest, rcp_canon_awaited(world, pending->node, pending->incarnation, op_id));
}

/* The session at work, or that it is another one by now. */
static void add_session_event(struct rcp_digest *digest,
                              const struct rcp_canon *canon,
                              const struct rcp_pending *pending)
{
    const struct rcp_session *s = &rcp_world_sessions(canon->world)[pending->a];
    bool same = s->state != RCP_SESSION_FREE && s->number == pending->b;
    rcp_digest_add(digest, same ? canon->sessions[pending->a] : RCP_CANON_STALE);
    if (pending->job == RCP_JOB_MYSQL_LOCK_WAITED)
        rcp_digest_add(digest, same && s->wait_number == pending->c);
}

static void add_message(struct rcp_digest *digest,
                        const struct rcp_canon *canon,
                        const struct rcp_pending *pending)
{
    const struct rcp_world *world = canon->world;
    switch ((enum rcp_job)pending->job) {
    case RCP_JOB_CLIENT_ASKS:
    case RCP_JOB_CLIENT_HANGS_UP:
    case RCP_JOB_REQUEST_ARRIVES:
    case RCP_JOB_REPLY_ARRIVES:
        rcp_digest_add(digest, rcp_canon_request(canon, pending->a + 1u));
        break;
    case RCP_JOB_REDIS_APPLIES:
        rcp_digest_pair(
            digest,
            rcp_canon_awaited(world, pending->node, pending->incarnation, pending->redis.op_id),
            (uint32_t)pending->redis.verb);
        rcp_digest_add(digest, pending->redis.token);
        rcp_digest_add(digest, rcp_digest_ahead(pending->c, world->now_ms));
        break;
    case RCP_JOB_MYSQL_RUNS:
    case RCP_JOB_MYSQL_COMMITS:
    case RCP_JOB_MYSQL_ANSWERS:
    case RCP_JOB_MYSQL_LOCK_WAITED:
    case RCP_JOB_MYSQL_REAPS:
        add_session_event(digest, canon, pending);
        break;
    case RCP_JOB_KAFKA_APPENDS:
        rcp_digest_pair(
            digest,
            rcp_canon_awaited(world, pending->node, pending->incarnation, pending->send.op_id),
            (uint32_t)pending->send.acks << 1 | pending->send.keyed);
        rcp_canon_add_record(digest, canon, &pending->send.record);
        rcp_digest_add(digest, pending->send.key_hash % world->config.limits.partitions);
        rcp_digest_add(digest, rcp_digest_ahead(pending->c, world->now_ms));
        break;
    case RCP_JOB_KAFKA_DELIVERS:
        rcp_digest_pair(digest, pending->a, world->assignment - pending->b);
        break;
    case RCP_JOB_KAFKA_COMMITS:
        rcp_digest_pair(digest,
                        pending->commit_offset.partition,
                        world->assignment - pending->commit_offset.assignment);
        rcp_digest_add(digest,
                       rcp_canon_name(canon,
                                      RCP_NAME_OFFSET,
                                      pending->commit_offset.next_offset,
                                      pending->commit_offset.partition));
        break;
    case RCP_JOB_NODE_STEPS:
        add_step(digest, world, pending);
        break;
    case RCP_JOB_NODE_STOPS:
        rcp_digest_add(digest, rcp_digest_ahead(pending->c, world->now_ms));
        rcp_digest_add(digest, pending->a);
        break;
    case RCP_JOB_PG_ARRIVES:
    case RCP_JOB_PG_ANSWERS:
        rcp_canon_add_pg_event(digest, canon, pending);
        break;
    case RCP_JOB_PG_SETTLES:
        rcp_digest_pair(digest, pending->a, pending->c != 0);
        break;
    case RCP_JOB_CLIENT_ACTS:
    case RCP_JOB_TOKEN_EXPIRES:
    case RCP_JOB_PLAN_BEGINS:
    case RCP_JOB_PLAN_ENDS:
        rcp_digest_pair(digest, pending->a, pending->b);
        break;
    case RCP_JOB_KAFKA_REBALANCES:
    case RCP_JOB_NODE_TIMER:
    case RCP_JOB_NODE_STARTS:
    case RCP_JOB_HEALS:
    case RCP_JOB_NONE:
    case RCP_JOB_COUNT:
        break;
    }
}

/* Two times from now on; neither is further off than RCP_FAR_MS. */
static uint64_t window_of(const struct rcp_pending *pending, uint64_t now_ms)
{
    return rcp_digest_ahead(pending->latest_ms, now_ms) << 32 |
           rcp_digest_ahead(pending->earliest_ms, now_ms);
}

/* Whose event it is, of which kind, and what will strike it. */
static uint64_t head_of(const struct rcp_pending *pending, const struct rcp_world *world)
{
    bool current = pending->incarnation == world->nodes[pending->node].incarnation;
    return (uint64_t)pending->payment << 32 | (uint32_t)pending->job << 24 |
           (uint32_t)pending->fate << 16 | (uint32_t)pending->takes << 8 |
           (uint32_t)pending->node << 1 | current;
}

void rcp_canon_add_pending(struct rcp_digest *digest,
                           const struct rcp_canon *canon,
                           const struct rcp_queue_head *queue)
{
    const struct rcp_world *world = canon->world;
    uint64_t sum[2] = {0, 0};
    for (uint32_t i = 0; i < rcp_queue_count(queue); i++) {
        const struct rcp_pending *pending = rcp_queue_at(queue, i);
        struct rcp_digest member = rcp_canon_fresh(canon);
        rcp_digest_add(&member, head_of(pending, world));
        if (rcp_world_has_shop(&world->config))
            rcp_digest_add(&member, pending->purchase);
        rcp_digest_add(&member, window_of(pending, world->now_ms));
        add_message(&member, canon, pending);
        rcp_canon_add_member(sum, &member);
    }
    rcp_digest_add(digest, sum[0]);
    rcp_digest_add(digest, sum[1]);
}
