/* librdkafka's statistics (its STATISTICS.md), as far as anybody here wants to know. */
#ifndef RCP_PROD_KAFKA_STATISTICS_H
#define RCP_PROD_KAFKA_STATISTICS_H

#include "core/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rcp_kafka_statistics {
    bool reached; /* a broker is connected */
    uint64_t
        lag[RCP_PARTITIONS_MAX]; /* of each partition: records behind which nothing is committed */
};

/* Reads the JSON of a statistics event; false where it is not one, then *statistics is all zero. */
bool rcp_kafka_statistics_read(const char *json,
                               size_t size,
                               const char *topic,
                               struct rcp_kafka_statistics *statistics);

#endif
