/* A script at the server, up to its COMMIT: whether the server is there, locks, statements. */
#include "sim/model/mysql.h"
#include "sim/model/mysql_answer.h"
#include "sim/model/mysql_lock.h"
#include "sim/model/mysql_script.h"
#include "sim/model/mysql_session.h"

static bool server_is_away(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    const struct rcp_world *world = sim->world;
    struct rcp_session *s = rcp_session_at(world, session);
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_DOWN)) {
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_DOWN);
        rcp_mysql_refuse(sim, issue, session, RCP_ERROR_CONNECTION);
        return true;
    }
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_SILENT)) {
        /* COMMIT was never sent, so this surely does not happen. */
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_SILENT);
        rcp_mysql_fail(sim,
                       issue,
                       session,
                       RCP_OUTCOME_REFUSED,
                       RCP_ERROR_CONNECTION,
                       rcp_until_deadline(sim, s->deadline_ms));
        rcp_session_orphan(sim, issue, session);
        return true;
    }
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_READ_ONLY) && !rcp_script_only_reads(s)) {
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_READ_ONLY);
        rcp_mysql_refuse(sim, issue, session, RCP_ERROR_CONNECTION);
        return true;
    }
    return false;
}

/* SETTLE and FIND kill the session whose COMMIT is unknown: from here on it cannot land any more. */
static void kill_old(struct rcp_sim *sim, const struct rcp_session *s)
{
    uint32_t old = rcp_session_find(sim->world, s->kill);
    if (old != RCP_NOBODY && rcp_session_at(sim->world, old) != s)
        rcp_mysql_session_close(sim, old);
}

/* Each lock is a statement of its own, and others come in between: only where locks are taken in one
 * order by all does that make no difference. */
static bool goes_step_by_step(const struct rcp_session *s)
{
    return rcp_session_runs_orders(s) && (s->flags & RCP_TX_MIXED_LOCKS) != 0;
}

/* True where the script has all its locks; else it waits, is the victim of a deadlock, or is at its next
 * statement before long. */
static bool take_locks(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    struct rcp_world *world = sim->world;
    struct rcp_session *s = rcp_session_at(world, session);
    for (uint32_t lock = rcp_lock_next(world, session); lock != 0;
         lock = rcp_lock_next(world, session)) {
        enum rcp_lock_result result = rcp_lock_take(world, session, lock);
        if (result == RCP_LOCK_DEADLOCK) {
            rcp_mysql_refuse(sim, issue, session, RCP_ERROR_CONTENTION);
            return false;
        }
        if (result == RCP_LOCK_BUSY) {
            uint64_t wait_ms = s->deadline_ms > world->now_ms ? s->deadline_ms - world->now_ms : 1;
            wait_ms = wait_ms < RCP_LOCK_WAIT_MS ? wait_ms : RCP_LOCK_WAIT_MS;
            s->state = RCP_SESSION_WAITING;
            s->wait_number++;
            rcp_session_push(sim,
                             session,
                             issue,
                             RCP_JOB_MYSQL_LOCK_WAITED,
                             RCP_PHASE_LOCK_WAIT,
                             (struct rcp_span){wait_ms, wait_ms})
                ->c = s->wait_number;
            return false;
        }
        s->lock_at++;
        if (goes_step_by_step(s) && rcp_lock_next(world, session) != 0) {
            s->state = RCP_SESSION_COMING;
            rcp_session_push(
                sim, session, issue, RCP_JOB_MYSQL_RUNS, RCP_PHASE_APPLY, (struct rcp_span){0, 2});
            return false;
        }
    }
    s->state = RCP_SESSION_COMING;
    return true;
}

/* An entry that fails every time: its statement, or the whole connection. */
static enum rcp_error_class poisoned(struct rcp_sim *sim, uint32_t session)
{
    const struct rcp_world *world = sim->world;
    const struct rcp_session *s = rcp_session_at(world, session);
    const struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    for (uint32_t i = 0; s->script == RCP_SCRIPT_APPROVE && i < s->row_count; i++) {
        uint32_t payment =
            rcp_world_payment(world, rows[i].payload.activity_id, rows[i].payload.user_id);
        enum rcp_error_class poison =
            (enum rcp_error_class)rcp_world_entries(world)[payment].poison;
        if (poison == RCP_ERROR_NONE)
            continue;
        rcp_plan_struck(sim,
                        poison == RCP_ERROR_HANDLER ? RCP_FAULT_POISON_ENTRY
                                                    : RCP_FAULT_POISON_CONNECTION,
                        s->node,
                        payment);
        return poison;
    }
    return RCP_ERROR_NONE;
}

/* The script's answer comes before its COMMIT: FINISH or ABANDON will follow. */
static bool leaves_open(const struct rcp_session *s)
{
    return (s->flags & RCP_TX_LEAVE_OPEN) != 0 && s->first_script == RCP_SCRIPT_NONE;
}

/* The statements meet their fate. True where the script goes on to its COMMIT. */
static bool statements_succeed(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    struct rcp_session *s = rcp_session_at(sim->world, session);
    enum rcp_error_class poison = poisoned(sim, session);
    if (poison != RCP_ERROR_NONE) {
        rcp_mysql_refuse(sim, issue, session, poison);
        return false;
    }
    if (s->fate == RCP_FAULT_MYSQL_DEADLOCK || s->fate == RCP_FAULT_MYSQL_LOCK_TIMEOUT) {
        rcp_link_struck(sim, issue, issue->fate.fault);
        rcp_mysql_refuse(sim, issue, session, RCP_ERROR_CONTENTION);
        return false;
    }
    if (s->fate == RCP_FAULT_MYSQL_LOST_STATEMENT) {
        rcp_link_struck(sim, issue, issue->fate.fault);
        rcp_mysql_fail(sim,
                       issue,
                       session,
                       RCP_OUTCOME_REFUSED,
                       RCP_ERROR_CONNECTION,
                       rcp_until_deadline(sim, s->deadline_ms));
        rcp_session_orphan(sim, issue, session);
        return false;
    }
    return true;
}

/* The statements are done: what follows is an answer, or the way to COMMIT. */
static bool statements_done(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    struct rcp_session *s = rcp_session_at(sim->world, session);
    if (s->script == RCP_SCRIPT_ABANDON) {
        rcp_mysql_session_close(sim, session);
        return s->fate == RCP_FAULT_CRASH_APPLIED;
    }
    if (leaves_open(s)) {
        if (s->script == RCP_SCRIPT_APPROVE)
            rcp_script_preview(sim, session);
        s->left_open = 1;
        rcp_mysql_succeed(sim, issue, session);
        return false;
    }
    if (rcp_script_only_reads(s)) {
        bool dies = false;
        rcp_script_commit(sim, session);
        if (!rcp_mysql_goes_unheard(sim, issue, session, &dies))
            rcp_mysql_succeed(sim, issue, session);
        return dies;
    }
    s->state = RCP_SESSION_COMMITTING;
    rcp_session_push(sim,
                     session,
                     issue,
                     RCP_JOB_MYSQL_COMMITS,
                     RCP_PHASE_COMMIT,
                     rcp_link_span(RCP_LINK_MYSQL, (struct rcp_fate){0}));
    return false;
}

bool rcp_mysql_run(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_world *world = sim->world;
    struct rcp_issue issue = rcp_issue_of(pending);
    uint32_t session = pending->a;
    struct rcp_session *s = rcp_session_at(world, session);
    if (s->number != pending->b ||
        (s->state != RCP_SESSION_COMING && s->state != RCP_SESSION_WAITING))
        return false;
    s->woken = 0;
    if (server_is_away(sim, &issue, session))
        return false;
    if ((s->script == RCP_SCRIPT_SETTLE || s->script == RCP_SCRIPT_FIND) &&
        s->state == RCP_SESSION_COMING)
        kill_old(sim, s);
    if (s->state == RCP_SESSION_COMING && s->lock_at == 0)
        rcp_script_pick_rows(sim, session);
    bool selects = leaves_open(s) && s->script == RCP_SCRIPT_CLAIM; /* plain: it locks nothing */
    if (!selects && !take_locks(sim, &issue, session))
        return false;
    if (rcp_session_client_is_dead(world, s)) {
        rcp_session_orphan(sim, &issue, session); /* nobody is there to send COMMIT */
        return false;
    }
    return statements_succeed(sim, &issue, session) && statements_done(sim, &issue, session);
}

void rcp_mysql_lock_waited(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_session *s = rcp_session_at(sim->world, pending->a);
    if (s->number != pending->b || s->state != RCP_SESSION_WAITING || s->wait_number != pending->c)
        return;
    struct rcp_issue issue = rcp_issue_of(pending);
    rcp_mysql_refuse(sim, &issue, pending->a, RCP_ERROR_CONTENTION);
}
