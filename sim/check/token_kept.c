/* A token is deleted only once its entry is final. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return !rcp_world_ledgers(world)[payment].deleted || rcp_facts_final(world, payment);
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_tokens(world)[payment].state != RCP_TOKEN_DELETED ||
           rcp_facts_final(world, payment);
}

const struct rcp_invariant_info rcp_token_kept = {
    .name = "token_kept",
    .sentence = "A token is deleted only once its entry is final.",
    .broken = "lost its token before its entry was final",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
