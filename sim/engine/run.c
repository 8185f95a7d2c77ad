/* One run: pops pending events until the world has healed and drained, and judges what it sees. */
#include "sim/run.h"

#include "core/check.h"
#include "core/hash.h"
#include "sim/choose.h"
#include "sim/engine/expect.h"
#include "sim/engine/guard.h"
#include "sim/engine/pace.h"
#include "sim/engine/plan.h"
#include "sim/engine/prepare.h"
#include "sim/engine/step.h"
#include "sim/engine/verdict.h"
#include "sim/layout.h"

#include <string.h>

#define EVENTS_MAX UINT64_C(200000000) /* a run that pops more has gone wild */

static void loop(struct rcp_sim *sim)
{
    struct rcp_world *world = sim->world;
    uint64_t end_ms = sim->scenario->heal_ms + sim->scenario->drain_ms;
    uint64_t smallest_latest_ms = 0;
    while (rcp_queue_refill(sim->queue, &smallest_latest_ms)) {
        rcp_step(sim, rcp_choose_next(sim, smallest_latest_ms));
        rcp_verdict_after_event(sim);
        if (rcp_verdict_drained(world)) {
            sim->result->drained_at_ms = world->now_ms;
            break;
        }
        if (world->now_ms > end_ms)
            break;
        if (sim->result->events > EVENTS_MAX)
            rcp_sim_error(sim, "the run does not end: shorten heal, drain or the workload");
    }
    if (rcp_sim_listening(sim) && sim->result->drained_at_ms != 0) {
        struct rcp_record record =
            rcp_sim_new_record(sim, RCP_RECORD_DRAINED, RCP_ROLE_WORLD, 0, RCP_NOBODY);
        rcp_sim_record(sim, &record);
    }
    rcp_verdict_at_end(sim);
}

static bool expects_events(const struct rcp_scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->expect_count; i++)
        if (scenario->expect[i].kind == RCP_EXPECT_EVENT)
            return true;
    return false;
}

void rcp_run(const struct rcp_scenario *scenario,
             uint64_t seed,
             void *block,
             size_t block_size,
             const struct rcp_recorder *recorder,
             const struct rcp_picker *picker,
             struct rcp_tape_entry *tape_out,
             uint32_t *tape_count,
             struct rcp_run_result *result)
{
    struct rcp_sim sim;
    struct rcp_pace pace;
    memset(&pace, 0, sizeof pace);
    memset(&sim, 0, sizeof sim);
    memset(result, 0, sizeof *result);
    rcp_check(rcp_world_size(scenario) <= block_size, "world_fits_block");
    result->seed = seed;
    sim.world = rcp_world_lay_out(block, scenario, seed);
    sim.queue = rcp_world_queue(sim.world);
    sim.effects = rcp_world_effects(sim.world);
    sim.scenario = scenario;
    sim.recorder = recorder;
    sim.picker = picker;
    sim.sure_only = scenario->tape_only || picker != NULL;
    sim.listening = recorder != NULL || expects_events(scenario);
    sim.tape = tape_out;
    sim.result = result;
    sim.pace = &pace;
    sim.prng = rcp_hash(0x7265636f7570u, seed);
    sim.digest = rcp_hash(scenario->policy.hardened, seed);
    rcp_guard_arm(&sim);
    if (setjmp(sim.stop) == 0) {
        rcp_prepare(&sim);
        loop(&sim);
    }
    rcp_guard_arm(NULL);
    result->virtual_ms = sim.world->now_ms;
    result->trace_digest = sim.digest;
    memcpy(result->marks, sim.marks, sizeof result->marks);
    if (tape_count != NULL)
        *tape_count = sim.tape_count;
    for (uint32_t i = 0; i < scenario->tape_count; i++)
        result->stale_tape += !sim.tape_used[i];
    rcp_expect_count(&sim);
}
