/* recoup run: scenarios, each with its seeds, each to a verdict. */
#include "cmd/recoup/files.h"
#include "cmd/recoup/judge.h"
#include "cmd/recoup/options.h"
#include "cmd/recoup/record_log.h"
#include "cmd/recoup/report_files.h"
#include "cmd/recoup/stop.h"
#include "cmd/recoup/surprise.h"
#include "cmd/recoup/verb.h"
#include "reports/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "NAME\n"
    "    recoup run - run scenarios and say whether they do what they promise\n"
    "\n"
    "SYNOPSIS\n"
    "    recoup run PATH... [--policy P] [--set KNOB=VALUE] [--seeds A..B]\n"
    "               [--json FILE] [--junit FILE] [--tapes DIR] [-v]\n"
    "\n"
    "DESCRIPTION\n"
    "    Runs each scenario under each of its seeds. PATH is a scenario file, or a folder: then\n"
    "    every *.yaml below it, sorted by name.\n"
    "\n"
    "    A scenario is as expected when every invariant held in every seed, or the violations\n"
    "    that it expects came as it expects them; when every other expectation was met; and when\n"
    "    every fault, rule and order in it struck at least once, but for those that say\n"
    "    may_not_fire. A fault that never fired tested nothing.\n"
    "\n"
    "    For each scenario that is not as expected: the invariant's sentence, what happened to\n"
    "    that payment, the seed, and the command that replays it.\n"
    "\n"
    "OPTIONS\n"
    "    --policy P          documented or hardened, in place of the scenario's preset; knobs "
    "that\n"
    "                        the scenario turns itself stay turned\n"
    "    --set KNOB=VALUE    turn one knob (recoup list knobs); may be given several times\n"
    "    --seeds A..B        these seeds, both included, in place of the scenario's\n"
    "    --json FILE         write the results as JSON\n"
    "    --junit FILE        write the results as JUnit XML\n"
    "    --tapes DIR         where the tapes of surprises go (recoup-tapes)\n"
    "    -v                  a line for each seed\n"
    "    -vv                 a line for each thing that happened\n"
    "\n"
    "    In the JSON, events, virtual_ms and trace_digest are of all seeds of a scenario "
    "together;\n"
    "    with one seed the digest is that run's own.\n"
    "\n"
    "EXIT STATUS\n"
    "    0    everything is as expected\n"
    "    1    something is not\n"
    "    2    bad usage or input\n"
    "    3    interrupted, nothing wrong found until then\n"
    "\n"
    "EXAMPLES\n"
    "    recoup run scenarios\n"
    "    recoup run scenarios/flaws --json flaws.json\n"
    "    recoup run scenarios/documented --policy hardened --seeds 1..100\n";

struct options {
    struct rcp_policy_choice policy;
    bool seeds_given;
    uint64_t seed_first;
    uint64_t seed_last;
    struct rcp_report_files reports;
    const char *tapes;
    uint32_t verbose;
};

/* One `recoup run`: what it was asked, what it reuses, what it found. */
struct running {
    struct options options;
    struct rcp_files files;
    struct rcp_arena arena;
    struct rcp_record_log log;
    struct rcp_terminal terminal;
    struct rcp_scenario *scenario;
    struct rcp_judge judge;
    struct rcp_result *results; /* one a file, in order */
    uint32_t result_count;
    uint64_t started_us;
};

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option long_options[] = {
        {"policy", required_argument, NULL, 'p'},
        {"set", required_argument, NULL, 'k'},
        {"seeds", required_argument, NULL, 's'},
        {"json", required_argument, NULL, 'j'},
        {"junit", required_argument, NULL, 'u'},
        {"tapes", required_argument, NULL, 't'},
        {"verbose", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    bool good = true;
    int option = 0;
    opterr = 0;
    options->tapes = "recoup-tapes";
    while (good && (option = getopt_long(argc, argv, ":v", long_options, NULL)) != -1) {
        switch (option) {
        case 'p':
            good = rcp_read_policy("run", optarg, &options->policy);
            break;
        case 'k':
            good = rcp_read_knob("run", optarg, &options->policy);
            break;
        case 's':
            good = rcp_read_seeds("run", optarg, &options->seed_first, &options->seed_last);
            options->seeds_given = true;
            break;
        case 'j':
            options->reports.json = optarg;
            break;
        case 'u':
            options->reports.junit = optarg;
            break;
        case 't':
            options->tapes = optarg;
            break;
        case 'v':
            options->verbose++;
            break;
        default:
            rcp_usage_option("run", argc, argv, option == ':');
            good = false;
            break;
        }
    }
    if (good && optind == argc) {
        good = rcp_usage("run", "a scenario file or folder is missing");
    }
    return good;
}

/* The scenario at path as the command line wants it. */
static bool load(const struct options *options, const char *path, struct rcp_scenario *scenario)
{
    if (!rcp_load(path, &options->policy, scenario)) {
        return false;
    }
    if (options->seeds_given) {
        scenario->seed_first = options->seed_first;
        scenario->seed_last = options->seed_last;
    }
    return true;
}

/* Reads every file before the first run: a typo must not show after an hour. Also finds how wide
 * the table is. */
static bool check_files(struct running *running)
{
    bool good = true;
    for (uint32_t i = 0; i < running->files.count; i++) {
        if (!load(&running->options, running->files.paths[i], running->scenario)) {
            good = false;
            continue;
        }
        char bytes[256];
        struct rcp_text policy = rcp_text_in(bytes, sizeof bytes);
        rcp_policy_words(running->scenario->base, running->scenario->policy, &policy);
        int name_width = (int)strlen(running->scenario->name);
        int policy_width = (int)policy.used;
        struct rcp_terminal *terminal = &running->terminal;
        if (name_width > terminal->scenario_width) {
            terminal->scenario_width = name_width;
        }
        if (policy_width > terminal->policy_width) {
            terminal->policy_width = policy_width;
        }
    }
    return good;
}

static void print_seed(const struct rcp_run_result *run)
{
    static const char *const outcomes[] = {
        [RCP_RUN_HELD] = "held", [RCP_RUN_VIOLATED] = "violated", [RCP_RUN_ERROR] = "error"};
    char events[RCP_GROUPED_SIZE];
    char simulated[RCP_GROUPED_SIZE];
    char bytes[64];
    struct rcp_text orders = rcp_text_in(bytes, sizeof bytes);
    if (run->orders > 0) {
        rcp_text_add(&orders,
                     "%" PRIu64 " orders, %" PRIu64 " calls to the PG, ",
                     run->orders,
                     run->pg_calls);
    }
    rcp_terminal_progress("");
    printf("        seed %-8" PRIu64 " %-8s %s events, %s%s simulated, digest %016" PRIx64 "%s%s\n",
           run->seed,
           outcomes[run->outcome],
           rcp_grouped(run->events, events),
           bytes,
           rcp_duration(run->virtual_ms, simulated),
           run->trace_digest,
           run->outcome == RCP_RUN_VIOLATED ? ", " : "",
           run->outcome == RCP_RUN_VIOLATED ? run->violation.fingerprint : "");
}

static void print_story(const struct rcp_record_log *log)
{
    char line[RCP_STORY_LINE_SIZE];
    for (uint32_t i = 0; i < log->count; i++) {
        rcp_story_line(&log->records[i], &rcp_sim_names, line);
        printf("            %s\n", line);
    }
}

static void run_seed(struct running *running, uint64_t seed)
{
    struct rcp_run_result run;
    uint64_t started_us = rcp_clock_us();
    if (running->options.verbose >= 2) {
        rcp_arena_run_logged(&running->arena, running->scenario, seed, &run, &running->log);
    } else {
        rcp_arena_run(&running->arena, running->scenario, seed, &run);
    }
    rcp_judge_add(&running->judge, &run, rcp_clock_us() - started_us);
    if (running->options.verbose >= 1) {
        print_seed(&run);
    }
    if (running->options.verbose >= 2) {
        print_story(&running->log);
    }
}

/* A line that shows where we are, some ten times a second. */
static void show_progress(const struct running *running, uint64_t seed, uint64_t *shown_us)
{
    uint64_t now_us = rcp_clock_us();
    if (now_us - *shown_us < 100000) {
        return;
    }
    *shown_us = now_us;
    char line[256];
    snprintf(line,
             sizeof line,
             "%" PRIu32 "/%" PRIu32 "  %s  seed %" PRIu64,
             running->result_count,
             running->files.count,
             running->scenario->name,
             seed);
    rcp_terminal_progress(line);
}

/* Runs the loaded scenario to its verdict. Returns false where it was interrupted and had found
 * nothing wrong: half a scenario says nothing. */
static bool run_scenario(struct running *running, struct rcp_result *result)
{
    const struct rcp_scenario *scenario = running->scenario;
    uint64_t shown_us = running->started_us;
    rcp_judge_begin(&running->judge, scenario, result);
    for (uint64_t seed = scenario->seed_first; seed <= scenario->seed_last; seed++) {
        show_progress(running, seed, &shown_us);
        run_seed(running, seed);
        if (rcp_stop_asked()) {
            break;
        }
    }
    rcp_judge_end(&running->judge);
    rcp_terminal_progress("");
    if (rcp_stop_asked() && result->outcome != RCP_RESULT_ERROR && running->judge.surprise == 0) {
        return false;
    }
    rcp_replay_command(result, &running->options.policy);
    if (result->outcome == RCP_RESULT_ERROR || !result->as_expected) {
        rcp_look_into(result, scenario, &running->arena, &running->log, running->options.tapes);
    }
    rcp_terminal_verdict(&running->terminal, result);
    return true;
}

/* Returns false where a file, good a moment ago, cannot be read any more. */
static bool run_files(struct running *running)
{
    running->results = rcp_allocate(running->files.count * sizeof *running->results);
    for (uint32_t i = 0; i < running->files.count && !rcp_stop_asked(); i++) {
        if (!load(&running->options, running->files.paths[i], running->scenario)) {
            return false;
        }
        if (run_scenario(running, &running->results[running->result_count])) {
            running->result_count++;
        }
    }
    return true;
}

/* Surprises after the table, where they are not torn apart by progress. */
static enum rcp_exit conclude(struct running *running)
{
    for (uint32_t i = 0; i < running->result_count; i++) {
        const struct rcp_result *result = &running->results[i];
        if (result->outcome == RCP_RESULT_ERROR || !result->as_expected) {
            rcp_terminal_surprise(&running->terminal, result);
        }
    }
    struct rcp_result_summary summary = rcp_result_summary(running->results, running->result_count);
    rcp_terminal_summary(&running->terminal, &summary, rcp_clock_us() - running->started_us);
    if (!rcp_write_reports(
            &running->options.reports, "run", running->results, running->result_count)) {
        return RCP_EXIT_BAD_INPUT;
    }
    if (summary.not_as_expected > 0 || summary.errors > 0) {
        return RCP_EXIT_NOT_AS_EXPECTED;
    }
    if (rcp_stop_asked()) {
        fprintf(stderr, "recoup run: interrupted\n");
        return RCP_EXIT_STOPPED;
    }
    return RCP_EXIT_AS_EXPECTED;
}

static enum rcp_exit run_all(struct running *running, int argc, char **argv)
{
    bool good = true;
    for (int i = optind; i < argc; i++) {
        good = rcp_files_add(&running->files, "run", argv[i]) && good;
    }
    if (!check_files(running) || !good) {
        return RCP_EXIT_BAD_INPUT;
    }
    rcp_stop_on_signal();
    running->started_us = rcp_clock_us();
    return run_files(running) ? conclude(running) : RCP_EXIT_BAD_INPUT;
}

static enum rcp_exit run(int argc, char **argv)
{
    struct running running = {
        .terminal = {.out = stdout, .colour = rcp_terminal_wants_colour(stdout)}};
    if (!read_options(argc, argv, &running.options)) {
        return RCP_EXIT_BAD_INPUT;
    }
    running.scenario = rcp_scenario_new();
    enum rcp_exit code = run_all(&running, argc, argv);
    free(running.results);
    free(running.scenario);
    rcp_record_log_free(&running.log);
    rcp_arena_free(&running.arena);
    rcp_files_free(&running.files);
    return code;
}

const struct rcp_verb rcp_verb_run = {
    .name = "run",
    .summary = "run scenarios and say whether they do what they promise",
    .help = help,
    .run = run,
};
