/* What an HTTP status says before anybody has looked at the PG's words. */
#ifndef RCP_PROD_PG_PG_HTTP_H
#define RCP_PROD_PG_PG_HTTP_H

#include "core/gateway/pg.h"

/* What a status means before anybody has looked at the body: OK for any 2xx. A redirect, or a number that HTTP
 * does not have, is UNREADABLE: it was heard, and whether anything was done nobody can tell. */
enum rcp_pg_answer rcp_pg_answer_of_status(long status);

#endif
