/* A real server of tests/services/ that one test owns, in a folder of its own under TMPDIR. */
#ifndef RCP_TESTS_PROD_SUPPORT_OWN_SERVER_H
#define RCP_TESTS_PROD_SUPPORT_OWN_SERVER_H

#include <stdint.h>
#include <stdio.h>

#define OWN_SERVER_DIR_MAX 64u /* under TMPDIR, of which 32 characters count */

struct own_server {
    const char *script; /* tests/services/….sh */
    char dir[OWN_SERVER_DIR_MAX];
    uint16_t port;
    FILE *coming; /* what its script says while it starts; NULL: nothing is awaited */
};

/* Starts it; the options are words for its script, as a shell reads them, in which $DIR is its folder. Fails
 * the test where it does not come up. */
void own_server_start(struct own_server *server, const char *script, const char *options);

/* The same in two steps, for several that come up at once: in this folder, which is made where there is none. */
void own_server_begin(struct own_server *server,
                      const char *dir,
                      const char *script,
                      const char *options);
void own_server_await(struct own_server *server);

/* One of the script's verbs: "freeze", "thaw", "kill", "restart", ... */
void own_server_do(const struct own_server *server, const char *verb);

/* Ends it and takes its folder away. */
void own_server_end(struct own_server *server);

/* Runs a command line in its folder, $PORT being its port, and gives the first line of what it says, good
 * until the next call. */
const char *own_server_shell(const struct own_server *server, const char *command);

/* Runs any command line, in our folder, and gives the same. */
const char *own_server_say(const char *command);

/* A port on loopback that nobody listens on now, and that no outgoing connection is given. */
uint16_t own_server_free_port(void);

#endif
