/* No two nodes claim the same epoch of a row. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t row)
{
    return rcp_world_rows(world)[row].claimed_twice == 0;
}

/* The owner that stands in the row is the node that claimed its epoch first. */
static bool twin(const struct rcp_world *world, uint32_t row)
{
    const struct rcp_log_row *it = &rcp_world_rows(world)[row];
    bool owned = it->status != RCP_ROW_PROCESSING || it->claimed_by == 0 ||
                 (it->owner >> 32) + 1u == it->claimed_by;
    return it->claimed_twice == 0 && owned;
}

const struct rcp_invariant_info rcp_claim_exclusive = {
    .name = "claim_exclusive",
    .sentence = "No two nodes claim the same epoch of a row.",
    .broken = "was claimed by two nodes in the same epoch",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_ROW,
    .holds = holds,
    .twin = twin,
};
