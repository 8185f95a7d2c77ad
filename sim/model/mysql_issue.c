/* A node issues a script: a connection for it, and the way to the server. */
#include "sim/model/mysql.h"
#include "sim/model/mysql_note.h"
#include "sim/model/mysql_session.h"
#include "sim/model/order_table.h"

#include <string.h>

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
        return open != RCP_NOBODY && rcp_session_at(world, open)->state == RCP_SESSION_OPEN
                   ? open
                   : RCP_NOBODY;
    }
    if (issue->fate.fault == RCP_FAULT_MYSQL_REFUSED) {
        rcp_link_struck(sim, issue, issue->fate.fault);
        return RCP_NOBODY;
    }
    if (rcp_world_fault(world, RCP_FAULT_MYSQL_TOO_MANY_CONNECTIONS)) {
        rcp_link_struck(sim, issue, RCP_FAULT_MYSQL_TOO_MANY_CONNECTIONS);
        return RCP_NOBODY;
    }
    uint32_t fresh = rcp_session_free(world);
    if (fresh == RCP_NOBODY)
        return RCP_NOBODY;
    /* Nothing of the connection before is left but its number. */
    struct rcp_session *s = rcp_session_at(world, fresh);
    *s = (struct rcp_session){.number = (s->number + 1u) & 0xffffffu, .flags = effect->flags};
    return fresh;
}

/* The script is on its way, in this session, as its fate has it. */
static void send(struct rcp_sim *sim,
                 const struct rcp_issue *issue,
                 const struct rcp_mysql_effect *effect,
                 uint32_t session)
{
    struct rcp_session *s = rcp_session_at(sim->world, session);
    load(sim, s, issue, effect);
    s->issued_ms = sim->world->now_ms;
    s->deadline_ms = sim->world->now_ms + effect->timeout_ms;
    struct rcp_span span = rcp_link_span(RCP_LINK_MYSQL, issue->fate);
    struct rcp_issue sent = *issue;
    if (span.shortest_ms >= effect->timeout_ms && issue->fate.fault == RCP_FAULT_NONE)
        sent.fate.fault = RCP_FAULT_MYSQL_LATE_COMMIT; /* longer than anybody waits */
    if (issue->fate.fault == RCP_FAULT_MYSQL_SLOW && effect->timeout_ms > 20) {
        rcp_link_struck(sim, issue, issue->fate.fault);
        span = (struct rcp_span){effect->timeout_ms / 4u, effect->timeout_ms / 2u};
    }
    s->fate = (uint8_t)sent.fate.fault;
    s->late_ms = issue->fate.exact_ms;
    if (sent.fate.fault == RCP_FAULT_MYSQL_LATE_COMMIT)
        span = (struct rcp_span){1, 4};
    rcp_session_push(sim, session, &sent, RCP_JOB_MYSQL_RUNS, RCP_PHASE_APPLY, span);
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
        rcp_note_log_refused(sim, effect, rows);
        refuse_connection(sim, issue, effect->op_id);
        return;
    }
    struct rcp_session *s = rcp_session_at(world, session);
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
        rcp_session_at(world, session)->first_order =
            (uint32_t)(rows[0].order_id - world->config.first_order_id) + 1u;
    send(sim, issue, effect, session);
}
