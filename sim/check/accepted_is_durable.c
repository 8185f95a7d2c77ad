/* A payment that was told 202 is approved, rejected by an operator, or durably waiting: in an
 * open row, a parked row, or a record of its own that no consumer has passed. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_ledger *ledger = &rcp_world_ledgers(world)[payment];
    if (!ledger->told_accepted || rcp_facts_ended(world, payment))
        return true;
    return ledger->open_rows > 0 || ledger->parked_rows > 0 || ledger->direct_records > 0;
}

static bool twin(const struct rcp_world *world, uint32_t payment)
{
    if (rcp_facts_ended(world, payment) ||
        (rcp_facts_told(world, payment) & RCP_TOLD_ACCEPTED) == 0)
        return true;
    uint32_t rows = rcp_facts_rows(world, payment);
    return (rows & (RCP_ROWS_OPEN | RCP_ROWS_PARKED)) != 0 ||
           rcp_facts_direct_record(world, payment);
}

const struct rcp_invariant_info rcp_accepted_is_durable = {
    .name = "accepted_is_durable",
    .sentence =
        "A payment that was told 202 is approved, rejected by an operator, or durably waiting: in "
        "an open row, a parked row, or a record of its own that no consumer has passed.",
    .broken = "was told 202, but nothing durable is left of it",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PAYMENT,
    .holds = holds,
    .twin = twin,
};
