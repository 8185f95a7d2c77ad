/* YAML as a tree. The only file that knows libfyaml: its events are turned into nodes here. */
#include "yaml/yaml.h"

#include <libfyaml.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX  8u /* Scenarios are at most five deep, configurations four. */
#define ANCHOR_MAX 64u

/* A sequence or mapping that is still open. */
struct level {
    uint32_t node;
    uint32_t last;  /* its last item so far */
    uint32_t count; /* of items */
    char anchor[ANCHOR_MAX];
};

struct builder {
    struct rcp_yaml *yaml;
    struct rcp_yaml_error *error;
    uint32_t text_room;
    uint32_t depth;
    uint32_t documents;
    struct level levels[DEPTH_MAX];
};

static bool wrong(struct rcp_yaml_error *error,
                  uint32_t line,
                  uint32_t column,
                  const char *format,
                  ...) __attribute__((format(printf, 4, 5)));

static bool wrong(
    struct rcp_yaml_error *error, uint32_t line, uint32_t column, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(error->text, sizeof error->text, format, values);
    va_end(values);
    error->line = line;
    error->column = column;
    return false;
}

/* ---- Bytes ---------------------------------------------------------------------------------- */

/* Length of the UTF-8 sequence at text, 0 where there is none. Overlong forms and surrogates are
 * left to libfyaml. */
static size_t sequence_length(const unsigned char *text, size_t size)
{
    unsigned char lead = text[0];
    size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead > 0xf4 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

static bool is_text(const char *text, size_t size, struct rcp_yaml_error *error)
{
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t line = 1;
    uint32_t column = 1;
    for (size_t i = 0; i < size;) {
        size_t length = sequence_length(bytes + i, size - i);
        bool control = bytes[i] < ' ' && bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != '\t';
        if (length == 0 || control || bytes[i] == 0x7f)
            return wrong(
                error, line, column, "not YAML: byte 0x%02x; allowed: UTF-8 text", bytes[i]);
        column++;
        if (bytes[i] == '\n') {
            line++;
            column = 1;
        }
        i += length;
    }
    return true;
}

/* ---- The tree ------------------------------------------------------------------------------- */

/* Where a token stands. What has no token, a value left out, stands where its key does. */
static void find_mark(const struct builder *builder,
                      struct fy_token *token,
                      uint32_t *line,
                      uint32_t *column)
{
    const struct fy_mark *mark = token == NULL ? NULL : fy_token_start_mark(token);
    uint32_t last = builder->yaml->node_count;
    *line = last == 0 ? 1 : builder->yaml->nodes[last - 1].line;
    *column = last == 0 ? 1 : builder->yaml->nodes[last - 1].column;
    if (mark != NULL && mark->line >= 0 && mark->column >= 0) {
        *line = (uint32_t)mark->line + 1;
        *column = (uint32_t)mark->column + 1;
    }
}

static bool wrong_token(const struct builder *builder, struct fy_token *token, const char *text)
{
    uint32_t line;
    uint32_t column;
    find_mark(builder, token, &line, &column);
    return wrong(builder->error, line, column, "%s", text);
}

static bool no_memory(struct builder *builder)
{
    return wrong(builder->error, 1, 1, "no memory to read it");
}

/* Appends text and a NUL; *offset is where it stands. */
static bool keep_text(struct builder *builder, const char *text, size_t length, uint32_t *offset)
{
    struct rcp_yaml *yaml = builder->yaml;
    size_t needed = yaml->text_size + length + 1;
    if (needed > builder->text_room) {
        char *texts = realloc(yaml->texts, 2 * needed);
        if (texts == NULL)
            return no_memory(builder);
        yaml->texts = texts;
        builder->text_room = (uint32_t)(2 * needed);
    }
    *offset = yaml->text_size;
    memcpy(yaml->texts + *offset, text, length);
    yaml->texts[*offset + length] = '\0';
    yaml->text_size += (uint32_t)length + 1;
    return true;
}

static bool has_room_for_node(struct builder *builder)
{
    struct rcp_yaml *yaml = builder->yaml;
    if (yaml->node_count < yaml->node_room)
        return true;
    uint32_t room = yaml->node_room == 0 ? 256 : 2 * yaml->node_room;
    struct rcp_yaml_node *nodes = realloc(yaml->nodes, room * sizeof *nodes);
    if (nodes == NULL)
        return no_memory(builder);
    yaml->nodes = nodes;
    yaml->node_room = room;
    return true;
}

/* Hangs the newest node into the innermost open level. */
static void attach(struct builder *builder, uint32_t node)
{
    if (builder->depth == 0)
        return;
    struct level *level = &builder->levels[builder->depth - 1];
    if (level->count == 0)
        builder->yaml->nodes[level->node].child = node;
    else
        builder->yaml->nodes[level->last].next = node;
    level->last = node;
    level->count++;
}

/* True where the next node is a mapping's key. */
static bool key_is_next(const struct builder *builder)
{
    if (builder->depth == 0)
        return false;
    const struct level *level = &builder->levels[builder->depth - 1];
    return builder->yaml->nodes[level->node].kind == RCP_YAML_MAPPING && level->count % 2 == 0;
}

static bool add_node(struct builder *builder, struct fy_event *event, enum rcp_yaml_kind kind)
{
    struct fy_token *tag = fy_event_get_tag_token(event);
    struct fy_token *token = fy_event_get_token(event);
    uint32_t line;
    uint32_t column;
    if (tag != NULL)
        return wrong_token(builder, tag, "a tag is not allowed: write the value alone");
    if (kind != RCP_YAML_SCALAR && key_is_next(builder))
        return wrong_token(builder, token, "this key is no word; allowed: words");
    find_mark(builder, token, &line, &column);
    if (!has_room_for_node(builder))
        return false;
    uint32_t node = builder->yaml->node_count++;
    builder->yaml->nodes[node] = (struct rcp_yaml_node){
        .kind = kind,
        .child = RCP_YAML_NO_NODE,
        .next = RCP_YAML_NO_NODE,
        .line = line,
        .column = column,
    };
    attach(builder, node);
    return true;
}

static bool add_scalar(struct builder *builder, struct fy_event *event)
{
    size_t length = 0;
    const char *text = fy_token_get_text(event->scalar.value, &length);
    if (text == NULL)
        length = 0;
    if (length != 0 && memchr(text, '\0', length) != NULL)
        return wrong_token(builder, event->scalar.value, "a value with a NUL in it");
    uint32_t offset = 0;
    if (!keep_text(builder, text == NULL ? "" : text, length, &offset) ||
        !add_node(builder, event, RCP_YAML_SCALAR))
        return false;
    builder->yaml->nodes[builder->yaml->node_count - 1].text = offset;
    return true;
}

static void copy_anchor(struct fy_token *token, char *anchor)
{
    size_t length = 0;
    const char *text = token == NULL ? NULL : fy_token_get_text(token, &length);
    snprintf(anchor, ANCHOR_MAX, "%.*s", text == NULL ? 0 : (int)length, text == NULL ? "" : text);
}

static bool open_level(struct builder *builder, struct fy_event *event, enum rcp_yaml_kind kind)
{
    if (builder->depth == DEPTH_MAX)
        return wrong_token(
            builder, fy_event_get_token(event), "nested too deeply; allowed: 8 levels");
    if (!add_node(builder, event, kind))
        return false;
    struct level *level = &builder->levels[builder->depth++];
    *level = (struct level){.node = builder->yaml->node_count - 1};
    copy_anchor(fy_event_get_anchor_token(event), level->anchor);
    return true;
}

/* An alias inside what its anchor names has no end. Others could be written out, so they are. */
static bool refuse_alias(struct builder *builder, struct fy_event *event)
{
    char anchor[ANCHOR_MAX];
    copy_anchor(event->alias.anchor, anchor);
    uint32_t line;
    uint32_t column;
    find_mark(builder, event->alias.anchor, &line, &column);
    column -= column > 1; /* libfyaml points behind the asterisk */
    for (uint32_t i = 0; i < builder->depth; i++) {
        if (strcmp(builder->levels[i].anchor, anchor) == 0)
            return wrong(builder->error,
                         line,
                         column,
                         "cyclic alias `*%s` stands inside `&%s`; allowed: no aliases",
                         anchor,
                         anchor);
    }
    return wrong(builder->error,
                 line,
                 column,
                 "alias `*%s`; allowed: no aliases, write the value out",
                 anchor);
}

static bool take_event(struct builder *builder, struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (builder->documents++ > 0)
            return wrong_token(
                builder, fy_event_get_token(event), "a second document; allowed: one a file");
        return true;
    case FYET_MAPPING_START:
        return open_level(builder, event, RCP_YAML_MAPPING);
    case FYET_SEQUENCE_START:
        return open_level(builder, event, RCP_YAML_SEQUENCE);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        builder->depth--;
        return true;
    case FYET_SCALAR:
        return add_scalar(builder, event);
    case FYET_ALIAS:
        return refuse_alias(builder, event);
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_END:
        return true;
    }
    return true;
}

/* ---- libfyaml ------------------------------------------------------------------------------- */

/* libfyaml writes to stderr unless somebody listens. */
static void stay_quiet(struct fy_diag *diag, void *user, const char *text, size_t length)
{
    (void)diag;
    (void)user;
    (void)text;
    (void)length;
}

static bool not_yaml(struct fy_diag *diag, struct rcp_yaml_error *error)
{
    void *previous = NULL;
    const struct fy_diag_error *first = fy_diag_errors_iterate(diag, &previous);
    if (first == NULL)
        return wrong(error, 1, 1, "not YAML");
    return wrong(error,
                 first->line > 0 ? (uint32_t)first->line : 1,
                 first->column > 0 ? (uint32_t)first->column : 1,
                 "not YAML: %.200s",
                 first->msg == NULL ? "?" : first->msg);
}

static bool build(struct fy_parser *parser, struct fy_diag *diag, struct builder *builder)
{
    struct fy_event *event;
    while ((event = fy_parser_parse(parser)) != NULL) {
        bool ended = event->type == FYET_STREAM_END;
        bool taken = take_event(builder, event);
        fy_parser_event_free(parser, event);
        if (!taken)
            return false;
        if (ended)
            break;
    }
    if (fy_parser_get_stream_error(parser) || fy_diag_got_error(diag))
        return not_yaml(diag, builder->error);
    return builder->yaml->node_count > 0 || wrong(builder->error, 1, 1, "the file is empty");
}

static bool parse_with(struct fy_diag *diag, const char *text, size_t size, struct builder *builder)
{
    struct fy_parse_cfg config = {.flags = FYPCF_JSON_NONE, .diag = diag};
    struct fy_parser *parser = fy_parser_create(&config);
    if (parser == NULL)
        return no_memory(builder);
    bool built = fy_parser_set_string(parser, text, size) == 0 ? build(parser, diag, builder)
                                                               : not_yaml(diag, builder->error);
    fy_parser_destroy(parser);
    return built;
}

bool rcp_yaml_parse(const char *text,
                    size_t size,
                    struct rcp_yaml *yaml,
                    struct rcp_yaml_error *error)
{
    *yaml = (struct rcp_yaml){0};
    struct builder builder = {.yaml = yaml, .error = error};
    struct fy_diag_cfg config;
    if (!is_text(text, size, error))
        return false;
    if (size == 0)
        return wrong(error, 1, 1, "the file is empty");
    fy_diag_cfg_default(&config);
    config.fp = NULL;
    config.output_fn = stay_quiet;
    config.level = FYET_ERROR;
    config.colorize = false;
    struct fy_diag *diag = fy_diag_create(&config);
    if (diag == NULL)
        return no_memory(&builder);
    fy_diag_set_collect_errors(diag, true);
    bool parsed = parse_with(diag, text, size, &builder);
    fy_diag_destroy(diag);
    if (!parsed)
        rcp_yaml_free(yaml);
    return parsed;
}

void rcp_yaml_free(struct rcp_yaml *yaml)
{
    free(yaml->nodes);
    free(yaml->texts);
    *yaml = (struct rcp_yaml){0};
}
