/* idempotency_keys: one order for each key of a user, for 24 hours by the server's clock, and for as long as the
 * order is not settled: who asks again while the PG is silent is not charged twice. */
#include "prod/mysql/order_parts.h"

/* The key's row, and with it its lock, comes first: whoever brings the same key waits here. */
static const char insert_sql[] =
    "INSERT INTO idempotency_keys (user_id, request_key, body_hash, created_at)"
    " VALUES (?, ?, ?, UTC_TIMESTAMP(3))";

#define HOLDS_SQL                                                                               \
    "(created_at > UTC_TIMESTAMP(3) - " RCP_ORDER_KEY_LIFE " OR EXISTS (SELECT 1 FROM payments" \
    " WHERE payments.order_id = idempotency_keys.order_id"                                      \
    " AND payments.status NOT IN ('PAID', 'FAILED')))"

static const char read_sql[] = "SELECT order_id, body_hash, NOT " HOLDS_SQL
                               " FROM idempotency_keys WHERE user_id = ? AND request_key = ?";

static const char delete_sql[] =
    "DELETE FROM idempotency_keys WHERE user_id = ? AND request_key = ?";

static const char give_sql[] =
    "UPDATE idempotency_keys SET order_id = ? WHERE user_id = ? AND request_key = ?";

/* Its index is named: by way of another one the locks would come in another order than INSERT's. */
#define FIND_SQL                                                  \
    "SELECT order_id FROM idempotency_keys FORCE INDEX (PRIMARY)" \
    " WHERE user_id = ? AND request_key = ?"                      \
    " AND " HOLDS_SQL

static const char find_sql[] = FIND_SQL;
static const char find_waiting_sql[] = FIND_SQL " FOR UPDATE";

struct holder {
    uint64_t order_id;
    uint64_t body_hash;
    bool found;
    bool expired;
};

static void read_holder(void *context, const struct rcp_sql_value columns[])
{
    struct holder *holder = context;
    holder->found = true;
    holder->order_id = columns[0].number;
    holder->body_hash = columns[1].number;
    holder->expired = columns[2].number != 0;
}

static void read_order_id(void *context, const struct rcp_sql_value columns[])
{
    uint64_t *order_id = context;
    *order_id = columns[0].number;
}

static enum rcp_sql_end insert(struct rcp_run *run)
{
    const struct rcp_sql_value values[] = {rcp_sql_number(run->orders[0].user_id),
                                           rcp_sql_of(&run->order_bytes[0].request_key),
                                           rcp_sql_number(run->orders[0].body_hash)};
    return rcp_session_run(
        run->session, insert_sql, values, RCP_VALUE_COUNT(values), NULL, NULL, NULL);
}

/* What the INSERT has met is read only now: to change it at once, two who have both met it would wait for
 * each other. */
static enum rcp_sql_end take_over(struct rcp_run *run, struct holder *holder)
{
    const struct rcp_sql_value values[] = {rcp_sql_number(run->orders[0].user_id),
                                           rcp_sql_of(&run->order_bytes[0].request_key)};
    enum rcp_sql_end end = rcp_session_run(
        run->session, read_sql, values, RCP_VALUE_COUNT(values), holder, read_holder, NULL);
    if (end != RCP_SQL_OK)
        return end;
    if (!holder->found)
        return RCP_SQL_CONTENTION; /* gone meanwhile */
    if (!holder->expired)
        return RCP_SQL_OK;
    *holder = (struct holder){0};
    end = rcp_order_change_one(run, delete_sql, values, RCP_VALUE_COUNT(values));
    return end == RCP_SQL_OK ? insert(run) : end;
}

enum rcp_sql_end rcp_order_key_take(struct rcp_run *run, uint64_t *order_id, uint64_t *body_hash)
{
    struct holder holder = {0};
    enum rcp_sql_end end = insert(run);
    if (end == RCP_SQL_DUPLICATE)
        end = take_over(run, &holder);
    *order_id = holder.order_id;
    *body_hash = holder.body_hash;
    return end;
}

enum rcp_sql_end rcp_order_key_give(struct rcp_run *run, uint64_t order_id)
{
    const struct rcp_sql_value values[] = {rcp_sql_number(order_id),
                                           rcp_sql_number(run->orders[0].user_id),
                                           rcp_sql_of(&run->order_bytes[0].request_key)};
    return rcp_order_change_one(run, give_sql, values, RCP_VALUE_COUNT(values));
}

enum rcp_sql_end rcp_order_key_find(struct rcp_run *run, bool waits, uint64_t *order_id)
{
    const struct rcp_sql_value values[] = {rcp_sql_number(run->orders[0].user_id),
                                           rcp_sql_of(&run->order_bytes[0].request_key)};
    *order_id = 0;
    return rcp_session_run(run->session,
                           waits ? find_waiting_sql : find_sql,
                           values,
                           RCP_VALUE_COUNT(values),
                           order_id,
                           read_order_id,
                           NULL);
}
