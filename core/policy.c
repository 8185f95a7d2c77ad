/* Policies: presets, and which sides of the knobs cannot go together. */
#include "core/policy.h"

#include "core/check.h"

#include <stddef.h>

#define ALL_HARDENED ((UINT64_C(1) << RCP_KNOB_COUNT) - 1u)
#define KNOB(knob)   (UINT64_C(1) << (knob))

/* A combination that makes no sense: these knobs stand on their hardened side, those on their
 * documented one. No rule is met by a preset, nor by one knob turned from `hardened`. */
static const struct {
    uint64_t hardened;
    uint64_t documented;
    const char *sentence;
} refusals[] = {
    {
        .hardened = KNOB(RCP_KNOB_RETRY_FAILED),
        .documented = KNOB(RCP_KNOB_RESOLVED_MEANS) | KNOB(RCP_KNOB_CLAIM),
        .sentence = "retry_failed: same_row needs resolved_means: entry_committed or claim: fenced "
                    "(a row closed at hand-over that nothing fences cannot be tried again)",
    },
    {
        .hardened = KNOB(RCP_KNOB_ATTEMPT_COUNTS),
        .documented = KNOB(RCP_KNOB_RETRY_FAILED) | KNOB(RCP_KNOB_RESOLVED_MEANS),
        .sentence = "attempt_counts: handler_failures needs retry_failed: same_row or "
                    "resolved_means: entry_committed (a new row after an early close has no count)",
    },
    {
        .hardened = KNOB(RCP_KNOB_TOKEN_MISSING),
        .documented = KNOB(RCP_KNOB_LATE_RETRY) | KNOB(RCP_KNOB_OPEN_ROWS),
        .sentence = "token_missing: ask_database needs late_retry: transition_table or "
                    "open_rows: one (else any second row overwrites the fence behind a 410)",
    },
    {
        .hardened = KNOB(RCP_KNOB_LOG_UNAVAILABLE),
        .documented = KNOB(RCP_KNOB_OFFSET_COMMIT) | KNOB(RCP_KNOB_UNUSABLE_RECORD),
        .sentence = "log_unavailable: direct_record needs offset_commit: behind_durable_work or "
                    "unusable_record: parked (the record is the payment's only trace)",
    },
    {
        .hardened = KNOB(RCP_KNOB_ENTRY_UNAVAILABLE),
        .documented = KNOB(RCP_KNOB_RESOLVED_MEANS) | KNOB(RCP_KNOB_OFFSET_COMMIT),
        .sentence = "entry_unavailable: accepted_202 needs resolved_means: entry_committed or "
                    "offset_commit: behind_durable_work (else nobody keeps the promise of a 202)",
    },
};

struct rcp_policy rcp_policy_documented(void)
{
    return (struct rcp_policy){.hardened = 0};
}

struct rcp_policy rcp_policy_hardened(void)
{
    return (struct rcp_policy){.hardened = ALL_HARDENED};
}

void rcp_policy_set(struct rcp_policy *policy, enum rcp_knob knob, bool hardened)
{
    rcp_check(knob < RCP_KNOB_COUNT, "knob_known");
    if (hardened)
        policy->hardened |= KNOB(knob);
    else
        policy->hardened &= ~KNOB(knob);
}

const char *rcp_policy_refusal(struct rcp_policy policy)
{
    if (policy.hardened & ~ALL_HARDENED)
        return "the policy has a bit that is no knob";
    for (uint32_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        bool hardened = (policy.hardened & refusals[i].hardened) == refusals[i].hardened;
        bool documented = (policy.hardened & refusals[i].documented) == 0;
        if (hardened && documented)
            return refusals[i].sentence;
    }
    return NULL;
}
