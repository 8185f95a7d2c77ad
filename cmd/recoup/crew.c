/* Threads that share a swarm.
 *
 * Seeds are handed out in chunks of fixed size; a finished chunk waits in a ring until all before
 * it are merged. So totals, digest and the first failure follow from the seeds alone. */
#include "cmd/recoup/crew.h"

#include "cmd/recoup/files.h"
#include "cmd/recoup/judge.h"
#include "cmd/recoup/record_log.h"
#include "cmd/recoup/stop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SEEDS   64u /* Seeds taken at once. Part of what the digest is made of. */
#define RING_CHUNKS   64u /* Chunks that may wait for an earlier one. */
#define CREW_JOBS_MAX 256u

static_assert(RING_CHUNKS >= 2, "two threads need not wait for each other");

/* What one chunk came to. */
struct chunk {
    struct rcp_crew_totals totals;
    uint64_t seed_last; /* the last that was run */
    struct rcp_crew_failure failures[CHUNK_SEEDS];
    uint32_t failure_count;
    bool cut_short; /* time or signal: what follows is not run */
};

struct crew {
    const struct rcp_crew_task *task;
    const struct rcp_crew_watcher *watcher;
    struct rcp_crew_totals *totals;
    pthread_mutex_t lock; /* holds all below */
    pthread_cond_t merged;
    uint64_t chunk_count;
    uint64_t next_taken;
    uint64_t next_merged;
    struct chunk *ring[RING_CHUNKS]; /* NULL: not finished */
    bool over;                       /* nobody takes another chunk */
    atomic_bool hurry;               /* the same, seen without the lock */
};

/* One thread's own things. */
struct worker {
    struct crew *crew;
    struct rcp_scenario *scenario;
    struct rcp_arena arena;
    pthread_t thread;
};

static bool carries_faults(const struct rcp_scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->rule_count; i++) {
        if (scenario->rules[i].why == RCP_WHY_FATE && scenario->rules[i].option != RCP_FAULT_NONE) {
            return true;
        }
    }
    return scenario->plan_count > 0;
}

/* Counts the faults of one run into totals; true where there was any. */
static bool add_fired(struct rcp_crew_totals *totals, const struct rcp_run_result *run)
{
    bool any = false;
    for (uint32_t i = 1; i < RCP_FAULT_COUNT; i++) {
        totals->fired[i] += run->fired[i];
        any = any || run->fired[i] > 0;
    }
    return any;
}

static void add_run(struct chunk *chunk,
                    const struct rcp_scenario *scenario,
                    const struct rcp_run_result *run)
{
    struct rcp_crew_totals *totals = &chunk->totals;
    totals->digest = rcp_chain_digest(totals->digest, run->trace_digest, totals->runs == 0);
    totals->runs++;
    totals->events += run->events;
    totals->virtual_ms += run->virtual_ms;
    totals->payments += run->payments;
    totals->orders += run->orders;
    totals->pg_calls += run->pg_calls;
    bool carrying = carries_faults(scenario);
    bool struck = add_fired(totals, run);
    totals->carrying += carrying ? 1u : 0u;
    totals->struck += carrying && struck ? 1u : 0u;
    for (uint32_t i = 0; i < 6; i++) {
        totals->answers[i] += run->answers[i];
    }
    if (run->outcome == RCP_RUN_HELD) {
        return;
    }
    totals->violated += run->outcome == RCP_RUN_VIOLATED ? 1u : 0u;
    totals->errors += run->outcome == RCP_RUN_ERROR ? 1u : 0u;
    struct rcp_crew_failure *failure = &chunk->failures[chunk->failure_count++];
    failure->seed = run->seed;
    failure->outcome = run->outcome;
    failure->violation = run->violation;
    memcpy(failure->error, run->error, sizeof failure->error);
}

static void add_totals(struct rcp_crew_totals *totals, const struct rcp_crew_totals *more)
{
    if (more->runs > 0) {
        totals->digest = rcp_chain_digest(totals->digest, more->digest, totals->runs == 0);
    }
    totals->runs += more->runs;
    totals->events += more->events;
    totals->virtual_ms += more->virtual_ms;
    totals->payments += more->payments;
    totals->orders += more->orders;
    totals->pg_calls += more->pg_calls;
    totals->violated += more->violated;
    totals->errors += more->errors;
    totals->carrying += more->carrying;
    totals->struck += more->struck;
    for (uint32_t i = 0; i < RCP_FAULT_COUNT; i++) {
        totals->fired[i] += more->fired[i];
    }
    for (uint32_t i = 0; i < 6; i++) {
        totals->answers[i] += more->answers[i];
    }
}

static bool time_is_up(const struct rcp_crew_task *task)
{
    return task->until_us != 0 && rcp_clock_us() >= task->until_us;
}

/* Runs the seeds of chunk number index. */
static void run_chunk(struct worker *worker, uint64_t index, struct chunk *chunk)
{
    const struct rcp_crew_task *task = worker->crew->task;
    uint64_t seed = task->first + index * CHUNK_SEEDS * task->step;
    memset(chunk, 0, sizeof *chunk);
    for (uint32_t i = 0; i < CHUNK_SEEDS && seed <= task->last; i++) {
        if (rcp_stop_asked() || time_is_up(task) || atomic_load(&worker->crew->hurry)) {
            chunk->cut_short = true;
            return;
        }
        struct rcp_run_result run;
        rcp_swarm_scenario(seed, task->base, task->policy, worker->scenario);
        rcp_arena_run(&worker->arena, worker->scenario, seed, &run);
        add_run(chunk, worker->scenario, &run);
        chunk->seed_last = seed;
        if (chunk->failure_count > 0 && !task->keep_going) {
            return;
        }
        if (task->last - seed < task->step) {
            return;
        }
        seed += task->step;
    }
}

/* Merges one chunk, the next in order. Holds the lock. */
static void merge(struct crew *crew, const struct chunk *chunk)
{
    add_totals(crew->totals, &chunk->totals);
    for (uint32_t i = 0; i < chunk->failure_count; i++) {
        crew->watcher->failed(crew->watcher->context, &chunk->failures[i]);
    }
    if (chunk->totals.runs > 0) {
        crew->watcher->progressed(crew->watcher->context, crew->totals, chunk->seed_last);
    }
    if (chunk->cut_short || (chunk->failure_count > 0 && !crew->task->keep_going)) {
        crew->over = true;
        atomic_store(&crew->hurry, true);
    }
}

/* Puts a finished chunk into the ring and merges as far as there is no gap. Holds the lock. */
static void hand_in(struct crew *crew, uint64_t index, struct chunk *chunk)
{
    crew->ring[index % RING_CHUNKS] = chunk;
    struct chunk *next = NULL;
    while ((next = crew->ring[crew->next_merged % RING_CHUNKS]) != NULL) {
        if (!crew->over) {
            merge(crew, next);
        }
        crew->ring[crew->next_merged % RING_CHUNKS] = NULL;
        crew->next_merged++;
        free(next);
    }
    pthread_cond_broadcast(&crew->merged);
}

/* The next chunk to run, or false when there is none. Holds the lock. */
static bool take(struct crew *crew, uint64_t *index)
{
    while (!crew->over && crew->next_taken < crew->chunk_count &&
           crew->next_taken >= crew->next_merged + RING_CHUNKS) {
        pthread_cond_wait(&crew->merged, &crew->lock);
    }
    if (crew->over || crew->next_taken == crew->chunk_count) {
        return false;
    }
    *index = crew->next_taken++;
    return true;
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct crew *crew = worker->crew;
    uint64_t index = 0;
    pthread_mutex_lock(&crew->lock);
    while (take(crew, &index)) {
        pthread_mutex_unlock(&crew->lock);
        struct chunk *chunk = rcp_allocate(sizeof *chunk);
        run_chunk(worker, index, chunk);
        pthread_mutex_lock(&crew->lock);
        hand_in(crew, index, chunk);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static uint64_t chunks_of(const struct rcp_crew_task *task)
{
    if (task->first > task->last) {
        return 0;
    }
    uint64_t seeds = (task->last - task->first) / task->step + 1;
    return seeds / CHUNK_SEEDS + (seeds % CHUNK_SEEDS != 0 ? 1 : 0);
}

/* Starts the threads and waits for all of them. One thread less is slower, not wrong. */
static void run_workers(struct crew *crew, struct worker *workers, uint32_t count)
{
    uint32_t started = 0;
    for (uint32_t i = 0; i < count; i++) {
        workers[i].crew = crew;
        workers[i].scenario = rcp_scenario_new();
    }
    while (started + 1 < count &&
           pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0) {
        started++;
    }
    work(&workers[count - 1]);
    for (uint32_t i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    for (uint32_t i = 0; i < count; i++) {
        rcp_arena_free(&workers[i].arena);
        free(workers[i].scenario);
    }
}

enum rcp_crew_end rcp_crew_run(const struct rcp_crew_task *task,
                               const struct rcp_crew_watcher *watcher,
                               struct rcp_crew_totals *totals)
{
    memset(totals, 0, sizeof *totals);
    struct crew crew = {
        .task = task, .watcher = watcher, .totals = totals, .chunk_count = chunks_of(task)};
    pthread_mutex_init(&crew.lock, NULL);
    pthread_cond_init(&crew.merged, NULL);
    uint32_t jobs = task->jobs < 1 ? 1 : task->jobs > CREW_JOBS_MAX ? CREW_JOBS_MAX : task->jobs;
    struct worker *workers = rcp_allocate(jobs * sizeof *workers);
    run_workers(&crew, workers, jobs);
    free(workers);
    pthread_cond_destroy(&crew.merged);
    pthread_mutex_destroy(&crew.lock);
    if (!crew.over || totals->violated + totals->errors > 0) {
        return RCP_CREW_DONE;
    }
    return rcp_stop_asked() ? RCP_CREW_STOPPED : RCP_CREW_TIME;
}
