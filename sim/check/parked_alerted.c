/* Of every parked row and record, a person was told: by an alert, not by a mark alone. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t index)
{
    (void)index;
    return world->backlog.unalerted == 0 && world->backlog.untold == 0;
}

static bool twin(const struct rcp_world *world, uint32_t index)
{
    (void)index;
    const struct rcp_log_row *rows = rcp_world_rows(world);
    for (uint32_t i = 0; i < world->row_count; i++)
        if ((rows[i].status == RCP_ROW_FAILED && !rows[i].alerted) ||
            (rows[i].alerted && !rows[i].raised))
            return false;
    const struct rcp_parked_row *parked = rcp_world_parked(world);
    for (uint32_t i = 0; i < world->parked_count; i++)
        if (!parked[i].alerted || !parked[i].raised)
            return false;
    return true;
}

const struct rcp_invariant_info rcp_parked_alerted = {
    .name = "parked_alerted",
    .sentence =
        "Of every parked row and record, a person was told: by an alert, not by a mark alone.",
    .broken = "with parked work that nobody was told of",
    .when = RCP_AT_DRAIN,
    .subject = RCP_OF_WORLD,
    .holds = holds,
    .twin = twin,
};
