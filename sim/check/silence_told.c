/* A payment whose PG has not answered for longer than its limit is UNKNOWN, and not quietly IN_PROGRESS. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t order)
{
    return rcp_world_orders(world)[order].silence_untold == 0;
}

/* Its last query failed, and that was written down when its time was over. */
static bool twin(const struct rcp_world *world, uint32_t order)
{
    const struct rcp_order_record *it = &rcp_world_orders(world)[order];
    uint64_t since_ms = it->sight_ms > it->attempted_ms ? it->sight_ms : it->attempted_ms;
    return it->charge != RCP_CHARGE_IN_PROGRESS || !it->silent ||
           it->updated_ms <= since_ms + RCP_FORCE_FAIL_MS;
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
