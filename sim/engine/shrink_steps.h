/* The steps of a search for a smaller scenario. Each tries changes of the best one, one at a time, and
 * keeps those that fail alike; each returns whether it kept any. */
#ifndef RCP_SIM_ENGINE_SHRINK_STEPS_H
#define RCP_SIM_ENGINE_SHRINK_STEPS_H

#include "sim/shrink.h"

/* A copy of best to change. */
struct rcp_scenario *rcp_shrink_trial(struct rcp_shrink *shrink);

/* Runs the trial. Where it makes a world and fails alike, it is the best from now on. */
bool rcp_shrink_keep(struct rcp_shrink *shrink);

/* scenario = other, without what is behind other's tape. */
void rcp_shrink_copy(struct rcp_scenario *scenario, const struct rcp_scenario *other);

/* All steps but the last ones, until none of them keeps anything. */
void rcp_shrink_repeat(struct rcp_shrink *shrink);

/* --- shrink_list.c: less --- */

/* What chance did becomes a tape, and nothing else is left to chance. */
bool rcp_shrink_settle(struct rcp_shrink *shrink);

/* The workload of the payment alone that the violation is about. */
bool rcp_shrink_focus(struct rcp_shrink *shrink);

/* Leaves out lines and entries, half of them first, then ever fewer, until not one can go. */
bool rcp_shrink_lists(struct rcp_shrink *shrink);

/* Fewer users in a line of the workload. */
bool rcp_shrink_ranges(struct rcp_shrink *shrink);

/* Takes one item out of scenario's list, and what the tape says about it. */
void rcp_shrink_drop(struct rcp_scenario *scenario, enum rcp_shrink_list list, uint32_t index);
uint32_t rcp_shrink_count(const struct rcp_scenario *scenario, enum rcp_shrink_list list);

/* --- shrink_number.c: smaller numbers for whoever is left --- */

bool rcp_shrink_users(struct rcp_shrink *shrink);
bool rcp_shrink_nodes(struct rcp_shrink *shrink);
bool rcp_shrink_partitions(struct rcp_shrink *shrink);

/* Calls rename for each key on the tape; an entry goes where it returns false. */
void rcp_shrink_rename(struct rcp_scenario *scenario,
                       bool (*rename)(void *context, struct rcp_key *key),
                       void *context);

/* --- shrink_world.c: a plainer world --- */

/* Limits, room and clocks as they are where nobody says anything. */
bool rcp_shrink_world(struct rcp_shrink *shrink);

/* All of that at once, without a look whether it still fails. */
void rcp_shrink_plain_world(struct rcp_scenario *scenario);

/* Knobs back to the preset; for `documented`, the few that are to blame on `hardened`. */
bool rcp_shrink_knobs(struct rcp_shrink *shrink);

/* --- shrink_time.c: shorter, and rounder --- */

bool rcp_shrink_times(struct rcp_shrink *shrink);

/* To the next length of the ladder, even where that is longer: once, since it is no progress. */
bool rcp_shrink_round(struct rcp_shrink *shrink);

/* --- shrink_line.c: tape entries as lines that a person would write --- */

bool rcp_shrink_lines(struct rcp_shrink *shrink);

/* One effect that takes long, for several events that go before it. */
bool rcp_shrink_delays(struct rcp_shrink *shrink);

/* One event that comes after whatever else is possible, for several that go before it. */
bool rcp_shrink_holds(struct rcp_shrink *shrink);

/* Lines of the same fault on effects that follow each other become one. */
bool rcp_shrink_merge(struct rcp_shrink *shrink);

/* --- shrink_redraw.c: another way, in a smaller world --- */

bool rcp_shrink_redraw(struct rcp_shrink *shrink);

/* The same before anything else: a long run need not be taken apart where a short one fails alike. */
bool rcp_shrink_leap(struct rcp_shrink *shrink);

#endif
