/* A file of SQL, statement by statement. */
#ifndef RCP_PROD_MYSQL_SQL_FILE_H
#define RCP_PROD_MYSQL_SQL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RCP_SQL_NAME_MAX 128u

struct rcp_sql_statement {
    const char *at; /* in the file, its `;` not included */
    size_t size;

    /* What a line `-- unique: table (columns)` above it says; "" where there is none. */
    char table[RCP_SQL_NAME_MAX];
    char columns[RCP_SQL_NAME_MAX]; /* "first, second" */
};

/* The number in the file's line `-- needs: NUMBER`; 0 where there is none. */
uint64_t rcp_sql_file_needs(const char *text);

/* The next statement from *cursor on, which moves behind it; NULL-terminated text. False at the end. */
bool rcp_sql_file_next(const char **cursor, struct rcp_sql_statement *statement);

#endif
