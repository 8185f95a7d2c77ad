/* One request of a client on its way to a node and back: what every client does, whatever it asks for. */
#include "sim/model/exchange.h"

#include <string.h>

static struct rcp_exchange *exchange_at(const struct rcp_world *world, uint32_t index)
{
    return &rcp_world_exchanges(world)[index];
}

static void record(struct rcp_sim *sim,
                   enum rcp_record_kind kind,
                   uint32_t exchange,
                   uint16_t number)
{
    if (!rcp_sim_listening(sim))
        return;
    const struct rcp_exchange *x = exchange_at(sim->world, exchange);
    enum rcp_role role = x->kind == RCP_REQUEST_CALLBACK ? RCP_ROLE_CALLBACK : RCP_ROLE_WORLD;
    struct rcp_record r = rcp_sim_new_record(sim, kind, role, x->node, x->payment);
    rcp_record_purchase(sim->world, &r, x->purchase);
    r.number = number;
    r.detail = exchange + 1u;
    if (kind == RCP_RECORD_ANSWERED && x->purchase != RCP_NOBODY)
        r.verdict = x->said;
    rcp_sim_record(sim, &r);
}

/* Whom the exchange is about: keys, turns and tries go by it. */
static struct rcp_key subject_of(const struct rcp_exchange *x)
{
    bool order = x->purchase != RCP_NOBODY;
    return (struct rcp_key){
        .subject = order ? x->purchase : x->payment,
        .subject_kind = order ? RCP_SUBJECT_PURCHASE : RCP_SUBJECT_PAYMENT,
    };
}

static uint32_t *tries_of(const struct rcp_world *world, const struct rcp_exchange *x)
{
    return x->purchase != RCP_NOBODY ? &rcp_world_purchase_ledgers(world)[x->purchase].tries
                                     : &rcp_world_clients(world)[x->payment].tries;
}

/* --- There --- */

/* The load balancer: round robin over the nodes that take connections; a dead one only where all are. */
static uint32_t choose_node(const struct rcp_world *world, uint32_t turn)
{
    uint32_t nodes = world->config.nodes;
    rcp_check(nodes > 0, "world_has_nodes");
    for (uint32_t i = 0; i < nodes; i++) {
        uint32_t node = (turn + i) % nodes;
        if (world->nodes[node].alive && !world->nodes[node].stopping)
            return node;
    }
    return turn % nodes;
}

static struct rcp_issue issue_for(struct rcp_sim *sim,
                                  enum rcp_site site,
                                  const struct rcp_exchange *x)
{
    struct rcp_key subject = subject_of(x);
    struct rcp_issue issue = {.node = x->node, .payment = x->payment, .purchase = x->purchase};
    issue.key = rcp_sim_key(
        sim, site, x->node, (enum rcp_subject_kind)subject.subject_kind, subject.subject);
    issue.fate = rcp_choose_fate(
        sim,
        (struct rcp_effect_key){.key = issue.key, .payment = x->payment, .purchase = x->purchase});
    return issue;
}

static void push_arrival(struct rcp_sim *sim,
                         const struct rcp_issue *issue,
                         uint32_t exchange,
                         struct rcp_span span,
                         uint8_t copy)
{
    struct rcp_issue there = *issue;
    there.node = exchange_at(sim->world, exchange)->node;
    struct rcp_pending *pending =
        rcp_issue_push(sim, &there, RCP_JOB_REQUEST_ARRIVES, RCP_PHASE_APPLY, span);
    struct rcp_key key = rcp_key_unpack(pending->key);
    key.copy = copy;
    pending->key = rcp_key_pack(key);
    pending->a = exchange;
}

/* Which request this is of those that would be there without the twice oracle: the load balancer's turns
 * and the keys of what follows stay as they are. */
static uint32_t number_of(const struct rcp_sim *sim, uint32_t exchange)
{
    return exchange - (sim->double_exchange != 0 && exchange > sim->double_exchange);
}

static uint32_t new_exchange(struct rcp_sim *sim, const struct rcp_exchange *values)
{
    struct rcp_world *world = sim->world;
    if (world->exchange_count == world->config.exchanges)
        rcp_sim_error(sim,
                      "clients asked too often: give the world more `exchanges`, or lower "
                      "client_tries or the workload");
    uint32_t index = world->exchange_count++;
    struct rcp_exchange *x = exchange_at(world, index);
    *x = *values;
    x->state = RCP_EXCHANGE_SENT;
    x->node = (uint8_t)choose_node(world, subject_of(values).subject + number_of(sim, index));
    return index;
}

/* The network delivers it twice: to the node, that is another request whose answer nobody awaits. */
static void duplicate(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t exchange)
{
    struct rcp_exchange copy = *exchange_at(sim->world, exchange);
    copy.again = 0;
    rcp_link_struck(sim, issue, RCP_FAULT_REQUEST_DUPLICATED);
    uint32_t index = new_exchange(sim, &copy);
    exchange_at(sim->world, index)->node =
        copy.node; /* the same packet: no load balancer between */
    push_arrival(sim, issue, index, rcp_link_span(RCP_LINK_HTTP, issue->fate), 1);
}

uint32_t rcp_exchange_double(struct rcp_sim *sim, uint32_t exchange)
{
    struct rcp_exchange copy = *exchange_at(sim->world, exchange);
    copy.again = 0;
    copy.replies = 0;
    copy.arrived_ms = 0;
    sim->double_exchange = new_exchange(sim, &copy);
    exchange_at(sim->world, sim->double_exchange)->node = copy.node;
    return sim->double_exchange;
}

void rcp_exchange_ask(struct rcp_sim *sim, const struct rcp_exchange *values)
{
    struct rcp_world *world = sim->world;
    uint32_t index = new_exchange(sim, values);
    struct rcp_exchange *x = exchange_at(world, index);
    if (x->again)
        world->backlog.waiting++;
    record(sim, RCP_RECORD_CLICK, index, x->kind);
    struct rcp_issue issue = issue_for(sim, RCP_SITE_REQUEST, x);
    if (issue.fate.fault == RCP_FAULT_REQUEST_LOST)
        rcp_link_struck(sim, &issue, RCP_FAULT_REQUEST_LOST);
    else
        push_arrival(sim, &issue, index, rcp_link_span(RCP_LINK_HTTP, issue.fate), 0);
    if (issue.fate.fault == RCP_FAULT_REQUEST_DUPLICATED)
        duplicate(sim, &issue, index);
    uint64_t patience_ms = world->config.client_timeout_ms;
    rcp_issue_push(sim,
                   &issue,
                   RCP_JOB_CLIENT_HANGS_UP,
                   RCP_PHASE_HANG_UP,
                   (struct rcp_span){patience_ms, patience_ms + 100u})
        ->a = index;
}

void rcp_exchange_send(struct rcp_sim *sim,
                       const struct rcp_issue *issue,
                       const struct rcp_exchange *values,
                       struct rcp_span span,
                       uint8_t copy)
{
    uint32_t index = new_exchange(sim, values);
    push_arrival(sim, issue, index, span, copy);
}

/* --- And back --- */

void rcp_exchange_replied(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t exchange)
{
    struct rcp_exchange *x = exchange_at(sim->world, exchange);
    if (x->state == RCP_EXCHANGE_AT_NODE)
        x->state = RCP_EXCHANGE_REPLIED;
    if (issue->fate.fault == RCP_FAULT_REPLY_LOST) {
        rcp_link_struck(sim, issue, RCP_FAULT_REPLY_LOST);
        return;
    }
    rcp_issue_push(sim,
                   issue,
                   RCP_JOB_REPLY_ARRIVES,
                   RCP_PHASE_ANSWER,
                   rcp_link_span(RCP_LINK_HTTP, issue->fate))
        ->a = exchange;
}

/* Until the client asks again, or for ever. */
static void satisfy(struct rcp_world *world, struct rcp_exchange *x)
{
    if (x->again)
        world->backlog.waiting--;
    x->again = 0;
}

static void ask_later(struct rcp_sim *sim, uint32_t exchange)
{
    struct rcp_world *world = sim->world;
    struct rcp_exchange *x = exchange_at(world, exchange);
    uint32_t *tries = tries_of(world, x);
    if (!world->healed && ++*tries >= world->config.client_tries) {
        satisfy(world, x); /* gives up for good */
        return;
    }
    uint64_t pause_ms = world->config.client_pause_ms;
    struct rcp_pending *pending =
        rcp_sim_push(sim, RCP_JOB_CLIENT_ASKS, pause_ms, pause_ms + pause_ms / 4u);
    struct rcp_key key = subject_of(x);
    key.phase = RCP_PHASE_ASK;
    key.nth = (uint16_t)(number_of(sim, exchange) + 1u);
    pending->key = rcp_key_pack(key);
    pending->payment = x->payment;
    pending->purchase = x->purchase;
    pending->a = exchange;
}

void rcp_exchange_asks_again(struct rcp_sim *sim, uint32_t exchange)
{
    struct rcp_exchange again = *exchange_at(sim->world, exchange);
    struct rcp_exchange fresh;
    satisfy(sim->world, exchange_at(sim->world, exchange));
    memset(&fresh, 0, sizeof fresh);
    fresh.payment = again.payment;
    fresh.purchase = again.purchase;
    fresh.user = again.user;
    fresh.kind = again.kind;
    fresh.form = again.form;
    fresh.work = again.work;
    fresh.again = 1;
    rcp_exchange_ask(sim, &fresh);
}

static uint32_t answer_column(uint32_t status)
{
    switch (status) {
    case RCP_STATUS_OK:
        return 0;
    case RCP_STATUS_ACCEPTED:
        return 1;
    case RCP_STATUS_GONE:
        return 3;
    case RCP_STATUS_ERROR:
        return 4;
    case RCP_STATUS_UNAVAILABLE:
        return 5;
    default: /* a number, not an enum: every other 4xx */
        return 2;
    }
}

/* 503: nobody knows. 202 for an order: it runs, and what came of it is not told yet; but what waits for a
 * person is not asked about for ever. */
static bool is_definite(const struct rcp_exchange *x)
{
    bool runs = x->kind == RCP_REQUEST_ORDER && x->status == RCP_STATUS_ACCEPTED &&
                x->said != RCP_CHARGE_REVIEW;
    return x->status != RCP_STATUS_UNAVAILABLE && !runs;
}

void rcp_exchange_answered(struct rcp_sim *sim, uint32_t exchange)
{
    struct rcp_exchange *x = exchange_at(sim->world, exchange);
    if (x->state == RCP_EXCHANGE_ANSWERED || x->state == RCP_EXCHANGE_LOST)
        return; /* it has hung up, or heard it before */
    x->state = RCP_EXCHANGE_ANSWERED;
    sim->result->answers[answer_column(x->status)]++;
    record(sim, RCP_RECORD_ANSWERED, exchange, x->status);
    if (!x->again)
        return;
    if (is_definite(x))
        satisfy(sim->world, x);
    else
        ask_later(sim, exchange);
}

void rcp_exchange_hangs_up(struct rcp_sim *sim, uint32_t exchange)
{
    struct rcp_exchange *x = exchange_at(sim->world, exchange);
    if (x->state == RCP_EXCHANGE_ANSWERED || x->state == RCP_EXCHANGE_LOST)
        return;
    x->state = RCP_EXCHANGE_LOST;
    if (x->again)
        ask_later(sim, exchange);
}
