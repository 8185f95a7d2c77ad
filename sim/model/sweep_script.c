/* SWEEP finds what is left to do about tokens and alerts, and MARK writes down that it is done. */
#include "sim/model/log_table.h"
#include "sim/model/mysql_script.h"

static bool add(struct rcp_session *s, struct rcp_tx_row *rows, struct rcp_tx_row row)
{
    if (s->row_count == s->page) {
        s->more = 1;
        return false;
    }
    rows[s->row_count++] = row;
    return true;
}

static void sweep_parked(const struct rcp_world *world,
                         struct rcp_session *s,
                         struct rcp_tx_row *rows)
{
    for (uint32_t i = 0; i < world->row_count; i++) {
        const struct rcp_log_row *log = &rcp_world_rows(world)[i];
        struct rcp_tx_row row;
        if (log->status != RCP_ROW_FAILED || log->alerted)
            continue;
        rcp_script_read_row(world, i, &row);
        row.cause = log->cause;
        row.verdict = RCP_VERDICT_ALERT;
        if (!add(s, rows, row))
            return;
    }
    for (uint32_t i = 0; i < world->parked_count; i++) {
        const struct rcp_parked_row *parked = &rcp_world_parked(world)[i];
        struct rcp_tx_row row = {.offset = parked->offset,
                                 .partition = parked->partition,
                                 .row_id = i + 1u,
                                 .verdict = RCP_VERDICT_ALERT_RECORD};
        if (!parked->alerted && !add(s, rows, row))
            return;
    }
}

static void sweep_open(const struct rcp_world *world,
                       struct rcp_session *s,
                       struct rcp_tx_row *rows)
{
    uint64_t soon_ms = rcp_world_mysql_ms(world) + RCP_TOKEN_RENEW_MS;
    for (uint32_t i = world->open_head; i != RCP_NOBODY; i = rcp_world_rows(world)[i].next) {
        struct rcp_tx_row row;
        if (rcp_world_rows(world)[i].token_until_ms >= soon_ms)
            continue;
        rcp_script_read_row(world, i, &row);
        row.verdict = RCP_VERDICT_RENEW;
        if (!add(s, rows, row))
            return;
    }
}

static void sweep_approved(const struct rcp_world *world,
                           struct rcp_session *s,
                           struct rcp_tx_row *rows)
{
    uint64_t now_ms = rcp_world_mysql_ms(world);
    for (uint32_t i = 0; i < world->payments; i++) {
        const struct rcp_entry_row *entry = &rcp_world_entries(world)[i];
        if (entry->status != RCP_ENTRY_APPROVED || entry->token_released ||
            entry->processed_ms + RCP_SWEEP_AGE_MS > now_ms)
            continue;
        struct rcp_tx_row row = {
            .payload = {.user_id = rcp_payment_user(world, i),
                        .activity_id = rcp_payment_activity(world, i) + 1u,
                        .product_id = entry->product_id,
                        .quantity = 1},
            .token = i + 1u,
            .origin = entry->origin,
            .verdict = RCP_VERDICT_RELEASE,
        };
        if (!add(s, rows, row))
            return;
    }
}

void rcp_script_sweep(struct rcp_sim *sim, uint32_t session)
{
    const struct rcp_world *world = sim->world;
    struct rcp_session *s = &rcp_world_sessions(world)[session];
    struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    s->row_count = 0;
    s->more = 0;
    if (world->backlog.unalerted > 0)
        sweep_parked(world, s, rows);
    if ((s->flags & RCP_TX_RENEW) != 0 && world->backlog.open_rows > 0)
        sweep_open(world, s, rows);
    if ((s->flags & RCP_TX_RELEASE) != 0 && world->backlog.unreleased > 0)
        sweep_approved(world, s, rows);
}

static void mark_released(struct rcp_sim *sim, const struct rcp_tx_row *row)
{
    struct rcp_world *world = sim->world;
    uint32_t payment = rcp_script_payment(world, row);
    struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    if (entry->status != RCP_ENTRY_APPROVED || entry->token_released)
        return;
    entry->token_released = 1;
    if (rcp_hardened(world->policy, RCP_KNOB_TOKEN_DELETE))
        world->backlog.unreleased--;
    rcp_touch(world, RCP_OF_PAYMENT, payment);
}

void rcp_script_mark(struct rcp_sim *sim, struct rcp_tx_row *row)
{
    struct rcp_world *world = sim->world;
    enum rcp_verdict what = (enum rcp_verdict)row->verdict;
    if (what == RCP_VERDICT_RELEASE) {
        mark_released(sim, row);
    } else if (what == RCP_VERDICT_RENEW) {
        rcp_world_rows(world)[row->row_id - 1u].token_until_ms =
            rcp_world_mysql_ms(world) + RCP_TOKEN_HOLD_MS;
    } else if (what == RCP_VERDICT_ALERT) {
        const struct rcp_log_row *log = &rcp_world_rows(world)[row->row_id - 1u];
        if (!log->alerted && log->epoch == row->epoch) /* else it was opened again since */
            rcp_log_alerted(sim, row->row_id - 1u);
    } else if (!rcp_world_parked(world)[row->row_id - 1u].alerted) {
        rcp_world_parked(world)[row->row_id - 1u].alerted = 1;
        world->backlog.unalerted--;
        world->backlog.untold += !rcp_world_parked(world)[row->row_id - 1u].raised;
    }
    row->verdict = RCP_VERDICT_WRITTEN;
}
