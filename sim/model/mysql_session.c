/* A session's life: taken by a script, held by its locks, closed, or left behind by its client. */
#include "sim/model/mysql_session.h"

#include "sim/model/mysql_lock.h"

uint32_t rcp_mysql_session_id(const struct rcp_world *world, uint32_t index)
{
    return rcp_session_at(world, index)->number << 8 | (index + 1u);
}

uint32_t rcp_session_free(const struct rcp_world *world)
{
    for (uint32_t i = 0; i < world->config.sessions; i++)
        if (rcp_session_at(world, i)->state == RCP_SESSION_FREE)
            return i;
    return RCP_NOBODY;
}

bool rcp_session_client_is_dead(const struct rcp_world *world, const struct rcp_session *s)
{
    const struct rcp_sim_node *node = &world->nodes[s->node];
    return !node->alive || node->incarnation != s->incarnation;
}

bool rcp_session_others_succeed(const struct rcp_world *world, const struct rcp_session *s)
{
    return world->nodes[s->node].mysql_ok_ms > s->issued_ms;
}

struct rcp_pending *rcp_session_push(struct rcp_sim *sim,
                                     uint32_t session,
                                     const struct rcp_issue *issue,
                                     enum rcp_job job,
                                     enum rcp_phase phase,
                                     struct rcp_span span)
{
    struct rcp_pending *pending = rcp_issue_push(sim, issue, job, phase, span);
    struct rcp_session *s = rcp_session_at(sim->world, session);
    struct rcp_key key = rcp_key_unpack(pending->key);
    key.copy = (uint8_t)s->repeats++;
    pending->key = rcp_key_pack(key);
    pending->a = session;
    pending->b = s->number;
    return pending;
}

struct rcp_issue rcp_session_issue(const struct rcp_session *s)
{
    return (struct rcp_issue){.key = rcp_key_unpack(s->key),
                              .fate = {.fault = (enum rcp_fault)s->fate},
                              .node = s->node,
                              .payment = s->payment,
                              .purchase = s->purchase,
                              .role = s->role,
                              .flags = (uint8_t)s->flags,
                              .script = s->script};
}

void rcp_session_wake_waiters(struct rcp_sim *sim)
{
    struct rcp_world *world = sim->world;
    for (uint32_t i = 0; i < world->config.sessions; i++) {
        struct rcp_session *s = rcp_session_at(world, i);
        if (s->state != RCP_SESSION_WAITING || s->woken ||
            !rcp_lock_is_free(world, i, s->wait_lock))
            continue;
        struct rcp_issue issue = rcp_session_issue(s);
        s->woken = 1;
        rcp_session_push(
            sim, i, &issue, RCP_JOB_MYSQL_RUNS, RCP_PHASE_APPLY, (struct rcp_span){0, 2});
    }
}

void rcp_mysql_session_close(struct rcp_sim *sim, uint32_t session)
{
    struct rcp_session *s = rcp_session_at(sim->world, session);
    rcp_lock_release_all(sim->world, session);
    s->state = RCP_SESSION_FREE;
    s->first_script = 0;
    s->row_count = 0;
    rcp_session_wake_waiters(sim);
}

void rcp_session_orphan(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    rcp_session_at(sim->world, session)->state = RCP_SESSION_ORPHAN;
    uint64_t notice_ms = sim->world->config.orphan_ms;
    rcp_session_push(sim,
                     session,
                     issue,
                     RCP_JOB_MYSQL_REAPS,
                     RCP_PHASE_REAP,
                     (struct rcp_span){1, notice_ms > 1 ? notice_ms : 1});
}
