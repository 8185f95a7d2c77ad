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

#define RCP_VISITED_TAG_BITS 16u

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

/* Finds the state, or puts it in as found in the level of that age. */
struct rcp_visited_found rcp_visited_insert(struct rcp_visited *visited,
                                            struct rcp_visited_key key,
                                            struct rcp_visited_parent parent,
                                            enum rcp_visited_age age,
                                            bool must_end);

/* Whether the state is the one in that slot. */
bool rcp_visited_is(const struct rcp_visited *visited, uint32_t slot, struct rcp_visited_key key);

/* The state's level is at work: nobody changes its parent any more. Only the worker that has it may call. */
void rcp_visited_grow_old(struct rcp_visited *visited, uint32_t slot);

uint64_t rcp_visited_print(const struct rcp_visited *visited, uint32_t slot);
uint32_t rcp_visited_parent(const struct rcp_visited *visited, uint32_t slot);
bool rcp_visited_must_end(const struct rcp_visited *visited, uint32_t slot);

/* Transitions from the first state, which is its own parent. */
uint32_t rcp_visited_depth(const struct rcp_visited *visited, uint32_t slot);

/* As rcp_search_collision_log2() says. */
int32_t rcp_visited_collision_log2(const struct rcp_visited *visited, uint64_t states);

static inline void rcp_visited_prefetch(const struct rcp_visited *visited, uint32_t slot)
{
    __builtin_prefetch(&visited->slots[slot], 1);
}

#endif
