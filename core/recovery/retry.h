/* PaymentRetryConsumer: what happens to a record when it comes in, and when its pause is over. */
#ifndef RCP_CORE_RECOVERY_RETRY_H
#define RCP_CORE_RECOVERY_RETRY_H

#include "core/state.h"

void rcp_retry_record(struct rcp_step *step, const struct rcp_record_event *event);

/* Goes on with the records whose pause is over; finds out when the next one is. */
void rcp_retry_wake(struct rcp_step *step);

#endif
