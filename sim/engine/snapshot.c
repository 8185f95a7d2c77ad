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
    bool shop;
};

/* Saving and loading are compiled apart, so that nothing is asked on the way. */
#define WALK static inline __attribute__((always_inline))

WALK void copy(struct walk *walk, void *field, size_t size)
{
    if (walk->saves)
        memcpy(walk->at, field, size);
    else
        memcpy(field, walk->at, size);
    walk->at += size;
}

/* Elements are few, and their size is known: one copy each costs less than one of all. */
WALK void copy_each(struct walk *walk, void *elements, uint32_t count, size_t size)
{
    for (uint32_t i = 0; i < count; i++)
        copy(walk, (unsigned char *)elements + i * size, size);
}

/* --- Tables --- */

static bool keeps_history(const struct rcp_scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->plan_count; i++)
        if (scenario->plan[i].fault == RCP_FAULT_REDIS_FAILOVER)
            return true;
    return false;
}

/* Left out: what the scenario gives, and what only names things or is written down. */
WALK void walk_header(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    copy(walk,
         &world->now_ms,
         offsetof(struct rcp_world, backlog.charges) - offsetof(struct rcp_world, now_ms));
    if (walk->scenario->plan_count > 0)
        copy(walk, world->thaw_ms, sizeof world->thaw_ms);
    for (uint32_t i = 0; i < world->config.nodes; i++)
        copy(walk, &world->nodes[i], offsetof(struct rcp_sim_node, timers));
    for (uint32_t i = 0; i < world->config.activities; i++) {
        struct rcp_activity_row *activity = &world->activities[i];
        const size_t from = offsetof(struct rcp_activity_row, approved);
        copy(walk, &activity->approved, offsetof(struct rcp_activity_row, spare) - from);
    }
    copy_each(
        walk, world->partitions, world->config.limits.partitions, sizeof world->partitions[0]);
}

WALK void walk_payments(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    bool history = keeps_history(walk->scenario);
    for (uint32_t i = 0; i < world->payments; i++) {
        struct rcp_token_row *token = &rcp_world_tokens(world)[i];
        copy(walk, token, offsetof(struct rcp_token_row, before));
        if (history)
            copy(walk, token->before, sizeof token->before);
        copy(walk, &rcp_world_entries(world)[i], sizeof(struct rcp_entry_row));
        copy(walk, &rcp_world_clients(world)[i].tries, sizeof(uint32_t));
        copy(walk, &rcp_world_ledgers(world)[i], sizeof(struct rcp_ledger));
    }
}

/* What a callback says is at its end, and only a shop hears callbacks. */
WALK void walk_exchanges(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    size_t size = walk->shop ? sizeof(struct rcp_exchange) : offsetof(struct rcp_exchange, pg);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        copy(walk, &rcp_world_exchanges(world)[i], size);
}

WALK void walk_tables(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    copy_each(walk, rcp_world_rows(world), world->row_count, sizeof(struct rcp_log_row));
    copy_each(walk, rcp_world_parked(world), world->parked_count, sizeof(struct rcp_parked_row));
    walk_exchanges(walk);
    for (uint32_t i = 0; i < world->config.limits.partitions; i++)
        copy_each(walk,
                  rcp_world_records(world, i),
                  world->partitions[i].count,
                  sizeof(struct rcp_topic_record));
}

/* --- The shop --- */

/* A slot that no event waits for keeps its number, as a free session does. */
WALK void walk_pg_calls(struct walk *walk)
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

WALK void walk_shop(struct walk *walk)
{
    struct rcp_world *world = walk->world;
    if (!walk->shop)
        return;
    copy(walk, &world->order_count, sizeof world->order_count);
    copy(walk, &world->refund_count, sizeof world->refund_count);
    copy(walk, &world->pg_count, sizeof world->pg_count);
    copy(walk,
         &world->backlog.charges,
         sizeof world->backlog - offsetof(struct rcp_backlog, charges));
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

/* What names choices is left out. A free session keeps its number, so that late news of the one before is
 * not taken for its own. */
WALK void walk_session(struct walk *walk, uint32_t index)
{
    struct rcp_session *s = &rcp_world_sessions(walk->world)[index];
    copy(walk, &s->state, sizeof s->state);
    if (s->state == RCP_SESSION_FREE) {
        copy(walk, &s->number, sizeof s->number);
        return;
    }
    copy(walk, s, offsetof(struct rcp_session, repeats));
    if (rcp_script_is_order((enum rcp_script)s->script))
        copy_each(walk,
                  rcp_world_session_orders(walk->world, index),
                  s->row_count,
                  sizeof(struct rcp_order_row));
    else
        copy_each(walk,
                  rcp_world_session_rows(walk->world, index),
                  s->row_count,
                  sizeof(struct rcp_tx_row));
    if (!walk->saves) {
        s->repeats = 0;
        s->key = 0;
    }
}

WALK void walk_nodes(struct walk *walk)
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
    uint32_t b;
    uint32_t incarnation;
    uint16_t a;
    uint16_t payment; /* its lower half: the upper one is all ones of RCP_NOBODY, or zeroes */
    uint8_t job, node, fate, takes, role, flags;
    uint8_t event; /* enum rcp_event_kind, of a completion */
    uint8_t has_c;
};

#define FOREVER UINT32_MAX
#define NOBODY  UINT16_MAX

static_assert((uint16_t)RCP_NOBODY == NOBODY && RCP_SNAPSHOT_PAYMENTS_MAX <= NOBODY,
              "half a word names a payment, or nobody");

/* The bytes of each completion behind the event's head. A script's rows are found when it is stepped. */
static const uint8_t completion_bytes[RCP_EVENT_KIND_COUNT] = {
    [RCP_EVENT_REDIS_DONE] = sizeof(struct rcp_redis_done),
    [RCP_EVENT_MYSQL_DONE] = offsetof(struct rcp_mysql_done, rows),
    [RCP_EVENT_SENT] = sizeof(struct rcp_sent),
    [RCP_EVENT_ASSIGNED] = sizeof(struct rcp_partition_event),
    [RCP_EVENT_REVOKED] = sizeof(struct rcp_partition_event),
    [RCP_EVENT_OFFSET_DONE] = sizeof(struct rcp_offset_done),
};

WALK void walk_message(struct walk *walk, struct rcp_pending *pending)
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

static inline uint32_t window_of(const struct rcp_pending *pending)
{
    uint64_t window_ms = pending->latest_ms - pending->earliest_ms;
    return window_ms < FOREVER ? (uint32_t)window_ms : FOREVER;
}

static inline void save_pending(struct walk *walk, struct rcp_pending *pending)
{
    struct kept kept = {
        .earliest_ms = pending->earliest_ms,
        .window_ms = window_of(pending),
        .b = pending->b,
        .incarnation = pending->incarnation,
        .a = (uint16_t)pending->a,
        .payment = (uint16_t)pending->payment,
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
    if (walk->shop)
        copy(walk, &pending->purchase, sizeof pending->purchase);
    walk_message(walk, pending);
}

static inline void load_pending(struct walk *walk, struct rcp_queue_head *queue)
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
    pending->purchase = RCP_NOBODY;
    if (walk->shop)
        copy(walk, &pending->purchase, sizeof pending->purchase);
    pending->a = kept.a;
    pending->b = kept.b;
    pending->incarnation = kept.incarnation;
    pending->payment = kept.payment == NOBODY ? RCP_NOBODY : kept.payment;
    pending->job = kept.job;
    pending->node = kept.node;
    pending->fate = kept.fate;
    pending->takes = kept.takes;
    pending->role = kept.role;
    pending->flags = kept.flags;
    pending->script = RCP_SCRIPT_NONE; /* nobody watches */
    pending->event.kind = (enum rcp_event_kind)kept.event;
    pending->event.mysql_done.rows = NULL;
    pending->event.mysql_done.orders = NULL;
    walk_message(walk, pending);
    rcp_queue_put(queue, pending);
}

WALK void walk_queue(struct walk *walk)
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
WALK uint32_t walk_all(const struct rcp_sim *sim, unsigned char *bytes, bool saves)
{
    struct walk walk = {sim->world, sim->queue, sim->scenario, bytes, saves, false};
    walk.shop = rcp_world_has_shop(&sim->world->config);
    walk_header(&walk);
    walk_payments(&walk);
    walk_tables(&walk);
    walk_shop(&walk);
    for (uint32_t i = 0; i < walk.world->config.sessions; i++)
        walk_session(&walk, i);
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
