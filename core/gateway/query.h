/* PgQueryResult: what the PG's answers about one order come to (FACTS 1.6, 1.9; POLICIES.md). */
#ifndef RCP_CORE_GATEWAY_QUERY_H
#define RCP_CORE_GATEWAY_QUERY_H

#include "core/event.h"
#include "core/policy.h"

struct rcp_step;

/* The variants of the document's PgQueryResult, and MISMATCH, which is ours. */
enum rcp_pg_result {
    RCP_PG_RESULT_NONE, /* not asked yet */
    RCP_PG_RESULT_SUCCESS,
    RCP_PG_RESULT_FAILED,
    RCP_PG_RESULT_PENDING,
    RCP_PG_RESULT_NOT_FOUND,
    RCP_PG_RESULT_QUERY_FAILED,
    RCP_PG_RESULT_MISMATCH, /* the only SUCCESS names another amount or order: waits for a person */
    RCP_PG_RESULT_COUNT
};

/* What has been heard of one order's transactions so far. Plain data; zeroed: nothing. */
struct rcp_pg_seen {
    struct rcp_pg_transaction transactions[RCP_PG_TRANSACTIONS_MAX]; /* newest first */
    uint32_t count;
    uint8_t more; /* there are more than we were told of */
    uint8_t spare[3];
};

/* LIST was TOLD: keeps what it says, and forgets what was seen before. */
void rcp_pg_seen_list(struct rcp_pg_seen *seen, const struct rcp_pg_done *done);

/* GET of `key` was TOLD: the transaction has a price now, and the status of now. False where the answer is
 * about another one, or names no price: then the query has failed. */
bool rcp_pg_seen_price(struct rcp_pg_seen *seen, uint64_t key, const struct rcp_pg_done *done);

/* The key of the next transaction whose price decides something: a SUCCESS without one, where amounts are
 * compared or surplus money must go back. 0 where all that matters is known. */
uint64_t rcp_pg_seen_unpriced(const struct rcp_step *step, const struct rcp_pg_seen *seen);

/* What it comes to for an order of this amount: as WHICH_TRANSACTION and AMOUNTS say. *which is the index
 * of the transaction that decides (SUCCESS, FAILED, PENDING, MISMATCH). Nothing seen: NOT_FOUND.
 *
 * The first that is true decides: a SUCCESS of ours, the oldest one, is SUCCESS; any PENDING is PENDING; a
 * SUCCESS of another amount or order is MISMATCH; else FAILED, unless there are more than we were told of:
 * QUERY_FAILED. Needs rcp_pg_seen_unpriced() == 0. */
enum rcp_pg_result rcp_pg_aggregate(const struct rcp_step *step,
                                    const struct rcp_pg_seen *seen,
                                    uint64_t order_id,
                                    uint64_t amount,
                                    uint32_t *which);

/* True where every transaction is final, and we were told of all. */
bool rcp_pg_all_final(const struct rcp_pg_seen *seen);

/* The transactions that took money for this order though `kept` (0: none) alone may: SUCCESS, priced, not
 * kept. One that names another order is that order's. Writes up to RCP_REFUND_LINES_MAX lines; returns how
 * many there are in all. */
uint32_t rcp_pg_surplus(const struct rcp_pg_seen *seen,
                        uint64_t order_id,
                        uint64_t kept,
                        struct rcp_refund_line lines[RCP_REFUND_LINES_MAX]);

#endif
