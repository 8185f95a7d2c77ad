/* Kafka behind the core's ports: retry records are sent to one topic, and read from it in a consumer group.
 *
 * Sending is by an idempotent producer with acks=all. Outcomes (core/event.h). DONE: every in-sync replica has
 * it; with RCP_ACKS_HANDED (documented): the library has taken it. REFUSED: it never reached a broker, or no
 * broker kept it. UNKNOWN: a broker may have it, or may yet get it within options.timeout_ms. What still waits
 * in the library's queue when nine tenths of its time are over is taken back, so that a broker that is simply
 * not there refuses. A producer that cannot go on (a fatal error) is replaced by another, and so is a consumer.
 *
 * Reading: a FETCH is answered by one RECORD, out of a short queue per partition; while that queue is long the
 * partition is paused. Offsets are committed when the core says so and never otherwise. Assignment numbers
 * grow; REVOKED is stepped before the group hears that the partition is free. */
#ifndef RCP_PROD_KAFKA_KAFKA_ADAPTER_H
#define RCP_PROD_KAFKA_KAFKA_ADAPTER_H

#include "prod/kafka/retry_record.h"
#include "prod/loop/loop.h"

#include <stdbool.h>
#include <stdint.h>

/* How to reach the brokers. The texts are the caller's, for the call that takes them. */
struct rcp_kafka_access {
    const char *brokers;  /* HOST:PORT,HOST:PORT */
    const char *client;   /* how we are called in the brokers' logs */
    const char *user;     /* SASL, SCRAM-SHA-512; NULL: none */
    const char *password; /* with the user */
    const char *ca;       /* TLS, PEM: who may vouch for a broker; NULL: whom the system trusts */
    const char *certificate; /* TLS, PEM: who we are; NULL: nobody asks */
    const char *key;         /* with the certificate */
    bool tls;
};

struct rcp_kafka_options {
    struct rcp_kafka_access access;
    const char *topic;
    const char *group;
    struct rcp_record_keys keys;
    uint32_t partitions; /* the topic has not more: limits.partitions */
    uint32_t sends_max;  /* records on their way; one more is refused */
    uint32_t
        timeout_ms; /* after it a record that nobody took is given up; at least that of any SEND */
    uint32_t session_timeout_ms; /* a member that is not heard for so long loses its partitions */
    void *log_context;
    /* What the library has to say, on the loop's thread; NULL: nobody listens. Levels are syslog's. */
    void (*log)(void *context, int level, const char *text);
};

#define RCP_KAFKA_WRONG_MAX 512u

struct rcp_kafka;

/* For a loop that is not running yet. NULL where an option is wrong, and then `wrong` says which, or where
 * memory or descriptors are short. Waits for the brokers for a second; they need not be there yet. */
struct rcp_kafka *rcp_kafka_open(struct rcp_loop *loop,
                                 const struct rcp_kafka_options *options,
                                 char wrong[RCP_KAFKA_WRONG_MAX]);

/* Where RCP_EFFECT_SEND, RCP_EFFECT_FETCH and RCP_EFFECT_COMMIT_OFFSET go. */
struct rcp_port rcp_kafka_send_port(struct rcp_kafka *kafka);
struct rcp_port rcp_kafka_fetch_port(struct rcp_kafka *kafka);
struct rcp_port rcp_kafka_commit_port(struct rcp_kafka *kafka);

/* The loop's thread, after the loop has run and before rcp_loop_free(), which lets go of the memory. Leaves the
 * group, so that another member takes over at once. Waits for that as long as wait_ms; the library itself gives a
 * broker that holds the connection and says nothing five seconds. */
void rcp_kafka_close(struct rcp_kafka *kafka, uint32_t wait_ms);

/* The loop's thread. The value of a record that was handed to the core unusable or unsigned, until its offset
 * is committed or its partition revoked: for whoever parks it. False where it is not kept. */
bool rcp_kafka_value(const struct rcp_kafka *kafka,
                     uint32_t partition,
                     uint64_t offset,
                     const char **value,
                     size_t *size);

struct rcp_kafka_health {
    bool ready;          /* a broker can be talked to, and takes records */
    const char *trouble; /* not ready: why, as a constant text; else "" */
    uint32_t assigned;   /* partitions that are ours */
    uint64_t lag;        /* records in them behind which nothing is committed; some seconds old */
    uint64_t done;       /* sends that ended so, ever */
    uint64_t refused;
    uint64_t unknown;
    uint64_t records;   /* handed to the core, ever */
    uint64_t producers; /* made, ever: more than 1 where one had a fatal error */
    uint32_t in_flight; /* sends */
    uint32_t waiting;   /* records that have come and are not fetched yet */
};

/* Any thread. */
struct rcp_kafka_health rcp_kafka_health(const struct rcp_kafka *kafka);

#endif
