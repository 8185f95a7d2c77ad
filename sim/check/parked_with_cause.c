/* A parked row says why, and one parked for its attempts has failed that often by its own doing; nothing
 * else counts as an attempt. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

/* Hardened: what others did, or the connection, is no attempt of this row. */
static bool attempts_are_its_own(const struct rcp_world *world, const struct rcp_log_row *row)
{
    return row->attempt <= row->handler_failures ||
           !rcp_hardened(world->policy, RCP_KNOB_ATTEMPT_COUNTS) ||
           !rcp_hardened(world->policy, RCP_KNOB_RESOLVED_MEANS);
}

static bool holds(const struct rcp_world *world, uint32_t row)
{
    const struct rcp_log_row *it = &rcp_world_rows(world)[row];
    if (!attempts_are_its_own(world, it))
        return false;
    if (it->status != RCP_ROW_FAILED)
        return true;
    return it->cause != RCP_PARK_NONE &&
           (it->cause != RCP_PARK_ATTEMPTS || it->handler_failures >= RCP_ATTEMPTS_MAX);
}

/* What the row itself counted must say the same. */
static bool twin(const struct rcp_world *world, uint32_t row)
{
    const struct rcp_log_row *it = &rcp_world_rows(world)[row];
    return holds(world, row) && (it->status != RCP_ROW_FAILED || it->cause != RCP_PARK_ATTEMPTS ||
                                 it->attempt >= RCP_ATTEMPTS_MAX);
}

const struct rcp_invariant_info rcp_parked_with_cause = {
    .name = "parked_with_cause",
    .sentence = "A parked row says why, and one parked for its attempts has failed that often by "
                "its own doing; nothing else counts as an attempt.",
    .broken = "is parked, or counts an attempt, without a good cause",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_ROW,
    .holds = holds,
    .twin = twin,
};
