/* A swarm as JSON, written while it runs: a night that is cut short leaves its failures behind. */
#ifndef RCP_CMD_RECOUP_SWARM_JSON_H
#define RCP_CMD_RECOUP_SWARM_JSON_H

#include "cmd/recoup/crew.h"

#include <stdio.h>

/* The report in progress. */
struct rcp_swarm_json {
    FILE *file;
    bool has_failures;
};

/* What was asked for. */
struct rcp_swarm_asked {
    const char *policy;
    uint64_t seed_first;
    uint64_t seed_last;
    uint64_t shard; /* 1.. */
    uint64_t shards;
};

/* Opens path and writes {"version":1, what was asked, "failures":[. Returns false, with errno, where
 * it cannot be opened. */
bool rcp_swarm_json_begin(struct rcp_swarm_json *json,
                          const char *path,
                          const struct rcp_swarm_asked *asked);

/* One more failure, on its own line; replay is the command that shows it. */
void rcp_swarm_json_failure(struct rcp_swarm_json *json,
                            const struct rcp_crew_failure *failure,
                            const char *replay);

/* The totals, and the end of the file. Returns false where the file did not take it all. */
bool rcp_swarm_json_end(struct rcp_swarm_json *json,
                        const struct rcp_crew_totals *totals,
                        enum rcp_crew_end end,
                        uint64_t wall_us);

#endif
