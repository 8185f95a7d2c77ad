/* From half a millisecond to the request's deadline, in steps of about two. */
#include "prod/http/histogram.h"

#include <inttypes.h>

static const struct {
    uint64_t us;
    const char *seconds;
} bounds[RCP_HISTOGRAM_BOUNDS] = {
    {500, "0.0005"},
    {1000, "0.001"},
    {2000, "0.002"},
    {5000, "0.005"},
    {10000, "0.01"},
    {20000, "0.02"},
    {50000, "0.05"},
    {100000, "0.1"},
    {200000, "0.2"},
    {500000, "0.5"},
    {1000000, "1"},
    {2000000, "2"},
    {5000000, "5"},
};

void rcp_histogram_add(struct rcp_histogram *histogram, uint64_t took_us)
{
    uint32_t at = 0;
    while (at < RCP_HISTOGRAM_BOUNDS && took_us > bounds[at].us)
        at++;
    atomic_fetch_add_explicit(&histogram->counts[at], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_us, took_us, memory_order_relaxed);
}

void rcp_histogram_write(FILE *out,
                         const char *name,
                         const char *labels,
                         struct rcp_histogram *histogram)
{
    uint64_t counts[RCP_HISTOGRAM_BOUNDS + 1u];
    uint64_t total = 0;
    for (uint32_t i = 0; i <= RCP_HISTOGRAM_BOUNDS; i++) {
        counts[i] = atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        total += counts[i];
    }
    if (total == 0)
        return;
    uint64_t sum_us = atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);
    uint64_t so_far = 0;
    for (uint32_t i = 0; i < RCP_HISTOGRAM_BOUNDS; i++) {
        so_far += counts[i];
        fprintf(
            out, "%s_bucket{%s,le=\"%s\"} %" PRIu64 "\n", name, labels, bounds[i].seconds, so_far);
    }
    fprintf(out, "%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name, labels, total);
    fprintf(out, "%s_sum{%s} %.6f\n", name, labels, (double)sum_us / 1e6);
    fprintf(out, "%s_count{%s} %" PRIu64 "\n", name, labels, total);
}
