/* What comes out of the core: the effects of one step. They are independent of each other: any
 * order of execution is correct. What depends on an effect waits for its completion event.
 *
 * Every effect with an op_id is completed exactly once, by an event of the kind named with it, within
 * its timeout_ms as the adapter measures it. op_id 0 means that nobody waits. */
#ifndef RCP_CORE_EFFECT_H
#define RCP_CORE_EFFECT_H

#include "core/event.h"
#include "core/limits.h"

enum rcp_effect_kind {
    RCP_EFFECT_NONE,          /* Zeroed memory; never a valid effect. */
    RCP_EFFECT_REPLY,         /* Answer a request. No completion. */
    RCP_EFFECT_REDIS,         /* -> RCP_EVENT_REDIS_DONE */
    RCP_EFFECT_MYSQL,         /* -> RCP_EVENT_MYSQL_DONE */
    RCP_EFFECT_SEND,          /* -> RCP_EVENT_SENT */
    RCP_EFFECT_FETCH,         /* -> RCP_EVENT_RECORD, or REVOKED of that assignment */
    RCP_EFFECT_COMMIT_OFFSET, /* -> RCP_EVENT_OFFSET_DONE, or REVOKED of that assignment */
    RCP_EFFECT_ALERT,         /* Tell a person. No completion: the sweep repeats it until marked. */
    RCP_EFFECT_PG,            /* -> RCP_EVENT_PG_DONE */
    RCP_EFFECT_ORDER_ALERT, /* Tell a person. No completion: the next pass repeats it until marked. */
    RCP_EFFECT_KIND_COUNT
};

/* HTTP statuses that we answer with (POLICIES.md, "Promises"). */
enum rcp_status {
    RCP_STATUS_NONE = 0,
    RCP_STATUS_OK = 200,
    RCP_STATUS_ACCEPTED = 202,
    RCP_STATUS_BAD_REQUEST = 400,
    RCP_STATUS_UNAUTHORIZED = 401,
    RCP_STATUS_PAYMENT_REQUIRED = 402, /* PAYMENT_FAILED (FACTS 1.8) */
    RCP_STATUS_FORBIDDEN = 403,
    RCP_STATUS_NOT_FOUND = 404, /* never given to the owner of a valid token */
    RCP_STATUS_CONFLICT = 409,
    RCP_STATUS_GONE = 410,
    RCP_STATUS_UNPROCESSABLE = 422, /* the same Idempotency-Key with another body */
    RCP_STATUS_ERROR = 500,         /* documented policy only */
    RCP_STATUS_UNAVAILABLE = 503,
};

/* What a status question, or a 200 or 202, says of the payment. */
enum rcp_payment_state {
    RCP_PAYMENT_UNKNOWN,
    RCP_PAYMENT_APPROVED,
    RCP_PAYMENT_OPEN,
    RCP_PAYMENT_PARKED,
    RCP_PAYMENT_REJECTED,
    RCP_PAYMENT_STATE_COUNT
};

struct rcp_reply {
    uint64_t request_id;
    enum rcp_status status;
    enum rcp_payment_state state;
    uint64_t order_id;             /* second document: the order it is about; 0 where none */
    enum rcp_charge_status charge; /* second document: what is said of its payment */
};

enum rcp_redis_verb {
    RCP_REDIS_GET,    /* GET RESERVATION_TOKEN:{token} */
    RCP_REDIS_DEL,    /* DEL RESERVATION_TOKEN:{token} */
    RCP_REDIS_EXPIRE, /* PEXPIRE RESERVATION_TOKEN:{token} hold_ms */
    RCP_REDIS_VERB_COUNT
};

struct rcp_redis_effect {
    uint64_t op_id;
    uint64_t token;  /* handle */
    uint64_t origin; /* trace id */
    enum rcp_redis_verb verb;
    uint32_t hold_ms; /* EXPIRE */
    uint32_t timeout_ms;
};

struct rcp_mysql_effect {
    uint64_t op_id;
    uint64_t owner; /* CLAIM: who claims; contains node and incarnation */
    enum rcp_script script;
    uint32_t flags;        /* enum rcp_script_flag */
    uint32_t session;      /* FINISH, ABANDON: the session left open; else 0, any connection */
    uint32_t kill_session; /* SETTLE: the session whose COMMIT is unknown */
    uint32_t timeout_ms;
    uint32_t page;      /* CLAIM, SWEEP, DUE: rows at most */
    uint32_t first_row; /* index into rcp_effects.rows, or .orders for an order script */
    uint32_t row_count; /* sorted by key, a key once */
};

enum rcp_acks {
    RCP_ACKS_HANDED, /* completes when the client library has taken it (documented) */
    RCP_ACKS_ALL,    /* completes when all in-sync replicas have it */
    RCP_ACKS_COUNT
};

struct rcp_send_effect {
    uint64_t op_id;
    struct rcp_retry_record record;
    uint64_t key_hash; /* KEYED: picks the partition */
    bool keyed;
    enum rcp_acks acks;
    uint32_t timeout_ms;
};

struct rcp_fetch_effect {
    uint32_t partition;
    uint32_t assignment;
};

struct rcp_commit_offset_effect {
    uint64_t next_offset; /* the first offset not yet done */
    uint32_t partition;
    uint32_t assignment;
};

struct rcp_alert_effect {
    struct rcp_tx_row row; /* the parked row or record */
};

/* One try of a call to the payment gateway. */
struct rcp_pg_effect {
    uint64_t op_id;
    uint64_t user_id;  /* X-USER-ID */
    uint64_t order_id; /* ours: PAY and LIST send it, as text */
    uint64_t key;      /* GET, REFUND: the transaction */
    uint64_t amount;   /* PAY, REFUND */
    uint64_t origin;   /* trace id */
    enum rcp_pg_verb verb;
    bool padded; /* the order id as text has at least 6 characters (FACTS 1.9, 5) */
    uint32_t connect_timeout_ms;
    uint32_t timeout_ms; /* from issue to the end of the answer */
};

struct rcp_order_alert_effect {
    enum rcp_order_alert alert;
    uint64_t order_id;
    uint64_t key; /* REFUND: the transaction */
};

/* Which of the documents' roles acts. */
enum rcp_role {
    RCP_ROLE_NONE,
    RCP_ROLE_PAYMENT,   /* PaymentController and PaymentService, for a request */
    RCP_ROLE_SCHEDULER, /* PaymentRecoveryScheduler */
    RCP_ROLE_CONSUMER,  /* PaymentRetryConsumer and PaymentService, for a record */
    RCP_ROLE_SWEEP,     /* the recovery sweep */
    RCP_ROLE_ORDER,     /* OrderFacade, for a request */
    RCP_ROLE_CALLBACK,  /* PaymentFacade, for a callback */
    RCP_ROLE_RECONCILE, /* PaymentScheduler and PaymentFacade */
    RCP_ROLE_REFUND,    /* the refunds that PaymentResultHandler has written down */
    RCP_ROLE_WORLD,     /* clients, servers, faults */
    RCP_ROLE_COUNT
};

struct rcp_effect {
    enum rcp_effect_kind kind;
    enum rcp_role role; /* who asks for it: for those who watch */
    union {
        struct rcp_reply reply;
        struct rcp_redis_effect redis;
        struct rcp_mysql_effect mysql;
        struct rcp_send_effect send;
        struct rcp_fetch_effect fetch;
        struct rcp_commit_offset_effect commit_offset;
        struct rcp_alert_effect alert;
        struct rcp_pg_effect pg;
        struct rcp_order_alert_effect order_alert;
    };
};

#define RCP_MARKS_MAX 64u

/* A row of one of the core's tables that this step used: what coverage counts. */
struct rcp_mark {
    uint8_t table; /* enum rcp_core_table */
    uint8_t row;
};

/* The core's decision tables; their rows are listed by rcp_core_table_rows(). */
enum rcp_core_table {
    RCP_TABLE_PAYMENT,   /* core/payment/payment_table.c: request state x answer */
    RCP_TABLE_RETRY,     /* core/recovery/retry_table.c: record state x answer */
    RCP_TABLE_ROW,       /* core/recovery/row_table.c: row status x event */
    RCP_TABLE_ORDER,     /* core/order/order_table.c: order flow state x answer */
    RCP_TABLE_PG_ANSWER, /* core/gateway/answer_table.c: verb x answer */
    RCP_TABLE_BREAKER,   /* core/gateway/breaker.c: state x event */
    RCP_TABLE_DECISION,  /* core/order/decision_table.c: charge x PG's answer x age */
    RCP_TABLE_CHARGE,    /* core/order/charge_table.c: charge status x what is done to it */
    RCP_TABLE_REFUND,    /* core/order/refund_table.c: refund status x event */
    RCP_TABLE_COUNT
};

struct rcp_effects {
    uint32_t count;
    uint32_t row_count;
    uint32_t order_count; /* rows of order scripts */
    uint32_t mark_count;  /* marks past RCP_MARKS_MAX are not kept */
    struct rcp_mark marks[RCP_MARKS_MAX];
    struct rcp_effect items[RCP_EFFECTS_MAX];
    struct rcp_tx_row rows[RCP_EFFECT_ROWS_MAX];
    struct rcp_order_row orders[RCP_EFFECT_ORDERS_MAX];
};

#endif
