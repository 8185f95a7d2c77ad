/* What a buyer has in points, and what standing orders have used, is what there was. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t buyer)
{
    const struct rcp_buyer_row *row = &rcp_world_buyers(world)[buyer];
    return row->points + row->points_used == world->config.points;
}

static bool twin(const struct rcp_world *world, uint32_t buyer)
{
    const struct rcp_order_record *orders = rcp_world_orders(world);
    uint64_t used = 0;
    for (uint32_t i = 0; i < world->order_count; i++)
        if (orders[i].user == buyer + 1u && rcp_order_stands(&orders[i]))
            used += orders[i].cart.used_point;
    return rcp_world_buyers(world)[buyer].points + used == world->config.points;
}

const struct rcp_invariant_info rcp_points_conserved = {
    .name = "points_conserved",
    .sentence =
        "What a buyer has in points, and what standing orders have used, is what there was.",
    .broken = "has points that came from nowhere, or lost some",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_BUYER,
    .holds = holds,
    .twin = twin,
};
