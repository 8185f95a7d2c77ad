/* A search at work: what its parts share. */
#ifndef RCP_SIM_ENGINE_SEARCH_ENGINE_H
#define RCP_SIM_ENGINE_SEARCH_ENGINE_H

#include "sim/engine/search_arena.h"
#include "sim/engine/search_chooser.h"
#include "sim/engine/search_edges.h"
#include "sim/engine/search_frontier.h"
#include "sim/engine/search_live.h"
#include "sim/engine/search_table.h"

#include <stdalign.h>

#define RCP_SEARCH_LINE    64u /* bytes of a cache line */
#define RCP_SEARCH_PENDING 8u  /* successors that wait for memory, at most */

/* A successor that was made, but not yet looked for: its slot is on its way from memory. */
struct rcp_pending_state {
    struct rcp_visited_key key;
    struct rcp_visited_parent parent;
    uint32_t size;
    bool must_end;
    bool has_edge; /* from a state that must end */
};

/* Where the path of the verdict ends. */
struct rcp_search_goal {
    enum rcp_search_verdict verdict; /* COMPLETE: no goal */
    uint32_t slot;                   /* the state, or the one that the last transition begins in */
    uint64_t print;
};

/* A level ends with the goal whose path is shortest, and among those with the smallest state. */
bool rcp_search_goal_better(const struct rcp_search_goal *goal, const struct rcp_search_goal *than);

/* Counts that others may read while the worker counts on. */
struct rcp_search_figures {
    _Atomic uint64_t states;
    _Atomic uint64_t transitions;
    _Atomic uint64_t must_end;
    _Atomic uint64_t state_bytes;
    _Atomic uint64_t state_bytes_max;
};

struct rcp_search_worker {
    alignas(RCP_SEARCH_LINE) struct rcp_search_figures figures;
    struct rcp_search_goal goal;
    uint64_t found;      /* states put on the frontier of the next level */
    uint32_t slots_lent; /* slots of the table that it may still take */
    uint32_t until_look; /* states until it looks at the clock */
    struct rcp_frontier frontier;
    struct rcp_edge_writer edges;
    struct rcp_search_chooser chooser;
    struct rcp_pending_state pending[RCP_SEARCH_PENDING];
    uint32_t pending_first;
    uint32_t pending_count;
    unsigned char *pending_bytes; /* pending_room saved states */
};

enum rcp_search_halt { RCP_HALT_NONE, RCP_HALT_MEMORY, RCP_HALT_STOP };

struct rcp_search {
    const struct rcp_search_model *model;
    const struct rcp_search_host *host;
    struct rcp_search_worker *crew;
    uint32_t workers;
    uint32_t pending_room; /* successors that wait, of RCP_SEARCH_PENDING: a power of two */
    uint32_t state_room;   /* bytes for one saved state */
    uint32_t lend;         /* slots that a worker borrows at a time */
    uint64_t began_ns;
    uint64_t told_ns; /* progress; worker 0 only */
    struct rcp_visited visited;
    struct rcp_arena arena;
    struct rcp_chunk_stack levels[2]; /* the level at work is levels[depth % 2] */
    /* Written between two levels only. */
    uint64_t depth;
    uint64_t frontier;
    struct rcp_search_goal goal;
    bool over;
    struct rcp_live live; /* after the end */
    uint32_t cycle_count;
    uint32_t path_count;

    _Atomic uint32_t halt;    /* enum rcp_search_halt */
    _Atomic uint32_t waiting; /* workers that are through with the level */
    _Atomic uint32_t levels_begun;
};

/* What all workers have seen so far. */
void rcp_search_tell(struct rcp_search *search, struct rcp_search_result *result);

/* Puts the working state in as the first one. */
void rcp_search_begin(struct rcp_search *search, struct rcp_search_worker *worker, void *context);

/* Works on the level until nothing is left of it for this worker. */
void rcp_search_expand(struct rcp_search *search, struct rcp_search_worker *worker, void *context);

static inline bool rcp_search_halted(struct rcp_search *search)
{
    return atomic_load_explicit(&search->halt, memory_order_relaxed) != RCP_HALT_NONE;
}

/* The first reason stays. */
void rcp_search_stop(struct rcp_search *search, enum rcp_search_halt why);

#endif
