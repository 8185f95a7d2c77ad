/* Reads a configuration by its table, and holds together what one key alone cannot. */
#include "prod/config/config.h"

#include "prod/config/key.h"
#include "yaml/value.h"
#include "yaml/yaml.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536u
#define KEY_MAX  64u

/* A file at work. */
struct reader {
    const char *path;
    struct rcp_yaml yaml;
    struct rcp_config *config;
    char *wrong;
    size_t wrong_size;
    uint32_t given[RCP_CONFIG_KEYS_MAX]; /* 1 + the key's node, by its place in the table */
};

static bool wrong_at(const struct reader *reader, uint32_t node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool wrong_at(const struct reader *reader, uint32_t node, const char *format, ...)
{
    char text[256];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    const struct rcp_yaml_node *at = &reader->yaml.nodes[node];
    snprintf(reader->wrong,
             reader->wrong_size,
             "%s:%u:%u: %s",
             reader->path,
             at->line,
             at->column,
             text);
    return false;
}

static bool wrong(const struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool wrong(const struct reader *reader, const char *format, ...)
{
    char text[256];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    snprintf(reader->wrong, reader->wrong_size, "%s: %s", reader->path, text);
    return false;
}

static void *place(const struct reader *reader, const struct rcp_config_key *key)
{
    return (unsigned char *)reader->config + key->offset;
}

/* --- Secrets --- */

static bool fits(const struct reader *reader,
                 const struct rcp_config_key *key,
                 uint32_t node,
                 const struct rcp_secret *secret)
{
    if (secret->size >= key->min)
        return true;
    return wrong_at(reader,
                    node,
                    "%s has %u bytes; allowed: %" PRIu64 " to %" PRIu64,
                    key->name,
                    secret->size,
                    key->min,
                    key->max);
}

static void without_line_end(struct rcp_secret *secret)
{
    if (secret->size > 0 && secret->bytes[secret->size - 1u] == '\n')
        secret->bytes[--secret->size] = '\0';
}

static bool secret_from_file(const struct reader *reader,
                             const struct rcp_config_key *key,
                             uint32_t node,
                             struct rcp_secret *secret)
{
    const char *path = rcp_yaml_text(&reader->yaml, node);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return wrong_at(reader, node, "cannot read %s: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* no second copy */
    size_t size = fread(secret->bytes, 1, RCP_CONFIG_SECRET_MAX + 1u, file);
    fclose(file);
    if (size > RCP_CONFIG_SECRET_MAX)
        return wrong_at(reader, node, "%s has over %u bytes", path, RCP_CONFIG_SECRET_MAX);
    secret->bytes[size] = '\0';
    secret->size = (uint32_t)size;
    without_line_end(secret);
    return fits(reader, key, node, secret);
}

static bool secret_from_env(const struct reader *reader,
                            const struct rcp_config_key *key,
                            uint32_t node,
                            struct rcp_secret *secret)
{
    const char *name = rcp_yaml_text(&reader->yaml, node);
    const char *text = getenv(name);
    if (text == NULL)
        return wrong_at(reader, node, "there is no %s in the environment", name);
    size_t size = strlen(text);
    if (size > RCP_CONFIG_SECRET_MAX)
        return wrong_at(reader, node, "%s has over %u bytes", name, RCP_CONFIG_SECRET_MAX);
    memcpy(secret->bytes, text, size + 1u);
    secret->size = (uint32_t)size;
    return fits(reader, key, node, secret);
}

static bool read_secrets(const struct reader *reader,
                         const struct rcp_config_key *key,
                         uint32_t node)
{
    const struct rcp_yaml_node *nodes = reader->yaml.nodes;
    struct rcp_secrets *secrets = place(reader, key);
    if (nodes[node].kind != RCP_YAML_SEQUENCE)
        return wrong_at(reader, node, "%s_files is a list of paths: [PATH, ...]", key->name);
    for (uint32_t at = nodes[node].child; at != RCP_YAML_NO_NODE; at = nodes[at].next) {
        if (nodes[at].kind != RCP_YAML_SCALAR)
            return wrong_at(reader, at, "%s_files is a list of paths: [PATH, ...]", key->name);
        if (secrets->count == RCP_CONFIG_SECRETS_MAX)
            return wrong_at(reader, at, "more than %u keys", RCP_CONFIG_SECRETS_MAX);
        if (!secret_from_file(reader, key, at, &secrets->list[secrets->count++]))
            return false;
    }
    return true;
}

/* --- Values --- */

static bool set_number(const struct rcp_config_key *key,
                       void *target,
                       const char *text,
                       uint64_t *number)
{
    bool read = key->kind == RCP_KEY_DURATION ? rcp_parse_duration(text, number)
                                              : rcp_parse_number(text, number);
    if (!read || *number < key->min || *number > key->max)
        return false;
    if (key->kind == RCP_KEY_NUMBER)
        *(uint32_t *)target = (uint32_t)*number;
    else
        *(uint64_t *)target = *number;
    return true;
}

static bool set_flag(void *target, const char *text)
{
    bool on = strcmp(text, "true") == 0;
    *(uint32_t *)target = on;
    return on || strcmp(text, "false") == 0;
}

/* False where the text is no value of this key. */
static bool set_value(const struct rcp_config_key *key, void *target, const char *text)
{
    uint64_t number = 0;
    struct rcp_config_text *kept = target;
    switch (key->kind) {
    case RCP_KEY_TEXT:
        if (strlen(text) > RCP_CONFIG_TEXT_MAX)
            return false;
        memset(kept, 0, sizeof *kept);
        memcpy(kept->at, text, strlen(text));
        return true;
    case RCP_KEY_NUMBER:
    case RCP_KEY_BIG:
    case RCP_KEY_DURATION:
        return set_number(key, target, text, &number);
    case RCP_KEY_FLAG:
        return set_flag(target, text);
    case RCP_KEY_SECRET:
    case RCP_KEY_SECRETS:
        return false;
    }
    return false;
}

static void say_allowed(const struct rcp_config_key *key, char *text, size_t size)
{
    char min[RCP_VALUE_TEXT_MAX], max[RCP_VALUE_TEXT_MAX];
    switch (key->kind) {
    case RCP_KEY_TEXT:
        snprintf(text, size, "a text of at most %u characters", RCP_CONFIG_TEXT_MAX);
        return;
    case RCP_KEY_NUMBER:
    case RCP_KEY_BIG:
        snprintf(text, size, "%" PRIu64 " to %" PRIu64, key->min, key->max);
        return;
    case RCP_KEY_DURATION:
        rcp_print_duration(key->min, min);
        rcp_print_duration(key->max, max);
        snprintf(text, size, "%s to %s", min, max);
        return;
    case RCP_KEY_FLAG:
        snprintf(text, size, "true or false");
        return;
    case RCP_KEY_SECRET:
    case RCP_KEY_SECRETS:
        snprintf(text, size, "a path");
        return;
    }
}

/* --- Keys --- */

/* What stands behind the key's name in the file: "" the key itself; NULL it is another one. */
static const char *ending(const struct rcp_config_key *key, const char *word)
{
    size_t size = strlen(key->name);
    return strncmp(word, key->name, size) == 0 ? word + size : NULL;
}

static bool names(const struct rcp_config_key *key, const char *word, bool *from_env)
{
    const char *rest = ending(key, word);
    *from_env = false;
    if (rest == NULL)
        return false;
    if (key->kind == RCP_KEY_SECRETS)
        return strcmp(rest, "_files") == 0;
    if (key->kind != RCP_KEY_SECRET)
        return *rest == '\0';
    *from_env = strcmp(rest, "_env") == 0;
    return *from_env || strcmp(rest, "_file") == 0;
}

static bool read_key(struct reader *reader,
                     const struct rcp_config_key *key,
                     bool from_env,
                     uint32_t node)
{
    uint32_t place_in_table = (uint32_t)(key - rcp_config_keys);
    if (reader->given[place_in_table] != 0)
        return wrong_at(reader, node, "%s is given twice", key->name);
    reader->given[place_in_table] = node + 1u;
    if (key->kind == RCP_KEY_SECRETS)
        return read_secrets(reader, key, node);
    if (reader->yaml.nodes[node].kind != RCP_YAML_SCALAR)
        return wrong_at(reader, node, "%s is one value", key->name);
    if (key->kind == RCP_KEY_SECRET)
        return from_env ? secret_from_env(reader, key, node, place(reader, key))
                        : secret_from_file(reader, key, node, place(reader, key));
    const char *text = rcp_yaml_text(&reader->yaml, node);
    char allowed[160];
    if (set_value(key, place(reader, key), text))
        return true;
    say_allowed(key, allowed, sizeof allowed);
    return wrong_at(reader, node, "%s is \"%.80s\"; allowed: %s", key->name, text, allowed);
}

static bool read_pair(struct reader *reader,
                      const char *section,
                      uint32_t key_node,
                      uint32_t value_node)
{
    const char *word = rcp_yaml_text(&reader->yaml, key_node);
    for (uint32_t i = 0; i < rcp_config_key_count; i++) {
        const struct rcp_config_key *key = &rcp_config_keys[i];
        bool from_env = false;
        if (strcmp(key->section, section) == 0 && names(key, word, &from_env))
            return read_key(reader, key, from_env, value_node);
    }
    return wrong_at(reader,
                    key_node,
                    "nobody knows \"%.80s\"%s%s; `recoupd check-config --keys` lists what there is",
                    word,
                    *section == '\0' ? "" : " in ",
                    section);
}

static bool is_section(const char *word)
{
    for (uint32_t i = 0; i < rcp_config_key_count; i++)
        if (*rcp_config_keys[i].section != '\0' && strcmp(rcp_config_keys[i].section, word) == 0)
            return true;
    return false;
}

static bool read_section(struct reader *reader, const char *section, uint32_t mapping)
{
    const struct rcp_yaml_node *nodes = reader->yaml.nodes;
    if (nodes[mapping].kind != RCP_YAML_MAPPING)
        return wrong_at(reader, mapping, "a mapping is wanted here: KEY: VALUE");
    for (uint32_t key = nodes[mapping].child; key != RCP_YAML_NO_NODE;) {
        uint32_t value = nodes[key].next;
        const char *word = rcp_yaml_text(&reader->yaml, key);
        bool deeper = *section == '\0' && is_section(word);
        if (deeper ? !read_section(reader, word, value) : !read_pair(reader, section, key, value))
            return false;
        key = nodes[value].next;
    }
    return true;
}

/* --- What belongs together --- */

/* The node where this value was given, or the file as a whole. */
static bool refuse(const struct reader *reader, const void *value, const char *text)
{
    for (uint32_t i = 0; i < rcp_config_key_count; i++)
        if (place(reader, &rcp_config_keys[i]) == value && reader->given[i] != 0)
            return wrong_at(reader, reader->given[i] - 1u, "%s", text);
    return wrong(reader, "%s", text);
}

static bool is_given(const struct rcp_config_text *text)
{
    return text->at[0] != '\0';
}

/* The limits of what is not served are 0. */
static void without_orders(struct rcp_config *config)
{
    if (is_given(&config->pg.url))
        return;
    config->limits.orders = 0;
    config->limits.settles = 0;
    config->limits.pg_calls = 0;
}

static bool holds_together(const struct reader *reader)
{
    struct rcp_config *config = reader->config;
    without_orders(config);
    if (!is_given(&config->state))
        return refuse(reader, &config->state, "state is missing: a folder that outlives a restart");
    if (config->handle_key.size == 0)
        return refuse(reader, &config->handle_key, "handle_key_file is missing: 16 bytes or more");
    if (config->token_keys.count == 0)
        return refuse(reader,
                      &config->token_keys,
                      "token_key_files is missing: the entry service's payment.token.secret");
    if (config->record_keys.count == 0)
        return refuse(reader,
                      &config->record_keys,
                      "record_key_files is missing: records on the topic are signed with it");
    if (!is_given(&config->http.listen) && !is_given(&config->http.socket))
        return refuse(reader, &config->http.listen, "neither http.listen nor http.socket is given");
    if (is_given(&config->http.listen) && config->identity.hs256.count == 0 &&
        config->identity.rs256.count == 0)
        return refuse(reader,
                      &config->http.listen,
                      "nobody could log in: give identity.hs256_files or identity.rs256_files");
    if (is_given(&config->http.certificate) != is_given(&config->http.key))
        return refuse(
            reader, &config->http.certificate, "http.tls_certificate and http.tls_key go together");
    if (is_given(&config->pg.url) && !is_given(&config->pg.callback_url))
        return refuse(reader, &config->pg.url, "pg.callback_url is missing");
    if (config->kafka.min_in_sync > config->kafka.replicas)
        return refuse(reader,
                      &config->kafka.min_in_sync,
                      "kafka.min_in_sync is more than kafka.replicas: nothing could be written");
    if (config->retention.rows_ms < config->retention.backup_ms)
        return refuse(reader,
                      &config->retention.rows_ms,
                      "retention.rows is below retention.backup: a rewind needs them");
    if (config->retention.records_ms < config->retention.backup_ms)
        return refuse(reader,
                      &config->retention.records_ms,
                      "retention.records is below retention.backup: a rewind needs them");
    const char *limit = rcp_limits_refusal(&config->limits);
    if (limit != NULL)
        return wrong(reader, "limits.%s does not go with the other limits", limit);
    return true;
}

/* --- The file --- */

static void set_standards(struct rcp_config *config)
{
    memset(config, 0, sizeof *config);
    for (uint32_t i = 0; i < rcp_config_key_count; i++) {
        const struct rcp_config_key *key = &rcp_config_keys[i];
        if (key->standard != NULL)
            set_value(key, (unsigned char *)config + key->offset, key->standard);
    }
}

static bool read_bytes(const struct reader *reader, char *text, size_t *size)
{
    FILE *file = fopen(reader->path, "rb");
    if (file == NULL)
        return wrong(reader, "cannot read it: %s", strerror(errno));
    *size = fread(text, 1, FILE_MAX, file);
    bool whole = feof(file) != 0;
    fclose(file);
    return whole || wrong(reader, "it has over %u bytes", FILE_MAX - 1u);
}

static bool read_tree(struct reader *reader, const char *text, size_t size)
{
    struct rcp_yaml_error error;
    if (!rcp_yaml_parse(text, size, &reader->yaml, &error)) {
        snprintf(reader->wrong,
                 reader->wrong_size,
                 "%s:%u:%u: %s",
                 reader->path,
                 error.line,
                 error.column,
                 error.text);
        return false;
    }
    bool good = read_section(reader, "", 0) && holds_together(reader);
    rcp_yaml_free(&reader->yaml);
    return good;
}

bool rcp_config_read(const char *path,
                     struct rcp_config *config,
                     char *wrong_text,
                     size_t wrong_size)
{
    struct reader reader = {
        .path = path, .config = config, .wrong = wrong_text, .wrong_size = wrong_size};
    char *text = malloc(FILE_MAX);
    size_t size = 0;
    set_standards(config);
    if (text == NULL)
        return wrong(&reader, "no memory");
    bool good = read_bytes(&reader, text, &size) && read_tree(&reader, text, size);
    free(text);
    if (!good)
        rcp_config_wipe(config);
    return good;
}

void rcp_config_wipe(struct rcp_config *config)
{
    explicit_bzero(config, sizeof *config);
}

/* --- Printing --- */

static void print_value(const struct rcp_config_key *key,
                        const void *value,
                        char *text,
                        size_t size)
{
    char duration[RCP_VALUE_TEXT_MAX];
    switch (key->kind) {
    case RCP_KEY_TEXT:
        snprintf(text, size, "%s", ((const struct rcp_config_text *)value)->at);
        return;
    case RCP_KEY_NUMBER:
        snprintf(text, size, "%u", *(const uint32_t *)value);
        return;
    case RCP_KEY_BIG:
        snprintf(text, size, "%" PRIu64, *(const uint64_t *)value);
        return;
    case RCP_KEY_DURATION:
        rcp_print_duration(*(const uint64_t *)value, duration);
        snprintf(text, size, "%s", duration);
        return;
    case RCP_KEY_FLAG:
        snprintf(text, size, "%s", *(const uint32_t *)value != 0 ? "true" : "false");
        return;
    case RCP_KEY_SECRET:
        snprintf(text, size, "%u bytes", ((const struct rcp_secret *)value)->size);
        return;
    case RCP_KEY_SECRETS:
        snprintf(text, size, "%u of them", ((const struct rcp_secrets *)value)->count);
        return;
    }
}

static bool is_secret(const struct rcp_config_key *key)
{
    return key->kind == RCP_KEY_SECRET || key->kind == RCP_KEY_SECRETS;
}

void rcp_config_print(const struct rcp_config *config,
                      void *context,
                      void (*line)(void *context, const char *text))
{
    const char *section = "";
    for (uint32_t i = 0; i < rcp_config_key_count; i++) {
        const struct rcp_config_key *key = &rcp_config_keys[i];
        char value[RCP_CONFIG_TEXT_MAX + 1u];
        char text[RCP_CONFIG_TEXT_MAX + KEY_MAX + 8u];
        if (strcmp(section, key->section) != 0) {
            section = key->section;
            snprintf(text, sizeof text, "%s:", section);
            line(context, text);
        }
        print_value(key, (const unsigned char *)config + key->offset, value, sizeof value);
        if (value[0] == '\0')
            continue;
        snprintf(text,
                 sizeof text,
                 "%s%s%s: %s",
                 *section == '\0' ? "" : "  ",
                 is_secret(key) ? "# " : "",
                 key->name,
                 value);
        line(context, text);
    }
}
