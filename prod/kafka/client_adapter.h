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

/* From now on this pipe is written to when the queue gets its first event; at once, too, for those that it has already:
 * the library would not write while they stay. `wake_fd` does not block, and stays open as long as the queue. */
void rcp_kafka_wake(rd_kafka_queue_t *queue, int wake_fd);

/* The next event of this type, out of a client's queue; what else comes is dropped. NULL where none comes in time.
 * Freed by the caller. */
rd_kafka_event_t *rcp_kafka_wait(rd_kafka_queue_t *queue,
                                 rd_kafka_event_type_t type,
                                 int timeout_ms);

/* Options of an administrator's request; freed by the caller. */
rd_kafka_AdminOptions_t *rcp_kafka_admin(rd_kafka_t *client,
                                         rd_kafka_admin_op_t op,
                                         int timeout_ms);

#define RCP_MESSAGE_HEADERS_MAX 64u /* looked at; a message that has more is not ours */

/* The headers of a message that has come, pointing into it; none where there are more than that. */
void rcp_kafka_headers_read(const rd_kafka_message_t *message,
                            struct rcp_record_header headers[RCP_MESSAGE_HEADERS_MAX],
                            size_t *count);

/* The headers of a record that goes out; the library's, once it has taken the message. */
rd_kafka_headers_t *rcp_kafka_headers_make(const struct rcp_record_out *record);

/* Hands a log event on. */
void rcp_kafka_tell_log(const struct rcp_kafka_options *options, rd_kafka_event_t *event);

#endif
