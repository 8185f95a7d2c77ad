/* The JSON Schema of the format, from the tables that the reader walks: what an editor completes and
 * underlines. Whatever needs two keys to be judged is left to `recoup check`. */
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DURATION_PATTERN  "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"
#define RATIO_PATTERN     "^[0-9]+/[1-9][0-9]*$"
#define ITEM_PATTERN      "^[0-9]+x[0-9]+$"
#define SPAN_PATTERN      "^[0-9]+(\\\\.\\\\.[0-9]+)?$"
#define OPEN_SPAN_PATTERN "^([0-9]+(\\\\.\\\\.[0-9]*)?|\\\\.\\\\.[0-9]+)$"

struct writer {
    FILE *file;
    int depth;
};

static void start_line(const struct writer *writer)
{
    fprintf(writer->file, "\n%*s", 2 * writer->depth, "");
}

/* Words that are numbers in YAML are numbers in the schema. */
static void write_word(const char *word, FILE *file)
{
    bool number = strspn(word, "0123456789") == strlen(word);
    fprintf(file, number ? "%s" : "\"%s\"", word);
}

static void write_enum(const struct rcp_names *names, FILE *file)
{
    fputs("\"enum\": [", file);
    for (uint32_t i = names->first; i < names->end; i++) {
        fputs(i == names->first ? "" : ", ", file);
        write_word(names->name(i), file);
    }
    fputc(']', file);
}

static void write_span(const struct rcp_field *field, FILE *file)
{
    fprintf(file,
            "\"type\": [\"integer\", \"string\"], \"minimum\": %" PRIu64 ", \"pattern\": \"%s\"",
            field->min,
            field->open ? OPEN_SPAN_PATTERN : SPAN_PATTERN);
}

static void write_knobs(const struct writer *writer)
{
    struct writer inner = {.file = writer->file, .depth = writer->depth + 2};
    fputs("\"type\": \"object\", \"additionalProperties\": false, \"properties\": {", inner.file);
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        const struct rcp_knob_info *info = rcp_knob_info((enum rcp_knob)i);
        fputs(i == 0 ? "" : ",", inner.file);
        start_line(&inner);
        fprintf(inner.file,
                "\"%s\": {\"description\": \"%s\", \"enum\": [\"%s\", \"%s\"]}",
                info->name,
                info->sentence,
                info->documented,
                info->hardened);
    }
    fputc('}', inner.file);
}

static void write_section(const struct writer *writer, const struct rcp_section *section);

static void write_value(const struct writer *writer, const struct rcp_field *field)
{
    FILE *file = writer->file;
    switch (field->kind) {
    case RCP_VALUE_NUMBER:
    case RCP_VALUE_AMOUNT:
        fprintf(file,
                "\"type\": \"integer\", \"minimum\": %" PRIu64 ", \"maximum\": %" PRIu64,
                field->min,
                field->max);
        break;
    case RCP_VALUE_ITEMS:
        fprintf(file,
                "\"type\": \"array\", \"minItems\": 1, \"maxItems\": %u, \"items\": "
                "{\"type\": \"string\", \"pattern\": \"" ITEM_PATTERN "\"}",
                RCP_ORDER_ITEMS_MAX);
        break;
    case RCP_VALUE_DURATION:
        fputs("\"type\": \"string\", \"pattern\": \"" DURATION_PATTERN "\"", file);
        break;
    case RCP_VALUE_RATIO:
        fputs("\"type\": \"string\", \"pattern\": \"" RATIO_PATTERN "\"", file);
        break;
    case RCP_VALUE_FLAG:
        fputs("\"type\": \"boolean\"", file);
        break;
    case RCP_VALUE_SPAN:
        write_span(field, file);
        break;
    case RCP_VALUE_NAME:
        write_enum(field->names, file);
        break;
    case RCP_VALUE_LENGTH:
        fputs("\"anyOf\": [{", file);
        write_enum(field->names, file);
        fputs("}, {\"type\": \"string\", \"pattern\": \"" DURATION_PATTERN "\"}]", file);
        break;
    case RCP_VALUE_NAMES:
        fputs("\"type\": \"array\", \"minItems\": 1, \"uniqueItems\": true, \"items\": {", file);
        write_enum(field->names, file);
        fputc('}', file);
        break;
    case RCP_VALUE_SET:
        fputs("\"anyOf\": [{\"const\": \"all\"}, {\"type\": \"array\", \"minItems\": 1, "
              "\"uniqueItems\": true, \"items\": {",
              file);
        write_enum(field->names, file);
        fputs("}}]", file);
        break;
    case RCP_VALUE_KNOBS:
        write_knobs(writer);
        break;
    case RCP_VALUE_SECTION:
        write_section(writer, field->section);
        break;
    case RCP_VALUE_LIST:
        fputs("\"type\": \"array\", \"items\": {", file);
        write_section(writer, field->list->section);
        fputc('}', file);
        break;
    }
}

static void write_required(const struct rcp_section *section, FILE *file)
{
    const char *before = ", \"required\": [";
    bool any = false;
    for (uint32_t i = 0; i < section->count; i++) {
        if (!section->fields[i].required)
            continue;
        fprintf(file, "%s\"%s\"", before, section->fields[i].key);
        before = ", ";
        any = true;
    }
    fputs(any ? "]" : "", file);
}

static void write_section(const struct writer *writer, const struct rcp_section *section)
{
    struct writer inner = {.file = writer->file, .depth = writer->depth + 2};
    fputs("\"type\": \"object\", \"additionalProperties\": false", inner.file);
    write_required(section, inner.file);
    fputs(", \"properties\": {", inner.file);
    for (uint32_t i = 0; i < section->count; i++) {
        const struct rcp_field *field = &section->fields[i];
        fputs(i == 0 ? "" : ",", inner.file);
        start_line(&inner);
        fprintf(inner.file, "\"%s\": {\"description\": \"%s\", ", field->key, field->help);
        write_value(&inner, field);
        fputc('}', inner.file);
    }
    fputc('}', inner.file);
}

bool rcp_scenario_write_schema(FILE *file)
{
    struct writer writer = {.file = file};
    fputs("{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
          " \"title\": \"Recoup scenario\",\n"
          " \"description\": \"See docs/SCENARIOS.md\",\n ",
          file);
    write_section(&writer, &rcp_scenario_section);
    fputs("}\n", file);
    return ferror(file) == 0;
}
