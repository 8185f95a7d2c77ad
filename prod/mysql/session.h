/* One connection to MySQL, as the scripts use it: prepared statements, one transaction at a time. Belongs to
 * one worker thread; rcp_session_cut() alone may come from another. The client library is hidden behind it. */
#ifndef RCP_PROD_MYSQL_SESSION_H
#define RCP_PROD_MYSQL_SESSION_H

#include "core/event.h"

#include <stddef.h>

struct rcp_session;

/* How a statement ended. */
enum rcp_sql_end {
    RCP_SQL_OK,
    RCP_SQL_CONNECTION, /* no connection, lost, cut, too many, read only */
    RCP_SQL_CONTENTION, /* 1205, 1213 */
    RCP_SQL_DUPLICATE,  /* 1062: a unique key holds another row */
    RCP_SQL_DATA        /* any other error: the statement itself cannot succeed */
};

/* What goes into a placeholder, in order, and what comes back of a column. */
enum rcp_sql_kind {
    RCP_SQL_NULL,
    RCP_SQL_NUMBER, /* unsigned 64 bit */
    RCP_SQL_TEXT    /* utf8 or bytes */
};

#define RCP_SQL_TEXT_MAX 512u

struct rcp_sql_value {
    enum rcp_sql_kind kind;
    uint64_t number;
    const char *text; /* in: the caller's, for this call; out: the session's, until its next statement */
    uint32_t text_size;
};

/* Runs the statement behind this text, prepared once per connection (the text's address names it: pass
 * string constants). Row by row, `row` gets the columns; NULL where none come. *changed gets the rows
 * matched (found-rows semantics); NULL where nobody asks. */
enum rcp_sql_end rcp_session_run(struct rcp_session *session,
                                 const char *sql,
                                 const struct rcp_sql_value values[],
                                 uint32_t value_count,
                                 void *context,
                                 void (*row)(void *context, const struct rcp_sql_value columns[]),
                                 uint64_t *changed);

/* AUTO_INCREMENT of the last INSERT. */
uint64_t rcp_session_inserted(const struct rcp_session *session);

#endif
