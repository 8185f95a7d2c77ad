/* MySQL: sessions, what can happen to their scripts on the way, and what outlives its client. */
#ifndef RCP_SIM_MODEL_MYSQL_H
#define RCP_SIM_MODEL_MYSQL_H

#include "sim/model/link.h"

/* The index of the session behind an id that a node was told; RCP_NOBODY where that connection is gone. */
static inline uint32_t rcp_session_find(const struct rcp_world *world, uint32_t id)
{
    uint32_t index = (id & 0xffu) - 1u;
    if (id == 0 || index >= world->config.sessions)
        return RCP_NOBODY;
    const struct rcp_session *s = &rcp_world_sessions(world)[index];
    return s->state != RCP_SESSION_FREE && s->number == id >> 8 ? index : RCP_NOBODY;
}

/* A node issues a script. */
void rcp_mysql_issue(struct rcp_sim *sim,
                     const struct rcp_issue *issue,
                     const struct rcp_mysql_effect *effect,
                     const struct rcp_tx_row *rows);

/* The same for an order script. */
void rcp_mysql_issue_order(struct rcp_sim *sim,
                           const struct rcp_issue *issue,
                           const struct rcp_mysql_effect *effect,
                           const struct rcp_order_row *rows);

/* The script reaches the server, or goes on after a lock wait. True where it ends here and the client's
 * process dies of it (CRASH_APPLIED). */
bool rcp_mysql_run(struct rcp_sim *sim, const struct rcp_pending *pending);

/* COMMIT reaches the server. True where the client's process dies of it (CRASH_APPLIED). */
bool rcp_mysql_commit(struct rcp_sim *sim, const struct rcp_pending *pending);

/* The answer reaches the node: *event is what it steps (rows in the session's block, valid until the
 * next script is issued). False where the session has another life by now. */
bool rcp_mysql_answer(struct rcp_sim *sim,
                      const struct rcp_pending *pending,
                      struct rcp_event *event);
void rcp_mysql_answered(struct rcp_sim *sim, const struct rcp_pending *pending);

/* innodb_lock_wait_timeout: 1205. */
void rcp_mysql_lock_waited(struct rcp_sim *sim, const struct rcp_pending *pending);

/* The server notices that the session's client is gone. */
void rcp_mysql_reap(struct rcp_sim *sim, const struct rcp_pending *pending);

/* A process died: its sessions are orphans; what was committing still lands. */
void rcp_mysql_client_died(struct rcp_sim *sim, uint32_t node);

/* The server goes down: what was not committed is gone. */
void rcp_mysql_down(struct rcp_sim *sim);

#endif
