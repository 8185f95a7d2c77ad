/* One run: a scenario and a seed go in, a verdict comes out. What cmd and tests call. */
#ifndef RCP_SIM_RUN_H
#define RCP_SIM_RUN_H

#include "core/record.h"
#include "sim/check/invariant.h"
#include "sim/scenario.h"

#include <stddef.h>

struct rcp_world;

enum rcp_run_outcome {
    RCP_RUN_HELD,
    RCP_RUN_VIOLATED,
    RCP_RUN_ERROR, /* the world ran out of room, a rule is impossible: `detail` says it */
};

/* The first violation ends a run. */
struct rcp_violation {
    uint32_t invariant; /* enum rcp_invariant; NONE where there is none */
    uint32_t index;     /* subject */
    uint64_t at_ms;
    uint64_t user_id, activity_id; /* payment it is about; 0 where none */
    uint32_t row_id;
    uint32_t node;
    char fingerprint[96]; /* "ok_is_approved/payment/entry=NONE,row=PENDING": same bug, same text */
    char detail[256];     /* one plain sentence */
};

/* What one run did. Plain data. */
struct rcp_run_result {
    struct rcp_violation violation;
    uint64_t seed;
    uint64_t events;                       /* pops of the queue */
    uint64_t virtual_ms;                   /* simulated time */
    uint64_t healed_at_ms;                 /* 0 where the run ended before */
    uint64_t drained_at_ms;                /* 0 where it did not drain */
    uint64_t trace_digest;                 /* chains every event, choice and effect */
    uint64_t payments;                     /* reservations that asked to pay */
    uint64_t orders;                       /* purchases that were asked for */
    uint64_t pg_calls;                     /* calls that left for the PG */
    uint32_t fired[RCP_FAULT_COUNT];       /* how often each fault struck */
    uint32_t answers[6];                   /* clients': 200, 202, 4xx but 410, 410, 500, 503 */
    uint8_t rule_fired[RCP_RULES_MAX];     /* by index of scenario.rules */
    uint8_t plan_fired[RCP_PLAN_MAX];      /* by index of scenario.plan */
    uint8_t order_fired[RCP_RULES_MAX];    /* by index of scenario.order */
    uint8_t expect_met[RCP_EXPECT_MAX];    /* by index of scenario.expect */
    uint64_t expect_value[RCP_EXPECT_MAX]; /* what was counted */
    uint64_t marks[RCP_TABLE_COUNT][4];    /* bit per row of the core's tables that was used */
    uint32_t stale_tape; /* entries of the scenario's tape that nothing consumed */
    uint32_t twice_points[RCP_TWICE_KIND_COUNT]; /* what could have been performed twice */
    uint64_t twice_at_ms;                        /* when it was */
    uint32_t twice_user, twice_activity;         /* whom it was about; 0 where nobody */
    uint32_t twice_site;                         /* enum rcp_site */
    enum rcp_run_outcome outcome;
    char error[256]; /* ERROR: what, and what to do */
    uint8_t weak;    /* an assumption was broken on purpose: label the run weak-durability */
    uint8_t spare[7];
};

/* Receives each record of a run as it happens. */
struct rcp_recorder {
    void *context;
    void (*write)(void *context, const struct rcp_record *record);
    /* Told of each step of each node, before its effects go out; NULL: nobody wants to know. */
    void (*stepped)(void *context,
                    const struct rcp_world *world,
                    uint32_t node,
                    const struct rcp_event *event,
                    const struct rcp_effects *effects);
};

#define RCP_OPTIONS_MAX 64u /* of one choice; a picker is not shown more */

/* An engine that picks where neither tape nor sure rule says anything: bytes of a fuzzer, an enumerator.
 * options[0] is the dull one; returns an index below count, which is at least 2. */
struct rcp_picker {
    void *context;
    uint32_t (*pick)(void *context,
                     const struct rcp_key *key,
                     const uint64_t options[],
                     uint32_t count);
    /* Whether it may take another option than the dull one; NULL: always. Saves the listing. */
    bool (*wants)(void *context, const struct rcp_key *key);
    /* Told of each event that happens, chosen or not, by its packed key; NULL: nobody wants to know. */
    void (*happens)(void *context, uint64_t key);
};

/* Bytes that a world for this scenario takes, in one block, aligned to 64. */
size_t rcp_world_size(const struct rcp_scenario *scenario);

/* Runs scenario under seed in block (rcp_world_size bytes at least; contents are ignored, so one block
 * serves many runs). tape_out, where not NULL, receives at most RCP_TAPE_MAX entries where chance did not
 * take the dull option; *tape_count says how many (more than the maximum: the run ends as error).
 * recorder may be NULL. Where picker is not NULL, it takes the place of the seeded generator. Allocates
 * nothing. */
void rcp_run(const struct rcp_scenario *scenario,
             uint64_t seed,
             void *block,
             size_t block_size,
             const struct rcp_recorder *recorder,
             const struct rcp_picker *picker,
             struct rcp_tape_entry *tape_out,
             uint32_t *tape_count,
             struct rcp_run_result *result);

/* Fills scenario as the swarm draws it from seed, under this policy (its base is `hardened` or
 * `documented` and stays as given). */
void rcp_swarm_scenario(uint64_t seed,
                        struct rcp_policy base,
                        struct rcp_policy policy,
                        struct rcp_scenario *scenario);

#endif
