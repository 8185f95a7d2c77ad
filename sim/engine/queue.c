/* Pending events with windows: a heap of what is far by earliest time, a bag of what may be next. */
#include "sim/queue.h"

#include "core/check.h"

#include <string.h>

#define NO_SLOT UINT32_MAX

static size_t round8(size_t size)
{
    return (size + 7u) & ~(size_t)7u;
}

size_t rcp_queue_size(uint32_t room)
{
    return round8(sizeof(struct rcp_queue_head)) + room * sizeof(struct rcp_pending) +
           2u * (size_t)room * sizeof(struct rcp_near);
}

void rcp_queue_init(struct rcp_queue_head *queue, uint32_t room)
{
    memset(queue, 0, sizeof *queue);
    queue->room = room;
    queue->free = NO_SLOT;
    queue->near_at = (uint32_t)round8(sizeof *queue);
    queue->heap_at = queue->near_at + room * (uint32_t)sizeof(struct rcp_near);
    queue->slots_at = queue->heap_at + room * (uint32_t)sizeof(struct rcp_near);
}

struct rcp_pending *rcp_queue_take(struct rcp_queue_head *queue)
{
    uint32_t slot = queue->free;
    if (slot != NO_SLOT)
        queue->free = rcp_queue_slot(queue, slot)->next;
    else if (queue->fresh < queue->room)
        slot = queue->fresh++;
    else
        return NULL;
    struct rcp_pending *pending = rcp_queue_slot(queue, slot);
    pending->sequence = queue->sequence++;
    return pending;
}

void rcp_queue_give(struct rcp_queue_head *queue, struct rcp_pending *pending)
{
    uint32_t slot = (uint32_t)(pending - rcp_queue_slot(queue, 0));
    pending->job = 0;
    pending->next = queue->free;
    queue->free = slot;
}

/* --- The heap, smallest (earliest, sequence) on top --- */

static bool before(const struct rcp_near *a, const struct rcp_near *b)
{
    if (a->earliest_ms != b->earliest_ms)
        return a->earliest_ms < b->earliest_ms;
    return a->sequence < b->sequence;
}

static void sift_up(struct rcp_queue_head *queue, uint32_t at)
{
    struct rcp_near *heap = rcp_queue_heap(queue);
    struct rcp_near entry = heap[at];
    while (at > 0 && before(&entry, &heap[(at - 1u) / 2u])) {
        heap[at] = heap[(at - 1u) / 2u];
        at = (at - 1u) / 2u;
    }
    heap[at] = entry;
}

static void sift_down(struct rcp_queue_head *queue, uint32_t at)
{
    struct rcp_near *heap = rcp_queue_heap(queue);
    struct rcp_near entry = heap[at];
    for (;;) {
        uint32_t child = 2u * at + 1u;
        if (child >= queue->heap_count)
            break;
        if (child + 1u < queue->heap_count && before(&heap[child + 1u], &heap[child]))
            child++;
        if (!before(&heap[child], &entry))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = entry;
}

static void heap_push(struct rcp_queue_head *queue, struct rcp_near entry)
{
    rcp_queue_heap(queue)[queue->heap_count] = entry;
    sift_up(queue, queue->heap_count++);
}

static struct rcp_near heap_pop(struct rcp_queue_head *queue)
{
    struct rcp_near *heap = rcp_queue_heap(queue);
    struct rcp_near top = heap[0];
    heap[0] = heap[--queue->heap_count];
    sift_down(queue, 0);
    return top;
}

/* --- The bag --- */

static struct rcp_near near_of(const struct rcp_queue_head *queue,
                               const struct rcp_pending *pending)
{
    rcp_check(pending->earliest_ms <= pending->latest_ms, "window_opens_before_it_closes");
    return (struct rcp_near){
        .earliest_ms = pending->earliest_ms,
        .latest_ms = pending->latest_ms,
        .sequence = pending->sequence,
        .slot = (uint32_t)(pending - rcp_queue_slot(queue, 0)),
    };
}

void rcp_queue_push(struct rcp_queue_head *queue, struct rcp_pending *pending)
{
    heap_push(queue, near_of(queue, pending));
}

void rcp_queue_put(struct rcp_queue_head *queue, struct rcp_pending *pending)
{
    rcp_queue_near(queue)[queue->near_count++] = near_of(queue, pending);
}

void rcp_queue_gather(struct rcp_queue_head *queue)
{
    struct rcp_near *near = rcp_queue_near(queue);
    for (uint32_t i = 0; i < queue->heap_count; i++)
        near[queue->near_count++] = rcp_queue_heap(queue)[i];
    queue->heap_count = 0;
}

bool rcp_queue_refill(struct rcp_queue_head *queue, uint64_t *smallest_latest_ms)
{
    struct rcp_near *near = rcp_queue_near(queue);
    uint64_t smallest = UINT64_MAX;
    for (uint32_t i = 0; i < queue->near_count; i++)
        if (near[i].latest_ms < smallest)
            smallest = near[i].latest_ms;
    while (queue->heap_count > 0 && rcp_queue_heap(queue)[0].earliest_ms <= smallest) {
        struct rcp_near entry = heap_pop(queue);
        if (entry.latest_ms < smallest)
            smallest = entry.latest_ms;
        near[queue->near_count++] = entry;
    }
    *smallest_latest_ms = smallest;
    return queue->near_count > 0;
}

struct rcp_pending *rcp_queue_pop(struct rcp_queue_head *queue, uint32_t near_index)
{
    struct rcp_near *near = rcp_queue_near(queue);
    rcp_check(near_index < queue->near_count, "near_entry_exists");
    struct rcp_pending *pending = rcp_queue_slot(queue, near[near_index].slot);
    near[near_index] = near[--queue->near_count];
    return pending;
}

void rcp_queue_remove(struct rcp_queue_head *queue, uint32_t index)
{
    if (index < queue->near_count) {
        rcp_queue_give(queue, rcp_queue_pop(queue, index));
        return;
    }
    struct rcp_near *heap = rcp_queue_heap(queue);
    uint32_t at = index - queue->near_count;
    rcp_queue_give(queue, rcp_queue_slot(queue, heap[at].slot));
    struct rcp_near last = heap[--queue->heap_count];
    if (at == queue->heap_count)
        return;
    heap[at] = last;
    sift_down(queue, at);
    sift_up(queue, at);
}
