/* W3C Trace Context: which trace a request belongs to (https://www.w3.org/TR/trace-context/). */
#ifndef RCP_PROD_HTTP_TRACE_H
#define RCP_PROD_HTTP_TRACE_H

#include <stdbool.h>

#define RCP_TRACE_ID_SIZE 16u /* bytes */
#define RCP_SPAN_ID_SIZE  8u  /* bytes */
#define RCP_TRACE_TEXT    56u /* "00-<32 hex>-<16 hex>-01" and a NUL */

/* The bytes behind a request's origin. The trace id is the client's where it sends one; the span id is ours and
 * fresh, since an origin names one request (FIND looks orders up by it) and a client repeats its trace id. */
struct rcp_trace {
    unsigned char trace_id[RCP_TRACE_ID_SIZE];
    unsigned char span_id[RCP_SPAN_ID_SIZE];
};

/* A new span in the trace of this traceparent, or in a new one where it is NULL or not valid. False where there
 * is no randomness. */
bool rcp_trace_begin(struct rcp_trace *trace, const char *traceparent);

/* As a traceparent. */
void rcp_trace_text(const struct rcp_trace *trace, char text[RCP_TRACE_TEXT]);

#endif
