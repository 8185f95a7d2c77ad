/* In the end what the PG took is an order's payment, or goes back, or a person knows of it. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool is_accounted(const struct rcp_world *world, uint32_t pg, uint32_t refund)
{
    const struct rcp_pg_row *row = &rcp_world_pg_rows(world)[pg];
    if (row->status != RCP_PG_SUCCESS || row->order == RCP_NOBODY)
        return true;
    const struct rcp_order_record *order = &rcp_world_orders(world)[row->order];
    if (order->charge == RCP_CHARGE_PAID && order->pg_key == pg + 1u)
        return true;
    if (order->charge == RCP_CHARGE_REVIEW)
        return rcp_facts_order_told(order);
    return refund != RCP_NOBODY && rcp_world_refunds(world)[refund].status == RCP_REFUND_PARKED &&
           rcp_facts_refund_told(&rcp_world_refunds(world)[refund]);
}

static bool holds(const struct rcp_world *world, uint32_t pg)
{
    return is_accounted(world, pg, rcp_facts_refund(world, pg + 1u));
}

/* From the other side: refunds and orders that know of this transaction. */
static bool twin(const struct rcp_world *world, uint32_t pg)
{
    uint32_t refund = RCP_NOBODY;
    for (uint32_t i = world->refund_count; i > 0; i--)
        if (rcp_world_refunds(world)[i - 1u].key == pg + 1u)
            refund = i - 1u;
    return is_accounted(world, pg, refund);
}

const struct rcp_invariant_info rcp_money_settled = {
    .name = "money_settled",
    .sentence = "In the end what the PG took is an order's payment, or was given back, or a person "
                "was told of it.",
    .broken = "took money that nobody accounts for",
    .when = RCP_AT_DRAIN,
    .subject = RCP_OF_PG,
    .holds = holds,
    .twin = twin,
};
