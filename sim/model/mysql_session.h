/* Sessions of MySQL, as its own files see them.
 *
 *   COMING -> (WAITING for locks) -> COMMITTING -> ANSWERING -> FREE
 *                                 `-> ANSWERING -> OPEN -> COMING (FINISH)      left open
 *   a lost client leaves an ORPHAN (nothing will land) or a LIMBO (COMMIT may land later) */
#ifndef RCP_SIM_MODEL_MYSQL_SESSION_H
#define RCP_SIM_MODEL_MYSQL_SESSION_H

#include "sim/model/link.h"

static inline struct rcp_session *rcp_session_at(const struct rcp_world *world, uint32_t index)
{
    return &rcp_world_sessions(world)[index];
}

static inline bool rcp_session_runs_orders(const struct rcp_session *s)
{
    return rcp_script_is_order((enum rcp_script)s->script);
}

/* What a node is told of it: rcp_session_find() has the way back. */
uint32_t rcp_mysql_session_id(const struct rcp_world *world, uint32_t index);

/* The index of one that nobody uses; RCP_NOBODY: too many connections. */
uint32_t rcp_session_free(const struct rcp_world *world);

/* True where the process that issued its script is gone. */
bool rcp_session_client_is_dead(const struct rcp_world *world, const struct rcp_session *s);

/* True where other scripts of this node succeeded since this one was issued. */
bool rcp_session_others_succeed(const struct rcp_world *world, const struct rcp_session *s);

/* A pending event of this session; it is void once the session has another life. */
struct rcp_pending *rcp_session_push(struct rcp_sim *sim,
                                     uint32_t session,
                                     const struct rcp_issue *issue,
                                     enum rcp_job job,
                                     enum rcp_phase phase,
                                     struct rcp_span span);

/* The issue that the session's script came with. */
struct rcp_issue rcp_session_issue(const struct rcp_session *s);

/* Ends the transaction, whatever it was: locks go, nothing more lands. */
void rcp_mysql_session_close(struct rcp_sim *sim, uint32_t session);

/* Whoever waits for a lock that is free now tries again. */
void rcp_session_wake_waiters(struct rcp_sim *sim);

/* The client is gone, or has given up: the server does not know it yet, and the locks stay. */
void rcp_session_orphan(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session);

#endif
