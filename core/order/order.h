/* The nouns of the second document: order, payment, refund. Sources: FACTS 1.1, 1.2, 1.6, 1.7. */
#ifndef RCP_CORE_ORDER_ORDER_H
#define RCP_CORE_ORDER_ORDER_H

#include <stdint.h>

/* orders.status (FACTS 1.1). */
enum rcp_order_status {
    RCP_ORDER_NONE, /* no row */
    RCP_ORDER_PLACED,
    RCP_ORDER_PAID,      /* final */
    RCP_ORDER_CANCELLED, /* final */
    RCP_ORDER_STATUS_COUNT
};

/* payments.status (FACTS 1.1; UNKNOWN and REVIEW are ours). Moves: charge_table.c. */
enum rcp_charge_status {
    RCP_CHARGE_NONE, /* no row */
    RCP_CHARGE_PENDING,
    RCP_CHARGE_IN_PROGRESS,
    RCP_CHARGE_UNKNOWN, /* the PG has been silent for too long; a person has been told */
    RCP_CHARGE_REVIEW,  /* the PG took another amount than ours; waits for a person, who was told */
    RCP_CHARGE_PAID,
    RCP_CHARGE_FAILED,
    RCP_CHARGE_STATUS_COUNT
};

/* refunds.status: one row per transaction that took money which is not ours to keep. */
enum rcp_refund_status {
    RCP_REFUND_NONE, /* no row */
    RCP_REFUND_DUE,
    RCP_REFUND_SENT,     /* claimed; the PG may have been asked */
    RCP_REFUND_REFUNDED, /* final */
    RCP_REFUND_PARKED,   /* waits for a person, who was told */
    RCP_REFUND_STATUS_COUNT
};

/* Why a charge has failed (payments.failure_message). */
enum rcp_failure {
    RCP_FAILURE_NONE,
    RCP_FAILURE_LIMIT,       /* the PG: over the limit */
    RCP_FAILURE_CARD,        /* the PG: not a valid card */
    RCP_FAILURE_PG,          /* the PG, without a reason we know: "PG 결제 실패" */
    RCP_FAILURE_REFUSED,     /* the PG refused the request */
    RCP_FAILURE_NOT_REACHED, /* the PG was surely never asked */
    RCP_FAILURE_NO_RECORD,   /* "PG에 결제 기록 없음" */
    RCP_FAILURE_TIME_OUT,    /* "결제 시간 초과 (5분)" */
    RCP_FAILURE_OPERATOR,    /* a person settled it */
    RCP_FAILURE_COUNT
};

#define RCP_ORDER_ITEMS_MAX 4u /* items of one order */

struct rcp_order_item {
    uint32_t product_id; /* 0: no item */
    uint32_t quantity;
};

/* What a client asks for, and what it was told that it costs: all in KRW.
 * used_point + paid_amount + coupon_discount = total_amount, else 400. */
struct rcp_cart {
    uint64_t total_amount;
    uint64_t used_point;
    uint64_t paid_amount; /* by card */
    uint64_t coupon_discount;
    uint64_t coupon_id; /* issued coupon; 0 none */
    struct rcp_order_item items[RCP_ORDER_ITEMS_MAX];
};

#endif
