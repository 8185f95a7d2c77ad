/* The table of statuses is that of core/gateway/pg.h. */
#include "prod/pg/pg_http.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TRACE_ID_SIZE 32u

static const struct {
    long first, last;
    enum rcp_pg_answer answer;
} statuses[] = {
    /* the first that fits counts */
    {200, 299, RCP_PG_OK},
    {401, 401, RCP_PG_UNAUTHORIZED},
    {403, 403, RCP_PG_UNAUTHORIZED},
    {404, 404, RCP_PG_NOT_FOUND},
    {429, 429, RCP_PG_TOO_MANY},
    {400, 499, RCP_PG_BAD_REQUEST},
    {502, 502, RCP_PG_BAD_GATEWAY},
    {504, 504, RCP_PG_BAD_GATEWAY},
    {500, 599, RCP_PG_ERROR_500},
};

enum rcp_pg_answer rcp_pg_answer_of_status(long status)
{
    for (uint32_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (status >= statuses[i].first && status <= statuses[i].last)
            return statuses[i].answer;
    return RCP_PG_UNREADABLE;
}

/* Lower case hex, and not all zero. */
static bool is_trace_id(const struct rcp_bytes *trace)
{
    bool zero = true;
    if (trace->size != TRACE_ID_SIZE)
        return false;
    for (uint32_t i = 0; i < TRACE_ID_SIZE; i++) {
        char digit = trace->at[i];
        if (!(digit >= '0' && digit <= '9') && !(digit >= 'a' && digit <= 'f'))
            return false;
        zero = zero && digit == '0';
    }
    return !zero;
}

void rcp_pg_traceparent(const struct rcp_bytes *trace,
                        uint64_t origin,
                        uint64_t op_id,
                        char text[RCP_TRACEPARENT_MAX])
{
    char id[TRACE_ID_SIZE + 1u];
    if (is_trace_id(trace)) {
        memcpy(id, trace->at, TRACE_ID_SIZE);
        id[TRACE_ID_SIZE] = '\0';
    } else
        snprintf(id, sizeof id, "%032" PRIx64, origin != 0 ? origin : op_id);
    snprintf(text, RCP_TRACEPARENT_MAX, "00-%s-%016" PRIx64 "-01", id, op_id);
}
