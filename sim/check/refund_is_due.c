/* A transaction is refunded at most once, and never the one that an order is paid with. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t pg)
{
    const struct rcp_pg_row *row = &rcp_world_pg_rows(world)[pg];
    if (row->refunds == 0 || row->order == RCP_NOBODY)
        return row->refunds <= 1;
    const struct rcp_order_record *order = &rcp_world_orders(world)[row->order];
    return row->refunds == 1 && !(order->charge == RCP_CHARGE_PAID && order->pg_key == pg + 1u);
}

static bool twin(const struct rcp_world *world, uint32_t pg)
{
    const struct rcp_order_record *orders = rcp_world_orders(world);
    const struct rcp_pg_row *row = &rcp_world_pg_rows(world)[pg];
    for (uint32_t i = 0; i < world->order_count && row->refunds > 0; i++)
        if (i == row->order && orders[i].charge == RCP_CHARGE_PAID && orders[i].pg_key == pg + 1u)
            return false;
    return row->refunds <= 1;
}

const struct rcp_invariant_info rcp_refund_is_due = {
    .name = "refund_is_due",
    .sentence =
        "A transaction is refunded at most once, and never the one that an order is paid with.",
    .broken = "was refunded twice, or though an order is paid with it",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PG,
    .holds = holds,
    .twin = twin,
};
