/* The workers: threads with one session each, the jobs that wait for them, and a thread that keeps time.
 *
 *   submit -> lanes -> worker: statements, COMMIT -> letter to the loop
 *               |         ^ cut by the clock's thread at the job's deadline
 *               `-> refused by the clock's thread at the job's deadline, or at once while nothing is up */
#include "prod/mysql/pool.h"

#include "core/check.h"
#include "prod/mysql/lanes.h"
#include "prod/mysql/transaction.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NEVER_MS     UINT64_MAX
#define PAUSE_MS     100u /* before a connection is tried again; doubles */
#define PAUSE_MAX_MS 1000u
#define PING_MS      5000u /* a session idle for this long shows the server that it lives */
#define LEFT_OPEN_MS 5000u /* a transaction left open for longer is rolled back */

static_assert(LEFT_OPEN_MS >= RCP_REQUEST_DEADLINE_MS, "whoever left it open has given up");
static_assert(PING_MS < RCP_SESSION_IDLE_S * 1000u, "the server hears of it in time");

struct worker {
    struct rcp_pool *pool;
    pthread_t thread;
    struct rcp_session *session; /* changed under the lock: the clock's thread cuts it */
    uint64_t deadline_ms;        /* of what it does now; NEVER_MS where nothing presses */
    uint64_t used_ms;            /* when its session was last of use */
    struct rcp_job *inbox;       /* what goes on in the session that it has left open */
    enum rcp_script open;        /* the script that has left it open, else NONE */
    bool background;             /* it runs a job that looks for work */
    uint32_t pause_ms;
};

struct rcp_pool {
    struct rcp_pool_options options;
    struct rcp_loop *loop;
    pthread_mutex_t lock;
    pthread_cond_t work;  /* for idle workers: a signal wakes one that can take any job */
    pthread_cond_t other; /* for workers that wait for something else: woken all at once */
    pthread_cond_t time;  /* for the clock's thread */
    pthread_t clock;
    uint64_t clock_ms; /* when the clock's thread wakes by itself */
    struct rcp_lanes lanes;
    uint32_t started; /* threads of workers */
    uint32_t sessions;
    uint32_t running;
    uint32_t background;
    bool down;     /* no session, and the last attempt to connect has failed */
    bool stopping; /* nothing new is run */
    bool ended;    /* the clock's thread ends */
    uint64_t successes;
    uint64_t success_ms;
    struct rcp_session_error error;
    struct worker workers[RCP_CONNECTIONS_MAX];
};

/* --- Letters --- */

static void open_letter(struct rcp_letter *letter, struct rcp_loop *loop)
{
    rcp_job_complete((struct rcp_job *)letter, loop);
}

static_assert(offsetof(struct rcp_job, letter) == 0, "a letter is its job");

static void post(struct rcp_pool *pool, struct rcp_job *job)
{
    if (job->effect.op_id == 0) { /* nobody waits */
        rcp_job_free(job);
        return;
    }
    job->letter.open = open_letter;
    rcp_loop_post(pool->loop, &job->letter);
}

static void post_refused(struct rcp_pool *pool, struct rcp_job *job)
{
    rcp_transaction_refuse(job);
    job->others_succeed = pool->successes != job->successes;
    post(pool, job);
}

static void refuse_all(struct rcp_pool *pool)
{
    struct rcp_job *job;
    while ((job = rcp_lanes_take_overdue(&pool->lanes, NEVER_MS)) != NULL)
        post_refused(pool, job);
}

/* --- Time --- */

static struct timespec at_ms(uint64_t mono_ms)
{
    return (struct timespec){.tv_sec = (time_t)(mono_ms / 1000u),
                             .tv_nsec = (long)(mono_ms % 1000u) * 1000000};
}

static void wait_until(pthread_cond_t *condition, struct rcp_pool *pool, uint64_t mono_ms)
{
    if (mono_ms == NEVER_MS) {
        pthread_cond_wait(condition, &pool->lock);
        return;
    }
    struct timespec at = at_ms(mono_ms);
    pthread_cond_timedwait(condition, &pool->lock, &at);
}

/* Under the lock: somebody will be overdue then. */
static void expect(struct rcp_pool *pool, uint64_t deadline_ms)
{
    if (deadline_ms < pool->clock_ms)
        pthread_cond_signal(&pool->time);
}

static void cut_overdue(struct rcp_pool *pool, uint64_t now_ms)
{
    for (uint32_t i = 0; i < pool->started; i++) {
        struct worker *worker = &pool->workers[i];
        if (worker->deadline_ms > now_ms || worker->session == NULL)
            continue;
        rcp_session_cut(worker->session);
        worker->deadline_ms = NEVER_MS; /* once is enough */
    }
}

static uint64_t next_deadline(const struct rcp_pool *pool)
{
    uint64_t next_ms = rcp_lanes_deadline(&pool->lanes);
    for (uint32_t i = 0; i < pool->started; i++)
        if (pool->workers[i].deadline_ms < next_ms)
            next_ms = pool->workers[i].deadline_ms;
    return next_ms;
}

static void *keep_time(void *context)
{
    struct rcp_pool *pool = context;
    pthread_mutex_lock(&pool->lock);
    while (!pool->ended) {
        uint64_t now_ms = rcp_mono_ms();
        struct rcp_job *job;
        while ((job = rcp_lanes_take_overdue(&pool->lanes, now_ms)) != NULL)
            post_refused(pool, job);
        cut_overdue(pool, now_ms);
        pool->clock_ms = next_deadline(pool);
        wait_until(&pool->time, pool, pool->clock_ms);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* --- A worker's session --- */

/* Under the lock, which it lets go of while the session is closed. */
static void drop_session(struct worker *worker)
{
    struct rcp_pool *pool = worker->pool;
    struct rcp_session *session = worker->session;
    worker->session = NULL;
    worker->open = RCP_SCRIPT_NONE;
    pool->sessions--;
    pthread_mutex_unlock(&pool->lock);
    rcp_session_close(session);
    pthread_mutex_lock(&pool->lock);
}

/* Under the lock, which it lets go of while it connects. */
static void connect_worker(struct worker *worker)
{
    struct rcp_pool *pool = worker->pool;
    struct rcp_session_error error = {0};
    pthread_mutex_unlock(&pool->lock);
    struct rcp_session *session = rcp_session_open(&pool->options.session, &error);
    pthread_mutex_lock(&pool->lock);
    if (session != NULL) {
        worker->session = session;
        worker->used_ms = rcp_mono_ms();
        worker->pause_ms = PAUSE_MS;
        pool->sessions++;
        pool->down = false;
        pool->error = (struct rcp_session_error){0};
        return;
    }
    pool->error = error;
    if (pool->sessions == 0) {
        pool->down = true;
        refuse_all(pool);
    }
    if (!pool->stopping)
        wait_until(&pool->other, pool, rcp_mono_ms() + worker->pause_ms);
    worker->pause_ms = worker->pause_ms < PAUSE_MAX_MS / 2u ? worker->pause_ms * 2u : PAUSE_MAX_MS;
}

/* --- Running --- */

static void ended(struct worker *worker, const struct rcp_job *job)
{
    struct rcp_pool *pool = worker->pool;
    bool wrote = job->outcome == RCP_OUTCOME_DONE && worker->open == RCP_SCRIPT_NONE &&
                 !rcp_transaction_only_reads(job->effect.script);
    pool->running--;
    pool->background -= worker->background;
    worker->background = false;
    worker->used_ms = rcp_mono_ms();
    worker->deadline_ms =
        worker->open == RCP_SCRIPT_NONE ? NEVER_MS : worker->used_ms + LEFT_OPEN_MS;
    if (worker->open != RCP_SCRIPT_NONE)
        expect(pool, worker->deadline_ms);
    if (job->outcome == RCP_OUTCOME_DONE)
        pool->success_ms = worker->used_ms;
    if (wrote)
        pool->successes++;
}

/* Under the lock, which it lets go of while the job runs. */
static void run_job(struct worker *worker, struct rcp_job *job)
{
    struct rcp_pool *pool = worker->pool;
    enum rcp_script open = worker->open;
    worker->background = rcp_lane_is_background(job->lane);
    worker->deadline_ms = job->deadline_ms;
    pool->background += worker->background;
    pool->running++;
    expect(pool, worker->deadline_ms);
    pthread_mutex_unlock(&pool->lock);
    rcp_transaction_run(job, worker->session, &open);
    pthread_mutex_lock(&pool->lock);
    worker->open = open;
    if (job->outcome == RCP_OUTCOME_REFUSED)
        job->others_succeed = pool->successes != job->successes;
    ended(worker, job);
    pthread_mutex_unlock(&pool->lock);
    post(pool, job);
    pthread_mutex_lock(&pool->lock);
    if (rcp_session_is_lost(worker->session))
        drop_session(worker);
}

/* The transaction that was left open goes on, or ends with its session: by then its time is up. */
static void go_on(struct worker *worker)
{
    struct rcp_pool *pool = worker->pool;
    struct rcp_job *job = worker->inbox;
    if (job != NULL) {
        worker->inbox = NULL;
        run_job(worker, job);
    } else if (pool->stopping || rcp_session_is_lost(worker->session)) {
        worker->deadline_ms = NEVER_MS;
        drop_session(worker);
    } else {
        wait_until(&pool->other, pool, worker->deadline_ms);
    }
}

/* Claims and sweeps leave half of the workers, if there are two, to those who wait for an answer. */
static bool background_too(const struct rcp_pool *pool)
{
    uint32_t most = pool->options.connections / 2u;
    return pool->background < (most == 0 ? 1u : most);
}

static void ping(struct worker *worker)
{
    struct rcp_pool *pool = worker->pool;
    worker->deadline_ms = rcp_mono_ms() + RCP_MYSQL_TIMEOUT_MS;
    expect(pool, worker->deadline_ms);
    pthread_mutex_unlock(&pool->lock);
    rcp_session_say(worker->session, "DO 0", 4);
    rcp_session_rollback(worker->session);
    pthread_mutex_lock(&pool->lock);
    worker->deadline_ms = NEVER_MS;
    worker->used_ms = rcp_mono_ms();
}

static void look_for_work(struct worker *worker)
{
    struct rcp_pool *pool = worker->pool;
    if (rcp_session_is_lost(worker->session) || rcp_session_is_stale(worker->session)) {
        drop_session(worker);
        pthread_cond_signal(&pool->work); /* another may take what this one was woken for */
        return;
    }
    struct rcp_job *job = rcp_lanes_take(&pool->lanes, background_too(pool));
    if (job != NULL)
        run_job(worker, job);
    else if (rcp_mono_ms() >= worker->used_ms + PING_MS)
        ping(worker);
    else
        wait_until(&pool->work, pool, worker->used_ms + PING_MS);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct rcp_pool *pool = worker->pool;
    pthread_mutex_lock(&pool->lock);
    while (!pool->stopping || worker->inbox != NULL) {
        if (worker->session == NULL)
            connect_worker(worker);
        else if (worker->open != RCP_SCRIPT_NONE)
            go_on(worker);
        else
            look_for_work(worker);
    }
    if (worker->session != NULL)
        drop_session(worker);
    pthread_mutex_unlock(&pool->lock);
    rcp_session_thread_end();
    return NULL;
}

/* --- From outside --- */

/* The worker whose session was left open under this id; NULL where there is none any more. */
static struct worker *left_open(struct rcp_pool *pool, uint32_t session)
{
    for (uint32_t i = 0; i < pool->started; i++) {
        struct worker *worker = &pool->workers[i];
        if (worker->session != NULL && worker->open != RCP_SCRIPT_NONE && worker->inbox == NULL &&
            rcp_session_id(worker->session) == session)
            return worker;
    }
    return NULL;
}

void rcp_pool_submit(struct rcp_pool *pool, struct rcp_job *job)
{
    bool goes_on = job->effect.session != 0;
    pthread_mutex_lock(&pool->lock);
    struct worker *worker = goes_on ? left_open(pool, job->effect.session) : NULL;
    job->successes = pool->successes;
    if (pool->stopping || (goes_on ? worker == NULL : pool->down)) {
        post_refused(pool, job);
    } else if (goes_on) {
        worker->inbox = job;
        pthread_cond_broadcast(&pool->other);
    } else {
        rcp_lanes_add(&pool->lanes, job);
        expect(pool, job->deadline_ms);
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
}

struct rcp_pool_health rcp_pool_health(struct rcp_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct rcp_pool_health health = {
        .sessions = pool->sessions,
        .waiting = pool->lanes.count,
        .running = pool->running,
        .success_ms = pool->success_ms,
        .successes = pool->successes,
        .error = pool->error,
    };
    pthread_mutex_unlock(&pool->lock);
    return health;
}

static void init_conditions(struct rcp_pool *pool)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->work, &monotonic);
    pthread_cond_init(&pool->other, &monotonic);
    pthread_cond_init(&pool->time, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static bool start_workers(struct rcp_pool *pool)
{
    for (uint32_t i = 0; i < pool->options.connections; i++) {
        struct worker *worker = &pool->workers[i];
        worker->pool = pool;
        worker->deadline_ms = NEVER_MS;
        worker->pause_ms = PAUSE_MS;
        pthread_mutex_lock(&pool->lock);
        bool started = pthread_create(&worker->thread, NULL, work, worker) == 0;
        pool->started += started;
        pthread_mutex_unlock(&pool->lock);
        if (!started)
            return false;
    }
    return true;
}

struct rcp_pool *rcp_pool_open(const struct rcp_pool_options *options, struct rcp_loop *loop)
{
    rcp_check(options->connections >= 1 && options->connections <= RCP_CONNECTIONS_MAX,
              "connections_within_bounds");
    struct rcp_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    pool->options = *options;
    pool->loop = loop;
    pool->clock_ms = NEVER_MS;
    pthread_mutex_init(&pool->lock, NULL);
    init_conditions(pool);
    if (pthread_create(&pool->clock, NULL, keep_time, pool) != 0) {
        free(pool);
        return NULL;
    }
    if (start_workers(pool))
        return pool;
    rcp_pool_close(pool, 0);
    return NULL;
}

/* Nothing new is run; what runs gets no longer than this. */
static void stop(struct rcp_pool *pool, uint64_t until_ms)
{
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    refuse_all(pool);
    for (uint32_t i = 0; i < pool->started; i++)
        if (pool->workers[i].session != NULL && pool->workers[i].deadline_ms > until_ms)
            pool->workers[i].deadline_ms = until_ms;
    pthread_cond_broadcast(&pool->work);
    pthread_cond_broadcast(&pool->other);
    pthread_cond_signal(&pool->time);
    pthread_mutex_unlock(&pool->lock);
}

void rcp_pool_close(struct rcp_pool *pool, uint32_t grace_ms)
{
    stop(pool, rcp_mono_ms() + grace_ms);
    for (uint32_t i = 0; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_mutex_lock(&pool->lock);
    pool->ended = true;
    pthread_cond_signal(&pool->time);
    pthread_mutex_unlock(&pool->lock);
    pthread_join(pool->clock, NULL);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->other);
    pthread_cond_destroy(&pool->time);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
