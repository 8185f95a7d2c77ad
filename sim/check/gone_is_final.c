/* A payment that was told 400, 404 or 410 on a valid token is never approved. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return !rcp_world_ledgers(world)[payment].told_gone ||
           rcp_world_entries(world)[payment].status != RCP_ENTRY_APPROVED;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_entries(world)[payment].status != RCP_ENTRY_APPROVED ||
           (rcp_facts_told(world, payment) & RCP_TOLD_GONE) == 0;
}

const struct rcp_invariant_info rcp_gone_is_final = {
    .name = "gone_is_final",
    .sentence = "A payment that was told 400, 404 or 410 on a valid token is never approved.",
    .broken = "was told that its reservation is gone, but is approved",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
