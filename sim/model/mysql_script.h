/* What each script reads and writes, on the committed tables, under the locks that its session holds. */
#ifndef RCP_SIM_MODEL_MYSQL_SCRIPT_H
#define RCP_SIM_MODEL_MYSQL_SCRIPT_H

#include "sim/sim.h"

/* Before the locks of a script that finds its own rows (CLAIM, DUE): picks them into the session's rows. */
void rcp_script_pick_rows(struct rcp_sim *sim, uint32_t session);

/* APPROVE with LEAVE_OPEN: verdicts under the locks, nothing written yet. */
void rcp_script_preview(struct rcp_sim *sim, uint32_t session);

/* Runs the session's script to its COMMIT: tables, and verdicts in the session's rows. */
void rcp_script_commit(struct rcp_sim *sim, uint32_t session);

/* True where the session's script writes nothing and locks nothing: it needs no COMMIT, and a read-only
 * server runs it. */
bool rcp_script_only_reads(const struct rcp_session *session);

/* --- The scripts, for mysql_script.c; those over orders are in order_script.h --- */

/* The payment that this row is about. */
static inline uint32_t rcp_script_payment(const struct rcp_world *world,
                                          const struct rcp_tx_row *row)
{
    return rcp_world_payment(world, row->payload.activity_id, row->payload.user_id);
}

/* entry_script.c */
void rcp_script_approve(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t flags);
void rcp_script_fence(struct rcp_sim *sim, struct rcp_tx_row *row);
void rcp_script_reject(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t session);

/* LOOKUP, SETTLE, and the first half of FENCE. */
enum rcp_verdict rcp_script_look(const struct rcp_world *world,
                                 uint32_t payment,
                                 uint64_t product_id);

/* log_script.c */
void rcp_script_log(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t flags);
void rcp_script_release(struct rcp_sim *sim, struct rcp_tx_row *row);
void rcp_script_put_off(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t flags);

/* Documented: the batch is closed when the producer has it. By id alone where the claim was plain. */
void rcp_script_hand_over(struct rcp_sim *sim, struct rcp_tx_row *row, const struct rcp_session *s);

/* A failure row of the table, as what a script brings back. */
void rcp_script_read_row(const struct rcp_world *world, uint32_t index, struct rcp_tx_row *row);

/* operator_script.c: a parked row is opened, an open one parked. */
void rcp_script_reopen(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t session);
void rcp_script_shelve(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t session);

/* claim_script.c: picks due rows, SKIP LOCKED (PLAIN: without a look at locks); then claims them, and parks
 * those that are worn out. */
void rcp_script_pick_claims(struct rcp_sim *sim, uint32_t session);
void rcp_script_claim(struct rcp_sim *sim, uint32_t session);

/* sweep_script.c */
void rcp_script_sweep(struct rcp_sim *sim, uint32_t session);
void rcp_script_mark(struct rcp_sim *sim, struct rcp_tx_row *row);

#endif
