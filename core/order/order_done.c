/* The completions that order flows wait for, each to where its stage belongs. */
#include "core/emit.h"
#include "core/order/facade.h"
#include "core/order/inquiry.h"
#include "core/order/place.h"
#include "core/order/refund.h"
#include "core/order/result_handler.h"

void rcp_order_mysql_done(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done)
{
    if (slot >= rcp_order_slots(step->node))
        return;
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (flow->op_id != done->op_id)
        return;
    step->role = rcp_order_role(flow);
    rcp_check(done->outcome != RCP_OUTCOME_DONE || done->row_count == 1, "verdict_for_the_row");
    switch ((enum rcp_order_stage)flow->stage) {
    case RCP_STAGE_PLACE:
    case RCP_STAGE_FIND:
        rcp_place_mysql_done(step, slot, done);
        return;
    case RCP_STAGE_RESULT:
        rcp_result_done(step, slot, done);
        return;
    case RCP_STAGE_LOOK:
    case RCP_STAGE_HINT:
    case RCP_STAGE_INQUIRE:
    case RCP_STAGE_OVERRIDE:
        rcp_inquiry_done(step, slot, done);
        return;
    case RCP_STAGE_REFUND_WRITE:
    case RCP_STAGE_TELL:
        rcp_refund_written(step, slot, done);
        return;
    case RCP_STAGE_FREE:
    case RCP_STAGE_PAY:
    case RCP_STAGE_ASK:
    case RCP_STAGE_PRICE:
    case RCP_STAGE_KEEP:
    case RCP_STAGE_FAIL:
    case RCP_STAGE_TAKE:
    case RCP_STAGE_REFUND_ASK:
    case RCP_STAGE_REFUND:
    case RCP_STAGE_PAUSE:
    case RCP_STAGE_COUNT:
        break;
    }
    rcp_check_failed("stage_waits_for_script");
}

void rcp_order_pg_done(struct rcp_step *step, const struct rcp_pg_done *done)
{
    uint32_t slot = rcp_op_slot(done->op_id);
    if (slot >= rcp_order_slots(step->node))
        return;
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (flow->op_id != done->op_id)
        return;
    step->role = rcp_order_role(flow);
    enum rcp_pg_class class = rcp_pg_ended(step, &flow->try, done);
    switch ((enum rcp_order_stage)flow->stage) {
    case RCP_STAGE_PAY:
        rcp_place_paid(step, slot, class, done);
        return;
    case RCP_STAGE_ASK:
    case RCP_STAGE_PRICE:
        rcp_facade_told(step, slot, class, done);
        return;
    case RCP_STAGE_REFUND_ASK:
    case RCP_STAGE_REFUND:
        rcp_refund_told(step, slot, class, done);
        return;
    case RCP_STAGE_FREE:
    case RCP_STAGE_PLACE:
    case RCP_STAGE_FIND:
    case RCP_STAGE_RESULT:
    case RCP_STAGE_KEEP:
    case RCP_STAGE_FAIL:
    case RCP_STAGE_TAKE:
    case RCP_STAGE_LOOK:
    case RCP_STAGE_HINT:
    case RCP_STAGE_INQUIRE:
    case RCP_STAGE_OVERRIDE:
    case RCP_STAGE_REFUND_WRITE:
    case RCP_STAGE_TELL:
    case RCP_STAGE_PAUSE:
    case RCP_STAGE_COUNT:
        break;
    }
    rcp_check_failed("stage_waits_for_call");
}
