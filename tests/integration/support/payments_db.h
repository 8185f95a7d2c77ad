/* The payment tables on a real MariaDB, and the adapter before them: what tests of the payment scripts ask, and
 * what they hear. The loop is the test's own thread. */
#ifndef RCP_TESTS_INTEGRATION_SUPPORT_PAYMENTS_DB_H
#define RCP_TESTS_INTEGRATION_SUPPORT_PAYMENTS_DB_H

#include "prod/mysql/mysql_adapter.h"

#define DB_ACTIVITY 1u
#define DB_CAPACITY 100u /* of each activity, 1 to 4 */
#define DB_PRODUCT  11u
#define DB_NODE     5u /* whose adapter it is */

/* --- The server --- */

/* Group set-up and tear-down. */
int db_begin(void **state);
int db_end(void **state);

/* Set-up and tear-down of a test: empty tables, and an adapter with four workers. */
int db_open(void **state);
int db_close(void **state);

/* The adapter of this test; opened again with so many workers. */
struct rcp_mysql *db_adapter(void);
void db_reopen(uint32_t connections);

/* Closes it early; the test ends without one. */
void db_close_adapter(uint32_t grace_ms);

/* "freeze", "thaw", "kill", "start": of tests/services/mariadb.sh. */
void db_server(const char *verb);
struct rcp_session_options db_options(void);

/* The test's own session anew: the server has been away. */
void db_again(void);

/* A statement of no script, committed; and the number in the first column of the first row. */
void db_do(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t db_number(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As root, by the server's own client. */
void db_root(const char *sql);

/* A session for the test itself; closed by the test. */
struct rcp_session *db_session(void);
struct rcp_session *db_root_session(void);
void db_say(struct rcp_session *session, const char *sql);

/* --- Asking --- */

struct db_ask {
    enum rcp_script script;
    uint32_t flags;
    uint32_t count; /* of rows */
    const struct rcp_tx_row *rows;
    uint32_t page;
    uint64_t owner;
    uint32_t session;
    uint32_t kill_session;
    uint32_t timeout_ms; /* 0: 1000 */
    enum rcp_role role;
};

struct db_answer {
    enum rcp_outcome outcome;
    enum rcp_error_class error;
    uint32_t session;
    bool others_succeed;
    bool more;
    uint32_t count;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
    uint64_t took_ms; /* from issue to the letter */
};

/* Issues it; db_await() waits for its completion, and fails the test where none comes. */
uint64_t db_issue(const struct db_ask *ask);
struct db_answer db_await(uint64_t op_id);
struct db_answer db_run(const struct db_ask *ask);

/* Runs it for one row, which must succeed: the row as it came back. */
struct rcp_tx_row db_one(enum rcp_script script, uint32_t flags, struct rcp_tx_row row);

/* --- Rows --- */

/* A payment of this user, with a token and an origin. */
struct rcp_tx_row db_row(uint64_t user_id);

/* A failure row of this user, due; its id. */
uint32_t db_failure(uint64_t user_id, const char *status);

/* The handle of these bytes. */
uint64_t db_handle(const char *bytes);

#endif
