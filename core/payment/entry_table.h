/* The entry's status x event table: which states are final, and what may follow the others. */
#ifndef RCP_CORE_PAYMENT_ENTRY_TABLE_H
#define RCP_CORE_PAYMENT_ENTRY_TABLE_H

#include "core/payment.h"

#include <stdbool.h>

/* What a script wants of an entry. */
enum rcp_entry_event {
    RCP_ENTRY_APPROVE, /* upsertEntry(APPROVED) */
    RCP_ENTRY_REJECT,  /* the fence: by an operator, or because the token is gone */
    RCP_ENTRY_EVENT_COUNT
};

struct rcp_entry_edge {
    uint8_t from;  /* enum rcp_entry_status; NONE: no row */
    uint8_t event; /* enum rcp_entry_event */
    uint8_t to;    /* enum rcp_entry_status */
};

extern const struct rcp_entry_edge rcp_entry_table[];
extern const uint32_t rcp_entry_table_count;

/* Where the event leads from this status: true and *to, or false where the status is final for it. A
 * production script has the same table in its WHERE; RCP_TX_BLIND (documented) does not look. */
bool rcp_entry_next(enum rcp_entry_status from,
                    enum rcp_entry_event event,
                    enum rcp_entry_status *to);

#endif
