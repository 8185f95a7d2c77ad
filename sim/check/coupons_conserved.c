/* A buyer's coupon is used exactly where one standing order has it. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t buyer)
{
    const struct rcp_buyer_row *row = &rcp_world_buyers(world)[buyer];
    return row->coupons_used == row->coupon_used;
}

static bool twin(const struct rcp_world *world, uint32_t buyer)
{
    const struct rcp_order_record *orders = rcp_world_orders(world);
    uint32_t used = 0;
    for (uint32_t i = 0; i < world->order_count; i++)
        used += orders[i].cart.coupon_id == buyer + 1u && rcp_order_stands(&orders[i]);
    return used == rcp_world_buyers(world)[buyer].coupon_used;
}

const struct rcp_invariant_info rcp_coupons_conserved = {
    .name = "coupons_conserved",
    .sentence = "A buyer's coupon is used exactly where one standing order has it.",
    .broken = "has a coupon that is used twice, or for nothing",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_BUYER,
    .holds = holds,
    .twin = twin,
};
