/* A node in few bytes: its counters, then every slot in use, each behind its number. */
#include "core/snapshot.h"

#include "core/hash.h"
#include "core/order/order_flow.h"
#include "core/state.h"

#include <string.h>

/* From here to the tables' offsets stands what changes; before it, what the caller has said. */
#define COUNTERS_AT    offsetof(struct rcp_node, mono_ms)
#define COUNTERS_BYTES (offsetof(struct rcp_node, flows_at) - COUNTERS_AT)

/* The second document's counters, of a node that serves orders. */
#define ORDERS_AT    offsetof(struct rcp_node, pg)
#define ORDERS_BYTES (offsetof(struct rcp_node, orders_at) - ORDERS_AT)

struct pen {
    unsigned char *at;
};

static void write(struct pen *pen, const void *from, size_t size)
{
    memcpy(pen->at, from, size);
    pen->at += size;
}

static void write_number(struct pen *pen, uint32_t number)
{
    write(pen, &number, sizeof number);
}

static void read(const unsigned char **at, void *to, size_t size)
{
    memcpy(to, *at, size);
    *at += size;
}

static uint32_t read_number(const unsigned char **at)
{
    uint32_t number = 0;
    read(at, &number, sizeof number);
    return number;
}

static uint32_t flow_count(const struct rcp_node *node)
{
    return node->limits.requests + node->limits.retries;
}

static uint32_t group_count(const struct rcp_node *node)
{
    return RCP_QUEUE_COUNT * node->limits.groups;
}

/* Of what a flow has seen at the PG, only what is there. */
static void write_orders(struct pen *pen, const struct rcp_node *node)
{
    if (node->limits.orders == 0)
        return;
    write(pen, (const unsigned char *)node + ORDERS_AT, ORDERS_BYTES);
    for (uint32_t i = 0; i < rcp_order_slots(node); i++) {
        const struct rcp_order_flow *flow = rcp_order_flow_at(node, i);
        if (flow->stage == RCP_STAGE_FREE)
            continue;
        write_number(pen, i);
        write_number(pen, (uint32_t)flow->seen.more << 8 | flow->seen.count);
        write(pen, flow, offsetof(struct rcp_order_flow, seen));
        write(pen, flow->seen.transactions, flow->seen.count * sizeof flow->seen.transactions[0]);
    }
    write_number(pen, UINT32_MAX);
}

uint32_t rcp_node_save(const struct rcp_node *node, void *bytes)
{
    struct pen pen = {bytes};
    write(&pen, (const unsigned char *)node + COUNTERS_AT, COUNTERS_BYTES);
    for (uint32_t i = 0; i < flow_count(node); i++)
        if (rcp_flows(node)[i].state != RCP_FLOW_FREE) {
            write_number(&pen, i);
            write(&pen, &rcp_flows(node)[i], sizeof(struct rcp_flow));
        }
    for (uint32_t i = 0; i < group_count(node); i++)
        if (rcp_group_at(node, i)->op_id != 0) {
            write_number(&pen, flow_count(node) + i);
            write(&pen, rcp_group_at(node, i), rcp_group_bytes(&node->limits));
        }
    write_number(&pen, UINT32_MAX);
    write(&pen, rcp_claims(node), node->scheduler.count * sizeof(struct rcp_item));
    write(&pen, rcp_swept(node), node->sweep.count * sizeof(struct rcp_item));
    for (uint32_t i = 0; i < node->limits.partitions; i++) {
        const struct rcp_partition *p = &rcp_partitions(node)[i];
        write(&pen, p, sizeof *p);
        if (p->count > 0)
            write(&pen, rcp_window(node, i), node->limits.window * sizeof(struct rcp_window_slot));
    }
    write_orders(&pen, node);
    return (uint32_t)(pen.at - (unsigned char *)bytes);
}

/* --- Back --- */

static uint16_t chain_free(struct rcp_node *node, uint32_t first, uint32_t count)
{
    uint16_t free = RCP_NO_SLOT;
    for (uint32_t i = first + count; i-- > first;)
        if (rcp_flows(node)[i].state == RCP_FLOW_FREE) {
            rcp_flows(node)[i].next = free;
            free = (uint16_t)i;
        }
    return free;
}

static void empty(struct rcp_node *node)
{
    for (uint32_t i = 0; i < flow_count(node); i++) {
        rcp_flows(node)[i].state = RCP_FLOW_FREE;
        rcp_flows(node)[i].op_id = 0;
    }
    for (uint32_t i = 0; i < group_count(node); i++)
        rcp_group_at(node, i)->op_id = 0;
}

static uint16_t chain_free_orders(struct rcp_node *node, uint32_t first, uint32_t count)
{
    uint16_t free = RCP_NO_SLOT;
    for (uint32_t i = first + count; i-- > first;)
        if (rcp_order_flow_at(node, i)->stage == RCP_STAGE_FREE) {
            rcp_order_flow_at(node, i)->next = free;
            free = (uint16_t)i;
        }
    return free;
}

static void read_orders(const unsigned char **at, struct rcp_node *node)
{
    if (node->limits.orders == 0)
        return;
    for (uint32_t i = 0; i < rcp_order_slots(node); i++) {
        rcp_order_flow_at(node, i)->stage = RCP_STAGE_FREE;
        rcp_order_flow_at(node, i)->op_id = 0;
    }
    read(at, (unsigned char *)node + ORDERS_AT, ORDERS_BYTES);
    for (uint32_t i = read_number(at); i != UINT32_MAX; i = read_number(at)) {
        struct rcp_order_flow *flow = rcp_order_flow_at(node, i);
        uint32_t seen = read_number(at);
        memset(flow, 0, sizeof *flow);
        read(at, flow, offsetof(struct rcp_order_flow, seen));
        flow->seen.count = (uint8_t)seen;
        flow->seen.more = (uint8_t)(seen >> 8);
        read(at, flow->seen.transactions, flow->seen.count * sizeof flow->seen.transactions[0]);
    }
    node->free_order = chain_free_orders(node, 0, node->limits.orders);
    node->free_settle = chain_free_orders(node, node->limits.orders, node->limits.settles);
}

uint32_t rcp_node_load(struct rcp_node *node, const void *bytes)
{
    const unsigned char *at = bytes;
    empty(node);
    read(&at, (unsigned char *)node + COUNTERS_AT, COUNTERS_BYTES);
    for (uint32_t i = read_number(&at); i != UINT32_MAX; i = read_number(&at))
        if (i < flow_count(node))
            read(&at, &rcp_flows(node)[i], sizeof(struct rcp_flow));
        else
            read(&at, rcp_group_at(node, i - flow_count(node)), rcp_group_bytes(&node->limits));
    node->free_request = chain_free(node, 0, node->limits.requests);
    node->free_retry = chain_free(node, node->limits.requests, node->limits.retries);
    read(&at, rcp_claims(node), node->scheduler.count * sizeof(struct rcp_item));
    read(&at, rcp_swept(node), node->sweep.count * sizeof(struct rcp_item));
    for (uint32_t i = 0; i < node->limits.partitions; i++) {
        struct rcp_partition *p = &rcp_partitions(node)[i];
        read(&at, p, sizeof *p);
        if (p->count > 0)
            read(&at, rcp_window(node, i), node->limits.window * sizeof(struct rcp_window_slot));
    }
    read_orders(&at, node);
    return (uint32_t)(at - (const unsigned char *)bytes);
}

/* --- Free lists --- */

/* Slots of one kind: where their free list begins, and which they are. */
struct slots {
    uint16_t *head;
    uint32_t first, count;
    bool orders;
};

#define FREE_LISTS 4u

static void list_slots(struct rcp_node *node, struct slots lists[FREE_LISTS])
{
    const struct rcp_limits *limits = &node->limits;
    lists[0] = (struct slots){&node->free_request, 0, limits->requests, false};
    lists[1] = (struct slots){&node->free_retry, limits->requests, limits->retries, false};
    lists[2] = (struct slots){&node->free_order, 0, limits->orders, true};
    lists[3] = (struct slots){&node->free_settle, limits->orders, limits->settles, true};
}

static bool is_free(const struct rcp_node *node, const struct slots *list, uint32_t slot)
{
    if (slot < list->first || slot - list->first >= list->count)
        return false;
    return list->orders ? rcp_order_flow_at(node, slot)->stage == RCP_STAGE_FREE
                        : rcp_flows(node)[slot].state == RCP_FLOW_FREE;
}

static uint16_t *next_of(const struct rcp_node *node, const struct slots *list, uint32_t slot)
{
    return list->orders ? &rcp_order_flow_at(node, slot)->next : &rcp_flows(node)[slot].next;
}

uint32_t rcp_node_save_free(const struct rcp_node *node, void *bytes)
{
    struct pen pen = {bytes};
    struct slots lists[FREE_LISTS];
    list_slots((struct rcp_node *)(uintptr_t)node, lists);
    for (uint32_t i = 0; i < FREE_LISTS; i++) {
        uint16_t slot = *lists[i].head;
        for (; slot != RCP_NO_SLOT; slot = *next_of(node, &lists[i], slot))
            write(&pen, &slot, sizeof slot);
        write(&pen, &slot, sizeof slot);
    }
    return (uint32_t)(pen.at - (unsigned char *)bytes);
}

static uint32_t count_free(const struct rcp_node *node, const struct slots *list)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->count; i++)
        count += is_free(node, list, list->first + i);
    return count;
}

bool rcp_node_load_free(struct rcp_node *node, const void *bytes, uint32_t size)
{
    const unsigned char *at = bytes;
    const unsigned char *end = at + size;
    struct slots lists[FREE_LISTS];
    list_slots(node, lists);
    for (uint32_t i = 0; i < FREE_LISTS; i++) {
        uint16_t *link = lists[i].head;
        for (uint32_t left = count_free(node, &lists[i]); end - at >= 2; left--) {
            read(&at, link, sizeof *link);
            if (*link == RCP_NO_SLOT && left == 0)
                break;
            if (left == 0 || !is_free(node, &lists[i], *link))
                return false;
            link = next_of(node, &lists[i], *link);
        }
        if (*link != RCP_NO_SLOT)
            return false;
    }
    return at == end;
}

/* --- What the bytes look like --- */

uint32_t rcp_node_saved_max(const struct rcp_limits *limits)
{
    uint32_t slots = limits->requests + limits->retries + limits->orders + limits->settles;
    uint32_t groups = RCP_QUEUE_COUNT * limits->groups;
    /* A number before each slot, two before an order's, and one behind each table. */
    uint32_t numbers = 2u * slots + groups + 2u;
    return (uint32_t)rcp_node_size(limits) + 4u * numbers + 2u * (slots + FREE_LISTS);
}

uint64_t rcp_node_layout(void)
{
    static const uint32_t shape[] = {
        RCP_SNAPSHOT_VERSION,
        COUNTERS_AT,
        COUNTERS_BYTES,
        ORDERS_AT,
        ORDERS_BYTES,
        offsetof(struct rcp_node, queues),
        offsetof(struct rcp_node, scheduler),
        offsetof(struct rcp_node, sweep),
        sizeof(struct rcp_flow),
        offsetof(struct rcp_flow, payload),
        offsetof(struct rcp_flow, state),
        sizeof(struct rcp_group),
        sizeof(struct rcp_item),
        offsetof(struct rcp_item, state),
        sizeof(struct rcp_partition),
        sizeof(struct rcp_window_slot),
        sizeof(struct rcp_order_flow),
        offsetof(struct rcp_order_flow, row),
        offsetof(struct rcp_order_flow, stage),
        sizeof(struct rcp_pg_transaction),
        RCP_FLOW_STATE_COUNT,
        RCP_QUEUE_COUNT,
        RCP_STAGE_COUNT,
        RCP_ORDER_KIND_COUNT,
    };
    const uint16_t order = 1;
    unsigned char first = 0;
    memcpy(&first, &order, sizeof first);
    uint64_t hash = first;
    for (uint32_t i = 0; i < sizeof shape / sizeof shape[0]; i++)
        hash = rcp_hash(hash, shape[i]);
    return hash;
}
