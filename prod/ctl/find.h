/* What the database knows, for an operator: read as committed, in a session of the caller's. */
#ifndef RCP_PROD_CTL_FIND_H
#define RCP_PROD_CTL_FIND_H

#include "prod/ctl/answer.h"
#include "prod/ctl/request.h"
#include "prod/mysql/session.h"

/* LIST: what is parked or pending; a table each in the answer's result. */
void rcp_find_list(struct rcp_session *session,
                   const struct rcp_ctl_request *request,
                   struct rcp_ctl_answer *answer);

/* SHOW: one payment, or one order, with what operators did to it. */
void rcp_find_show(struct rcp_session *session,
                   const struct rcp_ctl_request *request,
                   struct rcp_ctl_answer *answer);

#endif
