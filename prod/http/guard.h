/* Bounds how long a client may take: who has not sent a whole request, or not read its answer, in time is cut
 * off, however lively it drips. One guard for a server; any thread. */
#ifndef RCP_PROD_HTTP_GUARD_H
#define RCP_PROD_HTTP_GUARD_H

#include <stdint.h>

struct rcp_guard;
struct rcp_watched;

/* A client has limit_ms for each request, counted from its connection or from its last answer. NULL where
 * memory or threads are short. */
struct rcp_guard *rcp_guard_open(uint32_t limit_ms);

/* A connection has come; NULL where memory is short. It has left before its descriptor is closed. */
struct rcp_watched *rcp_guard_enter(struct rcp_guard *guard, int fd);
void rcp_guard_leave(struct rcp_guard *guard, struct rcp_watched *watched);

/* It is our turn (nobody is cut off while we think), or the client's: its time begins anew. */
void rcp_guard_our_turn(struct rcp_watched *watched);
void rcp_guard_their_turn(struct rcp_guard *guard, struct rcp_watched *watched);

/* After everybody has left; NULL is fine. */
void rcp_guard_close(struct rcp_guard *guard);

#endif
