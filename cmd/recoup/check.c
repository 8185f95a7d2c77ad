/* recoup check: are these files good scenarios? */
#include "cmd/recoup/files.h"
#include "cmd/recoup/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] = "NAME\n"
                           "    recoup check - read scenarios without running them\n"
                           "\n"
                           "SYNOPSIS\n"
                           "    recoup check FILE...\n"
                           "\n"
                           "DESCRIPTION\n"
                           "    Reads each scenario or tape, and every *.yaml below each folder. "
                           "What is wrong is said as\n"
                           "    file:line:column: what is wrong, what is allowed. Says nothing of "
                           "files that are good but\n"
                           "    one line each.\n"
                           "\n"
                           "EXIT STATUS\n"
                           "    0    all are good\n"
                           "    2    bad usage, or at least one file is not\n"
                           "\n"
                           "EXAMPLES\n"
                           "    recoup check scenarios\n";

static void print_good(const char *path, const struct rcp_scenario *scenario)
{
    char bytes[256];
    struct rcp_text policy = rcp_text_in(bytes, sizeof bytes);
    rcp_policy_words(scenario->base, scenario->policy, &policy);
    printf("%s: good: %s, seeds %" PRIu64 "..%" PRIu64 "\n",
           path,
           bytes,
           scenario->seed_first,
           scenario->seed_last);
}

static enum rcp_exit check_files(const struct rcp_files *files)
{
    static const struct rcp_policy_choice as_it_is = {0};
    enum rcp_exit code = RCP_EXIT_AS_EXPECTED;
    struct rcp_scenario *scenario = rcp_scenario_new();
    for (uint32_t i = 0; i < files->count; i++) {
        if (rcp_load(files->paths[i], &as_it_is, scenario)) {
            print_good(files->paths[i], scenario);
        } else {
            code = RCP_EXIT_BAD_INPUT;
        }
    }
    free(scenario);
    return code;
}

static enum rcp_exit check(int argc, char **argv)
{
    static const struct option no_options[] = {{NULL, 0, NULL, 0}};
    opterr = 0;
    int option = getopt_long(argc, argv, ":", no_options, NULL);
    if (option != -1) {
        rcp_usage_option("check", argc, argv, option == ':');
        return RCP_EXIT_BAD_INPUT;
    }
    if (optind == argc) {
        rcp_usage("check", "a file is missing");
        return RCP_EXIT_BAD_INPUT;
    }
    struct rcp_files files = {0};
    enum rcp_exit code = RCP_EXIT_AS_EXPECTED;
    for (int i = optind; i < argc; i++) {
        if (!rcp_files_add(&files, "check", argv[i])) {
            code = RCP_EXIT_BAD_INPUT;
        }
    }
    if (check_files(&files) != RCP_EXIT_AS_EXPECTED) {
        code = RCP_EXIT_BAD_INPUT;
    }
    rcp_files_free(&files);
    return code;
}

const struct rcp_verb rcp_verb_check = {
    .name = "check",
    .summary = "read scenarios without running them",
    .help = help,
    .run = check,
};
