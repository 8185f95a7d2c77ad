/* recoupd token: a reservation token as the entry service would issue it (FACTS 0.2), for tests and demos. */
#include "prod/token.h"
#include "cmd/recoupd/verb.h"
#include "prod/config/config.h"
#include "yaml/value.h"

#include <stdio.h>

static bool read_id(int count, char **words, const char *name, uint64_t *id)
{
    const char *text = rcp_verb_option(count, words, name);
    if (text != NULL && rcp_parse_number(text, id) && *id > 0)
        return true;
    fprintf(stderr, "recoupd: token needs %s N, 1 or more\n", name);
    return false;
}

static int issue(const struct rcp_config *config, uint64_t user_id, uint64_t activity_id)
{
    const struct rcp_secret *key = &config->token_keys.list[0];
    struct rcp_token_keys keys = {0};
    char text[RCP_TOKEN_TEXT_MAX + 1u];
    if (!rcp_token_keys_add(&keys, key->bytes, key->size) ||
        !rcp_token_issue(&keys, user_id, activity_id, text)) {
        fprintf(stderr,
                "recoupd: the first of token_key_files has more than %u bytes\n",
                RCP_TOKEN_KEY_MAX);
        return RCP_EXIT_FAILED;
    }
    puts(text);
    return RCP_EXIT_OK;
}

int rcp_verb_token(int count, char **words)
{
    uint64_t user_id = 0, activity_id = 0;
    if (!read_id(count, words, "--user", &user_id) ||
        !read_id(count, words, "--activity", &activity_id))
        return RCP_EXIT_USAGE;
    struct rcp_config *config = rcp_verb_config(count, words);
    if (config == NULL)
        return RCP_EXIT_USAGE;
    int code = issue(config, user_id, activity_id);
    rcp_verb_forget(config);
    return code;
}
