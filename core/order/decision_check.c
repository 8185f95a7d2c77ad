/* What a decision promises, whatever the table says: who fails a charge was told so by the PG or by a clock,
 * and who asks no more knows that nothing can come. */
#include "core/order/decision_check.h"

#include "core/emit.h"
#include "core/order/charge_table.h"

/* The PG took what the order costs, for this order, as far as we were told. */
static bool is_taken(const struct rcp_order_flow *flow)
{
    for (uint32_t i = 0; i < flow->seen.count; i++) {
        const struct rcp_pg_transaction *transaction = &flow->seen.transactions[i];
        if (transaction->status == RCP_PG_SUCCESS && transaction->priced &&
            transaction->order_id == flow->row.order_id &&
            transaction->amount == flow->row.cart.paid_amount)
            return true;
    }
    return false;
}

/* The first answer after a silence says nothing about the time before. */
static bool was_silent(const struct rcp_step *step, const struct rcp_order_row *row)
{
    return row->silent && rcp_knob_hardened(step, RCP_KNOB_QUERY_FAILING);
}

static void check_failure(const struct rcp_step *step,
                          const struct rcp_order_flow *flow,
                          enum rcp_pg_result result)
{
    const struct rcp_order_row *row = &flow->row;
    rcp_check(result != RCP_PG_RESULT_QUERY_FAILED, "silence_fails_nothing");
    rcp_check(row->status != RCP_CHARGE_UNKNOWN || result == RCP_PG_RESULT_FAILED,
              "unknown_is_not_force_failed");
    rcp_check(!rcp_knob_hardened(step, RCP_KNOB_WHICH_TRANSACTION) || !is_taken(flow),
              "fails_what_is_not_taken");
    if (result == RCP_PG_RESULT_PENDING)
        rcp_check(row->sight_age_ms > RCP_FORCE_FAIL_MS && !was_silent(step, row),
                  "time_out_is_over");
    if (result == RCP_PG_RESULT_NOT_FOUND && rcp_knob_hardened(step, RCP_KNOB_NOT_FOUND))
        rcp_check(row->miss_age_ms >= RCP_NOT_FOUND_GRACE_MS && !was_silent(step, row),
                  "not_found_outlasts_grace");
}

/* What was sent has come or never will, and all that came is final. */
static void check_end(const struct rcp_order_flow *flow)
{
    rcp_check(flow->row.sent_age_ms > RCP_PG_LATE_MS, "asked_until_too_late");
    for (uint32_t i = 0; i < flow->seen.count; i++)
        rcp_check(flow->seen.transactions[i].status != RCP_PG_PENDING, "asked_until_final");
}

/* PAID after one POST: there is nothing else that the PG could have. */
static bool was_sent_once(const struct rcp_order_flow *flow)
{
    return (flow->kind == RCP_ORDER_KIND_PLACE ? flow->posts : 0u) + flow->row.tries == 1;
}

static bool asks_on(const struct rcp_step *step)
{
    return rcp_knob_hardened(step, RCP_KNOB_REFUND) &&
           rcp_knob_hardened(step, RCP_KNOB_PENDING_LONG) &&
           rcp_knob_hardened(step, RCP_KNOB_NOT_FOUND);
}

enum rcp_charge_status rcp_decision_check(const struct rcp_step *step,
                                          const struct rcp_order_flow *flow,
                                          const struct rcp_decision_rule *rule,
                                          bool asked_on)
{
    enum rcp_charge_status becomes;
    enum rcp_settle settle = (enum rcp_settle)rule->settle;
    rcp_check(rcp_charge_next((enum rcp_charge_status)flow->row.status, settle, &becomes, NULL),
              "decision_moves_charge");
    if (settle == RCP_SETTLE_FAIL)
        check_failure(step, flow, (enum rcp_pg_result)rule->result);
    bool ends = settle == RCP_SETTLE_CLOSE || settle == RCP_SETTLE_FAIL ||
                (settle == RCP_SETTLE_PAY && !was_sent_once(flow));
    if (ends && !asked_on && asks_on(step))
        check_end(flow);
    return becomes;
}
