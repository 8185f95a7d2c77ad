/* The retry topic's own settings: looked at before a node starts, made where there is no topic yet. These calls
 * wait for the brokers, so they are not for a loop's thread. */
#ifndef RCP_PROD_KAFKA_TOPIC_ADAPTER_H
#define RCP_PROD_KAFKA_TOPIC_ADAPTER_H

#include "prod/kafka/kafka_adapter.h"

/* What the promises depend on (POLICIES.md, "Assumptions"). */
struct rcp_kafka_durability {
    uint32_t partitions;  /* 0: there is no such topic */
    uint32_t replicas;    /* of the partition that has the fewest */
    uint32_t min_in_sync; /* min.insync.replicas */
    bool unclean;         /* unclean.leader.election.enable: a replica that lags may lead */
    bool
        compacted; /* cleanup.policy has compact: records without a key are refused, others vanish */
    int64_t retention_ms; /* retention.ms; -1: for ever */
};

/* Asks the brokers. False where they do not answer within timeout_ms, or refuse: `wrong` says why. */
bool rcp_kafka_durability(const struct rcp_kafka_access *access,
                          const char *topic,
                          uint32_t timeout_ms,
                          struct rcp_kafka_durability *durability,
                          char wrong[RCP_KAFKA_WRONG_MAX]);

/* NULL, or why so few copies are weaker than the promises need, as a constant text. */
const char *rcp_kafka_few_copies(uint32_t replicas, uint32_t min_in_sync);

/* NULL, or what is weaker than this service was told to expect or than the promises need, as a constant text. A
 * rewind goes back as far as rewind_ms. */
const char *rcp_kafka_weakness(const struct rcp_kafka_durability *durability,
                               uint32_t replicas,
                               uint32_t min_in_sync,
                               uint64_t rewind_ms);

/* Makes the topic: records are kept for a week, as documented (FACTS 0.8), or for rewind_ms where that is longer.
 * True as well where it is there already. */
bool rcp_kafka_create_topic(const struct rcp_kafka_access *access,
                            const char *topic,
                            uint32_t partitions,
                            uint32_t replicas,
                            uint32_t min_in_sync,
                            uint64_t rewind_ms,
                            uint32_t timeout_ms,
                            char wrong[RCP_KAFKA_WRONG_MAX]);

#endif
