/* A token is deleted only behind a final entry, or inside the transaction that makes it final. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

/* Final, or about to be: the transaction that deleted it still holds the entry's lock. */
static bool final_or_open(const struct rcp_world *world, uint32_t payment)
{
    return rcp_facts_final(world, payment) || rcp_world_entries(world)[payment].lock != 0;
}

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    return !rcp_world_ledgers(world)[payment].deleted || final_or_open(world, payment);
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_tokens(world)[payment].state != RCP_TOKEN_DELETED ||
           final_or_open(world, payment);
}

const struct rcp_invariant_info rcp_token_kept = {
    .name = "token_kept",
    .sentence = "A token is deleted only behind a final entry, or inside the transaction that "
                "makes it final.",
    .broken = "lost its token before its entry was final",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
