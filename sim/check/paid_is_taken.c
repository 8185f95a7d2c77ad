/* A PAID order names a transaction of its own that succeeded, for its own amount. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool is_its_own(const struct rcp_order_record *order,
                       const struct rcp_pg_row *row,
                       uint32_t index)
{
    return row->order == index && row->status == RCP_PG_SUCCESS &&
           row->amount == order->cart.paid_amount;
}

static bool holds(const struct rcp_world *world, uint32_t order)
{
    const struct rcp_order_record *it = &rcp_world_orders(world)[order];
    if (it->charge != RCP_CHARGE_PAID || it->cart.paid_amount == 0)
        return true;
    uint32_t pg = rcp_facts_pg(world, it->pg_key);
    return pg != RCP_NOBODY && is_its_own(it, &rcp_world_pg_rows(world)[pg], order);
}

static bool twin(const struct rcp_world *world, uint32_t order)
{
    const struct rcp_order_record *it = &rcp_world_orders(world)[order];
    const struct rcp_pg_row *rows = rcp_world_pg_rows(world);
    uint32_t found = 0;
    for (uint32_t i = 0; i < world->pg_count; i++)
        found += i + 1u == it->pg_key && is_its_own(it, &rows[i], order);
    return it->charge != RCP_CHARGE_PAID || it->cart.paid_amount == 0 || found == 1;
}

const struct rcp_invariant_info rcp_paid_is_taken = {
    .name = "paid_is_taken",
    .sentence = "A PAID order names a transaction of its own that succeeded, for its own amount.",
    .broken = "is PAID, and the PG did not take its amount for it",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_ORDER,
    .holds = holds,
    .twin = twin,
};
