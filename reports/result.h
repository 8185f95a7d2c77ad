/* The verdict on one scenario under one policy, over all its seeds, as every writer needs it.
 * cmd fills it in; the writers only read. Plain data, zeroed where nothing is known. */
#ifndef RCP_REPORTS_RESULT_H
#define RCP_REPORTS_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#define RCP_RESULT_VIOLATIONS_MAX 8u   /* Different fingerprints kept; the rest is counted. */
#define RCP_RESULT_FIRED_MAX      128u /* Kinds of faults. */
#define RCP_RESULT_NOT_FIRED_MAX  32u  /* Rules named; the rest is counted. */
#define RCP_RESULT_STORY_MAX      16u  /* Lines of what happened. */

enum rcp_result_outcome {
    RCP_RESULT_HELD,
    RCP_RESULT_VIOLATED,
    RCP_RESULT_ERROR, /* the run itself did not work: says nothing about the system */
    RCP_RESULT_OUTCOME_COUNT
};

struct rcp_result_violation {
    const char *invariant; /* its id; constant data */
    const char *sentence;  /* what it promises; constant data */
    uint64_t seed;         /* the first that shows it */
    uint64_t seeds;        /* how many show it */
    uint64_t at_ms;        /* simulated */
    bool expected;
    char fingerprint[96];
    char detail[256];
};

struct rcp_result_fired {
    const char *fault; /* its name; constant data */
    uint64_t count;
};

struct rcp_result {
    char scenario[96];
    char path[512];
    char policy[256];
    uint64_t seed;       /* the one that tells: of the first surprise, else the first */
    uint64_t seed_first; /* all that were run, inclusive */
    uint64_t seed_last;
    enum rcp_result_outcome outcome;
    bool as_expected;
    bool weak;        /* an assumption of docs/POLICIES.md was broken on purpose */
    char reason[512]; /* why it is not as expected, in plain words; empty where it is */
    uint32_t violation_count;
    uint32_t fired_count;
    uint32_t not_fired_count;
    uint32_t story_count;
    struct rcp_result_violation violations[RCP_RESULT_VIOLATIONS_MAX]; /* surprises first */
    struct rcp_result_fired fired[RCP_RESULT_FIRED_MAX];
    char not_fired[RCP_RESULT_NOT_FIRED_MAX][128];
    char story[RCP_RESULT_STORY_MAX][256]; /* of a surprise: what happened to that payment */
    uint64_t runs;
    uint64_t events;       /* of all runs */
    uint64_t orders;       /* of all runs: purchases that were asked for */
    uint64_t pg_calls;     /* of all runs */
    uint64_t virtual_ms;   /* of all runs */
    uint64_t wall_us;      /* of all runs */
    uint64_t trace_digest; /* of all runs, chained in the order of their seeds */
    char replay[1024];     /* the command that shows the seed that tells */
    char tape[512];        /* where its tape was written; empty where none was */
    char shrink[1024];     /* the command that makes it small; empty where there is no tape */
};

/* "held", "violated", "error". */
const char *rcp_result_outcome_name(enum rcp_result_outcome outcome);

/* What a set of results comes to. An error is counted as an error alone. */
struct rcp_result_summary {
    uint32_t as_expected;
    uint32_t not_as_expected;
    uint32_t errors;
    uint64_t runs;
    uint64_t events;
    uint64_t wall_us;
};

struct rcp_result_summary rcp_result_summary(const struct rcp_result *results, uint32_t count);

#endif
