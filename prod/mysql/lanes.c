/* Jobs that wait for a worker: one lane per script, taken in turns, and all of them by deadline. */
#include "prod/mysql/lanes.h"

uint32_t rcp_lane_of(const struct rcp_mysql_effect *effect, enum rcp_role role)
{
    if (effect->script == RCP_SCRIPT_APPROVE && role == RCP_ROLE_CONSUMER)
        return RCP_LANE_RETRIES;
    return (uint32_t)effect->script;
}

bool rcp_lane_is_background(uint32_t lane)
{
    return lane == RCP_SCRIPT_CLAIM || lane == RCP_SCRIPT_SWEEP || lane == RCP_SCRIPT_DUE ||
           lane == RCP_SCRIPT_RELEASE;
}

/* From the latest: nearly all jobs have the same time to live. */
static void link_by_deadline(struct rcp_lanes *lanes, struct rcp_job *job)
{
    struct rcp_job *before = lanes->latest;
    while (before != NULL && before->deadline_ms > job->deadline_ms)
        before = before->earlier;
    job->earlier = before;
    job->later = before == NULL ? lanes->earliest : before->later;
    *(job->earlier == NULL ? &lanes->earliest : &job->earlier->later) = job;
    *(job->later == NULL ? &lanes->latest : &job->later->earlier) = job;
}

static void unlink_by_deadline(struct rcp_lanes *lanes, struct rcp_job *job)
{
    *(job->earlier == NULL ? &lanes->earliest : &job->earlier->later) = job->later;
    *(job->later == NULL ? &lanes->latest : &job->later->earlier) = job->earlier;
    job->earlier = job->later = NULL;
}

void rcp_lanes_add(struct rcp_lanes *lanes, struct rcp_job *job)
{
    struct rcp_job **tail = &lanes->tails[job->lane];
    job->next = NULL;
    *(*tail == NULL ? &lanes->heads[job->lane] : &(*tail)->next) = job;
    *tail = job;
    link_by_deadline(lanes, job);
    lanes->count++;
}

/* `before` is the job in front of it in its lane; NULL where it is the first. */
static void take_out(struct rcp_lanes *lanes, struct rcp_job *job, struct rcp_job *before)
{
    *(before == NULL ? &lanes->heads[job->lane] : &before->next) = job->next;
    if (lanes->tails[job->lane] == job)
        lanes->tails[job->lane] = before;
    job->next = NULL;
    unlink_by_deadline(lanes, job);
    lanes->count--;
}

struct rcp_job *rcp_lanes_take(struct rcp_lanes *lanes, bool background_too)
{
    for (uint32_t i = 1; i <= RCP_LANE_COUNT && lanes->count > 0; i++) {
        uint32_t lane = (lanes->turn + i) % RCP_LANE_COUNT;
        struct rcp_job *job = lanes->heads[lane];
        if (job == NULL || (!background_too && rcp_lane_is_background(lane)))
            continue;
        lanes->turn = lane;
        take_out(lanes, job, NULL);
        return job;
    }
    return NULL;
}

struct rcp_job *rcp_lanes_take_overdue(struct rcp_lanes *lanes, uint64_t now_ms)
{
    struct rcp_job *job = lanes->earliest;
    if (job == NULL || job->deadline_ms > now_ms)
        return NULL;
    struct rcp_job *before = NULL;
    for (struct rcp_job *at = lanes->heads[job->lane]; at != job; at = at->next)
        before = at;
    take_out(lanes, job, before);
    return job;
}

uint64_t rcp_lanes_deadline(const struct rcp_lanes *lanes)
{
    return lanes->earliest == NULL ? UINT64_MAX : lanes->earliest->deadline_ms;
}
