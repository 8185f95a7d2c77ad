/* Whether states that must end can go around for ever. */
#ifndef RCP_SIM_ENGINE_SEARCH_LIVE_H
#define RCP_SIM_ENGINE_SEARCH_LIVE_H

#include "sim/engine/search_edges.h"
#include "sim/engine/search_table.h"

#define RCP_LIVE_BYTES_PER_SLOT 8u /* at the arena's low end, for each slot of the table */

/* By slot of the table, both. */
struct rcp_live {
    const struct rcp_arena *arena;
    const struct rcp_visited *visited;
    uint32_t *in_degree; /* edges from states not yet peeled off */
    uint32_t *last;      /* the state's last record; 0: it has no successors */
};

struct rcp_live_cycle {
    uint32_t slot;  /* the state of the cycle that is reached first */
    uint32_t count; /* transitions around */
};

/* COMPLETE, CYCLE, or STOPPED. The frontier must be empty: its memory is used. Which cycle is told depends
 * on the edges alone, not on the order in which they were found. */
enum rcp_search_verdict rcp_live_search(struct rcp_live *live,
                                        const struct rcp_arena *arena,
                                        const struct rcp_visited *visited,
                                        const atomic_bool *stop,
                                        struct rcp_live_cycle *cycle);

/* After CYCLE, and for a state on it: the next one around. */
uint32_t rcp_live_next(const struct rcp_live *live, uint32_t slot);

#endif
