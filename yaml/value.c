/* Values as text. Durations are written in the largest units that say them exactly. */
#include "yaml/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* From the largest to the smallest; a duration names each at most once and in this order. */
static const struct {
    const char *name;
    uint64_t ms;
    bool printed; /* days are read but not written: 72h is what people compare with 24h */
} units[] = {
    {"d", 86400000, false},
    {"h", 3600000, true},
    {"m", 60000, true},
    {"s", 1000, true},
    {"ms", 1, true},
};
#define UNIT_COUNT (sizeof units / sizeof units[0])

/* Reads digits from *text on; leaves *text behind them. */
static bool take_number(const char **text, uint64_t *number)
{
    const char *digit = *text;
    uint64_t sum = 0;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        uint64_t value = (uint64_t)(*digit - '0');
        if (sum > (UINT64_MAX - value) / 10)
            return false;
        sum = sum * 10 + value;
    }
    if (digit == *text)
        return false;
    *text = digit;
    *number = sum;
    return true;
}

bool rcp_parse_number(const char *text, uint64_t *number)
{
    return take_number(&text, number) && *text == '\0';
}

/* The unit that the letters from *text on name; UNIT_COUNT where they name none. */
static size_t take_unit(const char **text)
{
    size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (strlen(units[i].name) == length && memcmp(*text, units[i].name, length) == 0) {
            *text += length;
            return i;
        }
    }
    return UNIT_COUNT;
}

bool rcp_parse_duration(const char *text, uint64_t *ms)
{
    uint64_t sum = 0;
    size_t unit_next = 0;
    do {
        uint64_t number;
        if (!take_number(&text, &number))
            return false;
        size_t unit = take_unit(&text);
        if (unit == UNIT_COUNT || unit < unit_next)
            return false;
        if (number > (UINT64_MAX - sum) / units[unit].ms)
            return false;
        sum += number * units[unit].ms;
        unit_next = unit + 1;
    } while (*text != '\0');
    *ms = sum;
    return true;
}

bool rcp_parse_ratio(const char *text, uint32_t *numerator, uint32_t *denominator)
{
    uint64_t top;
    uint64_t bottom;
    if (!take_number(&text, &top) || *text++ != '/')
        return false;
    if (!rcp_parse_number(text, &bottom) || top > UINT32_MAX || bottom > UINT32_MAX)
        return false;
    *numerator = (uint32_t)top;
    *denominator = (uint32_t)bottom;
    return true;
}

bool rcp_parse_item(const char *text, uint64_t *product, uint64_t *quantity)
{
    return take_number(&text, product) && *text++ == 'x' && rcp_parse_number(text, quantity);
}

bool rcp_parse_span(const char *text, uint64_t min, uint64_t max, uint64_t *first, uint64_t *last)
{
    bool has_first = take_number(&text, first);
    if (*text == '\0' && has_first) {
        *last = *first;
        return true;
    }
    if (strncmp(text, "..", 2) != 0)
        return false;
    text += 2;
    bool has_last = take_number(&text, last);
    if (!has_first)
        *first = min;
    if (!has_last)
        *last = max;
    return *text == '\0' && (has_first || has_last);
}

void rcp_print_duration(uint64_t ms, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        uint64_t number = ms / units[i].ms;
        if (!units[i].printed || number == 0)
            continue;
        int more = snprintf(
            text + used, RCP_VALUE_TEXT_MAX - used, "%" PRIu64 "%s", number, units[i].name);
        used += (size_t)more;
        ms -= number * units[i].ms;
    }
    if (used == 0)
        snprintf(text, RCP_VALUE_TEXT_MAX, "0s");
}

void rcp_print_span(uint64_t min, uint64_t max, uint64_t first, uint64_t last, char *text)
{
    if (first == last)
        snprintf(text, RCP_VALUE_TEXT_MAX, "%" PRIu64, first);
    else if (last == max)
        snprintf(text, RCP_VALUE_TEXT_MAX, "%" PRIu64 "..", first);
    else if (first == min)
        snprintf(text, RCP_VALUE_TEXT_MAX, "..%" PRIu64, last);
    else
        snprintf(text, RCP_VALUE_TEXT_MAX, "%" PRIu64 "..%" PRIu64, first, last);
}
