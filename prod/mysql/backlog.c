/* One statement; each count has an index that it can use. */
#include "prod/mysql/backlog.h"

static const char counts[] =
    "SELECT (SELECT COUNT(*) FROM payment_failure_log WHERE status IN ('PENDING', 'PROCESSING')),"
    " (SELECT COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(created_at), UTC_TIMESTAMP(6)) DIV 1000, 0)"
    " FROM payment_failure_log WHERE status IN ('PENDING', 'PROCESSING')),"
    " (SELECT COUNT(*) FROM payment_failure_log WHERE status = 'FAILED'),"
    " (SELECT COUNT(*) FROM payments WHERE status = 'IN_PROGRESS'),"
    " (SELECT COUNT(*) FROM payments WHERE status = 'UNKNOWN'),"
    " (SELECT COUNT(*) FROM payments WHERE status = 'REVIEW'),"
    " (SELECT COUNT(*) FROM refunds WHERE status IN ('REFUND_DUE', 'SENT')),"
    " (SELECT COUNT(*) FROM refunds WHERE status = 'REFUND_PARKED')";

static void take(void *context, const struct rcp_sql_value columns[])
{
    *(struct rcp_backlog *)context = (struct rcp_backlog){
        .open = columns[0].number,
        .oldest_ms = columns[1].number,
        .parked = columns[2].number,
        .unsettled = columns[3].number,
        .unknown = columns[4].number,
        .review = columns[5].number,
        .refunds_due = columns[6].number,
        .refunds_parked = columns[7].number,
    };
}

bool rcp_backlog_read(struct rcp_session *session, struct rcp_backlog *backlog)
{
    enum rcp_sql_end end = rcp_session_run(session, counts, NULL, 0, backlog, take, NULL);
    return rcp_session_commit(session) == RCP_OUTCOME_DONE && end == RCP_SQL_OK;
}
