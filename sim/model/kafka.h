/* Kafka: topic axon.payment.retry, its partitions, and the consumer group axon-payment-retry-group. */
#ifndef RCP_SIM_MODEL_KAFKA_H
#define RCP_SIM_MODEL_KAFKA_H

#include "sim/model/link.h"

/* A node's producer takes a record. */
void rcp_kafka_send(struct rcp_sim *sim,
                    const struct rcp_issue *issue,
                    const struct rcp_send_effect *effect);

/* The record reaches the broker. True where the producer's process dies of it (CRASH_APPLIED). */
bool rcp_kafka_append(struct rcp_sim *sim, const struct rcp_pending *pending);

/* Writes a record as nobody's producer would: unusable, or forged. */
void rcp_kafka_inject(struct rcp_sim *sim, uint32_t payment, bool usable);

/* A consumer asks for the next record of a partition. */
void rcp_kafka_fetch(struct rcp_sim *sim, uint32_t node, const struct rcp_fetch_effect *effect);

/* The record reaches the consumer: *event is what its node steps. False where it no longer asks. */
bool rcp_kafka_deliver(struct rcp_sim *sim,
                       const struct rcp_pending *pending,
                       struct rcp_event *event);

void rcp_kafka_commit_issue(struct rcp_sim *sim,
                            const struct rcp_issue *issue,
                            const struct rcp_commit_offset_effect *effect);
bool rcp_kafka_commit_apply(struct rcp_sim *sim, const struct rcp_pending *pending);

/* The group's members have changed, or the coordinator says so: partitions move. */
void rcp_kafka_rebalance(struct rcp_sim *sim);

/* One partition goes to the next member, maybe the same one: what is not committed is delivered again. */
void rcp_kafka_reassign(struct rcp_sim *sim, uint32_t partition);

/* Deliveries start again: after an outage, a lag, a fetch, an append. */
void rcp_kafka_kick(struct rcp_sim *sim, uint32_t partition);

/* Records older than this are gone. */
void rcp_kafka_cut(struct rcp_sim *sim, uint64_t older_than_ms);

#endif
