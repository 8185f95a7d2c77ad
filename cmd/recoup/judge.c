/* From runs to a verdict. */
#include "cmd/recoup/judge.h"

#include "cmd/recoup/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

uint64_t rcp_chain_digest(uint64_t chain, uint64_t digest, bool first)
{
    if (first) {
        return digest;
    }
    uint64_t mixed = (chain ^ (digest + 0x9e3779b97f4a7c15u + (chain << 6) + (chain >> 2)));
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

void rcp_judge_begin(struct rcp_judge *judge,
                     const struct rcp_scenario *scenario,
                     struct rcp_result *result)
{
    memset(judge, 0, sizeof *judge);
    memset(result, 0, sizeof *result);
    judge->scenario = scenario;
    judge->result = result;
    snprintf(result->scenario, sizeof result->scenario, "%s", scenario->name);
    snprintf(result->path, sizeof result->path, "%s", scenario->path);
    struct rcp_text policy = rcp_text_in(result->policy, sizeof result->policy);
    rcp_policy_words(scenario->base, scenario->policy, &policy);
    result->seed = scenario->seed_first;
    result->seed_first = scenario->seed_first;
    result->seed_last = scenario->seed_last;
}

/* ---- One run more ----------------------------------------------------------------------------- */

static bool violation_expected(const struct rcp_scenario *scenario, uint32_t invariant)
{
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        if (scenario->expect[i].kind == RCP_EXPECT_VIOLATION &&
            scenario->expect[i].number == invariant) {
            return true;
        }
    }
    return false;
}

/* The violation with this run's fingerprint: where it is known already, only counted. Surprises are
 * kept even where the list is full of expected ones. */
static void add_violation(struct rcp_judge *judge, const struct rcp_run_result *run)
{
    struct rcp_result *result = judge->result;
    const struct rcp_violation *seen = &run->violation;
    for (uint32_t i = 0; i < result->violation_count; i++) {
        if (strcmp(result->violations[i].fingerprint, seen->fingerprint) == 0) {
            result->violations[i].seeds++;
            return;
        }
    }
    bool expected = violation_expected(judge->scenario, seen->invariant);
    uint32_t index = result->violation_count;
    if (index == RCP_RESULT_VIOLATIONS_MAX) {
        if (expected || judge->surprise != 0) {
            return;
        }
        index--;
    } else {
        result->violation_count++;
    }
    const struct rcp_invariant_info *info = rcp_invariant_info((enum rcp_invariant)seen->invariant);
    struct rcp_result_violation *violation = &result->violations[index];
    *violation = (struct rcp_result_violation){
        .invariant = info->name,
        .sentence = info->sentence,
        .seed = run->seed,
        .seeds = 1,
        .at_ms = seen->at_ms,
        .expected = expected,
    };
    memcpy(violation->fingerprint, seen->fingerprint, sizeof violation->fingerprint);
    memcpy(violation->detail, seen->detail, sizeof violation->detail);
    if (!expected && judge->surprise == 0) {
        judge->surprise = index + 1;
    }
}

static bool wants_violation_in_some(const struct rcp_scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        if (scenario->expect[i].kind == RCP_EXPECT_VIOLATION && scenario->expect[i].every == 0) {
            return true;
        }
    }
    return false;
}

/* A violation ends its run early, so where only some seeds are violated, the others are counted. */
static bool can_meet(const struct rcp_judge *judge,
                     const struct rcp_expect *expect,
                     const struct rcp_run_result *run)
{
    return expect->kind == RCP_EXPECT_VIOLATION || run->outcome != RCP_RUN_VIOLATED ||
           !wants_violation_in_some(judge->scenario);
}

static bool meets(const struct rcp_expect *expect, const struct rcp_run_result *run, uint32_t index)
{
    if (expect->kind == RCP_EXPECT_VIOLATION) {
        return run->outcome == RCP_RUN_VIOLATED && run->violation.invariant == expect->number;
    }
    return run->expect_met[index] != 0;
}

static void count_expectations(struct rcp_judge *judge, const struct rcp_run_result *run)
{
    const struct rcp_scenario *scenario = judge->scenario;
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        const struct rcp_expect *expect = &scenario->expect[i];
        if (expect->kind == RCP_EXPECT_HELD || !can_meet(judge, expect, run)) {
            continue;
        }
        judge->judged[i]++;
        if (meets(expect, run, i)) {
            judge->met[i]++;
        } else if (judge->judged[i] == judge->met[i] + 1) {
            judge->unmet_seed[i] = run->seed;
            judge->unmet_value[i] = run->expect_value[i];
        }
    }
}

static void count_fired(struct rcp_judge *judge, const struct rcp_run_result *run)
{
    for (uint32_t i = 0; i < RCP_FAULT_COUNT; i++) {
        judge->fired[i] += run->fired[i];
    }
    for (uint32_t i = 0; i < RCP_RULES_MAX; i++) {
        judge->rule_fired[i] |= run->rule_fired[i];
        judge->order_fired[i] |= run->order_fired[i];
    }
    for (uint32_t i = 0; i < RCP_PLAN_MAX; i++) {
        judge->plan_fired[i] |= run->plan_fired[i];
    }
}

void rcp_judge_add(struct rcp_judge *judge, const struct rcp_run_result *run, uint64_t wall_us)
{
    struct rcp_result *result = judge->result;
    result->trace_digest =
        rcp_chain_digest(result->trace_digest, run->trace_digest, result->runs == 0);
    result->runs++;
    result->events += run->events;
    result->orders += run->orders;
    result->pg_calls += run->pg_calls;
    result->virtual_ms += run->virtual_ms;
    result->wall_us += wall_us;
    result->weak = result->weak || run->weak != 0;
    if (run->stale_tape > judge->stale_tape) {
        judge->stale_tape = run->stale_tape;
    }
    count_fired(judge, run);
    switch (run->outcome) {
    case RCP_RUN_ERROR:
        if (result->outcome != RCP_RESULT_ERROR) {
            result->outcome = RCP_RESULT_ERROR;
            result->seed = run->seed;
            snprintf(result->reason, sizeof result->reason, "the run did not work: %s", run->error);
        }
        return;
    case RCP_RUN_VIOLATED:
        judge->violated_runs++;
        add_violation(judge, run);
        break;
    case RCP_RUN_HELD:
        break;
    }
    count_expectations(judge, run);
}

/* ---- The verdict ------------------------------------------------------------------------------ */

static void add_not_fired(struct rcp_result *result, const char *text)
{
    if (result->not_fired_count == RCP_RESULT_NOT_FIRED_MAX) {
        return;
    }
    char *line = result->not_fired[result->not_fired_count++];
    bool full = result->not_fired_count == RCP_RESULT_NOT_FIRED_MAX;
    snprintf(line, sizeof result->not_fired[0], "%s", full ? "and more" : text);
}

static const char *rule_words(const struct rcp_rule *rule)
{
    if (rule->why == RCP_WHY_TAKES) {
        return "takes";
    }
    return rcp_fault_info((enum rcp_fault)rule->option)->name;
}

static void list_not_fired(struct rcp_judge *judge)
{
    const struct rcp_scenario *scenario = judge->scenario;
    char line[128];
    for (uint32_t i = 0; i < scenario->rule_count; i++) {
        const struct rcp_rule *rule = &scenario->rules[i];
        if (judge->rule_fired[i] == 0 && rule->may_not_fire == 0) {
            const char *site = rule->site == RCP_SITE_NONE
                                   ? "any effect"
                                   : rcp_site_name((enum rcp_site)rule->site);
            snprintf(
                line, sizeof line, "rule %" PRIu32 ": %s on %s", i + 1, rule_words(rule), site);
            add_not_fired(judge->result, line);
        }
    }
    for (uint32_t i = 0; i < scenario->plan_count; i++) {
        const struct rcp_plan *plan = &scenario->plan[i];
        if (judge->plan_fired[i] == 0 && plan->may_not_fire == 0) {
            const char *name = rcp_fault_info((enum rcp_fault)plan->fault)->name;
            snprintf(line, sizeof line, "%s planned at %" PRIu64 " ms", name, plan->at_ms);
            add_not_fired(judge->result, line);
        }
    }
    for (uint32_t i = 0; i < scenario->order_count; i++) {
        const struct rcp_order_rule *order = &scenario->order[i];
        if (judge->order_fired[i] == 0 && order->may_not_fire == 0) {
            const char *first = order->site[0] == RCP_SITE_NONE
                                    ? "anything"
                                    : rcp_site_name((enum rcp_site)order->site[0]);
            const char *then = rcp_site_name((enum rcp_site)order->site[1]);
            snprintf(line, sizeof line, "order %" PRIu32 ": %s before %s", i + 1, first, then);
            add_not_fired(judge->result, line);
        }
    }
}

static void list_fired(struct rcp_judge *judge)
{
    struct rcp_result *result = judge->result;
    for (uint32_t i = 1; i < RCP_FAULT_COUNT && result->fired_count < RCP_RESULT_FIRED_MAX; i++) {
        if (judge->fired[i] > 0) {
            result->fired[result->fired_count++] = (struct rcp_result_fired){
                .fault = rcp_fault_info((enum rcp_fault)i)->name,
                .count = judge->fired[i],
            };
        }
    }
}

/* What an expectation counts, in words. */
static void expectation_words(const struct rcp_expect *expect, struct rcp_text *text)
{
    switch ((enum rcp_expect_kind)expect->kind) {
    case RCP_EXPECT_ANSWER:
        rcp_text_add(text, "answers %" PRIu32, expect->number);
        break;
    case RCP_EXPECT_ENTRIES:
        rcp_text_add(
            text, "entries %s", rcp_entry_status_name((enum rcp_entry_status)expect->number));
        break;
    case RCP_EXPECT_ROWS:
        rcp_text_add(text, "rows %s", rcp_row_status_name((enum rcp_row_status)expect->number));
        break;
    case RCP_EXPECT_RECORDS:
        rcp_text_add(text, "records on the retry topic");
        break;
    case RCP_EXPECT_PARKED_RECORDS:
        rcp_text_add(text, "parked records");
        break;
    case RCP_EXPECT_ALERTS:
        rcp_text_add(text, "alerts");
        break;
    case RCP_EXPECT_DRAINED_WITHIN:
        rcp_text_add(text, "milliseconds from the heal to the drain");
        break;
    case RCP_EXPECT_EVENT:
        rcp_text_add(
            text, "records of kind %s", rcp_record_kind_name((enum rcp_record_kind)expect->number));
        break;
    case RCP_EXPECT_ORDERS:
        rcp_text_add(text,
                     "orders whose payment is %s",
                     rcp_charge_status_name((enum rcp_charge_status)expect->number));
        break;
    case RCP_EXPECT_REFUNDS:
        rcp_text_add(
            text, "refunds %s", rcp_refund_status_name((enum rcp_refund_status)expect->number));
        break;
    case RCP_EXPECT_TRANSACTIONS:
        rcp_text_add(text,
                     "transactions at the PG %s",
                     rcp_pg_status_name((enum rcp_pg_status)expect->number));
        break;
    case RCP_EXPECT_IN_ORDER:
        rcp_text_add(text,
                     expect->number != 0 ? "records consumed in the order of their sending"
                                         : "records consumed in another order than sent");
        break;
    case RCP_EXPECT_NONE:
    case RCP_EXPECT_HELD:
    case RCP_EXPECT_VIOLATION:
    case RCP_EXPECT_KIND_COUNT:
        break;
    }
    if (expect->user != 0) {
        rcp_text_add(text, " of user %" PRIu32, expect->user);
    }
    if (expect->activity != 0) {
        rcp_text_add(text, " in activity %" PRIu32, expect->activity);
    }
}

static void bounds_words(const struct rcp_expect *expect, struct rcp_text *text)
{
    if (expect->min == expect->max) {
        rcp_text_add(text, "%" PRIu64, expect->min);
    } else if (expect->max == UINT64_MAX) {
        rcp_text_add(text, "at least %" PRIu64, expect->min);
    } else {
        rcp_text_add(text, "%" PRIu64 " to %" PRIu64, expect->min, expect->max);
    }
}

/* "line 24: violation of claim_exclusive expected in every seed, but seed 3 held". */
static void explain_unmet(const struct rcp_judge *judge, uint32_t index, struct rcp_text *text)
{
    const struct rcp_expect *expect = &judge->scenario->expect[index];
    if (text->used > 0) {
        rcp_text_add(text, "; ");
    }
    if (expect->line != 0) {
        rcp_text_add(text, "line %" PRIu32 ": ", expect->line);
    }
    if (expect->kind == RCP_EXPECT_VIOLATION) {
        const char *name = rcp_invariant_info((enum rcp_invariant)expect->number)->name;
        rcp_text_add(text, "expected a violation of %s", name);
    } else {
        rcp_text_add(text, "expected ");
        expectation_words(expect, text);
        if (expect->kind != RCP_EXPECT_IN_ORDER) {
            rcp_text_add(text, ": ");
            bounds_words(expect, text);
        }
    }
    if (expect->every != 0) {
        rcp_text_add(text, " in every seed, but not in seed %" PRIu64, judge->unmet_seed[index]);
    } else {
        rcp_text_add(text, " in some seed, but in none");
    }
    if (expect->kind != RCP_EXPECT_VIOLATION && expect->kind != RCP_EXPECT_IN_ORDER) {
        rcp_text_add(text, " (counted %" PRIu64 ")", judge->unmet_value[index]);
    }
}

static bool expectation_met(const struct rcp_judge *judge, uint32_t index)
{
    const struct rcp_expect *expect = &judge->scenario->expect[index];
    if (expect->kind == RCP_EXPECT_HELD) {
        return true; /* said by the absence of surprises */
    }
    return expect->every != 0 ? judge->met[index] == judge->judged[index] : judge->met[index] > 0;
}

static void put_surprise_first(struct rcp_judge *judge)
{
    struct rcp_result *result = judge->result;
    if (judge->surprise > 1) {
        struct rcp_result_violation first = result->violations[0];
        result->violations[0] = result->violations[judge->surprise - 1];
        result->violations[judge->surprise - 1] = first;
        judge->surprise = 1;
    }
}

/* Everything that is not as expected, the gravest first. */
static void explain(struct rcp_judge *judge)
{
    struct rcp_result *result = judge->result;
    struct rcp_text reason = rcp_text_in(result->reason, sizeof result->reason);
    uint64_t telling = 0;
    if (judge->surprise != 0) {
        put_surprise_first(judge);
        telling = result->violations[0].seed;
        rcp_text_add(&reason,
                     "violated %s in seed %" PRIu64 ", which is expected to hold",
                     result->violations[0].invariant,
                     telling);
    }
    for (uint32_t i = 0; i < judge->scenario->expect_count; i++) {
        if (!expectation_met(judge, i)) {
            explain_unmet(judge, i, &reason);
            telling = telling == 0 ? judge->unmet_seed[i] : telling;
        }
    }
    if (result->not_fired_count > 0) {
        rcp_text_add(&reason,
                     "%s%" PRIu32
                     " of its faults, rules or orders never fired: they tested nothing",
                     reason.used > 0 ? "; " : "",
                     result->not_fired_count);
    }
    /* A regression whose tape fits no more tests something else than it says. */
    if (judge->stale_tape > 0 && strncmp(judge->scenario->name, "regressions/", 12) == 0) {
        rcp_text_add(&reason,
                     "%s%" PRIu32 " entries of its tape are stale: record it anew",
                     reason.used > 0 ? "; " : "",
                     judge->stale_tape);
    }
    if (result->runs == 0) {
        rcp_text_add(&reason, "%sno seed was run", reason.used > 0 ? "; " : "");
    }
    if (telling != 0) {
        result->seed = telling;
    } else if (result->violation_count > 0) {
        result->seed = result->violations[0].seed;
    }
    result->as_expected = reason.used == 0;
}

void rcp_judge_end(struct rcp_judge *judge)
{
    struct rcp_result *result = judge->result;
    list_fired(judge);
    if (result->outcome == RCP_RESULT_ERROR) {
        return; /* reason and seed are those of the first error */
    }
    result->outcome = judge->violated_runs > 0 ? RCP_RESULT_VIOLATED : RCP_RESULT_HELD;
    list_not_fired(judge);
    explain(judge);
}
