/* The simulated world: nodes, Redis, MySQL, Kafka, entry service, clients, messages in flight and the
 * checkers' ledger, all in one block laid out from the scenario's limits and addressed by index.
 *
 * A payment's index is (activity - 1) * users + (user - 1): token, entry, client and ledger of one
 * payment stand at the same index of their tables. */
#ifndef RCP_SIM_WORLD_H
#define RCP_SIM_WORLD_H

#include "core/node.h"
#include "sim/check/invariant.h"
#include "sim/order_world.h"
#include "sim/scenario.h"

#define RCP_NOBODY UINT32_MAX

/* --- Redis: RESERVATION_TOKEN:{token} and the entry service's counters --- */

enum rcp_token_state {
    RCP_TOKEN_NONE, /* never issued */
    RCP_TOKEN_LIVE,
    RCP_TOKEN_DELETED, /* DEL by a node */
    RCP_TOKEN_EXPIRED, /* its time ran out: the slot went back */
    RCP_TOKEN_GONE,    /* Redis lost it */
};

/* What a token was before a write that a failover may lose. */
struct rcp_token_before {
    uint64_t until_ms; /* world clock: when that write came */
    uint64_t expires_ms;
    uint8_t state;
    uint8_t spare[7];
};

#define RCP_TOKEN_HISTORY 4u /* writes that a failover can take back; older ones stand */

struct rcp_token_row {
    uint64_t expires_ms; /* Redis clock */
    uint64_t armed_ms;   /* world clock: the earliest pending look at its expiry; 0: none */
    uint64_t product_id;
    uint8_t state;      /* enum rcp_token_state */
    uint8_t unreadable; /* 1: its value does not decode */
    uint8_t history;    /* how many entries of `before` stand */
    uint8_t spare;
    uint32_t looks;                                    /* at its expiry, so far */
    struct rcp_token_before before[RCP_TOKEN_HISTORY]; /* newest first */
};

/* --- MySQL --- */

struct rcp_entry_row {
    uint64_t product_id;
    uint64_t origin;       /* of the script that approved it: request id, or 0 for a row's record */
    uint64_t processed_ms; /* database clock */
    uint64_t token;
    uint32_t lock; /* session index + 1 that holds the key's lock; 0: free */
    uint32_t
        approvals; /* ghost: how often a script made it APPROVED, or wrote APPROVED over it blindly */
    uint32_t overwrites; /* ghost: how often a final status was changed */
    uint8_t status;      /* enum rcp_entry_status */
    uint8_t token_released;
    uint8_t poison; /* enum rcp_error_class: every write of this entry fails so; NONE: healthy */
    uint8_t spare;
};

/* payment_failure_log. Row id = index + 1. */
struct rcp_log_row {
    uint64_t due_ms; /* database clock: next_retry_at (PENDING) or end of the lease (PROCESSING) */
    uint64_t created_ms;     /* database clock */
    uint64_t token_until_ms; /* database clock: the token is known to live until then */
    uint64_t owner;          /* of the claim */
    uint64_t origin;
    uint64_t product_id;
    uint32_t payment;
    uint32_t epoch;
    uint32_t prev, next;       /* open rows by due_ms; row index, RCP_NOBODY at the ends */
    uint32_t sibling;          /* next row of the same payment, RCP_NOBODY at the end */
    uint32_t lock;             /* session index + 1 */
    uint32_t handler_failures; /* ghost: refusals of this payment's entry that were its own doing */
    uint8_t claimed_by;        /* ghost: node + 1 that claimed this epoch first */
    uint8_t raised;            /* ghost: a person was alerted */
    uint8_t reopened;          /* ghost: an operator had it tried again */
    uint8_t spare;
    uint8_t status; /* enum rcp_row_status; NONE: deleted */
    uint8_t attempt;
    uint8_t sends;
    uint8_t cause; /* enum rcp_park_cause */
    uint8_t alone;
    uint8_t alerted;
    uint8_t claimed_twice; /* ghost: a second node claimed the same epoch */
    uint8_t bad_edge;      /* ghost: 1 + status it moved from, where the table has no such edge */
};

/* An unusable record, parked raw. */
struct rcp_parked_row {
    uint64_t offset;
    uint32_t partition;
    uint8_t alerted;
    uint8_t raised; /* ghost: a person was alerted */
    uint8_t spare[2];
};

struct rcp_activity_row {
    uint32_t capacity;
    uint32_t
        approved;     /* campaign_activities.approved_count, kept by APPROVE with RCP_TX_CAPACITY */
    uint32_t counter; /* Redis: slots given out by the entry service */
    uint32_t lock;    /* session index + 1 */
    uint32_t total;   /* by index: APPROVED entries of this activity */
    uint32_t spare;
};

enum rcp_session_state {
    RCP_SESSION_FREE,
    RCP_SESSION_COMING,     /* the script is on its way */
    RCP_SESSION_WAITING,    /* for a lock */
    RCP_SESSION_COMMITTING, /* statements done, COMMIT on its way */
    RCP_SESSION_OPEN,       /* left open by its client */
    RCP_SESSION_ANSWERING,  /* the answer is on its way; holds no locks unless left open */
    RCP_SESSION_ORPHAN,     /* its client is gone; holds its locks until noticed */
    RCP_SESSION_LIMBO,      /* its client gave up; COMMIT lands later unless killed */
};

/* A connection and the script it runs. The id that nodes see is number << 8 | index + 1. */
struct rcp_session {
    uint64_t op_id;
    uint64_t owner;
    uint64_t issued_ms;
    uint64_t deadline_ms; /* the client gives up then */
    uint64_t late_ms;     /* `takes`: COMMIT lands this much later; 0: as chance has it */
    uint32_t payment;     /* it is about; RCP_NOBODY */
    uint32_t purchase;    /* it is about; RCP_NOBODY */
    uint32_t first_order; /* DUE: the first order's index that it looks at */
    uint32_t number;      /* grows each time the slot is taken anew */
    uint32_t incarnation; /* of the node */
    uint32_t flags;
    uint32_t page;
    uint32_t row_count;
    uint32_t lock_at;     /* next lock to take */
    uint32_t wait_lock;   /* packed lock it waits for (sim/model/mysql_lock.h) */
    uint32_t wait_number; /* grows with each wait; stale timeouts are ignored */
    uint32_t kill;
    uint8_t state;  /* enum rcp_session_state */
    uint8_t node;   /* 0.. */
    uint8_t script; /* enum rcp_script */
    uint8_t fate;   /* enum rcp_fault of the script in progress */
    uint8_t answer; /* enum rcp_outcome */
    uint8_t error;  /* enum rcp_error_class */
    uint8_t more;
    uint8_t left_open;    /* the transaction goes on after this script's answer */
    uint8_t first_script; /* LEAVE_OPEN: the script whose locks are still held */
    uint8_t slow;         /* enum rcp_takes */
    uint8_t woken;        /* a run is already pending */
    uint8_t role;         /* enum rcp_role */
    uint32_t repeats;     /* events pushed for the script in progress */
    uint64_t key;         /* packed rcp_key of the script */
};

/* --- Kafka: topic axon.payment.retry --- */

struct rcp_topic_record {
    uint64_t offset;
    uint64_t at_ms;    /* appended */
    uint32_t payment;  /* RCP_NOBODY where it names none */
    uint32_t sent_seq; /* order in which records of this payment were sent */
    struct rcp_retry_record record;
};

struct rcp_topic_partition {
    uint64_t end;       /* next offset */
    uint64_t committed; /* of the group */
    uint32_t count;     /* records stored */
    uint32_t at;        /* index of the first record that its owner has not been given */
    uint32_t done;      /* index of the first record at or after committed */
    uint32_t
        checked; /* ghost: records before this index were checked when they fell behind committed */
    uint32_t first; /* index of the first record not cut off by retention */
    uint32_t owner; /* node; RCP_NOBODY */
    uint32_t assignment;
    uint8_t fetching;   /* the owner has asked */
    uint8_t delivering; /* a delivery is pending */
    uint8_t gap;        /* the next record leaves a hole before it */
    uint8_t spare;
};

/* --- Nodes --- */

struct rcp_sim_node {
    uint64_t paused_until_ms;
    uint64_t timer_ms;    /* when its pending timer fires; RCP_NEVER_MS where none */
    uint64_t mysql_ok_ms; /* last time that a script of this node was committed */
    uint32_t incarnation; /* of the last start */
    uint8_t alive;
    uint8_t stopping;
    uint8_t in_group; /* member of the consumer group */
    uint8_t spare;
    uint32_t timers;         /* armed so far: names them */
    uint32_t block_at;       /* bytes from the world: the rcp_node */
    uint64_t wall_offset_ms; /* added to the world's clock; may have jumped */
};

/* --- Clients --- */

enum rcp_exchange_state {
    RCP_EXCHANGE_SENT,
    RCP_EXCHANGE_AT_NODE,
    RCP_EXCHANGE_REPLIED,  /* the node answered; the client may never hear of it */
    RCP_EXCHANGE_ANSWERED, /* the client has it */
    RCP_EXCHANGE_LOST,     /* the client hung up */
};

/* What the checkers note about a request; see rcp_exchange.noted. */
#define RCP_NOTED_ASKED 1u  /* its node asked Redis, MySQL or Kafka something for it */
#define RCP_NOTED_ENTRY 2u  /* its entry was to be written */
#define RCP_NOTED_LOG   4u  /* its failure row was to be written */
#define RCP_NOTED_OTHER 8u  /* was told 200 while the entry has another payload than it brought */
#define RCP_NOTED_OPEN  32u /* its COMMIT is unknown, and nobody has looked since */
#define RCP_NOTED_LATE  16u /* its reply left a node that was awake later than it should */

/* An answer comes this long after the deadline at the latest: the transaction that it then waits for in
 * its queue is under way, and ends by its own timeout. */
#define RCP_ANSWER_SLACK_MS (RCP_MYSQL_TIMEOUT_MS + 100u)

/* One request. Its id is index + 1. */
struct rcp_exchange {
    uint64_t arrived_ms; /* at the node */
    uint32_t payment;    /* RCP_NOBODY for the second document's */
    uint32_t purchase;   /* RCP_NOBODY for the first document's */
    uint32_t user;       /* who asks; 0 nobody */
    uint16_t status;     /* as replied */
    uint8_t node;
    uint8_t kind;         /* enum rcp_request_kind */
    uint8_t form;         /* enum rcp_token_form */
    uint8_t state;        /* enum rcp_exchange_state */
    uint8_t work;         /* enum rcp_work_kind that caused it */
    uint8_t replies;      /* how often a node answered it */
    uint8_t again;        /* the client asks again until it has a definite answer */
    uint8_t log_failed;   /* ghost: its LOG ended refused or unknown */
    uint8_t record_tried; /* ghost: a record was sent to the topic for it */
    uint8_t node_died;    /* ghost: the node died while it was there */
    uint8_t in_time; /* ghost: its reply left the node before RCP_REQUEST_DEADLINE_MS was over */
    uint8_t said;    /* enum rcp_payment_state of its reply; enum rcp_charge_status of an order's */
    uint8_t noted;   /* ghost: RCP_NOTED_ bits */
    uint8_t payload; /* ghost: which of its user's payloads it brought; see rcp_payload_turn() */
    uint32_t pg;     /* CALLBACK: index of the transaction at the PG; RCP_NOBODY: forged */
    uint8_t pg_status; /* CALLBACK: enum rcp_pg_status, as it says */
    uint8_t spare[3];
};

/* Its client was told of a failure: it took nothing, and must not take anything any more. 409 says that
 * another request has the entry, 503 that nobody knows. */
static inline bool rcp_told_failure(const struct rcp_exchange *exchange)
{
    return exchange->replies > 0 && exchange->kind == RCP_REQUEST_PROCESS &&
           exchange->status >= 400 && exchange->status != RCP_STATUS_CONFLICT &&
           exchange->status != RCP_STATUS_UNAVAILABLE;
}

struct rcp_client {
    uint32_t tries; /* of PROCESS, as owner */
    uint32_t acts;  /* times that a line of the workload was put off */
    uint8_t spare[8];
};

/* --- What the checkers know: facts of the run, not the core's opinion --- */

struct rcp_ledger {
    uint32_t rows;           /* first failure row (index), RCP_NOBODY; siblings follow */
    uint32_t open_rows;      /* by index: PENDING or PROCESSING rows */
    uint32_t parked_rows;    /* by index: FAILED rows */
    uint32_t direct_records; /* by index: records without a row at or after the committed offset */
    uint32_t counted;        /* committed writes that counted a failed attempt of this payment */
    uint32_t sent_seq;       /* records sent for it */
    uint32_t consumed_seq;   /* highest sent_seq consumed */
    uint8_t owner_asked;     /* the owner's valid PROCESS reached a node (or BACKLOG) */
    uint8_t told_ok;         /* 200 left a node for the owner */
    uint8_t told_accepted;   /* 202 left a node for the owner (or BACKLOG) */
    uint8_t told_gone; /* 400, 404 or 410 left a node for the owner with a valid, signed token */
    uint8_t told_410;  /* it was 410 */
    uint8_t rejected_by_operator; /* a REJECT was committed */
    uint8_t deleted;              /* DEL took the live token */
    uint8_t resurrected;          /* Redis lost a DEL of it */
    uint8_t failure_took;    /* a request that was told 4xx or 500 approved the entry after all */
    uint8_t fallback_missed; /* 503 though the topic was never tried after the log had failed */
    uint8_t status_404;      /* a status question was answered 404 */
    uint8_t answered_twice;
    uint8_t out_of_order; /* a record was consumed after one sent later */
    uint8_t told_other;   /* 200 for another payload than the entry's */
    uint8_t turned_away;  /* a reply refused what it should not, or not what it should */
    uint8_t misled;       /* a reply said of the payment what was not so */
    uint8_t answered_late;
    uint8_t spare[3];
};

/* Why the world cannot drain yet; all zero but `untold`: drained. Kept by index, checked by the twins. */
struct rcp_backlog {
    uint32_t open_rows;
    uint32_t unalerted;  /* FAILED rows and parked records that are not marked as told */
    uint32_t untold;     /* marked as told, and nobody was */
    uint32_t unreleased; /* APPROVED entries whose token is not marked released */
    uint32_t lag;        /* records at or after the committed offsets */
    uint32_t waiting;    /* clients that still want an answer */
    uint32_t busy;       /* pending events that are work, not watch-keeping */

    /* Of a shop. */
    uint32_t charges;       /* PENDING, IN_PROGRESS, or still asked about */
    uint32_t refunds;       /* DUE or SENT */
    uint32_t orders_untold; /* UNKNOWN, REVIEW and parked refunds that nobody was told of */
    uint32_t pg_pending; /* transactions at the PG, or requests on their way, that will still end */
};

#define RCP_TOUCHED_MAX 128u

/* Subjects that the current event touched, for the checkers. Too many: all are looked at. */
struct rcp_touched {
    uint32_t count;
    uint32_t subjects[RCP_TOUCHED_MAX]; /* enum rcp_invariant_subject << 28 | index */
};

struct rcp_world {
    struct rcp_world_config config;
    struct rcp_policy policy;
    uint64_t seed;
    uint32_t payments;  /* activities x users */
    uint32_t purchases; /* buyers x purchases */
    uint64_t now_ms;
    uint64_t redis_offset_ms; /* Redis clock = now + offset */
    uint64_t mysql_offset_ms; /* database clock = now + offset */
    uint64_t rate_minute;     /* MySQL: recovery_rate: the minute that rate_used counts */
    uint64_t faults[2];       /* planned faults that last now: bit per enum rcp_fault */
    uint32_t rate_used;
    uint32_t row_count;    /* failure rows, deleted ones included */
    uint32_t parked_count; /* parked records */
    uint32_t exchange_count;
    uint32_t assignment;           /* last one given */
    uint32_t open_head, open_tail; /* open rows by due_ms */
    uint32_t records_sent;         /* round robin of records without key */
    uint32_t alerts;               /* raised */
    uint32_t rebalances;           /* begun because of a member */
    uint32_t healed;               /* 1 from the heal on */
    struct rcp_backlog backlog;
    uint64_t thaw_ms[RCP_FAULT_COUNT]; /* when the planned fault that lasts ends */
    struct rcp_touched touched;
    struct rcp_sim_node nodes[RCP_NODES_MAX];
    struct rcp_activity_row activities[RCP_ACTIVITIES_MAX];
    struct rcp_topic_partition partitions[RCP_PARTITIONS_MAX];
    struct rcp_product_row products[RCP_PRODUCTS_MAX];
    uint32_t order_count;
    uint32_t refund_count;
    uint32_t pg_count;                                 /* transactions at the PG */
    uint32_t buyers_at, request_keys_at, purchases_at; /* bytes from here */
    uint32_t orders_at, refunds_at, pg_at, pg_calls_at, session_orders_at;
    uint32_t tokens_at, entries_at, clients_at, ledgers_at; /* bytes from here; one per payment */
    uint32_t rows_at, parked_at, records_at, sessions_at, session_rows_at, exchanges_at;
    uint32_t nth_at; /* uint16_t counters: node, subject, site */
    uint32_t queue_at, effects_at;
    uint64_t size;
};

/* The tables behind the header. */
#define RCP_WORLD_TABLE(name, type, offset)                             \
    static inline type *rcp_world_##name(const struct rcp_world *world) \
    {                                                                   \
        return (type *)((uintptr_t)world + world->offset);              \
    }
RCP_WORLD_TABLE(tokens, struct rcp_token_row, tokens_at)
RCP_WORLD_TABLE(entries, struct rcp_entry_row, entries_at)
RCP_WORLD_TABLE(clients, struct rcp_client, clients_at)
RCP_WORLD_TABLE(ledgers, struct rcp_ledger, ledgers_at)
RCP_WORLD_TABLE(rows, struct rcp_log_row, rows_at)
RCP_WORLD_TABLE(parked, struct rcp_parked_row, parked_at)
RCP_WORLD_TABLE(sessions, struct rcp_session, sessions_at)
RCP_WORLD_TABLE(exchanges, struct rcp_exchange, exchanges_at)

RCP_WORLD_TABLE(buyers, struct rcp_buyer_row, buyers_at)
RCP_WORLD_TABLE(request_keys, struct rcp_request_key_row, request_keys_at)
RCP_WORLD_TABLE(purchase_ledgers, struct rcp_purchase_ledger, purchases_at)
RCP_WORLD_TABLE(orders, struct rcp_order_record, orders_at)
RCP_WORLD_TABLE(refunds, struct rcp_refund_row, refunds_at)
RCP_WORLD_TABLE(pg_rows, struct rcp_pg_row, pg_at)
RCP_WORLD_TABLE(pg_calls, struct rcp_pg_call, pg_calls_at)

/* Calls to the PG that the world has room for: twice what all nodes may have in flight, and requests that
 * take effect late. */
static inline uint32_t rcp_world_pg_call_room(const struct rcp_world_config *config)
{
    return rcp_world_has_shop(config)
               ? 2u * config->nodes * config->limits.pg_calls + config->transactions
               : 0u;
}

/* Rows of one session's order script at most. */
static inline uint32_t rcp_session_order_room(const struct rcp_world_config *config)
{
    return config->limits.settles > 0 ? config->limits.settles : 1u;
}

/* The rows of one session's order script. */
static inline struct rcp_order_row *rcp_world_session_orders(const struct rcp_world *world,
                                                             uint32_t session)
{
    return (struct rcp_order_row *)((uintptr_t)world + world->session_orders_at) +
           (size_t)session * rcp_session_order_room(&world->config);
}

/* The order's index, RCP_NOBODY where this world has no such order. */
static inline uint32_t rcp_world_order(const struct rcp_world *world, uint64_t order_id)
{
    if (order_id < world->config.first_order_id ||
        order_id - world->config.first_order_id >= world->order_count)
        return RCP_NOBODY;
    return (uint32_t)(order_id - world->config.first_order_id);
}

/* The records of one partition, in order of offset. */
static inline struct rcp_topic_record *rcp_world_records(const struct rcp_world *world,
                                                         uint32_t partition)
{
    return (struct rcp_topic_record *)((uintptr_t)world + world->records_at) +
           (size_t)partition * world->config.records;
}

/* The rows of one session's script. */
static inline struct rcp_tx_row *rcp_world_session_rows(const struct rcp_world *world,
                                                        uint32_t session)
{
    return (struct rcp_tx_row *)((uintptr_t)world + world->session_rows_at) +
           (size_t)session * RCP_TX_ROWS_MAX;
}

static inline struct rcp_node *rcp_world_node(const struct rcp_world *world, uint32_t node)
{
    return (struct rcp_node *)((uintptr_t)world + world->nodes[node].block_at);
}

static inline bool rcp_world_fault(const struct rcp_world *world, enum rcp_fault fault)
{
    return (world->faults[fault / 64u] >> (fault % 64u) & 1u) != 0;
}

static inline uint64_t rcp_world_redis_ms(const struct rcp_world *world)
{
    return world->now_ms + world->redis_offset_ms;
}

static inline uint64_t rcp_world_mysql_ms(const struct rcp_world *world)
{
    return world->now_ms + world->mysql_offset_ms;
}

/* The payment's index, RCP_NOBODY where this world has no such payment. */
static inline uint32_t rcp_world_payment(const struct rcp_world *world,
                                         uint64_t activity_id,
                                         uint64_t user_id)
{
    if (activity_id == 0 || activity_id > world->config.activities || user_id == 0 ||
        user_id > world->config.users)
        return RCP_NOBODY;
    return (uint32_t)(activity_id - 1) * world->config.users + (uint32_t)(user_id - 1);
}

static inline uint32_t rcp_payment_activity(const struct rcp_world *world, uint32_t payment)
{
    return payment / world->config.users; /* index; the id is one more */
}

#define RCP_OTHER_PRODUCT \
    1000000u /* added to a payload's product: another payload under the same key */

/* Which of its user's payloads this is. */
static inline uint8_t rcp_payload_turn(uint64_t product_id)
{
    return (uint8_t)(product_id / RCP_OTHER_PRODUCT);
}

static inline uint32_t rcp_payment_user(const struct rcp_world *world, uint32_t payment)
{
    return payment % world->config.users + 1u;
}

/* The event at hand has changed this subject: look at it when the event is over. */
static inline void rcp_touch(struct rcp_world *world,
                             enum rcp_invariant_subject subject,
                             uint32_t index)
{
    struct rcp_touched *touched = &world->touched;
    uint32_t packed = (uint32_t)subject << 28 | index;
    if (touched->count > 0 && touched->count <= RCP_TOUCHED_MAX &&
        touched->subjects[touched->count - 1] == packed)
        return;
    if (touched->count < RCP_TOUCHED_MAX)
        touched->subjects[touched->count] = packed;
    if (touched->count <= RCP_TOUCHED_MAX)
        touched->count++;
}

#endif
