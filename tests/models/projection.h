/* What two models can reach, seen through variables that both have: the payment model (payment.h), and the
 * real core in its world (sim/explore.h). */
#ifndef RCP_TESTS_MODELS_PROJECTION_H
#define RCP_TESTS_MODELS_PROJECTION_H

#include "sim/scenario.h"
#include "sim/search.h"
#include "tests/models/payment.h"

#include <stdio.h>

/* A state seen so; values as in payment.h. */
struct projection_point {
    uint32_t token, entry, row, told, up, attempts, epoch, records;
};

/* What is searched, and how. */
struct projection_task {
    const struct rcp_scenario *scenario; /* the real core's world; NULL: the payment model */
    struct payment_bounds bounds;        /* asks: of the payment model; a scenario says its own */
    size_t memory;
};

/* The points reached, a bit each. */
struct projection {
    struct rcp_search_result result;
    uint64_t *reached; /* free() it */
};

void projection_run(const struct projection_task *task, struct projection *projection);

/* How many points are reached. */
uint32_t projection_count(const struct projection *projection);

/* Prints each point that `of` has and `in` has not, with a shortest way there; returns how many. */
uint32_t projection_print_missing(const struct projection_task *task,
                                  const struct projection *of,
                                  const struct projection *in,
                                  FILE *file);

#endif
