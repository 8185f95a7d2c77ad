/* A request is read, routed and validated, then suspended until the bank has an answer to it. */
#include "lab/pg/server.h"

#include "lab/pg/admin.h"
#include "lab/pg/callback.h"
#include "lab/pg/ledger.h"
#include "lab/pg/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BODY_MAX      65536u
#define CONNECTIONS   2048u
#define IDLE_S        60u
#define HOLD_MS       5000u /* an answer that never comes: how long its connection stays open */
#define DEFAULT_ROOM  65536u
#define PAYMENTS_PATH "/api/v1/payments"

enum state {
    READING,
    ASKED, /* suspended */
    HELD,  /* suspended, and nobody will answer */
    ANSWERED,
    DROPPED, /* the connection is to break */
};

/* One request. */
struct visit {
    struct visit *prev, *next; /* of those that are suspended */
    struct MHD_Connection *connection;
    enum state state;
    uint64_t hold_until_ms;
    uint32_t retry_after_ms;
    struct rcp_words words;
    char asked[RCP_BANK_URL_MAX]; /* order or key */
    bool too_long;
    size_t body_size;
    char *body;
};

struct rcp_pg_server {
    struct MHD_Daemon *daemon;
    struct rcp_bank *bank;
    struct rcp_callbacks *callbacks;
    struct rcp_ledger *ledger; /* NULL: none is kept */
    struct visit *suspended;
    bool resumed; /* somebody was, and waits for MHD_run() */
    atomic_bool stopped;
    char callback_prefix[RCP_BANK_URL_MAX];
};

static uint64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* --- Suspended requests --- */

static void suspend(struct rcp_pg_server *server, struct visit *visit)
{
    visit->state = ASKED;
    visit->prev = NULL;
    visit->next = server->suspended;
    if (server->suspended != NULL)
        server->suspended->prev = visit;
    server->suspended = visit;
    MHD_suspend_connection(visit->connection);
}

static void resume(struct rcp_pg_server *server, struct visit *visit, enum state state)
{
    if (visit->prev != NULL)
        visit->prev->next = visit->next;
    else
        server->suspended = visit->next;
    if (visit->next != NULL)
        visit->next->prev = visit->prev;
    visit->state = state;
    server->resumed = true;
    MHD_resume_connection(visit->connection);
}

/* Those that were held long enough break. */
static void drop_held(struct rcp_pg_server *server, uint64_t now_ms)
{
    struct visit *next = NULL;
    for (struct visit *visit = server->suspended; visit != NULL; visit = next) {
        next = visit->next;
        if (visit->state == HELD && visit->hold_until_ms <= now_ms)
            resume(server, visit, DROPPED);
    }
}

/* --- What the bank says --- */

static void on_answer(void *context, void *caller, const struct rcp_bank_answer *answer)
{
    struct rcp_pg_server *server = context;
    struct visit *visit = caller;
    if (answer->answer == RCP_PG_TIMED_OUT) {
        visit->state = HELD;
        visit->hold_until_ms = wall_ms() + HOLD_MS;
        return;
    }
    if (answer->answer == RCP_PG_RESET) {
        resume(server, visit, DROPPED);
        return;
    }
    visit->words = rcp_words_answer(server->bank, answer, visit->asked);
    visit->retry_after_ms = answer->retry_after_ms;
    resume(server, visit, ANSWERED);
}

static void on_calls_back(void *context, uint32_t index, enum rcp_pg_status says)
{
    struct rcp_pg_server *server = context;
    struct rcp_bank_transaction it = rcp_bank_at(server->bank, index);
    rcp_callbacks_send(server->callbacks, it.callback_url, rcp_words_callback(&it, says));
}

static void on_changed(void *context, uint32_t index)
{
    struct rcp_pg_server *server = context;
    struct rcp_bank_transaction it = rcp_bank_at(server->bank, index);
    if (server->ledger != NULL)
        rcp_ledger_write(server->ledger, &it);
}

/* --- Responses --- */

static enum MHD_Result respond(struct visit *visit)
{
    struct rcp_words words = visit->words;
    visit->words.body = NULL;
    if (words.body == NULL)
        return MHD_NO;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(words.body), words.body, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(words.body);
        return MHD_NO;
    }
    MHD_add_response_header(response,
                            MHD_HTTP_HEADER_CONTENT_TYPE,
                            words.body[0] == '<' ? "text/html" : "application/json");
    if (visit->retry_after_ms > 0) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", (visit->retry_after_ms + 999u) / 1000u);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    enum MHD_Result result = MHD_queue_response(visit->connection, words.status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result fail(struct visit *visit, unsigned status, const char *message)
{
    visit->words = rcp_words_failure(status, message);
    return respond(visit);
}

/* --- Calls --- */

static enum MHD_Result ask(struct rcp_pg_server *server,
                           struct visit *visit,
                           struct rcp_bank_ask *call)
{
    call->user = MHD_lookup_connection_value(visit->connection, MHD_HEADER_KIND, "X-USER-ID");
    if (call->user == NULL || call->user[strspn(call->user, " ")] == '\0')
        return fail(visit, 400, "유저 ID 헤더는 필수입니다.");
    call->caller = visit;
    if (!rcp_bank_ask(server->bank, wall_ms(), call))
        return fail(visit, 503, "recoup-lab pg is full: start it with more --room");
    suspend(server, visit);
    return MHD_YES;
}

static enum MHD_Result pay(struct rcp_pg_server *server, struct visit *visit)
{
    struct rcp_words_pay pay;
    const char *wrong =
        rcp_words_read_pay(visit->body, visit->body_size, server->callback_prefix, &pay);
    if (wrong != NULL)
        return fail(visit, 400, wrong);
    struct rcp_bank_ask call = {
        .verb = RCP_PG_PAY,
        .order = pay.order,
        .amount = pay.amount,
        .card = pay.card,
        .callback_url = pay.callback_url,
    };
    return ask(server, visit, &call);
}

static enum MHD_Result list(struct rcp_pg_server *server, struct visit *visit)
{
    const char *order =
        MHD_lookup_connection_value(visit->connection, MHD_GET_ARGUMENT_KIND, "orderId");
    if (order == NULL || order[0] == '\0')
        return fail(visit, 400, "필수 요청 파라미터 'orderId'가 누락되었습니다.");
    snprintf(visit->asked, sizeof visit->asked, "%s", order);
    struct rcp_bank_ask call = {.verb = RCP_PG_LIST, .order = order};
    return ask(server, visit, &call);
}

static enum MHD_Result by_key(struct rcp_pg_server *server,
                              struct visit *visit,
                              enum rcp_pg_verb verb,
                              const char *key,
                              size_t size)
{
    if (size >= sizeof visit->asked)
        size = sizeof visit->asked - 1u;
    memcpy(visit->asked, key, size);
    visit->asked[size] = '\0';
    struct rcp_bank_ask call = {.verb = verb, .key = visit->asked};
    return ask(server, visit, &call);
}

static enum MHD_Result api(struct rcp_pg_server *server,
                           struct visit *visit,
                           const char *rest,
                           bool post)
{
    static const char refund[] = "/refund";
    size_t size = strlen(rest);
    if (size == 0 || strcmp(rest, "/") == 0)
        return post ? pay(server, visit) : list(server, visit);
    if (*rest != '/')
        return fail(visit, 404, "존재하지 않는 요청입니다.");
    size_t end = size > sizeof refund ? size - (sizeof refund - 1u) : 0;
    if (post && end > 0 && strcmp(rest + end, refund) == 0)
        return by_key(server, visit, RCP_PG_REFUND, rest + 1, end - 1u);
    if (post)
        return fail(visit, 405, "지원하지 않는 요청 방식입니다.");
    return by_key(server, visit, RCP_PG_GET, rest + 1, size - 1u);
}

/* --- What a test asks --- */

static enum MHD_Result lab(struct rcp_pg_server *server,
                           struct visit *visit,
                           const char *rest,
                           bool post)
{
    const char *why = NULL;
    visit->words.status = 200;
    if (strcmp(rest, "ledger") == 0 && !post) {
        visit->words.body = rcp_admin_ledger(server->bank, server->callbacks);
        return respond(visit);
    }
    if (strcmp(rest, "rates") != 0)
        return fail(visit, 404, "there is GET /lab/ledger, GET /lab/rates and POST /lab/rates");
    if (post && !rcp_admin_change(server->bank, visit->body, visit->body_size, &why))
        return fail(visit, 400, why);
    visit->words.body = rcp_admin_rates(server->bank);
    return respond(visit);
}

/* --- What libmicrohttpd calls --- */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static enum MHD_Result route(struct rcp_pg_server *server,
                             struct visit *visit,
                             const char *url,
                             const char *method)
{
    static const char lab_path[] = "/lab/";
    bool post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    if (visit->too_long)
        return fail(visit, 413, "the body is too long");
    if (!post && strcmp(method, MHD_HTTP_METHOD_GET) != 0)
        return fail(visit, 405, "지원하지 않는 요청 방식입니다.");
    if (begins(url, PAYMENTS_PATH))
        return api(server, visit, url + strlen(PAYMENTS_PATH), post);
    if (begins(url, lab_path))
        return lab(server, visit, url + strlen(lab_path), post);
    return fail(visit, 404, "존재하지 않는 요청입니다.");
}

static void take_body(struct visit *visit, const char *bytes, size_t size)
{
    char *longer =
        size > BODY_MAX - visit->body_size ? NULL : realloc(visit->body, visit->body_size + size);
    if (longer == NULL) {
        visit->too_long = true;
        return;
    }
    visit->body = longer;
    memcpy(visit->body + visit->body_size, bytes, size);
    visit->body_size += size;
}

static enum MHD_Result on_request(void *context,
                                  struct MHD_Connection *connection,
                                  const char *url,
                                  const char *method,
                                  const char *version,
                                  const char *bytes,
                                  size_t *size,
                                  void **request)
{
    struct visit *visit = *request;
    (void)version;
    if (visit == NULL) {
        visit = calloc(1, sizeof *visit);
        *request = visit;
        if (visit != NULL)
            visit->connection = connection;
        return visit != NULL ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        take_body(visit, bytes, *size);
        *size = 0;
        return MHD_YES;
    }
    switch (visit->state) {
    case READING:
        return route(context, visit, url, method);
    case ANSWERED:
        return respond(visit);
    case DROPPED:
    case HELD:
    case ASKED:
        break;
    }
    return MHD_NO;
}

static void on_completed(void *context,
                         struct MHD_Connection *connection,
                         void **request,
                         enum MHD_RequestTerminationCode code)
{
    struct visit *visit = *request;
    (void)context;
    (void)connection;
    (void)code;
    if (visit == NULL)
        return;
    free(visit->words.body);
    free(visit->body);
    free(visit);
    *request = NULL;
}

/* --- A server's life --- */

void rcp_pg_server_defaults(struct rcp_pg_server_options *options)
{
    *options = (struct rcp_pg_server_options){
        .bank = {.seed = 1,
                 .room = DEFAULT_ROOM,
                 .patience_ms = 1000,
                 .settles_ms = {1000, 5000},
                 .refunds = true},
        .callback_prefix = "http://localhost:8080",
        .port = 8082,
    };
    rcp_rates_documented(&options->rates);
}

static struct MHD_Daemon *listen_at(struct rcp_pg_server *server, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
    };
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME,
                            port,
                            NULL,
                            NULL,
                            on_request,
                            server,
                            MHD_OPTION_SOCK_ADDR,
                            (struct sockaddr *)&address,
                            MHD_OPTION_CONNECTION_LIMIT,
                            CONNECTIONS,
                            MHD_OPTION_CONNECTION_TIMEOUT,
                            IDLE_S,
                            MHD_OPTION_NOTIFY_COMPLETED,
                            on_completed,
                            server,
                            MHD_OPTION_END);
}

static bool open_parts(struct rcp_pg_server *server,
                       const struct rcp_pg_server_options *options,
                       const char **why)
{
    struct rcp_bank_ears ears = {.context = server,
                                 .answered = on_answer,
                                 .calls_back = on_calls_back,
                                 .changed = on_changed};
    server->bank = rcp_bank_open(&options->bank, &ears);
    server->callbacks = rcp_callbacks_open(&options->callbacks);
    *why = "memory is short";
    if (server->bank == NULL || server->callbacks == NULL)
        return false;
    rcp_bank_set_rates(server->bank, &options->rates);
    if (options->ledger != NULL)
        server->ledger = rcp_ledger_open(options->ledger, server->bank, why);
    if (options->ledger != NULL && server->ledger == NULL)
        return false;
    rcp_bank_resume(server->bank, wall_ms());
    server->daemon = listen_at(server, options->port);
    *why = strerror(errno);
    return server->daemon != NULL;
}

struct rcp_pg_server *rcp_pg_server_open(const struct rcp_pg_server_options *options,
                                         const char **why)
{
    struct rcp_pg_server *server = calloc(1, sizeof *server);
    *why = "memory is short";
    if (server == NULL)
        return NULL;
    snprintf(
        server->callback_prefix, sizeof server->callback_prefix, "%s", options->callback_prefix);
    if (open_parts(server, options, why))
        return server;
    rcp_pg_server_free(server);
    return NULL;
}

void rcp_pg_server_free(struct rcp_pg_server *server)
{
    if (server == NULL)
        return;
    while (server->suspended != NULL)
        resume(server, server->suspended, DROPPED);
    if (server->daemon != NULL) {
        MHD_run(server->daemon);
        MHD_stop_daemon(server->daemon);
    }
    rcp_callbacks_free(server->callbacks);
    rcp_ledger_close(server->ledger);
    rcp_bank_free(server->bank);
    free(server);
}

uint16_t rcp_pg_server_port(const struct rcp_pg_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

/* How long nothing will happen by itself. */
static uint32_t idle_ms(struct rcp_pg_server *server, uint32_t bank_ms)
{
    MHD_UNSIGNED_LONG_LONG server_ms = 0;
    if (server->resumed)
        return 0;
    if (MHD_get_timeout(server->daemon, &server_ms) == MHD_YES && server_ms < bank_ms)
        return (uint32_t)server_ms;
    return bank_ms;
}

void rcp_pg_server_run(struct rcp_pg_server *server)
{
    int sockets = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    while (!atomic_load(&server->stopped)) {
        server->resumed = false;
        MHD_run(server->daemon);
        uint64_t now_ms = wall_ms();
        uint32_t bank_ms = rcp_bank_tick(server->bank, now_ms);
        drop_held(server, now_ms);
        rcp_callbacks_wait(server->callbacks, sockets, idle_ms(server, bank_ms));
    }
}

void rcp_pg_server_stop(struct rcp_pg_server *server)
{
    atomic_store(&server->stopped, true);
    rcp_callbacks_wake(server->callbacks);
}
