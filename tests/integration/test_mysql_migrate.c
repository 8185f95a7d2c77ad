/* Migrations on a real MariaDB: made once, never changed, resumed where they were, and what is said where old
 * rows do not fit. */
#include "tests/integration/support/payments_db.h"

#include "prod/mysql/migrate.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct rcp_session_options options;
static struct rcp_migration_report report;

/* A database of its own, empty. */
static int open_fresh(void **state)
{
    (void)state;
    db_root("DROP DATABASE IF EXISTS fresh; CREATE DATABASE fresh CHARACTER SET utf8mb4;"
            " GRANT ALL ON fresh.* TO recoup@'127.0.0.1'");
    options = db_options();
    options.database = "fresh";
    return db_open(state);
}

static enum rcp_migration_end migrate(const struct rcp_embedded files[], size_t count)
{
    return rcp_migrate(&options, files, count, &report);
}

static struct rcp_embedded file(const char *name, const char *sql, const char *hash)
{
    return (struct rcp_embedded){.name = name, .bytes = sql, .size = strlen(sql), .hash = hash};
}

/* All that the binary carries, once; a second time there is nothing to do. */
static void migrations_are_made_once(void **state)
{
    (void)state;
    assert_int_equal(
        rcp_migrate_check(&options, rcp_migration_files, rcp_migration_files_count, &report),
        RCP_MIGRATION_MISSING);
    assert_non_null(strstr(report.trouble, rcp_migration_files[0].name));
    for (uint32_t i = 0; i < 2; i++) {
        if (migrate(rcp_migration_files, rcp_migration_files_count) != RCP_MIGRATION_CURRENT)
            fail_msg("%s", report.trouble);
        assert_int_equal(report.made, i == 0 ? rcp_migration_files_count : 0);
        assert_int_equal(report.there, i == 0 ? 0 : rcp_migration_files_count);
    }
    assert_int_equal(
        rcp_migrate_check(&options, rcp_migration_files, rcp_migration_files_count, &report),
        RCP_MIGRATION_CURRENT);
    assert_string_equal(report.trouble, "");
    assert_int_equal(db_number("SELECT COUNT(*) FROM fresh.schema_migrations"
                               " WHERE finished_at IS NOT NULL AND LENGTH(checksum) = 32"),
                     rcp_migration_files_count);
}

static void *migrate_aside(void *context)
{
    struct rcp_migration_report own_report;
    *(enum rcp_migration_end *)context =
        rcp_migrate(&options, rcp_migration_files, rcp_migration_files_count, &own_report);
    rcp_session_thread_end();
    return NULL;
}

/* Several nodes start at once: one makes them, the others wait for it. */
static void processes_do_not_race(void **state)
{
    (void)state;
    pthread_t threads[4];
    enum rcp_migration_end ends[4];
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, migrate_aside, &ends[i]), 0);
    for (uint32_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(ends[i], RCP_MIGRATION_CURRENT);
    }
    assert_int_equal(db_number("SELECT COUNT(*) FROM fresh.schema_migrations"),
                     rcp_migration_files_count);
}

/* A file that is not what it was is refused, and what comes after it as well. */
static void a_changed_file_is_refused(void **state)
{
    (void)state;
    struct rcp_embedded files[2] = {file("0001_a.sql", "CREATE TABLE a (i INT);\n", "one"),
                                    file("0002_b.sql", "CREATE TABLE b (i INT);\n", "two")};
    assert_int_equal(migrate(files, 1), RCP_MIGRATION_CURRENT);
    files[0] = file("0001_a.sql", "CREATE TABLE a (i BIGINT);\n", "other");
    assert_int_equal(migrate(files, 2), RCP_MIGRATION_CHANGED);
    assert_non_null(strstr(report.trouble, "0001_a.sql has changed"));
    assert_int_equal(rcp_migrate_check(&options, files, 2, &report), RCP_MIGRATION_CHANGED);
    assert_int_equal(db_number("SELECT COUNT(*) FROM information_schema.tables"
                               " WHERE table_schema = 'fresh' AND table_name = 'b'"),
                     0);
}

/* Rows from before that break a new unique key are named, and nothing is changed until they are settled. */
static void old_duplicates_are_named(void **state)
{
    (void)state;
    struct rcp_embedded files[2] = {
        file("0001_a.sql",
             "CREATE TABLE a (activity INT, user INT);\n"
             "INSERT INTO a VALUES (1, 7), (1, 7), (1, 8), (2, 7), (2, 9), (2, 9), (2, 9);\n",
             "one"),
        file("0002_b.sql",
             "CREATE TABLE b (i INT);\n\n"
             "-- One per payment.\n-- unique: a (activity, user)\n"
             "ALTER TABLE a ADD COLUMN more INT,\n    ADD UNIQUE KEY (activity, user);\n"
             "INSERT INTO b VALUES (1);\n",
             "two"),
    };
    assert_int_equal(migrate(files, 2), RCP_MIGRATION_FAILED);
    assert_non_null(strstr(report.trouble, "a is to have one row for each (activity, user)"));
    assert_non_null(strstr(report.trouble, "(2, 9) 3 times; (1, 7) 2 times;"));
    assert_null(strstr(report.trouble, "(1, 8)"));
    assert_int_equal(rcp_migrate_check(&options, files, 2, &report), RCP_MIGRATION_MISSING);
    assert_non_null(strstr(report.trouble, "missing from 0002_b.sql on"));
    db_do("DELETE FROM fresh.a WHERE user = 9");
    db_do("DELETE FROM fresh.a WHERE user = 7 AND activity = 1 LIMIT 1");
    assert_int_equal(migrate(files, 2), RCP_MIGRATION_CURRENT); /* goes on where it was */
    assert_int_equal(db_number("SELECT COUNT(*) FROM fresh.b"), 1);
}

/* All keys are looked at before the first statement of the first file is done. */
static void a_key_of_a_later_file_stops_the_first(void **state)
{
    (void)state;
    struct rcp_embedded files[3] = {
        file("0001_a.sql", "CREATE TABLE a (i INT);\nINSERT INTO a VALUES (4), (4);\n", "one"),
        file("0002_b.sql", "CREATE TABLE b (i INT);\n", "two"),
        file("0003_c.sql", "-- unique: a (i)\nALTER TABLE a ADD UNIQUE KEY (i);\n", "three"),
    };
    assert_int_equal(migrate(files, 1), RCP_MIGRATION_CURRENT);
    assert_int_equal(migrate(files, 3), RCP_MIGRATION_FAILED);
    assert_non_null(strstr(report.trouble, "(4) 2 times; decide which row of each is right"));
    assert_int_equal(report.made, 0);
    assert_int_equal(db_number("SELECT COUNT(*) FROM information_schema.tables"
                               " WHERE table_schema = 'fresh' AND table_name = 'b'"),
                     0);
    assert_int_equal(db_number("SELECT COUNT(*) FROM fresh.schema_migrations"), 1);
}

/* Whoever does not know a newer file goes on beside it, until one comes that says it cannot. */
static void an_older_binary_goes_on_until_it_cannot(void **state)
{
    (void)state;
    struct rcp_embedded files[3] = {
        file("0001_a.sql", "CREATE TABLE a (i INT);\n", "one"),
        file("0002_b.sql", "ALTER TABLE a ADD COLUMN j INT;\n", "two"),
        file("0003_c.sql", "-- needs: 0002\nALTER TABLE a DROP COLUMN i;\n", "three"),
    };
    assert_int_equal(migrate(files, 2), RCP_MIGRATION_CURRENT);
    assert_int_equal(migrate(files, 1), RCP_MIGRATION_CURRENT);
    assert_int_equal(rcp_migrate_check(&options, files, 1, &report), RCP_MIGRATION_CURRENT);
    assert_int_equal(migrate(files, 3), RCP_MIGRATION_CURRENT);
    assert_int_equal(rcp_migrate_check(&options, files, 2, &report), RCP_MIGRATION_CURRENT);
    assert_int_equal(rcp_migrate_check(&options, files, 1, &report), RCP_MIGRATION_NEWER);
    assert_int_equal(migrate(files, 1), RCP_MIGRATION_NEWER);
    assert_non_null(strstr(report.trouble, "knows migration 0002, and this one ends at 0001"));
}

/* A database from before such notes were kept is read as it is. */
static void a_table_of_migrations_from_before_is_taken_over(void **state)
{
    (void)state;
    struct rcp_embedded files[2] = {file("0001_a.sql", "CREATE TABLE a (i INT);\n", "one"),
                                    file("0002_b.sql", "CREATE TABLE b (i INT);\n", "two")};
    assert_int_equal(migrate(files, 1), RCP_MIGRATION_CURRENT);
    db_do("ALTER TABLE fresh.schema_migrations DROP COLUMN needs");
    assert_int_equal(rcp_migrate_check(&options, files, 1, &report), RCP_MIGRATION_CURRENT);
    assert_int_equal(migrate(files, 2), RCP_MIGRATION_CURRENT);
    assert_int_equal(db_number("SELECT SUM(needs) FROM fresh.schema_migrations"), 0);
}

/* The process died between a statement and the note that it was done. */
static void what_was_done_is_not_done_again(void **state)
{
    (void)state;
    struct rcp_embedded files[1] = {
        file("0001_a.sql",
             "CREATE TABLE a (i INT);\nALTER TABLE a ADD COLUMN j INT;\nCREATE TABLE b (i INT);\n",
             "one"),
    };
    assert_int_equal(migrate(files, 1), RCP_MIGRATION_CURRENT);
    db_do("DROP TABLE fresh.b");
    db_do("UPDATE fresh.schema_migrations SET statements = 1, finished_at = NULL");
    assert_int_equal(migrate(files, 1), RCP_MIGRATION_CURRENT);
    assert_int_equal(db_number("SELECT COUNT(*) FROM fresh.b"), 0);
    struct rcp_embedded again[1] = {file("0002_c.sql", "CREATE TABLE a (i INT);\n", "two")};
    assert_int_equal(migrate(again, 1), RCP_MIGRATION_FAILED); /* it was never begun: a mistake */
    assert_non_null(strstr(report.trouble, "at: CREATE TABLE a"));
}

/* The documented tables with their rows become ours, and no row is lost. */
static void a_documented_database_is_taken_over(void **state)
{
    (void)state;
    db_do("CREATE TABLE fresh.payment_failure_log (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
          " user_id BIGINT NOT NULL, payload TEXT NOT NULL, error_message TEXT NOT NULL,"
          " status VARCHAR(255) NOT NULL, retry_count INT NOT NULL,"
          " next_retry_at DATETIME(6) NOT NULL, created_at DATETIME(6), updated_at DATETIME(6),"
          " KEY idx_status_next_retry (status, next_retry_at))");
    db_do(
        "INSERT INTO fresh.payment_failure_log (user_id, payload, error_message, status,"
        " retry_count, next_retry_at, created_at) VALUES"
        " (7, '{\"userId\":7,\"campaignActivityId\":3,\"productId\":11,"
        "\"campaignActivityType\":\"COUPON\",\"quantity\":null}', '', 'PENDING', 2, NOW(), NOW()),"
        " (7, '{\"userId\":7,\"campaignActivityId\":3,\"productId\":11}', '', 'PENDING', 0, NOW(),"
        " NOW()), (8, 'garbage', '', 'PENDING', 0, NOW(), NOW())");
    db_do("CREATE TABLE fresh.campaign_activity_entries (id BIGINT NOT NULL AUTO_INCREMENT,"
          " campaign_activity_id BIGINT NOT NULL, user_id BIGINT NOT NULL, product_id BIGINT,"
          " status VARCHAR(50) NOT NULL, requested_at DATETIME(6) NOT NULL,"
          " processed_at DATETIME(6), additional_data TEXT, created_at DATETIME(6),"
          " updated_at DATETIME(6), PRIMARY KEY (id))");
    db_do("INSERT INTO fresh.campaign_activity_entries (campaign_activity_id, user_id, product_id,"
          " status, requested_at) VALUES (3, 7, 11, 'APPROVED', NOW()), (3, 7, 11, 'PENDING', "
          "NOW())");
    assert_int_equal(migrate(rcp_migration_files, rcp_migration_files_count), RCP_MIGRATION_FAILED);
    assert_non_null(strstr(report.trouble, "campaign_activity_entries is to have one row"));
    assert_non_null(strstr(report.trouble, "(3, 7) 2 times"));
    assert_non_null(strstr(report.trouble, "nothing was changed"));
    assert_int_equal(db_number("SELECT COUNT(*) FROM information_schema.tables"
                               " WHERE table_schema = 'fresh'"),
                     2); /* those that were there: no other, and no note of a migration */
    assert_int_equal(db_number("SELECT COUNT(*) FROM information_schema.columns"
                               " WHERE table_schema = 'fresh'"),
                     19);
    db_do("DELETE FROM fresh.campaign_activity_entries WHERE status = 'PENDING'");
    if (migrate(rcp_migration_files, rcp_migration_files_count) != RCP_MIGRATION_CURRENT)
        fail_msg("%s", report.trouble);
    assert_int_equal(db_number("SELECT COUNT(*) FROM fresh.payment_failure_log WHERE user_id = 7"
                               " AND campaign_activity_id = 3 AND product_id = 11 AND quantity = 1"
                               " AND status = 'PENDING' AND due_at IS NOT NULL"
                               " AND activity_type = IF(retry_count = 2, 1, 0)"),
                     2);
    assert_int_equal(db_number("SELECT COUNT(*) FROM fresh.payment_failure_log WHERE user_id = 8"
                               " AND status = 'FAILED' AND untold = 1"),
                     1);
}

int main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, open_fresh, db_close)
    const struct CMUnitTest tests[] = {
        HERE(migrations_are_made_once),
        HERE(processes_do_not_race),
        HERE(a_changed_file_is_refused),
        HERE(old_duplicates_are_named),
        HERE(a_key_of_a_later_file_stops_the_first),
        HERE(an_older_binary_goes_on_until_it_cannot),
        HERE(a_table_of_migrations_from_before_is_taken_over),
        HERE(what_was_done_is_not_done_again),
        HERE(a_documented_database_is_taken_over),
    };
    return cmocka_run_group_tests(tests, db_begin, db_end);
}
