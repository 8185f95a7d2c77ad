/* Which requests there are: the table that docs/openapi.yaml describes. */
#ifndef RCP_PROD_HTTP_ROUTE_H
#define RCP_PROD_HTTP_ROUTE_H

#include "prod/http/answer.h"

struct rcp_service;

struct rcp_route {
    const char *method; /* "GET" or "POST"; HEAD goes where GET goes */
    const char *path;   /* may end in one "{name}": anything without a slash, and something */

    /* One of the two: a question for the core, or a page that needs nobody. */
    enum rcp_problem (*ask)(const struct rcp_ask_keys *keys,
                            const struct rcp_message *message,
                            struct rcp_ask *ask);
    void (*page)(const struct rcp_service *service,
                 const struct rcp_route *route,
                 const struct rcp_message *message,
                 struct rcp_answer *answer);
    bool inside; /* for operators: only where a listener says so */
};

extern const struct rcp_route rcp_routes[];
extern const uint32_t rcp_route_count;

/* The route for this request; NULL, and *problem says why. *tail is what stands for {name}; *allow, for
 * METHOD, the methods there are. An exact path goes before one with a {name}. */
const struct rcp_route *rcp_route_find(const char *method,
                                       const char *path,
                                       bool inside,
                                       const char **tail,
                                       const char **allow,
                                       enum rcp_problem *problem);

#endif
