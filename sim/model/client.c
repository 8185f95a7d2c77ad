/* Clients: they reserve, pay, click twice, hang up, ask again, come with foreign or forged tokens. */
#include "sim/model/client.h"

#include "sim/check/facts.h"
#include "sim/model/log_table.h"
#include "sim/model/redis.h"

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
    struct rcp_record r = rcp_sim_new_record(sim, kind, RCP_ROLE_WORLD, x->node, x->payment);
    r.number = number;
    r.detail = exchange + 1u;
    rcp_sim_record(sim, &r);
}

/* --- Asking --- */

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
    struct rcp_issue issue = {.node = x->node, .payment = x->payment};
    issue.key = rcp_sim_key(sim, site, x->node, RCP_SUBJECT_PAYMENT, x->payment);
    issue.fate =
        rcp_choose_fate(sim, (struct rcp_effect_key){.key = issue.key, .payment = x->payment});
    return issue;
}

static void push_arrival(struct rcp_sim *sim,
                         const struct rcp_issue *issue,
                         uint32_t exchange,
                         uint8_t copy)
{
    struct rcp_pending *pending = rcp_issue_push(sim,
                                                 issue,
                                                 RCP_JOB_REQUEST_ARRIVES,
                                                 RCP_PHASE_APPLY,
                                                 rcp_link_span(RCP_LINK_HTTP, issue->fate));
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
    x->node = (uint8_t)choose_node(world, values->payment + number_of(sim, index));
    return index;
}

/* The network delivers it twice: to the node, that is another request whose answer nobody awaits. */
static void duplicate(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t exchange)
{
    struct rcp_exchange copy = *exchange_at(sim->world, exchange);
    copy.again = 0;
    rcp_sim_fired(sim, RCP_FAULT_REQUEST_DUPLICATED, issue->node, issue->payment);
    uint32_t index = new_exchange(sim, &copy);
    exchange_at(sim->world, index)->node =
        copy.node; /* the same packet: no load balancer between */
    push_arrival(sim, issue, index, 1);
}

uint32_t rcp_client_double(struct rcp_sim *sim, uint32_t exchange)
{
    struct rcp_exchange copy = *exchange_at(sim->world, exchange);
    copy.again = 0;
    copy.replies = 0;
    copy.arrived_ms = 0;
    sim->double_exchange = new_exchange(sim, &copy);
    exchange_at(sim->world, sim->double_exchange)->node = copy.node;
    return sim->double_exchange;
}

static void send_request(struct rcp_sim *sim, const struct rcp_exchange *values)
{
    struct rcp_world *world = sim->world;
    uint32_t index = new_exchange(sim, values);
    struct rcp_exchange *x = exchange_at(world, index);
    if (x->again)
        world->backlog.waiting++;
    record(sim, RCP_RECORD_CLICK, index, x->kind);
    struct rcp_issue issue = issue_for(sim, RCP_SITE_REQUEST, x);
    if (issue.fate.fault == RCP_FAULT_REQUEST_LOST)
        rcp_sim_fired(sim, RCP_FAULT_REQUEST_LOST, x->node, x->payment);
    else
        push_arrival(sim, &issue, index, 0);
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

static void ask(struct rcp_sim *sim,
                uint32_t payment,
                enum rcp_request_kind kind,
                uint32_t user,
                enum rcp_token_form form,
                enum rcp_work_kind work)
{
    struct rcp_exchange x;
    memset(&x, 0, sizeof x);
    x.payment = payment;
    x.user = user;
    x.kind = (uint8_t)kind;
    x.form = (uint8_t)form;
    x.work = (uint8_t)work;
    x.again = 1;
    send_request(sim, &x);
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
    struct rcp_client *client = &rcp_world_clients(world)[x->payment];
    if (!world->healed && ++client->tries >= world->config.client_tries) {
        satisfy(world, x); /* gives up for good */
        return;
    }
    uint64_t pause_ms = world->config.client_pause_ms;
    struct rcp_pending *pending =
        rcp_sim_push(sim, RCP_JOB_CLIENT_ASKS, pause_ms, pause_ms + pause_ms / 4u);
    struct rcp_key key = {.subject = x->payment,
                          .subject_kind = RCP_SUBJECT_PAYMENT,
                          .phase = RCP_PHASE_ASK,
                          .nth = (uint16_t)(number_of(sim, exchange) + 1u)};
    pending->key = rcp_key_pack(key);
    pending->payment = x->payment;
    pending->a = exchange;
}

void rcp_client_asks_again(struct rcp_sim *sim, uint32_t exchange)
{
    struct rcp_exchange again = *exchange_at(sim->world, exchange);
    struct rcp_exchange fresh;
    satisfy(sim->world, exchange_at(sim->world, exchange));
    memset(&fresh, 0, sizeof fresh);
    fresh.payment = again.payment;
    fresh.user = again.user;
    fresh.kind = again.kind;
    fresh.form = again.form;
    fresh.work = again.work;
    fresh.again = 1;
    send_request(sim, &fresh);
}

/* --- The workload --- */

/* The line comes due again for this payment: Redis does not answer, or the node is not there. */
static void act_later(struct rcp_sim *sim, uint32_t work, uint32_t payment)
{
    uint64_t pause_ms = sim->world->config.client_pause_ms;
    struct rcp_client *client = &rcp_world_clients(sim->world)[payment];
    if (!sim->world->healed && ++client->tries >= sim->world->config.client_tries)
        return;
    struct rcp_pending *pending =
        rcp_sim_push(sim, RCP_JOB_CLIENT_ACTS, pause_ms, pause_ms + pause_ms / 4u);
    struct rcp_key key = {.subject = payment,
                          .subject_kind = RCP_SUBJECT_PAYMENT,
                          .phase = RCP_PHASE_ACT,
                          .nth = (uint16_t)(work + 1u),
                          .copy = (uint8_t)++client->acts};
    pending->key = rcp_key_pack(key);
    pending->payment = payment;
    pending->a = work;
    pending->b = payment;
}

/* A PENDING row as an earlier failure left it: the owner was told 202 and holds the token. */
static void add_backlog(struct rcp_sim *sim, uint32_t payment)
{
    struct rcp_world *world = sim->world;
    struct rcp_ledger *ledger = &rcp_world_ledgers(world)[payment];
    struct rcp_tx_row row = {
        .payload = {.product_id = rcp_world_tokens(world)[payment].product_id},
    };
    if (ledger->rows != RCP_NOBODY || rcp_world_entries(world)[payment].status != RCP_ENTRY_NONE)
        return; /* it has a story of its own already */
    bool sold_out = false;
    bool hold = rcp_hardened(world->policy, RCP_KNOB_OPEN_RETRY_TOKEN);
    if (!rcp_redis_reserve(
            sim, payment, hold ? RCP_TOKEN_HOLD_MS : world->config.token_ttl_ms, &sold_out))
        return;
    ledger->owner_asked = 1;
    ledger->told_accepted = 1;
    uint64_t now_ms = rcp_world_mysql_ms(world);
    uint32_t index = rcp_log_insert(sim, payment, &row, now_ms);
    rcp_world_rows(world)[index].token_until_ms = now_ms + (hold ? RCP_TOKEN_HOLD_MS : 0);
}

void rcp_client_acts(struct rcp_sim *sim, uint32_t work, uint32_t payment)
{
    struct rcp_world *world = sim->world;
    const struct rcp_work *line = &sim->scenario->work[work];
    enum rcp_work_kind kind = (enum rcp_work_kind)line->kind;
    uint32_t owner = rcp_payment_user(world, payment);
    bool sold_out = false;
    bool needs_token = kind != RCP_WORK_STATUS && kind != RCP_WORK_REJECT &&
                       kind != RCP_WORK_PAY_AGAIN && kind != RCP_WORK_BACKLOG &&
                       kind != RCP_WORK_FORGED_TOKEN && kind != RCP_WORK_MALFORMED_TOKEN;
    if (needs_token && !rcp_redis_reserve(sim, payment, world->config.token_ttl_ms, &sold_out)) {
        if (!sold_out)
            act_later(sim, work, payment);
        return;
    }
    sim->result->payments += kind == RCP_WORK_PAY || kind == RCP_WORK_DOUBLE_CLICK ||
                             kind == RCP_WORK_BACKLOG || kind == RCP_WORK_OTHER_PAYLOAD;
    switch (kind) {
    case RCP_WORK_DOUBLE_CLICK:
        ask(sim, payment, RCP_REQUEST_PROCESS, owner, RCP_TOKEN_SIGNED, kind);
        ask(sim, payment, RCP_REQUEST_PROCESS, owner, RCP_TOKEN_SIGNED, kind);
        break;
    case RCP_WORK_OTHER_PAYLOAD:
        rcp_world_tokens(world)[payment].product_id += RCP_OTHER_PRODUCT;
        ask(sim, payment, RCP_REQUEST_PROCESS, owner, RCP_TOKEN_SIGNED, kind);
        break;
    case RCP_WORK_PAY:
    case RCP_WORK_PAY_AGAIN:
        ask(sim, payment, RCP_REQUEST_PROCESS, owner, RCP_TOKEN_SIGNED, kind);
        break;
    case RCP_WORK_FOREIGN_TOKEN:
        ask(sim, payment, RCP_REQUEST_PROCESS, line->by_user, RCP_TOKEN_SIGNED, kind);
        break;
    case RCP_WORK_FORGED_TOKEN:
        ask(sim, payment, RCP_REQUEST_PROCESS, owner, RCP_TOKEN_FORGED, kind);
        break;
    case RCP_WORK_MALFORMED_TOKEN:
        ask(sim, payment, RCP_REQUEST_PROCESS, owner, RCP_TOKEN_MALFORMED, kind);
        break;
    case RCP_WORK_LOGGED_OUT:
        ask(sim, payment, RCP_REQUEST_PROCESS, 0, RCP_TOKEN_SIGNED, kind);
        break;
    case RCP_WORK_STATUS:
        ask(sim, payment, RCP_REQUEST_STATUS, owner, RCP_TOKEN_SIGNED, kind);
        break;
    case RCP_WORK_REJECT:
        ask(sim, payment, RCP_REQUEST_REJECT, owner, RCP_TOKEN_SIGNED, kind);
        break;
    case RCP_WORK_BACKLOG:
        add_backlog(sim, payment);
        break;
    case RCP_WORK_RESERVE:
        break;
    case RCP_WORK_NONE:
    case RCP_WORK_KIND_COUNT:
        rcp_check_failed("work_kind_exists");
    }
}

/* --- At the node --- */

bool rcp_client_request(struct rcp_sim *sim,
                        const struct rcp_pending *pending,
                        struct rcp_event *event)
{
    struct rcp_world *world = sim->world;
    struct rcp_exchange *x = exchange_at(world, pending->a);
    const struct rcp_sim_node *node = &world->nodes[x->node];
    if (!node->alive)
        return false; /* connection refused: the client notices when it hangs up */
    x->arrived_ms = world->now_ms;
    if (x->state == RCP_EXCHANGE_SENT)
        x->state = RCP_EXCHANGE_AT_NODE; /* else its client has hung up already */
    bool owner = x->user == rcp_payment_user(world, x->payment) && x->form == RCP_TOKEN_SIGNED;
    if (owner && x->kind == RCP_REQUEST_PROCESS) {
        rcp_world_ledgers(world)[x->payment].owner_asked = 1;
        rcp_touch(world, RCP_OF_PAYMENT, x->payment);
    }
    /* A forged or malformed token stands for a key that nobody issued. */
    bool real = x->form == RCP_TOKEN_SIGNED;
    *event = (struct rcp_event){
        .kind = RCP_EVENT_REQUEST,
        .request = {.request_id = pending->a + 1u,
                    .user_id = x->user,
                    .kind = (enum rcp_request_kind)x->kind,
                    .token = {.handle = real ? x->payment + 1u : world->payments + x->payment + 1u,
                              .user_id = rcp_payment_user(world, x->payment),
                              .activity_id = rcp_payment_activity(world, x->payment) + 1u,
                              .form = (enum rcp_token_form)x->form}},
    };
    return true;
}

/* What the owner was told, as the checkers remember it. */
static void remember(struct rcp_sim *sim, uint32_t exchange, const struct rcp_reply *reply)
{
    struct rcp_world *world = sim->world;
    struct rcp_exchange *x = exchange_at(world, exchange);
    struct rcp_ledger *ledger = &rcp_world_ledgers(world)[x->payment];
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[x->payment];
    enum rcp_status status = reply->status;
    bool owner = x->user == rcp_payment_user(world, x->payment) && x->form == RCP_TOKEN_SIGNED;
    rcp_touch(world, RCP_OF_PAYMENT, x->payment);
    ledger->turned_away |= !rcp_facts_rightly_refused(world, x);
    ledger->misled |= !rcp_facts_said_so(world, x);
    ledger->answered_late |= (x->noted & RCP_NOTED_LATE) != 0;
    if (x->kind == RCP_REQUEST_STATUS)
        ledger->status_404 |= owner && status == RCP_STATUS_NOT_FOUND;
    if (x->kind != RCP_REQUEST_PROCESS)
        return;
    if (owner) {
        ledger->told_ok |= status == RCP_STATUS_OK;
        ledger->told_accepted |= status == RCP_STATUS_ACCEPTED;
        ledger->told_gone |= status == RCP_STATUS_BAD_REQUEST || status == RCP_STATUS_NOT_FOUND ||
                             status == RCP_STATUS_GONE;
        ledger->told_410 |= status == RCP_STATUS_GONE;
        ledger->told_other |= (x->noted & RCP_NOTED_OTHER) != 0;
    }
    if (rcp_told_failure(x) && entry->status == RCP_ENTRY_APPROVED &&
        entry->origin == exchange + 1u)
        ledger->failure_took = 1;
    ledger->fallback_missed |= rcp_facts_fallback_missed(x);
}

/* What the reply can be judged by only now: the entry may change, the node may fall asleep. */
static void note_reply(const struct rcp_world *world, struct rcp_exchange *x)
{
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[x->payment];
    uint64_t deadline_ms = x->arrived_ms + RCP_REQUEST_DEADLINE_MS;
    bool slept = world->nodes[x->node].paused_until_ms > x->arrived_ms;
    x->in_time = world->now_ms < deadline_ms;
    if (rcp_hardened(world->policy, RCP_KNOB_TOKEN_DELETE) && !slept &&
        world->now_ms > deadline_ms + RCP_ANSWER_SLACK_MS)
        x->noted |= RCP_NOTED_LATE;
    if (x->status == RCP_STATUS_OK && (x->noted & RCP_NOTED_ENTRY) != 0 &&
        entry->status == RCP_ENTRY_APPROVED && rcp_payload_turn(entry->product_id) != x->payload)
        x->noted |= RCP_NOTED_OTHER;
}

void rcp_client_reply(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      const struct rcp_reply *reply)
{
    struct rcp_world *world = sim->world;
    uint32_t index = (uint32_t)reply->request_id - 1u;
    struct rcp_exchange *x = exchange_at(world, index);
    if (x->replies++ > 0)
        rcp_world_ledgers(world)[x->payment].answered_twice = 1;
    x->status = (uint16_t)reply->status;
    x->said = (uint8_t)reply->state;
    note_reply(world, x);
    remember(sim, index, reply);
    if (x->state == RCP_EXCHANGE_AT_NODE)
        x->state = RCP_EXCHANGE_REPLIED;
    if (issue->fate.fault == RCP_FAULT_REPLY_LOST) {
        rcp_sim_fired(sim, RCP_FAULT_REPLY_LOST, issue->node, x->payment);
        return;
    }
    rcp_issue_push(sim,
                   issue,
                   RCP_JOB_REPLY_ARRIVES,
                   RCP_PHASE_ANSWER,
                   rcp_link_span(RCP_LINK_HTTP, issue->fate))
        ->a = index;
}

/* --- Back at the client --- */

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

void rcp_client_answered(struct rcp_sim *sim, uint32_t exchange)
{
    struct rcp_exchange *x = exchange_at(sim->world, exchange);
    if (x->state == RCP_EXCHANGE_ANSWERED || x->state == RCP_EXCHANGE_LOST)
        return; /* it has hung up, or heard it before */
    x->state = RCP_EXCHANGE_ANSWERED;
    sim->result->answers[answer_column(x->status)]++;
    record(sim, RCP_RECORD_ANSWERED, exchange, x->status);
    if (!x->again)
        return;
    if (x->status == RCP_STATUS_UNAVAILABLE)
        ask_later(sim, exchange);
    else
        satisfy(sim->world, x);
}

void rcp_client_hangs_up(struct rcp_sim *sim, uint32_t exchange)
{
    struct rcp_exchange *x = exchange_at(sim->world, exchange);
    if (x->state == RCP_EXCHANGE_ANSWERED || x->state == RCP_EXCHANGE_LOST)
        return;
    x->state = RCP_EXCHANGE_LOST;
    if (x->again)
        ask_later(sim, exchange);
}
