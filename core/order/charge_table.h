/* The charge's status x settle table: what a RESULT may do to a payment. docs/POLICIES.md draws it. */
#ifndef RCP_CORE_ORDER_CHARGE_TABLE_H
#define RCP_CORE_ORDER_CHARGE_TABLE_H

#include "core/order/order_script.h"

#include <stdbool.h>

struct rcp_charge_edge {
    uint8_t from;   /* enum rcp_charge_status */
    uint8_t settle; /* enum rcp_settle */
    uint8_t to;     /* enum rcp_charge_status */
};

extern const struct rcp_charge_edge rcp_charge_table[];
extern const uint32_t rcp_charge_table_count;

/* Where settle leads from this status: true and *to, or false where RESULT refuses it. *edge, where not
 * NULL, is the index of the table's row. */
bool rcp_charge_next(enum rcp_charge_status from,
                     enum rcp_settle settle,
                     enum rcp_charge_status *to,
                     uint32_t *edge);

/* True where a charge is not settled, and the PG is asked how it stands. */
static inline bool rcp_charge_is_open(enum rcp_charge_status status)
{
    return status == RCP_CHARGE_IN_PROGRESS || status == RCP_CHARGE_UNKNOWN;
}

#endif
