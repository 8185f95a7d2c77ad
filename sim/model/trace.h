/* What nodes do, as records: for those who listen to a run. */
#ifndef RCP_SIM_MODEL_TRACE_H
#define RCP_SIM_MODEL_TRACE_H

#include "sim/model/link.h"

/* pending: what brought the event, with the key of the effect that it completes; NULL where none did. */
void rcp_trace_event(struct rcp_sim *sim,
                     uint32_t node,
                     const struct rcp_pending *pending,
                     const struct rcp_event *event);
void rcp_trace_effect(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      const struct rcp_effect *effect);
void rcp_trace_alert(struct rcp_sim *sim, uint32_t node, const struct rcp_alert_effect *effect);
void rcp_trace_order_alert(struct rcp_sim *sim,
                           const struct rcp_issue *issue,
                           const struct rcp_order_alert_effect *effect);

#endif
