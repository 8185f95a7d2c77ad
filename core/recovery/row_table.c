/* The failure row's status x event table (POLICIES.md, "Row states"):
 *
 *             claimed                 settled
 *   PENDING ----------> PROCESSING -----------> RESOLVED
 *      ^   retry later,     | reclaimed (epoch + 1)
 *      +--- released -------+----- parked ----> FAILED
 */
#include "core/recovery/row_table.h"

#include <stddef.h>

const struct rcp_row_edge rcp_row_table[] = {
    {RCP_ROW_NONE, RCP_ROW_LOGGED, RCP_ROW_PENDING, 0},
    {RCP_ROW_NONE, RCP_ROW_LOGGED_PARKED, RCP_ROW_FAILED, 0},
    {RCP_ROW_PENDING, RCP_ROW_CLAIMED, RCP_ROW_PROCESSING, 0},
    {RCP_ROW_PENDING, RCP_ROW_PARKED, RCP_ROW_FAILED, 0},
    {RCP_ROW_PENDING, RCP_ROW_SETTLED, RCP_ROW_RESOLVED, 0},
    {RCP_ROW_PENDING, RCP_ROW_HANDED, RCP_ROW_RESOLVED, 1},
    {RCP_ROW_PENDING, RCP_ROW_RETRY_LATER, RCP_ROW_PENDING, 1},
    {RCP_ROW_PROCESSING,
     RCP_ROW_CLAIMED,
     RCP_ROW_PROCESSING,
     1}, /* blind: a plain select saw PENDING */
    {RCP_ROW_PROCESSING, RCP_ROW_RECLAIMED, RCP_ROW_PROCESSING, 0},
    {RCP_ROW_PROCESSING, RCP_ROW_RELEASED, RCP_ROW_PENDING, 0},
    {RCP_ROW_PROCESSING, RCP_ROW_RETRY_LATER, RCP_ROW_PENDING, 0},
    {RCP_ROW_PROCESSING, RCP_ROW_PARKED, RCP_ROW_FAILED, 0},
    {RCP_ROW_PROCESSING, RCP_ROW_SETTLED, RCP_ROW_RESOLVED, 0},
    {RCP_ROW_PROCESSING, RCP_ROW_HANDED, RCP_ROW_RESOLVED, 1},
    {RCP_ROW_PROCESSING, RCP_ROW_REPLACED, RCP_ROW_NONE, 1},
    {RCP_ROW_FAILED, RCP_ROW_SETTLED, RCP_ROW_RESOLVED, 0}, /* approved or rejected after all */
    {RCP_ROW_FAILED, RCP_ROW_REOPENED, RCP_ROW_PENDING, 0}, /* by an operator */
};

const uint32_t rcp_row_table_count = sizeof rcp_row_table / sizeof rcp_row_table[0];

bool rcp_row_next(enum rcp_row_status from,
                  enum rcp_row_event event,
                  enum rcp_row_status *to,
                  uint32_t *edge)
{
    for (uint32_t i = 0; i < rcp_row_table_count; i++) {
        if (rcp_row_table[i].from != from || rcp_row_table[i].event != event)
            continue;
        *to = (enum rcp_row_status)rcp_row_table[i].to;
        if (edge != NULL)
            *edge = i;
        return true;
    }
    return false;
}
