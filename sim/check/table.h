/* The invariants one by one, each defined in the file of its name. */
#ifndef RCP_SIM_CHECK_TABLE_H
#define RCP_SIM_CHECK_TABLE_H

#include "sim/check/invariant.h"

/* By enum rcp_invariant; none is NULL. For the checker's inner loop; others ask rcp_invariant_info(). */
extern const struct rcp_invariant_info *const rcp_invariants[RCP_INVARIANT_COUNT];

extern const struct rcp_invariant_info rcp_ok_is_approved;
extern const struct rcp_invariant_info rcp_accepted_is_durable;
extern const struct rcp_invariant_info rcp_accepted_is_settled;
extern const struct rcp_invariant_info rcp_approved_once;
extern const struct rcp_invariant_info rcp_owner_consented;
extern const struct rcp_invariant_info rcp_final_kept;
extern const struct rcp_invariant_info rcp_gone_is_final;
extern const struct rcp_invariant_info rcp_failure_took_nothing;
extern const struct rcp_invariant_info rcp_fallback_tried;
extern const struct rcp_invariant_info rcp_token_kept;
extern const struct rcp_invariant_info rcp_token_released;
extern const struct rcp_invariant_info rcp_capacity_kept;
extern const struct rcp_invariant_info rcp_row_edges;
extern const struct rcp_invariant_info rcp_resolved_is_settled;
extern const struct rcp_invariant_info rcp_one_open_row;
extern const struct rcp_invariant_info rcp_claim_exclusive;
extern const struct rcp_invariant_info rcp_attempts_bounded;
extern const struct rcp_invariant_info rcp_parked_with_cause;
extern const struct rcp_invariant_info rcp_parked_alerted;
extern const struct rcp_invariant_info rcp_offset_behind_work;
extern const struct rcp_invariant_info rcp_poison_parked;
extern const struct rcp_invariant_info rcp_backlog_drained;
extern const struct rcp_invariant_info rcp_status_known;
extern const struct rcp_invariant_info rcp_answered_once;
extern const struct rcp_invariant_info rcp_answered;
extern const struct rcp_invariant_info rcp_refused_rightly;
extern const struct rcp_invariant_info rcp_told_truly;
extern const struct rcp_invariant_info rcp_answered_in_time;

/* The second document. */
extern const struct rcp_invariant_info rcp_points_conserved;
extern const struct rcp_invariant_info rcp_coupons_conserved;
extern const struct rcp_invariant_info rcp_stock_conserved;
extern const struct rcp_invariant_info rcp_compensated_once;
extern const struct rcp_invariant_info rcp_order_once;
extern const struct rcp_invariant_info rcp_paid_is_taken;
extern const struct rcp_invariant_info rcp_failure_is_true;
extern const struct rcp_invariant_info rcp_no_blind_resend;
extern const struct rcp_invariant_info rcp_charge_edges;
extern const struct rcp_invariant_info rcp_refund_edges;
extern const struct rcp_invariant_info rcp_refund_is_due;
extern const struct rcp_invariant_info rcp_order_answer_true;
extern const struct rcp_invariant_info rcp_silence_told;
extern const struct rcp_invariant_info rcp_money_settled;
extern const struct rcp_invariant_info rcp_charge_settled;
extern const struct rcp_invariant_info rcp_order_alerted;

#endif
