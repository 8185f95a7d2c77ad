/* recoup-bench: what a core of this machine does with the swarm's worlds, one line for each figure.
 *
 * Each round runs the same generated worlds, generation included, with every checker on; the figure
 * is the median of the rounds. Nothing may be allocated once the first round has begun. */
#include "cmd/bench/bench.h"
#include "sim/run.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS          7u    /* Odd, so that the median is one of them. */
#define SEEDS           4000u /* Worlds of one round, unless the first argument says it. */
#define SEED_FIRST      1u
#define SEEDS_MAX       1000000u
#define WORLD_ALIGNMENT 64u

/* ---- Counting allocations --------------------------------------------------------------------- */

/* The C library's own, under the names that it keeps for those who put themselves before malloc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_ullong allocations;

void *malloc(size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_realloc(ptr, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_memalign(alignment, size);
}

/* ---- Measuring -------------------------------------------------------------------------------- */

struct bench {
    uint64_t seeds;
    struct rcp_policy policy;
    struct rcp_scenario *scenario;
    void *block;
    size_t block_size;    /* of the largest world */
    uint64_t world_bytes; /* of all worlds together */
};

/* One round's sums. */
struct round {
    uint64_t generate_ns;
    uint64_t run_ns; /* generation included */
    uint64_t events;
    uint64_t payments;
    uint64_t virtual_ms;
    uint64_t not_held;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void generate(const struct bench *bench, uint64_t index)
{
    rcp_swarm_scenario(SEED_FIRST + index, bench->policy, bench->policy, bench->scenario);
}

/* Room for the largest of the worlds. Returns false without memory. */
static bool set_up(struct bench *bench)
{
    bench->scenario = calloc(1, sizeof *bench->scenario);
    if (bench->scenario == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < bench->seeds; i++) {
        generate(bench, i);
        size_t size = rcp_world_size(bench->scenario);
        bench->world_bytes += size;
        bench->block_size = size > bench->block_size ? size : bench->block_size;
    }
    bench->block_size =
        (bench->block_size + WORLD_ALIGNMENT - 1) / WORLD_ALIGNMENT * WORLD_ALIGNMENT;
    bench->block = aligned_alloc(WORLD_ALIGNMENT, bench->block_size);
    if (bench->block == NULL) {
        return false;
    }
    memset(bench->block, 0, bench->block_size); /* page faults are not what is measured */
    return true;
}

static void measure(const struct bench *bench, struct round *round)
{
    memset(round, 0, sizeof *round);
    uint64_t began_ns = now_ns();
    for (uint64_t i = 0; i < bench->seeds; i++) {
        generate(bench, i);
    }
    round->generate_ns = now_ns() - began_ns;

    began_ns = now_ns();
    for (uint64_t i = 0; i < bench->seeds; i++) {
        struct rcp_run_result run;
        generate(bench, i);
        rcp_run(bench->scenario,
                SEED_FIRST + i,
                bench->block,
                bench->block_size,
                NULL,
                NULL,
                NULL,
                NULL,
                &run);
        round->events += run.events;
        round->payments += run.payments;
        round->virtual_ms += run.virtual_ms;
        round->not_held += run.outcome == RCP_RUN_HELD ? 0u : 1u;
    }
    round->run_ns = now_ns() - began_ns;
}

/* ---- Saying it -------------------------------------------------------------------------------- */

static void print_all(const struct bench *bench, const struct round *rounds, uint64_t allocated)
{
    uint64_t run_ns[ROUNDS];
    uint64_t generate_ns[ROUNDS];
    for (uint32_t i = 0; i < ROUNDS; i++) {
        run_ns[i] = rounds[i].run_ns;
        generate_ns[i] = rounds[i].generate_ns;
    }
    const struct round *round = &rounds[0];
    printf("%" PRIu64 " hardened swarm worlds, %u rounds, one core, all checkers on\n",
           bench->seeds,
           ROUNDS);
    bench_print_rate("simulator events per second", round->events, run_ns, ROUNDS);
    bench_print_rate("simulated payments per second", round->payments, run_ns, ROUNDS);
    bench_print_rate("worlds per second", bench->seeds, run_ns, ROUNDS);
    bench_print_rate("worlds generated per second, not run", bench->seeds, generate_ns, ROUNDS);
    bench_print_ratio("events per world", round->events, bench->seeds);
    bench_print_ratio("events per payment", round->events, round->payments);
    bench_print_ratio("simulated seconds per world", round->virtual_ms / 1000, bench->seeds);
    bench_print_count("bytes per world, mean", bench->world_bytes / bench->seeds);
    bench_print_count("bytes per world, largest", bench->block_size);
    bench_print_count("allocations after start", allocated);
    bench_print_count("worlds that did not hold", round->not_held);
}

int main(int argc, char **argv)
{
    static struct round rounds[ROUNDS];
    struct bench bench = {.seeds = SEEDS, .policy = rcp_policy_hardened()};
    if (argc == 3 && strcmp(argv[1], "twin") == 0) {
        return bench_twin(argv[2]);
    }
    if (argc == 2 && strcmp(argv[1], "explore") == 0) {
        return bench_explore();
    }
    if (argc > 1) {
        bench.seeds = strtoull(argv[1], NULL, 10);
    }
    if (argc > 2 || bench.seeds < 1 || bench.seeds > SEEDS_MAX) {
        fprintf(stderr,
                "usage: recoup-bench [WORLDS]   1 to %u worlds in a round\n"
                "       recoup-bench explore    the real core, searched completely\n"
                "       recoup-bench twin NAME  a model that Spin searches, too: tests/spin.sh\n",
                SEEDS_MAX);
        return 2;
    }
    if (!set_up(&bench)) {
        fprintf(stderr, "recoup-bench: out of memory\n");
        return 2;
    }
    unsigned long long before = atomic_load(&allocations);
    if (before < 2) { /* the scenario and the block, at least */
        fprintf(stderr, "recoup-bench: malloc is not ours here, so it cannot be counted\n");
        return 2;
    }
    for (uint32_t i = 0; i < ROUNDS; i++) {
        measure(&bench, &rounds[i]);
    }
    print_all(&bench, rounds, atomic_load(&allocations) - before);
    free(bench.block);
    free(bench.scenario);
    return argc == 1 ? bench_explore() : 0;
}
