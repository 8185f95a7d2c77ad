/* PaymentScheduler: each minute, what is due. Depends on PaymentFacade alone. */
#ifndef RCP_CORE_ORDER_RECONCILE_H
#define RCP_CORE_ORDER_RECONCILE_H

#include "core/state.h"

/* A timer: begins a round when its time has come. */
void rcp_reconcile_tick(struct rcp_step *step);

/* DUE has ended. */
void rcp_reconcile_mysql_done(struct rcp_step *step, const struct rcp_mysql_done *done);

/* At the end of a step: the round is over when no item of it is left. */
void rcp_reconcile_pump(struct rcp_step *step);

/* No more rounds. */
void rcp_reconcile_stop(struct rcp_step *step);

#endif
