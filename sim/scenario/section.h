/* The format as tables: a section is a mapping, a field is one of its keys with the kind of value it
 * takes and where that is kept. Reader, writer, schema and the check of generated scenarios all walk
 * the same tables, so a key that one of them knows is known to all. */
#ifndef RCP_SIM_SCENARIO_SECTION_H
#define RCP_SIM_SCENARIO_SECTION_H

#include "sim/scenario.h"
#include "sim/scenario/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a key's value is, and the type that it is kept as. */
enum rcp_value_kind {
    RCP_VALUE_NUMBER,   /* uint32_t: 7 */
    RCP_VALUE_AMOUNT,   /* uint64_t: 30000 */
    RCP_VALUE_DURATION, /* uint64_t of ms: 1h30m */
    RCP_VALUE_RATIO,    /* uint32_t[2]: 1/10 */
    RCP_VALUE_FLAG,     /* uint32_t: true, false */
    RCP_VALUE_SPAN,     /* uint64_t[2]: 7, 1..20, 3.., ..3 */
    RCP_VALUE_NAME,     /* uint32_t: a word of `names` */
    RCP_VALUE_LENGTH,   /* struct rcp_length: a duration, or a word of `names` */
    RCP_VALUE_NAMES,    /* uint8_t[RCP_PARTICIPANTS_MAX]: [word, word], each once, in that order */
    RCP_VALUE_ITEMS,    /* struct rcp_order_item[RCP_ORDER_ITEMS_MAX]: [1x2, 3x1] */
    RCP_VALUE_SET,      /* uint64_t, a bit a word: all, or [word, word] */
    RCP_VALUE_KNOBS,    /* struct rcp_turned: { knob: side } */
    RCP_VALUE_SECTION,  /* a line of `section` */
    RCP_VALUE_LIST,     /* lines of `list`, kept in the scenario itself */
};

struct rcp_section;
struct rcp_list;

struct rcp_field {
    const char *key;
    const char *help; /* for the schema */
    enum rcp_value_kind kind;
    bool required;
    bool open;     /* SPAN: may have an open end */
    bool derived;  /* where nobody gives it, it follows from what is given */
    size_t offset; /* in the section's line */
    uint64_t min;  /* NUMBER, AMOUNT, DURATION, SPAN: inclusive; RATIO: of the numerator; ITEMS: of
                   * each quantity */
    uint64_t max;
    const struct rcp_names *names;
    const struct rcp_section *section;
    const struct rcp_list *list;
};

/* A mapping. A line is what it is read into, and what it is written from. */
struct rcp_section {
    const char *what; /* "`world`", "a line of `faults`" */
    const struct rcp_field *fields;
    uint32_t count; /* at most 32 */
};

/* Every line begins with this. */
struct rcp_line {
    uint64_t given;  /* bit i: field i of the section was, or is to be, written */
    uint32_t number; /* of the file */
};

struct rcp_length {
    uint64_t ms; /* 0: `option` says it */
    uint32_t option;
};

struct rcp_turned {
    uint64_t knobs;    /* bit k: knob k is given */
    uint64_t hardened; /* bit k: on its hardened side */
};

/* What is wrong with a line, and at which of its keys. */
struct rcp_flaw {
    const char *key; /* NULL: the line as a whole */
    char text[2560];
};

#define RCP_BIT(index) (UINT64_C(1) << (index))

/* Fills flaw in and returns false. */
bool rcp_flawed(struct rcp_flaw *flaw, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Index of the key in the section; its count where there is none. */
uint32_t rcp_section_find(const struct rcp_section *section, const char *key);

/* "nodes, users, capacity" into text. */
void rcp_section_list_keys(const struct rcp_section *section,
                           uint64_t mask,
                           char *text,
                           size_t size);

/* Holds that the line has all of `needed` and nothing but `allowed`; subject names the line. */
bool rcp_line_shape(const struct rcp_section *section,
                    const void *line,
                    uint64_t needed,
                    uint64_t allowed,
                    const char *subject,
                    struct rcp_flaw *flaw);

/* Reads a scalar into the field of the line: every kind down to LENGTH. */
bool rcp_field_parse(const struct rcp_field *field,
                     const char *text,
                     void *line,
                     struct rcp_flaw *flaw);

/* Holds that the field's value in the line is in its range: any kind. */
bool rcp_field_check(const struct rcp_field *field, const void *line, struct rcp_flaw *flaw);

/* The same for each field that the line has. */
bool rcp_section_check(const struct rcp_section *section, const void *line, struct rcp_flaw *flaw);

/* Marks every field as given, those of its sections too. */
void rcp_section_give_all(const struct rcp_section *section, void *line);

/* Marks as given each field whose value differs from that of the other line. */
void rcp_section_mark(const struct rcp_section *section, void *line, const void *other);

/* Copies each derived field that the line does not give from the other line. */
void rcp_section_derive(const struct rcp_section *section, void *line, const void *other);

/* Says that text is no word of names, which is near, and which there are. */
bool rcp_name_unknown(const struct rcp_names *names,
                      const char *text,
                      const char *key,
                      struct rcp_flaw *flaw);

/* The bits of a SET: one for each word. */
static inline uint64_t rcp_set_bits(const struct rcp_names *names)
{
    return RCP_BIT(names->end) - RCP_BIT(names->first);
}

static inline const void *rcp_at(const void *line, size_t offset)
{
    return (const char *)line + offset;
}

static inline void *rcp_into(void *line, size_t offset)
{
    return (char *)line + offset;
}

static inline bool rcp_given(const void *line, uint32_t index)
{
    return (((const struct rcp_line *)line)->given >> index & 1u) != 0;
}

#endif
