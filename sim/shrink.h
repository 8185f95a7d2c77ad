/* Shrinking: a failing run becomes the smallest scenario that this search finds which fails alike.
 *
 * Two runs fail alike where their violations have the same fingerprint: invariant, kind of subject, the
 * state of its flow and the reason code, and neither ids nor times. What chance did becomes a tape, and
 * the tape becomes lines of `faults`, `takes` and `order` where these say the same. Then whatever can be
 * left out, renumbered or shortened is, until nothing more can be.
 *
 * The result is 1-minimal: no line of the workload, no fault, no line of `takes`, `order` or `tape`, no
 * knob, no node and no user can be left out alone, and no moment or length of a line can become a shorter
 * one of rcp_shrink_ladder alone. That is not the fewest there could be: only an exhaustive search can say so.
 *
 * Pure: the same scenario and seed give the same result everywhere. Allocates nothing. */
#ifndef RCP_SIM_SHRINK_H
#define RCP_SIM_SHRINK_H

#include "sim/run.h"

enum rcp_shrink_outcome {
    RCP_SHRINK_DONE,    /* best is 1-minimal */
    RCP_SHRINK_STOPPED, /* go_on said no: best is the smallest so far */
    RCP_SHRINK_SPENT,   /* the budget is spent: best is the smallest so far */
    RCP_SHRINK_HELD,    /* the run violates nothing: there is nothing to shrink */
    RCP_SHRINK_ERROR,   /* the run did not work: best_result.error says why */
};

/* What can be left out line by line. */
enum rcp_shrink_list {
    RCP_SHRINK_WORK,
    RCP_SHRINK_PLAN,
    RCP_SHRINK_RULES, /* faults that strike effects, and takes */
    RCP_SHRINK_ORDER,
    RCP_SHRINK_TAPE,
    RCP_SHRINK_LIST_COUNT
};

/* How large a run is. */
struct rcp_shrink_size {
    uint64_t events; /* of the queue */
    uint32_t
        faults;     /* planned ones, bad input and struck effects: lines, and entries of the tape */
    uint32_t takes; /* effects that do not take their shortest */
    uint32_t orders; /* events that leave the dull order */
    uint32_t work;   /* payments that the workload names, each as often as it does */
    uint32_t nodes;
    uint32_t payments; /* users x activities */
    uint32_t knobs;    /* turned away from the preset */
};

/* One search. Large: not for a stack. The caller fills in the first part, and zeroes the rest. */
struct rcp_shrink {
    void *block;       /* for worlds, aligned to 64 */
    size_t block_size; /* rcp_shrink_block_size of the scenario */
    /* Asked before each run; false stops the search. NULL: it is never stopped. */
    bool (*go_on)(void *context, const struct rcp_shrink *shrink);
    void *context;
    uint64_t budget; /* of work; 0: no bound. RCP_SHRINK_BUDGET takes some seconds */

    struct rcp_scenario best;          /* the smallest so far; it has one seed */
    struct rcp_run_result best_result; /* what it does */
    struct rcp_violation violation;    /* of the run that came in */
    struct rcp_shrink_size before;     /* of the run that came in */
    uint64_t runs;
    uint64_t work; /* done so far: an event is one, and so are some entries of a tape */

    bool stopped;
    bool before_heal;      /* a trial that holds until its heal is given up */
    uint32_t late_allowed; /* struck effects after the heal: as many as the run that came in had */
    uint32_t late;
    bool healed;
    struct rcp_scenario trial;
    struct rcp_scenario kept;  /* what best was, while something is tried that may be no better */
    struct rcp_scenario saved; /* the same, for a whole search within the search */
    struct rcp_run_result result;
    struct rcp_run_result kept_result;
    struct rcp_run_result saved_result;
    struct rcp_tape_entry tape[RCP_TAPE_MAX];
    uint32_t tape_count;
};

/* Enough for all but the rarest: a run of a thousand events takes a tenth of it. */
#define RCP_SHRINK_BUDGET UINT64_C(20000000)

/* Bytes that the worlds of a search take. */
size_t rcp_shrink_block_size(const struct rcp_scenario *scenario);

/* Runs scenario under seed and shrinks what went wrong, into shrink->best. */
enum rcp_shrink_outcome rcp_shrink(struct rcp_shrink *shrink,
                                   const struct rcp_scenario *scenario,
                                   uint64_t seed);

/* After a search: what best does without one item of a list. */
void rcp_shrink_without(struct rcp_shrink *shrink,
                        enum rcp_shrink_list list,
                        uint32_t index,
                        struct rcp_run_result *result);

/* How large scenario is; what it does not fix itself is left to chance and not counted. */
struct rcp_shrink_size rcp_shrink_size(const struct rcp_scenario *scenario,
                                       const struct rcp_run_result *result);

/* The lengths that a shrunk scenario prefers, in milliseconds, ascending from 0. */
extern const uint64_t rcp_shrink_ladder[];
extern const uint32_t rcp_shrink_ladder_count;

#endif
