/* The four things that can be pending of a PG are taken from the simulator's queue in the order of their due
 * times, and given to the model; what the model hands on (answers, callbacks) goes to the ears. */
#include "lab/pg/bank.h"

#include "core/check.h"
#include "core/hash.h"
#include "lab/pg/names.h"
#include "sim/choose.h"
#include "sim/engine/guard.h"
#include "sim/layout.h"
#include "sim/model/pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WORLD_ALIGN    64u
#define CALLS_MAX      256u  /* under way at once, as the world counts its node's */
#define ROOM_LEFT      1024u /* transactions that calls under way may yet make */
#define LISTED_MAX     4096u
#define TICK_MOST_MS   1000u
#define KOREA_S        (9L * 3600L) /* keys begin with the date in Seoul (FACTS 0.1, 1.3) */
#define NEVER_HEALS_MS (UINT64_MAX / 4u)
#define FIRST_ORDER_ID \
    100000u /* the text's form is checked as text; as a number none is too short */

/* What the model does not keep of a transaction, by its index. */
struct detail {
    uint64_t created_ms;
    uint32_t order, user; /* names */
    struct rcp_card card;
    char callback_url[RCP_BANK_URL_MAX];
};

/* What the model does not keep of a call, by its slot. */
struct under_way {
    void *caller; /* NULL: nobody waits any more */
    struct detail detail;
};

struct rcp_bank {
    struct rcp_bank_options options;
    struct rcp_bank_ears ears;
    struct rcp_rates rates;
    struct rcp_scenario *scenario;
    struct rcp_run_result *result;
    struct rcp_sim sim;
    struct rcp_lab_names *orders, *users, *keys; /* keys: by index of the transaction */
    struct detail *details;
    struct under_way *under_way;
    uint64_t op_id;
    uint32_t listed[LISTED_MAX];
};

/* --- The world --- */

static void make_scenario(struct rcp_scenario *scenario, const struct rcp_bank_options *options)
{
    rcp_scenario_defaults(scenario);
    struct rcp_world_config *world = &scenario->world;
    uint32_t room = options->room;
    world->users = 1;
    world->sessions = 1;
    world->rows = world->records = 1;
    world->products = world->buyers = 1;
    world->purchases = world->orders = room; /* an order is a purchase, the one and only buyer's */
    world->refunds = 1;
    world->transactions = room;
    world->exchanges = 4u * room;
    world->pending = 4u * room;
    world->price = 1;
    world->first_order_id = FIRST_ORDER_ID;
    world->pg_settles_ms[0] = options->settles_ms[0];
    world->pg_settles_ms[1] = options->settles_ms[1];
    world->gateway = (struct rcp_gateway){.refunds = options->refunds};
    world->limits.orders = world->limits.settles = 1;
    world->limits.pg_calls = CALLS_MAX;
    scenario->heal_ms = NEVER_HEALS_MS;
}

static bool open_sim(struct rcp_bank *bank)
{
    struct rcp_sim *sim = &bank->sim;
    size_t size = rcp_world_size(bank->scenario);
    void *block = aligned_alloc(WORLD_ALIGN, (size + WORLD_ALIGN - 1u) / WORLD_ALIGN * WORLD_ALIGN);
    if (block == NULL)
        return false;
    sim->world = rcp_world_lay_out(block, bank->scenario, bank->options.seed);
    sim->queue = rcp_world_queue(sim->world);
    sim->effects = rcp_world_effects(sim->world);
    sim->scenario = bank->scenario;
    sim->result = bank->result;
    sim->prng = rcp_hash(0x7067u, bank->options.seed);
    return true;
}

static bool open_parts(struct rcp_bank *bank)
{
    uint32_t room = bank->options.room;
    bank->scenario = calloc(1, sizeof *bank->scenario);
    bank->result = calloc(1, sizeof *bank->result);
    bank->orders = rcp_lab_names_open(room);
    bank->users = rcp_lab_names_open(room);
    bank->keys = rcp_lab_names_open(room);
    bank->details = calloc(room, sizeof *bank->details);
    if (bank->scenario == NULL || bank->result == NULL || bank->orders == NULL ||
        bank->users == NULL || bank->keys == NULL || bank->details == NULL)
        return false;
    make_scenario(bank->scenario, &bank->options);
    uint32_t calls = rcp_world_pg_call_room(&bank->scenario->world);
    bank->under_way = calloc(calls, sizeof *bank->under_way);
    return bank->under_way != NULL && open_sim(bank);
}

struct rcp_bank *rcp_bank_open(const struct rcp_bank_options *options,
                               const struct rcp_bank_ears *ears)
{
    struct rcp_bank *bank = calloc(1, sizeof *bank);
    rcp_check(options->room > ROOM_LEFT && options->room <= RCP_BANK_ROOM_MAX, "bank_has_room");
    if (bank == NULL)
        return NULL;
    bank->options = *options;
    bank->ears = *ears;
    if (!open_parts(bank)) {
        rcp_bank_free(bank);
        return NULL;
    }
    rcp_rates_documented(&bank->rates);
    rcp_bank_set_rates(bank, &bank->rates);
    return bank;
}

void rcp_bank_free(struct rcp_bank *bank)
{
    if (bank == NULL)
        return;
    free(bank->sim.world);
    free(bank->under_way);
    free(bank->details);
    rcp_lab_names_free(bank->keys);
    rcp_lab_names_free(bank->users);
    rcp_lab_names_free(bank->orders);
    free(bank->result);
    free(bank->scenario);
    free(bank);
}

/* --- Chance --- */

void rcp_bank_set_rates(struct rcp_bank *bank, const struct rcp_rates *rates)
{
    struct rcp_sim *sim = &bank->sim;
    bank->rates = *rates;
    bank->scenario->rule_count = rates->count;
    memset(sim->site_rules, 0, sizeof sim->site_rules);
    for (uint32_t i = 0; i < rates->count; i++) {
        const struct rcp_rate *rate = &rates->rates[i];
        uint64_t sites = rcp_fault_info(rate->fault)->sites;
        if (rate->site != RCP_SITE_NONE)
            sites &= RCP_AT(rate->site);
        bank->scenario->rules[i] = (struct rcp_rule){
            .why = RCP_WHY_FATE,
            .option = (uint32_t)rate->fault,
            .site = (uint32_t)rate->site,
            .chance_num = rate->chance_num,
            .chance_den = rate->chance_den,
        };
        for (uint32_t site = 1; site < RCP_SITE_COUNT; site++)
            if ((sites & RCP_AT(site)) != 0)
                sim->site_rules[site] |= UINT64_C(1) << i;
    }
}

const struct rcp_rates *rcp_bank_rates(const struct rcp_bank *bank)
{
    return &bank->rates;
}

void rcp_bank_set_silent(struct rcp_bank *bank, bool silent)
{
    uint64_t *faults = &bank->sim.world->faults[RCP_FAULT_PG_SILENT / 64u];
    uint64_t bit = UINT64_C(1) << (RCP_FAULT_PG_SILENT % 64u);
    *faults = silent ? *faults | bit : *faults & ~bit;
}

/* When a pending event happens: somewhere in its window, and for the same event always there. */
static uint64_t due_ms(const struct rcp_bank *bank, const struct rcp_near *near)
{
    uint64_t width = near->latest_ms - near->earliest_ms + 1u;
    return near->earliest_ms + rcp_hash(bank->options.seed, near->sequence) % width;
}

/* --- A call comes in --- */

/* The world's order with this text, made where it is new. */
static uint32_t order_of(struct rcp_bank *bank, const char *text)
{
    struct rcp_world *world = bank->sim.world;
    uint32_t order = rcp_lab_names_add(bank->orders, text);
    if (order == RCP_LAB_NO_NAME || order < world->order_count)
        return order;
    memset(&rcp_world_orders(world)[order], 0, sizeof(struct rcp_order_record));
    rcp_world_orders(world)[order].purchase = order;
    rcp_world_purchase_ledgers(world)[order].order = order;
    world->order_count++;
    return order;
}

/* Where the text is of something unknown the effect names nothing, and the model says 404. */
static struct rcp_pg_effect effect_of(struct rcp_bank *bank,
                                      const struct rcp_bank_ask *ask,
                                      uint32_t user,
                                      uint32_t order)
{
    struct rcp_pg_effect effect = {
        .op_id = ++bank->op_id,
        .user_id = user,
        .order_id = order == RCP_LAB_NO_NAME ? 0 : FIRST_ORDER_ID + order,
        .amount = ask->amount,
        .verb = ask->verb,
        .connect_timeout_ms = bank->options.patience_ms,
        .timeout_ms = bank->options.patience_ms,
    };
    uint32_t key = ask->key == NULL ? RCP_LAB_NO_NAME : rcp_lab_names_find(bank->keys, ask->key);
    effect.key = key == RCP_LAB_NO_NAME ? 0 : (uint64_t)key + 1u;
    return effect;
}

/* The slot that the model has given to the call. */
static uint32_t slot_of(const struct rcp_bank *bank, uint64_t op_id)
{
    const struct rcp_world *world = bank->sim.world;
    uint32_t room = rcp_world_pg_call_room(&world->config);
    for (uint32_t i = 0; i < room; i++)
        if (rcp_world_pg_calls(world)[i].used > 0 && rcp_world_pg_calls(world)[i].op_id == op_id)
            return i;
    rcp_check_failed("bank_call_has_a_slot");
}

static void remember(struct rcp_bank *bank,
                     const struct rcp_bank_ask *ask,
                     uint64_t op_id,
                     uint32_t user,
                     uint32_t order)
{
    struct under_way *call = &bank->under_way[slot_of(bank, op_id)];
    memset(call, 0, sizeof *call);
    call->caller = ask->caller;
    call->detail.order = order;
    call->detail.user = user;
    call->detail.card = ask->card;
    if (ask->callback_url != NULL)
        snprintf(call->detail.callback_url, RCP_BANK_URL_MAX, "%s", ask->callback_url);
}

static void issue(struct rcp_bank *bank, const struct rcp_pg_effect *effect, uint32_t order)
{
    struct rcp_sim *sim = &bank->sim;
    bool about_order = order != RCP_LAB_NO_NAME;
    struct rcp_issue it = {.payment = RCP_NOBODY,
                           .purchase = about_order ? order : RCP_NOBODY,
                           .role = RCP_ROLE_ORDER};
    it.key = rcp_sim_key(sim,
                         (enum rcp_site)(RCP_SITE_PG_PAY + (uint32_t)effect->verb),
                         0,
                         about_order ? RCP_SUBJECT_PURCHASE : RCP_SUBJECT_WORLD,
                         about_order ? order : 0);
    it.fate = rcp_choose_fate(
        sim,
        (struct rcp_effect_key){.key = it.key, .payment = RCP_NOBODY, .purchase = it.purchase});
    rcp_pg_issue(sim, &it, effect);
}

static void set_now(struct rcp_bank *bank, uint64_t wall_ms)
{
    if (wall_ms > bank->sim.world->now_ms)
        bank->sim.world->now_ms = wall_ms; /* a clock that jumps back makes everything wait */
    bank->sim.world->touched.count = 0;
}

/* The model has no room for what it has to do: its limits were laid out wrongly above. */
static _Noreturn void give_up(const struct rcp_bank *bank)
{
    fprintf(stderr, "recoup-lab pg: %s\n", bank->result->error);
    abort();
}

bool rcp_bank_ask(struct rcp_bank *bank, uint64_t wall_ms, const struct rcp_bank_ask *ask)
{
    if (setjmp(bank->sim.stop) != 0)
        give_up(bank);
    uint32_t user = rcp_lab_names_add(bank->users, ask->user);
    uint32_t order = RCP_LAB_NO_NAME;
    set_now(bank, wall_ms);
    if (ask->verb == RCP_PG_PAY) {
        order = order_of(bank, ask->order);
        if (order == RCP_LAB_NO_NAME || bank->sim.world->pg_count + ROOM_LEFT > bank->options.room)
            return false;
    } else if (ask->order != NULL)
        order = rcp_lab_names_find(bank->orders, ask->order);
    if (user == RCP_LAB_NO_NAME)
        return false;
    struct rcp_pg_effect effect = effect_of(bank, ask, user, order);
    issue(bank, &effect, order);
    remember(bank, ask, effect.op_id, user, order);
    return true;
}

/* --- What happens --- */

/* A new key: the date in Seoul, and six hex digits that no other has. */
static void name_transaction(struct rcp_bank *bank, uint32_t index)
{
    char text[RCP_LAB_NAME_MAX];
    struct tm date;
    time_t seconds = (time_t)(bank->sim.world->now_ms / 1000u) + KOREA_S;
    gmtime_r(&seconds, &date);
    do
        snprintf(text,
                 sizeof text,
                 "%04d%02d%02d:TR:%06x",
                 date.tm_year + 1900,
                 date.tm_mon + 1,
                 date.tm_mday,
                 (unsigned)(rcp_random(&bank->sim) & 0xffffffu));
    while (rcp_lab_names_find(bank->keys, text) != RCP_LAB_NO_NAME);
    rcp_check(rcp_lab_names_add(bank->keys, text) == index, "transaction_has_its_key");
}

static void tell_change(const struct rcp_bank *bank, uint32_t index)
{
    if (bank->ears.changed != NULL)
        bank->ears.changed(bank->ears.context, index);
}

static void make_transaction(struct rcp_bank *bank, uint32_t index, const struct detail *detail)
{
    bank->details[index] = *detail;
    bank->details[index].created_ms = bank->sim.world->now_ms;
    name_transaction(bank, index);
    tell_change(bank, index);
}

static void arrive(struct rcp_bank *bank, const struct rcp_pending *pending)
{
    struct rcp_world *world = bank->sim.world;
    uint32_t before = world->pg_count;
    struct under_way call = bank->under_way[pending->a];
    struct rcp_pg_effect effect = rcp_world_pg_calls(world)[pending->a].effect;
    rcp_pg_arrive(&bank->sim, pending);
    if (world->pg_count > before)
        make_transaction(bank, before, &call.detail);
    else if (effect.verb == RCP_PG_REFUND && effect.key != 0)
        tell_change(bank, (uint32_t)effect.key - 1u);
}

static void settle(struct rcp_bank *bank, const struct rcp_pending *pending)
{
    rcp_pg_settle(&bank->sim, pending);
    tell_change(bank, pending->a);
}

static bool is_newer(const struct rcp_pg_row *rows, uint32_t a, uint32_t b)
{
    return rows[a].updated_ms != rows[b].updated_ms ? rows[a].updated_ms > rows[b].updated_ms
                                                    : a > b;
}

/* All transactions of the call's order, newest first (FACTS 1.3): the model's own answer ends after as many
 * as the core keeps. */
static uint32_t list(struct rcp_bank *bank, const struct under_way *call)
{
    const struct rcp_world *world = bank->sim.world;
    const struct rcp_pg_row *rows = rcp_world_pg_rows(world);
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->pg_count && count < LISTED_MAX; i++) {
        if (rows[i].order != call->detail.order || rows[i].user != call->detail.user)
            continue;
        uint32_t at = count++;
        for (; at > 0 && is_newer(rows, i, bank->listed[at - 1u]); at--)
            bank->listed[at] = bank->listed[at - 1u];
        bank->listed[at] = i;
    }
    return count;
}

static void answer(struct rcp_bank *bank, const struct rcp_pending *pending)
{
    struct rcp_event event;
    struct under_way *call = &bank->under_way[pending->a];
    enum rcp_pg_verb verb = rcp_world_pg_calls(bank->sim.world)[pending->a].effect.verb;
    rcp_pg_answer(&bank->sim, pending, &event);
    const struct rcp_pg_done *done = &event.pg_done;
    struct rcp_bank_answer said = {
        .answer = done->answer,
        .verb = verb,
        .retry_after_ms = done->retry_after_ms,
        .indexes = bank->listed,
    };
    if (done->answer == RCP_PG_OK && verb == RCP_PG_LIST)
        said.count = list(bank, call);
    else if (done->answer == RCP_PG_OK) {
        said.told = done->transactions[0];
        bank->listed[0] = (uint32_t)said.told.key - 1u;
        said.count = 1;
    }
    void *caller = call->caller;
    call->caller = NULL;
    bank->ears.answered(bank->ears.context, caller, &said);
}

static void call_back(struct rcp_bank *bank, const struct rcp_pending *pending)
{
    struct rcp_world *world = bank->sim.world;
    const struct rcp_exchange *x = &rcp_world_exchanges(world)[pending->a];
    bank->ears.calls_back(bank->ears.context, x->pg, (enum rcp_pg_status)x->pg_status);
    if (pending->a + 1u == world->exchange_count)
        world->exchange_count--;
}

static void perform(struct rcp_bank *bank, const struct rcp_pending *pending)
{
    /* Of all that a simulated world does, a PG does these four. */
    if (pending->job == RCP_JOB_PG_ARRIVES)
        arrive(bank, pending);
    else if (pending->job == RCP_JOB_PG_ANSWERS)
        answer(bank, pending);
    else if (pending->job == RCP_JOB_PG_SETTLES)
        settle(bank, pending);
    else if (pending->job == RCP_JOB_REQUEST_ARRIVES)
        call_back(bank, pending);
    else
        rcp_check_failed("bank_knows_this_job");
}

/* The one that is due first. False where nothing is pending. */
static bool find_first(const struct rcp_bank *bank, uint32_t *first, uint64_t *first_ms)
{
    const struct rcp_queue_head *queue = bank->sim.queue;
    *first_ms = UINT64_MAX;
    for (uint32_t i = 0; i < queue->near_count; i++) {
        uint64_t at_ms = due_ms(bank, &rcp_queue_near(queue)[i]);
        if (at_ms >= *first_ms)
            continue;
        *first = i;
        *first_ms = at_ms;
    }
    return *first_ms != UINT64_MAX;
}

/* Returns when something else will be; UINT64_MAX: nothing is pending. */
static uint64_t catch_up(struct rcp_bank *bank, uint64_t wall_ms)
{
    uint32_t first = 0;
    uint64_t first_ms = 0;
    rcp_queue_gather(bank->sim.queue);
    while (find_first(bank, &first, &first_ms) && first_ms <= wall_ms) {
        struct rcp_pending *pending = rcp_queue_pop(bank->sim.queue, first);
        set_now(bank, first_ms);
        bank->sim.world->backlog.busy--;
        perform(bank, pending);
        rcp_queue_give(bank->sim.queue, pending);
        rcp_queue_gather(bank->sim.queue);
    }
    return first_ms;
}

uint32_t rcp_bank_tick(struct rcp_bank *bank, uint64_t wall_ms)
{
    if (setjmp(bank->sim.stop) != 0)
        give_up(bank);
    uint64_t next_ms = catch_up(bank, wall_ms);
    return next_ms - wall_ms < TICK_MOST_MS ? (uint32_t)(next_ms - wall_ms) : TICK_MOST_MS;
}

/* --- What an earlier bank had --- */

/* Its index; RCP_LAB_NO_NAME where there is no room. */
static uint32_t take_over(struct rcp_bank *bank, const struct rcp_bank_transaction *it)
{
    struct rcp_world *world = bank->sim.world;
    uint32_t order = order_of(bank, it->order);
    uint32_t user = rcp_lab_names_add(bank->users, it->user);
    uint32_t index = rcp_lab_names_add(bank->keys, it->key);
    if (order == RCP_LAB_NO_NAME || user == RCP_LAB_NO_NAME || index == RCP_LAB_NO_NAME)
        return RCP_LAB_NO_NAME;
    rcp_check(index == world->pg_count, "transactions_are_restored_in_order");
    world->pg_count++;
    struct detail *detail = &bank->details[index];
    *detail = (struct detail){
        .created_ms = it->created_ms, .order = order, .user = user, .card = *it->card};
    snprintf(detail->callback_url, RCP_BANK_URL_MAX, "%s", it->callback_url);
    return index;
}

bool rcp_bank_restore(struct rcp_bank *bank, const struct rcp_bank_transaction *it)
{
    uint32_t index = rcp_lab_names_find(bank->keys, it->key);
    if (index == RCP_LAB_NO_NAME)
        index = take_over(bank, it);
    if (index == RCP_LAB_NO_NAME)
        return false;
    rcp_world_pg_rows(bank->sim.world)[index] = (struct rcp_pg_row){
        .updated_ms = it->updated_ms,
        .amount = it->amount,
        .order = bank->details[index].order,
        .user = bank->details[index].user,
        .status = (uint8_t)it->status,
        .reason = (uint8_t)it->reason,
        .result = (uint8_t)it->fate,
        .refunds = (uint8_t)it->refunds,
        .callbacks = it->callbacks,
    };
    return true;
}

void rcp_bank_resume(struct rcp_bank *bank, uint64_t wall_ms)
{
    struct rcp_sim *sim = &bank->sim;
    set_now(bank, wall_ms);
    for (uint32_t i = 0; i < sim->world->pg_count; i++) {
        const struct rcp_pg_row *row = &rcp_world_pg_rows(sim->world)[i];
        if (row->status != RCP_PG_PENDING)
            continue;
        struct rcp_issue result = {
            .fate = {.fault = (enum rcp_fault)row->result},
            .payment = RCP_NOBODY,
            .purchase = row->order,
            .key = rcp_sim_key(sim, RCP_SITE_PG_RESULT, 0, RCP_SUBJECT_PURCHASE, row->order),
            .role = RCP_ROLE_ORDER,
        };
        rcp_pg_await_end(sim, &result, i);
    }
}

/* --- What there is --- */

uint32_t rcp_bank_count(const struct rcp_bank *bank)
{
    return bank->sim.world->pg_count;
}

struct rcp_bank_transaction rcp_bank_at(const struct rcp_bank *bank, uint32_t index)
{
    const struct rcp_pg_row *row = &rcp_world_pg_rows(bank->sim.world)[index];
    const struct detail *detail = &bank->details[index];
    return (struct rcp_bank_transaction){
        .key = rcp_lab_names_text(bank->keys, index),
        .order = rcp_lab_names_text(bank->orders, detail->order),
        .user = rcp_lab_names_text(bank->users, detail->user),
        .callback_url = detail->callback_url,
        .card = &detail->card,
        .amount = row->amount,
        .created_ms = detail->created_ms,
        .updated_ms = row->updated_ms,
        .status = (enum rcp_pg_status)row->status,
        .reason = (enum rcp_pg_reason)row->reason,
        .fate = (enum rcp_fault)row->result,
        .refunds = row->refunds,
        .callbacks = row->callbacks,
    };
}

uint64_t rcp_bank_fired(const struct rcp_bank *bank, enum rcp_fault fault)
{
    return bank->result->fired[fault];
}
