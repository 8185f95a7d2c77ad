/* What REOPEN and SHELVE read and write: an operator has a parked payment tried again, or an open one left
 * alone. SKIP LOCKED: a row that another session is writing at this moment stays what it is. */
#include "sim/model/log_table.h"
#include "sim/model/mysql_lock.h"
#include "sim/model/mysql_script.h"

/* The newest row of the payment, at or behind `index`, that has this status and is nobody's. */
static uint32_t free_row(const struct rcp_world *world,
                         uint32_t session,
                         uint32_t index,
                         bool (*wanted)(const struct rcp_log_row *row))
{
    const struct rcp_log_row *rows = rcp_world_rows(world);
    while (index != RCP_NOBODY &&
           (!wanted(&rows[index]) ||
            !rcp_lock_is_free(world, session, rcp_lock_pack(RCP_LOCK_ROW, index))))
        index = rows[index].sibling;
    return index;
}

static bool is_parked(const struct rcp_log_row *row)
{
    return row->status == RCP_ROW_FAILED;
}

static void settle_parked(struct rcp_sim *sim, uint32_t payment, uint32_t session)
{
    const struct rcp_world *world = sim->world;
    uint32_t first = rcp_world_ledgers(world)[payment].rows;
    for (uint32_t i = free_row(world, session, first, is_parked); i != RCP_NOBODY;
         i = free_row(world, session, i, is_parked))
        rcp_log_move(sim, i, RCP_ROW_SETTLED, RCP_ROW_RESOLVED, 0);
}

void rcp_script_reopen(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t session)
{
    struct rcp_world *world = sim->world;
    uint32_t payment = rcp_script_payment(world, row);
    struct rcp_ledger *ledger = &rcp_world_ledgers(world)[payment];
    enum rcp_verdict verdict = rcp_script_look(world, payment, 0);
    uint32_t index = free_row(world, session, ledger->rows, is_parked);
    row->verdict = (uint8_t)verdict;
    if (verdict == RCP_VERDICT_APPROVED || verdict == RCP_VERDICT_REJECTED)
        settle_parked(sim, payment, session);
    if (verdict == RCP_VERDICT_REJECTED)
        ledger->rejected_by_operator = 1; /* who hears of it, and lets it be so */
    if (verdict == RCP_VERDICT_PARKED && index != RCP_NOBODY) {
        rcp_log_reopen(sim, index);
        row->verdict = RCP_VERDICT_OPEN;
    }
    rcp_touch(world, RCP_OF_PAYMENT, payment);
}

void rcp_script_shelve(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t session)
{
    struct rcp_world *world = sim->world;
    uint32_t payment = rcp_script_payment(world, row);
    uint32_t first = rcp_world_ledgers(world)[payment].rows;
    enum rcp_verdict verdict = rcp_script_look(world, payment, 0);
    if (verdict == RCP_VERDICT_OPEN) {
        for (uint32_t i = free_row(world, session, first, rcp_log_is_open); i != RCP_NOBODY;
             i = free_row(world, session, i, rcp_log_is_open)) {
            rcp_world_rows(world)[i].cause = row->cause;
            rcp_log_move(sim, i, RCP_ROW_PARKED, RCP_ROW_FAILED, 0);
        }
        verdict = rcp_script_look(world, payment, 0);
    }
    row->verdict = (uint8_t)verdict;
}
