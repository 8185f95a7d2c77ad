/* A real server of tests/services/ that one test owns, in a folder of its own under TMPDIR. */
#ifndef RCP_TESTS_PROD_SUPPORT_OWN_SERVER_H
#define RCP_TESTS_PROD_SUPPORT_OWN_SERVER_H

#include <stdint.h>

struct own_server {
    const char *script; /* tests/services/….sh */
    char dir[64];
    uint16_t port;
};

/* Starts it; the options are words for its script, as a shell reads them, in which $DIR is its folder. Fails
 * the test where it does not come up. */
void own_server_start(struct own_server *server, const char *script, const char *options);

/* One of the script's verbs: "freeze", "thaw", "kill", "restart", ... */
void own_server_do(const struct own_server *server, const char *verb);

/* Ends it and takes its folder away. */
void own_server_end(struct own_server *server);

/* Runs a command line in its folder, $PORT being its port, and gives the first line of what it says, good
 * until the next call. */
const char *own_server_shell(const struct own_server *server, const char *command);

#endif
