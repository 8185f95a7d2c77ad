/* At most one order of a purchase stands. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t purchase)
{
    return rcp_world_purchase_ledgers(world)[purchase].orders <= 1;
}

static bool twin(const struct rcp_world *world, uint32_t purchase)
{
    const struct rcp_order_record *orders = rcp_world_orders(world);
    uint32_t standing = 0;
    for (uint32_t i = 0; i < world->order_count; i++)
        standing += orders[i].purchase == purchase && rcp_order_stands(&orders[i]);
    return standing <= 1;
}

const struct rcp_invariant_info rcp_order_once = {
    .name = "order_once",
    .sentence = "At most one order of a purchase stands.",
    .broken = "was ordered more than once",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PURCHASE,
    .holds = holds,
    .twin = twin,
};
