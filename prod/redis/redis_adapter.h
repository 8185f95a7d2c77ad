/* Redis behind the core's port: RESERVATION_TOKEN:{token} is read, deleted, or given a longer life. All
 * commands go down one connection, pipelined.
 *
 * Outcomes (core/event.h). DONE: Redis answered. REFUSED: it said so before doing anything, or the command
 * never left this process: no connection, too many in flight, no bytes behind the handle. UNKNOWN: it left,
 * and no answer came in its time, or before the connection ended. A command that is overdue ends the
 * connection, and with it all that wait behind it: a frozen Redis holds nothing up, and no late answer is
 * ever taken for another's.
 *
 * A connection counts only once Redis has answered on it, so while Redis is frozen, loading or not reachable
 * commands are refused at once. */
#ifndef RCP_PROD_REDIS_REDIS_ADAPTER_H
#define RCP_PROD_REDIS_REDIS_ADAPTER_H

#include "prod/loop/loop.h"
#include "prod/redis/tls_session.h"

#include <stdbool.h>
#include <stdint.h>

/* The texts are copied. */
struct rcp_redis_options {
    const char *unix_path; /* NULL: by host and port */
    const char *host;
    uint16_t port;
    const char *user;     /* NULL: the default one */
    const char *password; /* NULL: none is sent */
    uint32_t database;    /* 0 is where every connection begins */
    bool tls;
    struct rcp_tls_files tls_files;
    const char *tls_server;      /* the name in its certificate; NULL: host */
    uint32_t in_flight_max;      /* commands; one more is refused */
    uint32_t connect_timeout_ms; /* from the look-up of its name to its first answer */
};

struct rcp_redis;

/* For a loop that is not running yet; connecting begins with the loop. NULL where memory is short or a TLS
 * file cannot be used. */
struct rcp_redis *rcp_redis_open(struct rcp_loop *loop, const struct rcp_redis_options *options);

/* Where RCP_EFFECT_REDIS goes. */
struct rcp_port rcp_redis_port(struct rcp_redis *redis);

/* The loop's thread, after the loop has run and before rcp_loop_free(), which lets go of the memory. */
void rcp_redis_close(struct rcp_redis *redis);

struct rcp_redis_health {
    bool ready;           /* it answers */
    const char *trouble;  /* not ready: why, as a constant text; else "" */
    uint64_t connections; /* that came to answer, ever */
    uint64_t done;        /* commands that ended so, ever */
    uint64_t refused;
    uint64_t unknown;
    uint32_t in_flight;
};

/* Any thread. */
struct rcp_redis_health rcp_redis_health(const struct rcp_redis *redis);

#endif
