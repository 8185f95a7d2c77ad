/* What an order flow asks for: a script with its row in it, or a call to the PG through the bulkhead. */
#include "core/order/order_call.h"

#include "core/emit.h"

struct rcp_mysql_effect *rcp_order_issue(struct rcp_step *step,
                                         uint32_t slot,
                                         enum rcp_script script)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    uint32_t left_ms = rcp_order_left_ms(step, flow);
    uint32_t timeout_ms = RCP_MYSQL_TIMEOUT_MS;
    if (!flow->replied && left_ms < timeout_ms)
        timeout_ms = left_ms;
    flow->op_id = rcp_op_id(step->node, RCP_OWNER_ORDER, slot);
    struct rcp_mysql_effect *mysql =
        rcp_emit_order_script(step, flow->op_id, script, 1, timeout_ms);
    struct rcp_order_row *row = rcp_emit_order_rows(step, mysql);
    *row = flow->row;
    row->verdict = RCP_ORDER_VERDICT_NONE;
    row->asked = row->misses = 0;
    row->age_ms = row->sent_age_ms = row->sight_age_ms = row->miss_age_ms =
        0; /* they only come out */
    return mysql;
}

enum rcp_call_made rcp_order_call(struct rcp_step *step,
                                  uint32_t slot,
                                  enum rcp_pg_verb verb,
                                  uint64_t key)
{
    struct rcp_node *node = step->node;
    struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
    if (node->pg.in_flight >= node->limits.pg_calls && flow->kind != RCP_ORDER_KIND_PLACE) {
        node->wait_for_room++;
        return RCP_CALL_WAITS;
    }
    uint32_t left_ms = rcp_order_left_ms(step, flow);
    struct rcp_pg_effect call = {
        .op_id = rcp_op_id(node, RCP_OWNER_ORDER, slot),
        .user_id = flow->row.user_id,
        .order_id = flow->row.order_id,
        .key = key,
        .origin = flow->row.origin,
        .verb = verb,
        .timeout_ms = !flow->replied && left_ms < RCP_PG_TIMEOUT_MS ? left_ms : RCP_PG_TIMEOUT_MS,
    };
    if (verb == RCP_PG_PAY)
        call.amount = flow->row.cart.paid_amount;
    else if (verb == RCP_PG_REFUND)
        call.amount = flow->row.pg_amount;
    if (!rcp_pg_call(step, &call, &flow->try))
        return RCP_CALL_OPEN;
    flow->op_id = call.op_id;
    return RCP_CALL_OUT;
}

/* --- Room --- */

static bool is_call(const struct rcp_order_flow *flow)
{
    return flow->stage == RCP_STAGE_PAY || flow->stage == RCP_STAGE_ASK ||
           flow->stage == RCP_STAGE_PRICE || flow->stage == RCP_STAGE_REFUND_ASK ||
           flow->stage == RCP_STAGE_REFUND;
}

bool rcp_order_calls(const struct rcp_order_flow *flow)
{
    return is_call(flow) && flow->op_id != 0;
}

bool rcp_order_waits_for_room(const struct rcp_order_flow *flow)
{
    return is_call(flow) && flow->op_id == 0;
}

/* Items come first: a burst of requests must not keep them from the PG. */
void rcp_order_pump(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    uint32_t slots = rcp_order_slots(node);
    for (uint32_t i = 0; i < slots; i++) {
        if (node->wait_for_room == 0 || node->pg.in_flight >= node->limits.pg_calls)
            return;
        if (!rcp_order_step_has_room(step)) { /* behind an open circuit all of them end at once */
            if (node->order_wake_ms > step->mono_ms + 1u)
                node->order_wake_ms = step->mono_ms + 1u;
            return;
        }
        uint32_t slot = (i + node->limits.orders) % slots;
        struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
        if (!rcp_order_waits_for_room(flow))
            continue;
        node->wait_for_room--;
        rcp_order_enter(step, slot, (enum rcp_order_stage)flow->stage);
    }
}
