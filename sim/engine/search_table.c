/* The visited states of a search: a table of digests, filled by all workers at once. */
#include "sim/engine/search_table.h"

#define COMPARED   80 /* bits: print and tag */
#define PROBE_LOG2 6  /* in a table as full as it may be, a search looks into less than 2^6 slots */

void rcp_visited_init(struct rcp_visited *visited, struct rcp_visited_slot *slots, uint32_t room)
{
    visited->slots = slots;
    visited->room = room;
    visited->limit = room - room / 8u;
    atomic_init(&visited->lent, 0);
}

uint32_t rcp_visited_lend(struct rcp_visited *visited, uint32_t count)
{
    uint64_t lent = atomic_load_explicit(&visited->lent, memory_order_relaxed);
    uint64_t more;
    do {
        more = visited->limit - lent;
        more = more < count ? more : count;
    } while (!atomic_compare_exchange_weak_explicit(
        &visited->lent, &lent, lent + more, memory_order_relaxed, memory_order_relaxed));
    return (uint32_t)more;
}

bool rcp_visited_is(const struct rcp_visited *visited, uint32_t slot, struct rcp_visited_key key)
{
    return rcp_visited_print(visited, slot) == key.print &&
           rcp_visited_tag(rcp_visited_rest(visited, slot)) == key.tag;
}

void rcp_visited_grow_old(struct rcp_visited *visited, uint32_t slot)
{
    atomic_store_explicit(&visited->slots[slot].rest,
                          rcp_visited_rest(visited, slot) & ~RCP_VISITED_AGE_MASK,
                          memory_order_relaxed);
}

uint32_t rcp_visited_parent(const struct rcp_visited *visited, uint32_t slot)
{
    return (uint32_t)(rcp_visited_rest(visited, slot) & RCP_VISITED_SLOT_MASK);
}

bool rcp_visited_must_end(const struct rcp_visited *visited, uint32_t slot)
{
    return (rcp_visited_rest(visited, slot) & RCP_VISITED_MUST_END) != 0;
}

uint32_t rcp_visited_depth(const struct rcp_visited *visited, uint32_t slot)
{
    uint32_t depth = 0;
    for (uint32_t parent = rcp_visited_parent(visited, slot); parent != slot;
         parent = rcp_visited_parent(visited, slot)) {
        slot = parent;
        depth++;
    }
    return depth;
}

static int32_t log2_up(uint64_t value)
{
    int32_t log2 = 0;
    while (log2 < 63 && UINT64_C(1) << log2 < value)
        log2++;
    return log2;
}

int32_t rcp_visited_collision_log2(const struct rcp_visited *visited, uint64_t states)
{
    /* n^2 / 2 pairs; a pair is taken for one when all that is compared is equal, and the second is
     * looked for where the first lies. */
    return 2 * log2_up(states) - 1 - COMPARED + PROBE_LOG2 - (log2_up(visited->room) - 1);
}
