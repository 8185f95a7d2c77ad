/* The one door for chance, as the engine and the models use it. */
#ifndef RCP_SIM_CHOOSE_H
#define RCP_SIM_CHOOSE_H

#include "sim/sim.h"

struct rcp_choice;

/* One choice: what it is about, its dull option, and who picks where the tape does not. */
struct rcp_choice {
    struct rcp_key key;
    uint64_t dull; /* option key that is never written to the tape */
    void *context;
    uint64_t (*pick)(struct rcp_sim *sim, const struct rcp_choice *choice);
    /* Every option that can be taken now, the dull one first; returns how many (a picker asks). */
    uint32_t (*list)(struct rcp_sim *sim, void *context, uint64_t options[RCP_OPTIONS_MAX]);
    /* Whether the tape's option can be taken now; NULL: always. */
    bool (*possible)(struct rcp_sim *sim, void *context, uint64_t option);
};

/* Before the first choice: finds the scenario's tape by key. */
void rcp_tape_index(struct rcp_sim *sim);

/* Returns the option taken. Chains it into the digest and writes it to the tape unless it is dull. */
uint64_t rcp_choose(struct rcp_sim *sim, const struct rcp_choice *choice);

/* An effect about to be issued, and the payment or the purchase it is about. */
struct rcp_effect_key {
    struct rcp_key key;
    uint32_t payment;  /* RCP_NOBODY where none */
    uint32_t purchase; /* RCP_NOBODY where none */
};

/* What becomes of it: the fault that strikes, and how long it takes. */
struct rcp_fate {
    enum rcp_fault fault;
    enum rcp_takes takes;
    uint64_t exact_ms; /* 0: as `takes` says */
};

struct rcp_fate rcp_choose_fate(struct rcp_sim *sim, struct rcp_effect_key at);

/* Which entry of the queue's bag is next. */
uint32_t rcp_choose_next(struct rcp_sim *sim, uint64_t smallest_latest_ms);

/* The seeded generator. Only pickers and the swarm's own draws use it. */
uint64_t rcp_random(struct rcp_sim *sim);
uint32_t rcp_random_below(struct rcp_sim *sim, uint32_t bound);
bool rcp_random_chance(struct rcp_sim *sim, uint32_t num, uint32_t den);

#endif
