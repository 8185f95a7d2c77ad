/* What each script reads and writes, on the committed tables, under the locks that its session holds. */
#ifndef RCP_SIM_MODEL_MYSQL_SCRIPT_H
#define RCP_SIM_MODEL_MYSQL_SCRIPT_H

#include "sim/sim.h"

/* CLAIM: picks the rows to claim into the session's rows (SKIP LOCKED; PLAIN: without a look at locks),
 * and what is parked on the way. */
void rcp_script_pick_rows(struct rcp_sim *sim, uint32_t session);

/* APPROVE with LEAVE_OPEN: verdicts under the locks, nothing written yet. */
void rcp_script_preview(struct rcp_sim *sim, uint32_t session);

/* Runs the session's script to its COMMIT: tables, and verdicts in the session's rows. */
void rcp_script_commit(struct rcp_sim *sim, uint32_t session);

/* True where the session's script writes nothing and locks nothing: it needs no COMMIT, and a read-only
 * server runs it. */
bool rcp_script_only_reads(const struct rcp_session *session);

#endif
