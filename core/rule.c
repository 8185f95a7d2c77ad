/* Looking a move up in a decision table. */
#include "core/rule.h"

#include "core/emit.h"
#include "core/gateway/answer_table.h"
#include "core/gateway/breaker.h"
#include "core/order/charge_table.h"
#include "core/order/decision_table.h"
#include "core/order/refund_table.h"
#include "core/recovery/row_table.h"

static bool applies(const struct rcp_step *step, const struct rcp_flow_rule *rule)
{
    return rule->knob == RCP_KNOB_COUNT ||
           rcp_knob_hardened(step, (enum rcp_knob)rule->knob) == (rule->side != 0);
}

static const struct rcp_flow_rule *rules_of(enum rcp_core_table table)
{
    if (table == RCP_TABLE_ORDER)
        return rcp_order_rules;
    return table == RCP_TABLE_PAYMENT ? rcp_payment_rules : rcp_retry_rules;
}

const struct rcp_flow_rule *rcp_rule_find(struct rcp_step *step,
                                          enum rcp_core_table table,
                                          uint32_t state,
                                          uint32_t answer)
{
    const struct rcp_flow_rule *rules = rules_of(table);
    uint32_t count = rcp_core_table_rows(table);
    for (uint32_t i = 0; i < count; i++) {
        const struct rcp_flow_rule *rule = &rules[i];
        if (rule->state == state && rule->answer == answer && applies(step, rule)) {
            rcp_mark(step, table, i);
            return rule;
        }
    }
    rcp_check_failed("rule_exists");
}

uint32_t rcp_core_table_rows(enum rcp_core_table table)
{
    switch (table) {
    case RCP_TABLE_PAYMENT:
        return rcp_payment_rule_count;
    case RCP_TABLE_RETRY:
        return rcp_retry_rule_count;
    case RCP_TABLE_ROW:
        return rcp_row_table_count;
    case RCP_TABLE_PG_ANSWER:
        return rcp_pg_rule_count;
    case RCP_TABLE_BREAKER:
        return rcp_breaker_edge_count;
    case RCP_TABLE_ORDER:
        return rcp_order_rule_count;
    case RCP_TABLE_DECISION:
        return rcp_decision_rule_count;
    case RCP_TABLE_CHARGE:
        return rcp_charge_table_count;
    case RCP_TABLE_REFUND:
        return rcp_refund_table_count;
    case RCP_TABLE_COUNT:
        break;
    }
    rcp_check_failed("table_exists");
}
