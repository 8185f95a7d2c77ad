/* Jobs that wait for a worker: one lane per script, taken in turns so that none starves another, and all of
 * them by deadline. No locking: whoever uses it holds the pool's lock. */
#ifndef RCP_PROD_MYSQL_LANES_H
#define RCP_PROD_MYSQL_LANES_H

#include "prod/mysql/job.h"

/* Retries approve too, but not in front of the clients. */
#define RCP_LANE_RETRIES (RCP_SCRIPT_COUNT + 0u)
#define RCP_LANE_COUNT   (RCP_SCRIPT_COUNT + 1u)

struct rcp_lanes {
    struct rcp_job *heads[RCP_LANE_COUNT];
    struct rcp_job *tails[RCP_LANE_COUNT];
    struct rcp_job *earliest; /* by deadline */
    struct rcp_job *latest;
    uint32_t turn;  /* the lane that was last */
    uint32_t count; /* of jobs */
};

/* Which lane a job belongs to. */
uint32_t rcp_lane_of(const struct rcp_mysql_effect *effect, enum rcp_role role);

/* True for work that looks for work: it may not keep all workers busy. */
bool rcp_lane_is_background(uint32_t lane);

void rcp_lanes_add(struct rcp_lanes *lanes, struct rcp_job *job);

/* The first job of the lane whose turn it is; NULL where none waits. */
struct rcp_job *rcp_lanes_take(struct rcp_lanes *lanes, bool background_too);

/* Takes out the job whose deadline comes first, where it has come; NULL where none has. */
struct rcp_job *rcp_lanes_take_overdue(struct rcp_lanes *lanes, uint64_t now_ms);

/* When the next job is overdue; UINT64_MAX where none waits. */
uint64_t rcp_lanes_deadline(const struct rcp_lanes *lanes);

#endif
