/* The verbs of recoupd. Each gets the words behind it, and returns the exit code: 0 as asked, 1 it did not
 * work, 2 bad usage or a bad configuration. */
#ifndef RCP_CMD_RECOUPD_VERB_H
#define RCP_CMD_RECOUPD_VERB_H

#include <stdbool.h>

struct rcp_config;

enum rcp_exit {
    RCP_EXIT_OK = 0,
    RCP_EXIT_FAILED = 1,
    RCP_EXIT_USAGE = 2,
    RCP_EXIT_UNKNOWN = 3, /* ctl: nobody answers, or nobody knows what became of it */
    RCP_EXIT_FORCED = 3,  /* serve: stopped by force, or its grace ran out with work in progress */
};

int rcp_verb_serve(int count, char **words);
int rcp_verb_check_config(int count, char **words);
int rcp_verb_migrate(int count, char **words);
int rcp_verb_ctl(int count, char **words);
int rcp_verb_token(int count, char **words);
int rcp_verb_rewind(int count, char **words);

/* The verb of this name, where it takes these words; else it is said what is wrong, and RCP_EXIT_USAGE comes
 * back. */
int rcp_verb_run(const char *name, int count, char **words);

/* Reads the configuration named by the words (--config PATH), on the heap and freed by rcp_verb_forget(); what
 * is wrong goes to stderr, and NULL comes back. Other options are the caller's: they are skipped. */
struct rcp_config *rcp_verb_config(int count, char **words);
void rcp_verb_forget(struct rcp_config *config);

bool rcp_verb_is_help(const char *word);

/* The word behind this option; NULL where it is not there. */
const char *rcp_verb_option(int count, char **words, const char *name);

#endif
