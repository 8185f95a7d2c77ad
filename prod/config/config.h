/* What one recoupd is told: one YAML file, read once at the start. docs/OPERATIONS.md explains each key. */
#ifndef RCP_PROD_CONFIG_CONFIG_H
#define RCP_PROD_CONFIG_CONFIG_H

#include "core/node.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RCP_CONFIG_TEXT_MAX    255u  /* characters of a text */
#define RCP_CONFIG_SECRET_MAX  8192u /* bytes of a secret: a PEM key has about 3,000 */
#define RCP_CONFIG_SECRETS_MAX 4u    /* the one in use, and those that are being rotated out */

struct rcp_config_text {
    char at[RCP_CONFIG_TEXT_MAX + 1u]; /* "": not given */
};

/* Never in the file itself: `x_file: PATH` or `x_env: NAME`. One line end behind it does not belong to it. */
struct rcp_secret {
    uint32_t size;                                   /* bytes; 0: not given */
    unsigned char bytes[RCP_CONFIG_SECRET_MAX + 1u]; /* ended by a NUL */
};

struct rcp_secrets {
    uint32_t count;
    struct rcp_secret list[RCP_CONFIG_SECRETS_MAX];
};

/* TLS to one dependency. */
struct rcp_config_tls {
    uint32_t on;
    struct rcp_config_text ca;          /* PEM: who may vouch for it; "": whom the system trusts */
    struct rcp_config_text certificate; /* PEM: who we are; "": nobody asks */
    struct rcp_config_text key;
};

struct rcp_config_http {
    struct rcp_config_text listen; /* ADDRESS:PORT; "": no TCP */
    struct rcp_config_text
        socket; /* path; whoever can open it is believed to be X-USER-ID; "": none */
    struct rcp_config_text
        inside; /* ADDRESS:PORT for /metrics and health alone; "": with the others */
    struct rcp_config_text certificate; /* PEM; "": plain HTTP */
    struct rcp_config_text key;
    uint32_t threads;
    uint32_t connections;
    uint32_t connections_per_address;
    uint32_t exchanges; /* requests open at once; one more is answered 503 */
};

struct rcp_config_redis {
    struct rcp_config_text address; /* HOST:PORT, or a path */
    struct rcp_config_text user;
    struct rcp_secret password;
    struct rcp_config_tls tls;
    uint32_t database;
};

struct rcp_config_mysql {
    struct rcp_config_text address; /* HOST:PORT, or a path */
    struct rcp_config_text user;
    struct rcp_secret password;
    struct rcp_config_text database;
    struct rcp_config_tls tls;
    uint32_t connections;
    uint32_t migrate; /* 1: missing migrations are made at the start */
};

struct rcp_config_kafka {
    struct rcp_config_text brokers; /* HOST:PORT,HOST:PORT */
    struct rcp_config_text topic;
    struct rcp_config_text group;
    struct rcp_config_text user; /* SASL/SCRAM; "": none */
    struct rcp_secret password;
    struct rcp_config_tls tls;
    uint32_t replicas; /* what the promises need of the topic */
    uint32_t min_in_sync;
    uint64_t session_ms; /* a member that is silent for longer loses its partitions */
};

/* For how long what is done with is kept (prod/mysql/retention.h). */
struct rcp_config_retention {
    uint64_t
        backup_ms; /* age of the oldest backup that may be restored; the others are not below it */
    uint64_t rows_ms;
    uint64_t records_ms;
    uint64_t keys_ms;
    uint32_t batch;
    uint64_t pause_ms;
};

struct rcp_config_pg {
    struct rcp_config_text url;
    struct rcp_config_text callback_url;
    struct rcp_config_text ca;
    struct rcp_secret callback_key; /* of the signature on callbacks; none: they are not signed */
    uint32_t refunds;               /* 1: it has our refund call */
};

struct rcp_config_identity {
    struct rcp_secrets hs256;
    struct rcp_secrets rs256;
    struct rcp_config_text issuer;
    struct rcp_config_text audience;
    uint64_t leeway_ms;
};

struct rcp_config {
    uint32_t number;              /* of the first node of this process */
    uint32_t nodes;               /* loops, a thread each */
    struct rcp_config_text state; /* a folder of its own: what must outlive a restart */
    uint32_t documented;          /* 1: the documented policy, for tests */
    uint32_t weak_durability;     /* 1: serve, though a dependency may lose what it acknowledged */
    uint64_t grace_ms;            /* of a stop */
    uint64_t seed;                /* of the jitter: the same on all instances */
    struct rcp_limits limits;
    uint32_t claims_per_minute; /* failure rows, by all nodes together: the same on all instances */
    struct rcp_config_http http;
    struct rcp_config_redis redis;
    struct rcp_config_mysql mysql;
    struct rcp_config_kafka kafka;
    struct rcp_config_retention retention;
    struct rcp_config_pg pg;
    struct rcp_config_identity identity;
    struct rcp_secrets token_keys;    /* of reservation tokens */
    struct rcp_secrets record_keys;   /* of records on the topic */
    struct rcp_secret handle_key;     /* of handles: the same on all instances, 16 bytes or more */
    struct rcp_config_text operators; /* path of the socket for `recoupd ctl`; "": none */
    struct rcp_config_text record;    /* folder of the flight recorder; "": none */
};

/* Reads the file over the defaults. False where anything is wrong: then `wrong` says file:line:column, what,
 * and what is allowed. The config is large: keep it on the heap. */
bool rcp_config_read(const char *path, struct rcp_config *config, char *wrong, size_t wrong_size);

/* Overwrites all secrets, and the rest. */
void rcp_config_wipe(struct rcp_config *config);

/* The effective configuration as YAML that rcp_config_read() takes, secrets left out. */
void rcp_config_print(const struct rcp_config *config,
                      void *context,
                      void (*line)(void *context, const char *text));

#endif
