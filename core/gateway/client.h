/* PgClient: one try of a call at a time, through breaker and bulkhead. Whoever calls counts tries, waits
 * between them and keeps the order's deadline. */
#ifndef RCP_CORE_GATEWAY_CLIENT_H
#define RCP_CORE_GATEWAY_CLIENT_H

#include "core/gateway/answer_table.h"
#include "core/gateway/breaker.h"
#include "core/effect.h"

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

/* Issues one try: fills in `call` what the caller left out (connect timeout, padded), and emits it.
 * `call` has op_id, user_id, order_id, key, amount, origin, verb, timeout_ms. False where the circuit is
 * open or the bulkhead full: nothing was issued, and the class is CIRCUIT_OPEN. */
bool rcp_pg_call(struct rcp_step *step, const struct rcp_pg_effect *call, struct rcp_pg_try *try);

/* A try has ended: gives its place back, tells the breaker, and says what it means. */
enum rcp_pg_class rcp_pg_ended(struct rcp_step *step,
                               const struct rcp_pg_try *try,
                               const struct rcp_pg_done *done);

/* Pause before try number `tries` + 1 (1 is the first): 100 200 400 .. 1000 ms, with a jitter that is a
 * pure hash; after LATER at least what the PG asked for. */
uint32_t rcp_pg_pause_ms(const struct rcp_step *step,
                         uint64_t order_id,
                         uint32_t tries,
                         uint32_t retry_after_ms);

/* Whole-state invariants; in_flight is what the node's flows say. */
void rcp_pg_client_check(const struct rcp_pg_client *client, uint32_t in_flight, uint32_t most);

#endif
