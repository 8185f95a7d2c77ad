/* Kept by each loop's thread, and added up over all nodes by whoever asks for /metrics. */
#include "cmd/recoupd/mirror.h"

#include "cmd/recoupd/served.h"

/* --- Keeping it --- */

/* Circuits turn where calls end and where time passes, and operators turn both. */
static bool may_turn(enum rcp_event_kind kind)
{
    return kind == RCP_EVENT_PG_DONE || kind == RCP_EVENT_TIMER || kind == RCP_EVENT_OPERATE;
}

static void stepped(void *watcher, const struct rcp_event *event, const struct rcp_effects *effects)
{
    struct node_mirror *mirror = watcher;
    struct rcp_node_status status;
    (void)effects;
    if (!may_turn(event->kind))
        return;
    rcp_node_status(mirror->node, &status);
    for (uint32_t i = 0; i < RCP_CIRCUIT_COUNT; i++)
        atomic_store(&mirror->circuits[i], status.circuits[i].state);
    for (uint32_t i = 0; i < RCP_WORKER_COUNT; i++)
        atomic_store(&mirror->paused[i], status.workers[i].paused);
}

struct rcp_watch node_mirror_watch(struct node_mirror *mirror)
{
    return (struct rcp_watch){.watcher = mirror, .stepped = stepped};
}

/* --- Gauges --- */

static double nodes_with(struct served *served,
                         enum rcp_circuit circuit,
                         enum rcp_circuit_state state)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < served->node_count; i++)
        count += atomic_load(&served->nodes[i].mirror.circuits[circuit]) == state;
    return count;
}

static double nodes_pausing(struct served *served, enum rcp_worker worker)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < served->node_count; i++)
        count += atomic_load(&served->nodes[i].mirror.paused[worker]);
    return count;
}

#define CIRCUIT_GAUGE(name, circuit, state)        \
    static double name(void *served)               \
    {                                              \
        return nodes_with(served, circuit, state); \
    }
#define WORKER_GAUGE(name, worker)            \
    static double name(void *served)          \
    {                                         \
        return nodes_pausing(served, worker); \
    }

CIRCUIT_GAUGE(pay_closed, RCP_CIRCUIT_PAY, RCP_CIRCUIT_CLOSED)
CIRCUIT_GAUGE(pay_open, RCP_CIRCUIT_PAY, RCP_CIRCUIT_OPEN)
CIRCUIT_GAUGE(pay_half_open, RCP_CIRCUIT_PAY, RCP_CIRCUIT_HALF_OPEN)
CIRCUIT_GAUGE(query_closed, RCP_CIRCUIT_QUERY, RCP_CIRCUIT_CLOSED)
CIRCUIT_GAUGE(query_open, RCP_CIRCUIT_QUERY, RCP_CIRCUIT_OPEN)
CIRCUIT_GAUGE(query_half_open, RCP_CIRCUIT_QUERY, RCP_CIRCUIT_HALF_OPEN)
WORKER_GAUGE(scheduler_paused, RCP_WORKER_SCHEDULER)
WORKER_GAUGE(consumer_paused, RCP_WORKER_CONSUMER)
WORKER_GAUGE(sweep_paused, RCP_WORKER_SWEEP)
WORKER_GAUGE(reconcile_paused, RCP_WORKER_RECONCILE)

bool served_node_gauges(struct served *served)
{
    static const char circuit[] = "recoup_circuit_nodes";
    static const char worker[] = "recoup_worker_paused_nodes";
    const struct rcp_gauge gauges[] = {
        {circuit,
         "circuit=\"pay\",state=\"closed\"",
         "Nodes whose circuit to the PG is in this state; one that is open turns half open with "
         "its next call.",
         served,
         pay_closed},
        {circuit, "circuit=\"pay\",state=\"open\"", "", served, pay_open},
        {circuit, "circuit=\"pay\",state=\"half_open\"", "", served, pay_half_open},
        {circuit, "circuit=\"query\",state=\"closed\"", "", served, query_closed},
        {circuit, "circuit=\"query\",state=\"open\"", "", served, query_open},
        {circuit, "circuit=\"query\",state=\"half_open\"", "", served, query_half_open},
        {worker,
         "worker=\"scheduler\"",
         "Nodes whose worker an operator has paused.",
         served,
         scheduler_paused},
        {worker, "worker=\"consumer\"", "", served, consumer_paused},
        {worker, "worker=\"sweep\"", "", served, sweep_paused},
        {worker, "worker=\"reconcile\"", "", served, reconcile_paused},
    };
    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++)
        if (!rcp_metrics_gauge(served->service.metrics, &gauges[i]))
            return false;
    return true;
}
