/* The retry topic once more since some moment, after its database was restored to it.
 *
 * Rows and entries since then are gone, and their ids will be given again: a record that names its row would meet
 * none, or another payment's. So what was sent since then is sent again behind all that is there, each record of
 * ours as a direct one: row 0, the payment's only trace. It is approved where it is not yet, else logged in a row of
 * its own, and a fence that came first is told to a person (core/recovery/retry_table.c). What is not ours goes as
 * it came, to be parked again. Then the group goes on with the first of them: committed offsets move behind all
 * that was there, once every broker in sync has the copies. A run that is cut short has moved nothing, and another
 * one only repeats what is approved once in any case.
 *
 * Offsets change only while nobody is in the group. Calls wait for the brokers: not for a loop's thread. */
#ifndef RCP_PROD_KAFKA_REWIND_ADAPTER_H
#define RCP_PROD_KAFKA_REWIND_ADAPTER_H

#include "prod/kafka/kafka_adapter.h"

struct rcp_rewind_options {
    struct rcp_kafka_access access;
    const char *topic;
    const char *group;
    struct rcp_record_keys keys; /* all that signed since then; the first one signs the copies */
    uint64_t from_ms; /* records of this moment and later, by their brokers' or senders' clocks */
    uint32_t timeout_ms; /* for each answer, and for each record to arrive */
};

struct rcp_rewind_report {
    uint32_t partitions;
    uint64_t ours;   /* records that were sent again as direct ones */
    uint64_t others; /* and as they came */
    bool cut;        /* that moment is further back than the topic keeps records */
};

/* False where nothing was moved: `wrong` says why. */
bool rcp_kafka_rewind(const struct rcp_rewind_options *options,
                      struct rcp_rewind_report *report,
                      char wrong[RCP_KAFKA_WRONG_MAX]);

#endif
