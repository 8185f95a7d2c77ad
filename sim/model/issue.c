/* The effects of a step leave the node: each meets its fate and goes to the model that it is for. */
#include "sim/model/issue.h"

#include "sim/model/client.h"
#include "sim/model/kafka.h"
#include "sim/model/mysql.h"
#include "sim/model/order_table.h"
#include "sim/model/pg.h"
#include "sim/model/process.h"
#include "sim/model/redis.h"
#include "sim/model/trace.h"

/* --- Where each effect can be struck, and whom it is about --- */

static enum rcp_site site_of(const struct rcp_effect *effect)
{
    static const uint8_t redis_sites[RCP_REDIS_VERB_COUNT] = {
        [RCP_REDIS_GET] = RCP_SITE_TOKEN_GET,
        [RCP_REDIS_DEL] = RCP_SITE_TOKEN_DELETE,
        [RCP_REDIS_EXPIRE] = RCP_SITE_TOKEN_HOLD,
    };
    switch (effect->kind) {
    case RCP_EFFECT_REPLY:
        return RCP_SITE_REPLY;
    case RCP_EFFECT_REDIS:
        return (enum rcp_site)redis_sites[effect->redis.verb];
    case RCP_EFFECT_MYSQL:
        return rcp_site_of_script(effect->mysql.script);
    case RCP_EFFECT_SEND:
        return RCP_SITE_SEND;
    case RCP_EFFECT_COMMIT_OFFSET:
        return RCP_SITE_COMMIT_OFFSET;
    case RCP_EFFECT_PG:
        return (enum rcp_site)(RCP_SITE_PG_PAY + (uint32_t)effect->pg.verb);
    case RCP_EFFECT_FETCH:
    case RCP_EFFECT_ALERT:
    case RCP_EFFECT_ORDER_ALERT:
    case RCP_EFFECT_NONE:
    case RCP_EFFECT_KIND_COUNT:
        break;
    }
    return RCP_SITE_NONE;
}

static uint32_t payment_of(const struct rcp_sim *sim, const struct rcp_effect *effect)
{
    const struct rcp_world *world = sim->world;
    const struct rcp_payload *payload = NULL;
    switch (effect->kind) {
    case RCP_EFFECT_REPLY:
        return rcp_world_exchanges(world)[effect->reply.request_id - 1].payment;
    case RCP_EFFECT_REDIS:
        return effect->redis.token != 0 && effect->redis.token <= world->payments
                   ? (uint32_t)effect->redis.token - 1u
                   : RCP_NOBODY;
    case RCP_EFFECT_MYSQL:
        if (effect->mysql.row_count > 0 && !rcp_script_is_order(effect->mysql.script))
            payload = &sim->effects->rows[effect->mysql.first_row].payload;
        break;
    case RCP_EFFECT_SEND:
        payload = &effect->send.record.payload;
        break;
    case RCP_EFFECT_ALERT:
        payload = &effect->alert.row.payload;
        break;
    case RCP_EFFECT_FETCH:
    case RCP_EFFECT_COMMIT_OFFSET:
    case RCP_EFFECT_PG:
    case RCP_EFFECT_ORDER_ALERT:
    case RCP_EFFECT_NONE:
    case RCP_EFFECT_KIND_COUNT:
        break;
    }
    return payload == NULL ? RCP_NOBODY
                           : rcp_world_payment(world, payload->activity_id, payload->user_id);
}

static uint32_t purchase_of_order(const struct rcp_world *world, uint64_t order_id)
{
    uint32_t order = rcp_world_order(world, order_id);
    return order == RCP_NOBODY ? RCP_NOBODY : rcp_world_orders(world)[order].purchase;
}

/* The purchase that an order script's row is about: by its order, its key at the PG, or its request. */
static uint32_t purchase_of_row(const struct rcp_world *world, const struct rcp_order_row *row)
{
    if (row->order_id != 0)
        return purchase_of_order(world, row->order_id);
    if (row->pg_key != 0 && row->pg_key <= world->pg_count) {
        uint32_t order = rcp_world_pg_rows(world)[row->pg_key - 1u].order;
        return order == RCP_NOBODY ? RCP_NOBODY : rcp_world_orders(world)[order].purchase;
    }
    if (row->origin != 0 && row->origin <= world->exchange_count)
        return rcp_world_exchanges(world)[row->origin - 1u].purchase;
    return RCP_NOBODY;
}

static uint32_t purchase_of(const struct rcp_sim *sim, const struct rcp_effect *effect)
{
    const struct rcp_world *world = sim->world;
    switch (effect->kind) {
    case RCP_EFFECT_REPLY:
        return rcp_world_exchanges(world)[effect->reply.request_id - 1].purchase;
    case RCP_EFFECT_MYSQL:
        if (effect->mysql.row_count > 0 && rcp_script_is_order(effect->mysql.script))
            return purchase_of_row(world, &sim->effects->orders[effect->mysql.first_row]);
        break;
    case RCP_EFFECT_PG:
        return purchase_of_order(world, effect->pg.order_id);
    case RCP_EFFECT_ORDER_ALERT:
        return purchase_of_order(world, effect->order_alert.order_id);
    case RCP_EFFECT_REDIS:
    case RCP_EFFECT_SEND:
    case RCP_EFFECT_FETCH:
    case RCP_EFFECT_COMMIT_OFFSET:
    case RCP_EFFECT_ALERT:
    case RCP_EFFECT_NONE:
    case RCP_EFFECT_KIND_COUNT:
        break;
    }
    return RCP_NOBODY;
}

/* What an effect is about, before its fate is chosen. */
static struct rcp_issue new_issue(struct rcp_sim *sim,
                                  uint32_t node,
                                  const struct rcp_effect *effect)
{
    struct rcp_issue issue = {.node = node,
                              .payment = payment_of(sim, effect),
                              .purchase = purchase_of(sim, effect),
                              .role = (uint8_t)effect->role};
    enum rcp_site site = site_of(effect);
    if (effect->kind == RCP_EFFECT_MYSQL) {
        issue.flags = (uint8_t)effect->mysql.flags;
        issue.script = (uint8_t)effect->mysql.script;
    }
    if (effect->kind == RCP_EFFECT_SEND)
        issue.flags = (uint8_t)effect->send.acks;
    if (site == RCP_SITE_NONE)
        return issue;
    if (effect->kind == RCP_EFFECT_COMMIT_OFFSET)
        issue.key =
            rcp_sim_key(sim, site, node, RCP_SUBJECT_PARTITION, effect->commit_offset.partition);
    else if (issue.purchase != RCP_NOBODY)
        issue.key = rcp_sim_key(sim, site, node, RCP_SUBJECT_PURCHASE, issue.purchase);
    else if (issue.payment != RCP_NOBODY)
        issue.key = rcp_sim_key(sim, site, node, RCP_SUBJECT_PAYMENT, issue.payment);
    else
        issue.key = rcp_sim_key(sim, site, node, RCP_SUBJECT_NODE, node);
    return issue;
}

/* Effects of one step are independent, so any order must be correct. Each choice takes one of those
 * that are left; the dull one is the first. */
struct left {
    struct rcp_issue *issues;
    uint32_t *order; /* indexes into issues: [at, count) are left */
    uint32_t at;
    uint32_t count;
};

static uint64_t left_key(const struct left *left, uint32_t i)
{
    return rcp_key_pack(left->issues[left->order[i]].key);
}

/* Puts the one with this key first. */
static bool take_first(struct rcp_sim *sim, void *context, uint64_t option)
{
    struct left *left = context;
    (void)sim;
    for (uint32_t i = left->at; i < left->count; i++) {
        if (left_key(left, i) != option)
            continue;
        uint32_t taken = left->order[i];
        for (; i > left->at; i--)
            left->order[i] = left->order[i - 1u];
        left->order[left->at] = taken;
        return true;
    }
    return false;
}

static uint64_t pick_left(struct rcp_sim *sim, const struct rcp_choice *choice)
{
    struct left *left = choice->context;
    const struct rcp_scenario *scenario = sim->scenario;
    if (sim->sure_only || !rcp_random_chance(sim, scenario->chaos_num, scenario->chaos_den))
        return choice->dull;
    uint64_t key = left_key(left, left->at + rcp_random_below(sim, left->count - left->at));
    if (rcp_key_unpack(key).site == RCP_SITE_NONE)
        return choice->dull;
    take_first(sim, left, key);
    return key;
}

static uint32_t list_left(struct rcp_sim *sim, void *context, uint64_t options[])
{
    const struct left *left = context;
    uint32_t count = 0;
    (void)sim;
    for (uint32_t i = left->at; i < left->count && count < RCP_OPTIONS_MAX; i++)
        if (i == left->at || left->issues[left->order[i]].key.site != RCP_SITE_NONE)
            options[count++] = left_key(left, i);
    return count;
}

static void choose_next(struct rcp_sim *sim, struct left *left)
{
    struct rcp_choice choice = {
        .key = left->issues[left->order[left->at]].key,
        .context = left,
        .pick = pick_left,
        .list = list_left,
        .possible = take_first,
    };
    if (left->count - left->at < 2 || choice.key.site == RCP_SITE_NONE)
        return; /* a fetch or an alert: nobody can tell when it left */
    choice.key.why = RCP_WHY_ORDER;
    choice.key.phase = RCP_PHASE_ISSUE;
    choice.dull = left_key(left, left->at);
    rcp_choose(sim, &choice);
}

/* --- Out they go --- */

static void alert(struct rcp_sim *sim, uint32_t node, const struct rcp_alert_effect *effect)
{
    const struct rcp_world *world = sim->world;
    uint32_t row_id = effect->row.row_id;
    sim->world->alerts++;
    if (effect->row.verdict == RCP_VERDICT_ALERT && row_id - 1u < world->row_count)
        rcp_world_rows(world)[row_id - 1u].raised = 1;
    if (effect->row.verdict == RCP_VERDICT_ALERT_RECORD && row_id - 1u < world->parked_count)
        rcp_world_parked(world)[row_id - 1u].raised = 1;
    if (rcp_sim_listening(sim))
        rcp_trace_alert(sim, node, effect);
}

/* For the checkers: what is asked on behalf of a request that is not answered yet. */
static void note_asked(const struct rcp_world *world,
                       uint64_t origin,
                       uint32_t noted,
                       uint64_t product)
{
    if (origin == 0 || origin > world->exchange_count)
        return;
    struct rcp_exchange *x = &rcp_world_exchanges(world)[origin - 1];
    if (x->replies > 0)
        return;
    if ((noted & RCP_NOTED_LOG) != 0)
        rcp_check((x->noted & RCP_NOTED_OPEN) == 0, "unknown_is_settled_first");
    x->noted |= (uint8_t)(RCP_NOTED_ASKED | noted);
    if ((noted & RCP_NOTED_ENTRY) != 0)
        x->payload = rcp_payload_turn(product);
}

/* Somebody looks what became of its COMMIT. */
static void note_settled(const struct rcp_world *world, uint64_t origin)
{
    if (origin != 0 && origin <= world->exchange_count)
        rcp_world_exchanges(world)[origin - 1].noted &= (uint8_t)~RCP_NOTED_OPEN;
}

static void note(const struct rcp_sim *sim, const struct rcp_effect *effect)
{
    const struct rcp_world *world = sim->world;
    if (effect->kind == RCP_EFFECT_REDIS)
        note_asked(world, effect->redis.origin, 0, 0);
    if (effect->kind == RCP_EFFECT_SEND)
        note_asked(world, effect->send.record.origin, 0, 0);
    if (effect->kind != RCP_EFFECT_MYSQL)
        return;
    enum rcp_script script = effect->mysql.script;
    uint32_t noted = (script == RCP_SCRIPT_APPROVE ? RCP_NOTED_ENTRY : 0u) |
                     (script == RCP_SCRIPT_LOG ? RCP_NOTED_LOG : 0u);
    const struct rcp_tx_row *rows = &sim->effects->rows[effect->mysql.first_row];
    for (uint32_t i = 0; i < effect->mysql.row_count; i++)
        note_asked(world, rows[i].origin, noted, rows[i].payload.product_id);
    if (script == RCP_SCRIPT_SETTLE)
        note_settled(world, rows[0].origin);
}

static void alert_order(struct rcp_sim *sim,
                        const struct rcp_issue *issue,
                        const struct rcp_order_alert_effect *effect)
{
    sim->world->alerts++;
    rcp_order_told(sim, effect);
    if (rcp_sim_listening(sim))
        rcp_trace_order_alert(sim, issue, effect);
}

static void issue_script(struct rcp_sim *sim,
                         const struct rcp_issue *issue,
                         const struct rcp_mysql_effect *effect)
{
    if (rcp_script_is_order(effect->script))
        rcp_mysql_issue_order(sim, issue, effect, &sim->effects->orders[effect->first_row]);
    else
        rcp_mysql_issue(sim, issue, effect, &sim->effects->rows[effect->first_row]);
}

static void execute(struct rcp_sim *sim,
                    const struct rcp_issue *issue,
                    const struct rcp_effect *effect)
{
    switch (effect->kind) {
    case RCP_EFFECT_REPLY:
        rcp_client_reply(sim, issue, &effect->reply);
        break;
    case RCP_EFFECT_REDIS:
        rcp_redis_issue(sim, issue, &effect->redis);
        break;
    case RCP_EFFECT_MYSQL:
        issue_script(sim, issue, &effect->mysql);
        break;
    case RCP_EFFECT_SEND:
        rcp_kafka_send(sim, issue, &effect->send);
        break;
    case RCP_EFFECT_FETCH:
        rcp_kafka_fetch(sim, issue->node, &effect->fetch);
        break;
    case RCP_EFFECT_COMMIT_OFFSET:
        rcp_kafka_commit_issue(sim, issue, &effect->commit_offset);
        break;
    case RCP_EFFECT_ALERT:
        alert(sim, issue->node, &effect->alert);
        break;
    case RCP_EFFECT_PG:
        rcp_pg_issue(sim, issue, &effect->pg);
        break;
    case RCP_EFFECT_ORDER_ALERT:
        alert_order(sim, issue, &effect->order_alert);
        break;
    case RCP_EFFECT_NONE:
    case RCP_EFFECT_KIND_COUNT:
        rcp_check_failed("effect_kind_exists");
    }
}

/* Whose passes this role's effects belong to; NONE: no pass's. */
static enum rcp_role pass_of(uint32_t role)
{
    if (role == RCP_ROLE_REFUND)
        return RCP_ROLE_RECONCILE; /* its DUE has found the refund */
    bool passes =
        role == RCP_ROLE_SCHEDULER || role == RCP_ROLE_SWEEP || role == RCP_ROLE_RECONCILE;
    return passes ? (enum rcp_role)role : RCP_ROLE_NONE;
}

static bool begins_a_pass(const struct rcp_effect *effect)
{
    return effect->kind == RCP_EFFECT_MYSQL &&
           (effect->mysql.script == RCP_SCRIPT_CLAIM || effect->mysql.script == RCP_SCRIPT_SWEEP ||
            effect->mysql.script == RCP_SCRIPT_DUE);
}

/* True where this effect belongs to a pass that the twice oracle has performed twice. A pass begins with
 * its CLAIM, SWEEP or DUE, and goes on until the next one. */
static bool in_double_pass(struct rcp_sim *sim,
                           const struct rcp_issue *issue,
                           const struct rcp_effect *effect)
{
    enum rcp_role role = pass_of(issue->role);
    if (role == RCP_ROLE_NONE)
        return false;
    bool ours = sim->pass_node == issue->node + 1u && sim->pass_role == role;
    if (!begins_a_pass(effect))
        return ours;
    bool begins = rcp_sim_twice(
        sim, RCP_TWICE_PASS, (enum rcp_site)issue->key.site, issue->payment, issue->purchase);
    if (begins) {
        sim->pass_node = (uint8_t)(issue->node + 1u);
        sim->pass_role = (uint8_t)role;
    } else if (ours) {
        sim->pass_node = 0;
    }
    return begins;
}

/* Another living node, or the same one where there is none. */
static uint32_t other_node(const struct rcp_world *world, uint32_t node)
{
    for (uint32_t i = 1; i < world->config.nodes; i++) {
        uint32_t other = (node + i) % world->config.nodes;
        if (world->nodes[other].alive)
            return other;
    }
    return node;
}

/* Another instance does the same at the same time. Whatever comes back finds nobody who waits for it,
 * nothing goes wrong on its way, and its keys are its own. */
static void execute_again(struct rcp_sim *sim,
                          const struct rcp_issue *issue,
                          const struct rcp_effect *effect)
{
    struct rcp_issue other = *issue;
    struct rcp_effect again = *effect;
    other.fate = (struct rcp_fate){0};
    other.node = other_node(sim->world, issue->node);
    other.key.nth |= 0x8000u;
    if (again.kind == RCP_EFFECT_MYSQL) {
        again.mysql.op_id = 0;
        again.mysql.owner = (uint64_t)other.node << 32; /* of no incarnation */
    } else if (again.kind == RCP_EFFECT_REDIS) {
        again.redis.op_id = 0;
    } else if (again.kind == RCP_EFFECT_PG) {
        again.pg.op_id = 0;
    } else if (again.kind == RCP_EFFECT_SEND) {
        again.send.op_id = 0;
    }
    execute(sim, &other, &again);
}

/* Failure rows of requests and of records share a transaction, whose role is that of its first row. */
static bool may_be_for_a_request(const struct rcp_issue *issue, const struct rcp_effect *effect)
{
    return issue->role == RCP_ROLE_PAYMENT ||
           (effect->kind == RCP_EFFECT_MYSQL && effect->mysql.script == RCP_SCRIPT_LOG);
}

/* One effect leaves. False where its fate is that the process dies of it: the rest stays behind. */
static bool issue_one(struct rcp_sim *sim, struct rcp_issue *issue, const struct rcp_effect *effect)
{
    if (site_of(effect) != RCP_SITE_NONE)
        issue->fate = rcp_choose_fate(sim,
                                      (struct rcp_effect_key){.key = issue->key,
                                                              .payment = issue->payment,
                                                              .purchase = issue->purchase});
    enum rcp_fault fault = issue->fate.fault;
    rcp_sim_digest(sim, rcp_key_pack(issue->key) ^ (uint64_t)effect->kind << 56);
    if (fault != RCP_FAULT_CRASH_BEFORE_ISSUE) {
        if (rcp_sim_listening(sim))
            rcp_trace_effect(sim, issue, effect);
        if (may_be_for_a_request(issue, effect))
            note(sim, effect);
        execute(sim, issue, effect);
        if (in_double_pass(sim, issue, effect))
            execute_again(sim, issue, effect);
    }
    if (fault != RCP_FAULT_CRASH_BEFORE_ISSUE && fault != RCP_FAULT_CRASH_ISSUED)
        return true;
    rcp_process_die(sim, fault, issue->node, issue->payment);
    return false;
}

void rcp_issue_effects(struct rcp_sim *sim, uint32_t node)
{
    struct rcp_issue issues[RCP_EFFECTS_MAX];
    uint32_t order[RCP_EFFECTS_MAX];
    struct left left = {.issues = issues, .order = order, .count = sim->effects->count};
    for (uint32_t i = 0; i < left.count; i++) {
        order[i] = i;
        issues[i] = new_issue(sim, node, &sim->effects->items[i]);
    }
    for (; left.at < left.count; left.at++) {
        choose_next(sim, &left);
        uint32_t next = order[left.at];
        if (!issue_one(sim, &issues[next], &sim->effects->items[next]))
            return;
    }
}
