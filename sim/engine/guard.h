/* The way out of a run that cannot go on: a broken check of the core, a world without room. */
#ifndef RCP_SIM_ENGINE_GUARD_H
#define RCP_SIM_ENGINE_GUARD_H

#include "sim/sim.h"

/* The host supplies it, as it supplies rcp_check_failed: from here on a check that fails on this thread
 * is a matter of this run, and goes to rcp_sim_check_failed; NULL: of no run. */
void rcp_guard_arm(struct rcp_sim *sim);

/* Ends the run with a violation of `check:<id>`. */
_Noreturn void rcp_sim_check_failed(struct rcp_sim *sim, const char *id);

#endif
