/* What several verbs read from the command line, and the words they say about it. */
#ifndef RCP_CMD_RECOUP_OPTIONS_H
#define RCP_CMD_RECOUP_OPTIONS_H

#include "core/policy.h"
#include "reports/text.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

/* How this program was called: the start of every command that it prints. */
void rcp_set_program(const char *name);
const char *rcp_program(void);

/* Says "recoup VERB: ..." on stderr, with where to find help. Returns false, for `return`. */
bool rcp_usage(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says what getopt_long did not understand. */
void rcp_usage_option(const char *verb, int argc, char **argv, int missing);

/* Each reads value of --option and says what is wrong with it, and what is allowed. */
bool rcp_read_number(const char *verb, const char *option, const char *value, uint64_t *number);
bool rcp_read_seeds(const char *verb, const char *value, uint64_t *first, uint64_t *last);
bool rcp_read_time(const char *verb, const char *value, uint64_t *ms); /* "60s", "500ms", "2h" */
bool rcp_read_memory(const char *verb, const char *value, uint64_t *bytes); /* "500M", "8G" */
bool rcp_read_shard(const char *verb, const char *value, uint64_t *index, uint64_t *count);

/* --policy and --set, as given: they apply to any number of scenarios. */
struct rcp_policy_choice {
    bool preset_given;
    struct rcp_policy preset;
    uint64_t turned;   /* knobs given with --set */
    uint64_t hardened; /* and their sides */
};

bool rcp_read_policy(const char *verb, const char *value, struct rcp_policy_choice *choice);
bool rcp_read_knob(const char *verb, const char *value, struct rcp_policy_choice *choice);

/* Applies choice to a scenario's preset and policy. A new preset takes the place of the old one;
 * knobs that the scenario turns itself stay turned. */
void rcp_apply_policy(const struct rcp_policy_choice *choice,
                      struct rcp_policy *base,
                      struct rcp_policy *policy);

/* "hardened", or "hardened, claim=plain_select". */
void rcp_policy_words(struct rcp_policy base, struct rcp_policy policy, struct rcp_text *text);

/* choice as options again: " --policy hardened --set claim=plain_select". */
void rcp_policy_options(const struct rcp_policy_choice *choice, struct rcp_text *text);

/* word, in quotes where a shell would take it apart. */
void rcp_add_quoted(struct rcp_text *text, const char *word);

#endif
