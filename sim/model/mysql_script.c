/* A session's script takes effect: each kind's own file says what it reads and writes. */
#include "sim/model/mysql_script.h"

#include "sim/model/log_table.h"
#include "sim/model/order_script.h"

bool rcp_script_only_reads(const struct rcp_session *session)
{
    enum rcp_script script = (enum rcp_script)session->script;
    return script == RCP_SCRIPT_LOOKUP || script == RCP_SCRIPT_SWEEP ||
           (script == RCP_SCRIPT_FIND && session->kill == 0);
}

void rcp_script_pick_rows(struct rcp_sim *sim, uint32_t session)
{
    const struct rcp_session *s = &rcp_world_sessions(sim->world)[session];
    if (s->script == RCP_SCRIPT_CLAIM)
        rcp_script_pick_claims(sim, session);
    else if (s->script == RCP_SCRIPT_DUE)
        rcp_order_pick_due(sim, session);
}

static void finish(struct rcp_sim *sim, const struct rcp_session *s, struct rcp_tx_row *row)
{
    if (s->first_script != RCP_SCRIPT_APPROVE) {
        rcp_script_hand_over(sim, row, s);
        return;
    }
    rcp_script_approve(sim, row, s->flags);
    row->verdict = RCP_VERDICT_WRITTEN;
}

static void commit_row(struct rcp_sim *sim, uint32_t session, struct rcp_tx_row *row)
{
    const struct rcp_session *s = &rcp_world_sessions(sim->world)[session];
    uint32_t payment = rcp_script_payment(sim->world, row);
    switch ((enum rcp_script)s->script) {
    case RCP_SCRIPT_APPROVE:
        rcp_script_approve(sim, row, s->flags);
        break;
    case RCP_SCRIPT_FINISH:
        finish(sim, s, row);
        break;
    case RCP_SCRIPT_SETTLE:
        row->verdict = (uint8_t)rcp_script_look(sim->world, payment, row->payload.product_id);
        break;
    case RCP_SCRIPT_LOOKUP:
        row->verdict = (uint8_t)rcp_script_look(sim->world, payment, 0);
        break;
    case RCP_SCRIPT_LOG:
        rcp_script_log(sim, row, s->flags);
        break;
    case RCP_SCRIPT_FENCE:
        rcp_script_fence(sim, row);
        break;
    case RCP_SCRIPT_REJECT:
        rcp_script_reject(sim, row, session);
        break;
    case RCP_SCRIPT_REOPEN:
        rcp_script_reopen(sim, row, session);
        break;
    case RCP_SCRIPT_SHELVE:
        rcp_script_shelve(sim, row, session);
        break;
    case RCP_SCRIPT_RELEASE:
        rcp_script_release(sim, row);
        break;
    case RCP_SCRIPT_LATER:
        rcp_script_put_off(sim, row, s->flags);
        break;
    case RCP_SCRIPT_PARK:
        rcp_log_park_record(sim, row->partition, row->offset);
        row->verdict = RCP_VERDICT_WRITTEN;
        break;
    case RCP_SCRIPT_MARK:
        rcp_script_mark(sim, row);
        break;
    case RCP_SCRIPT_CLAIM:
    case RCP_SCRIPT_SWEEP:
    case RCP_SCRIPT_ABANDON:
    case RCP_SCRIPT_PLACE:
    case RCP_SCRIPT_FIND:
    case RCP_SCRIPT_DUE:
    case RCP_SCRIPT_RESULT:
    case RCP_SCRIPT_REFUND:
    case RCP_SCRIPT_TOLD:
    case RCP_SCRIPT_NONE:
    case RCP_SCRIPT_COUNT:
        rcp_check_failed("script_has_rows");
    }
}

void rcp_script_commit(struct rcp_sim *sim, uint32_t session)
{
    const struct rcp_session *s = &rcp_world_sessions(sim->world)[session];
    if (s->script == RCP_SCRIPT_CLAIM) {
        rcp_script_claim(sim, session);
        return;
    }
    if (s->script == RCP_SCRIPT_SWEEP) {
        rcp_script_sweep(sim, session);
        return;
    }
    if (rcp_script_is_order((enum rcp_script)s->script)) {
        rcp_order_script_commit(sim, session);
        return;
    }
    struct rcp_tx_row *rows = rcp_world_session_rows(sim->world, session);
    for (uint32_t i = 0; i < s->row_count; i++)
        commit_row(sim, session, &rows[i]);
}
