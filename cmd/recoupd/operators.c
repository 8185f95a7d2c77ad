/* The operators' socket of a serving process, and what it says of itself there. */
#include "cmd/recoupd/build_name.h"
#include "cmd/recoupd/served.h"

#include <unistd.h>

static void add(json_t *object, const char *name, uint64_t number)
{
    json_object_set_new(object, name, json_integer((json_int_t)number));
}

static void tell_dependencies(const struct rcp_health *health, json_t *status)
{
    json_t *dependencies = json_object();
    for (uint32_t i = 0; i < RCP_DEPENDENCY_COUNT; i++)
        json_object_set_new(dependencies,
                            rcp_dependency_name((enum rcp_dependency)i),
                            json_string(rcp_dependency_state_name(health->dependencies[i])));
    json_object_set_new(status, "dependencies", dependencies);
}

static void tell_backlog(struct served *served, const struct rcp_health *health, json_t *status)
{
    json_t *backlog = json_object();
    pthread_mutex_lock(&served->backlog_lock);
    const struct rcp_backlog seen = served->backlog;
    pthread_mutex_unlock(&served->backlog_lock);
    json_object_set_new(backlog, "known", json_boolean(health->backlog_known));
    add(backlog, "open", seen.open);
    add(backlog, "oldest_ms", seen.oldest_ms);
    add(backlog, "parked", seen.parked);
    add(backlog, "orders_open", seen.unsettled);
    add(backlog, "orders_unknown", seen.unknown);
    add(backlog, "orders_review", seen.review);
    add(backlog, "refunds_open", seen.refunds_due);
    add(backlog, "refunds_parked", seen.refunds_parked);
    json_object_set_new(status, "backlog", backlog);
}

/* For struct rcp_ctl_options.status. */
static void tell_status(void *host, json_t *status)
{
    struct served *served = host;
    struct rcp_health health;
    served_health(served, &health);
    bool documented = served->config->documented != 0;
    add(status, "instance", served->config->number);
    json_object_set_new(status, "build", json_string(RCP_COMMIT));
    json_object_set_new(status, "policy", json_string(documented ? "documented" : "hardened"));
    json_object_set_new(
        status, "durability", json_string(health.weak ? "weak-durability" : "no weakness known"));
    json_object_set_new(status, "state", json_string(health.stopping ? "stopping" : "serving"));
    json_object_set_new(status, "ready", json_boolean(rcp_health_ready(&health)));
    tell_dependencies(&health, status);
    tell_backlog(served, &health, status);
}

bool served_operators(struct served *served)
{
    struct rcp_ctl_options options = {
        .path = served->config->operators.at,
        .owner = geteuid(),
        .config = served->config,
        .node_count = served->node_count,
        .host = served,
        .status = tell_status,
    };
    if (options.path[0] == '\0')
        return true;
    rcp_options_session(served->config, &served->addresses, &options.session);
    for (uint32_t i = 0; i < served->node_count; i++)
        options.nodes[i] = (struct rcp_ctl_node){
            .number = served->config->number + i,
            .loop = served->nodes[i].loop,
            .door = rcp_http_door(served->http, i),
        };
    served->ctl = rcp_ctl_open(&options);
    return served->ctl != NULL;
}
