/* Files come out of the binary (build/embed.py); health and metrics are written on the spot. */
#include "prod/http/page.h"

#include "core/check.h"
#include "prod/http/metrics.h"
#include "prod/page/checkout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- The checkout page --- */

static const struct {
    const char *path;
    const char *file;
    const char *content_type;
} files[] = {
    {"/", "checkout.html", "text/html; charset=utf-8"},
    {"/checkout", "checkout.html", "text/html; charset=utf-8"},
    {"/checkout.css", "checkout.css", "text/css; charset=utf-8"},
    {"/checkout.js", "checkout.js", "text/javascript; charset=utf-8"},
};

static const struct rcp_embedded *embedded(const char *name)
{
    for (size_t i = 0; i < rcp_checkout_count; i++) {
        if (strcmp(rcp_checkout[i].name, name) == 0)
            return &rcp_checkout[i];
    }
    rcp_check_failed("page_is_embedded");
}

void rcp_page_file(const struct rcp_service *service,
                   const struct rcp_route *route,
                   const struct rcp_message *message,
                   struct rcp_answer *answer)
{
    (void)service;
    size_t at = 0;
    while (strcmp(files[at].path, route->path) != 0) {
        at++;
        rcp_check(at < sizeof files / sizeof files[0], "page_has_file");
    }
    const struct rcp_embedded *file = embedded(files[at].file);
    bool same =
        message->if_none_match != NULL && strstr(message->if_none_match, file->hash) != NULL;
    answer->status = same ? 304 : 200;
    answer->content_type = files[at].content_type;
    answer->caching = "no-cache"; /* kept, and asked after each time: a new version shows at once */
    answer->entity = file->hash;
    answer->is_page = true;
    answer->bytes = same ? "" : file->bytes;
    answer->size = same ? 0 : file->size;
}

/* --- Health --- */

void rcp_page_live(const struct rcp_service *service,
                   const struct rcp_route *route,
                   const struct rcp_message *message,
                   struct rcp_answer *answer)
{
    (void)service;
    (void)route;
    (void)message;
    answer->status = 200;
    answer->content_type = "application/json";
    answer->caching = "no-store";
    answer->bytes = "{\"status\":\"alive\"}";
    answer->size = strlen(answer->bytes);
}

void rcp_page_ready(const struct rcp_service *service,
                    const struct rcp_route *route,
                    const struct rcp_message *message,
                    struct rcp_answer *answer)
{
    (void)route;
    (void)message;
    struct rcp_health health = {0};
    service->health(service->health_context, &health);
    bool ready = rcp_health_ready(&health);
    char backlog[96] = "null";
    if (health.backlog_known)
        snprintf(backlog,
                 sizeof backlog,
                 "{\"open\":%" PRIu64 ",\"oldestAgeMs\":%" PRIu64 "}",
                 health.backlog,
                 health.backlog_oldest_ms);
    int size =
        snprintf(answer->text,
                 sizeof answer->text,
                 "{\"status\":\"%s\",\"durability\":\"%s\",\"backlog\":%s,\"dependencies\":{",
                 ready ? "ready" : (health.stopping ? "stopping" : "not-ready"),
                 health.weak ? "weak" : "full",
                 backlog);
    for (int i = 0; i < RCP_DEPENDENCY_COUNT; i++)
        size += snprintf(answer->text + size,
                         sizeof answer->text - (size_t)size,
                         "%s\"%s\":\"%s\"",
                         i > 0 ? "," : "",
                         rcp_dependency_name((enum rcp_dependency)i),
                         rcp_dependency_state_name(health.dependencies[i]));
    size += snprintf(answer->text + size, sizeof answer->text - (size_t)size, "}}");
    answer->status = ready ? 200 : 503;
    answer->content_type = "application/json";
    answer->caching = "no-store";
    answer->bytes = answer->text;
    answer->size = (size_t)size;
}

/* --- Metrics --- */

void rcp_page_metrics(const struct rcp_service *service,
                      const struct rcp_route *route,
                      const struct rcp_message *message,
                      struct rcp_answer *answer)
{
    (void)route;
    size_t size = 0;
    char *text = service->metrics != NULL ? rcp_metrics_text(service->metrics, &size) : NULL;
    if (text == NULL) {
        rcp_answer_problem(
            answer, RCP_PROBLEM_UNAVAILABLE, rcp_language_of(message->accept_language), NULL);
        return;
    }
    answer->status = 200;
    answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
    answer->caching = "no-store";
    answer->bytes = text;
    answer->size = size;
    answer->owned = text;
}
