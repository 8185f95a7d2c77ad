/* Which events nothing else can meet: what may happen before them in the same instant touches neither their
 * payment nor their node, so they might as well come first. The explorer's reduction `local_first`. */
#ifndef RCP_SIM_ENGINE_LOCAL_H
#define RCP_SIM_ENGINE_LOCAL_H

#include "sim/sim.h"

#define RCP_NOT_LOCAL UINT32_MAX

/* What may still strike. */
struct rcp_left {
    uint32_t faults;
    uint32_t crashes;
};

/* The index in the queue's bag of the local event with the smallest payment, RCP_NOT_LOCAL where there is
 * none. Local is:
 *
 * A partition's news, where no record of it is in progress on the node and none waits in the topic.
 *
 * A step of one payment's chain that touches its token, exchange, flow and entry, and nothing that another
 * payment shares:
 *   - a request or a reply arrives, Redis applies, a completion reaches its flow, a script runs or commits
 *     that neither makes nor moves rows nor counts an activity's capacity;
 *   - its node lives, and goes on living: the heal starts what is down, and not what goes down after it;
 *   - no other event that may come in this instant is about the same payment, or works on the same node, or
 *     is about no payment at all (claims and sweeps may be about any), or, where a process may die of the
 *     step, looks for a node that lives (a client that asks);
 *   - no other chain can come to its node in this instant and take the process down: that takes a record,
 *     which takes a failed failure log, or two faults more;
 *   - connections are not scarce.
 *
 * A local event commutes with each of the others and with the heal. It is consumed, and its chain goes on
 * with an event that is not local before long: local events alone never go round in a circle. */
uint32_t rcp_local_event(const struct rcp_sim *sim, struct rcp_left left);

#endif
