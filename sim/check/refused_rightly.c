/* A request is refused only for what it is; and what must be refused is, before anybody is asked. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].turned_away == 0;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (exchanges[i].payment == payment && exchanges[i].replies > 0 &&
            !rcp_facts_rightly_refused(world, &exchanges[i]))
            return false;
    return true;
}

const struct rcp_invariant_info rcp_refused_rightly = {
    .name = "refused_rightly",
    .sentence = "A request is refused only for what it is; and what must be refused is, before "
                "anybody is asked.",
    .broken = "had a request that was refused without reason, or not for its reason",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
