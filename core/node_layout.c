/* A node's block: where each table begins in it, and how all is before the first event. */
#include "core/check.h"
#include "core/order/order_flow.h"
#include "core/state.h"

#include <string.h>

/* Fills in where each table begins; the size is where the last one ends. */
static void lay_out(struct rcp_node *node, const struct rcp_limits *limits)
{
    uint32_t at = sizeof *node;
    node->flows_at = at;
    at += (limits->requests + limits->retries) * (uint32_t)sizeof(struct rcp_flow);
    node->groups_at = at;
    at += RCP_QUEUE_COUNT * limits->groups * rcp_group_bytes(limits);
    node->claims_at = at;
    at += limits->page * (uint32_t)sizeof(struct rcp_item);
    node->swept_at = at;
    at += limits->page * (uint32_t)sizeof(struct rcp_item);
    node->partitions_at = at;
    at += limits->partitions * (uint32_t)sizeof(struct rcp_partition);
    node->window_at = at;
    at += limits->partitions * limits->window * (uint32_t)sizeof(struct rcp_window_slot);
    node->orders_at = at;
    at += (limits->orders + limits->settles) * (uint32_t)sizeof(struct rcp_order_flow);
    node->size = at;
}

static_assert(sizeof(struct rcp_node) % 8 == 0, "tables behind the header are aligned");
static_assert(sizeof(struct rcp_flow) % 8 == 0, "tables behind the flows are aligned");
static_assert(sizeof(struct rcp_item) % 8 == 0, "tables behind the items are aligned");
static_assert(sizeof(struct rcp_partition) % 8 == 0, "the window is aligned");
static_assert(sizeof(struct rcp_window_slot) % 8 == 0, "the order flows are aligned");
static_assert(sizeof(struct rcp_order_flow) % 8 == 0, "a node is made of words");

size_t rcp_node_size(const struct rcp_limits *limits)
{
    struct rcp_node node;
    rcp_check(rcp_limits_refusal(limits) == NULL, "limits_valid");
    lay_out(&node, limits);
    return node.size;
}

static uint16_t chain(struct rcp_flow *flows, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        flows[first + i].next = i + 1 < count ? (uint16_t)(first + i + 1) : RCP_NO_SLOT;
    return count > 0 ? (uint16_t)first : RCP_NO_SLOT;
}

static uint16_t chain_orders(const struct rcp_node *node, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        rcp_order_flow_at(node, first + i)->next =
            i + 1 < count ? (uint16_t)(first + i + 1) : RCP_NO_SLOT;
    return count > 0 ? (uint16_t)first : RCP_NO_SLOT;
}

struct rcp_node *rcp_node_init(void *block, const struct rcp_node_config *config)
{
    struct rcp_node *node = block;
    rcp_check(rcp_limits_refusal(&config->limits) == NULL, "limits_valid");
    rcp_check((uintptr_t)block % 8 == 0, "node_aligned");
    memset(node, 0, sizeof *node);
    lay_out(node, &config->limits);
    memset((unsigned char *)block + sizeof *node, 0, node->size - sizeof *node);
    node->limits = config->limits;
    node->policy = config->policy;
    node->seed = config->seed;
    node->gateway = config->gateway;
    node->wake_ms = RCP_NEVER_MS;
    node->order_wake_ms = RCP_NEVER_MS;
    node->reconcile.next_ms = RCP_NEVER_MS;
    node->scheduler.next_ms = RCP_NEVER_MS;
    node->sweep.next_ms = RCP_NEVER_MS;
    node->free_request = chain(rcp_flows(node), 0, config->limits.requests);
    node->free_retry = chain(rcp_flows(node), config->limits.requests, config->limits.retries);
    node->free_order = chain_orders(node, 0, config->limits.orders);
    node->free_settle = chain_orders(node, config->limits.orders, config->limits.settles);
    for (uint32_t i = 0; i < RCP_QUEUE_COUNT; i++)
        node->queues[i].head = node->queues[i].tail = RCP_NO_SLOT;
    return node;
}
