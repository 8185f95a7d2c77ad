/* The command line's small languages: numbers, ranges, times, shards, policies. */
#include "cmd/recoup/options.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *program = "recoup";

void rcp_set_program(const char *name)
{
    program = name;
}

const char *rcp_program(void)
{
    return program;
}

bool rcp_usage(const char *verb, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "recoup %s: ", verb);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "; see recoup %s --help\n", verb);
    return false;
}

void rcp_usage_option(const char *verb, int argc, char **argv, int missing)
{
    const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
    if (missing != 0) {
        rcp_usage(verb, "%s wants a value", word);
    } else if (optopt != 0 && isprint(optopt) != 0) {
        rcp_usage(verb, "unknown option -%c", optopt);
    } else {
        rcp_usage(verb, "unknown option %s", word);
    }
}

/* A number without sign, and what follows it. */
static bool scan_number(const char *text, uint64_t *number, const char **rest)
{
    uint64_t value = 0;
    const char *at = text;
    for (; isdigit((unsigned char)*at) != 0; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    *rest = at;
    return at != text;
}

bool rcp_read_number(const char *verb, const char *option, const char *value, uint64_t *number)
{
    const char *rest = NULL;
    if (!scan_number(value, number, &rest) || *rest != '\0') {
        return rcp_usage(verb, "%s '%s': a whole number is allowed", option, value);
    }
    return true;
}

bool rcp_read_seeds(const char *verb, const char *value, uint64_t *first, uint64_t *last)
{
    const char *rest = NULL;
    bool good = scan_number(value, first, &rest);
    if (good && *rest == '\0') {
        *last = *first;
        return true;
    }
    good = good && rest[0] == '.' && rest[1] == '.' && scan_number(rest + 2, last, &rest) &&
           *rest == '\0' && *first <= *last && *last < UINT64_MAX;
    if (!good) {
        return rcp_usage(verb, "--seeds '%s': A..B with A not above B, or one seed", value);
    }
    return true;
}

struct unit {
    const char *name;
    uint64_t worth;
};

/* A number with one of these units; the list ends with a unit without a name. */
static bool scan_amount(const char *text, const struct unit *units, uint64_t *amount)
{
    const char *rest = NULL;
    uint64_t number = 0;
    if (!scan_number(text, &number, &rest)) {
        return false;
    }
    while (units->name != NULL && strcmp(rest, units->name) != 0) {
        units++;
    }
    if (units->name == NULL || number > UINT64_MAX / units->worth) {
        return false;
    }
    *amount = number * units->worth;
    return true;
}

bool rcp_read_time(const char *verb, const char *value, uint64_t *ms)
{
    static const struct unit units[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60000}, {"min", 60000}, {"h", 3600000}, {NULL, 0}};
    return scan_amount(value, units, ms) ||
           rcp_usage(verb, "--time '%s': a number with a unit: 500ms, 60s, 10m, 8h", value);
}

bool rcp_read_memory(const char *verb, const char *value, uint64_t *bytes)
{
    static const struct unit units[] = {
        {"M", UINT64_C(1) << 20}, {"G", UINT64_C(1) << 30}, {NULL, 0}};
    uint64_t amount = 0;
    if (!scan_amount(value, units, &amount) || amount == 0 || amount > UINT64_C(1) << 40) {
        return rcp_usage(verb, "--memory '%s': a number with a unit: 500M, 8G", value);
    }
    *bytes = amount;
    return true;
}

bool rcp_read_shard(const char *verb, const char *value, uint64_t *index, uint64_t *count)
{
    const char *rest = NULL;
    bool good = scan_number(value, index, &rest) && *rest == '/' &&
                scan_number(rest + 1, count, &rest) && *rest == '\0' && *index >= 1 &&
                *index <= *count;
    if (!good) {
        return rcp_usage(verb, "--shard '%s': I/N with I from 1 to N", value);
    }
    return true;
}

bool rcp_read_policy(const char *verb, const char *value, struct rcp_policy_choice *choice)
{
    if (strcmp(value, "documented") == 0) {
        choice->preset = rcp_policy_documented();
    } else if (strcmp(value, "hardened") == 0) {
        choice->preset = rcp_policy_hardened();
    } else {
        return rcp_usage(verb, "--policy '%s': documented or hardened", value);
    }
    choice->preset_given = true;
    return true;
}

/* The knob whose name is the first length bytes of text; RCP_KNOB_COUNT where there is none. */
static enum rcp_knob find_knob(const char *text, size_t length)
{
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        const char *name = rcp_knob_info((enum rcp_knob)i)->name;
        if (strlen(name) == length && strncmp(name, text, length) == 0) {
            return (enum rcp_knob)i;
        }
    }
    return RCP_KNOB_COUNT;
}

bool rcp_read_knob(const char *verb, const char *value, struct rcp_policy_choice *choice)
{
    size_t length = strcspn(value, "=");
    if (value[length] != '=') {
        return rcp_usage(verb, "--set '%s': KNOB=VALUE, of recoup list knobs", value);
    }
    enum rcp_knob knob = find_knob(value, length);
    if (knob == RCP_KNOB_COUNT) {
        return rcp_usage(verb, "--set '%s': no such knob; recoup list knobs shows them", value);
    }
    const struct rcp_knob_info *info = rcp_knob_info(knob);
    const char *side = value + length + 1;
    bool hardened = strcmp(side, info->hardened) == 0 || strcmp(side, "hardened") == 0;
    bool documented = strcmp(side, info->documented) == 0 || strcmp(side, "documented") == 0;
    if (!hardened && !documented) {
        return rcp_usage(verb,
                         "--set '%s': %s is %s or %s",
                         value,
                         info->name,
                         info->documented,
                         info->hardened);
    }
    choice->turned |= UINT64_C(1) << knob;
    choice->hardened &= ~(UINT64_C(1) << knob);
    choice->hardened |= (uint64_t)hardened << knob;
    return true;
}

void rcp_apply_policy(const struct rcp_policy_choice *choice,
                      struct rcp_policy *base,
                      struct rcp_policy *policy)
{
    if (choice->preset_given) {
        uint64_t own = base->hardened ^ policy->hardened;
        policy->hardened = (choice->preset.hardened & ~own) | (policy->hardened & own);
        *base = choice->preset;
    }
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        if ((choice->turned >> i & 1u) != 0) {
            rcp_policy_set(policy, (enum rcp_knob)i, (choice->hardened >> i & 1u) != 0);
        }
    }
}

static const char *side_name(enum rcp_knob knob, bool hardened)
{
    const struct rcp_knob_info *info = rcp_knob_info(knob);
    return hardened ? info->hardened : info->documented;
}

static const char *preset_name(struct rcp_policy preset)
{
    return preset.hardened == rcp_policy_documented().hardened ? "documented" : "hardened";
}

void rcp_policy_words(struct rcp_policy base, struct rcp_policy policy, struct rcp_text *text)
{
    rcp_text_add(text, "%s", preset_name(base));
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        enum rcp_knob knob = (enum rcp_knob)i;
        if (rcp_hardened(base, knob) != rcp_hardened(policy, knob)) {
            rcp_text_add(text,
                         ", %s=%s",
                         rcp_knob_info(knob)->name,
                         side_name(knob, rcp_hardened(policy, knob)));
        }
    }
}

void rcp_policy_options(const struct rcp_policy_choice *choice, struct rcp_text *text)
{
    if (choice->preset_given) {
        rcp_text_add(text, " --policy %s", preset_name(choice->preset));
    }
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        enum rcp_knob knob = (enum rcp_knob)i;
        if ((choice->turned >> i & 1u) != 0) {
            rcp_text_add(text,
                         " --set %s=%s",
                         rcp_knob_info(knob)->name,
                         side_name(knob, (choice->hardened >> i & 1u) != 0));
        }
    }
}

void rcp_add_quoted(struct rcp_text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./+:,=@%";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        rcp_text_add(text, "%s", word);
        return;
    }
    rcp_text_add(text, "'");
    for (; *word != '\0'; word++) {
        rcp_text_add(text, *word == '\'' ? "'\\''" : "%c", *word);
    }
    rcp_text_add(text, "'");
}
