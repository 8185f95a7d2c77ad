/* A world in few bytes: one walk over what is in use, which copies in either direction. */
#include "sim/engine/snapshot.h"

#include "core/snapshot.h"
#include "sim/layout.h"

#include <string.h>

/* What is walked over, where the walk is, and which way it copies. */
struct walk {
    struct rcp_world *world;
    struct rcp_queue_head *queue;
    const struct rcp_scenario *scenario;
    unsigned char *at;
    bool saves;
};

static inline void copy(struct walk *walk, void *field, size_t size)
{
    if (walk->saves)
        memcpy(walk->at, field, size);
    else
        memcpy(field, walk->at, size);
    walk->at += size;
}

/* --- Tables --- */

static bool keeps_history(const struct rcp_scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->plan_count; i++)
        if (scenario->plan[i].fault == RCP_FAULT_REDIS_FAILOVER)
            return true;
    return false;
}

static size_t token_bytes(const struct rcp_scenario *scenario)
{
    return keeps_history(scenario) ? sizeof(struct rcp_token_row)
                                   : offsetof(struct rcp_token_row, before);
}

static void walk_header(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    const size_t scalars = offsetof(struct rcp_world, thaw_ms) - offsetof(struct rcp_world, now_ms);
    copy(walk, &world->now_ms, scalars);
    if (walk->scenario->plan_count > 0)
        copy(walk, world->thaw_ms, sizeof world->thaw_ms);
    copy(walk, world->nodes, world->config.nodes * sizeof world->nodes[0]);
    copy(walk, world->activities, world->config.activities * sizeof world->activities[0]);
    copy(walk, world->partitions, world->config.limits.partitions * sizeof world->partitions[0]);
}

static void walk_payments(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    size_t token = token_bytes(walk->scenario);
    for (uint32_t i = 0; i < world->payments; i++) {
        copy(walk, &rcp_world_tokens(world)[i], token);
        copy(walk, &rcp_world_entries(world)[i], sizeof(struct rcp_entry_row));
        copy(walk, &rcp_world_clients(world)[i], sizeof(struct rcp_client));
        copy(walk, &rcp_world_ledgers(world)[i], sizeof(struct rcp_ledger));
    }
}

/* What a callback says is at its end, and only a shop hears callbacks. */
static void walk_exchanges(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    size_t size = rcp_world_has_shop(&world->config) ? sizeof(struct rcp_exchange)
                                                     : offsetof(struct rcp_exchange, pg);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        copy(walk, &rcp_world_exchanges(world)[i], size);
}

static void walk_tables(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    copy(walk, rcp_world_rows(world), world->row_count * sizeof(struct rcp_log_row));
    copy(walk, rcp_world_parked(world), world->parked_count * sizeof(struct rcp_parked_row));
    walk_exchanges(walk);
    for (uint32_t i = 0; i < world->config.limits.partitions; i++)
        copy(walk,
             rcp_world_records(world, i),
             world->partitions[i].count * sizeof(struct rcp_topic_record));
}

/* --- The shop --- */

/* A slot that no event waits for keeps its number, as a free session does. */
static void walk_pg_calls(struct walk *walk)
{
    const struct rcp_world *world = walk->world;
    for (uint32_t i = 0; i < rcp_world_pg_call_room(&world->config); i++) {
        struct rcp_pg_call *call = &rcp_world_pg_calls(world)[i];
        copy(walk, &call->number, sizeof call->number);
        copy(walk, &call->used, sizeof call->used);
        if (call->used == 0)
            continue;
        copy(walk, &call->count, sizeof call->count);
        copy(walk, call, offsetof(struct rcp_pg_call, transactions));
        copy(walk, call->transactions, call->count * sizeof call->transactions[0]);
        copy(walk, &call->count, sizeof *call - offsetof(struct rcp_pg_call, count));
    }
}

static void walk_shop(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    if (!rcp_world_has_shop(&world->config))
        return;
    copy(walk, world->products, world->config.products * sizeof world->products[0]);
    copy(walk, rcp_world_buyers(world), world->config.buyers * sizeof(struct rcp_buyer_row));
    copy(
        walk, rcp_world_request_keys(world), world->purchases * sizeof(struct rcp_request_key_row));
    copy(walk,
         rcp_world_purchase_ledgers(world),
         world->purchases * sizeof(struct rcp_purchase_ledger));
    copy(walk, rcp_world_orders(world), world->order_count * sizeof(struct rcp_order_record));
    copy(walk, rcp_world_refunds(world), world->refund_count * sizeof(struct rcp_refund_row));
    copy(walk, rcp_world_pg_rows(world), world->pg_count * sizeof(struct rcp_pg_row));
    walk_pg_calls(walk);
}

/* --- Sessions and nodes --- */

/* A free session keeps its number, so that late news of the one before is not taken for its own. */
static void walk_sessions(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    for (uint32_t i = 0; i < world->config.sessions; i++) {
        struct rcp_session *s = &rcp_world_sessions(world)[i];
        copy(walk, &s->number, sizeof s->number);
        copy(walk, &s->state, sizeof s->state);
        if (s->state == RCP_SESSION_FREE)
            continue;
        copy(walk, s, sizeof *s);
        if (rcp_script_is_order((enum rcp_script)s->script))
            copy(walk,
                 rcp_world_session_orders(world, i),
                 s->row_count * sizeof(struct rcp_order_row));
        else
            copy(walk, rcp_world_session_rows(world, i), s->row_count * sizeof(struct rcp_tx_row));
    }
}

static void walk_nodes(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    for (uint32_t i = 0; i < world->config.nodes; i++) {
        struct rcp_node *node = rcp_world_node(world, i);
        if (world->nodes[i].alive)
            walk->at += walk->saves ? rcp_node_save(node, walk->at) : rcp_node_load(node, walk->at);
    }
}

/* --- The queue --- */

/* What a pending event keeps besides its message. Its key names choices; a run that goes on from a
 * snapshot makes no tape. */
struct kept {
    uint64_t earliest_ms;
    uint32_t window_ms; /* from there to latest_ms; FOREVER: without end */
    uint32_t a, b;
    uint32_t incarnation;
    uint32_t payment;
    uint32_t purchase;
    uint8_t job, node, fate, takes, role, flags;
    uint8_t event; /* enum rcp_event_kind, of a completion */
    uint8_t has_c;
};

#define FOREVER UINT32_MAX

/* The bytes of each completion behind the event's head. */
static const uint8_t completion_bytes[RCP_EVENT_KIND_COUNT] = {
    [RCP_EVENT_REDIS_DONE] = sizeof(struct rcp_redis_done),
    [RCP_EVENT_MYSQL_DONE] = sizeof(struct rcp_mysql_done),
    [RCP_EVENT_SENT] = sizeof(struct rcp_sent),
    [RCP_EVENT_ASSIGNED] = sizeof(struct rcp_partition_event),
    [RCP_EVENT_REVOKED] = sizeof(struct rcp_partition_event),
    [RCP_EVENT_OFFSET_DONE] = sizeof(struct rcp_offset_done),
};

static void walk_message(struct walk *walk, struct rcp_pending *pending)
{
    enum rcp_job job = (enum rcp_job)pending->job;
    if (job == RCP_JOB_NODE_STEPS)
        copy(walk, &pending->event.start, completion_bytes[pending->event.kind]);
    else if (job == RCP_JOB_REDIS_APPLIES)
        copy(walk, &pending->redis, sizeof pending->redis);
    else if (job == RCP_JOB_KAFKA_APPENDS)
        copy(walk, &pending->send, sizeof pending->send);
    else if (job == RCP_JOB_KAFKA_COMMITS)
        copy(walk, &pending->commit_offset, sizeof pending->commit_offset);
}

static uint32_t window_of(const struct rcp_pending *pending)
{
    uint64_t window_ms = pending->latest_ms - pending->earliest_ms;
    return window_ms < FOREVER ? (uint32_t)window_ms : FOREVER;
}

static void save_pending(struct walk *walk, struct rcp_pending *pending)
{
    struct kept kept = {
        .earliest_ms = pending->earliest_ms,
        .window_ms = window_of(pending),
        .a = pending->a,
        .b = pending->b,
        .incarnation = pending->incarnation,
        .payment = pending->payment,
        .purchase = pending->purchase,
        .job = pending->job,
        .node = pending->node,
        .fate = pending->fate,
        .takes = pending->takes,
        .role = pending->role,
        .flags = pending->flags,
        .event = pending->job == RCP_JOB_NODE_STEPS ? (uint8_t)pending->event.kind : 0,
        .has_c = pending->c != 0,
    };
    copy(walk, &kept, sizeof kept);
    if (kept.has_c)
        copy(walk, &pending->c, sizeof pending->c);
    walk_message(walk, pending);
}

static void load_pending(struct walk *walk, struct rcp_queue_head *queue)
{
    struct rcp_pending *pending = rcp_queue_take(queue);
    struct kept kept;
    copy(walk, &kept, sizeof kept);
    pending->earliest_ms = kept.earliest_ms;
    pending->latest_ms = kept.window_ms == FOREVER ? UINT64_MAX : kept.earliest_ms + kept.window_ms;
    pending->key = 0;
    pending->c = 0;
    if (kept.has_c)
        copy(walk, &pending->c, sizeof pending->c);
    pending->a = kept.a;
    pending->b = kept.b;
    pending->incarnation = kept.incarnation;
    pending->payment = kept.payment;
    pending->purchase = kept.purchase;
    pending->job = kept.job;
    pending->node = kept.node;
    pending->fate = kept.fate;
    pending->takes = kept.takes;
    pending->role = kept.role;
    pending->flags = kept.flags;
    pending->event.kind = (enum rcp_event_kind)kept.event;
    walk_message(walk, pending);
    rcp_queue_push(queue, pending);
}

static void walk_queue(struct walk *walk)
{
    struct rcp_queue_head *queue = walk->queue;
    uint32_t count = rcp_queue_count(queue);
    copy(walk, &count, sizeof count);
    if (!walk->saves)
        rcp_queue_init(queue, queue->room);
    for (uint32_t i = 0; i < count; i++)
        if (walk->saves)
            save_pending(walk, rcp_queue_at(queue, i));
        else
            load_pending(walk, queue);
}

/* --- Both ways --- */

/* Returns the bytes walked. */
static uint32_t walk_all(const struct rcp_sim *sim, unsigned char *bytes, bool saves)
{
    struct walk walk = {sim->world, sim->queue, sim->scenario, bytes, saves};
    walk_header(&walk);
    walk_payments(&walk);
    walk_tables(&walk);
    walk_shop(&walk);
    walk_sessions(&walk);
    walk_nodes(&walk);
    walk_queue(&walk);
    return (uint32_t)(walk.at - bytes);
}

uint32_t rcp_snapshot_max(const struct rcp_scenario *scenario)
{
    return (uint32_t)rcp_world_size(scenario);
}

uint32_t rcp_snapshot_save(const struct rcp_sim *sim, void *bytes)
{
    return walk_all(sim, bytes, true);
}

void rcp_snapshot_load(struct rcp_sim *sim, const void *bytes)
{
    walk_all(sim, (unsigned char *)(uintptr_t)bytes, false);
    sim->world->touched.count = 0;
}
