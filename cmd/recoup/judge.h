/* From runs to a verdict: what a scenario expects, held against what its seeds did. */
#ifndef RCP_CMD_RECOUP_JUDGE_H
#define RCP_CMD_RECOUP_JUDGE_H

#include "reports/result.h"
#include "sim/run.h"

/* What was counted over the seeds of one scenario so far. Plain data. */
struct rcp_judge {
    const struct rcp_scenario *scenario;
    struct rcp_result *result;
    uint64_t violated_runs;
    uint64_t judged[RCP_EXPECT_MAX];     /* runs that could meet the expectation */
    uint64_t met[RCP_EXPECT_MAX];        /* runs that did */
    uint64_t unmet_seed[RCP_EXPECT_MAX]; /* the first that did not, and what it counted */
    uint64_t unmet_value[RCP_EXPECT_MAX];
    uint64_t fired[RCP_FAULT_COUNT];
    uint8_t rule_fired[RCP_RULES_MAX];
    uint8_t plan_fired[RCP_PLAN_MAX];
    uint8_t order_fired[RCP_RULES_MAX];
    uint32_t stale_tape; /* most entries of the tape that a run did not consume */
    uint32_t surprise;   /* index of the first unexpected violation + 1; 0 where there is none */
};

/* Starts a verdict on scenario in result (zeroed here). Both must outlive the judge. */
void rcp_judge_begin(struct rcp_judge *judge,
                     const struct rcp_scenario *scenario,
                     struct rcp_result *result);

/* Takes in one run; runs come in the order of their seeds. */
void rcp_judge_add(struct rcp_judge *judge, const struct rcp_run_result *run, uint64_t wall_us);

/* Comes to the verdict: outcome, as_expected, reason, the seed that tells. */
void rcp_judge_end(struct rcp_judge *judge);

/* Chains the digest of one more run to those before; a first run's digest stays itself. */
uint64_t rcp_chain_digest(uint64_t chain, uint64_t digest, bool first);

#endif
