/* One script as a transaction in one session: its statements, its COMMIT, and which of the three outcomes
 * that was. UNKNOWN only where COMMIT was sent: until then the server rolls back whatever is lost. */
#include "prod/mysql/transaction.h"

#include "core/check.h"

bool rcp_transaction_only_reads(enum rcp_script script)
{
    return script == RCP_SCRIPT_LOOKUP || script == RCP_SCRIPT_SETTLE ||
           script == RCP_SCRIPT_SWEEP || script == RCP_SCRIPT_FIND;
}

static enum rcp_error_class class_of(enum rcp_sql_end end)
{
    switch (end) {
    case RCP_SQL_OK:
        break;
    case RCP_SQL_CONNECTION:
        return RCP_ERROR_CONNECTION;
    case RCP_SQL_CONTENTION:
        return RCP_ERROR_CONTENTION;
    case RCP_SQL_DUPLICATE:
    case RCP_SQL_DATA:
        return RCP_ERROR_HANDLER;
    }
    rcp_check_failed("statement_failed");
}

static void refuse(struct rcp_job *job, enum rcp_error_class error)
{
    job->outcome = RCP_OUTCOME_REFUSED;
    job->error = error;
}

void rcp_transaction_refuse(struct rcp_job *job)
{
    refuse(job, RCP_ERROR_CONNECTION);
}

/* After a restart of the server another session may have the old number: not this one, at least. */
static enum rcp_sql_end kill_old(const struct rcp_job *job, struct rcp_session *session)
{
    uint32_t old = job->effect.kill_session;
    return old == 0 || old == rcp_session_id(session) ? RCP_SQL_OK : rcp_session_kill(session, old);
}

static enum rcp_sql_end run_statements(struct rcp_job *job, struct rcp_session *session)
{
    enum rcp_sql_end end = kill_old(job, session);
    if (end != RCP_SQL_OK)
        return end;
    return rcp_script_is_order(job->effect.script) ? rcp_order_script(&job->run)
                                                   : rcp_payment_script(&job->run);
}

static void commit(struct rcp_job *job, struct rcp_session *session)
{
    job->outcome = rcp_session_commit(session);
    if (job->outcome == RCP_OUTCOME_REFUSED)
        job->error = RCP_ERROR_CONNECTION;
}

/* ABANDON: whoever left it open wants nothing of it. */
static void abandon(struct rcp_job *job, struct rcp_session *session)
{
    if (rcp_session_rollback(session) == RCP_SQL_OK)
        job->outcome = RCP_OUTCOME_DONE;
    else
        rcp_transaction_refuse(job);
}

void rcp_transaction_run(struct rcp_job *job, struct rcp_session *session, enum rcp_script *open)
{
    enum rcp_script script = job->effect.script;
    job->session = rcp_session_id(session);
    job->run.session = session;
    job->run.first_script = *open;
    *open = RCP_SCRIPT_NONE;
    if (script == RCP_SCRIPT_ABANDON) {
        abandon(job, session);
        return;
    }
    enum rcp_sql_end end = run_statements(job, session);
    if (end != RCP_SQL_OK) {
        rcp_session_rollback(
            session); /* where it fails, the session is lost, and that ends it too */
        refuse(job, class_of(end));
    } else if ((job->effect.flags & RCP_TX_LEAVE_OPEN) != 0 && script != RCP_SCRIPT_FINISH) {
        *open = script;
        job->outcome = RCP_OUTCOME_DONE;
    } else if (rcp_transaction_only_reads(script)) {
        rcp_session_rollback(session);
        job->outcome = RCP_OUTCOME_DONE;
    } else {
        commit(job, session);
    }
}
