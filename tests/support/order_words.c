/* The order tables' rows in words, for messages. */
#include "tests/support/order_words.h"

#include "core/order/charge_table.h"
#include "core/order/decision_table.h"
#include "core/order/order_flow.h"
#include "core/order/refund_table.h"
#include "core/record.h"
#include "core/rule.h"

#include <stdio.h>

static const char *const stages[RCP_STAGE_COUNT] = {
#define STAGE(name) [RCP_STAGE_##name] = #name
    STAGE(FREE),   STAGE(PLACE),        STAGE(FIND),    STAGE(PAY),      STAGE(ASK),
    STAGE(PRICE),  STAGE(RESULT),       STAGE(KEEP),    STAGE(FAIL),     STAGE(TAKE),
    STAGE(LOOK),   STAGE(HINT),         STAGE(INQUIRE), STAGE(OVERRIDE), STAGE(REFUND_ASK),
    STAGE(REFUND), STAGE(REFUND_WRITE), STAGE(TELL),    STAGE(PAUSE),
#undef STAGE
};

static const char *const said[RCP_SAID_COUNT] = {
#define SAID(name) [RCP_SAID_##name] = #name
    SAID(NONE),      SAID(PLACED),     SAID(PAID),        SAID(FAILED),       SAID(UNSURE),
    SAID(RUNNING),   SAID(OTHER),      SAID(NO_STOCK),    SAID(NO_POINT),     SAID(NO_COUPON),
    SAID(PRICE),     SAID(NOTHING),    SAID(SETTLED),     SAID(FOREIGN),      SAID(OPEN),
    SAID(CLOSED),    SAID(SAYS_PAID),  SAID(SAYS_FAILED), SAID(COALESCED),    SAID(ACCEPTED),
    SAID(SUCCESS),   SAID(DECLINED),   SAID(BUSINESS),    SAID(CIRCUIT_OPEN), SAID(AGAIN),
    SAID(SPENT),     SAID(ASK_FIRST),  SAID(UNCERTAIN),   SAID(NO_RECORD),    SAID(UNPRICED),
    SAID(DECIDED),   SAID(HINTED),     SAID(LEFT),        SAID(WRITTEN),      SAID(STALE),
    SAID(SKIPPED),   SAID(CONTENTION), SAID(WHOLE_AGAIN), SAID(REFUSED),      SAID(UNKNOWN),
    SAID(UNSETTLED), SAID(KEPT),
#undef SAID
};

static const char *const results[RCP_PG_RESULT_COUNT] = {
#define RESULT(name) [RCP_PG_RESULT_##name] = #name
    RESULT(NONE),
    RESULT(SUCCESS),
    RESULT(FAILED),
    RESULT(PENDING),
    RESULT(NOT_FOUND),
    RESULT(QUERY_FAILED),
    RESULT(MISMATCH),
#undef RESULT
};

static const char *const ages[RCP_AGE_COUNT] = {
#define AGE(name) [RCP_AGE_##name] = #name
    AGE(ANY),
    AGE(YOUNG),
    AGE(OLD),
    AGE(SILENT),
    AGE(FIRST),
    AGE(SECOND),
    AGE(OPEN),
    AGE(OVER),
#undef AGE
};

static const char *const settles[RCP_SETTLE_COUNT] = {
#define SETTLE(name) [RCP_SETTLE_##name] = #name
    SETTLE(NONE),
    SETTLE(PAY),
    SETTLE(FAIL),
    SETTLE(KEY),
    SETTLE(LEAVE),
    SETTLE(SIGHT),
    SETTLE(MISS),
    SETTLE(DOUBT),
    SETTLE(REVIEW),
    SETTLE(CLOSE),
#undef SETTLE
};

static const char *const refund_events[RCP_REFUND_EVENT_COUNT] = {
#define EVENT(name) [RCP_REFUND_##name] = #name
    EVENT(INTENDED),
    EVENT(CLAIMED),
    EVENT(RECLAIMED),
    EVENT(LATER),
    EVENT(DONE),
    EVENT(GIVEN_UP),
#undef EVENT
};

static const char *side_name(uint8_t knob, uint8_t side)
{
    if (knob == RCP_KNOB_COUNT)
        return "any policy";
    const struct rcp_knob_info *info = rcp_knob_info((enum rcp_knob)knob);
    return side != 0 ? info->hardened : info->documented;
}

static void decision_line(const struct rcp_decision_rule *rule, char *text, size_t size)
{
    snprintf(text,
             size,
             "decision table: %s x %s x %s (%s)",
             rcp_charge_status_name((enum rcp_charge_status)rule->charge),
             results[rule->result],
             ages[rule->age],
             side_name(rule->knob, rule->side));
}

static void charge_line(const struct rcp_charge_edge *edge, char *text, size_t size)
{
    snprintf(text,
             size,
             "charge table: %s x %s",
             rcp_charge_status_name((enum rcp_charge_status)edge->from),
             settles[edge->settle]);
}

static void refund_line(const struct rcp_refund_edge *edge, char *text, size_t size)
{
    snprintf(text,
             size,
             "refund table: %s x %s",
             rcp_refund_status_name((enum rcp_refund_status)edge->from),
             refund_events[edge->event]);
}

void order_row_line(enum rcp_core_table table, uint32_t row, char *text, size_t size)
{
    if (table == RCP_TABLE_DECISION) {
        decision_line(&rcp_decision_rules[row], text, size);
        return;
    }
    if (table == RCP_TABLE_CHARGE) {
        charge_line(&rcp_charge_table[row], text, size);
        return;
    }
    if (table == RCP_TABLE_REFUND) {
        refund_line(&rcp_refund_table[row], text, size);
        return;
    }
    const struct rcp_flow_rule *rule = &rcp_order_rules[row];
    snprintf(text,
             size,
             "order table: %s x %s (%s)",
             stages[rule->state],
             said[rule->answer],
             side_name(rule->knob, rule->side));
}
