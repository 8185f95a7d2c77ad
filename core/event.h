/* What goes into the core: one event at a time, each with the time at which it is stepped. */
#ifndef RCP_CORE_EVENT_H
#define RCP_CORE_EVENT_H

#include "core/gateway/pg.h"
#include "core/order/order_script.h"
#include "core/transaction.h"

#include <stdbool.h>

enum rcp_event_kind {
    RCP_EVENT_NONE,        /* Zeroed memory; never a valid event. */
    RCP_EVENT_START,       /* First event of an incarnation. */
    RCP_EVENT_STOP,        /* Stop gracefully: no new work, unsent rows go back. */
    RCP_EVENT_TIMER,       /* The time reported by rcp_node_deadline() has come. */
    RCP_EVENT_REQUEST,     /* A client asked for something. */
    RCP_EVENT_REDIS_DONE,  /* Redis answered, or its answer will never be known. */
    RCP_EVENT_MYSQL_DONE,  /* A script ended, or its end will never be known. */
    RCP_EVENT_SENT,        /* Delivery report of one record. */
    RCP_EVENT_ASSIGNED,    /* A partition is ours from now on. */
    RCP_EVENT_REVOKED,     /* A partition is no longer ours. */
    RCP_EVENT_RECORD,      /* A record came; ends the fetch of its partition. */
    RCP_EVENT_OFFSET_DONE, /* An offset commit ended. */
    RCP_EVENT_PG_DONE,     /* The payment gateway answered, or its answer will never be known. */
    RCP_EVENT_OPERATE,     /* An operator holds a worker or a circuit, or lets go of it. */
    RCP_EVENT_KIND_COUNT
};

/* The end of every effect. UNKNOWN: it may have happened, or may yet. */
enum rcp_outcome {
    RCP_OUTCOME_DONE,
    RCP_OUTCOME_REFUSED, /* surely did not happen, and will not */
    RCP_OUTCOME_UNKNOWN,
    RCP_OUTCOME_COUNT
};

/* Why a script was refused: the error classes of POLICIES.md. */
enum rcp_error_class {
    RCP_ERROR_NONE,
    RCP_ERROR_CONNECTION, /* no connection, too many, read only, lost before COMMIT was sent */
    RCP_ERROR_CONTENTION, /* 1205 lock wait timeout, 1213 deadlock */
    RCP_ERROR_HANDLER, /* the statement itself cannot succeed: data, constraint, missing activity */
    RCP_ERROR_CLASS_COUNT
};

struct rcp_start {
    uint32_t node;        /* which instance; names it in owners and jitter */
    uint32_t incarnation; /* grows with each start of this instance; 1 or more */
};

enum rcp_request_kind {
    RCP_REQUEST_PROCESS, /* POST /api/v1/payments/process {"token"} */
    RCP_REQUEST_STATUS,  /* GET the payment's status */
    RCP_REQUEST_REJECT,  /* operator: reject this reservation */

    /* The second document: these go by `order`. */
    RCP_REQUEST_ORDER,        /* POST /api/v1/orders */
    RCP_REQUEST_CALLBACK,     /* POST /api/v1/payments/callback, by the PG or whoever says so */
    RCP_REQUEST_ORDER_STATUS, /* GET the order's payment */
    RCP_REQUEST_ORDER_ASK,    /* operator: ask the PG about this order now */
    RCP_REQUEST_ORDER_FAIL,   /* operator: this order's payment has failed; compensate */

    /* The first document again; new kinds come last, since recordings have their numbers. */
    RCP_REQUEST_RETRY, /* operator: try this parked payment once more, as if it had just failed */
    RCP_REQUEST_PARK,  /* operator: try this payment no more until a person says so */
    RCP_REQUEST_KIND_COUNT
};

/* What works beside requests, and may be paused. What a paused worker has in hand is brought to its end;
 * nothing new is taken up. A restart forgets it, and a graceful stop goes on all the same. */
enum rcp_worker {
    RCP_WORKER_SCHEDULER, /* PaymentRecoveryScheduler: no row is claimed */
    RCP_WORKER_CONSUMER, /* PaymentRetryConsumer: no record is fetched; one that comes all the same waits */
    RCP_WORKER_SWEEP,     /* no token is released or renewed, no parked payment told of */
    RCP_WORKER_RECONCILE, /* PaymentScheduler: no order is asked about, no refund sent */
    RCP_WORKER_COUNT
};

/* The circuits to the PG. */
enum rcp_circuit {
    RCP_CIRCUIT_PAY,   /* PAY and REFUND */
    RCP_CIRCUIT_QUERY, /* LIST and GET */
    RCP_CIRCUIT_COUNT
};

enum rcp_operation {
    RCP_OPERATE_PAUSE,        /* the worker */
    RCP_OPERATE_RESUME,       /* the worker */
    RCP_OPERATE_FORCE_OPEN,   /* the circuit: no call goes out */
    RCP_OPERATE_FORCE_CLOSED, /* the circuit: every call goes out */
    RCP_OPERATE_AUTOMATIC,    /* the circuit: by what its calls come to, from now on */
    RCP_OPERATION_COUNT
};

/* Doing one of them again changes nothing. */
struct rcp_operate {
    enum rcp_operation operation;
    enum rcp_worker worker;   /* PAUSE, RESUME */
    enum rcp_circuit circuit; /* the others */
};

/* What a request of the second document says. Which fields matter is its kind's business. */
struct rcp_order_request {
    struct rcp_cart cart; /* ORDER */
    uint64_t request_key; /* ORDER: Idempotency-Key, as a handle; 0 none */
    uint64_t body_hash;   /* ORDER: of what was asked under that key */
    uint64_t order_id;    /* all others; CALLBACK: as it says, 0 where it does not decode */
    uint64_t pg_key;      /* CALLBACK: transactionKey, as it says */
    uint8_t status;       /* CALLBACK: enum rcp_pg_status, as it says */
    uint8_t reason;       /* CALLBACK: enum rcp_pg_reason, as it says */
    uint8_t mac;          /* CALLBACK: 1 where its signature is the PG's */
    uint8_t spare[5];     /* zero */
};

struct rcp_request {
    uint64_t request_id; /* the host's name for the open exchange; never 0 */
    uint64_t user_id;    /* authenticated; 0 where nobody is logged in */
    struct rcp_token token;
    enum rcp_request_kind kind;
    const struct rcp_order_request
        *order; /* second document: what it says; the caller's, for this step only */
};

struct rcp_redis_done {
    uint64_t op_id;
    enum rcp_outcome outcome;
    bool found;                 /* DONE: the key was there (GET, DEL, EXPIRE) */
    bool readable;              /* DONE, GET, found: the value decodes to payload */
    struct rcp_payload payload; /* DONE, GET, found, readable */
};

struct rcp_mysql_done {
    uint64_t op_id;
    enum rcp_outcome outcome;
    enum rcp_error_class error; /* REFUSED: why */
    uint32_t session;    /* the connection used: open after LEAVE_OPEN, to KILL after UNKNOWN */
    bool others_succeed; /* REFUSED: other scripts of this node succeeded meanwhile */
    bool more;           /* CLAIM, SWEEP, DUE: the page was full */
    uint32_t row_count;
    const struct rcp_tx_row
        *rows; /* the script's rows with verdicts; the caller's, for this step only */
    const struct rcp_order_row *orders; /* the same for an order script */
};

struct rcp_sent {
    uint64_t op_id;
    enum rcp_outcome outcome;
};

/* A record of topic axon.payment.retry, decoded by the adapter. */
struct rcp_retry_record {
    struct rcp_payload payload;
    uint64_t token;
    uint64_t origin;  /* trace id */
    uint32_t row_id;  /* 0: a direct record, no row behind it */
    uint32_t epoch;   /* claim under which it was sent */
    uint8_t attempt;  /* failed attempts before this send */
    uint8_t usable;   /* 0: does not decode */
    uint8_t mac;      /* 1: carries a valid MAC by this service */
    uint8_t alone;    /* wants to be tried alone */
    uint8_t spare[4]; /* zero */
};

struct rcp_partition_event {
    uint32_t partition;
    uint32_t assignment; /* grows with each rebalance; names one ownership of the partition */
};

struct rcp_record_event {
    uint64_t offset;
    struct rcp_retry_record record;
    uint32_t partition;
    uint32_t assignment;
};

struct rcp_offset_done {
    uint32_t partition;
    uint32_t assignment;
    enum rcp_outcome outcome;
};

/* The end of one try. What is known of it is `answer`; what it means is core/gateway/answer_table.c. */
struct rcp_pg_done {
    uint64_t op_id;
    enum rcp_pg_answer answer;
    uint32_t retry_after_ms; /* TOO_MANY: as the PG says; 0 where it does not */
    bool more;               /* LIST: there are more than RCP_PG_TRANSACTIONS_MAX */
    uint32_t count;          /* OK: 1 for PAY, GET and REFUND; LIST: 1 or more, newest first */
    const struct rcp_pg_transaction *transactions; /* the caller's, for this step only */
};

struct rcp_event {
    uint64_t mono_ms; /* Drives deadlines. Never goes backwards. */
    uint64_t wall_ms; /* Only written down. May jump. */
    enum rcp_event_kind kind;
    union {
        struct rcp_start start;
        struct rcp_request request;
        struct rcp_redis_done redis_done;
        struct rcp_mysql_done mysql_done;
        struct rcp_sent sent;
        struct rcp_partition_event partition; /* ASSIGNED, REVOKED */
        struct rcp_record_event record;
        struct rcp_offset_done offset_done;
        struct rcp_pg_done pg_done;
        struct rcp_operate operate;
    };
};

#endif
