/* The decision table, in the order of FACTS 1.6. Documented rows are its columns "code"; hardened ones
 * are from POLICIES.md: what is not known is asked again, and nothing is forgotten that may still come. */
#include "core/order/decision_table.h"

#include "core/emit.h"

/* A charge of this status, this result at this age ... */
#define ON(charge, result, age) RCP_CHARGE_##charge, RCP_PG_RESULT_##result, RCP_AGE_##age

/* ... under this policy ... */
#define WHATEVER         RCP_KNOB_COUNT, 0
#define DOCUMENTED(knob) RCP_KNOB_##knob, 0
#define HARDENED(knob)   RCP_KNOB_##knob, 1

/* ... is settled so. */
#define PAY(asked_on)           RCP_SETTLE_PAY, RCP_FAILURE_NONE, RCP_ASKED_ON_##asked_on
#define FAIL(failure, asked_on) RCP_SETTLE_FAIL, RCP_FAILURE_##failure, RCP_ASKED_ON_##asked_on
#define DO(settle)              RCP_SETTLE_##settle, RCP_FAILURE_NONE, RCP_ASKED_ON_NO
#define ASK_ON                  RCP_SETTLE_LEAVE, RCP_FAILURE_NONE, RCP_ASKED_ON_YES

const struct rcp_decision_rule rcp_decision_rules[] = {
    {ON(IN_PROGRESS, SUCCESS, ANY), HARDENED(REFUND), PAY(TILL_OVER)},
    {ON(IN_PROGRESS, SUCCESS, ANY), DOCUMENTED(REFUND), PAY(NO)},
    {ON(IN_PROGRESS, FAILED, ANY), HARDENED(REFUND), FAIL(PG, TILL_OVER)},
    {ON(IN_PROGRESS, FAILED, ANY), DOCUMENTED(REFUND), FAIL(PG, NO)},
    {ON(IN_PROGRESS, PENDING, YOUNG), HARDENED(PG_ACCEPTED), DO(KEY)},
    {ON(IN_PROGRESS, PENDING, YOUNG), DOCUMENTED(PG_ACCEPTED), DO(LEAVE)},
    {ON(IN_PROGRESS, PENDING, OLD), HARDENED(PENDING_LONG), FAIL(TIME_OUT, YES)},
    {ON(IN_PROGRESS, PENDING, OLD), DOCUMENTED(PENDING_LONG), FAIL(TIME_OUT, NO)},
    {ON(IN_PROGRESS, PENDING, SILENT), WHATEVER, DO(SIGHT)},
    {ON(IN_PROGRESS, NOT_FOUND, FIRST), HARDENED(NOT_FOUND), DO(MISS)},
    {ON(IN_PROGRESS, NOT_FOUND, FIRST), DOCUMENTED(NOT_FOUND), FAIL(NO_RECORD, NO)},
    {ON(IN_PROGRESS, NOT_FOUND, SECOND), HARDENED(NOT_FOUND), FAIL(NO_RECORD, YES)},
    {ON(IN_PROGRESS, NOT_FOUND, SECOND), DOCUMENTED(NOT_FOUND), FAIL(NO_RECORD, NO)},
    {ON(IN_PROGRESS, NOT_FOUND, SILENT), HARDENED(NOT_FOUND), DO(SIGHT)},
    {ON(IN_PROGRESS, NOT_FOUND, SILENT), DOCUMENTED(NOT_FOUND), FAIL(NO_RECORD, NO)},
    {ON(IN_PROGRESS, QUERY_FAILED, YOUNG), WHATEVER, DO(LEAVE)},
    {ON(IN_PROGRESS, QUERY_FAILED, OLD), HARDENED(QUERY_FAILING), DO(DOUBT)},
    {ON(IN_PROGRESS, QUERY_FAILED, OLD), DOCUMENTED(QUERY_FAILING), DO(LEAVE)}, /* FACTS 1.9, 7 */
    {ON(IN_PROGRESS, MISMATCH, ANY), WHATEVER, DO(REVIEW)},

    /* The PG was silent: settled by SUCCESS or FAILED alone, else its clocks start anew */
    {ON(UNKNOWN, SUCCESS, ANY), HARDENED(REFUND), PAY(TILL_OVER)},
    {ON(UNKNOWN, SUCCESS, ANY), DOCUMENTED(REFUND), PAY(NO)},
    {ON(UNKNOWN, FAILED, ANY), HARDENED(REFUND), FAIL(PG, TILL_OVER)},
    {ON(UNKNOWN, FAILED, ANY), DOCUMENTED(REFUND), FAIL(PG, NO)},
    {ON(UNKNOWN, PENDING, ANY), WHATEVER, DO(SIGHT)},
    {ON(UNKNOWN, NOT_FOUND, ANY), WHATEVER, DO(SIGHT)},
    {ON(UNKNOWN, QUERY_FAILED, ANY), WHATEVER, DO(LEAVE)},
    {ON(UNKNOWN, MISMATCH, ANY), WHATEVER, DO(REVIEW)},

    /* FAILED without the PG's last word: whatever it took goes back */
    {ON(FAILED, SUCCESS, OPEN), WHATEVER, ASK_ON},
    {ON(FAILED, SUCCESS, OVER), WHATEVER, DO(CLOSE)},
    {ON(FAILED, FAILED, OPEN), WHATEVER, ASK_ON},
    {ON(FAILED, FAILED, OVER), WHATEVER, DO(CLOSE)},
    {ON(FAILED, PENDING, OPEN), WHATEVER, ASK_ON},
    {ON(FAILED, NOT_FOUND, OPEN), WHATEVER, ASK_ON},
    {ON(FAILED, NOT_FOUND, OVER), WHATEVER, DO(CLOSE)},
    {ON(FAILED, QUERY_FAILED, OPEN), WHATEVER, ASK_ON},
    {ON(FAILED, MISMATCH, OPEN), WHATEVER, ASK_ON},
    {ON(FAILED, MISMATCH, OVER), WHATEVER, DO(CLOSE)},

    /* PAID, and more than one POST may have been taken: what is beyond the one it keeps goes back */
    {ON(PAID, SUCCESS, OPEN), WHATEVER, ASK_ON},
    {ON(PAID, SUCCESS, OVER), WHATEVER, DO(CLOSE)},
    {ON(PAID, FAILED, OPEN), WHATEVER, ASK_ON},
    {ON(PAID, FAILED, OVER), WHATEVER, DO(CLOSE)},
    {ON(PAID, PENDING, OPEN), WHATEVER, ASK_ON},
    {ON(PAID, NOT_FOUND, OPEN), WHATEVER, ASK_ON},
    {ON(PAID, NOT_FOUND, OVER), WHATEVER, DO(CLOSE)},
    {ON(PAID, QUERY_FAILED, OPEN), WHATEVER, ASK_ON},
    {ON(PAID, MISMATCH, OPEN), WHATEVER, ASK_ON},
    {ON(PAID, MISMATCH, OVER), WHATEVER, DO(CLOSE)},
};

const uint32_t rcp_decision_rule_count = sizeof rcp_decision_rules / sizeof rcp_decision_rules[0];

static bool was_silent(struct rcp_policy policy, const struct rcp_order_row *row)
{
    return row->silent && rcp_hardened(policy, RCP_KNOB_QUERY_FAILING);
}

/* Since the payment was attempted, or the PG was sighted again. Exactly 5:00 is not over (FACTS 1.6). */
static enum rcp_age by_clock(const struct rcp_order_row *row)
{
    return row->sight_age_ms > RCP_FORCE_FAIL_MS ? RCP_AGE_OLD : RCP_AGE_YOUNG;
}

enum rcp_age rcp_age_of(struct rcp_policy policy,
                        const struct rcp_order_row *row,
                        enum rcp_pg_result result,
                        bool over)
{
    if (row->status == RCP_CHARGE_FAILED || row->status == RCP_CHARGE_PAID)
        return over ? RCP_AGE_OVER : RCP_AGE_OPEN;
    if (row->status == RCP_CHARGE_UNKNOWN)
        return RCP_AGE_ANY;
    switch (result) {
    case RCP_PG_RESULT_PENDING:
        return was_silent(policy, row) ? RCP_AGE_SILENT : by_clock(row);
    case RCP_PG_RESULT_NOT_FOUND:
        if (was_silent(policy, row))
            return RCP_AGE_SILENT;
        return row->misses > 0 && row->miss_age_ms >= RCP_NOT_FOUND_GRACE_MS ? RCP_AGE_SECOND
                                                                             : RCP_AGE_FIRST;
    case RCP_PG_RESULT_QUERY_FAILED:
        return by_clock(row);
    case RCP_PG_RESULT_NONE:
    case RCP_PG_RESULT_SUCCESS:
    case RCP_PG_RESULT_FAILED:
    case RCP_PG_RESULT_MISMATCH:
    case RCP_PG_RESULT_COUNT:
        break;
    }
    return RCP_AGE_ANY;
}

const struct rcp_decision_rule *rcp_decision_find(struct rcp_step *step,
                                                  enum rcp_charge_status charge,
                                                  enum rcp_pg_result result,
                                                  enum rcp_age age)
{
    for (uint32_t i = 0; i < rcp_decision_rule_count; i++) {
        const struct rcp_decision_rule *rule = &rcp_decision_rules[i];
        bool knob = rule->knob == RCP_KNOB_COUNT ||
                    rcp_knob_hardened(step, (enum rcp_knob)rule->knob) == (rule->side != 0);
        if (rule->charge == charge && rule->result == result && rule->age == age && knob) {
            rcp_mark(step, RCP_TABLE_DECISION, i);
            return rule;
        }
    }
    rcp_check_failed("decision_exists");
}
