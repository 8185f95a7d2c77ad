/* One payment under `hardened` with everything around it abstract, as payment.pml has it; what its variables
 * mean is said there. */
#ifndef RCP_TESTS_MODELS_PAYMENT_H
#define RCP_TESTS_MODELS_PAYMENT_H

#include "sim/search.h"

#define PAYMENT_ATTEMPTS    2u  /* failed attempts after which the row is parked */
#define PAYMENT_RECORDS     10u /* numbers of records: 0 has no row, others have the row's epoch */
#define PAYMENT_ACTIONS_MAX 128u
#define PAYMENT_STAGES      18u /* what an answer may be waited for, IDLE included */

enum payment_token { PAYMENT_TOKEN_HELD, PAYMENT_TOKEN_GONE };

enum payment_entry { PAYMENT_ENTRY_NONE, PAYMENT_ENTRY_APPROVED, PAYMENT_ENTRY_REJECTED };

enum payment_row {
    PAYMENT_ROW_NONE,
    PAYMENT_ROW_PENDING,
    PAYMENT_ROW_PROCESSING,
    PAYMENT_ROW_RESOLVED,
    PAYMENT_ROW_FAILED,
};

/* Bits of told. */
enum payment_told {
    PAYMENT_TOLD_OK = 1,
    PAYMENT_TOLD_ACCEPTED = 2,
    PAYMENT_TOLD_GONE = 4,
    PAYMENT_TOLD_UNAVAILABLE = 8,
};

/* Who in the node waits for an answer; an action may be anybody's. */
enum payment_who { PAYMENT_REQUEST, PAYMENT_RETRY, PAYMENT_SCHEDULER, PAYMENT_ANYBODY };

struct payment {
    uint8_t entry;
    uint8_t row;
    uint8_t attempts;
    uint8_t epoch;
    uint8_t told;
    uint8_t asks;
    uint16_t records;
    uint8_t late;
    uint8_t at[PAYMENT_ANYBODY]; /* the effect that each waits for */
    uint8_t retry_record;
    uint8_t faults;
    uint8_t crashes;
    uint8_t token : 1;
    uint8_t up : 1;
    uint8_t retry_counted : 1;
    uint8_t fresh : 1; /* the row is the work of the request in progress */
    uint8_t losses : 1;
    uint8_t spare : 3; /* zero */
};

struct payment_bounds {
    uint32_t faults;
    uint32_t crashes;
    uint32_t asks;
    uint32_t losses; /* of the token by Redis: 0 or 1 */
};

/* Actions that follow each other in the table. */
struct payment_range {
    uint8_t first;
    uint8_t count;
};

/* A worker's context. */
struct payment_context {
    struct payment at;
    struct payment_bounds bounds;
    struct payment_range ranges[PAYMENT_ANYBODY + 1][PAYMENT_STAGES]; /* by who waits for what */
    struct payment listed; /* the state whose actions are listed */
    uint32_t enabled_count;
    uint8_t enabled[PAYMENT_ACTIONS_MAX];
};

const struct rcp_search_model *payment_model(void);

/* Begins a context. */
struct payment_context payment_context(struct payment_bounds bounds);

#endif
