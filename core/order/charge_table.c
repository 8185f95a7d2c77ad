/* The charge's status x settle table (FACTS 1.1, 1.6; UNKNOWN and REVIEW are ours):
 *
 *                 pay
 *   IN_PROGRESS --------> PAID        fail: IN_PROGRESS, UNKNOWN, REVIEW -> FAILED
 *     |  ^   | review                 pay:  UNKNOWN -> PAID
 *     |  |   +----------> REVIEW
 *     |  | sight
 *     +--+--------------> UNKNOWN
 *          doubt
 */
#include "core/order/charge_table.h"

#include <stddef.h>

const struct rcp_charge_edge rcp_charge_table[] = {
    {RCP_CHARGE_IN_PROGRESS, RCP_SETTLE_PAY, RCP_CHARGE_PAID},
    {RCP_CHARGE_IN_PROGRESS, RCP_SETTLE_FAIL, RCP_CHARGE_FAILED},
    {RCP_CHARGE_IN_PROGRESS, RCP_SETTLE_KEY, RCP_CHARGE_IN_PROGRESS},
    {RCP_CHARGE_IN_PROGRESS, RCP_SETTLE_LEAVE, RCP_CHARGE_IN_PROGRESS},
    {RCP_CHARGE_IN_PROGRESS, RCP_SETTLE_SIGHT, RCP_CHARGE_IN_PROGRESS},
    {RCP_CHARGE_IN_PROGRESS, RCP_SETTLE_MISS, RCP_CHARGE_IN_PROGRESS},
    {RCP_CHARGE_IN_PROGRESS, RCP_SETTLE_DOUBT, RCP_CHARGE_UNKNOWN},
    {RCP_CHARGE_IN_PROGRESS, RCP_SETTLE_REVIEW, RCP_CHARGE_REVIEW},
    {RCP_CHARGE_UNKNOWN, RCP_SETTLE_PAY, RCP_CHARGE_PAID},
    {RCP_CHARGE_UNKNOWN, RCP_SETTLE_FAIL, RCP_CHARGE_FAILED},
    {RCP_CHARGE_UNKNOWN, RCP_SETTLE_LEAVE, RCP_CHARGE_UNKNOWN},
    {RCP_CHARGE_UNKNOWN, RCP_SETTLE_SIGHT, RCP_CHARGE_IN_PROGRESS},
    {RCP_CHARGE_UNKNOWN, RCP_SETTLE_REVIEW, RCP_CHARGE_REVIEW},
    {RCP_CHARGE_REVIEW, RCP_SETTLE_FAIL, RCP_CHARGE_FAILED}, /* a person says so */
    {RCP_CHARGE_PAID, RCP_SETTLE_LEAVE, RCP_CHARGE_PAID},    /* asked on: pg_open */
    {RCP_CHARGE_PAID, RCP_SETTLE_CLOSE, RCP_CHARGE_PAID},
    {RCP_CHARGE_FAILED, RCP_SETTLE_LEAVE, RCP_CHARGE_FAILED},
    {RCP_CHARGE_FAILED, RCP_SETTLE_CLOSE, RCP_CHARGE_FAILED},
};

const uint32_t rcp_charge_table_count = sizeof rcp_charge_table / sizeof rcp_charge_table[0];

bool rcp_charge_next(enum rcp_charge_status from,
                     enum rcp_settle settle,
                     enum rcp_charge_status *to,
                     uint32_t *edge)
{
    for (uint32_t i = 0; i < rcp_charge_table_count; i++) {
        if (rcp_charge_table[i].from != from || rcp_charge_table[i].settle != settle)
            continue;
        *to = (enum rcp_charge_status)rcp_charge_table[i].to;
        if (edge != NULL)
            *edge = i;
        return true;
    }
    return false;
}
