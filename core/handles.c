/* The handles in a node's state, slot by slot. A field that is new and holds one belongs here. */
#include "core/handles.h"

#include "core/order/order_flow.h"
#include "core/state.h"

struct visit {
    void *context;
    void (*known)(void *context, uint64_t handle);
};

static void tell(const struct visit *visit, uint64_t handle)
{
    if (handle != 0)
        visit->known(visit->context, handle);
}

static void tell_flows(const struct visit *visit, const struct rcp_node *node)
{
    const struct rcp_flow *flows = rcp_flows(node);
    for (uint32_t i = 0; i < node->limits.requests + node->limits.retries; i++) {
        if (flows[i].state == RCP_FLOW_FREE)
            continue;
        tell(visit, flows[i].token);
        tell(visit, flows[i].origin);
    }
}

/* Claimed or swept rows of the round at work. */
static void tell_items(const struct visit *visit, const struct rcp_item *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        tell(visit, items[i].row.token);
        tell(visit, items[i].row.origin);
    }
}

static void tell_order(const struct visit *visit, const struct rcp_order_flow *flow)
{
    tell(visit, flow->row.origin);
    tell(visit, flow->row.request_key);
    tell(visit, flow->row.pg_key);
    tell(visit, flow->said_key);
    for (uint32_t i = 0; i < RCP_REFUND_LINES_MAX; i++)
        tell(visit, flow->row.refunds[i].key);
    for (uint32_t i = 0; i < flow->seen.count; i++)
        tell(visit, flow->seen.transactions[i].key);
}

void rcp_node_handles(const struct rcp_node *node,
                      void *context,
                      void (*known)(void *context, uint64_t handle))
{
    const struct visit visit = {context, known};
    if (rcp_serves_payments(node)) {
        tell_flows(&visit, node);
        tell_items(&visit, rcp_claims(node), node->scheduler.count);
        tell_items(&visit, rcp_swept(node), node->sweep.count);
    }
    for (uint32_t slot = 0; slot < rcp_order_slots(node); slot++) {
        const struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
        if (flow->stage != RCP_STAGE_FREE)
            tell_order(&visit, flow);
    }
}
