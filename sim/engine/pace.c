/* Work that is repeated without a pause. */
#include "sim/engine/pace.h"

#include "core/hash.h"
#include "core/limits.h"
#include "sim/check/invariant.h"
#include "sim/fault.h"
#include "sim/layout.h"

#include <stdio.h>
#include <string.h>

/* Between two pauses of RCP_RETRY_PAUSE_MS a record asks for one thing a few times at most: with
 * others, alone, and RCP_CONTENTION_TRIES times more. This is room for twenty records of one payment on
 * one node. A loop that waits for nothing but its server takes a few milliseconds a round. */
#define WITHIN_MS (UINT64_C(10) * RCP_RETRY_PAUSE_MS)
#define MOST      1000u

static_assert(MOST / (WITHIN_MS / RCP_RETRY_PAUSE_MS * (2u + RCP_CONTENTION_TRIES)) >= 20u,
              "twenty records of one payment may be tried as fast as they can");

static _Noreturn void violate(struct rcp_sim *sim, struct rcp_key key)
{
    struct rcp_violation *violation = &sim->result->violation;
    sim->result->outcome = RCP_RUN_VIOLATED;
    violation->invariant = RCP_INVARIANT_CHECK;
    violation->at_ms = sim->world->now_ms;
    violation->user_id = rcp_payment_user(sim->world, key.subject);
    violation->activity_id = rcp_payment_activity(sim->world, key.subject) + 1u;
    violation->node = key.node;
    snprintf(violation->fingerprint, sizeof violation->fingerprint, "check:work_pauses");
    snprintf(
        violation->detail,
        sizeof violation->detail,
        "Node %u asked for `%s` for one payment more than %u times within %u s, without a pause",
        key.node,
        rcp_site_name((enum rcp_site)key.site),
        MOST,
        (uint32_t)(WITHIN_MS / 1000u));
    rcp_sim_stop(sim);
}

void rcp_pace_count(struct rcp_sim *sim, struct rcp_key key)
{
    if (sim->pace == NULL || key.subject_kind != RCP_SUBJECT_PAYMENT)
        return;
    struct rcp_key same = key;
    same.nth = 0;
    uint64_t packed = rcp_key_pack(same);
    struct rcp_pace_slot *slot = &sim->pace->slots[rcp_hash(0, packed) % RCP_PACE_SLOTS];
    if (slot->key != packed || sim->world->now_ms - slot->since_ms >= WITHIN_MS)
        *slot = (struct rcp_pace_slot){.key = packed, .since_ms = sim->world->now_ms};
    if (++slot->count > MOST)
        violate(sim, key);
}
