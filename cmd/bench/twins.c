/* The models that Spin searches, too: how many states and transitions they have. */
#include "cmd/bench/bench.h"
#include "tests/models/crew.h"
#include "tests/models/payment.h"
#include "tests/models/two_phase.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TWIN_MEMORY ((size_t)64 << 20) /* a million slots for a third as many states */

/* Searches with one worker and says what came out. Returns the exit code. */
static int search(const char *name,
                  const struct rcp_search_model *model,
                  const void *context,
                  size_t context_size)
{
    struct crew_search wanted = {
        .model = model,
        .context = context,
        .context_size = context_size,
        .memory = TWIN_MEMORY,
        .workers = 1,
    };
    struct crew_outcome outcome;
    crew_run(&wanted, &outcome);
    struct rcp_search_result result = outcome.result;
    crew_forget(&outcome);
    if (result.verdict != RCP_SEARCH_COMPLETE) {
        fprintf(stderr, "recoup-bench: %s was not searched completely\n", name);
        return 1;
    }
    printf("states=%" PRIu64 " transitions=%" PRIu64 "\n", result.states, result.transitions);
    return 0;
}

int bench_twin(const char *name)
{
    if (strcmp(name, "two_phase") == 0) {
        struct two_phase context = {0};
        return search(name, two_phase_model(), &context, sizeof context);
    }
    struct payment_bounds bounds;
    if (sscanf(name, // NOLINT(cert-err34-c): four small numbers, and a name that did not match
               "payment_%" SCNu32 "_%" SCNu32 "_%" SCNu32 "_%" SCNu32,
               &bounds.faults,
               &bounds.crashes,
               &bounds.asks,
               &bounds.losses) == 4) {
        struct payment_context context = payment_context(bounds);
        return search(name, payment_model(), &context, sizeof context);
    }
    fprintf(stderr,
            "recoup-bench: no model %s: two_phase, or payment_FAULTS_CRASHES_ASKS_LOSSES\n",
            name);
    return 2;
}
