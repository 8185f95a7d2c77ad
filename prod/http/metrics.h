/* What is counted, and how it is told to Prometheus (text format 0.0.4).
 *
 * Counters are atomic and relaxed: any thread adds, any thread reads, nobody waits. */
#ifndef RCP_PROD_HTTP_METRICS_H
#define RCP_PROD_HTTP_METRICS_H

#include "prod/http/problem.h"
#include "prod/loop/loop.h"

#include <stddef.h>

struct rcp_metrics;
struct rcp_meter;

/* Something that is looked at when it is asked for. Read from any thread. */
struct rcp_gauge {
    const char *name;   /* "recoup_backlog_rows" */
    const char *labels; /* "dependency=\"mysql\"", or "" */
    const char *help;   /* where several gauges have one name, the first one's counts */
    void *context;
    double (*read)(void *context);
};

#define RCP_GAUGES_MAX 64u
#define RCP_METERS_MAX 16u

/* NULL where memory is short. */
struct rcp_metrics *rcp_metrics_open(void);
void rcp_metrics_free(struct rcp_metrics *metrics);

/* Before anybody reads. False where there are too many. */
bool rcp_metrics_gauge(struct rcp_metrics *metrics, const struct rcp_gauge *gauge);

/* One for each loop: counts what its events and effects tell. NULL where there are too many, or no memory;
 * freed with the metrics. */
struct rcp_meter *rcp_metrics_meter(struct rcp_metrics *metrics);
struct rcp_watch rcp_meter_watch(struct rcp_meter *meter);

/* A request of this route (index into rcp_routes; rcp_route_count: no such route) was answered. */
void rcp_metrics_request(struct rcp_metrics *metrics,
                         uint32_t route,
                         unsigned status,
                         uint64_t took_us);

/* A request was turned away because too many were open. */
void rcp_metrics_overload(struct rcp_metrics *metrics);

/* The core has one question more (1), or one less (-1). */
void rcp_metrics_exchange(struct rcp_metrics *metrics, int change);

/* All of it, to be freed; NULL where memory is short. */
char *rcp_metrics_text(struct rcp_metrics *metrics, size_t *size);

#endif
