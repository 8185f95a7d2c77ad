/* A run at work: the world, and what drives it. What the models and engines of the simulator share. */
#ifndef RCP_SIM_SIM_H
#define RCP_SIM_SIM_H

#include "sim/queue.h"
#include "sim/run.h"
#include "sim/world.h"

#include <setjmp.h>

struct rcp_sim {
    struct rcp_world *world;
    struct rcp_queue_head *queue; /* in the world's block */
    struct rcp_effects *effects;  /* scratch of the node step at hand; in the world's block */
    const struct rcp_scenario *scenario;
    const struct rcp_recorder *recorder; /* may be NULL */
    const struct rcp_picker *picker;     /* may be NULL: the seeded generator picks */
    bool listening;                      /* somebody wants records */
    bool sure_only;                      /* the seeded generator is not asked */
    uint64_t seen[RCP_EXPECT_MAX];       /* `expect: event`: how many, by line */
    struct rcp_tape_entry *tape;         /* may be NULL: choices are not kept */
    uint32_t tape_count;
    uint64_t prng;   /* the seeded generator's state */
    uint64_t digest; /* of the trace so far */
    struct rcp_run_result *result;
    struct rcp_pace *pace; /* may be NULL: how often what is asked for is not counted */
    uint64_t site_rules[RCP_SITE_COUNT];    /* bit r: scenario.rules[r] may strike here */
    uint64_t site_faults[RCP_SITE_COUNT];   /* bit per enum rcp_fault that may strike here */
    struct rcp_order_request order_request; /* of the request at hand */
    bool heals_now;                         /* after the event at hand */
    bool chance_over;                       /* from here on every choice is the dull one */
    uint32_t double_exchange;               /* index of the request made twice; 0: none */
    uint8_t pass_node;                      /* node + 1 whose pass is performed twice; 0: none */
    uint8_t pass_role;                      /* enum rcp_role of that pass */
    uint8_t tape_used[RCP_TAPE_MAX];        /* replay: entries already taken */
    uint16_t tape_first[RCP_TAPE_CHAINS];   /* replay: a chain's first entry + 1; 0 none */
    uint16_t tape_next[RCP_TAPE_MAX];       /* replay: the next one + 1 of its chain */
    uint8_t plan_of[RCP_FAULT_COUNT];   /* a planned fault that lasts: 1 + the line that began it */
    uint64_t marks[RCP_TABLE_COUNT][4]; /* rows of the core's tables that were used */
    jmp_buf stop;                       /* where rcp_sim_stop() goes */
};

/* Ends the run: as error (the world ran out of room, the scenario asks for the impossible), or with a
 * violation that is filled in already. Does not return. */
_Noreturn void rcp_sim_error(struct rcp_sim *sim, const char *what);
_Noreturn void rcp_sim_stop(struct rcp_sim *sim);

/* Chains a value into the trace digest. */
static inline void rcp_sim_digest(struct rcp_sim *sim, uint64_t value)
{
    uint64_t mixed = (sim->digest ^ value) * 0x9e3779b97f4a7c15u;
    sim->digest = mixed ^ mixed >> 29;
}

/* Counts a fault that struck, and records it. */
void rcp_sim_fired(struct rcp_sim *sim, enum rcp_fault fault, uint32_t node, uint32_t payment);

/* True where what happens here is what the twice oracle wants performed again. Counts the point. */
bool rcp_sim_twice(struct rcp_sim *sim,
                   enum rcp_twice_kind kind,
                   enum rcp_site site,
                   uint32_t payment,
                   uint32_t purchase);

/* A record with the time and the payment filled in; written by rcp_sim_record. Only where a recorder
 * listens: callers ask rcp_sim_listening first. */
static inline bool rcp_sim_listening(const struct rcp_sim *sim)
{
    return sim->listening;
}
struct rcp_record rcp_sim_new_record(const struct rcp_sim *sim,
                                     enum rcp_record_kind kind,
                                     enum rcp_role role,
                                     uint32_t node,
                                     uint32_t payment);
void rcp_sim_record(struct rcp_sim *sim, const struct rcp_record *record);

/* The record is about this purchase: its buyer, and its order where there is one. */
void rcp_record_purchase(const struct rcp_world *world,
                         struct rcp_record *record,
                         uint32_t purchase);

#define RCP_INSTANT_MS 20u /* in an instant world, what takes no longer takes no time */

/* Pushes a pending event whose window is [now + shortest, now + longest]. */
struct rcp_pending *rcp_sim_push(struct rcp_sim *sim,
                                 enum rcp_job job,
                                 uint64_t shortest_ms,
                                 uint64_t longest_ms);

/* The key of an effect about to be issued: counts it as the next of its kind. */
struct rcp_key rcp_sim_key(struct rcp_sim *sim,
                           enum rcp_site site,
                           uint32_t node,
                           enum rcp_subject_kind kind,
                           uint32_t subject);

#endif
