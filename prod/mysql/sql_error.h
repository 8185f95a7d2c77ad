/* What a server's or client library's error number says of a statement. */
#ifndef RCP_PROD_MYSQL_SQL_ERROR_H
#define RCP_PROD_MYSQL_SQL_ERROR_H

#include "prod/mysql/session.h"

/* How a statement ended that failed with this number. Never RCP_SQL_OK. */
enum rcp_sql_end rcp_sql_error_end(uint32_t code);

/* True where the connection is of no more use after it. */
bool rcp_sql_error_loses(uint32_t code);

#endif
