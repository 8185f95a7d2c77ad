/* Looking an order up, for its buyer, for an operator, for a callback. */
#include "core/order/inquiry.h"

#include "core/emit.h"
#include "core/order/callback.h"
#include "core/order/charge_table.h"
#include "core/order/order_call.h"

void rcp_inquiry_admit(struct rcp_step *step,
                       const struct rcp_request *request,
                       enum rcp_order_kind kind,
                       enum rcp_order_stage stage)
{
    struct rcp_node *node = step->node;
    uint32_t slot = node->stopping ? RCP_NO_SLOT : rcp_order_take(node, false);
    if (slot == RCP_NO_SLOT) {
        rcp_order_refuse(step, request->request_id, RCP_STATUS_UNAVAILABLE);
        return;
    }
    struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
    flow->kind = (uint8_t)kind;
    flow->request_id = request->request_id;
    flow->user_id = request->user_id;
    flow->deadline_ms = step->mono_ms + RCP_ORDER_DEADLINE_MS;
    flow->row.order_id = request->order->order_id;
    flow->row.pg_key = request->order->pg_key;
    flow->row.origin = request->request_id;
    if (kind == RCP_ORDER_KIND_CALLBACK)
        rcp_callback_note(step, flow, request->order);
    rcp_order_enter(step, slot, stage);
}

void rcp_inquiry_arrived(struct rcp_step *step, const struct rcp_request *request)
{
    step->role = RCP_ROLE_ORDER;
    bool status = request->kind == RCP_REQUEST_ORDER_STATUS;
    if (status && request->user_id == 0)
        rcp_order_refuse(step, request->request_id, RCP_STATUS_UNAUTHORIZED);
    else if (request->order->order_id == 0)
        rcp_order_refuse(step, request->request_id, RCP_STATUS_BAD_REQUEST);
    else if (status)
        rcp_inquiry_admit(step, request, RCP_ORDER_KIND_STATUS, RCP_STAGE_LOOK);
    else if (request->kind == RCP_REQUEST_ORDER_ASK)
        rcp_inquiry_admit(step, request, RCP_ORDER_KIND_INQUIRY, RCP_STAGE_INQUIRE);
    else
        rcp_inquiry_admit(step, request, RCP_ORDER_KIND_OVERRIDE, RCP_STAGE_OVERRIDE);
}

void rcp_inquiry_issue(struct rcp_step *step, uint32_t slot)
{
    struct rcp_mysql_effect *find = rcp_order_issue(step, slot, RCP_SCRIPT_FIND);
    if (!rcp_knob_hardened(step, RCP_KNOB_AGE_BASE))
        find->flags |= RCP_TX_CREATED;
}

bool rcp_inquiry_is_open(const struct rcp_order_row *row)
{
    return row->pg_open || rcp_charge_is_open((enum rcp_charge_status)row->status);
}

/* How it stands, for the buyer who placed it just now, and for everybody else. */
static enum rcp_order_answer how_it_stands(const struct rcp_order_flow *flow)
{
    if (flow->kind == RCP_ORDER_KIND_STATUS && flow->row.user_id != flow->user_id)
        return RCP_SAID_FOREIGN;
    if (flow->kind != RCP_ORDER_KIND_PLACE)
        return RCP_SAID_SETTLED;
    if (flow->row.status == RCP_CHARGE_PAID)
        return RCP_SAID_PAID;
    if (flow->row.status == RCP_CHARGE_FAILED)
        return RCP_SAID_FAILED;
    return flow->row.status == RCP_CHARGE_IN_PROGRESS ? RCP_SAID_PLACED : RCP_SAID_UNSURE;
}

/* May a person say that it has failed? REVIEW waits for just that. */
static bool may_override(const struct rcp_order_row *row)
{
    return row->status == RCP_CHARGE_REVIEW ||
           rcp_charge_is_open((enum rcp_charge_status)row->status);
}

static enum rcp_order_answer found_answer(struct rcp_step *step, struct rcp_order_flow *flow)
{
    if (flow->stage == RCP_STAGE_LOOK)
        return how_it_stands(flow);
    if (flow->stage == RCP_STAGE_HINT)
        return rcp_callback_found(step, flow);
    if (flow->stage == RCP_STAGE_INQUIRE)
        return rcp_inquiry_is_open(&flow->row) ? RCP_SAID_OPEN : RCP_SAID_CLOSED;
    if (!may_override(&flow->row))
        return RCP_SAID_CLOSED;
    flow->row.failure = RCP_FAILURE_OPERATOR;
    flow->row.pg_open = rcp_knob_hardened(step, RCP_KNOB_REFUND);
    return RCP_SAID_OPEN;
}

void rcp_inquiry_done(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (done->outcome != RCP_OUTCOME_DONE) {
        bool unknown = done->outcome == RCP_OUTCOME_UNKNOWN;
        rcp_order_answer(step, slot, unknown ? RCP_SAID_UNKNOWN : RCP_SAID_REFUSED);
        return;
    }
    bool nothing = done->orders[0].verdict == RCP_ORDER_VERDICT_NOTHING;
    if (nothing) {
        flow->row.order_id = 0;
        rcp_order_answer(
            step, slot, flow->stage == RCP_STAGE_HINT ? RCP_SAID_CLOSED : RCP_SAID_NOTHING);
        return;
    }
    rcp_check(done->orders[0].order_id != 0, "found_order_has_id");
    flow->row = done->orders[0];
    rcp_order_answer(step, slot, found_answer(step, flow));
}
