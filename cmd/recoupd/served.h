/* All that one serving process is made of. */
#ifndef RCP_CMD_RECOUPD_SERVED_H
#define RCP_CMD_RECOUPD_SERVED_H

#include "cmd/recoupd/checks.h"
#include "cmd/recoupd/node.h"
#include "prod/ctl/operator.h"
#include "prod/host/state.h"
#include "prod/http/metrics.h"
#include "prod/mysql/backlog.h"

#include <stdatomic.h>

#define NODES_MAX 8u

struct served {
    const struct rcp_config *config;
    struct rcp_addresses addresses;
    struct rcp_state state;
    struct rcp_service service;
    struct served_node nodes[NODES_MAX];
    uint32_t node_count;
    struct rcp_http *http;
    struct rcp_ctl *ctl; /* NULL: no socket for operators */
    struct rcp_retention *retention;

    /* The main thread's. */
    uint64_t since_ms;                                    /* mono_ms of the start */
    enum rcp_dependency_state told[RCP_DEPENDENCY_COUNT]; /* what the log has */

    /* The observer's, for all to read. */
    pthread_t observer;
    bool observed;
    atomic_bool observer_ends;
    atomic_bool wrong; /* a dependency that answers late is not what the promises need: stop */
    atomic_bool weak;
    atomic_bool stopping;
    pthread_mutex_t stop_lock; /* held while adapters are looked at, and to set `stopping` */
    atomic_bool backlog_known;
    pthread_mutex_t backlog_lock;
    struct rcp_backlog backlog;
};

/* Checks what did not answer at the start, and reads the backlog now and then, in a thread of its own. */
bool observer_begin(struct served *served, enum check_end mysql, enum check_end kafka);
void observer_end(struct served *served);

/* Opens the operators' socket, where the configuration names one. */
bool served_operators(struct served *served);

/* How it stands now: for /readyz (struct rcp_service.health) and /metrics. */
void served_health(void *context, struct rcp_health *health);
void served_tell_changes(struct served *served); /* of dependencies, to the log; the main thread */
bool served_gauges(struct served *served);
bool served_node_gauges(struct served *served);

#endif
