/* What each knob is called, and what its documented side breaks. */
#include "core/check.h"
#include "core/policy.h"

#include <stddef.h>

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

    /* The second document. */
    [RCP_KNOB_PG_ACCEPTED] =
        {
            .name = "pg_accepted",
            .documented = "failure",
            .hardened = "in_progress",
            .sentence = "What the PG's PENDING means: the payment has failed, or it is on its way.",
            .breaks = "money_settled",
        },
    [RCP_KNOB_CALLBACK_LOOKUP] =
        {
            .name = "callback_lookup",
            .documented = "by_key",
            .hardened = "by_key_or_order",
            .sentence = "How a callback finds its payment.",
            .breaks = NULL, /* it only settles later */
        },
    [RCP_KNOB_CALLBACK_TRUST] =
        {
            .name = "callback_trust",
            .documented = "verdict",
            .hardened = "hint",
            .sentence = "What a callback is worth: its verdict is applied, or the PG is asked.",
            .breaks = "paid_is_taken",
        },
    [RCP_KNOB_WHICH_TRANSACTION] =
        {
            .name = "which_transaction",
            .documented = "last_of_list",
            .hardened = "aggregate",
            .sentence = "Which of an order's transactions at the PG decides.",
            .breaks = "money_settled",
        },
    [RCP_KNOB_QUERY_4XX] =
        {
            .name = "query_4xx",
            .documented = "not_found",
            .hardened = "only_404",
            .sentence = "Which answers to a query mean that the PG has no record.",
            .breaks = "failure_is_true",
        },
    [RCP_KNOB_ANSWERED_500] =
        {
            .name = "answered_500",
            .documented = "resend",
            .hardened = "query_first",
            .sentence = "What follows a 500: the request again, or a query first.",
            .breaks = "no_blind_resend",
        },
    [RCP_KNOB_NO_ANSWER] =
        {
            .name = "no_answer",
            .documented = "mixed",
            .hardened = "unknown",
            .sentence = "What a broken connection, 502 and 504 mean: not reached, or unknown.",
            .breaks = "no_blind_resend",
        },
    [RCP_KNOB_TOO_MANY] =
        {
            .name = "too_many",
            .documented = "business_error",
            .hardened = "retry_after",
            .sentence = "What follows a 429.",
            .breaks = NULL, /* a good order is refused, and nothing is taken */
        },
    [RCP_KNOB_SEVERAL_TRIES] =
        {
            .name = "several_tries",
            .documented = "last",
            .hardened = "most_uncertain",
            .sentence = "What several tries came to: the last of them, or the most uncertain.",
            .breaks = "failure_is_true",
        },
    [RCP_KNOB_NOT_FOUND] =
        {
            .name = "not_found",
            .documented = "fail_at_once",
            .hardened = "second_fresh",
            .sentence = "How often the PG must have no record before the payment has failed.",
            .breaks = "money_settled",
        },
    [RCP_KNOB_PENDING_LONG] =
        {
            .name = "pending_long",
            .documented = "fail_and_forget",
            .hardened = "fail_and_ask_on",
            .sentence = "What happens to a payment that is PENDING at the PG for five minutes.",
            .breaks = "money_settled",
        },
    [RCP_KNOB_QUERY_FAILING] =
        {
            .name = "query_failing",
            .documented = "in_progress_for_ever",
            .hardened = "unknown_with_alert",
            .sentence = "What happens to a payment whose PG does not answer.",
            .breaks = "silence_told",
        },
    [RCP_KNOB_AGE_BASE] =
        {
            .name = "age_base",
            .documented = "created_at",
            .hardened = "attempted_at",
            .sentence = "From when a payment's age counts.",
            .breaks = NULL, /* a little earlier or later */
        },
    [RCP_KNOB_SELECTION] =
        {
            .name = "selection",
            .documented = "all_on_every_node",
            .hardened = "claimed_pages",
            .sentence = "Which payments a pass of the scheduler looks at.",
            .breaks = NULL, /* the version guards them: it only asks the PG more often */
        },
    [RCP_KNOB_REFUND] =
        {
            .name = "refund",
            .documented = "none",
            .hardened = "intent",
            .sentence = "What happens to money that the PG took for nothing.",
            .breaks = "money_settled",
        },
    [RCP_KNOB_AMOUNTS] =
        {
            .name = "amounts",
            .documented = "not_compared",
            .hardened = "compared",
            .sentence = "Whether the PG's amount is compared with ours.",
            .breaks = "paid_is_taken",
        },
    [RCP_KNOB_UNITS_BACK] =
        {
            .name = "units_back",
            .documented = "overwritten",
            .hardened = "summed",
            .sentence = "How an order's lines of one product are given back.",
            .breaks = "stock_conserved",
        },
    [RCP_KNOB_LOCK_ORDER] =
        {
            .name = "lock_order",
            .documented = "mixed",
            .hardened = "global",
            .sentence =
                "In which order a transaction locks, and what is repeated after a deadlock.",
            .breaks = "no_blind_resend",
        },
    [RCP_KNOB_PG_ORDER_ID] =
        {
            .name = "pg_order_id",
            .documented = "as_is",
            .hardened = "padded",
            .sentence = "How a short order id is sent to the PG.",
            .breaks = NULL, /* a good order is refused, and nothing is taken */
        },
    [RCP_KNOB_IDEMPOTENCY_KEY] =
        {
            .name = "idempotency_key",
            .documented = "none",
            .hardened = "unique",
            .sentence = "Whether the same Idempotency-Key places one order or several.",
            .breaks = "order_once",
        },
};

const struct rcp_knob_info *rcp_knob_info(enum rcp_knob knob)
{
    rcp_check(knob < RCP_KNOB_COUNT, "knob_known");
    return &knobs[knob];
}
