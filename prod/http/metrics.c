/* The registry: requests by route and status, gauges that are asked, and the meters of all loops added up. */
#include "prod/http/metrics.h"

#include "prod/http/histogram.h"
#include "prod/http/meter.h"
#include "prod/http/route.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUTES_MAX   32u /* the last one: no such route */
#define STATUSES_MAX 512u
#define STATUS_LEAST 200u

struct rcp_metrics {
    _Atomic uint64_t requests[ROUTES_MAX][STATUSES_MAX];
    struct rcp_histogram took[ROUTES_MAX];
    _Atomic uint64_t overloads;
    _Atomic int64_t exchanges; /* open ones */
    uint32_t gauge_count;
    struct rcp_gauge gauges[RCP_GAUGES_MAX];
    uint32_t meter_count;
    struct rcp_meter *meters[RCP_METERS_MAX];
};

struct rcp_metrics *rcp_metrics_open(void)
{
    return calloc(1, sizeof(struct rcp_metrics));
}

void rcp_metrics_free(struct rcp_metrics *metrics)
{
    for (uint32_t i = 0; metrics != NULL && i < metrics->meter_count; i++)
        free(metrics->meters[i]);
    free(metrics);
}

bool rcp_metrics_gauge(struct rcp_metrics *metrics, const struct rcp_gauge *gauge)
{
    if (metrics->gauge_count == RCP_GAUGES_MAX)
        return false;
    metrics->gauges[metrics->gauge_count++] = *gauge;
    return true;
}

struct rcp_meter *rcp_metrics_meter(struct rcp_metrics *metrics)
{
    if (metrics->meter_count == RCP_METERS_MAX)
        return NULL;
    struct rcp_meter *meter = calloc(1, sizeof *meter);
    if (meter != NULL)
        metrics->meters[metrics->meter_count++] = meter;
    return meter;
}

struct rcp_watch rcp_meter_watch(struct rcp_meter *meter)
{
    return (struct rcp_watch){.watcher = meter, .stepped = rcp_meter_stepped};
}

void rcp_metrics_request(struct rcp_metrics *metrics,
                         uint32_t route,
                         unsigned status,
                         uint64_t took_us)
{
    uint32_t row = route < ROUTES_MAX - 1u ? route : ROUTES_MAX - 1u;
    uint32_t column = (status - STATUS_LEAST) % STATUSES_MAX;
    atomic_fetch_add_explicit(&metrics->requests[row][column], 1, memory_order_relaxed);
    rcp_histogram_add(&metrics->took[row], took_us);
}

void rcp_metrics_overload(struct rcp_metrics *metrics)
{
    atomic_fetch_add_explicit(&metrics->overloads, 1, memory_order_relaxed);
}

void rcp_metrics_exchange(struct rcp_metrics *metrics, int change)
{
    atomic_fetch_add_explicit(&metrics->exchanges, change, memory_order_relaxed);
}

/* --- Telling --- */

static const char *route_path(uint32_t route)
{
    return route < rcp_route_count ? rcp_routes[route].path : "none";
}

static void write_requests(FILE *out, struct rcp_metrics *metrics)
{
    static const char name[] = "recoup_http_requests_total";
    static const char took[] = "recoup_http_request_duration_seconds";
    char labels[96];
    fprintf(out, "# HELP %s Requests answered.\n# TYPE %s counter\n", name, name);
    for (uint32_t route = 0; route < ROUTES_MAX; route++) {
        for (uint32_t i = 0; i < STATUSES_MAX; i++) {
            uint64_t number =
                atomic_load_explicit(&metrics->requests[route][i], memory_order_relaxed);
            if (number > 0)
                fprintf(out,
                        "%s{route=\"%s\",status=\"%u\"} %" PRIu64 "\n",
                        name,
                        route_path(route),
                        i + STATUS_LEAST,
                        number);
        }
    }
    fprintf(out, "# HELP %s From headers to answer.\n# TYPE %s histogram\n", took, took);
    for (uint32_t route = 0; route < ROUTES_MAX; route++) {
        snprintf(labels, sizeof labels, "route=\"%s\"", route_path(route));
        rcp_histogram_write(out, took, labels, &metrics->took[route]);
    }
    fprintf(out,
            "# HELP recoup_http_overloads_total Requests turned away because too many were open.\n"
            "# TYPE recoup_http_overloads_total counter\n"
            "recoup_http_overloads_total %" PRIu64 "\n"
            "# HELP recoup_http_exchanges_open Questions that the core has.\n"
            "# TYPE recoup_http_exchanges_open gauge\n"
            "recoup_http_exchanges_open %" PRId64 "\n",
            atomic_load(&metrics->overloads),
            atomic_load(&metrics->exchanges));
}

/* All gauges of one name stand together, under the head of the first. */
static void write_gauges(FILE *out, const struct rcp_metrics *metrics)
{
    for (uint32_t i = 0; i < metrics->gauge_count; i++) {
        const struct rcp_gauge *first = &metrics->gauges[i];
        bool told = false;
        for (uint32_t k = 0; k < i; k++)
            told = told || strcmp(metrics->gauges[k].name, first->name) == 0;
        if (told)
            continue;
        fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", first->name, first->help, first->name);
        for (uint32_t k = i; k < metrics->gauge_count; k++) {
            const struct rcp_gauge *gauge = &metrics->gauges[k];
            if (strcmp(gauge->name, first->name) != 0)
                continue;
            bool labelled = gauge->labels != NULL && gauge->labels[0] != '\0';
            fprintf(out,
                    "%s%s%s%s %.15g\n",
                    gauge->name,
                    labelled ? "{" : "",
                    labelled ? gauge->labels : "",
                    labelled ? "}" : "",
                    gauge->read(gauge->context));
        }
    }
}

static bool write_meters(FILE *out, const struct rcp_metrics *metrics)
{
    struct rcp_meter *sum = calloc(1, sizeof *sum);
    if (sum == NULL)
        return false;
    for (uint32_t i = 0; i < metrics->meter_count; i++)
        rcp_meter_add(sum, metrics->meters[i]);
    rcp_meter_write(out, sum);
    free(sum);
    return true;
}

char *rcp_metrics_text(struct rcp_metrics *metrics, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (out == NULL)
        return NULL;
    write_requests(out, metrics);
    write_gauges(out, metrics);
    bool whole = write_meters(out, metrics);
    if (fclose(out) != 0 || !whole) {
        free(text);
        return NULL;
    }
    return text;
}
