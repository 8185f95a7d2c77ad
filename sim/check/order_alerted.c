/* In the end a person was told of every payment in REVIEW or UNKNOWN, and of every parked refund. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t index)
{
    (void)index;
    return world->backlog.orders_untold == 0;
}

static bool twin(const struct rcp_world *world, uint32_t index)
{
    (void)index;
    for (uint32_t i = 0; i < world->order_count; i++)
        if (!rcp_facts_order_told(&rcp_world_orders(world)[i]))
            return false;
    for (uint32_t i = 0; i < world->refund_count; i++)
        if (!rcp_facts_refund_told(&rcp_world_refunds(world)[i]))
            return false;
    return true;
}

const struct rcp_invariant_info rcp_order_alerted = {
    .name = "order_alerted",
    .sentence = "In the end a person was told of every payment in REVIEW or UNKNOWN, and of every "
                "parked refund.",
    .broken = "with payments or refunds that nobody was told of",
    .when = RCP_AT_DRAIN,
    .subject = RCP_OF_WORLD,
    .holds = holds,
    .twin = twin,
};
