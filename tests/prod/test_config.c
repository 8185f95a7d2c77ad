/* The configuration's claims: what is wrong is said with its place and what is allowed, secrets come from
 * files and the environment alone, and what is printed is read back. */
#include "prod/config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define GOOD                                                                                    \
    "state: /tmp\nhandle_key_file: key\ntoken_key_files: [key]\nrecord_key_files: [key, key]\n" \
    "identity: { hs256_files: [key] }\n"
#define SECRET "0123456789abcdef0123456789abcdef"

static struct rcp_config config;
static char wrong[512];
static char folder[] = "/tmp/recoup-config-XXXXXX";

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
}

static bool read_text(const char *text)
{
    write_file("config.yaml", text);
    wrong[0] = '\0';
    return rcp_config_read("config.yaml", &config, wrong, sizeof wrong);
}

static int enter_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    write_file("key", SECRET "\n");
    write_file("short", "abc");
    return setenv("RECOUP_TEST_SECRET", SECRET, 1);
}

static int leave_folder(void **state)
{
    (void)state;
    rcp_config_wipe(&config);
    return unlink("key") + unlink("short") + unlink("config.yaml") + rmdir(folder);
}

/* What nobody gives is the default, and a secret loses its line end. */
static void little_suffices(void **state)
{
    (void)state;
    if (!read_text(GOOD))
        fail_msg("%s", wrong);
    assert_string_equal(config.http.listen.at, "127.0.0.1:8080");
    assert_int_equal(config.kafka.replicas, 3);
    assert_int_equal(config.grace_ms, 30000);
    assert_int_equal(config.record_keys.count, 2);
    assert_int_equal(config.handle_key.size, strlen(SECRET));
    assert_string_equal((const char *)config.handle_key.bytes, SECRET);
    assert_int_equal(config.limits.orders, 0);
}

/* Each mistake is named with its line and column, and with what is allowed. */
static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *said;
    } rows[] = {
        {"", "config.yaml:1:1: the file is empty"},
        {GOOD "stat: x\n", "config.yaml:6:1: nobody knows \"stat\""},
        {GOOD "http: { port: 1 }\n", "config.yaml:6:9: nobody knows \"port\" in http"},
        {GOOD "http: 8080\n", "config.yaml:6:7: a mapping is wanted here"},
        {GOOD "grace: 30\n", "config.yaml:6:8: grace is \"30\"; allowed: 0s to 10m"},
        {GOOD "instance: 0\n", "config.yaml:6:11: instance is \"0\"; allowed: 1 to 1000000"},
        {GOOD "documented: yes\n", "documented is \"yes\"; allowed: true or false"},
        {GOOD "redis: { password: x }\n", "nobody knows \"password\" in redis"},
        {GOOD "redis: { password_file: none }\n", "6:25: cannot read none: No such file"},
        {GOOD "redis: { password_env: NONE_SUCH }\n", "there is no NONE_SUCH in the environment"},
        {GOOD "redis: { password_file: key, password_env: PATH }\n", "password is given twice"},
        {GOOD "identity: { hs256_files: [short] }\n", "config.yaml:6:26: hs256 is given twice"},
        {GOOD "pg: { url: http://x, callback_key_file: short }\n", "callback_key has 3 bytes"},
        {GOOD "pg: { url: http://x }\n", "config.yaml:6:12: pg.callback_url is missing"},
        {GOOD "kafka: { replicas: 1 }\n", "kafka.min_in_sync is more than kafka.replicas"},
        {GOOD "retention: { rows: 6d }\n", "retention.rows is below retention.backup"},
        {GOOD "retention: { backup: 400d, rows: 400d }\n",
         "retention.records is below retention.backup"},
        {GOOD "retention: { keys: 23h }\n", "keys"},
        {GOOD "limits: { group: 99 }\n", "group is \"99\"; allowed: 1 to 32"},
        {GOOD "limits: { retries: 1 }\n", "limits.retries does not go with"},
        {GOOD "http: { tls_key: x }\n", "http.tls_certificate and http.tls_key go together"},
        {"state: /tmp\n", "config.yaml: handle_key_file is missing"},
        {"handle_key_file: key\n", "config.yaml: state is missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_false(read_text(rows[i].text));
        if (strstr(wrong, rows[i].said) == NULL)
            fail_msg("\"%s\" is said of a file where \"%s\" is true", wrong, rows[i].said);
    }
}

/* A refused configuration leaves no secret behind. */
static void what_is_refused_is_wiped(void **state)
{
    (void)state;
    static const struct rcp_config nothing;
    assert_false(read_text(GOOD "grace: 1\n"));
    assert_memory_equal(&config, &nothing, sizeof config);
}

/* A secret may come from the environment. */
static void a_secret_comes_from_the_environment(void **state)
{
    (void)state;
    assert_true(read_text(GOOD "mysql: { password_env: RECOUP_TEST_SECRET }\n"));
    assert_string_equal((const char *)config.mysql.password.bytes, SECRET);
}

#define PRINTED_MAX 16384u

static void add(char *text, const char *more)
{
    size_t used = strlen(text);
    snprintf(text + used, PRINTED_MAX - used, "%s\n", more);
}

/* Writes down what is printed; the one secret of a section stands with the section. */
static void append(void *context, const char *line)
{
    add(context, line);
    if (strcmp(line, "identity:") == 0)
        add(context, "  hs256_files: [key]");
}

/* What is printed says no secret, and is read back where the secrets are given again. */
static void what_is_printed_is_read_back(void **state)
{
    (void)state;
    static char first[PRINTED_MAX], second[PRINTED_MAX + 128u];
    assert_true(read_text(GOOD "grace: 5s\nlimits: { group: 7 }\nmysql: { migrate: true }\n"));
    rcp_config_print(&config, first, append);
    assert_null(strstr(first, SECRET));
    snprintf(second,
             sizeof second,
             "handle_key_file: key\ntoken_key_files: [key]\nrecord_key_files: [key, key]\n%s",
             first);
    if (!read_text(second))
        fail_msg("%s", wrong);
    second[0] = '\0';
    rcp_config_print(&config, second, append);
    assert_string_equal(second, first);
    assert_int_equal(config.limits.group, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_suffices),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(what_is_refused_is_wiped),
        cmocka_unit_test(a_secret_comes_from_the_environment),
        cmocka_unit_test(what_is_printed_is_read_back),
    };
    return cmocka_run_group_tests_name("config", tests, enter_folder, leave_folder);
}
