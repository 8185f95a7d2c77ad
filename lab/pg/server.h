/* recoup-lab pg: the simulator's payment gateway behind the documented HTTP API (FACTS 1.3).
 *
 * One thread does it all: the HTTP server, the bank behind it, and the callbacks. */
#ifndef RCP_LAB_PG_SERVER_H
#define RCP_LAB_PG_SERVER_H

#include "lab/pg/bank.h"
#include "lab/pg/callback.h"

struct rcp_pg_server_options {
    struct rcp_bank_options bank;
    struct rcp_rates rates;
    const char *callback_prefix; /* callback URLs have to begin with it */
    uint16_t port;               /* on 127.0.0.1; 0: any that is free */
    struct rcp_callback_options callbacks;
    const char *ledger; /* path of a file that outlives the process; NULL: nothing does */
};

/* As documented: port 8082, callbacks to http://localhost:8080, and the documented rates of faults. */
void rcp_pg_server_defaults(struct rcp_pg_server_options *options);

struct rcp_pg_server;

/* Listens. NULL where it cannot: *why says it. The texts are copied. */
struct rcp_pg_server *rcp_pg_server_open(const struct rcp_pg_server_options *options,
                                         const char **why);
void rcp_pg_server_free(struct rcp_pg_server *server);

uint16_t rcp_pg_server_port(const struct rcp_pg_server *server);

/* Serves in this thread until it is stopped. */
void rcp_pg_server_run(struct rcp_pg_server *server);

/* Any thread, and any signal handler. */
void rcp_pg_server_stop(struct rcp_pg_server *server);

#endif
