/* What an operator takes in hand: workers that are paused, circuits that are forced; and what a node says of
 * itself. */
#include "core/operate.h"

#include "core/recovery/sweep.h"

static struct rcp_breaker *circuit_of(struct rcp_node *node, enum rcp_circuit circuit)
{
    rcp_check(circuit < RCP_CIRCUIT_COUNT, "circuit_exists");
    return circuit == RCP_CIRCUIT_PAY ? &node->pg.pay : &node->pg.query;
}

/* When a job that runs in rounds runs next; NULL where it does not, or the consumer, which has none. */
static uint64_t *next_of(struct rcp_node *node, enum rcp_worker worker)
{
    switch (worker) {
    case RCP_WORKER_SCHEDULER:
        return rcp_serves_payments(node) ? &node->scheduler.next_ms : NULL;
    case RCP_WORKER_SWEEP:
        return rcp_serves_payments(node) && rcp_sweep_wanted(node->policy) ? &node->sweep.next_ms
                                                                           : NULL;
    case RCP_WORKER_RECONCILE:
        return node->limits.orders > 0 ? &node->reconcile.next_ms : NULL;
    case RCP_WORKER_CONSUMER:
        return NULL;
    case RCP_WORKER_COUNT:
        break;
    }
    rcp_check_failed("worker_exists");
}

/* A round that is at work goes on to its end. */
static void set_paused(struct rcp_step *step, enum rcp_worker worker, bool paused)
{
    struct rcp_node *node = step->node;
    uint64_t *next_ms = next_of(node, worker);
    if (node->stopping || rcp_is_paused(node, worker) == paused)
        return;
    node->paused = (uint8_t)(node->paused ^ 1u << worker);
    if (next_ms != NULL)
        *next_ms = paused ? RCP_NEVER_MS : step->mono_ms;
}

void rcp_operate(struct rcp_step *step, const struct rcp_operate *operate)
{
    struct rcp_node *node = step->node;
    switch (operate->operation) {
    case RCP_OPERATE_PAUSE:
        set_paused(step, operate->worker, true);
        return;
    case RCP_OPERATE_RESUME:
        set_paused(step, operate->worker, false);
        return;
    case RCP_OPERATE_FORCE_OPEN:
        rcp_breaker_force(circuit_of(node, operate->circuit), RCP_BREAKER_FORCED_OPEN);
        return;
    case RCP_OPERATE_FORCE_CLOSED:
        rcp_breaker_force(circuit_of(node, operate->circuit), RCP_BREAKER_FORCED_CLOSED);
        return;
    case RCP_OPERATE_AUTOMATIC:
        rcp_breaker_force(circuit_of(node, operate->circuit), RCP_BREAKER_AUTOMATIC);
        return;
    case RCP_OPERATION_COUNT:
        break;
    }
    rcp_check_failed("operation_exists");
}

/* --- What a node says of itself --- */

static bool is_busy(const struct rcp_node *node, enum rcp_worker worker)
{
    switch (worker) {
    case RCP_WORKER_SCHEDULER:
        return node->scheduler.state != RCP_ROUND_IDLE;
    case RCP_WORKER_CONSUMER:
        return node->retries_used > 0;
    case RCP_WORKER_SWEEP:
        return node->sweep.state != RCP_ROUND_IDLE;
    case RCP_WORKER_RECONCILE:
        return node->reconcile.state != RCP_ROUND_IDLE;
    case RCP_WORKER_COUNT:
        break;
    }
    rcp_check_failed("worker_exists");
}

static struct rcp_circuit_status circuit_status(const struct rcp_breaker *breaker)
{
    static const uint8_t states[RCP_BREAKER_STATE_COUNT] = {
        [RCP_BREAKER_CLOSED] = RCP_CIRCUIT_CLOSED,
        [RCP_BREAKER_OPEN] = RCP_CIRCUIT_OPEN,
        [RCP_BREAKER_HALF_OPEN] = RCP_CIRCUIT_HALF_OPEN,
    };
    return (struct rcp_circuit_status){
        .state = (enum rcp_circuit_state)states[breaker->state],
        .forced = breaker->forced != RCP_BREAKER_AUTOMATIC,
    };
}

void rcp_node_status(const struct rcp_node *node, struct rcp_node_status *status)
{
    *status = (struct rcp_node_status){
        .node = node->node,
        .incarnation = node->incarnation,
        .stopping = node->stopping != 0,
        .requests = node->requests_used,
        .records = node->retries_used,
        .orders = node->orders_used,
        .settles = node->settles_used,
        .pg_calls = node->pg.in_flight,
    };
    for (uint32_t i = 0; i < RCP_WORKER_COUNT; i++)
        status->workers[i] = (struct rcp_worker_status){
            .paused = rcp_is_paused(node, (enum rcp_worker)i),
            .busy = is_busy(node, (enum rcp_worker)i),
        };
    status->circuits[RCP_CIRCUIT_PAY] = circuit_status(&node->pg.pay);
    status->circuits[RCP_CIRCUIT_QUERY] = circuit_status(&node->pg.query);
    for (uint32_t i = 0; i < node->limits.partitions; i++)
        status->partitions += rcp_partitions(node)[i].assignment != 0;
}
