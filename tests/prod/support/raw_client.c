/* Blocking sockets; an answer is read byte by byte up to its body, so that nothing of the next is taken. */
#include "tests/prod/support/raw_client.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int connect_to(int family, const struct sockaddr *address, socklen_t size)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, address, size) != 0) {
        perror("connect");
        abort();
    }
    return fd;
}

int raw_connect(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect_to(AF_INET, (struct sockaddr *)&address, sizeof address);
}

int raw_connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return connect_to(AF_UNIX, (struct sockaddr *)&address, sizeof address);
}

/* What the other side will not have is lost: the answer tells. */
void raw_send(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent < 0)
            return;
        bytes += sent;
        size -= (size_t)sent;
    }
}

void raw_say(int fd, const char *format, ...)
{
    char text[16384];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof text)
        abort();
    raw_send(fd, text, (size_t)size);
}

uint64_t raw_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Up to `size` bytes; 0 where the connection ended or the time is over. */
static size_t receive(int fd, char *bytes, size_t size, uint64_t until_ms)
{
    uint64_t now_ms = raw_now_ms();
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (now_ms >= until_ms || poll(&wait, 1, (int)(until_ms - now_ms)) <= 0)
        return 0;
    ssize_t got = recv(fd, bytes, size, 0);
    return got > 0 ? (size_t)got : 0;
}

bool raw_read(int fd, struct raw_reply *reply, int timeout_ms)
{
    uint64_t until_ms = raw_now_ms() + (uint64_t)timeout_ms;
    size_t size = 0;
    reply->status = 0;
    reply->body_size = 0;
    reply->body[0] = '\0';
    reply->head[0] = '\0';
    while (strstr(reply->head, "\r\n\r\n") == NULL) {
        if (size + 2u > sizeof reply->head || receive(fd, reply->head + size, 1, until_ms) == 0)
            return false;
        reply->head[++size] = '\0';
    }
    size_t wanted = strtoul(raw_header(reply, "Content-Length"), NULL, 10);
    if (wanted >= sizeof reply->body)
        abort();
    while (reply->body_size < wanted) {
        size_t got =
            receive(fd, reply->body + reply->body_size, wanted - reply->body_size, until_ms);
        if (got == 0)
            return false;
        reply->body_size += got;
    }
    reply->body[wanted] = '\0';
    reply->status = (int)strtol(reply->head + strcspn(reply->head, " "), NULL, 10);
    if (reply->status == 100)
        return raw_read(fd, reply, timeout_ms);
    return true;
}

bool raw_ends(int fd, int timeout_ms)
{
    char byte = 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, timeout_ms) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

const char *raw_header(const struct raw_reply *reply, const char *name)
{
    static char value[4096];
    size_t size = strlen(name);
    value[0] = '\0';
    for (const char *line = strstr(reply->head, "\r\n"); line != NULL;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, size) != 0 || line[2 + size] != ':')
            continue;
        const char *at = line + 3 + size;
        at += strspn(at, " ");
        snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
    }
    return value;
}

void raw_ask(
    uint16_t port, const char *path, const char *headers, const char *body, struct raw_reply *reply)
{
    int fd = raw_connect(port);
    if (body == NULL)
        raw_say(fd, "GET %s HTTP/1.1\r\nHost: t\r\n%s\r\n", path, headers);
    else
        raw_say(fd,
                "POST %s HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                "Content-Length: %zu\r\n%s\r\n%s",
                path,
                strlen(body),
                headers,
                body);
    raw_read(fd, reply, 10000);
    close(fd);
}
