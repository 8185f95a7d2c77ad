/* The canonical digest of a node. Left out, because nothing that will happen depends on them: op and
 * incarnation numbers (only whether a completion is still awaited), the order of free lists, counters
 * that follow from the tables, and the time of the last event. */
#include "core/digest.h"

#include "core/emit.h"
#include "core/flow.h"
#include "core/order/order_digest.h"
#include "core/order/order_flow.h"

static void add_payload(struct rcp_digest *digest, const struct rcp_payload *payload)
{
    rcp_digest_pair(digest, (uint32_t)payload->user_id, (uint32_t)payload->activity_id);
    rcp_digest_add(digest, payload->product_id);
    rcp_digest_pair(digest, payload->quantity, payload->type);
}

void rcp_digest_row(struct rcp_digest *digest, enum rcp_script script, const struct rcp_tx_row *row)
{
    add_payload(digest, &row->payload);
    rcp_digest_add(digest, row->token);
    rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_REQUEST, row->origin, 0));
    rcp_digest_pair(digest, row->row_id, row->epoch);
    if (script == RCP_SCRIPT_PARK || row->verdict == RCP_VERDICT_ALERT_RECORD) {
        rcp_digest_add(digest,
                       rcp_digest_name(digest, RCP_NAME_OFFSET, row->offset, row->partition));
        rcp_digest_add(digest, row->partition);
    }
    rcp_digest_add(digest, row->delay_ms);
    rcp_digest_bytes(
        digest,
        (const uint8_t[8]){
            row->attempt, row->sends, row->verdict, row->cause, row->counted, row->alone});
}

/* --- Flows and their queues --- */

static void add_flow(struct rcp_digest *digest, const struct rcp_flow *flow, uint32_t slot)
{
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){flow->state,
                                        flow->resume,
                                        flow->attempt,
                                        flow->tries,
                                        flow->alone,
                                        flow->counted,
                                        flow->cause,
                                        flow->replied});
    rcp_digest_pair(digest, slot, (uint32_t)flow->kind << 1 | (flow->op_id != 0));
    add_payload(digest, &flow->payload);
    rcp_digest_add(digest, flow->token);
    rcp_digest_add(digest, flow->user_id);
    rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_REQUEST, flow->request_id, 0));
    rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_REQUEST, flow->origin, 0));
    rcp_digest_add(digest, rcp_digest_ahead(flow->deadline_ms, digest->now_ms));
    rcp_digest_pair(digest, flow->row_id, flow->epoch);
    if (flow->assignment != 0) { /* a record */
        rcp_digest_add(digest,
                       rcp_digest_name(digest, RCP_NAME_OFFSET, flow->offset, flow->partition));
        rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_ASSIGNMENT, flow->assignment, 0));
    }
    rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_SESSION, flow->session, 0));
}

static void add_flows(struct rcp_digest *digest, const struct rcp_node *node)
{
    for (uint32_t i = 0; i < node->limits.requests + node->limits.retries; i++)
        if (rcp_flows(node)[i].state != RCP_FLOW_FREE)
            add_flow(digest, &rcp_flows(node)[i], i);
    for (uint32_t id = 0; id < RCP_QUEUE_COUNT; id++) {
        uint16_t slot = node->queues[id].head;
        if (slot != RCP_NO_SLOT)
            rcp_digest_add(digest, rcp_digest_ahead(node->queues[id].due_ms, digest->now_ms));
        for (; slot != RCP_NO_SLOT; slot = rcp_flows(node)[slot].next)
            rcp_digest_pair(digest, id, slot);
    }
    for (uint32_t i = 0; i < RCP_QUEUE_COUNT * node->limits.groups; i++) {
        const struct rcp_group *group = rcp_group_at(node, i);
        for (uint32_t k = 0; group->op_id != 0 && k < group->count; k++)
            rcp_digest_pair(digest, 1u << 16 | i, group->flows[k]);
    }
}

/* --- Rounds --- */

static void add_round(struct rcp_digest *digest,
                      const struct rcp_round *round,
                      const struct rcp_item *items)
{
    rcp_digest_pair(digest,
                    round->count << 16 | (uint32_t)round->state << 8 | (uint32_t)round->more << 1 |
                        (round->op_id != 0),
                    (uint32_t)rcp_digest_ahead(round->next_ms, digest->now_ms));
    rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_SESSION, round->session, 0));
    for (uint32_t i = 0; i < round->count; i++) {
        rcp_digest_add(digest, items[i].state);
        rcp_digest_row(digest, RCP_SCRIPT_NONE, &items[i].row);
    }
}

/* --- Partitions --- */

static void add_partition(struct rcp_digest *digest, const struct rcp_node *node, uint32_t index)
{
    const struct rcp_partition *p = &rcp_partitions(node)[index];
    const struct rcp_window_slot *window = rcp_window(node, index);
    rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_ASSIGNMENT, p->assignment, 0));
    rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_ASSIGNMENT, p->seen, 0));
    if (p->assignment == 0)
        return;
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){
                         p->fetching, p->committing, p->dirty, (uint8_t)p->count, (uint8_t)index});
    rcp_digest_add(digest, rcp_digest_ahead(p->not_before_ms, digest->now_ms));
    if (p->dirty || p->committing)
        rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_OFFSET, p->committed, index));
    for (uint32_t i = 0; i < p->count; i++) {
        const struct rcp_window_slot *slot = &window[(p->head + i) % node->limits.window];
        rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_OFFSET, slot->offset, index));
        rcp_digest_add(digest, slot->done);
    }
}

void rcp_node_digest(const struct rcp_node *node, struct rcp_digest *digest)
{
    rcp_digest_pair(digest, node->node, (uint32_t)node->paused << 1 | node->stopping);
    rcp_digest_add(digest, rcp_digest_ahead(node->wake_ms, digest->now_ms));
    add_flows(digest, node);
    add_round(digest, &node->scheduler, rcp_claims(node));
    add_round(digest, &node->sweep, rcp_swept(node));
    for (uint32_t i = 0; i < node->limits.partitions; i++)
        add_partition(digest, node, i);
    rcp_order_digest(node, digest);
}

/* --- Completions --- */

static bool item_awaits(const struct rcp_round *round,
                        const struct rcp_item *items,
                        uint32_t slot,
                        uint64_t op_id)
{
    return round->state == RCP_ROUND_WORKING && slot < round->count && items[slot].op_id == op_id &&
           items[slot].state == RCP_ITEM_WAITING;
}

static bool slot_awaits(const struct rcp_node *node, uint64_t op_id)
{
    uint32_t slot = rcp_op_slot(op_id);
    switch (rcp_op_owner(op_id)) {
    case RCP_OWNER_FLOW:
        return slot < node->limits.requests + node->limits.retries &&
               rcp_flows(node)[slot].op_id == op_id;
    case RCP_OWNER_GROUP:
        return slot < RCP_QUEUE_COUNT * node->limits.groups &&
               rcp_group_at(node, slot)->op_id == op_id;
    case RCP_OWNER_SCHEDULER:
        return node->scheduler.op_id == op_id;
    case RCP_OWNER_CLAIM:
        return item_awaits(&node->scheduler, rcp_claims(node), slot, op_id);
    case RCP_OWNER_SWEEP:
        return node->sweep.op_id == op_id;
    case RCP_OWNER_SWEPT:
        return item_awaits(&node->sweep, rcp_swept(node), slot, op_id);
    case RCP_OWNER_ORDER:
        return slot < rcp_order_slots(node) && rcp_order_flow_at(node, slot)->op_id == op_id;
    case RCP_OWNER_RECONCILE:
        return node->reconcile.op_id == op_id;
    case RCP_OWNER_NONE:
    case RCP_OWNER_COUNT:
        break;
    }
    return false;
}

uint32_t rcp_node_awaits(const struct rcp_node *node, uint64_t op_id)
{
    bool ours = rcp_op_incarnation(op_id) == (node->incarnation & 0xffffu);
    if (op_id == 0 || !ours || !slot_awaits(node, op_id))
        return 0;
    return (uint32_t)rcp_op_owner(op_id) << 16 | rcp_op_slot(op_id);
}
