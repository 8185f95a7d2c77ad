/* A refund only makes the moves of the refund table, and there is one for each transaction at most. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t refund)
{
    return rcp_world_refunds(world)[refund].bad_edge == 0;
}

/* The first row with this key is this one. */
static bool twin(const struct rcp_world *world, uint32_t refund)
{
    const struct rcp_refund_row *it = &rcp_world_refunds(world)[refund];
    return it->bad_edge == 0 && rcp_facts_refund(world, it->key) == refund;
}

const struct rcp_invariant_info rcp_refund_edges = {
    .name = "refund_edges",
    .sentence = "A refund only makes the moves of the refund table.",
    .broken = "made a move that the refund table does not have",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_REFUND,
    .holds = holds,
    .twin = twin,
};
