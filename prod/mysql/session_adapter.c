/* A connection to MySQL: made as the promises need it, ended from any thread, and what its COMMIT means. */
#include "prod/mysql/session_adapter.h"

#include "core/limits.h"
#include "prod/mysql/sql_error.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#define CHARACTER_SET "utf8mb4"

bool rcp_session_library_init(void)
{
    return mysql_library_init(0, NULL, NULL) == 0;
}

void rcp_session_library_end(void)
{
    mysql_library_end();
}

void rcp_session_thread_end(void)
{
    mysql_thread_end();
}

/* --- Errors --- */

static void note(struct rcp_session_error *error, uint32_t code, const char *text)
{
    error->code = code;
    snprintf(error->text, sizeof error->text, "%s", text);
}

enum rcp_sql_end rcp_session_failed(struct rcp_session *session, uint32_t code, const char *text)
{
    note(&session->failure, code, text);
    if (rcp_sql_error_loses(code))
        session->lost = true;
    return rcp_sql_error_end(code);
}

static enum rcp_sql_end fail(struct rcp_session *session)
{
    return rcp_session_failed(session, mysql_errno(session->mysql), mysql_error(session->mysql));
}

const struct rcp_session_error *rcp_session_failure(const struct rcp_session *session)
{
    return &session->failure;
}

/* --- Connecting --- */

static int descriptor(MYSQL *mysql)
{
#ifdef MARIADB_BASE_VERSION
    return (int)mysql_get_socket(mysql);
#else
    return (int)mysql->net.fd;
#endif
}

static void set_file(MYSQL *mysql, enum mysql_option option, const char *path)
{
    if (path != NULL)
        mysql_options(mysql, option, path);
}

/* Files are named only where TLS is wanted: MariaDB's library takes their mention for a wish. */
static void set_tls(MYSQL *mysql, const struct rcp_session_options *options)
{
    if (options->tls != RCP_TLS_OFF) {
        set_file(mysql, MYSQL_OPT_SSL_CA, options->tls_ca);
        set_file(mysql, MYSQL_OPT_SSL_CERT, options->tls_cert);
        set_file(mysql, MYSQL_OPT_SSL_KEY, options->tls_key);
    }
#ifdef MARIADB_BASE_VERSION
    my_bool enforce = options->tls != RCP_TLS_OFF;
    my_bool verify = options->tls == RCP_TLS_VERIFIED;
    mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
    mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
#else
    static const unsigned int modes[] = {
        [RCP_TLS_OFF] = SSL_MODE_DISABLED,
        [RCP_TLS_REQUIRED] = SSL_MODE_REQUIRED,
        [RCP_TLS_VERIFIED] = SSL_MODE_VERIFY_IDENTITY,
    };
    /* In the open, MySQL's caching_sha2_password takes a password only under the server's own key: to ask for it
     * is what MariaDB's library does unasked. */
    bool ask_for_key = true;
    mysql_options(mysql, MYSQL_OPT_SSL_MODE, &modes[options->tls]);
    mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &ask_for_key);
#endif
}

static void set_options(MYSQL *mysql, const struct rcp_session_options *options)
{
    unsigned int connect_s = RCP_SESSION_CONNECT_S, local_infile = 0;
    unsigned int io_s = options->patient ? RCP_SESSION_PATIENT_S : RCP_SESSION_IO_S;
    unsigned int protocol = options->socket != NULL ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &io_s);
    mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &io_s);
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &local_infile);
    mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, CHARACTER_SET);
#ifdef MARIADB_BASE_VERSION
    /* Off in both libraries unless asked for; Oracle's warns about the mere mention. */
    my_bool reconnect = 0;
    mysql_options(mysql, MYSQL_OPT_RECONNECT, &reconnect);
#endif
    set_tls(mysql, options);
}

static bool connect_to(struct rcp_session *session, const struct rcp_session_options *options)
{
    set_options(session->mysql, options);
    if (mysql_real_connect(session->mysql,
                           options->socket != NULL ? NULL : options->host,
                           options->user,
                           options->password,
                           options->database,
                           options->socket != NULL ? 0 : options->port,
                           options->socket,
                           CLIENT_FOUND_ROWS) == NULL) {
        fail(session);
        return false;
    }
    /* Said once more: the handshake names a character set by the number of a collation, and a server that does not
     * know it takes its own. MariaDB does not know the one of Oracle's library. */
    if (mysql_set_character_set(session->mysql, CHARACTER_SET) != 0) {
        fail(session);
        return false;
    }
    session->id = (uint32_t)mysql_thread_id(session->mysql);
    pthread_mutex_lock(&session->cut_lock);
    session->fd = descriptor(session->mysql);
    pthread_mutex_unlock(&session->cut_lock);
    return true;
}

/* --- As the promises need it --- */

enum rcp_sql_end rcp_session_say(struct rcp_session *session, const char *sql, size_t size)
{
    if (session->lost || rcp_session_was_cut(session))
        return rcp_session_failed(session, 2006, "the session was cut");
    if (mysql_real_query(session->mysql, sql, (unsigned long)size) != 0)
        return fail(session);
    mysql_free_result(mysql_store_result(session->mysql));
    return RCP_SQL_OK;
}

/* innodb_lock_wait_timeout takes whole seconds, and ours must end before the script's own timeout:
 * RCP_LOCK_WAIT_MS is below one. MariaDB ends any statement of ours after it (max_statement_time). MySQL has
 * that for SELECT alone, so there a waiting UPDATE is cut with its whole session instead: REFUSED all the
 * same, but as CONNECTION and not as CONTENTION. */
static bool set_variables(struct rcp_session *session, bool patient)
{
    char sql[512];
    bool mariadb = strstr(mysql_get_server_info(session->mysql), "MariaDB") != NULL;
    const char *limit = patient ? "0" : mariadb ? "0.6" : "600";
    int size = snprintf(sql,
                        sizeof sql,
                        "SET SESSION autocommit = 0, time_zone = '+00:00', wait_timeout = %u,"
                        " sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
                        " innodb_lock_wait_timeout = 1, %s = %s",
                        patient ? RCP_SESSION_PATIENT_S : RCP_SESSION_IDLE_S,
                        mariadb ? "max_statement_time" : "max_execution_time",
                        limit);
    static_assert(RCP_LOCK_WAIT_MS == 600u, "as written into the statement");
    static const char isolation[] = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
    return rcp_session_say(session, sql, (size_t)size) == RCP_SQL_OK &&
           rcp_session_say(session, isolation, sizeof isolation - 1) == RCP_SQL_OK;
}

/* Reads the first column of the first row; false where there is none. */
static bool ask(struct rcp_session *session, const char *sql, char *answer, size_t room)
{
    if (mysql_real_query(session->mysql, sql, (unsigned long)strlen(sql)) != 0)
        return false;
    MYSQL_RES *result = mysql_store_result(session->mysql);
    if (result == NULL)
        return false;
    MYSQL_ROW row = mysql_fetch_row(result);
    bool there = row != NULL && row[0] != NULL;
    if (there)
        snprintf(answer, room, "%s", row[0]);
    mysql_free_result(result);
    return there;
}

/* A proxy or an init_connect may have set something else behind our back. */
static bool verify(struct rcp_session *session)
{
    char isolation[32] = "", autocommit[8] = "";
    if (!ask(session, "SELECT @@session.transaction_isolation", isolation, sizeof isolation) &&
        !ask(session, "SELECT @@session.tx_isolation", isolation, sizeof isolation)) {
        fail(session);
        return false;
    }
    if (!ask(session, "SELECT @@session.autocommit", autocommit, sizeof autocommit)) {
        fail(session);
        return false;
    }
    if (strcmp(isolation, "READ-COMMITTED") == 0 && strcmp(autocommit, "0") == 0)
        return true;
    note(&session->failure, 0, "the session does not stay at READ COMMITTED without autocommit");
    return false;
}

static bool draw_stamp(uint64_t *stamp)
{
    return getrandom(stamp, sizeof *stamp, 0) == (ssize_t)sizeof *stamp;
}

struct rcp_session *rcp_session_open(const struct rcp_session_options *options,
                                     struct rcp_session_error *error)
{
    struct rcp_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return NULL;
    pthread_mutex_init(&session->cut_lock, NULL);
    session->fd = -1;
    session->mysql = mysql_init(NULL);
    if (session->mysql == NULL || !draw_stamp(&session->stamp)) {
        note(error, 2008, "out of memory, or of randomness");
    } else if (connect_to(session, options) && set_variables(session, options->patient) &&
               verify(session)) {
        session->failure = (struct rcp_session_error){0};
        return session;
    } else {
        *error = session->failure;
    }
    rcp_session_close(session);
    return NULL;
}

void rcp_session_close(struct rcp_session *session)
{
    if (session == NULL)
        return;
    pthread_mutex_lock(&session->cut_lock);
    if (session->lost && session->fd >= 0)
        shutdown(session->fd, SHUT_RDWR); /* whatever the library still wants to say is in vain */
    session->fd = -1;
    pthread_mutex_unlock(&session->cut_lock);
    for (uint32_t i = 0; i < RCP_STATEMENTS_MAX; i++)
        rcp_statement_close(session->statements[i]);
    if (session->mysql != NULL)
        mysql_close(session->mysql);
    pthread_mutex_destroy(&session->cut_lock);
    free(session);
}

uint32_t rcp_session_id(const struct rcp_session *session)
{
    return session->id;
}

uint64_t rcp_session_stamp(struct rcp_session *session)
{
    return ++session->stamp;
}

/* --- The end of a transaction --- */

enum rcp_outcome rcp_session_commit(struct rcp_session *session)
{
    if (session->lost || rcp_session_was_cut(session))
        return RCP_OUTCOME_REFUSED;
    if (mysql_commit(session->mysql) == 0)
        return RCP_OUTCOME_DONE;
    /* Even where the server says why: what it says of a COMMIT is not worth a payment. */
    fail(session);
    session->lost = true;
    return RCP_OUTCOME_UNKNOWN;
}

enum rcp_sql_end rcp_session_rollback(struct rcp_session *session)
{
    if (session->lost || rcp_session_was_cut(session))
        return RCP_SQL_CONNECTION;
    if (mysql_rollback(session->mysql) == 0)
        return RCP_SQL_OK;
    fail(session);
    session->lost = true; /* the transaction ends with its connection */
    return RCP_SQL_CONNECTION;
}

enum rcp_sql_end rcp_session_kill(struct rcp_session *session, uint32_t id)
{
    char sql[32];
    int size = snprintf(sql, sizeof sql, "KILL %u", id);
    enum rcp_sql_end end = rcp_session_say(session, sql, (size_t)size);
    bool gone = end != RCP_SQL_OK && session->failure.code == 1094; /* no such thread */
    return gone ? RCP_SQL_OK : end;
}

/* --- From outside --- */

bool rcp_session_is_stale(const struct rcp_session *session)
{
    struct pollfd heard = {.fd = session->fd, .events = POLLIN};
    return poll(&heard, 1, 0) != 0;
}

void rcp_session_cut(struct rcp_session *session)
{
    pthread_mutex_lock(&session->cut_lock);
    session->cut = true;
    if (session->fd >= 0)
        shutdown(session->fd, SHUT_RDWR);
    pthread_mutex_unlock(&session->cut_lock);
}

bool rcp_session_was_cut(struct rcp_session *session)
{
    pthread_mutex_lock(&session->cut_lock);
    bool cut = session->cut;
    pthread_mutex_unlock(&session->cut_lock);
    return cut;
}

bool rcp_session_is_lost(struct rcp_session *session)
{
    return session->lost || rcp_session_was_cut(session);
}
