/* Planned faults and bad input: what the scenario has happen at a time, and for how long. */
#include "sim/engine/plan.h"

#include "sim/model/kafka.h"
#include "sim/model/link.h"
#include "sim/model/mysql.h"
#include "sim/model/process.h"
#include "sim/model/redis.h"

static struct rcp_pending *push_line(
    struct rcp_sim *sim, enum rcp_job job, enum rcp_phase phase, uint32_t line, uint64_t after_ms)
{
    struct rcp_pending *pending = rcp_sim_push(sim, job, after_ms, after_ms);
    pending->key = rcp_key_pack((struct rcp_key){
        .subject = line, .subject_kind = RCP_SUBJECT_WORLD, .phase = (uint8_t)phase});
    pending->a = line;
    return pending;
}

void rcp_plan_prepare(struct rcp_sim *sim)
{
    const struct rcp_scenario *scenario = sim->scenario;
    for (uint32_t i = 0; i < scenario->plan_count; i++)
        push_line(sim, RCP_JOB_PLAN_BEGINS, RCP_PHASE_PLAN, i, scenario->plan[i].at_ms);
    push_line(sim, RCP_JOB_HEALS, RCP_PHASE_HEAL, 0, scenario->heal_ms);
}

static void set_fault(struct rcp_sim *sim, enum rcp_fault fault, bool on)
{
    uint64_t bit = 1ull << (fault % 64u);
    if (on)
        sim->world->faults[fault / 64u] |= bit;
    else
        sim->world->faults[fault / 64u] &= ~bit;
}

static void kick_all(struct rcp_sim *sim)
{
    for (uint32_t i = 0; i < sim->world->config.limits.partitions; i++)
        rcp_kafka_kick(sim, i);
}

/* It lasts: whoever runs into it makes it fire. */
static void last(struct rcp_sim *sim, uint32_t line)
{
    const struct rcp_plan *plan = &sim->scenario->plan[line];
    enum rcp_fault fault = (enum rcp_fault)plan->fault;
    uint64_t until_ms = sim->world->now_ms + plan->for_ms;
    set_fault(sim, fault, true);
    sim->plan_of[fault] = (uint8_t)(line + 1u);
    if (until_ms > sim->world->thaw_ms[fault])
        sim->world->thaw_ms[fault] = until_ms;
    push_line(sim, RCP_JOB_PLAN_ENDS, RCP_PHASE_PLAN_END, line, plan->for_ms);
}

static void poison(struct rcp_sim *sim, uint32_t line, uint32_t payment, enum rcp_error_class error)
{
    rcp_world_entries(sim->world)[payment].poison = (uint8_t)error;
    sim->plan_of[sim->scenario->plan[line].fault] = (uint8_t)(line + 1u);
}

/* It happens at once: fired when it happens. */
static void fired(struct rcp_sim *sim, uint32_t line, uint32_t node, uint32_t payment)
{
    sim->result->plan_fired[line] = 1;
    rcp_sim_fired(sim, (enum rcp_fault)sim->scenario->plan[line].fault, node, payment);
}

/* --- What operators have in hand --- */

static bool operate(struct rcp_sim *sim, const struct rcp_plan *plan, bool begins)
{
    uint32_t nth = plan->fault - RCP_FAULT_SCHEDULER_PAUSED;
    struct rcp_operate does = {.operation = begins ? RCP_OPERATE_PAUSE : RCP_OPERATE_RESUME};
    if (nth < RCP_WORKER_COUNT) {
        does.worker = (enum rcp_worker)nth;
    } else {
        bool open = nth < (uint32_t)RCP_WORKER_COUNT + RCP_CIRCUIT_COUNT;
        does.operation = !begins ? RCP_OPERATE_AUTOMATIC
                         : open  ? RCP_OPERATE_FORCE_OPEN
                                 : RCP_OPERATE_FORCE_CLOSED;
        does.circuit = (enum rcp_circuit)((nth - RCP_WORKER_COUNT) % RCP_CIRCUIT_COUNT);
    }
    return rcp_process_operate(sim, plan->node - 1u, &does);
}

static void operator_begins(struct rcp_sim *sim, uint32_t line)
{
    const struct rcp_plan *plan = &sim->scenario->plan[line];
    if (!operate(sim, plan, true))
        return; /* a dead process has nothing in hand */
    fired(sim, line, plan->node - 1u, RCP_NOBODY);
    push_line(sim, RCP_JOB_PLAN_ENDS, RCP_PHASE_PLAN_END, line, plan->for_ms);
}

/* The heal lets go of whatever operators still hold; who holds nothing does not mind. */
static void operators_let_go(struct rcp_sim *sim)
{
    for (uint32_t i = 0; i < sim->scenario->plan_count; i++) {
        const struct rcp_plan *plan = &sim->scenario->plan[i];
        if (rcp_fault_is_of_operator((enum rcp_fault)plan->fault) &&
            plan->at_ms <= sim->world->now_ms)
            operate(sim, plan, false);
    }
}

void rcp_plan_begin(struct rcp_sim *sim, uint32_t line)
{
    struct rcp_world *world = sim->world;
    const struct rcp_plan *plan = &sim->scenario->plan[line];
    enum rcp_fault fault = (enum rcp_fault)plan->fault;
    uint32_t node = plan->node == 0 ? 0 : plan->node - 1u;
    uint32_t payment = rcp_world_payment(world, plan->activity, plan->user);
    if (world->healed)
        return;
    switch (fault) {
    case RCP_FAULT_REDIS_DOWN:
    case RCP_FAULT_REDIS_SILENT:
    case RCP_FAULT_REDIS_LOADING:
    case RCP_FAULT_REDIS_READONLY:
    case RCP_FAULT_MYSQL_SILENT:
    case RCP_FAULT_MYSQL_READ_ONLY:
    case RCP_FAULT_MYSQL_TOO_MANY_CONNECTIONS:
    case RCP_FAULT_KAFKA_DOWN:
    case RCP_FAULT_KAFKA_LAG:
    case RCP_FAULT_PG_DOWN:
    case RCP_FAULT_PG_SILENT:
        last(sim, line);
        break;
    case RCP_FAULT_MYSQL_DOWN:
        last(sim, line);
        rcp_mysql_down(sim);
        break;
    case RCP_FAULT_REDIS_RESTART_EMPTY:
        fired(sim, line, 0, RCP_NOBODY);
        rcp_redis_lose_all(sim);
        break;
    case RCP_FAULT_REDIS_FAILOVER:
        fired(sim, line, 0, RCP_NOBODY);
        rcp_redis_fail_over(sim, plan->for_ms);
        break;
    case RCP_FAULT_REDIS_CLOCK_JUMP:
        fired(sim, line, 0, RCP_NOBODY);
        rcp_redis_jump(sim, plan->by_ms);
        break;
    case RCP_FAULT_MYSQL_CLOCK_JUMP:
        fired(sim, line, 0, RCP_NOBODY);
        world->mysql_offset_ms += plan->by_ms;
        break;
    case RCP_FAULT_KAFKA_REBALANCE:
        fired(sim, line, 0, RCP_NOBODY);
        rcp_kafka_rebalance(sim);
        break;
    case RCP_FAULT_KAFKA_RETENTION:
        fired(sim, line, 0, RCP_NOBODY);
        rcp_kafka_cut(sim, plan->by_ms);
        break;
    case RCP_FAULT_NODE_CRASH:
        fired(sim, line, node, RCP_NOBODY);
        rcp_process_crash(sim, node, plan->for_ms);
        break;
    case RCP_FAULT_NODE_PAUSE:
        fired(sim, line, node, RCP_NOBODY);
        rcp_process_pause(sim, node, plan->for_ms);
        break;
    case RCP_FAULT_NODE_STOP:
        fired(sim, line, node, RCP_NOBODY);
        rcp_process_stop(sim, node, plan->for_ms);
        break;
    case RCP_FAULT_NODE_CLOCK_JUMP:
        fired(sim, line, node, RCP_NOBODY);
        world->nodes[node].wall_offset_ms += plan->by_ms;
        break;
    case RCP_FAULT_RECORD_UNUSABLE:
        fired(sim, line, 0, payment);
        rcp_kafka_inject(sim, payment, false);
        break;
    case RCP_FAULT_RECORD_FORGED:
        fired(sim, line, 0, payment);
        rcp_kafka_inject(sim, payment, true);
        break;
    case RCP_FAULT_PAYLOAD_UNREADABLE:
        rcp_world_tokens(world)[payment].unreadable = 1;
        sim->plan_of[fault] = (uint8_t)(line + 1u);
        break;
    case RCP_FAULT_POISON_ENTRY:
        poison(sim, line, payment, RCP_ERROR_HANDLER);
        break;
    case RCP_FAULT_POISON_CONNECTION:
        poison(sim, line, payment, RCP_ERROR_CONNECTION);
        break;
    case RCP_FAULT_SCHEDULER_PAUSED:
    case RCP_FAULT_CONSUMER_PAUSED:
    case RCP_FAULT_SWEEP_PAUSED:
    case RCP_FAULT_RECONCILE_PAUSED:
    case RCP_FAULT_PAY_FORCED_OPEN:
    case RCP_FAULT_QUERY_FORCED_OPEN:
    case RCP_FAULT_PAY_FORCED_CLOSED:
    case RCP_FAULT_QUERY_FORCED_CLOSED:
        operator_begins(sim, line);
        break;
    case RCP_FAULT_NONE:
    case RCP_FAULT_REQUEST_LOST:
    case RCP_FAULT_REQUEST_DUPLICATED:
    case RCP_FAULT_REPLY_LOST:
    case RCP_FAULT_REDIS_REQUEST_LOST:
    case RCP_FAULT_REDIS_ANSWER_LOST:
    case RCP_FAULT_REDIS_SLOW:
    case RCP_FAULT_MYSQL_REFUSED:
    case RCP_FAULT_MYSQL_DEADLOCK:
    case RCP_FAULT_MYSQL_LOCK_TIMEOUT:
    case RCP_FAULT_MYSQL_LOST_STATEMENT:
    case RCP_FAULT_MYSQL_LOST_COMMIT:
    case RCP_FAULT_MYSQL_LOST_ANSWER:
    case RCP_FAULT_MYSQL_LATE_COMMIT:
    case RCP_FAULT_MYSQL_SLOW:
    case RCP_FAULT_KAFKA_SEND_REFUSED:
    case RCP_FAULT_KAFKA_RECORD_LOST:
    case RCP_FAULT_KAFKA_ACK_LOST:
    case RCP_FAULT_KAFKA_LATE_RECORD:
    case RCP_FAULT_KAFKA_DUPLICATED:
    case RCP_FAULT_KAFKA_OFFSET_GAP:
    case RCP_FAULT_KAFKA_DELIVERY_SLOW:
    case RCP_FAULT_KAFKA_OFFSET_LOST:
    case RCP_FAULT_KAFKA_OFFSET_ANSWER_LOST:
    case RCP_FAULT_PG_NOT_CONNECTED:
    case RCP_FAULT_PG_REQUEST_LOST:
    case RCP_FAULT_PG_ANSWER_LOST:
    case RCP_FAULT_PG_LATE_REQUEST:
    case RCP_FAULT_PG_RESET_BEFORE:
    case RCP_FAULT_PG_RESET_AFTER:
    case RCP_FAULT_PG_500_BEFORE:
    case RCP_FAULT_PG_500_AFTER:
    case RCP_FAULT_PG_500_LATE:
    case RCP_FAULT_PG_BAD_GATEWAY:
    case RCP_FAULT_PG_TOO_MANY:
    case RCP_FAULT_PG_UNAUTHORIZED:
    case RCP_FAULT_PG_UNREADABLE:
    case RCP_FAULT_PG_SLOW:
    case RCP_FAULT_PG_OVER_LIMIT:
    case RCP_FAULT_PG_BAD_CARD:
    case RCP_FAULT_PG_STUCK:
    case RCP_FAULT_PG_OTHER_AMOUNT:
    case RCP_FAULT_CALLBACK_LOST:
    case RCP_FAULT_CALLBACK_DOUBLED:
    case RCP_FAULT_CALLBACK_EARLY:
    case RCP_FAULT_CALLBACK_CONTRADICTS:
    case RCP_FAULT_CALLBACK_SLOW:
    case RCP_FAULT_CRASH_BEFORE_ISSUE:
    case RCP_FAULT_CRASH_ISSUED:
    case RCP_FAULT_CRASH_APPLIED:
    case RCP_FAULT_CRASH_ANSWERED:
    case RCP_FAULT_COUNT:
        rcp_check_failed("plan_has_planned_fault");
    }
}

void rcp_plan_end(struct rcp_sim *sim, uint32_t line)
{
    enum rcp_fault fault = (enum rcp_fault)sim->scenario->plan[line].fault;
    if (rcp_fault_is_of_operator(fault)) {
        operate(sim, &sim->scenario->plan[line], false);
        return;
    }
    if (sim->world->now_ms < sim->world->thaw_ms[fault])
        return; /* another line keeps it up */
    set_fault(sim, fault, false);
    kick_all(sim);
}

static void end_all(struct rcp_sim *sim)
{
    struct rcp_world *world = sim->world;
    world->healed = 1;
    world->faults[0] = world->faults[1] = 0;
    sim->result->healed_at_ms = world->now_ms;
    for (uint32_t i = 0; i < world->payments; i++) {
        struct rcp_token_row *token = &rcp_world_tokens(world)[i];
        token->unreadable = 0;
    }
    for (uint32_t i = 0; i < world->config.nodes; i++)
        rcp_process_start(sim, i);
    operators_let_go(sim);
}

void rcp_plan_call_off(struct rcp_sim *sim)
{
    sim->chance_over = true;
    end_all(sim);
    kick_all(sim);
}

/* Every node that runs is in the group, and every partition has one of them for its owner. */
static bool group_is_whole(const struct rcp_world *world)
{
    for (uint32_t i = 0; i < world->config.nodes; i++)
        if (world->nodes[i].alive != world->nodes[i].in_group)
            return false;
    for (uint32_t i = 0; i < world->config.limits.partitions; i++)
        if (world->partitions[i].owner == RCP_NOBODY)
            return false;
    return true;
}

void rcp_plan_heal(struct rcp_sim *sim)
{
    end_all(sim);
    /* One more rebalance with work in flight; in an instant world only where the group needs it: there
     * the heal comes at every point, and would multiply them. */
    if (!sim->world->config.instant || !group_is_whole(sim->world))
        rcp_kafka_rebalance(sim);
    kick_all(sim);
    if (rcp_sim_listening(sim)) {
        struct rcp_record record =
            rcp_sim_new_record(sim, RCP_RECORD_HEAL, RCP_ROLE_WORLD, 0, RCP_NOBODY);
        rcp_sim_record(sim, &record);
    }
}
