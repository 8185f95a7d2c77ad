/* recoup explore: a small world completely: every order of events, every fault at every place. */
#include "cmd/recoup/certificate.h"
#include "cmd/recoup/explore_crew.h"
#include "cmd/recoup/files.h"
#include "cmd/recoup/judge.h"
#include "cmd/recoup/record_log.h"
#include "cmd/recoup/stop.h"
#include "cmd/recoup/surprise.h"
#include "cmd/recoup/verb.h"
#include "reports/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAULTS_MAX     8u
#define CRASHES_MAX    4u
#define MEMORY_DEFAULT (UINT64_C(4) << 30)
#define TAPES          "recoup-tapes"

static const char help[] =
    "NAME\n"
    "    recoup explore - see a small world completely\n"
    "\n"
    "SYNOPSIS\n"
    "    recoup explore FILE [--faults K] [--crashes C] [--policy P] [--set KNOB=VALUE]\n"
    "                        [--jobs N] [--memory 4G] [--reductions off]\n"
    "                        [--certificate] [--json FILE] [--junit FILE]\n"
    "\n"
    "DESCRIPTION\n"
    "    Goes through every state that FILE's world can reach: every order of the events that may\n"
    "    be next, up to K faults and C crashes wherever one may strike, and the heal at every\n"
    "    point. First without any, then with more, so that the first violation has the fewest\n"
    "    faults, and is the shortest of those: the same one for every --jobs. After the heal "
    "every\n"
    "    path must drain: a dead end, or a cycle, is a violation too.\n"
    "\n"
    "    The world must be small: few clients, `instant: true`, limits near 1. Look at\n"
    "    scenarios/explore.\n"
    "\n"
    "OPTIONS\n"
    "    --faults K          faults that strike messages, at most (default 1, up to 8)\n"
    "    --crashes C         crashes of a process, at most (default 0, up to 4)\n"
    "    --policy P          documented or hardened, in place of the scenario's own\n"
    "    --set KNOB=VALUE    turn one knob (recoup list knobs); may be given several times\n"
    "    --jobs N            threads (default: one for each processor)\n"
    "    --memory M          at most so much: 500M, 8G (default 4G)\n"
    "    --reductions off    see also what the reductions leave out; much slower\n"
    "    --certificate       print which strikes, single and in pairs, were reached and held\n"
    "    --json FILE         write the certificate as JSON\n"
    "    --junit FILE        write it as JUnit XML, a test case for each single strike\n"
    "\n"
    "EXIT STATUS\n"
    "    0    complete, and every invariant held; or FILE expects the violation found\n"
    "    1    a violation, or none where FILE expects one\n"
    "    2    bad usage or input\n"
    "    3    nothing wrong found, but stopped: memory, room, interrupted; what was covered is "
    "said\n"
    "\n"
    "EXAMPLES\n"
    "    recoup explore scenarios/explore/one-payment.yaml --faults 2 --crashes 1\n"
    "    recoup explore scenarios/explore/one-payment.yaml --policy documented\n";

struct options {
    struct rcp_policy_choice policy;
    uint64_t faults;
    uint64_t crashes;
    uint64_t jobs;
    uint64_t memory;
    bool unreduced;
    bool certificate;
    const char *json;
    const char *junit;
    const char *path;
};

/* --- Options --- */

static bool read_memory(const char *value, uint64_t *bytes)
{
    static const struct {
        const char *unit;
        uint64_t bytes;
    } units[] = {{"M", UINT64_C(1) << 20}, {"G", UINT64_C(1) << 30}};
    char *unit = NULL;
    uint64_t number = strtoull(value, &unit, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (unit != value && strcmp(unit, units[i].unit) == 0 && number > 0 &&
            number <= (UINT64_C(1) << 40) / units[i].bytes) {
            *bytes = number * units[i].bytes;
            return true;
        }
    }
    return rcp_usage("explore", "--memory '%s': a number with a unit: 500M, 8G", value);
}

static bool read_bound(const char *option, const char *value, uint64_t max, uint64_t *bound)
{
    if (!rcp_read_number("explore", option, value, bound)) {
        return false;
    }
    if (*bound > max) {
        return rcp_usage("explore", "%s '%s': at most %" PRIu64, option, value, max);
    }
    return true;
}

static bool read_option(int option, struct options *options)
{
    switch (option) {
    case 'p':
        return rcp_read_policy("explore", optarg, &options->policy);
    case 'k':
        return rcp_read_knob("explore", optarg, &options->policy);
    case 'f':
        return read_bound("--faults", optarg, FAULTS_MAX, &options->faults);
    case 'c':
        return read_bound("--crashes", optarg, CRASHES_MAX, &options->crashes);
    case 'j':
        return read_bound("--jobs", optarg, RCP_SEARCH_WORKERS_MAX, &options->jobs);
    case 'm':
        return read_memory(optarg, &options->memory);
    case 'r':
        options->unreduced = strcmp(optarg, "off") == 0;
        return options->unreduced || strcmp(optarg, "on") == 0 ||
               rcp_usage("explore", "--reductions '%s': on or off", optarg);
    case 'e':
        options->certificate = true;
        return true;
    case 'o':
        options->json = optarg;
        return true;
    default:
        options->junit = optarg;
        return true;
    }
}

static bool take_path(int argc, char **argv, struct options *options)
{
    if (argc - optind != 1) {
        return rcp_usage("explore",
                         argc == optind ? "a scenario is missing" : "one scenario at a time");
    }
    options->path = argv[optind];
    if (options->jobs == 0) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        options->jobs =
            processors > 0 && processors < (long)RCP_SEARCH_WORKERS_MAX ? (uint64_t)processors : 1;
    }
    return true;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option long_options[] = {
        {"policy", required_argument, NULL, 'p'},
        {"set", required_argument, NULL, 'k'},
        {"faults", required_argument, NULL, 'f'},
        {"crashes", required_argument, NULL, 'c'},
        {"jobs", required_argument, NULL, 'j'},
        {"memory", required_argument, NULL, 'm'},
        {"reductions", required_argument, NULL, 'r'},
        {"certificate", no_argument, NULL, 'e'},
        {"json", required_argument, NULL, 'o'},
        {"junit", required_argument, NULL, 'u'},
        {NULL, 0, NULL, 0},
    };
    bool good = true;
    int option = 0;
    opterr = 0;
    while (good && (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (option == '?' || option == ':') {
            rcp_usage_option("explore", argc, argv, option == ':');
            return false;
        }
        good = read_option(option, options);
    }
    return good && take_path(argc, argv, options);
}

/* --- One depth after the other --- */

static void show_progress(void *context, const struct rcp_search_result *so_far)
{
    char line[160];
    char states[RCP_GROUPED_SIZE];
    char transitions[RCP_GROUPED_SIZE];
    char frontier[RCP_GROUPED_SIZE];
    (void)context;
    snprintf(line,
             sizeof line,
             "%s states, %s transitions, depth %" PRIu64 ", %s at work",
             rcp_grouped(so_far->states, states),
             rcp_grouped(so_far->transitions, transitions),
             so_far->depth,
             rcp_grouped(so_far->frontier, frontier));
    rcp_terminal_progress(line);
}

static const char *verdict_words(enum rcp_search_verdict verdict)
{
    switch (verdict) {
    case RCP_SEARCH_COMPLETE:
        return "complete";
    case RCP_SEARCH_FOUND:
        return "violated";
    case RCP_SEARCH_DEAD_END:
        return "dead end after the heal";
    case RCP_SEARCH_CYCLE:
        return "cycle after the heal";
    case RCP_SEARCH_MEMORY:
        return "stopped: the memory is used up; give --memory more";
    case RCP_SEARCH_ROOM:
        return "stopped: the world ran out of room";
    case RCP_SEARCH_STOPPED:
        return "stopped: interrupted";
    }
    return "";
}

static void print_depth(const struct rcp_explore_bounds *bounds,
                        const struct rcp_explore_outcome *outcome)
{
    const struct rcp_search_result *search = &outcome->search;
    char numbers[6][RCP_GROUPED_SIZE];
    double seconds = (double)search->elapsed_ns * 1e-9;
    double per_second = seconds > 0 ? 1 / seconds : 0;
    uint64_t saved = search->states > 0 ? search->states : 1;
    rcp_terminal_progress("");
    printf("  faults %" PRIu32 ", crashes %" PRIu32 ": %s\n"
           "    %s states, %s transitions, depth %" PRIu64 ", %.2f s\n"
           "    %s states/s, %s transitions/s, %s bytes a world (at most %s), 2^%" PRId32
           " that two states were taken for one\n",
           bounds->faults,
           bounds->crashes,
           verdict_words(search->verdict),
           rcp_grouped(search->states, numbers[0]),
           rcp_grouped(search->transitions, numbers[1]),
           search->depth,
           seconds,
           rcp_grouped((uint64_t)((double)search->states * per_second), numbers[2]),
           rcp_grouped((uint64_t)((double)search->transitions * per_second), numbers[3]),
           rcp_grouped(search->state_bytes / saved, numbers[4]),
           rcp_grouped(search->state_bytes_max, numbers[5]),
           outcome->collision_log2);
}

/* From no fault at all to all that are allowed; crashes join once no fault alone breaks anything. */
static void search_deeper(const struct options *options,
                          const struct rcp_scenario *scenario,
                          struct rcp_explore_bounds *bounds,
                          struct rcp_explore_outcome *outcome)
{
    *bounds = (struct rcp_explore_bounds){.unreduced = options->unreduced};
    for (;;) {
        struct rcp_explore_task task = {
            .scenario = scenario,
            .bounds = *bounds,
            .jobs = (uint32_t)options->jobs,
            .memory = options->memory,
            .progress = isatty(STDERR_FILENO) ? show_progress : NULL,
        };
        rcp_explore_crew_run(&task, outcome);
        print_depth(bounds, outcome);
        fflush(stdout);
        if (outcome->search.verdict != RCP_SEARCH_COMPLETE ||
            (bounds->faults == options->faults && bounds->crashes == options->crashes)) {
            return;
        }
        if (bounds->crashes < options->crashes) {
            bounds->crashes++;
        } else {
            bounds->faults++;
        }
    }
}

/* --- What a person gets to see of a violation --- */

/* The path as an ordinary run: its story and its tape. */
static void tell(const struct options *options,
                 const struct rcp_scenario *explored,
                 struct rcp_explore_outcome *outcome,
                 struct rcp_result *result)
{
    struct rcp_scenario *scenario = rcp_scenario_new();
    struct rcp_judge *judge = rcp_allocate(sizeof *judge);
    struct rcp_arena arena = {0};
    struct rcp_record_log log = {0};
    struct rcp_run_result run;
    *scenario = *explored;
    scenario->seed_last = scenario->seed_first;
    if (outcome->retold.heal_ms != UINT64_MAX) {
        scenario->heal_ms = outcome->retold.heal_ms;
    }
    struct rcp_picker picker = rcp_retold_picker(&outcome->retold);
    rcp_arena_run_picked(&arena, scenario, scenario->seed_first, &picker, &run, &log);
    rcp_judge_begin(judge, scenario, result);
    rcp_judge_add(judge, &run, outcome->search.elapsed_ns / 1000u);
    rcp_judge_end(judge);
    rcp_replay_command(result, &options->policy);
    result->story_count = rcp_tell(&run.violation, &log, result->story, RCP_RESULT_STORY_MAX);
    if (rcp_write_tape(
            TAPES, scenario, scenario->seed_first, &log, result->tape, sizeof result->tape)) {
        struct rcp_text text = rcp_text_in(result->replay, sizeof result->replay);
        rcp_add_quoted(&text, rcp_program());
        rcp_text_add(&text, " replay ");
        rcp_add_quoted(&text, result->tape);
        rcp_text_add(&text, " -v");
    }
    rcp_record_log_free(&log);
    rcp_arena_free(&arena);
    free(judge);
    free(scenario);
}

static bool expects(const struct rcp_scenario *scenario, const struct rcp_result *result)
{
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        const struct rcp_expect *expect = &scenario->expect[i];
        if (expect->kind == RCP_EXPECT_VIOLATION) {
            for (uint32_t k = 0; k < result->violation_count; k++) {
                if (strcmp(result->violations[k].invariant,
                           rcp_sim_names.invariant(expect->number)) == 0) {
                    return true;
                }
            }
        }
    }
    return false;
}

static enum rcp_exit report_violation(const struct options *options,
                                      const struct rcp_scenario *scenario,
                                      struct rcp_explore_outcome *outcome)
{
    struct rcp_result *result = rcp_allocate(sizeof *result);
    tell(options, scenario, outcome, result);
    struct rcp_terminal terminal = {
        .out = stdout,
        .colour = rcp_terminal_wants_colour(stdout),
        .scenario_width = (int)strlen(result->scenario),
        .policy_width = (int)strlen(result->policy),
    };
    printf("\nthe shortest violation has %" PRIu32 " events\n", outcome->search.path_count);
    rcp_terminal_surprise(&terminal, result);
    bool expected = expects(scenario, result);
    free(result);
    return expected ? RCP_EXIT_AS_EXPECTED : RCP_EXIT_NOT_AS_EXPECTED;
}

/* --- The verb --- */

static bool load(const struct options *options, struct rcp_scenario *scenario)
{
    char text[256];
    if (!rcp_load(options->path, &options->policy, scenario)) {
        return false;
    }
    if (rcp_explore_possible(scenario, text, sizeof text)) {
        return true;
    }
    fprintf(stderr, "%s: %s\n", options->path, text);
    return false;
}

static enum rcp_exit conclude(const struct options *options,
                              const struct rcp_scenario *scenario,
                              const struct rcp_explore_bounds *bounds,
                              struct rcp_explore_outcome *outcome)
{
    switch (outcome->search.verdict) {
    case RCP_SEARCH_COMPLETE:
        puts("complete: every invariant held in every state, and every path drains after the "
             "heal");
        break;
    case RCP_SEARCH_FOUND:
    case RCP_SEARCH_DEAD_END:
    case RCP_SEARCH_CYCLE:
        return report_violation(options, scenario, outcome);
    case RCP_SEARCH_ROOM:
        printf("not complete: %s\n", outcome->error);
        return RCP_EXIT_STOPPED;
    case RCP_SEARCH_MEMORY:
    case RCP_SEARCH_STOPPED:
        printf("not complete: %s; nothing wrong in what was seen\n",
               verdict_words(outcome->search.verdict));
        return RCP_EXIT_STOPPED;
    }
    struct rcp_certificate certificate = {.scenario = scenario,
                                          .bounds = *bounds,
                                          .search = &outcome->search,
                                          .seen = &outcome->seen};
    if (options->certificate) {
        rcp_certificate_print(&certificate, stdout);
    }
    bool written =
        (options->json == NULL || rcp_certificate_write_json(&certificate, options->json)) &&
        (options->junit == NULL || rcp_certificate_write_junit(&certificate, options->junit));
    return written ? RCP_EXIT_AS_EXPECTED : RCP_EXIT_BAD_INPUT;
}

static enum rcp_exit explore(int argc, char **argv)
{
    struct options options = {.faults = 1, .memory = MEMORY_DEFAULT};
    if (!read_options(argc, argv, &options)) {
        return RCP_EXIT_BAD_INPUT;
    }
    struct rcp_scenario *scenario = rcp_scenario_new();
    if (!load(&options, scenario)) {
        free(scenario);
        return RCP_EXIT_BAD_INPUT;
    }
    char policy[256];
    struct rcp_text text = rcp_text_in(policy, sizeof policy);
    struct rcp_explore_bounds bounds;
    struct rcp_explore_outcome *outcome = rcp_allocate(sizeof *outcome);
    rcp_policy_words(scenario->base, scenario->policy, &text);
    printf("%s (%s), %" PRIu64 " jobs\n", scenario->name, policy, options.jobs);
    rcp_stop_on_signal();
    search_deeper(&options, scenario, &bounds, outcome);
    enum rcp_exit code = conclude(&options, scenario, &bounds, outcome);
    free(outcome);
    free(scenario);
    return code;
}

const struct rcp_verb rcp_verb_explore = {
    .name = "explore",
    .summary = "see a small world completely",
    .help = help,
    .run = explore,
};
