/* Runs of scenarios, one after the other in one block that grows as needed. */
#ifndef RCP_TESTS_SUPPORT_RUNS_H
#define RCP_TESTS_SUPPORT_RUNS_H

#include "sim/run.h"
#include "sim/world.h"

/* A block of at least this many bytes, aligned as worlds are; freed with free(). */
void *runs_block(size_t size);

/* Runs the scenario. The result stays until the next call. */
const struct rcp_run_result *runs_run(const struct rcp_scenario *scenario, uint64_t seed);

/* The same, with what chance chose on the tape; *count says how much. */
const struct rcp_run_result *runs_taped(const struct rcp_scenario *scenario,
                                        uint64_t seed,
                                        struct rcp_tape_entry *tape,
                                        uint32_t *count);

/* The same, with everything that happened told to the recorder. */
const struct rcp_run_result *runs_recorded(const struct rcp_scenario *scenario,
                                           uint64_t seed,
                                           const struct rcp_recorder *recorder);

/* The world as the last run left it. */
const struct rcp_world *runs_world(void);

/* Hardened, but for the one knob at this index; RCP_KNOB_COUNT: hardened, one more: documented. */
#define RUNS_POLICIES (RCP_KNOB_COUNT + 2u)
struct rcp_policy runs_policy(uint32_t index);
const char *runs_policy_name(uint32_t index);

#endif
