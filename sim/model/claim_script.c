/* CLAIM: which failure rows are due, and whose they are then. */
#include "sim/model/log_table.h"
#include "sim/model/mysql_lock.h"
#include "sim/model/mysql_script.h"

/* Rows that all nodes together may still claim in this minute. */
static uint32_t rate_left(struct rcp_world *world)
{
    uint64_t minute = rcp_world_mysql_ms(world) / 60000u;
    if (world->rate_minute != minute) {
        world->rate_minute = minute;
        world->rate_used = 0;
    }
    return RCP_RATE_PER_MINUTE - world->rate_used;
}

static enum rcp_park_cause worn_out(const struct rcp_world *world, const struct rcp_log_row *log)
{
    if (log->created_ms + RCP_AGE_MAX_MS <= rcp_world_mysql_ms(world))
        return RCP_PARK_AGE;
    return log->sends >= RCP_SENDS_MAX ? RCP_PARK_SENDS : RCP_PARK_NONE;
}

void rcp_script_pick_claims(struct rcp_sim *sim, uint32_t session)
{
    struct rcp_world *world = sim->world;
    struct rcp_session *s = &rcp_world_sessions(world)[session];
    struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    uint64_t now_ms = rcp_world_mysql_ms(world);
    bool plain = (s->flags & RCP_TX_PLAIN) != 0;
    uint32_t page = s->page < rate_left(world) ? s->page : rate_left(world);
    s->row_count = 0;
    s->more = 0;
    for (uint32_t i = world->open_head; i != RCP_NOBODY; i = rcp_world_rows(world)[i].next) {
        struct rcp_log_row *log = &rcp_world_rows(world)[i];
        uint32_t lock = rcp_lock_pack(RCP_LOCK_ROW, i);
        if (log->due_ms >= now_ms)
            break;
        if (plain ? log->status != RCP_ROW_PENDING && (s->flags & RCP_TX_LEAVE_OPEN) != 0
                  : !rcp_lock_is_free(world, session, lock))
            continue;
        if (s->row_count == page) {
            s->more = 1;
            break;
        }
        rcp_script_read_row(world, i, &rows[s->row_count++]);
        if (!plain)
            log->lock = session + 1u;
    }
}

/* The lease covers a lag that grows: it doubles with each send. */
static uint64_t lease_ms(uint32_t sends)
{
    return (uint64_t)RCP_LEASE_MS << (sends < RCP_LEASE_SHIFT_MAX ? sends : RCP_LEASE_SHIFT_MAX);
}

static bool claim_row(struct rcp_sim *sim, struct rcp_session *s, struct rcp_tx_row *row)
{
    struct rcp_world *world = sim->world;
    uint32_t index = row->row_id - 1u;
    struct rcp_log_row *log = &rcp_world_rows(world)[index];
    uint64_t now_ms = rcp_world_mysql_ms(world);
    bool plain = (s->flags & RCP_TX_PLAIN) != 0;
    uint32_t epoch = row->epoch + 1u;
    enum rcp_park_cause cause = worn_out(world, log);
    if (plain && !rcp_log_is_open(log))
        return false; /* UPDATE by id of a row that was closed meanwhile: deleted or final */
    if (cause != RCP_PARK_NONE) {
        log->cause = (uint8_t)cause;
        rcp_log_move(sim, index, RCP_ROW_PARKED, RCP_ROW_FAILED, 0);
        return false;
    }
    if (log->epoch >= epoch && log->claimed_by != s->node + 1u)
        log->claimed_twice = 1;
    else
        log->claimed_by = (uint8_t)(s->node + 1u);
    enum rcp_row_event event =
        log->status == RCP_ROW_PENDING || plain ? RCP_ROW_CLAIMED : RCP_ROW_RECLAIMED;
    log->epoch = epoch;
    log->owner = s->owner;
    row->epoch = epoch;
    row->sends = ++log->sends;
    rcp_log_move(sim, index, event, RCP_ROW_PROCESSING, now_ms + lease_ms(row->sends - 1u));
    return true;
}

void rcp_script_claim(struct rcp_sim *sim, uint32_t session)
{
    struct rcp_session *s = &rcp_world_sessions(sim->world)[session];
    struct rcp_tx_row *rows = rcp_world_session_rows(sim->world, session);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->row_count; i++) {
        struct rcp_tx_row row = rows[i];
        rcp_world_rows(sim->world)[row.row_id - 1u].lock = 0;
        if (claim_row(sim, s, &row))
            rows[kept++] = row;
    }
    s->row_count = kept;
    sim->world->rate_used += kept;
}
