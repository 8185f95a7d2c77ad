/* A world's state in canonical form, folded into 128 bits table by table. Tables whose order means nothing
 * (pending events, sessions) are folded as sets: the sum of their members' digests. */
#include "sim/engine/canonical.h"

#include "core/check.h"
#include "core/hash.h"
#include "sim/model/mysql.h"

/* The world at hand, and the names that stand for its ids. */
struct canon {
    const struct rcp_world *world;
    uint64_t live; /* bit per exchange that is not over */
    uint64_t sessions[RCP_CANONICAL_SESSIONS_MAX];
};

/* --- Names --- */

enum {
    DEAD_REQUEST = 1, /* over: it was told nothing that anybody asks about later */
    DEAD_REQUEST_FAILED =
        2,             /* over: it was told of a failure, and must not take anything any more */
    LIVE_REQUEST = 16, /* plus its rank */
    STALE_SESSION = 1,
};

static uint64_t name_request(const struct canon *canon, uint64_t id)
{
    if (id == 0)
        return 0;
    if (id > canon->world->exchange_count)
        return 1ull << 63 | id;
    uint64_t bit = 1ull << (id - 1u);
    if ((canon->live & bit) != 0)
        return LIVE_REQUEST + (uint64_t)__builtin_popcountll(canon->live & (bit - 1u));
    bool failed = rcp_told_failure(&rcp_world_exchanges(canon->world)[id - 1u]);
    return failed ? DEAD_REQUEST_FAILED : DEAD_REQUEST;
}

static uint64_t name_session(const struct canon *canon, uint32_t id)
{
    uint32_t index = rcp_session_find(canon->world, id);
    if (id == 0)
        return 0;
    return index == RCP_NOBODY ? STALE_SESSION : canon->sessions[index];
}

static uint64_t name(const void *context, enum rcp_name_kind kind, uint64_t id, uint32_t of)
{
    const struct canon *canon = context;
    const struct rcp_world *world = canon->world;
    switch (kind) {
    case RCP_NAME_REQUEST:
        return name_request(canon, id);
    case RCP_NAME_SESSION:
        return name_session(canon, (uint32_t)id);
    case RCP_NAME_ASSIGNMENT:
        return id == 0 ? 0 : 1u + world->assignment - id;
    case RCP_NAME_OFFSET:
        break;
    }
    return of < world->config.limits.partitions ? world->partitions[of].end - id : id;
}

static struct rcp_digest fresh(const struct canon *canon)
{
    return (struct rcp_digest){
        .place = 0x243f6a8885a308d3u,
        .now_ms = canon->world->now_ms,
        .context = canon,
        .name = name,
    };
}

/* Folds a member of a set: sums forget the order. */
static void add_member(uint64_t sum[2], const struct rcp_digest *member)
{
    rcp_wide product = (rcp_wide)(member->words[0] ^ 0xa4093822299f31d0u) *
                       (member->words[1] ^ 0x082efa98ec4e6c89u);
    sum[0] += (uint64_t)product ^ (uint64_t)(product >> 64);
    sum[1] += (uint64_t)(product >> 64) + member->words[0];
}

/* What the node waits for by this op id; 0 where it does not, or is not that process any more. */
static uint32_t awaited(const struct rcp_world *world,
                        uint32_t node,
                        uint32_t incarnation,
                        uint64_t op_id)
{
    const struct rcp_sim_node *n = &world->nodes[node];
    return n->alive && n->incarnation == incarnation
               ? rcp_node_awaits(rcp_world_node(world, node), op_id)
               : 0;
}

/* --- Exchanges --- */

/* Over: nobody waits for it any more, neither its client nor a node. */
static bool is_over(const struct rcp_world *world, const struct rcp_exchange *x)
{
    bool heard = x->state == RCP_EXCHANGE_ANSWERED || x->state == RCP_EXCHANGE_LOST;
    bool at_node =
        x->arrived_ms != 0 && x->replies == 0 && !x->node_died && world->nodes[x->node].alive;
    return heard && !x->again && !at_node;
}

static uint64_t live_exchanges(const struct rcp_world *world, const struct rcp_queue_head *queue)
{
    uint64_t live = 0;
    rcp_check(world->exchange_count <= RCP_CANONICAL_EXCHANGES_MAX, "exchanges_have_names");
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (!is_over(world, &rcp_world_exchanges(world)[i]))
            live |= 1ull << i;
    for (uint32_t i = 0; i < rcp_queue_count(queue); i++) {
        const struct rcp_pending *pending = rcp_queue_at(queue, i);
        if (pending->job == RCP_JOB_REQUEST_ARRIVES || pending->job == RCP_JOB_CLIENT_ASKS)
            live |= 1ull << pending->a;
    }
    return live;
}

static void add_exchanges(struct rcp_digest *digest, const struct canon *canon)
{
    const struct rcp_world *world = canon->world;
    for (uint64_t left = canon->live; left != 0; left &= left - 1u) {
        const struct rcp_exchange *x = &rcp_world_exchanges(world)[(uint32_t)__builtin_ctzll(left)];
        rcp_digest_pair(digest, x->payment, x->user);
        rcp_digest_pair(digest, x->node, (uint32_t)x->status << 8 | x->kind);
        rcp_digest_bytes(digest,
                         (const uint8_t[8]){x->form,
                                            x->state,
                                            x->replies,
                                            x->again,
                                            x->log_failed,
                                            x->record_tried,
                                            x->node_died,
                                            x->in_time});
        if (x->replies == 0 && !x->node_died)
            rcp_digest_pair(digest, x->noted, x->payload);
        if (x->arrived_ms != 0 && x->replies == 0)
            rcp_digest_add(
                digest,
                1u + rcp_digest_ahead(x->arrived_ms + RCP_REQUEST_DEADLINE_MS, world->now_ms));
    }
}

/* --- MySQL --- */

/* The session that a SETTLE is about to kill, told by what it is doing. */
static void add_killed(struct rcp_digest *digest,
                       const struct rcp_world *world,
                       const struct rcp_session *s)
{
    uint32_t index = rcp_session_find(world, s->kill);
    bool kills = s->script == RCP_SCRIPT_SETTLE && s->kill != 0;
    if (!kills || index == RCP_NOBODY) {
        rcp_digest_add(digest, kills);
        return;
    }
    const struct rcp_session *old = &rcp_world_sessions(world)[index];
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){old->state,
                                        old->node,
                                        old->script,
                                        old->fate,
                                        old->row_count > 0,
                                        1,
                                        (uint8_t)old->payment});
}

static void name_sessions(struct canon *canon)
{
    const struct rcp_world *world = canon->world;
    rcp_check(world->config.sessions <= RCP_CANONICAL_SESSIONS_MAX, "sessions_have_names");
    for (uint32_t i = 0; i < world->config.sessions; i++) {
        const struct rcp_session *s = &rcp_world_sessions(world)[i];
        if (s->state == RCP_SESSION_FREE)
            continue;
        struct rcp_digest digest = fresh(canon);
        bool others = world->nodes[s->node].mysql_ok_ms > s->issued_ms;
        rcp_digest_bytes(
            &digest,
            (const uint8_t[8]){
                s->state, s->node, s->script, s->fate, s->answer, s->error, s->more, s->left_open});
        rcp_digest_bytes(&digest,
                         (const uint8_t[8]){s->first_script,
                                            s->slow,
                                            s->woken,
                                            others,
                                            s->issued_ms < world->now_ms,
                                            s->incarnation == world->nodes[s->node].incarnation});
        rcp_digest_pair(&digest, awaited(world, s->node, s->incarnation, s->op_id), s->payment);
        rcp_digest_add(&digest, rcp_digest_ahead(s->deadline_ms, world->now_ms));
        rcp_digest_add(&digest, s->late_ms);
        rcp_digest_pair(&digest, s->flags, s->page);
        rcp_digest_pair(&digest, s->lock_at, s->state == RCP_SESSION_WAITING ? s->wait_lock : 0);
        rcp_digest_add(&digest, s->row_count);
        add_killed(&digest, world, s);
        for (uint32_t k = 0; k < s->row_count; k++)
            rcp_digest_row(
                &digest, (enum rcp_script)s->script, &rcp_world_session_rows(world, i)[k]);
        canon->sessions[i] = rcp_hash(digest.words[0], digest.words[1]) | 2u;
    }
}

static void add_sessions(struct rcp_digest *digest, const struct canon *canon)
{
    uint64_t sum[2] = {0, 0};
    for (uint32_t i = 0; i < canon->world->config.sessions; i++) {
        struct rcp_digest member = fresh(canon);
        if (rcp_world_sessions(canon->world)[i].state == RCP_SESSION_FREE)
            continue;
        rcp_digest_add(&member, canon->sessions[i]);
        add_member(sum, &member);
    }
    rcp_digest_add(digest, sum[0]);
    rcp_digest_add(digest, sum[1]);
}

static uint64_t holder(const struct canon *canon, uint32_t lock)
{
    return lock == 0 ? 0 : canon->sessions[lock - 1u];
}

static void add_entry(struct rcp_digest *digest,
                      const struct canon *canon,
                      const struct rcp_entry_row *entry)
{
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){entry->status,
                                        entry->token_released,
                                        entry->poison,
                                        (uint8_t)entry->approvals,
                                        (uint8_t)entry->overwrites});
    rcp_digest_add(digest, entry->product_id);
    rcp_digest_add(digest, name_request(canon, entry->origin));
    rcp_digest_add(digest, holder(canon, entry->lock));
    if (entry->status == RCP_ENTRY_APPROVED && !entry->token_released)
        rcp_digest_add(digest,
                       rcp_digest_ahead(entry->processed_ms + RCP_SWEEP_AGE_MS,
                                        rcp_world_mysql_ms(canon->world)));
}

static void add_row(struct rcp_digest *digest,
                    const struct canon *canon,
                    const struct rcp_log_row *row)
{
    uint64_t mysql_ms = rcp_world_mysql_ms(canon->world);
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){row->status,
                                        row->attempt,
                                        row->sends,
                                        row->cause,
                                        row->alone,
                                        row->alerted,
                                        row->claimed_twice,
                                        row->bad_edge});
    rcp_digest_pair(digest, row->payment, row->epoch);
    rcp_digest_pair(digest,
                    row->handler_failures,
                    (uint32_t)row->claimed_by << 1 | (!row->alerted && row->raised));
    rcp_digest_add(digest, holder(canon, row->lock));
    if (row->status != RCP_ROW_PENDING && row->status != RCP_ROW_PROCESSING)
        return;
    rcp_digest_add(digest, row->product_id);
    rcp_digest_add(digest, name_request(canon, row->origin));
    rcp_digest_add(digest, rcp_digest_ahead(row->due_ms + 1u, mysql_ms));
    rcp_digest_add(digest,
                   rcp_digest_ahead(row->token_until_ms + 1u, mysql_ms + RCP_TOKEN_RENEW_MS));
}

static void add_mysql(struct rcp_digest *digest, const struct canon *canon)
{
    const struct rcp_world *world = canon->world;
    const struct rcp_log_row *rows = rcp_world_rows(world);
    add_sessions(digest, canon);
    for (uint32_t i = 0; i < world->config.activities; i++) {
        const struct rcp_activity_row *activity = &world->activities[i];
        rcp_digest_pair(digest, activity->approved, activity->counter);
        rcp_digest_add(digest, activity->total);
        rcp_digest_add(digest, holder(canon, activity->lock));
    }
    for (uint32_t i = 0; i < world->row_count; i++)
        add_row(digest, canon, &rows[i]);
    for (uint32_t i = world->open_head; i != RCP_NOBODY; i = rows[i].next)
        rcp_digest_add(digest, i);
    for (uint32_t i = 0; i < world->parked_count; i++) {
        const struct rcp_parked_row *parked = &rcp_world_parked(world)[i];
        rcp_digest_pair(digest,
                        parked->partition,
                        (uint32_t)parked->alerted << 1 | (!parked->alerted && parked->raised));
        rcp_digest_add(digest, name(canon, RCP_NAME_OFFSET, parked->offset, parked->partition));
    }
}

/* --- Payments: token, entry, client, ledger --- */

static void add_token(struct rcp_digest *digest,
                      const struct canon *canon,
                      const struct rcp_token_row *token)
{
    const struct rcp_world *world = canon->world;
    rcp_digest_pair(digest, token->state, token->unreadable);
    rcp_digest_add(digest, token->product_id);
    if (token->state == RCP_TOKEN_LIVE)
        rcp_digest_add(digest, rcp_digest_ahead(token->expires_ms, rcp_world_redis_ms(world)));
    if (token->armed_ms != 0)
        rcp_digest_add(digest, 1u + rcp_digest_ahead(token->armed_ms, world->now_ms));
}

static void add_ledger(struct rcp_digest *digest, const struct rcp_ledger *ledger)
{
    rcp_digest_pair(digest, ledger->open_rows, ledger->parked_rows);
    rcp_digest_pair(digest, ledger->direct_records, ledger->counted);
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){ledger->owner_asked,
                                        ledger->told_ok,
                                        ledger->told_accepted,
                                        ledger->told_gone,
                                        ledger->rejected_by_operator,
                                        ledger->deleted,
                                        ledger->resurrected,
                                        ledger->failure_took});
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){ledger->fallback_missed,
                                        ledger->status_404,
                                        ledger->answered_twice,
                                        ledger->told_410,
                                        ledger->told_other,
                                        ledger->turned_away,
                                        ledger->misled,
                                        ledger->answered_late});
}

static void add_payments(struct rcp_digest *digest, const struct canon *canon)
{
    const struct rcp_world *world = canon->world;
    for (uint32_t i = 0; i < world->payments; i++) {
        add_token(digest, canon, &rcp_world_tokens(world)[i]);
        add_entry(digest, canon, &rcp_world_entries(world)[i]);
        add_ledger(digest, &rcp_world_ledgers(world)[i]);
        if (!world->healed)
            rcp_digest_add(digest, rcp_world_clients(world)[i].tries);
    }
}

/* --- Kafka --- */

static void add_record(struct rcp_digest *digest,
                       const struct canon *canon,
                       const struct rcp_retry_record *record)
{
    rcp_digest_pair(
        digest, (uint32_t)record->payload.user_id, (uint32_t)record->payload.activity_id);
    rcp_digest_add(digest, record->payload.product_id);
    rcp_digest_add(digest, record->token);
    rcp_digest_add(digest, name_request(canon, record->origin));
    rcp_digest_pair(digest, record->row_id, record->epoch);
    rcp_digest_bytes(
        digest, (const uint8_t[8]){record->attempt, record->usable, record->mac, record->alone});
}

static void add_partition(struct rcp_digest *digest, const struct canon *canon, uint32_t index)
{
    const struct rcp_world *world = canon->world;
    const struct rcp_topic_partition *p = &world->partitions[index];
    const struct rcp_topic_record *records = rcp_world_records(world, index);
    rcp_digest_add(digest, name(canon, RCP_NAME_OFFSET, p->committed, index));
    /* To a dead owner nothing is delivered any more, and the next one begins anew. */
    bool heard = p->owner != RCP_NOBODY && world->nodes[p->owner].alive;
    rcp_digest_pair(digest, p->count - p->done, heard ? p->at - p->done : 0);
    rcp_digest_pair(digest, p->owner, world->assignment - p->assignment);
    rcp_digest_bytes(
        digest,
        (const uint8_t[8]){
            heard && p->fetching, heard && p->delivering, p->gap, (uint8_t)(p->done - p->checked)});
    for (uint32_t i = p->done; i < p->count; i++) {
        rcp_digest_add(digest, name(canon, RCP_NAME_OFFSET, records[i].offset, index));
        rcp_digest_add(digest, records[i].payment);
        add_record(digest, canon, &records[i].record);
    }
}

/* --- Pending events --- */

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
    case RCP_EVENT_NONE:
    case RCP_EVENT_KIND_COUNT:
        rcp_check_failed("only_completions_are_pending");
    }
    rcp_digest_add(digest, awaited(world, pending->node, pending->incarnation, op_id));
}

/* The session at work, or that it is another one by now. */
static void add_session_event(struct rcp_digest *digest,
                              const struct canon *canon,
                              const struct rcp_pending *pending)
{
    const struct rcp_session *s = &rcp_world_sessions(canon->world)[pending->a];
    bool same = s->state != RCP_SESSION_FREE && s->number == pending->b;
    rcp_digest_add(digest, same ? canon->sessions[pending->a] : STALE_SESSION);
    if (pending->job == RCP_JOB_MYSQL_LOCK_WAITED)
        rcp_digest_add(digest, same && s->wait_number == pending->c);
}

static void add_message(struct rcp_digest *digest,
                        const struct canon *canon,
                        const struct rcp_pending *pending)
{
    const struct rcp_world *world = canon->world;
    switch ((enum rcp_job)pending->job) {
    case RCP_JOB_CLIENT_ASKS:
    case RCP_JOB_CLIENT_HANGS_UP:
    case RCP_JOB_REQUEST_ARRIVES:
    case RCP_JOB_REPLY_ARRIVES:
        rcp_digest_add(digest, name_request(canon, pending->a + 1u));
        break;
    case RCP_JOB_REDIS_APPLIES:
        rcp_digest_pair(digest,
                        awaited(world, pending->node, pending->incarnation, pending->redis.op_id),
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
        rcp_digest_pair(digest,
                        awaited(world, pending->node, pending->incarnation, pending->send.op_id),
                        (uint32_t)pending->send.acks << 1 | pending->send.keyed);
        add_record(digest, canon, &pending->send.record);
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
                       name(canon,
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

static void add_pending(struct rcp_digest *digest,
                        const struct canon *canon,
                        const struct rcp_queue_head *queue)
{
    const struct rcp_world *world = canon->world;
    uint64_t sum[2] = {0, 0};
    for (uint32_t i = 0; i < rcp_queue_count(queue); i++) {
        const struct rcp_pending *pending = rcp_queue_at(queue, i);
        struct rcp_digest member = fresh(canon);
        rcp_digest_bytes(
            &member,
            (const uint8_t[8]){pending->job,
                               pending->node,
                               pending->fate,
                               pending->takes,
                               pending->incarnation == world->nodes[pending->node].incarnation});
        rcp_digest_add(&member, pending->payment);
        rcp_digest_add(&member, rcp_digest_ahead(pending->earliest_ms, world->now_ms));
        rcp_digest_add(&member, rcp_digest_ahead(pending->latest_ms, world->now_ms));
        add_message(&member, canon, pending);
        add_member(sum, &member);
    }
    rcp_digest_add(digest, sum[0]);
    rcp_digest_add(digest, sum[1]);
}

/* --- The whole --- */

static void add_node(struct rcp_digest *digest, const struct rcp_world *world, uint32_t index)
{
    const struct rcp_sim_node *node = &world->nodes[index];
    rcp_digest_bytes(digest, (const uint8_t[8]){node->alive, node->stopping, node->in_group});
    if (!node->alive)
        return;
    rcp_digest_add(digest, rcp_digest_ahead(node->paused_until_ms, world->now_ms));
    rcp_digest_add(digest, rcp_digest_ahead(node->timer_ms, world->now_ms));
    rcp_node_digest(rcp_world_node(world, index), digest);
}

/* What turns are taken by: the load balancer's, the topic's, the group's. */
static void add_turns(struct rcp_digest *digest, const struct rcp_world *world)
{
    static const uint32_t every_group[RCP_NODES_MAX + 1] = {1, 1, 2, 6, 12, 60, 60, 420, 840};
    rcp_digest_pair(digest,
                    world->exchange_count % every_group[world->config.nodes],
                    world->assignment % every_group[world->config.nodes]);
    rcp_digest_add(digest, world->records_sent % world->config.limits.partitions);
}

struct rcp_digest rcp_canonical_digest(const struct rcp_sim *sim)
{
    const struct rcp_world *world = sim->world;
    struct canon canon = {.world = world, .live = live_exchanges(world, sim->queue)};
    name_sessions(&canon);
    struct rcp_digest digest = fresh(&canon);
    rcp_digest_add(&digest, world->redis_offset_ms);
    rcp_digest_add(&digest, world->mysql_offset_ms);
    rcp_digest_add(&digest, world->faults[0] ^ (uint64_t)world->healed << 63);
    rcp_digest_add(&digest, world->faults[1]);
    for (uint32_t i = 0; sim->scenario->plan_count > 0 && i < RCP_FAULT_COUNT; i++)
        rcp_digest_add(&digest, rcp_digest_ahead(world->thaw_ms[i], world->now_ms));
    rcp_digest_pair(&digest, world->row_count, world->parked_count);
    rcp_digest_pair(&digest, world->backlog.unalerted, world->backlog.waiting);
    rcp_digest_add(&digest, world->backlog.untold);
    add_turns(&digest, world);
    for (uint32_t i = 0; i < world->config.nodes; i++)
        add_node(&digest, world, i);
    add_exchanges(&digest, &canon);
    add_payments(&digest, &canon);
    add_mysql(&digest, &canon);
    for (uint32_t i = 0; i < world->config.limits.partitions; i++)
        add_partition(&digest, &canon, i);
    add_pending(&digest, &canon, sim->queue);
    return digest;
}

/* --- Dead letters --- */

static bool step_is_dead(const struct rcp_world *world, const struct rcp_pending *pending)
{
    const struct rcp_node *node = rcp_world_node(world, pending->node);
    switch (pending->event.kind) {
    case RCP_EVENT_REDIS_DONE:
        return rcp_node_awaits(node, pending->event.redis_done.op_id) == 0;
    case RCP_EVENT_MYSQL_DONE:
        return rcp_node_awaits(node, pending->event.mysql_done.op_id) == 0;
    case RCP_EVENT_SENT:
        return rcp_node_awaits(node, pending->event.sent.op_id) == 0;
    case RCP_EVENT_ASSIGNED:
    case RCP_EVENT_REVOKED:
    case RCP_EVENT_OFFSET_DONE:
    case RCP_EVENT_START:
    case RCP_EVENT_STOP:
    case RCP_EVENT_TIMER:
    case RCP_EVENT_REQUEST:
    case RCP_EVENT_RECORD:
    case RCP_EVENT_NONE:
    case RCP_EVENT_KIND_COUNT:
        break;
    }
    return false;
}

static bool session_is(const struct rcp_world *world,
                       const struct rcp_pending *pending,
                       uint32_t states)
{
    const struct rcp_session *s = &rcp_world_sessions(world)[pending->a];
    return s->number == pending->b && (states >> s->state & 1u) != 0;
}

#define IS(state) (1u << RCP_SESSION_##state)

bool rcp_dead_letter(const struct rcp_world *world, const struct rcp_pending *pending)
{
    const struct rcp_sim_node *node = &world->nodes[pending->node];
    bool current = node->alive && node->incarnation == pending->incarnation;
    const struct rcp_exchange *exchange = &rcp_world_exchanges(world)[pending->a];
    switch ((enum rcp_job)pending->job) {
    case RCP_JOB_NODE_STEPS:
        return !current ||
               (pending->fate != RCP_FAULT_CRASH_ANSWERED && step_is_dead(world, pending));
    case RCP_JOB_NODE_TIMER:
        return !current || pending->c != node->timer_ms;
    case RCP_JOB_NODE_STOPS:
        return !current;
    case RCP_JOB_NODE_STARTS:
        return node->alive && world->healed;
    case RCP_JOB_CLIENT_HANGS_UP:
    case RCP_JOB_REPLY_ARRIVES:
        return exchange->state == RCP_EXCHANGE_ANSWERED || exchange->state == RCP_EXCHANGE_LOST;
    case RCP_JOB_MYSQL_RUNS:
        return !session_is(world, pending, IS(COMING) | IS(WAITING));
    case RCP_JOB_MYSQL_COMMITS:
        return !session_is(world, pending, IS(COMMITTING) | IS(LIMBO));
    case RCP_JOB_MYSQL_ANSWERS:
        return !session_is(world, pending, IS(ANSWERING));
    case RCP_JOB_MYSQL_LOCK_WAITED:
        return !session_is(world, pending, IS(WAITING)) ||
               rcp_world_sessions(world)[pending->a].wait_number != pending->c;
    case RCP_JOB_MYSQL_REAPS:
        return !session_is(world, pending, IS(ORPHAN));
    case RCP_JOB_KAFKA_DELIVERS:
        return world->partitions[pending->a].assignment != pending->b;
    case RCP_JOB_KAFKA_APPENDS:
        return !current && pending->fate != RCP_FAULT_CRASH_ISSUED;
    case RCP_JOB_CLIENT_ACTS:
    case RCP_JOB_CLIENT_ASKS:
    case RCP_JOB_REQUEST_ARRIVES:
    case RCP_JOB_REDIS_APPLIES:
    case RCP_JOB_TOKEN_EXPIRES:
    case RCP_JOB_KAFKA_COMMITS:
    case RCP_JOB_KAFKA_REBALANCES:
    case RCP_JOB_PLAN_BEGINS:
    case RCP_JOB_PLAN_ENDS:
    case RCP_JOB_HEALS:
    case RCP_JOB_NONE:
    case RCP_JOB_COUNT:
        break;
    }
    return false;
}
