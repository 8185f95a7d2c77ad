/* `recoupd ctl`, the serving side: looks into the database and at the nodes, and passes on what is to be changed, to
 * the core. What changes something is written down first (prod/ctl/audit.h).
 *
 *     open -> ... -> stop the loops and join them -> quiesce -> free the loops, close HTTP -> close */
#ifndef RCP_PROD_CTL_OPERATOR_H
#define RCP_PROD_CTL_OPERATOR_H

#include "prod/config/config.h"
#include "prod/http/door.h"
#include "prod/mysql/session.h"

#include <jansson.h>
#include <sys/types.h>

#define RCP_CTL_NODES_MAX 16u

struct rcp_ctl_node {
    uint32_t number;
    struct rcp_loop *loop;
    struct rcp_door *door; /* of that loop */
};

/* What it points to is the caller's, and outlives it; loops and doors may end behind quiesce. */
struct rcp_ctl_options {
    const char *path; /* of the socket */
    uid_t owner;      /* who may use it, beside root */
    const struct rcp_config *config;
    struct rcp_session_options session;
    struct rcp_ctl_node nodes[RCP_CTL_NODES_MAX];
    uint32_t node_count;
    void *host;
    /* Any thread: adds what the process knows of itself. */
    void (*status)(void *host, json_t *status);
};

struct rcp_ctl;

/* Answers from here on. NULL, and errno says why. */
struct rcp_ctl *rcp_ctl_open(const struct rcp_ctl_options *options);

/* From its return on nothing is posted to a loop. NULL is fine. */
void rcp_ctl_quiesce(struct rcp_ctl *ctl);

/* Waits for answers that are on their way. NULL is fine. */
void rcp_ctl_close(struct rcp_ctl *ctl);

#endif
