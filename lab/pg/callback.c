/* libcurl's multi interface, which also waits for the server's own sockets: one thread does it all. */
#include "lab/pg/callback.h"

#include "prod/hex.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define TIMEOUT_MS 5000L

/* One under way. */
struct callback {
    struct callback *prev, *next;
    CURL *easy;
    struct curl_slist *headers;
    char *body;
};

struct rcp_callbacks {
    struct callback *first;
    CURLM *multi;
    struct rcp_callback_counts counts;
    struct rcp_callback_options options;
};

struct rcp_callbacks *rcp_callbacks_open(const struct rcp_callback_options *options)
{
    struct rcp_callbacks *callbacks = calloc(1, sizeof *callbacks);
    if (callbacks == NULL)
        return NULL;
    callbacks->options = *options;
    callbacks->multi = curl_multi_init();
    if (callbacks->multi == NULL) {
        free(callbacks);
        return NULL;
    }
    return callbacks;
}

static void free_one(struct rcp_callbacks *callbacks, struct callback *callback)
{
    curl_multi_remove_handle(callbacks->multi, callback->easy);
    curl_easy_cleanup(callback->easy);
    curl_slist_free_all(callback->headers);
    free(callback->body);
    free(callback);
}

/* It is over: forgets it. */
static void end_one(struct rcp_callbacks *callbacks, struct callback *callback)
{
    if (callback->prev != NULL)
        callback->prev->next = callback->next;
    else
        callbacks->first = callback->next;
    if (callback->next != NULL)
        callback->next->prev = callback->prev;
    free_one(callbacks, callback);
}

/* Takes the body over. NULL where memory is short. */
static struct callback *new_one(struct rcp_callbacks *callbacks, char *body)
{
    struct callback *callback = calloc(1, sizeof *callback);
    CURL *easy = body == NULL || callback == NULL ? NULL : curl_easy_init();
    if (easy == NULL) {
        free(callback);
        free(body);
        return NULL;
    }
    *callback = (struct callback){.next = callbacks->first, .easy = easy, .body = body};
    if (callbacks->first != NULL)
        callbacks->first->prev = callback;
    callbacks->first = callback;
    return callback;
}

void rcp_callbacks_free(struct rcp_callbacks *callbacks)
{
    if (callbacks == NULL)
        return;
    struct callback *next = NULL;
    for (struct callback *callback = callbacks->first; callback != NULL; callback = next) {
        next = callback->next;
        free_one(callbacks, callback);
    }
    curl_multi_cleanup(callbacks->multi);
    free(callbacks);
}

static bool is_loopback(const struct curl_sockaddr *to)
{
    if (to->family == AF_INET) {
        const struct sockaddr_in *address = (const void *)&to->addr;
        return ntohl(address->sin_addr.s_addr) >> 24 == 127u;
    }
    const struct sockaddr_in6 *address = (const void *)&to->addr;
    return to->family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address->sin6_addr);
}

/* A name says nothing about where it leads; this is asked about the address itself. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    const struct rcp_callbacks *callbacks = context;
    (void)purpose;
    if (!callbacks->options.anywhere && !is_loopback(to))
        return CURL_SOCKET_BAD;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t ignore_body(char *bytes, size_t one, size_t size, void *context)
{
    (void)bytes;
    (void)context;
    return one * size;
}

static void add_header(struct callback *callback, const char *header)
{
    struct curl_slist *longer = curl_slist_append(callback->headers, header);
    if (longer != NULL)
        callback->headers = longer;
}

static void sign(const struct rcp_callback_options *options, struct callback *callback)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char header[sizeof "X-PG-SIGNATURE: " + sizeof mac * 2u] = "X-PG-SIGNATURE: ";
    if (HMAC(EVP_sha256(),
             options->key,
             (int)options->key_size,
             (const unsigned char *)callback->body,
             strlen(callback->body),
             mac,
             &size) == NULL)
        return;
    *rcp_hex_write(header + strlen(header), mac, size) = '\0';
    add_header(callback, header);
}

static void set_up(struct rcp_callbacks *callbacks, struct callback *callback, const char *url)
{
    CURL *easy = callback->easy;
    add_header(callback, "Content-Type: application/json");
    if (callbacks->options.key_size > 0)
        sign(&callbacks->options, callback);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, callback);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, callback->headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, callback->body);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L); /* else a broken one is tried again */
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, callbacks);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore_body);
}

void rcp_callbacks_send(struct rcp_callbacks *callbacks, const char *url, char *body)
{
    struct callback *callback = new_one(callbacks, body);
    callbacks->counts.sent++;
    if (callback == NULL) {
        callbacks->counts.failed++;
        return;
    }
    set_up(callbacks, callback, url);
    if (curl_multi_add_handle(callbacks->multi, callback->easy) == CURLM_OK)
        return;
    callbacks->counts.failed++;
    end_one(callbacks, callback);
}

static void count(struct rcp_callbacks *callbacks, CURL *easy, CURLcode code)
{
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK && status >= 200 && status < 300)
        callbacks->counts.answered++;
    else
        callbacks->counts.failed++;
}

void rcp_callbacks_wait(struct rcp_callbacks *callbacks, int fd, uint32_t timeout_ms)
{
    struct curl_waitfd other = {.fd = fd, .events = CURL_WAIT_POLLIN};
    CURLMsg *message = NULL;
    int running = 0;
    int left = 0;
    curl_multi_perform(callbacks->multi, &running); /* those that have just begun */
    curl_multi_poll(callbacks->multi, &other, 1, (int)timeout_ms, NULL);
    curl_multi_perform(callbacks->multi, &running);
    while ((message = curl_multi_info_read(callbacks->multi, &left)) != NULL) {
        struct callback *callback = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &callback);
        count(callbacks, callback->easy, message->data.result);
        end_one(callbacks, callback);
    }
}

void rcp_callbacks_wake(struct rcp_callbacks *callbacks)
{
    curl_multi_wakeup(callbacks->multi);
}

struct rcp_callback_counts rcp_callbacks_counts(const struct rcp_callbacks *callbacks)
{
    return callbacks->counts;
}
