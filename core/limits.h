/* Bounds and times of one node: run-time limits, the maxima they may take, and how they relate. */
#ifndef RCP_CORE_LIMITS_H
#define RCP_CORE_LIMITS_H

#include <assert.h>
#include <stdint.h>

#define RCP_REQUESTS_MAX      4096u /* Requests in progress on one node. */
#define RCP_RETRIES_MAX       1024u /* Retry records in progress on one node. */
#define RCP_GROUP_MAX         32u   /* Payments in one transaction. */
#define RCP_LINGER_MAX_MS     100u  /* Wait of a group for company. */
#define RCP_PAGE_MAX          32u   /* Rows in one claim or sweep. */
#define RCP_PARTITIONS_MAX    16u   /* Partitions of the retry topic. */
#define RCP_WINDOW_MAX        64u   /* Records in progress per partition. */
#define RCP_TX_ROWS_MAX       32u   /* Rows in one transaction script. */
#define RCP_EFFECTS_MAX       256u  /* Effects of one step. */
#define RCP_EFFECT_ROWS_MAX   512u  /* Transaction rows of all effects of one step. */
#define RCP_ORDERS_MAX        4096u /* Orders in progress on one node. */
#define RCP_PG_CALLS_MAX      256u  /* Calls to the PG in flight from one node. */
#define RCP_EFFECT_ORDERS_MAX 64u   /* Order rows of all effects of one step. */

static_assert(RCP_GROUP_MAX <= RCP_TX_ROWS_MAX, "a group fits a script");
static_assert(RCP_PAGE_MAX <= RCP_TX_ROWS_MAX, "a page fits a script");

/* What the caller may choose for one node: the payments of the first document, the orders of the second,
 * or both. The limits of what it does not serve are 0, and all others are not. */
struct rcp_limits {
    uint32_t requests; /* flow slots for requests; full is answered 503 */
    uint32_t retries; /* flow slots for retry records, at least `partitions`; full stops fetching */
    uint32_t group;   /* payments in one transaction */
    uint32_t groups;  /* transactions in flight per script */
    uint32_t linger_ms;  /* a group that is not full waits so long for company; 0: not at all */
    uint32_t page;       /* rows claimed or swept at once (documented: 10) */
    uint32_t sends;      /* claimed rows on their way to the broker at once */
    uint32_t partitions; /* of the retry topic */
    uint32_t window;     /* records in progress per partition */

    /* The second document. */
    uint32_t orders;   /* flow slots for order requests, callbacks and operators; full is 503 */
    uint32_t settles;  /* charges and refunds that one pass works on at once: the page of DUE */
    uint32_t pg_calls; /* bulkhead: calls to the PG in flight; full is a call not made */
};

/* NULL where every limit lies within its bounds, else the name of the one that does not. */
const char *rcp_limits_refusal(const struct rcp_limits *limits);

#define RCP_REQUEST_DEADLINE_MS 5000u /* One deadline across Redis, entry, log and Kafka. */
#define RCP_REDIS_TIMEOUT_MS    500u
#define RCP_MYSQL_TIMEOUT_MS    1000u
#define RCP_LOCK_WAIT_MS        600u /* innodb_lock_wait_timeout of our sessions. */
#define RCP_KAFKA_TIMEOUT_MS    1000u

static_assert(RCP_LOCK_WAIT_MS < RCP_MYSQL_TIMEOUT_MS, "a lock wait ends before its read timeout");
static_assert(RCP_LINGER_MAX_MS * 10u <= RCP_MYSQL_TIMEOUT_MS,
              "company is not waited for as long as the transaction itself may take");
static_assert(2u * RCP_REDIS_TIMEOUT_MS + 3u * RCP_MYSQL_TIMEOUT_MS + RCP_KAFKA_TIMEOUT_MS <=
                  RCP_REQUEST_DEADLINE_MS,
              "token, entry, settle, log, direct record and hold fit one request");

#define RCP_PERIOD_MS        60000u /* The recovery scheduler's tick (FACTS 0.7). */
#define RCP_SWEEP_MS         60000u /* The sweep's tick: tokens to release or renew, alerts to raise. */
#define RCP_SWEEP_AGE_MS     30000u    /* What is younger is still in its own flow's hands. */
#define RCP_LEASE_MS         120000u   /* First lease of a claimed row; doubles with each send. */
#define RCP_LEASE_SHIFT_MAX  6u        /* Longest lease: RCP_LEASE_MS << 6, that is 128 minutes. */
#define RCP_RATE_PER_MINUTE  6000u     /* Rows claimed per minute by all nodes together. */
#define RCP_BACKOFF_MS       60000u    /* First backoff: 1 2 4 8 16 minutes. */
#define RCP_ATTEMPTS_MAX     5u        /* Failed attempts after which a row is parked. */
#define RCP_SENDS_MAX        24u       /* Sends after which a row is parked. */
#define RCP_AGE_MAX_MS       86400000u /* A row open longer is parked. */
#define RCP_CONTENTION_TRIES 3u        /* Repeats of a transaction refused by 1205 or 1213. */
#define RCP_RETRY_PAUSE_MS   2000u /* A record with no durable place yet is tried again after this. */

#define RCP_TOKEN_TTL_MS   300000u   /* A token's life as issued (FACTS 0.2). */
#define RCP_TOKEN_HOLD_MS  97200000u /* A token's life while a retry is open: 27 hours. */
#define RCP_TOKEN_RENEW_MS 3600000u  /* Renewed when it would end within this. */

static_assert(RCP_PERIOD_MS < RCP_LEASE_MS, "a healthy consumer answers within the first lease");
static_assert(RCP_AGE_MAX_MS + RCP_TOKEN_RENEW_MS < RCP_TOKEN_HOLD_MS,
              "a held token outlives the retry horizon");
static_assert(RCP_TX_ROWS_MAX * 4u <= RCP_EFFECT_ROWS_MAX, "several full scripts fit one step");

#define RCP_ORDER_DEADLINE_MS \
    5000u /* One deadline per order: both transactions and all tries (FACTS 1.5). */
#define RCP_PG_CONNECT_MS     1000u
#define RCP_PG_TIMEOUT_MS     1000u
#define RCP_PG_TRIES_MAX      4u   /* Tries of one PAY (FACTS 1.5: 3 retries). */
#define RCP_PG_BACKOFF_MS     100u /* Before the second try; doubles, and jitter. */
#define RCP_PG_BACKOFF_MAX_MS 1000u
#define RCP_PG_RETRY_AFTER_MS 1000u /* 429 without Retry-After. */
#define RCP_ORDER_TRIES       3u    /* Repeats of a transaction refused by 1205 or 1213. */
#define RCP_ORDER_AGAIN_MS    50u   /* Before such a repeat; doubles, and jitter. */

#define RCP_RECONCILE_MS     60000u  /* PaymentScheduler's tick (FACTS 1.6). */
#define RCP_RECONCILE_AGE_MS 60000u  /* What is younger is still in its request's hands. */
#define RCP_FORCE_FAIL_MS    300000u /* PENDING for longer is failed (FACTS 1.6). */
#define RCP_NOT_FOUND_GRACE_MS \
    60000u                           /* Between the first fresh NotFound and the one that counts. */
#define RCP_PG_LATE_MS       600000u /* T_pg: a request to the PG takes effect within it, or never. */
#define RCP_ASK_LEASE_MS     120000u  /* A claimed charge is nobody else's for this long. */
#define RCP_ASK_AGAIN_MS     60000u   /* First pause between two queries; doubles, and jitter. */
#define RCP_ASK_AGAIN_MAX_MS 3600000u /* Longest one. */
#define RCP_REFUND_TRIES_MAX 8u       /* Refusals after which a refund is parked. */

static_assert(RCP_RECONCILE_AGE_MS > RCP_ORDER_DEADLINE_MS,
              "an order in progress is not reconciled");
static_assert(RCP_PG_TIMEOUT_MS < RCP_ORDER_DEADLINE_MS, "a try fits an order");
static_assert(RCP_TX_ROWS_MAX * 2u <= RCP_EFFECT_ORDERS_MAX, "two full scripts fit one step");

#endif
