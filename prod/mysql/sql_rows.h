/* Statements over several rows at once: their texts for each number of rows, and their values. */
#ifndef RCP_PROD_MYSQL_SQL_ROWS_H
#define RCP_PROD_MYSQL_SQL_ROWS_H

#include "core/limits.h"
#include "prod/mysql/script.h"

#include <stdatomic.h>

/* head, then `row` for each row with a comma between, then tail. The texts are made when they are first asked
 * for, by whichever thread, and stay: a session knows its prepared statements by their address. */
struct rcp_sql_rows {
    const char *head;
    const char *row;
    const char *tail;
    _Atomic(const char *) texts[RCP_TX_ROWS_MAX];
};

/* The text for this many rows, from 1 to RCP_TX_ROWS_MAX. */
const char *rcp_sql_rows_text(struct rcp_sql_rows *rows, uint32_t count);

#define RCP_SQL_VALUES_MAX (RCP_TX_ROWS_MAX * 16u)

/* Values of one statement, in the order of its placeholders. */
struct rcp_sql_values {
    uint32_t count;
    struct rcp_sql_value at[RCP_SQL_VALUES_MAX];
};

void rcp_sql_add(struct rcp_sql_values *values, struct rcp_sql_value value);
void rcp_sql_add_number(struct rcp_sql_values *values, uint64_t number);
void rcp_sql_add_bytes(struct rcp_sql_values *values, const struct rcp_bytes *bytes);

/* Runs it with these values; no rows come back. */
enum rcp_sql_end rcp_sql_change(struct rcp_session *session,
                                const char *sql,
                                const struct rcp_sql_values *values,
                                uint64_t *changed);

/* Runs it with these values, row by row. */
enum rcp_sql_end rcp_sql_read(struct rcp_session *session,
                              const char *sql,
                              const struct rcp_sql_values *values,
                              void *context,
                              void (*row)(void *context, const struct rcp_sql_value columns[]));

/* A column's bytes; those of NULL, or more than fit, are none. */
void rcp_sql_take_bytes(const struct rcp_sql_value *column, struct rcp_bytes *bytes);

#endif
