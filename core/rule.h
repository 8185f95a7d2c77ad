/* A decision table of the specification: in a state, an answer decides the move. Knobs pick the row. */
#ifndef RCP_CORE_RULE_H
#define RCP_CORE_RULE_H

#include "core/state.h"

/* What a flow does next. */
enum rcp_move {
    RCP_MOVE_NONE,
    RCP_MOVE_TO,      /* go on to state `to` */
    RCP_MOVE_REPLY,   /* answer `status`, then go on to state `to` (FREE: the flow ends) */
    RCP_MOVE_DURABLE, /* record: its offset is done; go on to state `to` */
    RCP_MOVE_PAUSE,   /* order: go on to state `to` after a pause */
};

/* The first row that matches decides. */
struct rcp_flow_rule {
    uint8_t state;   /* enum rcp_flow_state; order: enum rcp_order_stage */
    uint8_t answer;  /* enum rcp_answer; order: enum rcp_order_answer */
    uint8_t knob;    /* enum rcp_knob; RCP_KNOB_COUNT: whatever the policy */
    uint8_t side;    /* 1: where that knob is hardened, 0: where it is documented */
    uint8_t move;    /* enum rcp_move */
    uint8_t to;      /* as `state` */
    uint16_t status; /* enum rcp_status */
};

/* The row for this state and answer; a pair that has none is a bug. Marks it. */
const struct rcp_flow_rule *rcp_rule_find(struct rcp_step *step,
                                          enum rcp_core_table table,
                                          uint32_t state,
                                          uint32_t answer);

/* The tables, in order of states; rows of one state stand together. */
extern const struct rcp_flow_rule rcp_payment_rules[];
extern const uint32_t rcp_payment_rule_count;
extern const struct rcp_flow_rule rcp_retry_rules[];
extern const uint32_t rcp_retry_rule_count;
extern const struct rcp_flow_rule rcp_order_rules[];
extern const uint32_t rcp_order_rule_count;

#endif
