/* One event: taken out of the queue, performed by the model it belongs to. */
#ifndef RCP_SIM_ENGINE_STEP_H
#define RCP_SIM_ENGINE_STEP_H

#include "sim/sim.h"

/* Chance picks one of the events that may be next, and it happens. rcp_queue_refill() comes before. */
void rcp_step(struct rcp_sim *sim, uint64_t smallest_latest_ms);

#endif
