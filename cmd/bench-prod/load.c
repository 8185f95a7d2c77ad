/* Idle connections stand on a stack; whoever is due takes the one on top. An answer is read only as far as its
 * status and its length: the rest is the tests' business. */
#include "cmd/bench-prod/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 256
#define HEAD_MAX   2048u

struct connection {
    int socket; /* -1: none */
    bool busy;
    uint32_t filled; /* bytes of the answer's head and body so far */
    uint32_t wanted; /* bytes of the whole answer; 0: its head is not complete */
    uint16_t status;
    uint64_t due_us;
    uint64_t sent_us;
    char head[HEAD_MAX + 1u];
};

struct runner {
    const struct load *load;
    struct load_answers *answers;
    struct connection *connections;
    uint32_t *idle; /* stack of their numbers */
    uint32_t idle_count;
    int epoll;
    uint64_t began_us;
    uint64_t end_us;
    uint64_t asked; /* requests that were due so far */
    bool dry;       /* there are no more */
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* --- Connections --- */

static bool connect_to(struct runner *runner, uint32_t number)
{
    struct connection *connection = &runner->connections[number];
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(runner->load->port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    connection->busy = false;
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->socket < 0)
        return false;
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(connection->socket, (const struct sockaddr *)&address, sizeof address) == 0 &&
        epoll_ctl(runner->epoll, EPOLL_CTL_ADD, connection->socket, &event) == 0) {
        runner->idle[runner->idle_count++] = number;
        return true;
    }
    close(connection->socket);
    connection->socket = -1;
    return false;
}

/* --- Answers --- */

static void note(struct runner *runner, const struct connection *connection, uint16_t status)
{
    struct load_answers *answers = runner->answers;
    uint64_t now = now_us();
    if (answers->count == answers->room)
        return;
    answers->list[answers->count++] = (struct load_answer){
        .status = status,
        .from_ms = (uint32_t)((connection->due_us - runner->began_us) / 1000u),
        .due_us = (uint32_t)(now - connection->due_us),
        .sent_us = (uint32_t)(now - connection->sent_us),
    };
    answers->took_ms = (uint32_t)((now - runner->began_us) / 1000u);
}

/* The server closed it, or says what nobody understands: another one takes its place. */
static void lose(struct runner *runner, uint32_t number)
{
    struct connection *connection = &runner->connections[number];
    if (connection->busy)
        note(runner, connection, 0);
    else
        for (uint32_t i = 0; i < runner->idle_count; i++)
            if (runner->idle[i] == number)
                runner->idle[i--] = runner->idle[--runner->idle_count];
    close(connection->socket);
    connection->socket = -1;
    connect_to(runner, number); // NOLINT(clang-analyzer-unix.Malloc): forget() frees them
}

/* False where it is no answer. */
static bool read_head(struct connection *connection)
{
    static const char length[] = "\r\nContent-Length: ";
    connection->head[connection->filled] = '\0';
    const char *end = strstr(connection->head, "\r\n\r\n");
    const char *at = strstr(connection->head, length);
    if (end == NULL)
        return connection->filled < HEAD_MAX;
    if (at == NULL || at > end)
        return false;
    connection->status = (uint16_t)strtoul(connection->head + sizeof "HTTP/1.1", NULL, 10);
    connection->wanted = (uint32_t)(end + 4 - connection->head) +
                         (uint32_t)strtoul(at + sizeof length - 1u, NULL, 10);
    return connection->status != 0 && connection->wanted <= HEAD_MAX;
}

static void receive(struct runner *runner, uint32_t number)
{
    struct connection *connection = &runner->connections[number];
    ssize_t size = recv(connection->socket,
                        connection->head + connection->filled,
                        HEAD_MAX - connection->filled,
                        MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    connection->filled += size > 0 ? (uint32_t)size : 0u;
    if (size <= 0 || !connection->busy || (connection->wanted == 0 && !read_head(connection))) {
        lose(runner, number);
        return;
    }
    if (connection->wanted == 0 || connection->filled < connection->wanted)
        return;
    note(runner, connection, connection->status);
    connection->busy = false;
    runner->idle[runner->idle_count++] = number;
}

/* --- Requests --- */

/* A request is far smaller than a socket's buffer, so it goes out at once. */
static void ask(struct runner *runner, uint64_t due_us)
{
    struct load_request request;
    runner->dry = !runner->load->next(runner->load->context, &request);
    if (runner->dry)
        return;
    uint32_t number = runner->idle[--runner->idle_count];
    struct connection *connection = &runner->connections[number];
    connection->busy = true;
    connection->filled = 0;
    connection->wanted = 0;
    connection->due_us = due_us;
    connection->sent_us = now_us();
    if (send(connection->socket, request.bytes, request.size, MSG_NOSIGNAL) !=
        (ssize_t)request.size)
        lose(runner, number);
}

static void ask_all_due(struct runner *runner, uint64_t now)
{
    uint32_t rate = runner->load->per_second;
    while (!runner->dry && runner->idle_count > 0) {
        uint64_t due_us = rate == 0 ? now : runner->began_us + runner->asked * 1000000u / rate;
        if (due_us > now || due_us >= runner->end_us)
            return;
        runner->asked++;
        ask(runner, due_us);
    }
}

static void take_answers(struct runner *runner, uint64_t wait_us)
{
    struct epoll_event events[EVENTS_MAX];
    const struct timespec wait = {(time_t)(wait_us / 1000000u), (long)(wait_us % 1000000u) * 1000l};
    int count = epoll_pwait2(runner->epoll, events, EVENTS_MAX, &wait, NULL);
    for (int i = 0; i < count; i++)
        receive(runner, events[i].data.u32);
}

/* Until somebody is due: a millisecond at least, as a crowd of clients would not be more exact, and each waking
 * costs what the server wants. */
static uint64_t wait_us(const struct runner *runner, uint64_t now)
{
    return runner->load->per_second == 0 || now >= runner->end_us ? 10000u : 1000u;
}

static void run(struct runner *runner)
{
    uint64_t last_us = runner->end_us + UINT64_C(1000) * LOAD_LATE_MS;
    uint64_t now = now_us();
    while (now < last_us) {
        if (runner->load->enough != NULL && atomic_load(runner->load->enough))
            runner->dry = true;
        if (now < runner->end_us)
            ask_all_due(runner, now);
        else if (runner->idle_count == runner->load->connections)
            break;
        if (runner->dry && runner->idle_count == runner->load->connections)
            break;
        take_answers(runner, wait_us(runner, now));
        now = now_us();
    }
    for (uint32_t i = 0; i < runner->load->connections; i++)
        if (runner->connections[i].busy)
            note(runner, &runner->connections[i], 0);
}

/* --- A load --- */

static bool prepare(struct runner *runner)
{
    const struct load *load = runner->load;
    uint32_t most = load->per_second == 0 ? LOAD_CLOSED_MAX : load->per_second;
    runner->answers->room =
        (uint32_t)((uint64_t)most * load->duration_ms / 1000u) + LOAD_CONNECTIONS_MAX;
    runner->answers->list = calloc(runner->answers->room, sizeof *runner->answers->list);
    runner->connections = calloc(load->connections, sizeof *runner->connections);
    runner->idle = calloc(load->connections, sizeof *runner->idle);
    runner->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (uint32_t i = 0; i < load->connections && runner->connections != NULL; i++)
        runner->connections[i].socket = -1;
    if (runner->answers->list == NULL || runner->connections == NULL || runner->idle == NULL ||
        runner->epoll < 0)
        return false;
    for (uint32_t i = 0; i < load->connections; i++)
        if (!connect_to(runner, i))
            return false;
    return true;
}

static void forget(struct runner *runner)
{
    for (uint32_t i = 0; i < runner->load->connections && runner->connections != NULL; i++)
        if (runner->connections[i].socket >= 0)
            close(runner->connections[i].socket);
    if (runner->epoll >= 0)
        close(runner->epoll);
    free(runner->idle);
    free(runner->connections);
}

bool load_run(const struct load *load, struct load_answers *answers)
{
    struct runner runner = {.load = load, .answers = answers};
    memset(answers, 0, sizeof *answers);
    bool prepared = prepare(&runner);
    if (prepared) {
        runner.began_us = now_us();
        answers->began_ms = runner.began_us / 1000u;
        runner.end_us = runner.began_us + UINT64_C(1000) * load->duration_ms;
        run(&runner);
    }
    forget(&runner);
    return prepared;
}

void load_forget(struct load_answers *answers)
{
    free(answers->list);
    memset(answers, 0, sizeof *answers);
}

/* --- Figures --- */

static int by_size(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* The latency that this share of them did not exceed, in ms. */
static double quantile_ms(uint32_t *sorted, uint32_t count, double share)
{
    if (count == 0)
        return 0;
    qsort(sorted, count, sizeof *sorted, by_size);
    uint32_t at = (uint32_t)(share * count);
    return sorted[at < count ? at : count - 1u] / 1000.0;
}

struct load_figure load_figure_between(const struct load_answers *answers,
                                       uint16_t status,
                                       double share,
                                       uint32_t from_ms,
                                       uint32_t to_ms)
{
    struct load_figure figure = {0};
    uint32_t *due = calloc(answers->count + 1u, sizeof *due);
    uint32_t *sent = calloc(answers->count + 1u, sizeof *sent);
    for (uint32_t i = 0; i < answers->count && due != NULL && sent != NULL; i++) {
        const struct load_answer *answer = &answers->list[i];
        if (answer->status != status || answer->from_ms < from_ms || answer->from_ms >= to_ms)
            continue;
        due[figure.count] = answer->due_us;
        sent[figure.count++] = answer->sent_us;
    }
    if (figure.count > 0) {
        figure.due_ms = quantile_ms(due, figure.count, share);
        figure.sent_ms = quantile_ms(sent, figure.count, share);
    }
    free(due);
    free(sent);
    return figure;
}

struct load_figure load_figure(const struct load_answers *answers, uint16_t status, double share)
{
    return load_figure_between(answers, status, share, 0, UINT32_MAX);
}
