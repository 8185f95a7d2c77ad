/* Every byte of a state counts in its canonical digest, or is listed here with the reason why it need not. */
#include "core/order/order_flow.h"
#include "tests/support/runs.h"
#include "tests/support/worlds_explored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- What a state is made of --- */

#define TABLES(X)                              \
    X(STRUCK, struct explored_struck)          \
    X(WORLD, struct rcp_world)                 \
    X(NODE, struct rcp_sim_node)               \
    X(ACTIVITY, struct rcp_activity_row)       \
    X(PARTITION, struct rcp_topic_partition)   \
    X(TOKEN, struct rcp_token_row)             \
    X(ENTRY, struct rcp_entry_row)             \
    X(CLIENT, struct rcp_client)               \
    X(LEDGER, struct rcp_ledger)               \
    X(ROW, struct rcp_log_row)                 \
    X(PARKED, struct rcp_parked_row)           \
    X(RECORD, struct rcp_topic_record)         \
    X(SESSION, struct rcp_session)             \
    X(SCRIPT_ROW, struct rcp_tx_row)           \
    X(EXCHANGE, struct rcp_exchange)           \
    X(PRODUCT, struct rcp_product_row)         \
    X(BUYER, struct rcp_buyer_row)             \
    X(REQUEST_KEY, struct rcp_request_key_row) \
    X(PURCHASE, struct rcp_purchase_ledger)    \
    X(ORDER, struct rcp_order_record)          \
    X(REFUND, struct rcp_refund_row)           \
    X(TRANSACTION, struct rcp_pg_row)          \
    X(CALL, struct rcp_pg_call)                \
    X(TOLD, struct rcp_pg_transaction)         \
    X(ORDER_ROW, struct rcp_order_row)         \
    X(ORDER_FLOW, struct rcp_order_flow)       \
    X(PENDING, struct rcp_pending)             \
    X(REDIS_DONE, struct rcp_redis_done)       \
    X(MYSQL_DONE, struct rcp_mysql_done)       \
    X(SENT, struct rcp_sent)                   \
    X(NEWS, struct rcp_partition_event)        \
    X(OFFSET_DONE, struct rcp_offset_done)     \
    X(REDIS, struct rcp_redis_effect)          \
    X(SEND, struct rcp_send_effect)            \
    X(COMMIT, struct rcp_commit_offset_effect) \
    X(CORE, struct rcp_node)                   \
    X(FLOW, struct rcp_flow)                   \
    X(GROUP, struct rcp_group)                 \
    X(ITEM, struct rcp_item)                   \
    X(WINDOWED, struct rcp_partition)          \
    X(WINDOW, struct rcp_window_slot)

enum table {
#define X(name, type) name,
    TABLES(X)
#undef X
        TABLE_COUNT
};

#define X(name, type) typedef type name##_TYPE;
TABLES(X)
#undef X

static const char *const table_names[] = {
#define X(name, type) #name,
    TABLES(X)
#undef X
};

static const uint32_t table_sizes[] = {
#define X(name, type) sizeof(type),
    TABLES(X)
#undef X
};

#define BYTES_MAX 4096u /* of one table's element */

/* --- What does not count --- */

enum kind {
    IGNORED,   /* its digest is the same */
    STRUCTURE, /* another value is no valid world: it is not tried */
};

struct exception {
    enum table table;
    enum kind kind;
    uint32_t at, size;
    const char *why;
};

#define AT(table, field)   offsetof(table##_TYPE, field)
#define SIZE(table, field) sizeof(((table##_TYPE *)0)->field)

#define FIELD(table, kind, field, why)                         \
    {                                                          \
        table, kind, AT(table, field), SIZE(table, field), why \
    }
/* Some of its bytes. */
#define PART(table, kind, field, first, size, why)         \
    {                                                      \
        table, kind, AT(table, field) + (first), size, why \
    }
/* From a field to before another one, to the end, or bytes behind it. */
#define SPAN(table, kind, from, to, why)                                   \
    {                                                                      \
        table, kind, AT(table, from), AT(table, to) - AT(table, from), why \
    }
#define REST(table, kind, from, why)                                              \
    {                                                                             \
        table, kind, AT(table, from), sizeof(table##_TYPE) - AT(table, from), why \
    }
#define AFTER(table, kind, field, size, why)                          \
    {                                                                 \
        table, kind, AT(table, field) + SIZE(table, field), size, why \
    }

static const struct exception exceptions[] = {
    FIELD(STRUCK, IGNORED, spare, "never written"),

    SPAN(WORLD, STRUCTURE, config, now_ms, "given by the scenario"),
    SPAN(WORLD, STRUCTURE, row_count, assignment, "lengths of tables"),
    SPAN(WORLD, STRUCTURE, open_head, records_sent, "a list's ends"),
    REST(WORLD, STRUCTURE, thaw_ms, "planned faults, scratch, and where the tables lie"),
    FIELD(WORLD, IGNORED, rate_minute, "claims of few rows stay far below the rate"),
    FIELD(WORLD, IGNORED, rate_used, "claims of few rows stay far below the rate"),
    FIELD(WORLD, IGNORED, records_sent, "turns among one partition"),
    FIELD(WORLD, IGNORED, alerts, "counted for `expect:` alone"),
    FIELD(WORLD, IGNORED, rebalances, "names events"),
    FIELD(WORLD, IGNORED, backlog.open_rows, "follows from the rows"),
    FIELD(WORLD, IGNORED, backlog.unreleased, "follows from the entries"),
    FIELD(WORLD, IGNORED, backlog.lag, "follows from the partitions"),
    FIELD(WORLD, IGNORED, backlog.charges, "follows from the orders"),
    FIELD(WORLD, IGNORED, backlog.refunds, "follows from the refunds"),
    FIELD(WORLD, IGNORED, backlog.orders_untold, "follows from the orders and refunds"),
    FIELD(WORLD, IGNORED, backlog.pg_pending, "follows from the pending events"),
    FIELD(WORLD, IGNORED, backlog.busy, "follows from the pending events"),

    FIELD(NODE, STRUCTURE, block_at, "where the node lies"),
    FIELD(NODE, IGNORED, wall_offset_ms, "only written down"),
    FIELD(NODE, IGNORED, timers, "names events"),
    FIELD(NODE, IGNORED, spare, "zero"),

    FIELD(ACTIVITY, STRUCTURE, lock, "index of a session"),
    FIELD(ACTIVITY, IGNORED, capacity, "given by the scenario"),
    FIELD(ACTIVITY, IGNORED, spare, "zero"),

    FIELD(PARTITION, STRUCTURE, count, "length of a table"),
    FIELD(PARTITION, STRUCTURE, done, "index of a record"),
    FIELD(PARTITION, STRUCTURE, owner, "index of a node"),
    PART(PARTITION, IGNORED, checked, 1, 3, "fewer than 256 records"),
    FIELD(PARTITION, IGNORED, first, "nothing lives as long as the retention"),
    FIELD(PARTITION, IGNORED, spare, "zero"),

    FIELD(TOKEN, IGNORED, history, "only a failover takes writes back, and none is planned"),
    FIELD(TOKEN, IGNORED, spare, "zero"),
    FIELD(TOKEN, IGNORED, looks, "names events"),
    FIELD(TOKEN, IGNORED, before, "only a failover takes writes back, and none is planned"),

    FIELD(ENTRY, STRUCTURE, lock, "index of a session"),
    FIELD(ENTRY, IGNORED, token, "follows from its index"),
    PART(ENTRY, IGNORED, approvals, 1, 3, "fewer than 256"),
    PART(ENTRY, IGNORED, overwrites, 1, 3, "fewer than 256"),
    FIELD(ENTRY, IGNORED, spare, "zero"),

    FIELD(CLIENT, IGNORED, acts, "names events"),
    FIELD(CLIENT, IGNORED, spare, "zero"),

    FIELD(LEDGER, IGNORED, rows, "follows from the rows"),
    FIELD(LEDGER, IGNORED, sent_seq, "counted for `expect:` alone"),
    FIELD(LEDGER, IGNORED, consumed_seq, "counted for `expect:` alone"),
    FIELD(LEDGER, IGNORED, out_of_order, "counted for `expect:` alone"),
    FIELD(LEDGER, IGNORED, spare, "zero"),

    FIELD(ROW, STRUCTURE, lock, "index of a session"),
    SPAN(ROW, STRUCTURE, prev, lock, "lists' links"),
    FIELD(ROW, IGNORED, created_ms, "read by parking by age, before which exploring stops"),
    PART(ROW, IGNORED, token_until_ms, 0, 2, "far, or over"),
    FIELD(ROW, IGNORED, owner, "the epoch tells claims apart"),
    FIELD(ROW, IGNORED, spare, "zero"),

    FIELD(PARKED, IGNORED, spare, "zero"),

    FIELD(RECORD, IGNORED, at_ms, "nothing lives as long as the retention"),
    FIELD(RECORD, IGNORED, sent_seq, "counted for `expect:` alone"),
    PART(RECORD, IGNORED, record.payload.user_id, 4, 4, "ids fit 32 bits"),
    PART(RECORD, IGNORED, record.payload.activity_id, 4, 4, "ids fit 32 bits"),
    FIELD(RECORD, IGNORED, record.payload.quantity, "the payment's own"),
    FIELD(RECORD, IGNORED, record.payload.type, "the payment's own"),
    FIELD(RECORD, IGNORED, record.spare, "zero"),

    FIELD(SESSION, STRUCTURE, row_count, "length of a table"),
    FIELD(SESSION, STRUCTURE, node, "index of a node"),
    FIELD(SESSION, IGNORED, owner, "the epoch tells claims apart"),
    FIELD(SESSION, IGNORED, key, "names choices"),
    FIELD(SESSION, IGNORED, repeats, "names events"),
    FIELD(SESSION, IGNORED, role, "for those who watch"),

    PART(SCRIPT_ROW, IGNORED, payload.user_id, 4, 4, "ids fit 32 bits"),
    PART(SCRIPT_ROW, IGNORED, payload.activity_id, 4, 4, "ids fit 32 bits"),
    FIELD(SCRIPT_ROW, IGNORED, error, "for a person's eyes"),
    FIELD(SCRIPT_ROW, IGNORED, spare, "zero"),

    FIELD(EXCHANGE, STRUCTURE, node, "index of a node"),
    FIELD(EXCHANGE, IGNORED, work, "for those who watch"),
    FIELD(EXCHANGE, IGNORED, spare, "zero"),
    AFTER(EXCHANGE, IGNORED, spare, 4, "padding"),

    FIELD(PRODUCT, STRUCTURE, lock, "index of a session"),
    FIELD(PRODUCT, IGNORED, price, "given by the scenario"),
    FIELD(PRODUCT, IGNORED, spare, "zero"),

    FIELD(BUYER, STRUCTURE, point_lock, "index of a session"),
    FIELD(BUYER, STRUCTURE, coupon_lock, "index of a session"),
    FIELD(BUYER, IGNORED, spare, "zero"),

    FIELD(REQUEST_KEY, STRUCTURE, lock, "index of a session"),

    PART(PURCHASE, IGNORED, cart.coupon_discount, 4, 4, "a coupon's fits 32 bits"),
    PART(PURCHASE, IGNORED, cart.coupon_id, 4, 4, "ids fit 32 bits"),
    FIELD(PURCHASE, IGNORED, spare2, "zero"),
    REST(PURCHASE, IGNORED, spare, "zero"),

    FIELD(ORDER, STRUCTURE, lock, "index of a session"),
    PART(ORDER, IGNORED, cart.coupon_discount, 4, 4, "a coupon's fits 32 bits"),
    PART(ORDER, IGNORED, cart.coupon_id, 4, 4, "ids fit 32 bits"),
    FIELD(ORDER, IGNORED, created_ms, "the same as attempted_ms"),
    FIELD(ORDER, IGNORED, spare, "zero"),

    FIELD(REFUND, STRUCTURE, lock, "index of a session"),
    AFTER(REFUND, IGNORED, bad_edge, 7, "zero, and padding"),

    FIELD(TRANSACTION, STRUCTURE, updated_ms, "only who comes before whom counts"),

    SPAN(CALL, STRUCTURE, transactions, purchase, "tables of their own, and how many"),
    FIELD(CALL, STRUCTURE, number, "its events find it by this"),
    FIELD(CALL, STRUCTURE, node, "index of a node"),
    FIELD(CALL, STRUCTURE, used, "its events count"),
    FIELD(CALL, IGNORED, effect.op_id, "the call's own"),
    FIELD(CALL, IGNORED, effect.origin, "a trace id"),
    AFTER(CALL, IGNORED, effect.padded, 3, "padding"),
    FIELD(CALL, IGNORED, effect.connect_timeout_ms, "its deadline counts"),
    FIELD(CALL, IGNORED, effect.timeout_ms, "its deadline counts"),
    AFTER(CALL, IGNORED, waiting, 7, "zero, and padding"),

    FIELD(TOLD, IGNORED, spare, "zero"),

    FIELD(ORDER_FLOW, STRUCTURE, next, "a list's link"),
    FIELD(ORDER_FLOW, STRUCTURE, seen.transactions, "tables of their own"),
    FIELD(ORDER_FLOW, STRUCTURE, seen.count, "length of a table"),
    FIELD(ORDER_FLOW, IGNORED, row.age_ms, "whoever reads it reads sight_age_ms"),
    PART(ORDER_FLOW, STRUCTURE, row.sent_age_ms, 0, 1, "far from its limit"),
    PART(ORDER_FLOW, STRUCTURE, row.sight_age_ms, 0, 1, "far from its limit"),
    PART(ORDER_FLOW, STRUCTURE, row.miss_age_ms, 0, 2, "far from its limit"),
    FIELD(ORDER_FLOW, IGNORED, row.verdict, "read when it comes"),
    FIELD(ORDER_FLOW, IGNORED, row.spare, "zero"),
    FIELD(ORDER_FLOW, IGNORED, try.spare, "zero"),
    FIELD(ORDER_FLOW, IGNORED, pause_ms, "used up in the step that sets it"),
    FIELD(ORDER_FLOW, IGNORED, spare, "zero"),
    REST(ORDER_FLOW, IGNORED, seen.spare, "zero"),

    PART(ORDER_ROW, STRUCTURE, sent_age_ms, 0, 1, "far from its limit"),
    PART(ORDER_ROW, STRUCTURE, sight_age_ms, 0, 1, "far from its limit"),
    PART(ORDER_ROW, STRUCTURE, miss_age_ms, 0, 2, "far from its limit"),
    FIELD(ORDER_ROW, IGNORED, age_ms, "whoever reads it reads sight_age_ms"),

    FIELD(PENDING, STRUCTURE, a, "index of an exchange, a session, or a partition"),
    SPAN(PENDING, STRUCTURE, job, fate, "what the event is, and the index of a node"),
    REST(PENDING, STRUCTURE, next, "a list's link, and messages that are tables of their own"),
    FIELD(PENDING, IGNORED, sequence, "any of them may be next"),
    FIELD(PENDING, IGNORED, key, "names the event"),
    FIELD(PENDING, IGNORED, role, "for those who watch"),
    FIELD(PENDING, IGNORED, flags, "those of its session"),
    FIELD(PENDING, IGNORED, script, "for those who watch"),
    FIELD(PENDING, IGNORED, spare, "zero"),

    PART(REDIS_DONE, IGNORED, outcome, 1, 3, "fewer than 256"),
    AFTER(REDIS_DONE, IGNORED, readable, 2, "padding"),
    FIELD(REDIS_DONE, IGNORED, payload.user_id, "the payment's own"),
    FIELD(REDIS_DONE, IGNORED, payload.activity_id, "the payment's own"),
    FIELD(REDIS_DONE, IGNORED, payload.quantity, "the payment's own"),
    FIELD(REDIS_DONE, IGNORED, payload.type, "the payment's own"),

    PART(MYSQL_DONE, IGNORED, outcome, 1, 3, "fewer than 256"),
    PART(MYSQL_DONE, IGNORED, error, 1, 3, "fewer than 256"),
    REST(MYSQL_DONE, IGNORED, more, "refused or unknown: no rows come with it"),

    AFTER(SENT, IGNORED, outcome, 4, "padding"),

    FIELD(NEWS, STRUCTURE, partition, "index of a partition"),
    FIELD(OFFSET_DONE, STRUCTURE, partition, "index of a partition"),
    FIELD(COMMIT, STRUCTURE, partition, "index of a partition"),

    FIELD(REDIS, IGNORED, origin, "a trace id"),
    FIELD(REDIS, IGNORED, hold_ms, "follows from the verb"),
    REST(REDIS, IGNORED, timeout_ms, "its deadline counts"),

    PART(SEND, IGNORED, record.payload.user_id, 4, 4, "ids fit 32 bits"),
    PART(SEND, IGNORED, record.payload.activity_id, 4, 4, "ids fit 32 bits"),
    FIELD(SEND, IGNORED, record.payload.quantity, "the payment's own"),
    FIELD(SEND, IGNORED, record.payload.type, "the payment's own"),
    FIELD(SEND, IGNORED, record.spare, "zero"),
    FIELD(SEND, IGNORED, key_hash, "there is one partition"),
    AFTER(SEND, IGNORED, keyed, 3, "padding"),
    REST(SEND, IGNORED, timeout_ms, "its deadline counts"),

    SPAN(CORE, STRUCTURE, limits, mono_ms, "given by the scenario"),
    FIELD(CORE, STRUCTURE, queues, "lists' ends"),
    FIELD(CORE, STRUCTURE, scheduler.count, "length of a table"),
    FIELD(CORE, STRUCTURE, sweep.count, "length of a table"),
    REST(CORE, STRUCTURE, flows_at, "where the tables lie"),
    FIELD(CORE, IGNORED, mono_ms, "all that is read of it is what is still to come"),
    PART(CORE, IGNORED, incarnation, 2, 2, "op ids hold 16 bits of it"),
    SPAN(CORE,
         IGNORED,
         op_seq,
         stopping,
         "names, free lists, and counters that follow from the tables"),
    FIELD(CORE, IGNORED, scheduler.spare, "zero"),
    FIELD(CORE, IGNORED, sweep.spare, "zero"),

    FIELD(FLOW, STRUCTURE, next, "a list's link"),
    PART(FLOW, IGNORED, payload.user_id, 4, 4, "ids fit 32 bits"),
    PART(FLOW, IGNORED, payload.activity_id, 4, 4, "ids fit 32 bits"),
    FIELD(FLOW, IGNORED, error, "for a person's eyes"),

    FIELD(GROUP, STRUCTURE, count, "length of a table"),
    FIELD(GROUP, IGNORED, queue, "follows from its place"),
    {GROUP, IGNORED, sizeof(struct rcp_group) - 2u, 2, "room for flows of a larger group"},

    PART(ITEM, IGNORED, row.payload.user_id, 4, 4, "ids fit 32 bits"),
    PART(ITEM, IGNORED, row.payload.activity_id, 4, 4, "ids fit 32 bits"),
    FIELD(ITEM, IGNORED, row.error, "for a person's eyes"),
    FIELD(ITEM, IGNORED, row.spare, "zero"),
    FIELD(ITEM, IGNORED, spare, "zero"),

    FIELD(WINDOWED, STRUCTURE, head, "index into the window"),
    FIELD(WINDOWED, STRUCTURE, count, "length of the window"),
    FIELD(WINDOWED, IGNORED, spare, "zero"),
};
#define EXCEPTIONS (sizeof exceptions / sizeof exceptions[0])

/* --- Flipping --- */

struct flips {
    struct explored world; /* where states are flipped */
    struct rcp_search_digest before;
    uint8_t counts[TABLE_COUNT][BYTES_MAX];    /* flipped, the digest was another one */
    uint8_t tried[TABLE_COUNT][BYTES_MAX];     /* in some state */
    uint8_t structure[TABLE_COUNT][BYTES_MAX]; /* not tried */
    uint32_t states, seen;
};

static bool digest_is(struct explored *world, const struct rcp_search_digest *wanted)
{
    struct rcp_search_digest digest = world->model.digest(world->explorer);
    return memcmp(&digest, wanted, sizeof digest) == 0;
}

/* A bool holds nothing but 0 and 1. */
static bool has_bools(enum table table)
{
    return table == REDIS_DONE || table == MYSQL_DONE || table == SEND || table == CALL;
}

/* Flips the lowest and the highest bit of each byte of one element, one after the other. */
static void flip(struct flips *flips, enum table table, void *element, uint32_t size)
{
    static const uint8_t masks[] = {0x01, 0x80};
    unsigned char *bytes = element;
    for (uint32_t i = 0; i < size; i++)
        for (uint32_t k = 0; k < (has_bools(table) ? 1u : 2u); k++) {
            if (flips->structure[table][i] || flips->counts[table][i])
                continue;
            bytes[i] ^= masks[k];
            flips->counts[table][i] = !digest_is(&flips->world, &flips->before);
            flips->tried[table][i] = 1;
            bytes[i] ^= masks[k];
        }
}

static void flip_all(struct flips *flips, enum table table, void *elements, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        flip(flips,
             table,
             (unsigned char *)elements + (size_t)i * table_sizes[table],
             table_sizes[table]);
}

static void flip_core(struct flips *flips, struct rcp_node *node)
{
    uint32_t flows = node->limits.requests + node->limits.retries;
    flip(flips, CORE, node, sizeof *node);
    for (uint32_t i = 0; i < flows; i++)
        if (rcp_flows(node)[i].state != RCP_FLOW_FREE)
            flip_all(flips, FLOW, &rcp_flows(node)[i], 1);
    for (uint32_t i = 0; i < RCP_QUEUE_COUNT * node->limits.groups; i++)
        if (rcp_group_at(node, i)->op_id != 0)
            flip_all(flips, GROUP, rcp_group_at(node, i), 1);
    flip_all(flips, ITEM, rcp_claims(node), node->scheduler.count);
    flip_all(flips, ITEM, rcp_swept(node), node->sweep.count);
    for (uint32_t i = 0; i < rcp_order_slots(node); i++) {
        struct rcp_order_flow *flow = rcp_order_flow_at(node, i);
        if (flow->stage == RCP_STAGE_FREE)
            continue;
        flip_all(flips, ORDER_FLOW, flow, 1);
        flip_all(flips, TOLD, flow->seen.transactions, flow->seen.count);
    }
    for (uint32_t i = 0; i < node->limits.partitions; i++) {
        const struct rcp_partition *p = &rcp_partitions(node)[i];
        flip_all(flips, WINDOWED, &rcp_partitions(node)[i], 1);
        for (uint32_t k = 0; k < p->count; k++)
            flip_all(flips, WINDOW, &rcp_window(node, i)[(p->head + k) % node->limits.window], 1);
    }
}

static void flip_step(struct flips *flips, struct rcp_event *event)
{
    switch (event->kind) {
    case RCP_EVENT_REDIS_DONE:
        flip_all(flips, REDIS_DONE, &event->redis_done, 1);
        break;
    case RCP_EVENT_MYSQL_DONE:
        flip_all(flips, MYSQL_DONE, &event->mysql_done, 1);
        break;
    case RCP_EVENT_SENT:
        flip_all(flips, SENT, &event->sent, 1);
        break;
    case RCP_EVENT_ASSIGNED:
    case RCP_EVENT_REVOKED:
        flip_all(flips, NEWS, &event->partition, 1);
        break;
    case RCP_EVENT_OFFSET_DONE:
        flip_all(flips, OFFSET_DONE, &event->offset_done, 1);
        break;
    case RCP_EVENT_NONE:
    case RCP_EVENT_START:
    case RCP_EVENT_STOP:
    case RCP_EVENT_TIMER:
    case RCP_EVENT_REQUEST:
    case RCP_EVENT_RECORD:
    case RCP_EVENT_PG_DONE:
    case RCP_EVENT_OPERATE:
    case RCP_EVENT_KIND_COUNT:
        fail_msg("only completions are pending");
    }
}

static void flip_queue(struct flips *flips, struct rcp_queue_head *queue)
{
    for (uint32_t i = 0; i < rcp_queue_count(queue); i++) {
        struct rcp_pending *pending = rcp_queue_at(queue, i);
        flip_all(flips, PENDING, pending, 1);
        if (pending->job == RCP_JOB_NODE_STEPS)
            flip_step(flips, &pending->event);
        else if (pending->job == RCP_JOB_REDIS_APPLIES)
            flip_all(flips, REDIS, &pending->redis, 1);
        else if (pending->job == RCP_JOB_KAFKA_APPENDS)
            flip_all(flips, SEND, &pending->send, 1);
        else if (pending->job == RCP_JOB_KAFKA_COMMITS)
            flip_all(flips, COMMIT, &pending->commit_offset, 1);
    }
}

static void flip_tables(struct flips *flips, struct rcp_world *world)
{
    flip_all(flips, WORLD, world, 1);
    flip_all(flips, NODE, world->nodes, world->config.nodes);
    flip_all(flips, ACTIVITY, world->activities, world->config.activities);
    flip_all(flips, TOKEN, rcp_world_tokens(world), world->payments);
    flip_all(flips, ENTRY, rcp_world_entries(world), world->payments);
    flip_all(flips, CLIENT, rcp_world_clients(world), world->payments);
    flip_all(flips, LEDGER, rcp_world_ledgers(world), world->payments);
    flip_all(flips, ROW, rcp_world_rows(world), world->row_count);
    flip_all(flips, PARKED, rcp_world_parked(world), world->parked_count);
    flip_all(flips, EXCHANGE, rcp_world_exchanges(world), world->exchange_count);
    for (uint32_t i = 0; i < world->config.limits.partitions; i++) {
        flip_all(flips, PARTITION, &world->partitions[i], 1);
        flip_all(flips, RECORD, rcp_world_records(world, i), world->partitions[i].count);
    }
}

static void flip_shop(struct flips *flips, struct rcp_world *world)
{
    const struct rcp_world_config *config = &world->config;
    if (!rcp_world_has_shop(config))
        return;
    flip_all(flips, PRODUCT, world->products, config->products);
    flip_all(flips, BUYER, rcp_world_buyers(world), config->buyers);
    flip_all(flips, REQUEST_KEY, rcp_world_request_keys(world), world->purchases);
    flip_all(flips, PURCHASE, rcp_world_purchase_ledgers(world), world->purchases);
    flip_all(flips, ORDER, rcp_world_orders(world), world->order_count);
    flip_all(flips, REFUND, rcp_world_refunds(world), world->refund_count);
    flip_all(flips, TRANSACTION, rcp_world_pg_rows(world), world->pg_count);
    for (uint32_t i = 0; i < rcp_world_pg_call_room(config); i++) {
        struct rcp_pg_call *call = &rcp_world_pg_calls(world)[i];
        if (call->used == 0)
            continue;
        flip_all(flips, CALL, call, 1);
        flip_all(flips, TOLD, call->transactions, call->count);
    }
}

static void flip_world(struct flips *flips, struct rcp_world *world)
{
    flip_tables(flips, world);
    flip_shop(flips, world);
    for (uint32_t i = 0; i < world->config.sessions; i++) {
        struct rcp_session *session = &rcp_world_sessions(world)[i];
        if (session->state == RCP_SESSION_FREE)
            continue;
        flip_all(flips, SESSION, session, 1);
        if (rcp_script_is_order((enum rcp_script)session->script))
            flip_all(flips, ORDER_ROW, rcp_world_session_orders(world, i), session->row_count);
        else
            flip_all(flips, SCRIPT_ROW, rcp_world_session_rows(world, i), session->row_count);
    }
    for (uint32_t i = 0; i < world->config.nodes; i++)
        if (world->nodes[i].alive)
            flip_core(flips, rcp_world_node(world, i));
}

/* What has struck stands in the saved bytes alone. */
static void flip_struck(struct flips *flips, const struct explored_state *state)
{
    for (uint32_t i = 0; i < sizeof(struct explored_struck); i++) {
        if (flips->counts[STRUCK][i])
            continue;
        state->bytes[i] ^= 1u;
        explored_load(&flips->world, state);
        flips->counts[STRUCK][i] = !digest_is(&flips->world, &flips->before);
        flips->tried[STRUCK][i] = 1;
        state->bytes[i] ^= 1u;
    }
    explored_load(&flips->world, state);
}

#define EVERY 9u /* of the states */

static void flip_state(void *context,
                       const struct explored_state *known,
                       const struct explored_state *now)
{
    struct flips *flips = context;
    if (known != NULL || flips->seen++ % EVERY != 0)
        return;
    explored_load(&flips->world, now);
    flips->before = now->digest;
    flip_struck(flips, now);
    flip_world(flips, flips->world.sim->world);
    flip_queue(flips, flips->world.sim->queue);
    assert_true(digest_is(&flips->world, &now->digest)); /* all is as it was */
    flips->states++;
}

/* --- The verdict --- */

static void mark_structure(struct flips *flips)
{
    for (uint32_t i = 0; i < EXCEPTIONS; i++)
        if (exceptions[i].kind == STRUCTURE)
            memset(&flips->structure[exceptions[i].table][exceptions[i].at], 1, exceptions[i].size);
}

static bool is_ignored(uint32_t table, uint32_t byte)
{
    for (uint32_t i = 0; i < EXCEPTIONS; i++)
        if (exceptions[i].kind == IGNORED && exceptions[i].table == table &&
            byte >= exceptions[i].at && byte < exceptions[i].at + exceptions[i].size)
            return true;
    return false;
}

/* Bytes of this table that neither count nor are listed, or that are listed and count. */
static uint32_t wrong_bytes(const struct flips *flips, uint32_t table)
{
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < table_sizes[table]; i++) {
        if (flips->structure[table][i] || !flips->tried[table][i])
            continue;
        if (flips->counts[table][i] != is_ignored(table, i))
            continue;
        print_error("%s: byte %u %s\n",
                    table_names[table],
                    i,
                    flips->counts[table][i] ? "is listed as ignored, and counts"
                                            : "counts for nothing, and no reason is listed");
        wrong++;
    }
    return wrong;
}

static void walk(struct flips *flips, const char *path, struct rcp_policy policy, uint32_t width)
{
    struct rcp_scenario *scenario = explored_scenario(path, policy);
    const struct rcp_explore_bounds bounds = {.faults = 2, .crashes = 1};
    struct explored walker = explored_open(scenario, bounds);
    struct explored_walk way = {
        .world = &walker, .width = width, .context = flips, .arrived = flip_state};
    flips->world = explored_open(scenario, bounds);
    explored_walk(&way);
    explored_close(&walker);
    explored_close(&flips->world);
    free(scenario);
}

/* Of each byte of a state it is known whether it counts: what is not read by the digest is listed, with its
 * reason, and what is listed is not read. */
static void every_byte_counts_or_is_listed(void **state)
{
    (void)state;
    struct flips *flips = calloc(1, sizeof *flips);
    assert_non_null(flips);
    mark_structure(flips);
    walk(flips, EXPLORED_ONE, rcp_policy_hardened(), 150);
    walk(flips, EXPLORED_ONE, rcp_policy_documented(), 40);
    walk(flips, EXPLORED_TWO, rcp_policy_hardened(), 30);
    walk(flips, "scenarios/explore/unusable-record.yaml", rcp_policy_hardened(), 500);
    walk(flips, "scenarios/explore/one-place-two-users.yaml", rcp_policy_hardened(), 20);
    walk(flips, "scenarios/explore/payment-and-rejection.yaml", rcp_policy_hardened(), 20);
    walk(flips, "scenarios/explore/one-row-two-schedulers.yaml", rcp_policy_hardened(), 20);
    walk(flips, "scenarios/explore/one-row-two-schedulers.yaml", runs_policy(RCP_KNOB_CLAIM), 20);
    walk(flips, EXPLORED_ORDER, rcp_policy_hardened(), 200);
    walk(flips, EXPLORED_ORDER, rcp_policy_documented(), 30);
    walk(flips, EXPLORED_ORDER, runs_policy(RCP_KNOB_SELECTION), 20);
    walk(flips, "scenarios/explore/one-order-settles-late.yaml", rcp_policy_hardened(), 30);
    uint32_t wrong = 0;
    for (uint32_t table = 0; table < TABLE_COUNT; table++) {
        wrong += wrong_bytes(flips, table);
        if (!flips->tried[table][0] && !flips->structure[table][0])
            fail_msg("no state had any %s", table_names[table]);
    }
    print_message("%u states flipped\n", flips->states);
    free(flips);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_byte_counts_or_is_listed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
