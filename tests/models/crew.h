/* Runs a search with as many threads as it has workers. */
#ifndef RCP_TESTS_MODELS_CREW_H
#define RCP_TESTS_MODELS_CREW_H

#include "sim/search.h"

struct crew_search {
    const struct rcp_search_model *model;
    const void *context; /* what each worker's context begins as a copy of */
    size_t context_size;
    void *(*open)(const void *context); /* or one made for it, which free() frees; NULL: a copy */
    size_t memory;                      /* 0: as little as the search takes */
    uint32_t workers;
    const atomic_bool *stop;                                                 /* NULL: never */
    void (*progress)(void *context, const struct rcp_search_result *so_far); /* NULL: nobody asks */
    void *progress_context;
};

struct crew_outcome {
    struct rcp_search_result result;
    struct rcp_search_move *moves; /* result.path_count; free() it */
    void *context;                 /* as the path left it; free() it */
    int32_t collision_log2;
};

/* Ends the program with a message when there is no memory or no thread. */
void crew_run(const struct crew_search *wanted, struct crew_outcome *outcome);

void crew_forget(struct crew_outcome *outcome);

#endif
