/* Worlds as the explorer sees them: searched by a crew, or walked by hand, with every state at hand. */
#ifndef RCP_TESTS_SUPPORT_WORLDS_EXPLORED_H
#define RCP_TESTS_SUPPORT_WORLDS_EXPLORED_H

#include "sim/explore.h"
#include "sim/sim.h"

#define EXPLORED_ONE   "scenarios/explore/one-payment.yaml"
#define EXPLORED_TWO   "scenarios/explore/two-payments.yaml"
#define EXPLORED_ORDER "scenarios/explore/one-order-of-both.yaml"
#define EXPLORED_ALONE "scenarios/explore/one-order-one-node.yaml"

/* --- Worlds --- */

/* A scenario's world under this policy; freed with free(). */
struct rcp_scenario *explored_scenario(const char *path, struct rcp_policy policy);

/* One worker on that world. */
struct explored {
    const struct rcp_scenario *scenario;
    struct rcp_explore_bounds bounds;
    struct rcp_search_model model;
    struct rcp_explorer *explorer;
    struct rcp_sim *sim; /* the explorer's own */
};

struct explored explored_open(const struct rcp_scenario *scenario,
                              struct rcp_explore_bounds bounds);
void explored_close(struct explored *world);

/* --- Complete searches --- */

struct explored_outcome {
    struct rcp_search_result search;
    struct rcp_run_result run; /* of the path's last transition */
    bool retold_given;
    struct rcp_retold retold;
};

/* Searches completely; a path that is found is retold. */
void explored_search(const struct rcp_scenario *scenario,
                     struct rcp_explore_bounds bounds,
                     uint32_t workers,
                     struct explored_outcome *outcome);

/* --- States --- */

/* What has struck so far stands before the world in a saved state. */
struct explored_struck {
    uint16_t faults;
    uint16_t crashes;
    uint16_t alone;
    uint16_t spare;
};

struct explored_state {
    struct rcp_search_digest digest;
    unsigned char *bytes; /* as saved; aligned to 8 */
    uint32_t size;
    uint32_t spare;
};

void explored_load(struct explored *world, const struct explored_state *state);

/* The working state, saved; freed with free(state.bytes). */
struct explored_state explored_save(const struct explored *world);

/* --- Walks --- */

/* Breadth first from the first state. Of each level at most `width` states go on, drawn by their digests,
 * so that a bounded walk comes as deep as a complete one. */
struct explored_walk {
    struct explored *world;
    uint32_t width; /* 0: all */
    void *context;
    /* A transition went on: to a state seen for the first time where known is NULL. */
    void (*arrived)(void *context,
                    const struct explored_state *known,
                    const struct explored_state *now);
};

/* Returns how many distinct states were seen. */
uint32_t explored_walk(const struct explored_walk *walk);

/* --- What a state leads to --- */

/* How a transition ends, and the state that it ends in; where it is violated, the invariant. */
struct explored_successor {
    uint64_t words[2];
    uint64_t end; /* enum rcp_search_end */
};

#define EXPLORED_SUCCESSORS_MAX 4096u

struct explored_successors {
    uint32_t count;
    struct explored_successor list[EXPLORED_SUCCESSORS_MAX];
};

/* Every vector's, in order of their digests. */
void explored_successors(struct explored *world,
                         const struct explored_state *state,
                         struct explored_successors *successors);

int explored_compare(const void *left, const void *right);

/* --- Events --- */

/* Indexes in the bag of the events that may be next, in the order in which an unreduced explorer's first
 * choice counts them; returns how many. */
uint32_t explored_possible(struct explored *world, uint8_t bag[UINT8_MAX]);

/* Steps the event at this place of the possible ones from `state`, once per vector, and shows how each
 * ends; the working state is the one it led to. Needs an unreduced explorer. */
void explored_step_event(struct explored *world,
                         const struct explored_state *state,
                         uint32_t place,
                         void *context,
                         void (*ended)(void *context, enum rcp_search_end end));

/* Takes pending events out of the working state that nobody waits for. */
void explored_remove_letters(struct explored *world);

#endif
