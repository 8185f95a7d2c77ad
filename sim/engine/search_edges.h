/* The transitions between states that must end, kept until cycles are looked for. */
#ifndef RCP_SIM_ENGINE_SEARCH_EDGES_H
#define RCP_SIM_ENGINE_SEARCH_EDGES_H

#include "sim/engine/search_arena.h"

/* The successors of one state, as slots. A state with very many has several records. A record is told by
 * where it lies, counted from the arena's end; 0: none. */
struct rcp_edges {
    uint32_t source;
    uint32_t count;
    uint32_t previous; /* the source's record before this one; known once all are written */
    uint32_t targets[];
};

/* A worker's record at work. */
struct rcp_edge_writer {
    struct rcp_arena *arena;
    struct rcp_chunk *chunk;  /* NULL: none yet */
    struct rcp_edges *record; /* NULL: none is open */
};

/* Opens a record. Returns false when the memory is used up; so does add, which leaves no record open then. */
bool rcp_edges_open(struct rcp_edge_writer *writer, uint32_t source);
bool rcp_edges_add(struct rcp_edge_writer *writer, uint32_t target);
void rcp_edges_close(struct rcp_edge_writer *writer);

struct rcp_edges *rcp_edges_at(const struct rcp_arena *arena, uint32_t ref);

/* All records, those written last first, roughly. Begins with all zero. */
struct rcp_edge_walk {
    uint32_t chunk; /* of those taken for edges, how many are behind */
    uint32_t at;    /* bytes into the chunk */
};

/* The next record, or 0 after the last one. */
uint32_t rcp_edges_next(const struct rcp_arena *arena, struct rcp_edge_walk *walk);

#endif
