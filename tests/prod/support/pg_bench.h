/* The PG adapter on a loop without a node: for tests against a server that misbehaves, and against the lab's. */
#ifndef RCP_TESTS_PROD_SUPPORT_PG_BENCH_H
#define RCP_TESTS_PROD_SUPPORT_PG_BENCH_H

#include "prod/pg/pg_adapter.h"

#define PG_BENCH_CALLBACK "http://localhost:8080/api/v1/payments/callback"
#define PG_BENCH_CARD     "1234-5678-9012-3456"

/* One end of a try, with its transactions. */
struct pg_end {
    struct rcp_pg_done done;
    struct rcp_pg_transaction transactions[RCP_PG_TRANSACTIONS_MAX];
    uint32_t took_ms;
};

struct pg_bench;

/* base_url: of the PG; callback_url: NULL for PG_BENCH_CALLBACK; ca_file: NULL for whom the system trusts. */
struct pg_bench *pg_bench_open(const char *base_url, const char *callback_url, const char *ca_file);
void pg_bench_close(struct pg_bench *bench);

/* The same against a server on this port of this machine. */
struct pg_bench *pg_bench_at(uint16_t port);

/* For a test that puts its own card there. */
struct rcp_cards *pg_bench_cards(struct pg_bench *bench);

/* An order's card, as whoever takes orders puts it there; the order's origin is its id. */
void pg_bench_put_card(struct pg_bench *bench, uint64_t order_id);
bool pg_bench_has_card(const struct pg_bench *bench, uint64_t order_id);

/* An effect for user 7, 5000 won, with these timeouts; op_id is filled in by pg_bench_issue(). */
struct rcp_pg_effect pg_bench_effect(enum rcp_pg_verb verb, uint64_t order_id, uint64_t key);

void pg_bench_issue(struct pg_bench *bench, const struct rcp_pg_effect *effect);

/* Turns the loop until this many tries have ended in all; false where they do not within so long. */
bool pg_bench_turn(struct pg_bench *bench, uint32_t ends, uint32_t within_ms);
uint32_t pg_bench_count(const struct pg_bench *bench);
const struct pg_end *pg_bench_end(const struct pg_bench *bench, uint32_t nth);

/* Issues it, waits for its end, and checks that it came in time and alone. */
const struct pg_end *pg_bench_call(struct pg_bench *bench, const struct rcp_pg_effect *effect);

/* The handle of a transaction's key. */
uint64_t pg_bench_key(struct pg_bench *bench, const char *key);

void pg_bench_health(struct pg_bench *bench, struct rcp_pg_health *health);

/* Takes the adapter away while its tries are under way; then only pg_bench_close() is left. */
void pg_bench_free_adapter(struct pg_bench *bench);

#endif
