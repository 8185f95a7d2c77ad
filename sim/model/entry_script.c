/* What APPROVE, SETTLE, LOOKUP, FENCE and REJECT read and write: entries, and the failure row beside one. */
#include "core/payment/entry_table.h"
#include "sim/model/log_table.h"
#include "sim/model/mysql_lock.h"
#include "sim/model/mysql_script.h"

static void touch_entry(struct rcp_world *world, uint32_t payment)
{
    rcp_touch(world, RCP_OF_PAYMENT, payment);
    rcp_touch(world, RCP_OF_ACTIVITY, rcp_payment_activity(world, payment));
}

static void write_approved(struct rcp_sim *sim,
                           uint32_t payment,
                           const struct rcp_tx_row *row,
                           uint32_t flags)
{
    struct rcp_world *world = sim->world;
    struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    struct rcp_activity_row *activity = &world->activities[rcp_payment_activity(world, payment)];
    if (entry->status == RCP_ENTRY_REJECTED)
        entry->overwrites++;
    if (entry->status != RCP_ENTRY_APPROVED) {
        activity->total++;
        if (rcp_hardened(world->policy, RCP_KNOB_TOKEN_DELETE))
            world->backlog.unreleased++;
    }
    if ((flags & RCP_TX_CAPACITY) != 0)
        activity->approved++;
    entry->status = RCP_ENTRY_APPROVED;
    entry->product_id = row->payload.product_id;
    entry->processed_ms = rcp_world_mysql_ms(world);
    entry->token = row->token;
    entry->origin = row->origin;
    entry->approvals++;
    touch_entry(world, payment);
    if (row->origin != 0 && row->origin <= world->exchange_count &&
        rcp_told_failure(&rcp_world_exchanges(world)[row->origin - 1]))
        rcp_world_ledgers(world)[payment].failure_took = 1;
}

/* What APPROVE finds, before it writes. */
static enum rcp_verdict judge(const struct rcp_world *world,
                              uint32_t payment,
                              const struct rcp_tx_row *row,
                              uint32_t flags)
{
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    const struct rcp_activity_row *activity =
        &world->activities[rcp_payment_activity(world, payment)];
    enum rcp_entry_status to = RCP_ENTRY_APPROVED;
    enum rcp_entry_status from = (enum rcp_entry_status)entry->status;
    if ((flags & RCP_TX_BLIND) == 0 && !rcp_entry_next(from, RCP_ENTRY_APPROVE, &to)) {
        if (from == RCP_ENTRY_REJECTED)
            return RCP_VERDICT_REJECTED;
        return entry->product_id == row->payload.product_id ? RCP_VERDICT_ALREADY
                                                            : RCP_VERDICT_CONFLICT;
    }
    if ((flags & RCP_TX_CAPACITY) != 0 && entry->status != RCP_ENTRY_APPROVED &&
        activity->approved >= activity->capacity)
        return RCP_VERDICT_FULL;
    return RCP_VERDICT_APPROVED;
}

void rcp_script_preview(struct rcp_sim *sim, uint32_t session)
{
    const struct rcp_session *s = &rcp_world_sessions(sim->world)[session];
    struct rcp_tx_row *rows = rcp_world_session_rows(sim->world, session);
    for (uint32_t i = 0; i < s->row_count; i++)
        rows[i].verdict = (uint8_t)judge(
            sim->world, rcp_script_payment(sim->world, &rows[i]), &rows[i], s->flags);
}

void rcp_script_approve(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t flags)
{
    struct rcp_world *world = sim->world;
    uint32_t payment = rcp_script_payment(world, row);
    enum rcp_verdict verdict = judge(world, payment, row, flags);
    row->verdict = (uint8_t)verdict;
    if (verdict == RCP_VERDICT_APPROVED)
        write_approved(sim, payment, row, flags);
    if (row->row_id == 0 || row->row_id > world->row_count)
        return;
    struct rcp_log_row *log = &rcp_world_rows(world)[row->row_id - 1u];
    if (verdict == RCP_VERDICT_FULL) {
        row->verdict = RCP_VERDICT_PARKED;
        if (rcp_log_is_open(log)) {
            log->cause = RCP_PARK_CAPACITY;
            rcp_log_move(sim, row->row_id - 1u, RCP_ROW_PARKED, RCP_ROW_FAILED, 0);
        }
    } else if (rcp_log_is_open(log) || log->status == RCP_ROW_FAILED) {
        rcp_log_move(sim, row->row_id - 1u, RCP_ROW_SETTLED, RCP_ROW_RESOLVED, 0);
    }
}

static void write_rejected(struct rcp_sim *sim, uint32_t payment)
{
    struct rcp_entry_row *entry = &rcp_world_entries(sim->world)[payment];
    enum rcp_entry_status to = RCP_ENTRY_REJECTED;
    if (!rcp_entry_next((enum rcp_entry_status)entry->status, RCP_ENTRY_REJECT, &to))
        return;
    entry->status = (uint8_t)to;
    entry->processed_ms = rcp_world_mysql_ms(sim->world);
    touch_entry(sim->world, payment);
}

enum rcp_verdict rcp_script_look(const struct rcp_world *world,
                                 uint32_t payment,
                                 uint64_t product_id)
{
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    if (entry->status == RCP_ENTRY_APPROVED)
        return product_id != 0 && product_id != entry->product_id ? RCP_VERDICT_CONFLICT
                                                                  : RCP_VERDICT_APPROVED;
    if (entry->status == RCP_ENTRY_REJECTED)
        return RCP_VERDICT_REJECTED;
    if (rcp_log_open_row(world, payment) != RCP_NOBODY)
        return RCP_VERDICT_OPEN;
    if (rcp_log_parked_row(world, payment) != RCP_NOBODY)
        return RCP_VERDICT_PARKED;
    return RCP_VERDICT_NOTHING;
}

void rcp_script_fence(struct rcp_sim *sim, struct rcp_tx_row *row)
{
    uint32_t payment = rcp_script_payment(sim->world, row);
    enum rcp_verdict verdict = rcp_script_look(sim->world, payment, 0);
    if (verdict == RCP_VERDICT_NOTHING) {
        write_rejected(sim, payment);
        verdict = RCP_VERDICT_REJECTED;
    }
    row->verdict = (uint8_t)verdict;
}

/* SKIP LOCKED: a row that is being claimed at this moment stays open, and its retry meets the fence. What was
 * parked waited for just this. */
static void close_rows(struct rcp_sim *sim, uint32_t payment, uint32_t session)
{
    const struct rcp_world *world = sim->world;
    const struct rcp_log_row *rows = rcp_world_rows(world);
    for (uint32_t i = rcp_world_ledgers(world)[payment].rows; i != RCP_NOBODY; i = rows[i].sibling)
        if ((rcp_log_is_open(&rows[i]) || rows[i].status == RCP_ROW_FAILED) &&
            rcp_lock_is_free(world, session, rcp_lock_pack(RCP_LOCK_ROW, i)))
            rcp_log_move(sim, i, RCP_ROW_SETTLED, RCP_ROW_RESOLVED, 0);
}

/* For the checkers: whoever else runs REJECT has no right to it. */
static bool asked_by_operator(const struct rcp_world *world, uint64_t origin)
{
    return origin != 0 && origin <= world->exchange_count &&
           rcp_world_exchanges(world)[origin - 1].kind == RCP_REQUEST_REJECT;
}

void rcp_script_reject(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t session)
{
    struct rcp_world *world = sim->world;
    uint32_t payment = rcp_script_payment(world, row);
    if (rcp_world_entries(world)[payment].status == RCP_ENTRY_APPROVED) {
        row->verdict = RCP_VERDICT_APPROVED;
        return;
    }
    write_rejected(sim, payment);
    if (asked_by_operator(world, row->origin))
        rcp_world_ledgers(world)[payment].rejected_by_operator = 1;
    row->verdict = RCP_VERDICT_REJECTED;
    close_rows(sim, payment, session);
    rcp_touch(world, RCP_OF_PAYMENT, payment);
}
