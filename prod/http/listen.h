/* Listening sockets. */
#ifndef RCP_PROD_HTTP_LISTEN_H
#define RCP_PROD_HTTP_LISTEN_H

#include "prod/http/http_adapter.h"

/* A socket that listens there, close-on-exec; *port gets its TCP port, 0 for a unix socket. -1, and errno says
 * why: EINVAL for an address or a path that is none, or for a TCP listener that trusts a header. */
int rcp_listen(const struct rcp_listener *listener, uint16_t *port);

#endif
