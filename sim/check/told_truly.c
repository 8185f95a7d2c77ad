/* What a reply says of the payment is so, and fits its status. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].misled == 0;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (exchanges[i].payment == payment && exchanges[i].replies > 0 &&
            !rcp_facts_said_so(world, &exchanges[i]))
            return false;
    return true;
}

const struct rcp_invariant_info rcp_told_truly = {
    .name = "told_truly",
    .sentence = "What a reply says of the payment is so, and fits its status.",
    .broken = "was told of a state that it was not in",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
