/* A request is answered by its deadline, or as soon as the transaction that it then waits for ends. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].answered_late == 0;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (exchanges[i].payment == payment && exchanges[i].replies > 0 &&
            (exchanges[i].noted & RCP_NOTED_LATE) != 0)
            return false;
    return true;
}

const struct rcp_invariant_info rcp_answered_in_time = {
    .name = "answered_in_time",
    .sentence = "A request is answered by its deadline, or as soon as the transaction that it then "
                "waits for ends.",
    .broken = "had a request that was answered too late",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
