/* Rows of the core's tables that no simulated world can lead to, each for a reason. */
#include "tests/support/beyond_reach.h"

#include "core/order/decision_table.h"
#include "core/order/order_flow.h"
#include "core/rule.h"

/* The PG does not take a SUCCESS back. Misses are counted by `second_fresh` alone, so that where one is
 * enough there is no second. */
static bool decision(const struct rcp_decision_rule *rule)
{
    if (rule->charge == RCP_CHARGE_PAID)
        return rule->result == RCP_PG_RESULT_FAILED || rule->result == RCP_PG_RESULT_PENDING ||
               rule->result == RCP_PG_RESULT_MISMATCH;
    return rule->age == RCP_AGE_SECOND && rule->knob == RCP_KNOB_NOT_FOUND && rule->side == 0;
}

/* Simulated buyers know the prices and ask about their own orders, operators about orders that exist; the PG
 * answers every POST with PENDING. */
static bool order(const struct rcp_flow_rule *rule)
{
    switch ((enum rcp_order_stage)rule->state) {
    case RCP_STAGE_PLACE:
        return rule->answer == RCP_SAID_PRICE;
    case RCP_STAGE_PAY:
        return rule->answer == RCP_SAID_SUCCESS || rule->answer == RCP_SAID_DECLINED;
    case RCP_STAGE_LOOK:
        return rule->answer == RCP_SAID_FOREIGN || rule->answer == RCP_SAID_NOTHING;
    case RCP_STAGE_INQUIRE:
    case RCP_STAGE_OVERRIDE:
        return rule->answer == RCP_SAID_NOTHING;
    case RCP_STAGE_FREE:
    case RCP_STAGE_FIND:
    case RCP_STAGE_ASK:
    case RCP_STAGE_PRICE:
    case RCP_STAGE_RESULT:
    case RCP_STAGE_KEEP:
    case RCP_STAGE_FAIL:
    case RCP_STAGE_TAKE:
    case RCP_STAGE_HINT:
    case RCP_STAGE_REFUND_ASK:
    case RCP_STAGE_REFUND:
    case RCP_STAGE_REFUND_WRITE:
    case RCP_STAGE_TELL:
    case RCP_STAGE_PAUSE:
    case RCP_STAGE_COUNT:
        break;
    }
    return false;
}

bool beyond_reach(enum rcp_core_table table, uint32_t row)
{
    if (table == RCP_TABLE_DECISION)
        return decision(&rcp_decision_rules[row]);
    return table == RCP_TABLE_ORDER && order(&rcp_order_rules[row]);
}

/* scenarios/operators: a row in other hands at the very moment when an operator wants it. */
static bool is_in_other_hands(const struct rcp_flow_rule *rule)
{
    return (rule->state == RCP_FLOW_REOPEN && rule->answer == RCP_ANSWER_PARKED) ||
           (rule->state == RCP_FLOW_SHELVE && rule->answer == RCP_ANSWER_OPEN);
}

/* scenarios/orders/timing: a node that sleeps for minutes between two calls of one pass; a callback while
 * the amount of a foreign transaction is asked for, with another one PENDING. */
bool is_staged(enum rcp_core_table table, uint32_t row)
{
    if (table == RCP_TABLE_PAYMENT)
        return is_in_other_hands(&rcp_payment_rules[row]);
    if (table != RCP_TABLE_ORDER)
        return false;
    const struct rcp_flow_rule *rule = &rcp_order_rules[row];
    bool refunds = rule->state == RCP_STAGE_REFUND || rule->state == RCP_STAGE_REFUND_ASK;
    return (refunds && rule->answer == RCP_SAID_LEFT) ||
           (rule->state == RCP_STAGE_PRICE && rule->answer == RCP_SAID_HINTED);
}
