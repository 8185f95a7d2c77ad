/* A payment has at most one open row. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].open_rows <= 1;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_log_row *rows = rcp_world_rows(world);
    uint32_t open = 0;
    for (uint32_t i = 0; i < world->row_count; i++)
        open += rows[i].payment == payment && rcp_facts_open(rows[i].status);
    return open <= 1;
}

const struct rcp_invariant_info rcp_one_open_row = {
    .name = "one_open_row",
    .sentence = "A payment has at most one open row.",
    .broken = "has more than one open row",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
