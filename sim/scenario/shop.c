/* `shop:` what the second document's half of a world is made of, and what it gets where nobody says. */
#include "sim/scenario/store.h"

#include "yaml/value.h"

#include <string.h>

#define ROOM_MAX         1048576u
#define TRANSACTIONS_MAX 2097152u
#define AMOUNT_MAX       UINT64_C(1000000000000) /* KRW; every sum of a world fits 64 bits */

#define CONFIG(member) offsetof(struct rcp_shop_line, config.member)
#define NUMBER(name, least, most, text)                                                        \
    {                                                                                          \
        .key = #name, .kind = RCP_VALUE_NUMBER, .min = (least), .max = (most), .help = (text), \
        .derived = true, .offset = CONFIG(name),                                               \
    }
#define AMOUNT(name, least, most, text)                                                        \
    {                                                                                          \
        .key = #name, .kind = RCP_VALUE_AMOUNT, .min = (least), .max = (most), .help = (text), \
        .derived = true, .offset = CONFIG(name),                                               \
    }
#define SETTLES(name, which, text)                                                             \
    {                                                                                          \
        .key = (name), .kind = RCP_VALUE_DURATION, .max = RCP_DURATION_MAX_MS, .help = (text), \
        .derived = true,                                                                       \
        .offset =                                                                              \
            offsetof(struct rcp_shop_line, config.pg_settles_ms) + (which) * sizeof(uint64_t), \
    }
#define FLAG(name, text)                                                       \
    {                                                                          \
        .key = #name, .kind = RCP_VALUE_FLAG, .help = (text), .derived = true, \
        .offset = offsetof(struct rcp_shop_line, name),                        \
    }

static const struct rcp_field shop_fields[] = {
    {
        .key = "products",
        .kind = RCP_VALUE_NUMBER,
        .min = 1,
        .max = RCP_PRODUCTS_MAX,
        .help = "products 1..N",
        .required = true,
        .offset = CONFIG(products),
    },
    NUMBER(stock, 0, 1000000, "of each product"),
    NUMBER(buyers, 1, RCP_PURCHASES_MAX, "users 1..N who order; each has one coupon"),
    NUMBER(purchases, 1, RCP_PURCHASES_MAX, "of each buyer: one Idempotency-Key each"),
    AMOUNT(points, 0, AMOUNT_MAX, "of each buyer, KRW"),
    AMOUNT(price, 1, 1000000000, "product P costs P times as much, KRW"),
    AMOUNT(discount, 0, AMOUNT_MAX, "of each coupon, KRW"),
    AMOUNT(first_order_id, 1, AMOUNT_MAX, "the PG refuses ids of fewer than six digits"),
    NUMBER(orders, 1, ROOM_MAX, "room for orders; full ends the run as error"),
    NUMBER(refunds, 1, ROOM_MAX, "room for refunds; full ends the run as error"),
    NUMBER(
        transactions, 1, TRANSACTIONS_MAX, "PG: room for transactions; full ends the run as error"),
    SETTLES("pg_settles_least", 0, "PG: shortest time from PENDING to the end of a transaction"),
    SETTLES("pg_settles_most", 1, "PG: longest time from PENDING to the end of a transaction"),
    FLAG(refund_port, "PG: it has our refund call; else refunds are parked for a person"),
    FLAG(callback_mac, "PG: it signs its callbacks; one without is refused"),
};

const struct rcp_section rcp_shop_section = {
    .what = "`shop`",
    .fields = shop_fields,
    .count = sizeof shop_fields / sizeof shop_fields[0],
};

/* Eight orders a purchase: where no Idempotency-Key joins them, a buyer's every try and click places
 * one. Each may be sent to the PG more than once. */
void rcp_shop_derive(struct rcp_world_config *world)
{
    world->buyers = world->buyers == 0 ? 4 : world->buyers;
    world->purchases = world->purchases == 0 ? 1 : world->purchases;
    uint32_t purchases = world->buyers * world->purchases;
    world->stock = 100;
    world->points = 100000;
    world->price = 10000;
    world->discount = 1000;
    world->first_order_id = 1;
    world->orders = 8 * purchases + 64;
    world->refunds = 8 * purchases + 64;
    world->transactions = 16 * purchases + 128;
    world->pg_settles_ms[0] = 1000;
    world->pg_settles_ms[1] = 5000;
    world->gateway = (struct rcp_gateway){.refunds = 1};
    world->limits.orders = 64;
    world->limits.settles = 8;
    world->limits.pg_calls = 16;
    world->pending += 16 * purchases;
    world->exchanges += 32 * purchases; /* tries, doubles, and what the PG calls back about */
}

static void copy_shop(struct rcp_world_config *to, const struct rcp_world_config *from)
{
    to->products = from->products;
    to->stock = from->stock;
    to->buyers = from->buyers;
    to->purchases = from->purchases;
    to->orders = from->orders;
    to->refunds = from->refunds;
    to->transactions = from->transactions;
    to->points = from->points;
    to->price = from->price;
    to->discount = from->discount;
    to->first_order_id = from->first_order_id;
    to->pg_settles_ms[0] = from->pg_settles_ms[0];
    to->pg_settles_ms[1] = from->pg_settles_ms[1];
    to->gateway = from->gateway;
}

void rcp_shop_clear(struct rcp_world_config *world)
{
    const struct rcp_world_config none = {0};
    copy_shop(world, &none);
    world->limits.orders = 0;
    world->limits.settles = 0;
    world->limits.pg_calls = 0;
}

void rcp_shop_to_line(const struct rcp_world_config *world, struct rcp_shop_line *line)
{
    line->config = *world;
    line->refund_port = world->gateway.refunds;
    line->callback_mac = world->gateway.callback_mac;
}

void rcp_shop_from_line(const struct rcp_shop_line *line, struct rcp_world_config *world)
{
    copy_shop(world, &line->config);
    world->gateway.refunds = (uint8_t)line->refund_port;
    world->gateway.callback_mac = (uint8_t)line->callback_mac;
}

/* The key of the first limit of orders that is zero, or is not; NULL where there is none. */
static const char *limit_that(const struct rcp_limits *limits, bool zero)
{
    if ((limits->orders == 0) == zero)
        return "orders";
    if ((limits->settles == 0) == zero)
        return "settles";
    return (limits->pg_calls == 0) == zero ? "pg_calls" : NULL;
}

static bool nothing_is_there(const struct rcp_world_config *world, struct rcp_flaw *flaw)
{
    struct rcp_world_config cleared = *world;
    const char *limit = limit_that(&world->limits, false);
    if (limit != NULL)
        return rcp_flawed(flaw, limit, "`%s` needs a shop; allowed without one: 0", limit);
    rcp_shop_clear(&cleared);
    return memcmp(&cleared, world, sizeof cleared) == 0 ||
           rcp_flawed(flaw, "shop", "there is something of a shop, but no products");
}

bool rcp_shop_is_whole(const struct rcp_world_config *world, struct rcp_flaw *flaw)
{
    if (world->products == 0)
        return nothing_is_there(world, flaw);
    const char *limit = limit_that(&world->limits, true);
    if (limit != NULL)
        return rcp_flawed(flaw, limit, "`%s` cannot be 0 where there is a shop", limit);
    if ((uint64_t)world->buyers * world->purchases > RCP_PURCHASES_MAX)
        return rcp_flawed(flaw,
                          "purchases",
                          "%u buyers of %u purchases are too many; allowed: %u purchases in all",
                          world->buyers,
                          world->purchases,
                          RCP_PURCHASES_MAX);
    if (world->pg_settles_ms[0] > world->pg_settles_ms[1])
        return rcp_flawed(
            flaw, "pg_settles_least", "`pg_settles_least` is more than `pg_settles_most`");
    return true;
}
