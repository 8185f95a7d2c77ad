/* The decision table: charge x PgQueryResult x age -> what RESULT writes (FACTS 1.6; POLICIES.md,
 * second document). */
#ifndef RCP_CORE_ORDER_DECISION_TABLE_H
#define RCP_CORE_ORDER_DECISION_TABLE_H

#include "core/gateway/query.h"
#include "core/order/order_script.h"

/* What a clock says that decides this result. Which clock, is the result's business. */
enum rcp_age {
    RCP_AGE_ANY,
    RCP_AGE_YOUNG,  /* PENDING, QUERY_FAILED: for RCP_FORCE_FAIL_MS at most */
    RCP_AGE_OLD,    /* for longer */
    RCP_AGE_SILENT, /* PENDING, NOT_FOUND: the first sighting after a silence (QUERY_FAILING) */
    RCP_AGE_FIRST,  /* NOT_FOUND: the first fresh one, or the grace after it is not over */
    RCP_AGE_SECOND, /* NOT_FOUND: another one after RCP_NOT_FOUND_GRACE_MS */
    RCP_AGE_OPEN,   /* charge is settled: something may still come at the PG */
    RCP_AGE_OVER,   /* charge is settled: all is final, and no request can come any more */
    RCP_AGE_COUNT
};

/* Is the PG asked on once it is settled? */
enum rcp_asked_on {
    RCP_ASKED_ON_NO,
    RCP_ASKED_ON_YES,
    RCP_ASKED_ON_TILL_OVER, /* unless it is over now; PAID: or there was one POST only */
};

struct rcp_decision_rule {
    uint8_t charge;   /* enum rcp_charge_status */
    uint8_t result;   /* enum rcp_pg_result */
    uint8_t age;      /* enum rcp_age */
    uint8_t knob;     /* enum rcp_knob; RCP_KNOB_COUNT: whatever the policy */
    uint8_t side;     /* 1: where that knob is hardened, 0: where it is documented */
    uint8_t settle;   /* enum rcp_settle */
    uint8_t failure;  /* enum rcp_failure: FAIL, where the PG gives no reason of its own */
    uint8_t asked_on; /* enum rcp_asked_on */
};

/* What the clocks of this row say about this result. `over`: all is final at the PG, and too late for
 * more. */
enum rcp_age rcp_age_of(struct rcp_policy policy,
                        const struct rcp_order_row *row,
                        enum rcp_pg_result result,
                        bool over);

/* The row for these; exactly one matches, else it is a bug. Marks it. */
const struct rcp_decision_rule *rcp_decision_find(struct rcp_step *step,
                                                  enum rcp_charge_status charge,
                                                  enum rcp_pg_result result,
                                                  enum rcp_age age);

extern const struct rcp_decision_rule rcp_decision_rules[];
extern const uint32_t rcp_decision_rule_count;

#endif
