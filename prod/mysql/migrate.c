/* Numbered SQL brings the database to what this binary needs: each file once, in order, by one process at a
 * time, and never a file that has changed since. */
#include "prod/mysql/migrate.h"

#include "prod/mysql/sql_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_WAIT_S "60" /* for another process that migrates */
#define UNIQUES_MAX 16u  /* lines `-- unique:` of all files that are made at once */

/* Errors of the server. */
#define TABLE_EXISTS     1050u
#define NO_COLUMN        1054u
#define DUPLICATE_COLUMN 1060u
#define DUPLICATE_KEY    1061u
#define NO_TABLE         1146u

/* One run of the migrator. */
struct migrator {
    struct rcp_session *session;
    struct rcp_migration_report *report;

    /* The session knows a statement by its text's address, so these stay as long as it. */
    char uniques[UNIQUES_MAX][512];
    uint32_t unique_count;
};

/* A file as schema_migrations has it. */
struct made {
    bool known;
    bool finished;
    uint64_t statements; /* done */
    char checksum[64];
};

__attribute__((format(printf, 2, 3))) static enum rcp_migration_end trouble(
    struct rcp_migration_report *report, const char *format, ...)
{
    va_list words;
    va_start(words, format);
    vsnprintf(report->trouble, sizeof report->trouble, format, words);
    va_end(words);
    return RCP_MIGRATION_FAILED;
}

static enum rcp_migration_end failed(const struct migrator *m, const char *what)
{
    return trouble(m->report, "%s: %s", what, rcp_session_failure(m->session)->text);
}

static bool say(const struct migrator *m, const char *sql)
{
    return rcp_session_say(m->session, sql, strlen(sql)) == RCP_SQL_OK;
}

/* The last statement asked for a table, or a column, that is yet to be made: there is nothing in it. */
static bool is_yet_to_come(const struct migrator *m)
{
    uint32_t code = rcp_session_failure(m->session)->code;
    return code == NO_TABLE || code == NO_COLUMN;
}

/* --- What is written down --- */

static void take_number(void *context, const struct rcp_sql_value columns[])
{
    uint64_t *number = context;
    *number = columns[0].number;
}

static enum rcp_migration_end take_lock(const struct migrator *m)
{
    static const char sql[] =
        "SELECT GET_LOCK(LEFT(CONCAT('recoup.migrate.', DATABASE()), 64), " LOCK_WAIT_S ")";
    uint64_t taken = 0;
    if (rcp_session_run(m->session, sql, NULL, 0, &taken, take_number, NULL) != RCP_SQL_OK)
        return failed(m, "the migrator's lock");
    if (taken != 1)
        return trouble(m->report, "another process has been migrating for " LOCK_WAIT_S " s");
    return RCP_MIGRATION_CURRENT;
}

/* `needs` came later. */
static bool make_table(const struct migrator *m)
{
    return say(m,
               "CREATE TABLE IF NOT EXISTS schema_migrations ("
               "number INT UNSIGNED NOT NULL, name VARCHAR(128) NOT NULL,"
               " checksum VARCHAR(64) NOT NULL, statements INT UNSIGNED NOT NULL,"
               " started_at DATETIME(3) NOT NULL, finished_at DATETIME(3) NULL,"
               " PRIMARY KEY (number)) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4") &&
           (say(m,
                "ALTER TABLE schema_migrations ADD COLUMN needs INT UNSIGNED NOT NULL DEFAULT 0") ||
            rcp_session_failure(m->session)->code == DUPLICATE_COLUMN);
}

static void take_made(void *context, const struct rcp_sql_value columns[])
{
    struct made *made = context;
    made->known = true;
    made->finished = columns[0].number != 0;
    made->statements = columns[1].number;
    snprintf(
        made->checksum, sizeof made->checksum, "%.*s", (int)columns[2].text_size, columns[2].text);
}

static uint64_t number_of(const struct rcp_embedded *file)
{
    return strtoull(file->name, NULL, 10);
}

/* False where the table cannot be read; one that is not there yet is as good as empty. */
static bool read_made(const struct migrator *m, const struct rcp_embedded *file, struct made *made)
{
    static const char sql[] = "SELECT finished_at IS NOT NULL, statements, checksum"
                              " FROM schema_migrations WHERE number = ?";
    struct rcp_sql_value number = rcp_sql_number(number_of(file));
    *made = (struct made){0};
    return rcp_session_run(m->session, sql, &number, 1, made, take_made, NULL) == RCP_SQL_OK ||
           rcp_session_failure(m->session)->code == NO_TABLE;
}

static bool write_made(const struct migrator *m,
                       const struct rcp_embedded *file,
                       uint64_t statements,
                       bool finished)
{
    static const char sql[] =
        "INSERT INTO schema_migrations (number, name, checksum, needs, statements, started_at,"
        " finished_at) VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3), IF(? = 1, UTC_TIMESTAMP(3), NULL))"
        " ON DUPLICATE KEY UPDATE statements = VALUES(statements),"
        " finished_at = VALUES(finished_at)";
    const struct rcp_sql_value values[] = {
        rcp_sql_number(number_of(file)),
        rcp_sql_bytes(file->name, strlen(file->name)),
        rcp_sql_bytes(file->hash, strlen(file->hash)),
        rcp_sql_number(rcp_sql_file_needs(file->bytes)),
        rcp_sql_number(statements),
        rcp_sql_number(finished),
    };
    return rcp_session_run(m->session, sql, values, 6, NULL, NULL, NULL) == RCP_SQL_OK &&
           rcp_session_commit(m->session) == RCP_OUTCOME_DONE;
}

static enum rcp_migration_end changed(const struct migrator *m,
                                      const struct rcp_embedded *file,
                                      const struct made *made)
{
    trouble(m->report,
            "%s has changed since it was migrated (checksum %s, now %s): run the binary that made "
            "it, and put the change into a file of its own",
            file->name,
            made->checksum,
            file->hash);
    return RCP_MIGRATION_CHANGED;
}

/* --- Files that this binary does not know --- */

static enum rcp_migration_end look_for_newer(const struct migrator *m,
                                             const struct rcp_embedded files[],
                                             size_t count)
{
    static const char sql[] = "SELECT COALESCE(MAX(needs), 0) FROM schema_migrations";
    uint64_t needs = 0, last = count == 0 ? 0 : number_of(&files[count - 1]);
    if (rcp_session_run(m->session, sql, NULL, 0, &needs, take_number, NULL) != RCP_SQL_OK)
        return is_yet_to_come(m) ? RCP_MIGRATION_CURRENT : failed(m, "schema_migrations");
    if (needs <= last)
        return RCP_MIGRATION_CURRENT;
    trouble(
        m->report,
        "the database needs a version that knows migration %04llu, and this one ends at %04llu: "
        "run a newer one",
        (unsigned long long)needs,
        (unsigned long long)last);
    return RCP_MIGRATION_NEWER;
}

/* --- Old rows that break a new unique key --- */

struct duplicates {
    char *at;
    size_t room;
};

static void take_duplicate(void *context, const struct rcp_sql_value columns[])
{
    struct duplicates *duplicates = context;
    int size = snprintf(duplicates->at,
                        duplicates->room,
                        " (%.*s) %llu times;",
                        (int)columns[0].text_size,
                        columns[0].text,
                        (unsigned long long)columns[1].number);
    if (size <= 0 || (size_t)size >= duplicates->room)
        return;
    duplicates->at += size;
    duplicates->room -= (size_t)size;
}

/* The question for this key; NULL where there are too many. */
static const char *text_for(struct migrator *m, const struct rcp_sql_statement *statement)
{
    char text[sizeof m->uniques[0]];
    snprintf(text,
             sizeof text,
             "SELECT CONCAT_WS(', ', %s), COUNT(*) FROM %s GROUP BY %s HAVING COUNT(*) > 1"
             " ORDER BY 2 DESC, 1 LIMIT 10",
             statement->columns,
             statement->table,
             statement->columns);
    for (uint32_t i = 0; i < m->unique_count; i++)
        if (strcmp(m->uniques[i], text) == 0)
            return m->uniques[i];
    if (m->unique_count == UNIQUES_MAX)
        return NULL;
    return memcpy(m->uniques[m->unique_count++], text, sizeof text);
}

static enum rcp_migration_end look_for_duplicates(struct migrator *m,
                                                  const struct rcp_sql_statement *statement,
                                                  bool ahead)
{
    char found[512] = "";
    struct duplicates duplicates = {found, sizeof found};
    if (statement->table[0] == '\0')
        return RCP_MIGRATION_CURRENT;
    const char *sql = text_for(m, statement);
    if (sql == NULL)
        return trouble(m->report, "more than %u new unique keys at once", UNIQUES_MAX);
    if (rcp_session_run(m->session, sql, NULL, 0, &duplicates, take_duplicate, NULL) != RCP_SQL_OK)
        return ahead && is_yet_to_come(m) ? RCP_MIGRATION_CURRENT : failed(m, statement->table);
    if (found[0] == '\0')
        return RCP_MIGRATION_CURRENT;
    return trouble(m->report,
                   "%s is to have one row for each (%s), and has:%s decide which row of each is "
                   "right, delete the others, and migrate again; %s",
                   statement->table,
                   statement->columns,
                   found,
                   ahead ? "nothing was changed" : "it goes on with this statement");
}

/* Looks at all keys that the rest of a file makes, before anything is made. */
static enum rcp_migration_end look_ahead(struct migrator *m,
                                         const struct rcp_embedded *file,
                                         const struct made *made)
{
    const char *cursor = file->bytes;
    struct rcp_sql_statement statement;
    for (uint64_t at = 0; rcp_sql_file_next(&cursor, &statement); at++) {
        if (at < made->statements || statement.table[0] == '\0')
            continue;
        enum rcp_migration_end end = look_for_duplicates(m, &statement, true);
        if (end != RCP_MIGRATION_CURRENT)
            return end;
    }
    return RCP_MIGRATION_CURRENT;
}

/* --- Making --- */

/* A statement that was done before a crash, but not written down: what it makes exists already. */
static bool was_done(const struct migrator *m, bool resumed)
{
    uint32_t code = rcp_session_failure(m->session)->code;
    return resumed && (code == TABLE_EXISTS || code == DUPLICATE_COLUMN || code == DUPLICATE_KEY);
}

static enum rcp_migration_end make_statement(struct migrator *m,
                                             const struct rcp_sql_statement *statement,
                                             bool resumed)
{
    enum rcp_migration_end end = look_for_duplicates(m, statement, false);
    if (end != RCP_MIGRATION_CURRENT)
        return end;
    if (rcp_session_say(m->session, statement->at, statement->size) == RCP_SQL_OK ||
        was_done(m, resumed))
        return RCP_MIGRATION_CURRENT;
    return trouble(m->report,
                   "%s\nat: %.*s",
                   rcp_session_failure(m->session)->text,
                   (int)(statement->size < 200 ? statement->size : 200),
                   statement->at);
}

static enum rcp_migration_end make_file(struct migrator *m,
                                        const struct rcp_embedded *file,
                                        const struct made *made)
{
    const char *cursor = file->bytes;
    struct rcp_sql_statement statement;
    uint64_t done = 0;
    if (!write_made(m, file, made->statements, false))
        return failed(m, "schema_migrations");
    while (rcp_sql_file_next(&cursor, &statement)) {
        if (done++ < made->statements)
            continue;
        enum rcp_migration_end end =
            make_statement(m, &statement, made->known && done == made->statements + 1u);
        if (end != RCP_MIGRATION_CURRENT)
            return end;
        if (!write_made(m, file, done, false))
            return failed(m, "schema_migrations");
    }
    m->report->made++;
    return write_made(m, file, done, true) ? RCP_MIGRATION_CURRENT : failed(m, "schema_migrations");
}

/* Names the first that is. */
static enum rcp_migration_end missing(const struct migrator *m, const struct rcp_embedded *file)
{
    if (m->report->trouble[0] == '\0')
        trouble(m->report, "migrations are missing from %s on: run `recoupd migrate`", file->name);
    return RCP_MIGRATION_MISSING;
}

enum pass {
    PASS_LOOK,       /* is everything there? */
    PASS_LOOK_AHEAD, /* can everything be made? */
    PASS_MAKE,
};

static enum rcp_migration_end one_file(struct migrator *m,
                                       const struct rcp_embedded *file,
                                       const struct made *made,
                                       enum pass pass)
{
    switch (pass) {
    case PASS_LOOK:
        return missing(m, file);
    case PASS_LOOK_AHEAD:
        return look_ahead(m, file, made);
    case PASS_MAKE:
        return make_file(m, file, made);
    }
    return RCP_MIGRATION_FAILED;
}

static enum rcp_migration_end each_file(struct migrator *m,
                                        const struct rcp_embedded files[],
                                        size_t count,
                                        enum pass pass)
{
    enum rcp_migration_end end = RCP_MIGRATION_CURRENT;
    m->report->there = 0;
    for (size_t i = 0; i < count; i++) {
        struct made made;
        if (!read_made(m, &files[i], &made))
            return failed(m, "schema_migrations");
        if (made.known && strcmp(made.checksum, files[i].hash) != 0)
            return changed(m, &files[i], &made);
        m->report->there += made.finished;
        if (made.finished)
            continue;
        end = one_file(m, &files[i], &made, pass);
        if (pass != PASS_LOOK && end != RCP_MIGRATION_CURRENT)
            return end;
    }
    return end;
}

static enum rcp_migration_end make_all(struct migrator *m,
                                       const struct rcp_embedded files[],
                                       size_t count)
{
    enum rcp_migration_end end = each_file(m, files, count, PASS_LOOK_AHEAD);
    if (end == RCP_MIGRATION_CURRENT && !make_table(m))
        end = failed(m, "schema_migrations");
    return end == RCP_MIGRATION_CURRENT ? each_file(m, files, count, PASS_MAKE) : end;
}

static enum rcp_migration_end run(const struct rcp_session_options *options,
                                  const struct rcp_embedded files[],
                                  size_t count,
                                  bool make,
                                  struct rcp_migration_report *report)
{
    struct rcp_session_error error = {0};
    struct rcp_session_options patient = *options;
    patient.patient = true;
    *report = (struct rcp_migration_report){0};
    struct migrator m = {.session = rcp_session_open(&patient, &error), .report = report};
    if (m.session == NULL)
        return trouble(report, "%s", error.text);
    enum rcp_migration_end end = make ? take_lock(&m) : RCP_MIGRATION_CURRENT;
    if (end == RCP_MIGRATION_CURRENT)
        end = look_for_newer(&m, files, count);
    if (end == RCP_MIGRATION_CURRENT)
        end = make ? make_all(&m, files, count) : each_file(&m, files, count, PASS_LOOK);
    rcp_session_close(m.session); /* and with it goes the lock */
    return end;
}

enum rcp_migration_end rcp_migrate_check(const struct rcp_session_options *options,
                                         const struct rcp_embedded files[],
                                         size_t count,
                                         struct rcp_migration_report *report)
{
    return run(options, files, count, false, report);
}

enum rcp_migration_end rcp_migrate(const struct rcp_session_options *options,
                                   const struct rcp_embedded files[],
                                   size_t count,
                                   struct rcp_migration_report *report)
{
    return run(options, files, count, true, report);
}
