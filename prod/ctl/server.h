/* The operators' socket: one line in, one line out, and the connection ends. Who may not speak is told so; who is
 * slow, or sends too much, is told so and cut off. */
#ifndef RCP_PROD_CTL_SERVER_H
#define RCP_PROD_CTL_SERVER_H

#include "prod/ctl/peer.h"

#include <stddef.h>
#include <stdint.h>

#define RCP_CTL_CONNECTIONS_MAX 8u /* at once; one more is told to come again */

struct rcp_ctl_server;

struct rcp_ctl_server_options {
    const char *path; /* what is there is replaced; mode 0600 */
    uid_t owner;      /* who may, beside root */
    uint32_t line_ms; /* to send a line, and to take one */
    void *context;
    /* In a thread of the connection's own: the answer to this line, for free(); NULL where memory is short. */
    char *(*answer)(void *context, const struct rcp_peer *peer, const char *line, size_t size);
};

/* Serves from here on. NULL, and errno says why. */
struct rcp_ctl_server *rcp_ctl_server_open(const struct rcp_ctl_server_options *options);

/* Takes nobody new, hangs up on who still sends, waits for answers that are on their way, and takes the socket
 * away. NULL is fine. */
void rcp_ctl_server_close(struct rcp_ctl_server *server);

#endif
