/* DUE: which charges to ask about, which refunds to send and whom to tell; the first two claimed. */
#include "sim/model/mysql_lock.h"
#include "sim/model/order_script.h"
#include "sim/model/order_table.h"

/* --- A page of what is due first --- */

struct due {
    uint64_t due_ms;
    uint32_t index;
    uint8_t verdict; /* enum rcp_order_verdict: DUE or REFUND */
};

struct page {
    struct due items[RCP_TX_ROWS_MAX];
    uint32_t count, room;
    bool more;
};

/* Keeps the page sorted; equal ones in order of insertion. */
static void offer(struct page *page, struct due due)
{
    uint32_t at = page->count;
    while (at > 0 && page->items[at - 1u].due_ms > due.due_ms)
        at--;
    if (page->count == page->room)
        page->more = true;
    else
        page->count++;
    for (uint32_t i = page->count; i-- > at + 1u;)
        page->items[i] = page->items[i - 1u];
    if (at < page->count)
        page->items[at] = due;
}

static bool is_free(const struct rcp_world *world,
                    uint32_t session,
                    enum rcp_lock_kind kind,
                    uint32_t index)
{
    return rcp_lock_is_free(world, session, rcp_lock_pack(kind, index));
}

/* --- Charges --- */

/* By next_query_at, and nobody else has it. */
static void offer_claimable(const struct rcp_world *world, uint32_t session, struct page *page)
{
    uint64_t now_ms = rcp_world_mysql_ms(world);
    for (uint32_t i = 0; i < world->order_count; i++) {
        const struct rcp_order_record *order = &rcp_world_orders(world)[i];
        if (rcp_order_is_asked(order) && order->due_ms <= now_ms &&
            is_free(world, session, RCP_LOCK_PAYMENT, i))
            offer(page, (struct due){order->due_ms, i, RCP_ORDER_VERDICT_DUE});
    }
}

static bool is_old(const struct rcp_world *world, const struct rcp_order_record *order)
{
    return rcp_order_is_asked(order) &&
           order->updated_ms + RCP_RECONCILE_AGE_MS < rcp_world_mysql_ms(world);
}

/* Documented: a plain SELECT, page by page in the order of their ids. */
static void offer_every_one(const struct rcp_world *world, uint32_t first, struct page *page)
{
    for (uint32_t i = first; i < world->order_count; i++)
        if (is_old(world, &rcp_world_orders(world)[i]))
            offer(page, (struct due){i - first, i, RCP_ORDER_VERDICT_DUE});
}

/* --- Refunds and alerts --- */

static void offer_refunds(const struct rcp_world *world, uint32_t session, struct page *page)
{
    uint64_t now_ms = rcp_world_mysql_ms(world);
    for (uint32_t i = 0; i < world->refund_count; i++) {
        const struct rcp_refund_row *refund = &rcp_world_refunds(world)[i];
        if ((refund->status == RCP_REFUND_DUE || refund->status == RCP_REFUND_SENT) &&
            refund->due_ms <= now_ms && is_free(world, session, RCP_LOCK_REFUND, i))
            offer(page, (struct due){refund->due_ms, i, RCP_ORDER_VERDICT_REFUND});
    }
}

static bool add_alert(const struct rcp_world *world, uint32_t session, struct rcp_order_row row)
{
    struct rcp_session *s = &rcp_world_sessions(world)[session];
    if (s->row_count == s->page) {
        s->more = 1;
        return false;
    }
    row.verdict = RCP_ORDER_VERDICT_ALERT;
    rcp_world_session_orders(world, session)[s->row_count++] = row;
    return true;
}

/* Behind all that is due, in what is left of the page: what is claimed makes room, what is told of does
 * not until it is written down. */
static void pick_alerts(const struct rcp_world *world, uint32_t session)
{
    for (uint32_t i = 0; i < world->order_count; i++) {
        enum rcp_order_alert alert = rcp_order_unalerted(&rcp_world_orders(world)[i]);
        struct rcp_order_row row = {.alert = (uint8_t)alert};
        if (alert == RCP_ORDER_ALERT_NONE)
            continue;
        rcp_order_read(world, i, 0, &row);
        if (!add_alert(world, session, row))
            return;
    }
    for (uint32_t i = 0; i < world->refund_count; i++) {
        const struct rcp_refund_row *refund = &rcp_world_refunds(world)[i];
        struct rcp_order_row row = {.order_id = world->config.first_order_id + refund->order,
                                    .pg_key = refund->key,
                                    .pg_amount = refund->amount,
                                    .alert = RCP_ORDER_ALERT_REFUND};
        if (rcp_refund_unalerted(refund) && !add_alert(world, session, row))
            return;
    }
}

/* --- Picking and claiming --- */

static void read_refund(const struct rcp_world *world, uint32_t index, struct rcp_order_row *row)
{
    const struct rcp_refund_row *refund = &rcp_world_refunds(world)[index];
    const struct rcp_order_record *order = &rcp_world_orders(world)[refund->order];
    *row = (struct rcp_order_row){
        .user_id = order->user,
        .order_id = world->config.first_order_id + refund->order,
        .origin = order->origin,
        .pg_key = refund->key,
        .pg_amount = refund->amount,
        .version = refund->epoch,
        .status = refund->status,
        .verdict = RCP_ORDER_VERDICT_REFUND,
        .tries = refund->tries,
    };
}

void rcp_order_pick_due(struct rcp_sim *sim, uint32_t session)
{
    struct rcp_world *world = sim->world;
    struct rcp_session *s = &rcp_world_sessions(world)[session];
    struct rcp_order_row *rows = rcp_world_session_orders(world, session);
    struct page page = {.room = s->page};
    bool every_one = (s->flags & RCP_TX_EVERY_ONE) != 0;
    rcp_check(s->page <= rcp_session_order_room(&world->config) && s->page <= RCP_TX_ROWS_MAX,
              "page_fits_a_session");
    if (world->backlog.charges > 0 && every_one)
        offer_every_one(world, s->first_order, &page);
    else if (world->backlog.charges > 0)
        offer_claimable(world, session, &page);
    if (world->backlog.refunds > 0)
        offer_refunds(world, session, &page);
    for (uint32_t i = 0; i < page.count; i++) {
        uint32_t index = page.items[i].index;
        bool refund = page.items[i].verdict == RCP_ORDER_VERDICT_REFUND;
        rows[i] = (struct rcp_order_row){.verdict = page.items[i].verdict};
        if (refund) {
            read_refund(world, index, &rows[i]);
            rcp_world_refunds(world)[index].lock = session + 1u;
            continue;
        }
        rcp_order_read(world, index, s->flags, &rows[i]);
        if (!every_one)
            rcp_world_orders(world)[index].lock = session + 1u;
    }
    s->row_count = page.count;
    s->more = page.more;
    if (world->backlog.orders_untold > 0)
        pick_alerts(world, session);
}

static bool claim_charge(struct rcp_sim *sim, uint32_t flags, struct rcp_order_row *row)
{
    struct rcp_world *world = sim->world;
    uint32_t index = rcp_world_order(world, row->order_id);
    struct rcp_order_record *order = &rcp_world_orders(world)[index];
    if (!rcp_order_is_asked(order))
        return false; /* a plain SELECT locks nothing: it was settled meanwhile */
    if ((flags & RCP_TX_EVERY_ONE) == 0) {
        order->due_ms = rcp_world_mysql_ms(world) + RCP_ASK_LEASE_MS;
        order->lock = 0;
    }
    rcp_order_read(world, index, flags, row);
    return true;
}

static void claim_refund(struct rcp_sim *sim, struct rcp_order_row *row)
{
    struct rcp_world *world = sim->world;
    uint32_t index = rcp_refund_find(world, row->pg_key);
    struct rcp_refund_row *refund = &rcp_world_refunds(world)[index];
    refund->epoch++;
    refund->lock = 0;
    rcp_refund_move(sim,
                    index,
                    refund->status == RCP_REFUND_DUE ? RCP_REFUND_CLAIMED : RCP_REFUND_RECLAIMED,
                    RCP_REFUND_SENT,
                    rcp_world_mysql_ms(world) + RCP_ASK_LEASE_MS);
    read_refund(world, index, row);
}

void rcp_order_claim_due(struct rcp_sim *sim, uint32_t session)
{
    struct rcp_session *s = &rcp_world_sessions(sim->world)[session];
    struct rcp_order_row *rows = rcp_world_session_orders(sim->world, session);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->row_count; i++) {
        if (rows[i].verdict == RCP_ORDER_VERDICT_DUE && !claim_charge(sim, s->flags, &rows[i]))
            continue;
        if (rows[i].verdict == RCP_ORDER_VERDICT_REFUND)
            claim_refund(sim, &rows[i]);
        rows[kept++] = rows[i];
    }
    s->row_count = kept;
}
