/* What each script reads and writes, on the committed tables, under the locks that its session holds. */
#include "sim/model/mysql_script.h"

#include "core/payment/entry_table.h"
#include "core/recovery/sweep.h"
#include "sim/model/log_table.h"
#include "sim/model/mysql_lock.h"
#include "sim/model/order_script.h"

bool rcp_script_only_reads(const struct rcp_session *session)
{
    enum rcp_script script = (enum rcp_script)session->script;
    return script == RCP_SCRIPT_LOOKUP || script == RCP_SCRIPT_SWEEP ||
           (script == RCP_SCRIPT_FIND && session->kill == 0);
}

static uint32_t payment_of(const struct rcp_world *world, const struct rcp_tx_row *row)
{
    return rcp_world_payment(world, row->payload.activity_id, row->payload.user_id);
}

/* --- Entries --- */

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

static void approve(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t flags)
{
    struct rcp_world *world = sim->world;
    uint32_t payment = payment_of(world, row);
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

/* LOOKUP, SETTLE, and the first half of FENCE. */
static enum rcp_verdict look(const struct rcp_world *world, uint32_t payment, uint64_t product_id)
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

static void fence(struct rcp_sim *sim, struct rcp_tx_row *row)
{
    uint32_t payment = payment_of(sim->world, row);
    enum rcp_verdict verdict = look(sim->world, payment, 0);
    if (verdict == RCP_VERDICT_NOTHING) {
        write_rejected(sim, payment);
        verdict = RCP_VERDICT_REJECTED;
    }
    row->verdict = (uint8_t)verdict;
}

/* SKIP LOCKED: a row that is being claimed at this moment stays open, and its retry meets the fence. */
static void close_open_rows(struct rcp_sim *sim, uint32_t payment, uint32_t session)
{
    const struct rcp_world *world = sim->world;
    const struct rcp_log_row *rows = rcp_world_rows(world);
    for (uint32_t i = rcp_world_ledgers(world)[payment].rows; i != RCP_NOBODY; i = rows[i].sibling)
        if (rcp_log_is_open(&rows[i]) &&
            rcp_lock_is_free(world, session, rcp_lock_pack(RCP_LOCK_ROW, i)))
            rcp_log_move(sim, i, RCP_ROW_SETTLED, RCP_ROW_RESOLVED, 0);
}

/* For the checkers: whoever else runs REJECT has no right to it. */
static bool asked_by_operator(const struct rcp_world *world, uint64_t origin)
{
    return origin != 0 && origin <= world->exchange_count &&
           rcp_world_exchanges(world)[origin - 1].kind == RCP_REQUEST_REJECT;
}

static void reject(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t session)
{
    struct rcp_world *world = sim->world;
    uint32_t payment = payment_of(world, row);
    if (rcp_world_entries(world)[payment].status == RCP_ENTRY_APPROVED) {
        row->verdict = RCP_VERDICT_APPROVED;
        return;
    }
    write_rejected(sim, payment);
    if (asked_by_operator(world, row->origin))
        rcp_world_ledgers(world)[payment].rejected_by_operator = 1;
    row->verdict = RCP_VERDICT_REJECTED;
    close_open_rows(sim, payment, session);
    rcp_touch(world, RCP_OF_PAYMENT, payment);
}

/* --- Failure rows --- */

static void log_failure(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t flags)
{
    struct rcp_world *world = sim->world;
    uint32_t payment = payment_of(world, row);
    uint64_t due_ms = rcp_world_mysql_ms(world) + row->delay_ms;
    if ((flags & RCP_TX_ONE_OPEN) != 0) {
        enum rcp_verdict found = look(world, payment, row->payload.product_id);
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

static void row_to_script(const struct rcp_world *world, uint32_t index, struct rcp_tx_row *row)
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

void rcp_script_pick_rows(struct rcp_sim *sim, uint32_t session)
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
        row_to_script(world, i, &rows[s->row_count++]);
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

static void claim(struct rcp_sim *sim, uint32_t session)
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

/* WHERE id AND epoch AND status = PROCESSING. */
static struct rcp_log_row *claimed_row(const struct rcp_world *world, const struct rcp_tx_row *row)
{
    if (row->row_id == 0 || row->row_id > world->row_count)
        return NULL;
    struct rcp_log_row *log = &rcp_world_rows(world)[row->row_id - 1u];
    return log->status == RCP_ROW_PROCESSING && log->epoch == row->epoch ? log : NULL;
}

static void release(struct rcp_sim *sim, struct rcp_tx_row *row)
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
    rcp_log_insert(sim, payment_of(world, row), row, rcp_world_mysql_ms(world));
    row->verdict = RCP_VERDICT_WRITTEN;
}

static void put_off(struct rcp_sim *sim, struct rcp_tx_row *row, uint32_t flags)
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

/* Documented: the batch is closed when the producer has it. By id alone where the claim was plain. */
static void hand_over(struct rcp_sim *sim, struct rcp_tx_row *row, const struct rcp_session *s)
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

/* --- The sweep --- */

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
        row_to_script(world, i, &row);
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
        row_to_script(world, i, &row);
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

static void sweep(struct rcp_sim *sim, uint32_t session)
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
    uint32_t payment = payment_of(world, row);
    struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    if (entry->status != RCP_ENTRY_APPROVED || entry->token_released)
        return;
    entry->token_released = 1;
    if (rcp_hardened(world->policy, RCP_KNOB_TOKEN_DELETE))
        world->backlog.unreleased--;
    rcp_touch(world, RCP_OF_PAYMENT, payment);
}

static void mark(struct rcp_sim *sim, struct rcp_tx_row *row)
{
    struct rcp_world *world = sim->world;
    enum rcp_verdict what = (enum rcp_verdict)row->verdict;
    if (what == RCP_VERDICT_RELEASE) {
        mark_released(sim, row);
    } else if (what == RCP_VERDICT_RENEW) {
        rcp_world_rows(world)[row->row_id - 1u].token_until_ms =
            rcp_world_mysql_ms(world) + RCP_TOKEN_HOLD_MS;
    } else if (what == RCP_VERDICT_ALERT) {
        if (!rcp_world_rows(world)[row->row_id - 1u].alerted)
            rcp_log_alerted(sim, row->row_id - 1u);
    } else if (!rcp_world_parked(world)[row->row_id - 1u].alerted) {
        rcp_world_parked(world)[row->row_id - 1u].alerted = 1;
        world->backlog.unalerted--;
        world->backlog.untold += !rcp_world_parked(world)[row->row_id - 1u].raised;
    }
    row->verdict = RCP_VERDICT_WRITTEN;
}

/* --- Scripts --- */

void rcp_script_preview(struct rcp_sim *sim, uint32_t session)
{
    const struct rcp_session *s = &rcp_world_sessions(sim->world)[session];
    struct rcp_tx_row *rows = rcp_world_session_rows(sim->world, session);
    for (uint32_t i = 0; i < s->row_count; i++)
        rows[i].verdict =
            (uint8_t)judge(sim->world, payment_of(sim->world, &rows[i]), &rows[i], s->flags);
}

static void finish(struct rcp_sim *sim, const struct rcp_session *s, struct rcp_tx_row *row)
{
    if (s->first_script != RCP_SCRIPT_APPROVE) {
        hand_over(sim, row, s);
        return;
    }
    approve(sim, row, s->flags);
    row->verdict = RCP_VERDICT_WRITTEN;
}

static void commit_row(struct rcp_sim *sim, uint32_t session, struct rcp_tx_row *row)
{
    const struct rcp_session *s = &rcp_world_sessions(sim->world)[session];
    uint32_t payment = payment_of(sim->world, row);
    switch ((enum rcp_script)s->script) {
    case RCP_SCRIPT_APPROVE:
        approve(sim, row, s->flags);
        break;
    case RCP_SCRIPT_FINISH:
        finish(sim, s, row);
        break;
    case RCP_SCRIPT_SETTLE:
        row->verdict = (uint8_t)look(sim->world, payment, row->payload.product_id);
        break;
    case RCP_SCRIPT_LOOKUP:
        row->verdict = (uint8_t)look(sim->world, payment, 0);
        break;
    case RCP_SCRIPT_LOG:
        log_failure(sim, row, s->flags);
        break;
    case RCP_SCRIPT_FENCE:
        fence(sim, row);
        break;
    case RCP_SCRIPT_REJECT:
        reject(sim, row, session);
        break;
    case RCP_SCRIPT_RELEASE:
        release(sim, row);
        break;
    case RCP_SCRIPT_LATER:
        put_off(sim, row, s->flags);
        break;
    case RCP_SCRIPT_PARK:
        rcp_log_park_record(sim, row->partition, row->offset);
        row->verdict = RCP_VERDICT_WRITTEN;
        break;
    case RCP_SCRIPT_MARK:
        mark(sim, row);
        break;
    case RCP_SCRIPT_CLAIM:
    case RCP_SCRIPT_SWEEP:
    case RCP_SCRIPT_ABANDON:
    case RCP_SCRIPT_PLACE:
    case RCP_SCRIPT_FIND:
    case RCP_SCRIPT_DUE:
    case RCP_SCRIPT_RESULT:
    case RCP_SCRIPT_REFUND:
    case RCP_SCRIPT_TOLD:
    case RCP_SCRIPT_NONE:
    case RCP_SCRIPT_COUNT:
        rcp_check_failed("script_has_rows");
    }
}

void rcp_script_commit(struct rcp_sim *sim, uint32_t session)
{
    const struct rcp_session *s = &rcp_world_sessions(sim->world)[session];
    if (s->script == RCP_SCRIPT_CLAIM) {
        claim(sim, session);
        return;
    }
    if (s->script == RCP_SCRIPT_SWEEP) {
        sweep(sim, session);
        return;
    }
    if (rcp_script_is_order((enum rcp_script)s->script)) {
        rcp_order_script_commit(sim, session);
        return;
    }
    struct rcp_tx_row *rows = rcp_world_session_rows(sim->world, session);
    for (uint32_t i = 0; i < s->row_count; i++)
        commit_row(sim, session, &rows[i]);
}
