/* What a scenario expects, counted at the end of a run. */
#ifndef RCP_SIM_ENGINE_EXPECT_H
#define RCP_SIM_ENGINE_EXPECT_H

#include "sim/sim.h"

/* Fills in result.expect_value and result.expect_met. */
void rcp_expect_count(struct rcp_sim *sim);

#endif
