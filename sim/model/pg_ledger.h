/* The PG's own database: what each call reads and writes. */
#ifndef RCP_SIM_MODEL_PG_LEDGER_H
#define RCP_SIM_MODEL_PG_LEDGER_H

#include "sim/sim.h"

/* Does what the call asks, and fills in its answer and transactions. Returns the index of the transaction
 * that PAY has made, RCP_NOBODY where it made none. */
uint32_t rcp_pg_execute(struct rcp_sim *sim, struct rcp_pg_call *call);

/* The transaction ends as chance has decided. */
void rcp_pg_end(struct rcp_sim *sim, uint32_t index);

#endif
