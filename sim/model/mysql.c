/* MySQL: sessions, what can happen to their scripts on the way, and what outlives its client.
 *
 *   COMING -> (WAITING for locks) -> COMMITTING -> ANSWERING -> FREE
 *                                 `-> ANSWERING -> OPEN -> COMING (FINISH)      left open
 *   a lost client leaves an ORPHAN (nothing will land) or a LIMBO (COMMIT may land later) */
#include "sim/model/mysql.h"

#include "sim/model/mysql_lock.h"
#include "sim/model/mysql_script.h"
#include "sim/model/order_script.h"
#include "sim/model/order_table.h"

#include <string.h>

#define LATE_MS 30000u /* a late COMMIT lands within this after its client has given up */

/* --- Sessions --- */

static bool runs_orders(const struct rcp_session *s)
{
    return rcp_script_is_order((enum rcp_script)s->script);
}

static struct rcp_session *session_at(const struct rcp_world *world, uint32_t index)
{
    return &rcp_world_sessions(world)[index];
}

static uint32_t session_id(const struct rcp_world *world, uint32_t index)
{
    return session_at(world, index)->number << 8 | (index + 1u);
}

static uint32_t free_session(const struct rcp_world *world)
{
    for (uint32_t i = 0; i < world->config.sessions; i++)
        if (session_at(world, i)->state == RCP_SESSION_FREE)
            return i;
    return RCP_NOBODY;
}

static struct rcp_pending *push_for(struct rcp_sim *sim,
                                    uint32_t session,
                                    const struct rcp_issue *issue,
                                    enum rcp_job job,
                                    enum rcp_phase phase,
                                    struct rcp_span span)
{
    struct rcp_pending *pending = rcp_issue_push(sim, issue, job, phase, span);
    struct rcp_session *s = session_at(sim->world, session);
    struct rcp_key key = rcp_key_unpack(pending->key);
    key.copy = (uint8_t)s->repeats++;
    pending->key = rcp_key_pack(key);
    pending->a = session;
    pending->b = s->number;
    return pending;
}

/* The issue that the session's script came with. */
static struct rcp_issue issue_of(const struct rcp_session *s)
{
    return (struct rcp_issue){.key = rcp_key_unpack(s->key),
                              .fate = {.fault = (enum rcp_fault)s->fate},
                              .node = s->node,
                              .payment = s->payment,
                              .purchase = s->purchase,
                              .role = s->role,
                              .flags = (uint8_t)s->flags};
}

/* Whoever waits for a lock that is free now tries again. */
static void wake_waiters(struct rcp_sim *sim)
{
    struct rcp_world *world = sim->world;
    for (uint32_t i = 0; i < world->config.sessions; i++) {
        struct rcp_session *s = session_at(world, i);
        if (s->state != RCP_SESSION_WAITING || s->woken ||
            !rcp_lock_is_free(world, i, s->wait_lock))
            continue;
        struct rcp_issue issue = issue_of(s);
        s->woken = 1;
        push_for(sim, i, &issue, RCP_JOB_MYSQL_RUNS, RCP_PHASE_APPLY, (struct rcp_span){0, 2});
    }
}

/* Ends the transaction, whatever it was: locks go, nothing more lands. */
static void close_session(struct rcp_sim *sim, uint32_t session)
{
    struct rcp_session *s = session_at(sim->world, session);
    rcp_lock_release_all(sim->world, session);
    s->state = RCP_SESSION_FREE;
    s->first_script = 0;
    s->row_count = 0;
    wake_waiters(sim);
}

/* --- Answers --- */

/* True where other scripts of this node succeeded since this one was issued. */
static bool others_succeed(const struct rcp_world *world, const struct rcp_session *s)
{
    return world->nodes[s->node].mysql_ok_ms > s->issued_ms;
}

static const struct rcp_entry_row *entry_of(const struct rcp_world *world,
                                            const struct rcp_tx_row *row)
{
    uint32_t payment = rcp_world_payment(world, row->payload.activity_id, row->payload.user_id);
    return &rcp_world_entries(world)[payment];
}

/* The request that this row is written for, while it has no answer; else NULL. */
static struct rcp_exchange *asked_for(const struct rcp_world *world, const struct rcp_tx_row *row)
{
    if (row->origin == 0 || row->origin > world->exchange_count)
        return NULL;
    struct rcp_exchange *exchange = &rcp_world_exchanges(world)[row->origin - 1];
    return exchange->replies == 0 ? exchange : NULL;
}

/* Evidence that a row's failure is its own doing: its statement failed, and not that of another in the
 * group; or it alone failed while others succeeded. And the request whose failure log could not be written. */
static void note_failure(struct rcp_sim *sim, uint32_t session, enum rcp_error_class error)
{
    struct rcp_world *world = sim->world;
    const struct rcp_session *s = session_at(world, session);
    if (runs_orders(s))
        return;
    const struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    bool alone = s->row_count == 1 && others_succeed(world, s);
    for (uint32_t i = 0; i < s->row_count; i++) {
        const struct rcp_tx_row *row = &rows[i];
        bool own = error == RCP_ERROR_HANDLER ? entry_of(world, row)->poison == RCP_ERROR_HANDLER
                                              : error == RCP_ERROR_CONNECTION && alone;
        if (s->script == RCP_SCRIPT_APPROVE && own && row->row_id != 0 &&
            row->row_id <= world->row_count)
            rcp_world_rows(world)[row->row_id - 1u].handler_failures++;
        struct rcp_exchange *asked = asked_for(world, row);
        if (s->script == RCP_SCRIPT_LOG && asked != NULL)
            asked->log_failed = 1;
    }
}

/* A request's COMMIT that may have happened. */
static void note_unknown(const struct rcp_world *world, uint32_t session)
{
    const struct rcp_session *s = session_at(world, session);
    const struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    bool entry = s->script == RCP_SCRIPT_APPROVE || s->script == RCP_SCRIPT_FINISH;
    for (uint32_t i = 0; entry && s->role == RCP_ROLE_PAYMENT && i < s->row_count; i++) {
        struct rcp_exchange *asked = asked_for(world, &rows[i]);
        if (asked != NULL)
            asked->noted |= RCP_NOTED_OPEN;
    }
}

static struct rcp_event failure_event(const struct rcp_world *world,
                                      uint32_t session,
                                      enum rcp_outcome outcome,
                                      enum rcp_error_class error)
{
    const struct rcp_session *s = session_at(world, session);
    return (struct rcp_event){
        .kind = RCP_EVENT_MYSQL_DONE,
        .mysql_done = {.op_id = s->op_id,
                       .outcome = outcome,
                       .error = error,
                       .session = session_id(world, session),
                       .others_succeed = others_succeed(world, s)},
    };
}

/* The client hears that nothing happened, or that it will never know. The session lives on without it. */
static void fail(struct rcp_sim *sim,
                 const struct rcp_issue *issue,
                 uint32_t session,
                 enum rcp_outcome outcome,
                 enum rcp_error_class error,
                 struct rcp_span span)
{
    struct rcp_event event = failure_event(sim->world, session, outcome, error);
    note_failure(sim, session, error);
    if (outcome == RCP_OUTCOME_UNKNOWN)
        note_unknown(sim->world, session);
    rcp_answer_push(sim, issue, &event, span);
}

static void refuse(struct rcp_sim *sim,
                   const struct rcp_issue *issue,
                   uint32_t session,
                   enum rcp_error_class error)
{
    fail(sim,
         issue,
         session,
         RCP_OUTCOME_REFUSED,
         error,
         rcp_link_span(RCP_LINK_MYSQL, (struct rcp_fate){0}));
    close_session(sim, session);
}

/* The client is gone, or has given up: the server does not know it yet, and the locks stay. */
static void orphan(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    session_at(sim->world, session)->state = RCP_SESSION_ORPHAN;
    uint64_t notice_ms = sim->world->config.orphan_ms;
    push_for(sim,
             session,
             issue,
             RCP_JOB_MYSQL_REAPS,
             RCP_PHASE_REAP,
             (struct rcp_span){1, notice_ms > 1 ? notice_ms : 1});
}

static void fire(struct rcp_sim *sim, const struct rcp_issue *issue)
{
    rcp_link_struck(sim, issue, issue->fate.fault);
}

/* --- Issuing --- */

/* No connection: the answer comes without a session. */
static void refuse_connection(struct rcp_sim *sim, const struct rcp_issue *issue, uint64_t op_id)
{
    struct rcp_event event = {
        .kind = RCP_EVENT_MYSQL_DONE,
        .mysql_done = {.op_id = op_id,
                       .outcome = RCP_OUTCOME_REFUSED,
                       .error = RCP_ERROR_CONNECTION},
    };
    rcp_answer_push(sim, issue, &event, rcp_link_span(RCP_LINK_MYSQL, (struct rcp_fate){0}));
}

static void note_log_refused(struct rcp_sim *sim,
                             const struct rcp_mysql_effect *effect,
                             const struct rcp_tx_row *rows)
{
    for (uint32_t i = 0; effect->script == RCP_SCRIPT_LOG && i < effect->row_count; i++) {
        struct rcp_exchange *asked = asked_for(sim->world, &rows[i]);
        if (asked != NULL)
            asked->log_failed = 1;
    }
}

static void load(const struct rcp_sim *sim,
                 struct rcp_session *s,
                 const struct rcp_issue *issue,
                 const struct rcp_mysql_effect *effect)
{
    s->op_id = effect->op_id;
    s->owner = effect->owner;
    s->script = (uint8_t)effect->script;
    s->fate = (uint8_t)issue->fate.fault;
    s->page = effect->page;
    s->kill = effect->kill_session;
    if (effect->script != RCP_SCRIPT_ABANDON)
        s->row_count = effect->row_count; /* else the locks of the script before are still held */
    s->lock_at = 0;
    s->repeats = 0;
    s->more = 0;
    s->woken = 0;
    s->key = rcp_key_pack(issue->key);
    s->payment = issue->payment;
    s->purchase = issue->purchase;
    s->node = (uint8_t)issue->node;
    s->role = issue->role;
    s->incarnation = sim->world->nodes[issue->node].incarnation;
    s->state = RCP_SESSION_COMING;
}

/* A connection for this script: the one that it goes on with, or a free one. */
static uint32_t connect_for(struct rcp_sim *sim,
                            const struct rcp_issue *issue,
                            const struct rcp_mysql_effect *effect)
{
    struct rcp_world *world = sim->world;
    if (effect->session != 0) {
        uint32_t open = rcp_session_find(world, effect->session);
        return open != RCP_NOBODY && session_at(world, open)->state == RCP_SESSION_OPEN
                   ? open
                   : RCP_NOBODY;
    }
    if (issue->fate.fault == RCP_FAULT_MYSQL_REFUSED) {
        fire(sim, issue);
        return RCP_NOBODY;
    }
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_TOO_MANY_CONNECTIONS)) {
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_TOO_MANY_CONNECTIONS);
        return RCP_NOBODY;
    }
    uint32_t fresh = free_session(world);
    if (fresh == RCP_NOBODY)
        return RCP_NOBODY;
    /* Nothing of the connection before is left but its number. */
    struct rcp_session *s = session_at(world, fresh);
    *s = (struct rcp_session){.number = (s->number + 1u) & 0xffffffu, .flags = effect->flags};
    return fresh;
}

/* What the core asks for is there: a payment of this world, or a row that was read. */
static bool is_there(const struct rcp_world *world,
                     enum rcp_script script,
                     const struct rcp_tx_row *row)
{
    bool marks = script == RCP_SCRIPT_MARK;
    if (script == RCP_SCRIPT_PARK)
        return true; /* raw: of nobody */
    if (marks && row->verdict == RCP_VERDICT_ALERT_RECORD)
        return row->row_id != 0 && row->row_id <= world->parked_count;
    if (script == RCP_SCRIPT_RELEASE || (marks && row->verdict != RCP_VERDICT_RELEASE))
        return row->row_id != 0 && row->row_id <= world->row_count;
    return rcp_world_payment(world, row->payload.activity_id, row->payload.user_id) != RCP_NOBODY;
}

/* The script is on its way, in this session, as its fate has it. */
static void send(struct rcp_sim *sim,
                 const struct rcp_issue *issue,
                 const struct rcp_mysql_effect *effect,
                 uint32_t session)
{
    struct rcp_session *s = session_at(sim->world, session);
    load(sim, s, issue, effect);
    s->issued_ms = sim->world->now_ms;
    s->deadline_ms = sim->world->now_ms + effect->timeout_ms;
    struct rcp_span span = rcp_link_span(RCP_LINK_MYSQL, issue->fate);
    struct rcp_issue sent = *issue;
    if (span.shortest_ms >= effect->timeout_ms && issue->fate.fault == RCP_FAULT_NONE)
        sent.fate.fault = RCP_FAULT_MYSQL_LATE_COMMIT; /* longer than anybody waits */
    if (issue->fate.fault == RCP_FAULT_MYSQL_SLOW && effect->timeout_ms > 20) {
        fire(sim, issue);
        span = (struct rcp_span){effect->timeout_ms / 4u, effect->timeout_ms / 2u};
    }
    s->fate = (uint8_t)sent.fate.fault;
    s->late_ms = issue->fate.exact_ms;
    if (sent.fate.fault == RCP_FAULT_MYSQL_LATE_COMMIT)
        span = (struct rcp_span){1, 4};
    push_for(sim, session, &sent, RCP_JOB_MYSQL_RUNS, RCP_PHASE_APPLY, span);
}

void rcp_mysql_issue(struct rcp_sim *sim,
                     const struct rcp_issue *issue,
                     const struct rcp_mysql_effect *effect,
                     const struct rcp_tx_row *rows)
{
    struct rcp_world *world = sim->world;
    for (uint32_t i = 0; i < effect->row_count; i++)
        rcp_check(is_there(world, effect->script, &rows[i]), "core_asks_for_what_is_there");
    uint32_t session = connect_for(sim, issue, effect);
    if (session == RCP_NOBODY) {
        note_log_refused(sim, effect, rows);
        refuse_connection(sim, issue, effect->op_id);
        return;
    }
    struct rcp_session *s = session_at(world, session);
    bool goes_on = effect->session != 0;
    if (goes_on && s->first_script == RCP_SCRIPT_NONE)
        s->first_script = s->script;
    memcpy(rcp_world_session_rows(world, session), rows, effect->row_count * sizeof *rows);
    send(sim, issue, effect, session);
}

/* What the core asks for is there: a buyer of this world with a cart that adds up, an order or refund
 * that was read. */
static bool order_is_there(const struct rcp_world *world,
                           enum rcp_script script,
                           const struct rcp_order_row *row)
{
    const struct rcp_cart *cart = &row->cart;
    if (script == RCP_SCRIPT_PLACE)
        return row->user_id != 0 && row->user_id <= world->config.buyers &&
               rcp_order_purchase(world, row) != RCP_NOBODY &&
               cart->used_point + cart->paid_amount + cart->coupon_discount == cart->total_amount;
    if (script == RCP_SCRIPT_REFUND || row->alert == RCP_ORDER_ALERT_REFUND)
        return rcp_refund_find(world, row->pg_key) != RCP_NOBODY;
    if (script == RCP_SCRIPT_RESULT || script == RCP_SCRIPT_TOLD)
        return rcp_world_order(world, row->order_id) != RCP_NOBODY;
    return true;
}

void rcp_mysql_issue_order(struct rcp_sim *sim,
                           const struct rcp_issue *issue,
                           const struct rcp_mysql_effect *effect,
                           const struct rcp_order_row *rows)
{
    struct rcp_world *world = sim->world;
    rcp_check(effect->row_count <= rcp_session_order_room(&world->config), "rows_fit_a_session");
    for (uint32_t i = 0; i < effect->row_count; i++)
        rcp_check(order_is_there(world, effect->script, &rows[i]), "core_asks_for_what_is_there");
    uint32_t session = connect_for(sim, issue, effect);
    if (session == RCP_NOBODY) {
        refuse_connection(sim, issue, effect->op_id);
        return;
    }
    memcpy(rcp_world_session_orders(world, session), rows, effect->row_count * sizeof *rows);
    if (effect->script == RCP_SCRIPT_DUE && effect->row_count > 0 &&
        rows[0].order_id >= world->config.first_order_id)
        session_at(world, session)->first_order =
            (uint32_t)(rows[0].order_id - world->config.first_order_id) + 1u;
    send(sim, issue, effect, session);
}

/* --- Running --- */

static bool server_is_away(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    const struct rcp_world *world = sim->world;
    struct rcp_session *s = session_at(world, session);
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_DOWN)) {
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_DOWN);
        refuse(sim, issue, session, RCP_ERROR_CONNECTION);
        return true;
    }
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_SILENT)) {
        /* COMMIT was never sent, so this surely does not happen. */
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_SILENT);
        fail(sim,
             issue,
             session,
             RCP_OUTCOME_REFUSED,
             RCP_ERROR_CONNECTION,
             rcp_until_deadline(sim, s->deadline_ms));
        orphan(sim, issue, session);
        return true;
    }
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_READ_ONLY) && !rcp_script_only_reads(s)) {
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_READ_ONLY);
        refuse(sim, issue, session, RCP_ERROR_CONNECTION);
        return true;
    }
    return false;
}

/* SETTLE and FIND kill the session whose COMMIT is unknown: from here on it cannot land any more. */
static void kill_old(struct rcp_sim *sim, const struct rcp_session *s)
{
    uint32_t old = rcp_session_find(sim->world, s->kill);
    if (old != RCP_NOBODY && session_at(sim->world, old) != s)
        close_session(sim, old);
}

/* Each lock is a statement of its own, and others come in between: only where locks are taken in one
 * order by all does that make no difference. */
static bool goes_step_by_step(const struct rcp_session *s)
{
    return runs_orders(s) && (s->flags & RCP_TX_MIXED_LOCKS) != 0;
}

/* True where the script has all its locks; else it waits, is the victim of a deadlock, or is at its next
 * statement before long. */
static bool take_locks(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    struct rcp_world *world = sim->world;
    struct rcp_session *s = session_at(world, session);
    for (uint32_t lock = rcp_lock_next(world, session); lock != 0;
         lock = rcp_lock_next(world, session)) {
        enum rcp_lock_result result = rcp_lock_take(world, session, lock);
        if (result == RCP_LOCK_DEADLOCK) {
            refuse(sim, issue, session, RCP_ERROR_CONTENTION);
            return false;
        }
        if (result == RCP_LOCK_BUSY) {
            uint64_t wait_ms = s->deadline_ms > world->now_ms ? s->deadline_ms - world->now_ms : 1;
            wait_ms = wait_ms < RCP_LOCK_WAIT_MS ? wait_ms : RCP_LOCK_WAIT_MS;
            s->state = RCP_SESSION_WAITING;
            s->wait_number++;
            push_for(sim,
                     session,
                     issue,
                     RCP_JOB_MYSQL_LOCK_WAITED,
                     RCP_PHASE_LOCK_WAIT,
                     (struct rcp_span){wait_ms, wait_ms})
                ->c = s->wait_number;
            return false;
        }
        s->lock_at++;
        if (goes_step_by_step(s) && rcp_lock_next(world, session) != 0) {
            s->state = RCP_SESSION_COMING;
            push_for(
                sim, session, issue, RCP_JOB_MYSQL_RUNS, RCP_PHASE_APPLY, (struct rcp_span){0, 2});
            return false;
        }
    }
    s->state = RCP_SESSION_COMING;
    return true;
}

/* An entry that fails every time: its statement, or the whole connection. */
static enum rcp_error_class poisoned(struct rcp_sim *sim, uint32_t session)
{
    const struct rcp_world *world = sim->world;
    const struct rcp_session *s = session_at(world, session);
    const struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    for (uint32_t i = 0; s->script == RCP_SCRIPT_APPROVE && i < s->row_count; i++) {
        uint32_t payment =
            rcp_world_payment(world, rows[i].payload.activity_id, rows[i].payload.user_id);
        enum rcp_error_class poison =
            (enum rcp_error_class)rcp_world_entries(world)[payment].poison;
        if (poison == RCP_ERROR_NONE)
            continue;
        rcp_plan_struck(sim,
                        poison == RCP_ERROR_HANDLER ? RCP_FAULT_POISON_ENTRY
                                                    : RCP_FAULT_POISON_CONNECTION,
                        s->node,
                        payment);
        return poison;
    }
    return RCP_ERROR_NONE;
}

/* The script's answer comes before its COMMIT: FINISH or ABANDON will follow. */
static bool leaves_open(const struct rcp_session *s)
{
    return (s->flags & RCP_TX_LEAVE_OPEN) != 0 && s->first_script == RCP_SCRIPT_NONE;
}

/* The statements meet their fate. True where the script goes on to its COMMIT. */
static bool statements_succeed(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    struct rcp_session *s = session_at(sim->world, session);
    enum rcp_error_class poison = poisoned(sim, session);
    if (poison != RCP_ERROR_NONE) {
        refuse(sim, issue, session, poison);
        return false;
    }
    if (s->fate == RCP_FAULT_MYSQL_DEADLOCK || s->fate == RCP_FAULT_MYSQL_LOCK_TIMEOUT) {
        fire(sim, issue);
        refuse(sim, issue, session, RCP_ERROR_CONTENTION);
        return false;
    }
    if (s->fate == RCP_FAULT_MYSQL_LOST_STATEMENT) {
        fire(sim, issue);
        fail(sim,
             issue,
             session,
             RCP_OUTCOME_REFUSED,
             RCP_ERROR_CONNECTION,
             rcp_until_deadline(sim, s->deadline_ms));
        orphan(sim, issue, session);
        return false;
    }
    return true;
}

static bool client_is_dead(const struct rcp_world *world, const struct rcp_session *s)
{
    const struct rcp_sim_node *node = &world->nodes[s->node];
    return !node->alive || node->incarnation != s->incarnation;
}

static void answer(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    session_at(sim->world, session)->state = RCP_SESSION_ANSWERING;
    push_for(sim,
             session,
             issue,
             RCP_JOB_MYSQL_ANSWERS,
             RCP_PHASE_ANSWER,
             rcp_link_span(RCP_LINK_MYSQL, (struct rcp_fate){0}));
}

/* The script took effect, and nobody hears of it: its answer is lost, or the client's process dies
 * (*dies). */
static bool goes_unheard(struct rcp_sim *sim,
                         const struct rcp_issue *issue,
                         uint32_t session,
                         bool *dies)
{
    const struct rcp_session *s = session_at(sim->world, session);
    bool lost = s->fate == RCP_FAULT_MYSQL_LOST_ANSWER;
    *dies = s->fate == RCP_FAULT_CRASH_APPLIED;
    if (lost) {
        fire(sim, issue);
        fail(sim,
             issue,
             session,
             RCP_OUTCOME_UNKNOWN,
             RCP_ERROR_NONE,
             rcp_until_deadline(sim, s->deadline_ms));
    }
    if (lost || *dies)
        close_session(sim, session);
    return lost || *dies;
}

/* The statements are done: what follows is an answer, or the way to COMMIT. */
static bool statements_done(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    struct rcp_session *s = session_at(sim->world, session);
    if (s->script == RCP_SCRIPT_ABANDON) {
        close_session(sim, session);
        return s->fate == RCP_FAULT_CRASH_APPLIED;
    }
    if (leaves_open(s)) {
        if (s->script == RCP_SCRIPT_APPROVE)
            rcp_script_preview(sim, session);
        s->left_open = 1;
        answer(sim, issue, session);
        return false;
    }
    if (rcp_script_only_reads(s)) {
        bool dies = false;
        rcp_script_commit(sim, session);
        if (!goes_unheard(sim, issue, session, &dies))
            answer(sim, issue, session);
        return dies;
    }
    s->state = RCP_SESSION_COMMITTING;
    push_for(sim,
             session,
             issue,
             RCP_JOB_MYSQL_COMMITS,
             RCP_PHASE_COMMIT,
             rcp_link_span(RCP_LINK_MYSQL, (struct rcp_fate){0}));
    return false;
}

/* Scripts that find their own rows. */
static void pick_rows(struct rcp_sim *sim, uint32_t session)
{
    const struct rcp_session *s = session_at(sim->world, session);
    if (s->script == RCP_SCRIPT_CLAIM)
        rcp_script_pick_rows(sim, session);
    else if (s->script == RCP_SCRIPT_DUE)
        rcp_order_pick_due(sim, session);
}

bool rcp_mysql_run(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_world *world = sim->world;
    struct rcp_issue issue = rcp_issue_of(pending);
    uint32_t session = pending->a;
    struct rcp_session *s = session_at(world, session);
    if (s->number != pending->b ||
        (s->state != RCP_SESSION_COMING && s->state != RCP_SESSION_WAITING))
        return false;
    s->woken = 0;
    if (server_is_away(sim, &issue, session))
        return false;
    if ((s->script == RCP_SCRIPT_SETTLE || s->script == RCP_SCRIPT_FIND) &&
        s->state == RCP_SESSION_COMING)
        kill_old(sim, s);
    if (s->state == RCP_SESSION_COMING && s->lock_at == 0)
        pick_rows(sim, session);
    bool selects = leaves_open(s) && s->script == RCP_SCRIPT_CLAIM; /* plain: it locks nothing */
    if (!selects && !take_locks(sim, &issue, session))
        return false;
    if (client_is_dead(world, s)) {
        orphan(sim, &issue, session); /* nobody is there to send COMMIT */
        return false;
    }
    return statements_succeed(sim, &issue, session) && statements_done(sim, &issue, session);
}

void rcp_mysql_lock_waited(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_session *s = session_at(sim->world, pending->a);
    if (s->number != pending->b || s->state != RCP_SESSION_WAITING || s->wait_number != pending->c)
        return;
    struct rcp_issue issue = rcp_issue_of(pending);
    refuse(sim, &issue, pending->a, RCP_ERROR_CONTENTION);
}

/* --- COMMIT --- */

static void note_commit(struct rcp_sim *sim, uint32_t session)
{
    struct rcp_world *world = sim->world;
    const struct rcp_session *s = session_at(world, session);
    const struct rcp_tx_row *rows = rcp_world_session_rows(world, session);
    world->nodes[s->node].mysql_ok_ms = world->now_ms;
    for (uint32_t i = 0; s->script == RCP_SCRIPT_LOG && i < s->row_count; i++) {
        struct rcp_exchange *asked = asked_for(world, &rows[i]);
        if (asked != NULL)
            asked->log_failed = 0;
    }
}

/* The client gives up on a COMMIT that will land later, unless somebody kills its session first. */
static void enter_limbo(struct rcp_sim *sim,
                        const struct rcp_issue *issue,
                        uint32_t session,
                        struct rcp_span span)
{
    struct rcp_session *s = session_at(sim->world, session);
    fail(sim,
         issue,
         session,
         RCP_OUTCOME_UNKNOWN,
         RCP_ERROR_NONE,
         rcp_until_deadline(sim, s->deadline_ms));
    struct rcp_issue late = *issue;
    late.fate = (struct rcp_fate){0};
    s->state = RCP_SESSION_LIMBO;
    s->fate = RCP_FAULT_NONE;
    push_for(sim, session, &late, RCP_JOB_MYSQL_COMMITS, RCP_PHASE_LATE, span);
}

/* COMMIT meets its fate before it takes effect. True where it does not take effect now. */
static bool commit_goes_astray(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    const struct rcp_world *world = sim->world;
    struct rcp_session *s = session_at(world, session);
    struct rcp_span silence = rcp_until_deadline(sim, s->deadline_ms);
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_DOWN)) {
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_DOWN);
        if (s->state == RCP_SESSION_COMMITTING)
            fail(sim, issue, session, RCP_OUTCOME_UNKNOWN, RCP_ERROR_NONE, silence);
        close_session(sim, session);
        return true;
    }
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_SILENT)) {
        uint64_t thaw_ms = world->thaw_ms[RCP_FAULT_MYSQL_SILENT] - world->now_ms + 1u;
        struct rcp_span thaw = {thaw_ms, thaw_ms + 10};
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_SILENT);
        if (s->state == RCP_SESSION_COMMITTING)
            enter_limbo(sim, issue, session, thaw);
        else
            push_for(sim, session, issue, RCP_JOB_MYSQL_COMMITS, RCP_PHASE_LATE, thaw);
        return true;
    }
    if (s->fate == RCP_FAULT_MYSQL_LOST_COMMIT) {
        fire(sim, issue);
        fail(sim, issue, session, RCP_OUTCOME_UNKNOWN, RCP_ERROR_NONE, silence);
        orphan(sim, issue, session);
        return true;
    }
    if (s->fate == RCP_FAULT_MYSQL_LATE_COMMIT) {
        struct rcp_span late = {silence.longest_ms, silence.longest_ms + LATE_MS};
        if (s->late_ms != 0)
            late = (struct rcp_span){s->late_ms, s->late_ms};
        else
            fire(sim, issue);
        enter_limbo(sim, issue, session, late);
        return true;
    }
    return false;
}

/* A session's rows, whichever kind its script has, set aside. */
struct aside {
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
    struct rcp_order_row orders[RCP_TX_ROWS_MAX];
};

static void set_aside(const struct rcp_world *world, uint32_t session, struct aside *aside)
{
    if (runs_orders(session_at(world, session)))
        memcpy(aside->orders,
               rcp_world_session_orders(world, session),
               rcp_session_order_room(&world->config) * sizeof aside->orders[0]);
    else
        memcpy(aside->rows, rcp_world_session_rows(world, session), sizeof aside->rows);
}

static void bring_back(const struct rcp_world *world, uint32_t session, const struct aside *aside)
{
    if (runs_orders(session_at(world, session)))
        memcpy(rcp_world_session_orders(world, session),
               aside->orders,
               rcp_session_order_room(&world->config) * sizeof aside->orders[0]);
    else
        memcpy(rcp_world_session_rows(world, session), aside->rows, sizeof aside->rows);
}

/* The whole transaction again, in a session of its own right behind the first: a proxy or a person did not
 * hear that it was committed. What it answers is not what the client hears. */
static void run_again(struct rcp_sim *sim, uint32_t session, const struct aside *asked)
{
    struct rcp_session *s = session_at(sim->world, session);
    struct aside answered;
    struct rcp_session before = *s;
    set_aside(sim->world, session, &answered);
    bring_back(sim->world, session, asked);
    pick_rows(sim, session);
    rcp_script_commit(sim, session);
    bring_back(sim->world, session, &answered);
    s->row_count = before.row_count;
    s->more = before.more;
}

static void take_effect(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session)
{
    struct aside asked;
    bool twice = rcp_sim_twice(
        sim, RCP_TWICE_COMMIT, (enum rcp_site)issue->key.site, issue->payment, issue->purchase);
    if (twice)
        set_aside(sim->world, session, &asked);
    rcp_script_commit(sim, session);
    if (twice)
        run_again(sim, session, &asked);
}

bool rcp_mysql_commit(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_world *world = sim->world;
    struct rcp_issue issue = rcp_issue_of(pending);
    uint32_t session = pending->a;
    struct rcp_session *s = session_at(world, session);
    bool late = s->state == RCP_SESSION_LIMBO;
    if (s->number != pending->b || (s->state != RCP_SESSION_COMMITTING && !late))
        return false; /* killed: it will never land */
    if (commit_goes_astray(sim, &issue, session))
        return false;
    take_effect(sim, &issue, session);
    if (late) {
        close_session(sim, session);
        return false;
    }
    note_commit(sim, session);
    bool dies = false;
    if (goes_unheard(sim, &issue, session, &dies))
        return dies;
    rcp_lock_release_all(world, session);
    s->left_open = 0;
    s->first_script = 0;
    answer(sim, &issue, session);
    wake_waiters(sim);
    return false;
}

/* --- Answering --- */

bool rcp_mysql_answer(struct rcp_sim *sim,
                      const struct rcp_pending *pending,
                      struct rcp_event *event)
{
    const struct rcp_world *world = sim->world;
    const struct rcp_session *s = session_at(world, pending->a);
    if (s->number != pending->b || s->state != RCP_SESSION_ANSWERING)
        return false;
    *event = (struct rcp_event){
        .kind = RCP_EVENT_MYSQL_DONE,
        .mysql_done = {.op_id = s->op_id,
                       .outcome = RCP_OUTCOME_DONE,
                       .session = session_id(world, pending->a),
                       .more = s->more != 0,
                       .row_count = s->row_count},
    };
    if (runs_orders(s))
        event->mysql_done.orders = rcp_world_session_orders(world, pending->a);
    else
        event->mysql_done.rows = rcp_world_session_rows(world, pending->a);
    return true;
}

void rcp_mysql_answered(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_session *s = session_at(sim->world, pending->a);
    if (s->number != pending->b || s->state != RCP_SESSION_ANSWERING)
        return;
    if (!s->left_open) {
        close_session(sim, pending->a);
        return;
    }
    s->state = RCP_SESSION_OPEN;
    s->left_open = 0;
    if (client_is_dead(sim->world, s)) {
        struct rcp_issue issue = rcp_issue_of(pending);
        orphan(sim, &issue, pending->a);
    }
}

/* --- The end of sessions and servers --- */

void rcp_mysql_reap(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    const struct rcp_session *s = session_at(sim->world, pending->a);
    if (s->number == pending->b && s->state == RCP_SESSION_ORPHAN)
        close_session(sim, pending->a);
}

void rcp_mysql_client_died(struct rcp_sim *sim, uint32_t node)
{
    for (uint32_t i = 0; i < sim->world->config.sessions; i++) {
        const struct rcp_session *s = session_at(sim->world, i);
        if (s->node != node || (s->state != RCP_SESSION_OPEN && s->state != RCP_SESSION_WAITING))
            continue;
        struct rcp_issue issue = issue_of(s);
        orphan(sim, &issue, i);
    }
}

void rcp_mysql_down(struct rcp_sim *sim)
{
    struct rcp_world *world = sim->world;
    for (uint32_t i = 0; i < world->config.sessions; i++) {
        const struct rcp_session *s = session_at(world, i);
        if (s->state == RCP_SESSION_OPEN || s->state == RCP_SESSION_ORPHAN ||
            s->state == RCP_SESSION_LIMBO) {
            close_session(sim, i);
        } else if (s->state == RCP_SESSION_WAITING) {
            struct rcp_issue issue = issue_of(s);
            refuse(sim, &issue, i, RCP_ERROR_CONNECTION);
        }
    }
}
