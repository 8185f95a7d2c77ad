/* What became of failure rows, a line each in payment_attempt_log: one statement for all of a transaction's rows that
 * went the same way. */
#include "prod/mysql/payment_tables.h"

#include "core/check.h"
#include "prod/version.h"

#include <string.h>

static const char *name_of(enum rcp_attempt attempt)
{
    switch (attempt) {
    case RCP_ATTEMPT_CLAIMED:
        return "CLAIMED";
    case RCP_ATTEMPT_REOPENED:
        return "REOPENED";
    case RCP_ATTEMPT_RELEASED:
        return "RELEASED";
    case RCP_ATTEMPT_REFUSED:
        return "REFUSED";
    case RCP_ATTEMPT_UNKNOWN:
        return "UNKNOWN";
    case RCP_ATTEMPT_PARKED:
        return "PARKED";
    case RCP_ATTEMPT_RESOLVED:
        return "RESOLVED";
    }
    rcp_check_failed("attempt_exists");
}

static const char *error_name(enum rcp_error_class error)
{
    switch (error) {
    case RCP_ERROR_NONE:
        return "";
    case RCP_ERROR_CONNECTION:
        return "CONNECTION";
    case RCP_ERROR_CONTENTION:
        return "CONTENTION";
    case RCP_ERROR_HANDLER:
        return "HANDLER";
    case RCP_ERROR_CLASS_COUNT:
        break;
    }
    rcp_check_failed("error_class_exists");
}

/* Documented: plain claims of two nodes may give one epoch twice, and what was told of it first stands. */
enum rcp_sql_end rcp_attempts_tell(const struct rcp_run *run,
                                   const struct rcp_sql_values *ids,
                                   enum rcp_attempt attempt,
                                   enum rcp_error_class error)
{
    static struct rcp_sql_rows tell = {
        .head = "INSERT INTO payment_attempt_log (failure_id, epoch, outcome, error, changed_at,"
                " node, attempts, park_cause, due_at, row_version)"
                " SELECT id, epoch, ?, ?, updated_at, ?, retry_count,"
                " IF(status = 'FAILED', park_cause, 0), due_at, " RCP_VERSION_TEXT(
                    RCP_ROW_VERSION_WRITTEN) " FROM payment_failure_log FORCE INDEX (PRIMARY)"
                                             " WHERE id IN (",
        .row = "?",
        .tail = ") ON DUPLICATE KEY UPDATE failure_id = failure_id",
    };
    const char *name = name_of(attempt), *refused_by = error_name(error);
    struct rcp_sql_values values = {.count = 0};
    if (ids->count == 0)
        return RCP_SQL_OK;
    rcp_sql_add(&values, rcp_sql_bytes(name, strlen(name)));
    rcp_sql_add(&values, rcp_sql_bytes(refused_by, strlen(refused_by)));
    rcp_sql_add_number(&values, run->node);
    for (uint32_t i = 0; i < ids->count; i++)
        rcp_sql_add(&values, ids->at[i]);
    return rcp_sql_change(run->session, rcp_sql_rows_text(&tell, ids->count), &values, NULL);
}
