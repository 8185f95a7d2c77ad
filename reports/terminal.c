/* The verdicts for a person at a terminal. */
#include "reports/terminal.h"

#include "reports/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_BAD, COLOUR_DIM, COLOUR_BOLD };

bool rcp_terminal_wants_colour(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (no_color != NULL && no_color[0] != '\0') {
        return false;
    }
    if (term != NULL && term[0] == 'd' && term[1] == 'u') { /* TERM=dumb */
        return false;
    }
    return isatty(fileno(stream)) == 1;
}

static void colour(const struct rcp_terminal *terminal, enum colour which)
{
    static const char *const codes[] = {
        [COLOUR_NONE] = "\033[0m",
        [COLOUR_GOOD] = "\033[32m",
        [COLOUR_BAD] = "\033[31m",
        [COLOUR_DIM] = "\033[2m",
        [COLOUR_BOLD] = "\033[1m",
    };
    if (terminal->colour) {
        fputs(codes[which], terminal->out);
    }
}

/* Seeds that violate what the first violation violates, however they got there. */
static uint64_t seeds_of_first(const struct rcp_result *result)
{
    uint64_t seeds = 0;
    for (uint32_t i = 0; i < result->violation_count; i++) {
        if (strcmp(result->violations[i].invariant, result->violations[0].invariant) == 0) {
            seeds += result->violations[i].seeds;
        }
    }
    return seeds;
}

/* "held"; "violated claim_exclusive in 3 of 20 seeds"; "error". */
static void write_outcome(FILE *out, const struct rcp_result *result)
{
    fputs(rcp_result_outcome_name(result->outcome), out);
    if (result->outcome == RCP_RESULT_VIOLATED && result->violation_count > 0) {
        const struct rcp_result_violation *violation = &result->violations[0];
        fprintf(out, " %s", violation->invariant);
        if (result->runs > 1) {
            fprintf(
                out, " in %" PRIu64 " of %" PRIu64 " seeds", seeds_of_first(result), result->runs);
        }
    }
    if (result->weak) {
        fputs(" [weak-durability]", out);
    }
}

void rcp_terminal_verdict(const struct rcp_terminal *terminal, const struct rcp_result *result)
{
    FILE *out = terminal->out;
    const char *mark = "ok";
    if (result->outcome == RCP_RESULT_ERROR) {
        mark = "ERROR";
    } else if (!result->as_expected) {
        mark = "FAIL";
    }
    colour(terminal, result->as_expected ? COLOUR_GOOD : COLOUR_BAD);
    fprintf(out, "  %-5s", mark);
    colour(terminal, COLOUR_NONE);
    fprintf(out,
            "  %-*s  %-*s  ",
            terminal->scenario_width,
            result->scenario,
            terminal->policy_width,
            result->policy);
    colour(terminal, COLOUR_DIM);
    fprintf(out, "%5" PRIu64 " %-5s", result->runs, result->runs == 1 ? "seed" : "seeds");
    colour(terminal, COLOUR_NONE);
    fputs("  ", out);
    write_outcome(out, result);
    if (result->as_expected && result->outcome == RCP_RESULT_VIOLATED) {
        fputs(", as expected", out);
    }
    fputc('\n', out);
}

static void write_violation(const struct rcp_terminal *terminal,
                            const struct rcp_result_violation *violation)
{
    FILE *out = terminal->out;
    char when[RCP_GROUPED_SIZE];
    fputs("    ", out);
    colour(terminal, COLOUR_BOLD);
    fputs(violation->invariant, out);
    colour(terminal, COLOUR_NONE);
    fprintf(out,
            ": %s\n    %s, at %s of seed %" PRIu64 "\n",
            violation->sentence,
            violation->detail,
            rcp_duration(violation->at_ms, when),
            violation->seed);
    colour(terminal, COLOUR_DIM);
    fprintf(out, "    fingerprint %s\n", violation->fingerprint);
    colour(terminal, COLOUR_NONE);
}

void rcp_terminal_surprise(const struct rcp_terminal *terminal, const struct rcp_result *result)
{
    FILE *out = terminal->out;
    fputc('\n', out);
    colour(terminal, COLOUR_BAD);
    fprintf(out, "%s", result->scenario);
    colour(terminal, COLOUR_NONE);
    fprintf(out, " (%s): %s\n", result->policy, result->reason);
    for (uint32_t i = 0; i < result->violation_count; i++) {
        if (!result->violations[i].expected) {
            write_violation(terminal, &result->violations[i]);
        }
    }
    if (result->story_count > 0) {
        fputs("    What happened:\n", out);
        for (uint32_t i = 0; i < result->story_count; i++) {
            fprintf(out, "      %s\n", result->story[i]);
        }
    }
    for (uint32_t i = 0; i < result->not_fired_count; i++) {
        fprintf(out, "    did not fire: %s\n", result->not_fired[i]);
    }
    fprintf(out, "    seed    %" PRIu64 "\n", result->seed);
    if (result->tape[0] != '\0') {
        fprintf(out, "    tape    %s\n", result->tape);
    }
    fprintf(out, "    replay  %s\n", result->replay);
    if (result->shrink[0] != '\0') {
        fprintf(out, "    shrink  %s\n", result->shrink);
    }
}

void rcp_terminal_summary(const struct rcp_terminal *terminal,
                          const struct rcp_result_summary *summary,
                          uint64_t wall_us)
{
    char runs[RCP_GROUPED_SIZE];
    char events[RCP_GROUPED_SIZE];
    bool good = summary->not_as_expected == 0 && summary->errors == 0;
    fputc('\n', terminal->out);
    colour(terminal, good ? COLOUR_GOOD : COLOUR_BAD);
    fprintf(terminal->out,
            "%" PRIu32 " as expected, %" PRIu32 " not as expected, %" PRIu32 " %s",
            summary->as_expected,
            summary->not_as_expected,
            summary->errors,
            summary->errors == 1 ? "error" : "errors");
    colour(terminal, COLOUR_NONE);
    fprintf(terminal->out,
            "  (%s %s, %s events, %" PRIu64 ".%02" PRIu64 " s)\n",
            rcp_grouped(summary->runs, runs),
            summary->runs == 1 ? "run" : "runs",
            rcp_grouped(summary->events, events),
            wall_us / 1000000,
            wall_us % 1000000 / 10000);
}

void rcp_terminal_progress(const char *line)
{
    if (isatty(fileno(stderr)) == 1) {
        fprintf(stderr, "\r\033[K%s", line);
        fflush(stderr);
    }
}
