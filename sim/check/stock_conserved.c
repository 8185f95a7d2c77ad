/* A product's stock, and what standing orders have of it, is what there was. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t product)
{
    const struct rcp_product_row *row = &world->products[product];
    return row->stock + row->sold == world->config.stock;
}

static bool twin(const struct rcp_world *world, uint32_t product)
{
    const struct rcp_order_record *orders = rcp_world_orders(world);
    uint32_t sold = 0;
    for (uint32_t i = 0; i < world->order_count; i++)
        if (rcp_order_stands(&orders[i]))
            sold += rcp_facts_units(&orders[i].cart, product + 1u);
    return world->products[product].stock + sold == world->config.stock;
}

const struct rcp_invariant_info rcp_stock_conserved = {
    .name = "stock_conserved",
    .sentence = "A product's stock, and what standing orders have of it, is what there was.",
    .broken = "has units that came from nowhere, or lost some",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PRODUCT,
    .holds = holds,
    .twin = twin,
};
