/* Row locks: who holds which key, who waits for whom. A wait that would close a circle is a deadlock. */
#include "sim/model/mysql_lock.h"

#include "sim/model/order_lock.h"

static uint32_t *holder_of(const struct rcp_world *world, uint32_t lock)
{
    uint32_t index = lock & 0x0fffffffu;
    switch ((enum rcp_lock_kind)((lock >> 28) - 1u)) {
    case RCP_LOCK_ENTRY:
        return &rcp_world_entries(world)[index].lock;
    case RCP_LOCK_ROW:
        return &rcp_world_rows(world)[index].lock;
    case RCP_LOCK_ACTIVITY:
        return &((struct rcp_world *)(uintptr_t)world)->activities[index].lock;
    case RCP_LOCK_PRODUCT:
        return &((struct rcp_world *)(uintptr_t)world)->products[index].lock;
    case RCP_LOCK_COUPON:
        return &rcp_world_buyers(world)[index].coupon_lock;
    case RCP_LOCK_POINTS:
        return &rcp_world_buyers(world)[index].point_lock;
    case RCP_LOCK_PAYMENT:
        return &rcp_world_orders(world)[index].lock;
    case RCP_LOCK_REQUEST_KEY:
        return &rcp_world_request_keys(world)[index].lock;
    case RCP_LOCK_REFUND:
        return &rcp_world_refunds(world)[index].lock;
    }
    rcp_check_failed("lock_kind_exists");
}

bool rcp_lock_is_free(const struct rcp_world *world, uint32_t session, uint32_t lock)
{
    uint32_t holder = *holder_of(world, lock);
    return holder == 0 || holder == session + 1u;
}

/* Does whoever holds this lock wait, through others, for the session? */
static bool closes_circle(const struct rcp_world *world, uint32_t session, uint32_t lock)
{
    for (uint32_t steps = 0; steps <= world->config.sessions; steps++) {
        uint32_t holder = *holder_of(world, lock) - 1u;
        if (holder == session)
            return true;
        const struct rcp_session *other = &rcp_world_sessions(world)[holder];
        if (other->state != RCP_SESSION_WAITING || *holder_of(world, other->wait_lock) == 0)
            return false;
        lock = other->wait_lock;
    }
    return false;
}

enum rcp_lock_result rcp_lock_take(struct rcp_world *world, uint32_t session, uint32_t lock)
{
    if (rcp_lock_is_free(world, session, lock)) {
        *holder_of(world, lock) = session + 1u;
        return RCP_LOCK_TAKEN;
    }
    if (closes_circle(world, session, lock))
        return RCP_LOCK_DEADLOCK;
    rcp_world_sessions(world)[session].wait_lock = lock;
    return RCP_LOCK_BUSY;
}

static uint32_t lock_of_row(const struct rcp_world *world,
                            enum rcp_script script,
                            const struct rcp_tx_row *row,
                            uint32_t part)
{
    uint32_t payment = rcp_world_payment(world, row->payload.activity_id, row->payload.user_id);
    bool entries = script == RCP_SCRIPT_APPROVE || script == RCP_SCRIPT_SETTLE ||
                   script == RCP_SCRIPT_LOG || script == RCP_SCRIPT_FENCE ||
                   script == RCP_SCRIPT_REJECT || script == RCP_SCRIPT_MARK ||
                   script == RCP_SCRIPT_REOPEN || script == RCP_SCRIPT_SHELVE;
    bool rows = script == RCP_SCRIPT_APPROVE || script == RCP_SCRIPT_FINISH ||
                script == RCP_SCRIPT_RELEASE || script == RCP_SCRIPT_LATER ||
                script == RCP_SCRIPT_CLAIM ||
                (script == RCP_SCRIPT_MARK && payment != RCP_NOBODY); /* else a parked record */
    if (part == RCP_LOCK_ENTRY && entries && payment != RCP_NOBODY)
        return rcp_lock_pack(RCP_LOCK_ENTRY, payment);
    if (part == RCP_LOCK_ROW && rows && row->row_id != 0 && row->row_id <= world->row_count)
        return rcp_lock_pack(RCP_LOCK_ROW, row->row_id - 1u);
    if (part == RCP_LOCK_ACTIVITY && script == RCP_SCRIPT_APPROVE && payment != RCP_NOBODY)
        return rcp_lock_pack(RCP_LOCK_ACTIVITY, rcp_payment_activity(world, payment));
    return 0;
}

/* The same for an order script: lock_at counts in steps of RCP_ORDER_LOCKS_MAX per row. */
static uint32_t next_of_order(const struct rcp_world *world, uint32_t session)
{
    struct rcp_session *s = &rcp_world_sessions(world)[session];
    while (s->lock_at < s->row_count * RCP_ORDER_LOCKS_MAX) {
        uint32_t locks[RCP_ORDER_LOCKS_MAX];
        uint32_t row = s->lock_at / RCP_ORDER_LOCKS_MAX;
        uint32_t count =
            rcp_order_locks(world, s, &rcp_world_session_orders(world, session)[row], locks);
        if (s->lock_at % RCP_ORDER_LOCKS_MAX < count)
            return locks[s->lock_at % RCP_ORDER_LOCKS_MAX];
        s->lock_at = (row + 1u) * RCP_ORDER_LOCKS_MAX;
    }
    return 0;
}

uint32_t rcp_lock_next(const struct rcp_world *world, uint32_t session)
{
    struct rcp_session *s = &rcp_world_sessions(world)[session];
    if (rcp_script_is_order((enum rcp_script)s->script))
        return next_of_order(world, session);
    const struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    enum rcp_script script = (enum rcp_script)(s->first_script != 0 ? s->first_script : s->script);
    if (script == RCP_SCRIPT_LOG && (s->flags & RCP_TX_ONE_OPEN) == 0)
        return 0; /* a plain INSERT */
    uint32_t parts = script == RCP_SCRIPT_APPROVE && (s->flags & RCP_TX_CAPACITY) != 0 ? 3u : 2u;
    for (; s->lock_at < parts * s->row_count; s->lock_at++) {
        uint32_t lock =
            lock_of_row(world, script, &rows[s->lock_at % s->row_count], s->lock_at / s->row_count);
        if (lock != 0)
            return lock;
    }
    return 0;
}

static void release_orders(struct rcp_world *world, uint32_t session)
{
    const struct rcp_session *s = &rcp_world_sessions(world)[session];
    for (uint32_t row = 0; row < s->row_count; row++) {
        uint32_t locks[2u * RCP_ORDER_LOCKS_MAX];
        uint32_t count =
            rcp_order_locks_possible(world, &rcp_world_session_orders(world, session)[row], locks);
        for (uint32_t i = 0; i < count; i++)
            if (*holder_of(world, locks[i]) == session + 1u)
                *holder_of(world, locks[i]) = 0;
    }
}

void rcp_lock_release_all(struct rcp_world *world, uint32_t session)
{
    struct rcp_session *s = &rcp_world_sessions(world)[session];
    if (rcp_script_is_order((enum rcp_script)s->script)) {
        release_orders(world, session);
        s->wait_lock = 0;
        return;
    }
    const struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    enum rcp_script script = (enum rcp_script)(s->first_script != 0 ? s->first_script : s->script);
    for (uint32_t i = 0; i < s->row_count; i++)
        for (uint32_t part = RCP_LOCK_ENTRY; part <= RCP_LOCK_ACTIVITY; part++) {
            uint32_t lock = lock_of_row(world, script, &rows[i], part);
            if (lock == 0 || *holder_of(world, lock) != session + 1u)
                continue;
            *holder_of(world, lock) = 0;
            if (part == RCP_LOCK_ENTRY)
                rcp_touch(world, RCP_OF_PAYMENT, lock & 0x0fffffffu);
        }
    s->wait_lock = 0;
}
