/* The reader: walks the tree of a file along the tables and says where it leaves them. */
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/store.h"
#include "yaml/value.h"
#include "yaml/yaml.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *path;
    struct rcp_yaml yaml;
    struct rcp_scenario *scenario;
    struct rcp_scenario_error *error;
    struct rcp_flaw flaw;
};

static bool wrong_at(const char *path,
                     struct rcp_scenario_error *error,
                     uint32_t line,
                     uint32_t column,
                     const char *format,
                     ...) __attribute__((format(printf, 5, 6)));

static bool wrong_at(const char *path,
                     struct rcp_scenario_error *error,
                     uint32_t line,
                     uint32_t column,
                     const char *format,
                     ...)
{
    int used = snprintf(error->text, sizeof error->text, "%.511s:%u:%u: ", path, line, column);
    va_list values;
    va_start(values, format);
    vsnprintf(error->text + used, sizeof error->text - (size_t)used, format, values);
    va_end(values);
    /* What the file holds is quoted in the message, and must not break its one line. */
    for (char *byte = error->text; *byte != '\0'; byte++) {
        if ((unsigned char)*byte < ' ')
            *byte = ' ';
    }
    error->line = line;
    error->column = column;
    return false;
}

static const struct rcp_yaml_node *node_at(const struct reader *reader, uint32_t node)
{
    return &reader->yaml.nodes[node];
}

static const char *text_at(const struct reader *reader, uint32_t node)
{
    return rcp_yaml_text(&reader->yaml, node);
}

static bool wrong(struct reader *reader, uint32_t node, const char *text)
{
    const struct rcp_yaml_node *at = node_at(reader, node);
    return wrong_at(reader->path, reader->error, at->line, at->column, "%s", text);
}

/* ---- Mappings ------------------------------------------------------------------------------- */

/* The value of the key in a mapping; NO_NODE where it has none. */
static uint32_t value_of(const struct reader *reader, uint32_t mapping, const char *key)
{
    uint32_t node = node_at(reader, mapping)->child;
    while (node != RCP_YAML_NO_NODE) {
        uint32_t value = node_at(reader, node)->next;
        if (strcmp(text_at(reader, node), key) == 0)
            return value;
        node = node_at(reader, value)->next;
    }
    return RCP_YAML_NO_NODE;
}

/* The value of the key anywhere under a node: a flaw names only the key. */
static uint32_t value_below(const struct reader *reader, uint32_t node, const char *key)
{
    uint32_t found = RCP_YAML_NO_NODE;
    bool mapping = node_at(reader, node)->kind == RCP_YAML_MAPPING;
    if (mapping)
        found = value_of(reader, node, key);
    uint32_t child = node_at(reader, node)->child;
    while (found == RCP_YAML_NO_NODE && child != RCP_YAML_NO_NODE) {
        found = value_below(reader, child, key);
        child = node_at(reader, child)->next;
    }
    return found;
}

/* Reports the reader's flaw at its key, or at the node where the key is not there. */
static bool wrong_flaw(struct reader *reader, uint32_t node)
{
    uint32_t at = RCP_YAML_NO_NODE;
    if (reader->flaw.key != NULL)
        at = value_below(reader, node, reader->flaw.key);
    return wrong(reader, at == RCP_YAML_NO_NODE ? node : at, reader->flaw.text);
}

static bool is_kind(struct reader *reader, uint32_t node, enum rcp_yaml_kind kind, const char *what)
{
    static const char *const shapes[] = {
        [RCP_YAML_SCALAR] = "one word",
        [RCP_YAML_SEQUENCE] = "a list",
        [RCP_YAML_MAPPING] = "a mapping of keys to values",
    };
    if (node_at(reader, node)->kind == kind)
        return true;
    rcp_flawed(&reader->flaw,
               NULL,
               "%s is %s; allowed: %s",
               what,
               shapes[node_at(reader, node)->kind],
               shapes[kind]);
    return wrong_flaw(reader, node);
}

static bool unknown_key(struct reader *reader, const struct rcp_section *section, uint32_t node)
{
    char keys[512];
    const char *key = text_at(reader, node);
    const char *nearest = NULL;
    uint32_t distance_min = 4;
    for (uint32_t i = 0; i < section->count; i++) {
        uint32_t distance = rcp_word_distance(key, section->fields[i].key);
        if (distance < distance_min && distance < strlen(key)) {
            distance_min = distance;
            nearest = section->fields[i].key;
        }
    }
    rcp_section_list_keys(section, ~0u, keys, sizeof keys);
    rcp_flawed(&reader->flaw,
               NULL,
               "unknown key `%.64s` in %s%s%s%s; allowed: %s",
               key,
               section->what,
               nearest ? "; did you mean `" : "",
               nearest ? nearest : "",
               nearest ? "`?" : "",
               keys);
    return wrong_flaw(reader, node);
}

static bool duplicate_key(struct reader *reader, uint32_t node)
{
    rcp_flawed(&reader->flaw,
               NULL,
               "duplicate key `%.64s`; allowed: each key once",
               text_at(reader, node));
    return wrong_flaw(reader, node);
}

/* Marks which fields the mapping gives; refuses keys that are unknown or there twice. */
static bool read_keys(struct reader *reader,
                      const struct rcp_section *section,
                      uint32_t mapping,
                      struct rcp_line *line)
{
    line->given = 0;
    line->number = node_at(reader, mapping)->line;
    uint32_t key = node_at(reader, mapping)->child;
    while (key != RCP_YAML_NO_NODE) {
        uint32_t field = rcp_section_find(section, text_at(reader, key));
        if (field == section->count)
            return unknown_key(reader, section, key);
        if (rcp_given(line, field))
            return duplicate_key(reader, key);
        line->given |= RCP_BIT(field);
        key = node_at(reader, node_at(reader, key)->next)->next;
    }
    return true;
}

/* ---- Values --------------------------------------------------------------------------------- */

/* Reads one word of a list of names; each may stand there once. */
static bool read_name(struct reader *reader,
                      const struct rcp_field *field,
                      uint32_t node,
                      uint64_t *seen,
                      uint32_t *number)
{
    if (!is_kind(reader, node, RCP_YAML_SCALAR, "an item of the list"))
        return false;
    const char *text = text_at(reader, node);
    *number = rcp_names_find(field->names, text);
    if (*number == RCP_NAME_UNKNOWN) {
        rcp_name_unknown(field->names, text, NULL, &reader->flaw);
        return wrong_flaw(reader, node);
    }
    if (*seen & RCP_BIT(*number)) {
        rcp_flawed(
            &reader->flaw, NULL, "duplicate %s `%s`; allowed: each once", field->names->what, text);
        return wrong_flaw(reader, node);
    }
    *seen |= RCP_BIT(*number);
    return true;
}

static bool read_names(struct reader *reader,
                       const struct rcp_field *field,
                       uint32_t node,
                       void *line)
{
    uint8_t *names = rcp_into(line, field->offset);
    uint64_t seen = 0;
    uint32_t count = 0;
    if (!is_kind(reader, node, RCP_YAML_SEQUENCE, field->key))
        return false;
    uint32_t item = node_at(reader, node)->child;
    for (; item != RCP_YAML_NO_NODE; item = node_at(reader, item)->next) {
        uint32_t number;
        if (!read_name(reader, field, item, &seen, &number))
            return false;
        names[count++] = (uint8_t)number; /* each once, so there are fewer than the maximum */
    }
    return count > 0 || wrong(reader, node, "the list is empty; leave the key out for all");
}

static bool read_item_ordered(struct reader *reader,
                              const struct rcp_field *field,
                              uint32_t node,
                              struct rcp_order_item *item)
{
    uint64_t product;
    uint64_t quantity;
    if (!is_kind(reader, node, RCP_YAML_SCALAR, "an item of the list"))
        return false;
    const char *text = text_at(reader, node);
    if (!rcp_parse_item(text, &product, &quantity) || product < 1 || product > RCP_PRODUCTS_MAX ||
        quantity < field->min || quantity > field->max) {
        rcp_flawed(&reader->flaw,
                   NULL,
                   "an item cannot be `%.64s`; allowed: PRODUCTxQUANTITY, such as 1x2, products "
                   "1 to %u, quantities %" PRIu64 " to %" PRIu64,
                   text,
                   RCP_PRODUCTS_MAX,
                   field->min,
                   field->max);
        return wrong_flaw(reader, node);
    }
    *item = (struct rcp_order_item){(uint32_t)product, (uint32_t)quantity};
    return true;
}

static bool read_items(struct reader *reader,
                       const struct rcp_field *field,
                       uint32_t node,
                       void *line)
{
    struct rcp_order_item *items = rcp_into(line, field->offset);
    uint32_t count = 0;
    if (!is_kind(reader, node, RCP_YAML_SEQUENCE, field->key))
        return false;
    uint32_t item = node_at(reader, node)->child;
    for (; item != RCP_YAML_NO_NODE; item = node_at(reader, item)->next) {
        if (count == RCP_ORDER_ITEMS_MAX) {
            rcp_flawed(&reader->flaw, NULL, "too many items; allowed: %u", RCP_ORDER_ITEMS_MAX);
            return wrong_flaw(reader, item);
        }
        if (!read_item_ordered(reader, field, item, &items[count++]))
            return false;
    }
    return count > 0 || wrong(reader, node, "the list is empty; allowed: at least one item");
}

static bool read_set(struct reader *reader,
                     const struct rcp_field *field,
                     uint32_t node,
                     void *line)
{
    uint64_t *set = rcp_into(line, field->offset);
    if (node_at(reader, node)->kind == RCP_YAML_SCALAR &&
        strcmp(text_at(reader, node), "all") == 0) {
        *set = rcp_set_bits(field->names);
        return true;
    }
    if (node_at(reader, node)->kind != RCP_YAML_SEQUENCE) {
        rcp_flawed(&reader->flaw, NULL, "`%s` is neither; allowed: all, or a list", field->key);
        return wrong_flaw(reader, node);
    }
    *set = 0;
    uint32_t item = node_at(reader, node)->child;
    for (; item != RCP_YAML_NO_NODE; item = node_at(reader, item)->next) {
        uint32_t number;
        if (!read_name(reader, field, item, set, &number))
            return false;
    }
    return *set != 0 || wrong(reader, node, "the list is empty; allowed: all, or at least one");
}

static bool read_knob(struct reader *reader,
                      enum rcp_knob knob,
                      uint32_t node,
                      struct rcp_turned *turned)
{
    const struct rcp_knob_info *info = rcp_knob_info(knob);
    if (!is_kind(reader, node, RCP_YAML_SCALAR, info->name))
        return false;
    const char *side = text_at(reader, node);
    bool hardened = strcmp(side, info->hardened) == 0;
    if (!hardened && strcmp(side, info->documented) != 0) {
        rcp_flawed(&reader->flaw,
                   NULL,
                   "`%s` cannot be `%.64s`; allowed: %s, %s",
                   info->name,
                   side,
                   info->documented,
                   info->hardened);
        return wrong_flaw(reader, node);
    }
    turned->knobs |= RCP_BIT(knob);
    turned->hardened |= hardened ? RCP_BIT(knob) : 0;
    return true;
}

static bool read_knobs(struct reader *reader,
                       const struct rcp_field *field,
                       uint32_t node,
                       void *line)
{
    struct rcp_turned *turned = rcp_into(line, field->offset);
    *turned = (struct rcp_turned){0};
    if (!is_kind(reader, node, RCP_YAML_MAPPING, "`knobs`"))
        return false;
    uint32_t key = node_at(reader, node)->child;
    while (key != RCP_YAML_NO_NODE) {
        uint32_t value = node_at(reader, key)->next;
        uint32_t knob = rcp_names_find(field->names, text_at(reader, key));
        if (knob == RCP_NAME_UNKNOWN) {
            rcp_name_unknown(field->names, text_at(reader, key), NULL, &reader->flaw);
            return wrong_flaw(reader, key);
        }
        if (turned->knobs & RCP_BIT(knob))
            return duplicate_key(reader, key);
        if (!read_knob(reader, (enum rcp_knob)knob, value, turned))
            return false;
        key = node_at(reader, value)->next;
    }
    return true;
}

static bool read_scalar(struct reader *reader,
                        const struct rcp_field *field,
                        uint32_t node,
                        void *line)
{
    if (!is_kind(reader, node, RCP_YAML_SCALAR, field->key))
        return false;
    return rcp_field_parse(field, text_at(reader, node), line, &reader->flaw) ||
           wrong(reader, node, reader->flaw.text);
}

static bool read_section(struct reader *reader,
                         const struct rcp_section *section,
                         uint32_t node,
                         void *line);

static bool read_value(struct reader *reader,
                       const struct rcp_field *field,
                       uint32_t node,
                       void *line)
{
    switch (field->kind) {
    case RCP_VALUE_NUMBER:
    case RCP_VALUE_AMOUNT:
    case RCP_VALUE_DURATION:
    case RCP_VALUE_RATIO:
    case RCP_VALUE_FLAG:
    case RCP_VALUE_SPAN:
    case RCP_VALUE_NAME:
    case RCP_VALUE_LENGTH:
        return read_scalar(reader, field, node, line);
    case RCP_VALUE_NAMES:
        return read_names(reader, field, node, line);
    case RCP_VALUE_ITEMS:
        return read_items(reader, field, node, line);
    case RCP_VALUE_SET:
        return read_set(reader, field, node, line);
    case RCP_VALUE_KNOBS:
        return read_knobs(reader, field, node, line);
    case RCP_VALUE_SECTION:
        return read_section(reader, field->section, node, rcp_into(line, field->offset));
    case RCP_VALUE_LIST: /* read last, against the world */
        return true;
    }
    return true;
}

static bool read_section(struct reader *reader,
                         const struct rcp_section *section,
                         uint32_t node,
                         void *line)
{
    if (!is_kind(reader, node, RCP_YAML_MAPPING, section->what) ||
        !read_keys(reader, section, node, line))
        return false;
    for (uint32_t i = 0; i < section->count; i++) {
        const struct rcp_field *field = &section->fields[i];
        if (rcp_given(line, i)) {
            if (!read_value(reader, field, value_of(reader, node, field->key), line))
                return false;
        } else if (field->required) {
            rcp_flawed(&reader->flaw, NULL, "%s needs `%s`", section->what, field->key);
            return wrong_flaw(reader, node);
        }
    }
    return true;
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static bool read_item(struct reader *reader, const struct rcp_list *list, uint32_t node)
{
    union rcp_list_line line;
    memset(&line, 0, sizeof line);
    if (!read_section(reader, list->section, node, &line))
        return false;
    const struct rcp_store *store = list->stores[list->store_of ? list->store_of(&line) : 0];
    uint32_t *count = rcp_into(reader->scenario, store->count);
    if (*count == store->max) {
        rcp_flawed(&reader->flaw, NULL, "too many lines; allowed: %u", store->max);
        return wrong_flaw(reader, node);
    }
    void *item = rcp_into(reader->scenario, store->items + *count * store->item_size);
    if (!store->from_line(reader->scenario, &line, item, &reader->flaw))
        return wrong_flaw(reader, node);
    *count += 1;
    return true;
}

static bool read_list(struct reader *reader, const struct rcp_field *field, uint32_t node)
{
    if (!is_kind(reader, node, RCP_YAML_SEQUENCE, field->key))
        return false;
    uint32_t item = node_at(reader, node)->child;
    for (; item != RCP_YAML_NO_NODE; item = node_at(reader, item)->next) {
        if (!read_item(reader, field->list, item))
            return false;
    }
    return true;
}

static bool read_lists(struct reader *reader)
{
    for (uint32_t i = 0; i < rcp_scenario_section.count; i++) {
        const struct rcp_field *field = &rcp_scenario_section.fields[i];
        uint32_t node = value_of(reader, 0, field->key);
        if (field->kind == RCP_VALUE_LIST && node != RCP_YAML_NO_NODE &&
            !read_list(reader, field, node))
            return false;
    }
    return true;
}

/* ---- The whole file ------------------------------------------------------------------------- */

/* What the file does not ask for follows from its payments and its shop. */
static void derive_room(struct rcp_world_line *world)
{
    struct rcp_world_line derived = {0};
    struct rcp_world_config config;
    rcp_world_from_line(world, &config);
    rcp_world_derive(&config);
    rcp_world_to_line(&config, &derived);
    rcp_section_derive(&rcp_world_section, world, &derived);
}

static bool read_tree(struct reader *reader)
{
    struct rcp_scenario_line line;
    rcp_scenario_to_line(reader->scenario, &line);
    if (!read_section(reader, &rcp_scenario_section, 0, &line))
        return false;
    derive_room(&line.world);
    if (!rcp_scenario_from_line(&line, reader->scenario, &reader->flaw))
        return wrong_flaw(reader, 0);
    if (!read_lists(reader))
        return false;
    if (!rcp_scenario_valid(reader->scenario, reader->flaw.text, sizeof reader->flaw.text))
        return wrong(reader, 0, reader->flaw.text);
    return true;
}

/* The next line of text, without its end; *text is moved behind it. */
static size_t take_line(const char **text, const char *end, const char **line)
{
    const char *feed = memchr(*text, '\n', (size_t)(end - *text));
    size_t length = (size_t)((feed ? feed : end) - *text);
    *line = *text;
    *text = feed ? feed + 1 : end;
    if (length > 0 && (*line)[length - 1] == '\r')
        length--;
    return length;
}

/* The comment that opens the file, but for what is said to editors. */
static bool read_why(
    const char *path, const char *text, size_t size, char *why, struct rcp_scenario_error *error)
{
    static const char modeline[] = "# yaml-language-server:";
    const char *end = text + size;
    size_t used = 0;
    uint32_t number = 0;
    bool started = false;
    while (text < end) {
        const char *line;
        size_t length = take_line(&text, end, &line);
        number++;
        if (length >= sizeof modeline - 1 && memcmp(line, modeline, sizeof modeline - 1) == 0)
            continue;
        if (length == 0 && !started)
            continue;
        if (length == 0 || line[0] != '#')
            break;
        size_t skip = length > 1 && line[1] == ' ' ? 2 : 1;
        if (used + length - skip + started >= RCP_TEXT_MAX)
            return wrong_at(path,
                            error,
                            number,
                            1,
                            "the opening comment is too long; allowed: %u bytes",
                            RCP_TEXT_MAX - 1);
        if (started)
            why[used++] = '\n';
        memcpy(why + used, line + skip, length - skip);
        used += length - skip;
        started = true;
    }
    if (used == 0)
        return wrong_at(
            path, error, 1, 1, "no opening comment; a scenario begins with `# why it exists`");
    return true;
}

/* "scenarios/flaws/x.yaml" is "flaws/x"; elsewhere the file's own name. */
static void name_scenario(struct rcp_scenario *scenario, const char *path)
{
    static const char root[] = "scenarios/";
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (const char *at = strstr(path, root); at != NULL; at = strstr(at + 1, root)) {
        if (at == path || at[-1] == '/')
            name = at + sizeof root - 1;
    }
    size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, ".yaml") == 0)
        length -= 5;
    snprintf(scenario->name, sizeof scenario->name, "%.*s", (int)length, name);
    snprintf(scenario->path, sizeof scenario->path, "%s", path);
}

static size_t size_max_of(const char *path)
{
    static const char suffix[] = ".tape.yaml";
    size_t length = strlen(path);
    bool tape =
        length >= sizeof suffix - 1 && strcmp(path + length - (sizeof suffix - 1), suffix) == 0;
    return tape ? RCP_TAPE_FILE_MAX : RCP_SCENARIO_FILE_MAX;
}

static bool too_large(const char *path, size_t size_max, struct rcp_scenario_error *error)
{
    return wrong_at(path, error, 1, 1, "the file is too large; allowed: %zu KB", size_max / 1024);
}

bool rcp_scenario_read_text(const char *path,
                            const char *text,
                            size_t size,
                            struct rcp_scenario *out,
                            struct rcp_scenario_error *error)
{
    struct reader reader = {.path = path, .scenario = out, .error = error};
    struct rcp_yaml_error yaml_error;
    rcp_scenario_defaults(out);
    name_scenario(out, path);
    if (size > size_max_of(path))
        return too_large(path, size_max_of(path), error);
    if (!rcp_yaml_parse(text, size, &reader.yaml, &yaml_error))
        return wrong_at(path, error, yaml_error.line, yaml_error.column, "%s", yaml_error.text);
    bool read = read_why(path, text, size, out->why, error) && read_tree(&reader);
    rcp_yaml_free(&reader.yaml);
    return read;
}

bool rcp_scenario_read(const char *path, struct rcp_scenario *out, struct rcp_scenario_error *error)
{
    size_t size_max = size_max_of(path);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return wrong_at(path, error, 1, 1, "cannot open it: %s", strerror(errno));
    char *text = malloc(size_max + 1);
    size_t size = text == NULL ? 0 : fread(text, 1, size_max + 1, file);
    int cause = errno;
    bool failed = text == NULL || ferror(file) != 0;
    fclose(file);
    bool read = false;
    if (failed)
        wrong_at(path, error, 1, 1, "cannot read it: %s", strerror(cause));
    else
        read = rcp_scenario_read_text(path, text, size, out, error);
    free(text);
    return read;
}
