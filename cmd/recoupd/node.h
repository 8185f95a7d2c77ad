/* One node of this process: its loop, its thread, and the adapters of the loop. */
#ifndef RCP_CMD_RECOUPD_NODE_H
#define RCP_CMD_RECOUPD_NODE_H

#include "cmd/recoupd/mirror.h"
#include "cmd/recoupd/options.h"
#include "prod/record/recorder.h"

#include <pthread.h>

struct served_node {
    struct rcp_loop *loop;
    struct node_mirror mirror;
    struct rcp_flight_recorder *recorder; /* NULL: nothing is recorded */
    struct rcp_redis *redis;
    struct rcp_mysql *mysql;
    struct rcp_kafka *kafka;
    struct rcp_cards *cards;
    struct rcp_pg_adapter *pg; /* NULL: no orders */
    pthread_t thread;
    bool began; /* its thread was there, and closed the adapters at its end */
    bool runs;  /* nobody has joined it yet */
};

/* Opens the loop and its adapters; the replies' port is set by whoever has the HTTP server. False: *wrong
 * says why, and nothing needs closing. */
bool served_node_open(struct served_node *node,
                      const struct rcp_config *config,
                      const struct rcp_addresses *addresses,
                      uint32_t number,
                      uint32_t incarnation,
                      const struct rcp_watch *watch,
                      char wrong[RCP_KAFKA_WRONG_MAX]);

/* Begins its thread, which ends once the loop was stopped. False where there is none to be had. */
bool served_node_run(struct served_node *node);

/* Waits for the thread. */
void served_node_join(struct served_node *node);

/* Joins, and frees all. True where it ended with nothing in progress. */
bool served_node_close(struct served_node *node);

#endif
