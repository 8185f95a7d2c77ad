/* One event: taken out of the queue, performed by the model it belongs to. */
#include "sim/engine/step.h"

#include "core/check.h"
#include "sim/engine/pace.h"
#include "sim/engine/plan.h"
#include "sim/layout.h"
#include "sim/model/client.h"
#include "sim/model/client_order.h"
#include "sim/model/exchange.h"
#include "sim/model/kafka.h"
#include "sim/model/mysql.h"
#include "sim/model/pg.h"
#include "sim/model/process.h"
#include "sim/model/redis.h"

#include <string.h>

/* --- What the models call --- */

static struct rcp_pending *take_slot(struct rcp_sim *sim)
{
    struct rcp_pending *pending = rcp_queue_take(sim->queue);
    if (pending == NULL)
        rcp_sim_error(sim, "too many pending events: give the world more `pending`");
    return pending;
}

struct rcp_pending *rcp_sim_push(struct rcp_sim *sim,
                                 enum rcp_job job,
                                 uint64_t shortest_ms,
                                 uint64_t longest_ms)
{
    struct rcp_pending *pending = take_slot(sim);
    /* A node that is woken before its time asks to be woken again, at once and for ever. */
    if (sim->world->config.instant && job != RCP_JOB_NODE_TIMER) {
        shortest_ms = shortest_ms <= RCP_INSTANT_MS ? 0 : shortest_ms;
        longest_ms = longest_ms <= shortest_ms + RCP_INSTANT_MS ? shortest_ms : longest_ms;
    }
    pending->earliest_ms = sim->world->now_ms + shortest_ms;
    pending->latest_ms = sim->world->now_ms + longest_ms;
    pending->key = 0;
    pending->c = 0;
    pending->a = 0;
    pending->b = 0;
    pending->incarnation = 0;
    pending->payment = RCP_NOBODY;
    pending->purchase = RCP_NOBODY;
    pending->job = (uint8_t)job;
    pending->node = 0;
    pending->fate = RCP_FAULT_NONE;
    pending->takes = RCP_TAKES_SHORT;
    pending->role = RCP_ROLE_NONE;
    pending->flags = 0;
    if (!rcp_job_is_watch(job))
        sim->world->backlog.busy++;
    rcp_queue_push(sim->queue, pending);
    return pending;
}

struct rcp_key rcp_sim_key(struct rcp_sim *sim,
                           enum rcp_site site,
                           uint32_t node,
                           enum rcp_subject_kind kind,
                           uint32_t subject)
{
    uint16_t *nth = rcp_world_nth(sim->world, node, kind, subject, site);
    ++*nth;
    struct rcp_key key = {
        .subject = subject,
        .nth = *nth,
        .subject_kind = (uint8_t)kind,
        .site = (uint8_t)site,
        .node = (uint8_t)(node + 1u),
    };
    rcp_pace_count(sim, key);
    return key;
}

struct rcp_record rcp_sim_new_record(const struct rcp_sim *sim,
                                     enum rcp_record_kind kind,
                                     enum rcp_role role,
                                     uint32_t node,
                                     uint32_t payment)
{
    struct rcp_record record;
    memset(&record, 0, sizeof record);
    record.at_ms = sim->world->now_ms;
    record.kind = (uint8_t)kind;
    record.role = (uint8_t)role;
    record.node = (uint8_t)(node + 1u);
    if (payment != RCP_NOBODY) {
        record.user_id = rcp_payment_user(sim->world, payment);
        record.activity_id = rcp_payment_activity(sim->world, payment) + 1u;
    }
    return record;
}

void rcp_record_purchase(const struct rcp_world *world,
                         struct rcp_record *record,
                         uint32_t purchase)
{
    if (purchase == RCP_NOBODY)
        return;
    uint32_t order = rcp_world_purchase_ledgers(world)[purchase].order;
    record->user_id = purchase / world->config.purchases + 1u;
    record->order_id = order == RCP_NOBODY ? 0 : world->config.first_order_id + order;
}

/* `expect: event` counts what is recorded, whoever else listens. */
static void count_record(struct rcp_sim *sim, const struct rcp_record *record)
{
    for (uint32_t i = 0; i < sim->scenario->expect_count; i++) {
        const struct rcp_expect *expect = &sim->scenario->expect[i];
        if (expect->kind == RCP_EXPECT_EVENT && expect->number == record->kind &&
            (expect->user == 0 || expect->user == record->user_id) &&
            (expect->activity == 0 || expect->activity == record->activity_id))
            sim->seen[i]++;
    }
}

void rcp_sim_record(struct rcp_sim *sim, const struct rcp_record *record)
{
    count_record(sim, record);
    if (sim->recorder != NULL)
        sim->recorder->write(sim->recorder->context, record);
}

void rcp_sim_fired(struct rcp_sim *sim, enum rcp_fault fault, uint32_t node, uint32_t payment)
{
    sim->result->fired[fault]++;
    if (rcp_sim_listening(sim)) {
        struct rcp_record record =
            rcp_sim_new_record(sim, RCP_RECORD_FAULT, RCP_ROLE_WORLD, node, payment);
        record.number = (uint16_t)fault;
        rcp_sim_record(sim, &record);
    }
}

bool rcp_sim_twice(struct rcp_sim *sim,
                   enum rcp_twice_kind kind,
                   enum rcp_site site,
                   uint32_t payment,
                   uint32_t purchase)
{
    struct rcp_run_result *result = sim->result;
    if (++result->twice_points[kind] != sim->scenario->twice_nth || sim->scenario->twice != kind)
        return false;
    result->twice_at_ms = sim->world->now_ms;
    result->twice_site = (uint32_t)site;
    if (payment != RCP_NOBODY) {
        result->twice_user = rcp_payment_user(sim->world, payment);
        result->twice_activity = rcp_payment_activity(sim->world, payment) + 1u;
    } else if (purchase != RCP_NOBODY) {
        result->twice_user = purchase / sim->world->config.purchases + 1u;
    }
    sim->heals_now = sim->scenario->twice_heals;
    return !sim->scenario->twice_spares;
}

/* --- One event --- */

/* The event waits until its node is awake. */
static void wait_for_node(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    uint64_t wait_ms = sim->world->nodes[pending->node].paused_until_ms - sim->world->now_ms;
    struct rcp_pending *again =
        rcp_sim_push(sim, (enum rcp_job)pending->job, wait_ms, wait_ms + 5u);
    struct rcp_pending copy = *pending;
    copy.earliest_ms = again->earliest_ms;
    copy.latest_ms = again->latest_ms;
    copy.sequence = again->sequence;
    *again = copy;
    rcp_repeat_key(again, pending);
}

/* A completion or request reaches a node. */
static void deliver(struct rcp_sim *sim, const struct rcp_pending *pending, struct rcp_event *event)
{
    if (pending->fate == RCP_FAULT_CRASH_ANSWERED &&
        sim->world->nodes[pending->node].incarnation == pending->incarnation) {
        rcp_process_die(sim, RCP_FAULT_CRASH_ANSWERED, pending->node, pending->payment);
        return;
    }
    if (!rcp_process_step(sim, pending, event))
        wait_for_node(sim, pending);
}

static bool asleep(const struct rcp_sim *sim, uint32_t node)
{
    return sim->world->nodes[node].paused_until_ms > sim->world->now_ms;
}

static void deliver_answer(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_event event;
    const struct rcp_sim_node *node = &sim->world->nodes[pending->node];
    if (node->alive && node->incarnation == pending->incarnation && asleep(sim, pending->node)) {
        wait_for_node(sim, pending);
        return;
    }
    if (!rcp_mysql_answer(sim, pending, &event))
        return;
    rcp_mysql_answered(sim, pending); /* the connection is back in its pool when the node looks */
    deliver(sim, pending, &event);
}

static void deliver_pg_answer(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_event event;
    const struct rcp_sim_node *node = &sim->world->nodes[pending->node];
    if (node->alive && node->incarnation == pending->incarnation && asleep(sim, pending->node)) {
        wait_for_node(sim, pending);
        return;
    }
    rcp_pg_answer(sim, pending, &event);
    deliver(sim, pending, &event);
}

static void deliver_record(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_event event;
    if (asleep(sim, pending->node))
        wait_for_node(sim, pending);
    else if (rcp_kafka_deliver(sim, pending, &event)) {
        deliver(sim, pending, &event);
        if (rcp_sim_twice(sim, RCP_TWICE_DELIVERY, RCP_SITE_DELIVER, pending->payment, RCP_NOBODY))
            rcp_kafka_reassign(sim, pending->a);
    }
}

static bool request(struct rcp_sim *sim, const struct rcp_pending *pending, struct rcp_event *event)
{
    return pending->purchase != RCP_NOBODY ? rcp_order_client_request(sim, pending, event)
                                           : rcp_client_request(sim, pending, event);
}

/* The same request once more: another exchange, whose answer nobody awaits. */
static void deliver_again(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_event event;
    struct rcp_pending again = *pending;
    again.a = rcp_exchange_double(sim, pending->a);
    again.fate = RCP_FAULT_NONE;
    if (request(sim, &again, &event))
        deliver(sim, &again, &event);
}

static void deliver_request(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_event event;
    struct rcp_pending now = *pending;
    now.incarnation = sim->world->nodes[pending->node].incarnation;
    if (asleep(sim, pending->node))
        wait_for_node(sim, pending);
    else if (request(sim, pending, &event)) {
        deliver(sim, &now, &event);
        if (rcp_sim_twice(
                sim, RCP_TWICE_REQUEST, RCP_SITE_REQUEST, pending->payment, pending->purchase))
            deliver_again(sim, &now);
    }
}

/* A line of the workload comes due: the first document's for a payment, the second's for a purchase. */
static void acts(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    if (pending->purchase != RCP_NOBODY)
        rcp_order_client_acts(sim, pending->a, pending->purchase);
    else
        rcp_client_acts(sim, pending->a, pending->b);
}

static void die_if(struct rcp_sim *sim, const struct rcp_pending *pending, bool dies)
{
    if (dies)
        rcp_process_die(sim, RCP_FAULT_CRASH_APPLIED, pending->node, pending->payment);
}

static void perform(struct rcp_sim *sim, struct rcp_pending *pending)
{
    struct rcp_event event = {.kind = RCP_EVENT_TIMER};
    switch ((enum rcp_job)pending->job) {
    case RCP_JOB_CLIENT_ACTS:
        acts(sim, pending);
        break;
    case RCP_JOB_CLIENT_ASKS:
        rcp_exchange_asks_again(sim, pending->a);
        break;
    case RCP_JOB_CLIENT_HANGS_UP:
        rcp_exchange_hangs_up(sim, pending->a);
        break;
    case RCP_JOB_REQUEST_ARRIVES:
        deliver_request(sim, pending);
        break;
    case RCP_JOB_REPLY_ARRIVES:
        rcp_exchange_answered(sim, pending->a);
        break;
    case RCP_JOB_REDIS_APPLIES:
        die_if(sim, pending, rcp_redis_apply(sim, pending));
        break;
    case RCP_JOB_TOKEN_EXPIRES:
        rcp_redis_expire(sim, pending->a);
        break;
    case RCP_JOB_MYSQL_RUNS:
        die_if(sim, pending, rcp_mysql_run(sim, pending));
        break;
    case RCP_JOB_MYSQL_COMMITS:
        die_if(sim, pending, rcp_mysql_commit(sim, pending));
        break;
    case RCP_JOB_MYSQL_ANSWERS:
        deliver_answer(sim, pending);
        break;
    case RCP_JOB_MYSQL_LOCK_WAITED:
        rcp_mysql_lock_waited(sim, pending);
        break;
    case RCP_JOB_MYSQL_REAPS:
        rcp_mysql_reap(sim, pending);
        break;
    case RCP_JOB_KAFKA_APPENDS:
        die_if(sim, pending, rcp_kafka_append(sim, pending));
        break;
    case RCP_JOB_KAFKA_DELIVERS:
        deliver_record(sim, pending);
        break;
    case RCP_JOB_KAFKA_COMMITS:
        die_if(sim, pending, rcp_kafka_commit_apply(sim, pending));
        break;
    case RCP_JOB_KAFKA_REBALANCES:
        rcp_kafka_rebalance(sim);
        break;
    case RCP_JOB_PG_ARRIVES:
        die_if(sim, pending, rcp_pg_arrive(sim, pending));
        break;
    case RCP_JOB_PG_ANSWERS:
        deliver_pg_answer(sim, pending);
        break;
    case RCP_JOB_PG_SETTLES:
        rcp_pg_settle(sim, pending);
        break;
    case RCP_JOB_NODE_STEPS:
        deliver(sim, pending, &pending->event);
        break;
    case RCP_JOB_NODE_TIMER:
        deliver(sim, pending, &event);
        break;
    case RCP_JOB_NODE_STARTS:
        rcp_process_start(sim, pending->node);
        break;
    case RCP_JOB_NODE_STOPS:
        rcp_process_stopped(sim, pending);
        break;
    case RCP_JOB_PLAN_BEGINS:
        rcp_plan_begin(sim, pending->a);
        break;
    case RCP_JOB_PLAN_ENDS:
        rcp_plan_end(sim, pending->a);
        break;
    case RCP_JOB_HEALS:
        rcp_plan_heal(sim);
        break;
    case RCP_JOB_NONE:
    case RCP_JOB_COUNT:
        rcp_check_failed("job_exists");
    }
}

void rcp_step(struct rcp_sim *sim, uint32_t near_index)
{
    struct rcp_world *world = sim->world;
    struct rcp_pending *pending = rcp_queue_pop(sim->queue, near_index);
    if (pending->earliest_ms > world->now_ms)
        world->now_ms = pending->earliest_ms;
    sim->result->events++;
    rcp_sim_digest(sim, pending->key ^ world->now_ms << 8 ^ (uint64_t)pending->job << 56);
    if (!rcp_job_is_watch((enum rcp_job)pending->job))
        world->backlog.busy--;
    world->touched.count = 0;
    if (sim->picker != NULL && sim->picker->happens != NULL)
        sim->picker->happens(sim->picker->context, pending->key);
    perform(sim, pending);
    if (sim->heals_now) {
        sim->heals_now = false;
        rcp_plan_call_off(sim);
    }
    rcp_queue_give(sim->queue, pending);
}
