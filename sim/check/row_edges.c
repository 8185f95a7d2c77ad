/* A failure row only makes the moves of the row table. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t row)
{
    return rcp_world_rows(world)[row].bad_edge == 0;
}

/* Where the list of open rows has this row: once and in order of due time, or not at all. */
static uint32_t times_listed(const struct rcp_world *world, uint32_t row)
{
    const struct rcp_log_row *rows = rcp_world_rows(world);
    uint32_t times = 0;
    uint32_t steps = 0;
    for (uint32_t i = world->open_head; i != RCP_NOBODY && steps < world->row_count; steps++) {
        uint32_t next = rows[i].next;
        times += i == row;
        if (i == row && next != RCP_NOBODY && rows[next].due_ms < rows[i].due_ms)
            return RCP_NOBODY;
        i = next;
    }
    return times;
}

static bool twin(const struct rcp_world *world, uint32_t row)
{
    const struct rcp_log_row *it = &rcp_world_rows(world)[row];
    return it->bad_edge == 0 && it->status < RCP_ROW_STATUS_COUNT &&
           times_listed(world, row) == (rcp_facts_open(it->status) ? 1u : 0u);
}

const struct rcp_invariant_info rcp_row_edges = {
    .name = "row_edges",
    .sentence = "A failure row only makes the moves of the row table.",
    .broken = "made a move that the row table does not have",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_ROW,
    .holds = holds,
    .twin = twin,
};
