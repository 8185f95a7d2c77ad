/* How much waits in the database: what operators watch. Read now and then in a session of its own. */
#ifndef RCP_PROD_MYSQL_BACKLOG_H
#define RCP_PROD_MYSQL_BACKLOG_H

#include "prod/mysql/session.h"

struct rcp_backlog {
    uint64_t open;        /* failure rows PENDING or PROCESSING */
    uint64_t oldest_ms;   /* since the oldest of them was written */
    uint64_t parked;      /* failure rows that wait for a person */
    uint64_t unsettled;   /* payments of orders IN_PROGRESS */
    uint64_t unknown;     /* payments of orders UNKNOWN */
    uint64_t review;      /* payments of orders in REVIEW */
    uint64_t refunds_due; /* refunds that are not over */
    uint64_t refunds_parked;
};

/* False where the server does not answer, or the tables are not there. */
bool rcp_backlog_read(struct rcp_session *session, struct rcp_backlog *backlog);

#endif
