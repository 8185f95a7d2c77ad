/* The end of an effect finds who waits for it, by the owner and the slot in its op id. */
#include "core/completion.h"

#include "core/emit.h"
#include "core/flow.h"
#include "core/group.h"
#include "core/order/order_flow.h"
#include "core/order/reconcile.h"
#include "core/payment/request.h"
#include "core/recovery/scheduler.h"
#include "core/recovery/sweep.h"

/* True where the completion belongs to this incarnation and the slot exists. */
static bool is_ours(const struct rcp_node *node, uint64_t op_id)
{
    if (rcp_op_incarnation(op_id) != (node->incarnation & 0xffffu))
        return false;
    return rcp_op_owner(op_id) != RCP_OWNER_FLOW ||
           rcp_op_slot(op_id) < node->limits.requests + node->limits.retries;
}

void rcp_completion_redis(struct rcp_step *step, const struct rcp_redis_done *done)
{
    if (!is_ours(step->node, done->op_id))
        return;
    if (rcp_op_owner(done->op_id) == RCP_OWNER_FLOW)
        rcp_request_redis_done(step, rcp_op_slot(done->op_id), done);
    else if (rcp_op_owner(done->op_id) == RCP_OWNER_SWEPT)
        rcp_sweep_redis_done(step, done);
}

void rcp_completion_mysql(struct rcp_step *step, const struct rcp_mysql_done *done)
{
    if (!is_ours(step->node, done->op_id))
        return;
    switch (rcp_op_owner(done->op_id)) {
    case RCP_OWNER_FLOW:
        rcp_flow_mysql_done(step, rcp_op_slot(done->op_id), done);
        break;
    case RCP_OWNER_GROUP:
        rcp_group_done(step, done);
        break;
    case RCP_OWNER_SCHEDULER:
        rcp_scheduler_mysql_done(step, done);
        break;
    case RCP_OWNER_SWEEP:
        rcp_sweep_mysql_done(step, done);
        break;
    case RCP_OWNER_ORDER:
        rcp_order_mysql_done(step, rcp_op_slot(done->op_id), done);
        break;
    case RCP_OWNER_RECONCILE:
        rcp_reconcile_mysql_done(step, done);
        break;
    case RCP_OWNER_NONE:
    case RCP_OWNER_CLAIM:
    case RCP_OWNER_SWEPT:
    case RCP_OWNER_COUNT:
        break;
    }
}

static enum rcp_answer sent_answer(enum rcp_outcome outcome)
{
    static const uint8_t answers[RCP_OUTCOME_COUNT] = {
        [RCP_OUTCOME_DONE] = RCP_ANSWER_SENT,
        [RCP_OUTCOME_REFUSED] = RCP_ANSWER_REFUSED,
        [RCP_OUTCOME_UNKNOWN] = RCP_ANSWER_UNKNOWN,
    };
    return (enum rcp_answer)answers[outcome];
}

void rcp_completion_sent(struct rcp_step *step, const struct rcp_sent *event)
{
    if (!is_ours(step->node, event->op_id))
        return;
    uint32_t slot = rcp_op_slot(event->op_id);
    if (rcp_op_owner(event->op_id) == RCP_OWNER_CLAIM)
        rcp_scheduler_sent(step, event);
    else if (rcp_op_owner(event->op_id) == RCP_OWNER_FLOW &&
             rcp_flows(step->node)[slot].op_id == event->op_id)
        rcp_flow_answer(step, slot, sent_answer(event->outcome));
}

void rcp_completion_pg(struct rcp_step *step, const struct rcp_pg_done *done)
{
    if (is_ours(step->node, done->op_id) && rcp_op_owner(done->op_id) == RCP_OWNER_ORDER)
        rcp_order_pg_done(step, done);
}
