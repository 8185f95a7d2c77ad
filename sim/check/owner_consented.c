/* Nothing is approved that its owner did not ask for with a valid token. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_entries(world)[payment].status != RCP_ENTRY_APPROVED ||
           rcp_world_ledgers(world)[payment].owner_asked;
}

/* A payment of a backlog asked before the run began: all that is left of it is the 202. */
static bool twin(const struct rcp_world *world, uint32_t payment)
{
    if (rcp_world_entries(world)[payment].status != RCP_ENTRY_APPROVED ||
        rcp_world_ledgers(world)[payment].told_accepted)
        return true;
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (rcp_facts_own_process(world, &exchanges[i], payment) &&
            rcp_facts_arrived(&exchanges[i]))
            return true;
    return false;
}

const struct rcp_invariant_info rcp_owner_consented = {
    .name = "owner_consented",
    .sentence = "Nothing is approved that its owner did not ask for with a valid token.",
    .broken = "never asked to pay, but is approved",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
