/* An entry that is APPROVED or REJECTED stays what it is. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_entries(world)[payment].overwrites == 0;
}

/* What has certainly been final once, and is something else now. */
static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    bool was_approved = entry->approvals > 0;
    bool was_rejected = rcp_world_ledgers(world)[payment].rejected_by_operator != 0;
    return entry->overwrites == 0 && (!was_approved || entry->status == RCP_ENTRY_APPROVED) &&
           (!was_rejected || entry->status == RCP_ENTRY_REJECTED);
}

const struct rcp_invariant_info rcp_final_kept = {
    .name = "final_kept",
    .sentence = "An entry that is APPROVED or REJECTED stays what it is.",
    .broken = "had a final entry, which was overwritten",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
