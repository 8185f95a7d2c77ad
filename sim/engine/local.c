/* Which events nothing else can meet in this instant. */
#include "sim/engine/local.h"

#include "core/node.h"

/* --- One event, as far as its kind can tell --- */

/* Scripts that touch the entry of their payment alone. */
static bool script_is_private(const struct rcp_world *world, const struct rcp_pending *pending)
{
    const struct rcp_session *s = &rcp_world_sessions(world)[pending->a];
    return s->script == RCP_SCRIPT_MARK || s->script == RCP_SCRIPT_SETTLE ||
           s->script == RCP_SCRIPT_LOOKUP || s->script == RCP_SCRIPT_FENCE;
}

/* A step of one payment's chain. */
static bool is_chain_step(const struct rcp_world *world, const struct rcp_pending *pending)
{
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    switch ((enum rcp_job)pending->job) {
    case RCP_JOB_REQUEST_ARRIVES:
    case RCP_JOB_REDIS_APPLIES:
    case RCP_JOB_MYSQL_ANSWERS:
        return true;
    case RCP_JOB_MYSQL_RUNS:
    case RCP_JOB_MYSQL_COMMITS:
        return script_is_private(world, pending);
    case RCP_JOB_REPLY_ARRIVES: /* a client that asks again asks differently after the heal */
        return world->healed || exchanges[pending->a].status != RCP_STATUS_UNAVAILABLE;
    case RCP_JOB_NODE_STEPS:
        return pending->event.kind == RCP_EVENT_REDIS_DONE ||
               pending->event.kind == RCP_EVENT_MYSQL_DONE || pending->event.kind == RCP_EVENT_SENT;
    case RCP_JOB_NONE:
    case RCP_JOB_CLIENT_ACTS:
    case RCP_JOB_CLIENT_ASKS:
    case RCP_JOB_CLIENT_HANGS_UP:
    case RCP_JOB_TOKEN_EXPIRES:
    case RCP_JOB_MYSQL_LOCK_WAITED:
    case RCP_JOB_MYSQL_REAPS:
    case RCP_JOB_KAFKA_APPENDS:
    case RCP_JOB_KAFKA_DELIVERS:
    case RCP_JOB_KAFKA_COMMITS:
    case RCP_JOB_KAFKA_REBALANCES:
    case RCP_JOB_PG_ARRIVES:
    case RCP_JOB_PG_ANSWERS:
    case RCP_JOB_PG_SETTLES:
    case RCP_JOB_NODE_TIMER:
    case RCP_JOB_NODE_STARTS:
    case RCP_JOB_NODE_STOPS:
    case RCP_JOB_PLAN_BEGINS:
    case RCP_JOB_PLAN_ENDS:
    case RCP_JOB_HEALS:
    case RCP_JOB_COUNT:
        break;
    }
    return false;
}

static bool is_news(const struct rcp_pending *pending)
{
    return pending->job == RCP_JOB_NODE_STEPS &&
           (pending->event.kind == RCP_EVENT_ASSIGNED || pending->event.kind == RCP_EVENT_REVOKED);
}

/* A partition's news and offsets change nothing that a payment's chain looks at; an orphan only holds
 * locks, and the chain's local steps wait for none; the heal commutes with each of them. */
static bool stands_aside(const struct rcp_pending *other)
{
    return is_news(other) || other->job == RCP_JOB_MYSQL_REAPS || other->job == RCP_JOB_HEALS ||
           other->job == RCP_JOB_KAFKA_COMMITS ||
           (other->job == RCP_JOB_NODE_STEPS && other->event.kind == RCP_EVENT_OFFSET_DONE);
}

/* Looks for a node that lives: a client that asks. */
static bool looks_for_node(const struct rcp_pending *other)
{
    return other->job == RCP_JOB_CLIENT_ACTS || other->job == RCP_JOB_CLIENT_ASKS;
}

static bool meets(const struct rcp_pending *step, const struct rcp_pending *other)
{
    return other->payment == RCP_NOBODY || other->payment == step->payment ||
           other->node == step->node;
}

/* --- All that may come in this instant --- */

struct instant {
    uint32_t possible;    /* events that do not stand aside */
    uint32_t connections; /* free ones */
    bool records_waiting; /* in the topic */
    bool records_coming;  /* into the topic, or they may be */
};

static struct instant look_around(const struct rcp_sim *sim)
{
    const struct rcp_world *world = sim->world;
    struct instant instant = {.records_waiting = world->backlog.lag > 0};
    for (uint32_t i = 0; i < sim->queue->near_count; i++) {
        const struct rcp_pending *pending = rcp_queue_at(sim->queue, i);
        if (pending->earliest_ms > world->now_ms)
            continue;
        instant.possible += !stands_aside(pending);
        instant.records_coming |= pending->job == RCP_JOB_KAFKA_APPENDS;
    }
    for (uint32_t i = 0; i < world->config.sessions; i++) {
        const struct rcp_session *s = &rcp_world_sessions(world)[i];
        instant.connections += s->state == RCP_SESSION_FREE;
        instant.records_coming |= s->state != RCP_SESSION_FREE && s->script == RCP_SCRIPT_LOG;
    }
    return instant;
}

static bool owns_partition(const struct rcp_world *world, uint32_t node)
{
    for (uint32_t i = 0; i < world->config.limits.partitions; i++)
        if (world->partitions[i].owner == node)
            return true;
    return false;
}

/* True where another chain may come to this node in this instant and take the process down. */
static bool may_be_taken_down(const struct rcp_world *world,
                              const struct instant *instant,
                              struct rcp_left left,
                              uint32_t node)
{
    if (left.crashes == 0 || instant->possible < 2)
        return false;
    if (world->config.nodes_per_process > 1)
        return true;
    bool records = instant->records_waiting || instant->records_coming || left.faults > 1;
    return records && owns_partition(world, node);
}

/* --- Local --- */

static bool meets_any(const struct rcp_sim *sim, struct rcp_left left, uint32_t index)
{
    const struct rcp_pending *step = rcp_queue_at(sim->queue, index);
    bool may_die = left.crashes > 0 && sim->world->config.nodes > 1;
    for (uint32_t i = 0; i < sim->queue->near_count; i++) {
        const struct rcp_pending *other = rcp_queue_at(sim->queue, i);
        if (i != index && other->earliest_ms <= sim->world->now_ms && !stands_aside(other) &&
            (meets(step, other) || (may_die && looks_for_node(other))))
            return true;
    }
    return false;
}

/* The news finds nothing to stop and nothing to hand over. */
static bool finds_nothing(const struct rcp_world *world,
                          const struct instant *instant,
                          const struct rcp_pending *news)
{
    const struct rcp_sim_node *node = &world->nodes[news->node];
    return !instant->records_waiting && node->alive && node->paused_until_ms <= world->now_ms &&
           !rcp_node_has_records(rcp_world_node(world, news->node));
}

/* The heal starts what is down: what comes to a dead node, or takes its process down, comes to something
 * else after it. */
static bool leaves_node_alive(const struct rcp_world *world, const struct rcp_pending *step)
{
    return world->nodes[step->node].alive && step->fate != RCP_FAULT_CRASH_APPLIED &&
           step->fate != RCP_FAULT_CRASH_ANSWERED;
}

static bool is_local(const struct rcp_sim *sim,
                     const struct instant *instant,
                     struct rcp_left left,
                     uint32_t index)
{
    const struct rcp_world *world = sim->world;
    const struct rcp_pending *step = rcp_queue_at(sim->queue, index);
    if (step->latest_ms > world->now_ms)
        return false; /* not this instant's alone */
    if (is_news(step))
        return finds_nothing(world, instant, step);
    return step->payment != RCP_NOBODY && is_chain_step(world, step) &&
           leaves_node_alive(world, step) && instant->connections > instant->possible &&
           !may_be_taken_down(world, instant, left, step->node) && !meets_any(sim, left, index);
}

/* The order among local events: any would do, as long as it is the same in equal states. */
static uint64_t rank(const struct rcp_pending *pending)
{
    bool news = is_news(pending);
    uint64_t assignment = news ? pending->event.partition.assignment : 0;
    bool assigned = news && pending->event.kind == RCP_EVENT_ASSIGNED;
    return (uint64_t)!news << 63 | (uint64_t)(pending->payment & 0xffffffu) << 32 |
           assignment << 5 | (uint64_t)assigned << 4 | pending->node;
}

uint32_t rcp_local_event(const struct rcp_sim *sim, struct rcp_left left)
{
    struct instant instant = look_around(sim);
    uint32_t found = RCP_NOT_LOCAL;
    for (uint32_t i = 0; i < sim->queue->near_count; i++) {
        bool smaller = found == RCP_NOT_LOCAL ||
                       rank(rcp_queue_at(sim->queue, i)) < rank(rcp_queue_at(sim->queue, found));
        if (smaller && is_local(sim, &instant, left, i))
            found = i;
    }
    return found;
}
