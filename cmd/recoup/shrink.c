/* recoup shrink: a failing run becomes the smallest scenario that fails alike. */
#include "sim/shrink.h"
#include "cmd/recoup/files.h"
#include "cmd/recoup/record_log.h"
#include "cmd/recoup/shrink_file.h"
#include "cmd/recoup/stop.h"
#include "cmd/recoup/verb.h"
#include "reports/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_US 100000u

static const char help[] =
    "NAME\n"
    "    recoup shrink - a failing run becomes a small scenario that fails alike\n"
    "\n"
    "SYNOPSIS\n"
    "    recoup shrink FILE -o OUT.yaml [--seed S] [--policy P] [--set KNOB=VALUE] [--force]\n"
    "    recoup shrink --seed S -o OUT.yaml [--policy P] [--set KNOB=VALUE] [--force]\n"
    "\n"
    "DESCRIPTION\n"
    "    FILE is a scenario, or a tape that recoup wrote; the first of its seeds that violates an\n"
    "    invariant is shrunk unless --seed names one. Without FILE, S is a seed of recoup swarm.\n"
    "\n"
    "    Two runs fail alike where their fingerprints are the same: the invariant, the kind of "
    "its\n"
    "    subject, the state of its flow and the reason code. Whatever can be left out, renumbered "
    "or\n"
    "    shortened is, until no single thing can be. The same input gives the same OUT "
    "everywhere.\n"
    "\n"
    "    OUT opens with what goes wrong, and says of each fault what happens without it. Recoup "
    "run\n"
    "    OUT reproduces it.\n"
    "\n"
    "OPTIONS\n"
    "    -o, --output OUT    where the small scenario goes\n"
    "    --force             overwrite OUT\n"
    "    --no-bound          search to the end, however long it takes; else some seconds at most\n"
    "    --seed S            the seed\n"
    "    --policy P          documented or hardened (a swarm's default: hardened)\n"
    "    --set KNOB=VALUE    turn one knob (recoup list knobs); may be given several times\n"
    "\n"
    "EXIT STATUS\n"
    "    0    OUT is written\n"
    "    1    there is nothing to shrink: every invariant held\n"
    "    2    bad usage or input\n"
    "    3    interrupted, or stopped by the bound: OUT has the smallest so far\n"
    "\n"
    "EXAMPLES\n"
    "    recoup shrink recoup-tapes/swarm-4711-seed-4711.tape.yaml -o small.yaml\n"
    "    recoup shrink --seed 2 --policy documented -o small.yaml\n";

struct options {
    struct rcp_policy_choice policy;
    bool seed_given;
    bool force;
    bool no_bound;
    uint64_t seed;
    const char *path; /* NULL: a swarm's seed */
    const char *out;
};

static bool take_path(int argc, char **argv, struct options *options)
{
    if (argc - optind > 1) {
        rcp_usage("shrink", "one file at a time, not also '%s'", argv[optind + 1]);
        return false;
    }
    if (optind < argc) {
        options->path = argv[optind];
    }
    if (options->path == NULL && !options->seed_given) {
        rcp_usage("shrink", "a file or --seed is missing");
        return false;
    }
    if (options->out == NULL) {
        rcp_usage("shrink", "-o OUT.yaml is missing: where the small scenario goes");
        return false;
    }
    return true;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option long_options[] = {
        {"policy", required_argument, NULL, 'p'},
        {"set", required_argument, NULL, 'k'},
        {"seed", required_argument, NULL, 's'},
        {"output", required_argument, NULL, 'o'},
        {"force", no_argument, NULL, 'f'},
        {"no-bound", no_argument, NULL, 'n'},
        {NULL, 0, NULL, 0},
    };
    bool good = true;
    int option = 0;
    opterr = 0;
    while (good && (option = getopt_long(argc, argv, ":o:", long_options, NULL)) != -1) {
        switch (option) {
        case 'p':
            good = rcp_read_policy("shrink", optarg, &options->policy);
            break;
        case 'k':
            good = rcp_read_knob("shrink", optarg, &options->policy);
            break;
        case 's':
            good = rcp_read_number("shrink", "--seed", optarg, &options->seed);
            options->seed_given = true;
            break;
        case 'o':
            options->out = optarg;
            break;
        case 'f':
            options->force = true;
            break;
        case 'n':
            options->no_bound = true;
            break;
        default:
            rcp_usage_option("shrink", argc, argv, option == ':');
            good = false;
            break;
        }
    }
    return good && take_path(argc, argv, options);
}

static bool load(const struct options *options, struct rcp_scenario *scenario)
{
    if (options->path != NULL) {
        if (!rcp_load(options->path, &options->policy, scenario)) {
            return false;
        }
        if (options->seed_given) {
            scenario->seed_first = scenario->seed_last = options->seed;
        }
        return true;
    }
    struct rcp_policy base = rcp_policy_hardened();
    struct rcp_policy policy = base;
    rcp_apply_policy(&options->policy, &base, &policy);
    const char *refusal = rcp_policy_refusal(policy);
    if (refusal != NULL) {
        return rcp_usage("shrink", "%s", refusal);
    }
    rcp_swarm_scenario(options->seed, base, policy, scenario);
    return true;
}

/* How OUT says where it came from: what came in, as it was given. */
static void say_origin(const struct options *options, uint64_t seed, struct rcp_text *text)
{
    if (options->path != NULL) {
        rcp_add_quoted(text, options->path);
    } else {
        rcp_text_add(text, "recoup swarm");
    }
    rcp_text_add(text, " --seed %" PRIu64, seed);
    rcp_policy_options(&options->policy, text);
}

/* --- The search --- */

struct watch {
    uint64_t shown_us;
};

static bool go_on(void *context, const struct rcp_shrink *shrink)
{
    struct watch *watch = context;
    uint64_t now_us = rcp_clock_us();
    if (now_us - watch->shown_us > PROGRESS_US) {
        char line[160];
        struct rcp_shrink_size size = rcp_shrink_size(&shrink->best, &shrink->best_result);
        watch->shown_us = now_us;
        snprintf(line,
                 sizeof line,
                 "%" PRIu64 " runs: %" PRIu64 " events, %" PRIu32 " faults, %" PRIu32
                 " payments in the workload, %" PRIu32 " orders",
                 shrink->runs,
                 size.events,
                 size.faults,
                 size.work,
                 size.orders);
        rcp_terminal_progress(line);
    }
    return !rcp_stop_asked();
}

/* The first seed that fails, shrunk; what its verdict was where none does. */
static enum rcp_shrink_outcome search(struct rcp_shrink *shrink,
                                      const struct rcp_scenario *scenario,
                                      uint64_t *seed)
{
    enum rcp_shrink_outcome outcome = RCP_SHRINK_HELD;
    for (*seed = scenario->seed_first; outcome == RCP_SHRINK_HELD; ++*seed) {
        outcome = rcp_shrink(shrink, scenario, *seed);
        if (outcome != RCP_SHRINK_HELD || *seed == scenario->seed_last || rcp_stop_asked()) {
            return outcome;
        }
    }
    return outcome;
}

static void print_summary(const struct rcp_shrink *shrink, const char *out, uint64_t wall_us)
{
    char events[RCP_GROUPED_SIZE];
    char runs[RCP_GROUPED_SIZE];
    struct rcp_shrink_size after = rcp_shrink_size(&shrink->best, &shrink->best_result);
    const struct rcp_shrink_size *before = &shrink->before;
    printf("%s\n", rcp_invariant_info((enum rcp_invariant)shrink->violation.invariant)->sentence);
    printf("    %s\n", shrink->best_result.violation.detail);
    printf("    fingerprint %s\n", shrink->violation.fingerprint);
    printf("    events %s -> %" PRIu64 ", faults %" PRIu32 " -> %" PRIu32 ", takes %" PRIu32
           " -> %" PRIu32 ", orders %" PRIu32 " -> %" PRIu32 "\n",
           rcp_grouped(before->events, events),
           after.events,
           before->faults,
           after.faults,
           before->takes,
           after.takes,
           before->orders,
           after.orders);
    printf("    payments %" PRIu32 " -> %" PRIu32 ", nodes %" PRIu32 " -> %" PRIu32 "\n",
           before->work,
           after.work,
           before->nodes,
           after.nodes);
    printf("    %s runs in %.2f s\n", rcp_grouped(shrink->runs, runs), (double)wall_us / 1e6);
    printf("    written to %s\n", out);
}

static enum rcp_exit report_held(const struct rcp_shrink *shrink, uint64_t seed)
{
    if (rcp_stop_asked()) {
        fprintf(stderr,
                "recoup shrink: interrupted: every invariant held up to seed %" PRIu64 "\n",
                seed);
        return RCP_EXIT_STOPPED;
    }
    fprintf(stderr,
            "recoup shrink: nothing to shrink: every invariant held in seed %" PRIu64 "\n",
            seed);
    if (shrink->best_result.stale_tape > 0) {
        fprintf(stderr,
                "recoup shrink: %" PRIu32 " entries of the tape met nothing: it is of another "
                "scenario, or of another version of recoup\n",
                shrink->best_result.stale_tape);
    }
    return RCP_EXIT_NOT_AS_EXPECTED;
}

static enum rcp_exit report(struct rcp_shrink *shrink,
                            enum rcp_shrink_outcome outcome,
                            const struct options *options,
                            uint64_t seed,
                            uint64_t wall_us)
{
    char origin[1024];
    struct rcp_text text = rcp_text_in(origin, sizeof origin);
    switch (outcome) {
    case RCP_SHRINK_HELD:
        return report_held(shrink, seed);
    case RCP_SHRINK_ERROR:
        fprintf(stderr,
                "recoup shrink: nothing to shrink: seed %" PRIu64 " did not work: %s\n",
                seed,
                shrink->best_result.error);
        return RCP_EXIT_NOT_AS_EXPECTED;
    case RCP_SHRINK_DONE:
    case RCP_SHRINK_STOPPED:
    case RCP_SHRINK_SPENT:
        break;
    }
    say_origin(options, seed, &text);
    if (!rcp_shrink_write(shrink, outcome == RCP_SHRINK_DONE, options->out, origin)) {
        return RCP_EXIT_BAD_INPUT;
    }
    print_summary(shrink, options->out, wall_us);
    if (outcome == RCP_SHRINK_DONE) {
        return RCP_EXIT_AS_EXPECTED;
    }
    printf("    %s: not 1-minimal yet\n",
           outcome == RCP_SHRINK_SPENT ? "its budget is spent (--no-bound goes on)"
                                       : "interrupted");
    return RCP_EXIT_STOPPED;
}

/* Says so now rather than after the search. */
static bool out_is_free(const struct options *options)
{
    if (!options->force && access(options->out, F_OK) == 0) {
        fprintf(
            stderr, "recoup shrink: %s is there already; --force overwrites it\n", options->out);
        return false;
    }
    return rcp_shrink_can_write(options->out);
}

static enum rcp_exit shrink_options(const struct options *options, struct rcp_scenario *scenario)
{
    struct watch watch = {0};
    uint64_t seed = 0;
    if (!load(options, scenario) || !out_is_free(options)) {
        return RCP_EXIT_BAD_INPUT;
    }
    struct rcp_shrink *shrink = rcp_allocate(sizeof *shrink);
    shrink->block_size = (rcp_shrink_block_size(scenario) + 63u) / 64u * 64u;
    shrink->block = aligned_alloc(64, shrink->block_size);
    if (shrink->block == NULL) {
        fprintf(stderr, "recoup: out of memory (a world of %zu bytes)\n", shrink->block_size);
        free(shrink);
        return RCP_EXIT_BAD_INPUT;
    }
    shrink->go_on = go_on;
    shrink->budget = options->no_bound ? 0 : RCP_SHRINK_BUDGET;
    shrink->context = &watch;
    rcp_stop_on_signal();
    uint64_t started_us = rcp_clock_us();
    watch.shown_us = started_us;
    enum rcp_shrink_outcome outcome = search(shrink, scenario, &seed);
    rcp_terminal_progress("");
    enum rcp_exit code = report(shrink, outcome, options, seed, rcp_clock_us() - started_us);
    free(shrink->block);
    free(shrink);
    return code;
}

static enum rcp_exit shrink(int argc, char **argv)
{
    struct options options = {0};
    if (!read_options(argc, argv, &options)) {
        return RCP_EXIT_BAD_INPUT;
    }
    struct rcp_scenario *scenario = rcp_scenario_new();
    enum rcp_exit code = shrink_options(&options, scenario);
    free(scenario);
    return code;
}

const struct rcp_verb rcp_verb_shrink = {
    .name = "shrink",
    .summary = "a failing run becomes a small scenario that fails alike",
    .help = help,
    .run = shrink,
};
