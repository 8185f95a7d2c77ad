/* A crew of threads that searches a world completely. */
#include "cmd/recoup/explore_crew.h"

#include "cmd/host/pack.h"
#include "cmd/recoup/files.h"
#include "cmd/recoup/stop.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGN 64u

struct member {
    struct rcp_search *search;
    struct rcp_explorer *explorer;
    uint32_t index;
    pthread_t thread;
};

struct crew {
    const struct rcp_explore_task *task;
    atomic_bool stop;
};

static uint64_t now_ns(void *context)
{
    (void)context;
    return rcp_clock_us() * 1000u;
}

static void relax(void *context)
{
    (void)context;
    sched_yield();
}

static void progress(void *context, const struct rcp_search_result *so_far)
{
    struct crew *crew = context;
    if (rcp_stop_asked())
        atomic_store(&crew->stop, true);
    if (crew->task->progress != NULL)
        crew->task->progress(crew->task->progress_context, so_far);
}

static void *work(void *context)
{
    const struct member *member = context;
    rcp_search_work(member->search, member->index, member->explorer);
    return NULL;
}

static struct rcp_explorer *new_explorer(const struct rcp_explore_task *task)
{
    size_t size = (rcp_explorer_size(task->scenario) + ALIGN - 1u) / ALIGN * ALIGN;
    void *block = aligned_alloc(ALIGN, size);
    if (block == NULL) {
        perror("recoup: memory");
        exit(EXIT_FAILURE);
    }
    return rcp_explorer_init(block, task->scenario, &task->bounds);
}

static void merge(struct rcp_explore_seen *all, const struct rcp_explore_seen *one)
{
    for (uint32_t i = 0; i < RCP_SITE_COUNT; i++)
        all->issued[i] += one->issued[i];
    for (uint32_t i = 0; i < RCP_STRIKES; i++) {
        all->struck[i] += one->struck[i];
        all->issued_after[i] |= one->issued_after[i];
        for (uint32_t k = 0; k < RCP_STRIKE_WORDS; k++)
            all->pairs[i][k] |= one->pairs[i][k];
    }
}

static void retell(struct rcp_search *search,
                   struct rcp_explorer *explorer,
                   struct rcp_explore_outcome *outcome)
{
    uint32_t count = outcome->search.path_count;
    if (count == 0)
        return;
    struct rcp_search_move *moves = rcp_allocate(count * sizeof *moves);
    rcp_search_path(search, explorer, moves);
    outcome->retold_given = rcp_explore_retell(explorer, moves, count, &outcome->retold);
    snprintf(outcome->error, sizeof outcome->error, "%s", rcp_explorer_result(explorer)->error);
    free(moves);
}

uint64_t rcp_explore_memory_min(const struct rcp_scenario *scenario, uint32_t jobs)
{
    const struct rcp_search_model model = rcp_explore_model(scenario);
    return rcp_search_size_min(&model, jobs);
}

void rcp_explore_crew_run(const struct rcp_explore_task *task, struct rcp_explore_outcome *outcome)
{
    const struct rcp_search_model model = rcp_explore_model(task->scenario);
    struct crew crew = {.task = task};
    const struct rcp_search_host host = {
        .context = &crew,
        .now_ns = now_ns,
        .relax = relax,
        .pack = rcp_host_pack,
        .unpack = rcp_host_unpack,
        .progress = progress,
        .stop = &crew.stop,
    };
    void *block = mmap(NULL,
                       task->memory,
                       PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                       -1,
                       0);
    if (block == MAP_FAILED) {
        perror("recoup explore: memory; give --memory less");
        exit(EXIT_FAILURE);
    }
    madvise(block, task->memory, MADV_HUGEPAGE); /* where there are none, small pages do */
    memset(outcome, 0, sizeof *outcome);
    struct rcp_search *search = rcp_search_init(block, task->memory, &model, &host, task->jobs);
    struct member *members = rcp_allocate(task->jobs * sizeof *members);
    for (uint32_t i = 0; i < task->jobs; i++) {
        members[i] = (struct member){.search = search, .explorer = new_explorer(task), .index = i};
        if (pthread_create(&members[i].thread, NULL, work, &members[i]) != 0) {
            perror("recoup explore: thread; give --jobs less");
            exit(EXIT_FAILURE);
        }
    }
    for (uint32_t i = 0; i < task->jobs; i++) {
        pthread_join(members[i].thread, NULL);
        merge(&outcome->seen, rcp_explorer_seen(members[i].explorer));
    }
    rcp_search_end(search, &outcome->search);
    outcome->collision_log2 = rcp_search_collision_log2(search, outcome->search.states);
    retell(search, members[0].explorer, outcome);
    for (uint32_t i = 0; i < task->jobs; i++)
        free(members[i].explorer);
    free(members);
    munmap(block, task->memory);
}
