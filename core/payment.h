/* The nouns of the first document: payload, token, entry, failure row. Sources: FACTS 0.2 to 0.5. */
#ifndef RCP_CORE_PAYMENT_H
#define RCP_CORE_PAYMENT_H

#include <stdint.h>

/* What a reservation token stands for: the Redis value, the failure row's payload, the record's
 * value (FACTS 0.3). The payment's key is (activity_id, user_id). */
struct rcp_payload {
    uint64_t user_id;
    uint64_t activity_id;
    uint64_t product_id;
    uint32_t quantity;
    uint32_t type; /* enum rcp_activity_type */
};

enum rcp_activity_type {
    RCP_ACTIVITY_FIRST_COME_FIRST_SERVE,
    RCP_ACTIVITY_COUPON,
    RCP_ACTIVITY_GIVEAWAY,
    RCP_ACTIVITY_TYPE_COUNT
};

/* How a token reads before anyone is asked. The adapter checks the HMAC in constant time. */
enum rcp_token_form {
    RCP_TOKEN_MALFORMED, /* not base64url of user:activity:hmac */
    RCP_TOKEN_FORGED,    /* well formed, wrong signature */
    RCP_TOKEN_SIGNED,
    RCP_TOKEN_FORM_COUNT
};

/* A token as the core sees it: a handle and the claims it carries, never its bytes. */
struct rcp_token {
    uint64_t handle;
    uint64_t user_id;     /* claimed; trusted only where form is SIGNED */
    uint64_t activity_id; /* claimed; trusted only where form is SIGNED */
    enum rcp_token_form form;
};

/* campaign_activity_entries.status (FACTS 0.5). */
enum rcp_entry_status {
    RCP_ENTRY_NONE, /* no row */
    RCP_ENTRY_PENDING,
    RCP_ENTRY_APPROVED, /* final */
    RCP_ENTRY_REJECTED, /* final: the fence */
    RCP_ENTRY_DUPLICATED,
    RCP_ENTRY_STATUS_COUNT
};

/* payment_failure_log.status (FACTS 0.5; the moves are in docs/POLICIES.md and core/recovery/row_table.c). */
enum rcp_row_status {
    RCP_ROW_NONE, /* no row */
    RCP_ROW_PENDING,
    RCP_ROW_PROCESSING, /* claimed: owner, lease, epoch */
    RCP_ROW_RESOLVED,   /* final: the entry is settled */
    RCP_ROW_FAILED,     /* parked: waits for a person */
    RCP_ROW_STATUS_COUNT
};

/* Why a row is parked. */
enum rcp_park_cause {
    RCP_PARK_NONE,
    RCP_PARK_ATTEMPTS, /* its handler failed while others succeeded */
    RCP_PARK_SENDS,    /* sent too often without an end */
    RCP_PARK_AGE,      /* open for longer than a day */
    RCP_PARK_CAPACITY, /* approving it would sell more than there is */
    RCP_PARK_FENCED,   /* accepted into the topic alone, and rejected before its record came */
    RCP_PARK_OPERATOR, /* a person wanted it so */
    RCP_PARK_CAUSE_COUNT
};

#endif
