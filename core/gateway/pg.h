/* The nouns of the payment gateway (PG) as we see it over HTTP. Source: FACTS 1.3 to 1.5. */
#ifndef RCP_CORE_GATEWAY_PG_H
#define RCP_CORE_GATEWAY_PG_H

#include <stdint.h>

/* A call to the PG. */
enum rcp_pg_verb {
    RCP_PG_PAY,    /* POST /api/v1/payments: not idempotent, each one makes a transaction */
    RCP_PG_LIST,   /* GET /api/v1/payments?orderId=: keys and statuses, newest first, no amounts */
    RCP_PG_GET,    /* GET /api/v1/payments/{transactionKey}: with the amount */
    RCP_PG_REFUND, /* our extension: POST /api/v1/payments/{transactionKey}/refund, once per key */
    RCP_PG_VERB_COUNT
};

/* How one try ended, in the words of HTTP and sockets. What it means is answer_table.c's business. */
enum rcp_pg_answer {
    RCP_PG_ANSWER_NONE,
    RCP_PG_OK,           /* 2xx, and the body decodes */
    RCP_PG_UNREADABLE,   /* 2xx, and the body does not decode */
    RCP_PG_BAD_REQUEST,  /* 400, and any 4xx that has no name here */
    RCP_PG_UNAUTHORIZED, /* 401, 403 */
    RCP_PG_NOT_FOUND,    /* 404 */
    RCP_PG_TOO_MANY,     /* 429, with Retry-After where the PG says it */
    RCP_PG_ERROR_500,    /* 500, 503 and any 5xx that has no name here */
    RCP_PG_BAD_GATEWAY,  /* 502, 504: somebody between us and the PG gave up */
    RCP_PG_NOT_CONNECTED, /* refused, or no connection within the connect timeout: nothing was sent */
    RCP_PG_RESET,         /* the connection broke after something was sent */
    RCP_PG_TIMED_OUT,     /* no answer within the read timeout */
    RCP_PG_ANSWER_COUNT
};

/* Status of one transaction at the PG. */
enum rcp_pg_status {
    RCP_PG_PENDING, /* and whatever else is not final */
    RCP_PG_SUCCESS,
    RCP_PG_FAILED,
    RCP_PG_REFUNDED, /* our extension */
    RCP_PG_STATUS_COUNT
};

/* Why a transaction failed, as far as anybody downstream cares. */
enum rcp_pg_reason {
    RCP_PG_REASON_NONE,
    RCP_PG_REASON_LIMIT, /* over the card's limit */
    RCP_PG_REASON_CARD,  /* not a valid card */
    RCP_PG_REASON_COUNT
};

#define RCP_PG_TRANSACTIONS_MAX 8u /* of one order that a query tells of; more: see `more` */

/* One transaction as an answer tells of it. */
struct rcp_pg_transaction {
    uint64_t key;      /* transactionKey, as a handle; never 0 */
    uint64_t order_id; /* that it names; GET and PAY alone, else 0 */
    uint64_t amount;   /* KRW; GET alone, else 0 */
    uint8_t status;    /* enum rcp_pg_status */
    uint8_t reason;    /* enum rcp_pg_reason */
    uint8_t priced;    /* 1: amount and order_id are known */
    uint8_t spare[5];  /* zero */
};

#endif
