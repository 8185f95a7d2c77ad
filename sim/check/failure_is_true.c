/* A payment fails as not found, refused or not reached only where the PG had none of it. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t order)
{
    return rcp_world_orders(world)[order].failed_falsely == 0;
}

/* Without the mark: whoever says that there is no record must have been told so by the PG itself. */
static bool twin(const struct rcp_world *world, uint32_t order)
{
    const struct rcp_order_record *it = &rcp_world_orders(world)[order];
    bool no_record = it->failure == RCP_FAILURE_NO_RECORD && it->listed_none == 0;
    return it->failed_falsely == 0 && !no_record;
}

const struct rcp_invariant_info rcp_failure_is_true = {
    .name = "failure_is_true",
    .sentence =
        "A payment fails as not found, refused or not reached only where the PG had none of it.",
    .broken = "has failed for want of a record, and the PG had one",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_ORDER,
    .holds = holds,
    .twin = twin,
};
