/* What an order flow asks for: a script with its row in it, or a call to the PG through the bulkhead. */
#ifndef RCP_CORE_ORDER_ORDER_CALL_H
#define RCP_CORE_ORDER_ORDER_CALL_H

#include "core/order/order_flow.h"

/* Issues a script with the flow's row in it. */
struct rcp_mysql_effect *rcp_order_issue(struct rcp_step *step,
                                         uint32_t slot,
                                         enum rcp_script script);

enum rcp_call_made { RCP_CALL_OUT, RCP_CALL_WAITS, RCP_CALL_OPEN };

/* Calls the PG; key: of GET and REFUND. OUT: it is on its way. WAITS: no room; the flow's stage is
 * entered again when there is some. OPEN: not made: the circuit is open, or the buyer cannot wait for
 * room. */
enum rcp_call_made rcp_order_call(struct rcp_step *step,
                                  uint32_t slot,
                                  enum rcp_pg_verb verb,
                                  uint64_t key);

/* True where a call of this flow is in flight. */
bool rcp_order_calls(const struct rcp_order_flow *flow);

/* True where a flow has a call to make, and the bulkhead is full. */
bool rcp_order_waits_for_room(const struct rcp_order_flow *flow);

/* At the end of a step: calls that waited for room go out, as far as there is some. */
void rcp_order_pump(struct rcp_step *step);

#endif
