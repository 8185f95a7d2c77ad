/* Runs a search with as many threads as it has workers. */
#include "tests/models/crew.h"

#include "cmd/host/pack.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define HUGE_PAGE ((size_t)2 << 20)

struct hand {
    struct rcp_search *search;
    void *context;
    uint32_t worker;
    pthread_t thread;
};

static _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(2);
}

static uint64_t now_ns(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void relax(void *context)
{
    (void)context;
    sched_yield();
}

static void *work(void *argument)
{
    struct hand *hand = argument;
    rcp_search_work(hand->search, hand->worker, hand->context);
    return NULL;
}

static void work_together(struct rcp_search *search, struct hand *hands, uint32_t workers)
{
    for (uint32_t i = 1; i < workers; i++)
        if (pthread_create(&hands[i].thread, NULL, work, &hands[i]) != 0)
            give_up("pthread_create");
    rcp_search_work(search, 0, hands[0].context);
    for (uint32_t i = 1; i < workers; i++)
        pthread_join(hands[i].thread, NULL);
}

static void *fresh_pages(size_t bytes)
{
    void *block = mmap(
        NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED)
        give_up("mmap");
    if (bytes >=
        HUGE_PAGE) /* fewer misses in the page tables; without it the search is only slower */
        madvise(block, bytes, MADV_HUGEPAGE);
    return block;
}

static void *copy_of(const struct crew_search *wanted)
{
    void *context = malloc(wanted->context_size);
    if (context == NULL)
        give_up("malloc");
    memcpy(context, wanted->context, wanted->context_size);
    return context;
}

void crew_run(const struct crew_search *wanted, struct crew_outcome *outcome)
{
    struct rcp_search_host host = {
        .context = wanted->progress_context,
        .now_ns = now_ns,
        .relax = relax,
        .pack = rcp_host_pack,
        .unpack = rcp_host_unpack,
        .progress = wanted->progress,
        .stop = wanted->stop,
    };
    struct hand hands[RCP_SEARCH_WORKERS_MAX] = {{0}};
    size_t bytes = wanted->memory;
    if (bytes == 0)
        bytes = rcp_search_size_min(wanted->model, wanted->workers);
    void *block = fresh_pages(bytes);
    struct rcp_search *search =
        rcp_search_init(block, bytes, wanted->model, &host, wanted->workers);
    for (uint32_t i = 0; i < wanted->workers; i++) {
        hands[i] = (struct hand){.search = search, .worker = i};
        hands[i].context = wanted->open != NULL ? wanted->open(wanted->context) : copy_of(wanted);
    }
    work_together(search, hands, wanted->workers);

    rcp_search_end(search, &outcome->result);
    outcome->collision_log2 = rcp_search_collision_log2(search, outcome->result.states);
    outcome->moves = calloc(outcome->result.path_count + 1u, sizeof *outcome->moves);
    if (outcome->moves == NULL)
        give_up("calloc");
    if (outcome->result.path_count > 0)
        rcp_search_path(search, hands[0].context, outcome->moves);
    outcome->context = hands[0].context;
    for (uint32_t i = 1; i < wanted->workers; i++)
        free(hands[i].context);
    munmap(block, bytes);
}

void crew_forget(struct crew_outcome *outcome)
{
    free(outcome->moves);
    free(outcome->context);
}
