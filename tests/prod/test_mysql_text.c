/* Texts of SQL: files cut into statements, statements over several rows, and what an error's number says. */
#include "prod/mysql/sql_error.h"
#include "prod/mysql/sql_file.h"
#include "prod/mysql/sql_rows.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void must_be_next(const char **cursor, const char *text)
{
    struct rcp_sql_statement statement;
    assert_true(rcp_sql_file_next(cursor, &statement));
    assert_int_equal(statement.size, strlen(text));
    assert_memory_equal(statement.at, text, statement.size);
}

/* A statement ends with its line's `;`; comments and empty lines between statements are nobody's. */
static void a_file_is_cut_into_statements(void **state)
{
    (void)state;
    const char *cursor = "-- About; this.\n\nCREATE TABLE a (\n    i INT DEFAULT 1, -- one; two\n"
                         "    t TEXT\n);\n-- More.\nSELECT ';' AS x;\nSELECT 3;";
    struct rcp_sql_statement none;
    must_be_next(&cursor, "CREATE TABLE a (\n    i INT DEFAULT 1, -- one; two\n    t TEXT\n)");
    must_be_next(&cursor, "SELECT ';' AS x");
    must_be_next(&cursor, "SELECT 3");
    assert_false(rcp_sql_file_next(&cursor, &none));
}

/* A statement without its `;` is no statement, and a file of comments has none. */
static void what_does_not_end_is_no_statement(void **state)
{
    (void)state;
    static const char *const files[] = {"", "\n", "-- a\n-- b", "SELECT 1", "SELECT 1; -- more\n"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const char *cursor = files[i];
        struct rcp_sql_statement statement;
        assert_false(rcp_sql_file_next(&cursor, &statement));
    }
}

/* The line above a statement says which rows its new key wants to be single. */
static void a_unique_key_is_announced(void **state)
{
    (void)state;
    const char *cursor = "-- unique: entries (activity, user)\nALTER TABLE a;\n"
                         "-- unique: entries\n-- unique: (x)\nALTER TABLE b;\n";
    struct rcp_sql_statement statement;
    assert_true(rcp_sql_file_next(&cursor, &statement));
    assert_string_equal(statement.table, "entries");
    assert_string_equal(statement.columns, "activity, user");
    assert_true(rcp_sql_file_next(&cursor, &statement));
    assert_string_equal(statement.table, "");
}

static struct rcp_sql_rows insert = {.head = "INSERT INTO t VALUES ", .row = "(?)", .tail = "."};

/* Each number of rows has its own text, and keeps it. */
static void a_text_is_made_for_each_count(void **state)
{
    (void)state;
    const char *one = rcp_sql_rows_text(&insert, 1);
    assert_string_equal(one, "INSERT INTO t VALUES (?).");
    assert_string_equal(rcp_sql_rows_text(&insert, 3), "INSERT INTO t VALUES (?),(?),(?).");
    assert_ptr_equal(rcp_sql_rows_text(&insert, 1), one);
}

static void *ask_for_texts(void *context)
{
    const char **texts = context;
    for (uint32_t i = 0; i < RCP_TX_ROWS_MAX; i++)
        texts[i] = rcp_sql_rows_text(&insert, i + 1u);
    return NULL;
}

/* Threads that ask at once get the same text: its address is its name. */
static void threads_get_the_same_text(void **state)
{
    (void)state;
    static const char *texts[4][RCP_TX_ROWS_MAX];
    pthread_t threads[4];
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_for_texts, texts[i]), 0);
    for (uint32_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < RCP_TX_ROWS_MAX; i++)
        for (uint32_t t = 1; t < 4; t++)
            assert_ptr_equal(texts[0][i], texts[t][i]);
}

/* What the row is to blame for is told apart from what it is not. */
static void an_error_has_its_class(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t code;
        enum rcp_sql_end end;
        bool loses;
    } rows[] = {
        {"deadlock", 1213, RCP_SQL_CONTENTION, false},
        {"lock wait timeout", 1205, RCP_SQL_CONTENTION, false},
        {"statement timeout of MariaDB", 1969, RCP_SQL_CONTENTION, false},
        {"duplicate", 1062, RCP_SQL_DUPLICATE, false},
        {"too many connections", 1040, RCP_SQL_CONNECTION, true},
        {"read only: the master is elsewhere", 1290, RCP_SQL_CONNECTION, true},
        {"killed", 1927, RCP_SQL_CONNECTION, true},
        {"killed, as MySQL says it", 3169, RCP_SQL_CONNECTION, true},
        {"gone away", 2006, RCP_SQL_CONNECTION, true},
        {"lost during a query", 2013, RCP_SQL_CONNECTION, true},
        {"MariaDB's library, newer", 5014, RCP_SQL_CONNECTION, true},
        {"not migrated", 1146, RCP_SQL_CONNECTION, false},
        {"disk full", 1021, RCP_SQL_CONNECTION, false},
        {"out of range", 1264, RCP_SQL_DATA, false},
        {"too long", 1406, RCP_SQL_DATA, false},
        {"syntax", 1064, RCP_SQL_DATA, false},
        {"foreign key", 1452, RCP_SQL_DATA, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rcp_sql_error_end(rows[i].code) != rows[i].end ||
            rcp_sql_error_loses(rows[i].code) != rows[i].loses)
            fail_msg("%s", rows[i].name);
}

/* No bytes are NULL in the table; and bytes that do not fit are none. */
static void bytes_become_values_and_come_back(void **state)
{
    (void)state;
    struct rcp_bytes bytes = {.size = 3, .at = "abc"};
    struct rcp_sql_values values = {.count = 0};
    rcp_sql_add_bytes(&values, &bytes);
    rcp_sql_add_bytes(&values, &(struct rcp_bytes){.size = 0});
    assert_int_equal(values.at[0].kind, RCP_SQL_TEXT);
    assert_int_equal(values.at[1].kind, RCP_SQL_NULL);
    struct rcp_bytes back = {.size = 9};
    rcp_sql_take_bytes(&values.at[0], &back);
    assert_int_equal(back.size, 3);
    assert_memory_equal(back.at, "abc", 3);
    rcp_sql_take_bytes(&values.at[1], &back);
    assert_int_equal(back.size, 0);
    char much[RCP_HANDLE_BYTES_MAX + 1u] = {0};
    struct rcp_sql_value too_much = rcp_sql_bytes(much, sizeof much);
    rcp_sql_take_bytes(&too_much, &back);
    assert_int_equal(back.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_cut_into_statements),
        cmocka_unit_test(what_does_not_end_is_no_statement),
        cmocka_unit_test(a_unique_key_is_announced),
        cmocka_unit_test(a_text_is_made_for_each_count),
        cmocka_unit_test(threads_get_the_same_text),
        cmocka_unit_test(an_error_has_its_class),
        cmocka_unit_test(bytes_become_values_and_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
