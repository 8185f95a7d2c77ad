/* What operators do is written down in the database, before it is done and after (prod/sql/0003_operators.sql). */
#ifndef RCP_PROD_CTL_AUDIT_H
#define RCP_PROD_CTL_AUDIT_H

#include "prod/ctl/answer.h"
#include "prod/ctl/peer.h"
#include "prod/ctl/request.h"
#include "prod/mysql/session.h"

/* Writes that it is asked for: *id names the row. False where that is not surely written: then nothing may be
 * done. */
bool rcp_audit_ask(struct rcp_session *session,
                   const struct rcp_peer *peer,
                   uint32_t instance,
                   const struct rcp_ctl_request *request,
                   uint64_t *id);

/* Writes what became of it. False where that is not surely written. */
bool rcp_audit_end(struct rcp_session *session, uint64_t id, const struct rcp_ctl_answer *answer);

#endif
