/* A crew of threads that runs a swarm's seeds. Its results are those of one thread that runs the
 * seeds in order, whatever the number of threads. */
#ifndef RCP_CMD_RECOUP_CREW_H
#define RCP_CMD_RECOUP_CREW_H

#include "sim/run.h"

/* Which seeds, in which worlds: first, first + step, ... up to last. */
struct rcp_crew_task {
    struct rcp_policy base;
    struct rcp_policy policy;
    uint64_t first;
    uint64_t last;     /* inclusive */
    uint64_t step;     /* 1 or more: the number of shards */
    uint64_t until_us; /* rcp_clock_us() at which to stop; 0: never */
    uint32_t jobs;
    bool keep_going; /* past a violation */
};

/* What the runs came to. */
struct rcp_crew_totals {
    uint64_t runs;
    uint64_t events;
    uint64_t virtual_ms;
    uint64_t payments;
    uint64_t orders;
    uint64_t pg_calls;
    uint64_t violated;
    uint64_t errors;
    uint64_t carrying; /* worlds that have any fault */
    uint64_t struck;   /* of those: where at least one fired */
    uint64_t fired[RCP_FAULT_COUNT];
    uint64_t answers[6];
    uint64_t digest; /* of all trace digests, in the order of their seeds */
};

/* One seed that ended in a violation or an error. */
struct rcp_crew_failure {
    uint64_t seed;
    enum rcp_run_outcome outcome;
    struct rcp_violation violation;
    char error[256];
};

/* Called in the order of the seeds, by one thread at a time, while the crew waits. */
struct rcp_crew_watcher {
    void *context;
    void (*failed)(void *context, const struct rcp_crew_failure *failure);
    void (*progressed)(void *context, const struct rcp_crew_totals *totals, uint64_t seed);
};

enum rcp_crew_end {
    RCP_CREW_DONE,    /* every seed was run, or the first failure ended it */
    RCP_CREW_TIME,    /* until_us came */
    RCP_CREW_STOPPED, /* rcp_stop_asked() */
};

/* Runs task; totals are of the seeds from the first up to where it ended, without a gap. */
enum rcp_crew_end rcp_crew_run(const struct rcp_crew_task *task,
                               const struct rcp_crew_watcher *watcher,
                               struct rcp_crew_totals *totals);

#endif
