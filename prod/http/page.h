/* What is answered without asking the core: the checkout page, health, metrics. */
#ifndef RCP_PROD_HTTP_PAGE_H
#define RCP_PROD_HTTP_PAGE_H

#include "prod/http/route.h"
#include "prod/http/service.h"

/* A file of the checkout page, by the route's path. */
void rcp_page_file(const struct rcp_service *service,
                   const struct rcp_route *route,
                   const struct rcp_message *message,
                   struct rcp_answer *answer);

/* 200 as long as anybody answers here. */
void rcp_page_live(const struct rcp_service *service,
                   const struct rcp_route *route,
                   const struct rcp_message *message,
                   struct rcp_answer *answer);

/* 200 or 503, and how each dependency is. */
void rcp_page_ready(const struct rcp_service *service,
                    const struct rcp_route *route,
                    const struct rcp_message *message,
                    struct rcp_answer *answer);

/* Prometheus' text format. */
void rcp_page_metrics(const struct rcp_service *service,
                      const struct rcp_route *route,
                      const struct rcp_message *message,
                      struct rcp_answer *answer);

#endif
