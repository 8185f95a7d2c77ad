/* An activity never has more approved entries than its capacity. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t activity)
{
    return world->activities[activity].total <= world->activities[activity].capacity;
}

static bool twin(const struct rcp_world *world, uint32_t activity)
{
    const struct rcp_entry_row *entries = rcp_world_entries(world);
    uint32_t first = activity * world->config.users;
    uint32_t approved = 0;
    for (uint32_t i = first; i < first + world->config.users; i++)
        approved += entries[i].status == RCP_ENTRY_APPROVED;
    return approved <= world->activities[activity].capacity;
}

const struct rcp_invariant_info rcp_capacity_kept = {
    .name = "capacity_kept",
    .sentence = "An activity never has more approved entries than its capacity.",
    .broken = "has sold more than there is",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_ACTIVITY,
    .holds = holds,
    .twin = twin,
};
