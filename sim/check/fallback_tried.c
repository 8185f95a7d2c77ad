/* Nobody is told 503 in time before the retry topic was tried in place of a failure log that did
 * not answer. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].fallback_missed == 0;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++) {
        const struct rcp_exchange *it = &exchanges[i];
        if (it->payment == payment && it->status == RCP_STATUS_UNAVAILABLE && it->log_failed &&
            !it->record_tried && !it->node_died && it->in_time)
            return false;
    }
    return true;
}

const struct rcp_invariant_info rcp_fallback_tried = {
    .name = "fallback_tried",
    .sentence = "Nobody is told 503 in time before the retry topic was tried in place of a failure "
                "log that did not answer.",
    .broken = "was told 503 although the retry topic was never tried",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
