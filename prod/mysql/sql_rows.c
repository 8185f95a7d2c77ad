/* Statements over several rows at once: their texts for each number of rows, and their values. */
#include "prod/mysql/sql_rows.h"

#include "core/check.h"

#include <stdlib.h>
#include <string.h>

static const char *make_text(const struct rcp_sql_rows *rows, uint32_t count)
{
    size_t size = strlen(rows->head) + count * (strlen(rows->row) + 1u) + strlen(rows->tail) + 1u;
    char *text = malloc(size);
    rcp_check(text != NULL, "memory_for_sql_texts");
    char *end = stpcpy(text, rows->head);
    for (uint32_t i = 0; i < count; i++)
        end = stpcpy(stpcpy(end, i == 0 ? "" : ","), rows->row);
    stpcpy(end, rows->tail);
    return text;
}

const char *rcp_sql_rows_text(struct rcp_sql_rows *rows, uint32_t count)
{
    rcp_check(count >= 1 && count <= RCP_TX_ROWS_MAX, "sql_rows_fit_script");
    _Atomic(const char *) *at = &rows->texts[count - 1u];
    const char *known = atomic_load_explicit(at, memory_order_acquire);
    if (known != NULL)
        return known;
    const char *made = make_text(rows, count);
    if (atomic_compare_exchange_strong(at, &known, made))
        return made;
    free((void *)(uintptr_t)made); /* another thread was first */
    return known;
}

void rcp_sql_add(struct rcp_sql_values *values, struct rcp_sql_value value)
{
    rcp_check(values->count < RCP_SQL_VALUES_MAX, "sql_values_fit");
    values->at[values->count++] = value;
}

void rcp_sql_add_number(struct rcp_sql_values *values, uint64_t number)
{
    rcp_sql_add(values, rcp_sql_number(number));
}

void rcp_sql_add_bytes(struct rcp_sql_values *values, const struct rcp_bytes *bytes)
{
    rcp_sql_add(values, rcp_sql_bytes(bytes->at, bytes->size));
}

enum rcp_sql_end rcp_sql_change(struct rcp_session *session,
                                const char *sql,
                                const struct rcp_sql_values *values,
                                uint64_t *changed)
{
    return rcp_session_run(session, sql, values->at, values->count, NULL, NULL, changed);
}

enum rcp_sql_end rcp_sql_read(struct rcp_session *session,
                              const char *sql,
                              const struct rcp_sql_values *values,
                              void *context,
                              void (*row)(void *context, const struct rcp_sql_value columns[]))
{
    return rcp_session_run(session, sql, values->at, values->count, context, row, NULL);
}

void rcp_sql_take_bytes(const struct rcp_sql_value *column, struct rcp_bytes *bytes)
{
    bool fits = column->kind == RCP_SQL_TEXT && column->text_size <= sizeof bytes->at;
    bytes->size = fits ? (uint8_t)column->text_size : 0;
    if (fits)
        memcpy(bytes->at, column->text, column->text_size);
}
