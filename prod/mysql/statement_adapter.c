/* Prepared statements of a session: prepared once, found again by the address of their text. */
#include "core/check.h"
#include "prod/mysql/session_adapter.h"

#include <stdlib.h>
#include <string.h>

/* --- Preparing --- */

/* Integers come as numbers, everything else as text. DECIMAL is what SUM and COUNT of integers give. */
static bool is_number(enum enum_field_types type)
{
    return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_INT24 ||
           type == MYSQL_TYPE_LONG || type == MYSQL_TYPE_LONGLONG || type == MYSQL_TYPE_YEAR ||
           type == MYSQL_TYPE_NEWDECIMAL;
}

static void describe_column(struct rcp_statement *s, uint32_t i, enum enum_field_types type)
{
    MYSQL_BIND *out = &s->out[i];
    out->is_null = &s->nulls[i];
    out->length = &s->sizes[i];
    if (is_number(type)) {
        out->buffer_type = MYSQL_TYPE_LONGLONG;
        out->is_unsigned = 1;
        out->buffer = &s->row[i].number;
        s->row[i].kind = RCP_SQL_NUMBER;
    } else {
        out->buffer_type = MYSQL_TYPE_STRING;
        out->buffer = s->text + (size_t)i * RCP_SQL_TEXT_MAX;
        out->buffer_length = RCP_SQL_TEXT_MAX;
        s->row[i].kind = RCP_SQL_TEXT;
        s->row[i].text = s->text + (size_t)i * RCP_SQL_TEXT_MAX;
    }
}

static bool describe(struct rcp_statement *s)
{
    s->params = (uint32_t)mysql_stmt_param_count(s->handle);
    s->columns = (uint32_t)mysql_stmt_field_count(s->handle);
    s->in = calloc(s->params + 1u, sizeof *s->in);
    s->out = calloc(s->columns + 1u, sizeof *s->out);
    s->row = calloc(s->columns + 1u, sizeof *s->row);
    s->text = malloc((size_t)s->columns * RCP_SQL_TEXT_MAX + 1u);
    s->sizes = calloc(s->columns + 1u, sizeof *s->sizes);
    s->nulls = calloc(s->columns + 1u, sizeof *s->nulls);
    if (s->in == NULL || s->out == NULL || s->row == NULL || s->text == NULL || s->sizes == NULL ||
        s->nulls == NULL)
        return false;
    if (s->columns == 0)
        return true;
    MYSQL_RES *fields = mysql_stmt_result_metadata(s->handle);
    if (fields == NULL)
        return false;
    for (uint32_t i = 0; i < s->columns; i++)
        describe_column(s, i, mysql_fetch_field_direct(fields, i)->type);
    mysql_free_result(fields);
    return mysql_stmt_bind_result(s->handle, s->out) == 0;
}

void rcp_statement_close(struct rcp_statement *statement)
{
    if (statement == NULL)
        return;
    if (statement->handle != NULL)
        mysql_stmt_close(statement->handle);
    free(statement->in);
    free(statement->out);
    free(statement->row);
    free(statement->text);
    free(statement->sizes);
    free(statement->nulls);
    free(statement);
}

static enum rcp_sql_end fail_prepare(struct rcp_session *session, struct rcp_statement *s)
{
    uint32_t code = s == NULL || s->handle == NULL ? 0 : mysql_stmt_errno(s->handle);
    enum rcp_sql_end end = code == 0
                               ? rcp_session_failed(session, 2008, "out of memory")
                               : rcp_session_failed(session, code, mysql_stmt_error(s->handle));
    rcp_statement_close(s);
    return end;
}

static enum rcp_sql_end prepare(struct rcp_session *session,
                                const char *sql,
                                struct rcp_statement **made)
{
    struct rcp_statement *s = calloc(1, sizeof *s);
    if (s == NULL)
        return fail_prepare(session, s);
    s->sql = sql;
    s->handle = mysql_stmt_init(session->mysql);
    if (s->handle == NULL || mysql_stmt_prepare(s->handle, sql, strlen(sql)) != 0 || !describe(s))
        return fail_prepare(session, s);
    *made = s;
    return RCP_SQL_OK;
}

/* The slot of this text: where it is, or where it belongs. */
static struct rcp_statement **slot_of(struct rcp_session *session, const char *sql)
{
    uint64_t mixed = (uint64_t)(uintptr_t)sql * 0x9e3779b97f4a7c15u;
    uint32_t at = (uint32_t)(mixed >> 40) & (RCP_STATEMENTS_MAX - 1u);
    while (session->statements[at] != NULL && session->statements[at]->sql != sql)
        at = (at + 1u) & (RCP_STATEMENTS_MAX - 1u);
    return &session->statements[at];
}

/* NULL where it cannot be prepared; *end says how that ended. */
static struct rcp_statement *find(struct rcp_session *session,
                                  const char *sql,
                                  enum rcp_sql_end *end)
{
    struct rcp_statement **slot = slot_of(session, sql);
    if (*slot == NULL) {
        rcp_check(session->statement_count < RCP_STATEMENTS_MAX - 1u, "statements_fit_session");
        *end = prepare(session, sql, slot);
        session->statement_count += *slot != NULL;
    }
    return *slot;
}

/* --- Running --- */

static void bind(MYSQL_BIND *in, const struct rcp_sql_value *value)
{
    switch (value->kind) {
    case RCP_SQL_NULL:
        in->buffer_type = MYSQL_TYPE_NULL;
        break;
    case RCP_SQL_NUMBER:
        in->buffer_type = MYSQL_TYPE_LONGLONG;
        in->is_unsigned = 1;
        in->buffer = (void *)(uintptr_t)&value->number;
        break;
    case RCP_SQL_TEXT:
        in->buffer_type = MYSQL_TYPE_STRING;
        in->buffer = (void *)(uintptr_t)value->text;
        in->buffer_length = value->text_size;
        in->length = &in->buffer_length;
        break;
    }
}

/* MariaDB's library notes an error that comes between two rows on the connection alone. */
static enum rcp_sql_end fail(struct rcp_session *session, struct rcp_statement *s)
{
    bool own = mysql_stmt_errno(s->handle) != 0;
    enum rcp_sql_end end =
        rcp_session_failed(session,
                           own ? mysql_stmt_errno(s->handle) : mysql_errno(session->mysql),
                           own ? mysql_stmt_error(s->handle) : mysql_error(session->mysql));
    mysql_stmt_free_result(s->handle);
    return end;
}

static enum rcp_sql_end fetch(struct rcp_session *session,
                              struct rcp_statement *s,
                              void *context,
                              void (*row)(void *context, const struct rcp_sql_value columns[]))
{
    int said;
    while ((said = mysql_stmt_fetch(s->handle)) == 0) {
        for (uint32_t i = 0; i < s->columns; i++) {
            bool number = s->out[i].buffer_type == MYSQL_TYPE_LONGLONG;
            s->row[i].kind = s->nulls[i] ? RCP_SQL_NULL : number ? RCP_SQL_NUMBER : RCP_SQL_TEXT;
            s->row[i].text_size = number || s->nulls[i] ? 0 : (uint32_t)s->sizes[i];
        }
        if (row != NULL)
            row(context, s->row);
    }
    if (said == 1)
        return fail(session, s);
    mysql_stmt_free_result(s->handle);
    if (said == MYSQL_DATA_TRUNCATED)
        return rcp_session_failed(session, 1406, "a column is longer than a session reads");
    return RCP_SQL_OK;
}

enum rcp_sql_end rcp_session_run(struct rcp_session *session,
                                 const char *sql,
                                 const struct rcp_sql_value values[],
                                 uint32_t value_count,
                                 void *context,
                                 void (*row)(void *context, const struct rcp_sql_value columns[]),
                                 uint64_t *changed)
{
    enum rcp_sql_end end = RCP_SQL_OK;
    if (session->lost || rcp_session_was_cut(session))
        return rcp_session_failed(session, 2006, "the session was cut");
    struct rcp_statement *s = find(session, sql, &end);
    if (s == NULL)
        return end;
    rcp_check(s->params == value_count, "a_value_for_each_placeholder");
    for (uint32_t i = 0; i < value_count; i++)
        bind(&s->in[i], &values[i]);
    if ((value_count > 0 && mysql_stmt_bind_param(s->handle, s->in) != 0) ||
        mysql_stmt_execute(s->handle) != 0)
        return fail(session, s);
    if (s->columns > 0)
        return fetch(session, s, context, row);
    session->inserted = mysql_stmt_insert_id(s->handle);
    if (changed != NULL)
        *changed = mysql_stmt_affected_rows(s->handle);
    return RCP_SQL_OK;
}

uint64_t rcp_session_inserted(const struct rcp_session *session)
{
    return session->inserted;
}
