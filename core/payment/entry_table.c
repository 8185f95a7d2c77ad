/* The entry's status x event table (POLICIES.md, "late retry over a newer state"): APPROVED and REJECTED
 * are final, so that no retry and no late write can pass them. */
#include "core/payment/entry_table.h"

const struct rcp_entry_edge rcp_entry_table[] = {
    {RCP_ENTRY_NONE, RCP_ENTRY_APPROVE, RCP_ENTRY_APPROVED},
    {RCP_ENTRY_PENDING, RCP_ENTRY_APPROVE, RCP_ENTRY_APPROVED},
    {RCP_ENTRY_DUPLICATED, RCP_ENTRY_APPROVE, RCP_ENTRY_APPROVED},
    {RCP_ENTRY_NONE, RCP_ENTRY_REJECT, RCP_ENTRY_REJECTED},
    {RCP_ENTRY_PENDING, RCP_ENTRY_REJECT, RCP_ENTRY_REJECTED},
    {RCP_ENTRY_DUPLICATED, RCP_ENTRY_REJECT, RCP_ENTRY_REJECTED},
};

const uint32_t rcp_entry_table_count = sizeof rcp_entry_table / sizeof rcp_entry_table[0];

bool rcp_entry_next(enum rcp_entry_status from,
                    enum rcp_entry_event event,
                    enum rcp_entry_status *to)
{
    for (uint32_t i = 0; i < rcp_entry_table_count; i++) {
        if (rcp_entry_table[i].from != from || rcp_entry_table[i].event != event)
            continue;
        *to = (enum rcp_entry_status)rcp_entry_table[i].to;
        return true;
    }
    return false;
}
