/* What is done with is deleted when it is old enough: in small batches, each a transaction of its own, by one
 * process at a time (GET_LOCK), in a thread with a session of its own.
 *
 * Only what nothing asks for any more. Failure rows that are resolved: their entry is final, and entries stay.
 * Parked records that a person was told of. Idempotency keys that no longer hold (POLICIES.md): a key holds for a day,
 * and until its order is settled. Entries, orders, payments and refunds are never deleted here, nor are parked rows. */
#ifndef RCP_PROD_MYSQL_RETENTION_H
#define RCP_PROD_MYSQL_RETENTION_H

#include "prod/mysql/session.h"

enum rcp_retained {
    RCP_RETAINED_ROWS,    /* payment_failure_log */
    RCP_RETAINED_RECORDS, /* payment_parked_record */
    RCP_RETAINED_KEYS,    /* idempotency_keys */
    RCP_RETAINED_COUNT
};

struct rcp_retention_options {
    struct rcp_session_options session;
    uint64_t keep_ms
        [RCP_RETAINED_COUNT]; /* by the database's clock; for ROWS since they were resolved */
    uint32_t batch;           /* rows a transaction, 1 or more */
    uint64_t pause_ms;        /* between two batches; less than RCP_SESSION_IDLE_S */
    uint64_t every_ms;        /* between two rounds */
};

struct rcp_retention;

/* Begins rounds in a thread of its own. NULL where threads or memory are short. */
struct rcp_retention *rcp_retention_begin(const struct rcp_retention_options *options);

/* Stops behind the batch that runs, and frees it; NULL is allowed. */
void rcp_retention_end(struct rcp_retention *retention);

/* Any thread: rows deleted of this table, by this process, since it began. */
uint64_t rcp_retention_deleted(const struct rcp_retention *retention, enum rcp_retained what);

#endif
