/* A RESOLVED row's entry is final. Both sides are durable tables already, so it is its own twin.
 */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t row)
{
    const struct rcp_log_row *it = &rcp_world_rows(world)[row];
    return it->status != RCP_ROW_RESOLVED || rcp_facts_final(world, it->payment);
}

const struct rcp_invariant_info rcp_resolved_is_settled = {
    .name = "resolved_is_settled",
    .sentence = "A RESOLVED row's entry is final.",
    .broken = "is RESOLVED, but its entry is not final",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_ROW,
    .holds = holds,
    .twin = holds,
};
