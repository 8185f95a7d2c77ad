/* Failure rows as a long outage leaves them, all due, each with its token in Redis. The scheduler finds them with its
 * next tick; time counts from the first row that was claimed to the last that is RESOLVED. */
#include "cmd/bench-prod/bench.h"
#include "prod/loop/clock.h"
#include "prod/mysql/session.h"
#include "prod/mysql/sql_rows.h"
#include "prod/payload_json.h"
#include "prod/token.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ROWS       60000u
#define CAPPED     20000u /* rows there are while the standard cap holds */
#define CAPPED_MS  30000u /* looked at for so long: less than a minute */
#define PAYMENTS   1000u  /* a second, all the while */
#define CLIENTS    64u
#define TICK_MS    70000u /* the scheduler's tick has come by then */
#define GIVE_UP_MS 120000u
#define LOOK_MS    200u

/* --- Rows --- */

static struct rcp_sql_rows insert = {
    .head = "INSERT INTO payment_failure_log (user_id, payload, error_message, status, retry_count,"
            " next_retry_at, created_at, updated_at, campaign_activity_id, product_id, quantity,"
            " activity_type, token, token_until, open_one) VALUES ",
    .row = "(?, ?, 'an outage', 'PENDING', 0, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3),"
           " UTC_TIMESTAMP(3), 1, 1, 1, 0, ?, UTC_TIMESTAMP(3) + INTERVAL 27 HOUR, 1)",
    .tail = "",
};

static void insert_group(struct rcp_session *session,
                         const struct stock *stock,
                         uint32_t first,
                         uint32_t count)
{
    char payloads[RCP_TX_ROWS_MAX][RCP_PAYLOAD_JSON_MAX];
    char tokens[RCP_TX_ROWS_MAX][RCP_TOKEN_TEXT_MAX + 1u];
    struct rcp_sql_values values = {.count = 0};
    for (uint32_t i = 0; i < count; i++) {
        struct rcp_payload payload = {.user_id = stock_user(stock, first + i),
                                      .activity_id = 1,
                                      .product_id = 1,
                                      .quantity = 1};
        size_t size = rcp_payload_write(&payload, payloads[i]);
        stock_token(stock, first + i, tokens[i]);
        rcp_sql_add_number(&values, payload.user_id);
        rcp_sql_add(&values, rcp_sql_bytes(payloads[i], size));
        rcp_sql_add(&values, rcp_sql_bytes(tokens[i], strlen(tokens[i])));
    }
    if (rcp_sql_change(session, rcp_sql_rows_text(&insert, count), &values, NULL) != RCP_SQL_OK ||
        rcp_session_commit(session) != RCP_OUTCOME_DONE)
        bench_fail("the rows to recover cannot be written");
}

static void insert_rows(struct bench *bench, struct rcp_session *session, uint32_t count)
{
    struct stock stock;
    bench_stock(bench, count, &stock);
    for (uint32_t first = 0; first < count; first += RCP_TX_ROWS_MAX)
        insert_group(session,
                     &stock,
                     first,
                     count - first < RCP_TX_ROWS_MAX ? count - first : RCP_TX_ROWS_MAX);
    stock_close(&stock);
}

static void take_count(void *context, const struct rcp_sql_value columns[])
{
    *(uint64_t *)context = columns[0].number;
}

static uint32_t count_rows(struct rcp_session *session, const char *sql)
{
    uint64_t count = 0;
    if (rcp_session_run(session, sql, NULL, 0, &count, take_count, NULL) != RCP_SQL_OK ||
        rcp_session_rollback(session) != RCP_SQL_OK)
        bench_fail("MariaDB does not count the rows");
    return (uint32_t)count;
}

/* Nobody has claimed them yet. */
static uint32_t untouched(struct rcp_session *session)
{
    static const char sql[] = "SELECT COUNT(*) FROM payment_failure_log WHERE status = 'PENDING'";
    return count_rows(session, sql);
}

static uint32_t unresolved(struct rcp_session *session)
{
    static const char sql[] = "SELECT COUNT(*) FROM payment_failure_log"
                              " WHERE status IN ('PENDING', 'PROCESSING')";
    return count_rows(session, sql);
}

static uint32_t parked(struct rcp_session *session)
{
    static const char sql[] = "SELECT COUNT(*) FROM payment_failure_log WHERE status = 'FAILED'";
    return count_rows(session, sql);
}

/* --- Payments meanwhile --- */

struct meanwhile {
    struct bench *bench;
    pthread_t thread;
    atomic_bool enough;
    struct bench_load done;
};

static void *pay(void *context)
{
    struct meanwhile *meanwhile = context;
    bench_load(meanwhile->bench,
               (struct load){.connections = CLIENTS,
                             .per_second = PAYMENTS,
                             .duration_ms = TICK_MS + GIVE_UP_MS,
                             .enough = &meanwhile->enough},
               &meanwhile->done);
    return NULL;
}

static void begin_paying(struct bench *bench, struct meanwhile *meanwhile)
{
    *meanwhile = (struct meanwhile){.bench = bench};
    if (pthread_create(&meanwhile->thread, NULL, pay, meanwhile) != 0)
        bench_fail("threads are short");
}

static void end_paying(struct meanwhile *meanwhile)
{
    atomic_store(&meanwhile->enough, true);
    pthread_join(meanwhile->thread, NULL);
}

/* --- Waiting --- */

/* Looks again and again, until there are no more than `most`; the rest where time is up. */
static uint32_t wait_for(struct rcp_session *session,
                         uint32_t (*look)(struct rcp_session *session),
                         uint32_t most,
                         uint32_t within_ms)
{
    const struct timespec pause = {0, LOOK_MS * 1000000l};
    uint64_t until_ms = rcp_mono_ms() + within_ms;
    uint32_t left = look(session);
    while (left > most && rcp_mono_ms() < until_ms) {
        nanosleep(&pause, NULL);
        left = look(session);
    }
    return left;
}

static struct rcp_session *connect_to(struct bench *bench)
{
    const struct rcp_session_options options = {
        .host = "127.0.0.1",
        .port = bench->service.servers[SERVICE_MYSQL].port,
        .user = "recoup",
        .password = "recoup",
        .database = "recoup",
        .patient = true, /* it inserts and counts many rows */
    };
    struct rcp_session_error error;
    struct rcp_session *session = rcp_session_open(&options, &error);
    if (session == NULL)
        bench_fail("MariaDB takes no connection");
    return session;
}

/* --- The two measurements --- */

struct recovery {
    const char *lines; /* of the configuration */
    uint32_t rows;
    uint32_t leaves; /* it is over when so many are left unresolved */
    uint32_t within_ms;
};

static void print_row(const struct recovery *recovery,
                      const struct meanwhile *meanwhile,
                      uint32_t resolved,
                      uint32_t parked_rows,
                      uint64_t first_ms,
                      uint64_t last_ms)
{
    const struct load_answers *answers = &meanwhile->done.answers;
    uint32_t from_ms = (uint32_t)(first_ms - answers->began_ms);
    uint32_t to_ms = (uint32_t)(last_ms - answers->began_ms);
    double seconds = (double)(last_ms - first_ms) / 1000.0;
    struct load_figure during = load_figure_between(answers, 200, 0.99, from_ms, to_ms);
    printf("| %s | %u | %u | %u | %.1f | %.0f | %.0f | %.1f | %.1f |\n",
           recovery->lines[0] == '\0' ? "6,000 (standard)" : "60,000",
           recovery->rows,
           resolved,
           parked_rows,
           seconds,
           resolved / seconds,
           during.count / seconds,
           load_figure_between(answers, 200, 0.99, 0, from_ms).due_ms,
           during.due_ms);
}

static void run(struct bench *bench, const struct recovery *recovery)
{
    struct meanwhile meanwhile;
    struct rcp_session *session = connect_to(bench);
    service_stop(&bench->service, 0);
    service_start(&bench->service, 0, recovery->lines);
    insert_rows(bench, session, recovery->rows);
    uint32_t all = unresolved(session);
    begin_paying(bench, &meanwhile);
    if (wait_for(session, untouched, all - 1u, TICK_MS) == all)
        bench_fail("nobody claims the rows");
    uint64_t first_ms = rcp_mono_ms();
    uint32_t left = wait_for(session, unresolved, recovery->leaves, recovery->within_ms);
    uint64_t last_ms = rcp_mono_ms();
    end_paying(&meanwhile);
    print_row(recovery, &meanwhile, all - left, parked(session), first_ms, last_ms);
    bench_forget(&meanwhile.done);
    rcp_session_close(session);
}

void bench_recovery(struct bench *bench)
{
    printf(
        "## Recovery: PENDING rows through Kafka, while %u payments/s come in\n\n"
        "| cap /minute | rows | resolved | parked | seconds | rows/s | payments/s "
        "| payments' p99 before, ms | p99 meanwhile, ms |\n|---|---|---|---|---|---|---|---|---|\n",
        PAYMENTS);
    run(bench,
        &(struct recovery){.lines = "limits: { claims_per_minute: 60000 }\n",
                           .rows = ROWS,
                           .leaves = 0,
                           .within_ms = GIVE_UP_MS});
    run(bench,
        &(struct recovery){.lines = "", .rows = CAPPED, .leaves = 0, .within_ms = CAPPED_MS});
    printf("\n");
}
