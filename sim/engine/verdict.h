/* What a run is judged by: after every event, and once more at its end. */
#ifndef RCP_SIM_ENGINE_VERDICT_H
#define RCP_SIM_ENGINE_VERDICT_H

#include "sim/sim.h"

/* Looks at what the event touched. Does not return where an invariant is broken: the run is stopped. */
void rcp_verdict_after_event(struct rcp_sim *sim);

/* Looks at everything, the invariants at drain included. Does not return where one is broken. */
void rcp_verdict_at_end(struct rcp_sim *sim);

/* True where all has healed and nothing is left to do. */
bool rcp_verdict_drained(const struct rcp_world *world);

#endif
