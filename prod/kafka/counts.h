/* What producer and consumer count and note for whoever watches from another thread. */
#ifndef RCP_PROD_KAFKA_COUNTS_H
#define RCP_PROD_KAFKA_COUNTS_H

#include "core/event.h"

#include <stdatomic.h>

struct rcp_kafka_counts {
    atomic_bool reached;            /* a broker was connected when it was looked at last */
    atomic_uint_fast64_t failed_ms; /* when a send failed, if none has succeeded since; else 0 */
    atomic_bool too_many;           /* a partition beyond our limit was assigned to us */
    atomic_bool not_taken;          /* the brokers do not let us into the group */
    atomic_bool topic_missing;      /* the brokers do not know the topic */
    atomic_uint assigned;
    atomic_uint in_flight;
    atomic_uint waiting; /* records that have come and are not fetched */
    atomic_uint_fast64_t lag;
    atomic_uint_fast64_t records;
    atomic_uint_fast64_t producers;
    atomic_uint_fast64_t ends[RCP_OUTCOME_COUNT];
};

#endif
