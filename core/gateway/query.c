/* PgQueryResult: from the PG's answers about one order to one of a few words. */
#include "core/gateway/query.h"

#include "core/state.h"

void rcp_pg_seen_list(struct rcp_pg_seen *seen, const struct rcp_pg_done *done)
{
    rcp_check(done->answer == RCP_PG_OK, "list_was_told");
    rcp_check(done->count > 0 && done->count <= RCP_PG_TRANSACTIONS_MAX, "list_fits");
    *seen = (struct rcp_pg_seen){.count = done->count, .more = done->more};
    for (uint32_t i = 0; i < done->count; i++) {
        rcp_check(done->transactions[i].key != 0, "transaction_has_key");
        seen->transactions[i] = done->transactions[i];
    }
}

bool rcp_pg_seen_price(struct rcp_pg_seen *seen, uint64_t key, const struct rcp_pg_done *done)
{
    rcp_check(done->answer == RCP_PG_OK && done->count == 1, "transaction_was_told");
    const struct rcp_pg_transaction *told = &done->transactions[0];
    if (told->key != key || !told->priced)
        return false;
    for (uint32_t i = 0; i < seen->count; i++)
        if (seen->transactions[i].key == key) {
            seen->transactions[i] = *told;
            return true;
        }
    return false;
}

uint64_t rcp_pg_seen_unpriced(const struct rcp_step *step, const struct rcp_pg_seen *seen)
{
    if (!rcp_knob_hardened(step, RCP_KNOB_AMOUNTS) && !rcp_knob_hardened(step, RCP_KNOB_REFUND))
        return 0;
    for (uint32_t i = 0; i < seen->count; i++)
        if (seen->transactions[i].status == RCP_PG_SUCCESS && !seen->transactions[i].priced)
            return seen->transactions[i].key;
    return 0;
}

/* --- Aggregation --- */

static bool is_final(const struct rcp_pg_transaction *transaction)
{
    return transaction->status != RCP_PG_PENDING;
}

/* It took what this order costs, for this order: as far as anybody compares. */
static bool is_ours(const struct rcp_step *step,
                    const struct rcp_pg_transaction *transaction,
                    uint64_t order_id,
                    uint64_t amount)
{
    if (!rcp_knob_hardened(step, RCP_KNOB_AMOUNTS))
        return true;
    rcp_check(transaction->priced, "success_has_price");
    return transaction->order_id == order_id && transaction->amount == amount;
}

/* The documented choice: the last of a list that begins with the newest (FACTS 1.9, 3). Whatever is neither
 * SUCCESS nor FAILED is taken for PENDING (FACTS 1.6). */
static enum rcp_pg_result last_of_list(const struct rcp_step *step,
                                       const struct rcp_pg_seen *seen,
                                       uint64_t order_id,
                                       uint64_t amount,
                                       uint32_t *which)
{
    *which = seen->count - 1u;
    const struct rcp_pg_transaction *last = &seen->transactions[*which];
    if (last->status == RCP_PG_SUCCESS)
        return is_ours(step, last, order_id, amount) ? RCP_PG_RESULT_SUCCESS
                                                     : RCP_PG_RESULT_MISMATCH;
    return last->status == RCP_PG_FAILED ? RCP_PG_RESULT_FAILED : RCP_PG_RESULT_PENDING;
}

/* What one transaction says of its order, from the least to what decides over all others. */
enum weight { NO_MONEY, HAS_FAILED, IS_FOREIGN, MAY_YET, IS_OURS };

static enum weight weigh(const struct rcp_step *step,
                         const struct rcp_pg_transaction *transaction,
                         uint64_t order_id,
                         uint64_t amount)
{
    if (!is_final(transaction))
        return MAY_YET;
    if (transaction->status == RCP_PG_SUCCESS)
        return is_ours(step, transaction, order_id, amount) ? IS_OURS : IS_FOREIGN;
    return transaction->status == RCP_PG_FAILED ? HAS_FAILED : NO_MONEY;
}

/* Of several with the same weight the oldest decides: a younger one that comes in later must not change
 * which SUCCESS is kept. */
static enum rcp_pg_result all_of_list(const struct rcp_step *step,
                                      const struct rcp_pg_seen *seen,
                                      uint64_t order_id,
                                      uint64_t amount,
                                      uint32_t *which)
{
    enum weight heaviest = NO_MONEY;
    for (uint32_t i = 0; i < seen->count; i++) {
        enum weight weight = weigh(step, &seen->transactions[i], order_id, amount);
        if (weight < heaviest)
            continue;
        heaviest = weight;
        *which = i;
    }
    switch (heaviest) {
    case IS_OURS:
        return RCP_PG_RESULT_SUCCESS;
    case MAY_YET:
        return RCP_PG_RESULT_PENDING;
    case IS_FOREIGN:
        return RCP_PG_RESULT_MISMATCH;
    case HAS_FAILED:
    case NO_MONEY:
        break;
    }
    return seen->more ? RCP_PG_RESULT_QUERY_FAILED : RCP_PG_RESULT_FAILED;
}

enum rcp_pg_result rcp_pg_aggregate(const struct rcp_step *step,
                                    const struct rcp_pg_seen *seen,
                                    uint64_t order_id,
                                    uint64_t amount,
                                    uint32_t *which)
{
    rcp_check(seen->count <= RCP_PG_TRANSACTIONS_MAX, "seen_fits");
    *which = 0;
    if (seen->count == 0)
        return RCP_PG_RESULT_NOT_FOUND;
    return rcp_knob_hardened(step, RCP_KNOB_WHICH_TRANSACTION)
               ? all_of_list(step, seen, order_id, amount, which)
               : last_of_list(step, seen, order_id, amount, which);
}

bool rcp_pg_all_final(const struct rcp_pg_seen *seen)
{
    for (uint32_t i = 0; i < seen->count; i++)
        if (!is_final(&seen->transactions[i]))
            return false;
    return !seen->more;
}

uint32_t rcp_pg_surplus(const struct rcp_pg_seen *seen,
                        uint64_t order_id,
                        uint64_t kept,
                        struct rcp_refund_line lines[RCP_REFUND_LINES_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < seen->count; i++) {
        const struct rcp_pg_transaction *transaction = &seen->transactions[i];
        if (transaction->status != RCP_PG_SUCCESS || !transaction->priced ||
            transaction->order_id != order_id || transaction->key == kept)
            continue;
        if (count < RCP_REFUND_LINES_MAX)
            lines[count] = (struct rcp_refund_line){transaction->key, transaction->amount};
        count++;
    }
    return count;
}
