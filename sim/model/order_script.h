/* What each order script reads and writes, on the committed tables, under the locks its session holds. */
#ifndef RCP_SIM_MODEL_ORDER_SCRIPT_H
#define RCP_SIM_MODEL_ORDER_SCRIPT_H

#include "sim/sim.h"

/* Runs the session's order script to its COMMIT: tables, and verdicts in the session's rows. */
void rcp_order_script_commit(struct rcp_sim *sim, uint32_t session);

/* DUE, before its locks: picks what is due into the session's rows, SKIP LOCKED, and locks what it
 * claims. */
void rcp_order_pick_due(struct rcp_sim *sim, uint32_t session);

/* --- The scripts, for rcp_order_script_commit --- */

void rcp_order_place(struct rcp_sim *sim, struct rcp_order_row *row, uint32_t flags);
void rcp_order_claim_due(struct rcp_sim *sim, uint32_t session);

/* What a row of the tables says, into what a script brings back. The cart and all that goes in stays. */
void rcp_order_describe(const struct rcp_world *world,
                        uint32_t index,
                        uint32_t flags,
                        struct rcp_order_row *row);

/* The same with its cart, its buyer and its origin. */
void rcp_order_read(const struct rcp_world *world,
                    uint32_t index,
                    uint32_t flags,
                    struct rcp_order_row *row);

#endif
