/* The refund's status x event table (POLICIES.md, "refund"):
 *
 *          intended       claimed         done
 *   (none) --------> DUE --------> SENT --------> REFUNDED
 *                     ^  later      | |  given up
 *                     +-------------+ +---------> PARKED
 */
#include "core/order/refund_table.h"

#include <stddef.h>

const struct rcp_refund_edge rcp_refund_table[] = {
    {RCP_REFUND_NONE, RCP_REFUND_INTENDED, RCP_REFUND_DUE},
    {RCP_REFUND_DUE, RCP_REFUND_CLAIMED, RCP_REFUND_SENT},
    {RCP_REFUND_SENT, RCP_REFUND_RECLAIMED, RCP_REFUND_SENT},
    {RCP_REFUND_SENT, RCP_REFUND_LATER, RCP_REFUND_DUE},
    {RCP_REFUND_SENT, RCP_REFUND_DONE, RCP_REFUND_REFUNDED},
    {RCP_REFUND_SENT, RCP_REFUND_GIVEN_UP, RCP_REFUND_PARKED},
};

const uint32_t rcp_refund_table_count = sizeof rcp_refund_table / sizeof rcp_refund_table[0];

bool rcp_refund_next(enum rcp_refund_status from,
                     enum rcp_refund_event event,
                     enum rcp_refund_status *to,
                     uint32_t *edge)
{
    for (uint32_t i = 0; i < rcp_refund_table_count; i++) {
        if (rcp_refund_table[i].from != from || rcp_refund_table[i].event != event)
            continue;
        *to = (enum rcp_refund_status)rcp_refund_table[i].to;
        if (edge != NULL)
            *edge = i;
        return true;
    }
    return false;
}
