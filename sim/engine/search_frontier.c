/* The frontier of a search: the states of the level at work and of the next one, in chunks.
 *
 *     plain chunk     entries
 *     packed chunk    blocks, each of which was a plain chunk's entries */
#include "sim/engine/search_frontier.h"

#include "core/check.h"

/* Packed entries; their bytes follow, and what fills up to 8 of them. */
struct block {
    uint32_t packed; /* bytes */
    uint32_t plain;  /* bytes */
};

static uint32_t block_bytes(uint32_t packed)
{
    return (uint32_t)sizeof(struct block) + (packed + 7u) / 8u * 8u;
}

static struct rcp_chunk *open_chunk(struct rcp_arena *arena, uint32_t *number, bool packed)
{
    *number = rcp_arena_take(arena);
    if (*number == RCP_CHUNK_NONE)
        return NULL;
    struct rcp_chunk *chunk = rcp_arena_chunk(arena, *number);
    chunk->packed = packed;
    return chunk;
}

/* --- Written --- */

/* Packs the full chunk into the packed one, where there is enough room for it. */
static bool pack_block(struct rcp_frontier *frontier)
{
    const struct rcp_chunk *plain = frontier->open;
    struct rcp_chunk *chunk = frontier->packed;
    uint32_t left = (frontier->arena->chunk_bytes - chunk->used) / 8u * 8u;
    if (left <= sizeof(struct block))
        return false;
    struct block *block = (struct block *)((unsigned char *)chunk + chunk->used);
    block->plain = plain->used - (uint32_t)sizeof *plain;
    block->packed =
        frontier->host->pack(plain + 1, block->plain, block + 1, left - (uint32_t)sizeof *block);
    if (block->packed == 0)
        return false;
    chunk->used += block_bytes(block->packed);
    return true;
}

/* The full chunk's entries, packed; false where they cannot be: no memory, or nothing repeats. */
static bool pack(struct rcp_frontier *frontier, struct rcp_chunk_stack *level)
{
    if (frontier->packed != NULL && pack_block(frontier))
        return true;
    if (frontier->packed != NULL && frontier->packed->used == sizeof *frontier->packed)
        return false;
    if (frontier->packed != NULL)
        rcp_chunk_push(frontier->arena, level, frontier->packed_number);
    frontier->packed = open_chunk(frontier->arena, &frontier->packed_number, true);
    return frontier->packed != NULL && pack_block(frontier);
}

/* The open chunk is full, and another one is opened, or it is emptied. */
static bool turn(struct rcp_frontier *frontier, struct rcp_chunk_stack *level)
{
    struct rcp_arena *arena = frontier->arena;
    if (frontier->open != NULL && rcp_arena_is_short(arena) && pack(frontier, level)) {
        frontier->open->used = sizeof *frontier->open;
        return true;
    }
    if (frontier->open != NULL)
        rcp_chunk_push(arena, level, frontier->open_number);
    frontier->open = open_chunk(arena, &frontier->open_number, false);
    return frontier->open != NULL;
}

struct rcp_frontier_entry *rcp_frontier_make_room(struct rcp_frontier *frontier,
                                                  struct rcp_chunk_stack *level,
                                                  uint32_t bytes)
{
    bool fits =
        frontier->open != NULL && frontier->open->used + bytes <= frontier->arena->chunk_bytes;
    if (!fits && !turn(frontier, level))
        return NULL;
    unsigned char *at = (unsigned char *)frontier->open + frontier->open->used;
    frontier->open->used += bytes;
    return (struct rcp_frontier_entry *)at;
}

void rcp_frontier_close(struct rcp_frontier *frontier, struct rcp_chunk_stack *level)
{
    if (frontier->open != NULL)
        rcp_chunk_push(frontier->arena, level, frontier->open_number);
    if (frontier->packed != NULL)
        rcp_chunk_push(frontier->arena, level, frontier->packed_number);
    frontier->open = NULL;
    frontier->packed = NULL;
}

/* --- Read --- */

static const struct rcp_chunk *unpack(struct rcp_frontier *frontier, const struct block *block)
{
    uint32_t number;
    if (frontier->read == NULL)
        frontier->read = open_chunk(frontier->arena, &number, false);
    if (frontier->read == NULL)
        return NULL;
    rcp_check(frontier->host->unpack(block + 1, block->packed, frontier->read + 1, block->plain),
              "search_packed_whole");
    frontier->read->used = (uint32_t)sizeof *frontier->read + block->plain;
    return frontier->read;
}

const struct rcp_chunk *rcp_frontier_next(struct rcp_frontier *frontier,
                                          struct rcp_chunk *chunk,
                                          uint32_t *at,
                                          bool *full)
{
    *full = false;
    if (*at == 0)
        *at = sizeof *chunk;
    if (*at >= chunk->used)
        return NULL;
    if (!chunk->packed) {
        *at = chunk->used;
        return chunk;
    }
    const struct block *block = (const struct block *)((unsigned char *)chunk + *at);
    *at += block_bytes(block->packed);
    const struct rcp_chunk *read = unpack(frontier, block);
    *full = read == NULL;
    return read;
}
