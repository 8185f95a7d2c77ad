/* The door: what is decided about a request before anybody is asked. */
#ifndef RCP_CORE_PAYMENT_REQUEST_H
#define RCP_CORE_PAYMENT_REQUEST_H

#include "core/state.h"

/* Admits a request into a flow, or answers it at once. */
void rcp_request_arrived(struct rcp_step *step, const struct rcp_request *request);

/* GET, DEL or EXPIRE of a flow has ended. */
void rcp_request_redis_done(struct rcp_step *step,
                            uint32_t slot,
                            const struct rcp_redis_done *done);

/* A script of a single flow has ended. */
void rcp_flow_mysql_done(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done);

#endif
