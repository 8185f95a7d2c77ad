/* An approved payment's token is deleted in the end, and its entry says so. Only where
 * token_delete is after_commit: the documented side has nothing that repeats a DEL. A token that
 * Redis brought back by losing the DEL is not ours to delete again. Both sides are durable
 * tables already, so it is its own twin. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    const struct rcp_token_row *token = &rcp_world_tokens(world)[payment];
    if (!rcp_hardened(world->policy, RCP_KNOB_TOKEN_DELETE) ||
        entry->status != RCP_ENTRY_APPROVED || token->state == RCP_TOKEN_NONE)
        return true;
    bool gone = token->state != RCP_TOKEN_LIVE || rcp_world_ledgers(world)[payment].resurrected;
    return entry->token_released && gone;
}

const struct rcp_invariant_info rcp_token_released = {
    .name = "token_released",
    .sentence = "An approved payment's token is deleted in the end, and its entry says so.",
    .broken = "is approved, but its token was not released",
    .when = RCP_AT_DRAIN,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = holds,
};
