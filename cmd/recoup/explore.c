/* recoup explore: a small world completely: every order of events, every fault at every place. */
#include "cmd/recoup/certificate.h"
#include "cmd/recoup/explore_crew.h"
#include "cmd/recoup/explore_tell.h"
#include "cmd/recoup/files.h"
#include "cmd/recoup/stop.h"
#include "cmd/recoup/verb.h"
#include "reports/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAULTS_MAX     8u
#define CRASHES_MAX    4u
#define MEGABYTE       (UINT64_C(1) << 20)
#define MEMORY_DEFAULT (UINT64_C(4) << 30)

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
    "    point. First none, then up to C crashes, then one fault more each time: the violation\n"
    "    that is told has the fewest faults, and is a shortest of those, the same for every\n"
    "    --jobs. After the heal every path must drain: a dead end, or a cycle, is a violation "
    "too.\n"
    "\n"
    "    The world must be small: few clients, `instant: true`, limits near 1. Look at\n"
    "    scenarios/explore. Of `expect:`, only `violation` lines count here.\n"
    "\n"
    "    A violation is told as a run, and its tape is written below recoup-tapes.\n"
    "\n"
    "OPTIONS\n"
    "    --faults K          faults that strike messages, at most (default 1, up to 8)\n"
    "    --crashes C         crashes of a process, at most (default 0, up to 4)\n"
    "    --policy P          documented or hardened, in place of the scenario's own\n"
    "    --set KNOB=VALUE    turn one knob (recoup list knobs); may be given several times\n"
    "    --jobs N            threads (default: one for each processor)\n"
    "    --memory M          at most so much: 500M, 8G (default 4G)\n"
    "                        where it gets short, states wait packed: slower, but more fit\n"
    "    --reductions off    see also what the reductions leave out; much slower\n"
    "    --certificate       print which strikes, single and in pairs, were reached and held\n"
    "    --json FILE         write what came out as JSON: the certificate, where complete\n"
    "    --junit FILE        write it as JUnit XML, with a test case for each single strike\n"
    "\n"
    "EXIT STATUS\n"
    "    0    complete, and every invariant held; or FILE expects the violation found\n"
    "    1    a violation, or none where FILE expects one\n"
    "    2    bad usage or input\n"
    "    3    nothing wrong found, but stopped: memory, room, interrupted; it says what was "
    "covered\n"
    "\n"
    "EXAMPLES\n"
    "    recoup explore scenarios/explore/one-payment.yaml --faults 2 --crashes 1\n"
    "    recoup explore scenarios/explore/one-payment.yaml --policy documented\n"
    "    recoup explore scenarios/explore/one-payment.yaml --certificate --json certificate.json\n";

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
        return rcp_read_memory("explore", optarg, &options->memory);
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
        options->jobs = processors < 1                              ? 1
                        : processors > (long)RCP_SEARCH_WORKERS_MAX ? RCP_SEARCH_WORKERS_MAX
                                                                    : (uint64_t)processors;
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
        return "stopped, the memory is used up; give --memory more";
    case RCP_SEARCH_ROOM:
        return "stopped, the world ran out of room";
    case RCP_SEARCH_STOPPED:
        return "stopped, interrupted";
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

/* The last depth that was complete, where there is one. */
struct depth {
    uint32_t count;
    struct rcp_explore_bounds bounds;
};

/* From no fault at all to all that are allowed: first the crashes, then one fault more each time. Bounds
 * and outcome are those of the last depth that was searched. */
static void search_deeper(const struct options *options,
                          const struct rcp_scenario *scenario,
                          struct rcp_explore_bounds *bounds,
                          struct depth *covered,
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
        *covered = (struct depth){.count = covered->count + 1, .bounds = *bounds};
        if (bounds->crashes < options->crashes) {
            bounds->crashes++;
        } else {
            bounds->faults++;
        }
    }
}

/* --- What came out --- */

static void print_covered(const struct rcp_explore_bounds *bounds,
                          const struct depth *covered,
                          const struct rcp_search_result *search)
{
    if (covered->count > 0) {
        printf("covered completely: faults %" PRIu32 ", crashes %" PRIu32 "; ",
               covered->bounds.faults,
               covered->bounds.crashes);
    }
    printf("of faults %" PRIu32 ", crashes %" PRIu32 ": every path of up to %" PRIu64 " events\n",
           bounds->faults,
           bounds->crashes,
           search->depth);
}

static enum rcp_exit stopped(const struct rcp_explore_bounds *bounds,
                             const struct depth *covered,
                             const struct rcp_explore_outcome *outcome)
{
    if (outcome->search.verdict == RCP_SEARCH_ROOM) {
        printf("not complete: %s\n", outcome->error);
    } else {
        printf("not complete: %s; nothing wrong in what was seen\n",
               verdict_words(outcome->search.verdict));
    }
    print_covered(bounds, covered, &outcome->search);
    return RCP_EXIT_STOPPED;
}

static enum rcp_exit complete(const struct rcp_scenario *scenario)
{
    const char *expected = rcp_explore_expected(scenario, NULL);
    if (expected == NULL) {
        puts("complete: every invariant held in every state, and every path drains after the "
             "heal");
        return RCP_EXIT_AS_EXPECTED;
    }
    printf("complete: nothing within these bounds violates anything, but %s expects %s to be "
           "violated\n",
           scenario->name,
           expected);
    return RCP_EXIT_NOT_AS_EXPECTED;
}

static bool write_files(const struct options *options, const struct rcp_certificate *certificate)
{
    bool written = options->json == NULL || rcp_certificate_write_json(certificate, options->json);
    return (options->junit == NULL || rcp_certificate_write_junit(certificate, options->junit)) &&
           written;
}

static enum rcp_exit conclude(const struct options *options,
                              const struct rcp_scenario *scenario,
                              const struct rcp_explore_bounds *bounds,
                              const struct depth *covered,
                              struct rcp_explore_outcome *outcome)
{
    struct rcp_result *result = rcp_allocate(sizeof *result);
    struct rcp_certificate certificate = {.scenario = scenario,
                                          .bounds = *bounds,
                                          .search = &outcome->search,
                                          .seen = &outcome->seen,
                                          .collision_log2 = outcome->collision_log2,
                                          .verdict = verdict_words(outcome->search.verdict)};
    enum rcp_exit code = RCP_EXIT_STOPPED;
    memset(result, 0, sizeof *result);
    switch (outcome->search.verdict) {
    case RCP_SEARCH_COMPLETE:
        code = complete(scenario);
        if (options->certificate) {
            rcp_certificate_print(&certificate, stdout);
        }
        break;
    case RCP_SEARCH_FOUND:
    case RCP_SEARCH_DEAD_END:
    case RCP_SEARCH_CYCLE:
        code = rcp_explore_tell(scenario, &options->policy, outcome, result)
                   ? RCP_EXIT_AS_EXPECTED
                   : RCP_EXIT_NOT_AS_EXPECTED;
        certificate.violation = result;
        break;
    case RCP_SEARCH_ROOM:
    case RCP_SEARCH_MEMORY:
    case RCP_SEARCH_STOPPED:
        code = stopped(bounds, covered, outcome);
        break;
    }
    certificate.as_expected = code == RCP_EXIT_AS_EXPECTED;
    bool written = write_files(options, &certificate);
    free(result);
    return written ? code : RCP_EXIT_BAD_INPUT;
}

/* --- The verb --- */

/* True where the file can be written: better said before a long search than after it. */
static bool can_write(const char *path)
{
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file != NULL) {
        fclose(file);
    } else if (path != NULL) {
        fprintf(stderr, "recoup explore: cannot write %s: %s\n", path, strerror(errno));
    }
    return path == NULL || file != NULL;
}

static bool memory_does(const struct options *options, const struct rcp_scenario *scenario)
{
    uint64_t least = rcp_explore_memory_min(scenario, (uint32_t)options->jobs);
    if (options->memory >= least) {
        return true;
    }
    return rcp_usage("explore",
                     "--memory: %s takes %" PRIu64 "M at least with --jobs %" PRIu64,
                     scenario->name,
                     (least + MEGABYTE - 1) / MEGABYTE,
                     options->jobs);
}

static bool load(const struct options *options, struct rcp_scenario *scenario)
{
    char text[256];
    if (!rcp_load(options->path, &options->policy, scenario)) {
        return false;
    }
    if (!rcp_explore_possible(scenario, text, sizeof text)) {
        fprintf(stderr, "%s: %s\n", options->path, text);
        return false;
    }
    return memory_does(options, scenario) && can_write(options->json) && can_write(options->junit);
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
    struct depth covered = {0};
    struct rcp_explore_outcome *outcome = rcp_allocate(sizeof *outcome);
    rcp_policy_words(scenario->base, scenario->policy, &text);
    printf("%s (%s), %" PRIu64 " %s\n",
           scenario->name,
           policy,
           options.jobs,
           options.jobs == 1 ? "job" : "jobs");
    fflush(stdout);
    rcp_stop_on_signal();
    search_deeper(&options, scenario, &bounds, &covered, outcome);
    enum rcp_exit code = conclude(&options, scenario, &bounds, &covered, outcome);
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
