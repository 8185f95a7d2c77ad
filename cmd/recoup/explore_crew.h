/* A crew of threads that searches a world completely, and what each of them came by. */
#ifndef RCP_CMD_RECOUP_EXPLORE_CREW_H
#define RCP_CMD_RECOUP_EXPLORE_CREW_H

#include "sim/explore.h"

struct rcp_explore_task {
    const struct rcp_scenario *scenario;
    struct rcp_explore_bounds bounds;
    uint32_t jobs;
    uint64_t memory; /* bytes, at most */
    void (*progress)(void *context,
                     const struct rcp_search_result *so_far); /* NULL: nobody looks */
    void *progress_context;
};

/* What came out. The violation's run, where there is one, is retold: the same scenario with another time
 * of the heal, and what to pick in it. */
struct rcp_explore_outcome {
    struct rcp_search_result search;
    int32_t collision_log2; /* the chance that two states were taken for one is at most 2 to this */
    struct rcp_explore_seen seen;
    bool retold_given;
    struct rcp_retold retold;
    char error[256]; /* ROOM: what there was no room for */
};

/* The fewest bytes of memory that so many jobs can work with. */
uint64_t rcp_explore_memory_min(const struct rcp_scenario *scenario, uint32_t jobs);

/* Runs task; it has rcp_explore_memory_min() at least. The outcome is the
 * caller's; large: allocate it. Ends early where rcp_stop_asked(). */
void rcp_explore_crew_run(const struct rcp_explore_task *task, struct rcp_explore_outcome *outcome);

#endif
