/* The second document in canonical form: shop, orders, refunds, the PG's own tables, calls on their way.
 * Times count while they still decide something: of a payment that nobody asks about any more, none does. */
#include "core/check.h"
#include "sim/engine/canon.h"
#include "sim/model/order_table.h"

#include <string.h>

/* --- Names --- */

uint64_t rcp_canon_version(const struct rcp_world *world, uint32_t order_id)
{
    uint32_t first = (uint32_t)world->config.first_order_id;
    uint32_t index = order_id - first;
    return index < world->order_count ? rcp_world_orders(world)[index].version : 0;
}

uint64_t rcp_canon_epoch(const struct rcp_world *world, uint32_t key)
{
    uint32_t index = rcp_refund_find(world, key);
    return index == RCP_NOBODY ? 0 : rcp_world_refunds(world)[index].epoch;
}

/* --- Rows of scripts --- */

/* Which side of its limit an age is on: all that whoever reads it asks (core/order/order_digest.c), and of
 * a payment that is settled for good nobody asks it. */
static uint64_t ages(const struct rcp_order_row *row)
{
    if (!rcp_charge_is_open((enum rcp_charge_status)row->status) && !row->pg_open)
        return 0;
    return (uint64_t)(row->sight_age_ms > RCP_FORCE_FAIL_MS) |
           (uint64_t)(row->miss_age_ms >= RCP_NOT_FOUND_GRACE_MS) << 1 |
           (uint64_t)(row->sent_age_ms > RCP_PG_LATE_MS) << 2;
}

static_assert(sizeof(struct rcp_order_row) % 8u == 0, "a row is whole words");

/* All of it, but for what names a request, is compared with a number in a table, or is an age. */
void rcp_canon_add_order_row(struct rcp_digest *digest,
                             enum rcp_script script,
                             const struct rcp_order_row *row)
{
    struct rcp_order_row plain = *row;
    uint64_t words[sizeof plain / 8u];
    bool refund = script == RCP_SCRIPT_REFUND || row->verdict == RCP_ORDER_VERDICT_REFUND;
    uint32_t of = (uint32_t)(refund ? row->pg_key : row->order_id);
    rcp_digest_add(digest, rcp_digest_name(digest, RCP_NAME_REQUEST, row->origin, 0));
    rcp_digest_add(
        digest,
        rcp_digest_name(digest, refund ? RCP_NAME_EPOCH : RCP_NAME_VERSION, row->version, of));
    rcp_digest_add(digest, ages(row));
    plain.origin = 0;
    plain.version = refund ? row->version : 0; /* a refund's says how often it was claimed, too */
    plain.age_ms = plain.sent_age_ms = plain.sight_age_ms = plain.miss_age_ms = 0;
    memcpy(words, &plain, sizeof words);
    for (uint32_t i = 0; i < sizeof words / sizeof words[0]; i++)
        rcp_digest_add(digest, words[i]);
}

/* --- The shop --- */

static void add_cart(struct rcp_digest *digest, const struct rcp_cart *cart)
{
    rcp_digest_add(digest, cart->total_amount);
    rcp_digest_add(digest, cart->used_point);
    rcp_digest_add(digest, cart->paid_amount);
    rcp_digest_pair(digest, (uint32_t)cart->coupon_discount, (uint32_t)cart->coupon_id);
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        rcp_digest_pair(digest, cart->items[i].product_id, cart->items[i].quantity);
}

static void add_stock(struct rcp_digest *digest, const struct rcp_canon *canon)
{
    const struct rcp_world *world = canon->world;
    for (uint32_t i = 0; i < world->config.products; i++) {
        const struct rcp_product_row *product = &world->products[i];
        rcp_digest_pair(digest, product->stock, product->sold);
        rcp_digest_add(digest, rcp_canon_holder(canon, product->lock));
    }
    for (uint32_t i = 0; i < world->config.buyers; i++) {
        const struct rcp_buyer_row *buyer = &rcp_world_buyers(world)[i];
        rcp_digest_add(digest, buyer->points);
        rcp_digest_add(digest, buyer->points_used);
        rcp_digest_pair(digest, buyer->coupons_used, buyer->coupon_used);
        rcp_digest_add(digest, rcp_canon_holder(canon, buyer->point_lock));
        rcp_digest_add(digest, rcp_canon_holder(canon, buyer->coupon_lock));
    }
}

static void add_purchase(struct rcp_digest *digest, const struct rcp_canon *canon, uint32_t index)
{
    const struct rcp_world *world = canon->world;
    const struct rcp_request_key_row *key = &rcp_world_request_keys(world)[index];
    const struct rcp_purchase_ledger *ledger = &rcp_world_purchase_ledgers(world)[index];
    rcp_digest_add(digest, key->body_hash);
    rcp_digest_add(digest, key->order);
    rcp_digest_add(digest, rcp_canon_holder(canon, key->lock));
    rcp_digest_add(digest, ledger->body_hash);
    add_cart(digest, &ledger->cart);
    rcp_digest_pair(digest, ledger->orders, ledger->order);
    rcp_digest_pair(digest, ledger->requests, world->healed ? 0 : ledger->tries);
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){ledger->asked,
                                        ledger->told_paid,
                                        ledger->told_failed,
                                        ledger->told_refused,
                                        ledger->untrue});
}

void rcp_canon_add_asked(struct rcp_digest *digest, const struct rcp_exchange *exchange)
{
    rcp_digest_pair(digest, exchange->purchase, exchange->pg);
    rcp_digest_pair(digest, exchange->pg_status, exchange->said);
}

/* --- Orders and refunds --- */

static void add_clocks(struct rcp_digest *digest,
                       const struct rcp_world *world,
                       const struct rcp_order_record *order)
{
    uint64_t now_ms = rcp_world_mysql_ms(world);
    uint64_t limit_ms = RCP_FORCE_FAIL_MS + 1u;
    rcp_digest_add(digest, rcp_digest_ahead(order->due_ms, now_ms));
    rcp_digest_add(digest, rcp_digest_ahead(order->attempted_ms + limit_ms, now_ms));
    rcp_digest_add(digest, rcp_digest_ahead(order->sent_ms + RCP_PG_LATE_MS + 1u, now_ms));
    if (order->sight_ms != 0)
        rcp_digest_add(digest, 1u + rcp_digest_ahead(order->sight_ms + limit_ms, now_ms));
    if (order->misses > 0)
        rcp_digest_add(digest,
                       1u + rcp_digest_ahead(order->miss_ms + RCP_NOT_FOUND_GRACE_MS, now_ms));
    if (!rcp_hardened(world->policy, RCP_KNOB_SELECTION))
        rcp_digest_add(digest,
                       rcp_digest_ahead(order->updated_ms + RCP_RECONCILE_AGE_MS + 1u, now_ms));
}

static void add_order(struct rcp_digest *digest, const struct rcp_canon *canon, uint32_t index)
{
    const struct rcp_order_record *order = &rcp_world_orders(canon->world)[index];
    add_cart(digest, &order->cart);
    rcp_digest_add(digest, rcp_canon_request(canon, order->origin));
    rcp_digest_add(digest, order->pg_key);
    rcp_digest_pair(digest, order->purchase, order->user);
    rcp_digest_add(digest, rcp_canon_holder(canon, order->lock));
    rcp_digest_bytes(
        digest,
        (const uint8_t[8]){order->status,
                           order->charge,
                           order->failure,
                           order->pg_open,
                           order->tries,
                           order->asked < RCP_ASKED_COUNTS ? order->asked : RCP_ASKED_COUNTS,
                           order->misses,
                           order->silent});
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){order->alerted,
                                        order->told,
                                        order->compensated,
                                        order->bad_edge,
                                        order->version_jumped,
                                        order->listed_none > 0,
                                        order->failed_falsely,
                                        order->blind_resend});
    rcp_digest_bytes(
        digest, (const uint8_t[8]){order->uncertain, order->silence_untold, order->late_silences});
    if (rcp_order_is_asked(order))
        add_clocks(digest, canon->world, order);
}

static void add_refund(struct rcp_digest *digest, const struct rcp_canon *canon, uint32_t index)
{
    const struct rcp_refund_row *refund = &rcp_world_refunds(canon->world)[index];
    rcp_digest_add(digest, refund->key);
    rcp_digest_add(digest, refund->amount);
    rcp_digest_pair(digest, refund->order, refund->epoch);
    rcp_digest_add(digest, rcp_canon_holder(canon, refund->lock));
    rcp_digest_bytes(
        digest,
        (const uint8_t[8]){
            refund->status, refund->tries, refund->alerted, refund->told, refund->bad_edge});
    if (refund->status == RCP_REFUND_DUE || refund->status == RCP_REFUND_SENT)
        rcp_digest_add(digest, rcp_digest_ahead(refund->due_ms, rcp_world_mysql_ms(canon->world)));
}

/* --- The PG --- */

/* Lists are by time of the last change: only who comes before whom counts. */
static uint32_t rank_in_list(const struct rcp_world *world, uint32_t index)
{
    const struct rcp_pg_row *rows = rcp_world_pg_rows(world);
    uint32_t older = 0;
    for (uint32_t i = 0; i < world->pg_count; i++)
        older +=
            rows[i].order == rows[index].order && (rows[i].updated_ms != rows[index].updated_ms
                                                       ? rows[i].updated_ms < rows[index].updated_ms
                                                       : i < index);
    return older;
}

static void add_transaction(struct rcp_digest *digest,
                            const struct rcp_world *world,
                            uint32_t index)
{
    const struct rcp_pg_row *row = &rcp_world_pg_rows(world)[index];
    rcp_digest_add(digest, row->amount);
    rcp_digest_pair(digest, row->order, row->user);
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){row->status, row->reason, row->result, row->refunds});
    rcp_digest_pair(digest, rank_in_list(world, index), row->callbacks);
}

static void add_call(struct rcp_digest *digest, const struct rcp_canon *canon, uint32_t index)
{
    const struct rcp_world *world = canon->world;
    const struct rcp_pg_call *call = &rcp_world_pg_calls(world)[index];
    const struct rcp_pg_effect *effect = &call->effect;
    rcp_digest_pair(digest,
                    rcp_canon_awaited(world, call->node, call->incarnation, call->op_id),
                    call->purchase);
    rcp_digest_add(digest, rcp_digest_ahead(call->deadline_ms, world->now_ms));
    rcp_digest_add(digest, effect->user_id);
    rcp_digest_add(digest, effect->order_id);
    rcp_digest_add(digest, effect->key);
    rcp_digest_add(digest, effect->amount);
    rcp_digest_pair(digest, (uint32_t)effect->verb << 1 | effect->padded, call->retry_after_ms);
    rcp_digest_bytes(
        digest,
        (const uint8_t[8]){
            call->node, call->used, call->answer, call->more, call->waiting, (uint8_t)call->count});
    for (uint32_t i = 0; i < call->count; i++) {
        const struct rcp_pg_transaction *told = &call->transactions[i];
        rcp_digest_add(digest, told->key);
        rcp_digest_add(digest, told->order_id);
        rcp_digest_add(digest, told->amount);
        rcp_digest_bytes(digest, (const uint8_t[8]){told->status, told->reason, told->priced});
    }
}

void rcp_canon_add_pg_event(struct rcp_digest *digest,
                            const struct rcp_canon *canon,
                            const struct rcp_pending *pending)
{
    const struct rcp_pg_call *call = &rcp_world_pg_calls(canon->world)[pending->a];
    rcp_check(call->used > 0 && call->number == pending->b, "pg_event_has_its_call");
    add_call(digest, canon, pending->a);
}

/* --- The whole --- */

/* Calls on their way are told by the events that wait for them. */
void rcp_canon_add_shop(struct rcp_digest *digest, const struct rcp_canon *canon)
{
    const struct rcp_world *world = canon->world;
    if (!rcp_world_has_shop(&world->config))
        return;
    rcp_digest_pair(digest, world->order_count, world->refund_count);
    rcp_digest_add(digest, world->pg_count);
    add_stock(digest, canon);
    for (uint32_t i = 0; i < world->purchases; i++)
        add_purchase(digest, canon, i);
    for (uint32_t i = 0; i < world->order_count; i++)
        add_order(digest, canon, i);
    for (uint32_t i = 0; i < world->refund_count; i++)
        add_refund(digest, canon, i);
    for (uint32_t i = 0; i < world->pg_count; i++)
        add_transaction(digest, world, i);
}
