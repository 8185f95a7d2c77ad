/* How the process stands, as its adapters and its observer tell it. */
#include "cmd/recoupd/served.h"
#include "prod/host/log.h"

#include <string.h>

#define PG_QUIET_MS 60000u /* a PG that answers no try for so long counts as down */
#define START_MS    5000u /* who has not been reached since the start is not told of as down before */

static enum rcp_dependency_state state_of(bool up)
{
    return up ? RCP_DEPENDENCY_UP : RCP_DEPENDENCY_DOWN;
}

static bool is_silent(const struct rcp_pg_health *health)
{
    return health->silent_since_ms != 0 &&
           (health->last_ok_ms == 0 || rcp_mono_ms() - health->silent_since_ms >= PG_QUIET_MS);
}

/* Unknown until a node has asked it. */
static enum rcp_dependency_state pg_state(const struct served *served)
{
    bool asked = false, up = true;
    for (uint32_t i = 0; i < served->node_count; i++) {
        struct rcp_pg_health health;
        if (served->nodes[i].pg == NULL)
            return RCP_DEPENDENCY_UNUSED;
        rcp_pg_adapter_health(served->nodes[i].pg, &health);
        asked = asked || health.last_ok_ms != 0 || health.silent_since_ms != 0;
        up = up && !is_silent(&health);
    }
    return asked ? state_of(up) : RCP_DEPENDENCY_UNKNOWN;
}

/* A dependency is up where every node reaches it. */
static void ask_nodes(struct served *served, enum rcp_dependency_state states[])
{
    bool redis = true, mysql = true, kafka = true;
    for (uint32_t i = 0; i < served->node_count; i++) {
        const struct served_node *node = &served->nodes[i];
        redis = redis && rcp_redis_health(node->redis).ready;
        mysql = mysql && rcp_mysql_up(node->mysql);
        kafka = kafka && rcp_kafka_health(node->kafka).ready;
    }
    states[RCP_DEPENDENCY_REDIS] = state_of(redis);
    states[RCP_DEPENDENCY_MYSQL] = state_of(mysql);
    states[RCP_DEPENDENCY_KAFKA] = state_of(kafka);
    states[RCP_DEPENDENCY_PG] = pg_state(served);
}

/* Each node closes its adapters as it ends, and a stop waits for the lock before it begins: one that has begun
 * knows its dependencies no more. */
static bool nodes_are_whole(struct served *served)
{
    pthread_mutex_lock(&served->stop_lock);
    return !atomic_load(&served->stopping);
}

static void let_nodes_go(struct served *served)
{
    pthread_mutex_unlock(&served->stop_lock);
}

void served_health(void *context, struct rcp_health *health)
{
    struct served *served = context;
    memset(health, 0, sizeof *health);
    if (nodes_are_whole(served))
        ask_nodes(served, health->dependencies);
    let_nodes_go(served);
    health->payments = true;
    health->orders = rcp_options_orders(served->config);
    health->stopping = atomic_load(&served->stopping);
    health->weak = atomic_load(&served->weak);
    health->backlog_known = atomic_load(&served->backlog_known);
    pthread_mutex_lock(&served->backlog_lock);
    health->backlog = served->backlog.open;
    health->backlog_oldest_ms = served->backlog.oldest_ms;
    pthread_mutex_unlock(&served->backlog_lock);
}

void served_tell_changes(struct served *served)
{
    const bool starting = rcp_mono_ms() - served->since_ms < START_MS;
    struct rcp_health health;
    served_health(served, &health);
    for (int i = 0; i < RCP_DEPENDENCY_COUNT; i++) {
        enum rcp_dependency_state state = health.dependencies[i];
        bool known = state == RCP_DEPENDENCY_UP || state == RCP_DEPENDENCY_DOWN;
        bool joining = starting && served->told[i] == RCP_DEPENDENCY_UNKNOWN;
        if (!known || state == served->told[i] || (joining && state == RCP_DEPENDENCY_DOWN))
            continue;
        served->told[i] = state;
        rcp_log(state == RCP_DEPENDENCY_UP ? RCP_LOG_INFO : RCP_LOG_WARN,
                state == RCP_DEPENDENCY_UP ? "a dependency is up" : "a dependency is down",
                RCP_LOG_FIELDS({"server", rcp_dependency_name((enum rcp_dependency)i), 0}));
    }
}

/* --- Gauges --- */

#define DOWN_GAUGE(name, dependency)                                               \
    static double name(void *context)                                              \
    {                                                                              \
        struct rcp_health health;                                                  \
        served_health(context, &health);                                           \
        return health.dependencies[dependency] == RCP_DEPENDENCY_DOWN ? 1.0 : 0.0; \
    }

DOWN_GAUGE(redis_down, RCP_DEPENDENCY_REDIS)
DOWN_GAUGE(mysql_down, RCP_DEPENDENCY_MYSQL)
DOWN_GAUGE(kafka_down, RCP_DEPENDENCY_KAFKA)
DOWN_GAUGE(pg_down, RCP_DEPENDENCY_PG)

#define BACKLOG_GAUGE(name, member)                    \
    static double name(void *context)                  \
    {                                                  \
        struct served *served = context;               \
        pthread_mutex_lock(&served->backlog_lock);     \
        double value = (double)served->backlog.member; \
        pthread_mutex_unlock(&served->backlog_lock);   \
        return value;                                  \
    }

BACKLOG_GAUGE(open_rows, open)
BACKLOG_GAUGE(oldest_ms, oldest_ms)
BACKLOG_GAUGE(parked_rows, parked)
BACKLOG_GAUGE(unsettled, unsettled)
BACKLOG_GAUGE(unknown, unknown)
BACKLOG_GAUGE(in_review, review)
BACKLOG_GAUGE(refunds_due, refunds_due)
BACKLOG_GAUGE(refunds_parked, refunds_parked)

static double kafka_lag(void *context)
{
    struct served *served = context;
    uint64_t lag = 0;
    bool whole = nodes_are_whole(served);
    for (uint32_t i = 0; whole && i < served->node_count; i++)
        lag += rcp_kafka_health(served->nodes[i].kafka).lag;
    let_nodes_go(served);
    return (double)lag;
}

static double weak_durability(void *context)
{
    struct served *served = context;
    return atomic_load(&served->weak) ? 1.0 : 0.0;
}

static double deleted(const struct served *served, enum rcp_retained what)
{
    return (double)rcp_retention_deleted(served->retention, what);
}

static double deleted_rows(void *context)
{
    return deleted(context, RCP_RETAINED_ROWS);
}

static double deleted_records(void *context)
{
    return deleted(context, RCP_RETAINED_RECORDS);
}

static double deleted_keys(void *context)
{
    return deleted(context, RCP_RETAINED_KEYS);
}

bool served_gauges(struct served *served)
{
    static const char down[] = "recoup_dependency_down";
    const struct rcp_gauge gauges[] = {
        {down, "dependency=\"redis\"", "1: it does not answer.", served, redis_down},
        {down, "dependency=\"mysql\"", "", served, mysql_down},
        {down, "dependency=\"kafka\"", "", served, kafka_down},
        {down, "dependency=\"pg\"", "", served, pg_down},
        {"recoup_backlog_rows", "", "Failure rows that are open.", served, open_rows},
        {"recoup_backlog_oldest_ms", "", "Age of the oldest open failure row.", served, oldest_ms},
        {"recoup_parked_rows", "", "Failure rows that wait for a person.", served, parked_rows},
        {"recoup_orders_in_progress", "", "Orders that the PG has not settled.", served, unsettled},
        {"recoup_orders_unknown", "", "Orders that the PG is silent about.", served, unknown},
        {"recoup_orders_in_review", "", "Orders that wait for a person.", served, in_review},
        {"recoup_refunds_due", "", "Refunds that are not over.", served, refunds_due},
        {"recoup_refunds_parked", "", "Refunds that wait for a person.", served, refunds_parked},
        {"recoup_topic_lag",
         "",
         "Retry records behind which nothing is committed.",
         served,
         kafka_lag},
        {"recoup_retention_deleted",
         "table=\"payment_failure_log\"",
         "Rows that retention has deleted since this process began.",
         served,
         deleted_rows},
        {"recoup_retention_deleted",
         "table=\"payment_parked_record\"",
         "",
         served,
         deleted_records},
        {"recoup_retention_deleted", "table=\"idempotency_keys\"", "", served, deleted_keys},
        {"recoup_weak_durability",
         "",
         "1: a dependency may lose what it acknowledged.",
         served,
         weak_durability},
    };
    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++)
        if (!rcp_metrics_gauge(served->service.metrics, &gauges[i]))
            return false;
    return true;
}
