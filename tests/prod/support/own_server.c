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

static FILE *begin(const char *command)
{
    FILE *pipe = popen(command, "r"); // NOLINT(cert-env33-c): the tests' own words
    assert_non_null(pipe);
    return pipe;
}

/* The first line that a command says; fails the test where it fails. */
static const char *await(FILE *pipe, const char *what)
{
    char rest[256];
    if (fgets(line, sizeof line, pipe) == NULL)
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    while (fgets(rest, sizeof rest, pipe) != NULL)
        continue;
    if (pclose(pipe) != 0)
        fail_msg("failed: %s", what);
    return line;
}

const char *own_server_say(const char *command)
{
    return await(begin(command), command);
}

void own_server_begin(struct own_server *server,
                      const char *dir,
                      const char *script,
                      const char *options)
{
    char command[LINE_MAX_SIZE];
    *server = (struct own_server){.script = script};
    snprintf(server->dir, sizeof server->dir, "%s", dir);
    snprintf(command, sizeof command, "DIR=%s; %s start $DIR %s", dir, script, options);
    server->coming = begin(command);
}

void own_server_await(struct own_server *server)
{
    server->port = (uint16_t)strtoul(await(server->coming, server->script), NULL, 10);
    server->coming = NULL;
    assert_int_not_equal(server->port, 0);
}

void own_server_start(struct own_server *server, const char *script, const char *options)
{
    const char *temporary = getenv("TMPDIR");
    char dir[64];
    snprintf(dir, sizeof dir, "%.32s/recoup-test-XXXXXX", temporary != NULL ? temporary : "/tmp");
    assert_non_null(mkdtemp(dir));
    own_server_begin(server, dir, script, options);
    own_server_await(server);
}

void own_server_do(const struct own_server *server, const char *verb)
{
    char command[LINE_MAX_SIZE];
    snprintf(command, sizeof command, "%s %s %s", server->script, verb, server->dir);
    own_server_say(command);
}

void own_server_end(struct own_server *server)
{
    char command[LINE_MAX_SIZE];
    own_server_do(server, "kill");
    snprintf(command, sizeof command, "rm -rf %s", server->dir);
    own_server_say(command);
}

const char *own_server_shell(const struct own_server *server, const char *command)
{
    char full[LINE_MAX_SIZE];
    snprintf(full, sizeof full, "cd %s && PORT=%u && %s", server->dir, server->port, command);
    return own_server_say(full);
}

uint16_t own_server_free_port(void)
{
    return (uint16_t)strtoul(
        own_server_say("bash -c '. tests/services/process.sh; free_port'"), NULL, 10);
}
