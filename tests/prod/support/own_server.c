/* The scripts do the work; this keeps their folder and their port. */
#include "tests/prod/support/own_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINE_MAX_SIZE 1024u

static char line[LINE_MAX_SIZE];

/* The first line that a command says; fails the test where the command fails. */
static const char *say(const char *command)
{
    FILE *pipe = popen(command, "r"); // NOLINT(cert-env33-c): the tests' own words
    assert_non_null(pipe);
    line[0] = '\0';
    if (fgets(line, sizeof line, pipe) == NULL)
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    char rest[256];
    while (fgets(rest, sizeof rest, pipe) != NULL)
        continue;
    if (pclose(pipe) != 0)
        fail_msg("failed: %s", command);
    return line;
}

void own_server_start(struct own_server *server, const char *script, const char *options)
{
    const char *temporary = getenv("TMPDIR");
    char command[LINE_MAX_SIZE];
    server->script = script;
    snprintf(server->dir,
             sizeof server->dir,
             "%.32s/recoup-test-XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    assert_non_null(mkdtemp(server->dir));
    snprintf(command, sizeof command, "DIR=%s; %s start $DIR %s", server->dir, script, options);
    server->port = (uint16_t)strtoul(say(command), NULL, 10);
    assert_int_not_equal(server->port, 0);
}

void own_server_do(const struct own_server *server, const char *verb)
{
    char command[LINE_MAX_SIZE];
    snprintf(command, sizeof command, "%s %s %s", server->script, verb, server->dir);
    say(command);
}

void own_server_end(struct own_server *server)
{
    char command[LINE_MAX_SIZE];
    own_server_do(server, "kill");
    snprintf(command, sizeof command, "rm -rf %s", server->dir);
    say(command);
}

const char *own_server_shell(const struct own_server *server, const char *command)
{
    char full[LINE_MAX_SIZE];
    snprintf(full, sizeof full, "cd %s && PORT=%u && %s", server->dir, server->port, command);
    return say(full);
}
