/* The writer: the reader's tables the other way round. */
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/store.h"
#include "yaml/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Words that YAML would take for something else stand in quotes. */
static void write_word(const char *word, FILE *file)
{
    bool plain = strpbrk(word, "()[]{}#:,&*!|>'\"%@`") == NULL;
    fprintf(file, plain ? "%s" : "\"%s\"", word);
}

static void write_duration(uint64_t ms, FILE *file)
{
    char text[RCP_VALUE_TEXT_MAX];
    rcp_print_duration(ms, text);
    fputs(text, file);
}

static void write_span(const struct rcp_field *field, const uint64_t *span, FILE *file)
{
    char text[RCP_VALUE_TEXT_MAX];
    if (field->open)
        rcp_print_span(field->min, field->max, span[0], span[1], text);
    else if (span[0] == span[1])
        snprintf(text, sizeof text, "%" PRIu64, span[0]);
    else
        snprintf(text, sizeof text, "%" PRIu64 "..%" PRIu64, span[0], span[1]);
    fputs(text, file);
}

static void write_length(const struct rcp_field *field, const struct rcp_length *length, FILE *file)
{
    if (length->ms != 0)
        write_duration(length->ms, file);
    else
        write_word(field->names->name(length->option), file);
}

static void write_names(const struct rcp_field *field, const uint8_t *names, FILE *file)
{
    fputc('[', file);
    for (uint32_t i = 0; i < RCP_PARTICIPANTS_MAX && names[i] != 0; i++) {
        fputs(i == 0 ? "" : ", ", file);
        write_word(field->names->name(names[i]), file);
    }
    fputc(']', file);
}

static void write_items(const struct rcp_order_item *items, FILE *file)
{
    fputc('[', file);
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX && items[i].product_id != 0; i++)
        fprintf(file,
                "%s%" PRIu32 "x%" PRIu32,
                i == 0 ? "" : ", ",
                items[i].product_id,
                items[i].quantity);
    fputc(']', file);
}

static void write_set(const struct rcp_field *field, uint64_t set, FILE *file)
{
    const char *before = "[";
    for (uint32_t i = field->names->first; i < field->names->end; i++) {
        if (!(set & RCP_BIT(i)))
            continue;
        fputs(before, file);
        write_word(field->names->name(i), file);
        before = ", ";
    }
    fputc(']', file);
}

static void write_knobs(const struct rcp_turned *turned, FILE *file)
{
    const char *before = "{ ";
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        const struct rcp_knob_info *info = rcp_knob_info((enum rcp_knob)i);
        if (!(turned->knobs & RCP_BIT(i)))
            continue;
        bool hardened = (turned->hardened & RCP_BIT(i)) != 0;
        fprintf(file, "%s%s: %s", before, info->name, hardened ? info->hardened : info->documented);
        before = ", ";
    }
    fputs(" }", file);
}

static void write_section(const struct rcp_section *section, const void *line, FILE *file);

static void write_value(const struct rcp_field *field, const void *line, FILE *file)
{
    const void *value = rcp_at(line, field->offset);
    const uint32_t *number = value;
    const uint64_t *wide = value;
    switch (field->kind) {
    case RCP_VALUE_NUMBER:
        fprintf(file, "%" PRIu32, *number);
        break;
    case RCP_VALUE_AMOUNT:
        fprintf(file, "%" PRIu64, *wide);
        break;
    case RCP_VALUE_DURATION:
        write_duration(*wide, file);
        break;
    case RCP_VALUE_RATIO:
        fprintf(file, "%" PRIu32 "/%" PRIu32, number[0], number[1]);
        break;
    case RCP_VALUE_FLAG:
        fputs(*number ? "true" : "false", file);
        break;
    case RCP_VALUE_SPAN:
        write_span(field, wide, file);
        break;
    case RCP_VALUE_NAME:
        write_word(field->names->name(*number), file);
        break;
    case RCP_VALUE_LENGTH:
        write_length(field, value, file);
        break;
    case RCP_VALUE_NAMES:
        write_names(field, value, file);
        break;
    case RCP_VALUE_ITEMS:
        write_items(value, file);
        break;
    case RCP_VALUE_SET:
        write_set(field, *(const uint64_t *)value, file);
        break;
    case RCP_VALUE_KNOBS:
        write_knobs(value, file);
        break;
    case RCP_VALUE_SECTION:
        write_section(field->section, value, file);
        break;
    case RCP_VALUE_LIST:
        break;
    }
}

static void write_section(const struct rcp_section *section, const void *line, FILE *file)
{
    const char *before = "{ ";
    for (uint32_t i = 0; i < section->count; i++) {
        if (!rcp_given(line, i))
            continue;
        fprintf(file, "%s%s: ", before, section->fields[i].key);
        write_value(&section->fields[i], line, file);
        before = ", ";
    }
    fputs(" }", file);
}

/* What somebody has to say about the item, behind its line. */
static void write_note(const struct rcp_scenario_notes *notes, const void *item, FILE *file)
{
    const char *note = notes == NULL ? NULL : notes->of(notes->context, item);
    if (note != NULL)
        fprintf(file, " # %s", note);
    fputc('\n', file);
}

/* "key:" once, then a line for each item of the store. */
static void write_store(const struct rcp_scenario *scenario,
                        const struct rcp_scenario_notes *notes,
                        const struct rcp_field *field,
                        const struct rcp_store *store,
                        bool *started,
                        FILE *file)
{
    for (uint32_t i = 0; i < rcp_store_count(store, scenario); i++) {
        union rcp_list_line line;
        const void *item = rcp_store_item(store, scenario, i);
        if (!rcp_store_owns(store, item))
            continue;
        memset(&line, 0, sizeof line);
        store->to_line(scenario, item, &line);
        if (!*started)
            fprintf(file, "%s:\n", field->key);
        *started = true;
        fputs("  - ", file);
        write_section(field->list->section, &line, file);
        write_note(notes, item, file);
    }
}

static void write_list(const struct rcp_scenario *scenario,
                       const struct rcp_scenario_notes *notes,
                       const struct rcp_field *field,
                       FILE *file)
{
    bool started = false;
    for (uint32_t i = 0; i < 2; i++) {
        if (field->list->stores[i] != NULL)
            write_store(scenario, notes, field, field->list->stores[i], &started, file);
    }
}

static void write_why(const char *why, FILE *file)
{
    if (*why == '\0')
        why = "A generated scenario.";
    for (;;) {
        size_t length = strcspn(why, "\n");
        fprintf(file, length == 0 ? "#%.*s\n" : "# %.*s\n", (int)length, why);
        if (why[length] == '\0')
            return;
        why += length + 1;
    }
}

/* What the world would be if the file gave only its activities, users, products, buyers and purchases. */
static void default_line(const struct rcp_scenario_line *line, struct rcp_scenario_line *other)
{
    struct rcp_scenario scenario;
    rcp_scenario_defaults(&scenario);
    uint32_t activities = scenario.world.activities;
    uint32_t users = scenario.world.users;
    scenario.world.activities = line->world.config.activities;
    scenario.world.users = line->world.config.users;
    scenario.world.products = line->world.config.products;
    scenario.world.buyers = line->world.config.buyers;
    scenario.world.purchases = line->world.config.purchases;
    rcp_world_derive(&scenario.world);
    scenario.world.activities = activities;
    scenario.world.users = users;
    if (scenario.world.products != 0) {
        struct rcp_world_config plain = {.products = 1};
        rcp_shop_derive(&plain);
        scenario.world.products = 0; /* a shop's file gives its products */
        scenario.world.buyers = plain.buyers;
        scenario.world.purchases = plain.purchases;
    }
    rcp_scenario_to_line(&scenario, other);
}

bool rcp_scenario_write_noted(const struct rcp_scenario *scenario,
                              const struct rcp_scenario_notes *notes,
                              FILE *file)
{
    struct rcp_scenario_line line;
    struct rcp_scenario_line other;
    const struct rcp_section *section = &rcp_scenario_section;
    rcp_scenario_to_line(scenario, &line);
    default_line(&line, &other);
    rcp_section_mark(section, &line, &other);
    line.head.given |= RCP_BIT(rcp_section_find(section, "policy"));
    line.head.given &= ~RCP_BIT(rcp_section_find(section, "seed")); /* `seeds` says it */
    write_why(scenario->why, file);
    if (notes != NULL)
        fputs(notes->preface, file);
    for (uint32_t i = 0; i < section->count; i++) {
        const struct rcp_field *field = &section->fields[i];
        if (field->kind == RCP_VALUE_LIST)
            write_list(scenario, notes, field, file);
        if (field->kind == RCP_VALUE_LIST || !rcp_given(&line, i))
            continue;
        fprintf(file, "%s: ", field->key);
        write_value(field, &line, file);
        fputc('\n', file);
    }
    return ferror(file) == 0;
}

bool rcp_scenario_write(const struct rcp_scenario *scenario, FILE *file)
{
    return rcp_scenario_write_noted(scenario, NULL, file);
}
