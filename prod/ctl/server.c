/* A thread accepts, and each connection has one: operators are few, and what they ask for may block. */
#include "prod/ctl/server.h"

#include "prod/ctl/answer.h"
#include "prod/ctl/line.h"
#include "prod/ctl/request.h"
#include "prod/http/listen.h"
#include "prod/loop/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
    struct rcp_ctl_server *server;
    int fd; /* -1: free */
};

struct rcp_ctl_server {
    struct rcp_ctl_server_options options;
    int listening;
    int word; /* eventfd: the end */
    pthread_t thread;
    pthread_mutex_t lock; /* of the connections */
    pthread_cond_t left;
    uint32_t count;
    struct connection connections[RCP_CTL_CONNECTIONS_MAX];
};

/* --- One connection --- */

static void write_line(const struct rcp_ctl_server *server, int fd, const char *line)
{
    if (line != NULL)
        rcp_line_write(fd, rcp_mono_ms() + server->options.line_ms, line, strlen(line));
}

static void turn_away(const struct rcp_ctl_server *server,
                      int fd,
                      enum rcp_ctl_outcome outcome,
                      const char *because)
{
    struct rcp_ctl_answer answer = {0};
    rcp_ctl_say(&answer, outcome, "%s", because);
    char *line = rcp_ctl_answer_line(&answer);
    write_line(server, fd, line);
    free(line);
}

static void serve_line(const struct rcp_ctl_server *server, int fd, const struct rcp_peer *peer)
{
    const uint64_t deadline_ms = rcp_mono_ms() + server->options.line_ms;
    char *line = NULL;
    char *answer = NULL;
    size_t size = 0;
    switch (rcp_line_read(fd, deadline_ms, RCP_CTL_LINE_MAX, &line, &size)) {
    case RCP_LINE_WHOLE:
        answer = server->options.answer(server->options.context, peer, line, size);
        write_line(server, fd, answer);
        break;
    case RCP_LINE_LATE:
        turn_away(server, fd, RCP_CTL_WRONG, "no whole line came in time");
        break;
    case RCP_LINE_LONG:
        turn_away(server, fd, RCP_CTL_WRONG, "the line is too long");
        break;
    case RCP_LINE_CLOSED:
        break;
    }
    free(answer);
    free(line);
}

static void serve_peer(const struct rcp_ctl_server *server, int fd)
{
    struct rcp_peer peer;
    if (rcp_peer_of(fd, &peer) && rcp_peer_may(&peer, server->options.owner))
        serve_line(server, fd, &peer);
    else
        turn_away(server,
                  fd,
                  RCP_CTL_REFUSED,
                  "only the user that runs recoupd, and root, may speak to it here");
}

/* --- Many of them --- */

static void leave(struct connection *connection)
{
    struct rcp_ctl_server *server = connection->server;
    pthread_mutex_lock(&server->lock);
    close(connection->fd);
    connection->fd = -1;
    server->count--;
    pthread_cond_broadcast(&server->left);
    pthread_mutex_unlock(&server->lock);
}

static void *serve(void *context)
{
    struct connection *connection = context;
    serve_peer(connection->server, connection->fd);
    leave(connection);
    return NULL;
}

/* A free place, which has this descriptor from here on; NULL where there is none. */
static struct connection *enter(struct rcp_ctl_server *server, int fd)
{
    struct connection *connection = NULL;
    pthread_mutex_lock(&server->lock);
    for (uint32_t i = 0; i < RCP_CTL_CONNECTIONS_MAX && connection == NULL; i++)
        if (server->connections[i].fd < 0)
            connection = &server->connections[i];
    if (connection != NULL) {
        connection->fd = fd;
        server->count++;
    }
    pthread_mutex_unlock(&server->lock);
    return connection;
}

static bool begin(struct connection *connection)
{
    pthread_attr_t detached;
    pthread_t thread;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    bool begun = pthread_create(&thread, &detached, serve, connection) == 0;
    pthread_attr_destroy(&detached);
    return begun;
}

static void accept_one(struct rcp_ctl_server *server)
{
    static const char busy[] = "too many operators at once: come again";
    int fd = accept4(server->listening, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct connection *connection = enter(server, fd);
    if (connection != NULL && begin(connection))
        return;
    turn_away(server, fd, RCP_CTL_REFUSED, busy); /* fits the socket's buffer: it does not block */
    if (connection != NULL)
        leave(connection);
    else
        close(fd);
}

static void *run(void *context)
{
    struct rcp_ctl_server *server = context;
    struct pollfd waits[] = {{.fd = server->listening, .events = POLLIN},
                             {.fd = server->word, .events = POLLIN}};
    while (waits[1].revents == 0)
        if (poll(waits, 2, -1) > 0 && waits[0].revents != 0)
            accept_one(server);
    return NULL;
}

/* --- Opening and closing --- */

static void free_server(struct rcp_ctl_server *server)
{
    if (server->word >= 0)
        close(server->word);
    if (server->listening >= 0) {
        close(server->listening);
        unlink(server->options.path);
    }
    pthread_cond_destroy(&server->left);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

/* Listening takes over what lies at the path, as a process that was killed leaves it there; one that lives keeps
 * its own. */
static int listen_at(const char *path)
{
    const struct rcp_listener listener = {.path = path, .mode = 0600};
    uint16_t port = 0;
    int answered = rcp_ctl_call(path);
    if (answered < 0)
        return rcp_listen(&listener, &port);
    close(answered);
    errno = EADDRINUSE;
    return -1;
}

struct rcp_ctl_server *rcp_ctl_server_open(const struct rcp_ctl_server_options *options)
{
    struct rcp_ctl_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return NULL;
    server->options = *options;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->left, NULL);
    for (uint32_t i = 0; i < RCP_CTL_CONNECTIONS_MAX; i++)
        server->connections[i] = (struct connection){.server = server, .fd = -1};
    server->word = eventfd(0, EFD_CLOEXEC);
    server->listening = listen_at(options->path);
    if (server->word >= 0 && server->listening >= 0 &&
        pthread_create(&server->thread, NULL, run, server) == 0)
        return server;
    int why = errno;
    free_server(server);
    errno = why;
    return NULL;
}

void rcp_ctl_server_close(struct rcp_ctl_server *server)
{
    static const uint64_t one = 1;
    if (server == NULL)
        return;
    while (write(server->word, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    pthread_join(server->thread, NULL);
    pthread_mutex_lock(&server->lock);
    for (uint32_t i = 0; i < RCP_CTL_CONNECTIONS_MAX; i++)
        if (server->connections[i].fd >= 0)
            shutdown(server->connections[i].fd, SHUT_RD);
    while (server->count > 0)
        pthread_cond_wait(&server->left, &server->lock);
    pthread_mutex_unlock(&server->lock);
    free_server(server);
}
