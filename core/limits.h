/* Bounds and times of one node: run-time limits, the maxima they may take, and how they relate. */
#ifndef RCP_CORE_LIMITS_H
#define RCP_CORE_LIMITS_H

#include <assert.h>
#include <stdint.h>

#define RCP_REQUESTS_MAX    4096u /* Requests in progress on one node. */
#define RCP_RETRIES_MAX     1024u /* Retry records in progress on one node. */
#define RCP_GROUP_MAX       32u   /* Payments in one transaction. */
#define RCP_PAGE_MAX        32u   /* Rows in one claim or sweep. */
#define RCP_PARTITIONS_MAX  16u   /* Partitions of the retry topic. */
#define RCP_WINDOW_MAX      64u   /* Records in progress per partition. */
#define RCP_TX_ROWS_MAX     32u   /* Rows in one transaction script. */
#define RCP_EFFECTS_MAX     256u  /* Effects of one step. */
#define RCP_EFFECT_ROWS_MAX 512u  /* Transaction rows of all effects of one step. */

static_assert(RCP_GROUP_MAX <= RCP_TX_ROWS_MAX, "a group fits a script");
static_assert(RCP_PAGE_MAX <= RCP_TX_ROWS_MAX, "a page fits a script");

/* What the caller may choose for one node. Zero is never valid. */
struct rcp_limits {
    uint32_t requests; /* flow slots for requests; full is answered 503 */
    uint32_t retries; /* flow slots for retry records, at least `partitions`; full stops fetching */
    uint32_t group;   /* payments in one transaction */
    uint32_t groups;  /* transactions in flight per script */
    uint32_t page;    /* rows claimed or swept at once (documented: 10) */
    uint32_t sends;   /* claimed rows on their way to the broker at once */
    uint32_t partitions; /* of the retry topic */
    uint32_t window;     /* records in progress per partition */
};

#define RCP_REQUEST_DEADLINE_MS 5000u /* One deadline across Redis, entry, log and Kafka. */
#define RCP_REDIS_TIMEOUT_MS    500u
#define RCP_MYSQL_TIMEOUT_MS    1000u
#define RCP_LOCK_WAIT_MS        600u /* innodb_lock_wait_timeout of our sessions. */
#define RCP_KAFKA_TIMEOUT_MS    1000u

static_assert(RCP_LOCK_WAIT_MS < RCP_MYSQL_TIMEOUT_MS, "a lock wait ends before its read timeout");
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

#endif
