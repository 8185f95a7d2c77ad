/* Which pending events have lost what they were for. */
#include "sim/engine/dead_letter.h"

#include "core/digest.h"

static bool step_is_dead(const struct rcp_world *world, const struct rcp_pending *pending)
{
    const struct rcp_node *node = rcp_world_node(world, pending->node);
    switch (pending->event.kind) {
    case RCP_EVENT_REDIS_DONE:
        return rcp_node_awaits(node, pending->event.redis_done.op_id) == 0;
    case RCP_EVENT_MYSQL_DONE:
        return rcp_node_awaits(node, pending->event.mysql_done.op_id) == 0;
    case RCP_EVENT_SENT:
        return rcp_node_awaits(node, pending->event.sent.op_id) == 0;
    case RCP_EVENT_ASSIGNED:
    case RCP_EVENT_REVOKED:
    case RCP_EVENT_OFFSET_DONE:
    case RCP_EVENT_START:
    case RCP_EVENT_STOP:
    case RCP_EVENT_TIMER:
    case RCP_EVENT_REQUEST:
    case RCP_EVENT_RECORD:
    case RCP_EVENT_PG_DONE:
    case RCP_EVENT_OPERATE:
    case RCP_EVENT_NONE:
    case RCP_EVENT_KIND_COUNT:
        break;
    }
    return false;
}

static bool session_is(const struct rcp_world *world,
                       const struct rcp_pending *pending,
                       uint32_t states)
{
    const struct rcp_session *s = &rcp_world_sessions(world)[pending->a];
    return s->number == pending->b && (states >> s->state & 1u) != 0;
}

/* Its client has the answer, or has hung up. */
static bool client_is_through(const struct rcp_world *world, const struct rcp_pending *pending)
{
    const struct rcp_exchange *exchange = &rcp_world_exchanges(world)[pending->a];
    return exchange->state == RCP_EXCHANGE_ANSWERED || exchange->state == RCP_EXCHANGE_LOST;
}

#define IS(state) (1u << RCP_SESSION_##state)

bool rcp_dead_letter(const struct rcp_world *world, const struct rcp_pending *pending)
{
    const struct rcp_sim_node *node = &world->nodes[pending->node];
    bool current = node->alive && node->incarnation == pending->incarnation;
    switch ((enum rcp_job)pending->job) {
    case RCP_JOB_NODE_STEPS:
        return !current ||
               (pending->fate != RCP_FAULT_CRASH_ANSWERED && step_is_dead(world, pending));
    case RCP_JOB_NODE_TIMER:
        return !current || pending->c != node->timer_ms;
    case RCP_JOB_NODE_STOPS:
        return !current;
    case RCP_JOB_NODE_STARTS:
        return node->alive && world->healed;
    case RCP_JOB_CLIENT_HANGS_UP:
    case RCP_JOB_REPLY_ARRIVES:
        return client_is_through(world, pending);
    case RCP_JOB_MYSQL_RUNS:
        return !session_is(world, pending, IS(COMING) | IS(WAITING));
    case RCP_JOB_MYSQL_COMMITS:
        return !session_is(world, pending, IS(COMMITTING) | IS(LIMBO));
    case RCP_JOB_MYSQL_ANSWERS:
        return !session_is(world, pending, IS(ANSWERING));
    case RCP_JOB_MYSQL_LOCK_WAITED:
        return !session_is(world, pending, IS(WAITING)) ||
               rcp_world_sessions(world)[pending->a].wait_number != pending->c;
    case RCP_JOB_MYSQL_REAPS:
        return !session_is(world, pending, IS(ORPHAN));
    case RCP_JOB_KAFKA_DELIVERS:
        return world->partitions[pending->a].assignment != pending->b;
    case RCP_JOB_KAFKA_APPENDS:
        return !current && pending->fate != RCP_FAULT_CRASH_ISSUED;
    case RCP_JOB_CLIENT_ACTS:
    case RCP_JOB_CLIENT_ASKS:
    case RCP_JOB_REQUEST_ARRIVES:
    case RCP_JOB_REDIS_APPLIES:
    case RCP_JOB_TOKEN_EXPIRES:
    case RCP_JOB_KAFKA_COMMITS:
    case RCP_JOB_KAFKA_REBALANCES:
    case RCP_JOB_PG_ARRIVES:
    case RCP_JOB_PG_ANSWERS: /* its call waits for it, whoever does not */
    case RCP_JOB_PG_SETTLES:
    case RCP_JOB_PLAN_BEGINS:
    case RCP_JOB_PLAN_ENDS:
    case RCP_JOB_HEALS:
    case RCP_JOB_NONE:
    case RCP_JOB_COUNT:
        break;
    }
    return false;
}
