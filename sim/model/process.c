/* Processes and their nodes: starting, dying, sleeping, being told; and the step itself. */
#include "sim/model/process.h"

#include "sim/model/issue.h"
#include "sim/model/kafka.h"
#include "sim/model/mysql.h"
#include "sim/model/trace.h"

#define BACK_MS       5000u  /* a process that died by chance is back after this */
#define STOP_POLL_MS  100u   /* how often the host looks whether a stopping node is idle */
#define STOP_LIMIT_MS 30000u /* and how long it waits for that */

static struct rcp_pending *push_for_node(struct rcp_sim *sim,
                                         enum rcp_job job,
                                         enum rcp_phase phase,
                                         uint32_t node,
                                         uint32_t nth,
                                         uint64_t shortest_ms,
                                         uint64_t longest_ms)
{
    struct rcp_pending *pending = rcp_sim_push(sim, job, shortest_ms, longest_ms);
    struct rcp_key key = {.subject = node,
                          .subject_kind = RCP_SUBJECT_NODE,
                          .nth = (uint16_t)nth,
                          .node = (uint8_t)(node + 1u),
                          .phase = (uint8_t)phase};
    pending->key = rcp_key_pack(key);
    pending->node = (uint8_t)node;
    pending->incarnation = sim->world->nodes[node].incarnation;
    return pending;
}

static void record_node(struct rcp_sim *sim, enum rcp_record_kind kind, uint32_t node)
{
    if (!rcp_sim_listening(sim))
        return;
    struct rcp_record record = rcp_sim_new_record(sim, kind, RCP_ROLE_WORLD, node, RCP_NOBODY);
    record.detail = sim->world->nodes[node].incarnation;
    rcp_sim_record(sim, &record);
}

static void arm_timer(struct rcp_sim *sim, uint32_t node)
{
    struct rcp_sim_node *n = &sim->world->nodes[node];
    uint64_t at_ms = rcp_node_deadline(rcp_world_node(sim->world, node));
    if (at_ms >= n->timer_ms)
        return;
    uint64_t wait_ms = at_ms > sim->world->now_ms ? at_ms - sim->world->now_ms : 0;
    n->timer_ms = at_ms;
    push_for_node(sim, RCP_JOB_NODE_TIMER, RCP_PHASE_TIMER, node, ++n->timers, wait_ms, wait_ms + 5)
        ->c = at_ms;
}

/* --- The step --- */

static void step(struct rcp_sim *sim,
                 uint32_t node,
                 const struct rcp_pending *pending,
                 struct rcp_event *event)
{
    struct rcp_world *world = sim->world;
    struct rcp_node *state = rcp_world_node(world, node);
    event->mono_ms = world->now_ms;
    event->wall_ms = world->now_ms + world->nodes[node].wall_offset_ms;
    if (rcp_sim_listening(sim))
        rcp_trace_event(sim, node, pending, event);
    rcp_node_step(state, event, sim->effects);
    if (sim->recorder != NULL && sim->recorder->stepped != NULL)
        sim->recorder->stepped(sim->recorder->context, world, node, event, sim->effects);
    for (uint32_t i = 0; i < sim->effects->mark_count; i++) {
        struct rcp_mark mark = sim->effects->marks[i];
        sim->marks[mark.table][mark.row / 64u] |= 1ull << (mark.row % 64u);
    }
#ifdef RCP_DEBUG
    rcp_node_check(state);
#endif
    rcp_issue_effects(sim, node);
    if (world->nodes[node].alive)
        arm_timer(sim, node);
}

bool rcp_process_step(struct rcp_sim *sim,
                      const struct rcp_pending *pending,
                      struct rcp_event *event)
{
    struct rcp_sim_node *node = &sim->world->nodes[pending->node];
    if (!node->alive || node->incarnation != pending->incarnation)
        return true; /* for the dead: dropped */
    if (node->paused_until_ms > sim->world->now_ms)
        return false;
    if (pending->job == RCP_JOB_NODE_TIMER) {
        if (pending->c != node->timer_ms)
            return true; /* an earlier one came first */
        node->timer_ms = RCP_NEVER_MS;
    }
    step(sim, pending->node, pending, event);
    return true;
}

/* --- Life and death --- */

void rcp_process_start(struct rcp_sim *sim, uint32_t node)
{
    struct rcp_world *world = sim->world;
    struct rcp_sim_node *n = &world->nodes[node];
    if (n->alive)
        return;
    const struct rcp_node_config config = {
        .limits = world->config.limits,
        .policy = world->policy,
        .gateway = world->config.gateway,
        .seed = world->seed,
    };
    n->alive = 1;
    n->stopping = 0;
    n->paused_until_ms = 0;
    n->incarnation++;
    n->timer_ms = RCP_NEVER_MS;
    rcp_node_init((void *)((uintptr_t)world + n->block_at), &config);
    struct rcp_event event = {
        .kind = RCP_EVENT_START,
        .start = {.node = node, .incarnation = n->incarnation},
    };
    record_node(sim, RCP_RECORD_START, node);
    step(sim, node, NULL, &event);
    rcp_kafka_rebalance(sim);
}

static void rebalance_after(struct rcp_sim *sim, uint64_t after_ms)
{
    struct rcp_pending *pending =
        rcp_sim_push(sim, RCP_JOB_KAFKA_REBALANCES, after_ms, after_ms + 1000u);
    pending->key = rcp_key_pack((struct rcp_key){.nth = (uint16_t)++sim->world->rebalances,
                                                 .subject_kind = RCP_SUBJECT_WORLD,
                                                 .phase = RCP_PHASE_REBALANCE});
}

/* What only lived in this process is gone. */
static void bury(struct rcp_sim *sim, uint32_t node, uint64_t back_ms)
{
    struct rcp_world *world = sim->world;
    struct rcp_sim_node *n = &world->nodes[node];
    if (!n->alive)
        return;
    n->alive = 0;
    n->stopping = 0;
    n->paused_until_ms = 0;
    record_node(sim, RCP_RECORD_CRASH, node);
    rcp_mysql_client_died(sim, node);
    for (uint32_t i = 0; i < world->exchange_count; i++) {
        struct rcp_exchange *exchange = &rcp_world_exchanges(world)[i];
        bool lost = exchange->state == RCP_EXCHANGE_LOST && exchange->arrived_ms != 0;
        if (exchange->node == node && exchange->replies == 0 &&
            (exchange->state == RCP_EXCHANGE_AT_NODE || lost))
            exchange->node_died = 1;
    }
    push_for_node(
        sim, RCP_JOB_NODE_STARTS, RCP_PHASE_START, node, n->incarnation, back_ms, back_ms + 1000u);
}

void rcp_process_crash(struct rcp_sim *sim, uint32_t node, uint64_t back_ms)
{
    const struct rcp_world_config *config = &sim->world->config;
    uint32_t first = node - node % config->nodes_per_process;
    for (uint32_t i = first; i < first + config->nodes_per_process && i < config->nodes; i++)
        bury(sim, i, back_ms);
    rebalance_after(sim, config->session_timeout_ms);
}

void rcp_process_die(struct rcp_sim *sim, enum rcp_fault fault, uint32_t node, uint32_t payment)
{
    if (!sim->world->nodes[node].alive)
        return;
    rcp_sim_fired(sim, fault, node, payment);
    rcp_process_crash(sim, node, BACK_MS);
}

void rcp_process_stop(struct rcp_sim *sim, uint32_t node, uint64_t back_ms)
{
    struct rcp_sim_node *n = &sim->world->nodes[node];
    if (!n->alive || n->stopping)
        return;
    struct rcp_event event = {.kind = RCP_EVENT_STOP};
    n->stopping = 1;
    record_node(sim, RCP_RECORD_STOP, node);
    step(sim, node, NULL, &event);
    rcp_kafka_rebalance(sim);
    struct rcp_pending *pending = push_for_node(
        sim, RCP_JOB_NODE_STOPS, RCP_PHASE_STOP, node, n->incarnation, STOP_POLL_MS, STOP_POLL_MS);
    pending->c = sim->world->now_ms + STOP_LIMIT_MS;
    pending->a = (uint32_t)back_ms;
}

void rcp_process_stopped(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    const struct rcp_world *world = sim->world;
    const struct rcp_sim_node *n = &world->nodes[pending->node];
    if (!n->alive || n->incarnation != pending->incarnation)
        return;
    if (rcp_node_idle(rcp_world_node(world, pending->node)) || world->now_ms >= pending->c) {
        bury(sim, pending->node, pending->a);
        return;
    }
    struct rcp_pending *again = push_for_node(sim,
                                              RCP_JOB_NODE_STOPS,
                                              RCP_PHASE_STOP,
                                              pending->node,
                                              n->incarnation,
                                              STOP_POLL_MS,
                                              STOP_POLL_MS);
    rcp_repeat_key(again, pending);
    again->c = pending->c;
    again->a = pending->a;
}

bool rcp_process_operate(struct rcp_sim *sim, uint32_t node, const struct rcp_operate *operate)
{
    if (!sim->world->nodes[node].alive)
        return false;
    struct rcp_event event = {.kind = RCP_EVENT_OPERATE, .operate = *operate};
    step(sim, node, NULL, &event);
    return true;
}

void rcp_process_pause(struct rcp_sim *sim, uint32_t node, uint64_t for_ms)
{
    struct rcp_world *world = sim->world;
    uint64_t heal_ms = sim->scenario->heal_ms;
    if (!world->nodes[node].alive || world->now_ms >= heal_ms)
        return;
    if (for_ms > heal_ms - world->now_ms)
        for_ms = heal_ms - world->now_ms; /* the heal wakes everybody */
    if (world->now_ms + for_ms <= world->nodes[node].paused_until_ms)
        return; /* within a longer one, which keeps it asleep */
    world->nodes[node].paused_until_ms = world->now_ms + for_ms;
    if (for_ms > world->config.session_timeout_ms) {
        rebalance_after(sim, world->config.session_timeout_ms);
        rebalance_after(sim, for_ms);
    }
}
