/* What a client hears of its script: that it was done, that it was not, or that nobody will ever tell. */
#include "sim/model/mysql_answer.h"

#include "sim/model/mysql.h"
#include "sim/model/mysql_note.h"
#include "sim/model/mysql_session.h"

static struct rcp_event failure_event(const struct rcp_world *world,
                                      uint32_t session,
                                      enum rcp_outcome outcome,
                                      enum rcp_error_class error)
{
    const struct rcp_session *s = rcp_session_at(world, session);
    return (struct rcp_event){
        .kind = RCP_EVENT_MYSQL_DONE,
        .mysql_done = {.op_id = s->op_id,
                       .outcome = outcome,
                       .error = error,
                       .session = rcp_mysql_session_id(world, session),
                       .others_succeed = rcp_session_others_succeed(world, s)},
    };
}

void rcp_mysql_fail(struct rcp_sim *sim,
                    const struct rcp_issue *issue,
                    uint32_t session,
                    enum rcp_outcome outcome,
                    enum rcp_error_class error,
                    struct rcp_span span)
{
    struct rcp_event event = failure_event(sim->world, session, outcome, error);
    rcp_note_failure(sim, session, error);
    if (outcome == RCP_OUTCOME_UNKNOWN)
        rcp_note_unknown(sim->world, session);
    rcp_answer_push(sim, issue, &event, span);
}

void rcp_mysql_refuse(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      uint32_t session,
                      enum rcp_error_class error)
{
    rcp_mysql_fail(sim,
                   issue,
                   session,
                   RCP_OUTCOME_REFUSED,
                   error,
                   rcp_link_span(RCP_LINK_MYSQL, (struct rcp_fate){0}));
    rcp_mysql_session_close(sim, session);
}

void rcp_mysql_succeed(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    rcp_session_at(sim->world, session)->state = RCP_SESSION_ANSWERING;
    rcp_session_push(sim,
                     session,
                     issue,
                     RCP_JOB_MYSQL_ANSWERS,
                     RCP_PHASE_ANSWER,
                     rcp_link_span(RCP_LINK_MYSQL, (struct rcp_fate){0}));
}

bool rcp_mysql_goes_unheard(struct rcp_sim *sim,
                            const struct rcp_issue *issue,
                            uint32_t session,
                            bool *dies)
{
    const struct rcp_session *s = rcp_session_at(sim->world, session);
    bool lost = s->fate == RCP_FAULT_MYSQL_LOST_ANSWER;
    *dies = s->fate == RCP_FAULT_CRASH_APPLIED;
    if (lost) {
        rcp_link_struck(sim, issue, issue->fate.fault);
        rcp_mysql_fail(sim,
                       issue,
                       session,
                       RCP_OUTCOME_UNKNOWN,
                       RCP_ERROR_NONE,
                       rcp_until_deadline(sim, s->deadline_ms));
    }
    if (lost || *dies)
        rcp_mysql_session_close(sim, session);
    return lost || *dies;
}

bool rcp_mysql_answer(struct rcp_sim *sim,
                      const struct rcp_pending *pending,
                      struct rcp_event *event)
{
    const struct rcp_world *world = sim->world;
    const struct rcp_session *s = rcp_session_at(world, pending->a);
    if (s->number != pending->b || s->state != RCP_SESSION_ANSWERING)
        return false;
    *event = (struct rcp_event){
        .kind = RCP_EVENT_MYSQL_DONE,
        .mysql_done = {.op_id = s->op_id,
                       .outcome = RCP_OUTCOME_DONE,
                       .session = rcp_mysql_session_id(world, pending->a),
                       .more = s->more != 0,
                       .row_count = s->row_count},
    };
    if (rcp_session_runs_orders(s))
        event->mysql_done.orders = rcp_world_session_orders(world, pending->a);
    else
        event->mysql_done.rows = rcp_world_session_rows(world, pending->a);
    return true;
}

void rcp_mysql_answered(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_session *s = rcp_session_at(sim->world, pending->a);
    if (s->number != pending->b || s->state != RCP_SESSION_ANSWERING)
        return;
    if (!s->left_open) {
        rcp_mysql_session_close(sim, pending->a);
        return;
    }
    s->state = RCP_SESSION_OPEN;
    s->left_open = 0;
    if (rcp_session_client_is_dead(sim->world, s)) {
        struct rcp_issue issue = rcp_issue_of(pending);
        rcp_session_orphan(sim, &issue, pending->a);
    }
}
