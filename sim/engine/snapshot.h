/* A world in few bytes: only what is in use, in one run of bytes that another worker can go on from. */
#ifndef RCP_SIM_ENGINE_SNAPSHOT_H
#define RCP_SIM_ENGINE_SNAPSHOT_H

#include "sim/sim.h"

#define RCP_SNAPSHOT_PAYMENTS_MAX 65535u /* of a world that can be saved */

/* The most bytes that a snapshot of this scenario's world takes. */
uint32_t rcp_snapshot_max(const struct rcp_scenario *scenario);

/* Writes sim's world to bytes; returns how many. Left out: counters that only name things (nth), what a
 * failover would give back where none is planned, and scratch. */
uint32_t rcp_snapshot_save(const struct rcp_sim *sim, void *bytes);

/* Makes sim's world, laid out for the same scenario, the saved one. */
void rcp_snapshot_load(struct rcp_sim *sim, const void *bytes);

#endif
