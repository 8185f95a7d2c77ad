/* Before the first event: planned faults, nodes and the workload; what rules and pickers may take where. */
#ifndef RCP_SIM_ENGINE_PREPARE_H
#define RCP_SIM_ENGINE_PREPARE_H

#include "sim/sim.h"

/* Starts the nodes and makes everything that the scenario brings pending. */
void rcp_prepare(struct rcp_sim *sim);

#endif
