/* The catalogue of faults: name, sentence, class, and where or how each strikes. */
#include "sim/fault.h"

#include "core/check.h"

/* ABANDON only rolls back; LOOKUP, SETTLE, SWEEP and FIND only read: they have no COMMIT to lose. FINISH
 * and ABANDON go on in a session that is open already, so no connection can be refused to them. */
#define READS                                                                     \
    (RCP_AT(RCP_SITE_LOOKUP) | RCP_AT(RCP_SITE_SETTLE) | RCP_AT(RCP_SITE_SWEEP) | \
     RCP_AT(RCP_SITE_FIND))
#define ROLLS_BACK RCP_AT(RCP_SITE_ABANDON)
#define OPENS      (RCP_AT_MYSQL & ~(RCP_AT(RCP_SITE_FINISH) | RCP_AT(RCP_SITE_ABANDON)))
#define COMMITS    (RCP_AT_MYSQL & ~(READS | ROLLS_BACK))
#define LOCKS      (COMMITS | RCP_AT(RCP_SITE_SETTLE) | RCP_AT(RCP_SITE_FIND))
#define ANSWERS    (RCP_AT_MYSQL & ~ROLLS_BACK)
#define SENDS      RCP_AT(RCP_SITE_SEND)
#define OFFSETS    RCP_AT(RCP_SITE_COMMIT_OFFSET)
#define CHARGES    (RCP_AT(RCP_SITE_PG_PAY) | RCP_AT(RCP_SITE_PG_REFUND)) /* they change something */
#define RESULTS    RCP_AT(RCP_SITE_PG_RESULT)
#define CALLBACKS  RCP_AT(RCP_SITE_CALLBACK)

#define FATE(name, where, sentence)                                       \
    {                                                                     \
        name, sentence, (where), RCP_FAULT_CLASS_FATE, .wants_for = false \
    }
#define PLANNED(name, sentence, ...)                            \
    {                                                           \
        name, sentence, 0, RCP_FAULT_CLASS_PLANNED, __VA_ARGS__ \
    }
#define INPUT(name, sentence)                                        \
    {                                                                \
        name, sentence, 0, RCP_FAULT_CLASS_INPUT, .wants_for = false \
    }

#define LASTS      .wants_for = true
#define HAS_AMOUNT .wants_by = true
#define AT_ONCE    .wants_for = false
#define ON_NODE    .wants_node = true

static const struct rcp_fault_info faults[RCP_FAULT_COUNT] = {
    [RCP_FAULT_NONE] = {"none", "nothing goes wrong", 0, RCP_FAULT_CLASS_NONE, .wants_for = false},

    [RCP_FAULT_REQUEST_LOST] = FATE("request_lost",
                                    RCP_AT(RCP_SITE_REQUEST),
                                    "a request never reaches the node; the client asks again"),
    [RCP_FAULT_REQUEST_DUPLICATED] =
        FATE("request_duplicated", RCP_AT(RCP_SITE_REQUEST), "a request reaches the node twice"),
    [RCP_FAULT_REPLY_LOST] = FATE("reply_lost",
                                  RCP_AT(RCP_SITE_REPLY),
                                  "the client never sees the answer, hangs up and asks again"),
    [RCP_FAULT_REDIS_REQUEST_LOST] = FATE(
        "redis_request_lost", RCP_AT_REDIS, "a Redis command is not applied, and nobody knows"),
    [RCP_FAULT_REDIS_ANSWER_LOST] =
        FATE("redis_answer_lost", RCP_AT_REDIS, "a Redis command is applied, its answer lost"),
    [RCP_FAULT_REDIS_SLOW] =
        FATE("redis_slow", RCP_AT_REDIS, "Redis answers late, but before the timeout"),
    [RCP_FAULT_MYSQL_REFUSED] =
        FATE("mysql_refused", OPENS, "there is no MySQL connection to be had"),
    [RCP_FAULT_MYSQL_DEADLOCK] =
        FATE("mysql_deadlock", LOCKS, "1213: MySQL rolls the whole transaction back"),
    [RCP_FAULT_MYSQL_LOCK_TIMEOUT] = FATE(
        "mysql_lock_timeout", LOCKS, "1205: MySQL rolls the statement back, the script gives up"),
    [RCP_FAULT_MYSQL_LOST_STATEMENT] =
        FATE("mysql_lost_statement",
             RCP_AT_MYSQL,
             "the connection is lost before COMMIT; the orphan holds its locks"),
    [RCP_FAULT_MYSQL_LOST_COMMIT] = FATE(
        "mysql_lost_commit", COMMITS, "the COMMIT is lost on its way; the orphan holds its locks"),
    [RCP_FAULT_MYSQL_LOST_ANSWER] =
        FATE("mysql_lost_answer", ANSWERS, "it is committed, the answer lost"),
    [RCP_FAULT_MYSQL_LATE_COMMIT] =
        FATE("mysql_late_commit",
             COMMITS,
             "unknown now; the COMMIT lands later unless its session is killed"),
    [RCP_FAULT_MYSQL_SLOW] =
        FATE("mysql_slow", RCP_AT_MYSQL, "MySQL takes long, but less than the timeout"),
    [RCP_FAULT_KAFKA_SEND_REFUSED] =
        FATE("kafka_send_refused", SENDS, "a record is surely not written"),
    [RCP_FAULT_KAFKA_RECORD_LOST] =
        FATE("kafka_record_lost", SENDS, "a record is not written, and nobody knows"),
    [RCP_FAULT_KAFKA_ACK_LOST] = FATE("kafka_ack_lost", SENDS, "a record is written, the ack lost"),
    [RCP_FAULT_KAFKA_LATE_RECORD] =
        FATE("kafka_late_record", SENDS, "unknown now; the record is written later"),
    [RCP_FAULT_KAFKA_DUPLICATED] = FATE("kafka_duplicated", SENDS, "a record is written twice"),
    [RCP_FAULT_KAFKA_OFFSET_GAP] =
        FATE("kafka_offset_gap", SENDS, "a record is written after a hole in the offsets"),
    [RCP_FAULT_KAFKA_DELIVERY_SLOW] = FATE("kafka_delivery_slow",
                                           RCP_AT(RCP_SITE_DELIVER),
                                           "a record reaches the consumer much later"),
    [RCP_FAULT_KAFKA_OFFSET_LOST] =
        FATE("kafka_offset_lost", OFFSETS, "an offset commit is not applied"),
    [RCP_FAULT_KAFKA_OFFSET_ANSWER_LOST] =
        FATE("kafka_offset_answer_lost", OFFSETS, "an offset commit is applied, its answer lost"),
    [RCP_FAULT_PG_NOT_CONNECTED] =
        FATE("pg_not_connected", RCP_AT_PG, "no connection to the PG: it is surely not reached"),
    [RCP_FAULT_PG_REQUEST_LOST] =
        FATE("pg_request_lost", RCP_AT_PG, "a call never reaches the PG, and nobody knows"),
    [RCP_FAULT_PG_ANSWER_LOST] =
        FATE("pg_answer_lost", RCP_AT_PG, "the PG does what it is asked, its answer is lost"),
    [RCP_FAULT_PG_LATE_REQUEST] =
        FATE("pg_late_request", CHARGES, "no answer now; the PG does it later, within T_pg"),
    [RCP_FAULT_PG_RESET_BEFORE] =
        FATE("pg_reset_before", RCP_AT_PG, "the connection breaks before the PG has read the call"),
    [RCP_FAULT_PG_RESET_AFTER] =
        FATE("pg_reset_after", RCP_AT_PG, "the connection breaks after the PG has done it"),
    [RCP_FAULT_PG_500_BEFORE] =
        FATE("pg_500_before", RCP_AT_PG, "500 before anything exists, as the documented PG says"),
    [RCP_FAULT_PG_500_AFTER] = FATE("pg_500_after", CHARGES, "500 after the PG has done it"),
    [RCP_FAULT_PG_500_LATE] =
        FATE("pg_500_late", CHARGES, "500 now; the PG does it later, within T_pg"),
    [RCP_FAULT_PG_BAD_GATEWAY] =
        FATE("pg_bad_gateway", RCP_AT_PG, "502 from in between; the PG does it all the same"),
    [RCP_FAULT_PG_TOO_MANY] = FATE("pg_too_many", RCP_AT_PG, "429: not done, ask again later"),
    [RCP_FAULT_PG_UNAUTHORIZED] = FATE("pg_unauthorized", RCP_AT_PG, "401: not done"),
    [RCP_FAULT_PG_UNREADABLE] =
        FATE("pg_unreadable", RCP_AT_PG, "200 with a body that does not decode; done"),
    [RCP_FAULT_PG_SLOW] = FATE("pg_slow", RCP_AT_PG, "the PG answers late, but before the timeout"),
    [RCP_FAULT_PG_OVER_LIMIT] =
        FATE("pg_over_limit", RESULTS, "the transaction fails: over the card's limit"),
    [RCP_FAULT_PG_BAD_CARD] =
        FATE("pg_bad_card", RESULTS, "the transaction fails: not a valid card"),
    [RCP_FAULT_PG_STUCK] =
        FATE("pg_stuck", RESULTS, "the transaction stays PENDING for an hour, or until the heal"),
    [RCP_FAULT_PG_OTHER_AMOUNT] =
        FATE("pg_other_amount", RESULTS, "the transaction succeeds with another amount"),
    [RCP_FAULT_CALLBACK_LOST] = FATE("callback_lost", CALLBACKS, "a callback never arrives"),
    [RCP_FAULT_CALLBACK_DOUBLED] = FATE("callback_doubled", CALLBACKS, "a callback comes twice"),
    [RCP_FAULT_CALLBACK_EARLY] =
        FATE("callback_early", CALLBACKS, "a callback comes before the PG itself tells the result"),
    [RCP_FAULT_CALLBACK_CONTRADICTS] =
        FATE("callback_contradicts", CALLBACKS, "a callback says the opposite of what happened"),
    [RCP_FAULT_CALLBACK_SLOW] = FATE("callback_slow", CALLBACKS, "a callback comes much later"),
    [RCP_FAULT_CRASH_BEFORE_ISSUE] =
        FATE("crash_before_issue", RCP_AT_ANY_EFFECT, "the process dies before the effect leaves"),
    [RCP_FAULT_CRASH_ISSUED] =
        FATE("crash_issued", RCP_AT_ANY_EFFECT, "the process dies when the effect has left"),
    [RCP_FAULT_CRASH_APPLIED] =
        FATE("crash_applied", RCP_AT_ANY_EFFECT, "the process dies when the effect was applied"),
    [RCP_FAULT_CRASH_ANSWERED] = FATE("crash_answered",
                                      RCP_AT_ANY_EFFECT & ~RCP_AT(RCP_SITE_ABANDON),
                                      "the process dies when the answer is there but not stepped"),

    [RCP_FAULT_REDIS_DOWN] = PLANNED("redis_down", "Redis refuses connections", LASTS),
    [RCP_FAULT_REDIS_SILENT] =
        PLANNED("redis_silent", "Redis takes connections and never answers", LASTS),
    [RCP_FAULT_REDIS_RESTART_EMPTY] =
        PLANNED("redis_restart_empty", "Redis comes back without data", AT_ONCE),
    [RCP_FAULT_REDIS_FAILOVER] =
        PLANNED("redis_failover", "a Redis failover loses the writes of the last `for`", LASTS),
    [RCP_FAULT_REDIS_LOADING] =
        PLANNED("redis_loading", "LOADING: Redis refuses everything", LASTS),
    [RCP_FAULT_REDIS_READONLY] =
        PLANNED("redis_readonly", "READONLY: Redis refuses writes and answers reads", LASTS),
    [RCP_FAULT_REDIS_CLOCK_JUMP] =
        PLANNED("redis_clock_jump", "the clock of Redis goes forward by `by`", HAS_AMOUNT),
    [RCP_FAULT_MYSQL_DOWN] =
        PLANNED("mysql_down", "MySQL refuses connections; what was not committed is gone", LASTS),
    [RCP_FAULT_MYSQL_SILENT] = PLANNED("mysql_silent", "MySQL freezes and answers nothing", LASTS),
    [RCP_FAULT_MYSQL_READ_ONLY] =
        PLANNED("mysql_read_only", "after a failover MySQL refuses every write with 1290", LASTS),
    [RCP_FAULT_MYSQL_TOO_MANY_CONNECTIONS] =
        PLANNED("mysql_too_many_connections", "1040: MySQL takes no further connection", LASTS),
    [RCP_FAULT_MYSQL_CLOCK_JUMP] =
        PLANNED("mysql_clock_jump", "the clock of MySQL goes forward by `by`", HAS_AMOUNT),
    [RCP_FAULT_KAFKA_DOWN] = PLANNED("kafka_down", "produce, fetch and offset commit fail", LASTS),
    [RCP_FAULT_KAFKA_LAG] =
        PLANNED("kafka_lag", "records reach consumers only when it ends", LASTS),
    [RCP_FAULT_KAFKA_REBALANCE] =
        PLANNED("kafka_rebalance", "partitions move with work in flight", AT_ONCE),
    [RCP_FAULT_KAFKA_RETENTION] =
        PLANNED("kafka_retention", "records older than `by` are gone", HAS_AMOUNT, .weak = true),
    [RCP_FAULT_PG_DOWN] = PLANNED("pg_down", "the PG refuses connections", LASTS),
    [RCP_FAULT_PG_SILENT] =
        PLANNED("pg_silent", "the PG takes connections and never answers", LASTS),
    [RCP_FAULT_NODE_CRASH] =
        PLANNED("node_crash", "a node's process dies and is back after `for`", LASTS, ON_NODE),
    [RCP_FAULT_NODE_PAUSE] = PLANNED("node_pause",
                                     "a node sleeps for `for`, then goes on as if nothing had been",
                                     LASTS,
                                     ON_NODE),
    [RCP_FAULT_NODE_STOP] =
        PLANNED("node_stop", "a node stops gracefully and is back after `for`", LASTS, ON_NODE),
    [RCP_FAULT_NODE_CLOCK_JUMP] =
        PLANNED("node_clock_jump", "a node's wall clock jumps by `by`", HAS_AMOUNT, ON_NODE),

    [RCP_FAULT_RECORD_UNUSABLE] = INPUT("record_unusable", "a record on the topic does not decode"),
    [RCP_FAULT_RECORD_FORGED] =
        INPUT("record_forged", "a stranger's record on the topic, without a valid MAC"),
    [RCP_FAULT_PAYLOAD_UNREADABLE] =
        INPUT("payload_unreadable", "the token's value in Redis does not decode"),
    [RCP_FAULT_POISON_ENTRY] =
        INPUT("poison_entry", "MySQL refuses this payment's entry every time"),
    [RCP_FAULT_POISON_CONNECTION] =
        INPUT("poison_connection", "this payment's entry kills the connection every time"),

    [RCP_FAULT_SCHEDULER_PAUSED] =
        PLANNED("scheduler_paused",
                "an operator pauses a node's recovery scheduler for `for`",
                LASTS,
                ON_NODE),
    [RCP_FAULT_CONSUMER_PAUSED] = PLANNED(
        "consumer_paused", "an operator pauses a node's retry consumer for `for`", LASTS, ON_NODE),
    [RCP_FAULT_SWEEP_PAUSED] =
        PLANNED("sweep_paused", "an operator pauses a node's sweep for `for`", LASTS, ON_NODE),
    [RCP_FAULT_RECONCILE_PAUSED] =
        PLANNED("reconcile_paused",
                "an operator pauses a node's reconciliation of orders for `for`",
                LASTS,
                ON_NODE),
    [RCP_FAULT_PAY_FORCED_OPEN] =
        PLANNED("pay_forced_open",
                "an operator holds a node's paying circuit open for `for`",
                LASTS,
                ON_NODE),
    [RCP_FAULT_QUERY_FORCED_OPEN] =
        PLANNED("query_forced_open",
                "an operator holds a node's asking circuit open for `for`",
                LASTS,
                ON_NODE),
    [RCP_FAULT_PAY_FORCED_CLOSED] =
        PLANNED("pay_forced_closed",
                "an operator holds a node's paying circuit closed for `for`",
                LASTS,
                ON_NODE),
    [RCP_FAULT_QUERY_FORCED_CLOSED] =
        PLANNED("query_forced_closed",
                "an operator holds a node's asking circuit closed for `for`",
                LASTS,
                ON_NODE),
};

static const char *const site_names[RCP_SITE_COUNT] = {
    [RCP_SITE_NONE] = "none",
    [RCP_SITE_REQUEST] = "request",
    [RCP_SITE_REPLY] = "reply",
    [RCP_SITE_TOKEN_GET] = "token_get",
    [RCP_SITE_TOKEN_DELETE] = "token_delete",
    [RCP_SITE_TOKEN_HOLD] = "token_hold",
    [RCP_SITE_APPROVE] = "approve",
    [RCP_SITE_FINISH] = "finish",
    [RCP_SITE_ABANDON] = "abandon",
    [RCP_SITE_SETTLE] = "settle",
    [RCP_SITE_LOG] = "log",
    [RCP_SITE_LOOKUP] = "lookup",
    [RCP_SITE_FENCE] = "fence",
    [RCP_SITE_REJECT] = "reject",
    [RCP_SITE_CLAIM] = "claim",
    [RCP_SITE_RELEASE] = "release",
    [RCP_SITE_LATER] = "later",
    [RCP_SITE_PARK] = "park",
    [RCP_SITE_SWEEP] = "sweep",
    [RCP_SITE_MARK] = "mark",
    [RCP_SITE_PLACE] = "place",
    [RCP_SITE_FIND] = "find",
    [RCP_SITE_DUE] = "due",
    [RCP_SITE_RESULT] = "result",
    [RCP_SITE_REFUND] = "refund",
    [RCP_SITE_TOLD] = "told",
    [RCP_SITE_PG_PAY] = "pg_pay",
    [RCP_SITE_PG_LIST] = "pg_list",
    [RCP_SITE_PG_GET] = "pg_get",
    [RCP_SITE_PG_REFUND] = "pg_refund",
    [RCP_SITE_PG_RESULT] = "pg_result",
    [RCP_SITE_CALLBACK] = "callback",
    [RCP_SITE_SEND] = "send",
    [RCP_SITE_DELIVER] = "deliver",
    [RCP_SITE_COMMIT_OFFSET] = "commit_offset",
};

const struct rcp_fault_info *rcp_fault_info(enum rcp_fault fault)
{
    rcp_check(fault < RCP_FAULT_COUNT, "fault_known");
    return &faults[fault];
}

const char *rcp_site_name(enum rcp_site site)
{
    rcp_check(site < RCP_SITE_COUNT, "site_known");
    return site_names[site];
}
