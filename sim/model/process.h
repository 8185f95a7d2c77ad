/* Processes and their nodes: starting, dying, sleeping, being told; and the step itself. */
#ifndef RCP_SIM_MODEL_PROCESS_H
#define RCP_SIM_MODEL_PROCESS_H

#include "sim/model/link.h"

/* Starts a node anew: fresh memory, next incarnation. No effect where it lives. */
void rcp_process_start(struct rcp_sim *sim, uint32_t node);

/* The node's whole process is gone; it comes back after back_ms. */
void rcp_process_crash(struct rcp_sim *sim, uint32_t node, uint64_t back_ms);

/* Graceful stop, and then the end; it comes back after back_ms. */
void rcp_process_stop(struct rcp_sim *sim, uint32_t node, uint64_t back_ms);
void rcp_process_stopped(struct rcp_sim *sim, const struct rcp_pending *pending);

/* An operator takes a worker or a circuit of a node in hand, or lets go of it. False where it does not live. */
bool rcp_process_operate(struct rcp_sim *sim, uint32_t node, const struct rcp_operate *operate);

/* The process sleeps. */
void rcp_process_pause(struct rcp_sim *sim, uint32_t node, uint64_t for_ms);

/* Steps the node with this event and issues its effects. pending tells whom it was for: an event for
 * another incarnation is dropped, one for a sleeping node waits. Returns false where it has to wait. */
bool rcp_process_step(struct rcp_sim *sim,
                      const struct rcp_pending *pending,
                      struct rcp_event *event);

/* Chance kills the node's process: it comes back after a while of chance's choosing. */
void rcp_process_die(struct rcp_sim *sim, enum rcp_fault fault, uint32_t node, uint32_t payment);

#endif
