/* The payment gateway over HTTP: RCP_EFFECT_PG becomes a request, its end one RCP_EVENT_PG_DONE.
 *
 * An effect is one try, and one request on the wire: no redirect is followed, and what changes something (PAY,
 * REFUND) goes out on a connection of its own, because libcurl sends a request again by itself where a reused
 * connection breaks before the first byte of an answer. What of the request may have left us decides between
 * "not connected" and "unknown"; the answer table of the core does the rest.
 *
 * Everything happens on the loop's thread and ends within the effect's timeout_ms. */
#ifndef RCP_PROD_PG_PG_ADAPTER_H
#define RCP_PROD_PG_PG_ADAPTER_H

#include "prod/loop/loop.h"
#include "prod/pg/cards.h"

struct rcp_pg_options {
    const char
        *base_url; /* "https://pg.example.com": scheme, host, port, maybe a path; no slash at its
                                 end, RCP_PG_URL_MAX at most */
    const char *callback_url; /* where the PG calls back; RCP_PG_URL_MAX at most */
    const char *ca_file;      /* PEM: who may vouch for the PG; NULL: whom the system trusts */
    uint32_t connections; /* at once at most; at least the core's limits.pg_calls, or tries wait */
    struct rcp_cards *cards; /* of this loop; whoever takes orders puts them there */
};

/* What became of the tries so far. */
struct rcp_pg_health {
    uint64_t answers[RCP_PG_ANSWER_COUNT];
    uint64_t last_ok_ms; /* mono_ms of the last OK or NOT_FOUND: the PG itself spoke; 0: never */
    uint64_t silent_since_ms; /* mono_ms of the first try since then to which it did not; 0: none */
    uint64_t cards_missing;   /* PAYs not made, since there was no card (any more) */
    uint64_t keys_missing; /* GETs and REFUNDs not made, since the key's bytes are not known here */
    uint64_t in_flight;
};

struct rcp_pg_adapter;

/* Once per process, before any other thread begins, and once at its end. libcurl, and jansson for the whole
 * process, get a heap that wipes what is given back (prod/pg/wiped.h). False where libcurl refuses. */
bool rcp_pg_process_begin(void);
void rcp_pg_process_end(void);

/* For this loop; the texts are copied, the cards are not. NULL where memory is short or a text too long. */
struct rcp_pg_adapter *rcp_pg_adapter_open(struct rcp_loop *loop,
                                           const struct rcp_pg_options *options);

/* For rcp_loop_port(loop, RCP_EFFECT_PG, ...). */
struct rcp_port rcp_pg_adapter_port(struct rcp_pg_adapter *adapter);

/* After the loop has run and before rcp_loop_free(), which lets libuv close what this has opened. Tries still
 * in flight end without an event. */
void rcp_pg_adapter_free(struct rcp_pg_adapter *adapter);

/* Any thread. */
void rcp_pg_adapter_health(struct rcp_pg_adapter *adapter, struct rcp_pg_health *health);

#endif
