/* The world as a model of the complete search (sim/search.h): every order of events, every fault where it
 * may strike, as many of them as allowed, and the heal at every point. */
#ifndef RCP_SIM_EXPLORE_H
#define RCP_SIM_EXPLORE_H

#include "sim/run.h"
#include "sim/search.h"
#include "sim/sim.h"

/* What is explored, beyond what the scenario says happens. */
struct rcp_explore_bounds {
    uint32_t faults;  /* fates that strike messages, at most, crashes not counted */
    uint32_t crashes; /* of a process, at most */
    bool unreduced;   /* true: without the reductions `dead_letters` and `local_first` */
};

/* A strike: a fault at a site. */
#define RCP_STRIKE_FAULTS 64u
#define RCP_STRIKES       (RCP_SITE_COUNT * RCP_STRIKE_FAULTS)
#define RCP_STRIKE_WORDS  ((RCP_STRIKES + 63u) / 64u)

static_assert(RCP_FAULT_FATES <= RCP_STRIKE_FAULTS, "every fate has its strikes");
static_assert(RCP_STRIKES <= UINT16_MAX, "a strike fits 16 bits");

static inline uint32_t rcp_strike(enum rcp_site site, uint64_t fault)
{
    return (uint32_t)site * RCP_STRIKE_FAULTS + (uint32_t)fault;
}

/* What one worker came by: what a certificate is made of. */
struct rcp_explore_seen {
    uint64_t issued[RCP_SITE_COUNT];    /* transitions in which something could be struck there */
    uint64_t struck[RCP_STRIKES];       /* transitions in which it was struck so */
    uint64_t issued_after[RCP_STRIKES]; /* bit per site: issued where this alone had struck */
    uint64_t pairs[RCP_STRIKES][RCP_STRIKE_WORDS]; /* bit b of row a: b struck where a alone had */
};

struct rcp_explorer;

/* Why this scenario cannot be explored, and what to do, into text; false then. */
bool rcp_explore_possible(const struct rcp_scenario *scenario, char *text, uint32_t text_size);

/* Bytes of one worker's context. */
size_t rcp_explorer_size(const struct rcp_scenario *scenario);

/* Lays a worker's context out in block (aligned to 64). The scenario must outlive it. */
struct rcp_explorer *rcp_explorer_init(void *block,
                                       const struct rcp_scenario *scenario,
                                       const struct rcp_explore_bounds *bounds);

/* The model whose contexts are struct rcp_explorer. */
struct rcp_search_model rcp_explore_model(const struct rcp_scenario *scenario);

/* What the last transition came to: what broke, or what there was no room for. */
const struct rcp_run_result *rcp_explorer_result(const struct rcp_explorer *explorer);

/* The run at work, whose world is the working state's. */
struct rcp_sim *rcp_explorer_sim(struct rcp_explorer *explorer);

/* What this worker has come by since rcp_explorer_init(). */
const struct rcp_explore_seen *rcp_explorer_seen(const struct rcp_explorer *explorer);

/* --- A path as a run --- */

#define RCP_RETOLD_MAX 16384u

/* The decisions of a path, by their meaning. */
struct rcp_retold {
    uint64_t heal_ms; /* when the heal came; UINT64_MAX: it did not */
    uint32_t count;
    uint32_t at; /* the next one to take */
    struct rcp_retold_choice {
        uint64_t key; /* packed */
        uint64_t option;
        uint32_t why;     /* enum rcp_why; NONE: an event, and key says which */
        uint32_t dropped; /* the event is taken out: nobody waits for it */
    } choices[RCP_RETOLD_MAX];
};

/* Follows the path from the first state and writes down what was decided; false where that is too much. */
bool rcp_explore_retell(struct rcp_explorer *explorer,
                        const struct rcp_search_move *moves,
                        uint32_t count,
                        struct rcp_retold *retold);

/* Picks in a run of the same scenario, healed at retold->heal_ms, what the path decided. */
struct rcp_picker rcp_retold_picker(struct rcp_retold *retold);

#endif
