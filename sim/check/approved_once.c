/* A payment is approved at most once. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_entries(world)[payment].approvals <= 1;
}

/* A status cannot become APPROVED, nor stop being it, without an approval to show for it. */
static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    return entry->approvals == (entry->status == RCP_ENTRY_APPROVED ? 1u : 0u);
}

const struct rcp_invariant_info rcp_approved_once = {
    .name = "approved_once",
    .sentence = "A payment is approved at most once.",
    .broken = "was approved more than once",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
