/* What every client of the brokers is made of: librdkafka's settings, and its log. Seen by prod/kafka's adapters
 * alone. */
#ifndef RCP_PROD_KAFKA_CLIENT_ADAPTER_H
#define RCP_PROD_KAFKA_CLIENT_ADAPTER_H

#include "prod/kafka/kafka_adapter.h"

#include <librdkafka/rdkafka.h>

/* A setting of librdkafka, by its own name (its CONFIGURATION.md). */
struct rcp_kafka_setting {
    const char *name;
    const char *value; /* NULL: leave it as it is */
};

/* Makes a client of this type with these settings, ended by one without a name, and these events in its queue
 * (RD_KAFKA_EVENT_…). NULL where a setting is wrong: `wrong` says which. */
rd_kafka_t *rcp_kafka_client(rd_kafka_type_t type,
                             const struct rcp_kafka_access *access,
                             const struct rcp_kafka_setting settings[],
                             int events,
                             char wrong[RCP_KAFKA_WRONG_MAX]);

/* Hands a log event on. */
void rcp_kafka_tell_log(const struct rcp_kafka_options *options, rd_kafka_event_t *event);

#endif
