/* Nobody is told 503 in time for an entry that cannot be written before the failure log was tried, and
 * the retry topic in place of a log that did not answer. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].fallback_missed == 0;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (exchanges[i].payment == payment && exchanges[i].kind == RCP_REQUEST_PROCESS &&
            rcp_facts_fallback_missed(&exchanges[i]))
            return false;
    return true;
}

const struct rcp_invariant_info rcp_fallback_tried = {
    .name = "fallback_tried",
    .sentence =
        "Nobody is told 503 in time for an entry that cannot be written before the failure log "
        "was tried, and the retry topic in place of a log that did not answer.",
    .broken = "was told 503 although failure log or retry topic was never tried",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
