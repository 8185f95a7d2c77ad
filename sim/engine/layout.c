/* Laying a world out in one block. */
#include "sim/layout.h"

#include "core/check.h"
#include "sim/run.h"

#include <string.h>

#define ALIGN 64u

struct cursor {
    uint64_t at;
};

static uint32_t place(struct cursor *cursor, uint64_t bytes)
{
    uint64_t at = cursor->at;
    cursor->at += (bytes + ALIGN - 1u) / ALIGN * ALIGN;
    return (uint32_t)at;
}

static uint32_t purchases_of(const struct rcp_world_config *config)
{
    return rcp_world_has_shop(config) ? config->buyers * config->purchases : 0;
}

/* Subjects that keys count by: payments, nodes, partitions, the world, purchases. */
static uint32_t subjects(const struct rcp_world_config *config)
{
    return config->activities * config->users + RCP_NODES_MAX + RCP_PARTITIONS_MAX + 1u +
           purchases_of(config);
}

/* The second document's tables that must begin empty. Without a shop they take no room. */
static void arrange_shop(struct rcp_world *world,
                         const struct rcp_world_config *config,
                         struct cursor *cursor)
{
    uint64_t purchases = purchases_of(config);
    uint64_t buyers = rcp_world_has_shop(config) ? config->buyers : 0;
    world->buyers_at = place(cursor, buyers * sizeof(struct rcp_buyer_row));
    world->request_keys_at = place(cursor, purchases * sizeof(struct rcp_request_key_row));
    world->purchases_at = place(cursor, purchases * sizeof(struct rcp_purchase_ledger));
    world->pg_calls_at =
        place(cursor, (uint64_t)rcp_world_pg_call_room(config) * sizeof(struct rcp_pg_call));
}

/* And those that grow. */
static void arrange_orders(struct rcp_world *world,
                           const struct rcp_world_config *config,
                           struct cursor *cursor)
{
    uint64_t shop = rcp_world_has_shop(config);
    world->orders_at = place(cursor, shop * config->orders * sizeof(struct rcp_order_record));
    world->refunds_at = place(cursor, shop * config->refunds * sizeof(struct rcp_refund_row));
    world->pg_at = place(cursor, shop * config->transactions * sizeof(struct rcp_pg_row));
    world->session_orders_at = place(cursor,
                                     shop * config->sessions * rcp_session_order_room(config) *
                                         sizeof(struct rcp_order_row));
}

/* Fills in where every table begins. Tables that must begin empty stand first: [sizeof, *cleared). */
static void arrange(struct rcp_world *world,
                    const struct rcp_world_config *config,
                    uint64_t *cleared)
{
    uint64_t payments = (uint64_t)config->activities * config->users;
    struct cursor cursor = {0};
    place(&cursor, sizeof *world);
    world->tokens_at = place(&cursor, payments * sizeof(struct rcp_token_row));
    world->entries_at = place(&cursor, payments * sizeof(struct rcp_entry_row));
    world->clients_at = place(&cursor, payments * sizeof(struct rcp_client));
    world->ledgers_at = place(&cursor, payments * sizeof(struct rcp_ledger));
    world->sessions_at = place(&cursor, config->sessions * sizeof(struct rcp_session));
    world->nth_at = place(
        &cursor, (uint64_t)config->nodes * subjects(config) * RCP_SITE_COUNT * sizeof(uint16_t));
    arrange_shop(world, config, &cursor);
    *cleared = cursor.at;
    world->rows_at = place(&cursor, config->rows * sizeof(struct rcp_log_row));
    world->parked_at = place(&cursor, config->records * sizeof(struct rcp_parked_row));
    world->records_at = place(&cursor,
                              (uint64_t)config->limits.partitions * config->records *
                                  sizeof(struct rcp_topic_record));
    world->session_rows_at =
        place(&cursor, (uint64_t)config->sessions * RCP_TX_ROWS_MAX * sizeof(struct rcp_tx_row));
    world->exchanges_at = place(&cursor, config->exchanges * sizeof(struct rcp_exchange));
    arrange_orders(world, config, &cursor);
    for (uint32_t i = 0; i < config->nodes; i++)
        world->nodes[i].block_at = place(&cursor, rcp_node_size(&config->limits));
    world->effects_at = place(&cursor, sizeof(struct rcp_effects));
    world->queue_at = place(&cursor, rcp_queue_size(config->pending));
    world->size = cursor.at;
}

size_t rcp_world_size(const struct rcp_scenario *scenario)
{
    struct rcp_world world;
    uint64_t cleared = 0;
    memset(&world, 0, sizeof world);
    arrange(&world, &scenario->world, &cleared);
    return world.size;
}

static void open_tables(struct rcp_world *world)
{
    for (uint32_t i = 0; i < world->payments; i++) {
        rcp_world_ledgers(world)[i].rows = RCP_NOBODY;
        rcp_world_tokens(world)[i].product_id = 100u + i / world->config.users;
    }
    for (uint32_t i = 0; i < world->config.activities; i++)
        world->activities[i].capacity = world->config.capacity;
    for (uint32_t i = 0; i < world->config.limits.partitions; i++)
        world->partitions[i].owner = RCP_NOBODY;
    world->open_head = world->open_tail = RCP_NOBODY;
}

static void open_shop(struct rcp_world *world)
{
    const struct rcp_world_config *config = &world->config;
    rcp_check(config->products <= RCP_PRODUCTS_MAX, "products_fit");
    rcp_check(rcp_session_order_room(config) <= RCP_TX_ROWS_MAX, "settles_fit_a_script");
    world->purchases = purchases_of(config);
    for (uint32_t i = 0; i < config->products; i++)
        world->products[i] =
            (struct rcp_product_row){.price = config->price * (i + 1u), .stock = config->stock};
    for (uint32_t i = 0; rcp_world_has_shop(config) && i < config->buyers; i++)
        rcp_world_buyers(world)[i].points = config->points;
    for (uint32_t i = 0; i < world->purchases; i++) {
        rcp_world_request_keys(world)[i].order = RCP_NOBODY;
        rcp_world_purchase_ledgers(world)[i].order = RCP_NOBODY;
    }
}

struct rcp_world *rcp_world_lay_out(void *block, const struct rcp_scenario *scenario, uint64_t seed)
{
    struct rcp_world *world = block;
    uint64_t cleared = 0;
    rcp_check((uintptr_t)block % ALIGN == 0, "world_aligned");
    memset(world, 0, sizeof *world);
    arrange(world, &scenario->world, &cleared);
    memset((unsigned char *)block + world->tokens_at, 0, cleared - world->tokens_at);
    world->config = scenario->world;
    world->policy = scenario->policy;
    world->seed = seed;
    world->payments = scenario->world.activities * scenario->world.users;
    open_tables(world);
    open_shop(world);
    rcp_queue_init(rcp_world_queue(world), scenario->world.pending);
    return world;
}

struct rcp_queue_head *rcp_world_queue(const struct rcp_world *world)
{
    return (struct rcp_queue_head *)((uintptr_t)world + world->queue_at);
}

struct rcp_effects *rcp_world_effects(const struct rcp_world *world)
{
    return (struct rcp_effects *)((uintptr_t)world + world->effects_at);
}

uint16_t *rcp_world_nth(const struct rcp_world *world,
                        uint32_t node,
                        enum rcp_subject_kind kind,
                        uint32_t subject,
                        enum rcp_site site)
{
    uint32_t base = 0;
    switch (kind) {
    case RCP_SUBJECT_PAYMENT:
        break;
    case RCP_SUBJECT_NODE:
        base = world->payments;
        break;
    case RCP_SUBJECT_PARTITION:
        base = world->payments + RCP_NODES_MAX;
        break;
    case RCP_SUBJECT_PURCHASE:
        base = world->payments + RCP_NODES_MAX + RCP_PARTITIONS_MAX + 1u;
        break;
    case RCP_SUBJECT_WORLD:
    case RCP_SUBJECT_KIND_COUNT:
        base = world->payments + RCP_NODES_MAX + RCP_PARTITIONS_MAX;
        break;
    }
    uint64_t row = (uint64_t)node * subjects(&world->config) + base + subject;
    return (uint16_t *)((uintptr_t)world + world->nth_at) + row * RCP_SITE_COUNT + site;
}
