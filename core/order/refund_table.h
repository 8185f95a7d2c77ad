/* The refund's status x event table: what may happen to money on its way back. docs/POLICIES.md draws it. */
#ifndef RCP_CORE_ORDER_REFUND_TABLE_H
#define RCP_CORE_ORDER_REFUND_TABLE_H

#include "core/order/order.h"

#include <stdbool.h>

enum rcp_refund_event {
    RCP_REFUND_INTENDED,  /* RESULT writes its line, unique by the PG's key */
    RCP_REFUND_CLAIMED,   /* DUE: epoch + 1, lease */
    RCP_REFUND_RECLAIMED, /* DUE: its lease ran out: epoch + 1, lease */
    RCP_REFUND_LATER,    /* REFUND writes DUE: not back yet, or not known; goes on after delay_ms */
    RCP_REFUND_DONE,     /* REFUND writes REFUNDED */
    RCP_REFUND_GIVEN_UP, /* REFUND writes PARKED */
    RCP_REFUND_EVENT_COUNT
};

struct rcp_refund_edge {
    uint8_t from;  /* enum rcp_refund_status; NONE: no row */
    uint8_t event; /* enum rcp_refund_event */
    uint8_t to;    /* enum rcp_refund_status */
};

extern const struct rcp_refund_edge rcp_refund_table[];
extern const uint32_t rcp_refund_table_count;

/* Where event leads from this status: true and *to, or false where the row stays as it is (the
 * statement's WHERE matches nothing). *edge, where not NULL, is the index of the table's row. */
bool rcp_refund_next(enum rcp_refund_status from,
                     enum rcp_refund_event event,
                     enum rcp_refund_status *to,
                     uint32_t *edge);

#endif
