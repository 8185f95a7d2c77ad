/* Telling what came of doing a thing twice. */
#include "cmd/recoup/twice_tell.h"

#include "reports/terminal.h"

#include <inttypes.h>

static void add_value(struct rcp_text *text, enum rcp_settled in, uint64_t value)
{
    static const char *const promises[RCP_PROMISE_COUNT] = {
        [RCP_PROMISE_NONE] = "nothing",
        [RCP_PROMISE_YES] = "200 or 202",
        [RCP_PROMISE_NO] = "400, 404 or 410",
    };
    if (in == RCP_SETTLED_PROMISE) {
        rcp_text_add(text, "%s", promises[value]);
    } else if (in == RCP_SETTLED_ENTRY) {
        rcp_text_add(text, "%s", rcp_entry_status_name((enum rcp_entry_status)value));
    } else if (in == RCP_SETTLED_CHARGE) {
        rcp_text_add(text, "%s", rcp_charge_status_name((enum rcp_charge_status)value));
    } else if (in != RCP_SETTLED_PARKED) {
        rcp_text_add(text, "%" PRIu64, value);
    } else if (value == 0) {
        rcp_text_add(text, "none");
    }
    for (uint32_t cause = 0; in == RCP_SETTLED_PARKED && cause < RCP_PARK_CAUSE_COUNT; cause++) {
        if ((value >> cause & 1u) != 0) {
            rcp_text_add(text, "[%s]", rcp_park_cause_name((enum rcp_park_cause)cause));
        }
    }
}

/* "commit:3 (approve of user 1, at 0.010 s) done twice: entry is REJECTED, not APPROVED". */
static void explain(struct rcp_text *text,
                    const struct rcp_twice *twice,
                    const struct rcp_twice_difference *difference)
{
    const struct rcp_run_result *doubled = &twice->doubled;
    char when[RCP_GROUPED_SIZE];
    rcp_text_add(text,
                 "%s:%" PRIu32 " (%s",
                 rcp_twice_name((enum rcp_twice_kind)twice->replay.twice),
                 twice->replay.twice_nth,
                 rcp_site_name((enum rcp_site)doubled->twice_site));
    if (doubled->twice_user != 0) {
        rcp_text_add(text, " of user %" PRIu32, doubled->twice_user);
    }
    rcp_text_add(text,
                 ", at %s) done twice, then %s: ",
                 rcp_duration(doubled->twice_at_ms, when),
                 difference->called_off ? "everything called off" : "the faults going on");
    if (difference->in == RCP_SETTLED_INVARIANT) {
        const struct rcp_violation *violation = &doubled->violation;
        rcp_text_add(text,
                     "%s is violated: %s",
                     rcp_invariant_info((enum rcp_invariant)violation->invariant)->name,
                     violation->detail);
        return;
    }
    rcp_text_add(text, "%s", rcp_settled_name(difference->in));
    if (difference->user != 0) {
        rcp_text_add(text, " of user %" PRIu32, difference->user);
    }
    if (difference->activity != 0) {
        rcp_text_add(text, " of activity %" PRIu32, difference->activity);
    }
    rcp_text_add(text, ": ");
    add_value(text, difference->in, difference->doubled);
    rcp_text_add(text, ", once only: ");
    add_value(text, difference->in, difference->plain);
}

static void replay_command(const struct rcp_twice *twice,
                           const struct rcp_policy_choice *policy,
                           struct rcp_result *result)
{
    struct rcp_text text = rcp_text_in(result->replay, sizeof result->replay);
    rcp_add_quoted(&text, rcp_program());
    rcp_text_add(&text, " twice");
    if (result->path[0] != '\0') {
        rcp_text_add(&text, " ");
        rcp_add_quoted(&text, result->path);
    }
    rcp_text_add(&text,
                 " --seeds %" PRIu64 " --point %s:%" PRIu32,
                 result->seed,
                 rcp_twice_name((enum rcp_twice_kind)twice->replay.twice),
                 twice->replay.twice_nth);
    rcp_policy_options(policy, &text);
    rcp_text_add(&text, " -v");
}

void rcp_twice_tell(const struct rcp_twice *twice,
                    const struct rcp_policy_choice *policy,
                    enum rcp_twice_end end,
                    const struct rcp_twice_difference *difference,
                    struct rcp_result *result)
{
    if (!result->as_expected) {
        return;
    }
    struct rcp_text reason = rcp_text_in(result->reason, sizeof result->reason);
    result->as_expected = false;
    result->seed = twice->seed;
    if (end == RCP_TWICE_DIFFERS) {
        result->outcome = RCP_RESULT_VIOLATED;
        explain(&reason, twice, difference);
    } else {
        result->outcome = RCP_RESULT_ERROR;
        rcp_text_add(&reason,
                     "%s",
                     twice->doubled.outcome == RCP_RUN_ERROR ? twice->doubled.error
                                                             : "the run has no such point");
    }
    replay_command(twice, policy, result);
}
