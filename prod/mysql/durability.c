/* What the promises need of the server's settings: checked at the start. */
#include "prod/mysql/durability.h"

#include <stdio.h>
#include <string.h>

static void take(void *context, const struct rcp_sql_value columns[])
{
    struct rcp_durability *durability = context;
    durability->innodb_flush_log_at_trx_commit = columns[0].number;
    durability->sync_binlog = columns[1].number;
    durability->log_bin = columns[2].number != 0;
    durability->read_only = columns[3].number != 0;
    durability->statement_binlog = columns[4].number != 0;
    if (columns[5].kind == RCP_SQL_TEXT)
        snprintf(durability->version,
                 sizeof durability->version,
                 "%.*s",
                 (int)columns[5].text_size,
                 columns[5].text);
}

bool rcp_mysql_durability(const struct rcp_session_options *options,
                          struct rcp_durability *durability,
                          struct rcp_session_error *error)
{
    static const char sql[] =
        "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit, @@GLOBAL.sync_binlog, @@GLOBAL.log_bin,"
        " @@GLOBAL.read_only, @@GLOBAL.binlog_format = 'STATEMENT', @@GLOBAL.version";
    *durability = (struct rcp_durability){0};
    struct rcp_session *session = rcp_session_open(options, error);
    if (session == NULL)
        return false;
    bool read = rcp_session_run(session, sql, NULL, 0, durability, take, NULL) == RCP_SQL_OK;
    if (!read)
        *error = *rcp_session_failure(session);
    rcp_session_close(session);
    return read;
}

const char *rcp_durability_weakness(const struct rcp_durability *durability)
{
    if (durability->innodb_flush_log_at_trx_commit != 1)
        return "set innodb_flush_log_at_trx_commit = 1: a crash of the machine loses committed "
               "transactions";
    if (durability->log_bin && durability->sync_binlog != 1)
        return "set sync_binlog = 1: after a crash, replicas lack committed transactions";
    if (durability->log_bin && durability->statement_binlog)
        return "set binlog_format = ROW: STATEMENT does not go with READ COMMITTED";
    return NULL;
}
