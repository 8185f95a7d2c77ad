/* Limits that make no node: out of their bounds, or half of what one document's work needs. */
#include "core/limits.h"

#include <stdbool.h>
#include <stddef.h>

/* The second document's: all within their bounds, or all 0 on a node that serves no orders. */
static const char *refuse_orders(const struct rcp_limits *limits)
{
    const bool none = limits->orders == 0;
    if (limits->orders > RCP_ORDERS_MAX)
        return "orders";
    if (limits->settles > RCP_PAGE_MAX || (limits->settles == 0) != none)
        return "settles";
    return limits->pg_calls > RCP_PG_CALLS_MAX || (limits->pg_calls == 0) != none ? "pg_calls"
                                                                                  : NULL;
}

/* The first document's: the same. */
static const char *refuse_payments(const struct rcp_limits *limits)
{
    const struct {
        const char *name;
        uint32_t value;
        uint32_t max;
    } rows[] = {
        {"requests", limits->requests, RCP_REQUESTS_MAX},
        {"retries", limits->retries, RCP_RETRIES_MAX},
        {"group", limits->group, RCP_GROUP_MAX},
        {"groups", limits->groups, 64},
        {"page", limits->page, RCP_PAGE_MAX},
        {"sends", limits->sends, RCP_PAGE_MAX},
        {"partitions", limits->partitions, RCP_PARTITIONS_MAX},
        {"window", limits->window, RCP_WINDOW_MAX},
    };
    const bool none = limits->requests == 0;
    if (limits->linger_ms > RCP_LINGER_MAX_MS || (none && limits->linger_ms > 0))
        return "linger_ms";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((rows[i].value == 0) != none || rows[i].value > rows[i].max)
            return rows[i].name;
    /* Each partition that waits for a record holds a slot. */
    return limits->retries < limits->partitions ? "retries" : NULL;
}

const char *rcp_limits_refusal(const struct rcp_limits *limits)
{
    const char *refusal = refuse_payments(limits);
    if (refusal == NULL)
        refusal = refuse_orders(limits);
    return refusal == NULL && limits->requests == 0 && limits->orders == 0 ? "requests" : refusal;
}
