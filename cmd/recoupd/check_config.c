/* recoupd check-config: reads the configuration as serve does, and says what it comes to, secrets left out. */
#include "cmd/recoupd/options.h"
#include "cmd/recoupd/verb.h"
#include "prod/config/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_line(void *context, const char *text)
{
    (void)context;
    puts(text);
}

static const char *ending(enum rcp_key_kind kind)
{
    if (kind == RCP_KEY_SECRET)
        return "_file | _env";
    return kind == RCP_KEY_SECRETS ? "_files" : "";
}

static int print_keys(void)
{
    const char *section = "";
    for (uint32_t i = 0; i < rcp_config_key_count; i++) {
        const struct rcp_config_key *key = &rcp_config_keys[i];
        char name[64];
        if (strcmp(section, key->section) != 0)
            printf("%s:\n", key->section);
        section = key->section;
        snprintf(name, sizeof name, "%s%s", key->name, ending(key->kind));
        printf("%s%-26s %s%s%s%s\n",
               *section == '\0' ? "" : "  ",
               name,
               key->sentence,
               key->standard == NULL ? "" : " [",
               key->standard == NULL ? "" : key->standard,
               key->standard == NULL ? "" : "]");
    }
    return RCP_EXIT_OK;
}

/* False where serve could not use it, and then it was said why. */
static bool can_serve(const struct rcp_config *config)
{
    struct rcp_addresses addresses;
    struct rcp_service *service = calloc(1, sizeof *service);
    const char *wrong = "memory is short";
    bool can = service != NULL && rcp_options_check(config, &addresses, &wrong) &&
               rcp_options_service(config, service, &wrong);
    if (!can)
        fprintf(stderr, "recoupd: %s\n", wrong);
    if (service != NULL)
        explicit_bzero(service, sizeof *service);
    free(service);
    return can;
}

int rcp_verb_check_config(int count, char **words)
{
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], "--keys") == 0)
            return print_keys();
    struct rcp_config *config = rcp_verb_config(count, words);
    if (config == NULL)
        return RCP_EXIT_USAGE;
    bool can = can_serve(config);
    if (can)
        rcp_config_print(config, NULL, print_line);
    rcp_verb_forget(config);
    return can ? RCP_EXIT_OK : RCP_EXIT_USAGE;
}
