/* The tables: a row for each field, in the order in which it is written. Spare bytes are zero and left out. */
#include "core/recording_fields.h"

#include "core/hash.h"

#include <stddef.h>
#include <string.h>

/* A field of the struct itself; one of a part of it, or of a member of the union, named without that. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a member's name stands without */
#define OWN(S, member, meaning)                                                                   \
    {                                                                                             \
        .name = #member, .at = offsetof(struct S, member), .size = sizeof((struct S *)0)->member, \
        .means = RCP_MEANS_##meaning                                                              \
    }
#define PART(S, P, member, meaning)                                           \
    {                                                                         \
        .name = #member, .at = offsetof(struct S, P.member),                  \
        .size = sizeof((struct S *)0)->P.member, .means = RCP_MEANS_##meaning \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

/* The nouns that several of them share. */
#define PAYLOAD(S, P)                                                                 \
    PART(S, P, payload.user_id, NUMBER), PART(S, P, payload.activity_id, NUMBER),     \
        PART(S, P, payload.product_id, NUMBER), PART(S, P, payload.quantity, NUMBER), \
        PART(S, P, payload.type, NUMBER)

#define TX_ROW(S, P)                                                                            \
    PAYLOAD(S, P), PART(S, P, token, HANDLE), PART(S, P, origin, HANDLE),                       \
        PART(S, P, offset, NUMBER), PART(S, P, partition, NUMBER), PART(S, P, row_id, NUMBER),  \
        PART(S, P, epoch, NUMBER), PART(S, P, delay_ms, NUMBER), PART(S, P, attempt, NUMBER),   \
        PART(S, P, sends, NUMBER), PART(S, P, verdict, VERDICT), PART(S, P, cause, PARK_CAUSE), \
        PART(S, P, counted, NUMBER), PART(S, P, alone, NUMBER), PART(S, P, error, ERROR)

#define RETRY_RECORD(S, P)                                                                  \
    PAYLOAD(S, P), PART(S, P, token, HANDLE), PART(S, P, origin, HANDLE),                   \
        PART(S, P, row_id, NUMBER), PART(S, P, epoch, NUMBER), PART(S, P, attempt, NUMBER), \
        PART(S, P, usable, NUMBER), PART(S, P, mac, NUMBER), PART(S, P, alone, NUMBER)

#define CART(S)                                                                           \
    OWN(S, cart.total_amount, NUMBER), OWN(S, cart.used_point, NUMBER),                   \
        OWN(S, cart.paid_amount, NUMBER), OWN(S, cart.coupon_discount, NUMBER),           \
        OWN(S, cart.coupon_id, NUMBER), OWN(S, cart.items[0].product_id, NUMBER),         \
        OWN(S, cart.items[0].quantity, NUMBER), OWN(S, cart.items[1].product_id, NUMBER), \
        OWN(S, cart.items[1].quantity, NUMBER), OWN(S, cart.items[2].product_id, NUMBER), \
        OWN(S, cart.items[2].quantity, NUMBER), OWN(S, cart.items[3].product_id, NUMBER), \
        OWN(S, cart.items[3].quantity, NUMBER)

static_assert(RCP_ORDER_ITEMS_MAX == 4, "a row for each item");
static_assert(RCP_REFUND_LINES_MAX == 4, "a row for each refund line");

/* --- Events --- */

static const struct rcp_field start_fields[] = {
    PART(rcp_event, start, node, NUMBER),
    PART(rcp_event, start, incarnation, NUMBER),
};

static const struct rcp_field request_fields[] = {
    PART(rcp_event, request, request_id, NUMBER),
    PART(rcp_event, request, kind, REQUEST),
    PART(rcp_event, request, user_id, NUMBER),
    PART(rcp_event, request, token.handle, HANDLE),
    PART(rcp_event, request, token.user_id, NUMBER),
    PART(rcp_event, request, token.activity_id, NUMBER),
    PART(rcp_event, request, token.form, TOKEN_FORM),
};

static const struct rcp_field redis_done_fields[] = {
    PART(rcp_event, redis_done, op_id, OP_ID),
    PART(rcp_event, redis_done, outcome, OUTCOME),
    PART(rcp_event, redis_done, found, BOOL),
    PART(rcp_event, redis_done, readable, BOOL),
    PAYLOAD(rcp_event, redis_done),
};

static const struct rcp_field mysql_done_fields[] = {
    PART(rcp_event, mysql_done, op_id, OP_ID),
    PART(rcp_event, mysql_done, outcome, OUTCOME),
    PART(rcp_event, mysql_done, error, ERROR),
    PART(rcp_event, mysql_done, session, NUMBER),
    PART(rcp_event, mysql_done, others_succeed, BOOL),
    PART(rcp_event, mysql_done, more, BOOL),
    PART(rcp_event, mysql_done, row_count, NUMBER),
};

static const struct rcp_field sent_fields[] = {
    PART(rcp_event, sent, op_id, OP_ID),
    PART(rcp_event, sent, outcome, OUTCOME),
};

static const struct rcp_field partition_fields[] = {
    PART(rcp_event, partition, partition, NUMBER),
    PART(rcp_event, partition, assignment, NUMBER),
};

static const struct rcp_field record_fields[] = {
    PART(rcp_event, record, offset, NUMBER),
    PART(rcp_event, record, partition, NUMBER),
    PART(rcp_event, record, assignment, NUMBER),
    RETRY_RECORD(rcp_event, record.record),
};

static const struct rcp_field offset_done_fields[] = {
    PART(rcp_event, offset_done, partition, NUMBER),
    PART(rcp_event, offset_done, assignment, NUMBER),
    PART(rcp_event, offset_done, outcome, OUTCOME),
};

static const struct rcp_field pg_done_fields[] = {
    PART(rcp_event, pg_done, op_id, OP_ID),
    PART(rcp_event, pg_done, answer, PG_ANSWER),
    PART(rcp_event, pg_done, retry_after_ms, NUMBER),
    PART(rcp_event, pg_done, more, BOOL),
    PART(rcp_event, pg_done, count, NUMBER),
};

static const struct rcp_field operate_fields[] = {
    PART(rcp_event, operate, operation, OPERATION),
    PART(rcp_event, operate, worker, WORKER),
    PART(rcp_event, operate, circuit, CIRCUIT),
};

/* --- Effects --- */

#define ROLE OWN(rcp_effect, role, ROLE)

static const struct rcp_field reply_fields[] = {
    ROLE,
    PART(rcp_effect, reply, request_id, NUMBER),
    PART(rcp_effect, reply, status, HTTP),
    PART(rcp_effect, reply, state, PAYMENT_STATE),
    PART(rcp_effect, reply, order_id, NUMBER),
    PART(rcp_effect, reply, charge, CHARGE),
};

static const struct rcp_field redis_fields[] = {
    ROLE,
    PART(rcp_effect, redis, op_id, OP_ID),
    PART(rcp_effect, redis, verb, REDIS_VERB),
    PART(rcp_effect, redis, token, HANDLE),
    PART(rcp_effect, redis, origin, HANDLE),
    PART(rcp_effect, redis, hold_ms, NUMBER),
    PART(rcp_effect, redis, timeout_ms, NUMBER),
};

/* first_row is left out: rows follow their effect, and are counted again when they are read. */
static const struct rcp_field mysql_fields[] = {
    ROLE,
    PART(rcp_effect, mysql, op_id, OP_ID),
    PART(rcp_effect, mysql, script, SCRIPT),
    PART(rcp_effect, mysql, owner, NUMBER),
    PART(rcp_effect, mysql, flags, FLAGS),
    PART(rcp_effect, mysql, session, NUMBER),
    PART(rcp_effect, mysql, kill_session, NUMBER),
    PART(rcp_effect, mysql, timeout_ms, NUMBER),
    PART(rcp_effect, mysql, page, NUMBER),
    PART(rcp_effect, mysql, row_count, NUMBER),
};

static const struct rcp_field send_fields[] = {
    ROLE,
    PART(rcp_effect, send, op_id, OP_ID),
    RETRY_RECORD(rcp_effect, send.record),
    PART(rcp_effect, send, key_hash, NUMBER),
    PART(rcp_effect, send, keyed, BOOL),
    PART(rcp_effect, send, acks, ACKS),
    PART(rcp_effect, send, timeout_ms, NUMBER),
};

static const struct rcp_field fetch_fields[] = {
    ROLE,
    PART(rcp_effect, fetch, partition, NUMBER),
    PART(rcp_effect, fetch, assignment, NUMBER),
};

static const struct rcp_field commit_offset_fields[] = {
    ROLE,
    PART(rcp_effect, commit_offset, next_offset, NUMBER),
    PART(rcp_effect, commit_offset, partition, NUMBER),
    PART(rcp_effect, commit_offset, assignment, NUMBER),
};

static const struct rcp_field alert_fields[] = {
    ROLE,
    TX_ROW(rcp_effect, alert.row),
};

static const struct rcp_field pg_fields[] = {
    ROLE,
    PART(rcp_effect, pg, op_id, OP_ID),
    PART(rcp_effect, pg, verb, PG_VERB),
    PART(rcp_effect, pg, user_id, NUMBER),
    PART(rcp_effect, pg, order_id, NUMBER),
    PART(rcp_effect, pg, key, HANDLE),
    PART(rcp_effect, pg, amount, NUMBER),
    PART(rcp_effect, pg, origin, HANDLE),
    PART(rcp_effect, pg, padded, BOOL),
    PART(rcp_effect, pg, connect_timeout_ms, NUMBER),
    PART(rcp_effect, pg, timeout_ms, NUMBER),
};

static const struct rcp_field order_alert_fields[] = {
    ROLE,
    PART(rcp_effect, order_alert, alert, ORDER_ALERT),
    PART(rcp_effect, order_alert, order_id, NUMBER),
    PART(rcp_effect, order_alert, key, HANDLE),
};

/* --- Rows --- */

struct tx_row_alone {
    struct rcp_tx_row row;
};

static const struct rcp_field tx_row_fields[] = {TX_ROW(tx_row_alone, row)};

static const struct rcp_field order_row_fields[] = {
    CART(rcp_order_row),
    OWN(rcp_order_row, user_id, NUMBER),
    OWN(rcp_order_row, order_id, NUMBER),
    OWN(rcp_order_row, origin, HANDLE),
    OWN(rcp_order_row, request_key, HANDLE),
    OWN(rcp_order_row, body_hash, HANDLE),
    OWN(rcp_order_row, pg_key, HANDLE),
    OWN(rcp_order_row, pg_amount, NUMBER),
    OWN(rcp_order_row, refunds[0].key, HANDLE),
    OWN(rcp_order_row, refunds[0].amount, NUMBER),
    OWN(rcp_order_row, refunds[1].key, HANDLE),
    OWN(rcp_order_row, refunds[1].amount, NUMBER),
    OWN(rcp_order_row, refunds[2].key, HANDLE),
    OWN(rcp_order_row, refunds[2].amount, NUMBER),
    OWN(rcp_order_row, refunds[3].key, HANDLE),
    OWN(rcp_order_row, refunds[3].amount, NUMBER),
    OWN(rcp_order_row, version, NUMBER),
    OWN(rcp_order_row, age_ms, NUMBER),
    OWN(rcp_order_row, sent_age_ms, NUMBER),
    OWN(rcp_order_row, sight_age_ms, NUMBER),
    OWN(rcp_order_row, miss_age_ms, NUMBER),
    OWN(rcp_order_row, delay_ms, NUMBER),
    OWN(rcp_order_row, status, NUMBER), /* of a charge or of a refund */
    OWN(rcp_order_row, verdict, ORDER_VERDICT),
    OWN(rcp_order_row, settle, SETTLE),
    OWN(rcp_order_row, failure, FAILURE),
    OWN(rcp_order_row, pg_open, NUMBER),
    OWN(rcp_order_row, tries, NUMBER),
    OWN(rcp_order_row, asked, NUMBER),
    OWN(rcp_order_row, misses, NUMBER),
    OWN(rcp_order_row, alert, ORDER_ALERT),
    OWN(rcp_order_row, silent, NUMBER),
};

static const struct rcp_field transaction_fields[] = {
    OWN(rcp_pg_transaction, key, HANDLE),
    OWN(rcp_pg_transaction, order_id, NUMBER),
    OWN(rcp_pg_transaction, amount, NUMBER),
    OWN(rcp_pg_transaction, status, PG_STATUS),
    OWN(rcp_pg_transaction, reason, PG_REASON),
    OWN(rcp_pg_transaction, priced, NUMBER),
};

static const struct rcp_field order_request_fields[] = {
    CART(rcp_order_request),
    OWN(rcp_order_request, request_key, HANDLE),
    OWN(rcp_order_request, body_hash, HANDLE),
    OWN(rcp_order_request, order_id, NUMBER),
    OWN(rcp_order_request, pg_key, HANDLE),
    OWN(rcp_order_request, status, PG_STATUS),
    OWN(rcp_order_request, reason, PG_REASON),
    OWN(rcp_order_request, mac, NUMBER),
};

/* --- What a node is told --- */

static const struct rcp_field config_fields[] = {
    PART(rcp_node_config, limits, requests, NUMBER),
    PART(rcp_node_config, limits, retries, NUMBER),
    PART(rcp_node_config, limits, group, NUMBER),
    PART(rcp_node_config, limits, groups, NUMBER),
    PART(rcp_node_config, limits, linger_ms, NUMBER),
    PART(rcp_node_config, limits, page, NUMBER),
    PART(rcp_node_config, limits, sends, NUMBER),
    PART(rcp_node_config, limits, partitions, NUMBER),
    PART(rcp_node_config, limits, window, NUMBER),
    PART(rcp_node_config, limits, orders, NUMBER),
    PART(rcp_node_config, limits, settles, NUMBER),
    PART(rcp_node_config, limits, pg_calls, NUMBER),
    PART(rcp_node_config, policy, hardened, FLAGS),
    PART(rcp_node_config, gateway, refunds, NUMBER),
    PART(rcp_node_config, gateway, callback_mac, NUMBER),
    OWN(rcp_node_config, seed, NUMBER),
};

/* --- By their kinds --- */

struct kind {
    const char *name;
    struct rcp_fields fields;
};

#define FIELDS(list)                         \
    {                                        \
        list, sizeof(list) / sizeof(list)[0] \
    }

static const struct kind events[RCP_EVENT_KIND_COUNT] = {
    [RCP_EVENT_NONE] = {"none", {NULL, 0}},
    [RCP_EVENT_START] = {"start", FIELDS(start_fields)},
    [RCP_EVENT_STOP] = {"stop", {NULL, 0}},
    [RCP_EVENT_TIMER] = {"timer", {NULL, 0}},
    [RCP_EVENT_REQUEST] = {"request", FIELDS(request_fields)},
    [RCP_EVENT_REDIS_DONE] = {"redis_done", FIELDS(redis_done_fields)},
    [RCP_EVENT_MYSQL_DONE] = {"mysql_done", FIELDS(mysql_done_fields)},
    [RCP_EVENT_SENT] = {"sent", FIELDS(sent_fields)},
    [RCP_EVENT_ASSIGNED] = {"assigned", FIELDS(partition_fields)},
    [RCP_EVENT_REVOKED] = {"revoked", FIELDS(partition_fields)},
    [RCP_EVENT_RECORD] = {"record", FIELDS(record_fields)},
    [RCP_EVENT_OFFSET_DONE] = {"offset_done", FIELDS(offset_done_fields)},
    [RCP_EVENT_PG_DONE] = {"pg_done", FIELDS(pg_done_fields)},
    [RCP_EVENT_OPERATE] = {"operate", FIELDS(operate_fields)},
};

static const struct kind effects[RCP_EFFECT_KIND_COUNT] = {
    [RCP_EFFECT_NONE] = {"none", {NULL, 0}},
    [RCP_EFFECT_REPLY] = {"reply", FIELDS(reply_fields)},
    [RCP_EFFECT_REDIS] = {"redis", FIELDS(redis_fields)},
    [RCP_EFFECT_MYSQL] = {"mysql", FIELDS(mysql_fields)},
    [RCP_EFFECT_SEND] = {"send", FIELDS(send_fields)},
    [RCP_EFFECT_FETCH] = {"fetch", FIELDS(fetch_fields)},
    [RCP_EFFECT_COMMIT_OFFSET] = {"commit_offset", FIELDS(commit_offset_fields)},
    [RCP_EFFECT_ALERT] = {"alert", FIELDS(alert_fields)},
    [RCP_EFFECT_PG] = {"pg", FIELDS(pg_fields)},
    [RCP_EFFECT_ORDER_ALERT] = {"order_alert", FIELDS(order_alert_fields)},
};

static_assert(RCP_EVENT_KIND_COUNT == 14, "a new kind of event needs its row above");
static_assert(RCP_EFFECT_KIND_COUNT == 10, "a new kind of effect needs its row above");

static const struct rcp_fields rows[RCP_ROWS_COUNT] = {
    [RCP_ROWS_TX] = FIELDS(tx_row_fields),
    [RCP_ROWS_ORDER] = FIELDS(order_row_fields),
    [RCP_ROWS_TRANSACTION] = FIELDS(transaction_fields),
    [RCP_ROWS_REQUEST] = FIELDS(order_request_fields),
};

/* 0: any number. */
static const uint16_t bounds[RCP_MEANS_COUNT] = {
    [RCP_MEANS_BOOL] = 2,
    [RCP_MEANS_TOKEN_FORM] = RCP_TOKEN_FORM_COUNT,
    [RCP_MEANS_REQUEST] = RCP_REQUEST_KIND_COUNT,
    [RCP_MEANS_OUTCOME] = RCP_OUTCOME_COUNT,
    [RCP_MEANS_ERROR] = RCP_ERROR_CLASS_COUNT,
    [RCP_MEANS_PG_ANSWER] = RCP_PG_ANSWER_COUNT,
    [RCP_MEANS_PG_STATUS] = RCP_PG_STATUS_COUNT,
    [RCP_MEANS_PG_REASON] = RCP_PG_REASON_COUNT,
    [RCP_MEANS_ROLE] = RCP_ROLE_COUNT,
    [RCP_MEANS_HTTP] = 600,
    [RCP_MEANS_PAYMENT_STATE] = RCP_PAYMENT_STATE_COUNT,
    [RCP_MEANS_CHARGE] = RCP_CHARGE_STATUS_COUNT,
    [RCP_MEANS_REDIS_VERB] = RCP_REDIS_VERB_COUNT,
    [RCP_MEANS_SCRIPT] = RCP_SCRIPT_COUNT,
    [RCP_MEANS_ACKS] = RCP_ACKS_COUNT,
    [RCP_MEANS_PG_VERB] = RCP_PG_VERB_COUNT,
    [RCP_MEANS_ORDER_ALERT] = RCP_ORDER_ALERT_COUNT,
    [RCP_MEANS_VERDICT] = RCP_VERDICT_COUNT,
    [RCP_MEANS_ORDER_VERDICT] = RCP_ORDER_VERDICT_COUNT,
    [RCP_MEANS_PARK_CAUSE] = RCP_PARK_CAUSE_COUNT,
    [RCP_MEANS_SETTLE] = RCP_SETTLE_COUNT,
    [RCP_MEANS_FAILURE] = RCP_FAILURE_COUNT,
    [RCP_MEANS_OPERATION] = RCP_OPERATION_COUNT,
    [RCP_MEANS_WORKER] = RCP_WORKER_COUNT,
    [RCP_MEANS_CIRCUIT] = RCP_CIRCUIT_COUNT,
};

struct rcp_fields rcp_event_fields(enum rcp_event_kind kind)
{
    return (uint32_t)kind < RCP_EVENT_KIND_COUNT ? events[kind].fields : (struct rcp_fields){0};
}

struct rcp_fields rcp_effect_fields(enum rcp_effect_kind kind)
{
    return (uint32_t)kind < RCP_EFFECT_KIND_COUNT ? effects[kind].fields : (struct rcp_fields){0};
}

struct rcp_fields rcp_row_fields(enum rcp_row_kind kind)
{
    return (uint32_t)kind < RCP_ROWS_COUNT ? rows[kind] : (struct rcp_fields){0};
}

struct rcp_fields rcp_config_fields(void)
{
    return (struct rcp_fields)FIELDS(config_fields);
}

const char *rcp_event_kind_name(enum rcp_event_kind kind)
{
    return (uint32_t)kind < RCP_EVENT_KIND_COUNT ? events[kind].name : "?";
}

const char *rcp_effect_kind_name(enum rcp_effect_kind kind)
{
    return (uint32_t)kind < RCP_EFFECT_KIND_COUNT ? effects[kind].name : "?";
}

uint64_t rcp_field_most(const struct rcp_field *field)
{
    bool named = field->size == sizeof(enum rcp_outcome) || field->means == RCP_MEANS_BOOL;
    if (named && bounds[field->means] != 0)
        return bounds[field->means] - 1u;
    return UINT64_MAX >> (64u - 8u * field->size);
}

/* --- Values --- */

uint64_t rcp_field_get(const void *object, const struct rcp_field *field)
{
    const unsigned char *at = (const unsigned char *)object + field->at;
    uint64_t eight = 0;
    uint32_t four = 0;
    uint16_t two = 0;
    if (field->size == 1)
        return *at;
    if (field->size == 8) {
        memcpy(&eight, at, sizeof eight);
        return eight;
    }
    if (field->size == 4) {
        memcpy(&four, at, sizeof four);
        return four;
    }
    memcpy(&two, at, sizeof two);
    return two;
}

void rcp_field_set(void *object, const struct rcp_field *field, uint64_t value)
{
    unsigned char *at = (unsigned char *)object + field->at;
    uint32_t four = (uint32_t)value;
    uint16_t two = (uint16_t)value;
    if (field->size == 1)
        *at = (unsigned char)value;
    else if (field->size == 8)
        memcpy(at, &value, sizeof value);
    else if (field->size == 4)
        memcpy(at, &four, sizeof four);
    else
        memcpy(at, &two, sizeof two);
}

/* --- Their hash --- */

static uint64_t hash_fields(uint64_t hash, struct rcp_fields fields)
{
    for (uint32_t i = 0; i < fields.count; i++) {
        const struct rcp_field *field = &fields.list[i];
        for (const char *letter = field->name; *letter != '\0'; letter++)
            hash = rcp_hash(hash, (unsigned char)*letter);
        hash = rcp_hash(hash, (uint64_t)field->size << 8 | field->means);
    }
    return rcp_hash(hash, fields.count);
}

uint64_t rcp_fields_hash(void)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < RCP_EVENT_KIND_COUNT; i++)
        hash = hash_fields(hash, events[i].fields);
    for (uint32_t i = 0; i < RCP_EFFECT_KIND_COUNT; i++)
        hash = hash_fields(hash, effects[i].fields);
    for (uint32_t i = 0; i < RCP_ROWS_COUNT; i++)
        hash = hash_fields(hash, rows[i]);
    hash = hash_fields(hash, rcp_config_fields());
    for (uint32_t i = 0; i < RCP_MEANS_COUNT; i++)
        hash = rcp_hash(hash, bounds[i]);
    return rcp_hash(hash, RCP_KNOB_COUNT);
}
