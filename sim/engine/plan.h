/* Planned faults and bad input: what the scenario has happen at a time, and for how long. */
#ifndef RCP_SIM_ENGINE_PLAN_H
#define RCP_SIM_ENGINE_PLAN_H

#include "sim/sim.h"

/* Makes every line of the plan pending, and the heal. */
void rcp_plan_prepare(struct rcp_sim *sim);

void rcp_plan_begin(struct rcp_sim *sim, uint32_t line);
void rcp_plan_end(struct rcp_sim *sim, uint32_t line);

/* All comes back: outages end, the dead start, sleepers wake. */
void rcp_plan_heal(struct rcp_sim *sim);

/* The same at once, and quietly: no rebalance, and every choice from here on is the dull one. */
void rcp_plan_call_off(struct rcp_sim *sim);

#endif
