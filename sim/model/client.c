/* Clients: they reserve, pay, click twice, hang up, ask again, come with foreign or forged tokens. */
#include "sim/model/client.h"

#include "sim/check/facts.h"
#include "sim/model/client_order.h"
#include "sim/model/exchange.h"
#include "sim/model/log_table.h"
#include "sim/model/redis.h"

#include <string.h>

/* --- Asking --- */

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
    x.purchase = RCP_NOBODY;
    x.user = user;
    x.kind = (uint8_t)kind;
    x.form = (uint8_t)form;
    x.work = (uint8_t)work;
    x.again = 1;
    rcp_exchange_ask(sim, &x);
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
                       kind != RCP_WORK_RETRY && kind != RCP_WORK_PARK &&
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
    case RCP_WORK_RETRY:
        ask(sim, payment, RCP_REQUEST_RETRY, owner, RCP_TOKEN_SIGNED, kind);
        break;
    case RCP_WORK_PARK:
        ask(sim, payment, RCP_REQUEST_PARK, owner, RCP_TOKEN_SIGNED, kind);
        break;
    case RCP_WORK_BACKLOG:
        add_backlog(sim, payment);
        break;
    case RCP_WORK_RESERVE:
        break;
    case RCP_WORK_ORDER:
    case RCP_WORK_ORDER_TWICE:
    case RCP_WORK_ORDER_AGAIN:
    case RCP_WORK_ORDER_OTHER_BODY:
    case RCP_WORK_ORDER_UNADDED:
    case RCP_WORK_ORDER_STATUS:
    case RCP_WORK_ORDER_ASK:
    case RCP_WORK_ORDER_FAIL:
    case RCP_WORK_CALLBACK_FORGED:
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
    struct rcp_exchange *x = &rcp_world_exchanges(world)[pending->a];
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
    struct rcp_exchange *x = &rcp_world_exchanges(world)[exchange];
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
    if (issue->purchase != RCP_NOBODY) {
        rcp_order_client_reply(sim, issue, reply);
        return;
    }
    struct rcp_world *world = sim->world;
    uint32_t index = (uint32_t)reply->request_id - 1u;
    struct rcp_exchange *x = &rcp_world_exchanges(world)[index];
    if (x->replies++ > 0)
        rcp_world_ledgers(world)[x->payment].answered_twice = 1;
    x->status = (uint16_t)reply->status;
    x->said = (uint8_t)reply->state;
    note_reply(world, x);
    remember(sim, index, reply);
    rcp_exchange_replied(sim, issue, index);
}

/* --- Back at the client --- */
