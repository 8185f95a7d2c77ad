/* The way out of a run that cannot go on: a broken check of the core, a world without room. */
#include "sim/engine/guard.h"

#include <stdio.h>

_Noreturn void rcp_sim_stop(struct rcp_sim *sim)
{
    longjmp(sim->stop, 1);
}

_Noreturn void rcp_sim_error(struct rcp_sim *sim, const char *what)
{
    sim->result->outcome = RCP_RUN_ERROR;
    snprintf(sim->result->error, sizeof sim->result->error, "%s", what);
    rcp_sim_stop(sim);
}

_Noreturn void rcp_sim_check_failed(struct rcp_sim *sim, const char *id)
{
    struct rcp_violation *violation = &sim->result->violation;
    sim->result->outcome = RCP_RUN_VIOLATED;
    violation->invariant = RCP_INVARIANT_CHECK;
    violation->at_ms = sim->world->now_ms;
    snprintf(violation->fingerprint, sizeof violation->fingerprint, "check:%s", id);
    snprintf(violation->detail,
             sizeof violation->detail,
             "The precondition `%s` of the code was broken: a bug in the core or in the simulator.",
             id);
    rcp_sim_stop(sim);
}
