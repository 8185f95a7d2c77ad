/* Work that is repeated without a pause: for one payment a node asks the same thing of the same server
 * so often, in so short a time, that it cannot be on its way to anything. */
#ifndef RCP_SIM_ENGINE_PACE_H
#define RCP_SIM_ENGINE_PACE_H

#include "sim/sim.h"

/* Of what is asked for now, how often it was of late. Full is no matter: the newest takes the place of
 * an older one, whose count begins anew. */
#define RCP_PACE_SLOTS 64u

struct rcp_pace_slot {
    uint64_t key; /* packed, without nth; 0: free */
    uint64_t since_ms;
    uint32_t count;
    uint32_t spare;
};

struct rcp_pace {
    struct rcp_pace_slot slots[RCP_PACE_SLOTS];
};

/* Counts one effect, and ends the run with `check:work_pauses` where it is one too many. Only where
 * sim->pace is given. */
void rcp_pace_count(struct rcp_sim *sim, struct rcp_key key);

#endif
