/* OrderFacade: the door, the first transaction, and the PG call outside of any (FACTS 1.2, 1.5). */
#include "core/order/place.h"

#include "core/emit.h"
#include "core/order/facade.h"
#include "core/order/order_call.h"
#include "core/order/order_pause.h"

#include <string.h>

/* --- The door --- */

/* used_point + paid_amount + coupon_discount = total_amount, and there is something to buy. */
static bool adds_up(const struct rcp_cart *cart)
{
    uint64_t rest = cart->total_amount;
    const uint64_t parts[] = {cart->used_point, cart->paid_amount, cart->coupon_discount};
    for (uint32_t i = 0; i < 3; i++) {
        if (parts[i] > rest)
            return false;
        rest -= parts[i];
    }
    bool buys = false;
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++) {
        const struct rcp_order_item *item = &cart->items[i];
        if ((item->product_id == 0) != (item->quantity == 0))
            return false;
        buys = buys || item->product_id != 0;
    }
    return rest == 0 && buys;
}

void rcp_place_arrived(struct rcp_step *step, const struct rcp_request *request)
{
    struct rcp_node *node = step->node;
    step->role = RCP_ROLE_ORDER;
    if (request->user_id == 0) {
        rcp_order_refuse(step, request->request_id, RCP_STATUS_UNAUTHORIZED);
        return;
    }
    if (!adds_up(&request->order->cart)) {
        rcp_order_refuse(step, request->request_id, RCP_STATUS_BAD_REQUEST);
        return;
    }
    uint32_t slot = node->stopping ? RCP_NO_SLOT : rcp_order_take(node, false);
    if (slot == RCP_NO_SLOT) {
        rcp_order_refuse(step, request->request_id, RCP_STATUS_UNAVAILABLE);
        return;
    }
    struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
    flow->kind = RCP_ORDER_KIND_PLACE;
    flow->request_id = request->request_id;
    flow->user_id = request->user_id;
    flow->deadline_ms = step->mono_ms + RCP_ORDER_DEADLINE_MS;
    flow->row.cart = request->order->cart;
    flow->row.user_id = request->user_id;
    flow->row.origin = request->request_id;
    flow->row.request_key = request->order->request_key;
    flow->row.body_hash = request->order->body_hash;
    rcp_order_enter(step, slot, RCP_STAGE_PLACE);
}

/* --- PLACE and FIND --- */

/* Documented: back to what the request said, for the whole of placeOrder once more. */
static void forget_order(struct rcp_order_flow *flow)
{
    flow->row = (struct rcp_order_row){
        .cart = flow->row.cart,
        .user_id = flow->user_id,
        .origin = flow->row.origin,
        .request_key = flow->row.request_key,
        .body_hash = flow->row.body_hash,
    };
    flow->sends = 0;
    flow->posts = 0;
    flow->came_to = RCP_PG_CLASS_NONE;
}

void rcp_place_issue(struct rcp_step *step, uint32_t slot)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (flow->row.order_id != 0)
        forget_order(flow);
    struct rcp_mysql_effect *place = rcp_order_issue(step, slot, RCP_SCRIPT_PLACE);
    if (rcp_knob_hardened(step, RCP_KNOB_IDEMPOTENCY_KEY))
        place->flags |= RCP_TX_IDEMPOTENT;
    if (!rcp_knob_hardened(step, RCP_KNOB_LOCK_ORDER))
        place->flags |= RCP_TX_MIXED_LOCKS;
}

void rcp_place_find(struct rcp_step *step, uint32_t slot)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    struct rcp_mysql_effect *find = rcp_order_issue(step, slot, RCP_SCRIPT_FIND);
    find->kill_session = flow->session;
    if (!rcp_knob_hardened(step, RCP_KNOB_IDEMPOTENCY_KEY))
        rcp_emit_order_rows(step, find)->request_key = 0; /* it names no one order */
}

static enum rcp_order_answer placed_answer(const struct rcp_order_flow *flow,
                                           const struct rcp_order_row *row)
{
    switch ((enum rcp_order_verdict)row->verdict) {
    case RCP_ORDER_VERDICT_PLACED:
        /* Under one key two requests meet: the money is asked for by the one whose order it is. */
        return row->origin == flow->row.origin ? RCP_SAID_PLACED : RCP_SAID_RUNNING;
    case RCP_ORDER_VERDICT_PAID:
        return RCP_SAID_PAID;
    case RCP_ORDER_VERDICT_FAILED:
        return RCP_SAID_FAILED;
    case RCP_ORDER_VERDICT_UNSURE:
        return RCP_SAID_UNSURE;
    case RCP_ORDER_VERDICT_RUNNING:
        return RCP_SAID_RUNNING;
    case RCP_ORDER_VERDICT_OTHER:
        return RCP_SAID_OTHER;
    case RCP_ORDER_VERDICT_NO_STOCK:
        return RCP_SAID_NO_STOCK;
    case RCP_ORDER_VERDICT_NO_POINT:
        return RCP_SAID_NO_POINT;
    case RCP_ORDER_VERDICT_NO_COUPON:
        return RCP_SAID_NO_COUPON;
    case RCP_ORDER_VERDICT_PRICE:
        return RCP_SAID_PRICE;
    case RCP_ORDER_VERDICT_NOTHING:
        return RCP_SAID_NOTHING;
    case RCP_ORDER_VERDICT_NONE:
    case RCP_ORDER_VERDICT_DUE:
    case RCP_ORDER_VERDICT_REFUND:
    case RCP_ORDER_VERDICT_WRITTEN:
    case RCP_ORDER_VERDICT_STALE:
    case RCP_ORDER_VERDICT_REFUSED:
    case RCP_ORDER_VERDICT_ALERT:
    case RCP_ORDER_VERDICT_COUNT:
        break;
    }
    rcp_check_failed("verdict_given");
}

/* What is known of the order by this answer. */
static void note_placed(struct rcp_order_flow *flow,
                        const struct rcp_order_row *row,
                        enum rcp_order_answer answer)
{
    static const uint8_t charges[RCP_SAID_COUNT] = {
        [RCP_SAID_PLACED] = RCP_CHARGE_IN_PROGRESS,
        [RCP_SAID_PAID] = RCP_CHARGE_PAID,
        [RCP_SAID_FAILED] = RCP_CHARGE_FAILED,
    };
    bool others = answer == RCP_SAID_UNSURE || answer == RCP_SAID_RUNNING;
    flow->row.status = others ? row->status : charges[answer];
    if (flow->row.status == RCP_CHARGE_NONE)
        return;
    rcp_check(row->order_id != 0, "placed_order_has_id");
    flow->repeats = 0;
    flow->row.order_id = row->order_id;
    flow->row.version = row->version;
    flow->row.age_ms = row->age_ms;
    flow->row.sent_age_ms = row->sent_age_ms;
    flow->row.sight_age_ms = row->sight_age_ms;
}

void rcp_place_mysql_done(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (done->outcome == RCP_OUTCOME_DONE) {
        enum rcp_order_answer answer = placed_answer(flow, &done->orders[0]);
        note_placed(flow, &done->orders[0], answer);
        rcp_order_answer(step, slot, answer);
        return;
    }
    if (flow->stage == RCP_STAGE_PLACE) {
        flow->session = done->session;
        if (rcp_order_repeats(step, flow, done) || rcp_order_whole_again(step, flow, done)) {
            rcp_order_answer(step, slot, RCP_SAID_CONTENTION);
            return;
        }
    }
    bool unknown = done->outcome == RCP_OUTCOME_UNKNOWN;
    rcp_order_answer(step, slot, unknown ? RCP_SAID_UNKNOWN : RCP_SAID_REFUSED);
}

/* --- PAY --- */

/* A whole try fits, and the transaction behind it. */
static bool has_time(const struct rcp_step *step,
                     const struct rcp_order_flow *flow,
                     uint32_t pause_ms)
{
    return flow->sends < RCP_PG_TRIES_MAX &&
           rcp_order_left_ms(step, flow) >= pause_ms + RCP_PG_TIMEOUT_MS + RCP_MYSQL_TIMEOUT_MS;
}

bool rcp_place_pauses(const struct rcp_step *step,
                      struct rcp_order_flow *flow,
                      uint32_t retry_after_ms)
{
    if (flow->kind != RCP_ORDER_KIND_PLACE || flow->sends == 0)
        return false;
    uint32_t pause_ms = rcp_pg_pause_ms(step, flow->row.order_id, flow->sends, retry_after_ms);
    if (!has_time(step, flow, pause_ms))
        return false;
    flow->pause_ms = pause_ms;
    return true;
}

/* The last try surely did nothing, and there will be no other: it has failed, unless an earlier one may
 * have happened all the same. Then that is what the tries came to. */
static enum rcp_order_answer fails(struct rcp_order_flow *flow,
                                   enum rcp_order_answer answer,
                                   enum rcp_failure failure)
{
    if (flow->came_to >= RCP_PG_CLASS_ASK_FIRST)
        return RCP_SAID_UNCERTAIN;
    flow->row.failure = (uint8_t)failure;
    flow->row.pg_open = 0;
    return answer;
}

void rcp_place_pay(struct rcp_step *step, uint32_t slot)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    rcp_check(flow->came_to != RCP_PG_CLASS_UNCERTAIN, "uncertain_is_not_resent");
    rcp_check(flow->row.order_id != 0 && flow->row.status == RCP_CHARGE_IN_PROGRESS,
              "pays_for_placed_order");
    if (!has_time(step, flow, 0)) {
        rcp_order_answer(step, slot, fails(flow, RCP_SAID_SPENT, RCP_FAILURE_NOT_REACHED));
        return;
    }
    flow->sends++;
    if (rcp_order_call(step, slot, RCP_PG_PAY, 0) == RCP_CALL_OUT)
        return;
    flow->came_to = (uint8_t)rcp_pg_class_of_tries(
        step, (enum rcp_pg_class)flow->came_to, RCP_PG_CLASS_CIRCUIT_OPEN);
    rcp_order_answer(step, slot, fails(flow, RCP_SAID_CIRCUIT_OPEN, RCP_FAILURE_NOT_REACHED));
}

static enum rcp_order_answer told_answer(struct rcp_order_flow *flow,
                                         const struct rcp_pg_transaction *transaction)
{
    flow->row.pg_key = transaction->key;
    if (transaction->status == RCP_PG_SUCCESS)
        return RCP_SAID_SUCCESS;
    flow->row.failure = (uint8_t)rcp_failure_of((enum rcp_pg_reason)transaction->reason);
    flow->row.pg_open = 0;
    return transaction->status == RCP_PG_FAILED ? RCP_SAID_DECLINED : RCP_SAID_ACCEPTED;
}

/* Surely not done: once more after a pause, if there is time for it. */
static enum rcp_order_answer not_done(const struct rcp_step *step,
                                      struct rcp_order_flow *flow,
                                      uint32_t retry_after_ms)
{
    if (rcp_place_pauses(step, flow, retry_after_ms))
        return RCP_SAID_AGAIN;
    return fails(flow, RCP_SAID_SPENT, RCP_FAILURE_NOT_REACHED);
}

void rcp_place_paid(struct rcp_step *step,
                    uint32_t slot,
                    enum rcp_pg_class class,
                    const struct rcp_pg_done *done)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    flow->came_to = (uint8_t)rcp_pg_class_of_tries(step, (enum rcp_pg_class)flow->came_to, class);
    if (class == RCP_PG_CLASS_TOLD || class == RCP_PG_CLASS_ASK_FIRST ||
        class == RCP_PG_CLASS_UNCERTAIN)
        flow->posts++;
    switch (class) {
    case RCP_PG_CLASS_TOLD:
        rcp_check(done->count == 1, "pay_tells_one");
        rcp_order_answer(step, slot, told_answer(flow, &done->transactions[0]));
        return;
    case RCP_PG_CLASS_BUSINESS:
        rcp_order_answer(step, slot, fails(flow, RCP_SAID_BUSINESS, RCP_FAILURE_REFUSED));
        return;
    case RCP_PG_CLASS_LATER:
    case RCP_PG_CLASS_NOT_REACHED:
        rcp_order_answer(step, slot, not_done(step, flow, rcp_pg_retry_after_ms(class, done)));
        return;
    case RCP_PG_CLASS_ASK_FIRST:
        rcp_order_answer(step, slot, RCP_SAID_ASK_FIRST);
        return;
    case RCP_PG_CLASS_UNCERTAIN:
        rcp_order_answer(step, slot, RCP_SAID_UNCERTAIN);
        return;
    case RCP_PG_CLASS_NONE:
    case RCP_PG_CLASS_NO_RECORD:
    case RCP_PG_CLASS_CIRCUIT_OPEN:
    case RCP_PG_CLASS_COUNT:
        break;
    }
    rcp_check_failed("pay_has_class");
}
