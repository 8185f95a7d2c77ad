/* recoup replay: one run again, step by step. */
#include "cmd/recoup/files.h"
#include "cmd/recoup/judge.h"
#include "cmd/recoup/record_log.h"
#include "cmd/recoup/replay_recordings.h"
#include "cmd/recoup/stop.h"
#include "cmd/recoup/surprise.h"
#include "cmd/recoup/verb.h"
#include "reports/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "NAME\n"
    "    recoup replay - the same run again, step by step\n"
    "\n"
    "SYNOPSIS\n"
    "    recoup replay FILE [--seed S] [--policy P] [--set KNOB=VALUE] [-v]\n"
    "    recoup replay --seed S [--policy P] [--set KNOB=VALUE] [-v]\n"
    "    recoup replay RECORDING... [-v]\n"
    "\n"
    "DESCRIPTION\n"
    "    FILE is a scenario, or a tape that recoup wrote; its first seed is run unless --seed "
    "names\n"
    "    another. Without FILE, S is a seed of recoup swarm, with the policy of that swarm.\n"
    "\n"
    "    The run is the same on every machine and in every build; its digest says so.\n"
    "\n"
    "    RECORDING is a file that recoupd --record wrote, or a folder of them. Each is led through "
    "a\n"
    "    node of this build, and each effect of each event compared with the recorded one.\n"
    "\n"
    "OPTIONS\n"
    "    --seed S            the seed\n"
    "    --policy P          documented or hardened (a swarm's default: hardened)\n"
    "    --set KNOB=VALUE    turn one knob (recoup list knobs); may be given several times\n"
    "    -v                  print each thing that happened\n"
    "\n"
    "EXIT STATUS\n"
    "    0    the run did what its file expects, or a swarm's invariants held, or every effect is\n"
    "         equal\n"
    "    1    it did not; the first effect that differs is printed\n"
    "    2    bad usage or input; a recording that is damaged, or in another build's format\n"
    "\n"
    "EXAMPLES\n"
    "    recoup replay scenarios/flaws/token-delete-documented.yaml -v\n"
    "    recoup replay recoup-tapes/swarm-4711-seed-4711.tape.yaml -v\n"
    "    recoup replay --seed 4711 --policy documented\n"
    "    recoup replay /var/lib/recoup/recordings\n";

struct options {
    struct rcp_policy_choice policy;
    bool seed_given;
    bool verbose;
    uint64_t seed;
    const char *path;  /* NULL: a swarm's seed */
    char **recordings; /* instead of all that, of which only verbose is left */
    int recording_count;
};

/* Recordings are told from scenarios by the first one's content. */
static bool take_files(struct options *options, char **paths, int count)
{
    bool chosen =
        options->seed_given || options->policy.preset_given || options->policy.turned != 0;
    if (count == 0)
        return true;
    options->path = paths[0];
    if (!rcp_is_recording(paths[0]))
        return count == 1 || rcp_usage("replay", "one file at a time, not also '%s'", paths[1]);
    if (chosen)
        return rcp_usage("replay", "a recording has its own seed and policy");
    options->recordings = paths;
    options->recording_count = count;
    return true;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option long_options[] = {
        {"policy", required_argument, NULL, 'p'},
        {"set", required_argument, NULL, 'k'},
        {"seed", required_argument, NULL, 's'},
        {"verbose", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    bool good = true;
    int option = 0;
    opterr = 0;
    while (good && (option = getopt_long(argc, argv, ":v", long_options, NULL)) != -1) {
        switch (option) {
        case 'p':
            good = rcp_read_policy("replay", optarg, &options->policy);
            break;
        case 'k':
            good = rcp_read_knob("replay", optarg, &options->policy);
            break;
        case 's':
            good = rcp_read_number("replay", "--seed", optarg, &options->seed);
            options->seed_given = true;
            break;
        case 'v':
            options->verbose = true;
            break;
        default:
            rcp_usage_option("replay", argc, argv, option == ':');
            good = false;
            break;
        }
    }
    good = good && take_files(options, argv + optind, argc - optind);
    if (good && options->path == NULL && !options->seed_given) {
        good = rcp_usage("replay", "a file or --seed is missing");
    }
    return good;
}

static bool load(struct options *options, struct rcp_scenario *scenario)
{
    if (options->path == NULL) {
        struct rcp_policy base = rcp_policy_hardened();
        struct rcp_policy policy = base;
        rcp_apply_policy(&options->policy, &base, &policy);
        const char *refusal = rcp_policy_refusal(policy);
        if (refusal != NULL) {
            return rcp_usage("replay", "%s", refusal);
        }
        rcp_swarm_scenario(options->seed, base, policy, scenario);
    } else if (!rcp_load(options->path, &options->policy, scenario)) {
        return false;
    }
    options->seed = options->seed_given ? options->seed : scenario->seed_first;
    scenario->seed_first = options->seed;
    scenario->seed_last = options->seed;
    return true;
}

static void print_story(const struct rcp_record_log *log)
{
    char line[RCP_STORY_LINE_SIZE];
    for (uint32_t i = 0; i < log->count; i++) {
        rcp_story_line(&log->records[i], &rcp_sim_names, line);
        puts(line);
    }
    putchar('\n');
}

static void print_verdict(const struct rcp_result *result)
{
    char events[RCP_GROUPED_SIZE];
    char simulated[RCP_GROUPED_SIZE];
    struct rcp_terminal terminal = {
        .out = stdout,
        .colour = rcp_terminal_wants_colour(stdout),
        .scenario_width = (int)strlen(result->scenario),
        .policy_width = (int)strlen(result->policy),
    };
    rcp_terminal_verdict(&terminal, result);
    for (uint32_t i = 0; i < result->violation_count; i++) {
        const struct rcp_result_violation *violation = &result->violations[i];
        printf("    %s: %s\n    %s\n    fingerprint %s\n",
               violation->invariant,
               violation->sentence,
               violation->detail,
               violation->fingerprint);
    }
    if (!result->as_expected) {
        printf("    %s\n", result->reason);
    }
    for (uint32_t i = 0; i < result->not_fired_count; i++) {
        printf("    did not fire: %s\n", result->not_fired[i]);
    }
    printf("    seed %" PRIu64 ", %s events, %s simulated, digest %016" PRIx64 "\n",
           result->seed,
           rcp_grouped(result->events, events),
           rcp_duration(result->virtual_ms, simulated),
           result->trace_digest);
}

static enum rcp_exit replay(int argc, char **argv)
{
    struct options options = {0};
    if (!read_options(argc, argv, &options)) {
        return RCP_EXIT_BAD_INPUT;
    }
    if (options.recordings != NULL) {
        return rcp_replay_recordings(options.recordings, options.recording_count, options.verbose);
    }
    struct rcp_scenario *scenario = rcp_scenario_new();
    if (!load(&options, scenario)) {
        free(scenario);
        return RCP_EXIT_BAD_INPUT;
    }
    struct rcp_result *result = rcp_allocate(sizeof *result);
    struct rcp_judge *judge = rcp_allocate(sizeof *judge);
    struct rcp_arena arena = {0};
    struct rcp_record_log log = {0};
    struct rcp_run_result run;
    uint64_t started_us = rcp_clock_us();
    rcp_arena_run_logged(&arena, scenario, options.seed, &run, &log);
    rcp_judge_begin(judge, scenario, result);
    rcp_judge_add(judge, &run, rcp_clock_us() - started_us);
    rcp_judge_end(judge);
    if (options.verbose) {
        print_story(&log);
    }
    print_verdict(result);
    bool good = result->as_expected && result->outcome != RCP_RESULT_ERROR;
    rcp_record_log_free(&log);
    rcp_arena_free(&arena);
    free(judge);
    free(result);
    free(scenario);
    return good ? RCP_EXIT_AS_EXPECTED : RCP_EXIT_NOT_AS_EXPECTED;
}

const struct rcp_verb rcp_verb_replay = {
    .name = "replay",
    .summary = "the same run again, step by step",
    .help = help,
    .run = replay,
};
