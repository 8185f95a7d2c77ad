/* Clients of the second document: buyers, operators, forgers, and the PG that calls back. */
#include "sim/model/client_order.h"

#include "core/hash.h"
#include "sim/model/exchange.h"

#include <string.h>

#define SLOW_LEAST_MS 60000u /* a callback that comes much later */
#define SLOW_MOST_MS  300000u
#define FORGED_KEY    0xf0f0f0f0u /* nobody's transaction */

static struct rcp_purchase_ledger *ledger_of(const struct rcp_world *world, uint32_t purchase)
{
    return &rcp_world_purchase_ledgers(world)[purchase];
}

static uint32_t buyer_of(const struct rcp_world *world, uint32_t purchase)
{
    return purchase / world->config.purchases + 1u;
}

/* --- The workload --- */

/* What the line's items cost, and who pays which part of it. */
static struct rcp_cart cart_of(const struct rcp_world *world,
                               const struct rcp_work *line,
                               uint32_t purchase)
{
    struct rcp_cart cart;
    memset(&cart, 0, sizeof cart);
    memcpy(cart.items, line->items, sizeof cart.items);
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        if (cart.items[i].product_id != 0)
            cart.total_amount +=
                world->products[cart.items[i].product_id - 1u].price * cart.items[i].quantity;
    cart.used_point = cart.total_amount * line->point_percent / 100u;
    uint64_t left = cart.total_amount - cart.used_point;
    if (line->coupon) {
        cart.coupon_id = buyer_of(world, purchase);
        cart.coupon_discount = world->config.discount < left ? world->config.discount : left;
    }
    cart.paid_amount = left - cart.coupon_discount;
    return cart;
}

static void ask(struct rcp_sim *sim,
                uint32_t purchase,
                enum rcp_request_kind kind,
                enum rcp_work_kind work)
{
    struct rcp_exchange x;
    memset(&x, 0, sizeof x);
    x.payment = RCP_NOBODY;
    x.purchase = purchase;
    x.user = kind == RCP_REQUEST_CALLBACK ? 0 : buyer_of(sim->world, purchase);
    x.kind = (uint8_t)kind;
    x.form = RCP_TOKEN_SIGNED;
    x.work = (uint8_t)work;
    x.again = kind != RCP_REQUEST_CALLBACK;
    x.pg = RCP_NOBODY;
    x.pg_status = RCP_PG_SUCCESS;
    rcp_exchange_ask(sim, &x);
}

/* The line comes due again: there is no cart, or no order, yet that it could be about. */
static void act_later(struct rcp_sim *sim, uint32_t work, uint32_t purchase)
{
    uint64_t pause_ms = sim->world->config.client_pause_ms;
    struct rcp_purchase_ledger *ledger = ledger_of(sim->world, purchase);
    if (sim->world->healed || ++ledger->tries >= sim->world->config.client_tries)
        return;
    struct rcp_pending *pending =
        rcp_sim_push(sim, RCP_JOB_CLIENT_ACTS, pause_ms, pause_ms + pause_ms / 4u);
    pending->key = rcp_key_pack((struct rcp_key){.subject = purchase,
                                                 .subject_kind = RCP_SUBJECT_PURCHASE,
                                                 .phase = RCP_PHASE_ACT,
                                                 .nth = (uint16_t)(work + 1u),
                                                 .copy = (uint8_t)ledger->tries});
    pending->purchase = purchase;
    pending->a = work;
}

/* What the line asks for: every way to order, but for these. */
static enum rcp_request_kind request_of(enum rcp_work_kind kind)
{
    static const uint8_t kinds[RCP_WORK_KIND_COUNT] = {
        [RCP_WORK_ORDER_STATUS] = RCP_REQUEST_ORDER_STATUS,
        [RCP_WORK_ORDER_ASK] = RCP_REQUEST_ORDER_ASK,
        [RCP_WORK_ORDER_FAIL] = RCP_REQUEST_ORDER_FAIL,
        [RCP_WORK_CALLBACK_FORGED] = RCP_REQUEST_CALLBACK,
    };
    return kinds[kind] != 0 ? (enum rcp_request_kind)kinds[kind] : RCP_REQUEST_ORDER;
}

void rcp_order_client_acts(struct rcp_sim *sim, uint32_t work, uint32_t purchase)
{
    const struct rcp_work *line = &sim->scenario->work[work];
    enum rcp_work_kind kind = (enum rcp_work_kind)line->kind;
    enum rcp_request_kind request = request_of(kind);
    struct rcp_purchase_ledger *ledger = ledger_of(sim->world, purchase);
    if (line->items[0].product_id != 0 && ledger->cart.total_amount == 0)
        ledger->cart = cart_of(sim->world, line, purchase);
    bool nothing =
        request == RCP_REQUEST_ORDER ? ledger->cart.total_amount == 0 : ledger->order == RCP_NOBODY;
    if (nothing) {
        act_later(sim, work, purchase);
        return;
    }
    sim->result->orders += kind == RCP_WORK_ORDER || kind == RCP_WORK_ORDER_TWICE;
    ask(sim, purchase, request, kind);
    if (kind == RCP_WORK_ORDER_TWICE)
        ask(sim, purchase, request, kind);
}

/* --- At the node --- */

/* What the buyer's request says: its purchase, or what the line makes of it. */
static struct rcp_cart said_cart(const struct rcp_world *world, const struct rcp_exchange *x)
{
    struct rcp_cart cart = ledger_of(world, x->purchase)->cart;
    if (x->work == RCP_WORK_ORDER_UNADDED && x->purchase % 2 != 0 && cart.paid_amount > 0)
        cart.paid_amount--;
    else if (x->work == RCP_WORK_ORDER_UNADDED)
        cart.paid_amount++;
    if (x->work == RCP_WORK_ORDER_OTHER_BODY && cart.items[0].product_id != 0) {
        uint64_t price = world->products[cart.items[0].product_id - 1u].price;
        cart.items[0].quantity++;
        cart.total_amount += price;
        cart.paid_amount += price;
    }
    return cart;
}

static uint64_t hash_cart(const struct rcp_cart *cart)
{
    uint64_t hash = rcp_hash(cart->total_amount, cart->used_point);
    hash = rcp_hash(hash, cart->paid_amount);
    hash = rcp_hash(hash, cart->coupon_discount);
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        hash = rcp_hash(rcp_hash(hash, cart->items[i].product_id), cart->items[i].quantity);
    return hash;
}

/* A forged callback names the order, and no transaction that the PG knows. */
static void say_callback(const struct rcp_world *world,
                         const struct rcp_exchange *x,
                         struct rcp_order_request *request)
{
    bool forged = x->pg == RCP_NOBODY;
    const struct rcp_pg_row *row = forged ? NULL : &rcp_world_pg_rows(world)[x->pg];
    uint64_t stored = rcp_world_orders(world)[ledger_of(world, x->purchase)->order].pg_key;
    request->pg_key = forged ? (stored != 0 ? stored : FORGED_KEY) : x->pg + 1u;
    request->order_id =
        world->config.first_order_id + (forged ? ledger_of(world, x->purchase)->order : row->order);
    request->status = x->pg_status;
    request->reason = forged ? RCP_PG_REASON_NONE : row->reason;
    request->mac = !forged && world->config.gateway.callback_mac;
}

static void say_request(struct rcp_sim *sim, const struct rcp_exchange *x)
{
    const struct rcp_world *world = sim->world;
    struct rcp_order_request *request = &sim->order_request;
    memset(request, 0, sizeof *request);
    if (x->kind == RCP_REQUEST_CALLBACK) {
        say_callback(world, x, request);
        return;
    }
    if (x->kind != RCP_REQUEST_ORDER) {
        request->order_id = world->config.first_order_id + ledger_of(world, x->purchase)->order;
        return;
    }
    request->cart = said_cart(world, x);
    request->request_key = x->purchase + 1u;
    request->body_hash = hash_cart(&request->cart);
}

bool rcp_order_client_request(struct rcp_sim *sim,
                              const struct rcp_pending *pending,
                              struct rcp_event *event)
{
    struct rcp_world *world = sim->world;
    struct rcp_exchange *x = &rcp_world_exchanges(world)[pending->a];
    if (!world->nodes[x->node].alive)
        return false; /* connection refused: a buyer notices when it hangs up, the PG does not care */
    x->arrived_ms = world->now_ms;
    if (x->state == RCP_EXCHANGE_SENT)
        x->state = RCP_EXCHANGE_AT_NODE; /* else its client has hung up already */
    if (x->kind == RCP_REQUEST_ORDER)
        ledger_of(world, x->purchase)->asked = 1;
    say_request(sim, x);
    *event = (struct rcp_event){
        .kind = RCP_EVENT_REQUEST,
        .request = {.request_id = pending->a + 1u,
                    .user_id = x->user,
                    .kind = (enum rcp_request_kind)x->kind,
                    .order = &sim->order_request},
    };
    return true;
}

/* Nothing was taken for this request. */
static bool took_nothing(const struct rcp_world *world, uint64_t request_id)
{
    for (uint32_t i = 0; i < world->order_count; i++)
        if (rcp_world_orders(world)[i].origin == request_id &&
            rcp_world_orders(world)[i].status != RCP_ORDER_CANCELLED)
            return false;
    return true;
}

/* True where what the reply says of the order is so when it leaves. */
static bool is_true(const struct rcp_world *world,
                    const struct rcp_exchange *x,
                    const struct rcp_reply *reply)
{
    uint32_t order = rcp_world_order(world, reply->order_id);
    const struct rcp_order_record *it =
        order == RCP_NOBODY ? NULL : &rcp_world_orders(world)[order];
    bool of_this = it != NULL && it->purchase == x->purchase;
    bool says = reply->charge != RCP_CHARGE_NONE;
    if (says && !of_this)
        return false;
    if (reply->charge == RCP_CHARGE_PAID || reply->charge == RCP_CHARGE_FAILED)
        return it->charge == (uint8_t)reply->charge;
    if (x->kind != RCP_REQUEST_ORDER)
        return true;
    if (reply->status == RCP_STATUS_OK || reply->status == RCP_STATUS_ACCEPTED)
        return of_this;
    bool refused = reply->status >= 400 && reply->status < 500;
    return !refused || took_nothing(world, reply->request_id);
}

void rcp_order_client_reply(struct rcp_sim *sim,
                            const struct rcp_issue *issue,
                            const struct rcp_reply *reply)
{
    struct rcp_world *world = sim->world;
    uint32_t index = (uint32_t)reply->request_id - 1u;
    struct rcp_exchange *x = &rcp_world_exchanges(world)[index];
    struct rcp_purchase_ledger *ledger = ledger_of(world, x->purchase);
    x->status = (uint16_t)reply->status;
    x->said = (uint8_t)reply->charge;
    if (x->replies++ > 0 || (x->kind != RCP_REQUEST_CALLBACK && !is_true(world, x, reply)))
        ledger->untrue = 1;
    ledger->told_paid |= reply->charge == RCP_CHARGE_PAID;
    ledger->told_failed |= reply->status == RCP_STATUS_PAYMENT_REQUIRED;
    ledger->told_refused |=
        reply->status >= 400 && reply->status < 500 && reply->status != RCP_STATUS_PAYMENT_REQUIRED;
    rcp_touch(world, RCP_OF_PURCHASE, x->purchase);
    rcp_exchange_replied(sim, issue, index);
}

/* --- Callbacks --- */

static enum rcp_pg_status verdict_of(const struct rcp_pg_row *row, enum rcp_fault fault)
{
    bool failed = row->result == RCP_FAULT_PG_OVER_LIMIT || row->result == RCP_FAULT_PG_BAD_CARD;
    bool contradicts = fault == RCP_FAULT_CALLBACK_CONTRADICTS;
    return failed != contradicts ? RCP_PG_FAILED : RCP_PG_SUCCESS;
}

static void record_callback(struct rcp_sim *sim, const struct rcp_exchange *x)
{
    if (!rcp_sim_listening(sim))
        return;
    struct rcp_record record =
        rcp_sim_new_record(sim, RCP_RECORD_CALLBACK, RCP_ROLE_WORLD, 0, RCP_NOBODY);
    rcp_record_purchase(sim->world, &record, x->purchase);
    record.detail = x->pg + 1u;
    record.number = x->pg_status;
    rcp_sim_record(sim, &record);
}

enum rcp_fault rcp_pg_call_back(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t pg)
{
    struct rcp_pg_row *row = &rcp_world_pg_rows(sim->world)[pg];
    if (row->order == RCP_NOBODY)
        return RCP_FAULT_NONE; /* it names no order of ours: there is nobody to call */
    struct rcp_issue call = *issue;
    call.purchase = rcp_world_orders(sim->world)[row->order].purchase;
    call.key =
        rcp_sim_key(sim, RCP_SITE_CALLBACK, issue->node, RCP_SUBJECT_PURCHASE, call.purchase);
    call.fate = rcp_choose_fate(
        sim,
        (struct rcp_effect_key){.key = call.key, .payment = RCP_NOBODY, .purchase = call.purchase});
    enum rcp_fault fault = call.fate.fault;
    if (fault != RCP_FAULT_NONE)
        rcp_link_struck(sim, &call, fault);
    row->callbacks++;
    struct rcp_exchange x;
    memset(&x, 0, sizeof x);
    x.payment = RCP_NOBODY;
    x.purchase = call.purchase;
    x.kind = RCP_REQUEST_CALLBACK;
    x.pg = pg;
    x.pg_status = (uint8_t)verdict_of(row, fault);
    record_callback(sim, &x);
    if (fault == RCP_FAULT_CALLBACK_LOST)
        return fault;
    struct rcp_span span = rcp_link_span(RCP_LINK_HTTP, call.fate);
    if (fault == RCP_FAULT_CALLBACK_SLOW)
        span = (struct rcp_span){SLOW_LEAST_MS, SLOW_MOST_MS};
    rcp_exchange_send(sim, &call, &x, span, 0);
    if (fault == RCP_FAULT_CALLBACK_DOUBLED)
        rcp_exchange_send(sim, &call, &x, span, 1);
    return fault;
}
