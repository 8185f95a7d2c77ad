/* recoup twice: each thing that a run does, done twice. */
#include "sim/twice.h"

#include "cmd/recoup/files.h"
#include "cmd/recoup/options.h"
#include "cmd/recoup/record_log.h"
#include "cmd/recoup/report_files.h"
#include "cmd/recoup/stop.h"
#include "cmd/recoup/twice_tell.h"
#include "cmd/recoup/verb.h"
#include "reports/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define POINTS_DEFAULT 50u
#define BLOCK_ALIGN    64u

static const char help[] =
    "NAME\n"
    "    recoup twice - do each thing twice, and see whether the world settles alike\n"
    "\n"
    "SYNOPSIS\n"
    "    recoup twice PATH... [--seeds A..B] [--points N] [--policy P] [--set KNOB=VALUE]\n"
    "                 [--json FILE] [--junit FILE]\n"
    "    recoup twice --seeds A..B [--points N] [--policy P] [--set KNOB=VALUE] ...\n"
    "    recoup twice PATH --seeds S --point KIND:N [-v]\n"
    "\n"
    "DESCRIPTION\n"
    "    Runs each scenario under each of its seeds, and then once more for each thing in it that\n"
    "    may happen twice: a request that reaches a node, a transaction that takes effect, a "
    "record\n"
    "    that is delivered, a pass of the scheduler or the sweep. Without PATH, the seeds are "
    "those\n"
    "    of recoup swarm.\n"
    "\n"
    "    With the faults going on, every invariant must hold. With everything called off from the\n"
    "    point on, the doubled run must settle as the plain one: the same promises, entries, "
    "tokens\n"
    "    of approved entries, and parked rows. Attempts, versions, RESOLVED rows, records and "
    "times\n"
    "    may differ, and so may the winner of a race (docs/HACKING.md).\n"
    "\n"
    "    A run that does not hold by itself is not compared.\n"
    "\n"
    "OPTIONS\n"
    "    --seeds A..B        these seeds, both included, in place of the scenario's\n"
    "    --points N          at most N points of each kind in a run, evenly spread (50)\n"
    "    --point KIND:N      this point alone; KIND is request, commit, delivery or pass\n"
    "    --policy P          documented or hardened, in place of the scenario's preset\n"
    "    --set KNOB=VALUE    turn one knob (recoup list knobs); may be given several times\n"
    "    --json FILE         write the results as JSON\n"
    "    --junit FILE        write the results as JUnit XML\n"
    "    -v                  with --point: print each thing that happened in the doubled run\n"
    "\n"
    "EXIT STATUS\n"
    "    0    everything settled alike\n"
    "    1    something did not\n"
    "    2    bad usage or input\n"
    "    3    interrupted, nothing wrong found until then\n"
    "\n"
    "EXAMPLES\n"
    "    recoup twice scenarios/resilience\n"
    "    recoup twice --seeds 1..200 --points 20\n"
    "    recoup twice scenarios/documented/normal-payment.yaml --point commit:1 -v\n";

struct options {
    struct rcp_policy_choice policy;
    bool seeds_given;
    uint64_t seed_first;
    uint64_t seed_last;
    uint64_t points;
    enum rcp_twice_kind kind; /* --point; NONE: all */
    uint32_t nth;
    struct rcp_report_files reports;
    bool verbose;
};

/* Points of one kind: how many there were, and how many were tried. */
struct tally {
    uint64_t there;
    uint64_t tried;
    uint64_t differ;
};

/* One `recoup twice`: what it was asked, what it reuses, what it found. */
struct running {
    struct options options;
    struct rcp_files files;
    struct rcp_scenario *scenario;
    struct rcp_twice *twice;
    void *block;
    size_t block_size;
    struct rcp_terminal terminal;
    struct rcp_result *results; /* one a scenario */
    uint32_t result_count;
    struct tally tallies[RCP_TWICE_KIND_COUNT];
    uint64_t not_compared; /* runs that did not hold by themselves */
};

/* --- The command line --- */

static bool read_point(const char *value, struct options *options)
{
    const char *colon = strchr(value, ':');
    uint64_t nth = 0;
    for (uint32_t kind = 1; colon != NULL && kind < RCP_TWICE_KIND_COUNT; kind++) {
        const char *name = rcp_twice_name((enum rcp_twice_kind)kind);
        if (strlen(name) == (size_t)(colon - value) && strncmp(name, value, strlen(name)) == 0) {
            options->kind = (enum rcp_twice_kind)kind;
        }
    }
    if (options->kind == RCP_TWICE_NONE) {
        return rcp_usage("twice",
                         "--point '%s': KIND:N, where KIND is request, commit, delivery or pass",
                         value);
    }
    if (!rcp_read_number("twice", "--point", colon + 1, &nth)) {
        return false;
    }
    options->nth = (uint32_t)nth;
    return (nth > 0 && nth <= UINT32_MAX) || rcp_usage("twice", "--point counts from 1");
}

static bool read_points(const char *value, struct options *options)
{
    return rcp_read_number("twice", "--points", value, &options->points) &&
           (options->points > 0 || rcp_usage("twice", "--points 0 would compare nothing"));
}

static bool read_option(int option, int argc, char **argv, struct options *options)
{
    switch (option) {
    case 'p':
        return rcp_read_policy("twice", optarg, &options->policy);
    case 'k':
        return rcp_read_knob("twice", optarg, &options->policy);
    case 's':
        options->seeds_given = true;
        return rcp_read_seeds("twice", optarg, &options->seed_first, &options->seed_last);
    case 'n':
        return read_points(optarg, options);
    case 'o':
        return read_point(optarg, options);
    case 'j':
        options->reports.json = optarg;
        return true;
    case 'u':
        options->reports.junit = optarg;
        return true;
    case 'v':
        options->verbose = true;
        return true;
    default:
        rcp_usage_option("twice", argc, argv, option == ':');
        return false;
    }
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option long_options[] = {
        {"policy", required_argument, NULL, 'p'},
        {"set", required_argument, NULL, 'k'},
        {"seeds", required_argument, NULL, 's'},
        {"points", required_argument, NULL, 'n'},
        {"point", required_argument, NULL, 'o'},
        {"json", required_argument, NULL, 'j'},
        {"junit", required_argument, NULL, 'u'},
        {"verbose", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    int option = 0;
    opterr = 0;
    options->points = POINTS_DEFAULT;
    while ((option = getopt_long(argc, argv, ":v", long_options, NULL)) != -1) {
        if (!read_option(option, argc, argv, options)) {
            return false;
        }
    }
    if (optind == argc && !options->seeds_given) {
        return rcp_usage("twice", "a scenario file or folder is missing, or --seeds for the swarm");
    }
    return options->kind != RCP_TWICE_NONE || !options->verbose ||
           rcp_usage("twice", "-v needs --point: it prints one run");
}

/* --- Running --- */

static void print_record(void *context, const struct rcp_record *record)
{
    char line[RCP_STORY_LINE_SIZE];
    (void)context;
    rcp_story_line(record, &rcp_sim_names, line);
    puts(line);
}

static void try_point(struct running *running,
                      enum rcp_twice_kind kind,
                      uint32_t nth,
                      struct rcp_result *result)
{
    static const struct rcp_recorder printer = {.write = print_record};
    struct rcp_twice_difference difference;
    enum rcp_twice_end end = rcp_twice_point(
        running->twice, kind, nth, running->options.verbose ? &printer : NULL, &difference);
    running->tallies[kind].tried++;
    result->runs++;
    result->events += running->twice->doubled.events;
    if (end != RCP_TWICE_SAME) {
        running->tallies[kind].differ++;
        rcp_twice_tell(running->twice, &running->options.policy, end, &difference, result);
    }
}

static void make_room(struct running *running, size_t size)
{
    if (size <= running->block_size) {
        return;
    }
    free(running->block);
    running->block_size = (size + BLOCK_ALIGN - 1u) / BLOCK_ALIGN * BLOCK_ALIGN;
    running->block = aligned_alloc(BLOCK_ALIGN, running->block_size);
    if (running->block == NULL) {
        fprintf(stderr, "recoup: out of memory (two worlds of %zu bytes)\n", size);
        exit(RCP_EXIT_BAD_INPUT);
    }
}

static void try_seed(struct running *running, uint64_t seed, struct rcp_result *result)
{
    const struct options *options = &running->options;
    struct rcp_twice *twice = running->twice;
    make_room(running, rcp_twice_init(twice, running->scenario));
    if (!rcp_twice_plain(twice, seed, running->block, running->block_size)) {
        running->not_compared++;
        return;
    }
    if (options->kind != RCP_TWICE_NONE) {
        running->tallies[options->kind].there += twice->plain.twice_points[options->kind];
        try_point(running, options->kind, options->nth, result);
        return;
    }
    for (uint32_t kind = 1; kind < RCP_TWICE_KIND_COUNT; kind++) {
        uint64_t there = twice->plain.twice_points[kind];
        uint64_t wanted = there < options->points ? there : options->points;
        running->tallies[kind].there += there;
        for (uint64_t i = 0; i < wanted && !rcp_stop_asked(); i++) {
            try_point(
                running, (enum rcp_twice_kind)kind, (uint32_t)(i * there / wanted) + 1u, result);
        }
    }
}

static void begin(struct running *running, struct rcp_result *result)
{
    const struct rcp_scenario *scenario = running->scenario;
    struct rcp_text name = rcp_text_in(result->scenario, sizeof result->scenario);
    struct rcp_text path = rcp_text_in(result->path, sizeof result->path);
    struct rcp_text policy = rcp_text_in(result->policy, sizeof result->policy);
    rcp_text_add(&name, "%s", scenario->name);
    rcp_text_add(&path, "%s", scenario->path);
    rcp_policy_words(scenario->base, scenario->policy, &policy);
    result->as_expected = true;
}

static void try_scenario(struct running *running, uint64_t first, uint64_t last)
{
    struct rcp_result *result = &running->results[running->result_count++];
    uint64_t started_us = rcp_clock_us();
    char line[256];
    begin(running, result);
    result->seed = result->seed_first = first;
    result->seed_last = last;
    for (uint64_t seed = first; seed <= last && !rcp_stop_asked(); seed++) {
        snprintf(line, sizeof line, "%s  seed %" PRIu64, result->scenario, seed);
        rcp_terminal_progress(line);
        try_seed(running, seed, result);
    }
    result->wall_us = rcp_clock_us() - started_us;
}

/* Every file is read before the first run. */
static bool check_files(struct running *running)
{
    bool good = true;
    for (uint32_t i = 0; i < running->files.count; i++) {
        good =
            rcp_load(running->files.paths[i], &running->options.policy, running->scenario) && good;
    }
    return good;
}

static bool try_files(struct running *running)
{
    const struct options *options = &running->options;
    struct rcp_scenario *scenario = running->scenario;
    running->results = rcp_allocate(running->files.count * sizeof *running->results);
    for (uint32_t i = 0; i < running->files.count && !rcp_stop_asked(); i++) {
        if (!rcp_load(running->files.paths[i], &options->policy, scenario)) {
            return false;
        }
        try_scenario(running,
                     options->seeds_given ? options->seed_first : scenario->seed_first,
                     options->seeds_given ? options->seed_last : scenario->seed_last);
    }
    return true;
}

/* All of the swarm's seeds are one result: a hundred thousand lines would tell nobody anything. */
static bool try_swarm(struct running *running)
{
    struct rcp_policy base = rcp_policy_hardened();
    struct rcp_policy policy = base;
    rcp_apply_policy(&running->options.policy, &base, &policy);
    const char *refusal = rcp_policy_refusal(policy);
    if (refusal != NULL) {
        return rcp_usage("twice", "%s", refusal);
    }
    running->results = rcp_allocate(sizeof *running->results);
    struct rcp_result *result = &running->results[running->result_count++];
    uint64_t started_us = rcp_clock_us();
    char line[64];
    for (uint64_t seed = running->options.seed_first;
         seed <= running->options.seed_last && !rcp_stop_asked();
         seed++) {
        snprintf(line, sizeof line, "swarm  seed %" PRIu64, seed);
        rcp_terminal_progress(line);
        rcp_swarm_scenario(seed, base, policy, running->scenario);
        if (seed == running->options.seed_first) {
            begin(running, result);
            memcpy(result->scenario, "swarm", sizeof "swarm");
            result->path[0] = '\0';
        }
        try_seed(running, seed, result);
    }
    result->seed_first = running->options.seed_first;
    result->seed_last = running->options.seed_last;
    result->wall_us = rcp_clock_us() - started_us;
    return true;
}

/* --- Reports --- */

static void print_totals(const struct running *running)
{
    char there[RCP_GROUPED_SIZE], tried[RCP_GROUPED_SIZE];
    putchar('\n');
    for (uint32_t kind = 1; kind < RCP_TWICE_KIND_COUNT; kind++) {
        const struct tally *tally = &running->tallies[kind];
        printf("  %-9s %9s of %s points done twice, %" PRIu64 " not alike\n",
               rcp_twice_name((enum rcp_twice_kind)kind),
               rcp_grouped(tally->tried, tried),
               rcp_grouped(tally->there, there),
               tally->differ);
    }
    if (running->not_compared > 0) {
        printf("  %" PRIu64 " runs did not hold by themselves and were not compared\n",
               running->not_compared);
    }
}

static enum rcp_exit conclude(const struct running *running)
{
    bool alike = true;
    rcp_terminal_progress("");
    for (uint32_t i = 0; i < running->result_count; i++) {
        if (!running->results[i].as_expected) {
            rcp_terminal_surprise(&running->terminal, &running->results[i]);
            alike = false;
        }
    }
    print_totals(running);
    if (alike) {
        puts("everything settled alike");
    }
    if (!rcp_write_reports(
            &running->options.reports, "twice", running->results, running->result_count)) {
        return RCP_EXIT_BAD_INPUT;
    }
    if (alike && rcp_stop_asked()) {
        fprintf(stderr, "recoup twice: interrupted\n");
        return RCP_EXIT_STOPPED;
    }
    return alike ? RCP_EXIT_AS_EXPECTED : RCP_EXIT_NOT_AS_EXPECTED;
}

static enum rcp_exit try_all(struct running *running, int argc, char **argv)
{
    bool good = true;
    for (int i = optind; i < argc; i++) {
        good = rcp_files_add(&running->files, "twice", argv[i]) && good;
    }
    if (!check_files(running) || !good) {
        return RCP_EXIT_BAD_INPUT;
    }
    rcp_stop_on_signal();
    good = optind < argc ? try_files(running) : try_swarm(running);
    return good ? conclude(running) : RCP_EXIT_BAD_INPUT;
}

static enum rcp_exit run(int argc, char **argv)
{
    struct running running = {
        .terminal = {.out = stdout, .colour = rcp_terminal_wants_colour(stdout)}};
    if (!read_options(argc, argv, &running.options)) {
        return RCP_EXIT_BAD_INPUT;
    }
    running.scenario = rcp_scenario_new();
    running.twice = rcp_allocate(sizeof *running.twice);
    enum rcp_exit code = try_all(&running, argc, argv);
    free(running.results);
    free(running.block);
    free(running.twice);
    free(running.scenario);
    rcp_files_free(&running.files);
    return code;
}

const struct rcp_verb rcp_verb_twice = {
    .name = "twice",
    .summary = "do each thing twice, and see whether the world settles alike",
    .help = help,
    .run = run,
};
