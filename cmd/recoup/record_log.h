/* Runs a scenario: with room for its world, and where asked with every record and the tape kept. */
#ifndef RCP_CMD_RECOUP_RECORD_LOG_H
#define RCP_CMD_RECOUP_RECORD_LOG_H

#include "reports/story.h"
#include "sim/run.h"

/* One world's memory, reused from run to run; it only grows. Zeroed: empty. */
struct rcp_arena {
    void *block;
    size_t size;
};

/* Runs scenario under seed and keeps nothing but the result. */
void rcp_arena_run(struct rcp_arena *arena,
                   const struct rcp_scenario *scenario,
                   uint64_t seed,
                   struct rcp_run_result *result);
void rcp_arena_free(struct rcp_arena *arena);

/* All that one run did. Zeroed: empty. */
struct rcp_record_log {
    struct rcp_record *records;
    uint32_t count;
    uint32_t room;
    struct rcp_tape_entry *tape;
    uint32_t tape_count;
};

/* Runs scenario under seed and keeps its records and its tape in log, in place of what was there. */
void rcp_arena_run_logged(struct rcp_arena *arena,
                          const struct rcp_scenario *scenario,
                          uint64_t seed,
                          struct rcp_run_result *result,
                          struct rcp_record_log *log);

/* The same, with a picker in place of the seeded generator. */
void rcp_arena_run_picked(struct rcp_arena *arena,
                          const struct rcp_scenario *scenario,
                          uint64_t seed,
                          const struct rcp_picker *picker,
                          struct rcp_run_result *result,
                          struct rcp_record_log *log);
void rcp_record_log_free(struct rcp_record_log *log);

/* Writes log's tape as a scenario file that replays this run alone, DIR/NAME-seed-S.tape.yaml, and its
 * path into path. Makes DIR where it is missing. Says on stderr what went wrong and returns false. */
bool rcp_write_tape(const char *folder,
                    const struct rcp_scenario *scenario,
                    uint64_t seed,
                    const struct rcp_record_log *log,
                    char *path,
                    size_t path_size);

/* The simulator's names for the report writers. */
extern const struct rcp_report_names rcp_sim_names;

#endif
