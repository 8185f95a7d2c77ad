/* recoup-lab: where the simulated and the real meet. One verb a file. */
#include "cmd/recoup-lab/verb.h"

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#ifndef RCP_COMMIT
#define RCP_COMMIT "unknown"
#endif

static const struct rcp_lab_verb *const verbs[] = {
    &rcp_lab_verb_pg,
};

static const char help[] =
    "NAME\n"
    "    recoup-lab - what a real recoupd is tried against\n"
    "\n"
    "SYNOPSIS\n"
    "    recoup-lab VERB [OPTIONS]\n"
    "    recoup-lab VERB --help\n"
    "    recoup-lab --help | --version\n"
    "\n"
    "DESCRIPTION\n"
    "    Serves models of the simulator to real programs, over real sockets and in real time.\n"
    "\n"
    "VERBS\n";

static const char help_end[] = "\n"
                               "EXIT STATUS\n"
                               "    0    served until it was stopped\n"
                               "    1    could not serve\n"
                               "    2    bad usage\n"
                               "\n"
                               "EXAMPLES\n"
                               "    recoup-lab pg --port 8082 --seed 1\n";

static void print_help(void)
{
    fputs(help, stdout);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        printf("    %-8s %s\n", verbs[i]->name, verbs[i]->summary);
    fputs(help_end, stdout);
}

static const struct rcp_lab_verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (is_help(argv[i]))
            return true;
    return false;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    if (argc < 2) {
        fprintf(stderr, "recoup-lab: a verb is missing; see recoup-lab --help\n");
        return RCP_LAB_EXIT_BAD_USAGE;
    }
    if (is_help(argv[1])) {
        print_help();
        return RCP_LAB_EXIT_AS_EXPECTED;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("recoup-lab %s\n", RCP_COMMIT);
        return RCP_LAB_EXIT_AS_EXPECTED;
    }
    const struct rcp_lab_verb *verb = find_verb(argv[1]);
    if (verb == NULL) {
        fprintf(stderr, "recoup-lab: '%s' is not a verb; see recoup-lab --help\n", argv[1]);
        return RCP_LAB_EXIT_BAD_USAGE;
    }
    if (asks_for_help(argc - 1, argv + 1)) {
        fputs(verb->help, stdout);
        return RCP_LAB_EXIT_AS_EXPECTED;
    }
    return (int)verb->run(argc - 1, argv + 1);
}
