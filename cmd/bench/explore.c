/* The real core in its world, searched completely by one worker: how fast, and how large a world is. */
#include "sim/explore.h"
#include "cmd/bench/bench.h"
#include "cmd/host/pack.h"
#include "sim/scenario/scenario_file.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define SCENARIO "scenarios/explore/one-payment.yaml"
#define FAULTS   2u
#define ROUNDS   5u                  /* odd, so that the median is one of them */
#define MEMORY   ((size_t)256 << 20) /* enough, and little of it has to be cleared first */

/* Fresh for each round: pages that are not used are not touched. */
static void *pages(void)
{
    void *block = mmap(
        NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED) {
        perror("recoup-bench: memory");
        exit(2);
    }
    return block;
}

/* Time of this process alone: others on the machine do not count. */
static uint64_t cpu_ns(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void relax(void *context)
{
    (void)context;
    sched_yield();
}

static void search(const struct rcp_scenario *scenario,
                   struct rcp_explorer *explorer,
                   struct rcp_search_result *result)
{
    const struct rcp_search_model model = rcp_explore_model(scenario);
    const struct rcp_search_host host = {
        .now_ns = cpu_ns,
        .relax = relax,
        .pack = rcp_host_pack,
        .unpack = rcp_host_unpack,
    };
    void *block = pages();
    struct rcp_search *at_work = rcp_search_init(block, MEMORY, &model, &host, 1);
    rcp_search_work(at_work, 0, explorer);
    rcp_search_end(at_work, result);
    munmap(block, MEMORY);
}

static int measure(const struct rcp_scenario *scenario)
{
    const struct rcp_explore_bounds bounds = {.faults = FAULTS};
    struct rcp_search_result result = {0};
    uint64_t times_ns[ROUNDS];
    size_t size = (rcp_explorer_size(scenario) + 63u) / 64u * 64u;
    void *block = aligned_alloc(64u, size);
    if (block == NULL) {
        perror("recoup-bench: memory");
        return 2;
    }
    for (uint32_t i = 0; i < ROUNDS; i++) {
        search(scenario, rcp_explorer_init(block, scenario, &bounds), &result);
        times_ns[i] = result.elapsed_ns;
        if (result.verdict != RCP_SEARCH_COMPLETE) {
            fprintf(stderr, "recoup-bench: %s was not searched completely\n", SCENARIO);
            free(block);
            return 1;
        }
    }
    printf("%s, %u faults, searched completely, %u rounds, one core's CPU time, all checkers on\n",
           SCENARIO,
           FAULTS,
           ROUNDS);
    bench_print_rate("transitions per second", result.transitions, times_ns, ROUNDS);
    bench_print_rate("distinct states per second", result.states, times_ns, ROUNDS);
    bench_print_count("transitions", result.transitions);
    bench_print_count("distinct states", result.states);
    bench_print_count("bytes per world, mean", result.state_bytes / result.states);
    bench_print_count("bytes per world, largest", result.state_bytes_max);
    free(block);
    return 0;
}

int bench_explore(void)
{
    struct rcp_scenario *scenario = calloc(1, sizeof *scenario);
    if (scenario == NULL) {
        perror("recoup-bench: memory");
        return 2;
    }
    struct rcp_scenario_error error = {0};
    int code = 2;
    if (rcp_scenario_read(SCENARIO, scenario, &error)) {
        code = measure(scenario);
    } else {
        fprintf(stderr, "%s\n", error.text);
    }
    free(scenario);
    return code;
}
