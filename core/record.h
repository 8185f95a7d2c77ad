/* The record format: what a run leaves behind, written by sim and prod, read by reports.
 * One record is one thing that happened: an event stepped, an effect issued, a fault, a fact of the world. */
#ifndef RCP_CORE_RECORD_H
#define RCP_CORE_RECORD_H

#include "core/effect.h"

enum rcp_record_kind {
    RCP_RECORD_NONE,
    RCP_RECORD_CLICK,   /* a client sends a request: number = enum rcp_request_kind */
    RCP_RECORD_REQUEST, /* a node steps it */
    RCP_RECORD_REPLY,   /* a node answers: number = HTTP status; verdict = enum rcp_charge_status */
    RCP_RECORD_ANSWERED,   /* the client has the answer: number, verdict as replied */
    RCP_RECORD_REDIS,      /* a node issues a Redis command: verb */
    RCP_RECORD_REDIS_DONE, /* and steps its end: verb, outcome, found */
    RCP_RECORD_TX,      /* a node issues a script: script, rows; RESULT: number = enum rcp_settle,
                             * REFUND: number = enum rcp_refund_status */
    RCP_RECORD_TX_DONE, /* and steps its end: script, outcome, verdict of the first row, rows */
    RCP_RECORD_SEND,    /* a node sends a record: row_id */
    RCP_RECORD_SENT,    /* and steps its delivery report: outcome */
    RCP_RECORD_CONSUME, /* a node steps a consumed record: row_id, detail = offset */
    RCP_RECORD_OFFSET,  /* a node commits an offset: detail = offset */
    RCP_RECORD_OFFSET_DONE, /* and steps the end: outcome */
    RCP_RECORD_ASSIGNED,    /* number = partition */
    RCP_RECORD_REVOKED,     /* number = partition */
    RCP_RECORD_TIMER,       /* a node steps a timer */
    RCP_RECORD_ALERT,       /* a person is told: row_id, or detail = offset */
    RCP_RECORD_START,       /* a node starts: detail = incarnation */
    RCP_RECORD_STOP,        /* a node is told to stop */
    RCP_RECORD_CRASH,       /* a node is gone */
    RCP_RECORD_RESERVED,    /* the entry service issued a token */
    RCP_RECORD_EXPIRED,     /* a token's time ran out; its slot went back */
    RCP_RECORD_PG,          /* a node calls the PG: verb = enum rcp_pg_verb */
    RCP_RECORD_PG_DONE,     /* and steps the end: verb, number = enum rcp_pg_answer */
    RCP_RECORD_PG_SETTLED,  /* a transaction at the PG has ended: detail = key, number = status */
    RCP_RECORD_CALLBACK,    /* the PG calls back: detail = key, number = status as it says */
    RCP_RECORD_ORDER_ALERT, /* a person is told: number = enum rcp_order_alert */
    RCP_RECORD_FAULT,       /* a fault struck: number = fault id of the writer's table */
    RCP_RECORD_HEAL,        /* no more faults from here on */
    RCP_RECORD_DRAINED,     /* nothing is left to do */
    RCP_RECORD_VIOLATION,   /* number = invariant id of the writer's table */
    RCP_RECORD_KIND_COUNT
};

struct rcp_record {
    uint64_t at_ms;
    uint64_t user_id; /* payment it is about; 0 where none */
    uint64_t activity_id;
    uint64_t detail;
    uint64_t order_id; /* second document: the order it is about, and user_id its buyer; else 0 */
    uint32_t row_id;
    uint32_t rows;  /* rows of the script */
    uint32_t flags; /* TX: enum rcp_script_flag; REDIS_DONE: 1 = found; SEND, SENT: enum rcp_acks */
    uint16_t number; /* see the kinds */
    uint8_t kind;    /* enum rcp_record_kind */
    uint8_t role;    /* enum rcp_role */
    uint8_t node;
    uint8_t verb;     /* enum rcp_redis_verb */
    uint8_t script;   /* enum rcp_script */
    uint8_t outcome;  /* enum rcp_outcome */
    uint8_t verdict;  /* enum rcp_verdict; of an order script enum rcp_order_verdict */
    uint8_t error;    /* enum rcp_error_class */
    uint8_t spare[6]; /* zero */
};

/* Names as in scenarios, reports and docs ("approve", "unknown", "PENDING"). Never NULL. */
const char *rcp_record_kind_name(enum rcp_record_kind kind);
const char *rcp_script_name(enum rcp_script script);
const char *rcp_redis_verb_name(enum rcp_redis_verb verb);
const char *rcp_outcome_name(enum rcp_outcome outcome);
const char *rcp_verdict_name(enum rcp_verdict verdict);
const char *rcp_error_class_name(enum rcp_error_class error);
const char *rcp_entry_status_name(enum rcp_entry_status status);
const char *rcp_row_status_name(enum rcp_row_status status);
const char *rcp_park_cause_name(enum rcp_park_cause cause);
const char *rcp_payment_state_name(enum rcp_payment_state state);
const char *rcp_role_name(enum rcp_role role);

/* The second document's. */
const char *rcp_order_status_name(enum rcp_order_status status);
const char *rcp_charge_status_name(enum rcp_charge_status status);
const char *rcp_refund_status_name(enum rcp_refund_status status);
const char *rcp_failure_name(enum rcp_failure failure);
const char *rcp_order_verdict_name(enum rcp_order_verdict verdict);
const char *rcp_pg_verb_name(enum rcp_pg_verb verb);
const char *rcp_pg_answer_name(enum rcp_pg_answer answer);
const char *rcp_pg_status_name(enum rcp_pg_status status);

#endif
