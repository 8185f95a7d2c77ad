/* What HTTP itself says around the PG's words: statuses, and the trace that a call belongs to. */
#ifndef RCP_PROD_PG_PG_HTTP_H
#define RCP_PROD_PG_PG_HTTP_H

#include "core/gateway/pg.h"
#include "prod/loop/handles.h"

/* What a status means before anybody has looked at the body: OK for any 2xx. A redirect, or a number that HTTP
 * does not have, is UNREADABLE: it was heard, and whether anything was done nobody can tell. */
enum rcp_pg_answer rcp_pg_answer_of_status(long status);

#define RCP_TRACEPARENT_MAX 56u /* 00-<32>-<16>-01 and the end */

/* The traceparent of one call (W3C Trace Context, section 3.2). Where the order's origin stands for a trace id
 * of 32 hex digits, that one; else the origin itself, padded as section 3.2.2.3 tells short ids. The parent id
 * is the call's own: its op id. */
void rcp_pg_traceparent(const struct rcp_bytes *trace,
                        uint64_t origin,
                        uint64_t op_id,
                        char text[RCP_TRACEPARENT_MAX]);

#endif
