/* The sweep: finishes what flows could not, from what the database says. Tokens that should be gone
 * are released, tokens of open rows renewed, and every parked row or record is brought to a person. */
#ifndef RCP_CORE_RECOVERY_SWEEP_H
#define RCP_CORE_RECOVERY_SWEEP_H

#include "core/state.h"

/* False where no knob gives the sweep anything to do (`documented`). */
bool rcp_sweep_wanted(struct rcp_policy policy);

void rcp_sweep_tick(struct rcp_step *step);
void rcp_sweep_mysql_done(struct rcp_step *step, const struct rcp_mysql_done *done);
void rcp_sweep_redis_done(struct rcp_step *step, const struct rcp_redis_done *done);

#endif
