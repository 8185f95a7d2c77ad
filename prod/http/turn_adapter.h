/* A thread that turns one of libmicrohttpd's daemons.
 *
 * The library's own epoll thread waits a second time, for as long as it may, where exactly 128 connections (or a
 * multiple) became ready at once: those wait with it (0.9.75, MHD_epoll). So the waiting is ours, and the library
 * only looks. */
#ifndef RCP_PROD_HTTP_TURN_ADAPTER_H
#define RCP_PROD_HTTP_TURN_ADAPTER_H

#include <stdbool.h>

struct MHD_Daemon;
struct rcp_turn;

/* Begins to turn the daemon, which was started with MHD_USE_EPOLL and without a thread of its own; *turn is set
 * before the first request can come. False where threads or descriptors are short; then the daemon is still the
 * caller's. */
bool rcp_turn_begin(struct rcp_turn **turn, struct MHD_Daemon *daemon);

/* Any thread, after MHD_resume_connection(): a daemon without a thread of its own does not notice it. */
void rcp_turn_wake(struct rcp_turn *turn);

/* Takes no new connection: the listening socket is closed when this returns. */
void rcp_turn_quiesce(struct rcp_turn *turn);

/* Ends thread and daemon; no connection is suspended any more. */
void rcp_turn_end(struct rcp_turn *turn);

#endif
