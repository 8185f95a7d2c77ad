/* Telling what exploring found. */
#include "cmd/recoup/explore_tell.h"

#include "cmd/recoup/files.h"
#include "cmd/recoup/judge.h"
#include "cmd/recoup/record_log.h"
#include "cmd/recoup/surprise.h"
#include "reports/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAPES "recoup-tapes"

const char *rcp_explore_expected(const struct rcp_scenario *scenario, const char *invariant)
{
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        const struct rcp_expect *expect = &scenario->expect[i];
        if (expect->kind != RCP_EXPECT_VIOLATION) {
            continue;
        }
        const char *expected = rcp_sim_names.invariant(expect->number);
        if (invariant == NULL || strcmp(expected, invariant) == 0) {
            return expected;
        }
    }
    return NULL;
}

/* The explored world as a run of its own: one seed, no expectations but violations, the path's heal. */
static struct rcp_scenario *scenario_of(const struct rcp_scenario *explored,
                                        const struct rcp_retold *retold)
{
    struct rcp_scenario *scenario = rcp_scenario_new();
    uint32_t kept = 0;
    *scenario = *explored;
    for (uint32_t i = 0; i < explored->expect_count; i++) {
        if (explored->expect[i].kind == RCP_EXPECT_VIOLATION) {
            scenario->expect[kept++] = explored->expect[i];
        }
    }
    scenario->expect_count = kept;
    scenario->seed_last = scenario->seed_first;
    if (retold->heal_ms != UINT64_MAX) {
        scenario->heal_ms = retold->heal_ms;
    }
    return scenario;
}

static void run_path(const struct rcp_policy_choice *policy,
                     const struct rcp_scenario *scenario,
                     struct rcp_explore_outcome *outcome,
                     struct rcp_result *result)
{
    struct rcp_judge *judge = rcp_allocate(sizeof *judge);
    struct rcp_arena arena = {0};
    struct rcp_record_log log = {0};
    struct rcp_run_result run;
    struct rcp_picker picker = rcp_retold_picker(&outcome->retold);
    rcp_arena_run_picked(&arena, scenario, scenario->seed_first, &picker, &run, &log);
    rcp_judge_begin(judge, scenario, result);
    rcp_judge_add(judge, &run, outcome->search.elapsed_ns / 1000u);
    rcp_judge_end(judge);
    rcp_replay_command(result, policy);
    result->story_count = rcp_tell(&run.violation, &log, result->story, RCP_RESULT_STORY_MAX);
    if (rcp_write_tape(
            TAPES, scenario, scenario->seed_first, &log, result->tape, sizeof result->tape)) {
        rcp_tape_commands(result);
    }
    rcp_record_log_free(&log);
    rcp_arena_free(&arena);
    free(judge);
}

static const char *why_it_holds(const struct rcp_explore_outcome *outcome)
{
    if (!outcome->retold_given) {
        return "the path is too long to be told as a run; a smaller world has a shorter one";
    }
    if (outcome->search.verdict == RCP_SEARCH_CYCLE) {
        return "this run goes around once and then drains; to stay in the cycle takes an order of "
               "events that goes on for ever";
    }
    return "this run does not fail: exploring and running differ, which is a bug in recoup";
}

static void print_run(const struct rcp_explore_outcome *outcome, struct rcp_result *result)
{
    struct rcp_terminal terminal = {
        .out = stdout,
        .colour = rcp_terminal_wants_colour(stdout),
        .scenario_width = (int)strlen(result->scenario),
        .policy_width = (int)strlen(result->policy),
    };
    if (result->violation_count == 0) {
        snprintf(result->reason, sizeof result->reason, "%s", why_it_holds(outcome));
    } else if (result->violations[0].expected) {
        snprintf(result->reason,
                 sizeof result->reason,
                 "violated %s, as expected",
                 result->violations[0].invariant);
    }
    rcp_terminal_surprise(&terminal, result);
}

bool rcp_explore_tell(const struct rcp_scenario *scenario,
                      const struct rcp_policy_choice *policy,
                      struct rcp_explore_outcome *outcome,
                      struct rcp_result *result)
{
    struct rcp_scenario *run = scenario_of(scenario, &outcome->retold);
    printf("\nthe shortest violation has %" PRIu32 " events\n", outcome->search.path_count);
    run_path(policy, run, outcome, result);
    print_run(outcome, result);
    free(run);
    return result->violation_count > 0 &&
           rcp_explore_expected(scenario, result->violations[0].invariant) != NULL;
}
