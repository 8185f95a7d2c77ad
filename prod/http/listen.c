/* TCP by getaddrinfo, numeric only: a listener's address is no name. */
#include "prod/http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096

static int fail(int fd)
{
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound;
    socklen_t size = sizeof bound;
    memset(&bound, 0, sizeof bound);
    getsockname(fd, &bound.any, &size);
    return ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
}

static int listen_tcp(const struct rcp_listener *listener, uint16_t *port)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char service[8];
    int on = 1;
    snprintf(service, sizeof service, "%u", listener->port);
    if (getaddrinfo(listener->address, service, &hints, &found) != 0) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool listens = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                   bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    freeaddrinfo(found);
    if (!listens)
        return fail(fd);
    *port = port_of(fd);
    return fd;
}

static int listen_unix(const struct rcp_listener *listener)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat there;
    size_t size = strlen(listener->path);
    if (size == 0 || size >= sizeof address.sun_path) {
        errno = EINVAL;
        return -1;
    }
    memcpy(address.sun_path, listener->path, size);
    if (lstat(listener->path, &there) == 0 && S_ISSOCK(there.st_mode))
        unlink(listener->path); /* left behind by one that was killed */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool listens = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                   (listener->mode == 0 || chmod(listener->path, listener->mode) == 0) &&
                   listen(fd, BACKLOG) == 0;
    return listens ? fd : fail(fd);
}

int rcp_listen(const struct rcp_listener *listener, uint16_t *port)
{
    *port = 0;
    if (listener->address != NULL && !listener->trusted)
        return listen_tcp(listener, port);
    if (listener->address == NULL && listener->path != NULL)
        return listen_unix(listener);
    errno = EINVAL;
    return -1;
}
