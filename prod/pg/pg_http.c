/* The table of statuses is that of core/gateway/pg.h. */
#include "prod/pg/pg_http.h"

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
