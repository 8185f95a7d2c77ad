/* Row locks: who holds which key, who waits for whom. A wait that would close a circle is a deadlock. */
#ifndef RCP_SIM_MODEL_MYSQL_LOCK_H
#define RCP_SIM_MODEL_MYSQL_LOCK_H

#include "sim/sim.h"

/* What a lock is on. */
enum rcp_lock_kind {
    RCP_LOCK_ENTRY,    /* unique key (activity, user), whether the row exists or not */
    RCP_LOCK_ROW,      /* failure row */
    RCP_LOCK_ACTIVITY, /* the activity's approved_count */

    /* The second document. */
    RCP_LOCK_PRODUCT,     /* its stock; index = product - 1 */
    RCP_LOCK_COUPON,      /* issued coupon; index = buyer - 1 */
    RCP_LOCK_POINTS,      /* index = buyer - 1 */
    RCP_LOCK_PAYMENT,     /* index = order */
    RCP_LOCK_REQUEST_KEY, /* unique key (user, Idempotency-Key); index = purchase */
    RCP_LOCK_REFUND,      /* index = refund */
};

/* Packed: kind << 28 | index. 0 as wait_lock means that nothing is waited for: kinds are stored + 1. */
static inline uint32_t rcp_lock_pack(enum rcp_lock_kind kind, uint32_t index)
{
    return ((uint32_t)kind + 1u) << 28 | index;
}

enum rcp_lock_result {
    RCP_LOCK_TAKEN,
    RCP_LOCK_BUSY,     /* somebody else holds it; *session waits for it now */
    RCP_LOCK_DEADLOCK, /* waiting would close a circle: 1213 */
};

/* Takes the lock for this session (index), or makes it wait. */
enum rcp_lock_result rcp_lock_take(struct rcp_world *world, uint32_t session, uint32_t lock);

/* True where nobody else holds it. */
bool rcp_lock_is_free(const struct rcp_world *world, uint32_t session, uint32_t lock);

/* Releases all that the session's script has locked. */
void rcp_lock_release_all(struct rcp_world *world, uint32_t session);

/* The next lock that the session's script takes, at or after its lock_at, in the one global order:
 * entries by key, failure rows, activities; for orders see sim/model/order_lock.h. 0 where it has all. The
 * caller moves lock_at on. */
uint32_t rcp_lock_next(const struct rcp_world *world, uint32_t session);

#endif
