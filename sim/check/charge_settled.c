/* In the end every payment is PAID, FAILED or in REVIEW, and nobody asks about it any more. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool is_settled(const struct rcp_order_record *order)
{
    bool final = order->charge == RCP_CHARGE_PAID || order->charge == RCP_CHARGE_FAILED ||
                 order->charge == RCP_CHARGE_REVIEW;
    return final && !order->pg_open;
}

static bool holds(const struct rcp_world *world, uint32_t index)
{
    (void)index;
    return world->backlog.charges == 0 && world->backlog.refunds == 0;
}

static bool twin(const struct rcp_world *world, uint32_t index)
{
    (void)index;
    for (uint32_t i = 0; i < world->order_count; i++)
        if (!is_settled(&rcp_world_orders(world)[i]))
            return false;
    for (uint32_t i = 0; i < world->refund_count; i++)
        if (rcp_world_refunds(world)[i].status == RCP_REFUND_DUE ||
            rcp_world_refunds(world)[i].status == RCP_REFUND_SENT)
            return false;
    return true;
}

const struct rcp_invariant_info rcp_charge_settled = {
    .name = "charge_settled",
    .sentence =
        "In the end every payment is PAID, FAILED or in REVIEW, and every refund has ended.",
    .broken = "with payments or refunds that are still on their way",
    .when = RCP_AT_DRAIN,
    .subject = RCP_OF_WORLD,
    .holds = holds,
    .twin = twin,
};
