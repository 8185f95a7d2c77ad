/* What outlives a client at the server, and what nothing outlives: the server itself goes down. */
#include "sim/model/mysql.h"

#include "sim/model/mysql_answer.h"
#include "sim/model/mysql_session.h"

void rcp_mysql_reap(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    const struct rcp_session *s = rcp_session_at(sim->world, pending->a);
    if (s->number == pending->b && s->state == RCP_SESSION_ORPHAN)
        rcp_mysql_session_close(sim, pending->a);
}

void rcp_mysql_client_died(struct rcp_sim *sim, uint32_t node)
{
    for (uint32_t i = 0; i < sim->world->config.sessions; i++) {
        const struct rcp_session *s = rcp_session_at(sim->world, i);
        if (s->node != node || (s->state != RCP_SESSION_OPEN && s->state != RCP_SESSION_WAITING))
            continue;
        struct rcp_issue issue = rcp_session_issue(s);
        rcp_session_orphan(sim, &issue, i);
    }
}

void rcp_mysql_down(struct rcp_sim *sim)
{
    struct rcp_world *world = sim->world;
    for (uint32_t i = 0; i < world->config.sessions; i++) {
        const struct rcp_session *s = rcp_session_at(world, i);
        if (s->state == RCP_SESSION_OPEN || s->state == RCP_SESSION_ORPHAN ||
            s->state == RCP_SESSION_LIMBO) {
            rcp_mysql_session_close(sim, i);
        } else if (s->state == RCP_SESSION_WAITING) {
            struct rcp_issue issue = rcp_session_issue(s);
            rcp_mysql_refuse(sim, &issue, i, RCP_ERROR_CONNECTION);
        }
    }
}
