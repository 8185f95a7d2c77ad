/* The core's decision tables in words, for messages. */
#include "tests/support/tables.h"

#include "core/record.h"
#include "core/recovery/row_table.h"
#include "core/rule.h"
#include "tests/support/gateway_words.h"
#include "tests/support/order_words.h"

#include <stdio.h>

static const char *const states[RCP_FLOW_STATE_COUNT] = {
#define STATE(name) [RCP_FLOW_##name] = #name
    STATE(FREE),       STATE(TOKEN),  STATE(APPROVE), STATE(DELETE_OPEN), STATE(COMMIT),
    STATE(COMMIT_LOG), STATE(SETTLE), STATE(LOG),     STATE(DIRECT),      STATE(HOLD),
    STATE(RELEASE),    STATE(MARK),   STATE(LOOKUP),  STATE(FENCE),       STATE(STATUS),
    STATE(REJECT),     STATE(LATER),  STATE(PARK),    STATE(PAUSE),       STATE(REOPEN),
    STATE(SHELVE),
#undef STATE
};

static const char *const answers[RCP_ANSWER_COUNT] = {
#define ANSWER(name) [RCP_ANSWER_##name] = #name
    ANSWER(NONE),
    ANSWER(FOUND),
    ANSWER(MISSING),
    ANSWER(FOREIGN),
    ANSWER(UNREADABLE),
    ANSWER(APPROVED),
    ANSWER(REJECTED),
    ANSWER(FENCED),
    ANSWER(CONFLICT),
    ANSWER(FULL),
    ANSWER(OPEN),
    ANSWER(PARKED),
    ANSWER(NOTHING),
    ANSWER(WRITTEN),
    ANSWER(SENT),
    ANSWER(REFUSED),
    ANSWER(UNKNOWN),
#undef ANSWER
};

static const char *const row_events[RCP_ROW_EVENT_COUNT] = {
#define EVENT(name) [RCP_ROW_##name] = #name
    EVENT(LOGGED),
    EVENT(LOGGED_PARKED),
    EVENT(CLAIMED),
    EVENT(RECLAIMED),
    EVENT(RELEASED),
    EVENT(RETRY_LATER),
    EVENT(PARKED),
    EVENT(SETTLED),
    EVENT(HANDED),
    EVENT(REPLACED),
    EVENT(REOPENED),
#undef EVENT
};

static const char *name_in(const char *const *names, uint32_t count, uint32_t index)
{
    return index < count && names[index] != NULL ? names[index] : "?";
}

const char *tables_state_name(uint32_t state)
{
    return name_in(states, RCP_FLOW_STATE_COUNT, state);
}

const char *tables_answer_name(uint32_t answer)
{
    return name_in(answers, RCP_ANSWER_COUNT, answer);
}

static const char *side_name(const struct rcp_flow_rule *rule)
{
    if (rule->knob == RCP_KNOB_COUNT)
        return "any policy";
    const struct rcp_knob_info *info = rcp_knob_info((enum rcp_knob)rule->knob);
    return rule->side != 0 ? info->hardened : info->documented;
}

void tables_row_name(enum rcp_core_table table, uint32_t row, char *text, size_t size)
{
    if (table == RCP_TABLE_ROW) {
        const struct rcp_row_edge *edge = &rcp_row_table[row];
        snprintf(text,
                 size,
                 "row table: %s x %s -> %s",
                 rcp_row_status_name((enum rcp_row_status)edge->from),
                 name_in(row_events, RCP_ROW_EVENT_COUNT, edge->event),
                 rcp_row_status_name((enum rcp_row_status)edge->to));
        return;
    }
    if (table == RCP_TABLE_PG_ANSWER) {
        gateway_rule_line(&rcp_pg_rules[row], text, size);
        return;
    }
    if (table == RCP_TABLE_BREAKER) {
        gateway_edge_line(&rcp_breaker_edges[row], text, size);
        return;
    }
    if (table == RCP_TABLE_ORDER || table == RCP_TABLE_DECISION || table == RCP_TABLE_CHARGE ||
        table == RCP_TABLE_REFUND) {
        order_row_line(table, row, text, size);
        return;
    }
    const struct rcp_flow_rule *rule =
        table == RCP_TABLE_PAYMENT ? &rcp_payment_rules[row] : &rcp_retry_rules[row];
    snprintf(text,
             size,
             "%s table: %s x %s (%s)",
             table == RCP_TABLE_PAYMENT ? "payment" : "retry",
             tables_state_name(rule->state),
             tables_answer_name(rule->answer),
             side_name(rule));
}
