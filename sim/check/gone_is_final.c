/* A payment that was told 400, 404 or 410 on a valid token is never approved; and 410 is told only
 * behind a committed rejection. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_ledger *ledger = &rcp_world_ledgers(world)[payment];
    uint8_t status = rcp_world_entries(world)[payment].status;
    return (!ledger->told_gone || status != RCP_ENTRY_APPROVED) &&
           (!ledger->told_410 || status == RCP_ENTRY_REJECTED);
}

static bool told_410(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (exchanges[i].replies > 0 && exchanges[i].status == RCP_STATUS_GONE &&
            rcp_facts_own_process(world, &exchanges[i], payment))
            return true;
    return false;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    uint8_t status = rcp_world_entries(world)[payment].status;
    if (status == RCP_ENTRY_APPROVED)
        return (rcp_facts_told(world, payment) & RCP_TOLD_GONE) == 0;
    return status == RCP_ENTRY_REJECTED || !told_410(world, payment);
}

const struct rcp_invariant_info rcp_gone_is_final = {
    .name = "gone_is_final",
    .sentence =
        "A payment that was told 400, 404 or 410 on a valid token is never approved; and 410 is "
        "told only behind a committed rejection.",
    .broken = "was told that its reservation is gone, which is not so for good",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
