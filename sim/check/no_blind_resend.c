/* Nothing is sent to the PG again over a try that may have happened, unless it has said that it did not. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t order)
{
    return rcp_world_orders(world)[order].blind_resend == 0;
}

/* Each transaction but one stands behind an answer that there was none. */
static bool twin(const struct rcp_world *world, uint32_t order)
{
    const struct rcp_pg_row *rows = rcp_world_pg_rows(world);
    uint32_t transactions = 0;
    for (uint32_t i = 0; i < world->pg_count; i++)
        transactions += rows[i].order == order;
    return holds(world, order) && transactions <= 1u + rcp_world_orders(world)[order].listed_none;
}

const struct rcp_invariant_info rcp_no_blind_resend = {
    .name = "no_blind_resend",
    .sentence =
        "No payment is sent to the PG again over a try that may have happened, unless the PG has "
        "said since that it has no record.",
    .broken = "was sent to the PG again over a try that may have happened",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_ORDER,
    .holds = holds,
    .twin = twin,
};
