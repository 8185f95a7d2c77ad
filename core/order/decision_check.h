/* What a decision promises, whatever the table says. */
#ifndef RCP_CORE_ORDER_DECISION_CHECK_H
#define RCP_CORE_ORDER_DECISION_CHECK_H

#include "core/order/decision_table.h"
#include "core/order/order_flow.h"

/* Preconditions of what this rule writes; a broken one stops. The flow's row is still as it was read, and
 * asked_on says whether the PG is asked on. Returns what the charge becomes. */
enum rcp_charge_status rcp_decision_check(const struct rcp_step *step,
                                          const struct rcp_order_flow *flow,
                                          const struct rcp_decision_rule *rule,
                                          bool asked_on);

#endif
