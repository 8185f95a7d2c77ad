/* What `recoupd ctl` prints of an answer: a line for each row of a table, in columns. The service is the test. */
#include "prod/ctl/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *given; /* what the service answers */

static char *give(void *context, const struct rcp_peer *peer, const char *line, size_t size)
{
    (void)context, (void)peer, (void)line, (void)size;
    return strdup(given);
}

/* `recoupd ctl show 7/31`, as this answer has it print. */
static const char *shown(const char *answer)
{
    static char said[4096];
    char folder[] = "/tmp/recoup-ctl-XXXXXX", path[64], command[160];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/socket", folder);
    const struct rcp_ctl_server_options options = {
        .path = path, .owner = geteuid(), .line_ms = 5000, .answer = give};
    given = answer;
    struct rcp_ctl_server *server = rcp_ctl_server_open(&options);
    assert_non_null(server);
    snprintf(command, sizeof command, "zig-out/bin/recoupd ctl --socket %s show 7/31", path);
    FILE *pipe = popen(command, "r"); // NOLINT(cert-env33-c): the tests' own words
    assert_non_null(pipe);
    said[fread(said, 1, sizeof said - 1u, pipe)] = '\0';
    assert_int_equal(pclose(pipe), 0);
    rcp_ctl_server_close(server);
    assert_int_equal(rmdir(folder), 0);
    return said;
}

/* Each attempt is a line of its own, under the names of what it says; what it does not have is a dash. */
static void an_attempt_is_a_line(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{\"outcome\":\"done\",\"result\":{\"attempts\":["
              "{\"row\":4,\"try\":1,\"outcome\":\"REFUSED\",\"next_at\":\"2026-11-21 18:00\"},"
              "{\"row\":4,\"try\":1,\"outcome\":\"PARKED\",\"next_at\":null}]}}\n"),
        "attempts\n"
        "  row  try  outcome next_at         \n"
        "  4    1    REFUSED 2026-11-21 18:00\n"
        "  4    1    PARKED  -               \n");
}

/* A table without rows says so. */
static void no_attempt_is_said(void **state)
{
    (void)state;
    assert_string_equal(shown("{\"outcome\":\"done\",\"result\":{\"attempts\":[]}}\n"),
                        "attempts: none\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attempt_is_a_line),
        cmocka_unit_test(no_attempt_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
