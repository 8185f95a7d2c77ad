/* recoup list: what there is to break, to turn, to hold and to run. */
#include "cmd/recoup/files.h"
#include "cmd/recoup/verb.h"
#include "sim/check/invariant.h"
#include "sim/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "NAME\n"
    "    recoup list - what there is to break, to turn, to hold and to run\n"
    "\n"
    "SYNOPSIS\n"
    "    recoup list invariants|faults|knobs\n"
    "    recoup list scenarios [PATH...]\n"
    "\n"
    "DESCRIPTION\n"
    "    invariants    what is checked in every run: id, when, sentence\n"
    "    faults        what the simulated world can do to the service: name, kind, sentence\n"
    "    knobs         the policy's choices: documented side, hardened side, the invariant that\n"
    "                  the documented side breaks\n"
    "    scenarios     the files below PATH (scenarios): name and why it exists\n"
    "\n"
    "EXIT STATUS\n"
    "    0    listed\n"
    "    2    bad usage or input\n"
    "\n"
    "EXAMPLES\n"
    "    recoup list knobs\n"
    "    recoup list scenarios scenarios/flaws\n";

static bool list_invariants(void)
{
    for (uint32_t i = 1; i < RCP_INVARIANT_COUNT; i++) {
        const struct rcp_invariant_info *info = rcp_invariant_info((enum rcp_invariant)i);
        printf("%-22s %-9s %s\n",
               info->name,
               info->when == RCP_AT_DRAIN ? "at drain" : "always",
               info->sentence);
    }
    return true;
}

static const char *class_name(enum rcp_fault_class class)
{
    switch (class) {
    case RCP_FAULT_CLASS_FATE:
        return "strikes one";
    case RCP_FAULT_CLASS_PLANNED:
        return "planned";
    case RCP_FAULT_CLASS_INPUT:
        return "bad input";
    case RCP_FAULT_CLASS_NONE:
        break;
    }
    return "";
}

static bool list_faults(void)
{
    for (uint32_t i = 1; i < RCP_FAULT_COUNT; i++) {
        const struct rcp_fault_info *info = rcp_fault_info((enum rcp_fault)i);
        printf("%-28s %-11s %s%s\n",
               info->name,
               class_name(info->class),
               info->sentence,
               info->weak ? " [breaks an assumption]" : "");
    }
    return true;
}

static bool list_knobs(void)
{
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        const struct rcp_knob_info *info = rcp_knob_info((enum rcp_knob)i);
        printf("%s\n    %s\n    documented  %-22s %s%s\n    hardened    %s\n",
               info->name,
               info->sentence,
               info->documented,
               info->breaks == NULL ? "breaks no invariant" : "breaks ",
               info->breaks == NULL ? "" : info->breaks,
               info->hardened);
    }
    return true;
}

/* Where text's first sentence ends, or its first line. */
static int first_sentence(const char *text)
{
    size_t length = strcspn(text, "\n");
    for (size_t i = 0; i + 1 < length; i++) {
        if (text[i] == '.' && text[i + 1] == ' ') {
            return (int)(i + 1);
        }
    }
    return (int)length;
}

static bool list_scenarios(char **paths, int count)
{
    static const struct rcp_policy_choice as_it_is = {0};
    struct rcp_files files = {0};
    bool good = true;
    if (count == 0) {
        good = rcp_files_add(&files, "list", "scenarios");
    }
    for (int i = 0; i < count; i++) {
        good = rcp_files_add(&files, "list", paths[i]) && good;
    }
    struct rcp_scenario *scenario = rcp_scenario_new();
    for (uint32_t i = 0; i < files.count; i++) {
        if (rcp_load(files.paths[i], &as_it_is, scenario)) {
            printf("%-48s %.*s\n", scenario->name, first_sentence(scenario->why), scenario->why);
        } else {
            good = false;
        }
    }
    free(scenario);
    rcp_files_free(&files);
    return good;
}

static bool list_what(const char *what, char **rest, int rest_count)
{
    static const struct {
        const char *what;
        bool (*list)(void);
    } rows[] = {{"invariants", list_invariants}, {"faults", list_faults}, {"knobs", list_knobs}};
    if (strcmp(what, "scenarios") == 0) {
        return list_scenarios(rest, rest_count);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(what, rows[i].what) == 0) {
            return rest_count == 0 ? rows[i].list()
                                   : rcp_usage("list", "nothing goes after %s", what);
        }
    }
    return rcp_usage("list", "'%s': invariants, faults, knobs or scenarios", what);
}

static enum rcp_exit list(int argc, char **argv)
{
    static const struct option no_options[] = {{NULL, 0, NULL, 0}};
    opterr = 0;
    int option = getopt_long(argc, argv, ":", no_options, NULL);
    if (option != -1) {
        rcp_usage_option("list", argc, argv, option == ':');
        return RCP_EXIT_BAD_INPUT;
    }
    if (optind == argc) {
        rcp_usage("list", "what? invariants, faults, knobs or scenarios");
        return RCP_EXIT_BAD_INPUT;
    }
    bool good = list_what(argv[optind], argv + optind + 1, argc - optind - 1);
    return good ? RCP_EXIT_AS_EXPECTED : RCP_EXIT_BAD_INPUT;
}

const struct rcp_verb rcp_verb_list = {
    .name = "list",
    .summary = "what there is to break, to turn, to hold and to run",
    .help = help,
    .run = list,
};
