/* PaymentRecoveryScheduler: claims due failure rows and sends them to the retry topic, round by round. */
#ifndef RCP_CORE_RECOVERY_SCHEDULER_H
#define RCP_CORE_RECOVERY_SCHEDULER_H

#include "core/state.h"

/* Starts a round where one is due. */
void rcp_scheduler_tick(struct rcp_step *step);

/* CLAIM, FINISH or RELEASE has ended. */
void rcp_scheduler_mysql_done(struct rcp_step *step, const struct rcp_mysql_done *done);

/* The delivery report of one claimed row. */
void rcp_scheduler_sent(struct rcp_step *step, const struct rcp_sent *sent);

/* Graceful stop: what is claimed but not sent goes back. */
void rcp_scheduler_stop(struct rcp_step *step);

#endif
