/* Pending events that will change nothing, so that a search may leave them out. */
#ifndef RCP_SIM_ENGINE_DEAD_LETTER_H
#define RCP_SIM_ENGINE_DEAD_LETTER_H

#include "sim/sim.h"

/* What a pending event waits for is gone, so that it will change nothing: a completion nobody awaits, a
 * timer of a dead process, a client's patience after its answer. */
bool rcp_dead_letter(const struct rcp_world *world, const struct rcp_pending *pending);

#endif
