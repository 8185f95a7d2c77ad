/* The consumer's side of a partition: fetching, and committing offsets only behind durable work. */
#include "core/recovery/partition.h"

#include "core/emit.h"

#include <string.h>

static struct rcp_partition *ours(struct rcp_step *step, uint32_t partition, uint32_t assignment)
{
    if (partition >= step->node->limits.partitions)
        return NULL;
    struct rcp_partition *p = &rcp_partitions(step->node)[partition];
    return p->assignment == assignment && assignment != 0 ? p : NULL;
}

/* Forgets the partition's window, but not which assignments it has heard of. */
static void forget(struct rcp_node *node, struct rcp_partition *p)
{
    uint32_t seen = p->seen;
    if (p->fetching)
        node->fetches--;
    memset(p, 0, sizeof *p);
    p->seen = seen;
}

void rcp_partition_assigned(struct rcp_step *step, const struct rcp_partition_event *event)
{
    if (event->partition >= step->node->limits.partitions)
        return;
    struct rcp_partition *p = &rcp_partitions(step->node)[event->partition];
    if (event->assignment <= p->seen)
        return; /* revoked, or given anew, before this news arrived */
    forget(step->node, p);
    p->assignment = p->seen = event->assignment;
}

void rcp_partition_revoked(struct rcp_step *step, const struct rcp_partition_event *event)
{
    if (event->partition >= step->node->limits.partitions)
        return;
    struct rcp_partition *p = &rcp_partitions(step->node)[event->partition];
    if (event->assignment < p->seen)
        return;
    p->seen = event->assignment;
    forget(step->node, p);
}

bool rcp_partition_record(struct rcp_step *step, const struct rcp_record_event *event)
{
    struct rcp_partition *p = ours(step, event->partition, event->assignment);
    if (p == NULL || !p->fetching)
        return false;
    uint32_t room = step->node->limits.window;
    rcp_check(p->count < room, "window_has_room");
    struct rcp_window_slot *window = rcp_window(step->node, event->partition);
    window[(p->head + p->count) % room] = (struct rcp_window_slot){event->offset, 0};
    p->count++;
    p->fetching = 0;
    step->node->fetches--;
    return true;
}

void rcp_partition_done(struct rcp_step *step,
                        uint32_t partition,
                        uint32_t assignment,
                        uint64_t offset)
{
    struct rcp_partition *p = ours(step, partition, assignment);
    if (p == NULL)
        return; /* rebalanced meanwhile: whoever owns it now gets the record again */
    uint32_t room = step->node->limits.window;
    struct rcp_window_slot *window = rcp_window(step->node, partition);
    for (uint32_t i = 0; i < p->count; i++) {
        struct rcp_window_slot *slot = &window[(p->head + i) % room];
        if (slot->offset == offset)
            slot->done = 1;
    }
    while (p->count > 0 && window[p->head].done) {
        p->committed = window[p->head].offset + 1;
        p->head = (uint16_t)((p->head + 1u) % room);
        p->count--;
        p->dirty = 1;
    }
}

static bool commits(const struct rcp_partition *p)
{
    rcp_check(p != NULL, "news_of_our_partition");
    return p->committing != 0;
}

void rcp_partition_committed(struct rcp_step *step, const struct rcp_offset_done *done)
{
    struct rcp_partition *p = ours(step, done->partition, done->assignment);
    if (p == NULL || !commits(p))
        return;
    rcp_check(commits(p), "offset_commit_is_out");
    p->committing = 0;
    if (done->outcome == RCP_OUTCOME_DONE)
        return;
    p->dirty = 1; /* committing an offset again is harmless */
    p->not_before_ms = step->mono_ms + RCP_RETRY_PAUSE_MS;
    if (p->not_before_ms < step->node->wake_ms)
        step->node->wake_ms = p->not_before_ms;
}

/* A partition with nothing in progress goes first: one that waits for its first record holds a slot,
 * and must never be the reason why another one is not read at all. */
static void fetch(struct rcp_step *step, uint32_t partition, struct rcp_partition *p, bool first)
{
    struct rcp_node *node = step->node;
    if (rcp_is_paused(node, RCP_WORKER_CONSUMER))
        return;
    if (p->assignment == 0 || p->fetching || (p->count == 0) != first ||
        p->count >= node->limits.window || node->stopping ||
        (uint32_t)node->retries_used + node->fetches >= node->limits.retries)
        return;
    p->fetching = 1;
    node->fetches++;
    rcp_emit(step, RCP_EFFECT_FETCH)->fetch =
        (struct rcp_fetch_effect){.partition = partition, .assignment = p->assignment};
}

static void commit(struct rcp_step *step, uint32_t partition, struct rcp_partition *p)
{
    if (!p->dirty || p->committing || step->mono_ms < p->not_before_ms)
        return;
    p->dirty = 0;
    p->committing = 1;
    rcp_emit(step, RCP_EFFECT_COMMIT_OFFSET)->commit_offset = (struct rcp_commit_offset_effect){
        .next_offset = p->committed, .partition = partition, .assignment = p->assignment};
}

void rcp_partition_pump(struct rcp_step *step)
{
    step->role = RCP_ROLE_CONSUMER;
    struct rcp_partition *partitions = rcp_partitions(step->node);
    uint32_t count = step->node->limits.partitions;
    for (uint32_t i = 0; i < count; i++)
        fetch(step, i, &partitions[i], true);
    for (uint32_t i = 0; i < count; i++)
        fetch(step, i, &partitions[i], false);
    for (uint32_t i = 0; i < count; i++)
        commit(step, i, &partitions[i]);
}
