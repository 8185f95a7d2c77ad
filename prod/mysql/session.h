/* One connection to MySQL, as the scripts use it: prepared statements, one transaction at a time. Belongs to
 * one worker thread; rcp_session_cut() alone may come from another. The client library is hidden behind it. */
#ifndef RCP_PROD_MYSQL_SESSION_H
#define RCP_PROD_MYSQL_SESSION_H

#include "core/event.h"

#include <stdbool.h>
#include <stddef.h>

struct rcp_session;

/* How much of TLS is asked for. */
enum rcp_tls {
    RCP_TLS_OFF,
    RCP_TLS_REQUIRED, /* encrypted, whoever the server is */
    RCP_TLS_VERIFIED, /* and its certificate is checked against `tls_ca` */
};

/* Where the server is, and as whom to speak to it. Strings are the caller's, for the session's life. */
struct rcp_session_options {
    const char *host;   /* TCP; NULL where `socket` is given */
    const char *socket; /* path of a unix socket; NULL for TCP */
    uint16_t port;      /* TCP */
    const char *user;
    const char *password; /* NULL for none */
    const char *database;
    enum rcp_tls tls;
    const char *tls_ca; /* PEM files; NULL for none */
    const char *tls_cert;
    const char *tls_key;
    bool patient; /* for migrations: its statements may take hours */
};

#define RCP_SESSION_CONNECT_S 2u /* a connection stands after this, or is given up */
#define RCP_SESSION_IO_S      3u /* no statement waits longer, even where nobody cuts it */
#define RCP_SESSION_PATIENT_S 86400u
#define RCP_SESSION_IDLE_S    20u /* the server gives up on a client that is silent for longer */

/* How a statement ended. */
enum rcp_sql_end {
    RCP_SQL_OK,
    RCP_SQL_CONNECTION, /* no connection, lost, cut, too many, read only; the row is not to blame */
    RCP_SQL_CONTENTION, /* 1205, 1213, or a statement that waited too long */
    RCP_SQL_DUPLICATE,  /* 1062: a unique key holds another row */
    RCP_SQL_DATA        /* any other error: the statement itself cannot succeed */
};

/* What goes into a placeholder, in order, and what comes back of a column. */
enum rcp_sql_kind {
    RCP_SQL_NULL,
    RCP_SQL_NUMBER, /* unsigned 64 bit */
    RCP_SQL_TEXT    /* utf8 or bytes */
};

#define RCP_SQL_TEXT_MAX 512u /* a longer column ends its statement with RCP_SQL_DATA */

struct rcp_sql_value {
    uint64_t number;
    const char
        *text; /* in: the caller's, for this call; out: the session's, until its next statement */
    uint32_t text_size;
    enum rcp_sql_kind kind;
};

static inline struct rcp_sql_value rcp_sql_number(uint64_t number)
{
    return (struct rcp_sql_value){.kind = RCP_SQL_NUMBER, .number = number};
}

/* NULL in the table where there are no bytes. */
static inline struct rcp_sql_value rcp_sql_bytes(const char *text, size_t size)
{
    if (size == 0)
        return (struct rcp_sql_value){.kind = RCP_SQL_NULL};
    return (struct rcp_sql_value){.kind = RCP_SQL_TEXT, .text = text, .text_size = (uint32_t)size};
}

/* Why there is no session, or how its last statement failed. */
struct rcp_session_error {
    uint32_t code; /* the server's or the client library's; 0 where it is ours */
    char text[256];
};

/* Once per process, before any thread opens a session; false where the client library refuses. */
bool rcp_session_library_init(void);
void rcp_session_library_end(void);

/* Once per thread that uses sessions, at its end. */
void rcp_session_thread_end(void);

/* Connects: READ COMMITTED (read back), found-rows semantics, strict, utf8mb4, UTC, no autocommit. NULL where
 * the server is not there, or is not as the promises need it; *error says why. Freed by close. */
struct rcp_session *rcp_session_open(const struct rcp_session_options *options,
                                     struct rcp_session_error *error);
void rcp_session_close(struct rcp_session *session);

/* The server's name for it: what KILL takes. */
uint32_t rcp_session_id(const struct rcp_session *session);

/* Runs the statement behind this text, prepared once per connection (the text's address names it: pass
 * string constants). Row by row, `row` gets the columns; NULL where none come. *changed gets the rows
 * matched (found-rows semantics); NULL where nobody asks. A transaction begins by itself. */
enum rcp_sql_end rcp_session_run(struct rcp_session *session,
                                 const char *sql,
                                 const struct rcp_sql_value values[],
                                 uint32_t value_count,
                                 void *context,
                                 void (*row)(void *context, const struct rcp_sql_value columns[]),
                                 uint64_t *changed);

/* AUTO_INCREMENT of the last INSERT: of its first row. */
uint64_t rcp_session_inserted(const struct rcp_session *session);

/* A statement that cannot be prepared, or is not worth it: run as it stands, its rows left unread. */
enum rcp_sql_end rcp_session_say(struct rcp_session *session, const char *sql, size_t size);

/* Ends the transaction. DONE: committed. REFUSED: COMMIT was never sent. UNKNOWN: it was, and it is not
 * known what became of it: the session is of no more use. */
enum rcp_outcome rcp_session_commit(struct rcp_session *session);
enum rcp_sql_end rcp_session_rollback(struct rcp_session *session);

/* KILL of another session: from here on nothing of it lands. One that is gone is as good. */
enum rcp_sql_end rcp_session_kill(struct rcp_session *session, uint32_t id);

/* True where an idle session has heard from its server, which can only mean the end. Asks nothing of it. */
bool rcp_session_is_stale(const struct rcp_session *session);

/* Any thread, while the session is open: whatever it waits for ends now with RCP_SQL_CONNECTION, and so does
 * all that is asked of it later. */
void rcp_session_cut(struct rcp_session *session);

/* True where it was cut or lost: it is to be closed. */
bool rcp_session_is_lost(struct rcp_session *session);

/* What its last statement failed of. */
const struct rcp_session_error *rcp_session_failure(const struct rcp_session *session);

/* A number that no other script of any session has: random at its start, then counted. */
uint64_t rcp_session_stamp(struct rcp_session *session);

#endif
