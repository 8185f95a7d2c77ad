/* What became of a script: other scripts of its node succeed, a failure log could not be written, a COMMIT
 * may have happened. Facts for checkers, and for what a node hears of its neighbours. */
#include "sim/model/mysql_note.h"

#include "sim/model/mysql_session.h"

static const struct rcp_entry_row *entry_of(const struct rcp_world *world,
                                            const struct rcp_tx_row *row)
{
    uint32_t payment = rcp_world_payment(world, row->payload.activity_id, row->payload.user_id);
    return &rcp_world_entries(world)[payment];
}

/* The request that this row is written for, while it has no answer; else NULL. */
static struct rcp_exchange *asked_for(const struct rcp_world *world, const struct rcp_tx_row *row)
{
    if (row->origin == 0 || row->origin > world->exchange_count)
        return NULL;
    struct rcp_exchange *exchange = &rcp_world_exchanges(world)[row->origin - 1];
    return exchange->replies == 0 ? exchange : NULL;
}

void rcp_note_failure(struct rcp_sim *sim, uint32_t session, enum rcp_error_class error)
{
    struct rcp_world *world = sim->world;
    const struct rcp_session *s = rcp_session_at(world, session);
    if (rcp_session_runs_orders(s))
        return;
    const struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    bool alone = s->row_count == 1 && rcp_session_others_succeed(world, s);
    for (uint32_t i = 0; i < s->row_count; i++) {
        const struct rcp_tx_row *row = &rows[i];
        bool own = error == RCP_ERROR_HANDLER ? entry_of(world, row)->poison == RCP_ERROR_HANDLER
                                              : error == RCP_ERROR_CONNECTION && alone;
        if (s->script == RCP_SCRIPT_APPROVE && own && row->row_id != 0 &&
            row->row_id <= world->row_count)
            rcp_world_rows(world)[row->row_id - 1u].handler_failures++;
        struct rcp_exchange *asked = asked_for(world, row);
        if (s->script == RCP_SCRIPT_LOG && asked != NULL)
            asked->log_failed = 1;
    }
}

void rcp_note_unknown(const struct rcp_world *world, uint32_t session)
{
    const struct rcp_session *s = rcp_session_at(world, session);
    const struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    bool entry = s->script == RCP_SCRIPT_APPROVE || s->script == RCP_SCRIPT_FINISH;
    for (uint32_t i = 0; entry && s->role == RCP_ROLE_PAYMENT && i < s->row_count; i++) {
        struct rcp_exchange *asked = asked_for(world, &rows[i]);
        if (asked != NULL)
            asked->noted |= RCP_NOTED_OPEN;
    }
}

void rcp_note_log_refused(struct rcp_sim *sim,
                          const struct rcp_mysql_effect *effect,
                          const struct rcp_tx_row *rows)
{
    for (uint32_t i = 0; effect->script == RCP_SCRIPT_LOG && i < effect->row_count; i++) {
        struct rcp_exchange *asked = asked_for(sim->world, &rows[i]);
        if (asked != NULL)
            asked->log_failed = 1;
    }
}

void rcp_note_commit(struct rcp_sim *sim, uint32_t session)
{
    struct rcp_world *world = sim->world;
    const struct rcp_session *s = rcp_session_at(world, session);
    const struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    world->nodes[s->node].mysql_ok_ms = world->now_ms;
    for (uint32_t i = 0; s->script == RCP_SCRIPT_LOG && i < s->row_count; i++) {
        struct rcp_exchange *asked = asked_for(world, &rows[i]);
        if (asked != NULL)
            asked->log_failed = 0;
    }
}
