/* Runs the invariants over a world: what an event touched, everything at the end, and the twins. */
#ifndef RCP_SIM_CHECK_CHECKER_H
#define RCP_SIM_CHECK_CHECKER_H

#include "sim/run.h"
#include "sim/world.h"

/* Masks are those of rcp_scenario.invariants: bit i enables invariant i. Where several are broken, the
 * first in the order of enum rcp_invariant is reported, for the first such subject. */

/* Looks at every subject in world->touched (all subjects, where there were too many) and returns true
 * where each enabled ALWAYS invariant holds; else false with what broke it. Partitions that were looked
 * at are marked as checked up to their committed offset. The caller empties world->touched. */
bool rcp_checker_touched(struct rcp_world *world,
                         uint64_t mask,
                         enum rcp_invariant *broken,
                         uint32_t *index);

/* The same for all enabled invariants over all subjects, once the world has drained. */
bool rcp_checker_at_drain(const struct rcp_world *world,
                          uint64_t mask,
                          enum rcp_invariant *broken,
                          uint32_t *index);

/* Compares each enabled invariant with its twin, over all subjects of a small world and over evenly
 * spread ones of a large world; those that hold AT_DRAIN only where at_drain. Returns false at the first
 * that do not agree. Needs a world in which rcp_checker_touched() has held so far. */
bool rcp_checker_twins(const struct rcp_world *world,
                       uint64_t mask,
                       bool at_drain,
                       enum rcp_invariant *which,
                       uint32_t *index);

/* Says what is wrong with this subject: all of *out but `node`. */
void rcp_checker_describe(const struct rcp_world *world,
                          enum rcp_invariant invariant,
                          uint32_t index,
                          struct rcp_violation *out);

/* The same where the invariant and its twin do not agree: a violation of `twin`. */
void rcp_checker_describe_twin(const struct rcp_world *world,
                               enum rcp_invariant which,
                               uint32_t index,
                               struct rcp_violation *out);

#endif
