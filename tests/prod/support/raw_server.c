/* One thread accepts, and one serves each connection. */
#include "tests/prod/support/raw_server.h"

#include "core/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256u
#define REQUESTS_MAX    256u

struct connection {
    struct raw_server *server;
    pthread_t thread;
    int fd;
};

struct raw_server {
    const struct raw_answer *answers;
    uint32_t answer_count;
    int fd;
    uint16_t port;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t ended;
    bool over;
    uint32_t connection_count, request_count;
    uint32_t answered; /* how many answers were begun */
    struct connection connections[CONNECTIONS_MAX];
    char requests[REQUESTS_MAX][RAW_REQUEST_MAX];
};

static void sleep_ms(uint32_t ms)
{
    struct timespec span = {.tv_sec = ms / 1000u, .tv_nsec = (long)(ms % 1000u) * 1000000L};
    nanosleep(&span, NULL);
}

/* --- Reading --- */

/* Bytes of a whole request at the front of the text; 0: not all of it has come. */
static size_t whole_request(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length:");
    if (end == NULL)
        return 0;
    size_t size = (size_t)(end - text) + 4u;
    if (length != NULL && length < end)
        size += strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    return strlen(text) >= size ? size : 0;
}

/* One request at a time: a client that waits for its answer sends no more. False where it has gone. */
static bool read_request(int fd, char text[RAW_REQUEST_MAX])
{
    size_t size = 0;
    text[0] = '\0';
    while (whole_request(text) == 0) {
        ssize_t got = read(fd, text + size, RAW_REQUEST_MAX - 1u - size);
        if (got <= 0)
            return false;
        size += (size_t)got;
        text[size] = '\0';
    }
    return true;
}

/* --- Answering --- */

static bool say(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = send(fd, bytes, size, MSG_NOSIGNAL);
        if (put <= 0)
            return false;
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

static void say_answer(int fd, const struct raw_answer *answer)
{
    static const char spaces[] = "                                                                ";
    size_t size = answer->bytes == NULL ? 0 : strlen(answer->bytes);
    if (answer->drip_ms == 0)
        say(fd, answer->bytes, size);
    for (size_t i = 0; answer->drip_ms > 0 && i < size && say(fd, &answer->bytes[i], 1); i++)
        sleep_ms(answer->drip_ms);
    uint32_t left = answer->more;
    while (left >= sizeof spaces - 1u && say(fd, spaces, sizeof spaces - 1u))
        left -= (uint32_t)sizeof spaces - 1u;
}

static void wait_for_the_end(struct raw_server *server)
{
    pthread_mutex_lock(&server->lock);
    while (!server->over)
        pthread_cond_wait(&server->ended, &server->lock);
    pthread_mutex_unlock(&server->lock);
}

static const struct raw_answer *next_answer(struct raw_server *server, const char *request)
{
    pthread_mutex_lock(&server->lock);
    uint32_t nth = server->answered++;
    if (request != NULL && server->request_count < REQUESTS_MAX)
        memcpy(server->requests[server->request_count++], request, RAW_REQUEST_MAX);
    pthread_mutex_unlock(&server->lock);
    return &server->answers[nth < server->answer_count ? nth : server->answer_count - 1u];
}

/* False where the connection is over. */
static bool answer_one(struct raw_server *server, int fd)
{
    static const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    char request[RAW_REQUEST_MAX] = "";
    bool deaf = server->answers[0].deaf;
    if (!deaf && !read_request(fd, request))
        return false;
    const struct raw_answer *answer = next_answer(server, deaf ? NULL : request);
    say_answer(fd, answer);
    if (answer->then == RAW_HANG)
        wait_for_the_end(server);
    if (answer->then == RAW_RESET)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    return answer->then == RAW_KEEP;
}

static void *serve(void *context)
{
    struct connection *connection = context;
    struct raw_server *server = connection->server;
    while (answer_one(server, connection->fd)) {
    }
    pthread_mutex_lock(&server->lock);
    close(connection->fd);
    connection->fd = -1;
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

static void *accept_all(void *context)
{
    struct raw_server *server = context;
    for (;;) {
        int fd = accept(server->fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        pthread_mutex_lock(&server->lock);
        rcp_check(server->connection_count < CONNECTIONS_MAX, "test_has_room_for_connections");
        struct connection *connection = &server->connections[server->connection_count++];
        *connection = (struct connection){.server = server, .fd = fd};
        rcp_check(pthread_create(&connection->thread, NULL, serve, connection) == 0,
                  "test_has_a_thread");
        pthread_mutex_unlock(&server->lock);
    }
}

/* --- A server's life --- */

struct raw_server *raw_server_open(const struct raw_answer *answers, uint32_t count)
{
    struct raw_server *server = calloc(1, sizeof *server);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    rcp_check(server != NULL, "test_has_memory");
    server->answers = answers;
    server->answer_count = count;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->ended, NULL);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    rcp_check(server->fd >= 0 && bind(server->fd, (struct sockaddr *)&at, size) == 0 &&
                  listen(server->fd, 128) == 0 &&
                  getsockname(server->fd, (struct sockaddr *)&at, &size) == 0,
              "test_has_a_port");
    server->port = ntohs(at.sin_port);
    rcp_check(pthread_create(&server->thread, NULL, accept_all, server) == 0, "test_has_a_thread");
    return server;
}

void raw_server_close(struct raw_server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    pthread_mutex_lock(&server->lock);
    server->over = true;
    for (uint32_t i = 0; i < server->connection_count; i++)
        if (server->connections[i].fd >= 0)
            shutdown(server->connections[i].fd, SHUT_RDWR);
    pthread_cond_broadcast(&server->ended);
    pthread_mutex_unlock(&server->lock);
    for (uint32_t i = 0; i < server->connection_count; i++)
        pthread_join(server->connections[i].thread, NULL);
    close(server->fd);
    pthread_cond_destroy(&server->ended);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

uint16_t raw_server_port(const struct raw_server *server)
{
    return server->port;
}

static uint32_t read_locked(struct raw_server *server, const uint32_t *count)
{
    pthread_mutex_lock(&server->lock);
    uint32_t now = *count;
    pthread_mutex_unlock(&server->lock);
    return now;
}

uint32_t raw_server_connections(struct raw_server *server)
{
    return read_locked(server, &server->connection_count);
}

uint32_t raw_server_requests(struct raw_server *server)
{
    return read_locked(server, &server->request_count);
}

void raw_server_request(struct raw_server *server, uint32_t nth, char text[RAW_REQUEST_MAX])
{
    pthread_mutex_lock(&server->lock);
    rcp_check(nth < server->request_count, "test_request_has_come");
    memcpy(text, server->requests[nth], RAW_REQUEST_MAX);
    pthread_mutex_unlock(&server->lock);
}
