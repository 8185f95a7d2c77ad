/* Complete search: how a worker makes the successors of the states that it takes from the frontier. */
#include "core/check.h"
#include "sim/engine/search_engine.h"

#include <string.h>

#define AHEAD       4u  /* entries of the frontier whose slots are fetched before their turn */
#define LOOK_PERIOD 32u /* states between two looks at the clock */
#define TELL_NS     1000000000u /* between two words about progress */

/* Only the worker itself writes its figures. */
static void count(_Atomic uint64_t *figure, uint64_t more)
{
    atomic_store_explicit(
        figure, atomic_load_explicit(figure, memory_order_relaxed) + more, memory_order_relaxed);
}

static enum rcp_visited_age age_of(uint64_t depth)
{
    return depth % 2u == 0 ? RCP_VISITED_EVEN : RCP_VISITED_ODD;
}

/* --- The next level --- */

static bool put_on_frontier(struct rcp_search *search,
                            struct rcp_search_worker *worker,
                            const struct rcp_pending_state *pending,
                            const unsigned char *bytes,
                            uint32_t slot)
{
    struct rcp_frontier_entry *entry =
        rcp_frontier_make_room(&worker->frontier,
                               &search->levels[(search->depth + 1u) % 2u],
                               rcp_frontier_bytes(pending->size));
    if (entry == NULL)
        return false;
    entry->slot = slot;
    entry->size = pending->size;
    worker->found++;
    count(&worker->figures.states, 1);
    if (pending->must_end)
        count(&worker->figures.must_end, 1);
    if (pending->size != RCP_FRONTIER_DONE) {
        memcpy(entry + 1, bytes, pending->size);
        count(&worker->figures.state_bytes, pending->size);
        if (pending->size >
            atomic_load_explicit(&worker->figures.state_bytes_max, memory_order_relaxed))
            atomic_store_explicit(
                &worker->figures.state_bytes_max, pending->size, memory_order_relaxed);
    }
    return true;
}

/* --- Successors that wait for memory --- */

/* A state's successors are looked for one after the other: a record is open while they last. */
static bool keep_edge(struct rcp_search_worker *worker, uint32_t source, uint32_t target)
{
    struct rcp_edge_writer *edges = &worker->edges;
    if (edges->record != NULL && edges->record->source != source)
        rcp_edges_close(edges);
    if (edges->record == NULL && !rcp_edges_open(edges, source))
        return false;
    return rcp_edges_add(edges, target);
}

/* Looks for the successor that has waited longest. */
static inline void settle_one(struct rcp_search *search, struct rcp_search_worker *worker)
{
    uint32_t first = worker->pending_first;
    const struct rcp_pending_state *pending = &worker->pending[first];
    worker->pending_first = (first + 1u) & (search->pending_room - 1u);
    worker->pending_count--;
    if (rcp_search_halted(search))
        return;
    if (worker->slots_lent == 0)
        worker->slots_lent = rcp_visited_lend(&search->visited, search->lend);
    if (worker->slots_lent == 0) {
        rcp_search_stop(search, RCP_HALT_MEMORY);
        return;
    }
    struct rcp_visited_found found = rcp_visited_insert(&search->visited,
                                                        pending->key,
                                                        pending->parent,
                                                        age_of(search->depth + 1u),
                                                        pending->must_end);
    bool room = true;
    if (found.is_new) {
        worker->slots_lent--;
        const unsigned char *bytes = worker->pending_bytes + (size_t)first * search->state_room;
        room = put_on_frontier(search, worker, pending, bytes, found.slot);
    }
    if (room && pending->has_edge)
        room = keep_edge(worker, pending->parent.slot, found.slot);
    if (!room)
        rcp_search_stop(search, RCP_HALT_MEMORY);
}

static void settle_all(struct rcp_search *search, struct rcp_search_worker *worker)
{
    while (worker->pending_count > 0)
        settle_one(search, worker);
}

/* Keeps the working state as a successor that is looked for later. */
static inline void keep(struct rcp_search *search,
                        struct rcp_search_worker *worker,
                        void *context,
                        struct rcp_visited_parent parent,
                        bool done,
                        bool has_edge)
{
    const struct rcp_search_model *model = search->model;
    if (worker->pending_count == search->pending_room)
        settle_one(search, worker);
    uint32_t at = (worker->pending_first + worker->pending_count) & (search->pending_room - 1u);
    struct rcp_pending_state *pending = &worker->pending[at];
    worker->pending_count++;
    pending->key = rcp_visited_key(&search->visited, model->digest(context));
    rcp_visited_prefetch(&search->visited, pending->key.home);
    pending->parent = parent;
    pending->must_end = model->must_end != NULL && model->must_end(context);
    pending->has_edge = has_edge;
    pending->size = RCP_FRONTIER_DONE;
    if (!done) {
        pending->size =
            model->save(context, worker->pending_bytes + (size_t)at * search->state_room);
        rcp_check(pending->size <= model->state_max, "search_state_size");
    }
    rcp_check(!has_edge || done || pending->must_end, "search_must_end_stays");
}

void rcp_search_begin(struct rcp_search *search, struct rcp_search_worker *worker, void *context)
{
    search->model->init(context);
    struct rcp_visited_parent itself = {
        .slot = rcp_visited_key(&search->visited, search->model->digest(context)).home,
    };
    search->depth = UINT64_MAX; /* what it finds is level 0, once all have met */
    keep(search, worker, context, itself, false, false);
    settle_all(search, worker);
}

/* --- The level at work --- */

/* A state whose successors are being made. */
struct source {
    const void *state;
    uint32_t size;
    struct rcp_visited_parent place;
    bool must_end;
};

static void reach_goal(struct rcp_search_worker *worker,
                       enum rcp_search_verdict verdict,
                       struct rcp_visited_parent place)
{
    struct rcp_search_goal goal = {verdict, place.slot, place.print};
    if (rcp_search_goal_better(&goal, &worker->goal))
        worker->goal = goal;
}

/* All transitions of one state. Returns whether there was any. */
static bool step_all(struct rcp_search *search,
                     struct rcp_search_worker *worker,
                     void *context,
                     const struct source *source)
{
    const struct rcp_search_model *model = search->model;
    struct rcp_search_chooser *chooser = &worker->chooser;
    uint64_t transitions = 0;
    rcp_chooser_reset(chooser);
    do {
        model->load(context, source->state, source->size);
        enum rcp_search_end end = rcp_chooser_step(chooser, model, context);
        transitions += end == RCP_SEARCH_SKIPPED ? 0 : 1u;
        switch (end) {
        case RCP_SEARCH_GOES_ON:
        case RCP_SEARCH_DONE:
            keep(search, worker, context, source->place, end == RCP_SEARCH_DONE, source->must_end);
            break;
        case RCP_SEARCH_VIOLATED:
            reach_goal(worker, RCP_SEARCH_FOUND, source->place);
            break;
        case RCP_SEARCH_NO_ROOM:
            reach_goal(worker, RCP_SEARCH_ROOM, source->place);
            break;
        case RCP_SEARCH_SKIPPED:
            break;
        }
    } while (rcp_chooser_advance(chooser) && !rcp_search_halted(search));
    count(&worker->figures.transitions, transitions);
    return transitions > 0;
}

static void expand_one(struct rcp_search *search,
                       struct rcp_search_worker *worker,
                       void *context,
                       const struct rcp_frontier_entry *entry)
{
    struct rcp_visited *visited = &search->visited;
    rcp_visited_grow_old(visited, entry->slot);
    if (entry->size == RCP_FRONTIER_DONE)
        return;
    struct source source = {
        .state = entry + 1,
        .size = entry->size,
        .place = {rcp_visited_print(visited, entry->slot), entry->slot},
        .must_end = rcp_visited_must_end(visited, entry->slot),
    };
    bool any = step_all(search, worker, context, &source);
    if (!any && source.must_end && !rcp_search_halted(search))
        reach_goal(worker, RCP_SEARCH_DEAD_END, source.place);
}

/* Worker 0 says how far all are. */
static void look_around(struct rcp_search *search, struct rcp_search_worker *worker)
{
    const struct rcp_search_host *host = search->host;
    if (host->stop != NULL && atomic_load_explicit(host->stop, memory_order_relaxed))
        rcp_search_stop(search, RCP_HALT_STOP);
    if (worker != search->crew || host->progress == NULL || worker->until_look-- > 0)
        return;
    worker->until_look = LOOK_PERIOD;
    uint64_t now_ns = host->now_ns(host->context);
    if (now_ns - search->told_ns < TELL_NS)
        return;
    search->told_ns = now_ns;
    struct rcp_search_result so_far;
    rcp_search_tell(search, &so_far);
    host->progress(host->context, &so_far);
}

/* Walks through a chunk's entries; the slots of those a few ahead are on their way meanwhile, and the entry
 * behind those. */
static void expand_chunk(struct rcp_search *search,
                         struct rcp_search_worker *worker,
                         void *context,
                         const struct rcp_chunk *chunk)
{
    const unsigned char *at = (const unsigned char *)(chunk + 1);
    const unsigned char *end = (const unsigned char *)chunk + chunk->used;
    const unsigned char *ahead = at;
    uint32_t ahead_count = 0;
    while (at < end && !rcp_search_halted(search)) {
        for (; ahead < end && ahead_count < AHEAD; ahead_count++) {
            const struct rcp_frontier_entry *entry = (const struct rcp_frontier_entry *)ahead;
            rcp_visited_prefetch(&search->visited, entry->slot);
            ahead += rcp_frontier_bytes(entry->size);
            __builtin_prefetch(ahead);
        }
        const struct rcp_frontier_entry *entry = (const struct rcp_frontier_entry *)at;
        expand_one(search, worker, context, entry);
        at += rcp_frontier_bytes(entry->size);
        ahead_count--;
        look_around(search, worker);
    }
}

/* Works through a chunk of the level, and gives it back. */
static void expand_level_chunk(struct rcp_search *search,
                               struct rcp_search_worker *worker,
                               void *context,
                               uint32_t number)
{
    struct rcp_chunk *chunk = rcp_arena_chunk(&search->arena, number);
    const struct rcp_chunk *entries;
    uint32_t at = 0;
    bool full = false;
    while (!rcp_search_halted(search) &&
           (entries = rcp_frontier_next(&worker->frontier, chunk, &at, &full)) != NULL)
        expand_chunk(search, worker, context, entries);
    if (full)
        rcp_search_stop(search, RCP_HALT_MEMORY);
    settle_all(search, worker);
    if (worker->edges.record != NULL)
        rcp_edges_close(&worker->edges);
    rcp_arena_give(&search->arena, number);
}

void rcp_search_expand(struct rcp_search *search, struct rcp_search_worker *worker, void *context)
{
    struct rcp_chunk_stack *level = &search->levels[search->depth % 2u];
    while (!rcp_search_halted(search)) {
        uint32_t number = rcp_chunk_pop(&search->arena, level);
        if (number == RCP_CHUNK_NONE)
            break;
        expand_level_chunk(search, worker, context, number);
    }
}
