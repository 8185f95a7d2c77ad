/* The swarm's shops: how a seed draws the second document's half of its world. */
#include "sim/engine/swarm_shop.h"

#include "sim/swarm.h"

#define SECOND_MS UINT64_C(1000)
#define PRICE     UINT64_C(1000) /* KRW of product 1 */

/* As documented; slow; or so fast that a callback may overtake the answer. */
static void draw_pg(struct rcp_dice *dice, struct rcp_world_config *world)
{
    static const uint64_t settles_ms[][2] = {
        {SECOND_MS, 5u * SECOND_MS},
        {SECOND_MS, 5u * SECOND_MS},
        {SECOND_MS, 60u * SECOND_MS},
        {1, 200},
    };
    uint32_t drawn = rcp_dice_between(dice, 0, 3);
    world->pg_settles_ms[0] = settles_ms[drawn][0];
    world->pg_settles_ms[1] = settles_ms[drawn][1];
}

void rcp_swarm_draw_shop(struct rcp_dice *dice, struct rcp_world_config *world)
{
    world->products = rcp_dice_between(dice, 1, RCP_SWARM_PRODUCTS);
    world->stock = rcp_dice_limit(dice, 1, RCP_SWARM_STOCK);
    world->buyers = rcp_dice_between(dice, 1, RCP_SWARM_BUYERS);
    world->purchases = rcp_dice_between(dice, 1, RCP_SWARM_PURCHASES);
    world->orders = RCP_SWARM_ORDERS;
    world->refunds = RCP_SWARM_ORDERS;
    world->transactions = 2u * RCP_SWARM_ORDERS;
    world->points = rcp_dice_one_in(dice, 4) ? 0 : 2u * PRICE;
    world->price = PRICE;
    world->discount = PRICE / 2u;
    world->first_order_id = rcp_dice_one_in(dice, 3) ? 1 : 100001;
    draw_pg(dice, world);
    world->gateway.refunds = !rcp_dice_one_in(dice, 4);
    world->gateway.callback_mac = rcp_dice_one_in(dice, 2);
    world->limits.orders = rcp_dice_limit(dice, 1, 16);
    world->limits.settles = rcp_dice_limit(dice, 1, 8);
    world->limits.pg_calls = rcp_dice_limit(dice, 1, 16);
}

static struct rcp_work *add_work(struct rcp_dice *dice,
                                 struct rcp_scenario *scenario,
                                 enum rcp_work_kind kind)
{
    const struct rcp_world_config *world = &scenario->world;
    struct rcp_work *work = &scenario->work[scenario->work_count++];
    *work = (struct rcp_work){
        .at_ms = rcp_dice_between(dice, 0, (uint32_t)scenario->heal_ms * 3u / 4u),
        .kind = kind,
        .user_first = rcp_dice_between(dice, 1, world->buyers),
        .purchase = rcp_dice_between(dice, 1, world->purchases),
    };
    work->user_last = work->user_first;
    return work;
}

/* One to three items; the same product may come twice. */
static void fill_cart(struct rcp_dice *dice,
                      const struct rcp_world_config *world,
                      struct rcp_work *work)
{
    static const uint8_t percents[] = {0, 0, 30, 50, 100};
    uint32_t items = rcp_dice_between(dice, 1, 3);
    for (uint32_t i = 0; i < items; i++)
        work->items[i] = (struct rcp_order_item){
            .product_id = rcp_dice_between(dice, 1, world->products),
            .quantity = rcp_dice_between(dice, 1, 3),
        };
    work->point_percent = percents[rcp_dice_between(dice, 0, 4)];
    work->coupon = rcp_dice_one_in(dice, 3);
}

/* The others are about a cart that was ordered before, or about none. */
static bool brings_a_cart(enum rcp_work_kind kind)
{
    return kind == RCP_WORK_ORDER_TWICE || kind == RCP_WORK_ORDER_UNADDED;
}

void rcp_swarm_draw_orders(struct rcp_dice *dice, struct rcp_scenario *scenario)
{
    for (uint32_t purchase = 1; purchase <= scenario->world.purchases; purchase++) {
        struct rcp_work *work = add_work(dice, scenario, RCP_WORK_ORDER);
        work->purchase = purchase;
        work->user_first = 1;
        work->user_last = scenario->world.buyers;
        work->every_ms =
            work->user_last > 1 && rcp_dice_one_in(dice, 2) ? rcp_dice_between(dice, 1, 2000) : 0;
        fill_cart(dice, &scenario->world, work);
    }
    uint32_t extras = rcp_dice_between(dice, 0, 6);
    for (uint32_t i = 0; i < extras; i++) {
        enum rcp_work_kind kind = (enum rcp_work_kind)rcp_dice_between(
            dice, RCP_WORK_ORDER_TWICE, RCP_WORK_KIND_COUNT - 1u);
        struct rcp_work *work = add_work(dice, scenario, kind);
        if (brings_a_cart(kind))
            fill_cart(dice, &scenario->world, work);
    }
}
