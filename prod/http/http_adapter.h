/* The HTTP server: listeners, limits, and how it ends. libmicrohttpd is behind it.
 *
 *     open -> set RCP_EFFECT_REPLY of each loop to rcp_http_port() -> run the loops
 *     -> quiesce -> stop the loops, join and free them -> close */
#ifndef RCP_PROD_HTTP_ADAPTER_H
#define RCP_PROD_HTTP_ADAPTER_H

#include "prod/http/service.h"
#include "prod/loop/loop.h"

#define RCP_LISTENERS_MAX    4u
#define RCP_LOOPS_MAX        16u
#define RCP_HTTP_THREADS_MAX 16u

/* Where clients come in: a TCP address, or a unix socket. */
struct rcp_listener {
    const char *address;     /* "127.0.0.1", "::"; NULL: the unix socket */
    const char *path;        /* of the unix socket: what is there is replaced */
    uint16_t port;           /* 0: any free one, see rcp_http_listening() */
    uint16_t mode;           /* of the unix socket: 0660; 0 leaves it to the umask */
    bool trusted;            /* believes X-USER-ID: unix sockets only */
    bool inside;             /* shows /metrics */
    const char *certificate; /* TLS: PEM texts, both or none */
    const char *private_key;
};

struct rcp_http_limits {
    uint32_t threads;                 /* of each listener, 1 or more */
    uint32_t connections;             /* of each listener; more wait in the kernel's queue */
    uint32_t connections_per_address; /* in each thread; 0: no limit (clients come by a proxy) */
    uint32_t exchanges;               /* questions open at once; more are answered 503 at once */
    uint32_t body_bytes;              /* more is answered 413 */
    uint32_t header_bytes;            /* of request line and headers; more is answered 431 or 414 */
    uint32_t idle_s;                  /* a connection without a request is closed after this */
    uint32_t client_ms; /* to send a whole request, and to read its answer: then it is cut off */
};

extern const struct rcp_http_limits rcp_http_limits_default;

struct rcp_http_options {
    const struct rcp_service *service; /* the caller's, until close */
    struct rcp_http_limits limits;
    struct rcp_listener listeners[RCP_LISTENERS_MAX];
    uint32_t listener_count;
    struct rcp_loop *loops[RCP_LOOPS_MAX];
    struct rcp_cards *cards[RCP_LOOPS_MAX]; /* of each loop; NULL: no orders by card */
    uint32_t loop_count;
};

struct rcp_http;
struct rcp_door;

/* Listens from here on; what is asked waits for the loops. NULL, and errno says why. */
struct rcp_http *rcp_http_open(const struct rcp_http_options *options);

/* For RCP_EFFECT_REPLY of loop `index`, before it runs. */
struct rcp_port rcp_http_port(struct rcp_http *http, uint32_t index);

/* Where others than HTTP ask loop `index`, until it is freed; its replies come by the same port. */
struct rcp_door *rcp_http_door(struct rcp_http *http, uint32_t index);

/* The port that a listener listens on; 0 for a unix socket. */
uint16_t rcp_http_listening(const struct rcp_http *http, uint32_t listener);

/* Takes nothing new: listening sockets are closed, what comes by an open connection is answered 503. When it
 * returns, nobody posts to the loops any more. */
void rcp_http_quiesce(struct rcp_http *http);

/* After the loops were freed: what they left open is answered 503. Waits until answers have gone out, one second
 * at most. NULL is fine. */
void rcp_http_close(struct rcp_http *http);

#endif
