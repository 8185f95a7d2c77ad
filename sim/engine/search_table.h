/* The visited states of a search: a table of digests, filled by all workers at once.
 *
 *     print   64 bits  the digest's first word
 *     rest    64 bits  parent's slot 32 | rank 12 | tag 16 | age 2 | must end 1 | taken 1
 *
 * The slot where a state is looked for comes from the upper half of the digest's second word, the tag is
 * its lower 16 bits: 80 bits are compared, and about as many as the table's size has bits are told by
 * the place. Linear probing; nothing is ever taken out. Lock-free: a slot belongs to whoever writes its
 * rest first, and a print without a rest may be taken over by a state with that same print.
 *
 * A state that is found several times in one level keeps the parent with the smallest print, so that
 * paths do not depend on who came first. The rank is the upper end of the parent's print, so most
 * comparisons need no look at the parent. */
#ifndef RCP_SIM_ENGINE_SEARCH_TABLE_H
#define RCP_SIM_ENGINE_SEARCH_TABLE_H

#include "sim/search.h"

/* Where things lie in a slot's rest. */
#define RCP_VISITED_SLOT_MASK   UINT64_C(0xffffffff)
#define RCP_VISITED_RANK_SHIFT  32u
#define RCP_VISITED_RANK_BITS   12u
#define RCP_VISITED_TAG_SHIFT   44u
#define RCP_VISITED_TAG_BITS    16u
#define RCP_VISITED_AGE_SHIFT   60u
#define RCP_VISITED_AGE_MASK    (UINT64_C(3) << RCP_VISITED_AGE_SHIFT)
#define RCP_VISITED_MUST_END    (UINT64_C(1) << 62)
#define RCP_VISITED_TAKEN       (UINT64_C(1) << 63) /* so that no rest is 0 */
#define RCP_VISITED_PARENT_MASK ((UINT64_C(1) << RCP_VISITED_TAG_SHIFT) - 1) /* slot and rank */

struct rcp_visited_slot {
    _Atomic uint64_t print; /* 0: free */
    _Atomic uint64_t rest;
};

/* The age of a state: in a level just found, told from the one at work by being odd or even, or old. */
enum rcp_visited_age { RCP_VISITED_OLD, RCP_VISITED_EVEN, RCP_VISITED_ODD };

struct rcp_visited {
    struct rcp_visited_slot *slots;
    uint32_t room;         /* slots */
    uint32_t limit;        /* slots that may be taken: beyond, probing gets slow */
    _Atomic uint64_t lent; /* slots that workers may take, or have taken */
};

/* A state to be looked for. */
struct rcp_visited_key {
    uint64_t print;
    uint32_t home;
    uint32_t tag;
};

struct rcp_visited_parent {
    uint64_t print;
    uint32_t slot;
};

struct rcp_visited_found {
    uint32_t slot;
    bool is_new;
};

/* `slots` are `room` slots of zeroes. */
void rcp_visited_init(struct rcp_visited *visited, struct rcp_visited_slot *slots, uint32_t room);

/* Lends up to `count` slots; returns how many there still were. Who inserts must hold one. */
uint32_t rcp_visited_lend(struct rcp_visited *visited, uint32_t count);

/* Whether the state is the one in that slot. */
bool rcp_visited_is(const struct rcp_visited *visited, uint32_t slot, struct rcp_visited_key key);

/* The state's level is at work: nobody changes its parent any more. Only the worker that has it may call. */
void rcp_visited_grow_old(struct rcp_visited *visited, uint32_t slot);

uint32_t rcp_visited_parent(const struct rcp_visited *visited, uint32_t slot);
bool rcp_visited_must_end(const struct rcp_visited *visited, uint32_t slot);

/* Transitions from the first state, which is its own parent. */
uint32_t rcp_visited_depth(const struct rcp_visited *visited, uint32_t slot);

/* As rcp_search_collision_log2() says. */
int32_t rcp_visited_collision_log2(const struct rcp_visited *visited, uint64_t states);

/* --- What is done once a transition, and therefore inline --- */

static inline uint64_t rcp_visited_rest(const struct rcp_visited *visited, uint32_t slot)
{
    return atomic_load_explicit(&visited->slots[slot].rest, memory_order_relaxed);
}

static inline uint64_t rcp_visited_print(const struct rcp_visited *visited, uint32_t slot)
{
    return atomic_load_explicit(&visited->slots[slot].print, memory_order_relaxed);
}

static inline uint64_t rcp_visited_rank(uint64_t print)
{
    return print >> (64u - RCP_VISITED_RANK_BITS);
}

static inline uint32_t rcp_visited_tag(uint64_t rest)
{
    return (uint32_t)(rest >> RCP_VISITED_TAG_SHIFT) & ((1u << RCP_VISITED_TAG_BITS) - 1u);
}

static inline struct rcp_visited_key rcp_visited_key(const struct rcp_visited *visited,
                                                     struct rcp_search_digest digest)
{
    uint64_t print = digest.words[0];
    return (struct rcp_visited_key){
        .print = print == 0 ? 1u : print,
        .home = (uint32_t)((digest.words[1] >> 32) * visited->room >> 32),
        .tag = (uint32_t)digest.words[1] & ((1u << RCP_VISITED_TAG_BITS) - 1u),
    };
}

static inline void rcp_visited_prefetch(const struct rcp_visited *visited, uint32_t slot)
{
    __builtin_prefetch(&visited->slots[slot], 1);
}

/* Keeps the parent with the smaller print. Of two parents with equal prints, which is as likely as 2^-64, the
 * first stays. */
static inline void rcp_visited_lower_parent(struct rcp_visited *visited,
                                            uint32_t slot,
                                            uint64_t rest,
                                            struct rcp_visited_parent parent)
{
    uint64_t wanted = rcp_visited_rank(parent.print) << RCP_VISITED_RANK_SHIFT | parent.slot;
    for (;;) {
        uint64_t rank = (rest & RCP_VISITED_PARENT_MASK) >> RCP_VISITED_RANK_SHIFT;
        if (rank < wanted >> RCP_VISITED_RANK_SHIFT)
            return;
        if (rank == wanted >> RCP_VISITED_RANK_SHIFT &&
            rcp_visited_print(visited, (uint32_t)(rest & RCP_VISITED_SLOT_MASK)) <= parent.print)
            return;
        if (atomic_compare_exchange_weak_explicit(&visited->slots[slot].rest,
                                                  &rest,
                                                  (rest & ~RCP_VISITED_PARENT_MASK) | wanted,
                                                  memory_order_relaxed,
                                                  memory_order_relaxed))
            return;
    }
}

/* What a slot holds of a state that was just found. */
static inline uint64_t rcp_visited_fresh(struct rcp_visited_key key,
                                         struct rcp_visited_parent parent,
                                         enum rcp_visited_age age,
                                         bool must_end)
{
    return RCP_VISITED_TAKEN | (must_end ? RCP_VISITED_MUST_END : 0) |
           (uint64_t)age << RCP_VISITED_AGE_SHIFT | (uint64_t)key.tag << RCP_VISITED_TAG_SHIFT |
           rcp_visited_rank(parent.print) << RCP_VISITED_RANK_SHIFT | parent.slot;
}

/* Writes a word that was 0. Returns false where somebody else did; *holds is what it holds then. */
static inline bool rcp_visited_take(_Atomic uint64_t *word, uint64_t *holds, uint64_t wanted)
{
    return atomic_compare_exchange_strong_explicit(
        word, holds, wanted, memory_order_relaxed, memory_order_relaxed);
}

/* Finds the state, or puts it in as found in the level of that age. Who calls must hold a slot. */
static inline struct rcp_visited_found rcp_visited_insert(struct rcp_visited *visited,
                                                          struct rcp_visited_key key,
                                                          struct rcp_visited_parent parent,
                                                          enum rcp_visited_age age,
                                                          bool must_end)
{
    for (uint32_t slot = key.home;; slot = slot + 1u < visited->room ? slot + 1u : 0) {
        struct rcp_visited_slot *at = &visited->slots[slot];
        uint64_t print = atomic_load_explicit(&at->print, memory_order_relaxed);
        if (print == 0 && rcp_visited_take(&at->print, &print, key.print))
            print = key.print;
        if (print != key.print)
            continue;
        uint64_t rest = atomic_load_explicit(&at->rest, memory_order_relaxed);
        if (rest == 0 &&
            rcp_visited_take(&at->rest, &rest, rcp_visited_fresh(key, parent, age, must_end)))
            return (struct rcp_visited_found){slot, true};
        if (rcp_visited_tag(rest) != key.tag)
            continue;
        if ((rest & RCP_VISITED_AGE_MASK) == (uint64_t)age << RCP_VISITED_AGE_SHIFT)
            rcp_visited_lower_parent(visited, slot, rest, parent);
        return (struct rcp_visited_found){slot, false};
    }
}

#endif
