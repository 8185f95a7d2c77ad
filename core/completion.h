/* Completions: each is for the owner that its op id names. One for a dead incarnation, or for a slot that is
 * not there, is for nobody. */
#ifndef RCP_CORE_COMPLETION_H
#define RCP_CORE_COMPLETION_H

#include "core/state.h"

void rcp_completion_redis(struct rcp_step *step, const struct rcp_redis_done *done);
void rcp_completion_mysql(struct rcp_step *step, const struct rcp_mysql_done *done);
void rcp_completion_sent(struct rcp_step *step, const struct rcp_sent *event);
void rcp_completion_pg(struct rcp_step *step, const struct rcp_pg_done *done);

#endif
