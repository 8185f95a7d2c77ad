/* The effects of a step leave the node: each meets its fate and goes to the model that it is for. */
#ifndef RCP_SIM_MODEL_ISSUE_H
#define RCP_SIM_MODEL_ISSUE_H

#include "sim/sim.h"

/* Issues all effects of the step at hand. A fate may kill the process half-way: the rest is not issued. */
void rcp_issue_effects(struct rcp_sim *sim, uint32_t node);

#endif
