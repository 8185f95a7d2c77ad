/* In the end every client has a definite answer. Definite: anything but 503. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t index)
{
    (void)index;
    return world->backlog.waiting == 0;
}

/* The client has asked again since: the last of its requests decides. */
static bool asked_again(const struct rcp_world *world, uint32_t index)
{
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    const struct rcp_exchange *it = &exchanges[index];
    for (uint32_t i = index + 1; i < world->exchange_count; i++)
        if (exchanges[i].again && exchanges[i].payment == it->payment &&
            exchanges[i].user == it->user && exchanges[i].kind == it->kind)
            return true;
    return false;
}

static bool twin(const struct rcp_world *world, uint32_t index)
{
    (void)index;
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++) {
        bool definite = exchanges[i].state == RCP_EXCHANGE_ANSWERED &&
                        exchanges[i].status != RCP_STATUS_UNAVAILABLE;
        if (exchanges[i].again && !definite && !asked_again(world, i))
            return false;
    }
    return true;
}

const struct rcp_invariant_info rcp_answered = {
    .name = "answered",
    .sentence = "In the end every client has a definite answer.",
    .broken = "with clients that still wait for an answer",
    .when = RCP_AT_DRAIN,
    .subject = RCP_OF_WORLD,
    .holds = holds,
    .twin = twin,
};
