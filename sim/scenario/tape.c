/* `tape:` where chance did not take the dull option, by meaning: what struck, what took long, what
 * came first. */
#include "sim/scenario/key.h"
#include "yaml/value.h"

#include <string.h>

enum { TAPE_FAULT, TAPE_TAKES, TAPE_FIRST, TAPE_THEN, TAPE_KEY };
#define TAPE_FIELD_COUNT (TAPE_KEY + RCP_KEY_FIELD_COUNT)

static const struct rcp_field tape_fields[] = {
    [TAPE_FAULT] =
        {
            .key = "fault",
            .help = "what struck this effect",
            .kind = RCP_VALUE_NAME,
            .names = &rcp_fault_names,
            .offset = offsetof(struct rcp_tape_line, fault),
        },
    [TAPE_TAKES] =
        {
            .key = "takes",
            .help = "how long it took",
            .kind = RCP_VALUE_LENGTH,
            .names = &rcp_takes_names,
            .min = 1,
            .max = RCP_DURATION_MAX_MS,
            .offset = offsetof(struct rcp_tape_line, takes),
        },
    [TAPE_FIRST] =
        {
            .key = "first",
            .help = "the event that came first",
            .kind = RCP_VALUE_SECTION,
            .section = &rcp_key_section,
            .offset = offsetof(struct rcp_tape_line, first),
        },
    [TAPE_THEN] =
        {
            .key = "then",
            .help = "the event whose turn it would have been",
            .kind = RCP_VALUE_SECTION,
            .section = &rcp_key_section,
            .offset = offsetof(struct rcp_tape_line, key),
        },
    RCP_KEY_FIELDS(TAPE_KEY, offsetof(struct rcp_tape_line, key)),
};

static const struct rcp_section tape_section = {
    .what = "a line of `tape`",
    .fields = tape_fields,
    .count = TAPE_FIELD_COUNT,
};

/* An option of TAKES is a word, or RCP_TAKES_COUNT and the exact milliseconds. */
static struct rcp_length length_of(uint64_t option)
{
    if (option < RCP_TAKES_COUNT)
        return (struct rcp_length){.option = (uint32_t)option};
    return (struct rcp_length){.ms = option - RCP_TAKES_COUNT};
}

static uint64_t option_of(const struct rcp_length *length)
{
    return length->ms == 0 ? length->option : RCP_TAKES_COUNT + length->ms;
}

static void to_line(const struct rcp_scenario *scenario, const void *item, void *out)
{
    const struct rcp_tape_entry *entry = item;
    struct rcp_tape_line *line = out;
    rcp_key_to_line(scenario, entry->key, &line->key);
    if (entry->key.why == RCP_WHY_ORDER) {
        rcp_key_to_line(scenario, rcp_key_unpack(entry->option), &line->first);
        line->head.given = RCP_BIT(TAPE_FIRST) | RCP_BIT(TAPE_THEN);
        return;
    }
    bool fate = entry->key.why == RCP_WHY_FATE;
    line->fault = (uint32_t)entry->option;
    line->takes = length_of(entry->option);
    line->head.given = line->key.head.given << TAPE_KEY;
    line->head.given |= RCP_BIT(fate ? TAPE_FAULT : TAPE_TAKES);
}

static bool order_from_line(const struct rcp_scenario *scenario,
                            const struct rcp_tape_line *line,
                            struct rcp_tape_entry *entry,
                            struct rcp_flaw *flaw)
{
    uint64_t both = RCP_BIT(TAPE_FIRST) | RCP_BIT(TAPE_THEN);
    struct rcp_key first;
    if (!rcp_line_shape(&tape_section, line, both, both, "an order on the tape", flaw) ||
        !rcp_key_from_line(scenario, &line->first, &first, flaw) ||
        !rcp_key_from_line(scenario, &line->key, &entry->key, flaw))
        return false;
    entry->key.why = RCP_WHY_ORDER;
    entry->option = rcp_key_pack(first);
    struct rcp_key unpacked = rcp_key_unpack(entry->option);
    if (memcmp(&unpacked, &first, sizeof first) != 0)
        return rcp_flawed(flaw, "first", "no event has this key: a number in it is too large");
    return true;
}

static bool fate_fits(const struct rcp_tape_line *line, struct rcp_flaw *flaw)
{
    const struct rcp_fault_info *info = rcp_fault_info((enum rcp_fault)line->fault);
    if (info->class != RCP_FAULT_CLASS_FATE)
        return rcp_flawed(flaw, "fault", "`%s` strikes no effect: it is no choice", info->name);
    return true;
}

static bool from_line(const struct rcp_scenario *scenario,
                      const void *in,
                      void *item,
                      struct rcp_flaw *flaw)
{
    const struct rcp_tape_line *line = in;
    struct rcp_tape_entry *entry = item;
    bool fate = rcp_given(line, TAPE_FAULT);
    if (rcp_given(line, TAPE_FIRST) || rcp_given(line, TAPE_THEN))
        return order_from_line(scenario, line, entry, flaw);
    if (fate == rcp_given(line, TAPE_TAKES))
        return rcp_flawed(flaw, NULL, "a line of `tape` has one of: fault, takes, first with then");
    if (fate && !fate_fits(line, flaw))
        return false;
    struct rcp_key_line key = line->key;
    key.head.given = line->head.given >> TAPE_KEY;
    if (!rcp_key_from_line(scenario, &key, &entry->key, flaw))
        return false;
    entry->key.why = fate ? RCP_WHY_FATE : RCP_WHY_TAKES;
    entry->option = fate ? line->fault : option_of(&line->takes);
    return true;
}

static const struct rcp_store tape_store = {
    .items = offsetof(struct rcp_scenario, tape),
    .count = offsetof(struct rcp_scenario, tape_count),
    .item_size = sizeof(struct rcp_tape_entry),
    .max = RCP_TAPE_MAX,
    .to_line = to_line,
    .from_line = from_line,
};

const struct rcp_list rcp_tape_list = {.section = &tape_section, .stores = {&tape_store}};
