/* Complete search over a small interface: every state that a model can reach, each once. The world is
 * one model, the textbook protocols under tests/models are others. Breadth first, level by level, so the
 * first violation is a shortest one, and the same one for every number of workers.
 *
 * A model is stepped by re-running: the search asks for the successors of a state by stepping it once per
 * vector of choices, and the model asks for each choice through rcp_search_choose(). */
#ifndef RCP_SIM_SEARCH_H
#define RCP_SIM_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RCP_SEARCH_CHOICES_MAX 64u /* choices in one transition */
#define RCP_SEARCH_WORKERS_MAX 64u

struct rcp_search_chooser; /* enumerates the vectors of choices of one state */

/* The next choice of the transition at work: an option below count (1 to 255). Option 0 is the dull one. */
uint32_t rcp_search_choose(struct rcp_search_chooser *chooser, uint32_t count);

/* What a transition came to. Anything but GOES_ON ends the path there. */
enum rcp_search_end {
    RCP_SEARCH_GOES_ON,
    RCP_SEARCH_SKIPPED, /* the vector means nothing, or the same as another one: not a transition */
    RCP_SEARCH_DONE,    /* a good end: it counts as a state and has no successors */
    RCP_SEARCH_VIOLATED, /* describe() says what */
    RCP_SEARCH_NO_ROOM, /* the model ran out of room: the search is not complete; describe() says where */
};

/* 128 bits of the canonical form: states with the same digest are the same state. */
struct rcp_search_digest {
    uint64_t words[2];
};

/* A model. Each worker has a context of its own, with a working state in it; the functions see the
 * context and nothing else that can be written to. */
struct rcp_search_model {
    uint32_t state_max; /* bytes of a saved state at most */

    /* The working state becomes the first one. */
    void (*init)(void *context);
    /* The working state becomes a saved one. */
    void (*load)(void *context, const void *state, uint32_t size);
    /* One transition of the working state. */
    enum rcp_search_end (*step)(void *context, struct rcp_search_chooser *chooser);
    /* The canonical digest of the working state. */
    struct rcp_search_digest (*digest)(void *context);
    /* Saves the working state; returns its bytes, at most state_max. */
    uint32_t (*save)(void *context, void *state);
    /* True where the working state must reach DONE on every path: in such states a dead end or a cycle is a
     * violation (liveness). Once true it stays true on every path. NULL: a dead end is just an end. */
    bool (*must_end)(void *context);
};

enum rcp_search_verdict {
    RCP_SEARCH_COMPLETE, /* everything was seen, and all of it held */
    RCP_SEARCH_FOUND,    /* a violation: `path` leads there */
    RCP_SEARCH_DEAD_END, /* `path` leads to a state that must end and has no successor */
    RCP_SEARCH_CYCLE,    /* `path` leads to a state that must end and can come back to itself */
    RCP_SEARCH_MEMORY,   /* stopped: the memory given is used up */
    RCP_SEARCH_ROOM,     /* stopped: the model ran out of room; `path` leads there */
    RCP_SEARCH_STOPPED,  /* stopped: `stop` became true */
};

/* One transition of a path: the options taken, in order. */
struct rcp_search_move {
    uint8_t count;
    uint8_t options[RCP_SEARCH_CHOICES_MAX];
};

/* What a search has seen so far, or in the end. */
struct rcp_search_result {
    enum rcp_search_verdict verdict;
    uint32_t path_count;  /* transitions of the path; its moves are at most that */
    uint64_t states;      /* distinct */
    uint64_t transitions; /* stepped, skipped ones not counted */
    uint64_t depth;       /* levels finished */
    uint64_t frontier;    /* states of the level at work */
    uint64_t must_end;    /* states of which must_end() is true */
    uint64_t state_bytes; /* of all states saved: bytes / states is the mean */
    uint64_t state_bytes_max;
    uint64_t memory; /* bytes in use at most */
    uint64_t elapsed_ns;
};

#endif
