/* Runs of scenarios, one after the other in one block that grows as needed. */
#include "tests/support/runs.h"

#include <stdlib.h>

#define ALIGN 64u

static void *block;
static size_t block_size;
static struct rcp_run_result result;

void *runs_block(size_t size)
{
    void *fresh = aligned_alloc(ALIGN, (size + ALIGN - 1u) / ALIGN * ALIGN);
    if (fresh == NULL)
        abort();
    return fresh;
}

static void run(const struct rcp_scenario *scenario,
                uint64_t seed,
                const struct rcp_recorder *recorder,
                struct rcp_tape_entry *tape,
                uint32_t *count)
{
    size_t size = rcp_world_size(scenario);
    if (size > block_size) {
        free(block);
        block = runs_block(size);
        block_size = size;
    }
    rcp_run(scenario, seed, block, block_size, recorder, NULL, tape, count, &result);
}

const struct rcp_run_result *runs_run(const struct rcp_scenario *scenario, uint64_t seed)
{
    run(scenario, seed, NULL, NULL, NULL);
    return &result;
}

const struct rcp_run_result *runs_taped(const struct rcp_scenario *scenario,
                                        uint64_t seed,
                                        struct rcp_tape_entry *tape,
                                        uint32_t *count)
{
    run(scenario, seed, NULL, tape, count);
    return &result;
}

const struct rcp_run_result *runs_recorded(const struct rcp_scenario *scenario,
                                           uint64_t seed,
                                           const struct rcp_recorder *recorder)
{
    run(scenario, seed, recorder, NULL, NULL);
    return &result;
}

const struct rcp_world *runs_world(void)
{
    return block;
}

struct rcp_policy runs_policy(uint32_t index)
{
    struct rcp_policy policy = rcp_policy_hardened();
    if (index < RCP_KNOB_COUNT)
        rcp_policy_set(&policy, (enum rcp_knob)index, false);
    return index > RCP_KNOB_COUNT ? rcp_policy_documented() : policy;
}

const char *runs_policy_name(uint32_t index)
{
    if (index < RCP_KNOB_COUNT)
        return rcp_knob_info((enum rcp_knob)index)->name;
    return index > RCP_KNOB_COUNT ? "documented" : "hardened";
}
