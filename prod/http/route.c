/* Paths are compared as they came: ours have no character that needs escaping, so an escaped one is not ours. */
#include "prod/http/route.h"

#include "prod/http/page.h"

#include <string.h>

#define INSIDE true
#define PUBLIC false

const struct rcp_route rcp_routes[] = {
    {"POST", "/api/v1/payments/process", rcp_ask_process, NULL, PUBLIC},
    {"POST", "/process", rcp_ask_process, NULL, PUBLIC},
    {"POST", "/api/v1/payments/callback", rcp_ask_callback, NULL, PUBLIC},
    {"GET", "/api/v1/payments/{token}", rcp_ask_status, NULL, PUBLIC},
    {"POST", "/api/v1/orders", rcp_ask_order, NULL, PUBLIC},
    {"GET", "/api/v1/orders/{id}", rcp_ask_order_status, NULL, PUBLIC},
    {"GET", "/", NULL, rcp_page_file, PUBLIC},
    {"GET", "/checkout", NULL, rcp_page_file, PUBLIC},
    {"GET", "/checkout.css", NULL, rcp_page_file, PUBLIC},
    {"GET", "/checkout.js", NULL, rcp_page_file, PUBLIC},
    {"GET", "/livez", NULL, rcp_page_live, PUBLIC},
    {"GET", "/readyz", NULL, rcp_page_ready, PUBLIC},
    {"GET", "/metrics", NULL, rcp_page_metrics, INSIDE},
};

const uint32_t rcp_route_count = sizeof rcp_routes / sizeof rcp_routes[0];

/* What of the path stands for the {name}; "" where there is none to stand for; NULL where it is another path. */
static const char *tail_of(const struct rcp_route *route, const char *path)
{
    size_t fixed = strcspn(route->path, "{");
    if (strncmp(route->path, path, fixed) != 0)
        return NULL;
    const char *tail = path + fixed;
    bool open = route->path[fixed] == '{';
    if (open)
        return *tail != '\0' && strchr(tail, '/') == NULL ? tail : NULL;
    return *tail == '\0' ? tail : NULL;
}

static const struct rcp_route *find_path(const char *path, bool inside, const char **tail)
{
    const struct rcp_route *found = NULL;
    for (uint32_t i = 0; i < rcp_route_count; i++) {
        const struct rcp_route *route = &rcp_routes[i];
        const char *stands = route->inside && !inside ? NULL : tail_of(route, path);
        if (stands == NULL)
            continue;
        if (*stands == '\0') { /* exact */
            *tail = stands;
            return route;
        }
        if (found == NULL) {
            *tail = stands;
            found = route;
        }
    }
    return found;
}

const struct rcp_route *rcp_route_find(const char *method,
                                       const char *path,
                                       bool inside,
                                       const char **tail,
                                       const char **allow,
                                       enum rcp_problem *problem)
{
    const struct rcp_route *route = find_path(path, inside, tail);
    if (route == NULL) {
        *problem = RCP_PROBLEM_NOT_FOUND;
        return NULL;
    }
    bool gets = strcmp(route->method, "GET") == 0;
    if (strcmp(method, route->method) == 0 || (gets && strcmp(method, "HEAD") == 0))
        return route;
    *allow = gets ? "GET, HEAD" : "POST";
    *problem = RCP_PROBLEM_METHOD;
    return NULL;
}
