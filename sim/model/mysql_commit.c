/* COMMIT: it takes effect, once or twice, later, or never; and who hears of it. */
#include "sim/model/mysql.h"
#include "sim/model/mysql_answer.h"
#include "sim/model/mysql_lock.h"
#include "sim/model/mysql_note.h"
#include "sim/model/mysql_script.h"
#include "sim/model/mysql_session.h"

#include <string.h>

#define LATE_MS 30000u /* a late COMMIT lands within this after its client has given up */

/* The client gives up on a COMMIT that will land later, unless somebody kills its session first. */
static void enter_limbo(struct rcp_sim *sim,
                        const struct rcp_issue *issue,
                        uint32_t session,
                        struct rcp_span span)
{
    struct rcp_session *s = rcp_session_at(sim->world, session);
    rcp_mysql_fail(sim,
                   issue,
                   session,
                   RCP_OUTCOME_UNKNOWN,
                   RCP_ERROR_NONE,
                   rcp_until_deadline(sim, s->deadline_ms));
    struct rcp_issue late = *issue;
    late.fate = (struct rcp_fate){0};
    s->state = RCP_SESSION_LIMBO;
    s->fate = RCP_FAULT_NONE;
    rcp_session_push(sim, session, &late, RCP_JOB_MYSQL_COMMITS, RCP_PHASE_LATE, span);
}

/* COMMIT meets its fate before it takes effect. True where it does not take effect now. */
static bool commit_goes_astray(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    const struct rcp_world *world = sim->world;
    struct rcp_session *s = rcp_session_at(world, session);
    struct rcp_span silence = rcp_until_deadline(sim, s->deadline_ms);
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_DOWN)) {
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_DOWN);
        if (s->state == RCP_SESSION_COMMITTING)
            rcp_mysql_fail(sim, issue, session, RCP_OUTCOME_UNKNOWN, RCP_ERROR_NONE, silence);
        rcp_mysql_session_close(sim, session);
        return true;
    }
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_SILENT)) {
        uint64_t thaw_ms = world->thaw_ms[RCP_FAULT_MYSQL_SILENT] - world->now_ms + 1u;
        struct rcp_span thaw = {thaw_ms, thaw_ms + 10};
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_SILENT);
        if (s->state == RCP_SESSION_COMMITTING)
            enter_limbo(sim, issue, session, thaw);
        else
            rcp_session_push(sim, session, issue, RCP_JOB_MYSQL_COMMITS, RCP_PHASE_LATE, thaw);
        return true;
    }
    if (s->fate == RCP_FAULT_MYSQL_LOST_COMMIT) {
        rcp_link_struck(sim, issue, issue->fate.fault);
        rcp_mysql_fail(sim, issue, session, RCP_OUTCOME_UNKNOWN, RCP_ERROR_NONE, silence);
        rcp_session_orphan(sim, issue, session);
        return true;
    }
    if (s->fate == RCP_FAULT_MYSQL_LATE_COMMIT) {
        struct rcp_span late = {silence.longest_ms, silence.longest_ms + LATE_MS};
        if (s->late_ms != 0)
            late = (struct rcp_span){s->late_ms, s->late_ms};
        else
            rcp_link_struck(sim, issue, issue->fate.fault);
        enter_limbo(sim, issue, session, late);
        return true;
    }
    return false;
}

/* A session's rows, whichever kind its script has, set aside. */
struct aside {
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
    struct rcp_order_row orders[RCP_TX_ROWS_MAX];
};

static void set_aside(const struct rcp_world *world, uint32_t session, struct aside *aside)
{
    if (rcp_session_runs_orders(rcp_session_at(world, session)))
        memcpy(aside->orders,
               rcp_world_session_orders(world, session),
               rcp_session_order_room(&world->config) * sizeof aside->orders[0]);
    else
        memcpy(aside->rows, rcp_world_session_rows(world, session), sizeof aside->rows);
}

static void bring_back(const struct rcp_world *world, uint32_t session, const struct aside *aside)
{
    if (rcp_session_runs_orders(rcp_session_at(world, session)))
        memcpy(rcp_world_session_orders(world, session),
               aside->orders,
               rcp_session_order_room(&world->config) * sizeof aside->orders[0]);
    else
        memcpy(rcp_world_session_rows(world, session), aside->rows, sizeof aside->rows);
}

/* The whole transaction again, in a session of its own right behind the first: a proxy or a person did not
 * hear that it was committed. What it answers is not what the client hears. */
static void run_again(struct rcp_sim *sim, uint32_t session, const struct aside *asked)
{
    struct rcp_session *s = rcp_session_at(sim->world, session);
    struct aside answered;
    struct rcp_session before = *s;
    set_aside(sim->world, session, &answered);
    bring_back(sim->world, session, asked);
    rcp_script_pick_rows(sim, session);
    rcp_script_commit(sim, session);
    bring_back(sim->world, session, &answered);
    s->row_count = before.row_count;
    s->more = before.more;
}

static void take_effect(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    struct aside asked;
    bool twice = rcp_sim_twice(
        sim, RCP_TWICE_COMMIT, (enum rcp_site)issue->key.site, issue->payment, issue->purchase);
    if (twice)
        set_aside(sim->world, session, &asked);
    rcp_script_commit(sim, session);
    if (twice)
        run_again(sim, session, &asked);
}

bool rcp_mysql_commit(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_world *world = sim->world;
    struct rcp_issue issue = rcp_issue_of(pending);
    uint32_t session = pending->a;
    struct rcp_session *s = rcp_session_at(world, session);
    bool late = s->state == RCP_SESSION_LIMBO;
    if (s->number != pending->b || (s->state != RCP_SESSION_COMMITTING && !late))
        return false; /* killed: it will never land */
    if (commit_goes_astray(sim, &issue, session))
        return false;
    take_effect(sim, &issue, session);
    if (late) {
        rcp_mysql_session_close(sim, session);
        return false;
    }
    rcp_note_commit(sim, session);
    bool dies = false;
    if (rcp_mysql_goes_unheard(sim, &issue, session, &dies))
        return dies;
    rcp_lock_release_all(world, session);
    s->left_open = 0;
    s->first_script = 0;
    rcp_mysql_succeed(sim, &issue, session);
    rcp_session_wake_waiters(sim);
    return false;
}
