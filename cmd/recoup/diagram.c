/* recoup diagram: what really happened, as a Mermaid sequence diagram. */
#include "cmd/recoup/files.h"
#include "cmd/recoup/record_log.h"
#include "cmd/recoup/verb.h"
#include "reports/mermaid.h"

#include <inttypes.h>
#include <stdlib.h>

static const char help[] =
    "NAME\n"
    "    recoup diagram - draw what really happened as a Mermaid sequence diagram\n"
    "\n"
    "SYNOPSIS\n"
    "    recoup diagram FILE [--seed S] [--policy P] [--set KNOB=VALUE] [--all]\n"
    "\n"
    "DESCRIPTION\n"
    "    Runs the scenario or tape in FILE once and draws its records on standard output. Nothing\n"
    "    is drawn that did not happen. Which participants are drawn, in which order and from when\n"
    "    to when is what the file says under diagram; a role that is not drawn folds into the one\n"
    "    it works for. A scheduler's tick that found nothing is left out.\n"
    "\n"
    "OPTIONS\n"
    "    --seed S            the seed (the file's first)\n"
    "    --policy P          documented or hardened, in place of the file's preset\n"
    "    --set KNOB=VALUE    turn one knob; may be given several times\n"
    "    --all               every participant, the whole run, and what every healthy run "
    "repeats:\n"
    "                        offsets, partitions, sweeps, starts\n"
    "\n"
    "EXIT STATUS\n"
    "    0    drawn\n"
    "    1    the run itself did not work\n"
    "    2    bad usage or input\n"
    "\n"
    "EXAMPLES\n"
    "    recoup diagram scenarios/documented/normal-payment.yaml\n"
    "    recoup diagram scenarios/documented/normal-payment.yaml --policy hardened --all\n";

struct options {
    struct rcp_policy_choice policy;
    bool seed_given;
    bool all;
    uint64_t seed;
};

/* reports cannot see the scenario's list of roles: here both are held together. */
static_assert((int)RCP_LANE_COUNT == (int)RCP_PARTICIPANT_COUNT, "a lane for each participant");
static_assert((int)RCP_LANE_USER == (int)RCP_PARTICIPANT_USER, "same order");
static_assert((int)RCP_LANE_FRONTEND == (int)RCP_PARTICIPANT_FRONTEND, "same order");
static_assert((int)RCP_LANE_CONTROLLER == (int)RCP_PARTICIPANT_CONTROLLER, "same order");
static_assert((int)RCP_LANE_SERVICE == (int)RCP_PARTICIPANT_SERVICE, "same order");
static_assert((int)RCP_LANE_LOG_SERVICE == (int)RCP_PARTICIPANT_LOG_SERVICE, "same order");
static_assert((int)RCP_LANE_SCHEDULER == (int)RCP_PARTICIPANT_SCHEDULER, "same order");
static_assert((int)RCP_LANE_CONSUMER == (int)RCP_PARTICIPANT_CONSUMER, "same order");
static_assert((int)RCP_LANE_REDIS == (int)RCP_PARTICIPANT_REDIS, "same order");
static_assert((int)RCP_LANE_ENTRY_TABLE == (int)RCP_PARTICIPANT_ENTRY_TABLE, "same order");
static_assert((int)RCP_LANE_LOG_TABLE == (int)RCP_PARTICIPANT_LOG_TABLE, "same order");
static_assert((int)RCP_LANE_KAFKA == (int)RCP_PARTICIPANT_KAFKA, "same order");
static_assert((int)RCP_LANE_ORDER_FACADE == (int)RCP_PARTICIPANT_ORDER_FACADE, "same order");
static_assert((int)RCP_LANE_PAYMENT_FACADE == (int)RCP_PARTICIPANT_PAYMENT_FACADE, "same order");
static_assert((int)RCP_LANE_PAYMENT_SCHEDULER == (int)RCP_PARTICIPANT_PAYMENT_SCHEDULER,
              "same order");
static_assert((int)RCP_LANE_RESULT_HANDLER == (int)RCP_PARTICIPANT_RESULT_HANDLER, "same order");
static_assert((int)RCP_LANE_PG_CLIENT == (int)RCP_PARTICIPANT_PG_CLIENT, "same order");
static_assert((int)RCP_LANE_PG == (int)RCP_PARTICIPANT_PG, "same order");
static_assert((int)RCP_LANE_ORDER_TABLES == (int)RCP_PARTICIPANT_ORDER_TABLES, "same order");

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option long_options[] = {
        {"policy", required_argument, NULL, 'p'},
        {"set", required_argument, NULL, 'k'},
        {"seed", required_argument, NULL, 's'},
        {"all", no_argument, NULL, 'a'},
        {NULL, 0, NULL, 0},
    };
    bool good = true;
    int option = 0;
    opterr = 0;
    while (good && (option = getopt_long(argc, argv, ":a", long_options, NULL)) != -1) {
        switch (option) {
        case 'p':
            good = rcp_read_policy("diagram", optarg, &options->policy);
            break;
        case 'k':
            good = rcp_read_knob("diagram", optarg, &options->policy);
            break;
        case 's':
            good = rcp_read_number("diagram", "--seed", optarg, &options->seed);
            options->seed_given = true;
            break;
        case 'a':
            options->all = true;
            break;
        default:
            rcp_usage_option("diagram", argc, argv, option == ':');
            good = false;
            break;
        }
    }
    if (good && argc - optind != 1) {
        good = rcp_usage("diagram", "one scenario or tape is wanted");
    }
    return good;
}

static void draw(const struct rcp_diagram *diagram, bool all, const struct rcp_record_log *log)
{
    enum rcp_lane lanes[RCP_PARTICIPANTS_MAX];
    struct rcp_mermaid_view view = {.lanes = lanes, .details = all};
    if (!all) {
        view.from_ms = diagram->from_ms;
        view.until_ms = diagram->until_ms;
        while (view.lane_count < RCP_PARTICIPANTS_MAX &&
               diagram->participants[view.lane_count] != RCP_PARTICIPANT_NONE) {
            lanes[view.lane_count] = (enum rcp_lane)diagram->participants[view.lane_count];
            view.lane_count++;
        }
    }
    rcp_mermaid_write(stdout, log->records, log->count, &view, &rcp_sim_names);
}

static enum rcp_exit diagram(int argc, char **argv)
{
    struct options options = {0};
    if (!read_options(argc, argv, &options)) {
        return RCP_EXIT_BAD_INPUT;
    }
    struct rcp_scenario *scenario = rcp_scenario_new();
    if (!rcp_load(argv[optind], &options.policy, scenario)) {
        free(scenario);
        return RCP_EXIT_BAD_INPUT;
    }
    struct rcp_arena arena = {0};
    struct rcp_record_log log = {0};
    struct rcp_run_result run;
    uint64_t seed = options.seed_given ? options.seed : scenario->seed_first;
    rcp_arena_run_logged(&arena, scenario, seed, &run, &log);
    draw(&scenario->diagram, options.all, &log);
    if (run.outcome == RCP_RUN_ERROR) {
        fprintf(stderr, "recoup diagram: %s: the run did not work: %s\n", argv[optind], run.error);
    }
    rcp_record_log_free(&log);
    rcp_arena_free(&arena);
    free(scenario);
    return run.outcome == RCP_RUN_ERROR ? RCP_EXIT_NOT_AS_EXPECTED : RCP_EXIT_AS_EXPECTED;
}

const struct rcp_verb rcp_verb_diagram = {
    .name = "diagram",
    .summary = "draw what really happened as a Mermaid sequence diagram",
    .help = help,
    .run = diagram,
};
