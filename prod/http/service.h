/* What the routes work with, beside the core: all of it the caller's, and alive as long as the server is. */
#ifndef RCP_PROD_HTTP_SERVICE_H
#define RCP_PROD_HTTP_SERVICE_H

#include "prod/http/ask.h"
#include "prod/http/health.h"
#include "prod/http/identity.h"

struct rcp_metrics;

struct rcp_service {
    struct rcp_ask_keys keys;
    struct rcp_identity identity;
    struct rcp_metrics *metrics; /* NULL: none are kept */

    /* Any thread: how it stands now. */
    void *health_context;
    void (*health)(void *context, struct rcp_health *health);
};

#endif
