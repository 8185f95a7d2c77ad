/* Every fault that the simulated world can inject: where it strikes and what it is called. */
#ifndef RCP_SIM_FAULT_H
#define RCP_SIM_FAULT_H

#include "core/transaction.h"

#include <stdbool.h>
#include <stdint.h>

/* Where an effect (or a message between client and node) can be struck: one site per kind of message. */
enum rcp_site {
    RCP_SITE_NONE,
    RCP_SITE_REQUEST,      /* client -> node */
    RCP_SITE_REPLY,        /* node -> client */
    RCP_SITE_TOKEN_GET,    /* Redis */
    RCP_SITE_TOKEN_DELETE, /* Redis */
    RCP_SITE_TOKEN_HOLD,   /* Redis: PEXPIRE */
    RCP_SITE_APPROVE,      /* MySQL scripts, in the order of enum rcp_script */
    RCP_SITE_FINISH,
    RCP_SITE_ABANDON,
    RCP_SITE_SETTLE,
    RCP_SITE_LOG,
    RCP_SITE_LOOKUP,
    RCP_SITE_FENCE,
    RCP_SITE_REJECT, /* an operator's script: REJECT, REOPEN and SHELVE too */
    RCP_SITE_CLAIM,
    RCP_SITE_RELEASE,
    RCP_SITE_LATER,
    RCP_SITE_PARK,
    RCP_SITE_SWEEP,
    RCP_SITE_MARK,
    RCP_SITE_PLACE, /* order scripts */
    RCP_SITE_FIND,
    RCP_SITE_DUE,
    RCP_SITE_RESULT,
    RCP_SITE_REFUND,
    RCP_SITE_TOLD,
    RCP_SITE_PG_PAY, /* calls to the PG, in the order of enum rcp_pg_verb */
    RCP_SITE_PG_LIST,
    RCP_SITE_PG_GET,
    RCP_SITE_PG_REFUND,
    RCP_SITE_PG_RESULT,     /* what becomes of a transaction at the PG */
    RCP_SITE_CALLBACK,      /* PG -> node */
    RCP_SITE_SEND,          /* Kafka produce */
    RCP_SITE_DELIVER,       /* Kafka record -> consumer */
    RCP_SITE_COMMIT_OFFSET, /* Kafka */
    RCP_SITE_COUNT
};

/* Where this script can be struck. */
static inline enum rcp_site rcp_site_of_script(enum rcp_script script)
{
    if (script > RCP_SCRIPT_TOLD)
        return RCP_SITE_REJECT;
    return (enum rcp_site)(RCP_SITE_APPROVE + (uint32_t)script - RCP_SCRIPT_APPROVE);
}

/* Site masks for rcp_fault_info.sites. */
#define RCP_AT(site) (UINT64_C(1) << (site))
#define RCP_AT_REDIS \
    (RCP_AT(RCP_SITE_TOKEN_GET) | RCP_AT(RCP_SITE_TOKEN_DELETE) | RCP_AT(RCP_SITE_TOKEN_HOLD))
#define RCP_AT_MYSQL ((RCP_AT(RCP_SITE_TOLD + 1) - 1u) & ~(RCP_AT(RCP_SITE_APPROVE) - 1u))
#define RCP_AT_PG    ((RCP_AT(RCP_SITE_PG_REFUND + 1) - 1u) & ~(RCP_AT(RCP_SITE_PG_PAY) - 1u))
/* What only a world with a shop has. */
#define RCP_AT_SHOP                                                                    \
    (((RCP_AT(RCP_SITE_TOLD + 1) - 1u) & ~(RCP_AT(RCP_SITE_PLACE) - 1u)) | RCP_AT_PG | \
     RCP_AT(RCP_SITE_PG_RESULT) | RCP_AT(RCP_SITE_CALLBACK))
/* What only a world with payments of the first document has. */
#define RCP_AT_PAYMENTS                                                                     \
    (RCP_AT_REDIS | ((RCP_AT(RCP_SITE_MARK + 1) - 1u) & ~(RCP_AT(RCP_SITE_APPROVE) - 1u)) | \
     RCP_AT(RCP_SITE_SEND) | RCP_AT(RCP_SITE_DELIVER) | RCP_AT(RCP_SITE_COMMIT_OFFSET))
#define RCP_AT_ANY_EFFECT                                              \
    (RCP_AT_REDIS | RCP_AT_MYSQL | RCP_AT_PG | RCP_AT(RCP_SITE_SEND) | \
     RCP_AT(RCP_SITE_COMMIT_OFFSET))

enum rcp_fault {
    RCP_FAULT_NONE, /* the dull option */

    /* One message or effect is struck (a fate, chosen when the effect is issued). */
    RCP_FAULT_REQUEST_LOST,       /* never reaches the node; the client asks again */
    RCP_FAULT_REQUEST_DUPLICATED, /* reaches the node twice */
    RCP_FAULT_REPLY_LOST,         /* the client hangs up and asks again */
    RCP_FAULT_REDIS_REQUEST_LOST, /* not applied; unknown */
    RCP_FAULT_REDIS_ANSWER_LOST,  /* applied; unknown */
    RCP_FAULT_REDIS_SLOW,         /* applied; the answer comes late, but before the timeout */
    RCP_FAULT_MYSQL_REFUSED,      /* no connection to be had */
    RCP_FAULT_MYSQL_DEADLOCK,     /* 1213: all rolled back */
    RCP_FAULT_MYSQL_LOCK_TIMEOUT, /* 1205: the statement is rolled back, the script gives up */
    RCP_FAULT_MYSQL_LOST_STATEMENT, /* connection lost before COMMIT: refused; the orphan holds its locks */
    RCP_FAULT_MYSQL_LOST_COMMIT,  /* COMMIT lost on the way: unknown; the orphan holds its locks */
    RCP_FAULT_MYSQL_LOST_ANSWER,  /* committed, answer lost: unknown */
    RCP_FAULT_MYSQL_LATE_COMMIT,  /* unknown now; COMMIT lands later unless its session is killed */
    RCP_FAULT_MYSQL_SLOW,         /* takes long, but less than the timeout */
    RCP_FAULT_KAFKA_SEND_REFUSED, /* surely not written */
    RCP_FAULT_KAFKA_RECORD_LOST,  /* not written; unknown (handed: nobody hears of it) */
    RCP_FAULT_KAFKA_ACK_LOST,     /* written; unknown */
    RCP_FAULT_KAFKA_LATE_RECORD,  /* unknown now; written later */
    RCP_FAULT_KAFKA_DUPLICATED,   /* written twice */
    RCP_FAULT_KAFKA_OFFSET_GAP,   /* written after a hole in the offsets */
    RCP_FAULT_KAFKA_DELIVERY_SLOW,      /* the record reaches the consumer much later */
    RCP_FAULT_KAFKA_OFFSET_LOST,        /* offset commit not applied; refused */
    RCP_FAULT_KAFKA_OFFSET_ANSWER_LOST, /* offset commit applied; unknown */
    RCP_FAULT_PG_NOT_CONNECTED,         /* no connection: surely not reached */
    RCP_FAULT_PG_REQUEST_LOST,          /* not done; read timeout */
    RCP_FAULT_PG_ANSWER_LOST,           /* done; read timeout */
    RCP_FAULT_PG_LATE_REQUEST,          /* read timeout now; done later, within RCP_PG_LATE_MS */
    RCP_FAULT_PG_RESET_BEFORE,          /* not done; the connection breaks */
    RCP_FAULT_PG_RESET_AFTER,           /* done; the connection breaks */
    RCP_FAULT_PG_500_BEFORE,            /* 500 before anything exists (FACTS 1.3) */
    RCP_FAULT_PG_500_AFTER,             /* 500 after it was done */
    RCP_FAULT_PG_500_LATE,              /* 500 now; done later, within RCP_PG_LATE_MS */
    RCP_FAULT_PG_BAD_GATEWAY,           /* 502 or 504; done all the same */
    RCP_FAULT_PG_TOO_MANY,              /* 429; not done */
    RCP_FAULT_PG_UNAUTHORIZED,          /* 401; not done */
    RCP_FAULT_PG_UNREADABLE,            /* 200 with a body that does not decode; done */
    RCP_FAULT_PG_SLOW,                  /* answers late, but before the timeout */
    RCP_FAULT_PG_OVER_LIMIT,            /* the transaction fails: over the limit */
    RCP_FAULT_PG_BAD_CARD,              /* the transaction fails: not a valid card */
    RCP_FAULT_PG_STUCK,        /* the transaction stays PENDING until the heal, or an hour */
    RCP_FAULT_PG_OTHER_AMOUNT, /* the transaction succeeds with another amount */
    RCP_FAULT_CALLBACK_LOST,
    RCP_FAULT_CALLBACK_DOUBLED,
    RCP_FAULT_CALLBACK_EARLY,       /* comes before the PG itself tells the result */
    RCP_FAULT_CALLBACK_CONTRADICTS, /* says FAILED of a SUCCESS, SUCCESS of a FAILED */
    RCP_FAULT_CALLBACK_SLOW,        /* comes much later */
    RCP_FAULT_CRASH_BEFORE_ISSUE,   /* the process dies before the effect leaves */
    RCP_FAULT_CRASH_ISSUED,         /* dies when it has left */
    RCP_FAULT_CRASH_APPLIED,        /* dies when it was applied */
    RCP_FAULT_CRASH_ANSWERED,       /* dies when the answer is there but not stepped */

    /* Something is wrong for a while, or at one moment (planned by the scenario). */
    RCP_FAULT_REDIS_DOWN,          /* refuses */
    RCP_FAULT_REDIS_SILENT,        /* takes connections, never answers: unknown, not applied */
    RCP_FAULT_REDIS_RESTART_EMPTY, /* comes back without data */
    RCP_FAULT_REDIS_FAILOVER,      /* loses the writes of the last while (`for` tells how long) */
    RCP_FAULT_REDIS_LOADING,       /* LOADING: refuses everything */
    RCP_FAULT_REDIS_READONLY,      /* READONLY: refuses writes, answers reads */
    RCP_FAULT_REDIS_CLOCK_JUMP,    /* its clock goes forward by `by` */
    RCP_FAULT_MYSQL_DOWN,          /* refuses; open sessions are gone, what was not committed too */
    RCP_FAULT_MYSQL_SILENT,        /* freezes: unknown */
    RCP_FAULT_MYSQL_READ_ONLY,     /* failover: 1290 on every write */
    RCP_FAULT_MYSQL_TOO_MANY_CONNECTIONS, /* 1040 */
    RCP_FAULT_MYSQL_CLOCK_JUMP,           /* the database's clock goes forward by `by` */
    RCP_FAULT_KAFKA_DOWN,                 /* produce, fetch and commit fail */
    RCP_FAULT_KAFKA_LAG,                  /* records reach consumers only when it ends */
    RCP_FAULT_KAFKA_REBALANCE,            /* partitions move with work in flight */
    RCP_FAULT_KAFKA_RETENTION, /* records older than `by` are gone (breaks an assumption) */
    RCP_FAULT_PG_DOWN,         /* refuses connections */
    RCP_FAULT_PG_SILENT,       /* takes connections, never answers: not done */
    RCP_FAULT_NODE_CRASH,      /* the node's process dies; back after `for` */
    RCP_FAULT_NODE_PAUSE,      /* sleeps for `for`, then goes on as if nothing had been */
    RCP_FAULT_NODE_STOP,       /* graceful stop; back after `for` */
    RCP_FAULT_NODE_CLOCK_JUMP, /* the node's wall clock jumps by `by` */

    /* What arrives is bad (drawn by the workload). */
    RCP_FAULT_RECORD_UNUSABLE,    /* a record on the topic that does not decode */
    RCP_FAULT_RECORD_FORGED,      /* a record on the topic by a stranger, no valid MAC */
    RCP_FAULT_PAYLOAD_UNREADABLE, /* the token's value in Redis does not decode */
    RCP_FAULT_POISON_ENTRY,       /* this payment's entry is refused by MySQL every time */
    RCP_FAULT_POISON_CONNECTION,  /* this payment's entry kills the connection every time */

    /* An operator takes a node's worker or circuit in hand for a while (planned by the scenario). */
    RCP_FAULT_SCHEDULER_PAUSED, /* in the order of enum rcp_worker */
    RCP_FAULT_CONSUMER_PAUSED,
    RCP_FAULT_SWEEP_PAUSED,
    RCP_FAULT_RECONCILE_PAUSED,
    RCP_FAULT_PAY_FORCED_OPEN, /* in the order of enum rcp_circuit */
    RCP_FAULT_QUERY_FORCED_OPEN,
    RCP_FAULT_PAY_FORCED_CLOSED,
    RCP_FAULT_QUERY_FORCED_CLOSED,
    RCP_FAULT_COUNT
};

#define RCP_FAULT_FATES RCP_FAULT_REDIS_DOWN /* fates are the faults below this one */

enum rcp_fault_class {
    RCP_FAULT_CLASS_NONE,
    RCP_FAULT_CLASS_FATE,    /* strikes one message or effect: `on:` a site, or by `chance:` */
    RCP_FAULT_CLASS_PLANNED, /* strikes at a time, for a while: `at:`, `for:` */
    RCP_FAULT_CLASS_INPUT,   /* bad input: `at:`, with the payment it concerns where there is one */
};

struct rcp_fault_info {
    const char *name; /* as in scenarios: lower case, without the prefix */
    const char *sentence;
    uint64_t sites; /* FATE: where it may strike */
    enum rcp_fault_class class;
    bool wants_for; /* PLANNED: lasts */
    bool wants_by;  /* PLANNED: has an amount */
    bool wants_node;
    bool weak; /* breaks an assumption: a run with it is labelled weak-durability */
};

static inline bool rcp_fault_is_of_shop(enum rcp_fault fault)
{
    return fault == RCP_FAULT_PG_DOWN || fault == RCP_FAULT_PG_SILENT ||
           fault >= RCP_FAULT_RECONCILE_PAUSED;
}

static inline bool rcp_fault_is_of_operator(enum rcp_fault fault)
{
    return fault >= RCP_FAULT_SCHEDULER_PAUSED;
}

/* Never NULL; fault < RCP_FAULT_COUNT. */
const struct rcp_fault_info *rcp_fault_info(enum rcp_fault fault);

/* The site's name as in scenarios ("token_get", "approve"). Never NULL. */
const char *rcp_site_name(enum rcp_site site);

#endif
