/* What became of a script, noted at its node, its requests, or the failure rows it is about. */
#ifndef RCP_SIM_MODEL_MYSQL_NOTE_H
#define RCP_SIM_MODEL_MYSQL_NOTE_H

#include "sim/sim.h"

/* Evidence that a row's failure is its own doing: its statement failed, and not that of another in the
 * group; or it alone failed while others succeeded. And the request whose failure log could not be written. */
void rcp_note_failure(struct rcp_sim *sim, uint32_t session, enum rcp_error_class error);

/* The same for a script that got no session: its failure log could not be written. */
void rcp_note_log_refused(struct rcp_sim *sim,
                          const struct rcp_mysql_effect *effect,
                          const struct rcp_tx_row *rows);

/* A request's COMMIT that may have happened. */
void rcp_note_unknown(const struct rcp_world *world, uint32_t session);

/* COMMIT took effect: scripts of this node succeed, and its failure log is written. */
void rcp_note_commit(struct rcp_sim *sim, uint32_t session);

#endif
