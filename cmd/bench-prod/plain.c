/* The sessions are those that recoupd uses; the statement is the bare upsert, without what makes it a payment: no
 * capacity, no token to release, no look at what was there. */
#include "cmd/bench-prod/plain.h"

#include "prod/loop/clock.h"
#include "prod/mysql/session.h"
#include "prod/mysql/sql_rows.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ACTIVITY    2u
#define COMMITS_MAX 65536u

struct looper {
    const struct plain *plain;
    pthread_t thread;
    uint64_t end_ms;
    uint64_t rows;
    uint32_t commits;
    bool failed;
    uint32_t commit_us[COMMITS_MAX];
};

static struct rcp_sql_rows upsert = {
    .head = "INSERT INTO campaign_activity_entries (campaign_activity_id, user_id, product_id,"
            " status, requested_at, processed_at, created_at, updated_at, token) VALUES ",
    .row = "(?, ?, 1, 'APPROVED', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3),"
           " UTC_TIMESTAMP(3), ?)",
    .tail = " ON DUPLICATE KEY UPDATE status = VALUES(status)",
};

static atomic_uint_fast64_t last_user;

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static int by_size(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Scattered as people are, and sorted as a group of recoupd's is. */
static void draw_users(uint64_t users[], uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        users[i] = (atomic_fetch_add(&last_user, 1u) + 1u) * 2654435761u % 4294967291u + 1u;
    qsort(users, count, sizeof *users, by_size);
}

static bool upsert_group(struct looper *looper, struct rcp_session *session)
{
    static const char token[] = /* as long as a real one */
        "MTIzNDU2Nzg5MDoxOmQ1YWRlZDUxOTNjZGYzOTExNTQxNGI1NjkzZTUxOWJhYTkwZTRjMDJiMmUxOWQyNTUwMzM4"
        "NmEwNWM2MDY0YjlkNWFkZWQ1MTkzY2RmMzkxMTU0MTRiNTY5Mz";
    struct rcp_sql_values values = {.count = 0};
    uint64_t users[RCP_TX_ROWS_MAX] = {0};
    uint32_t rows = looper->plain->rows;
    draw_users(users, rows);
    for (uint32_t i = 0; i < rows; i++) {
        rcp_sql_add_number(&values, ACTIVITY);
        rcp_sql_add_number(&values, users[i]);
        rcp_sql_add(&values, rcp_sql_bytes(token, sizeof token - 1u));
    }
    if (rcp_sql_change(session, rcp_sql_rows_text(&upsert, rows), &values, NULL) != RCP_SQL_OK)
        return false;
    uint64_t began_us = now_us();
    if (rcp_session_commit(session) != RCP_OUTCOME_DONE)
        return false;
    if (looper->commits < COMMITS_MAX)
        looper->commit_us[looper->commits++] = (uint32_t)(now_us() - began_us);
    looper->rows += rows;
    return true;
}

static void *loop(void *context)
{
    struct looper *looper = context;
    const struct rcp_session_options options = {
        .host = "127.0.0.1",
        .port = looper->plain->port,
        .user = "recoup",
        .password = "recoup",
        .database = "recoup",
    };
    struct rcp_session_error error;
    struct rcp_session *session = rcp_session_open(&options, &error);
    looper->failed = session == NULL;
    while (!looper->failed && rcp_mono_ms() < looper->end_ms)
        looper->failed = !upsert_group(looper, session);
    if (session != NULL)
        rcp_session_close(session);
    rcp_session_thread_end();
    return NULL;
}

static int by_length(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void read_commits(struct looper loopers[], uint32_t count, struct plain_figure *figure)
{
    uint32_t all = 0;
    uint32_t *lengths = calloc((size_t)count * COMMITS_MAX, sizeof *lengths);
    for (uint32_t i = 0; i < count && lengths != NULL; i++) {
        memcpy(lengths + all, loopers[i].commit_us, loopers[i].commits * sizeof *lengths);
        all += loopers[i].commits;
    }
    if (all > 0) {
        qsort(lengths, all, sizeof *lengths, by_length);
        figure->commit_p99_ms = lengths[(uint32_t)(all * 0.99)] / 1000.0;
    }
    free(lengths);
}

bool plain_run(const struct plain *plain, struct plain_figure *figure)
{
    struct looper *loopers = calloc(plain->connections, sizeof *loopers);
    uint64_t began_ms = rcp_mono_ms(), rows = 0;
    uint32_t begun = 0;
    bool good = loopers != NULL;
    memset(figure, 0, sizeof *figure);
    for (; good && begun < plain->connections; begun += good) {
        loopers[begun].plain = plain;
        loopers[begun].end_ms = began_ms + plain->duration_ms;
        good = pthread_create(&loopers[begun].thread, NULL, loop, &loopers[begun]) == 0;
    }
    for (uint32_t i = 0; i < begun; i++) {
        pthread_join(loopers[i].thread, NULL);
        good = good && !loopers[i].failed;
        rows += loopers[i].rows;
    }
    if (good) {
        figure->rows_per_second = (double)rows * 1000.0 / (double)(rcp_mono_ms() - began_ms);
        read_commits(loopers, begun, figure);
    }
    free(loopers);
    return good;
}
