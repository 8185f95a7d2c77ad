/* What docs/POLICIES.md says of times, held where an effect leaves a step and where a timer is armed. */
#ifndef RCP_CORE_TIMES_H
#define RCP_CORE_TIMES_H

#include "core/state.h"

/* The rounds as the step found them. */
struct rcp_rounds_before {
    uint8_t scheduler, sweep, reconcile; /* enum rcp_round_state */
};

/* After a step: nothing waits longer, and no timer leads further or less far, than is promised. */
void rcp_times_check(const struct rcp_step *step,
                     const struct rcp_event *event,
                     struct rcp_rounds_before before);

#endif
