/* PgClient: one try of a call at a time, through breaker and bulkhead. Whoever calls counts tries, waits
 * between them and keeps the order's deadline. */
#ifndef RCP_CORE_GATEWAY_CLIENT_H
#define RCP_CORE_GATEWAY_CLIENT_H

#include "core/effect.h"
#include "core/gateway/answer_table.h"
#include "core/gateway/breaker.h"

struct rcp_digest;
struct rcp_step;

/* What the node knows of the PG: in struct rcp_node as `pg`. */
struct rcp_pg_client {
    struct rcp_breaker pay;   /* PAY and REFUND */
    struct rcp_breaker query; /* LIST and GET */
    uint32_t in_flight;       /* calls; at most limits.pg_calls */
    uint32_t spare;
};

/* One try in flight, as its caller keeps it. Zero: none. */
struct rcp_pg_try {
    uint64_t since_ms; /* mono */
    struct rcp_permit permit;
    uint8_t verb; /* enum rcp_pg_verb */
    uint8_t spare[3];
};

/* Issues one try: fills in what the caller left out of `call` (connect timeout, padded), and emits it.
 * `call` has op_id, user_id, order_id, key, amount, origin, verb, and a timeout_ms of
 * RCP_PG_TIMEOUT_MS at most. False where the circuit is open or the bulkhead full: nothing was issued,
 * *try is zero, and the class is CIRCUIT_OPEN. */
bool rcp_pg_call(struct rcp_step *step, const struct rcp_pg_effect *call, struct rcp_pg_try *try);

/* A try has ended: gives its place back, tells the breaker, and says what it means. Once for every call
 * that was issued, also where its caller has no more use for the answer. */
enum rcp_pg_class rcp_pg_ended(struct rcp_step *step,
                               const struct rcp_pg_try *try,
                               const struct rcp_pg_done *done);

/* What the PG asked us to wait: 0 but after LATER, and RCP_PG_RETRY_AFTER_MS where it did not say. */
uint32_t rcp_pg_retry_after_ms(enum rcp_pg_class class, const struct rcp_pg_done *done);

/* Pause behind `tries` tries (at least 1): 100 200 400 .. 1000 ms, or retry_after_ms where that is longer;
 * and on top of it up to an eighth of jitter, a pure hash of the node's seed, order and tries. */
uint32_t rcp_pg_pause_ms(const struct rcp_step *step,
                         uint64_t order_id,
                         uint32_t tries,
                         uint32_t retry_after_ms);

/* In canonical form (core/digest.h): the client, and a try in flight. Left out: epochs, but for whether the
 * breaker still listens; and how long ago a try was issued, once it is slow. */
void rcp_pg_client_digest(const struct rcp_pg_client *client, struct rcp_digest *digest);
void rcp_pg_try_digest(const struct rcp_pg_client *client,
                       const struct rcp_pg_try *try,
                       struct rcp_digest *digest);

/* Whole-state invariants; in_flight is what the node's flows say, `most` the node's limit. */
void rcp_pg_client_check(const struct rcp_pg_client *client, uint32_t in_flight, uint32_t most);

#endif
