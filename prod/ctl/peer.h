/* Who is at the other end of a unix socket, as the kernel says. */
#ifndef RCP_PROD_CTL_PEER_H
#define RCP_PROD_CTL_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#define RCP_PEER_NAME_MAX 64u

struct rcp_peer {
    uid_t uid;
    char name[RCP_PEER_NAME_MAX]; /* of that user; its number where it has none */
};

/* False where the kernel does not say. */
bool rcp_peer_of(int fd, struct rcp_peer *peer);

/* Operators are whoever runs the service, and root. */
bool rcp_peer_may(const struct rcp_peer *peer, uid_t owner);

#endif
