/* Is this instance alive, and should clients be sent to it? */
#ifndef RCP_PROD_HTTP_HEALTH_H
#define RCP_PROD_HTTP_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

enum rcp_dependency {
    RCP_DEPENDENCY_REDIS,
    RCP_DEPENDENCY_MYSQL,
    RCP_DEPENDENCY_KAFKA,
    RCP_DEPENDENCY_PG,
    RCP_DEPENDENCY_COUNT
};

enum rcp_dependency_state {
    RCP_DEPENDENCY_UNKNOWN, /* nobody has talked to it yet */
    RCP_DEPENDENCY_UP,
    RCP_DEPENDENCY_DOWN,
    RCP_DEPENDENCY_UNUSED, /* not configured */
    RCP_DEPENDENCY_STATE_COUNT
};

struct rcp_health {
    bool payments; /* the first document is served here */
    bool orders;   /* the second one is */
    bool stopping;
    bool weak; /* a durability that the promises need is not there: `weak-durability` */
    bool backlog_known;
    uint64_t backlog; /* open failure rows */
    uint64_t backlog_oldest_ms;
    enum rcp_dependency_state dependencies[RCP_DEPENDENCY_COUNT];
};

const char *rcp_dependency_name(enum rcp_dependency dependency);
const char *rcp_dependency_state_name(enum rcp_dependency_state state);

/* True where a client is served with something better than 503. MySQL alone may be down: payments are then
 * accepted into the retry topic. So may Kafka alone: MySQL keeps them. Without Redis no payment can be told
 * from an expired one. Orders live in MySQL; a PG that is down fails them, which is an answer. */
bool rcp_health_ready(const struct rcp_health *health);

#endif
