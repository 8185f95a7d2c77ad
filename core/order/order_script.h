/* The typed scripts over the order tables, and the row that goes in and comes back.
 *
 * As in core/transaction.h a script is one transaction. Tables: orders, order_lines, payments, refunds,
 * idempotency_keys, points, coupons, products. Lock order of hardened scripts: stock by id, coupon,
 * points, payment, order. Ages and due times are by the database's clock. */
#ifndef RCP_CORE_ORDER_ORDER_SCRIPT_H
#define RCP_CORE_ORDER_ORDER_SCRIPT_H

#include "core/gateway/pg.h"
#include "core/order/order.h"

/* How an order script is run: flags of rcp_mysql_effect, beside enum rcp_script_flag. */
enum rcp_order_flag {
    RCP_TX_MIXED_LOCKS =
        1u << 8,                 /* PLACE, RESULT: locks in the order of the lines, payment first */
    RCP_TX_IDEMPOTENT = 1u << 9, /* PLACE: the Idempotency-Key is unique per user */
    RCP_TX_OVERWRITTEN =
        1u << 10, /* RESULT: units given back per product by overwrite (FACTS 1.7) */
    RCP_TX_EVERY_ONE =
        1u << 11, /* DUE: charges unclaimed and by id, above the order_id of the row that
                                  * goes in: all that are open or pg_open, updated_at a minute ago */
    RCP_TX_CREATED = 1u << 12, /* DUE, FIND: age counts from created_at */
};

/* What RESULT does to a charge. Chosen by decision_table.c; what it may do is in charge_table.c. */
enum rcp_settle {
    RCP_SETTLE_NONE,
    RCP_SETTLE_PAY,    /* PAID, order PAID, key stored */
    RCP_SETTLE_FAIL,   /* FAILED, compensated, order CANCELLED; asked on while pg_open */
    RCP_SETTLE_KEY,    /* as LEAVE, and the PG's key is stored, if there is none yet */
    RCP_SETTLE_LEAVE,  /* stays as it is; asked again after delay_ms */
    RCP_SETTLE_SIGHT,  /* the PG answers again: UNKNOWN is IN_PROGRESS, clocks start; asked again */
    RCP_SETTLE_MISS,   /* a fresh NotFound is counted; asked again after delay_ms */
    RCP_SETTLE_DOUBT,  /* UNKNOWN: alert; asked on */
    RCP_SETTLE_REVIEW, /* REVIEW: alert; asked no more */
    RCP_SETTLE_CLOSE,  /* nothing is open at the PG any more: asked no more */
    RCP_SETTLE_COUNT
};

/* What happened to, or is known of, one row of an order script. */
enum rcp_order_verdict {
    RCP_ORDER_VERDICT_NONE,      /* not looked at yet */
    RCP_ORDER_VERDICT_PLACED,    /* PLACE: done, the PG is next. FIND: it is there, IN_PROGRESS */
    RCP_ORDER_VERDICT_PAID,      /* PLACE: points and coupon covered it. FIND: it is PAID */
    RCP_ORDER_VERDICT_FAILED,    /* FIND, PLACE (same key): it has FAILED */
    RCP_ORDER_VERDICT_UNSURE,    /* FIND: UNKNOWN or REVIEW */
    RCP_ORDER_VERDICT_RUNNING,   /* PLACE: the same key and body, not settled yet */
    RCP_ORDER_VERDICT_OTHER,     /* PLACE: the same key with another body */
    RCP_ORDER_VERDICT_NO_STOCK,  /* PLACE: nothing written */
    RCP_ORDER_VERDICT_NO_POINT,  /* PLACE: nothing written */
    RCP_ORDER_VERDICT_NO_COUPON, /* PLACE: used or not this user's; nothing written */
    RCP_ORDER_VERDICT_PRICE,   /* PLACE: the amounts are not those of our tables; nothing written */
    RCP_ORDER_VERDICT_NOTHING, /* FIND: there is no such order */
    RCP_ORDER_VERDICT_DUE,     /* DUE: ask the PG about this charge */
    RCP_ORDER_VERDICT_REFUND,  /* DUE: this refund is to be sent; it is SENT now */
    RCP_ORDER_VERDICT_WRITTEN, /* RESULT, REFUND_RESULT, TOLD: the write took effect */
    RCP_ORDER_VERDICT_STALE,   /* its version (or the refund's epoch) has moved on */
    RCP_ORDER_VERDICT_REFUSED, /* RESULT: charge_table.c has no such move (documented: 400) */
    RCP_ORDER_VERDICT_ALERT,   /* DUE: a person has not been told yet */
    RCP_ORDER_VERDICT_COUNT
};

/* A transaction whose money is to go back. */
struct rcp_refund_line {
    uint64_t key; /* the PG's transactionKey; 0: no item */
    uint64_t amount;
};

#define RCP_REFUND_LINES_MAX 4u /* surplus transactions of one order that one script writes down */

/* One row of an order script, in both directions. Which fields matter is the script's business. */
struct rcp_order_row {
    struct rcp_cart cart;
    uint64_t user_id;
    uint64_t order_id; /* 0: not placed yet. The payment has the same id. */
    uint64_t origin;   /* the request that caused it: a trace id; PLACE writes it to the order, and
                           * FIND and DUE bring it back */
    uint64_t request_key; /* Idempotency-Key, as a handle; 0 none */
    uint64_t body_hash;   /* of the request under that key */
    uint64_t pg_key;      /* payments.external_payment_key; 0 none. Refund: the transaction */
    uint64_t pg_amount;   /* refund: what goes back */
    struct rcp_refund_line refunds[RCP_REFUND_LINES_MAX]; /* RESULT: written as REFUND_DUE */
    uint32_t version;      /* payments.version; in WHERE. Refund: its epoch */
    uint32_t age_ms;       /* out: since the age base (attempted_at; created_at where CREATED) */
    uint32_t sent_age_ms;  /* out: since the last POST may have left us */
    uint32_t sight_age_ms; /* out: since the PG was sighted after a silence; else age_ms */
    uint32_t miss_age_ms;  /* out: since the first fresh NotFound; 0 where misses is 0 */
    uint32_t delay_ms;     /* in: asked again, or refund sent again, after it */
    uint8_t status;        /* out: enum rcp_charge_status. Refund: enum rcp_refund_status; in REFUND
                            * what it becomes: DUE, REFUNDED or PARKED */
    uint8_t verdict;       /* enum rcp_order_verdict, filled in by the adapter */
    uint8_t settle;        /* enum rcp_settle: RESULT */
    uint8_t failure;       /* enum rcp_failure */
    uint8_t pg_open;       /* RESULT: still asked afterwards; out: so it is now */
    uint8_t
        tries; /* POSTs that may have reached the PG; RESULT adds them up. Refund: refusals, the same */
    uint8_t asked;    /* queries so far: picks the backoff; RESULT counts one more */
    uint8_t misses;   /* fresh NotFounds so far */
    uint8_t alert;    /* DUE, TOLD: enum rcp_order_alert */
    uint8_t silent;   /* RESULT: 1 where this query failed; out: where the last one did */
    uint8_t spare[6]; /* zero */
};

/* After so many queries the pauses between them grow no more (RCP_ASK_AGAIN_MAX_MS). */
#define RCP_ASKED_COUNTS 6u

/* The queries so far, as far as they count. */
static inline uint8_t rcp_asked_counts(const struct rcp_order_row *row)
{
    return row->asked < RCP_ASKED_COUNTS ? row->asked : RCP_ASKED_COUNTS;
}

/* What a person is told. */
enum rcp_order_alert {
    RCP_ORDER_ALERT_NONE,
    RCP_ORDER_ALERT_UNKNOWN, /* a charge is UNKNOWN: the PG does not tell */
    RCP_ORDER_ALERT_REVIEW,  /* a charge is in REVIEW: another amount */
    RCP_ORDER_ALERT_REFUND,  /* a refund is parked */
    RCP_ORDER_ALERT_COUNT
};

#endif
