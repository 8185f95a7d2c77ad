/* What of an order is repeated after a pause, and when the pause is over. */
#include "core/order/order_pause.h"

#include "core/hash.h"

#define WHOLE_AGAIN_MS        100u /* documented: 100 to 500 ms, and two attempts in all (FACTS 1.2) */
#define WHOLE_AGAIN_SPREAD_MS 400u

/* A pure hash; two nodes that got into each other's way go apart. */
static uint32_t jitter(const struct rcp_step *step,
                       const struct rcp_order_flow *flow,
                       uint32_t base_ms,
                       uint32_t spread_ms)
{
    uint64_t hash = rcp_hash(rcp_hash(step->node->seed, flow->row.order_id), flow->row.user_id);
    hash = rcp_hash(rcp_hash(hash, step->node->node), flow->repeats);
    return base_ms + (uint32_t)(hash % (spread_ms + 1u));
}

bool rcp_order_repeats(struct rcp_step *step,
                       struct rcp_order_flow *flow,
                       const struct rcp_mysql_done *done)
{
    if (done->outcome != RCP_OUTCOME_REFUSED || done->error != RCP_ERROR_CONTENTION ||
        flow->repeats >= RCP_ORDER_TRIES || !rcp_knob_hardened(step, RCP_KNOB_LOCK_ORDER))
        return false;
    uint32_t base_ms = RCP_ORDER_AGAIN_MS << flow->repeats;
    flow->repeats++;
    flow->pause_ms = jitter(step, flow, base_ms, base_ms / 2u);
    return true;
}

bool rcp_order_whole_again(struct rcp_step *step,
                           struct rcp_order_flow *flow,
                           const struct rcp_mysql_done *done)
{
    bool lost = done->outcome == RCP_OUTCOME_REFUSED && done->error == RCP_ERROR_CONTENTION;
    bool stale =
        done->outcome == RCP_OUTCOME_DONE && done->orders[0].verdict == RCP_ORDER_VERDICT_STALE;
    if (flow->kind != RCP_ORDER_KIND_PLACE || flow->replied || flow->rounds > 0 ||
        rcp_knob_hardened(step, RCP_KNOB_LOCK_ORDER) || !(lost || stale))
        return false;
    flow->rounds++;
    flow->pause_ms = jitter(step, flow, WHOLE_AGAIN_MS, WHOLE_AGAIN_SPREAD_MS);
    return true;
}

void rcp_order_pause(struct rcp_step *step, uint32_t slot, enum rcp_order_stage then)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    rcp_check(flow->pause_ms > 0, "pause_has_its_time");
    uint32_t left_ms = rcp_order_left_ms(step, flow);
    if (!flow->replied && left_ms < flow->pause_ms)
        flow->pause_ms = left_ms; /* who waits is answered then */
    flow->stage = RCP_STAGE_PAUSE;
    flow->resume = (uint8_t)then;
    flow->wake_ms = step->mono_ms + flow->pause_ms;
    flow->pause_ms = 0;
    if (flow->wake_ms < step->node->order_wake_ms)
        step->node->order_wake_ms = flow->wake_ms;
}

void rcp_order_wake(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    if (step->mono_ms < node->order_wake_ms)
        return;
    node->order_wake_ms = RCP_NEVER_MS;
    for (uint32_t slot = 0; slot < rcp_order_slots(node); slot++) {
        struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
        if (flow->stage != RCP_STAGE_PAUSE)
            continue;
        if (flow->wake_ms <= step->mono_ms && rcp_order_step_has_room(step)) {
            rcp_order_resume(step, slot);
            continue;
        }
        if (flow->wake_ms <= step->mono_ms)
            flow->wake_ms = step->mono_ms + 1u; /* its turn comes in a step of its own */
        if (flow->wake_ms < node->order_wake_ms)
            node->order_wake_ms = flow->wake_ms;
    }
}
