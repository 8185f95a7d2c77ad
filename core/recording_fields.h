/* The fields of every event, effect and row that a recording keeps: where they are, how wide, what they
 * mean. One table serves writing, reading, comparing and telling: a field that is new belongs there. */
#ifndef RCP_CORE_RECORDING_FIELDS_H
#define RCP_CORE_RECORDING_FIELDS_H

#include "core/effect.h"
#include "core/event.h"
#include "core/node.h"

/* What a number stands for: how a person reads it, and which numbers there are. */
enum rcp_meaning {
    RCP_MEANS_NUMBER,
    RCP_MEANS_HANDLE, /* of bytes that the core does not see */
    RCP_MEANS_OP_ID,
    RCP_MEANS_FLAGS,
    RCP_MEANS_BOOL,
    RCP_MEANS_TOKEN_FORM,
    RCP_MEANS_REQUEST,
    RCP_MEANS_OUTCOME,
    RCP_MEANS_ERROR,
    RCP_MEANS_PG_ANSWER,
    RCP_MEANS_PG_STATUS,
    RCP_MEANS_PG_REASON,
    RCP_MEANS_ROLE,
    RCP_MEANS_HTTP, /* enum rcp_status */
    RCP_MEANS_PAYMENT_STATE,
    RCP_MEANS_CHARGE,
    RCP_MEANS_REDIS_VERB,
    RCP_MEANS_SCRIPT,
    RCP_MEANS_ACKS,
    RCP_MEANS_PG_VERB,
    RCP_MEANS_ORDER_ALERT,
    RCP_MEANS_VERDICT,
    RCP_MEANS_ORDER_VERDICT,
    RCP_MEANS_PARK_CAUSE,
    RCP_MEANS_SETTLE,
    RCP_MEANS_FAILURE,
    RCP_MEANS_OPERATION,
    RCP_MEANS_WORKER,
    RCP_MEANS_CIRCUIT,
    RCP_MEANS_COUNT
};

struct rcp_field {
    const char *name;
    uint16_t at;   /* bytes from the beginning of the object */
    uint8_t size;  /* bytes: 1, 2, 4 or 8 */
    uint8_t means; /* enum rcp_meaning */
};

/* Constant data, never freed. */
struct rcp_fields {
    const struct rcp_field *list;
    uint32_t count;
};

/* What a row, or anything else that is behind a pointer, can be. */
enum rcp_row_kind {
    RCP_ROWS_NONE,
    RCP_ROWS_TX,          /* struct rcp_tx_row */
    RCP_ROWS_ORDER,       /* struct rcp_order_row */
    RCP_ROWS_TRANSACTION, /* struct rcp_pg_transaction */
    RCP_ROWS_REQUEST,     /* struct rcp_order_request */
    RCP_ROWS_COUNT
};

/* Of struct rcp_event, without times and kind; of struct rcp_effect, without kind, role first; of one row;
 * of struct rcp_node_config. A kind that does not exist has none. */
struct rcp_fields rcp_event_fields(enum rcp_event_kind kind);
struct rcp_fields rcp_effect_fields(enum rcp_effect_kind kind);
struct rcp_fields rcp_row_fields(enum rcp_row_kind kind);
struct rcp_fields rcp_config_fields(void);

/* "mysql_done", "reply": as in scenarios and on paper. Never NULL. */
const char *rcp_event_kind_name(enum rcp_event_kind kind);
const char *rcp_effect_kind_name(enum rcp_effect_kind kind);

/* The largest number that the field can have: by its size, and of an enumeration by its last enumerator.
 * A byte that stands for one may hold anything, since it comes from a database or a client. */
uint64_t rcp_field_most(const struct rcp_field *field);

uint64_t rcp_field_get(const void *object, const struct rcp_field *field);
void rcp_field_set(void *object, const struct rcp_field *field, uint64_t value);

/* A number that changes with any table above: equal in two builds that can read each other's recordings. */
uint64_t rcp_fields_hash(void);

#endif
