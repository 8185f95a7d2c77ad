/* From the configuration to what each adapter wants to be told. Texts stay the configuration's, which outlives
 * them all. */
#ifndef RCP_CMD_RECOUPD_OPTIONS_H
#define RCP_CMD_RECOUPD_OPTIONS_H

#include "prod/config/config.h"
#include "prod/http/http_adapter.h"
#include "prod/kafka/kafka_adapter.h"
#include "prod/mysql/mysql_adapter.h"
#include "prod/mysql/retention.h"
#include "prod/pg/pg_adapter.h"
#include "prod/redis/redis_adapter.h"

#define RCP_ADDRESS_MAX 256u

/* HOST:PORT, taken apart. */
struct rcp_address {
    char host[RCP_ADDRESS_MAX];
    uint16_t port;
};

/* False where it is none. "[::1]:80" is a host of ::1. */
bool rcp_address_read(const char *text, struct rcp_address *address);

/* Where the texts that are made of others live. */
struct rcp_addresses {
    struct rcp_address listen, inside, redis, mysql;
};

/* False where an address is none, or a key cannot be used; *wrong says which and what is allowed. */
bool rcp_options_check(const struct rcp_config *config,
                       struct rcp_addresses *addresses,
                       const char **wrong);

void rcp_options_session(const struct rcp_config *config,
                         const struct rcp_addresses *addresses,
                         struct rcp_session_options *options);
void rcp_options_mysql(const struct rcp_config *config,
                       const struct rcp_addresses *addresses,
                       struct rcp_mysql_options *options);
void rcp_options_retention(const struct rcp_config *config,
                           const struct rcp_addresses *addresses,
                           struct rcp_retention_options *options);
void rcp_options_redis(const struct rcp_config *config,
                       const struct rcp_addresses *addresses,
                       struct rcp_redis_options *options);
void rcp_options_access(const struct rcp_config *config, struct rcp_kafka_access *access);
void rcp_options_kafka(const struct rcp_config *config, struct rcp_kafka_options *options);
void rcp_options_pg(const struct rcp_config *config,
                    struct rcp_cards *cards,
                    struct rcp_pg_options *options);
void rcp_options_node(const struct rcp_config *config, struct rcp_node_config *node);

/* Keys of tokens and callbacks, and who may log in. */
bool rcp_options_service(const struct rcp_config *config,
                         struct rcp_service *service,
                         const char **wrong);

/* Listeners and limits; loops are the caller's business. `certificate` and `key`: PEM texts, or NULL. */
void rcp_options_http(const struct rcp_config *config,
                      const struct rcp_addresses *addresses,
                      const char *certificate,
                      const char *key,
                      struct rcp_http_options *options);

/* True where the second document is served. */
static inline bool rcp_options_orders(const struct rcp_config *config)
{
    return config->limits.orders > 0;
}

#endif
