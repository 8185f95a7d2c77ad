/* Accept-Language is a list of ranges with weights; only the first two letters of a range matter to us. */
#include "prod/http/language.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char *const tags[RCP_LANGUAGE_COUNT] = {
    [RCP_LANGUAGE_KO] = "ko",
    [RCP_LANGUAGE_EN] = "en",
};

const char *rcp_language_tag(enum rcp_language language)
{
    return tags[language];
}

static bool is_range(const char *range, const char *tag)
{
    size_t size = strcspn(range, "-;, \t");
    return size == 2 && strncasecmp(range, tag, 2) == 0;
}

/* "q=0.8" is 800; without a weight, 1000. What cannot be read weighs nothing. */
static unsigned weight_of(const char *range, size_t size)
{
    const char *semicolon = memchr(range, ';', size);
    if (semicolon == NULL)
        return 1000;
    const char *at = semicolon + 1;
    while (*at == ' ' || *at == '\t')
        at++;
    if (strncasecmp(at, "q=", 2) != 0 || (at[2] != '0' && at[2] != '1'))
        return 0;
    unsigned weight = at[2] == '1' ? 1000u : 0u;
    if (at[3] != '.')
        return weight;
    unsigned digit_weight = 100;
    for (const char *digit = at + 4; *digit >= '0' && *digit <= '9' && digit_weight > 0; digit++) {
        weight += (unsigned)(*digit - '0') * digit_weight;
        digit_weight /= 10u;
    }
    return weight > 1000u ? 1000u : weight;
}

enum rcp_language rcp_language_of(const char *accept_language)
{
    unsigned weights[RCP_LANGUAGE_COUNT] = {0};
    const char *range = accept_language != NULL ? accept_language : "";
    while (*range != '\0') {
        range += strspn(range, " \t,");
        size_t size = strcspn(range, ",");
        for (int i = 0; i < RCP_LANGUAGE_COUNT; i++) {
            unsigned weight = is_range(range, tags[i]) ? weight_of(range, size) : 0;
            if (weight > weights[i])
                weights[i] = weight;
        }
        range += size;
    }
    return weights[RCP_LANGUAGE_EN] > weights[RCP_LANGUAGE_KO] ? RCP_LANGUAGE_EN : RCP_LANGUAGE_KO;
}
