/* What a node's loop knows of its circuits and workers, for /metrics: other threads may not look into a node. */
#ifndef RCP_CMD_RECOUPD_MIRROR_H
#define RCP_CMD_RECOUPD_MIRROR_H

#include "prod/loop/loop.h"

#include <stdatomic.h>

struct node_mirror {
    const struct rcp_node *node;                  /* told before its loop runs */
    _Atomic uint32_t circuits[RCP_CIRCUIT_COUNT]; /* enum rcp_circuit_state */
    atomic_bool paused[RCP_WORKER_COUNT];
};

/* For the loop's options. */
struct rcp_watch node_mirror_watch(struct node_mirror *mirror);

#endif
