/* PaymentScheduler (FACTS 1.6): IDLE -> READING (DUE) -> WORKING (a flow per item) -> IDLE.
 *
 * Hardened: DUE claims what it brings by moving its due time on, so several nodes share the work and a
 * dead one's share comes back. Items have slots of their own, so a burst of requests cannot keep them
 * out. Documented: every node looks at all that is old enough, page by page. */
#include "core/order/reconcile.h"

#include "core/emit.h"
#include "core/order/facade.h"

static bool claims(const struct rcp_step *step)
{
    return rcp_knob_hardened(step, RCP_KNOB_SELECTION);
}

/* The document's fixedRate: rounds that take their time do not put off the next tick, and one that takes
 * longer than a period leaves it out. */
static uint64_t next_tick(const struct rcp_step *step, uint64_t tick_ms)
{
    uint64_t since_ms = step->mono_ms - tick_ms;
    return step->mono_ms + RCP_RECONCILE_MS - since_ms % RCP_RECONCILE_MS;
}

static void end_round(struct rcp_step *step)
{
    struct rcp_reconcile *round = &step->node->reconcile;
    round->state = RCP_ROUND_IDLE;
    round->op_id = 0;
    round->next_ms = round->more ? step->mono_ms : next_tick(step, round->tick_ms);
    if (!round->more)
        round->after_id = 0;
    round->more = 0;
    if (step->node->stopping || rcp_is_paused(step->node, RCP_WORKER_RECONCILE))
        round->next_ms = RCP_NEVER_MS;
}

void rcp_reconcile_tick(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    struct rcp_reconcile *round = &node->reconcile;
    if (round->state != RCP_ROUND_IDLE || step->mono_ms < round->next_ms || node->stopping)
        return;
    round->state = RCP_ROUND_READING;
    round->tick_ms = round->next_ms;
    step->role = RCP_ROLE_RECONCILE;
    round->op_id = rcp_op_id(node, RCP_OWNER_RECONCILE, 0);
    struct rcp_mysql_effect *due = rcp_emit_order_script(
        step, round->op_id, RCP_SCRIPT_DUE, claims(step) ? 0 : 1, RCP_MYSQL_TIMEOUT_MS);
    due->page = node->limits.settles;
    due->owner = (uint64_t)node->node << 32 | node->incarnation;
    if (!claims(step)) {
        due->flags |= RCP_TX_EVERY_ONE;
        rcp_emit_order_rows(step, due)->order_id = round->after_id;
    }
    if (!rcp_knob_hardened(step, RCP_KNOB_AGE_BASE))
        due->flags |= RCP_TX_CREATED;
}

static void take_due(struct rcp_step *step, const struct rcp_mysql_done *done)
{
    struct rcp_node *node = step->node;
    struct rcp_reconcile *round = &node->reconcile;
    rcp_check(done->row_count <= node->limits.settles, "due_fits_page");
    round->state = RCP_ROUND_WORKING;
    round->more = done->more && done->row_count > 0;
    for (uint32_t i = 0; i < done->row_count; i++) {
        const struct rcp_order_row *row = &done->orders[i];
        if (!claims(step) && row->verdict == RCP_ORDER_VERDICT_DUE &&
            row->order_id > round->after_id)
            round->after_id = row->order_id;
        rcp_facade_take_due(step, row);
    }
}

void rcp_reconcile_mysql_done(struct rcp_step *step, const struct rcp_mysql_done *done)
{
    struct rcp_reconcile *round = &step->node->reconcile;
    if (round->op_id != done->op_id)
        return;
    round->op_id = 0;
    if (done->outcome == RCP_OUTCOME_DONE && !step->node->stopping)
        take_due(step, done);
    else
        end_round(step); /* what was claimed all the same comes back with its lease */
}

void rcp_reconcile_pump(struct rcp_step *step)
{
    const struct rcp_node *node = step->node;
    if (node->reconcile.state == RCP_ROUND_WORKING && node->settles_used == 0)
        end_round(step);
}

void rcp_reconcile_stop(struct rcp_step *step)
{
    step->node->reconcile.next_ms = RCP_NEVER_MS;
}
