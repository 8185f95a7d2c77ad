/* Rounds of: a bare batched upsert (the ceiling), one row a transaction, then payments at the rate that is promised
 * (open), and as fast as they go (closed). All in one round meet the same company on the machine. */
#include "cmd/bench-prod/bench.h"
#include "cmd/bench-prod/plain.h"

#include <stdio.h>

#define GROUP        32u /* limits.group of recoupd, as it is unless told otherwise */
#define GROUPS       2u  /* limits.groups */
#define ONE_ROW      6u  /* connections of the loop with one row: mysql.connections */
#define PROMISED     10000u
#define OPEN_CLIENTS 256u
#define CLOSED       100u
#define PLAIN_MS     2000u
#define LOAD_MS      4000u

enum figure {
    BATCHED,
    BATCHED_COMMIT_P99,
    SINGLE,
    OPEN_RATE,
    OPEN_P50,
    OPEN_P99,
    OPEN_CPU,
    CLOSED_RATE,
    CLOSED_P50,
    CLOSED_P99,
    RATIO_BATCHED,
    RATIO_SINGLE,
    OTHERS,
    CPU, /* of each process: USAGE_WHO_COUNT of them */
    FIGURE_COUNT = CPU + USAGE_WHO_COUNT
};

struct round {
    double figures[FIGURE_COUNT];
};

static void run_plain(struct bench *bench,
                      uint32_t connections,
                      uint32_t rows,
                      struct plain_figure *figure)
{
    const struct plain plain = {
        .port = bench->service.servers[SERVICE_MYSQL].port,
        .connections = connections,
        .rows = rows,
        .duration_ms = PLAIN_MS,
    };
    if (!plain_run(&plain, figure))
        bench_fail("a bare loop ended early");
}

static double sum_of_ours(const struct bench_load *done)
{
    double sum = 0;
    for (uint32_t who = 0; who < USAGE_OTHERS; who++)
        sum += done->us[who];
    return sum;
}

static void run_open(struct bench *bench, struct round *round)
{
    struct bench_load done;
    bench_settle(bench);
    bench_load(
        bench,
        (struct load){.connections = OPEN_CLIENTS, .per_second = PROMISED, .duration_ms = LOAD_MS},
        &done);
    round->figures[OPEN_RATE] = bench_rate(&done, 200);
    round->figures[OPEN_P50] = load_figure(&done.answers, 200, 0.5).due_ms;
    round->figures[OPEN_P99] = load_figure(&done.answers, 200, 0.99).due_ms;
    round->figures[OPEN_CPU] = sum_of_ours(&done);
    /* Of the 2 processors' time: others' share while this load ran. */
    round->figures[OTHERS] = done.us[USAGE_OTHERS] * round->figures[OPEN_RATE] / 1e6;
    for (uint32_t who = 0; who < USAGE_WHO_COUNT; who++)
        round->figures[CPU + who] = done.us[who];
    bench_forget(&done);
}

static void run_closed(struct bench *bench, struct round *round)
{
    struct bench_load done;
    bench_settle(bench);
    bench_load(bench, (struct load){.connections = CLOSED, .duration_ms = LOAD_MS}, &done);
    round->figures[CLOSED_RATE] = bench_rate(&done, 200);
    round->figures[CLOSED_P50] = load_figure(&done.answers, 200, 0.5).due_ms;
    round->figures[CLOSED_P99] = load_figure(&done.answers, 200, 0.99).due_ms;
    bench_forget(&done);
}

static void run_round(struct bench *bench, struct round *round)
{
    struct plain_figure batched, single;
    run_plain(bench, GROUPS, GROUP, &batched);
    run_plain(bench, ONE_ROW, 1, &single);
    run_open(bench, round);
    run_closed(bench, round);
    round->figures[BATCHED] = batched.rows_per_second;
    round->figures[BATCHED_COMMIT_P99] = batched.commit_p99_ms;
    round->figures[SINGLE] = single.rows_per_second;
    round->figures[RATIO_BATCHED] = round->figures[CLOSED_RATE] / batched.rows_per_second;
    round->figures[RATIO_SINGLE] = round->figures[CLOSED_RATE] / single.rows_per_second;
}

static void print_round(const char *name, const struct round *round)
{
    const double *figures = round->figures;
    printf("| %s | %.0f | %.1f | %.0f | %.0f | %.1f | %.1f | %.0f | %.1f | %.1f | %.2f | %.1f | "
           "%.0f | %.2f |\n",
           name,
           figures[BATCHED],
           figures[BATCHED_COMMIT_P99],
           figures[SINGLE],
           figures[OPEN_RATE],
           figures[OPEN_P50],
           figures[OPEN_P99],
           figures[CLOSED_RATE],
           figures[CLOSED_P50],
           figures[CLOSED_P99],
           figures[RATIO_BATCHED],
           figures[RATIO_SINGLE],
           figures[OPEN_CPU],
           figures[OTHERS]);
}

static void print_cpu(const struct round *median)
{
    printf("\nMicroseconds of CPU a payment, at %u/s (median):", PROMISED);
    for (uint32_t who = 0; who < USAGE_OTHERS; who++)
        printf(" %s %.0f%s",
               usage_names[who],
               median->figures[CPU + who],
               who + 1u < USAGE_OTHERS ? "," : "");
    printf(".\n\n");
}

void bench_payments(struct bench *bench)
{
    struct round rounds[BENCH_ROUNDS_MAX], median;
    double sorted[BENCH_ROUNDS_MAX];
    char name[16];
    printf(
        "## Payments\n\n"
        "| round | upserts, %u a transaction /s | its COMMIT p99 ms | one row a transaction /s "
        "| offered %u/s: payments/s | p50 ms | p99 ms | %u clients: payments/s | p50 ms | p99 ms "
        "| of the upserts | of one row | CPU us a payment | others' CPU |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
        GROUP,
        PROMISED,
        CLOSED);
    for (uint32_t i = 0; i < bench->rounds; i++) {
        run_round(bench, &rounds[i]);
        snprintf(name, sizeof name, "%u", i + 1u);
        print_round(name, &rounds[i]);
    }
    for (uint32_t figure = 0; figure < FIGURE_COUNT; figure++) {
        for (uint32_t i = 0; i < bench->rounds; i++)
            sorted[i] = rounds[i].figures[figure];
        median.figures[figure] = bench_median(sorted, bench->rounds);
    }
    print_round("median", &median);
    print_cpu(&median);
}
