/* A server on fake backends, for the browser tests and for wrk: prints where it listens, and one bearer and a token
 * for each fate, as JSON on one line; serves until its standard input ends.
 *
 *   server [--threads N] [--exchanges N] */
#include "tests/prod/support/test_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    uint64_t activity;
} fates[] = {
    {"approves", FAKE_APPROVES},
    {"opens", FAKE_OPENS},
    {"conflicts", FAKE_CONFLICTS},
    {"expired", FAKE_EXPIRED},
    {"nobody", FAKE_NOBODY},
    {"parks", FAKE_PARKS},
    {"recovers", FAKE_RECOVERS},
    {"holds", FAKE_HOLDS},
};

int main(int argc, char **argv)
{
    static struct test_server server;
    char rest[256];
    test_server_prepare(&server);
    for (int i = 1; i + 1 < argc; i += 2) {
        uint32_t number = (uint32_t)strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--threads") == 0)
            server.options.limits.threads = number;
        else if (strcmp(argv[i], "--exchanges") == 0)
            server.options.limits.exchanges = number;
    }
    test_server_start(&server);
    printf("{\"url\":\"http://127.0.0.1:%u\",\"inside\":\"http://127.0.0.1:%u\",\"bearer\":\"%s\"",
           test_server_port(&server),
           test_server_inside(&server),
           test_bearer(7) + strlen("Bearer "));
    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++)
        printf(",\"%s\":\"%s\"", fates[i].name, test_token(7, fates[i].activity));
    printf(",\"foreign\":\"%s\"}\n", test_token(8, FAKE_APPROVES));
    fflush(stdout);
    while (read(STDIN_FILENO, rest, sizeof rest) > 0)
        continue;
    return test_server_stop(&server, 1000) ? 0 : 1;
}
