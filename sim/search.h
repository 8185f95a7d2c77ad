/* Complete search over a small interface: every state that a model can reach, each once. The world is
 * one model, the textbook protocols under tests/models are others. Breadth first, level by level, so the
 * first violation is a shortest one, and the same one for every number of workers.
 *
 * A model is stepped by re-running: the search asks for the successors of a state by stepping it once per
 * vector of choices, and the model asks for each choice through rcp_search_choose(). Vectors are taken in
 * order: all dull first, the last choice changes fastest.
 *
 *     search = rcp_search_init(block, bytes, &model, &host, workers);
 *     each worker, on a thread of its own:  rcp_search_work(search, worker, context);
 *     when all have returned:               rcp_search_end(search, &result);
 *     where result.path_count > 0:          rcp_search_path(search, context, moves);
 */
#ifndef RCP_SIM_SEARCH_H
#define RCP_SIM_SEARCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RCP_SEARCH_CHOICES_MAX 64u /* choices in one transition */
#define RCP_SEARCH_WORKERS_MAX 64u

struct rcp_search;
struct rcp_search_chooser; /* enumerates the vectors of choices of one state */

/* The next choice of the transition at work: an option below count (1 to 255). Option 0 is the dull one. A
 * transition that makes more than RCP_SEARCH_CHOICES_MAX choices counts as one that ran out of room. */
uint32_t rcp_search_choose(struct rcp_search_chooser *chooser, uint32_t count);

/* What a transition came to. Anything but GOES_ON ends the path there. */
enum rcp_search_end {
    RCP_SEARCH_GOES_ON,
    RCP_SEARCH_SKIPPED, /* the vector means nothing, or the same as another one: not a transition */
    RCP_SEARCH_DONE,    /* a good end: it counts as a state and has no successors */
    RCP_SEARCH_VIOLATED, /* the working state is left as it is when the path is made: ask it what broke */
    RCP_SEARCH_NO_ROOM, /* the model ran out of room: the search is not complete */
};

/* 128 well mixed bits of the canonical form: states with the same digest are the same state. What follows
 * from a state depends on its canonical form alone: the digests that one transition away lead to, how many
 * vectors do, how each ends, and what must_end() says of them. The vectors' order may differ. */
struct rcp_search_digest {
    uint64_t words[2];
};

/* A model. Each worker has a context of its own, with a working state in it; the functions see the
 * context and nothing else that can be written to. */
struct rcp_search_model {
    uint32_t state_max; /* bytes of a saved state at most */

    /* The working state becomes the first one. It is taken to hold, and not to be DONE. */
    void (*init)(void *context);
    /* The working state becomes a saved one; `state` is aligned to 8 bytes. Called once per vector. */
    void (*load)(void *context, const void *state, uint32_t size);
    /* One transition of the working state. */
    enum rcp_search_end (*step)(void *context, struct rcp_search_chooser *chooser);
    /* The canonical digest of the working state. */
    struct rcp_search_digest (*digest)(void *context);
    /* Saves the working state; returns its bytes, at most state_max. Called for every transition that goes
     * on, before it is known whether the state is new: memory answers while the model works on. */
    uint32_t (*save)(void *context, void *state);
    /* True where the working state must reach DONE on every path: in such states a dead end or a cycle is a
     * violation (liveness). Once true it stays true on every path. NULL: a dead end is just an end. */
    bool (*must_end)(void *context);
};

enum rcp_search_verdict {
    RCP_SEARCH_COMPLETE, /* everything was seen, and all of it held */
    RCP_SEARCH_FOUND,    /* a violation: `path` leads there */
    RCP_SEARCH_DEAD_END, /* `path` leads to a state that must end and has no successor */
    RCP_SEARCH_CYCLE,    /* `path` leads to a state that must end, and once around its cycle */
    RCP_SEARCH_MEMORY,   /* stopped: the memory given is used up */
    RCP_SEARCH_ROOM,     /* stopped: the model ran out of room; `path` leads there */
    RCP_SEARCH_STOPPED,  /* stopped: `stop` became true */
};

/* One transition of a path: the options taken, in order. */
struct rcp_search_move {
    uint8_t count;
    uint8_t options[RCP_SEARCH_CHOICES_MAX];
};

/* What a search has seen so far, or in the end. Verdict, path, states, transitions, depth and must_end are
 * the same for every number of workers, unless the verdict is MEMORY or STOPPED: then they are what was
 * seen until then. */
struct rcp_search_result {
    enum rcp_search_verdict verdict;
    uint32_t path_count;  /* transitions of the path */
    uint32_t cycle_count; /* CYCLE: the last so many of them lead around */
    uint64_t states;      /* distinct */
    uint64_t transitions; /* stepped, skipped ones not counted */
    uint64_t depth;       /* levels finished */
    uint64_t frontier;    /* states of the level at work */
    uint64_t must_end;    /* states of which must_end() is true */
    uint64_t state_bytes; /* of all states saved: bytes / states is the mean */
    uint64_t state_bytes_max;
    uint64_t memory; /* bytes that held something, at most: visited states, frontier, edges */
    uint64_t elapsed_ns;
};

/* What a search needs from outside. Functions but relax, pack and unpack are called by one thread at a
 * time. */
struct rcp_search_host {
    void *context;
    uint64_t (*now_ns)(void *context); /* a clock that never goes back */
    /* A worker waits for the others and looks again and again: lets somebody else run. */
    void (*relax)(void *context);
    /* Bytes in less room. Returns how many of `packed` they took; 0: more than `room`. */
    uint32_t (*pack)(const void *bytes, uint32_t size, void *packed, uint32_t room);
    /* The bytes that pack() packed, `size` of them. Returns false where they cannot be. */
    bool (*unpack)(const void *packed, uint32_t packed_size, void *bytes, uint32_t size);
    /* About once a second, by worker 0; NULL: nobody wants to know. */
    void (*progress)(void *context, const struct rcp_search_result *so_far);
    const atomic_bool *stop; /* NULL: never stopped */
};

/* The fewest bytes that rcp_search_init() takes; more let it see more states. */
size_t rcp_search_size_min(const struct rcp_search_model *model, uint32_t workers);

/* Lays a search out in a block of zeroes, aligned to 64 bytes, that stays the search's until it is not
 * needed any more; pages never used are never touched. A quarter of it holds the digests, the rest what is
 * on the frontier and, for liveness, the edges. Once half of that is taken, what comes onto the frontier waits
 * packed. The model and the host must outlive it. */
struct rcp_search *rcp_search_init(void *block,
                                   size_t bytes,
                                   const struct rcp_search_model *model,
                                   const struct rcp_search_host *host,
                                   uint32_t workers);

/* Works until everything is seen or the search has ended. All workers must be at work: they wait for each
 * other between two levels. */
void rcp_search_work(struct rcp_search *search, uint32_t worker, void *context);

/* After the last worker has returned, once: looks for cycles, and says what came out. */
void rcp_search_end(struct rcp_search *search, struct rcp_search_result *result);

/* After rcp_search_end(): the path's moves, path_count of them. Steps there from the first state, so the
 * working state of the context is the path's last one. */
void rcp_search_path(struct rcp_search *search, void *context, struct rcp_search_move *moves);

/* Steps the working state by one move. Options that the move does not have are dull. */
enum rcp_search_end rcp_search_follow(const struct rcp_search_model *model,
                                      void *context,
                                      const struct rcp_search_move *move);

/* How likely it is at most that two of so many states were taken for one, as the power of two that bounds
 * it: -60 says 2^-60. */
int32_t rcp_search_collision_log2(const struct rcp_search *search, uint64_t states);

#endif
