/* The transitions between states that must end, kept until cycles are looked for. */
#include "sim/engine/search_edges.h"

#define UNIT       8u  /* bytes that a reference counts */
#define LOOKS_BACK 32u /* targets that a new one is compared to: most that are the same are near */

static uint32_t bytes_of(uint32_t count)
{
    uint32_t bytes = (uint32_t)sizeof(struct rcp_edges) + count * (uint32_t)sizeof(uint32_t);
    return (bytes + UNIT - 1u) / UNIT * UNIT;
}

bool rcp_edges_open(struct rcp_edge_writer *writer, uint32_t source)
{
    struct rcp_arena *arena = writer->arena;
    if (writer->chunk == NULL || writer->chunk->used + bytes_of(1) > arena->chunk_bytes) {
        uint32_t chunk = rcp_arena_take_for_ever(arena);
        if (chunk == RCP_CHUNK_NONE)
            return false;
        writer->chunk = rcp_arena_chunk(arena, chunk);
    }
    writer->record = (struct rcp_edges *)((unsigned char *)writer->chunk + writer->chunk->used);
    writer->record->source = source;
    writer->record->count = 0;
    writer->record->previous = 0;
    return true;
}

bool rcp_edges_add(struct rcp_edge_writer *writer, uint32_t target)
{
    struct rcp_edges *record = writer->record;
    uint32_t back = record->count < LOOKS_BACK ? record->count : LOOKS_BACK;
    for (uint32_t i = record->count - back; i < record->count; i++)
        if (record->targets[i] == target)
            return true;
    if (writer->chunk->used + bytes_of(record->count + 1u) > writer->arena->chunk_bytes) {
        rcp_edges_close(writer);
        if (!rcp_edges_open(writer, record->source))
            return false;
        record = writer->record;
    }
    record->targets[record->count++] = target;
    return true;
}

void rcp_edges_close(struct rcp_edge_writer *writer)
{
    writer->chunk->used += bytes_of(writer->record->count);
    writer->record = NULL;
}

static unsigned char *end_of(const struct rcp_arena *arena)
{
    return arena->base + (uint64_t)arena->chunks * arena->chunk_bytes;
}

struct rcp_edges *rcp_edges_at(const struct rcp_arena *arena, uint32_t ref)
{
    return (struct rcp_edges *)(end_of(arena) - (uint64_t)ref * UNIT);
}

uint32_t rcp_edges_next(const struct rcp_arena *arena, struct rcp_edge_walk *walk)
{
    uint32_t taken = rcp_arena_taken_for_ever(arena);
    for (; walk->chunk < taken; walk->chunk++, walk->at = 0) {
        struct rcp_chunk *chunk = rcp_arena_chunk(arena, arena->chunks - taken + walk->chunk);
        if (walk->at == 0)
            walk->at = sizeof *chunk;
        if (walk->at < chunk->used) {
            unsigned char *at = (unsigned char *)chunk + walk->at;
            walk->at += bytes_of(((struct rcp_edges *)at)->count);
            return (uint32_t)((uint64_t)(end_of(arena) - at) / UNIT);
        }
    }
    return 0;
}
