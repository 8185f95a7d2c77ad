/* SO_PEERCRED: who connected, not what they say of themselves. */
#include "prod/ctl/peer.h"

#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>

#define ENTRY_MAX 1024u /* bytes of a line in the user database */

static void find_name(struct rcp_peer *peer)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char room[ENTRY_MAX];
    if (getpwuid_r(peer->uid, &entry, room, sizeof room, &found) == 0 && found != NULL)
        snprintf(peer->name, sizeof peer->name, "%s", found->pw_name);
    else
        snprintf(peer->name, sizeof peer->name, "%u", peer->uid);
}

bool rcp_peer_of(int fd, struct rcp_peer *peer)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return false;
    peer->uid = credentials.uid;
    find_name(peer);
    return true;
}

bool rcp_peer_may(const struct rcp_peer *peer, uid_t owner)
{
    return peer->uid == owner || peer->uid == 0;
}
