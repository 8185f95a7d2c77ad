/* libcurl's multi_socket interface: one uv_poll for each of its sockets, one uv_timer for its time. */
#include "prod/pg/transfer_adapter.h"

#include <curl/curl.h>
#include <stdlib.h>

struct rcp_transfers {
    CURLM *multi;
    uv_loop_t *loop;
    uv_timer_t timer;
    rcp_transfer_ended *ended;
    void *owner;
};

/* A socket that libcurl wants watched. */
struct watched {
    uv_poll_t poll;
    struct rcp_transfers *transfers;
    curl_socket_t socket;
};

static void tell_ended(struct rcp_transfers *transfers)
{
    CURLMsg *message = NULL;
    int left = 0;
    while ((message = curl_multi_info_read(transfers->multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        curl_multi_remove_handle(transfers->multi, easy); /* *message is gone with it */
        transfers->ended(transfers->owner, easy, (int)code);
    }
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct watched *watched = poll->data;
    struct rcp_transfers *transfers = watched->transfers;
    int running = 0;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    if ((events & UV_READABLE) != 0)
        flags |= CURL_CSELECT_IN;
    if ((events & UV_WRITABLE) != 0)
        flags |= CURL_CSELECT_OUT;
    curl_multi_socket_action(transfers->multi, watched->socket, flags, &running);
    tell_ended(transfers);
}

static void on_time(uv_timer_t *timer)
{
    struct rcp_transfers *transfers = timer->data;
    int running = 0;
    curl_multi_socket_action(transfers->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    tell_ended(transfers);
}

static void free_watched(uv_handle_t *handle)
{
    free(handle->data);
}

static void stop_watching(struct rcp_transfers *transfers, struct watched *watched)
{
    curl_multi_assign(transfers->multi, watched->socket, NULL);
    uv_poll_stop(&watched->poll);
    uv_close((uv_handle_t *)&watched->poll, free_watched);
}

static struct watched *start_watching(struct rcp_transfers *transfers, curl_socket_t socket)
{
    struct watched *watched = calloc(1, sizeof *watched);
    if (watched == NULL)
        return NULL;
    if (uv_poll_init_socket(transfers->loop, &watched->poll, socket) != 0) {
        free(watched);
        return NULL;
    }
    watched->poll.data = watched;
    watched->transfers = transfers;
    watched->socket = socket;
    curl_multi_assign(transfers->multi, socket, watched);
    return watched;
}

/* libcurl wants a socket watched for this, or no more. Where that cannot be, its transfer times out. */
static int want_socket(CURL *easy, curl_socket_t socket, int what, void *owner, void *known)
{
    struct rcp_transfers *transfers = owner;
    struct watched *watched = known;
    int events = 0;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL)
            stop_watching(transfers, watched);
        return 0;
    }
    if (watched == NULL)
        watched = start_watching(transfers, socket);
    if (watched == NULL)
        return 0;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= UV_READABLE;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= UV_WRITABLE;
    uv_poll_start(&watched->poll, events, on_socket);
    return 0;
}

/* libcurl wants to be woken after so long; -1: not at all. */
static int want_time(CURLM *multi, long timeout_ms, void *owner)
{
    struct rcp_transfers *transfers = owner;
    (void)multi;
    if (timeout_ms < 0) {
        uv_timer_stop(&transfers->timer);
        return 0;
    }
    uv_update_time(transfers->loop); /* a step may have taken a while since the loop looked */
    uv_timer_start(&transfers->timer, on_time, (uint64_t)timeout_ms, 0);
    return 0;
}

struct rcp_transfers *rcp_transfers_open(uv_loop_t *loop,
                                         uint32_t connections,
                                         rcp_transfer_ended *ended,
                                         void *owner)
{
    struct rcp_transfers *transfers = calloc(1, sizeof *transfers);
    if (transfers == NULL)
        return NULL;
    transfers->multi = curl_multi_init();
    if (transfers->multi == NULL) {
        free(transfers);
        return NULL;
    }
    transfers->loop = loop;
    transfers->ended = ended;
    transfers->owner = owner;
    uv_timer_init(loop, &transfers->timer);
    transfers->timer.data = transfers;
    curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
    curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETDATA, transfers);
    curl_multi_setopt(transfers->multi, CURLMOPT_TIMERFUNCTION, want_time);
    curl_multi_setopt(transfers->multi, CURLMOPT_TIMERDATA, transfers);
    curl_multi_setopt(transfers->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(transfers->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections);
    curl_multi_setopt(transfers->multi, CURLMOPT_MAXCONNECTS, (long)connections);
    return transfers;
}

bool rcp_transfers_add(struct rcp_transfers *transfers, void *easy)
{
    return curl_multi_add_handle(transfers->multi, easy) == CURLM_OK;
}

void rcp_transfers_remove(struct rcp_transfers *transfers, void *easy)
{
    curl_multi_remove_handle(transfers->multi, easy);
}

static void free_transfers(uv_handle_t *handle)
{
    free(handle->data);
}

void rcp_transfers_free(struct rcp_transfers *transfers)
{
    if (transfers == NULL)
        return;
    curl_multi_cleanup(transfers->multi); /* stops watching each socket that it still had */
    uv_timer_stop(&transfers->timer);
    uv_close((uv_handle_t *)&transfers->timer, free_transfers);
}
