/* The policy: one knob for each choice that the two documents leave open or get wrong.
 * Source: POLICIES.md, "Knobs"; what breaks on each side is in docs/POLICIES.md. */
#ifndef RCP_CORE_POLICY_H
#define RCP_CORE_POLICY_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

/* In the order of POLICIES.md. Each knob has two sides: `documented` and `hardened`. */
enum rcp_knob {
    RCP_KNOB_TOKEN_DELETE,      /* in_transaction | after_commit */
    RCP_KNOB_ENTRY_UNAVAILABLE, /* ok_200 | accepted_202 */
    RCP_KNOB_NOTHING_DURABLE,   /* ok_200 | unavailable_503 */
    RCP_KNOB_LOG_UNAVAILABLE,   /* nothing | direct_record */
    RCP_KNOB_USER_MISMATCH,     /* logged_as_failure | forbidden_403 */
    RCP_KNOB_TOKEN_MISSING,     /* bad_request_400 | ask_database */
    RCP_KNOB_CLAIM,             /* plain_select | fenced */
    RCP_KNOB_RESOLVED_MEANS,    /* handed_to_producer | entry_committed */
    RCP_KNOB_DRAIN,             /* page_per_period | until_empty */
    RCP_KNOB_RETRY_FAILED,      /* new_row | same_row */
    RCP_KNOB_ATTEMPT_COUNTS,    /* everything | handler_failures */
    RCP_KNOB_OFFSET_COMMIT,     /* after_handler | behind_durable_work */
    RCP_KNOB_UNUSABLE_RECORD,   /* skipped | parked */
    RCP_KNOB_LATE_RETRY,        /* blind_upsert | transition_table */
    RCP_KNOB_OPEN_ROWS,         /* many | one */
    RCP_KNOB_RECORD_KEY,        /* none | payment */
    RCP_KNOB_OPEN_RETRY_TOKEN,  /* left_to_expire | renewed */
    RCP_KNOB_UNKNOWN_COMMIT,    /* treated_as_failure | fenced_read */

    /* The second document. */
    RCP_KNOB_PG_ACCEPTED,       /* failure | in_progress */
    RCP_KNOB_CALLBACK_LOOKUP,   /* by_key | by_key_or_order */
    RCP_KNOB_CALLBACK_TRUST,    /* verdict | hint */
    RCP_KNOB_WHICH_TRANSACTION, /* last_of_list | aggregate */
    RCP_KNOB_QUERY_4XX,         /* not_found | only_404 */
    RCP_KNOB_ANSWERED_500,      /* resend | query_first */
    RCP_KNOB_NO_ANSWER,         /* mixed | unknown */
    RCP_KNOB_TOO_MANY,          /* business_error | retry_after */
    RCP_KNOB_SEVERAL_TRIES,     /* last | most_uncertain */
    RCP_KNOB_NOT_FOUND,         /* fail_at_once | second_fresh */
    RCP_KNOB_PENDING_LONG,      /* fail_and_forget | fail_and_ask_on */
    RCP_KNOB_QUERY_FAILING,     /* in_progress_for_ever | unknown_with_alert */
    RCP_KNOB_AGE_BASE,          /* created_at | attempted_at */
    RCP_KNOB_SELECTION,         /* all_on_every_node | claimed_pages */
    RCP_KNOB_REFUND,            /* none | intent */
    RCP_KNOB_AMOUNTS,           /* not_compared | compared */
    RCP_KNOB_UNITS_BACK,        /* overwritten | summed */
    RCP_KNOB_LOCK_ORDER,        /* mixed | global */
    RCP_KNOB_PG_ORDER_ID,       /* as_is | padded */
    RCP_KNOB_IDEMPOTENCY_KEY,   /* none | unique */
    RCP_KNOB_COUNT
};

/* Bit k is set where knob k stands on its hardened side. Copied by assignment. */
struct rcp_policy {
    uint64_t hardened;
};

static_assert(RCP_KNOB_COUNT <= 64, "a bit for every knob");

/* What a person needs to know of a knob. Constant data, never freed. */
struct rcp_knob_info {
    const char *name;       /* as in scenarios and on the command line */
    const char *documented; /* name of the documented side */
    const char *hardened;   /* name of the hardened side */
    const char *sentence;   /* what is chosen here */
    const char
        *breaks; /* invariant id that the documented side breaks; NULL where it breaks none */
};

struct rcp_policy rcp_policy_documented(void);
struct rcp_policy rcp_policy_hardened(void);

/* The knob's row. Needs knob < RCP_KNOB_COUNT. */
const struct rcp_knob_info *rcp_knob_info(enum rcp_knob knob);

/* True where the knob stands on its hardened side. */
static inline bool rcp_hardened(struct rcp_policy policy, enum rcp_knob knob)
{
    return (policy.hardened >> knob & 1u) != 0;
}

/* Turns one knob to its hardened (true) or documented (false) side. */
void rcp_policy_set(struct rcp_policy *policy, enum rcp_knob knob, bool hardened);

/* NULL where the combination makes sense; else a sentence that says which knob needs which. */
const char *rcp_policy_refusal(struct rcp_policy policy);

#endif
