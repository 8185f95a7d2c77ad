/* The table of invariants, in the order in which a tie is decided. */
#include "sim/check/invariant.h"

#include "core/check.h"
#include "sim/check/table.h"

#include <stddef.h>

static const struct rcp_invariant_info none = {
    .name = "none",
    .sentence = "Nothing is broken.",
    .broken = "broke nothing",
    .when = RCP_AT_DRAIN,
    .subject = RCP_OF_WORLD,
};

static const struct rcp_invariant_info check = {
    .name = "check",
    .sentence = "The core's own checks hold.",
    .broken = "broke a check of the core",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_WORLD,
};

static const struct rcp_invariant_info twin = {
    .name = "twin",
    .sentence = "A checker and its from-scratch twin agree.",
    .broken = "has a checker and a twin that disagree",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_WORLD,
};

const struct rcp_invariant_info *const rcp_invariants[RCP_INVARIANT_COUNT] = {
    [RCP_INVARIANT_NONE] = &none,
    [RCP_INVARIANT_OK_IS_APPROVED] = &rcp_ok_is_approved,
    [RCP_INVARIANT_ACCEPTED_IS_DURABLE] = &rcp_accepted_is_durable,
    [RCP_INVARIANT_ACCEPTED_IS_SETTLED] = &rcp_accepted_is_settled,
    [RCP_INVARIANT_APPROVED_ONCE] = &rcp_approved_once,
    [RCP_INVARIANT_OWNER_CONSENTED] = &rcp_owner_consented,
    [RCP_INVARIANT_FINAL_KEPT] = &rcp_final_kept,
    [RCP_INVARIANT_GONE_IS_FINAL] = &rcp_gone_is_final,
    [RCP_INVARIANT_FAILURE_TOOK_NOTHING] = &rcp_failure_took_nothing,
    [RCP_INVARIANT_FALLBACK_TRIED] = &rcp_fallback_tried,
    [RCP_INVARIANT_TOKEN_KEPT] = &rcp_token_kept,
    [RCP_INVARIANT_TOKEN_RELEASED] = &rcp_token_released,
    [RCP_INVARIANT_CAPACITY_KEPT] = &rcp_capacity_kept,
    [RCP_INVARIANT_ROW_EDGES] = &rcp_row_edges,
    [RCP_INVARIANT_RESOLVED_IS_SETTLED] = &rcp_resolved_is_settled,
    [RCP_INVARIANT_ONE_OPEN_ROW] = &rcp_one_open_row,
    [RCP_INVARIANT_CLAIM_EXCLUSIVE] = &rcp_claim_exclusive,
    [RCP_INVARIANT_ATTEMPTS_BOUNDED] = &rcp_attempts_bounded,
    [RCP_INVARIANT_PARKED_WITH_CAUSE] = &rcp_parked_with_cause,
    [RCP_INVARIANT_PARKED_ALERTED] = &rcp_parked_alerted,
    [RCP_INVARIANT_OFFSET_BEHIND_WORK] = &rcp_offset_behind_work,
    [RCP_INVARIANT_POISON_PARKED] = &rcp_poison_parked,
    [RCP_INVARIANT_BACKLOG_DRAINED] = &rcp_backlog_drained,
    [RCP_INVARIANT_STATUS_KNOWN] = &rcp_status_known,
    [RCP_INVARIANT_ANSWERED_ONCE] = &rcp_answered_once,
    [RCP_INVARIANT_ANSWERED] = &rcp_answered,
    [RCP_INVARIANT_REFUSED_RIGHTLY] = &rcp_refused_rightly,
    [RCP_INVARIANT_TOLD_TRULY] = &rcp_told_truly,
    [RCP_INVARIANT_ANSWERED_IN_TIME] = &rcp_answered_in_time,
    [RCP_INVARIANT_POINTS_CONSERVED] = &rcp_points_conserved,
    [RCP_INVARIANT_COUPONS_CONSERVED] = &rcp_coupons_conserved,
    [RCP_INVARIANT_STOCK_CONSERVED] = &rcp_stock_conserved,
    [RCP_INVARIANT_COMPENSATED_ONCE] = &rcp_compensated_once,
    [RCP_INVARIANT_ORDER_ONCE] = &rcp_order_once,
    [RCP_INVARIANT_PAID_IS_TAKEN] = &rcp_paid_is_taken,
    [RCP_INVARIANT_FAILURE_IS_TRUE] = &rcp_failure_is_true,
    [RCP_INVARIANT_NO_BLIND_RESEND] = &rcp_no_blind_resend,
    [RCP_INVARIANT_CHARGE_EDGES] = &rcp_charge_edges,
    [RCP_INVARIANT_REFUND_EDGES] = &rcp_refund_edges,
    [RCP_INVARIANT_REFUND_IS_DUE] = &rcp_refund_is_due,
    [RCP_INVARIANT_ORDER_ANSWER_TRUE] = &rcp_order_answer_true,
    [RCP_INVARIANT_SILENCE_TOLD] = &rcp_silence_told,
    [RCP_INVARIANT_MONEY_SETTLED] = &rcp_money_settled,
    [RCP_INVARIANT_CHARGE_SETTLED] = &rcp_charge_settled,
    [RCP_INVARIANT_ORDER_ALERTED] = &rcp_order_alerted,
    [RCP_INVARIANT_CHECK] = &check,
    [RCP_INVARIANT_TWIN] = &twin,
};

const struct rcp_invariant_info *rcp_invariant_info(enum rcp_invariant invariant)
{
    rcp_check(invariant < RCP_INVARIANT_COUNT, "invariant_known");
    return rcp_invariants[invariant];
}
