/* The servers' models without nodes: effects go in by hand, and what comes back is written down. */
#include "tests/support/servers.h"

#include "sim/layout.h"
#include "sim/model/kafka.h"
#include "sim/model/mysql.h"
#include "sim/model/redis.h"
#include "tests/support/runs.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ANSWERS_MAX 2048u

static struct rcp_scenario scenario;
static struct rcp_run_result result;
static struct rcp_sim sim;
static struct servers_answer answers[ANSWERS_MAX];
static uint32_t answer_count;
static uint64_t next_op;

static struct rcp_sim *begin(void)
{
    memset(&sim, 0, sizeof sim);
    memset(&result, 0, sizeof result);
    sim.world = rcp_world_lay_out(runs_block(rcp_world_size(&scenario)), &scenario, 1);
    sim.queue = rcp_world_queue(sim.world);
    sim.effects = rcp_world_effects(sim.world);
    sim.scenario = &scenario;
    sim.result = &result;
    for (uint32_t i = 0; i < scenario.world.nodes; i++) {
        sim.world->nodes[i].alive = 1;
        sim.world->nodes[i].incarnation = 1;
    }
    answer_count = 0;
    next_op = 0;
    return &sim;
}

static void two_nodes(void)
{
    rcp_scenario_defaults(&scenario);
    scenario.world.activities = 2;
    scenario.world.nodes = 2;
    scenario.world.sessions = 8;
}

struct rcp_sim *servers_begin(uint32_t capacity)
{
    two_nodes();
    scenario.world.capacity = capacity;
    return begin();
}

struct rcp_sim *servers_begin_shop(void)
{
    two_nodes();
    scenario.world.limits.orders = 4;
    scenario.world.limits.settles = SERVERS_ORDERS_MAX;
    scenario.world.limits.pg_calls = 4;
    scenario.world.products = 3;
    scenario.world.stock = 10;
    scenario.world.buyers = 4;
    scenario.world.purchases = 8;
    scenario.world.orders = 32;
    scenario.world.refunds = 32;
    scenario.world.transactions = 32;
    scenario.world.points = 5000;
    scenario.world.price = 1000;
    scenario.world.discount = 500;
    scenario.world.first_order_id = 100001;
    return begin();
}

void servers_end(void)
{
    free(sim.world);
}

/* ---- Effects in ----------------------------------------------------------------------------- */

static struct rcp_issue issue_for(enum rcp_site site,
                                  uint32_t node,
                                  uint32_t user,
                                  enum rcp_fault fate)
{
    struct rcp_issue issue = {
        .node = node, .payment = user == 0 ? RCP_NOBODY : user - 1u, .purchase = RCP_NOBODY};
    if (user == 0)
        issue.key = rcp_sim_key(&sim, site, node, RCP_SUBJECT_NODE, node);
    else
        issue.key = rcp_sim_key(&sim, site, node, RCP_SUBJECT_PAYMENT, issue.payment);
    issue.fate.fault = fate;
    return issue;
}

static struct rcp_payload payload_of(uint32_t user)
{
    return (struct rcp_payload){.user_id = user,
                                .activity_id = 1,
                                .product_id = rcp_world_tokens(sim.world)[user - 1u].product_id,
                                .quantity = 1};
}

uint64_t servers_script(const struct servers_script *script)
{
    struct rcp_tx_row rows[3];
    struct rcp_mysql_effect effect = {
        .op_id = ++next_op,
        .owner = script->node + 1u,
        .script = script->script,
        .flags = script->flags,
        .session = script->session,
        .kill_session = script->kill,
        .timeout_ms = script->timeout_ms != 0 ? script->timeout_ms : RCP_MYSQL_TIMEOUT_MS,
        .page = script->page,
    };
    memset(rows, 0, sizeof rows);
    for (; effect.row_count < 3 && script->users[effect.row_count] != 0; effect.row_count++) {
        struct rcp_tx_row *row = &rows[effect.row_count];
        row->payload = payload_of(script->users[effect.row_count]);
        row->token = row->payload.user_id;
        row->row_id = script->row_id;
        row->epoch = script->epoch;
    }
    enum rcp_site site = rcp_site_of_script(script->script);
    struct rcp_issue issue = issue_for(site, script->node, script->users[0], script->fate);
    rcp_mysql_issue(&sim, &issue, &effect, rows);
    return effect.op_id;
}

uint64_t servers_order(const struct servers_order *order)
{
    const struct rcp_order_row none = {0};
    struct rcp_mysql_effect effect = {
        .op_id = ++next_op,
        .owner = order->node + 1u,
        .script = order->script,
        .flags = order->flags,
        .kill_session = order->kill,
        .timeout_ms = RCP_MYSQL_TIMEOUT_MS,
        .page = order->page,
        .row_count = order->row == NULL ? 0 : 1,
    };
    enum rcp_site site = rcp_site_of_script(order->script);
    struct rcp_issue issue = issue_for(site, order->node, 0, order->fate);
    rcp_mysql_issue_order(&sim, &issue, &effect, order->row != NULL ? order->row : &none);
    return effect.op_id;
}

uint64_t servers_redis(enum rcp_redis_verb verb, uint32_t user, enum rcp_fault fate)
{
    struct rcp_issue issue = issue_for(RCP_SITE_TOKEN_GET, 0, user, fate);
    struct rcp_redis_effect effect = {
        .op_id = ++next_op,
        .token = user,
        .verb = verb,
        .hold_ms = RCP_TOKEN_HOLD_MS,
        .timeout_ms = RCP_REDIS_TIMEOUT_MS,
    };
    rcp_redis_issue(&sim, &issue, &effect);
    return effect.op_id;
}

uint64_t servers_send(uint32_t user, enum rcp_fault fate)
{
    struct rcp_issue issue = issue_for(RCP_SITE_SEND, 0, user, fate);
    struct rcp_send_effect effect = {
        .op_id = ++next_op,
        .record = {.payload = payload_of(user), .token = user, .usable = 1, .mac = 1},
        .acks = RCP_ACKS_ALL,
        .timeout_ms = RCP_KAFKA_TIMEOUT_MS,
    };
    rcp_kafka_send(&sim, &issue, &effect);
    return effect.op_id;
}

void servers_commit_offset(uint32_t partition,
                           uint32_t assignment,
                           uint64_t next,
                           enum rcp_fault fate)
{
    struct rcp_issue issue = issue_for(RCP_SITE_COMMIT_OFFSET, 0, 0, fate);
    struct rcp_commit_offset_effect effect = {
        .next_offset = next, .partition = partition, .assignment = assignment};
    rcp_kafka_commit_issue(&sim, &issue, &effect);
}

/* ---- Answers out ---------------------------------------------------------------------------- */

static void write_down(const struct rcp_event *event)
{
    assert_true(answer_count < ANSWERS_MAX);
    struct servers_answer *answer = &answers[answer_count++];
    memset(answer, 0, sizeof *answer);
    answer->at_ms = sim.world->now_ms;
    answer->kind = event->kind;
    if (event->kind == RCP_EVENT_REDIS_DONE) {
        answer->op_id = event->redis_done.op_id;
        answer->outcome = event->redis_done.outcome;
        answer->found = event->redis_done.found;
    } else if (event->kind == RCP_EVENT_SENT) {
        answer->op_id = event->sent.op_id;
        answer->outcome = event->sent.outcome;
    } else if (event->kind == RCP_EVENT_OFFSET_DONE) {
        answer->outcome = event->offset_done.outcome;
    } else if (event->kind == RCP_EVENT_MYSQL_DONE) {
        const struct rcp_mysql_done *done = &event->mysql_done;
        answer->op_id = done->op_id;
        answer->outcome = done->outcome;
        answer->error = done->error;
        answer->session = done->session;
        answer->rows = done->row_count;
        answer->more = done->more;
        if (done->orders != NULL && done->row_count > 0)
            memcpy(answer->orders, done->orders, done->row_count * sizeof answer->orders[0]);
        if (done->orders != NULL)
            return;
        for (uint32_t i = 0; i < done->row_count; i++)
            answer->row_ids[i] = done->rows[i].row_id;
        if (done->row_count > 0)
            answer->verdict = (enum rcp_verdict)done->rows[0].verdict;
    }
}

const struct servers_answer *servers_answer(uint64_t op_id)
{
    for (uint32_t i = 0; i < answer_count; i++)
        if (answers[i].op_id == op_id)
            return &answers[i];
    return NULL;
}

const struct servers_answer *servers_offset_answer(void)
{
    for (uint32_t i = answer_count; i-- > 0;)
        if (answers[i].kind == RCP_EVENT_OFFSET_DONE)
            return &answers[i];
    return NULL;
}

/* ---- Time ----------------------------------------------------------------------------------- */

static void perform(struct rcp_pending *pending)
{
    struct rcp_event event;
    if (pending->job == RCP_JOB_REDIS_APPLIES)
        rcp_redis_apply(&sim, pending);
    else if (pending->job == RCP_JOB_TOKEN_EXPIRES)
        rcp_redis_expire(&sim, pending->a);
    else if (pending->job == RCP_JOB_MYSQL_RUNS)
        rcp_mysql_run(&sim, pending);
    else if (pending->job == RCP_JOB_MYSQL_COMMITS)
        rcp_mysql_commit(&sim, pending);
    else if (pending->job == RCP_JOB_MYSQL_LOCK_WAITED)
        rcp_mysql_lock_waited(&sim, pending);
    else if (pending->job == RCP_JOB_MYSQL_REAPS)
        rcp_mysql_reap(&sim, pending);
    else if (pending->job == RCP_JOB_KAFKA_APPENDS)
        rcp_kafka_append(&sim, pending);
    else if (pending->job == RCP_JOB_KAFKA_COMMITS)
        rcp_kafka_commit_apply(&sim, pending);
    else if (pending->job == RCP_JOB_NODE_STEPS)
        write_down(&pending->event);
    else if (pending->job == RCP_JOB_MYSQL_ANSWERS && rcp_mysql_answer(&sim, pending, &event)) {
        write_down(&event);
        rcp_mysql_answered(&sim, pending);
    }
}

static uint64_t wants_ms(const struct rcp_near *near)
{
    bool late = rcp_queue_slot(sim.queue, near->slot)->job == RCP_JOB_MYSQL_REAPS;
    return late ? near->latest_ms : near->earliest_ms;
}

static uint32_t next_event(void)
{
    const struct rcp_near *near = rcp_queue_near(sim.queue);
    uint32_t first = 0;
    for (uint32_t i = 1; i < sim.queue->near_count; i++)
        if (wants_ms(&near[i]) < wants_ms(&near[first]) ||
            (wants_ms(&near[i]) == wants_ms(&near[first]) &&
             near[i].sequence < near[first].sequence))
            first = i;
    return first;
}

void servers_pass(uint64_t ms)
{
    struct rcp_world *world = sim.world;
    uint64_t until_ms = world->now_ms + ms;
    uint64_t latest_ms = 0;
    while (rcp_queue_refill(sim.queue, &latest_ms)) {
        uint32_t next = next_event();
        uint64_t at_ms = wants_ms(&rcp_queue_near(sim.queue)[next]);
        if (at_ms > until_ms)
            break;
        struct rcp_pending *pending = rcp_queue_pop(sim.queue, next);
        world->now_ms = at_ms > world->now_ms ? at_ms : world->now_ms;
        perform(pending);
        rcp_queue_give(sim.queue, pending);
    }
    world->now_ms = until_ms;
}
