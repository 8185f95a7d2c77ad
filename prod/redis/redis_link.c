/* A libuv stream, and TLS around what goes through it. While one write is under way the next bytes gather, so
 * that any number of commands in one turn of the loop cost one write. */
#include "prod/redis/redis_link.h"

#include "core/check.h"
#include "prod/redis/tls_session.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define READ_SIZE 16384u

struct buffer {
    char *at;
    size_t size;
    size_t room;
};

struct rcp_redis_link {
    struct rcp_redis_address address;
    struct rcp_redis_link_calls calls;
    uv_loop_t *uv;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    uv_getaddrinfo_t resolving;
    uv_connect_t connecting;
    uv_write_t writing;
    struct addrinfo *found; /* of the host */
    struct addrinfo *next;  /* the address to try next */
    struct rcp_tls_session *tls;
    struct buffer out;  /* taken, not encrypted, not on the wire */
    struct buffer wire; /* of the write under way */
    uint64_t taken;     /* bytes, in the link's life */
    unsigned holds;     /* of the event loop on this memory */
    bool write_out;     /* a write is under way */
    bool shaking;       /* TLS: the handshake is not over */
    bool closed;
    char read[READ_SIZE];
};

/* --- Buffers --- */

static char *more_room(struct buffer *buffer, size_t size)
{
    if (buffer->size + size > buffer->room) {
        buffer->room = 2 * (buffer->size + size);
        buffer->at = realloc(buffer->at, buffer->room);
        rcp_check(buffer->at != NULL, "redis_link_has_memory");
    }
    return buffer->at + buffer->size;
}

static void append(struct buffer *buffer, const char *bytes, size_t size)
{
    if (size == 0)
        return;
    memcpy(more_room(buffer, size), bytes, size);
    buffer->size += size;
}

static void swap(struct buffer *a, struct buffer *b)
{
    struct buffer kept = *a;
    *a = *b;
    *b = kept;
}

/* --- The end --- */

static void let_go(struct rcp_redis_link *link)
{
    if (--link->holds > 0)
        return;
    uv_freeaddrinfo(link->found);
    rcp_tls_free(link->tls);
    free(link->out.at);
    free(link->wire.at);
    free(link);
}

static void on_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

void rcp_redis_link_close(struct rcp_redis_link *link)
{
    if (link->closed)
        return;
    link->closed = true;
    uv_cancel((uv_req_t *)&link->resolving); /* has no effect where it is over */
    if (!uv_is_closing(&link->handle))
        uv_close(&link->handle, on_closed);
}

static void lose(struct rcp_redis_link *link, const char *why)
{
    if (link->closed)
        return;
    link->calls.lost(link->calls.owner, why);
    rcp_redis_link_close(link);
}

/* --- Bytes out --- */

uint64_t rcp_redis_link_send(struct rcp_redis_link *link, const char *bytes, size_t size)
{
    append(&link->out, bytes, size);
    link->taken += size;
    return link->taken;
}

/* What TLS has encrypted counts as sent: which of its records the kernel has is not worth knowing. So does
 * what a failed write had begun. */
uint64_t rcp_redis_link_sent(const struct rcp_redis_link *link)
{
    uint64_t sent = link->taken - link->out.size;
    return link->tls == NULL && link->write_out
               ? sent - uv_stream_get_write_queue_size(&link->stream)
               : sent;
}

static void on_written(uv_write_t *writing, int status)
{
    struct rcp_redis_link *link = writing->data;
    link->write_out = false;
    if (status < 0)
        lose(link, "cannot send to it");
    else
        rcp_redis_link_flush(link);
}

/* Moves to the wire what is due. */
static bool fill_wire(struct rcp_redis_link *link)
{
    link->wire.size = 0;
    if (link->tls == NULL) {
        swap(&link->wire, &link->out);
        return true;
    }
    if (!link->shaking && link->out.size > 0) {
        if (!rcp_tls_write(link->tls, link->out.at, link->out.size))
            return false;
        link->out.size = 0;
    }
    size_t waiting = rcp_tls_waiting(link->tls);
    if (waiting > 0)
        link->wire.size = rcp_tls_take(link->tls, more_room(&link->wire, waiting), waiting);
    return true;
}

/* A failure is not told from here, as the caller may be at work on the link's owner: reading finds it. */
void rcp_redis_link_flush(struct rcp_redis_link *link)
{
    if (link->closed || link->write_out || !fill_wire(link) || link->wire.size == 0)
        return;
    uv_buf_t bytes = uv_buf_init(link->wire.at, (unsigned)link->wire.size);
    link->writing.data = link;
    link->write_out = uv_write(&link->writing, &link->stream, &bytes, 1, on_written) == 0;
}

/* --- Bytes in --- */

static void read_tls(struct rcp_redis_link *link, const char *wire, size_t size)
{
    enum rcp_tls_state state = rcp_tls_feed(link->tls, wire, size);
    rcp_redis_link_flush(link);
    if (state == RCP_TLS_BROKEN)
        lose(link, "TLS was not agreed on");
    if (link->closed || state != RCP_TLS_OPEN)
        return;
    if (link->shaking) {
        link->shaking = false;
        link->calls.opened(link->calls.owner);
    }
    while (!link->closed) {
        char bytes[4096];
        int got = rcp_tls_read(link->tls, bytes, sizeof bytes);
        if (got < 0)
            lose(link, "TLS has ended");
        if (got <= 0)
            return;
        link->calls.received(link->calls.owner, bytes, (size_t)got);
    }
}

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    (void)size;
    struct rcp_redis_link *link = handle->data;
    *buffer = uv_buf_init(link->read, READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct rcp_redis_link *link = stream->data;
    if (link->closed || got == 0)
        return;
    if (got < 0)
        lose(link, got == UV_EOF ? "it has closed the connection" : "the connection was reset");
    else if (link->tls != NULL)
        read_tls(link, buffer->base, (size_t)got);
    else
        link->calls.received(link->calls.owner, buffer->base, (size_t)got);
}

/* --- Connecting --- */

static void begin(struct rcp_redis_link *link)
{
    if (uv_read_start(&link->stream, on_room, on_read) != 0) {
        lose(link, "cannot read from it");
        return;
    }
    if (link->address.tls == NULL) {
        link->calls.opened(link->calls.owner);
        return;
    }
    link->shaking = true;
    link->tls = rcp_tls_open(link->address.tls, link->address.server);
    if (link->tls == NULL)
        lose(link, "TLS cannot begin");
    else
        read_tls(link, NULL, 0);
}

static void try_next(struct rcp_redis_link *link);

static void on_tried(uv_handle_t *handle)
{
    struct rcp_redis_link *link = handle->data;
    if (link->closed)
        let_go(link);
    else
        try_next(link);
}

static void on_connected(uv_connect_t *connecting, int status)
{
    struct rcp_redis_link *link = connecting->data;
    if (link->closed)
        return;
    if (status == 0)
        begin(link);
    else if (link->next != NULL)
        uv_close(&link->handle, on_tried); /* a socket that failed cannot try again */
    else
        lose(link, "nobody accepts connections there");
}

static void try_next(struct rcp_redis_link *link)
{
    uv_tcp_init(link->uv, &link->tcp);
    link->handle.data = link;
    const struct sockaddr *address = link->next->ai_addr;
    link->next = link->next->ai_next;
    int error = uv_tcp_connect(&link->connecting, &link->tcp, address, on_connected);
    if (error != 0)
        on_connected(&link->connecting, error);
    else
        uv_tcp_nodelay(&link->tcp, 1);
}

static void on_resolved(uv_getaddrinfo_t *resolving, int status, struct addrinfo *found)
{
    struct rcp_redis_link *link = resolving->data;
    link->found = found;
    link->next = found;
    if (!link->closed && status != 0)
        lose(link, "its host name is not known");
    else if (!link->closed)
        uv_close(&link->handle, on_tried); /* the one that stood in for it so far */
    let_go(link);
}

static int begin_tcp(struct rcp_redis_link *link)
{
    static const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    uv_tcp_init(link->uv, &link->tcp);
    link->handle.data = link;
    link->resolving.data = link;
    int error = uv_getaddrinfo(
        link->uv, &link->resolving, on_resolved, link->address.host, link->address.port, &wanted);
    link->holds += error == 0;
    return error;
}

static int begin_unix(struct rcp_redis_link *link)
{
    uv_pipe_init(link->uv, &link->pipe, 0);
    link->handle.data = link;
    uv_pipe_connect(&link->connecting, &link->pipe, link->address.unix_path, on_connected);
    return 0;
}

struct rcp_redis_link *rcp_redis_link_open(uv_loop_t *uv,
                                           const struct rcp_redis_address *address,
                                           const struct rcp_redis_link_calls *calls)
{
    struct rcp_redis_link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return NULL;
    link->address = *address;
    link->calls = *calls;
    link->uv = uv;
    link->connecting.data = link;
    link->holds = 1; /* the handle */
    int error = address->unix_path != NULL ? begin_unix(link) : begin_tcp(link);
    if (error == 0)
        return link;
    rcp_redis_link_close(link);
    return NULL;
}
