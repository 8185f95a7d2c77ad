/* The names are those of the scenarios; the sites are those that a PG has. */
#include "lab/pg/rate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SITES (RCP_AT_PG | RCP_AT(RCP_SITE_PG_RESULT) | RCP_AT(RCP_SITE_CALLBACK))

/* Where this fault may strike here. One that keeps a caller from connecting is none of a server's. */
static uint64_t sites_of(enum rcp_fault fault)
{
    const struct rcp_fault_info *info = rcp_fault_info(fault);
    return info->class == RCP_FAULT_CLASS_FATE && fault != RCP_FAULT_PG_NOT_CONNECTED &&
                   fault < RCP_FAULT_CRASH_BEFORE_ISSUE
               ? info->sites & SITES
               : 0;
}

static bool is_same(const struct rcp_rate *a, const struct rcp_rate *b)
{
    return a->fault == b->fault && a->site == b->site;
}

static void take_out(struct rcp_rates *rates, uint32_t index)
{
    rates->count--;
    memmove(&rates->rates[index],
            &rates->rates[index + 1u],
            (rates->count - index) * sizeof rates->rates[0]);
}

static bool put(struct rcp_rates *rates, const struct rcp_rate *rate)
{
    uint32_t at = 0;
    while (at < rates->count && !is_same(&rates->rates[at], rate))
        at++;
    if (rate->chance_num == 0) {
        if (at < rates->count)
            take_out(rates, at);
        return true;
    }
    if (at == RCP_RATES_MAX)
        return false;
    rates->rates[at] = *rate;
    rates->count += at == rates->count;
    return true;
}

void rcp_rates_documented(struct rcp_rates *rates)
{
    *rates = (struct rcp_rates){.count = 3,
                                .rates = {
                                    {RCP_FAULT_PG_500_BEFORE, RCP_SITE_PG_PAY, 2, 5},
                                    {RCP_FAULT_PG_OVER_LIMIT, RCP_SITE_PG_RESULT, 1, 5},
                                    {RCP_FAULT_PG_BAD_CARD,
                                     RCP_SITE_PG_RESULT,
                                     1,
                                     8}, /* of the four fifths that are left */
                                }};
}

bool rcp_rates_set(struct rcp_rates *rates,
                   enum rcp_fault fault,
                   enum rcp_site site,
                   uint32_t percent)
{
    struct rcp_rate rate = {fault, site, percent, 100};
    return put(rates, &rate);
}

/* --- Text --- */

/* The name that ends at one of `ends`; *text goes there. */
static bool read_name(const char **text, const char *ends, char *name, size_t room)
{
    size_t size = strcspn(*text, ends);
    if (size == 0 || size >= room)
        return false;
    memcpy(name, *text, size);
    name[size] = '\0';
    *text += size;
    return true;
}

static bool read_fault(const char *name, enum rcp_fault *fault)
{
    for (uint32_t i = 1; i < RCP_FAULT_FATES; i++) {
        *fault = (enum rcp_fault)i;
        if (strcmp(rcp_fault_info(*fault)->name, name) == 0)
            return sites_of(*fault) != 0;
    }
    return false;
}

static bool read_site(const char *name, enum rcp_site *site)
{
    for (uint32_t i = 1; i < RCP_SITE_COUNT; i++) {
        *site = (enum rcp_site)i;
        if (strcmp(rcp_site_name(*site), name) == 0)
            return true;
    }
    return false;
}

static bool read_chance(const char *text, struct rcp_rate *rate)
{
    char *end = NULL;
    unsigned long num = strtoul(text, &end, 10);
    if (end == text || *end != '/')
        return false;
    const char *den_text = end + 1;
    unsigned long den = strtoul(den_text, &end, 10);
    if (end == den_text || *end != '\0' || den == 0 || den > 1000000u || num > den)
        return false;
    rate->chance_num = (uint32_t)num;
    rate->chance_den = (uint32_t)den;
    return true;
}

static bool fail(const char **why, const char *words)
{
    *why = words;
    return false;
}

bool rcp_rates_read(struct rcp_rates *rates, const char *text, const char **why)
{
    char name[48];
    struct rcp_rate rate = {.site = RCP_SITE_NONE};
    if (!read_name(&text, "@=", name, sizeof name) || !read_fault(name, &rate.fault))
        return fail(why, "no such fault at a PG; `recoup list faults` names them");
    if (*text == '@') {
        text++;
        if (!read_name(&text, "=", name, sizeof name) || !read_site(name, &rate.site) ||
            (sites_of(rate.fault) & RCP_AT(rate.site)) == 0)
            return fail(why,
                        "this fault does not strike there; sites are pg_pay, pg_list, pg_get, "
                        "pg_refund, pg_result, callback");
    }
    if (*text != '=' || !read_chance(text + 1, &rate))
        return fail(why, "a chance is written N/M, from 0/1 to 1/1");
    return put(rates, &rate) || fail(why, "there are 64 rates already");
}

void rcp_rate_write(const struct rcp_rate *rate, char text[RCP_RATE_TEXT_MAX])
{
    bool placed = rate->site != RCP_SITE_NONE;
    snprintf(text,
             RCP_RATE_TEXT_MAX,
             "%s%s%s=%u/%u",
             rcp_fault_info(rate->fault)->name,
             placed ? "@" : "",
             placed ? rcp_site_name(rate->site) : "",
             rate->chance_num,
             rate->chance_den);
}
