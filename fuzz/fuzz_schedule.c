/* Bytes decode to a schedule of one payment's or one order's world: faults, delays, priorities and change points. An
 * invariant that does not hold is what is looked for, and a world that runs out of room as well. */
#include "fuzz/support/schedule.h"
#include "fuzz/target.h"
#include "sim/scenario/scenario_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char fuzz_name[] = "schedule";

#define SEED  1u /* of the jitter; chance itself is the input's */
#define ALIGN 64u

static struct rcp_scenario scenarios[2]; /* a payment's, an order's */
static struct rcp_run_result result;
static struct schedule schedule;
static void *block;
static size_t block_size;

/* RCP_FUZZ_POLICY=documented shows what is found where there is something to find. */
static struct rcp_policy policy(void)
{
    const char *name = getenv("RCP_FUZZ_POLICY");
    if (name == NULL || strcmp(name, "hardened") == 0)
        return rcp_policy_hardened();
    if (strcmp(name, "documented") == 0)
        return rcp_policy_documented();
    fprintf(stderr, "RCP_FUZZ_POLICY is '%s': documented or hardened\n", name);
    exit(2);
}

void fuzz_begin(void)
{
    char text[512];
    for (uint32_t shop = 0; shop < 2; shop++) {
        schedule_world(policy(), shop, &scenarios[shop]);
        if (!rcp_scenario_valid(&scenarios[shop], text, sizeof text)) {
            fprintf(stderr, "fuzz-schedule: no world: %s\n", text);
            exit(2);
        }
        size_t size = (rcp_world_size(&scenarios[shop]) + ALIGN - 1u) / ALIGN * ALIGN;
        block_size = size > block_size ? size : block_size;
    }
    block = aligned_alloc(ALIGN, block_size);
    if (block == NULL) {
        perror("fuzz-schedule");
        exit(2);
    }
    memset(block, 0, block_size); /* page faults belong to no run */
}

static void run(struct rcp_tape_entry *tape, uint32_t *tape_count)
{
    struct rcp_picker picker = schedule_picker(&schedule);
    rcp_run(&scenarios[schedule.shop],
            SEED,
            block,
            block_size,
            NULL,
            &picker,
            tape,
            tape_count,
            &result);
}

/* The run again, as a scenario with a tape: what recoup replays, draws and shrinks. */
static void write_tape(const uint8_t *bytes, size_t size, const char *path)
{
    struct rcp_scenario *scenario = &scenarios[schedule.shop];
    schedule_decode(&schedule, bytes, size, scenario->world.nodes);
    run(scenario->tape, &scenario->tape_count);
    scenario->tape_only = 1;
    scenario->seed_first = scenario->seed_last = SEED;
    FILE *file = fopen(path, "w");
    if (file == NULL || !rcp_scenario_write(scenario, file) || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
    fprintf(stderr, "wrote %s; to see it: recoup replay %s -v\n", path, path);
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    schedule_decode(&schedule, bytes, size, scenarios[0].world.nodes);
    run(NULL, NULL);
    if (result.outcome == RCP_RUN_HELD)
        return;
    struct rcp_run_result found = result;
    if (fuzz_tape_path() != NULL)
        write_tape(bytes, size, fuzz_tape_path());
    if (found.outcome == RCP_RUN_ERROR)
        fuzz_fail("error: %s", found.error);
    fuzz_fail("violated %s\n    %s\n    at %" PRIu64 " ms, after %" PRIu64 " events",
              found.violation.fingerprint,
              found.violation.detail,
              found.violation.at_ms,
              found.events);
}
