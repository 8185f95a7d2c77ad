/* PaymentResultHandler (FACTS 1.7): PAID, or FAILED with points, coupon and stock given back, or what
 * is known of a charge that stays open. All in one transaction, WHERE version. */
#include "core/order/result_handler.h"

#include "core/emit.h"
#include "core/order/charge_table.h"
#include "core/order/order_call.h"
#include "core/order/order_pause.h"

void rcp_result_issue(struct rcp_step *step, uint32_t slot)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    enum rcp_charge_status to;
    rcp_check(flow->row.order_id != 0, "result_has_order");
    rcp_check(
        rcp_charge_next(
            (enum rcp_charge_status)flow->row.status, (enum rcp_settle)flow->row.settle, &to, NULL),
        "result_moves_charge");
    rcp_check(flow->row.settle != RCP_SETTLE_KEY || flow->row.pg_key != 0, "key_is_known");
    struct rcp_mysql_effect *result = rcp_order_issue(step, slot, RCP_SCRIPT_RESULT);
    if (!rcp_knob_hardened(step, RCP_KNOB_UNITS_BACK))
        result->flags |= RCP_TX_OVERWRITTEN;
    if (!rcp_knob_hardened(step, RCP_KNOB_LOCK_ORDER))
        result->flags |= RCP_TX_MIXED_LOCKS;
}

/* What the buyer, or whoever else waits, hears of a charge that is written. */
static enum rcp_order_answer written_answer(const struct rcp_order_flow *flow)
{
    if (flow->kind != RCP_ORDER_KIND_PLACE)
        return RCP_SAID_SETTLED;
    if (flow->row.status == RCP_CHARGE_PAID)
        return RCP_SAID_PAID;
    return flow->row.status == RCP_CHARGE_FAILED ? RCP_SAID_FAILED : RCP_SAID_OPEN;
}

static enum rcp_order_answer done_answer(struct rcp_step *step,
                                         struct rcp_order_flow *flow,
                                         const struct rcp_order_row *row)
{
    enum rcp_charge_status to;
    switch ((enum rcp_order_verdict)row->verdict) {
    case RCP_ORDER_VERDICT_WRITTEN:
        rcp_check(rcp_charge_next((enum rcp_charge_status)flow->row.status,
                                  (enum rcp_settle)flow->row.settle,
                                  &to,
                                  NULL),
                  "result_moves_charge");
        flow->row.status = (uint8_t)to;
        return written_answer(flow);
    case RCP_ORDER_VERDICT_STALE:
    case RCP_ORDER_VERDICT_REFUSED:
        step->node->reconcile.skipped++;
        return flow->replied || flow->kind == RCP_ORDER_KIND_CALLBACK ? RCP_SAID_SKIPPED
                                                                      : RCP_SAID_STALE;
    case RCP_ORDER_VERDICT_NONE:
    case RCP_ORDER_VERDICT_PLACED:
    case RCP_ORDER_VERDICT_PAID:
    case RCP_ORDER_VERDICT_FAILED:
    case RCP_ORDER_VERDICT_UNSURE:
    case RCP_ORDER_VERDICT_RUNNING:
    case RCP_ORDER_VERDICT_OTHER:
    case RCP_ORDER_VERDICT_NO_STOCK:
    case RCP_ORDER_VERDICT_NO_POINT:
    case RCP_ORDER_VERDICT_NO_COUPON:
    case RCP_ORDER_VERDICT_PRICE:
    case RCP_ORDER_VERDICT_NOTHING:
    case RCP_ORDER_VERDICT_DUE:
    case RCP_ORDER_VERDICT_REFUND:
    case RCP_ORDER_VERDICT_ALERT:
    case RCP_ORDER_VERDICT_COUNT:
        break;
    }
    rcp_check_failed("verdict_given");
}

/* Not known to be written: the next pass sees how it stands. */
static enum rcp_order_answer failed_answer(struct rcp_step *step,
                                           const struct rcp_order_flow *flow,
                                           bool unknown)
{
    if (flow->kind == RCP_ORDER_KIND_SETTLE)
        step->node->reconcile.more = 0; /* the database does not take them: no hurry */
    if (flow->replied || flow->kind == RCP_ORDER_KIND_CALLBACK)
        return RCP_SAID_SKIPPED;
    if (flow->kind != RCP_ORDER_KIND_PLACE)
        return RCP_SAID_UNSETTLED;
    return unknown ? RCP_SAID_UNKNOWN : RCP_SAID_REFUSED;
}

void rcp_result_done(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    enum rcp_order_answer answer;
    if (rcp_order_whole_again(step, flow, done))
        answer = RCP_SAID_WHOLE_AGAIN;
    else if (done->outcome == RCP_OUTCOME_DONE)
        answer = done_answer(step, flow, &done->orders[0]);
    else if (rcp_order_repeats(step, flow, done))
        answer = RCP_SAID_CONTENTION;
    else
        answer = failed_answer(step, flow, done->outcome == RCP_OUTCOME_UNKNOWN);
    rcp_check(answer != RCP_SAID_CONTENTION || done->outcome == RCP_OUTCOME_REFUSED,
              "stale_is_not_repeated");
    rcp_order_answer(step, slot, answer);
}
