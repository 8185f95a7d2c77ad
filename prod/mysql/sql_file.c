/* A file of SQL, statement by statement. */
#include "prod/mysql/sql_file.h"

#include <stdlib.h>
#include <string.h>

static const char *line_end(const char *line)
{
    const char *end = strchr(line, '\n');
    return end == NULL ? line + strlen(line) : end;
}

static const char *next_line(const char *line)
{
    const char *end = line_end(line);
    return *end == '\n' ? end + 1 : end;
}

static void copy(char name[RCP_SQL_NAME_MAX], const char *from, const char *to)
{
    size_t size = (size_t)(to - from);
    if (size >= RCP_SQL_NAME_MAX)
        size = RCP_SQL_NAME_MAX - 1u;
    memcpy(name, from, size);
    name[size] = '\0';
}

/* `-- unique: table (columns)` */
static void read_comment(const char *line, struct rcp_sql_statement *statement)
{
    static const char word[] = "-- unique: ";
    if (strncmp(line, word, sizeof word - 1) != 0)
        return;
    const char *table = line + sizeof word - 1, *end = line_end(line);
    const char *open = memchr(table, '(', (size_t)(end - table));
    const char *close = open == NULL ? NULL : memchr(open, ')', (size_t)(end - open));
    if (close == NULL || open == table)
        return;
    copy(statement->table, table, open - 1);
    copy(statement->columns, open + 1, close);
}

static bool is_aside(const char *line)
{
    return *line == '\n' || strncmp(line, "--", 2) == 0;
}

/* The `;` that ends the statement: the last character of a line. NULL where the file ends before it. */
static const char *statement_end(const char *at)
{
    while (*at != '\0') {
        const char *end = line_end(at);
        if (end > at && end[-1] == ';' && !is_aside(at))
            return end - 1;
        at = next_line(at);
    }
    return NULL;
}

uint64_t rcp_sql_file_needs(const char *text)
{
    static const char word[] = "-- needs: ";
    for (const char *line = text; *line != '\0'; line = next_line(line))
        if (strncmp(line, word, sizeof word - 1) == 0)
            return strtoull(line + sizeof word - 1, NULL, 10);
    return 0;
}

bool rcp_sql_file_next(const char **cursor, struct rcp_sql_statement *statement)
{
    *statement = (struct rcp_sql_statement){.at = *cursor};
    while (*statement->at != '\0' && is_aside(statement->at)) {
        read_comment(statement->at, statement);
        statement->at = next_line(statement->at);
    }
    const char *end = statement_end(statement->at);
    if (end == NULL)
        return false;
    statement->size = (size_t)(end - statement->at);
    *cursor = next_line(end);
    return true;
}
