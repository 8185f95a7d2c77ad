/* A payment that was told 200 is approved. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return !rcp_world_ledgers(world)[payment].told_ok ||
           rcp_world_entries(world)[payment].status == RCP_ENTRY_APPROVED;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_entries(world)[payment].status == RCP_ENTRY_APPROVED ||
           (rcp_facts_told(world, payment) & RCP_TOLD_OK) == 0;
}

const struct rcp_invariant_info rcp_ok_is_approved = {
    .name = "ok_is_approved",
    .sentence = "A payment that was told 200 is approved.",
    .broken = "was told 200, but is not approved",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
