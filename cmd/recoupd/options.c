/* One function for each adapter. */
#include "cmd/recoupd/options.h"

#include "core/policy.h"
#include "yaml/value.h"

#include <assert.h>
#include <string.h>

static_assert(RCP_JWT_CLAIM_MAX >= RCP_CONFIG_TEXT_MAX + 1u, "an issuer fits its claim");

/* The text, or NULL where it was not given. */
static const char *given(const struct rcp_config_text *text)
{
    return text->at[0] == '\0' ? NULL : text->at;
}

static const char *secret_text(const struct rcp_secret *secret)
{
    return secret->size == 0 ? NULL : (const char *)secret->bytes;
}

static bool is_path(const struct rcp_config_text *text)
{
    return text->at[0] == '/';
}

/* --- Addresses --- */

bool rcp_address_read(const char *text, struct rcp_address *address)
{
    const char *colon = strrchr(text, ':');
    uint64_t port = 0;
    if (colon == NULL || !rcp_parse_number(colon + 1, &port) || port > UINT16_MAX)
        return false;
    const char *first = text;
    size_t size = (size_t)(colon - text);
    if (size >= 2 && text[0] == '[' && text[size - 1u] == ']') {
        first++;
        size -= 2u;
    }
    if (size == 0 || size >= sizeof address->host)
        return false;
    memcpy(address->host, first, size);
    address->host[size] = '\0';
    address->port = (uint16_t)port;
    return true;
}

/* Not given, a path, or an address. */
static bool reads(const struct rcp_config_text *text, struct rcp_address *address)
{
    memset(address, 0, sizeof *address);
    return given(text) == NULL || is_path(text) || rcp_address_read(text->at, address);
}

static bool record_keys(const struct rcp_config *config, struct rcp_record_keys *keys)
{
    memset(keys, 0, sizeof *keys);
    for (uint32_t i = 0; i < config->record_keys.count; i++) {
        const struct rcp_secret *key = &config->record_keys.list[i];
        if (!rcp_record_keys_add(keys, key->bytes, key->size))
            return false;
    }
    return true;
}

bool rcp_options_check(const struct rcp_config *config,
                       struct rcp_addresses *addresses,
                       const char **wrong)
{
    struct rcp_record_keys keys;
    *wrong = NULL;
    if (!reads(&config->http.listen, &addresses->listen))
        *wrong = "http.listen is no ADDRESS:PORT";
    else if (!reads(&config->http.inside, &addresses->inside))
        *wrong = "http.inside is no ADDRESS:PORT";
    else if (!reads(&config->redis.address, &addresses->redis))
        *wrong = "redis.address is no HOST:PORT and no path";
    else if (!reads(&config->mysql.address, &addresses->mysql))
        *wrong = "mysql.address is no HOST:PORT and no path";
    else if (!record_keys(config, &keys))
        *wrong = "a key of record_key_files cannot be used";
    explicit_bzero(&keys, sizeof keys);
    return *wrong == NULL;
}

/* --- MySQL --- */

void rcp_options_session(const struct rcp_config *config,
                         const struct rcp_addresses *addresses,
                         struct rcp_session_options *options)
{
    const struct rcp_config_mysql *mysql = &config->mysql;
    *options = (struct rcp_session_options){
        .host = is_path(&mysql->address) ? NULL : addresses->mysql.host,
        .socket = is_path(&mysql->address) ? mysql->address.at : NULL,
        .port = addresses->mysql.port,
        .user = mysql->user.at,
        .password = secret_text(&mysql->password),
        .database = mysql->database.at,
        .tls = mysql->tls.on != 0 ? RCP_TLS_VERIFIED : RCP_TLS_OFF,
        .tls_ca = given(&mysql->tls.ca),
        .tls_cert = given(&mysql->tls.certificate),
        .tls_key = given(&mysql->tls.key),
    };
}

void rcp_options_mysql(const struct rcp_config *config,
                       const struct rcp_addresses *addresses,
                       struct rcp_mysql_options *options)
{
    memset(options, 0, sizeof *options);
    rcp_options_session(config, addresses, &options->session);
    options->connections = config->mysql.connections;
    options->claims_per_minute = config->claims_per_minute;
    options->topic = config->kafka.topic.at;
}

void rcp_options_retention(const struct rcp_config *config,
                           const struct rcp_addresses *addresses,
                           struct rcp_retention_options *options)
{
    const struct rcp_config_retention *retention = &config->retention;
    *options = (struct rcp_retention_options){
        .keep_ms =
            {
                [RCP_RETAINED_ROWS] = retention->rows_ms,
                [RCP_RETAINED_RECORDS] = retention->records_ms,
                [RCP_RETAINED_KEYS] = retention->keys_ms,
            },
        .batch = retention->batch,
        .pause_ms = retention->pause_ms,
        .every_ms = 60000,
    };
    rcp_options_session(config, addresses, &options->session);
}

/* --- Redis --- */

void rcp_options_redis(const struct rcp_config *config,
                       const struct rcp_addresses *addresses,
                       struct rcp_redis_options *options)
{
    const struct rcp_config_redis *redis = &config->redis;
    *options = (struct rcp_redis_options){
        .unix_path = is_path(&redis->address) ? redis->address.at : NULL,
        .host = addresses->redis.host,
        .port = addresses->redis.port,
        .user = given(&redis->user),
        .password = secret_text(&redis->password),
        .database = redis->database,
        .tls = redis->tls.on != 0,
        .tls_files =
            {
                .ca = given(&redis->tls.ca),
                .certificate = given(&redis->tls.certificate),
                .key = given(&redis->tls.key),
            },
        /* A request has one command at a time, a claimed or swept row as well. */
        .in_flight_max =
            config->limits.requests + config->limits.retries + 2u * config->limits.page,
        .connect_timeout_ms = RCP_REDIS_TIMEOUT_MS,
    };
}

/* --- Kafka --- */

void rcp_options_access(const struct rcp_config *config, struct rcp_kafka_access *access)
{
    const struct rcp_config_kafka *kafka = &config->kafka;
    *access = (struct rcp_kafka_access){
        .brokers = kafka->brokers.at,
        .client = "recoupd",
        .user = given(&kafka->user),
        .password = secret_text(&kafka->password),
        .ca = given(&kafka->tls.ca),
        .certificate = given(&kafka->tls.certificate),
        .key = given(&kafka->tls.key),
        .tls = kafka->tls.on != 0,
    };
}

void rcp_options_kafka(const struct rcp_config *config, struct rcp_kafka_options *options)
{
    memset(options, 0, sizeof *options);
    rcp_options_access(config, &options->access);
    options->topic = config->kafka.topic.at;
    options->group = config->kafka.group.at;
    record_keys(config, &options->keys);
    options->partitions = config->limits.partitions;
    options->sends_max = config->limits.requests + config->limits.sends;
    options->timeout_ms = RCP_KAFKA_TIMEOUT_MS;
    options->session_timeout_ms = (uint32_t)config->kafka.session_ms;
}

/* --- The payment gateway --- */

void rcp_options_pg(const struct rcp_config *config,
                    struct rcp_cards *cards,
                    struct rcp_pg_options *options)
{
    *options = (struct rcp_pg_options){
        .base_url = config->pg.url.at,
        .callback_url = config->pg.callback_url.at,
        .ca_file = given(&config->pg.ca),
        .connections = config->limits.pg_calls,
        .cards = cards,
    };
}

/* --- The node --- */

void rcp_options_node(const struct rcp_config *config, struct rcp_node_config *node)
{
    memset(node, 0, sizeof *node);
    node->limits = config->limits;
    node->policy = config->documented != 0 ? rcp_policy_documented() : rcp_policy_hardened();
    node->gateway.refunds = config->pg.refunds != 0;
    node->gateway.callback_mac = config->pg.callback_key.size > 0;
    node->seed = config->seed;
}

/* --- HTTP --- */

static bool add_users(const struct rcp_secrets *keys,
                      enum rcp_jwt_kind kind,
                      struct rcp_identity *identity)
{
    for (uint32_t i = 0; i < keys->count; i++)
        if (!rcp_identity_add(identity, kind, keys->list[i].bytes, keys->list[i].size))
            return false;
    return true;
}

bool rcp_options_service(const struct rcp_config *config,
                         struct rcp_service *service,
                         const char **wrong)
{
    const struct rcp_secret *signature = &config->pg.callback_key;
    for (uint32_t i = 0; i < config->token_keys.count; i++) {
        const struct rcp_secret *key = &config->token_keys.list[i];
        if (!rcp_token_keys_add(&service->keys.tokens, key->bytes, key->size)) {
            *wrong = "a key of token_key_files is too long: 128 bytes at most";
            return false;
        }
    }
    if (signature->size > RCP_SIGNATURE_KEY_MAX) {
        *wrong = "pg.callback_key is too long: 128 bytes at most";
        return false;
    }
    service->keys.signature_size = signature->size;
    memcpy(service->keys.signature_key, signature->bytes, signature->size);
    if (!add_users(&config->identity.hs256, RCP_JWT_HS256, &service->identity)) {
        *wrong = "a secret of identity.hs256_files is no secret of 32 bytes or more";
        return false;
    }
    if (!add_users(&config->identity.rs256, RCP_JWT_RS256, &service->identity)) {
        *wrong = "a file of identity.rs256_files is no public key in PEM, or there are too many";
        return false;
    }
    memcpy(service->identity.issuer, config->identity.issuer.at, sizeof config->identity.issuer.at);
    memcpy(service->identity.audience,
           config->identity.audience.at,
           sizeof config->identity.audience.at);
    service->identity.leeway_s = (uint32_t)(config->identity.leeway_ms / 1000u);
    return true;
}

void rcp_options_http(const struct rcp_config *config,
                      const struct rcp_addresses *addresses,
                      const char *certificate,
                      const char *key,
                      struct rcp_http_options *options)
{
    const struct rcp_config_http *http = &config->http;
    struct rcp_listener *listeners = options->listeners;
    bool apart = given(&http->inside) != NULL;
    options->limits = rcp_http_limits_default;
    options->limits.threads = http->threads;
    options->limits.connections = http->connections;
    options->limits.connections_per_address = http->connections_per_address;
    options->limits.exchanges = http->exchanges;
    if (given(&http->listen) != NULL)
        listeners[options->listener_count++] = (struct rcp_listener){
            .address = addresses->listen.host,
            .port = addresses->listen.port,
            .inside = !apart,
            .certificate = certificate,
            .private_key = key,
        };
    if (given(&http->socket) != NULL)
        listeners[options->listener_count++] = (struct rcp_listener){
            .path = http->socket.at, .mode = 0660, .trusted = true, .inside = !apart};
    if (apart)
        listeners[options->listener_count++] = (struct rcp_listener){
            .address = addresses->inside.host, .port = addresses->inside.port, .inside = true};
}
