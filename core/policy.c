/* The knobs: what each side is called, what it breaks, and which sides cannot go together. */
#include "core/policy.h"

#include "core/check.h"

#include <stddef.h>

#define ALL_HARDENED ((1u << RCP_KNOB_COUNT) - 1u)
#define KNOB(knob)   (1u << (knob))

static const struct rcp_knob_info knobs[RCP_KNOB_COUNT] = {
    [RCP_KNOB_TOKEN_DELETE] =
        {
            .name = "token_delete",
            .documented = "in_transaction",
            .hardened = "after_commit",
            .sentence =
                "When the token is deleted: inside the transaction, or once it is committed.",
            .breaks = "token_kept",
        },
    [RCP_KNOB_ENTRY_UNAVAILABLE] =
        {
            .name = "entry_unavailable",
            .documented = "ok_200",
            .hardened = "accepted_202",
            .sentence =
                "What the client hears when the entry cannot be written but a record of it can.",
            .breaks = "ok_is_approved",
        },
    [RCP_KNOB_NOTHING_DURABLE] =
        {
            .name = "nothing_durable",
            .documented = "ok_200",
            .hardened = "unavailable_503",
            .sentence = "What the client hears when nothing durable is left, or nobody knows.",
            .breaks = "ok_is_approved",
        },
    [RCP_KNOB_LOG_UNAVAILABLE] =
        {
            .name = "log_unavailable",
            .documented = "nothing",
            .hardened = "direct_record",
            .sentence = "What is tried when the failure log cannot be written either.",
            .breaks = "fallback_tried",
        },
    [RCP_KNOB_USER_MISMATCH] =
        {
            .name = "user_mismatch",
            .documented = "logged_as_failure",
            .hardened = "forbidden_403",
            .sentence = "What happens to a stranger who pays with somebody's token.",
            .breaks = "owner_consented",
        },
    [RCP_KNOB_TOKEN_MISSING] =
        {
            .name = "token_missing",
            .documented = "bad_request_400",
            .hardened = "ask_database",
            .sentence = "What a signed token that Redis does not know is answered from.",
            .breaks = "gone_is_final",
        },
    [RCP_KNOB_CLAIM] =
        {
            .name = "claim",
            .documented = "plain_select",
            .hardened = "fenced",
            .sentence =
                "How the scheduler takes due rows: read, or claimed with owner, lease and epoch.",
            .breaks = "claim_exclusive",
        },
    [RCP_KNOB_RESOLVED_MEANS] =
        {
            .name = "resolved_means",
            .documented = "handed_to_producer",
            .hardened = "entry_committed",
            .sentence =
                "When a row is RESOLVED: handed to the producer, or its entry is committed.",
            .breaks = "resolved_is_settled",
        },
    [RCP_KNOB_DRAIN] =
        {
            .name = "drain",
            .documented = "page_per_period",
            .hardened = "until_empty",
            .sentence = "How much of a backlog one period drains.",
            .breaks = NULL, /* it only drains more slowly */
        },
    [RCP_KNOB_RETRY_FAILED] =
        {
            .name = "retry_failed",
            .documented = "new_row",
            .hardened = "same_row",
            .sentence = "What a failed retry leaves: a new row with count 0, or the same row and a "
                        "backoff.",
            .breaks = "attempts_bounded",
        },
    [RCP_KNOB_ATTEMPT_COUNTS] =
        {
            .name = "attempt_counts",
            .documented = "everything",
            .hardened = "handler_failures",
            .sentence = "Which failures bring a row closer to being parked.",
            .breaks = "parked_with_cause",
        },
    [RCP_KNOB_OFFSET_COMMIT] =
        {
            .name = "offset_commit",
            .documented = "after_handler",
            .hardened = "behind_durable_work",
            .sentence = "What an offset commit waits for: the handler, or durable work.",
            .breaks = "offset_behind_work",
        },
    [RCP_KNOB_UNUSABLE_RECORD] =
        {
            .name = "unusable_record",
            .documented = "skipped",
            .hardened = "parked",
            .sentence = "What happens to a record that cannot be used.",
            .breaks = "poison_parked",
        },
    [RCP_KNOB_LATE_RETRY] =
        {
            .name = "late_retry",
            .documented = "blind_upsert",
            .hardened = "transition_table",
            .sentence = "Whether a late retry may overwrite a newer final state.",
            .breaks = "final_kept",
        },
    [RCP_KNOB_OPEN_ROWS] =
        {
            .name = "open_rows",
            .documented = "many",
            .hardened = "one",
            .sentence = "How many rows of one payment may be open at once.",
            .breaks = "one_open_row",
        },
    [RCP_KNOB_RECORD_KEY] =
        {
            .name = "record_key",
            .documented = "none",
            .hardened = "payment",
            .sentence = "Whether records of one payment share a partition.",
            .breaks = NULL, /* order of records only: safety rests on epoch and guard */
        },
    [RCP_KNOB_OPEN_RETRY_TOKEN] =
        {
            .name = "open_retry_token",
            .documented = "left_to_expire",
            .hardened = "renewed",
            .sentence = "What happens to the token, and so to the slot, while a retry is open.",
            .breaks = "capacity_kept",
        },
    [RCP_KNOB_UNKNOWN_COMMIT] =
        {
            .name = "unknown_commit",
            .documented = "treated_as_failure",
            .hardened = "fenced_read",
            .sentence = "What a COMMIT without an answer is taken for.",
            .breaks = "failure_took_nothing",
        },
};

/* A combination that makes no sense: these knobs stand on their hardened side, those on their
 * documented one. No rule is met by a preset, nor by one knob turned from `hardened`. */
static const struct {
    uint32_t hardened;
    uint32_t documented;
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

const struct rcp_knob_info *rcp_knob_info(enum rcp_knob knob)
{
    rcp_check(knob < RCP_KNOB_COUNT, "knob_known");
    return &knobs[knob];
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
