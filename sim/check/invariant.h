/* The invariants: each a sentence in docs/INVARIANTS.md, a predicate on one subject, and a twin that
 * comes to the same answer from the durable tables alone. One file per invariant in this folder. */
#ifndef RCP_SIM_CHECK_INVARIANT_H
#define RCP_SIM_CHECK_INVARIANT_H

#include <stdbool.h>
#include <stdint.h>

struct rcp_world;

enum rcp_invariant {
    RCP_INVARIANT_NONE,
    RCP_INVARIANT_OK_IS_APPROVED,       /* ok_is_approved */
    RCP_INVARIANT_ACCEPTED_IS_DURABLE,  /* accepted_is_durable */
    RCP_INVARIANT_ACCEPTED_IS_SETTLED,  /* accepted_is_settled: no payment is lost (at drain) */
    RCP_INVARIANT_APPROVED_ONCE,        /* approved_once */
    RCP_INVARIANT_OWNER_CONSENTED,      /* owner_consented */
    RCP_INVARIANT_FINAL_KEPT,           /* final_kept */
    RCP_INVARIANT_GONE_IS_FINAL,        /* gone_is_final */
    RCP_INVARIANT_FAILURE_TOOK_NOTHING, /* failure_took_nothing */
    RCP_INVARIANT_FALLBACK_TRIED,       /* fallback_tried */
    RCP_INVARIANT_TOKEN_KEPT,           /* token_kept */
    RCP_INVARIANT_TOKEN_RELEASED,       /* token_released (at drain) */
    RCP_INVARIANT_CAPACITY_KEPT,        /* capacity_kept */
    RCP_INVARIANT_ROW_EDGES,            /* row_edges */
    RCP_INVARIANT_RESOLVED_IS_SETTLED,  /* resolved_is_settled */
    RCP_INVARIANT_ONE_OPEN_ROW,         /* one_open_row */
    RCP_INVARIANT_CLAIM_EXCLUSIVE,      /* claim_exclusive */
    RCP_INVARIANT_ATTEMPTS_BOUNDED,     /* attempts_bounded */
    RCP_INVARIANT_PARKED_WITH_CAUSE,    /* parked_with_cause */
    RCP_INVARIANT_PARKED_ALERTED,       /* parked_alerted (at drain): rows and raw records */
    RCP_INVARIANT_OFFSET_BEHIND_WORK,   /* offset_behind_work */
    RCP_INVARIANT_POISON_PARKED,        /* poison_parked */
    RCP_INVARIANT_BACKLOG_DRAINED,      /* backlog_drained (at drain) */
    RCP_INVARIANT_STATUS_KNOWN,         /* status_known */
    RCP_INVARIANT_ANSWERED_ONCE,        /* answered_once */
    RCP_INVARIANT_ANSWERED,             /* answered (at drain) */
    RCP_INVARIANT_REFUSED_RIGHTLY,      /* refused_rightly */
    RCP_INVARIANT_TOLD_TRULY,           /* told_truly */
    RCP_INVARIANT_ANSWERED_IN_TIME,     /* answered_in_time */

    /* The second document. */
    RCP_INVARIANT_POINTS_CONSERVED,  /* points_conserved */
    RCP_INVARIANT_COUPONS_CONSERVED, /* coupons_conserved */
    RCP_INVARIANT_STOCK_CONSERVED,   /* stock_conserved */
    RCP_INVARIANT_COMPENSATED_ONCE,  /* compensated_once */
    RCP_INVARIANT_ORDER_ONCE,        /* order_once: one order per purchase */
    RCP_INVARIANT_PAID_IS_TAKEN,   /* paid_is_taken: no PAID on a failed, foreign or other amount */
    RCP_INVARIANT_FAILURE_IS_TRUE, /* failure_is_true */
    RCP_INVARIANT_NO_BLIND_RESEND, /* no_blind_resend */
    RCP_INVARIANT_CHARGE_EDGES,    /* charge_edges: moves in the table, version by one */
    RCP_INVARIANT_REFUND_EDGES,    /* refund_edges */
    RCP_INVARIANT_REFUND_IS_DUE,   /* refund_is_due: once, and never what an order was paid with */
    RCP_INVARIANT_ORDER_ANSWER_TRUE, /* order_answer_true */
    RCP_INVARIANT_SILENCE_TOLD,      /* silence_told */
    RCP_INVARIANT_MONEY_SETTLED,  /* money_settled (at drain): what the PG took is accounted for */
    RCP_INVARIANT_CHARGE_SETTLED, /* charge_settled (at drain): nothing is left IN_PROGRESS */
    RCP_INVARIANT_ORDER_ALERTED,  /* order_alerted (at drain): UNKNOWN, REVIEW, parked refunds */
    RCP_INVARIANT_CHECK,          /* check:<id>: a precondition of the core was broken */
    RCP_INVARIANT_TWIN,           /* the checker and its twin disagree: the checker is wrong */
    RCP_INVARIANT_COUNT
};

enum rcp_invariant_when {
    RCP_ALWAYS,   /* after every event, for what the event touched */
    RCP_AT_DRAIN, /* once, when all has healed and drained */
};

enum rcp_invariant_subject {
    RCP_OF_PAYMENT,   /* index = payment */
    RCP_OF_ROW,       /* index = failure row */
    RCP_OF_ACTIVITY,  /* index = activity */
    RCP_OF_PARTITION, /* index = partition */
    RCP_OF_WORLD,     /* index 0 */
    RCP_OF_ORDER,     /* index = order */
    RCP_OF_REFUND,    /* index = refund */
    RCP_OF_PG,        /* index = transaction at the PG */
    RCP_OF_PURCHASE,  /* index = purchase */
    RCP_OF_BUYER,     /* index = buyer - 1 */
    RCP_OF_PRODUCT,   /* index = product - 1 */
    RCP_INVARIANT_SUBJECT_COUNT
};

struct rcp_invariant_info {
    const char *name;     /* the id used in code, docs, reports and scenarios */
    const char *sentence; /* as in docs/INVARIANTS.md */
    const char *broken;   /* what a subject did that breaks it: goes on from its name */
    enum rcp_invariant_when when;
    enum rcp_invariant_subject subject;
    bool (*holds)(const struct rcp_world *world, uint32_t index); /* by the world's indexes: fast */
    bool (*twin)(const struct rcp_world *world, uint32_t index); /* from the durable tables: slow */
};

/* Never NULL; invariant < RCP_INVARIANT_COUNT. NONE, CHECK and TWIN have no predicates. */
const struct rcp_invariant_info *rcp_invariant_info(enum rcp_invariant invariant);

#endif
