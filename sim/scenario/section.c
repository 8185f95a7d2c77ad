/* What the tables of the format mean, whatever they hold: parse, check and compare one field. */
#include "sim/scenario/section.h"

#include "yaml/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool rcp_flawed(struct rcp_flaw *flaw, const char *key, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(flaw->text, sizeof flaw->text, format, values);
    va_end(values);
    flaw->key = key;
    return false;
}

uint32_t rcp_section_find(const struct rcp_section *section, const char *key)
{
    uint32_t i = 0;
    while (i < section->count && strcmp(section->fields[i].key, key) != 0)
        i++;
    return i;
}

/* Adds ", word" to text, as far as there is room. */
static void add_word(char *text, size_t size, const char *word)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s", used == 0 ? "" : ", ", word);
}

void rcp_section_list_keys(const struct rcp_section *section,
                           uint64_t mask,
                           char *text,
                           size_t size)
{
    text[0] = '\0';
    for (uint32_t i = 0; i < section->count; i++) {
        if (mask & RCP_BIT(i))
            add_word(text, size, section->fields[i].key);
    }
}

static const char *first_key(const struct rcp_section *section, uint64_t mask)
{
    uint32_t i = 0;
    while (!(mask & RCP_BIT(i)))
        i++;
    return section->fields[i].key;
}

bool rcp_line_shape(const struct rcp_section *section,
                    const void *line,
                    uint64_t needed,
                    uint64_t allowed,
                    const char *subject,
                    struct rcp_flaw *flaw)
{
    uint64_t given = ((const struct rcp_line *)line)->given;
    char keys[512];
    if (given & ~allowed) {
        const char *key = first_key(section, given & ~allowed);
        rcp_section_list_keys(section, allowed, keys, sizeof keys);
        return rcp_flawed(flaw, key, "%s does not take `%s`; allowed: %s", subject, key, keys);
    }
    if (needed & ~given) {
        rcp_section_list_keys(section, allowed, keys, sizeof keys);
        return rcp_flawed(flaw,
                          NULL,
                          "%s needs `%s`; allowed: %s",
                          subject,
                          first_key(section, needed & ~given),
                          keys);
    }
    return true;
}

bool rcp_name_unknown(const struct rcp_names *names,
                      const char *text,
                      const char *key,
                      struct rcp_flaw *flaw)
{
    char words[2048] = "";
    const char *nearest = NULL;
    uint32_t distance_min = 4; /* farther words are no slip of the pen */
    for (uint32_t i = names->first; i < names->end; i++) {
        uint32_t distance = rcp_word_distance(text, names->name(i));
        if (distance < distance_min && distance < strlen(text)) {
            distance_min = distance;
            nearest = names->name(i);
        }
        add_word(words, sizeof words, names->name(i));
    }
    return rcp_flawed(flaw,
                      key,
                      "no such %s: `%.64s`%s%s%s; allowed: %s",
                      names->what,
                      text,
                      nearest ? "; did you mean `" : "",
                      nearest ? nearest : "",
                      nearest ? "`?" : "",
                      words);
}

/* ---- Parsing -------------------------------------------------------------------------------- */

static bool wrong_number(const struct rcp_field *field, const char *text, struct rcp_flaw *flaw)
{
    return rcp_flawed(flaw,
                      field->key,
                      "`%s` cannot be `%.64s`; allowed: a whole number from %" PRIu64
                      " to %" PRIu64,
                      field->key,
                      text,
                      field->min,
                      field->max);
}

static bool parse_number(const struct rcp_field *field,
                         const char *text,
                         void *line,
                         struct rcp_flaw *flaw)
{
    uint64_t number;
    if (!rcp_parse_number(text, &number) || number < field->min || number > field->max)
        return wrong_number(field, text, flaw);
    *(uint32_t *)rcp_into(line, field->offset) = (uint32_t)number;
    return true;
}

static bool parse_amount(const struct rcp_field *field,
                         const char *text,
                         void *line,
                         struct rcp_flaw *flaw)
{
    uint64_t *amount = rcp_into(line, field->offset);
    if (!rcp_parse_number(text, amount) || *amount < field->min || *amount > field->max)
        return wrong_number(field, text, flaw);
    return true;
}

static bool parse_duration(const struct rcp_field *field,
                           const char *text,
                           uint64_t *ms,
                           struct rcp_flaw *flaw)
{
    if (rcp_parse_duration(text, ms) && *ms >= field->min && *ms <= field->max)
        return true;
    char least[RCP_VALUE_TEXT_MAX];
    char most[RCP_VALUE_TEXT_MAX];
    rcp_print_duration(field->min, least);
    rcp_print_duration(field->max, most);
    return rcp_flawed(
        flaw,
        field->key,
        "`%s` cannot be `%.64s`; allowed: a duration with its unit, such as 100ms, 70s, "
        "5m or 1h30m, from %s to %s",
        field->key,
        text,
        least,
        most);
}

static bool parse_ratio(const struct rcp_field *field,
                        const char *text,
                        void *line,
                        struct rcp_flaw *flaw)
{
    uint32_t *ratio = rcp_into(line, field->offset);
    if (!rcp_parse_ratio(text, &ratio[0], &ratio[1]) || ratio[1] == 0 || ratio[0] > ratio[1] ||
        ratio[0] < field->min)
        return rcp_flawed(
            flaw,
            field->key,
            "`%s` cannot be `%.64s`; allowed: a ratio of whole numbers from %s to 1/1, "
            "such as 1/10",
            field->key,
            text,
            field->min == 0 ? "0/1" : "1/4294967295");
    return true;
}

static bool parse_flag(const struct rcp_field *field,
                       const char *text,
                       void *line,
                       struct rcp_flaw *flaw)
{
    bool yes = strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "false") != 0)
        return rcp_flawed(
            flaw, field->key, "`%s` cannot be `%.64s`; allowed: true, false", field->key, text);
    *(uint32_t *)rcp_into(line, field->offset) = yes;
    return true;
}

static bool is_open(const char *text)
{
    size_t length = strlen(text);
    return length >= 2 && (strncmp(text, "..", 2) == 0 || strcmp(text + length - 2, "..") == 0);
}

static bool parse_span(const struct rcp_field *field,
                       const char *text,
                       void *line,
                       struct rcp_flaw *flaw)
{
    uint64_t *span = rcp_into(line, field->offset);
    bool parsed = rcp_parse_span(text, field->min, field->max, &span[0], &span[1]);
    if (!parsed || span[0] > span[1] || span[0] < field->min || span[1] > field->max ||
        (is_open(text) && !field->open))
        return rcp_flawed(flaw,
                          field->key,
                          "`%s` cannot be `%.64s`; allowed: %s, from %" PRIu64 " to %" PRIu64,
                          field->key,
                          text,
                          field->open ? "N, A..B, A.. or ..B" : "N or A..B",
                          field->min,
                          field->max);
    return true;
}

static bool parse_name(const struct rcp_field *field,
                       const char *text,
                       uint32_t *number,
                       struct rcp_flaw *flaw)
{
    *number = rcp_names_find(field->names, text);
    return *number != RCP_NAME_UNKNOWN || rcp_name_unknown(field->names, text, field->key, flaw);
}

/* A word where it starts like one, else a duration: the unit is then missed by name. */
static bool parse_length(const struct rcp_field *field,
                         const char *text,
                         void *line,
                         struct rcp_flaw *flaw)
{
    struct rcp_length *length = rcp_into(line, field->offset);
    if (text[0] >= '0' && text[0] <= '9')
        return parse_duration(field, text, &length->ms, flaw);
    return parse_name(field, text, &length->option, flaw);
}

bool rcp_field_parse(const struct rcp_field *field,
                     const char *text,
                     void *line,
                     struct rcp_flaw *flaw)
{
    switch (field->kind) {
    case RCP_VALUE_NUMBER:
        return parse_number(field, text, line, flaw);
    case RCP_VALUE_AMOUNT:
        return parse_amount(field, text, line, flaw);
    case RCP_VALUE_DURATION:
        return parse_duration(field, text, rcp_into(line, field->offset), flaw);
    case RCP_VALUE_RATIO:
        return parse_ratio(field, text, line, flaw);
    case RCP_VALUE_FLAG:
        return parse_flag(field, text, line, flaw);
    case RCP_VALUE_SPAN:
        return parse_span(field, text, line, flaw);
    case RCP_VALUE_NAME:
        return parse_name(field, text, rcp_into(line, field->offset), flaw);
    case RCP_VALUE_LENGTH:
        return parse_length(field, text, line, flaw);
    case RCP_VALUE_NAMES:
    case RCP_VALUE_ITEMS:
    case RCP_VALUE_SET:
    case RCP_VALUE_KNOBS:
    case RCP_VALUE_SECTION:
    case RCP_VALUE_LIST:
        break;
    }
    return rcp_flawed(flaw, field->key, "`%s` is not one word", field->key);
}

/* ---- Checking what was generated ------------------------------------------------------------ */

static bool number_in(uint64_t number, uint64_t min, uint64_t max)
{
    return number >= min && number <= max;
}

static bool length_fits(const struct rcp_field *field, const struct rcp_length *length)
{
    if (length->ms == 0)
        return number_in(length->option, field->names->first, field->names->end - 1);
    return length->option == 0 && number_in(length->ms, field->min, field->max);
}

static bool set_fits(const struct rcp_field *field, const uint64_t *set)
{
    return *set != 0 && (*set & ~rcp_set_bits(field->names)) == 0;
}

static bool names_fit(const struct rcp_field *field, const uint8_t *names)
{
    uint64_t seen = 0;
    uint32_t count = 0;
    while (count < RCP_PARTICIPANTS_MAX && names[count] != 0)
        count++;
    for (uint32_t i = count; i < RCP_PARTICIPANTS_MAX; i++) {
        if (names[i] != 0)
            return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!number_in(names[i], field->names->first, field->names->end - 1))
            return false;
        if (seen & RCP_BIT(names[i]))
            return false;
        seen |= RCP_BIT(names[i]);
    }
    return true;
}

/* One item at least, no gap, and nothing behind the last. */
static bool items_fit(const struct rcp_field *field, const struct rcp_order_item *items)
{
    uint32_t count = 0;
    while (count < RCP_ORDER_ITEMS_MAX && items[count].product_id != 0)
        count++;
    for (uint32_t i = 0; i < count; i++) {
        if (!number_in(items[i].product_id, 1, RCP_PRODUCTS_MAX) ||
            !number_in(items[i].quantity, field->min, field->max))
            return false;
    }
    for (uint32_t i = count; i < RCP_ORDER_ITEMS_MAX; i++) {
        if (items[i].product_id != 0 || items[i].quantity != 0)
            return false;
    }
    return count > 0;
}

bool rcp_field_check(const struct rcp_field *field, const void *line, struct rcp_flaw *flaw)
{
    const void *value = rcp_at(line, field->offset);
    const uint32_t *number = value;
    const uint64_t *wide = value;
    bool fits = true;
    switch (field->kind) {
    case RCP_VALUE_NUMBER:
        fits = number_in(*number, field->min, field->max);
        break;
    case RCP_VALUE_AMOUNT:
    case RCP_VALUE_DURATION:
        fits = number_in(*wide, field->min, field->max);
        break;
    case RCP_VALUE_RATIO:
        fits = number[1] > 0 && number_in(number[0], field->min, number[1]);
        break;
    case RCP_VALUE_FLAG:
        fits = *number <= 1;
        break;
    case RCP_VALUE_SPAN:
        fits = number_in(wide[0], field->min, wide[1]) && wide[1] <= field->max;
        break;
    case RCP_VALUE_NAME:
        fits = number_in(*number, field->names->first, field->names->end - 1);
        break;
    case RCP_VALUE_LENGTH:
        fits = length_fits(field, value);
        break;
    case RCP_VALUE_NAMES:
        fits = names_fit(field, value);
        break;
    case RCP_VALUE_ITEMS:
        fits = items_fit(field, value);
        break;
    case RCP_VALUE_SET:
        fits = set_fits(field, value);
        break;
    case RCP_VALUE_SECTION:
        return rcp_section_check(field->section, value, flaw);
    case RCP_VALUE_KNOBS:
    case RCP_VALUE_LIST:
        break;
    }
    return fits || rcp_flawed(flaw, field->key, "`%s` is out of range", field->key);
}

bool rcp_section_check(const struct rcp_section *section, const void *line, struct rcp_flaw *flaw)
{
    for (uint32_t i = 0; i < section->count; i++) {
        if (rcp_given(line, i) && !rcp_field_check(&section->fields[i], line, flaw))
            return false;
    }
    return true;
}

void rcp_section_give_all(const struct rcp_section *section, void *line)
{
    ((struct rcp_line *)line)->given = ~0u >> (32 - section->count);
    for (uint32_t i = 0; i < section->count; i++) {
        const struct rcp_field *field = &section->fields[i];
        if (field->kind == RCP_VALUE_SECTION)
            rcp_section_give_all(field->section, rcp_into(line, field->offset));
    }
}

/* ---- Comparing and copying ------------------------------------------------------------------ */

static bool same_length(const struct rcp_length *left, const struct rcp_length *right)
{
    return left->ms == right->ms && left->option == right->option;
}

static bool same_value(const struct rcp_field *field, const void *left, const void *right)
{
    switch (field->kind) {
    case RCP_VALUE_NUMBER:
    case RCP_VALUE_FLAG:
    case RCP_VALUE_NAME:
        return memcmp(left, right, sizeof(uint32_t)) == 0;
    case RCP_VALUE_AMOUNT:
    case RCP_VALUE_SET:
    case RCP_VALUE_DURATION:
        return memcmp(left, right, sizeof(uint64_t)) == 0;
    case RCP_VALUE_RATIO:
        return memcmp(left, right, 2 * sizeof(uint32_t)) == 0;
    case RCP_VALUE_SPAN:
        return memcmp(left, right, 2 * sizeof(uint64_t)) == 0;
    case RCP_VALUE_LENGTH:
        return same_length(left, right);
    case RCP_VALUE_NAMES:
        return memcmp(left, right, RCP_PARTICIPANTS_MAX) == 0;
    case RCP_VALUE_ITEMS:
        return memcmp(left, right, RCP_ORDER_ITEMS_MAX * sizeof(struct rcp_order_item)) == 0;
    case RCP_VALUE_KNOBS:
        return ((const struct rcp_turned *)left)->knobs == 0;
    case RCP_VALUE_SECTION:
    case RCP_VALUE_LIST:
        break;
    }
    return true;
}

void rcp_section_mark(const struct rcp_section *section, void *line, const void *other)
{
    struct rcp_line *head = line;
    head->given = 0;
    for (uint32_t i = 0; i < section->count; i++) {
        const struct rcp_field *field = &section->fields[i];
        void *value = rcp_into(line, field->offset);
        const void *other_value = rcp_at(other, field->offset);
        bool same;
        if (field->kind == RCP_VALUE_SECTION) {
            rcp_section_mark(field->section, value, other_value);
            same = ((struct rcp_line *)value)->given == 0;
        } else {
            same = same_value(field, value, other_value);
        }
        if (!same)
            head->given |= RCP_BIT(i);
    }
}

/* Only these are ever derived. */
static size_t derived_size(const struct rcp_field *field)
{
    bool narrow = field->kind == RCP_VALUE_NUMBER || field->kind == RCP_VALUE_FLAG;
    return narrow ? sizeof(uint32_t) : sizeof(uint64_t);
}

void rcp_section_derive(const struct rcp_section *section, void *line, const void *other)
{
    for (uint32_t i = 0; i < section->count; i++) {
        const struct rcp_field *field = &section->fields[i];
        void *value = rcp_into(line, field->offset);
        const void *other_value = rcp_at(other, field->offset);
        if (field->kind == RCP_VALUE_SECTION)
            rcp_section_derive(field->section, value, other_value);
        else if (field->derived && !rcp_given(line, i))
            memcpy(value, other_value, derived_size(field));
    }
}
