/* Every key that a configuration may have, in the order in which it is printed. */
#include "prod/config/key.h"

#include <assert.h>

#define AT(member)  offsetof(struct rcp_config, member)
#define PATHS_ALIKE RCP_CONFIG_TEXT_MAX
#define YEARS_MS    315360000000u /* ten */

#define TEXT(section, name, member, standard, sentence)                             \
    {                                                                               \
        section, name, RCP_KEY_TEXT, AT(member), 0, PATHS_ALIKE, standard, sentence \
    }
#define NUMBER(section, name, member, min, max, standard, sentence)             \
    {                                                                           \
        section, name, RCP_KEY_NUMBER, AT(member), min, max, standard, sentence \
    }
#define DURATION(section, name, member, min, max, standard, sentence)             \
    {                                                                             \
        section, name, RCP_KEY_DURATION, AT(member), min, max, standard, sentence \
    }
#define FLAG(section, name, member, standard, sentence)                   \
    {                                                                     \
        section, name, RCP_KEY_FLAG, AT(member), 0, 1, standard, sentence \
    }
#define SECRET(section, name, member, min, sentence)                                          \
    {                                                                                         \
        section, name, RCP_KEY_SECRET, AT(member), min, RCP_CONFIG_SECRET_MAX, NULL, sentence \
    }
#define SECRETS(section, name, member, min, sentence)                                          \
    {                                                                                          \
        section, name, RCP_KEY_SECRETS, AT(member), min, RCP_CONFIG_SECRET_MAX, NULL, sentence \
    }
/* Four keys that every dependency has. A member has no parentheses around it: it is part of a name. */
// NOLINTBEGIN(bugprone-macro-parentheses)
#define TLS(section, member)                                                                       \
    FLAG(section, "tls", member.on, "false", "TLS, with its certificate verified."),               \
        TEXT(section, "tls_ca", member.ca, NULL, "PEM: who may vouch for it; else the system's."), \
        TEXT(section, "tls_certificate", member.certificate, NULL, "PEM: who we are."),            \
        TEXT(section, "tls_key", member.key, NULL, "PEM: the key to that.")
// NOLINTEND(bugprone-macro-parentheses)

const struct rcp_config_key rcp_config_keys[] = {
    NUMBER("",
           "instance",
           number,
           1,
           1000000,
           "1",
           "Of its first node: node numbers are unique among all on one database."),
    NUMBER("", "nodes", nodes, 1, 8, "1", "Nodes of this process, a thread each."),
    TEXT("", "state", state, NULL, "A folder that outlives a restart; each instance has its own."),
    FLAG("", "documented", documented, "false", "The documented policy, flaws and all: for tests."),
    FLAG("",
         "weak_durability",
         weak_durability,
         "false",
         "Serve, though a dependency may lose what it has acknowledged."),
    DURATION("", "grace", grace_ms, 0, 600000, "30s", "How long a stop waits for what is open."),
    {"", "seed", RCP_KEY_BIG, AT(seed), 0, UINT64_MAX, "1", "Of the jitter; the same on all."},
    SECRET("", "handle_key", handle_key, 16, "Names tokens in recordings; the same on all."),
    SECRETS("", "token_key", token_keys, 16, "Sign reservation tokens; the first one issues."),
    SECRETS("", "record_key", record_keys, 16, "Sign records on the topic; the first one signs."),
    TEXT("", "operators", operators, NULL, "Socket for `recoupd ctl`."),
    TEXT("", "record", record, NULL, "Folder of the flight recorder."),

    TEXT("http", "listen", http.listen, "127.0.0.1:8080", "ADDRESS:PORT for clients."),
    TEXT("http", "socket", http.socket, NULL, "Path; who may open it is believed to be X-USER-ID."),
    TEXT("http", "inside", http.inside, NULL, "ADDRESS:PORT for /metrics; else where clients are."),
    TEXT("http", "tls_certificate", http.certificate, NULL, "PEM; with it clients speak HTTPS."),
    TEXT("http", "tls_key", http.key, NULL, "PEM: the key to that."),
    NUMBER("http", "threads", http.threads, 1, 16, "1", "Threads that read and write requests."),
    NUMBER("http", "connections", http.connections, 1, 100000, "4096", "At once; more must wait."),
    NUMBER("http",
           "connections_per_address",
           http.connections_per_address,
           1,
           100000,
           "4096",
           "The same, from one address."),
    NUMBER("http",
           "exchanges",
           http.exchanges,
           1,
           100000,
           "1024",
           "Requests open at once; one more is answered 503."),

    TEXT("redis", "address", redis.address, "127.0.0.1:6379", "HOST:PORT, or a socket's path."),
    TEXT("redis", "user", redis.user, NULL, "Of its ACL."),
    SECRET("redis", "password", redis.password, 1, "Of that user."),
    NUMBER("redis", "database", redis.database, 0, 15, "0", "Its number."),
    TLS("redis", redis.tls),

    TEXT("mysql", "address", mysql.address, "127.0.0.1:3306", "HOST:PORT, or a socket's path."),
    TEXT("mysql", "user", mysql.user, "recoup", "Needs its tables, and KILL of its own threads."),
    SECRET("mysql", "password", mysql.password, 1, "Of that user."),
    TEXT("mysql", "database", mysql.database, "recoup", "Its name."),
    NUMBER("mysql", "connections", mysql.connections, 2, 64, "6", "Worker threads, one each."),
    FLAG("mysql", "migrate", mysql.migrate, "false", "Make missing migrations at the start."),
    TLS("mysql", mysql.tls),

    TEXT("kafka", "brokers", kafka.brokers, "127.0.0.1:9092", "HOST:PORT, several with commas."),
    TEXT("kafka", "topic", kafka.topic, "axon.payment.retry", "Of the retry records."),
    TEXT("kafka", "group", kafka.group, "recoup", "Consumer group; the same on all."),
    TEXT("kafka", "user", kafka.user, NULL, "SASL/SCRAM-SHA-512."),
    SECRET("kafka", "password", kafka.password, 1, "Of that user."),
    NUMBER("kafka", "replicas", kafka.replicas, 1, 9, "3", "The topic must have so many."),
    NUMBER(
        "kafka", "min_in_sync", kafka.min_in_sync, 1, 9, "2", "Its min.insync.replicas must be."),
    DURATION("kafka",
             "session_timeout",
             kafka.session_ms,
             1000,
             300000,
             "10s",
             "Who is silent for longer loses its partitions; the brokers set limits, too."),
    TLS("kafka", kafka.tls),

    DURATION("retention",
             "backup",
             retention.backup_ms,
             0,
             YEARS_MS,
             "7d",
             "Age of the oldest backup that may be restored; the topic keeps records for so long."),
    DURATION("retention",
             "rows",
             retention.rows_ms,
             3600000,
             YEARS_MS,
             "30d",
             "Failure rows that are resolved; not below backup."),
    DURATION("retention",
             "records",
             retention.records_ms,
             3600000,
             YEARS_MS,
             "365d",
             "Parked records that a person was told of; not below backup."),
    DURATION("retention",
             "keys",
             retention.keys_ms,
             86400000,
             YEARS_MS,
             "48h",
             "Idempotency keys of settled orders; they hold for a day."),
    NUMBER("retention", "batch", retention.batch, 1, 10000, "500", "Rows deleted at once."),
    DURATION("retention", "pause", retention.pause_ms, 10, 10000, "200ms", "Between two batches."),

    TEXT("pg", "url", pg.url, NULL, "Base URL of the payment gateway; without it, no orders."),
    TEXT("pg", "callback_url", pg.callback_url, NULL, "Where it calls back."),
    TEXT("pg", "tls_ca", pg.ca, NULL, "PEM: who may vouch for it; else the system's."),
    SECRET("pg", "callback_key", pg.callback_key, 16, "Its callbacks must be signed with this."),
    FLAG("pg", "refunds", pg.refunds, "false", "It has our refund call; else refunds are parked."),

    SECRETS("identity", "hs256", identity.hs256, 32, "Shared secrets of JWTs."),
    SECRETS("identity", "rs256", identity.rs256, 1, "Public keys of JWTs, PEM."),
    TEXT("identity", "issuer", identity.issuer, NULL, "What `iss` must be."),
    TEXT("identity", "audience", identity.audience, NULL, "What `aud` must be."),
    DURATION(
        "identity", "leeway", identity.leeway_ms, 0, 300000, "30s", "Clocks may differ by it."),

    NUMBER("limits",
           "requests",
           limits.requests,
           1,
           RCP_REQUESTS_MAX,
           "2048",
           "Payments in progress; one more is answered 503."),
    NUMBER("limits", "retries", limits.retries, 1, RCP_RETRIES_MAX, "256", "Records in progress."),
    NUMBER("limits", "group", limits.group, 1, RCP_GROUP_MAX, "32", "Payments a transaction."),
    NUMBER("limits", "groups", limits.groups, 1, 16, "2", "Transactions at once, of each kind."),
    NUMBER("limits",
           "linger_ms",
           limits.linger_ms,
           0,
           RCP_LINGER_MAX_MS,
           "2",
           "A group that is not full waits so long for company."),
    NUMBER("limits", "page", limits.page, 1, RCP_PAGE_MAX, "32", "Rows claimed or swept at once."),
    NUMBER("limits", "sends", limits.sends, 1, RCP_PAGE_MAX, "32", "Claimed rows on their way."),
    NUMBER("limits",
           "claims_per_minute",
           claims_per_minute,
           1,
           10000000,
           "6000",
           "Rows claimed by all nodes together; the same on all."),
    NUMBER("limits", "partitions", limits.partitions, 1, RCP_PARTITIONS_MAX, "4", "Of the topic."),
    NUMBER("limits", "window", limits.window, 1, RCP_WINDOW_MAX, "64", "Records at work in each."),
    NUMBER("limits", "orders", limits.orders, 0, RCP_ORDERS_MAX, "256", "Orders in progress."),
    NUMBER("limits", "settles", limits.settles, 0, RCP_PAGE_MAX, "16", "Reconciled at once."),
    NUMBER("limits", "pg_calls", limits.pg_calls, 0, RCP_PG_CALLS_MAX, "64", "To the PG at once."),
};

const uint32_t rcp_config_key_count = sizeof rcp_config_keys / sizeof rcp_config_keys[0];

static_assert(sizeof rcp_config_keys / sizeof rcp_config_keys[0] <= RCP_CONFIG_KEYS_MAX,
              "a reader remembers where each key was given");
