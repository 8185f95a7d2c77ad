/* An order flow on its way through order_table.c: its slot, its answers, its stages. */
#include "core/order/order_flow.h"

#include "core/emit.h"
#include "core/order/facade.h"
#include "core/order/inquiry.h"
#include "core/order/order_call.h"
#include "core/order/order_pause.h"
#include "core/order/place.h"
#include "core/order/refund.h"
#include "core/order/result_handler.h"
#include "core/rule.h"

#include <string.h>

/* --- Slots --- */

uint32_t rcp_order_take(struct rcp_node *node, bool item)
{
    uint16_t *list = item ? &node->free_settle : &node->free_order;
    uint32_t slot = *list;
    if (slot == RCP_NO_SLOT)
        return RCP_NO_SLOT;
    struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
    rcp_check(flow->stage == RCP_STAGE_FREE, "order_slot_free");
    *list = flow->next;
    memset(flow, 0, sizeof *flow);
    flow->next = RCP_NO_SLOT;
    flow->replied = item;
    *(item ? &node->settles_used : &node->orders_used) += 1;
    return slot;
}

static void give(struct rcp_node *node, uint32_t slot)
{
    bool item = rcp_order_is_item(node, slot);
    uint16_t *list = item ? &node->free_settle : &node->free_order;
    uint16_t *used = item ? &node->settles_used : &node->orders_used;
    struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
    rcp_check(*used > 0, "order_slot_used");
    rcp_check(flow->replied, "order_flow_ends_answered");
    flow->stage = RCP_STAGE_FREE;
    flow->op_id = 0;
    flow->next = *list;
    *list = (uint16_t)slot;
    *used -= 1;
}

/* --- Answers --- */

uint32_t rcp_order_left_ms(const struct rcp_step *step, const struct rcp_order_flow *flow)
{
    uint64_t left_ms = step->mono_ms < flow->deadline_ms ? flow->deadline_ms - step->mono_ms : 0;
    return left_ms < UINT32_MAX ? (uint32_t)left_ms : UINT32_MAX;
}

static bool overdue(const struct rcp_step *step, const struct rcp_order_flow *flow)
{
    return !flow->replied && rcp_order_left_ms(step, flow) == 0;
}

void rcp_order_refuse(struct rcp_step *step, uint64_t request_id, enum rcp_status status)
{
    rcp_emit_reply(step, request_id, status, RCP_PAYMENT_UNKNOWN);
}

static void reply(struct rcp_step *step, struct rcp_order_flow *flow, enum rcp_status status)
{
    if (flow->replied)
        return;
    rcp_check(flow->request_id != 0, "reply_has_request");
    struct rcp_reply *said = &rcp_emit(step, RCP_EFFECT_REPLY)->reply;
    said->request_id = flow->request_id;
    said->status = status;
    bool tells = status == RCP_STATUS_OK || status == RCP_STATUS_ACCEPTED ||
                 status == RCP_STATUS_PAYMENT_REQUIRED || status == RCP_STATUS_CONFLICT;
    if (tells && flow->kind != RCP_ORDER_KIND_CALLBACK) {
        rcp_check(flow->kind != RCP_ORDER_KIND_STATUS || flow->row.user_id == flow->user_id,
                  "order_shown_to_its_buyer");
        said->order_id = flow->row.order_id;
        said->charge = (enum rcp_charge_status)flow->row.status;
    }
    flow->replied = 1;
}

/* True where a move to this stage only writes down what is known: nobody has to wait for it. */
static bool writes(enum rcp_order_stage stage)
{
    return stage == RCP_STAGE_RESULT || stage == RCP_STAGE_KEEP || stage == RCP_STAGE_FAIL ||
           stage == RCP_STAGE_TAKE;
}

/* Time is over. An order that is placed is IN_PROGRESS: the next pass takes it from here. */
static enum rcp_order_stage answer_in_time(struct rcp_step *step,
                                           struct rcp_order_flow *flow,
                                           enum rcp_order_stage to)
{
    bool placed = flow->kind == RCP_ORDER_KIND_PLACE && flow->row.order_id != 0;
    reply(step, flow, placed ? RCP_STATUS_OK : RCP_STATUS_UNAVAILABLE);
    return placed && writes(to) ? to : RCP_STAGE_FREE;
}

void rcp_order_answer(struct rcp_step *step, uint32_t slot, enum rcp_order_answer answer)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    const struct rcp_flow_rule *rule = rcp_rule_find(step, RCP_TABLE_ORDER, flow->stage, answer);
    enum rcp_order_stage to = (enum rcp_order_stage)rule->to;
    bool ends_in_time = overdue(step, flow);
    flow->op_id = 0;
    switch ((enum rcp_move)rule->move) {
    case RCP_MOVE_TO:
        rcp_order_enter(step, slot, ends_in_time ? answer_in_time(step, flow, to) : to);
        return;
    case RCP_MOVE_PAUSE:
        if (ends_in_time)
            rcp_order_enter(step, slot, answer_in_time(step, flow, to));
        else
            rcp_order_pause(step, slot, to);
        return;
    case RCP_MOVE_REPLY:
        reply(step, flow, (enum rcp_status)rule->status);
        rcp_order_enter(step, slot, to);
        return;
    case RCP_MOVE_NONE:
    case RCP_MOVE_DURABLE:
        break;
    }
    rcp_check_failed("rule_has_move");
}

/* --- Stages --- */

enum rcp_role rcp_order_role(const struct rcp_order_flow *flow)
{
    static const uint8_t roles[RCP_ORDER_KIND_COUNT] = {
        [RCP_ORDER_KIND_PLACE] = RCP_ROLE_ORDER,
        [RCP_ORDER_KIND_CALLBACK] = RCP_ROLE_CALLBACK,
        [RCP_ORDER_KIND_STATUS] = RCP_ROLE_ORDER,
        [RCP_ORDER_KIND_INQUIRY] = RCP_ROLE_ORDER,
        [RCP_ORDER_KIND_OVERRIDE] = RCP_ROLE_ORDER,
        [RCP_ORDER_KIND_SETTLE] = RCP_ROLE_RECONCILE,
        [RCP_ORDER_KIND_REFUND] = RCP_ROLE_REFUND,
        [RCP_ORDER_KIND_ALERT] = RCP_ROLE_RECONCILE,
    };
    return (enum rcp_role)roles[flow->kind];
}

void rcp_order_enter(struct rcp_step *step, uint32_t slot, enum rcp_order_stage stage)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    step->role = rcp_order_role(flow);
    flow->stage = (uint8_t)stage;
    switch (stage) {
    case RCP_STAGE_FREE:
        give(step->node, slot);
        return;
    case RCP_STAGE_PLACE:
        rcp_place_issue(step, slot);
        return;
    case RCP_STAGE_FIND:
        rcp_place_find(step, slot);
        return;
    case RCP_STAGE_PAY:
        rcp_place_pay(step, slot);
        return;
    case RCP_STAGE_ASK:
        rcp_facade_ask(step, slot);
        return;
    case RCP_STAGE_PRICE:
        rcp_facade_price(step, slot);
        return;
    case RCP_STAGE_RESULT:
        rcp_result_issue(step, slot);
        return;
    case RCP_STAGE_KEEP:
    case RCP_STAGE_FAIL:
    case RCP_STAGE_TAKE:
        rcp_facade_settle_as(step, slot, stage);
        rcp_order_enter(step, slot, RCP_STAGE_RESULT);
        return;
    case RCP_STAGE_LOOK:
    case RCP_STAGE_HINT:
    case RCP_STAGE_INQUIRE:
    case RCP_STAGE_OVERRIDE:
        rcp_inquiry_issue(step, slot);
        return;
    case RCP_STAGE_REFUND_ASK:
        rcp_refund_ask(step, slot);
        return;
    case RCP_STAGE_REFUND:
        rcp_refund_send(step, slot);
        return;
    case RCP_STAGE_REFUND_WRITE:
        rcp_refund_write(step, slot);
        return;
    case RCP_STAGE_TELL:
        rcp_refund_tell(step, slot);
        return;
    case RCP_STAGE_PAUSE:
    case RCP_STAGE_COUNT:
        break;
    }
    rcp_check_failed("order_stage_exists");
}

void rcp_order_resume(struct rcp_step *step, uint32_t slot)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    enum rcp_order_stage then = (enum rcp_order_stage)flow->resume;
    step->role = rcp_order_role(flow);
    rcp_order_enter(step, slot, overdue(step, flow) ? answer_in_time(step, flow, then) : then);
}
