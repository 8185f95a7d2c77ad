/* What all measurements share: payments to ask for, a load with its processors' time, and medians. */
#include "cmd/bench-prod/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SETTLE_LOOK_MS 250L
#define SETTLE_LOOKS   80u
#define SETTLED_S      0.005 /* of CPU in such a while: 2 % */

_Noreturn void bench_fail(const char *what)
{
    fprintf(stderr, "recoup-bench-prod: %s\n", what);
    exit(EXIT_FAILURE);
}

void bench_stock(struct bench *bench, uint32_t count, struct stock *stock)
{
    char key[128];
    snprintf(key, sizeof key, "%s/key", bench->service.folder);
    if (!stock_open(
            stock, key, bench->service.servers[SERVICE_REDIS].port, bench->next_user, count))
        bench_fail("Redis does not take the reservations");
    bench->next_user += count;
}

void bench_load(struct bench *bench, struct load load, struct bench_load *done)
{
    struct stock stock;
    struct usage before, after;
    uint32_t most = load.per_second == 0 ? LOAD_CLOSED_MAX : load.per_second;
    uint32_t count = (uint32_t)((uint64_t)most * load.duration_ms / 1000u) + 1u;
    bench_stock(bench, count, &stock);
    load.port = bench->service.http[0];
    load.context = &stock;
    load.next = stock_next;
    usage_read(&bench->service, &before);
    if (!load_run(&load, &done->answers))
        bench_fail("the load cannot be run: memory or descriptors are short");
    usage_read(&bench->service, &after);
    uint32_t paid =
        load_figure(&done->answers, 200, 0.5).count + load_figure(&done->answers, 202, 0.5).count;
    for (uint32_t who = 0; who < USAGE_WHO_COUNT; who++)
        done->us[who] = (after.seconds[who] - before.seconds[who]) * 1e6 / (paid > 0 ? paid : 1u);
    stock_close(&stock);
}

void bench_forget(struct bench_load *done)
{
    load_forget(&done->answers);
}

void bench_warm_up(struct bench *bench)
{
    struct bench_load done;
    bench_load(
        bench, (struct load){.connections = 256, .per_second = 5000, .duration_ms = 4000}, &done);
    bench_forget(&done);
}

void bench_settle(struct bench *bench)
{
    const struct timespec look = {.tv_nsec = SETTLE_LOOK_MS * 1000000};
    struct usage before, after;
    usage_read(&bench->service, &after);
    for (uint32_t i = 0; i < SETTLE_LOOKS; i++) {
        before = after;
        nanosleep(&look, NULL);
        usage_read(&bench->service, &after);
        if (after.seconds[USAGE_MYSQL] - before.seconds[USAGE_MYSQL] <= SETTLED_S)
            return;
    }
}

double bench_rate(const struct bench_load *done, uint16_t status)
{
    uint32_t count = load_figure(&done->answers, status, 0.5).count;
    return done->answers.took_ms == 0 ? 0 : count * 1000.0 / done->answers.took_ms;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_median(double figures[], uint32_t count)
{
    qsort(figures, count, sizeof *figures, by_size);
    return figures[count / 2u];
}
