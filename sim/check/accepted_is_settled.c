/* No payment is lost: one that was told 200 or 202 ends approved, rejected by an operator, or
 * parked with an alert. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool alerted_by_index(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_log_row *rows = rcp_world_rows(world);
    for (uint32_t i = rcp_world_ledgers(world)[payment].rows; i != RCP_NOBODY; i = rows[i].sibling)
        if (rows[i].status == RCP_ROW_FAILED && rows[i].alerted)
            return true;
    return false;
}

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_ledger *ledger = &rcp_world_ledgers(world)[payment];
    if (!ledger->told_ok && !ledger->told_accepted)
        return true;
    return rcp_facts_ended(world, payment) || alerted_by_index(world, payment);
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    if (rcp_facts_ended(world, payment) ||
        (rcp_facts_told(world, payment) & (RCP_TOLD_OK | RCP_TOLD_ACCEPTED)) == 0)
        return true;
    const struct rcp_log_row *rows = rcp_world_rows(world);
    for (uint32_t i = 0; i < world->row_count; i++)
        if (rows[i].payment == payment && rows[i].status == RCP_ROW_FAILED && rows[i].alerted)
            return true;
    return false;
}

const struct rcp_invariant_info rcp_accepted_is_settled = {
    .name = "accepted_is_settled",
    .sentence = "No payment is lost: one that was told 200 or 202 ends approved, rejected by an "
                "operator, or parked with an alert.",
    .broken = "was told that it is paid or will be, and is lost",
    .when = RCP_AT_DRAIN,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
