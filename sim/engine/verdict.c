/* What a run is judged by: after every event, and once more at its end. */
#include "sim/engine/verdict.h"

#include "sim/check/checker.h"
#include "sim/engine/guard.h"

#define TWINS_PAYMENTS 256u
#define TWINS_EVERY    4096u

static _Noreturn void violate(struct rcp_sim *sim,
                              bool twin,
                              enum rcp_invariant broken,
                              uint32_t index)
{
    struct rcp_violation *violation = &sim->result->violation;
    if (twin)
        rcp_checker_describe_twin(sim->world, broken, index, violation);
    else
        rcp_checker_describe(sim->world, broken, index, violation);
    violation->at_ms = sim->world->now_ms;
    sim->result->outcome = RCP_RUN_VIOLATED;
    if (rcp_sim_listening(sim)) {
        struct rcp_record record =
            rcp_sim_new_record(sim, RCP_RECORD_VIOLATION, RCP_ROLE_WORLD, 0, RCP_NOBODY);
        record.number = (uint16_t)violation->invariant;
        record.user_id = violation->user_id;
        record.activity_id = violation->activity_id;
        record.row_id = violation->row_id;
        rcp_sim_record(sim, &record);
    }
    rcp_sim_stop(sim);
}

void rcp_verdict_after_event(struct rcp_sim *sim)
{
    enum rcp_invariant broken = RCP_INVARIANT_NONE;
    uint32_t index = 0;
    if (sim->world->touched.count > 0 &&
        !rcp_checker_touched(sim->world, sim->scenario->invariants, &broken, &index))
        violate(sim, false, broken, index);
#ifdef RCP_DEBUG
    /* After every event in a small world; in a large one now and then, or it would never end. */
    bool looks = sim->world->payments <= TWINS_PAYMENTS || sim->result->events % TWINS_EVERY == 0;
    if (looks && !rcp_checker_twins(sim->world, sim->scenario->invariants, false, &broken, &index))
        violate(sim, true, broken, index);
#endif
}

void rcp_verdict_at_end(struct rcp_sim *sim)
{
    enum rcp_invariant broken = RCP_INVARIANT_NONE;
    uint32_t index = 0;
    if (!rcp_checker_at_drain(sim->world, sim->scenario->invariants, &broken, &index))
        violate(sim, false, broken, index);
    if (!rcp_checker_twins(sim->world, sim->scenario->invariants, true, &broken, &index))
        violate(sim, true, broken, index);
    for (uint32_t i = 0; i < sim->world->config.nodes; i++)
        rcp_node_check(rcp_world_node(sim->world, i));
}

/* Timers are watch-keeping, but for one that a group waits for. */
static bool any_lingers(const struct rcp_world *world)
{
    for (uint32_t i = 0; i < world->config.nodes; i++)
        if (world->nodes[i].alive && rcp_node_lingers(rcp_world_node(world, i)))
            return true;
    return false;
}

bool rcp_verdict_drained(const struct rcp_world *world)
{
    const struct rcp_backlog *backlog = &world->backlog;
    return world->healed && backlog->busy == 0 && backlog->open_rows == 0 &&
           backlog->unalerted == 0 && backlog->unreleased == 0 && backlog->lag == 0 &&
           backlog->waiting == 0 && backlog->charges == 0 && backlog->refunds == 0 &&
           backlog->orders_untold == 0 && !any_lingers(world);
}
