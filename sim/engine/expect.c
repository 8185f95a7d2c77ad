/* What a scenario expects, counted at the end of a run. */
#include "sim/engine/expect.h"

static bool concerns(const struct rcp_world *world,
                     const struct rcp_expect *expect,
                     uint32_t payment)
{
    if (payment == RCP_NOBODY)
        return expect->user == 0 && expect->activity == 0;
    if (expect->user != 0 && expect->user != rcp_payment_user(world, payment))
        return false;
    return expect->activity == 0 || expect->activity == rcp_payment_activity(world, payment) + 1u;
}

static bool is_bought_by(const struct rcp_world *world,
                         const struct rcp_expect *expect,
                         uint32_t purchase)
{
    return expect->activity == 0 &&
           (expect->user == 0 || expect->user == purchase / world->config.purchases + 1u);
}

static uint64_t answers(const struct rcp_world *world, const struct rcp_expect *expect)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < world->exchange_count; i++) {
        const struct rcp_exchange *x = &rcp_world_exchanges(world)[i];
        count += x->state == RCP_EXCHANGE_ANSWERED && x->status == expect->number &&
                 (x->purchase == RCP_NOBODY ? concerns(world, expect, x->payment)
                                            : is_bought_by(world, expect, x->purchase));
    }
    return count;
}

static uint64_t orders(const struct rcp_world *world, const struct rcp_expect *expect)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < world->order_count; i++) {
        const struct rcp_order_record *order = &rcp_world_orders(world)[i];
        count += order->charge == expect->number && is_bought_by(world, expect, order->purchase);
    }
    return count;
}

static uint64_t refunds(const struct rcp_world *world, const struct rcp_expect *expect)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < world->refund_count; i++) {
        const struct rcp_refund_row *refund = &rcp_world_refunds(world)[i];
        uint32_t purchase = rcp_world_orders(world)[refund->order].purchase;
        count += refund->status == expect->number && is_bought_by(world, expect, purchase);
    }
    return count;
}

/* A transaction that names none of our orders is still its user's. */
static uint64_t transactions(const struct rcp_world *world, const struct rcp_expect *expect)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < world->pg_count; i++) {
        const struct rcp_pg_row *row = &rcp_world_pg_rows(world)[i];
        count += row->status == expect->number && (expect->user == 0 || expect->user == row->user);
    }
    return count;
}

static uint64_t entries(const struct rcp_world *world, const struct rcp_expect *expect)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < world->payments; i++)
        count += rcp_world_entries(world)[i].status == expect->number && concerns(world, expect, i);
    return count;
}

static uint64_t rows(const struct rcp_world *world, const struct rcp_expect *expect)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < world->row_count; i++) {
        const struct rcp_log_row *row = &rcp_world_rows(world)[i];
        count += row->status == expect->number &&
                 (expect->detail == RCP_PARK_NONE || row->cause == expect->detail) &&
                 concerns(world, expect, row->payment);
    }
    return count;
}

static uint64_t records(const struct rcp_world *world, const struct rcp_expect *expect)
{
    uint64_t count = 0;
    for (uint32_t p = 0; p < world->config.limits.partitions; p++)
        for (uint32_t i = 0; i < world->partitions[p].count; i++) {
            uint32_t payment = rcp_world_records(world, p)[i].payment;
            count += concerns(world, expect, payment);
        }
    return count;
}

static bool in_order(const struct rcp_world *world)
{
    for (uint32_t i = 0; i < world->payments; i++)
        if (rcp_world_ledgers(world)[i].out_of_order)
            return false;
    return true;
}

static uint64_t value_of(const struct rcp_sim *sim, uint32_t index)
{
    const struct rcp_expect *expect = &sim->scenario->expect[index];
    const struct rcp_run_result *result = sim->result;
    switch ((enum rcp_expect_kind)expect->kind) {
    case RCP_EXPECT_HELD:
        return result->outcome == RCP_RUN_HELD;
    case RCP_EXPECT_VIOLATION:
        return result->outcome == RCP_RUN_VIOLATED && result->violation.invariant == expect->number;
    case RCP_EXPECT_ANSWER:
        return answers(sim->world, expect);
    case RCP_EXPECT_ENTRIES:
        return entries(sim->world, expect);
    case RCP_EXPECT_ROWS:
        return rows(sim->world, expect);
    case RCP_EXPECT_RECORDS:
        return records(sim->world, expect);
    case RCP_EXPECT_PARKED_RECORDS:
        return sim->world->parked_count;
    case RCP_EXPECT_ALERTS:
        return sim->world->alerts;
    case RCP_EXPECT_DRAINED_WITHIN:
        return result->drained_at_ms == 0 ? UINT64_MAX
                                          : result->drained_at_ms - result->healed_at_ms;
    case RCP_EXPECT_EVENT:
        return sim->seen[index];
    case RCP_EXPECT_ORDERS:
        return orders(sim->world, expect);
    case RCP_EXPECT_REFUNDS:
        return refunds(sim->world, expect);
    case RCP_EXPECT_TRANSACTIONS:
        return transactions(sim->world, expect);
    case RCP_EXPECT_IN_ORDER:
        return in_order(sim->world) == (expect->number != 0);
    case RCP_EXPECT_NONE:
    case RCP_EXPECT_KIND_COUNT:
        break;
    }
    return 0;
}

void rcp_expect_count(struct rcp_sim *sim)
{
    for (uint32_t i = 0; i < sim->scenario->expect_count; i++) {
        const struct rcp_expect *expect = &sim->scenario->expect[i];
        bool counted = expect->kind != RCP_EXPECT_HELD && expect->kind != RCP_EXPECT_VIOLATION &&
                       expect->kind != RCP_EXPECT_IN_ORDER;
        uint64_t value = value_of(sim, i);
        sim->result->expect_value[i] = value;
        sim->result->expect_met[i] =
            counted ? value >= expect->min && value <= expect->max : value != 0;
    }
}
