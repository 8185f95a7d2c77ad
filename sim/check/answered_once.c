/* A request is answered at most once. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].answered_twice == 0;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (exchanges[i].payment == payment && exchanges[i].replies > 1)
            return false;
    return true;
}

const struct rcp_invariant_info rcp_answered_once = {
    .name = "answered_once",
    .sentence = "A request is answered at most once.",
    .broken = "had a request answered twice",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
