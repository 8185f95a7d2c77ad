/* A statement for each table. It reads which rows are old without a lock, by the index on their age, and deletes them
 * by their primary key, as everybody else locks them; what may change in between is looked at once more. */
#include "prod/mysql/retention.h"

#include "core/check.h"
#include "prod/version.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define OLDER_THAN " < UTC_TIMESTAMP(3) - INTERVAL ? SECOND"

/* An operator may settle a parked row long after it was due: both times count. */
static const char rows_sql[] =
    "DELETE f FROM payment_failure_log AS f FORCE INDEX (PRIMARY) INNER JOIN"
    " (SELECT id FROM payment_failure_log FORCE INDEX (idx_status_next_retry)"
    " WHERE status = 'RESOLVED' AND row_version <= " RCP_VERSION_TEXT(
        RCP_ROW_VERSION_READ) " AND next_retry_at" OLDER_THAN " AND updated_at" OLDER_THAN
                              " ORDER BY next_retry_at LIMIT ?) AS old ON old.id = f.id"
                              " WHERE f.status = 'RESOLVED'";

static const char records_sql[] =
    "DELETE r FROM payment_parked_record AS r FORCE INDEX (PRIMARY) INNER JOIN"
    " (SELECT id FROM payment_parked_record FORCE INDEX (idx_created)"
    " WHERE alerted = 1 AND created_at" OLDER_THAN
    " ORDER BY created_at LIMIT ?) AS old ON old.id = r.id";

/* PLACE takes an old key over: then it is young again. */
static const char keys_sql[] =
    "DELETE k FROM idempotency_keys AS k FORCE INDEX (PRIMARY) INNER JOIN"
    " (SELECT user_id, request_key FROM idempotency_keys FORCE INDEX (ix_idempotency_keys_created)"
    " WHERE created_at" OLDER_THAN
    " AND NOT EXISTS (SELECT 1 FROM payments WHERE payments.order_id = idempotency_keys.order_id"
    " AND payments.status NOT IN ('PAID', 'FAILED'))"
    " ORDER BY created_at LIMIT ?) AS old"
    " ON old.user_id = k.user_id AND old.request_key = k.request_key"
    " WHERE k.created_at" OLDER_THAN;

/* A statement's parameters: so often the age, then the batch, then so often the age again. */
static const struct {
    const char *sql;
    uint32_t ages;
    uint32_t ages_behind;
} statements[RCP_RETAINED_COUNT] = {
    [RCP_RETAINED_ROWS] = {rows_sql, 2, 0},
    [RCP_RETAINED_RECORDS] = {records_sql, 1, 0},
    [RCP_RETAINED_KEYS] = {keys_sql, 1, 1},
};

struct rcp_retention {
    struct rcp_retention_options options;
    pthread_t thread;
    pthread_mutex_t lock; /* of `ends` */
    pthread_cond_t ended;
    bool ends;
    struct rcp_session *session; /* NULL between two rounds */
    _Atomic uint64_t deleted[RCP_RETAINED_COUNT];
};

uint64_t rcp_retention_deleted(const struct rcp_retention *retention, enum rcp_retained what)
{
    return atomic_load_explicit(&retention->deleted[what], memory_order_relaxed);
}

/* --- A batch --- */

/* False where the round is over: the server is in trouble, or everything old is gone. */
static bool delete_batch(struct rcp_retention *retention, enum rcp_retained what)
{
    const struct rcp_sql_value age = rcp_sql_number(retention->options.keep_ms[what] / 1000u);
    struct rcp_sql_value values[4];
    uint32_t count = 0;
    uint64_t deleted = 0;
    for (uint32_t i = 0; i < statements[what].ages; i++)
        values[count++] = age;
    values[count++] = rcp_sql_number(retention->options.batch);
    for (uint32_t i = 0; i < statements[what].ages_behind; i++)
        values[count++] = age;
    if (rcp_session_run(
            retention->session, statements[what].sql, values, count, NULL, NULL, &deleted) !=
            RCP_SQL_OK ||
        rcp_session_commit(retention->session) != RCP_OUTCOME_DONE)
        return false;
    atomic_fetch_add_explicit(&retention->deleted[what], deleted, memory_order_relaxed);
    return deleted == retention->options.batch;
}

/* --- A round --- */

/* True where it is to go on after so long. */
static bool pause_ms(struct rcp_retention *retention, uint64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000u);
    until.tv_nsec += (long)(ms % 1000u) * 1000000l;
    if (until.tv_nsec >= 1000000000l) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000l;
    }
    pthread_mutex_lock(&retention->lock);
    int waited = 0;
    while (!retention->ends && waited == 0)
        waited = pthread_cond_timedwait(&retention->ended, &retention->lock, &until);
    bool goes_on = !retention->ends;
    pthread_mutex_unlock(&retention->lock);
    return goes_on;
}

static void take_number(void *context, const struct rcp_sql_value columns[])
{
    uint64_t *number = context;
    *number = columns[0].number;
}

/* One process at a time has the lock, for as long as its session stands. */
static bool leads(struct rcp_session *session)
{
    static const char sql[] =
        "SELECT GET_LOCK(LEFT(CONCAT('recoup.retention.', DATABASE()), 64), 0)";
    uint64_t taken = 0;
    return rcp_session_run(session, sql, NULL, 0, &taken, take_number, NULL) == RCP_SQL_OK &&
           rcp_session_commit(session) == RCP_OUTCOME_DONE && taken == 1;
}

static void go_round(struct rcp_retention *retention)
{
    bool goes_on = true;
    for (uint32_t what = 0; what < RCP_RETAINED_COUNT && goes_on; what++)
        while (goes_on && delete_batch(retention, (enum rcp_retained)what))
            goes_on = pause_ms(retention, retention->options.pause_ms);
}

static void *run(void *context)
{
    struct rcp_retention *retention = context;
    struct rcp_session_error error;
    do {
        retention->session = rcp_session_open(&retention->options.session, &error);
        if (retention->session == NULL)
            continue;
        if (leads(retention->session))
            go_round(retention);
        rcp_session_close(retention->session);
    } while (pause_ms(retention, retention->options.every_ms));
    rcp_session_thread_end();
    return NULL;
}

/* --- Its life --- */

static void forget(struct rcp_retention *retention)
{
    pthread_cond_destroy(&retention->ended);
    pthread_mutex_destroy(&retention->lock);
    free(retention);
}

struct rcp_retention *rcp_retention_begin(const struct rcp_retention_options *options)
{
    rcp_check(options->batch > 0, "retention_has_a_batch");
    struct rcp_retention *retention = calloc(1, sizeof *retention);
    pthread_condattr_t monotonic;
    if (retention == NULL)
        return NULL;
    retention->options = *options;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&retention->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&retention->lock, NULL);
    if (pthread_create(&retention->thread, NULL, run, retention) == 0)
        return retention;
    forget(retention);
    return NULL;
}

void rcp_retention_end(struct rcp_retention *retention)
{
    if (retention == NULL)
        return;
    pthread_mutex_lock(&retention->lock);
    retention->ends = true;
    pthread_cond_signal(&retention->ended);
    pthread_mutex_unlock(&retention->lock);
    pthread_join(retention->thread, NULL);
    forget(retention);
}
