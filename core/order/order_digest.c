/* The canonical form of order flows. Left out: the numbers that core/digest.c leaves out, and of a row's
 * ages all but what they decide, and only while something is still to be decided. */
#include "core/order/order_digest.h"

#include "core/order/order_call.h"

static void add_cart(struct rcp_digest *digest, const struct rcp_cart *cart)
{
    rcp_digest_add(digest, cart->total_amount);
    rcp_digest_add(digest, cart->used_point);
    rcp_digest_add(digest, cart->paid_amount);
    rcp_digest_add(digest, cart->coupon_discount);
    rcp_digest_add(digest, cart->coupon_id);
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        rcp_digest_pair(digest, cart->items[i].product_id, cart->items[i].quantity);
}

/* Which side of its limit an age is on. */
static uint32_t ages(const struct rcp_order_row *row)
{
    return (uint32_t)(row->sight_age_ms > RCP_FORCE_FAIL_MS) |
           (uint32_t)(row->miss_age_ms >= RCP_NOT_FOUND_GRACE_MS) << 1 |
           (uint32_t)(row->sent_age_ms > RCP_PG_LATE_MS) << 2;
}

static bool decides(const struct rcp_order_flow *flow)
{
    uint8_t stage = flow->stage == RCP_STAGE_PAUSE ? flow->resume : flow->stage;
    return stage != RCP_STAGE_RESULT && stage != RCP_STAGE_LOOK &&
           stage != RCP_STAGE_REFUND_WRITE && stage != RCP_STAGE_TELL;
}

static void add_row(struct rcp_digest *digest, const struct rcp_order_flow *flow)
{
    const struct rcp_order_row *row = &flow->row;
    bool refund = flow->kind == RCP_ORDER_KIND_REFUND;
    add_cart(digest, &row->cart);
    rcp_digest_add(digest, row->user_id);
    rcp_digest_add(digest, row->order_id);
    rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_REQUEST, row->origin, 0));
    rcp_digest_add(digest, row->request_key);
    rcp_digest_add(digest, row->body_hash);
    rcp_digest_add(digest, row->pg_key);
    rcp_digest_add(digest, row->pg_amount);
    for (uint32_t i = 0; i < RCP_REFUND_LINES_MAX; i++) {
        rcp_digest_add(digest, row->refunds[i].key);
        rcp_digest_add(digest, row->refunds[i].amount);
    }
    rcp_digest_add(digest,
                   rcp_digest_name(digest,
                                   refund ? RCP_NAME_EPOCH : RCP_NAME_VERSION,
                                   row->version,
                                   (uint32_t)(refund ? row->pg_key : row->order_id)));
    rcp_digest_pair(digest, row->delay_ms, decides(flow) ? ages(row) : 0);
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){row->status,
                                        row->settle,
                                        row->failure,
                                        row->pg_open,
                                        row->tries,
                                        rcp_asked_counts(row),
                                        row->misses,
                                        row->silent});
    rcp_digest_pair(digest, row->alert, refund ? row->version : 0); /* refund: how often claimed */
}

static void add_seen(struct rcp_digest *digest, const struct rcp_pg_seen *seen)
{
    rcp_digest_pair(digest, seen->count, seen->more);
    for (uint32_t i = 0; i < seen->count; i++) {
        const struct rcp_pg_transaction *told = &seen->transactions[i];
        rcp_digest_add(digest, told->key);
        rcp_digest_add(digest, told->order_id);
        rcp_digest_add(digest, told->amount);
        rcp_digest_bytes(digest, (const uint8_t[8]){told->status, told->reason, told->priced});
    }
}

static void add_flow(struct rcp_digest *digest,
                     const struct rcp_node *node,
                     const struct rcp_order_flow *flow,
                     uint32_t slot)
{
    rcp_digest_pair(digest, slot, flow->op_id != 0);
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){flow->stage,
                                        flow->resume,
                                        flow->kind,
                                        flow->sends,
                                        flow->posts,
                                        flow->came_to,
                                        flow->repeats,
                                        flow->rounds});
    rcp_digest_bytes(
        digest, (const uint8_t[8]){flow->replied, flow->hinted, flow->says, flow->said_failure});
    rcp_digest_add(digest, flow->said_key);
    rcp_digest_add(digest, flow->user_id);
    rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_REQUEST, flow->request_id, 0));
    rcp_digest_add(digest, rcp_digest_ahead(flow->deadline_ms, digest->now_ms));
    if (flow->stage == RCP_STAGE_PAUSE)
        rcp_digest_add(digest, rcp_digest_ahead(flow->wake_ms, digest->now_ms));
    rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_SESSION, flow->session, 0));
    add_row(digest, flow);
    add_seen(digest, &flow->seen);
    if (rcp_order_calls(flow))
        rcp_pg_try_digest(&node->pg, &flow->try, digest);
}

void rcp_order_digest(const struct rcp_node *node, struct rcp_digest *digest)
{
    const struct rcp_reconcile *round = &node->reconcile;
    if (node->limits.orders == 0)
        return;
    rcp_pg_client_digest(&node->pg, digest);
    rcp_digest_bytes(digest, (const uint8_t[8]){round->state, round->more, round->op_id != 0});
    rcp_digest_add(digest, rcp_digest_ahead(round->next_ms, digest->now_ms));
    if (round->state != RCP_ROUND_IDLE)
        rcp_digest_add(digest, (digest->now_ms - round->tick_ms) % RCP_RECONCILE_MS);
    rcp_digest_add(digest, round->after_id);
    rcp_digest_add(digest, rcp_digest_ahead(node->order_wake_ms, digest->now_ms));
    for (uint32_t i = 0; i < rcp_order_slots(node); i++) {
        const struct rcp_order_flow *flow = rcp_order_flow_at(node, i);
        if (flow->stage != RCP_STAGE_FREE)
            add_flow(digest, node, flow, i);
    }
}
