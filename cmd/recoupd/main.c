/* recoupd: the verbs, and what is said of them. */
#include "cmd/recoupd/build_name.h"
#include "cmd/recoupd/verb.h"

#include "prod/config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_STANDARD "/etc/recoup/recoupd.yaml"

static const struct {
    const char *name;
    int (*run)(int count, char **words);
    const char *usage;
} verbs[] = {
    {"serve",
     rcp_verb_serve,
     "[--config FILE] [--record DIR]  serve; what recoupd does by default"},
    {"check-config",
     rcp_verb_check_config,
     "[--config FILE] [--keys]  read the configuration, and say it"},
    {"migrate",
     rcp_verb_migrate,
     "[--config FILE]               bring the database to this version"},
    {"ctl",
     rcp_verb_ctl,
     "[--socket PATH | --config FILE] [--json] VERB ...   for operators: `recoupd ctl help`"},
    {"token",
     rcp_verb_token,
     "[--config FILE] --user N --activity N   a reservation token, for tests"},
    {"rewind",
     rcp_verb_rewind,
     "[--config FILE] --to TIME      the retry topic again, after a restore to TIME"},
};

#define VERBS (sizeof verbs / sizeof verbs[0])

const char *rcp_verb_option(int count, char **words, const char *name)
{
    for (int i = 0; i + 1 < count; i++)
        if (strcmp(words[i], name) == 0)
            return words[i + 1];
    return NULL;
}

struct rcp_config *rcp_verb_config(int count, char **words)
{
    const char *path = rcp_verb_option(count, words, "--config");
    struct rcp_config *config = malloc(sizeof *config);
    char wrong[512];
    if (config == NULL) {
        fprintf(stderr, "recoupd: no memory\n");
        return NULL;
    }
    if (rcp_config_read(path != NULL ? path : CONFIG_STANDARD, config, wrong, sizeof wrong))
        return config;
    fprintf(stderr, "recoupd: %s\n", wrong);
    free(config);
    return NULL;
}

void rcp_verb_forget(struct rcp_config *config)
{
    if (config != NULL)
        rcp_config_wipe(config);
    free(config);
}

static int usage(FILE *out)
{
    fprintf(out,
            "recoupd: a payment service that recovers when everything it depends on fails\n\n"
            "usage:\n");
    for (size_t i = 0; i < VERBS; i++)
        fprintf(out, "  recoupd %s %s\n", verbs[i].name, verbs[i].usage);
    fprintf(out,
            "\nThe configuration is " CONFIG_STANDARD " where --config names no other.\n"
            "Exit codes: 0 as asked, 1 it did not work, 2 bad usage or configuration, 3 stopped by "
            "force.\n");
    return out == stdout ? RCP_EXIT_OK : RCP_EXIT_USAGE;
}

int main(int count, char **words)
{
    if (count < 2 || strncmp(words[1], "--config", 8) == 0)
        return rcp_verb_serve(count - 1, words + 1);
    if (strcmp(words[1], "--help") == 0 || strcmp(words[1], "help") == 0)
        return usage(stdout);
    if (strcmp(words[1], "--version") == 0) {
        puts("recoupd " RCP_COMMIT);
        return RCP_EXIT_OK;
    }
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(words[1], verbs[i].name) == 0)
            return verbs[i].run(count - 2, words + 2);
    fprintf(stderr, "recoupd: there is no verb \"%s\"\n\n", words[1]);
    return usage(stderr);
}
