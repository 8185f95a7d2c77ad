/* Complete search, breadth first: its memory, its levels and its verdict. */
#include "sim/search.h"

#include "core/check.h"
#include "sim/engine/search_engine.h"

#include <string.h>

#define CHUNK_BYTES_MAX   65536u
#define CHUNK_BYTES_MIN   4096u
#define CHUNKS_PER_WORKER 6u   /* at least: of both levels, plain and packed; edges, and one more */
#define CHUNKS_WANTED     256u /* for each worker; rather than that, chunks are smaller */
#define TABLE_PART        4u   /* the table is this part of the memory */
#define SLOTS_MIN         64u  /* of the table */
#define SMALL_STATE       256u /* bytes; smaller ones are stepped in less time than memory takes */
#define PENDING_LARGE     2u   /* of larger ones, successors that wait */
#define LEND_MAX          1024u /* slots */
#define SPINS             64u   /* looks at a level not yet begun before somebody else may run */

static size_t rounded(size_t bytes, size_t to)
{
    return (bytes + to - 1u) / to * to;
}

/* --- Memory: search | crew | pending states | table | arena --- */

struct layout {
    uint32_t state_room;
    uint32_t pending_room;
    uint32_t chunk_min;
    size_t crew_at;
    size_t pending_at;
    size_t pending_bytes; /* of one worker */
    size_t table_at;
};

static struct layout lay_out(const struct rcp_search_model *model, uint32_t workers)
{
    struct layout layout;
    layout.state_room = (uint32_t)rounded(model->state_max, 8u);
    layout.pending_room = model->state_max <= SMALL_STATE ? RCP_SEARCH_PENDING : PENDING_LARGE;
    size_t needed =
        sizeof(struct rcp_chunk) + sizeof(struct rcp_frontier_entry) + layout.state_room;
    layout.chunk_min = (uint32_t)rounded(needed, RCP_SEARCH_LINE);
    if (layout.chunk_min < CHUNK_BYTES_MIN)
        layout.chunk_min = CHUNK_BYTES_MIN;
    layout.crew_at = rounded(sizeof(struct rcp_search), RCP_SEARCH_LINE);
    layout.pending_at = layout.crew_at + workers * sizeof(struct rcp_search_worker);
    layout.pending_bytes =
        rounded((size_t)layout.pending_room * layout.state_room, RCP_SEARCH_LINE);
    layout.table_at = layout.pending_at + workers * layout.pending_bytes;
    return layout;
}

size_t rcp_search_size_min(const struct rcp_search_model *model, uint32_t workers)
{
    struct layout layout = lay_out(model, workers);
    size_t arena = ((size_t)workers * CHUNKS_PER_WORKER + 1u) * layout.chunk_min;
    size_t slots = SLOTS_MIN * (sizeof(struct rcp_visited_slot) + RCP_LIVE_BYTES_PER_SLOT);
    return rounded((layout.table_at + arena + slots) * TABLE_PART / (TABLE_PART - 1u), 4096u) +
           CHUNK_BYTES_MIN;
}

static void init_worker(struct rcp_search *search, uint32_t index, unsigned char *pending_bytes)
{
    struct rcp_search_worker *worker = &search->crew[index];
    worker->edges.arena = &search->arena;
    worker->frontier.arena = &search->arena;
    worker->frontier.host = search->host;
    worker->pending_bytes = pending_bytes;
    worker->goal.verdict = RCP_SEARCH_COMPLETE;
}

static uint32_t slots_of(size_t bytes)
{
    size_t slots = bytes / TABLE_PART / sizeof(struct rcp_visited_slot);
    return slots < UINT32_MAX ? (uint32_t)slots : UINT32_MAX - 1u;
}

static uint32_t chunk_bytes_of(const struct layout *layout, size_t bytes, uint32_t workers)
{
    size_t wanted = bytes / CHUNKS_WANTED / workers / RCP_SEARCH_LINE * RCP_SEARCH_LINE;
    if (wanted > CHUNK_BYTES_MAX)
        wanted = CHUNK_BYTES_MAX;
    return wanted > layout->chunk_min ? (uint32_t)wanted : layout->chunk_min;
}

struct rcp_search *rcp_search_init(void *block,
                                   size_t bytes,
                                   const struct rcp_search_model *model,
                                   const struct rcp_search_host *host,
                                   uint32_t workers)
{
    rcp_check((uintptr_t)block % RCP_SEARCH_LINE == 0, "search_block_aligned");
    rcp_check(workers > 0 && workers <= RCP_SEARCH_WORKERS_MAX, "search_workers_count");
    rcp_check(bytes >= rcp_search_size_min(model, workers), "search_block_size");

    struct layout layout = lay_out(model, workers);
    unsigned char *base = block;
    struct rcp_search *search = block;
    search->model = model;
    search->host = host;
    search->crew = (struct rcp_search_worker *)(base + layout.crew_at);
    search->workers = workers;
    search->pending_room = layout.pending_room;
    search->state_room = layout.state_room;
    for (uint32_t i = 0; i < workers; i++)
        init_worker(search, i, base + layout.pending_at + i * layout.pending_bytes);

    uint32_t slots = slots_of(bytes);
    rcp_visited_init(&search->visited, (struct rcp_visited_slot *)(base + layout.table_at), slots);
    uint32_t lend = search->visited.limit / workers / 64u;
    search->lend = lend > LEND_MAX ? LEND_MAX : lend < 1u ? 1u : lend;

    size_t arena_at =
        rounded(layout.table_at + (size_t)slots * sizeof(struct rcp_visited_slot), RCP_SEARCH_LINE);
    rcp_arena_init(&search->arena,
                   base + arena_at,
                   bytes - arena_at,
                   chunk_bytes_of(&layout, bytes - arena_at, workers),
                   model->must_end == NULL ? 0 : (uint64_t)slots * RCP_LIVE_BYTES_PER_SLOT);
    rcp_chunk_stack_init(&search->levels[0]);
    rcp_chunk_stack_init(&search->levels[1]);
    search->goal.verdict = RCP_SEARCH_COMPLETE;
    search->began_ns = host->now_ns(host->context);
    search->told_ns = search->began_ns;
    return search;
}

/* --- Levels --- */

void rcp_search_stop(struct rcp_search *search, enum rcp_search_halt why)
{
    uint32_t none = RCP_HALT_NONE;
    atomic_compare_exchange_strong(&search->halt, &none, (uint32_t)why);
}

bool rcp_search_goal_better(const struct rcp_search_goal *goal, const struct rcp_search_goal *than)
{
    static const uint8_t ranks[] = {
        [RCP_SEARCH_DEAD_END] = 1, /* one transition less */
        [RCP_SEARCH_FOUND] = 2,
        [RCP_SEARCH_ROOM] = 3,
        [RCP_SEARCH_COMPLETE] = 4,
    };
    if (ranks[goal->verdict] != ranks[than->verdict])
        return ranks[goal->verdict] < ranks[than->verdict];
    return goal->print < than->print;
}

/* Closes what a worker has of the next level. */
static uint64_t hand_over(struct rcp_search *search, struct rcp_search_worker *worker)
{
    rcp_frontier_close(&worker->frontier, &search->levels[(search->depth + 1u) % 2u]);
    uint64_t found = worker->found;
    worker->found = 0;
    return found;
}

/* All workers but the caller wait: the next level becomes the one at work. */
static void change_level(struct rcp_search *search)
{
    search->frontier = 0;
    for (uint32_t i = 0; i < search->workers; i++) {
        search->frontier += hand_over(search, &search->crew[i]);
        if (rcp_search_goal_better(&search->crew[i].goal, &search->goal))
            search->goal = search->crew[i].goal;
    }
    bool halted = rcp_search_halted(search);
    search->depth += halted ? 0u : 1u;
    search->over = halted || search->frontier == 0 || search->goal.verdict != RCP_SEARCH_COMPLETE;
}

/* Waits for all workers; the last one to come changes the level. */
static void meet(struct rcp_search *search)
{
    uint32_t begun = atomic_load(&search->levels_begun);
    if (atomic_fetch_add(&search->waiting, 1u) + 1u == search->workers) {
        change_level(search);
        atomic_store(&search->waiting, 0);
        atomic_store(&search->levels_begun, begun + 1u);
        return;
    }
    for (uint32_t spins = 0; atomic_load(&search->levels_begun) == begun; spins++)
        if (spins >= SPINS)
            search->host->relax(search->host->context);
}

void rcp_search_work(struct rcp_search *search, uint32_t worker, void *context)
{
    rcp_check(worker < search->workers, "search_worker_known");
    struct rcp_search_worker *self = &search->crew[worker];
    if (worker == 0)
        rcp_search_begin(search, self, context);
    meet(search);
    while (!search->over) {
        rcp_search_expand(search, self, context);
        meet(search);
    }
}

/* --- What came out --- */

static uint64_t seen(const _Atomic uint64_t *figure)
{
    return atomic_load_explicit(figure, memory_order_relaxed);
}

void rcp_search_tell(struct rcp_search *search, struct rcp_search_result *result)
{
    memset(result, 0, sizeof *result);
    for (uint32_t i = 0; i < search->workers; i++) {
        const struct rcp_search_figures *figures = &search->crew[i].figures;
        result->states += seen(&figures->states);
        result->transitions += seen(&figures->transitions);
        result->must_end += seen(&figures->must_end);
        result->state_bytes += seen(&figures->state_bytes);
        if (seen(&figures->state_bytes_max) > result->state_bytes_max)
            result->state_bytes_max = seen(&figures->state_bytes_max);
    }
    result->depth = search->depth;
    result->frontier = search->frontier;
    result->memory =
        result->states * sizeof(struct rcp_visited_slot) + rcp_arena_used(&search->arena);
    result->elapsed_ns = search->host->now_ns(search->host->context) - search->began_ns;
}

static enum rcp_search_verdict verdict_of(struct rcp_search *search)
{
    if (search->goal.verdict != RCP_SEARCH_COMPLETE)
        return search->goal.verdict;
    switch ((enum rcp_search_halt)atomic_load(&search->halt)) {
    case RCP_HALT_MEMORY:
        return RCP_SEARCH_MEMORY;
    case RCP_HALT_STOP:
        return RCP_SEARCH_STOPPED;
    case RCP_HALT_NONE:
        break;
    }
    if (search->model->must_end == NULL)
        return RCP_SEARCH_COMPLETE;
    struct rcp_live_cycle cycle = {0};
    enum rcp_search_verdict verdict = rcp_live_search(
        &search->live, &search->arena, &search->visited, search->host->stop, &cycle);
    search->goal.slot = cycle.slot;
    search->cycle_count = cycle.count;
    return verdict;
}

static uint32_t path_count_of(const struct rcp_search *search)
{
    uint32_t depth = rcp_visited_depth(&search->visited, search->goal.slot);
    switch (search->goal.verdict) {
    case RCP_SEARCH_FOUND:
    case RCP_SEARCH_ROOM:
        return depth + 1u;
    case RCP_SEARCH_DEAD_END:
        return depth;
    case RCP_SEARCH_CYCLE:
        return depth + search->cycle_count;
    case RCP_SEARCH_COMPLETE:
    case RCP_SEARCH_MEMORY:
    case RCP_SEARCH_STOPPED:
        break;
    }
    return 0;
}

void rcp_search_end(struct rcp_search *search, struct rcp_search_result *result)
{
    search->goal.verdict = verdict_of(search);
    search->path_count = path_count_of(search);
    rcp_search_tell(search, result);
    result->verdict = search->goal.verdict;
    result->path_count = search->path_count;
    result->cycle_count = search->cycle_count;
}

int32_t rcp_search_collision_log2(const struct rcp_search *search, uint64_t states)
{
    return rcp_visited_collision_log2(&search->visited, states);
}
