/* Looking a move up in a decision table. */
#include "core/rule.h"

#include "core/emit.h"
#include "core/gateway/answer_table.h"
#include "core/gateway/breaker.h"
#include "core/recovery/row_table.h"

static bool applies(const struct rcp_step *step, const struct rcp_flow_rule *rule)
{
    return rule->knob == RCP_KNOB_COUNT ||
           rcp_knob_hardened(step, (enum rcp_knob)rule->knob) == (rule->side != 0);
}

const struct rcp_flow_rule *rcp_rule_find(struct rcp_step *step,
                                          enum rcp_core_table table,
                                          enum rcp_flow_state state,
                                          enum rcp_answer answer)
{
    const struct rcp_flow_rule *rules =
        table == RCP_TABLE_PAYMENT ? rcp_payment_rules : rcp_retry_rules;
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
    case RCP_TABLE_COUNT:
        break;
    }
    rcp_check_failed("table_exists");
}
