/* recoup swarm: generated worlds, a seed each, until one breaks a promise. */
#include "cmd/recoup/crew.h"
#include "cmd/recoup/files.h"
#include "cmd/recoup/options.h"
#include "cmd/recoup/record_log.h"
#include "cmd/recoup/stop.h"
#include "cmd/recoup/surprise.h"
#include "cmd/recoup/swarm_json.h"
#include "cmd/recoup/verb.h"
#include "reports/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "NAME\n"
    "    recoup swarm - run generated worlds and find what nobody thought of\n"
    "\n"
    "SYNOPSIS\n"
    "    recoup swarm [--seeds A..B] [--time T] [--shard I/N] [--jobs N] [--policy P]\n"
    "                 [--set KNOB=VALUE] [--keep-going] [--json FILE] [--tapes DIR]\n"
    "\n"
    "DESCRIPTION\n"
    "    Each seed draws a world: how many nodes, which workload, which limits, which faults "
    "there\n"
    "    are at all and how often they strike. Then it runs, with every invariant checked, and\n"
    "    heals and drains. Stops at the first violation, which is that of the lowest seed for any\n"
    "    number of jobs, and writes its tape.\n"
    "\n"
    "OPTIONS\n"
    "    --seeds A..B        these seeds, both included (1..1000; without an end where only "
    "--time\n"
    "                        is given)\n"
    "    --time T            stop after this long: 60s, 10m, 8h\n"
    "    --shard I/N         only every Nth seed, from the Ith on: N machines share a range\n"
    "    --jobs N            threads (one for each core)\n"
    "    --policy P          documented or hardened (hardened)\n"
    "    --set KNOB=VALUE    turn one knob (recoup list knobs); may be given several times\n"
    "    --keep-going        go on after a violation; count the different ones by fingerprint\n"
    "    --json FILE         write failures, as they are found, and totals as JSON\n"
    "    --tapes DIR         where tapes go (recoup-tapes)\n"
    "\n"
    "    trace_digest is of all runs in the order of their seeds: it is the same for every build\n"
    "    and every number of jobs, so shards can be compared between machines.\n"
    "\n"
    "EXIT STATUS\n"
    "    0    every invariant held in every seed; or, with --time alone, until then\n"
    "    1    a violation or an error was found\n"
    "    2    bad usage\n"
    "    3    nothing wrong found, but interrupted, or the time was up before the last seed\n"
    "\n"
    "EXAMPLES\n"
    "    recoup swarm --seeds 1..1000000\n"
    "    recoup swarm --time 8h --shard 1/4 --json night.json\n"
    "    recoup swarm --set claim=plain_select --seeds 1..10000\n";

#define SEED_FIRST 1u
#define SEED_LAST  1000u
#define SEED_NONE  (UINT64_MAX / 2) /* Where only the time ends it. */
#define BUGS_MAX   64u              /* Different fingerprints counted one by one. */

struct options {
    struct rcp_policy_choice policy;
    bool seeds_given;
    bool keep_going;
    uint64_t seed_first;
    uint64_t seed_last;
    uint64_t time_ms; /* 0: none */
    uint64_t shard;   /* 1.. */
    uint64_t shards;
    uint64_t jobs;
    const char *json;
    const char *tapes;
};

/* A fingerprint: same bug, same text. */
struct bug {
    char fingerprint[96];
    const char *invariant;
    uint64_t first_seed;
    uint64_t count;
};

/* One `recoup swarm`. */
struct swarm {
    struct options options;
    struct rcp_crew_task task;
    struct rcp_crew_totals totals;
    struct rcp_result *first; /* the first failure, looked into after the run */
    struct bug bugs[BUGS_MAX];
    uint32_t bug_count;
    uint64_t bugs_uncounted;    /* failures whose fingerprint found no room */
    struct rcp_swarm_json json; /* no file: nobody asked */
    char policy[256];           /* in words */
    uint64_t started_us;
    uint64_t shown_us;
    struct rcp_terminal terminal;
};

/* ---- Options ---------------------------------------------------------------------------------- */

static bool read_option(int option, struct options *options)
{
    switch (option) {
    case 'p':
        return rcp_read_policy("swarm", optarg, &options->policy);
    case 'k':
        return rcp_read_knob("swarm", optarg, &options->policy);
    case 's':
        options->seeds_given = true;
        return rcp_read_seeds("swarm", optarg, &options->seed_first, &options->seed_last);
    case 't':
        return rcp_read_time("swarm", optarg, &options->time_ms);
    case 'h':
        return rcp_read_shard("swarm", optarg, &options->shard, &options->shards);
    case 'j':
        return rcp_read_number("swarm", "--jobs", optarg, &options->jobs);
    case 'g':
        options->keep_going = true;
        return true;
    case 'o':
        options->json = optarg;
        return true;
    default:
        options->tapes = optarg;
        return true;
    }
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option long_options[] = {
        {"policy", required_argument, NULL, 'p'},
        {"set", required_argument, NULL, 'k'},
        {"seeds", required_argument, NULL, 's'},
        {"time", required_argument, NULL, 't'},
        {"shard", required_argument, NULL, 'h'},
        {"jobs", required_argument, NULL, 'j'},
        {"keep-going", no_argument, NULL, 'g'},
        {"json", required_argument, NULL, 'o'},
        {"tapes", required_argument, NULL, 'd'},
        {NULL, 0, NULL, 0},
    };
    int option = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (option == '?' || option == ':') {
            rcp_usage_option("swarm", argc, argv, option == ':');
            return false;
        }
        if (!read_option(option, options)) {
            return false;
        }
    }
    if (optind < argc) {
        return rcp_usage("swarm", "'%s': swarm takes no file", argv[optind]);
    }
    if (!options->seeds_given) {
        options->seed_first = SEED_FIRST;
        options->seed_last = options->time_ms != 0 ? SEED_NONE : SEED_LAST;
    }
    return true;
}

/* Fills in the task from the options. */
static bool plan(struct swarm *swarm)
{
    const struct options *options = &swarm->options;
    struct rcp_crew_task *task = &swarm->task;
    task->base = rcp_policy_hardened();
    task->policy = task->base;
    rcp_apply_policy(&options->policy, &task->base, &task->policy);
    const char *refusal = rcp_policy_refusal(task->policy);
    if (refusal != NULL) {
        return rcp_usage("swarm", "%s", refusal);
    }
    task->first = options->seed_first + options->shard - 1;
    task->last = options->seed_last;
    task->step = options->shards;
    task->jobs = options->jobs > UINT32_MAX ? UINT32_MAX : (uint32_t)options->jobs;
    if (task->jobs == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        task->jobs = cores < 1 ? 1 : (uint32_t)cores;
    }
    task->keep_going = options->keep_going;
    task->until_us = options->time_ms == 0 ? 0 : rcp_clock_us() + options->time_ms * 1000;
    return true;
}

/* ---- While it runs ---------------------------------------------------------------------------- */

/* The command that shows seed again. */
static void swarm_replay(const struct swarm *swarm, uint64_t seed, struct rcp_text *text)
{
    rcp_add_quoted(text, rcp_program());
    rcp_text_add(text, " replay --seed %" PRIu64, seed);
    rcp_policy_options(&swarm->options.policy, text);
    rcp_text_add(text, " -v");
}

static void count_bug(struct swarm *swarm, const struct rcp_crew_failure *failure)
{
    const struct rcp_violation *violation = &failure->violation;
    bool violated = failure->outcome == RCP_RUN_VIOLATED;
    const char *fingerprint = violated ? violation->fingerprint : "error";
    for (uint32_t i = 0; i < swarm->bug_count; i++) {
        if (strcmp(swarm->bugs[i].fingerprint, fingerprint) == 0) {
            swarm->bugs[i].count++;
            return;
        }
    }
    if (swarm->bug_count == BUGS_MAX) {
        swarm->bugs_uncounted++;
        return;
    }
    struct bug *bug = &swarm->bugs[swarm->bug_count++];
    snprintf(bug->fingerprint, sizeof bug->fingerprint, "%s", fingerprint);
    bug->invariant = violated ? rcp_sim_names.invariant(violation->invariant) : "";
    bug->first_seed = failure->seed;
    bug->count = 1;
}

static void keep_first(struct swarm *swarm, const struct rcp_crew_failure *failure)
{
    struct rcp_result *result = rcp_allocate(sizeof *result);
    const struct rcp_violation *violation = &failure->violation;
    swarm->first = result;
    result->seed = failure->seed;
    result->runs = 1;
    snprintf(result->scenario, sizeof result->scenario, "seed %" PRIu64, failure->seed);
    memcpy(result->policy, swarm->policy, sizeof result->policy);
    if (failure->outcome == RCP_RUN_ERROR) {
        result->outcome = RCP_RESULT_ERROR;
        snprintf(result->reason, sizeof result->reason, "the run did not work: %s", failure->error);
        return;
    }
    const struct rcp_invariant_info *info =
        rcp_invariant_info((enum rcp_invariant)violation->invariant);
    result->outcome = RCP_RESULT_VIOLATED;
    snprintf(result->reason, sizeof result->reason, "violated %s", info->name);
    result->violation_count = 1;
    result->violations[0] = (struct rcp_result_violation){
        .invariant = info->name,
        .sentence = info->sentence,
        .seed = failure->seed,
        .seeds = 1,
        .at_ms = violation->at_ms,
    };
    memcpy(result->violations[0].detail, violation->detail, sizeof violation->detail);
    memcpy(
        result->violations[0].fingerprint, violation->fingerprint, sizeof violation->fingerprint);
}

static void on_failed(void *context, const struct rcp_crew_failure *failure)
{
    struct swarm *swarm = context;
    count_bug(swarm, failure);
    if (swarm->json.file != NULL) {
        char bytes[1024];
        struct rcp_text replay = rcp_text_in(bytes, sizeof bytes);
        swarm_replay(swarm, failure->seed, &replay);
        rcp_swarm_json_failure(&swarm->json, failure, bytes);
    }
    if (swarm->first == NULL) {
        keep_first(swarm, failure);
    }
}

static void on_progressed(void *context, const struct rcp_crew_totals *totals, uint64_t seed)
{
    struct swarm *swarm = context;
    uint64_t now_us = rcp_clock_us();
    if (now_us - swarm->shown_us < 200000) {
        return;
    }
    swarm->shown_us = now_us;
    uint64_t ms = (now_us - swarm->started_us) / 1000;
    char runs[RCP_GROUPED_SIZE];
    char rate[RCP_GROUPED_SIZE];
    char line[256];
    snprintf(line,
             sizeof line,
             "%s runs, seed %" PRIu64 ", %s runs/s, %" PRIu64 " violated",
             rcp_grouped(totals->runs, runs),
             seed,
             rcp_grouped(ms == 0 ? 0 : totals->runs * 1000 / ms, rate),
             totals->violated);
    rcp_terminal_progress(line);
}

/* ---- After it ran ----------------------------------------------------------------------------- */

static uint64_t per_second(uint64_t count, uint64_t us)
{
    return us < 1000 ? 0 : count * 1000 / (us / 1000);
}

static void print_fired(const struct rcp_crew_totals *totals)
{
    char count[RCP_GROUPED_SIZE];
    printf("  faults fired\n");
    for (uint32_t i = 1; i < RCP_FAULT_COUNT; i++) {
        if (totals->fired[i] > 0) {
            printf(
                "    %-28s %14s\n", rcp_sim_names.fault(i), rcp_grouped(totals->fired[i], count));
        }
    }
}

static void print_totals(const struct swarm *swarm, uint64_t wall_us)
{
    const struct rcp_crew_totals *totals = &swarm->totals;
    char number[RCP_GROUPED_SIZE];
    char rate[RCP_GROUPED_SIZE];
    uint64_t runs = totals->runs == 0 ? 1 : totals->runs;
    uint64_t carrying = totals->carrying == 0 ? 1 : totals->carrying;
    print_fired(totals);
    printf("  runs             %s (%s a second)\n",
           rcp_grouped(totals->runs, number),
           rcp_grouped(per_second(totals->runs, wall_us), rate));
    printf("  events           %s (%s a second)\n",
           rcp_grouped(totals->events, number),
           rcp_grouped(per_second(totals->events, wall_us), rate));
    printf("  events a run     %s\n", rcp_grouped(totals->events / runs, number));
    printf("  simulated time   %s\n", rcp_duration(totals->virtual_ms, number));
    printf("  payments         %s (%s a second)\n",
           rcp_grouped(totals->payments, number),
           rcp_grouped(per_second(totals->payments, wall_us), rate));
    printf("  orders           %s (%s a second)\n",
           rcp_grouped(totals->orders, number),
           rcp_grouped(per_second(totals->orders, wall_us), rate));
    printf("  calls to the PG  %s\n", rcp_grouped(totals->pg_calls, number));
    printf("  with faults      %s seeds, one fired in %" PRIu64 ".%" PRIu64 " %% of them\n",
           rcp_grouped(totals->carrying, number),
           totals->struck * 100 / carrying,
           totals->struck * 1000 / carrying % 10);
    printf("  trace digest     %016" PRIx64 "\n", totals->digest);
    printf("  took             %" PRIu64 ".%02" PRIu64 " s, %" PRIu32 " %s\n",
           wall_us / 1000000,
           wall_us % 1000000 / 10000,
           swarm->task.jobs,
           swarm->task.jobs == 1 ? "job" : "jobs");
}

static void print_bugs(const struct swarm *swarm)
{
    printf("\n  %-24s %10s  %-12s %s\n", "violated", "seeds", "first seed", "fingerprint");
    for (uint32_t i = 0; i < swarm->bug_count; i++) {
        const struct bug *bug = &swarm->bugs[i];
        printf("  %-24s %10" PRIu64 "  %-12" PRIu64 " %s\n",
               bug->invariant,
               bug->count,
               bug->first_seed,
               bug->fingerprint);
    }
    if (swarm->bugs_uncounted > 0) {
        printf("  and %" PRIu64 " seeds with other fingerprints\n", swarm->bugs_uncounted);
    }
}

/* The first failure once more, with its story and its tape. */
static void print_first(struct swarm *swarm)
{
    struct rcp_scenario *scenario = rcp_scenario_new();
    struct rcp_arena arena = {0};
    struct rcp_record_log log = {0};
    rcp_swarm_scenario(swarm->first->seed, swarm->task.base, swarm->task.policy, scenario);
    rcp_look_into(swarm->first, scenario, &arena, &log, swarm->options.tapes);
    /* The seed alone says it all; the tape is for those who edit it. */
    struct rcp_text replay = rcp_text_in(swarm->first->replay, sizeof swarm->first->replay);
    swarm_replay(swarm, swarm->first->seed, &replay);
    rcp_terminal_surprise(&swarm->terminal, swarm->first);
    rcp_record_log_free(&log);
    rcp_arena_free(&arena);
    free(scenario);
}

static bool begin_json(struct swarm *swarm)
{
    const struct options *options = &swarm->options;
    struct rcp_swarm_asked asked = {
        .policy = swarm->policy,
        .seed_first = options->seed_first,
        .seed_last = options->seed_last,
        .shard = options->shard,
        .shards = options->shards,
    };
    if (options->json == NULL || rcp_swarm_json_begin(&swarm->json, options->json, &asked)) {
        return true;
    }
    fprintf(stderr, "recoup swarm: %s: %s\n", options->json, strerror(errno));
    return false;
}

static bool end_json(struct swarm *swarm, enum rcp_crew_end end, uint64_t wall_us)
{
    if (swarm->json.file == NULL ||
        rcp_swarm_json_end(&swarm->json, &swarm->totals, end, wall_us)) {
        return true;
    }
    fprintf(stderr, "recoup swarm: %s: %s\n", swarm->options.json, strerror(errno));
    return false;
}

static enum rcp_exit conclude(struct swarm *swarm, enum rcp_crew_end end)
{
    uint64_t wall_us = rcp_clock_us() - swarm->started_us;
    rcp_terminal_progress("");
    print_totals(swarm, wall_us);
    bool written = end_json(swarm, end, wall_us);
    if (swarm->first != NULL) {
        if (swarm->task.keep_going) {
            print_bugs(swarm);
        }
        print_first(swarm);
        return RCP_EXIT_NOT_AS_EXPECTED;
    }
    if (!written) {
        return RCP_EXIT_BAD_INPUT;
    }
    if (end == RCP_CREW_STOPPED || (end == RCP_CREW_TIME && swarm->options.seeds_given)) {
        printf("every invariant held until it was stopped\n");
        return RCP_EXIT_STOPPED;
    }
    printf("every invariant held\n");
    return RCP_EXIT_AS_EXPECTED;
}

static enum rcp_exit run_swarm(struct swarm *swarm)
{
    struct rcp_text policy = rcp_text_in(swarm->policy, sizeof swarm->policy);
    rcp_policy_words(swarm->task.base, swarm->task.policy, &policy);
    if (!begin_json(swarm)) {
        return RCP_EXIT_BAD_INPUT;
    }
    printf("swarm under %s\n", swarm->policy);
    fflush(stdout);
    rcp_stop_on_signal();
    swarm->started_us = rcp_clock_us();
    struct rcp_crew_watcher watcher = {
        .context = swarm, .failed = on_failed, .progressed = on_progressed};
    enum rcp_crew_end end = rcp_crew_run(&swarm->task, &watcher, &swarm->totals);
    enum rcp_exit code = conclude(swarm, end);
    free(swarm->first);
    return code;
}

static enum rcp_exit swarm(int argc, char **argv)
{
    struct swarm swarm = {
        .options = {.shard = 1, .shards = 1, .tapes = "recoup-tapes"},
        .terminal = {.out = stdout, .colour = rcp_terminal_wants_colour(stdout)},
    };
    if (!read_options(argc, argv, &swarm.options) || !plan(&swarm)) {
        return RCP_EXIT_BAD_INPUT;
    }
    return run_swarm(&swarm);
}

const struct rcp_verb rcp_verb_swarm = {
    .name = "swarm",
    .summary = "run generated worlds and find what nobody thought of",
    .help = help,
    .run = swarm,
};
