/* A status question by the owner of a valid token is never answered 404. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].status_404 == 0;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (rcp_facts_own(world, &exchanges[i], payment) &&
            exchanges[i].kind == RCP_REQUEST_STATUS && exchanges[i].status == RCP_STATUS_NOT_FOUND)
            return false;
    return true;
}

const struct rcp_invariant_info rcp_status_known = {
    .name = "status_known",
    .sentence = "A status question by the owner of a valid token is never answered 404.",
    .broken = "asked for its status and was told 404",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
