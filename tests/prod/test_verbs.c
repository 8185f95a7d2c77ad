/* recoupd's command line: what a verb does not take is refused before anything is done, since a misspelt
 * --check would migrate; and a configuration that passes check-config is one that serves. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Nobody listens at these ports: whatever a verb tried to do there would fail, and end with 1. */
#define GOOD                                                                                \
    "state: state\nhandle_key_file: key\ntoken_key_files: [key]\nrecord_key_files: [key]\n" \
    "identity: { hs256_files: [key] }\nmysql: { address: \"127.0.0.1:9\" }\n"               \
    "kafka: { brokers: \"127.0.0.1:9\" }\n"
#define KEY "0123456789abcdef0123456789abcdef"

static char folder[] = "/tmp/recoup-verbs-XXXXXX";
static char program[PATH_MAX];
static char said[8192];

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* A configuration that serves but for this line. */
static void write_config(const char *line)
{
    char text[1024];
    snprintf(text, sizeof text, GOOD "%s\n", line);
    write_file("recoupd.yaml", text);
}

static int enter_folder(void **state)
{
    (void)state;
    if (realpath("zig-out/bin/recoupd", program) == NULL || mkdtemp(folder) == NULL ||
        chdir(folder) != 0)
        return -1;
    write_file("key", KEY "\n");
    write_file("long", KEY KEY KEY KEY KEY "\n");
    write_config("");
    return 0;
}

static int leave_folder(void **state)
{
    (void)state;
    return unlink("key") + unlink("long") + unlink("recoupd.yaml") + rmdir(folder);
}

/* The exit code of recoupd with these words; what it printed is in `said`. */
static int run(const char *words)
{
    char command[PATH_MAX + 256];
    snprintf(command, sizeof command, "%s %s 2>&1", program, words);
    FILE *pipe = popen(command, "r"); // NOLINT(cert-env33-c): the tests' own words
    assert_non_null(pipe);
    said[fread(said, 1, sizeof said - 1u, pipe)] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_said(const char *part)
{
    if (strstr(said, part) == NULL)
        fail_msg("nothing like \"%s\" in:\n%s", part, said);
}

/* A word that a verb does not take is named, with what it takes, and nothing is done. */
static void a_word_too_many_is_refused(void **state)
{
    static const struct {
        const char *words;
        const char *says;
    } cases[] = {
        {"migrate --config recoupd.yaml --chek", "there is no use for \"--chek\""},
        {"migrate --config recoupd.yaml --check now", "there is no use for \"now\""},
        {"serve --config recoupd.yaml --recrod /tmp", "there is no use for \"--recrod\""},
        {"--confg recoupd.yaml", "there is no use for \"--confg\""},
        {"serve --config", "a word is missing behind \"--config\""},
        {"check-config recoupd.yaml", "there is no use for \"recoupd.yaml\""},
        {"token --config recoupd.yaml --user 7 --activity 1 --product 2",
         "there is no use for \"--product\""},
        {"rewind --config recoupd.yaml --to 2026-01-01T00:00:00Z --dry-run",
         "there is no use for \"--dry-run\""},
        {"ctl --config recoupd.yaml rewind --to 2026-01-01T00:00:00Z --dry-run",
         "there is no use for \"--dry-run\""},
        {"mirgate --config recoupd.yaml", "there is no verb \"mirgate\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(run(cases[i].words), 2);
        assert_said(cases[i].says);
        assert_said("usage:");
    }
}

/* Who asks a verb for help gets it, and the verb does nothing. */
static void each_verb_has_help(void **state)
{
    static const char *const verbs[] = {
        "serve", "check-config", "migrate", "ctl", "token", "rewind"};
    char words[64];
    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        snprintf(words, sizeof words, "%s --help", verbs[i]);
        assert_int_equal(run(words), 0);
        assert_said("usage: recoupd ");
        assert_said(verbs[i]);
        assert_int_equal(run("--help"), 0);
        assert_said(verbs[i]);
    }
    assert_int_equal(run("ctl retry --help"), 0);
    assert_said("try a parked payment again");
}

/* Options without a verb are serve's. */
static void serve_is_what_it_does_by_default(void **state)
{
    (void)state;
    assert_int_equal(run("--record /tmp --config /nowhere.yaml"), 2);
    assert_said("/nowhere.yaml");
}

/* Clients' connections are files: whatever soft limit it is started with, it takes what it may. */
static void serve_takes_the_files_that_it_may(void **state)
{
    char command[PATH_MAX + 512];
    (void)state;
    snprintf(command,
             sizeof command,
             "ulimit -S -n 64; %s serve --config recoupd.yaml 2>said & recoupd=$!; low=1;"
             " for i in $(seq 100); do"
             " awk '/^Max open files/ && $4 == $5 { found = 1 } END { exit !found }'"
             " /proc/$recoupd/limits && low=0 && break; sleep 0.1; done;"
             " kill -KILL $recoupd; rm -rf said state; exit $low",
             program);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): the tests' own words
}

/* What serve would refuse in the file, check-config refuses. */
static void what_is_checked_serves(void **state)
{
    static const struct {
        const char *line;
        const char *says;
    } cases[] = {
        {"http: { listen: somewhere }", "http.listen is no ADDRESS:PORT"},
        {"redis: { address: \"redis\" }", "redis.address is no HOST:PORT and no path"},
        {"pg: { url: \"http://pg\", callback_url: \"http://us\", callback_key_file: long }",
         "pg.callback_key is too long"},
    };
    (void)state;
    assert_int_equal(run("check-config --config recoupd.yaml"), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_config(cases[i].line);
        assert_int_equal(run("check-config --config recoupd.yaml"), 2);
        assert_said(cases[i].says);
    }
    write_config("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_too_many_is_refused),
        cmocka_unit_test(each_verb_has_help),
        cmocka_unit_test(serve_is_what_it_does_by_default),
        cmocka_unit_test(serve_takes_the_files_that_it_may),
        cmocka_unit_test(what_is_checked_serves),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
