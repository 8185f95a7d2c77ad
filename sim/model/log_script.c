/* Failure rows as scripts see them: what LOG, RELEASE, LATER and the FINISH of a claim write. */
#include "sim/model/log_table.h"
#include "sim/model/mysql_script.h"

void rcp_script_read_row(const struct rcp_world *world, uint32_t index, struct rcp_tx_row *row)
{
    const struct rcp_log_row *log = &rcp_world_rows(world)[index];
    *row = (struct rcp_tx_row){
        .payload = {.user_id = rcp_payment_user(world, log->payment),
                    .activity_id = rcp_payment_activity(world, log->payment) + 1u,
                    .product_id = log->product_id,
                    .quantity = 1},
        .token = log->payment + 1u,
        .origin = log->origin,
        .row_id = index + 1u,
        .epoch = log->epoch,
        .attempt = log->attempt,
        .sends = log->sends,
        .alone = log->alone,
    };
}

void rcp_script_log(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t flags)
{
    struct rcp_world *world = sim->world;
    uint32_t payment = rcp_script_payment(world, row);
    uint64_t due_ms = rcp_world_mysql_ms(world) + row->delay_ms;
    if ((flags & RCP_TX_ONE_OPEN) != 0) {
        enum rcp_verdict found = rcp_script_look(world, payment, row->payload.product_id);
        if (found == RCP_VERDICT_APPROVED)
            found = RCP_VERDICT_ALREADY;
        bool fenced = found == RCP_VERDICT_REJECTED && row->cause == RCP_PARK_FENCED;
        if (found != RCP_VERDICT_NOTHING && !fenced) {
            row->verdict = (uint8_t)found;
            return;
        }
    }
    row->row_id = rcp_log_insert(sim, payment, row, due_ms) + 1u;
    row->verdict = RCP_VERDICT_LOGGED;
}

/* WHERE id AND epoch AND status = PROCESSING. */
static struct rcp_log_row *claimed_row(const struct rcp_world *world, const struct rcp_tx_row *row)
{
    if (row->row_id == 0 || row->row_id > world->row_count)
        return NULL;
    struct rcp_log_row *log = &rcp_world_rows(world)[row->row_id - 1u];
    return log->status == RCP_ROW_PROCESSING && log->epoch == row->epoch ? log : NULL;
}

void rcp_script_release(struct rcp_sim *sim, struct rcp_tx_row *row)
{
    struct rcp_log_row *log = claimed_row(sim->world, row);
    row->verdict = log == NULL ? RCP_VERDICT_STALE : RCP_VERDICT_WRITTEN;
    if (log == NULL)
        return;
    if (log->sends > 0)
        log->sends--;
    rcp_log_move(sim,
                 row->row_id - 1u,
                 RCP_ROW_RELEASED,
                 RCP_ROW_PENDING,
                 rcp_world_mysql_ms(sim->world) + RCP_PERIOD_MS);
}

static void count_attempt(struct rcp_sim *sim,
                          struct rcp_log_row *log,
                          const struct rcp_tx_row *row)
{
    if (!row->counted)
        return;
    log->attempt++;
    rcp_world_ledgers(sim->world)[log->payment].counted++;
}

/* Documented: a new row with a count of 0 takes the place of the old one. */
static void replace_row(struct rcp_sim *sim, struct rcp_tx_row *row)
{
    struct rcp_world *world = sim->world;
    struct rcp_log_row *log = claimed_row(world, row);
    if (row->row_id != 0 && row->row_id <= world->row_count)
        count_attempt(sim, &rcp_world_rows(world)[row->row_id - 1u], row);
    if (log != NULL)
        rcp_log_move(sim, row->row_id - 1u, RCP_ROW_REPLACED, RCP_ROW_NONE, 0);
    row->cause = RCP_PARK_NONE;
    rcp_log_insert(sim, rcp_script_payment(world, row), row, rcp_world_mysql_ms(world));
    row->verdict = RCP_VERDICT_WRITTEN;
}

void rcp_script_put_off(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t flags)
{
    if ((flags & RCP_TX_NEW_ROW) != 0) {
        replace_row(sim, row);
        return;
    }
    struct rcp_log_row *log = claimed_row(sim->world, row);
    row->verdict = RCP_VERDICT_STALE;
    if (log == NULL)
        return;
    count_attempt(sim, log, row);
    log->alone = row->alone;
    uint64_t due_ms = rcp_world_mysql_ms(sim->world) + row->delay_ms;
    if (row->cause != RCP_PARK_NONE) {
        log->cause = row->cause;
        rcp_log_move(sim, row->row_id - 1u, RCP_ROW_PARKED, RCP_ROW_FAILED, 0);
        row->verdict = RCP_VERDICT_PARKED;
    } else {
        rcp_log_move(sim, row->row_id - 1u, RCP_ROW_RETRY_LATER, RCP_ROW_PENDING, due_ms);
        row->verdict = RCP_VERDICT_WRITTEN;
    }
}

void rcp_script_hand_over(struct rcp_sim *sim, struct rcp_tx_row *row, const struct rcp_session *s)
{
    struct rcp_world *world = sim->world;
    bool plain = s->first_script == RCP_SCRIPT_CLAIM;
    uint32_t index = row->row_id - 1u;
    struct rcp_log_row *log = plain ? &rcp_world_rows(world)[index] : claimed_row(world, row);
    bool handed = row->verdict == RCP_VERDICT_WRITTEN;
    row->verdict = RCP_VERDICT_WRITTEN;
    if (plain && log->epoch > row->epoch)
        log->claimed_twice = 1; /* another node has selected and sent it meanwhile */
    if (log == NULL || !rcp_log_is_open(log))
        return;
    if (plain) {
        log->epoch = row->epoch + 1u;
        log->owner = s->owner;
        log->claimed_by = (uint8_t)(s->node + 1u);
    }
    count_attempt(sim, log, row);
    if (handed)
        rcp_log_move(sim, index, RCP_ROW_HANDED, RCP_ROW_RESOLVED, 0);
    else if (row->cause != RCP_PARK_NONE) {
        log->cause = row->cause;
        rcp_log_move(sim, index, RCP_ROW_PARKED, RCP_ROW_FAILED, 0);
    } else {
        rcp_log_move(sim,
                     index,
                     RCP_ROW_RETRY_LATER,
                     RCP_ROW_PENDING,
                     rcp_world_mysql_ms(world) + row->delay_ms);
    }
}
