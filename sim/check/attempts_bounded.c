/* A payment's failed attempts that count are bounded. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].counted <= RCP_ATTEMPTS_MAX;
}

/* A deleted row keeps its attempts, the one that ended it included. */
static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_log_row *rows = rcp_world_rows(world);
    uint32_t attempts = 0;
    for (uint32_t i = 0; i < world->row_count; i++)
        attempts += rows[i].payment == payment ? rows[i].attempt : 0u;
    return attempts <= RCP_ATTEMPTS_MAX;
}

const struct rcp_invariant_info rcp_attempts_bounded = {
    .name = "attempts_bounded",
    .sentence = "A payment's failed attempts that count are bounded.",
    .broken = "failed more often than attempts are allowed",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
