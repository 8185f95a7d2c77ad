/* The sweep: IDLE -> READING (SWEEP) -> WORKING (DEL, EXPIRE, alerts) -> WRITING (MARK) -> IDLE.
 *
 * Everything it does is safe to do twice, so nodes need no agreement, and a crash between doing and
 * marking only means that it is done again. */
#include "core/recovery/sweep.h"

#include "core/emit.h"

bool rcp_sweep_wanted(struct rcp_policy policy)
{
    return rcp_hardened(policy, RCP_KNOB_TOKEN_DELETE) ||
           rcp_hardened(policy, RCP_KNOB_OPEN_RETRY_TOKEN) ||
           rcp_hardened(policy, RCP_KNOB_UNUSABLE_RECORD);
}

/* Only where all of a full page is done, there is a hurry: what Redis does not take now it does not take
 * in the next moment either. */
static void check_hurry(const struct rcp_node *node)
{
    for (uint32_t i = 0; i < node->sweep.count; i++)
        rcp_check(rcp_swept(node)[i].state == RCP_ITEM_DONE, "sweep_hurries_when_all_is_done");
}

static void end_round(struct rcp_step *step, bool at_once)
{
    struct rcp_round *round = &step->node->sweep;
    if (at_once && round->more)
        check_hurry(step->node);
    round->state = RCP_ROUND_IDLE;
    round->op_id = 0;
    round->count = 0;
    round->next_ms = step->mono_ms + (at_once && round->more ? 0u : RCP_SWEEP_MS);
    if (step->node->stopping || rcp_is_paused(step->node, RCP_WORKER_SWEEP))
        round->next_ms = RCP_NEVER_MS;
}

void rcp_sweep_tick(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    struct rcp_round *round = &node->sweep;
    if (round->state != RCP_ROUND_IDLE || step->mono_ms < round->next_ms || node->stopping)
        return;
    round->state = RCP_ROUND_READING;
    step->role = RCP_ROLE_SWEEP;
    round->op_id = rcp_op_id(node, RCP_OWNER_SWEEP, 0);
    struct rcp_mysql_effect *sweep =
        rcp_emit_script(step, round->op_id, RCP_SCRIPT_SWEEP, 0, RCP_MYSQL_TIMEOUT_MS);
    sweep->page = node->limits.page;
    if (rcp_knob_hardened(step, RCP_KNOB_TOKEN_DELETE))
        sweep->flags |= RCP_TX_RELEASE;
    if (rcp_knob_hardened(step, RCP_KNOB_OPEN_RETRY_TOKEN))
        sweep->flags |= RCP_TX_RENEW;
}

static void work_on(struct rcp_step *step, uint32_t index)
{
    step->role = RCP_ROLE_SWEEP;
    struct rcp_item *item = &rcp_swept(step->node)[index];
    enum rcp_verdict verdict = (enum rcp_verdict)item->row.verdict;
    if (verdict == RCP_VERDICT_ALERT || verdict == RCP_VERDICT_ALERT_RECORD) {
        rcp_emit(step, RCP_EFFECT_ALERT)->alert.row = item->row;
        item->state = RCP_ITEM_DONE;
        return;
    }
    rcp_check(verdict == RCP_VERDICT_RELEASE || verdict == RCP_VERDICT_RENEW, "swept_row_has_work");
    item->state = RCP_ITEM_WAITING;
    item->op_id = rcp_op_id(step->node, RCP_OWNER_SWEPT, index);
    rcp_emit_redis(step,
                   item->op_id,
                   verdict == RCP_VERDICT_RELEASE ? RCP_REDIS_DEL : RCP_REDIS_EXPIRE,
                   item->row.token,
                   item->row.origin,
                   RCP_REDIS_TIMEOUT_MS);
}

/* Writes down what was done, once nothing is on its way any more. */
static void mark_done(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    struct rcp_round *round = &node->sweep;
    uint32_t done = 0;
    for (uint32_t i = 0; i < round->count; i++) {
        if (rcp_swept(node)[i].state == RCP_ITEM_WAITING)
            return;
        done += rcp_swept(node)[i].state == RCP_ITEM_DONE;
    }
    if (done == 0) {
        end_round(step, false);
        return;
    }
    round->state = RCP_ROUND_WRITING;
    step->role = RCP_ROLE_SWEEP;
    round->op_id = rcp_op_id(node, RCP_OWNER_SWEEP, 0);
    if (done < round->count)
        round->more = 0; /* Redis does not take them: no hurry */
    struct rcp_mysql_effect *mark =
        rcp_emit_script(step, round->op_id, RCP_SCRIPT_MARK, done, RCP_MYSQL_TIMEOUT_MS);
    struct rcp_tx_row *rows = rcp_emit_rows(step, mark);
    uint32_t at = 0;
    for (uint32_t i = 0; i < round->count; i++)
        if (rcp_swept(node)[i].state == RCP_ITEM_DONE)
            rows[at++] = rcp_swept(node)[i].row;
    rcp_check(at == done && at > 0, "mark_has_its_rows");
}

static void take_swept(struct rcp_step *step, const struct rcp_mysql_done *done)
{
    struct rcp_node *node = step->node;
    struct rcp_round *round = &node->sweep;
    rcp_check(done->row_count <= node->limits.page, "sweep_fits_page");
    round->more = done->more;
    round->count = done->row_count;
    round->state = RCP_ROUND_WORKING;
    for (uint32_t i = 0; i < done->row_count; i++) {
        rcp_swept(node)[i] = (struct rcp_item){.row = done->rows[i]};
        work_on(step, i);
    }
    mark_done(step);
}

void rcp_sweep_mysql_done(struct rcp_step *step, const struct rcp_mysql_done *done)
{
    struct rcp_round *round = &step->node->sweep;
    if (round->op_id != done->op_id)
        return;
    round->op_id = 0;
    bool written = done->outcome == RCP_OUTCOME_DONE;
    if (round->state == RCP_ROUND_READING && written)
        take_swept(step, done);
    else
        end_round(step, written && round->state == RCP_ROUND_WRITING);
}

void rcp_sweep_redis_done(struct rcp_step *step, const struct rcp_redis_done *done)
{
    struct rcp_node *node = step->node;
    uint32_t index = rcp_op_slot(done->op_id);
    if (node->sweep.state != RCP_ROUND_WORKING || index >= node->sweep.count)
        return;
    struct rcp_item *item = &rcp_swept(node)[index];
    if (item->op_id != done->op_id || item->state != RCP_ITEM_WAITING)
        return;
    item->state = done->outcome == RCP_OUTCOME_DONE ? RCP_ITEM_DONE : RCP_ITEM_UNKNOWN;
    mark_done(step);
}
