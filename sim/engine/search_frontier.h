/* The frontier of a search: the states of the level at work and of the next one, in chunks. */
#ifndef RCP_SIM_ENGINE_SEARCH_FRONTIER_H
#define RCP_SIM_ENGINE_SEARCH_FRONTIER_H

#include "sim/engine/search_arena.h"
#include "sim/search.h"

/* A state on the frontier. The bytes of the state follow. */
struct rcp_frontier_entry {
    uint32_t slot;
    uint32_t size; /* RCP_FRONTIER_DONE: no bytes, and no successors */
};

#define RCP_FRONTIER_DONE UINT32_MAX

static inline uint32_t rcp_frontier_bytes(uint32_t size)
{
    uint32_t bytes = size == RCP_FRONTIER_DONE ? 0 : size;
    return (uint32_t)sizeof(struct rcp_frontier_entry) + (bytes + 7u) / 8u * 8u;
}

/* What one worker writes, and the chunk that it reads. Where memory gets short, full chunks are packed. */
struct rcp_frontier {
    struct rcp_arena *arena;
    const struct rcp_search_host *host;
    struct rcp_chunk *open;   /* of the next level, at work; NULL: none */
    struct rcp_chunk *packed; /* of the next level, packed, at work; NULL: none */
    struct rcp_chunk *read;   /* of the level at work, unpacked; NULL: none was yet */
    uint32_t open_number;
    uint32_t packed_number;
};

/* Room for an entry on the next level; NULL: the memory is used up. */
struct rcp_frontier_entry *rcp_frontier_make_room(struct rcp_frontier *frontier,
                                                  struct rcp_chunk_stack *level,
                                                  uint32_t bytes);

/* The level is over: what is still open becomes part of it. */
void rcp_frontier_close(struct rcp_frontier *frontier, struct rcp_chunk_stack *level);

/* The next chunk of entries from a chunk of the level at work; *at begins with 0. NULL: there is none left,
 * or, where *full then, no memory to unpack it. */
const struct rcp_chunk *rcp_frontier_next(struct rcp_frontier *frontier,
                                          struct rcp_chunk *chunk,
                                          uint32_t *at,
                                          bool *full);

#endif
