/* A payment that was told 200 is approved, with the payload that was brought. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_ledger *ledger = &rcp_world_ledgers(world)[payment];
    return (!ledger->told_ok || rcp_world_entries(world)[payment].status == RCP_ENTRY_APPROVED) &&
           !ledger->told_other;
}

static bool told_other(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (rcp_facts_own_process(world, &exchanges[i], payment) &&
            (exchanges[i].noted & RCP_NOTED_OTHER) != 0)
            return true;
    return false;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    if (told_other(world, payment))
        return false;
    return rcp_world_entries(world)[payment].status == RCP_ENTRY_APPROVED ||
           (rcp_facts_told(world, payment) & RCP_TOLD_OK) == 0;
}

const struct rcp_invariant_info rcp_ok_is_approved = {
    .name = "ok_is_approved",
    .sentence = "A payment that was told 200 is approved, with the payload that was brought.",
    .broken = "was told 200, but is not approved so",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
