/* Adapters are opened behind the loop and closed before it, on its own thread. */
#include "cmd/recoupd/node.h"

#include "cmd/recoupd/alert.h"
#include "cmd/recoupd/build_name.h"

#include <stdio.h>
#include <string.h>

#define LEAVE_MS 3000u /* of the consumer group */
#define CLOSE_MS 1000u /* of scripts that run */

/* --- Opening --- */

/* PARK wants the bytes of a record; Kafka's adapter has them. */
static bool find_raw(
    void *context, uint32_t partition, uint64_t offset, const char **bytes, uint32_t *size)
{
    const struct served_node *node = context;
    size_t whole = 0;
    if (!rcp_kafka_value(node->kafka, partition, offset, bytes, &whole))
        return false;
    *size = (uint32_t)whole;
    return true;
}

/* The flight recorder, where the configuration names its folder. */
static bool open_recorder(struct served_node *node,
                          const struct rcp_config *config,
                          struct rcp_loop_options *loop,
                          char wrong[RCP_KAFKA_WRONG_MAX])
{
    if (config->record.at[0] == '\0')
        return true;
    const struct rcp_flight_recorder_options options = {
        .folder = config->record.at,
        .build = RCP_COMMIT,
        .node = loop->node,
        .number = loop->number,
        .incarnation = loop->incarnation,
    };
    node->recorder = rcp_flight_recorder_open(&options, wrong, RCP_KAFKA_WRONG_MAX);
    if (node->recorder == NULL)
        return false;
    loop->watches[loop->watch_count++] = rcp_flight_recorder_watch(node->recorder);
    return true;
}

static bool open_loop(struct served_node *node,
                      const struct rcp_config *config,
                      uint32_t number,
                      uint32_t incarnation,
                      const struct rcp_watch *watch,
                      char wrong[RCP_KAFKA_WRONG_MAX])
{
    struct rcp_loop_options options = {
        .number = number,
        .incarnation = incarnation,
        .secret = config->handle_key.bytes,
        .secret_size = config->handle_key.size < 64u ? config->handle_key.size : 64u,
        .watches = {*watch, node_mirror_watch(&node->mirror)},
        .watch_count = 2,
    };
    rcp_options_node(config, &options.node);
    if (!open_recorder(node, config, &options, wrong))
        return false;
    node->loop = rcp_loop_open(&options);
    if (node->loop == NULL)
        return false;
    node->mirror.node = rcp_loop_node(node->loop);
    if (node->recorder != NULL)
        rcp_flight_recorder_follow(node->recorder, rcp_loop_node(node->loop));
    return true;
}

static bool open_redis(struct served_node *node,
                       const struct rcp_config *config,
                       const struct rcp_addresses *addresses)
{
    struct rcp_redis_options options;
    rcp_options_redis(config, addresses, &options);
    node->redis = rcp_redis_open(node->loop, &options);
    return node->redis != NULL;
}

static bool open_mysql(struct served_node *node,
                       const struct rcp_config *config,
                       const struct rcp_addresses *addresses,
                       uint32_t number)
{
    struct rcp_mysql_options options;
    rcp_options_mysql(config, addresses, &options);
    options.node = number;
    options.raw.context = node;
    options.raw.find = find_raw;
    node->mysql = rcp_mysql_open(&options, node->loop);
    return node->mysql != NULL;
}

static bool open_kafka(struct served_node *node,
                       const struct rcp_config *config,
                       char wrong[RCP_KAFKA_WRONG_MAX])
{
    struct rcp_kafka_options options;
    rcp_options_kafka(config, &options);
    options.log = alert_library;
    node->kafka = rcp_kafka_open(node->loop, &options, wrong);
    explicit_bzero(&options.keys, sizeof options.keys);
    return node->kafka != NULL;
}

static bool open_pg(struct served_node *node, const struct rcp_config *config)
{
    struct rcp_pg_options options;
    if (!rcp_options_orders(config))
        return true;
    /* A card stays until its order is answered, or 10 s where nobody is. */
    node->cards = rcp_cards_open(4u * config->limits.orders);
    if (node->cards == NULL)
        return false;
    rcp_options_pg(config, node->cards, &options);
    node->pg = rcp_pg_adapter_open(node->loop, &options);
    return node->pg != NULL;
}

static void set_ports(struct served_node *node)
{
    struct rcp_loop *loop = node->loop;
    rcp_loop_port(loop, RCP_EFFECT_REDIS, rcp_redis_port(node->redis));
    rcp_loop_port(loop, RCP_EFFECT_MYSQL, rcp_mysql_port(node->mysql));
    rcp_loop_port(loop, RCP_EFFECT_SEND, rcp_kafka_send_port(node->kafka));
    rcp_loop_port(loop, RCP_EFFECT_FETCH, rcp_kafka_fetch_port(node->kafka));
    rcp_loop_port(loop, RCP_EFFECT_COMMIT_OFFSET, rcp_kafka_commit_port(node->kafka));
    rcp_loop_port(loop, RCP_EFFECT_ALERT, alert_payment_port());
    rcp_loop_port(loop, RCP_EFFECT_ORDER_ALERT, alert_order_port());
    if (node->pg != NULL)
        rcp_loop_port(loop, RCP_EFFECT_PG, rcp_pg_adapter_port(node->pg));
}

static void close_adapters(struct served_node *node)
{
    if (node->kafka != NULL)
        rcp_kafka_close(node->kafka, LEAVE_MS);
    if (node->redis != NULL)
        rcp_redis_close(node->redis);
    if (node->pg != NULL)
        rcp_pg_adapter_free(node->pg);
    if (node->mysql != NULL)
        rcp_mysql_close(node->mysql, CLOSE_MS);
}

bool served_node_open(struct served_node *node,
                      const struct rcp_config *config,
                      const struct rcp_addresses *addresses,
                      uint32_t number,
                      uint32_t incarnation,
                      const struct rcp_watch *watch,
                      char wrong[RCP_KAFKA_WRONG_MAX])
{
    memset(node, 0, sizeof *node);
    snprintf(wrong, RCP_KAFKA_WRONG_MAX, "memory, threads or descriptors are short");
    if (!open_loop(node, config, number, incarnation, watch, wrong)) {
        rcp_flight_recorder_close(node->recorder);
        return false;
    }
    if (!open_kafka(node, config, wrong) || !open_pg(node, config) ||
        !open_redis(node, config, addresses) || !open_mysql(node, config, addresses, number)) {
        close_adapters(node);
        rcp_loop_free(node->loop);
        if (node->cards != NULL)
            rcp_cards_free(node->cards);
        rcp_flight_recorder_close(node->recorder);
        return false;
    }
    set_ports(node);
    return true;
}

/* --- Running --- */

static void *run(void *context)
{
    struct served_node *node = context;
    rcp_loop_run(node->loop);
    close_adapters(node);
    return NULL;
}

bool served_node_run(struct served_node *node)
{
    node->runs = pthread_create(&node->thread, NULL, run, node) == 0;
    node->began = node->runs;
    return node->runs;
}

void served_node_join(struct served_node *node)
{
    if (node->runs)
        pthread_join(node->thread, NULL);
    node->runs = false;
}

bool served_node_close(struct served_node *node)
{
    served_node_join(node);
    if (!node->began)
        close_adapters(node);
    bool clean = rcp_loop_ended_clean(node->loop);
    rcp_loop_free(node->loop);
    rcp_flight_recorder_close(node->recorder);
    if (node->cards != NULL)
        rcp_cards_free(node->cards);
    memset(node, 0, sizeof *node);
    return clean;
}
