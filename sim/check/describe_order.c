/* A violation of the second document in words: orders, refunds, the PG's transactions, buyers, products. */
#include "sim/check/order_facts.h"
#include "sim/check/story.h"

#include "core/record.h"

static const char *charge_name(const struct rcp_order_record *order)
{
    return rcp_charge_status_name((enum rcp_charge_status)order->charge);
}

static unsigned long long order_id_of(const struct rcp_world *world, uint32_t index)
{
    return world->config.first_order_id + index;
}

/* "order 7 of user 3" */
static void name_order(struct rcp_story *story, uint32_t index)
{
    const struct rcp_order_record *order = &rcp_world_orders(story->world)[index];
    story->out->user_id = order->user;
    rcp_say(&story->detail, "order %llu of user %u", order_id_of(story->world, index), order->user);
}

/* What the PG has of this order: "the PG has SUCCESS (10), FAILED". */
static void say_transactions(struct rcp_story *story, uint32_t index)
{
    const struct rcp_pg_row *rows = rcp_world_pg_rows(story->world);
    const char *before = ", the PG has ";
    uint32_t seen = 0;
    for (uint32_t i = 0; i < story->world->pg_count; i++) {
        if (rows[i].order != index)
            continue;
        const char *name = rcp_pg_status_name((enum rcp_pg_status)rows[i].status);
        rcp_say(&story->detail, "%s%s of %llu", before, name, (unsigned long long)rows[i].amount);
        if ((seen >> rows[i].status & 1u) == 0)
            rcp_say(&story->fingerprint, "%s%s", seen == 0 ? ",pg=" : "+", name);
        seen |= 1u << rows[i].status;
        before = ", ";
    }
    if (seen == 0) {
        rcp_say(&story->detail, ", the PG has nothing of it");
        rcp_say(&story->fingerprint, ",pg=NONE");
    }
}

static void say_order(struct rcp_story *story, uint32_t index)
{
    const struct rcp_order_record *order = &rcp_world_orders(story->world)[index];
    const char *failure = rcp_failure_name((enum rcp_failure)order->failure);
    rcp_say(&story->detail,
            "its payment of %llu is %s",
            (unsigned long long)order->cart.paid_amount,
            charge_name(order));
    rcp_say(&story->fingerprint, "/charge=%s", charge_name(order));
    if (order->failure != RCP_FAILURE_NONE) {
        rcp_say(&story->detail, " (%s)", failure);
        rcp_say(&story->fingerprint, ",failure=%s", failure);
    }
    if (order->compensated > 1)
        rcp_say(&story->detail, ", it was compensated %u times", order->compensated);
    if (order->bad_edge > 0) {
        enum rcp_charge_status from = (enum rcp_charge_status)(order->bad_edge - 1u);
        rcp_say(&story->detail, ", it was %s", rcp_charge_status_name(from));
        rcp_say(&story->fingerprint, ",from=%s", rcp_charge_status_name(from));
    }
    say_transactions(story, index);
}

static void order_story(struct rcp_story *story, const char *broken, uint32_t index)
{
    name_order(story, index);
    rcp_say(&story->detail, " %s: ", broken);
    say_order(story, index);
}

static void refund_story(struct rcp_story *story, const char *broken, uint32_t index)
{
    const struct rcp_refund_row *refund = &rcp_world_refunds(story->world)[index];
    const char *status = rcp_refund_status_name((enum rcp_refund_status)refund->status);
    rcp_say(&story->detail, "the refund of transaction %llu (", (unsigned long long)refund->key);
    name_order(story, refund->order);
    rcp_say(&story->detail, ") %s: it is %s", broken, status);
    rcp_say(&story->fingerprint, "/refund=%s", status);
}

static void pg_story(struct rcp_story *story, const char *broken, uint32_t index)
{
    const struct rcp_pg_row *row = &rcp_world_pg_rows(story->world)[index];
    uint32_t refund = rcp_facts_refund(story->world, index + 1u);
    rcp_say(&story->detail, "transaction %u", index + 1u);
    if (row->order != RCP_NOBODY) {
        rcp_say(&story->detail, " (");
        name_order(story, row->order);
        rcp_say(&story->detail, ")");
    }
    rcp_say(&story->detail,
            " %s: it is %s and took %llu",
            broken,
            rcp_pg_status_name((enum rcp_pg_status)row->status),
            (unsigned long long)row->amount);
    if (row->order != RCP_NOBODY) {
        rcp_say(&story->detail, ", ");
        say_order(story, row->order);
    }
    enum rcp_refund_status status =
        refund == RCP_NOBODY
            ? RCP_REFUND_NONE
            : (enum rcp_refund_status)rcp_world_refunds(story->world)[refund].status;
    rcp_say(&story->detail, ", its refund is %s", rcp_refund_status_name(status));
    rcp_say(&story->fingerprint, ",refund=%s", rcp_refund_status_name(status));
}

static void purchase_story(struct rcp_story *story, const char *broken, uint32_t index)
{
    const struct rcp_world *world = story->world;
    const struct rcp_purchase_ledger *ledger = &rcp_world_purchase_ledgers(world)[index];
    story->out->user_id = index / world->config.purchases + 1u;
    rcp_say(&story->detail,
            "purchase %u of user %llu %s",
            index % world->config.purchases + 1u,
            (unsigned long long)story->out->user_id,
            broken);
    for (uint32_t i = 0; i < world->order_count; i++) {
        if (rcp_world_orders(world)[i].purchase != index)
            continue;
        rcp_say(&story->detail,
                ", order %llu is %s",
                order_id_of(world, i),
                charge_name(&rcp_world_orders(world)[i]));
        rcp_say(&story->fingerprint, "/charge=%s", charge_name(&rcp_world_orders(world)[i]));
    }
    rcp_say(&story->fingerprint,
            ",told=%s%s%s",
            ledger->told_paid ? "paid" : "",
            ledger->told_failed ? "failed" : "",
            ledger->told_refused ? "refused" : "");
}

static void buyer_story(struct rcp_story *story, const char *broken, uint32_t index)
{
    const struct rcp_buyer_row *buyer = &rcp_world_buyers(story->world)[index];
    story->out->user_id = index + 1u;
    rcp_say(
        &story->detail,
        "user %u %s: %llu points are left and %llu used of %llu, the coupon is %s and in %u orders",
        index + 1u,
        broken,
        (unsigned long long)buyer->points,
        (unsigned long long)buyer->points_used,
        (unsigned long long)story->world->config.points,
        buyer->coupon_used ? "used" : "unused",
        buyer->coupons_used);
}

static void product_story(struct rcp_story *story, const char *broken, uint32_t index)
{
    const struct rcp_product_row *product = &story->world->products[index];
    rcp_say(&story->detail,
            "product %u %s: %u units are left and %u sold of %u",
            index + 1u,
            broken,
            product->stock,
            product->sold,
            story->world->config.stock);
}

void rcp_order_story(struct rcp_story *story, const struct rcp_invariant_info *info, uint32_t index)
{
    static void (*const tellers[RCP_INVARIANT_SUBJECT_COUNT])(
        struct rcp_story *, const char *, uint32_t) = {
        [RCP_OF_ORDER] = order_story,
        [RCP_OF_REFUND] = refund_story,
        [RCP_OF_PG] = pg_story,
        [RCP_OF_PURCHASE] = purchase_story,
        [RCP_OF_BUYER] = buyer_story,
        [RCP_OF_PRODUCT] = product_story,
    };
    tellers[info->subject](story, info->broken, index);
}
