/* The second document's half of the world: shop tables, refunds, the PG's ledger, and what the checkers
 * know of each purchase. Part of the one block of sim/world.h.
 *
 * A purchase is what a buyer wants: one Idempotency-Key, one cart. Its index is
 * (buyer - 1) * purchases + (n - 1), its handle as request_key is index + 1. An order's id is
 * config.first_order_id + its index; the payment has the same id. */
#ifndef RCP_SIM_ORDER_WORLD_H
#define RCP_SIM_ORDER_WORLD_H

#include "core/effect.h"

struct rcp_product_row {
    uint64_t price; /* KRW */
    uint32_t stock;
    uint32_t lock; /* session index + 1 that holds it; 0: free */
    uint32_t sold; /* ghost, by index: units in orders that are not CANCELLED */
    uint32_t spare;
};

/* points and the one issued coupon of a buyer; the coupon's id is the buyer's. */
struct rcp_buyer_row {
    uint64_t points;
    uint32_t point_lock; /* session index + 1 */
    uint32_t coupon_lock;
    uint64_t points_used;  /* ghost, by index: in orders that are not CANCELLED */
    uint32_t coupons_used; /* ghost, by index: orders with the coupon that are not CANCELLED */
    uint8_t coupon_used;
    uint8_t spare[3];
};

/* idempotency_keys, by purchase: unique (user, key). Used with RCP_TX_IDEMPOTENT alone. */
struct rcp_request_key_row {
    uint64_t body_hash;
    uint32_t order; /* index; RCP_NOBODY where the key is not used yet */
    uint32_t lock;  /* session index + 1 */
};

/* orders and payments: one row each, the same index. Times are the database's. */
struct rcp_order_record {
    struct rcp_cart cart;
    uint64_t origin;
    uint64_t pg_key; /* payments.external_payment_key; 0 none */
    uint64_t created_ms, attempted_ms, updated_ms;
    uint64_t due_ms;   /* next_query_at */
    uint64_t sent_ms;  /* the last POST may have left us then */
    uint64_t sight_ms; /* the PG was sighted after a silence; 0: never silent since attempted_ms */
    uint64_t miss_ms;  /* first fresh NotFound; 0 none */
    uint32_t purchase;
    uint32_t user;
    uint32_t version;
    uint32_t lock;   /* payment row: session index + 1 */
    uint8_t status;  /* enum rcp_order_status */
    uint8_t charge;  /* enum rcp_charge_status */
    uint8_t failure; /* enum rcp_failure */
    uint8_t pg_open;
    uint8_t tries;
    uint8_t asked;
    uint8_t misses;
    uint8_t silent;  /* the last query failed */
    uint8_t alerted; /* a person was told, and that is written down */

    /* ghost: what the checkers need and no table keeps */
    uint8_t told;           /* an ORDER_ALERT for it left a node */
    uint8_t compensated;    /* how often units, points and coupon were given back */
    uint8_t bad_edge;       /* 1 + status it moved from, where charge_table.c has no such move */
    uint8_t version_jumped; /* a write did not raise the version by exactly one */
    uint8_t
        listed_none; /* how often a LIST reached the PG while it had no transaction; saturates */
    uint8_t
        failed_falsely; /* FAILED as NO_RECORD though listed_none is 0; as REFUSED or NOT_REACHED
                              * though a transaction exists, or a request is on its way */
    uint8_t
        blind_resend;  /* a POST left us over an uncertain one without a fresh NotFound between */
    uint8_t uncertain; /* the last POST's answer was uncertain, and no NotFound came since */
    uint8_t silence_untold; /* a query failed past RCP_FORCE_FAIL_MS and it stayed IN_PROGRESS */
    uint8_t
        late_silences; /* RESULTs in a row that left it so; the first may have been just in time */
    uint8_t spare[5];
};

/* refunds: unique transaction key. */
struct rcp_refund_row {
    uint64_t key;
    uint64_t amount;
    uint64_t due_ms; /* database clock */
    uint32_t order;  /* index */
    uint32_t epoch;  /* grows with each claim; in WHERE */
    uint32_t lock;   /* session index + 1 */
    uint8_t status;  /* enum rcp_refund_status */
    uint8_t tries;
    uint8_t alerted;
    uint8_t told;     /* ghost: an ORDER_ALERT for it left a node */
    uint8_t bad_edge; /* ghost: 1 + status it moved from, where refund_table.c has no such move */
    uint8_t spare[3];
};

/* One transaction in the PG's own database: what really happened to the money. Key = index + 1. */
struct rcp_pg_row {
    uint64_t updated_ms; /* world clock: lists are sorted by it, newest first */
    uint64_t amount;
    uint32_t order; /* index of ours that it names; RCP_NOBODY where it names none of ours */
    uint32_t user;
    uint8_t status;     /* enum rcp_pg_status */
    uint8_t reason;     /* enum rcp_pg_reason */
    uint8_t result;     /* enum rcp_fault: what chance made of it (NONE: it succeeds) */
    uint8_t refunds;    /* ghost: how often it was refunded */
    uint32_t callbacks; /* sent for it so far */
};

/* A call on its way to the PG and back, as MySQL has sessions. Room: twice what all nodes may have in
 * flight, since what a dead or deaf node sent may still arrive. */
struct rcp_pg_call {
    uint64_t op_id;
    uint64_t deadline_ms; /* the client gives up then */
    struct rcp_pg_effect effect;
    struct rcp_pg_transaction transactions[RCP_PG_TRANSACTIONS_MAX]; /* of the answer */
    uint32_t count;
    uint32_t purchase;    /* it is about; RCP_NOBODY */
    uint32_t incarnation; /* of the node */
    uint32_t number;      /* grows each time the slot is taken anew */
    uint32_t retry_after_ms;
    uint8_t node; /* 0.. */
    uint8_t used;
    uint8_t answer; /* enum rcp_pg_answer */
    uint8_t more;
    uint8_t waiting; /* 1: it has not reached the PG yet */
    uint8_t spare[3];
};

/* What the checkers know of one purchase: facts of the run, not the core's opinion. */
struct rcp_purchase_ledger {
    struct rcp_cart cart; /* as the workload says */
    uint64_t body_hash;
    uint32_t orders;   /* by index: orders for it that stand (are not CANCELLED) */
    uint32_t order;    /* index of the first, RCP_NOBODY */
    uint32_t requests; /* PAYs on their way to the PG that may yet take effect */
    uint32_t tries;    /* of the buyer: how often it asked again */
    uint32_t spare2;
    uint8_t asked;        /* the buyer's request reached a node */
    uint8_t told_paid;    /* 200 and PAID left a node for the buyer */
    uint8_t told_failed;  /* 402 left a node for the buyer */
    uint8_t told_refused; /* another 4xx left a node for the buyer */
    uint8_t untrue;       /* an answer said something that was not so when it left */
    uint8_t spare[2];
};

#endif
