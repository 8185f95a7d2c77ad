/* Whether states that must end can go around for ever: states that nothing leads to are peeled off, with
 * their edges, until none is left (Kahn). What cannot be peeled off lies on a cycle or behind one. */
#include "sim/engine/search_live.h"

#include <string.h>

#define NO_SLOT     UINT32_MAX
#define LOOK_PERIOD 0xffffu /* states peeled off between two looks at `stop` */

/* Counts the edges into each state, and makes a chain of each state's records. */
static void count_edges(struct rcp_live *live)
{
    struct rcp_edge_walk walk = {0};
    for (uint32_t ref = rcp_edges_next(live->arena, &walk); ref != 0;
         ref = rcp_edges_next(live->arena, &walk)) {
        struct rcp_edges *record = rcp_edges_at(live->arena, ref);
        record->previous = live->last[record->source];
        live->last[record->source] = ref;
        for (uint32_t i = 0; i < record->count; i++)
            live->in_degree[record->targets[i]]++;
    }
}

/* The next state that has successors and is not peeled off; every state once. */
static uint32_t next_left(const struct rcp_live *live, struct rcp_edge_walk *walk)
{
    for (uint32_t ref = rcp_edges_next(live->arena, walk); ref != 0;
         ref = rcp_edges_next(live->arena, walk)) {
        uint32_t slot = rcp_edges_at(live->arena, ref)->source;
        if (live->last[slot] == ref && live->in_degree[slot] != 0)
            return slot;
    }
    return NO_SLOT;
}

/* States to be peeled off, first in, first out: the in_degree of each, which is 0, holds the next one. */
struct list {
    uint32_t first;
    uint32_t last;
};

/* By its turn the state's record has come from memory. */
static void push(struct rcp_live *live, struct list *list, uint32_t slot)
{
    __builtin_prefetch(rcp_edges_at(live->arena, live->last[slot]));
    live->in_degree[slot] = NO_SLOT;
    if (list->first == NO_SLOT)
        list->first = slot;
    else
        live->in_degree[list->last] = slot;
    list->last = slot;
}

static uint32_t pop(struct rcp_live *live, struct list *list)
{
    uint32_t slot = list->first;
    list->first = live->in_degree[slot];
    live->in_degree[slot] = 0;
    return slot;
}

static void push_those_led_to_by_none(struct rcp_live *live, struct list *list)
{
    struct rcp_edge_walk walk = {0};
    for (uint32_t ref = rcp_edges_next(live->arena, &walk); ref != 0;
         ref = rcp_edges_next(live->arena, &walk)) {
        uint32_t slot = rcp_edges_at(live->arena, ref)->source;
        if (live->last[slot] == ref && live->in_degree[slot] == 0)
            push(live, list, slot);
    }
}

/* Takes a state's edges away, and with them perhaps the last one that led to another state. */
static void peel(struct rcp_live *live, struct list *list, uint32_t slot)
{
    for (uint32_t ref = live->last[slot]; ref != 0;) {
        const struct rcp_edges *record = rcp_edges_at(live->arena, ref);
        for (uint32_t i = 0; i < record->count; i++) {
            uint32_t target = record->targets[i];
            if (--live->in_degree[target] == 0 && live->last[target] != 0)
                push(live, list, target);
        }
        ref = record->previous;
    }
}

static bool peel_all(struct rcp_live *live, const atomic_bool *stop)
{
    struct list list = {.first = NO_SLOT};
    push_those_led_to_by_none(live, &list);
    for (uint64_t peeled = 0; list.first != NO_SLOT; peeled++) {
        peel(live, &list, pop(live, &list));
        if ((peeled & LOOK_PERIOD) == 0 && stop != NULL && atomic_load(stop))
            return false;
    }
    return true;
}

uint32_t rcp_live_next(const struct rcp_live *live, uint32_t slot)
{
    uint32_t next = NO_SLOT;
    for (uint32_t ref = live->last[slot]; ref != 0;) {
        const struct rcp_edges *record = rcp_edges_at(live->arena, ref);
        for (uint32_t i = 0; i < record->count; i++) {
            uint32_t target = record->targets[i];
            if (live->in_degree[target] == 0 || live->last[target] == 0)
                continue;
            if (next == NO_SLOT ||
                rcp_visited_print(live->visited, target) < rcp_visited_print(live->visited, next))
                next = target;
        }
        ref = record->previous;
    }
    return next;
}

/* Takes away what lies behind cycles and leads to none, so that from each state left one can go on. */
static void trim(struct rcp_live *live)
{
    bool changed = true;
    while (changed) {
        changed = false;
        struct rcp_edge_walk walk = {0};
        for (uint32_t slot = next_left(live, &walk); slot != NO_SLOT;
             slot = next_left(live, &walk)) {
            if (rcp_live_next(live, slot) == NO_SLOT) {
                live->in_degree[slot] = 0;
                changed = true;
            }
        }
    }
}

/* Begins at the smallest state left and goes on, always to the smallest, until it must be on a cycle. */
static uint32_t some_state_of_a_cycle(const struct rcp_live *live)
{
    uint32_t smallest = NO_SLOT;
    uint64_t left = 0;
    struct rcp_edge_walk walk = {0};
    for (uint32_t slot = next_left(live, &walk); slot != NO_SLOT; slot = next_left(live, &walk)) {
        left++;
        if (smallest == NO_SLOT ||
            rcp_visited_print(live->visited, slot) < rcp_visited_print(live->visited, smallest))
            smallest = slot;
    }
    while (smallest != NO_SLOT && left-- > 0)
        smallest = rcp_live_next(live, smallest);
    return smallest;
}

static void find_way_in(const struct rcp_live *live, uint32_t on, struct rcp_live_cycle *cycle)
{
    const struct rcp_visited *visited = live->visited;
    uint32_t depth_min = UINT32_MAX;
    uint32_t slot = on;
    cycle->count = 0;
    do {
        uint32_t depth = rcp_visited_depth(visited, slot);
        if (depth < depth_min ||
            (depth == depth_min &&
             rcp_visited_print(visited, slot) < rcp_visited_print(visited, cycle->slot))) {
            depth_min = depth;
            cycle->slot = slot;
        }
        cycle->count++;
        slot = rcp_live_next(live, slot);
    } while (slot != on);
}

enum rcp_search_verdict rcp_live_search(struct rcp_live *live,
                                        const struct rcp_arena *arena,
                                        const struct rcp_visited *visited,
                                        const atomic_bool *stop,
                                        struct rcp_live_cycle *cycle)
{
    live->arena = arena;
    live->visited = visited;
    live->in_degree = (uint32_t *)arena->base;
    live->last = live->in_degree + visited->room;
    /* Pages that the frontier never came to are zero, and stay untouched. */
    size_t bytes = (size_t)visited->room * RCP_LIVE_BYTES_PER_SLOT;
    size_t used = (size_t)rcp_arena_used(arena);
    memset(arena->base, 0, used < bytes ? used : bytes);
    count_edges(live);
    if (!peel_all(live, stop))
        return RCP_SEARCH_STOPPED;
    trim(live);
    uint32_t on = some_state_of_a_cycle(live);
    if (on == NO_SLOT)
        return RCP_SEARCH_COMPLETE;
    find_way_in(live, on, cycle);
    return RCP_SEARCH_CYCLE;
}
