/* recoupd: the verbs, and what is said of them. */
#include "cmd/recoupd/build_name.h"
#include "cmd/recoupd/verb.h"

#include "prod/config/config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_STANDARD "/etc/recoup/recoupd.yaml"

#define OPTIONS_MAX 3

/* A verb, and the words behind it that it takes: no others, since what is misspelt would be left undone. */
struct verb {
    const char *name;
    int (*run)(int count, char **words);
    const char *options[OPTIONS_MAX]; /* with a word behind them */
    const char *flag;                 /* without one */
    bool any_words;                   /* it looks at them itself */
    const char *usage;
};

static const struct verb verbs[] = {
    {.name = "serve",
     .run = rcp_verb_serve,
     .options = {"--config", "--record"},
     .usage = "[--config FILE] [--record DIR]  serve; what recoupd does by default"},
    {.name = "check-config",
     .run = rcp_verb_check_config,
     .options = {"--config"},
     .flag = "--keys",
     .usage = "[--config FILE] [--keys]  read the configuration, and say it; --keys: every key"},
    {.name = "migrate",
     .run = rcp_verb_migrate,
     .options = {"--config"},
     .flag = "--check",
     .usage =
         "[--config FILE] [--check]     bring the database to this version; --check: only look"},
    {.name = "ctl",
     .run = rcp_verb_ctl,
     .any_words = true,
     .usage =
         "[--socket PATH | --config FILE] [--json] VERB ...   for operators: `recoupd ctl help`"},
    {.name = "token",
     .run = rcp_verb_token,
     .options = {"--config", "--user", "--activity"},
     .usage = "[--config FILE] --user N --activity N   a reservation token, for tests"},
    {.name = "rewind",
     .run = rcp_verb_rewind,
     .options = {"--config", "--to"},
     .usage = "[--config FILE] --to TIME      the retry topic again, after a restore to TIME"},
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

bool rcp_verb_is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
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

static bool takes_option(const struct verb *verb, const char *word)
{
    for (int i = 0; i < OPTIONS_MAX && verb->options[i] != NULL; i++)
        if (strcmp(verb->options[i], word) == 0)
            return true;
    return false;
}

/* True where the verb takes all of them; else it was said which one it does not. */
static bool takes_all(const struct verb *verb, int count, char **words)
{
    for (int i = 0; i < count && !verb->any_words; i++) {
        bool option = takes_option(verb, words[i]);
        if (option && i + 1 < count)
            i++;
        else if (verb->flag == NULL || strcmp(verb->flag, words[i]) != 0) {
            fprintf(stderr,
                    "recoupd: %s \"%s\"\n\nusage: recoupd %s %s\n",
                    option ? "a word is missing behind" : "there is no use for",
                    words[i],
                    verb->name,
                    verb->usage);
            return false;
        }
    }
    return true;
}

int rcp_verb_run(const char *name, int count, char **words)
{
    for (size_t i = 0; i < VERBS; i++) {
        const struct verb *verb = &verbs[i];
        if (strcmp(name, verb->name) != 0)
            continue;
        if (!verb->any_words && count == 1 && rcp_verb_is_help(words[0])) {
            printf("usage: recoupd %s %s\n", verb->name, verb->usage);
            return RCP_EXIT_OK;
        }
        return takes_all(verb, count, words) ? verb->run(count, words) : RCP_EXIT_USAGE;
    }
    fprintf(stderr, "recoupd: there is no verb \"%s\"\n\n", name);
    return usage(stderr);
}

int main(int count, char **words)
{
    if (count > 1 && rcp_verb_is_help(words[1]))
        return usage(stdout);
    if (count > 1 && strcmp(words[1], "--version") == 0) {
        puts("recoupd " RCP_COMMIT);
        return RCP_EXIT_OK;
    }
    if (count < 2 || words[1][0] == '-')
        return rcp_verb_run("serve", count - 1, words + 1);
    return rcp_verb_run(words[1], count - 2, words + 2);
}
