/* The memory of a search that is not its table, in chunks: the frontier takes them from the low end and
 * gives them back, the edges take them from the high end and keep them. */
#ifndef RCP_SIM_ENGINE_SEARCH_ARENA_H
#define RCP_SIM_ENGINE_SEARCH_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RCP_CHUNK_NONE UINT32_MAX

struct rcp_chunk {
    _Atomic uint32_t next; /* in a stack: the chunk below */
    uint32_t used;         /* bytes, this header included */
    uint32_t packed;       /* 1: what follows are packed entries of the frontier */
    uint32_t reserved;     /* what follows is aligned to 16 bytes */
};

/* Chunks that workers push and pop at will. The upper half counts changes, so that a chunk that came back
 * in the meantime is not taken for one that never left. */
struct rcp_chunk_stack {
    _Atomic uint64_t head; /* changes << 32 | chunk, or RCP_CHUNK_NONE */
};

struct rcp_arena {
    unsigned char *base;
    uint64_t bytes;
    uint64_t kept_bytes;   /* at the low end, that edges must leave alone */
    uint32_t chunk_bytes;  /* of one chunk */
    uint32_t chunks;       /* in all */
    _Atomic uint64_t ends; /* chunks ever taken: from the high end << 32 | from the low end */
    struct rcp_chunk_stack free;
};

/* `base` is aligned to 64 bytes, chunk_bytes a multiple of 64. */
void rcp_arena_init(
    struct rcp_arena *arena, void *base, uint64_t bytes, uint32_t chunk_bytes, uint64_t kept_bytes);

/* An empty chunk for the frontier, or for edges; RCP_CHUNK_NONE: the memory is used up. */
uint32_t rcp_arena_take(struct rcp_arena *arena);
uint32_t rcp_arena_take_for_ever(struct rcp_arena *arena);
void rcp_arena_give(struct rcp_arena *arena, uint32_t chunk);

/* How many chunks edges have taken: those numbered chunks - 1 down to chunks - this. */
uint32_t rcp_arena_taken_for_ever(const struct rcp_arena *arena);
/* True once half of the memory has been taken. */
bool rcp_arena_is_short(const struct rcp_arena *arena);
/* Bytes of all chunks ever taken. */
uint64_t rcp_arena_used(const struct rcp_arena *arena);

struct rcp_chunk *rcp_arena_chunk(const struct rcp_arena *arena, uint32_t chunk);

void rcp_chunk_stack_init(struct rcp_chunk_stack *stack);
void rcp_chunk_push(const struct rcp_arena *arena, struct rcp_chunk_stack *stack, uint32_t chunk);
uint32_t rcp_chunk_pop(const struct rcp_arena *arena, struct rcp_chunk_stack *stack);

#endif
