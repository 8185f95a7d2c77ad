/* One event: taken out of the queue, performed by the model it belongs to. */
#ifndef RCP_SIM_ENGINE_STEP_H
#define RCP_SIM_ENGINE_STEP_H

#include "sim/sim.h"

/* The event at this index of the queue's bag happens: one of those that may be next. */
void rcp_step(struct rcp_sim *sim, uint32_t near_index);

#endif
