/* The fixed policy within which the swarm draws its worlds. */
#ifndef RCP_SIM_SWARM_H
#define RCP_SIM_SWARM_H

#include <stdint.h>

#define RCP_SWARM_NODES        4u
#define RCP_SWARM_ACTIVITIES   2u
#define RCP_SWARM_PAYMENTS     48u
#define RCP_SWARM_SESSIONS     24u
#define RCP_SWARM_HEAL_LEAST_S 30u
#define RCP_SWARM_HEAL_MOST_S  1200u
#define RCP_SWARM_ROWS         2048u
#define RCP_SWARM_RECORDS      2048u /* per partition */
#define RCP_SWARM_PENDING      896u
#define RCP_SWARM_EXCHANGES    1792u
#define RCP_SWARM_LIMIT_COUNT  8u
#define RCP_SWARM_LINGER_MS    20u
#define RCP_SWARM_PRODUCTS     3u
#define RCP_SWARM_STOCK        24u
#define RCP_SWARM_BUYERS       4u
#define RCP_SWARM_PURCHASES    2u
#define RCP_SWARM_ORDERS       64u /* room for orders and refunds */

/* A limit of the node and the range it is drawn from; both ends are drawn often. */
struct rcp_swarm_limit {
    const char *name;
    uint32_t offset; /* in struct rcp_limits */
    uint32_t least;
    uint32_t most;
};

extern const struct rcp_swarm_limit rcp_swarm_limits[RCP_SWARM_LIMIT_COUNT];

#endif
