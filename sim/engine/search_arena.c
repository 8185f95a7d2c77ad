/* The memory of a search that is not its table, in chunks. */
#include "sim/engine/search_arena.h"

#include <stdatomic.h>

#define LOW(word)  ((uint32_t)(word))
#define HIGH(word) ((uint32_t)((word) >> 32))

void rcp_arena_init(
    struct rcp_arena *arena, void *base, uint64_t bytes, uint32_t chunk_bytes, uint64_t kept_bytes)
{
    uint64_t chunks = bytes / chunk_bytes;
    arena->base = base;
    arena->bytes = bytes;
    arena->kept_bytes = kept_bytes;
    arena->chunk_bytes = chunk_bytes;
    arena->chunks = chunks < RCP_CHUNK_NONE ? (uint32_t)chunks : RCP_CHUNK_NONE - 1u;
    atomic_init(&arena->ends, 0);
    rcp_chunk_stack_init(&arena->free);
}

struct rcp_chunk *rcp_arena_chunk(const struct rcp_arena *arena, uint32_t chunk)
{
    return (struct rcp_chunk *)(arena->base + (uint64_t)chunk * arena->chunk_bytes);
}

static uint32_t emptied(const struct rcp_arena *arena, uint32_t chunk)
{
    rcp_arena_chunk(arena, chunk)->used = sizeof(struct rcp_chunk);
    return chunk;
}

uint32_t rcp_arena_take(struct rcp_arena *arena)
{
    uint32_t chunk = rcp_chunk_pop(arena, &arena->free);
    if (chunk != RCP_CHUNK_NONE)
        return emptied(arena, chunk);
    uint64_t ends = atomic_load(&arena->ends);
    do {
        if (LOW(ends) + HIGH(ends) >= arena->chunks)
            return RCP_CHUNK_NONE;
    } while (!atomic_compare_exchange_weak(&arena->ends, &ends, ends + 1u));
    return emptied(arena, LOW(ends));
}

uint32_t rcp_arena_take_for_ever(struct rcp_arena *arena)
{
    uint64_t ends = atomic_load(&arena->ends);
    uint32_t chunk;
    do {
        if (LOW(ends) + HIGH(ends) >= arena->chunks)
            return RCP_CHUNK_NONE;
        chunk = arena->chunks - 1u - HIGH(ends);
        if ((uint64_t)chunk * arena->chunk_bytes < arena->kept_bytes)
            return RCP_CHUNK_NONE;
    } while (!atomic_compare_exchange_weak(&arena->ends, &ends, ends + (UINT64_C(1) << 32)));
    return emptied(arena, chunk);
}

void rcp_arena_give(struct rcp_arena *arena, uint32_t chunk)
{
    rcp_chunk_push(arena, &arena->free, chunk);
}

uint32_t rcp_arena_taken_for_ever(const struct rcp_arena *arena)
{
    return HIGH(atomic_load(&arena->ends));
}

uint64_t rcp_arena_used(const struct rcp_arena *arena)
{
    uint64_t ends = atomic_load(&arena->ends);
    return ((uint64_t)LOW(ends) + HIGH(ends)) * arena->chunk_bytes;
}

bool rcp_arena_is_short(const struct rcp_arena *arena)
{
    return rcp_arena_used(arena) > arena->bytes / 2u;
}

/* --- Stacks --- */

void rcp_chunk_stack_init(struct rcp_chunk_stack *stack)
{
    atomic_init(&stack->head, RCP_CHUNK_NONE);
}

void rcp_chunk_push(const struct rcp_arena *arena, struct rcp_chunk_stack *stack, uint32_t chunk)
{
    struct rcp_chunk *pushed = rcp_arena_chunk(arena, chunk);
    uint64_t head = atomic_load(&stack->head);
    do {
        atomic_store_explicit(&pushed->next, LOW(head), memory_order_relaxed);
    } while (!atomic_compare_exchange_weak(
        &stack->head, &head, ((uint64_t)HIGH(head) + 1u) << 32 | chunk));
}

uint32_t rcp_chunk_pop(const struct rcp_arena *arena, struct rcp_chunk_stack *stack)
{
    uint64_t head = atomic_load(&stack->head);
    uint32_t below;
    do {
        if (LOW(head) == RCP_CHUNK_NONE)
            return RCP_CHUNK_NONE;
        below =
            atomic_load_explicit(&rcp_arena_chunk(arena, LOW(head))->next, memory_order_relaxed);
    } while (!atomic_compare_exchange_weak(
        &stack->head, &head, ((uint64_t)HIGH(head) + 1u) << 32 | below));
    return LOW(head);
}
