/* One call at a time from effect to event: its request is written, handed to libcurl, and what comes back is
 * judged by how far it got, by its status, and by its words, in this order. */
#include "prod/pg/pg_adapter.h"

#include "core/check.h"
#include "prod/http/trace.h"
#include "prod/pg/pg_http.h"
#include "prod/pg/pg_json.h"
#include "prod/pg/transfer_adapter.h"
#include "prod/pg/wiped.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX     65536u /* bytes of a body; several hundred transactions */
#define ANSWER_FIRST   1024u
#define CARDS_EVERY_MS 1000u

struct call {
    struct rcp_letter letter;       /* of one that ends before it has begun */
    struct rcp_pg_adapter *adapter; /* NULL: it is gone, and the letter still on its way */
    struct call *prev, *next;
    CURL *easy;
    struct curl_slist *headers;
    struct rcp_pg_effect effect;
    char *answer; /* grows */
    size_t answer_size, answer_room;
    bool sending;  /* there is a connection, and the request is about to be sent */
    bool too_long; /* the answer's body is */
    char url[RCP_PG_URL_MAX + 3u * RCP_PG_KEY_MAX + 64u];
    char body[RCP_PG_BODY_MAX]; /* of the request */
};

struct rcp_pg_adapter {
    struct rcp_loop *loop;
    struct rcp_transfers *transfers;
    struct rcp_cards *cards;
    struct call *calls; /* in flight */
    uv_timer_t expiry;  /* of cards */
    char base_url[RCP_PG_URL_MAX];
    char callback_url[RCP_PG_URL_MAX];
    char *ca_file;
    atomic_uint_fast64_t answers[RCP_PG_ANSWER_COUNT];
    atomic_uint_fast64_t last_ok_ms, silent_since_ms, cards_missing, keys_missing, in_flight;
};

/* --- A call's memory --- */

static struct call *new_call(struct rcp_pg_adapter *adapter, const struct rcp_pg_effect *effect)
{
    struct call *call = calloc(1, sizeof *call);
    rcp_check(call != NULL, "pg_call_has_memory");
    call->adapter = adapter;
    call->effect = *effect;
    call->next = adapter->calls;
    if (adapter->calls != NULL)
        adapter->calls->prev = call;
    adapter->calls = call;
    atomic_fetch_add(&adapter->in_flight, 1u);
    return call;
}

static void leave_list(struct rcp_pg_adapter *adapter, struct call *call)
{
    if (call->prev != NULL)
        call->prev->next = call->next;
    else
        adapter->calls = call->next;
    if (call->next != NULL)
        call->next->prev = call->prev;
    atomic_fetch_sub(&adapter->in_flight, 1u);
}

/* The request may hold a card. */
static void free_call(struct call *call)
{
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    rcp_wiped_free(call->answer);
    explicit_bzero(call->body, sizeof call->body);
    free(call);
}

/* --- The end of a call --- */

/* Handles for the keys. False where there is no room for them: then nobody could ask about them, and the
 * answer might as well not have been read. */
static bool take_handles(struct rcp_pg_adapter *adapter,
                         const struct rcp_pg_body *body,
                         struct rcp_pg_transaction transactions[RCP_PG_TRANSACTIONS_MAX])
{
    struct rcp_handles *handles = rcp_loop_handles(adapter->loop);
    for (uint32_t i = 0; i < body->count; i++) {
        const struct rcp_pg_told *told = &body->told[i];
        transactions[i] = (struct rcp_pg_transaction){
            .key = rcp_handles_put(handles, told->key.at, told->key.size),
            .order_id = told->order_id,
            .amount = told->amount,
            .status = (uint8_t)told->status,
            .reason = (uint8_t)told->reason,
            .priced = told->priced,
        };
        if (transactions[i].key == 0)
            return false;
    }
    return true;
}

/* The order will not be paid by this card any more: the PG has taken it, or refused it for good. */
static bool is_done_with_card(enum rcp_pg_answer answer)
{
    return answer == RCP_PG_OK || answer == RCP_PG_BAD_REQUEST || answer == RCP_PG_UNAUTHORIZED ||
           answer == RCP_PG_NOT_FOUND;
}

static void note(struct rcp_pg_adapter *adapter, const struct call *call, enum rcp_pg_answer answer)
{
    atomic_fetch_add(&adapter->answers[answer], 1u);
    if (call->effect.verb == RCP_PG_PAY && is_done_with_card(answer))
        rcp_cards_drop(adapter->cards, call->effect.origin);
}

/* Frees the call, and steps the node. The body counts where the answer is OK. */
static void end_call(struct call *call, struct rcp_pg_done done, const struct rcp_pg_body *body)
{
    struct rcp_pg_adapter *adapter = call->adapter;
    struct rcp_pg_transaction transactions[RCP_PG_TRANSACTIONS_MAX];
    if (done.answer == RCP_PG_OK && !take_handles(adapter, body, transactions))
        done.answer = RCP_PG_UNREADABLE;
    if (done.answer == RCP_PG_OK) {
        done.more = body->more;
        done.count = body->count;
        done.transactions = transactions;
    }
    done.op_id = call->effect.op_id;
    note(adapter, call, done.answer);
    leave_list(adapter, call);
    free_call(call);
    struct rcp_event event = {.kind = RCP_EVENT_PG_DONE, .pg_done = done};
    rcp_loop_step(adapter->loop, &event);
}

/* A transfer failed. Before there was a connection (refused, no such host, no time left, a stranger's
 * certificate) nothing was sent; after it, nobody knows. */
static enum rcp_pg_answer failed(const struct call *call, CURLcode code)
{
    if (!call->sending)
        return RCP_PG_NOT_CONNECTED;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return RCP_PG_TIMED_OUT;
    /* It was heard, and spoke no HTTP that we read. */
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY ||
        code == CURLE_BAD_CONTENT_ENCODING)
        return RCP_PG_UNREADABLE;
    return RCP_PG_RESET;
}

/* The words behind the status. A 404 is the PG's only in the PG's envelope: a wrong path, or a gateway in
 * between, must not make a payment look as if it did not exist. */
static enum rcp_pg_answer spoken(const struct call *call,
                                 enum rcp_pg_answer answer,
                                 struct rcp_pg_body *body)
{
    const struct rcp_pg_effect *effect = &call->effect;
    if (answer == RCP_PG_OK &&
        (call->too_long ||
         !rcp_pg_read(effect->verb, effect->order_id, call->answer, call->answer_size, body)))
        return RCP_PG_UNREADABLE;
    if (answer == RCP_PG_NOT_FOUND && !rcp_pg_read_failure(call->answer, call->answer_size))
        return RCP_PG_BAD_GATEWAY;
    return answer;
}

static uint32_t retry_after_ms(CURL *easy)
{
    curl_off_t seconds = 0; /* libcurl reads both forms, and makes seconds of a date */
    if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds <= 0)
        return 0;
    return seconds < UINT32_MAX / 1000u ? (uint32_t)seconds * 1000u : UINT32_MAX;
}

/* Of tries that left: what was never asked, nobody is silent about. */
static void note_silence(struct rcp_pg_adapter *adapter, enum rcp_pg_answer answer)
{
    if (answer == RCP_PG_OK || answer == RCP_PG_NOT_FOUND) {
        atomic_store(&adapter->last_ok_ms, rcp_mono_ms());
        atomic_store(&adapter->silent_since_ms, 0u);
    } else if (atomic_load(&adapter->silent_since_ms) == 0) {
        atomic_store(&adapter->silent_since_ms, rcp_mono_ms());
    }
}

static void on_ended(void *owner, void *easy, int code)
{
    struct call *call = NULL;
    struct rcp_pg_done done = {0};
    struct rcp_pg_body body = {0};
    long status = 0;
    (void)owner;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK && !call->too_long)
        done.answer = failed(call, (CURLcode)code);
    else
        done.answer = spoken(call, rcp_pg_answer_of_status(status), &body);
    if (done.answer == RCP_PG_TOO_MANY)
        done.retry_after_ms = retry_after_ms(easy);
    note_silence(call->adapter, done.answer);
    end_call(call, done, &body);
}

/* --- The request --- */

static bool add_header(struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool add_header(struct call *call, const char *format, ...)
{
    char text[96];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    struct curl_slist *longer = curl_slist_append(call->headers, text);
    if (longer != NULL)
        call->headers = longer;
    return longer != NULL;
}

/* The call belongs to the trace of the order's request, where that has one. */
static bool add_trace(struct call *call)
{
    struct rcp_bytes origin;
    struct rcp_trace trace;
    char text[RCP_TRACE_TEXT];
    rcp_handles_get(rcp_loop_handles(call->adapter->loop), call->effect.origin, &origin);
    if (origin.size != sizeof trace)
        return true;
    memcpy(&trace, origin.at, sizeof trace);
    rcp_trace_text(&trace, text);
    return add_header(call, "traceparent: %s", text);
}

static bool write_headers(struct call *call)
{
    return add_header(call, "X-USER-ID: %" PRIu64, call->effect.user_id) &&
           add_header(call, "Accept: application/json") &&
           add_header(call, "Content-Type: application/json") && add_trace(call);
}

static void write_url(struct call *call, const char *rest, const char *tail)
{
    snprintf(
        call->url, sizeof call->url, "%s/api/v1/payments%s%s", call->adapter->base_url, rest, tail);
}

/* The URL of one transaction. False where its key's bytes are not known here. */
static bool write_key_url(struct call *call, const char *tail)
{
    struct rcp_bytes key;
    char rest[3u * RCP_PG_KEY_MAX + 2u];
    if (!rcp_handles_get(rcp_loop_handles(call->adapter->loop), call->effect.key, &key) ||
        key.size > RCP_PG_KEY_MAX) {
        atomic_fetch_add(&call->adapter->keys_missing, 1u);
        return false;
    }
    char *escaped = curl_easy_escape(call->easy, key.at, key.size);
    if (escaped == NULL)
        return false;
    snprintf(rest, sizeof rest, "/%s", escaped);
    curl_free(escaped);
    write_url(call, rest, tail);
    return true;
}

static void write_list_url(struct call *call)
{
    char order[RCP_PG_ORDER_TEXT_MAX];
    rcp_pg_order_write(call->effect.order_id, call->effect.padded, order);
    write_url(call, "?orderId=", order);
}

/* The body stays the call's: libcurl is not given a copy to keep. */
static bool post(struct call *call, size_t size)
{
    if (size == 0)
        return false;
    return curl_easy_setopt(call->easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE, (long)size) == CURLE_OK &&
           curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, call->body) == CURLE_OK &&
           curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK;
}

/* Without a card there is no PAY to make, and surely none was made: a restart has lost it, or its time was
 * over. */
static bool write_pay(struct call *call)
{
    struct rcp_pg_adapter *adapter = call->adapter;
    struct rcp_card card;
    if (!rcp_cards_take(adapter->cards, call->effect.origin, &card)) {
        atomic_fetch_add(&adapter->cards_missing, 1u);
        return false;
    }
    struct rcp_pg_pay pay = {
        .card = &card,
        .callback_url = adapter->callback_url,
        .order_id = call->effect.order_id,
        .amount = call->effect.amount,
        .padded = call->effect.padded,
    };
    size_t size = rcp_pg_write_pay(&pay, call->body);
    rcp_card_wipe(&card);
    write_url(call, "", "");
    return post(call, size);
}

static bool write_request(struct call *call)
{
    switch (call->effect.verb) {
    case RCP_PG_PAY:
        return write_pay(call);
    case RCP_PG_LIST:
        write_list_url(call);
        return true;
    case RCP_PG_GET:
        return write_key_url(call, "");
    case RCP_PG_REFUND:
        return write_key_url(call, "/refund") &&
               post(call, rcp_pg_write_refund(call->effect.amount, call->body));
    case RCP_PG_VERB_COUNT:
        break;
    }
    rcp_check_failed("pg_verb_exists");
}

/* --- What libcurl calls --- */

/* There is a connection, and the request has not left yet. */
static int on_connected(void *context, char *ip, char *local_ip, int port, int local_port)
{
    struct call *call = context;
    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    call->sending = true;
    return CURL_PREREQFUNC_OK;
}

static bool make_room(struct call *call, size_t size)
{
    size_t room = call->answer_room == 0 ? ANSWER_FIRST : call->answer_room;
    while (room < call->answer_size + size)
        room *= 2u;
    if (room == call->answer_room)
        return true;
    char *moved = rcp_wiped_realloc(call->answer, room);
    if (moved == NULL)
        return false;
    call->answer = moved;
    call->answer_room = room;
    return true;
}

static size_t on_body(char *bytes, size_t one, size_t size, void *context)
{
    struct call *call = context;
    (void)one; /* always 1 */
    if (size > ANSWER_MAX - call->answer_size || !make_room(call, size)) {
        call->too_long = true;
        return CURL_WRITEFUNC_ERROR;
    }
    memcpy(call->answer + call->answer_size, bytes, size);
    call->answer_size += size;
    return size;
}

/* --- Issue --- */

/* What no transfer may do, whoever asks for it and whatever the environment says. */
static bool set_manners(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           /* Else the end of a timeout waits for the thread that looks up a name, and the loop with it. */
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK;
}

static bool set_call(struct call *call)
{
    CURL *easy = call->easy;
    const struct rcp_pg_effect *effect = &call->effect;
    const char *ca_file = call->adapter->ca_file;
    return curl_easy_setopt(easy, CURLOPT_PRIVATE, call) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_URL, call->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)effect->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)effect->connect_timeout_ms) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQDATA, call) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, call) == CURLE_OK &&
           (ca_file == NULL || curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file) == CURLE_OK);
}

static bool begin(struct call *call)
{
    call->easy = curl_easy_init();
    return call->easy != NULL && set_manners(call->easy) && write_headers(call) &&
           write_request(call) && set_call(call) &&
           rcp_transfers_add(call->adapter->transfers, call->easy);
}

static void open_letter(struct rcp_letter *letter, struct rcp_loop *loop)
{
    struct call *call = (struct call *)letter; /* its first member */
    static const struct rcp_pg_body nothing;
    (void)loop;
    if (call->adapter != NULL)
        end_call(call, (struct rcp_pg_done){.answer = RCP_PG_NOT_CONNECTED}, &nothing);
    else
        free_call(call);
}

static void issue(void *context, const struct rcp_effects *effects, const struct rcp_effect *effect)
{
    struct rcp_pg_adapter *adapter = context;
    (void)effects;
    struct call *call = new_call(adapter, &effect->pg);
    if (begin(call))
        return;
    call->letter.open = open_letter; /* nothing was sent */
    rcp_loop_post(adapter->loop, &call->letter);
}

/* --- An adapter's life --- */

bool rcp_pg_process_begin(void)
{
    json_set_alloc_funcs(rcp_wiped_malloc, rcp_wiped_free);
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT,
                                rcp_wiped_malloc,
                                rcp_wiped_free,
                                rcp_wiped_realloc,
                                rcp_wiped_strdup,
                                rcp_wiped_calloc) == CURLE_OK;
}

void rcp_pg_process_end(void)
{
    curl_global_cleanup();
}

static void on_expiry(uv_timer_t *timer)
{
    struct rcp_pg_adapter *adapter = timer->data;
    rcp_cards_expire(adapter->cards, rcp_mono_ms());
}

static bool copy_text(char to[RCP_PG_URL_MAX], const char *from)
{
    size_t size = strlen(from);
    if (size >= RCP_PG_URL_MAX)
        return false;
    memcpy(to, from, size + 1u);
    return true;
}

/* False where something is short; what was opened is to be freed. */
static bool open_parts(struct rcp_pg_adapter *adapter, const struct rcp_pg_options *options)
{
    if (!copy_text(adapter->base_url, options->base_url) ||
        !copy_text(adapter->callback_url, options->callback_url))
        return false;
    if (options->ca_file != NULL && (adapter->ca_file = strdup(options->ca_file)) == NULL)
        return false;
    adapter->transfers =
        rcp_transfers_open(rcp_loop_uv(adapter->loop), options->connections, on_ended, adapter);
    return adapter->transfers != NULL;
}

struct rcp_pg_adapter *rcp_pg_adapter_open(struct rcp_loop *loop,
                                           const struct rcp_pg_options *options)
{
    struct rcp_pg_adapter *adapter = calloc(1, sizeof *adapter);
    if (adapter == NULL)
        return NULL;
    adapter->loop = loop;
    adapter->cards = options->cards;
    if (!open_parts(adapter, options)) {
        free(adapter->ca_file);
        free(adapter);
        return NULL;
    }
    uv_timer_init(rcp_loop_uv(loop), &adapter->expiry);
    adapter->expiry.data = adapter;
    uv_timer_start(&adapter->expiry, on_expiry, CARDS_EVERY_MS, CARDS_EVERY_MS);
    uv_unref((uv_handle_t *)&adapter->expiry);
    return adapter;
}

struct rcp_port rcp_pg_adapter_port(struct rcp_pg_adapter *adapter)
{
    return (struct rcp_port){.adapter = adapter, .issue = issue};
}

static void free_adapter(uv_handle_t *handle)
{
    struct rcp_pg_adapter *adapter = handle->data;
    free(adapter->ca_file);
    free(adapter);
}

void rcp_pg_adapter_free(struct rcp_pg_adapter *adapter)
{
    if (adapter == NULL)
        return;
    struct call *next = NULL;
    for (struct call *call = adapter->calls; call != NULL; call = next) {
        next = call->next;
        if (call->letter.open != NULL) {
            call->adapter = NULL; /* freed when its letter is opened */
            continue;
        }
        rcp_transfers_remove(adapter->transfers, call->easy);
        free_call(call);
    }
    rcp_transfers_free(adapter->transfers);
    uv_close((uv_handle_t *)&adapter->expiry, free_adapter);
}

void rcp_pg_adapter_health(struct rcp_pg_adapter *adapter, struct rcp_pg_health *health)
{
    for (uint32_t i = 0; i < RCP_PG_ANSWER_COUNT; i++)
        health->answers[i] = atomic_load(&adapter->answers[i]);
    health->last_ok_ms = atomic_load(&adapter->last_ok_ms);
    health->silent_since_ms = atomic_load(&adapter->silent_since_ms);
    health->cards_missing = atomic_load(&adapter->cards_missing);
    health->keys_missing = atomic_load(&adapter->keys_missing);
    health->in_flight = atomic_load(&adapter->in_flight);
}
