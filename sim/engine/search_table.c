/* The visited states of a search: a table of digests, filled by all workers at once. */
#include "sim/engine/search_table.h"

#define RANK_SHIFT  32u
#define RANK_BITS   12u
#define TAG_SHIFT   44u
#define AGE_SHIFT   60u
#define AGE_MASK    (UINT64_C(3) << AGE_SHIFT)
#define MUST_END    (UINT64_C(1) << 62)
#define TAKEN       (UINT64_C(1) << 63)              /* so that no rest is 0 */
#define PARENT_MASK ((UINT64_C(1) << TAG_SHIFT) - 1) /* slot and rank */
#define SLOT_MASK   UINT64_C(0xffffffff)
#define COMPARED    80 /* bits: print and tag */
#define PROBE_LOG2 \
    6 /* slots that a search looks into, in the mean, where the table is full: below 2^6 */

static uint64_t rest_of(const struct rcp_visited *visited, uint32_t slot)
{
    return atomic_load_explicit(&visited->slots[slot].rest, memory_order_relaxed);
}

static uint64_t rank_of(uint64_t print)
{
    return print >> (64u - RANK_BITS);
}

static uint32_t tag_of(uint64_t rest)
{
    return (uint32_t)(rest >> TAG_SHIFT) & ((1u << RCP_VISITED_TAG_BITS) - 1u);
}

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

/* Keeps the parent with the smaller print. Two different parents with equal prints differ in their tags or
 * places only, which happens to no one: the first stays. */
static void lower_parent(struct rcp_visited *visited,
                         uint32_t slot,
                         uint64_t rest,
                         struct rcp_visited_parent parent)
{
    uint64_t wanted = rank_of(parent.print) << RANK_SHIFT | parent.slot;
    for (;;) {
        uint64_t rank = (rest & PARENT_MASK) >> RANK_SHIFT;
        if (rank < wanted >> RANK_SHIFT)
            return;
        if (rank == wanted >> RANK_SHIFT &&
            rcp_visited_print(visited, (uint32_t)(rest & SLOT_MASK)) <= parent.print)
            return;
        if (atomic_compare_exchange_weak_explicit(&visited->slots[slot].rest,
                                                  &rest,
                                                  (rest & ~PARENT_MASK) | wanted,
                                                  memory_order_relaxed,
                                                  memory_order_relaxed))
            return;
    }
}

/* What a slot holds of a state that was just found. */
static uint64_t fresh_rest(struct rcp_visited_key key,
                           struct rcp_visited_parent parent,
                           enum rcp_visited_age age,
                           bool must_end)
{
    return TAKEN | (must_end ? MUST_END : 0) | (uint64_t)age << AGE_SHIFT |
           (uint64_t)key.tag << TAG_SHIFT | rank_of(parent.print) << RANK_SHIFT | parent.slot;
}

/* Writes a word that was 0. Returns false where somebody else did; *holds is what it holds then. */
static bool take(_Atomic uint64_t *word, uint64_t *holds, uint64_t wanted)
{
    return atomic_compare_exchange_strong_explicit(
        word, holds, wanted, memory_order_relaxed, memory_order_relaxed);
}

struct rcp_visited_found rcp_visited_insert(struct rcp_visited *visited,
                                            struct rcp_visited_key key,
                                            struct rcp_visited_parent parent,
                                            enum rcp_visited_age age,
                                            bool must_end)
{
    for (uint32_t slot = key.home;; slot = slot + 1u < visited->room ? slot + 1u : 0) {
        struct rcp_visited_slot *at = &visited->slots[slot];
        uint64_t print = atomic_load_explicit(&at->print, memory_order_relaxed);
        if (print == 0 && take(&at->print, &print, key.print))
            print = key.print;
        if (print != key.print)
            continue;
        uint64_t rest = atomic_load_explicit(&at->rest, memory_order_relaxed);
        if (rest == 0 && take(&at->rest, &rest, fresh_rest(key, parent, age, must_end)))
            return (struct rcp_visited_found){slot, true};
        if (tag_of(rest) != key.tag)
            continue;
        if ((rest & AGE_MASK) == (uint64_t)age << AGE_SHIFT)
            lower_parent(visited, slot, rest, parent);
        return (struct rcp_visited_found){slot, false};
    }
}

bool rcp_visited_is(const struct rcp_visited *visited, uint32_t slot, struct rcp_visited_key key)
{
    return rcp_visited_print(visited, slot) == key.print &&
           tag_of(rest_of(visited, slot)) == key.tag;
}

void rcp_visited_grow_old(struct rcp_visited *visited, uint32_t slot)
{
    atomic_store_explicit(
        &visited->slots[slot].rest, rest_of(visited, slot) & ~AGE_MASK, memory_order_relaxed);
}

uint64_t rcp_visited_print(const struct rcp_visited *visited, uint32_t slot)
{
    return atomic_load_explicit(&visited->slots[slot].print, memory_order_relaxed);
}

uint32_t rcp_visited_parent(const struct rcp_visited *visited, uint32_t slot)
{
    return (uint32_t)(rest_of(visited, slot) & SLOT_MASK);
}

bool rcp_visited_must_end(const struct rcp_visited *visited, uint32_t slot)
{
    return (rest_of(visited, slot) & MUST_END) != 0;
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
