/* `world:` what the world is made of, and how much room it gets where nobody says. */
#include "sim/scenario/store.h"

#include "yaml/value.h"

#define LIMIT(name, least, most, text)                                                         \
    {                                                                                          \
        .key = #name, .kind = RCP_VALUE_NUMBER, .min = (least), .max = (most), .help = (text), \
        .offset = offsetof(struct rcp_limits_line, limits.name),                               \
    }
#define LIMIT_OF_SHOP(name, most, text)                                                         \
    {                                                                                           \
        .key = #name, .kind = RCP_VALUE_NUMBER, .max = (most), .help = (text), .derived = true, \
        .offset = offsetof(struct rcp_limits_line, limits.name),                                \
    }
#define ROOM(name, least, most, text)                                                          \
    {                                                                                          \
        .key = #name, .kind = RCP_VALUE_NUMBER, .min = (least), .max = (most), .help = (text), \
        .derived = true, .offset = offsetof(struct rcp_world_line, config.name),               \
    }
#define NUMBER(name, least, most, text)                                                        \
    {                                                                                          \
        .key = #name, .kind = RCP_VALUE_NUMBER, .min = (least), .max = (most), .help = (text), \
        .offset = offsetof(struct rcp_world_line, config.name),                                \
    }
#define DURATION(name, least, text)                                                           \
    {                                                                                         \
        .key = #name, .kind = RCP_VALUE_DURATION, .min = (least), .max = RCP_DURATION_MAX_MS, \
        .help = (text), .offset = offsetof(struct rcp_world_line, config.name##_ms),          \
    }

static const struct rcp_field limit_fields[] = {
    LIMIT(requests, 0, RCP_REQUESTS_MAX, "requests in progress on one node; full is answered 503"),
    LIMIT(retries, 0, RCP_RETRIES_MAX, "retry records in progress on one node"),
    LIMIT(group, 0, RCP_GROUP_MAX, "payments in one transaction"),
    LIMIT(groups, 0, RCP_REQUESTS_MAX, "transactions in flight per script"),
    LIMIT(linger_ms, 0, RCP_LINGER_MAX_MS, "a group that is not full waits so long for company"),
    LIMIT(page, 0, RCP_PAGE_MAX, "rows claimed or swept at once"),
    LIMIT(sends, 0, RCP_REQUESTS_MAX, "claimed rows on their way to the broker at once"),
    LIMIT(partitions, 0, RCP_PARTITIONS_MAX, "partitions of the retry topic"),
    LIMIT(window, 0, RCP_WINDOW_MAX, "records in progress per partition"),
    LIMIT_OF_SHOP(orders, RCP_ORDERS_MAX, "orders in progress on one node; full is answered 503"),
    LIMIT_OF_SHOP(settles, RCP_TX_ROWS_MAX, "payments that one pass of the scheduler works on"),
    LIMIT_OF_SHOP(pg_calls, RCP_PG_CALLS_MAX, "calls to the PG in flight from one node"),
};

static const struct rcp_section limits_section = {
    .what = "`limits`",
    .fields = limit_fields,
    .count = sizeof limit_fields / sizeof limit_fields[0],
};

#define ROOM_MAX      1048576u
#define PENDING_MAX   2097152u /* 8 of each payment, 16 of each purchase, and some */
#define EXCHANGES_MAX 4194304u /* 24 of each payment, 32 of each purchase, and some */

static const struct rcp_field world_fields[] = {
    NUMBER(nodes, 1, RCP_NODES_MAX, "service instances"),
    NUMBER(nodes_per_process, 1, RCP_NODES_MAX, "nodes that one crash takes"),
    NUMBER(activities, 1, RCP_ACTIVITIES_MAX, "campaign activities"),
    NUMBER(users, 1, RCP_USERS_MAX, "users of each activity"),
    ROOM(capacity, 0, RCP_USERS_MAX, "slots of each activity; the number of users by default"),
    NUMBER(sessions, 1, 4096, "MySQL: max_connections"),
    ROOM(rows, 1, ROOM_MAX, "MySQL: room for failure rows; full ends the run as error"),
    ROOM(records, 1, ROOM_MAX, "Kafka: room per partition; full ends the run as error"),
    ROOM(pending, 1, PENDING_MAX, "room for pending events; full ends the run as error"),
    ROOM(exchanges, 1, EXCHANGES_MAX, "room for requests of clients; full ends the run as error"),
    {
        .key = "instant",
        .kind = RCP_VALUE_FLAG,
        .help = "messages take no time unless a fault slows them: order is all there is",
        .offset = offsetof(struct rcp_world_line, config.instant),
    },
    DURATION(token_ttl, 1, "a token's life as issued"),
    DURATION(orphan, 1, "MySQL notices a dead client within this"),
    DURATION(session_timeout, 1, "Kafka notices a dead consumer within this"),
    DURATION(retention, 1, "Kafka keeps a record for this long"),
    DURATION(client_timeout, 1, "a client hangs up after this and asks again"),
    DURATION(client_pause, 1, "between two tries of a client"),
    NUMBER(client_tries, 1, 1000, "tries of a client while faults last"),
    {
        .key = "limits",
        .help = "of each node",
        .kind = RCP_VALUE_SECTION,
        .section = &limits_section,
        .offset = offsetof(struct rcp_world_line, limits),
    },
    {
        .key = "shop",
        .help = "the second document: products, buyers and their PG; none by default",
        .kind = RCP_VALUE_SECTION,
        .section = &rcp_shop_section,
        .offset = offsetof(struct rcp_world_line, shop),
    },
};

const struct rcp_section rcp_world_section = {
    .what = "`world`",
    .fields = world_fields,
    .count = sizeof world_fields / sizeof world_fields[0],
};

static uint32_t at_least(uint32_t least, uint32_t number)
{
    return number > least ? number : least;
}

/* Four rows a payment: double clicks and new_row log it more than once. Eight records and events:
 * each send may be doubled, retried and late. */
void rcp_world_derive(struct rcp_world_config *world)
{
    uint32_t payments = world->activities * world->users;
    world->capacity = world->users;
    world->rows = at_least(256, 4 * payments + 64);
    world->records = at_least(512, 8 * payments + 64);
    world->pending = at_least(512, 8 * payments + 256);
    world->exchanges =
        24 * payments + 256; /* a client's tries, its doubles, what it asks after the heal */
    if (world->products > 0)
        rcp_shop_derive(world);
    else
        rcp_shop_clear(world);
}

void rcp_world_to_line(const struct rcp_world_config *world, struct rcp_world_line *line)
{
    line->config = *world;
    line->limits.limits = world->limits;
    rcp_shop_to_line(world, &line->shop);
}

void rcp_world_from_line(const struct rcp_world_line *line, struct rcp_world_config *world)
{
    *world = line->config;
    world->limits = line->limits.limits;
    rcp_shop_from_line(&line->shop, world);
}

bool rcp_limits_are_whole(const struct rcp_limits *limits, struct rcp_flaw *flaw)
{
    const char *limit = rcp_limits_refusal(limits);
    if (limit == NULL)
        return true;
    if (limits->retries < limits->partitions)
        return rcp_flawed(flaw, limit, "`retries` is less than `partitions`: each holds a slot");
    return rcp_flawed(flaw,
                      limit,
                      "`%s` is out of step: the limits of payments (requests to window) are all 0 "
                      "or none is, and so are those of orders (orders, settles, pg_calls)",
                      limit);
}

bool rcp_in_world(const struct rcp_scenario *scenario,
                  uint32_t node,
                  uint32_t activity,
                  uint32_t user,
                  struct rcp_flaw *flaw)
{
    const struct rcp_world_config *world = &scenario->world;
    if (node > world->nodes)
        return rcp_flawed(
            flaw, "node", "there is no node %u; allowed: 1 to %u, see `world`", node, world->nodes);
    if (activity > world->activities)
        return rcp_flawed(flaw,
                          "activity",
                          "there is no activity %u; allowed: 1 to %u, see `world`",
                          activity,
                          world->activities);
    if (user > world->users)
        return rcp_flawed(
            flaw, "user", "there is no user %u; allowed: 1 to %u, see `world`", user, world->users);
    return true;
}

bool rcp_in_world_or_shop(const struct rcp_scenario *scenario,
                          const struct rcp_selector *selector,
                          struct rcp_flaw *flaw)
{
    const struct rcp_world_config *world = &scenario->world;
    bool either = selector->activity == 0 && selector->purchase == 0;
    if (selector->activity != 0 && selector->purchase != 0)
        return rcp_flawed(flaw, "activity", "a purchase is of no activity; allowed: one of both");
    if (selector->purchase == 0 && !(either && selector->user <= world->buyers))
        return rcp_in_world(scenario, selector->node, selector->activity, selector->user, flaw);
    if (!rcp_in_world(scenario, selector->node, 0, 0, flaw))
        return false;
    if (selector->purchase != 0 && world->products == 0)
        return rcp_flawed(flaw, "purchase", "`purchase` needs a shop, see `world`");
    if (selector->purchase > world->purchases)
        return rcp_flawed(flaw,
                          "purchase",
                          "there is no purchase %u; allowed: 1 to %u, see `shop`",
                          selector->purchase,
                          world->purchases);
    if (selector->user > world->buyers)
        return rcp_flawed(flaw,
                          "user",
                          "there is no buyer %u; allowed: 1 to %u, see `shop`",
                          selector->user,
                          world->buyers);
    return true;
}
