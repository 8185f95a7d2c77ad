/* Calls to the PG, as its own files see them: a slot is in use until all that is pending of it has come. */
#ifndef RCP_SIM_MODEL_PG_CALL_H
#define RCP_SIM_MODEL_PG_CALL_H

#include "sim/model/link.h"

static inline struct rcp_pg_call *rcp_pg_call_at(const struct rcp_world *world, uint32_t index)
{
    return &rcp_world_pg_calls(world)[index];
}

/* A pending event of this call: it stays until all of them have come. */
void rcp_pg_call_push(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      uint32_t index,
                      enum rcp_job job,
                      enum rcp_phase phase,
                      struct rcp_span span);

/* One pending event less; the slot is free when none is left. */
void rcp_pg_call_drop(struct rcp_world *world, uint32_t index);

/* PAYs on their way that may yet make a transaction: one more, or (UINT32_MAX) one less. */
void rcp_pg_call_count(struct rcp_world *world, const struct rcp_pg_call *call, uint32_t by);

/* This is what its caller hears, within the span. */
void rcp_pg_call_answer(struct rcp_sim *sim,
                        const struct rcp_issue *issue,
                        uint32_t index,
                        enum rcp_pg_answer how,
                        struct rcp_span span);

#endif
