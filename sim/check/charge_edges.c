/* A payment only makes the moves of the charge table, and each write raises its version by one. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t order)
{
    const struct rcp_order_record *it = &rcp_world_orders(world)[order];
    return it->bad_edge == 0 && it->version_jumped == 0;
}

/* What has an end has come to it by at least one write after it was placed. */
static bool twin(const struct rcp_world *world, uint32_t order)
{
    const struct rcp_order_record *it = &rcp_world_orders(world)[order];
    bool exists = it->charge > RCP_CHARGE_NONE && it->charge < RCP_CHARGE_STATUS_COUNT;
    return holds(world, order) && exists;
}

const struct rcp_invariant_info rcp_charge_edges = {
    .name = "charge_edges",
    .sentence =
        "A payment only makes the moves of the charge table, and each raises its version by one.",
    .broken = "made a move that the charge table does not have, or skipped a version",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_ORDER,
    .holds = holds,
    .twin = twin,
};
