/* recoup: a payment service that recovers, and the machine that proves it. One verb a file. */
#include "cmd/recoup/options.h"
#include "cmd/recoup/verb.h"

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#ifndef RCP_COMMIT
#define RCP_COMMIT "unknown"
#endif

static const struct rcp_verb *const verbs[] = {
    &rcp_verb_run,
    &rcp_verb_swarm,
    &rcp_verb_twice,
    &rcp_verb_explore,
    &rcp_verb_replay,
    &rcp_verb_shrink,
    &rcp_verb_diagram,
    &rcp_verb_check,
    &rcp_verb_list,
};

static const char help[] =
    "NAME\n"
    "    recoup - break a payment system on purpose, in every order, and see what holds\n"
    "\n"
    "SYNOPSIS\n"
    "    recoup VERB [OPTIONS] [ARGUMENTS]\n"
    "    recoup VERB --help\n"
    "    recoup --help | --version\n"
    "\n"
    "DESCRIPTION\n"
    "    Runs the payment core in a simulated world of Redis, MySQL, Kafka and clients that fail.\n"
    "    The same scenario and seed give the same run on every machine.\n"
    "\n"
    "VERBS\n";

static const char help_end[] =
    "\n"
    "EXIT STATUS\n"
    "    0    as expected\n"
    "    1    not as expected\n"
    "    2    bad usage or input; files are named as file:line:column\n"
    "    3    nothing wrong found, but stopped by a bound or interrupted\n"
    "\n"
    "ENVIRONMENT\n"
    "    NO_COLOR    set to anything, the output has no colours\n"
    "\n"
    "EXAMPLES\n"
    "    recoup run scenarios\n"
    "    recoup swarm --seeds 1..100000\n"
    "    recoup diagram scenarios/documented/normal-payment.yaml\n";

static void print_help(void)
{
    fputs(help, stdout);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        printf("    %-8s %s\n", verbs[i]->name, verbs[i]->summary);
    }
    fputs(help_end, stdout);
}

static const struct rcp_verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i]->name, name) == 0) {
            return verbs[i];
        }
    }
    return NULL;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_help(argv[i])) {
            return true;
        }
    }
    return false;
}

/* A report that could not be written is no report: `recoup ... | head` and a full disk end here. */
static int flushed(int code)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        perror("recoup: standard output");
        return code == RCP_EXIT_AS_EXPECTED ? RCP_EXIT_BAD_INPUT : code;
    }
    return code;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    rcp_set_program(argc > 0 ? argv[0] : "recoup");
    if (argc < 2) {
        fprintf(stderr, "recoup: a verb is missing; see recoup --help\n");
        return RCP_EXIT_BAD_INPUT;
    }
    const struct rcp_verb *verb = find_verb(argv[1]);
    if (is_help(argv[1]) || (strcmp(argv[1], "help") == 0 && argc == 2)) {
        print_help();
        return flushed(RCP_EXIT_AS_EXPECTED);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("recoup %s\n", RCP_COMMIT);
        return flushed(RCP_EXIT_AS_EXPECTED);
    }
    if (strcmp(argv[1], "help") == 0 && (verb = find_verb(argv[2])) != NULL) {
        fputs(verb->help, stdout);
        return flushed(RCP_EXIT_AS_EXPECTED);
    }
    if (verb == NULL) {
        fprintf(stderr, "recoup: '%s' is not a verb; see recoup --help\n", argv[1]);
        return RCP_EXIT_BAD_INPUT;
    }
    if (asks_for_help(argc - 1, argv + 1)) {
        fputs(verb->help, stdout);
        return flushed(RCP_EXIT_AS_EXPECTED);
    }
    return flushed((int)verb->run(argc - 1, argv + 1));
}
