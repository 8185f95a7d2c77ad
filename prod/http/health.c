/* Readiness is about what a client would be answered, not about whether all is well. */
#include "prod/http/health.h"

static const char *const dependency_names[RCP_DEPENDENCY_COUNT] = {
    [RCP_DEPENDENCY_REDIS] = "redis",
    [RCP_DEPENDENCY_MYSQL] = "mysql",
    [RCP_DEPENDENCY_KAFKA] = "kafka",
    [RCP_DEPENDENCY_PG] = "pg",
};

static const char *const state_names[RCP_DEPENDENCY_STATE_COUNT] = {
    [RCP_DEPENDENCY_UNKNOWN] = "unknown",
    [RCP_DEPENDENCY_UP] = "up",
    [RCP_DEPENDENCY_DOWN] = "down",
    [RCP_DEPENDENCY_UNUSED] = "unused",
};

const char *rcp_dependency_name(enum rcp_dependency dependency)
{
    return dependency_names[dependency];
}

const char *rcp_dependency_state_name(enum rcp_dependency_state state)
{
    return state_names[state];
}

bool rcp_health_ready(const struct rcp_health *health)
{
    bool redis = health->dependencies[RCP_DEPENDENCY_REDIS] == RCP_DEPENDENCY_UP;
    bool mysql = health->dependencies[RCP_DEPENDENCY_MYSQL] == RCP_DEPENDENCY_UP;
    bool kafka = health->dependencies[RCP_DEPENDENCY_KAFKA] == RCP_DEPENDENCY_UP;
    if (health->stopping)
        return false;
    return (health->payments && redis && (mysql || kafka)) || (health->orders && mysql);
}
