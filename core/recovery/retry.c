/* PaymentRetryConsumer: what happens to a record when it comes in, and when its pause is over. */
#include "core/recovery/retry.h"

#include "core/emit.h"
#include "core/flow.h"
#include "core/recovery/partition.h"

/* A record that does not decode, or was not written by this service, where records carry its MAC. */
static bool usable(const struct rcp_step *step, const struct rcp_retry_record *record)
{
    return record->usable && (record->mac || !rcp_knob_hardened(step, RCP_KNOB_LOG_UNAVAILABLE));
}

void rcp_retry_record(struct rcp_step *step, const struct rcp_record_event *event)
{
    struct rcp_node *node = step->node;
    const struct rcp_retry_record *record = &event->record;
    if (!rcp_partition_record(step, event))
        return;
    bool good = usable(step, record);
    if (!good && !rcp_knob_hardened(step, RCP_KNOB_UNUSABLE_RECORD)) {
        rcp_partition_done(step, event->partition, event->assignment, event->offset);
        return; /* documented: logged and skipped */
    }
    uint32_t slot = rcp_flow_take(node, false);
    rcp_check(slot != RCP_NO_SLOT, "fetch_has_slot");
    struct rcp_flow *flow = &rcp_flows(node)[slot];
    flow->partition = event->partition;
    flow->assignment = event->assignment;
    flow->offset = event->offset;
    if (!good) {
        rcp_flow_enter(step, slot, RCP_FLOW_PARK);
        return;
    }
    flow->payload = record->payload;
    flow->token = record->token;
    flow->origin = record->origin;
    flow->row_id = record->row_id;
    flow->epoch = record->epoch;
    flow->attempt = record->attempt;
    flow->alone = record->alone;
    rcp_flow_enter(step, slot, RCP_FLOW_APPROVE);
}

static void resume(struct rcp_step *step, uint32_t slot)
{
    struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    flow->tries = 0;
    flow->counted = 0;
    flow->error = RCP_ERROR_NONE;
    flow->cause = RCP_PARK_NONE;
    rcp_flow_enter(step, slot, (enum rcp_flow_state)flow->resume);
}

void rcp_retry_wake(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    if (step->mono_ms < node->wake_ms)
        return;
    node->wake_ms = RCP_NEVER_MS;
    uint32_t first = node->limits.requests;
    for (uint32_t slot = first; slot < first + node->limits.retries; slot++) {
        struct rcp_flow *flow = &rcp_flows(node)[slot];
        if (flow->state != RCP_FLOW_PAUSE)
            continue;
        if (flow->deadline_ms <= step->mono_ms && rcp_is_paused(node, RCP_WORKER_CONSUMER))
            flow->deadline_ms = step->mono_ms + RCP_RETRY_PAUSE_MS;
        if (flow->deadline_ms <= step->mono_ms)
            resume(step, slot);
        else if (flow->deadline_ms < node->wake_ms)
            node->wake_ms = flow->deadline_ms;
    }
    for (uint32_t i = 0; i < node->limits.partitions; i++) {
        const struct rcp_partition *p = &rcp_partitions(node)[i];
        if (p->dirty && p->not_before_ms > step->mono_ms && p->not_before_ms < node->wake_ms)
            node->wake_ms = p->not_before_ms;
    }
}
