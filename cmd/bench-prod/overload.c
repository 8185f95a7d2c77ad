/* Twice the promised rate for some seconds, then a quiet one: what is refused is refused at once, what is accepted is
 * still served, and nobody needs to help afterwards. */
#include "cmd/bench-prod/bench.h"

#include <stdio.h>

#define OFFERED    20000u
#define CLIENTS    3000u
#define OFFERED_MS 4000u
#define QUIET      2000u
#define QUIET_MS   2000u
#define SETTLED_MS 500u

/* From the end of the overload to the last request that was not served; 0 where each was. */
static uint32_t refused_until_ms(const struct load_answers *answers)
{
    uint32_t last_ms = 0;
    for (uint32_t i = 0; i < answers->count; i++)
        if (answers->list[i].status != 200 && answers->list[i].from_ms > last_ms)
            last_ms = answers->list[i].from_ms;
    return last_ms;
}

static void run_round(struct bench *bench, uint32_t number, double refused_p99[])
{
    struct bench_load high, low;
    bench_load(
        bench,
        (struct load){.connections = CLIENTS, .per_second = OFFERED, .duration_ms = OFFERED_MS},
        &high);
    bench_load(bench,
               (struct load){.connections = CLIENTS, .per_second = QUIET, .duration_ms = QUIET_MS},
               &low);
    struct load_figure refused = load_figure(&high.answers, 503, 0.99);
    refused_p99[number] = refused.sent_ms;
    printf("| %u | %.0f | %.0f | %.1f | %.0f | %.1f | %.1f | %u | %u | %.1f |\n",
           number + 1u,
           high.answers.count * 1000.0 / high.answers.took_ms,
           bench_rate(&high, 200),
           load_figure(&high.answers, 200, 0.99).sent_ms,
           bench_rate(&high, 503),
           load_figure(&high.answers, 503, 0.5).sent_ms,
           refused.sent_ms,
           load_figure(&high.answers, 0, 0.5).count,
           refused_until_ms(&low.answers),
           load_figure_between(&low.answers, 200, 0.99, SETTLED_MS, QUIET_MS).due_ms);
    bench_forget(&high);
    bench_forget(&low);
}

void bench_overload(struct bench *bench)
{
    double refused_p99[BENCH_ROUNDS_MAX];
    printf("## Overload: %u/s offered by %u clients\n\n"
           "| round | answered/s | 200/s | p99 ms | 503/s | p50 ms | p99 ms | unanswered "
           "| then %u/s: last refusal after ms | 200 p99 ms from %u ms on "
           "|\n|---|---|---|---|---|---|---|---|---|---|\n",
           OFFERED,
           CLIENTS,
           QUIET,
           SETTLED_MS);
    for (uint32_t i = 0; i < bench->rounds; i++)
        run_round(bench, i, refused_p99);
    printf("\nMedian of the 503s' p99: %.1f ms.\n\n", bench_median(refused_p99, bench->rounds));
}
