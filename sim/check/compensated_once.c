/* An order is CANCELLED exactly where its payment has FAILED, and is compensated exactly once then. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t order)
{
    const struct rcp_order_record *it = &rcp_world_orders(world)[order];
    bool cancelled = it->status == RCP_ORDER_CANCELLED;
    return cancelled == (it->charge == RCP_CHARGE_FAILED) && it->compensated == cancelled;
}

/* And so the other way round: what stands is PAID or on its way, and has given nothing back. */
static bool twin(const struct rcp_world *world, uint32_t order)
{
    const struct rcp_order_record *it = &rcp_world_orders(world)[order];
    switch ((enum rcp_charge_status)it->charge) {
    case RCP_CHARGE_FAILED:
        return it->status == RCP_ORDER_CANCELLED && it->compensated == 1;
    case RCP_CHARGE_PENDING:
    case RCP_CHARGE_IN_PROGRESS:
    case RCP_CHARGE_UNKNOWN:
    case RCP_CHARGE_REVIEW:
    case RCP_CHARGE_PAID:
        return it->status != RCP_ORDER_CANCELLED && it->compensated == 0;
    case RCP_CHARGE_NONE:
    case RCP_CHARGE_STATUS_COUNT:
        break;
    }
    return false;
}

const struct rcp_invariant_info rcp_compensated_once = {
    .name = "compensated_once",
    .sentence = "An order is CANCELLED exactly where its payment has FAILED, and compensated once.",
    .broken = "was compensated twice, or not at all",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_ORDER,
    .holds = holds,
    .twin = twin,
};
