/* In the end no row is open and no record waits. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t index)
{
    (void)index;
    return world->backlog.open_rows == 0 && world->backlog.lag == 0;
}

static bool twin(const struct rcp_world *world, uint32_t index)
{
    (void)index;
    const struct rcp_log_row *rows = rcp_world_rows(world);
    for (uint32_t i = 0; i < world->row_count; i++)
        if (rcp_facts_open(rows[i].status))
            return false;
    for (uint32_t p = 0; p < world->config.limits.partitions; p++) {
        const struct rcp_topic_partition *it = &world->partitions[p];
        for (uint32_t i = it->first; i < it->count; i++)
            if (rcp_world_records(world, p)[i].offset >= it->committed)
                return false;
    }
    return true;
}

const struct rcp_invariant_info rcp_backlog_drained = {
    .name = "backlog_drained",
    .sentence = "In the end no row is open and no record waits.",
    .broken = "with work that is still open",
    .when = RCP_AT_DRAIN,
    .subject = RCP_OF_WORLD,
    .holds = holds,
    .twin = twin,
};
