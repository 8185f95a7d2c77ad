/* One run: pops pending events until the world has healed and drained, and judges what it sees. */
#include "sim/run.h"

#include "core/hash.h"
#include "sim/check/checker.h"
#include "sim/engine/expect.h"
#include "sim/engine/guard.h"
#include "sim/engine/plan.h"
#include "sim/layout.h"
#include "sim/model/client.h"
#include "sim/model/kafka.h"
#include "sim/model/mysql.h"
#include "sim/model/process.h"
#include "sim/model/redis.h"

#include <stdio.h>
#include <string.h>

#define TWINS_PAYMENTS 256u
#define TWINS_EVERY    4096u
#define EVENTS_MAX     UINT64_C(200000000) /* a run that pops more has gone wild */

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
    pending->earliest_ms = sim->world->now_ms + shortest_ms;
    pending->latest_ms = sim->world->now_ms + longest_ms;
    pending->key = 0;
    pending->c = 0;
    pending->a = 0;
    pending->b = 0;
    pending->incarnation = 0;
    pending->payment = RCP_NOBODY;
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
    return (struct rcp_key){
        .subject = subject,
        .nth = *nth,
        .subject_kind = (uint8_t)kind,
        .site = (uint8_t)site,
        .node = (uint8_t)(node + 1u),
    };
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

static void deliver_record(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_event event;
    if (asleep(sim, pending->node))
        wait_for_node(sim, pending);
    else if (rcp_kafka_deliver(sim, pending, &event))
        deliver(sim, pending, &event);
}

static void deliver_request(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_event event;
    struct rcp_pending now = *pending;
    now.incarnation = sim->world->nodes[pending->node].incarnation;
    if (asleep(sim, pending->node))
        wait_for_node(sim, pending);
    else if (rcp_client_request(sim, pending, &event))
        deliver(sim, &now, &event);
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
        rcp_client_acts(sim, pending->a, pending->b);
        break;
    case RCP_JOB_CLIENT_ASKS:
        rcp_client_asks_again(sim, pending->a);
        break;
    case RCP_JOB_CLIENT_HANGS_UP:
        rcp_client_hangs_up(sim, pending->a);
        break;
    case RCP_JOB_REQUEST_ARRIVES:
        deliver_request(sim, pending);
        break;
    case RCP_JOB_REPLY_ARRIVES:
        rcp_client_answered(sim, pending->a);
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

static void pop(struct rcp_sim *sim, uint64_t smallest_latest_ms)
{
    struct rcp_world *world = sim->world;
    uint32_t next = rcp_choose_next(sim, smallest_latest_ms);
    struct rcp_pending *pending = rcp_queue_pop(sim->queue, next);
    if (pending->earliest_ms > world->now_ms)
        world->now_ms = pending->earliest_ms;
    sim->result->events++;
    rcp_sim_digest(sim, pending->key ^ world->now_ms << 8 ^ (uint64_t)pending->job << 56);
    if (!rcp_job_is_watch((enum rcp_job)pending->job))
        world->backlog.busy--;
    world->touched.count = 0;
    perform(sim, pending);
    rcp_queue_give(sim->queue, pending);
}

/* --- Judging --- */

static _Noreturn void violate(struct rcp_sim *sim,
                              bool twin,
                              enum rcp_invariant broken,
                              uint32_t index)
{
    struct rcp_violation *violation = &sim->result->violation;
    if (twin)
        rcp_checker_describe_twin(sim->world, broken, index, violation);
    else
        rcp_checker_describe(sim->world, broken, index, violation);
    violation->at_ms = sim->world->now_ms;
    sim->result->outcome = RCP_RUN_VIOLATED;
    if (rcp_sim_listening(sim)) {
        struct rcp_record record =
            rcp_sim_new_record(sim, RCP_RECORD_VIOLATION, RCP_ROLE_WORLD, 0, RCP_NOBODY);
        record.number = (uint16_t)violation->invariant;
        record.user_id = violation->user_id;
        record.activity_id = violation->activity_id;
        record.row_id = violation->row_id;
        rcp_sim_record(sim, &record);
    }
    rcp_sim_stop(sim);
}

static void check_event(struct rcp_sim *sim)
{
    enum rcp_invariant broken = RCP_INVARIANT_NONE;
    uint32_t index = 0;
    if (sim->world->touched.count > 0 &&
        !rcp_checker_touched(sim->world, sim->scenario->invariants, &broken, &index))
        violate(sim, false, broken, index);
#ifdef RCP_DEBUG
    /* After every event in a small world; in a large one now and then, or it would never end. */
    bool looks = sim->world->payments <= TWINS_PAYMENTS || sim->result->events % TWINS_EVERY == 0;
    if (looks && !rcp_checker_twins(sim->world, sim->scenario->invariants, false, &broken, &index))
        violate(sim, true, broken, index);
#endif
}

static void check_end(struct rcp_sim *sim)
{
    enum rcp_invariant broken = RCP_INVARIANT_NONE;
    uint32_t index = 0;
    if (!rcp_checker_at_drain(sim->world, sim->scenario->invariants, &broken, &index))
        violate(sim, false, broken, index);
    if (!rcp_checker_twins(sim->world, sim->scenario->invariants, true, &broken, &index))
        violate(sim, true, broken, index);
    for (uint32_t i = 0; i < sim->world->config.nodes; i++)
        rcp_node_check(rcp_world_node(sim->world, i));
}

static bool drained(const struct rcp_world *world)
{
    const struct rcp_backlog *backlog = &world->backlog;
    return world->healed && backlog->busy == 0 && backlog->open_rows == 0 &&
           backlog->unalerted == 0 && backlog->unreleased == 0 && backlog->lag == 0 &&
           backlog->waiting == 0;
}

static void loop(struct rcp_sim *sim)
{
    struct rcp_world *world = sim->world;
    uint64_t end_ms = sim->scenario->heal_ms + sim->scenario->drain_ms;
    uint64_t smallest_latest_ms = 0;
    while (rcp_queue_refill(sim->queue, &smallest_latest_ms)) {
        pop(sim, smallest_latest_ms);
        check_event(sim);
        if (drained(world)) {
            sim->result->drained_at_ms = world->now_ms;
            break;
        }
        if (world->now_ms > end_ms)
            break;
        if (sim->result->events > EVENTS_MAX)
            rcp_sim_error(sim, "the run does not end: shorten heal, drain or the workload");
    }
    if (rcp_sim_listening(sim) && sim->result->drained_at_ms != 0) {
        struct rcp_record record =
            rcp_sim_new_record(sim, RCP_RECORD_DRAINED, RCP_ROLE_WORLD, 0, RCP_NOBODY);
        rcp_sim_record(sim, &record);
    }
    check_end(sim);
}

/* --- Before the first event --- */

static void prepare_workload(struct rcp_sim *sim)
{
    const struct rcp_scenario *scenario = sim->scenario;
    for (uint32_t w = 0; w < scenario->work_count; w++) {
        const struct rcp_work *work = &scenario->work[w];
        for (uint32_t user = work->user_first; user <= work->user_last; user++) {
            uint32_t payment = rcp_world_payment(sim->world, work->activity, user);
            uint64_t at_ms = work->at_ms + (user - work->user_first) * work->every_ms;
            struct rcp_pending *pending = rcp_sim_push(sim, RCP_JOB_CLIENT_ACTS, at_ms, at_ms + 3u);
            pending->key = rcp_key_pack((struct rcp_key){.subject = payment,
                                                         .subject_kind = RCP_SUBJECT_PAYMENT,
                                                         .phase = RCP_PHASE_ACT,
                                                         .nth = (uint16_t)(w + 1u)});
            pending->payment = payment;
            pending->a = w;
            pending->b = payment;
        }
    }
}

/* Which rules may strike at each site. */
static void prepare_rules(struct rcp_sim *sim)
{
    const struct rcp_scenario *scenario = sim->scenario;
    for (uint32_t r = 0; r < scenario->rule_count; r++) {
        const struct rcp_rule *rule = &scenario->rules[r];
        uint32_t sites = rule->site != RCP_SITE_NONE ? RCP_AT(rule->site) : UINT32_MAX;
        if (rule->why == RCP_WHY_FATE)
            sites &= rcp_fault_info((enum rcp_fault)rule->option)->sites;
        for (uint32_t site = 1; site < RCP_SITE_COUNT; site++)
            if ((sites & RCP_AT(site)) != 0)
                sim->site_rules[site] |= 1ull << r;
    }
}

/* Which faults a picker may take at each site. */
static void prepare_faults(struct rcp_sim *sim)
{
    for (uint32_t fault = 1; fault < RCP_FAULT_COUNT; fault++) {
        const struct rcp_fault_info *info = rcp_fault_info((enum rcp_fault)fault);
        for (uint32_t site = 1; info->class == RCP_FAULT_CLASS_FATE && site < RCP_SITE_COUNT;
             site++)
            if ((info->sites & RCP_AT(site)) != 0)
                sim->site_faults[site] |= 1ull << fault;
    }
}

static void prepare(struct rcp_sim *sim)
{
    rcp_plan_prepare(sim);
    prepare_rules(sim);
    prepare_faults(sim);
    for (uint32_t i = 0; i < sim->world->config.nodes; i++)
        rcp_process_start(sim, i);
    prepare_workload(sim);
}

static bool expects_events(const struct rcp_scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->expect_count; i++)
        if (scenario->expect[i].kind == RCP_EXPECT_EVENT)
            return true;
    return false;
}

static_assert(RCP_SITE_COUNT <= 32, "a set of sites fits 32 bits");
static_assert(RCP_FAULT_COUNT <= 64, "a set of faults fits 64 bits");
static_assert(RCP_RULES_MAX <= 64, "a set of rules fits 64 bits");

void rcp_run(const struct rcp_scenario *scenario,
             uint64_t seed,
             void *block,
             size_t block_size,
             const struct rcp_recorder *recorder,
             const struct rcp_picker *picker,
             struct rcp_tape_entry *tape_out,
             uint32_t *tape_count,
             struct rcp_run_result *result)
{
    struct rcp_sim sim;
    memset(&sim, 0, sizeof sim);
    memset(result, 0, sizeof *result);
    rcp_check(rcp_world_size(scenario) <= block_size, "world_fits_block");
    result->seed = seed;
    sim.world = rcp_world_lay_out(block, scenario, seed);
    sim.queue = rcp_world_queue(sim.world);
    sim.effects = rcp_world_effects(sim.world);
    sim.scenario = scenario;
    sim.recorder = recorder;
    sim.picker = picker;
    sim.sure_only = scenario->tape_only || picker != NULL;
    sim.listening = recorder != NULL || expects_events(scenario);
    sim.tape = tape_out;
    sim.result = result;
    sim.prng = rcp_hash(0x7265636f7570u, seed);
    sim.digest = rcp_hash(scenario->policy.hardened, seed);
    rcp_guard_arm(&sim);
    if (setjmp(sim.stop) == 0) {
        prepare(&sim);
        loop(&sim);
    }
    rcp_guard_arm(NULL);
    result->virtual_ms = sim.world->now_ms;
    result->trace_digest = sim.digest;
    memcpy(result->marks, sim.marks, sizeof result->marks);
    if (tape_count != NULL)
        *tape_count = sim.tape_count;
    for (uint32_t i = 0; i < scenario->tape_count; i++)
        result->stale_tape += !sim.tape_used[i];
    rcp_expect_count(&sim);
}
