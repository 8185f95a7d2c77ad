/* The answer table: what a call that pays, or a query, may make of each end of a try. */
#include "core/gateway/answer_table.h"

#include "core/emit.h"

#define A(answer)               (1u << RCP_PG_##answer)
#define PAYS(answers)           answers, 1
#define QUERIES(answers)        answers, 0
#define ANY                     RCP_KNOB_COUNT, 0
#define DOCUMENTED(knob)        RCP_KNOB_##knob, 0
#define HARDENED(knob)          RCP_KNOB_##knob, 1
#define MEANS(class, counts_as) RCP_PG_CLASS_##class, RCP_PG_##counts_as

#define REFUSED  (A(BAD_REQUEST) | A(UNAUTHORIZED))
#define NO_REPLY (A(BAD_GATEWAY) | A(RESET))
#define BROKEN   (A(ERROR_500) | A(NOT_CONNECTED) | NO_REPLY)

static_assert(RCP_PG_ANSWER_COUNT <= 16, "a bit for every answer");

/* Health is that of the specification (FACTS 1.5, "CB record"): connecting, timeouts and 5xx are failures,
 * refusals say nothing. Ours: a 404 to a query is a good answer, and one that nobody can read is none. */
const struct rcp_pg_rule rcp_pg_rules[] = {
    {PAYS(A(OK)), ANY, MEANS(TOLD, HEALTHY)},
    {PAYS(REFUSED | A(NOT_FOUND)), ANY, MEANS(BUSINESS, IGNORED)},
    {PAYS(A(TOO_MANY)), DOCUMENTED(TOO_MANY), MEANS(BUSINESS, IGNORED)},
    {PAYS(A(TOO_MANY)), HARDENED(TOO_MANY), MEANS(LATER, IGNORED)},
    {PAYS(A(ERROR_500)), DOCUMENTED(ANSWERED_500), MEANS(NOT_REACHED, FAILURE)},
    {PAYS(A(ERROR_500)), HARDENED(ANSWERED_500), MEANS(ASK_FIRST, FAILURE)},
    {PAYS(NO_REPLY), DOCUMENTED(NO_ANSWER), MEANS(NOT_REACHED, FAILURE)},
    {PAYS(NO_REPLY), HARDENED(NO_ANSWER), MEANS(UNCERTAIN, FAILURE)},
    {PAYS(A(TIMED_OUT)), ANY, MEANS(UNCERTAIN, FAILURE)},
    {PAYS(A(UNREADABLE)), ANY, MEANS(UNCERTAIN, FAILURE)}, /* it was heard, and answered 2xx */
    {PAYS(A(NOT_CONNECTED)), ANY, MEANS(NOT_REACHED, FAILURE)},

    {QUERIES(A(OK)), ANY, MEANS(TOLD, HEALTHY)},
    {QUERIES(A(NOT_FOUND)), ANY, MEANS(NO_RECORD, HEALTHY)},
    {QUERIES(REFUSED | A(TOO_MANY)), DOCUMENTED(QUERY_4XX), MEANS(NO_RECORD, IGNORED)},
    {QUERIES(REFUSED), HARDENED(QUERY_4XX), MEANS(BUSINESS, IGNORED)},
    {QUERIES(A(TOO_MANY)), HARDENED(QUERY_4XX), MEANS(LATER, IGNORED)},
    {QUERIES(BROKEN), ANY, MEANS(NOT_REACHED, FAILURE)},
    {QUERIES(A(TIMED_OUT) | A(UNREADABLE)), ANY, MEANS(UNCERTAIN, FAILURE)},
};
const uint32_t rcp_pg_rule_count = sizeof rcp_pg_rules / sizeof rcp_pg_rules[0];

static bool applies(const struct rcp_step *step, const struct rcp_pg_rule *rule)
{
    return rule->knob == RCP_KNOB_COUNT ||
           rcp_knob_hardened(step, (enum rcp_knob)rule->knob) == (rule->side != 0);
}

const struct rcp_pg_rule *rcp_pg_rule_find(struct rcp_step *step,
                                           enum rcp_pg_verb verb,
                                           enum rcp_pg_answer answer)
{
    for (uint32_t i = 0; i < rcp_pg_rule_count; i++) {
        const struct rcp_pg_rule *rule = &rcp_pg_rules[i];
        if ((rule->pays != 0) != rcp_pg_pays(verb) || (rule->answers >> answer & 1u) == 0 ||
            !applies(step, rule))
            continue;
        rcp_mark(step, RCP_TABLE_PG_ANSWER, i);
        return rule;
    }
    rcp_check_failed("pg_rule_exists");
}

enum rcp_pg_class rcp_pg_class_of_tries(const struct rcp_step *step,
                                        enum rcp_pg_class before,
                                        enum rcp_pg_class last)
{
    rcp_check(last != RCP_PG_CLASS_NONE && last < RCP_PG_CLASS_COUNT, "try_came_to_something");
    return rcp_knob_hardened(step, RCP_KNOB_SEVERAL_TRIES) && before > last ? before : last;
}
