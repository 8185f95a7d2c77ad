/* What must always be true of a node: who is there waits for something, and what is counted is there. */
#include "core/flow.h"
#include "core/group.h"
#include "core/order/order_check.h"
#include "core/recovery/sweep.h"
#include "core/state.h"

/* States in which a flow queues for a transaction before it waits for one. */
static bool queues(const struct rcp_flow *flow)
{
    return flow->state == RCP_FLOW_APPROVE || flow->state == RCP_FLOW_LOG ||
           flow->state == RCP_FLOW_LATER || flow->state == RCP_FLOW_MARK;
}

/* A flow waits for an effect, for its turn in a queue, or for its pause to end: else it is lost. */
static void check_waits(const struct rcp_node *node)
{
    uint32_t queued = 0, waiting = 0;
    for (uint32_t i = 0; i < node->limits.requests + node->limits.retries; i++) {
        const struct rcp_flow *flow = &rcp_flows(node)[i];
        if (flow->state == RCP_FLOW_FREE || flow->op_id != 0)
            continue;
        rcp_check(queues(flow) || flow->state == RCP_FLOW_PAUSE, "flow_waits_for_something");
        queued += queues(flow);
        rcp_check(flow->state != RCP_FLOW_PAUSE || node->wake_ms <= flow->deadline_ms,
                  "pause_has_timer");
        rcp_check(flow->state != RCP_FLOW_PAUSE ||
                      flow->deadline_ms <= node->mono_ms + RCP_RETRY_PAUSE_MS,
                  "pause_within_its_time");
    }
    for (uint32_t id = 0; id < RCP_QUEUE_COUNT; id++)
        for (uint16_t slot = node->queues[id].head; slot != RCP_NO_SLOT && waiting <= queued;
             slot = rcp_flows(node)[slot].next) {
            rcp_check(queues(&rcp_flows(node)[slot]) && rcp_flows(node)[slot].op_id == 0,
                      "queue_holds_who_queues");
            waiting++;
        }
    rcp_check(waiting == queued, "queued_flow_is_in_its_queue");
}

static uint32_t chained(const struct rcp_node *node, uint16_t slot, uint32_t most)
{
    uint32_t count = 0;
    for (; slot != RCP_NO_SLOT && count <= most; slot = rcp_flows(node)[slot].next)
        count++;
    return count;
}

/* A queue that could go and does not waits for company: not for ever, and not once it is full. */
static void check_queues(const struct rcp_node *node)
{
    for (uint32_t id = 0; id < RCP_QUEUE_COUNT; id++) {
        const struct rcp_queue *queue = &node->queues[id];
        rcp_check(chained(node, queue->head, queue->length) == queue->length, "queue_is_counted");
        rcp_check(queue->head != RCP_NO_SLOT || queue->due_ms == 0, "nobody_lingers_in_no_queue");
        if (queue->head == RCP_NO_SLOT || queue->in_flight == node->limits.groups)
            continue;
        rcp_check(queue->due_ms > node->mono_ms &&
                      queue->due_ms <= node->mono_ms + node->limits.linger_ms,
                  "queue_lingers_within_its_time");
        rcp_check(queue->length < node->limits.group, "full_group_goes");
    }
}

static void check_free(const struct rcp_node *node)
{
    uint32_t requests = node->limits.requests, retries = node->limits.retries;
    rcp_check(chained(node, node->free_request, requests) + node->requests_used == requests,
              "slot_free_or_used");
    rcp_check(chained(node, node->free_retry, retries) + node->retries_used == retries,
              "slot_free_or_used");
}

/* A round at work waits for a script or an item; an idle one for its timer, unless the node stops or an
 * operator has paused it. */
static void check_round(const struct rcp_node *node,
                        const struct rcp_round *round,
                        const struct rcp_item *items,
                        enum rcp_worker worker,
                        bool wanted)
{
    bool waits = false;
    for (uint32_t i = 0; i < round->count; i++)
        waits = waits || items[i].state == RCP_ITEM_WAITING;
    switch ((enum rcp_round_state)round->state) {
    case RCP_ROUND_IDLE:
        rcp_check(round->next_ms != RCP_NEVER_MS || node->stopping || !wanted ||
                      rcp_is_paused(node, worker),
                  "round_is_armed");
        break;
    case RCP_ROUND_WRITING:
        rcp_check(!waits, "round_writes_when_all_is_done");
        rcp_check(round->op_id != 0, "round_waits_for_something");
        break;
    case RCP_ROUND_READING:
        rcp_check(round->op_id != 0, "round_waits_for_something");
        break;
    case RCP_ROUND_WORKING:
        rcp_check(waits, "round_waits_for_something");
        rcp_check(round->op_id == 0, "working_round_waits_for_items_alone");
        break;
    }
}

static void check_rounds(const struct rcp_node *node)
{
    bool started = node->incarnation != 0 && rcp_serves_payments(node);
    check_round(node, &node->scheduler, rcp_claims(node), RCP_WORKER_SCHEDULER, started);
    check_round(node,
                &node->sweep,
                rcp_swept(node),
                RCP_WORKER_SWEEP,
                started && rcp_sweep_wanted(node->policy));
}

static void check_flows(const struct rcp_node *node)
{
    uint32_t used[2] = {0, 0};
    for (uint32_t i = 0; i < node->limits.requests + node->limits.retries; i++) {
        const struct rcp_flow *flow = &rcp_flows(node)[i];
        rcp_check(flow->state < RCP_FLOW_STATE_COUNT, "flow_state_exists");
        if (flow->state == RCP_FLOW_FREE)
            continue;
        used[rcp_flow_is_request(node, i)]++;
        rcp_check(flow->state != RCP_FLOW_PAUSE || !rcp_flow_is_request(node, i),
                  "only_records_pause");
    }
    rcp_check(used[1] == node->requests_used, "requests_counted");
    rcp_check(used[0] == node->retries_used, "records_counted");
}

static void check_groups(const struct rcp_node *node)
{
    for (uint32_t id = 0; id < RCP_QUEUE_COUNT; id++) {
        uint32_t in_flight = 0;
        for (uint32_t i = 0; i < node->limits.groups; i++) {
            const struct rcp_group *group = rcp_group_at(node, id * node->limits.groups + i);
            if (group->op_id == 0)
                continue;
            in_flight++;
            rcp_check(group->queue == id && group->count > 0, "group_in_its_queue");
            for (uint32_t k = 1; k < group->count; k++)
                rcp_check(rcp_group_in_order(node, group->flows[k - 1], group->flows[k]),
                          "group_in_key_order");
            for (uint32_t k = 0; k < group->count; k++)
                rcp_check(rcp_flows(node)[group->flows[k]].op_id == group->op_id,
                          "group_member_waits");
        }
        rcp_check(in_flight == node->queues[id].in_flight, "groups_counted");
    }
}

/* Record slots in use, and those kept for fetches that are out. */
static uint32_t slots_taken(const struct rcp_node *node)
{
    return (uint32_t)node->retries_used + node->fetches;
}

static void check_partitions(const struct rcp_node *node)
{
    uint32_t fetches = 0;
    for (uint32_t i = 0; i < node->limits.partitions; i++) {
        const struct rcp_partition *p = &rcp_partitions(node)[i];
        fetches += p->fetching;
        rcp_check(p->count <= node->limits.window, "window_fits");
        rcp_check(p->assignment != 0 || p->count == 0, "window_of_ours");
        rcp_check(!p->dirty || p->committing || node->wake_ms <= p->not_before_ms,
                  "offset_commit_has_timer");
        rcp_check(p->not_before_ms <= node->mono_ms + RCP_RETRY_PAUSE_MS, "pause_within_its_time");
        rcp_check(p->assignment == 0 || p->fetching || p->count == node->limits.window ||
                      node->stopping || rcp_is_paused(node, RCP_WORKER_CONSUMER) ||
                      slots_taken(node) >= node->limits.retries,
                  "partition_is_read");
        for (uint32_t k = 1; k < p->count; k++) {
            const struct rcp_window_slot *window = rcp_window(node, i);
            rcp_check(window[(p->head + k - 1u) % node->limits.window].offset <
                          window[(p->head + k) % node->limits.window].offset,
                      "window_in_order");
        }
    }
    rcp_check(fetches == node->fetches, "fetches_counted");
    rcp_check(fetches + node->retries_used <= node->limits.retries, "fetch_has_slot");
}

void rcp_node_check(const struct rcp_node *node)
{
    check_flows(node);
    check_waits(node);
    check_queues(node);
    check_free(node);
    check_rounds(node);
    check_groups(node);
    check_partitions(node);
    rcp_order_check(node);
    rcp_check(node->scheduler.count <= node->limits.page, "claim_fits_page");
    rcp_check(node->sweep.count <= node->limits.page, "sweep_fits_page");
}
