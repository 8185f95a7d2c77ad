/* poll() keeps the time; a byte that drips in moves no deadline. */
#include "prod/ctl/line.h"

#include "prod/loop/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_ROOM 4096u

int rcp_ctl_call(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return -1;
}

/* WHOLE: the socket is ready. */
static enum rcp_line_end wait_for(int fd, short events, uint64_t deadline_ms)
{
    for (;;) {
        uint64_t now_ms = rcp_mono_ms();
        if (now_ms >= deadline_ms)
            return RCP_LINE_LATE;
        uint64_t left_ms = deadline_ms - now_ms;
        struct pollfd wait = {.fd = fd, .events = events};
        int ready = poll(&wait, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
        if (ready > 0)
            return RCP_LINE_WHOLE;
        if (ready < 0 && errno != EINTR)
            return RCP_LINE_CLOSED;
    }
}

static bool is_transient(int error)
{
    return error == EINTR || error == EAGAIN || error == EWOULDBLOCK;
}

struct reading {
    char *bytes;
    size_t room;
    size_t used;
};

/* Room for one more byte, and some. */
static bool grow(struct reading *reading, size_t most)
{
    if (reading->used < reading->room)
        return true;
    size_t room = reading->room == 0 ? FIRST_ROOM : reading->room * 2u;
    room = room < most + 1u ? room : most + 1u;
    char *bytes = realloc(reading->bytes, room);
    if (bytes == NULL)
        return false;
    reading->bytes = bytes;
    reading->room = room;
    return true;
}

static enum rcp_line_end read_on(
    int fd, uint64_t deadline_ms, size_t most, struct reading *reading, size_t *size)
{
    while (reading->used <= most) {
        if (!grow(reading, most))
            return RCP_LINE_CLOSED;
        enum rcp_line_end ready = wait_for(fd, POLLIN, deadline_ms);
        if (ready != RCP_LINE_WHOLE)
            return ready;
        char *at = reading->bytes + reading->used;
        ssize_t got = recv(fd, at, reading->room - reading->used, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && !is_transient(errno)))
            return RCP_LINE_CLOSED;
        if (got < 0)
            continue;
        char *end = memchr(at, '\n', (size_t)got);
        reading->used += (size_t)got;
        if (end != NULL) {
            *end = '\0';
            *size = (size_t)(end - reading->bytes);
            return RCP_LINE_WHOLE;
        }
    }
    return RCP_LINE_LONG;
}

enum rcp_line_end rcp_line_read(
    int fd, uint64_t deadline_ms, size_t most, char **line, size_t *size)
{
    struct reading reading = {0};
    enum rcp_line_end end = read_on(fd, deadline_ms, most, &reading, size);
    *line = end == RCP_LINE_WHOLE ? reading.bytes : NULL;
    if (end != RCP_LINE_WHOLE)
        free(reading.bytes);
    return end;
}

enum rcp_line_end rcp_line_write(int fd, uint64_t deadline_ms, const char *bytes, size_t size)
{
    size_t sent = 0;
    while (sent < size) {
        enum rcp_line_end ready = wait_for(fd, POLLOUT, deadline_ms);
        if (ready != RCP_LINE_WHOLE)
            return ready;
        ssize_t put = send(fd, bytes + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && !is_transient(errno))
            return RCP_LINE_CLOSED;
        sent += put > 0 ? (size_t)put : 0u;
    }
    return RCP_LINE_WHOLE;
}
