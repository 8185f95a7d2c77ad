/* A payment whose PG has not answered for longer than its limit is UNKNOWN, and not quietly IN_PROGRESS. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t order)
{
    return rcp_world_orders(world)[order].silence_untold == 0;
}

/* The first RESULT that left it so may rest on an age that was read just in time; the next one has read
 * that one. */
static bool twin(const struct rcp_world *world, uint32_t order)
{
    return rcp_world_orders(world)[order].late_silences < 2;
}

const struct rcp_invariant_info rcp_silence_told = {
    .name = "silence_told",
    .sentence =
        "A payment whose PG has not answered for longer than its limit is not left IN_PROGRESS.",
    .broken = "was left IN_PROGRESS by a query that failed too late to wait any longer",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_ORDER,
    .holds = holds,
    .twin = twin,
};
