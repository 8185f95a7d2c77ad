/* How long things take: counts by upper bound, for any thread to add to and to read. */
#ifndef RCP_PROD_HTTP_HISTOGRAM_H
#define RCP_PROD_HTTP_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#define RCP_HISTOGRAM_BOUNDS 13u

/* Zeroed: empty. Each count is of its own interval; Prometheus wants them added up, and gets them so. */
struct rcp_histogram {
    _Atomic uint64_t counts[RCP_HISTOGRAM_BOUNDS + 1u];
    _Atomic uint64_t sum_us;
};

void rcp_histogram_add(struct rcp_histogram *histogram, uint64_t took_us);

/* As lines of Prometheus' text; labels like `route="/process"`. Nothing where it is empty. */
void rcp_histogram_write(FILE *out,
                         const char *name,
                         const char *labels,
                         struct rcp_histogram *histogram);

#endif
