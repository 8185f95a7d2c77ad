/* What a session is made of, for the two files that know the client library. Nobody else includes this. */
#ifndef RCP_PROD_MYSQL_SESSION_ADAPTER_H
#define RCP_PROD_MYSQL_SESSION_ADAPTER_H

#include "prod/mysql/session.h"

#include <mysql.h>
#include <pthread.h>

/* MariaDB Connector/C has a type of its own for what Oracle's library calls bool. */
#ifdef MARIADB_BASE_VERSION
#define RCP_SQL_FLAG my_bool
#else
#define RCP_SQL_FLAG bool
#endif

#define RCP_STATEMENTS_MAX 1024u /* a power of two; texts that one session may have prepared */

/* A prepared statement, and room for one of its rows. */
struct rcp_statement {
    const char *sql; /* its name */
    MYSQL_STMT *handle;
    uint32_t params;
    uint32_t columns;
    MYSQL_BIND *in;
    MYSQL_BIND *out;
    struct rcp_sql_value *row;
    char *text; /* RCP_SQL_TEXT_MAX for each column */
    unsigned long *sizes;
    RCP_SQL_FLAG *nulls;
};

struct rcp_session {
    MYSQL *mysql;
    uint32_t id;
    bool lost;
    uint64_t stamp;
    uint64_t inserted;
    struct rcp_session_error failure;
    pthread_mutex_t cut_lock; /* guards fd and cut against the thread that cuts */
    int fd;
    bool cut;
    uint32_t statement_count;
    struct rcp_statement *statements[RCP_STATEMENTS_MAX]; /* by hash of the text's address */
};

/* Keeps what failed, and says how that statement ended. */
enum rcp_sql_end rcp_session_failed(struct rcp_session *session, uint32_t code, const char *text);

/* True where another thread has cut it. */
bool rcp_session_was_cut(struct rcp_session *session);

void rcp_statement_close(struct rcp_statement *statement);

#endif
