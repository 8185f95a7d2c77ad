/* What a buyer is told of an order is so. */
#include "sim/check/order_facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t purchase)
{
    return rcp_world_purchase_ledgers(world)[purchase].untrue == 0;
}

/* PAID and FAILED are final, so what was said of them can still be looked up. */
static bool twin(const struct rcp_world *world, uint32_t purchase)
{
    const struct rcp_purchase_ledger *ledger = &rcp_world_purchase_ledgers(world)[purchase];
    const struct rcp_order_record *orders = rcp_world_orders(world);
    bool paid = false, failed = false;
    for (uint32_t i = 0; i < world->order_count; i++) {
        paid = paid || (orders[i].purchase == purchase && orders[i].charge == RCP_CHARGE_PAID);
        failed =
            failed || (orders[i].purchase == purchase && orders[i].charge == RCP_CHARGE_FAILED);
    }
    return ledger->untrue == 0 && (paid || !ledger->told_paid) && (failed || !ledger->told_failed);
}

const struct rcp_invariant_info rcp_order_answer_true = {
    .name = "order_answer_true",
    .sentence = "What a buyer is told of an order is so.",
    .broken = "was told what is not so",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PURCHASE,
    .holds = holds,
    .twin = twin,
};
