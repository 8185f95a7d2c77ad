/* libmicrohttpd's callbacks: a call collects its request, is suspended while the core has it, and resumed with
 * the core's reply. All that is decided about a request is decided elsewhere: route.c, ask_*.c, the core. */
#include "prod/http/http_adapter.h"

#include "core/check.h"
#include "prod/http/door.h"
#include "prod/http/guard.h"
#include "prod/http/listen.h"
#include "prod/http/metrics.h"
#include "prod/http/route.h"
#include "prod/http/turn_adapter.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DROPPED_BYTES_MAX \
    65536u /* of a body that nobody wants: what is larger loses its connection */
#define CLOSE_WAIT_MS 1000u

const struct rcp_http_limits rcp_http_limits_default = {
    .threads = 1,
    .connections = 4096,
    .connections_per_address = 0,
    .exchanges = 1024,
    .body_bytes = 8192,
    .header_bytes = 16384,
    .idle_s = 30,
    .client_ms = 30000,
};

/* One thread of a listener: what a callback is given as its context. */
struct lane {
    struct port_in *port;
    struct rcp_turn *turn;
};

struct port_in {
    struct rcp_http *http;
    struct rcp_listener listener;
    struct lane lanes[RCP_HTTP_THREADS_MAX]; /* each with a daemon of its own */
    uint32_t lane_count;
    uint16_t port;
};

struct rcp_http {
    const struct rcp_service *service;
    struct rcp_http_limits limits;
    struct port_in ports[RCP_LISTENERS_MAX];
    uint32_t port_count;
    struct rcp_door *doors[RCP_LOOPS_MAX];
    uint32_t door_count;
    struct rcp_guard *guard;
    struct MHD_Response *overload[RCP_LANGUAGE_COUNT]; /* 503 at the door: made once, sent often */
    atomic_uint open;                                  /* questions that the core has */
    atomic_uint posting;                               /* threads that are about to post, or post */
    atomic_bool quiesced;                              /* nobody posts any more */
};

enum call_state {
    CALL_READING, /* its body is coming */
    CALL_ASKED,   /* the core has it */
};

/* One request, from its headers to the end of its answer. */
struct call {
    struct rcp_exchange exchange; /* first: a reply brings it back */
    struct lane *lane;
    struct MHD_Connection *connection;
    struct rcp_watched *watched;
    const struct rcp_route *route; /* NULL: there is none */
    const char *allow;
    struct rcp_message message;
    enum rcp_problem problem; /* what is wrong with it already */
    enum call_state state;
    uint64_t began_us;
    size_t room; /* of the body */
    size_t dropped;
    char *body;
    bool twice; /* a header that we read is there twice */
    bool last;  /* its connection is closed behind it */
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* --- Answers --- */

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL && *value != '\0')
        MHD_add_response_header(response, name, value);
}

static void add_page_headers(struct MHD_Response *response)
{
    add_header(response,
               "Content-Security-Policy",
               "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
               "img-src 'self' data:; "
               "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    add_header(response, "Referrer-Policy", "no-referrer");
    add_header(response, "Cross-Origin-Opener-Policy", "same-origin");
    add_header(response, "X-Frame-Options", "DENY");
}

/* What follows from the answer alone. */
static void add_headers(struct MHD_Response *response, const struct rcp_answer *answer)
{
    add_header(response, "Content-Type", answer->content_type);
    add_header(response, "Cache-Control", answer->caching);
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, "Allow", answer->allow);
    add_header(response, "Location", answer->location);
    if (answer->is_page)
        add_page_headers(response);
    else
        add_header(response, "Vary", "Accept-Language");
    if (answer->entity != NULL) {
        char quoted[64];
        snprintf(quoted, sizeof quoted, "\"%s\"", answer->entity);
        add_header(response, "ETag", quoted);
    }
    if (answer->problem != RCP_PROBLEM_NONE)
        add_header(response, "Content-Language", rcp_language_tag(answer->language));
    if (answer->status == 401)
        add_header(response, "WWW-Authenticate", "Bearer");
    if (answer->problem == RCP_PROBLEM_UNAVAILABLE) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", RCP_RETRY_AFTER_S);
        add_header(response, "Retry-After", seconds);
    }
}

/* True where nothing more is to come by the call's connection. */
static bool is_last(const struct call *call)
{
    return call->last ||
           atomic_load_explicit(&call->lane->port->http->quiesced, memory_order_relaxed);
}

/* NULL where memory is short; the answer's bytes are taken over in any case. */
static struct MHD_Response *make_response(const struct rcp_answer *answer)
{
    struct MHD_Response *response = NULL;
    if (answer->owned != NULL)
        response =
            MHD_create_response_from_buffer(answer->size, answer->owned, MHD_RESPMEM_MUST_FREE);
    else
        response = MHD_create_response_from_buffer(
            answer->size,
            (void *)(uintptr_t)answer->bytes,
            answer->bytes == answer->text ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        free(answer->owned);
    else
        add_headers(response, answer);
    return response;
}

static enum MHD_Result queue(struct call *call, struct MHD_Response *response, unsigned status)
{
    const struct rcp_http *http = call->lane->port->http;
    rcp_guard_their_turn(http->guard, call->watched);
    enum MHD_Result queued = MHD_queue_response(call->connection, status, response);
    if (http->service->metrics != NULL) {
        uint32_t route =
            call->route != NULL ? (uint32_t)(call->route - rcp_routes) : rcp_route_count;
        rcp_metrics_request(http->service->metrics, route, status, now_us() - call->began_us);
    }
    return queued;
}

static enum MHD_Result send_answer(struct call *call, struct rcp_answer *answer)
{
    char trace[RCP_TRACE_TEXT];
    struct MHD_Response *response = make_response(answer);
    if (response == NULL)
        return MHD_NO;
    if (call->state == CALL_ASKED) {
        rcp_trace_text(&call->exchange.ask.trace, trace);
        add_header(response, "traceresponse", trace);
    }
    if (is_last(call))
        add_header(response, "Connection", "close");
    enum MHD_Result queued = queue(call, response, answer->status);
    MHD_destroy_response(response);
    return queued;
}

/* The refusal that costs least where it is sent most. */
static enum MHD_Result send_overload(struct call *call)
{
    enum rcp_language language = rcp_language_of(call->message.accept_language);
    return queue(call,
                 call->lane->port->http->overload[language],
                 rcp_problem_row(RCP_PROBLEM_UNAVAILABLE)->status);
}

static bool make_overload(struct rcp_http *http)
{
    for (uint32_t language = 0; language < RCP_LANGUAGE_COUNT; language++) {
        struct rcp_answer answer = {0};
        rcp_answer_problem(&answer, RCP_PROBLEM_UNAVAILABLE, (enum rcp_language)language, NULL);
        http->overload[language] = make_response(&answer);
        if (http->overload[language] == NULL)
            return false;
    }
    return true;
}

static enum MHD_Result send_problem(struct call *call, enum rcp_problem problem)
{
    struct rcp_answer answer = {.allow = call->allow};
    bool traced = call->state == CALL_ASKED;
    if (problem == RCP_PROBLEM_UNAVAILABLE && !traced && !is_last(call))
        return send_overload(call);
    rcp_answer_problem(&answer,
                       problem,
                       rcp_language_of(call->message.accept_language),
                       traced ? &call->exchange.ask.trace : NULL);
    return send_answer(call, &answer);
}

static enum MHD_Result send_page(struct call *call)
{
    struct rcp_answer answer = {0};
    call->route->page(call->lane->port->http->service, call->route, &call->message, &answer);
    return send_answer(call, &answer);
}

static enum MHD_Result send_reply(struct call *call)
{
    struct rcp_answer answer = {0};
    rcp_answer_reply(&answer, &call->exchange.ask, &call->exchange.reply);
    return send_answer(call, &answer);
}

/* --- Asking the core --- */

/* On the loop's thread. libmicrohttpd keeps a suspended connection until it is resumed, also where the client has
 * hung up: then the answer goes nowhere, and the call ends as any other. */
static void answered(struct rcp_exchange *exchange)
{
    struct call *call = (struct call *)exchange;
    struct rcp_turn *turn = call->lane->turn; /* once it is resumed, the call may end any time */
    MHD_resume_connection(call->connection);
    rcp_turn_wake(turn);
}

/* One user's requests go to one loop; a callback goes where others about its order go. */
static struct rcp_door *door_for(struct rcp_http *http, const struct rcp_ask *ask)
{
    uint64_t subject = ask->user_id != 0 ? ask->user_id : ask->order.order_id;
    uint64_t spread = subject * 0x9e3779b97f4a7c15u;
    return http->doors[(uint32_t)(spread >> 32) % http->door_count];
}

static uint64_t user_of(const struct call *call)
{
    const struct rcp_message *message = &call->message;
    if (message->trusted && message->user_id != NULL)
        return rcp_id_read(message->user_id);
    return rcp_identity_user(
        &call->lane->port->http->service->identity, message->authorization, rcp_wall_ms() / 1000u);
}

static void count_open(struct rcp_http *http, int change)
{
    atomic_fetch_add_explicit(&http->open, (unsigned)change, memory_order_relaxed);
    if (http->service->metrics != NULL)
        rcp_metrics_exchange(http->service->metrics, change);
}

static bool is_crowded(struct rcp_http *http)
{
    if (atomic_load_explicit(&http->open, memory_order_relaxed) < http->limits.exchanges)
        return false;
    if (http->service->metrics != NULL)
        rcp_metrics_overload(http->service->metrics);
    return true;
}

static enum rcp_problem decode(struct call *call)
{
    struct rcp_ask *ask = &call->exchange.ask;
    ask->language = rcp_language_of(call->message.accept_language);
    if (!rcp_trace_begin(&ask->trace, call->message.traceparent))
        return RCP_PROBLEM_UNAVAILABLE;
    ask->user_id = user_of(call);
    if (ask->user_id == 0 && call->route->ask != rcp_ask_callback)
        return RCP_PROBLEM_UNAUTHORIZED;
    return call->route->ask(&call->lane->port->http->service->keys, &call->message, ask);
}

static enum MHD_Result ask_core(struct call *call)
{
    struct rcp_http *http = call->lane->port->http;
    enum rcp_problem problem = decode(call);
    if (problem != RCP_PROBLEM_NONE)
        return send_problem(call, problem);
    atomic_fetch_add(&http->posting, 1u);
    if (atomic_load(&http->quiesced) || is_crowded(http)) {
        atomic_fetch_sub(&http->posting, 1u);
        return send_problem(call, RCP_PROBLEM_UNAVAILABLE);
    }
    count_open(http, 1);
    call->state = CALL_ASKED;
    call->exchange.answered = answered;
    rcp_guard_our_turn(call->watched);
    MHD_suspend_connection(call->connection); /* before the core can answer */
    rcp_door_ask(door_for(http, &call->exchange.ask), &call->exchange);
    atomic_fetch_sub(&http->posting, 1u);
    return MHD_YES;
}

/* --- Reading a request --- */

struct wanted {
    const char *name;
    size_t at; /* in struct rcp_message */
};

static const struct wanted wanted[] = {
    {"Authorization", offsetof(struct rcp_message, authorization)},
    {"X-USER-ID", offsetof(struct rcp_message, user_id)},
    {"Accept-Language", offsetof(struct rcp_message, accept_language)},
    {"traceparent", offsetof(struct rcp_message, traceparent)},
    {"Idempotency-Key", offsetof(struct rcp_message, idempotency_key)},
    {"X-PG-SIGNATURE", offsetof(struct rcp_message, signature)},
    {"If-None-Match", offsetof(struct rcp_message, if_none_match)},
    {"Content-Type", offsetof(struct rcp_message, content_type)},
    {"Content-Length", offsetof(struct rcp_message, content_length)},
    {"Transfer-Encoding", offsetof(struct rcp_message, transfer_encoding)},
};

/* A header that decides something and is there twice may mean one thing to a proxy and another to us. */
static enum MHD_Result take_header(void *context,
                                   enum MHD_ValueKind kind,
                                   const char *name,
                                   const char *value)
{
    struct call *call = context;
    (void)kind;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (strcasecmp(name, wanted[i].name) != 0)
            continue;
        const char **at = (const char **)((char *)&call->message + wanted[i].at);
        call->twice = call->twice || *at != NULL;
        *at = value != NULL ? value : "";
    }
    return MHD_YES;
}

static bool is_json(const char *content_type)
{
    static const char json[] = "application/json";
    size_t size = content_type != NULL ? strcspn(content_type, "; \t") : 0;
    return size == sizeof json - 1 && strncasecmp(content_type, json, size) == 0;
}

/* Bytes to come; SIZE_MAX where nobody says (chunked). */
static size_t body_announced(const struct call *call)
{
    const char *text = call->message.content_length;
    return text != NULL ? (size_t)strtoull(text, NULL, 10) : SIZE_MAX;
}

/* True where it is not clear where the body ends: then a proxy may take for a request of its own what we take
 * for a body, so the connection is good for nothing any more. */
static bool is_ambiguous(const struct call *call)
{
    const char *encoding = call->message.transfer_encoding;
    const char *length = call->message.content_length;
    if (encoding != NULL)
        return length != NULL || strcasecmp(encoding, "chunked") != 0;
    return length != NULL && (call->twice || length[strspn(length, "0123456789")] != '\0');
}

/* What the head of the request shows to be wrong. Overload comes first: it is to cost nothing. */
static enum rcp_problem refuse_at_head(struct call *call, const char *method, const char *url)
{
    struct rcp_http *http = call->lane->port->http;
    enum rcp_problem problem = RCP_PROBLEM_NONE;
    call->message.tail = "";
    call->route = rcp_route_find(method,
                                 url,
                                 call->lane->port->listener.inside,
                                 &call->message.tail,
                                 &call->allow,
                                 &problem);
    if (call->route == NULL)
        return problem;
    if (call->route->ask != NULL && is_crowded(http))
        return RCP_PROBLEM_UNAVAILABLE;
    if (call->twice)
        return RCP_PROBLEM_BAD_REQUEST;
    if (strcmp(call->route->method, "POST") != 0)
        return RCP_PROBLEM_NONE;
    size_t announced = body_announced(call);
    if (announced != SIZE_MAX && announced > http->limits.body_bytes)
        return RCP_PROBLEM_TOO_LARGE;
    return is_json(call->message.content_type) ? RCP_PROBLEM_NONE : RCP_PROBLEM_MEDIA_TYPE;
}

/* A small body is let pass, so that the connection stays good for the next request. */
static enum MHD_Result begin_call(struct lane *lane,
                                  struct MHD_Connection *connection,
                                  const char *method,
                                  const char *url,
                                  void **context)
{
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL)
        return MHD_NO;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    *context = call;
    call->lane = lane;
    call->connection = connection;
    call->watched = info != NULL ? info->socket_context : NULL;
    call->began_us = now_us();
    call->message.trusted = lane->port->listener.trusted;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, call);
    call->problem = refuse_at_head(call, method, url);
    if (is_ambiguous(call)) {
        call->last = true;
        return send_problem(call, RCP_PROBLEM_BAD_REQUEST);
    }
    bool large = body_announced(call) != SIZE_MAX && body_announced(call) > DROPPED_BYTES_MAX;
    if (call->problem != RCP_PROBLEM_NONE && large)
        return send_problem(call, call->problem);
    return MHD_YES;
}

/* It may hold a card or a token. */
static void free_body(struct call *call)
{
    if (call->body != NULL)
        explicit_bzero(call->body, call->room);
    free(call->body);
}

static bool grow_body(struct call *call, size_t wanted_room)
{
    size_t most = call->lane->port->http->limits.body_bytes;
    size_t announced = body_announced(call);
    size_t room = announced != SIZE_MAX && announced >= wanted_room ? announced : 2u * wanted_room;
    room = room < most ? room : most;
    char *body = malloc(room);
    if (body == NULL)
        return false;
    if (call->message.body_size > 0)
        memcpy(body, call->body, call->message.body_size);
    free_body(call);
    call->body = body;
    call->room = room;
    return true;
}

static enum MHD_Result take_body(struct call *call, const char *bytes, size_t *size)
{
    size_t had = call->message.body_size;
    if (call->problem == RCP_PROBLEM_NONE &&
        had + *size > call->lane->port->http->limits.body_bytes)
        call->problem = RCP_PROBLEM_TOO_LARGE;
    if (call->problem != RCP_PROBLEM_NONE) {
        call->dropped += *size;
        *size = 0;
        return call->dropped <= DROPPED_BYTES_MAX ? MHD_YES : MHD_NO;
    }
    if (had + *size > call->room && !grow_body(call, had + *size))
        return MHD_NO;
    memcpy(call->body + had, bytes, *size);
    call->message.body = call->body;
    call->message.body_size = had + *size;
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result end_call(struct call *call)
{
    if (call->problem != RCP_PROBLEM_NONE)
        return send_problem(call, call->problem);
    return call->route->page != NULL ? send_page(call) : ask_core(call);
}

static enum MHD_Result on_request(void *context,
                                  struct MHD_Connection *connection,
                                  const char *url,
                                  const char *method,
                                  const char *version,
                                  const char *upload,
                                  size_t *upload_size,
                                  void **call_context)
{
    (void)version;
    struct call *call = *call_context;
    if (call == NULL)
        return begin_call(context, connection, method, url, call_context);
    if (call->state == CALL_ASKED)
        return send_reply(call);
    return *upload_size > 0 ? take_body(call, upload, upload_size) : end_call(call);
}

static void on_completed(void *context,
                         struct MHD_Connection *connection,
                         void **call_context,
                         enum MHD_RequestTerminationCode code)
{
    struct rcp_http *http = ((struct lane *)context)->port->http;
    struct call *call = *call_context;
    (void)connection;
    (void)code;
    if (call == NULL)
        return;
    *call_context = NULL;
    if (call->state == CALL_ASKED)
        count_open(http, -1);
    rcp_guard_their_turn(http->guard, call->watched);
    free_body(call);
    explicit_bzero(call, sizeof *call);
    free(call);
}

static void on_connection(void *context,
                          struct MHD_Connection *connection,
                          void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct rcp_guard *guard = ((struct lane *)context)->port->http->guard;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        rcp_guard_leave(guard, *socket_context);
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *socket_context = info != NULL ? rcp_guard_enter(guard, info->connect_fd) : NULL;
}

/* A path is left as it came: see route.c. */
static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* --- The server's life --- */

_Noreturn static void on_panic(void *context,
                               const char *file,
                               unsigned int line,
                               const char *reason)
{
    (void)context;
    fprintf(stderr, "libmicrohttpd: %s:%u: %s\n", file, line, reason != NULL ? reason : "");
    rcp_check_failed("http_server_is_sound");
}

/* In the words of GnuTLS: 1.0 and 1.1 are over (RFC 8996), and its default still speaks them. */
static const char tls_versions[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

static struct MHD_Daemon *start_daemon(struct lane *lane, int listening)
{
    const struct rcp_http_limits *limits = &lane->port->http->limits;
    const struct rcp_listener *listener = &lane->port->listener;
    bool secure = listener->certificate != NULL;
    unsigned flags =
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (secure ? (unsigned)MHD_USE_TLS : 0u);
    struct MHD_OptionItem more[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)listener->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)listener->private_key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls_versions},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(flags,
                            0,
                            NULL,
                            NULL,
                            on_request,
                            lane,
                            MHD_OPTION_LISTEN_SOCKET,
                            listening,
                            MHD_OPTION_CONNECTION_LIMIT,
                            limits->connections / limits->threads + 1u,
                            MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                            limits->connections_per_address,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)limits->header_bytes,
                            MHD_OPTION_CONNECTION_TIMEOUT,
                            limits->idle_s,
                            MHD_OPTION_STRICT_FOR_CLIENT,
                            1,
                            MHD_OPTION_UNESCAPE_CALLBACK,
                            leave_escaped,
                            NULL,
                            MHD_OPTION_NOTIFY_COMPLETED,
                            on_completed,
                            lane,
                            MHD_OPTION_NOTIFY_CONNECTION,
                            on_connection,
                            lane,
                            MHD_OPTION_ARRAY,
                            secure ? more : &more[3],
                            MHD_OPTION_END);
}

/* One more thread that takes connections from this socket, which is its own then, or closed. */
static bool start_thread(struct port_in *in, int listening)
{
    struct lane *lane = &in->lanes[in->lane_count];
    lane->port = in;
    struct MHD_Daemon *daemon = listening >= 0 ? start_daemon(lane, listening) : NULL;
    if (daemon == NULL) {
        if (listening >= 0)
            close(listening);
        return false;
    }
    if (!rcp_turn_begin(&lane->turn, daemon)) {
        MHD_stop_daemon(daemon);
        return false;
    }
    in->lane_count++;
    return true;
}

static bool start(struct port_in *in)
{
    int listening = rcp_listen(&in->listener, &in->port);
    if (listening < 0)
        return false;
    bool started = true;
    for (uint32_t i = 1; i < in->http->limits.threads; i++)
        started = started && start_thread(in, fcntl(listening, F_DUPFD_CLOEXEC, 0));
    return start_thread(in, listening) && started;
}

static bool open_all(struct rcp_http *http, const struct rcp_http_options *options)
{
    http->guard = rcp_guard_open(http->limits.client_ms);
    if (http->guard == NULL || !make_overload(http))
        return false;
    for (uint32_t i = 0; i < options->loop_count; i++) {
        http->doors[i] =
            rcp_door_open(options->loops[i], options->cards[i], http->limits.exchanges);
        if (http->doors[i] == NULL)
            return false;
        http->door_count++;
    }
    for (uint32_t i = 0; i < options->listener_count; i++) {
        struct port_in *port = &http->ports[i];
        port->http = http;
        port->listener = options->listeners[i];
        http->port_count++;
        if (!start(port))
            return false;
    }
    return true;
}

struct rcp_http *rcp_http_open(const struct rcp_http_options *options)
{
    rcp_check(options->loop_count >= 1 && options->loop_count <= RCP_LOOPS_MAX, "http_has_loops");
    rcp_check(options->listener_count <= RCP_LISTENERS_MAX, "http_listeners_fit");
    rcp_check(options->limits.threads >= 1 && options->limits.threads <= RCP_HTTP_THREADS_MAX,
              "http_threads_fit");
    struct rcp_http *http = calloc(1, sizeof *http);
    if (http == NULL)
        return NULL;
    MHD_set_panic_func(on_panic, NULL);
    http->service = options->service;
    http->limits = options->limits;
    if (!open_all(http, options)) {
        int why = errno;
        rcp_http_close(http);
        errno = why;
        return NULL;
    }
    return http;
}

struct rcp_port rcp_http_port(struct rcp_http *http, uint32_t index)
{
    return rcp_door_port(http->doors[index]);
}

struct rcp_door *rcp_http_door(struct rcp_http *http, uint32_t index)
{
    return http->doors[index];
}

uint16_t rcp_http_listening(const struct rcp_http *http, uint32_t listener)
{
    return http->ports[listener].port;
}

static void pause_ms(long ms)
{
    struct timespec pause = {.tv_nsec = ms * 1000000L};
    nanosleep(&pause, NULL);
}

void rcp_http_quiesce(struct rcp_http *http)
{
    if (atomic_exchange(&http->quiesced, true))
        return;
    for (uint32_t i = 0; i < http->port_count; i++) {
        struct port_in *port = &http->ports[i];
        for (uint32_t k = 0; k < port->lane_count; k++)
            rcp_turn_quiesce(port->lanes[k].turn);
        if (port->listener.address == NULL && port->lane_count > 0)
            unlink(port->listener.path);
    }
    while (atomic_load(&http->posting) > 0)
        pause_ms(1);
}

void rcp_http_close(struct rcp_http *http)
{
    if (http == NULL)
        return;
    rcp_http_quiesce(http);
    for (uint32_t i = 0; i < http->door_count; i++)
        rcp_door_close(http->doors[i]);
    for (uint32_t waited = 0; atomic_load(&http->open) > 0 && waited < CLOSE_WAIT_MS; waited++)
        pause_ms(1);
    for (uint32_t i = 0; i < http->port_count; i++) {
        for (uint32_t k = 0; k < http->ports[i].lane_count; k++)
            rcp_turn_end(http->ports[i].lanes[k].turn);
    }
    for (uint32_t language = 0; language < RCP_LANGUAGE_COUNT; language++)
        if (http->overload[language] != NULL)
            MHD_destroy_response(http->overload[language]);
    rcp_guard_close(http->guard);
    free(http);
}
