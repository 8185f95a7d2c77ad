/* A request that was told 4xx or 500 took nothing. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].failure_took == 0;
}

/* 409 says that the payment is approved already, by another request. */
static bool is_failure(uint32_t status)
{
    return (status >= 400 && status < 500 && status != RCP_STATUS_CONFLICT) ||
           status == RCP_STATUS_ERROR;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    if (entry->status != RCP_ENTRY_APPROVED || entry->origin == 0 ||
        entry->origin > world->exchange_count)
        return true;
    const struct rcp_exchange *cause = &rcp_world_exchanges(world)[entry->origin - 1];
    return cause->kind != RCP_REQUEST_PROCESS || cause->replies == 0 || !is_failure(cause->status);
}

const struct rcp_invariant_info rcp_failure_took_nothing = {
    .name = "failure_took_nothing",
    .sentence = "A request that was told 4xx or 500 took nothing.",
    .broken = "was approved by a request that was told of a failure",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
