/* Figures, a line for each: the name, and the number under those of the others. */
#include "cmd/bench/bench.h"
#include "core/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int by_size(const void *left, const void *right)
{
    uint64_t first = *(const uint64_t *)left;
    uint64_t second = *(const uint64_t *)right;
    return first < second ? -1 : first > second ? 1 : 0;
}

void bench_print_rate(const char *name, uint64_t count, const uint64_t *times_ns, uint32_t rounds)
{
    uint64_t rates[BENCH_ROUNDS_MAX] = {0};
    rcp_check(rounds > 0 && rounds <= BENCH_ROUNDS_MAX, "bench_rounds_count");
    for (uint32_t i = 0; i < rounds; i++) {
        uint64_t us = times_ns[i] / 1000;
        rates[i] = us == 0 ? 0 : count * 1000000u / us;
    }
    qsort(rates, rounds, sizeof rates[0], by_size);
    printf("%-44s %12" PRIu64 "  (%" PRIu64 " to %" PRIu64 ")\n",
           name,
           rates[rounds / 2],
           rates[0],
           rates[rounds - 1]);
}

void bench_print_ratio(const char *name, uint64_t count, uint64_t of)
{
    uint64_t tenths = of == 0 ? 0 : count * 10 / of;
    printf("%-44s %10" PRIu64 ".%" PRIu64 "\n", name, tenths / 10, tenths % 10);
}

void bench_print_count(const char *name, uint64_t count)
{
    printf("%-44s %12" PRIu64 "\n", name, count);
}
