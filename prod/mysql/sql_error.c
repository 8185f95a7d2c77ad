/* What a server's or client library's error number says of a statement. Numbers as text and not by the names
 * of a client library's header: MariaDB's and Oracle's have different ones. */
#include "prod/mysql/sql_error.h"

static const struct {
    uint32_t code;
    enum rcp_sql_end end;
    bool loses; /* a new connection may fare better, or this one is gone */
} errors[] = {
    /* Somebody else has the row. */
    {1205, RCP_SQL_CONTENTION, false}, /* lock wait timeout: the statement is rolled back */
    {1213, RCP_SQL_CONTENTION, false}, /* deadlock: the transaction is rolled back */
    {1969, RCP_SQL_CONTENTION, false}, /* MariaDB: max_statement_time, our shorter lock wait */
    {3024, RCP_SQL_CONTENTION, false}, /* MySQL: max_execution_time, the same for a SELECT */

    {1062, RCP_SQL_DUPLICATE, false},
    {1586, RCP_SQL_DUPLICATE, false}, /* the same, with the key's name */

    /* The server does not take it from anybody now. */
    {1040, RCP_SQL_CONNECTION, true},  /* too many connections */
    {1203, RCP_SQL_CONNECTION, true},  /* too many of this user */
    {1226, RCP_SQL_CONNECTION, true},  /* a limit of this user */
    {1053, RCP_SQL_CONNECTION, true},  /* shutting down */
    {1927, RCP_SQL_CONNECTION, true},  /* MariaDB: killed */
    {3169, RCP_SQL_CONNECTION, true},  /* MySQL: killed */
    {4031, RCP_SQL_CONNECTION, true},  /* MySQL: idle for too long */
    {1317, RCP_SQL_CONNECTION, false}, /* statement interrupted */
    {1290,
     RCP_SQL_CONNECTION,
     true}, /* --read-only: failed over, a new connection finds the master */
    {1836, RCP_SQL_CONNECTION, true},  /* read-only mode */
    {1792, RCP_SQL_CONNECTION, true},  /* read-only transaction */
    {1015, RCP_SQL_CONNECTION, false}, /* cannot lock */
    {1020, RCP_SQL_CONTENTION, false}, /* changed since last read: MariaDB's snapshot isolation */
    {1021, RCP_SQL_CONNECTION, false}, /* disk full */
    {1037, RCP_SQL_CONNECTION, false}, /* out of memory */
    {1038, RCP_SQL_CONNECTION, false}, /* out of memory to sort */
    {1041, RCP_SQL_CONNECTION, false}, /* out of resources */
    {1114, RCP_SQL_CONNECTION, false}, /* table full */
    {1206, RCP_SQL_CONNECTION, false}, /* lock table full */
    {1461, RCP_SQL_CONNECTION, true},  /* too many prepared statements */
    {1665, RCP_SQL_CONNECTION, false}, /* binlog_format does not go with READ COMMITTED */

    /* The installation is wrong: no row's fault. */
    {1044, RCP_SQL_CONNECTION, true}, /* access denied */
    {1045, RCP_SQL_CONNECTION, true},
    {1049, RCP_SQL_CONNECTION, true},  /* no such database */
    {1054, RCP_SQL_CONNECTION, false}, /* no such column: not migrated */
    {1142, RCP_SQL_CONNECTION, false}, /* no privilege for the table */
    {1143, RCP_SQL_CONNECTION, false}, /* or the column */
    {1146, RCP_SQL_CONNECTION, false}, /* no such table: not migrated */
};

/* The client library's own: lost, refused, timed out, malformed. */
static bool is_clients(uint32_t code)
{
    return (code >= 2000 && code < 3000) || (code >= 5000 && code < 6000);
}

enum rcp_sql_end rcp_sql_error_end(uint32_t code)
{
    for (uint32_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].code == code)
            return errors[i].end;
    return is_clients(code) ? RCP_SQL_CONNECTION : RCP_SQL_DATA;
}

bool rcp_sql_error_loses(uint32_t code)
{
    for (uint32_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].code == code)
            return errors[i].loses;
    return is_clients(code);
}
