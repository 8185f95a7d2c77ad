/* The reading half of the Kafka adapter: partitions come and go, records wait in short queues until the core
 * fetches them, offsets are committed. On the loop's thread. */
#ifndef RCP_PROD_KAFKA_CONSUMER_ADAPTER_H
#define RCP_PROD_KAFKA_CONSUMER_ADAPTER_H

#include "prod/kafka/client_adapter.h"
#include "prod/kafka/counts.h"

struct rcp_consumer;

/* The options and counts outlive it; a byte is written to wake_fd whenever rcp_consumer_serve() has something
 * to do. NULL where an option is wrong (`wrong` says which) or memory is short. */
struct rcp_consumer *rcp_consumer_open(struct rcp_loop *loop,
                                       const struct rcp_kafka_options *options,
                                       struct rcp_kafka_counts *counts,
                                       int wake_fd,
                                       char wrong[RCP_KAFKA_WRONG_MAX]);

/* Leaves the group, within about wait_ms. Letters of the loop may still come back to it, until it is freed. */
void rcp_consumer_close(struct rcp_consumer *consumer, uint32_t wait_ms);
void rcp_consumer_free(struct rcp_consumer *consumer);

/* From a port's issue(). */
void rcp_consumer_fetch(struct rcp_consumer *consumer, const struct rcp_fetch_effect *fetch);
void rcp_consumer_commit(struct rcp_consumer *consumer,
                         const struct rcp_commit_offset_effect *commit);

/* Takes what has come, and steps it; true where there may be more. */
bool rcp_consumer_serve(struct rcp_consumer *consumer);

/* When rcp_consumer_tick() is wanted next, by rcp_mono_ms(); UINT64_MAX: never. It makes another client where the
 * last one had a fatal error. */
uint64_t rcp_consumer_due_ms(const struct rcp_consumer *consumer);
void rcp_consumer_tick(struct rcp_consumer *consumer);

/* As rcp_kafka_value(). */
bool rcp_consumer_value(const struct rcp_consumer *consumer,
                        uint32_t partition,
                        uint64_t offset,
                        const char **value,
                        size_t *size);

/* For tests, which give it errors that no broker can be made to give. */
rd_kafka_t *rcp_consumer_client(struct rcp_consumer *consumer);

#endif
