/* Whose purchase a line of the workload is about, and what is ordered. */
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/store.h"

#include <string.h>

#define QUANTITY_MAX 1000u

enum { BUYER_USER, BUYER_USERS, BUYER_PURCHASE, BUYER_ITEMS, BUYER_POINT_PERCENT, BUYER_COUPON };

#define LINE(member) offsetof(struct rcp_buyer_line, member)
#define NUMBER(name, member, least, most, text)                                                 \
    {                                                                                           \
        .key = (name), .help = (text), .kind = RCP_VALUE_NUMBER, .min = (least), .max = (most), \
        .offset = LINE(member),                                                                 \
    }

static const struct rcp_field buyer_fields[] = {
    [BUYER_USER] = NUMBER("user", user, 1, RCP_PURCHASES_MAX, "one buyer"),
    [BUYER_USERS] =
        {
            .key = "users",
            .help = "several buyers, one after the other",
            .kind = RCP_VALUE_SPAN,
            .min = 1,
            .max = RCP_PURCHASES_MAX,
            .offset = LINE(users),
        },
    [BUYER_PURCHASE] = NUMBER(
        "purchase", purchase, 1, RCP_PURCHASES_MAX, "which of the buyer's purchases; 1 by default"),
    [BUYER_ITEMS] =
        {
            .key = "items",
            .help = "what is ordered: PRODUCTxQUANTITY",
            .kind = RCP_VALUE_ITEMS,
            .min = 1,
            .max = QUANTITY_MAX,
            .offset = LINE(items),
        },
    [BUYER_POINT_PERCENT] = NUMBER(
        "point_percent", point_percent, 0, 100, "so much of the total is paid by points, percent"),
    [BUYER_COUPON] =
        {
            .key = "coupon",
            .help = "with the buyer's coupon",
            .kind = RCP_VALUE_FLAG,
            .offset = LINE(coupon),
        },
};

const struct rcp_section rcp_buyer_section = {
    .what = "the buyer",
    .fields = buyer_fields,
    .count = sizeof buyer_fields / sizeof buyer_fields[0],
};

/* The others are about a cart that was ordered before, or about no cart. */
static bool brings_a_cart(uint32_t kind)
{
    return kind == RCP_WORK_ORDER || kind == RCP_WORK_ORDER_TWICE || kind == RCP_WORK_ORDER_UNADDED;
}

void rcp_buyer_to_line(const struct rcp_work *work, struct rcp_buyer_line *line)
{
    line->user = work->user_first;
    line->users[0] = work->user_first;
    line->users[1] = work->user_last;
    line->purchase = work->purchase;
    line->point_percent = work->point_percent;
    line->coupon = work->coupon;
    memcpy(line->items, work->items, sizeof line->items);
    bool one = work->user_first == work->user_last;
    line->head.given = RCP_BIT(one ? BUYER_USER : BUYER_USERS);
    if (work->purchase != 1)
        line->head.given |= RCP_BIT(BUYER_PURCHASE);
    if (work->items[0].product_id != 0)
        line->head.given |= RCP_BIT(BUYER_ITEMS);
    if (work->point_percent != 0)
        line->head.given |= RCP_BIT(BUYER_POINT_PERCENT);
    if (work->coupon != 0)
        line->head.given |= RCP_BIT(BUYER_COUPON);
}

static bool cart_is_clear(const struct rcp_scenario *scenario,
                          const struct rcp_buyer_line *line,
                          const struct rcp_work *work,
                          struct rcp_flaw *flaw)
{
    const char *kind = rcp_work_name((enum rcp_work_kind)work->kind);
    uint64_t cart = RCP_BIT(BUYER_ITEMS) | RCP_BIT(BUYER_POINT_PERCENT) | RCP_BIT(BUYER_COUPON);
    if (!brings_a_cart(work->kind) && (line->head.given & cart) != 0)
        return rcp_flawed(flaw, kind, "`%s` brings no cart; allowed: user, users, purchase", kind);
    if (brings_a_cart(work->kind) && !rcp_given(line, BUYER_ITEMS))
        return rcp_flawed(
            flaw, kind, "`%s` needs `items`: what is ordered, such as [1x2, 3x1]", kind);
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        if (work->items[i].product_id > scenario->world.products)
            return rcp_flawed(flaw,
                              "items",
                              "there is no product %u; allowed: 1 to %u, see `shop`",
                              work->items[i].product_id,
                              scenario->world.products);
    return true;
}

bool rcp_buyer_from_line(const struct rcp_scenario *scenario,
                         const struct rcp_buyer_line *line,
                         struct rcp_work *work,
                         struct rcp_flaw *flaw)
{
    const struct rcp_world_config *world = &scenario->world;
    const char *kind = rcp_work_name((enum rcp_work_kind)work->kind);
    bool one = rcp_given(line, BUYER_USER);
    work->user_first = one ? line->user : (uint32_t)line->users[0];
    work->user_last = one ? line->user : (uint32_t)line->users[1];
    work->purchase = rcp_given(line, BUYER_PURCHASE) ? line->purchase : 1;
    work->point_percent = (uint8_t)line->point_percent;
    work->coupon = (uint8_t)line->coupon;
    memcpy(work->items, line->items, sizeof work->items);
    if (world->products == 0)
        return rcp_flawed(
            flaw, kind, "`%s` needs a shop: `world: { shop: { products: 2 } }`", kind);
    if (one == rcp_given(line, BUYER_USERS))
        return rcp_flawed(flaw, kind, "`%s` needs either `user` or `users`", kind);
    if (work->user_last > world->buyers)
        return rcp_flawed(flaw,
                          one ? "user" : "users",
                          "there is no buyer %u; allowed: 1 to %u, see `shop`",
                          work->user_last,
                          world->buyers);
    if (work->purchase > world->purchases)
        return rcp_flawed(flaw,
                          "purchase",
                          "there is no purchase %u; allowed: 1 to %u, see `shop`",
                          work->purchase,
                          world->purchases);
    return cart_is_clear(scenario, line, work, flaw);
}
