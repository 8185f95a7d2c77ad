/* The sending half of the Kafka adapter: which outcome each record has, and when. On the loop's thread. */
#ifndef RCP_PROD_KAFKA_PRODUCER_ADAPTER_H
#define RCP_PROD_KAFKA_PRODUCER_ADAPTER_H

#include "prod/kafka/client_adapter.h"
#include "prod/kafka/counts.h"

struct rcp_producer;

/* The options and counts outlive it; a byte is written to wake_fd whenever rcp_producer_serve() has something
 * to do. NULL where an option is wrong (`wrong` says which) or memory is short. */
struct rcp_producer *rcp_producer_open(struct rcp_loop *loop,
                                       const struct rcp_kafka_options *options,
                                       struct rcp_kafka_counts *counts,
                                       int wake_fd,
                                       char wrong[RCP_KAFKA_WRONG_MAX]);

/* Forgets what is on its way. Letters of the loop may still come back to it, until it is freed. */
void rcp_producer_close(struct rcp_producer *producer);
void rcp_producer_free(struct rcp_producer *producer);

/* Sends a record; from a port's issue(). */
void rcp_producer_send(struct rcp_producer *producer, const struct rcp_send_effect *send);

/* Takes what has come, and steps it; true where there may be more. */
bool rcp_producer_serve(struct rcp_producer *producer);

/* When rcp_producer_tick() is wanted next, by rcp_mono_ms(); UINT64_MAX: never. */
uint64_t rcp_producer_due_ms(const struct rcp_producer *producer);
void rcp_producer_tick(struct rcp_producer *producer);

/* For tests, which give it errors that no broker can be made to give. */
rd_kafka_t *rcp_producer_client(struct rcp_producer *producer);

#endif
