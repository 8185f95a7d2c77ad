/* The simulator's payment scripts and the real server's are the same: random sequences of them, run on both
 * with both clocks at the same millisecond, give the same verdicts, the same rows and the same tables. */
#include "core/hash.h"
#include "sim/layout.h"
#include "sim/model/log_table.h"
#include "sim/model/mysql_script.h"
#include "tests/integration/support/payments_db.h"

#include "prod/mysql/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS       40u
#define STEPS       120u
#define ACTIVITIES  2u
#define USERS       5u
#define PAYMENTS    (ACTIVITIES * USERS)
#define CAPACITY    3u
#define PARTITIONS  2u
#define OFFSETS     4u
#define ROWS_MAX    512u
#define OPEN_MAX    24u                     /* fewer than a page, so that ties do not matter */
#define DATABASE_MS UINT64_C(1790000000000) /* the database's clock when the world's is 0 */

static struct rcp_scenario scenario;
static struct rcp_run_result result;
static struct rcp_sim sim;
static struct rcp_world *world;
static struct rcp_session
    *real; /* declared by both worlds; here it is prod's, and never looked into */
static uint64_t seed, draws;
static uint32_t verdicts[RCP_SCRIPT_COUNT][RCP_VERDICT_COUNT];

/* One script, as both are asked. */
struct ask {
    enum rcp_script script;
    enum rcp_script first_script;
    uint32_t flags;
    uint32_t page;
    uint64_t owner;
    uint32_t count;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
};

struct answer {
    uint32_t count;
    bool more;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
};

/* --- Chance --- */

static uint32_t draw(uint32_t bound)
{
    return (uint32_t)(rcp_hash(seed, ++draws) % bound);
}

static bool one_in(uint32_t count)
{
    return draw(count) == 0;
}

/* --- The model --- */

static void model_begin(void)
{
    struct rcp_world_config *config = &scenario.world;
    rcp_scenario_defaults(&scenario);
    scenario.policy = rcp_policy_hardened();
    config->activities = ACTIVITIES;
    config->users = USERS;
    config->capacity = CAPACITY;
    config->rows = ROWS_MAX;
    memset(&sim, 0, sizeof sim);
    memset(&result, 0, sizeof result);
    size_t size = (rcp_world_size(&scenario) + 63u) / 64u * 64u;
    world = rcp_world_lay_out(aligned_alloc(64, size), &scenario, 1);
    sim.world = world;
    sim.queue = rcp_world_queue(world);
    sim.effects = rcp_world_effects(world);
    sim.scenario = &scenario;
    sim.result = &result;
    world->mysql_offset_ms = DATABASE_MS;
}

static void model_ask(const struct ask *ask, struct answer *answer)
{
    struct rcp_session *session = &rcp_world_sessions(world)[0];
    struct rcp_tx_row *rows = rcp_world_session_rows(world, 0);
    *session = (struct rcp_session){.script = (uint8_t)ask->script,
                                    .first_script = (uint8_t)ask->first_script,
                                    .flags = ask->flags,
                                    .page = ask->page,
                                    .owner = ask->owner,
                                    .row_count = ask->count};
    world->touched.count = 0;
    memcpy(rows, ask->rows, ask->count * sizeof rows[0]);
    bool selects = (ask->flags & RCP_TX_LEAVE_OPEN) != 0;
    if (ask->script == RCP_SCRIPT_CLAIM)
        rcp_script_pick_rows(&sim, 0);
    if (ask->script != RCP_SCRIPT_CLAIM || !selects)
        rcp_script_commit(&sim, 0);
    answer->count = session->row_count;
    answer->more = session->more != 0;
    memcpy(answer->rows, rows, session->row_count * sizeof rows[0]);
}

/* --- The server --- */

static void put(struct rcp_bytes *bytes, char letter, uint64_t handle)
{
    int size =
        handle == 0
            ? 0
            : snprintf(bytes->at, sizeof bytes->at, "%c%llu", letter, (unsigned long long)handle);
    bytes->size = (uint8_t)size;
}

static uint64_t taken(const struct rcp_bytes *bytes, char letter)
{
    char text[RCP_HANDLE_BYTES_MAX + 1u] = {0};
    if (bytes->size == 0)
        return 0;
    memcpy(text, bytes->at, bytes->size);
    assert_int_equal(text[0], letter);
    return strtoull(&text[1], NULL, 10);
}

static void real_ask(const struct ask *ask, struct answer *answer)
{
    static struct rcp_tx_bytes bytes[RCP_TX_ROWS_MAX];
    const struct rcp_mysql_effect effect = {.script = ask->script,
                                            .flags = ask->flags,
                                            .page = ask->page,
                                            .owner = ask->owner,
                                            .row_count = ask->count};
    struct rcp_run run = {.session = real,
                          .effect = &effect,
                          .first_script = ask->first_script,
                          .claims_per_minute = RCP_RATE_PER_MINUTE,
                          .topic = "topic",
                          .rows = answer->rows,
                          .bytes = bytes,
                          .row_count = ask->count};
    for (uint32_t i = 0; i < ask->count; i++) {
        answer->rows[i] = ask->rows[i];
        put(&bytes[i].token, 't', ask->rows[i].token);
        put(&bytes[i].origin, 'o', ask->rows[i].origin);
    }
    enum rcp_sql_end end = rcp_payment_script(&run);
    if (end != RCP_SQL_OK)
        fail_msg("script %d: %s", (int)ask->script, rcp_session_failure(real)->text);
    assert_int_equal(rcp_session_commit(real), RCP_OUTCOME_DONE);
    answer->count = run.row_count;
    answer->more = run.more;
    for (uint32_t i = 0; i < run.row_count; i++) {
        if (answer->rows[i].token == 0)
            answer->rows[i].token = taken(&bytes[i].token, 't');
        if (answer->rows[i].origin == 0)
            answer->rows[i].origin = taken(&bytes[i].origin, 'o');
    }
}

static void real_clock(void)
{
    char sql[64];
    uint64_t now_ms = rcp_world_mysql_ms(world);
    /* Half a millisecond more: the server's clock is a double on its way in, and cut off. */
    snprintf(sql,
             sizeof sql,
             "SET timestamp = %llu.%03u5",
             (unsigned long long)(now_ms / 1000u),
             (unsigned)(now_ms % 1000u));
    db_say(real, sql);
}

static void real_begin(void)
{
    db_do("DELETE FROM campaign_activity_capacity");
    db_do("DELETE FROM campaign_activity_entries");
    db_do("DELETE FROM payment_failure_log");
    db_do("DELETE FROM payment_parked_record");
    db_do("ALTER TABLE payment_failure_log AUTO_INCREMENT = 1");
    for (uint32_t id = 1; id <= ACTIVITIES; id++)
        db_do("INSERT INTO campaign_activity_capacity VALUES (%u, %u, 0)", id, CAPACITY);
}

/* --- What there is to ask --- */

static uint32_t open_rows(void)
{
    return world->backlog.open_rows;
}

/* A payment as a token has it: now and then with another product under the same key. */
static struct rcp_tx_row payment_row(uint32_t payment)
{
    struct rcp_tx_row row = {
        .payload = {.activity_id = 1u + payment / USERS,
                    .user_id = 1u + payment % USERS,
                    .quantity = 1},
        .token = payment + 1u,
        .origin = draw(900),
    };
    row.payload.product_id = row.payload.activity_id + (one_in(6) ? RCP_OTHER_PRODUCT : 0);
    return row;
}

/* One of the payment's failure rows, if it has any; its epoch, now and then an old one. */
static bool give_row(struct rcp_tx_row *row, uint32_t payment)
{
    uint32_t ids[ROWS_MAX], count = 0;
    for (uint32_t i = 0; i < world->row_count; i++)
        if (rcp_world_rows(world)[i].payment == payment &&
            rcp_world_rows(world)[i].status != RCP_ROW_NONE)
            ids[count++] = i;
    if (count == 0)
        return false;
    uint32_t index = ids[one_in(2) ? count - 1u : draw(count)];
    row->row_id = index + 1u;
    row->epoch = rcp_world_rows(world)[index].epoch;
    row->epoch -= row->epoch > 0 && one_in(5);
    return true;
}

static void draw_fate(struct rcp_tx_row *row)
{
    row->counted = (uint8_t)draw(2);
    row->alone = (uint8_t)draw(2);
    row->cause = (uint8_t)(one_in(4) ? 1u + draw(RCP_PARK_CAUSE_COUNT - 1u) : 0u);
    row->delay_ms = draw(400000);
    row->error = (uint8_t)draw(RCP_ERROR_CLASS_COUNT);
    row->verdict = (uint8_t)(one_in(2) ? RCP_VERDICT_WRITTEN : RCP_VERDICT_STALE);
}

/* Some payments, sorted by key, a key once. */
static void draw_rows(struct ask *ask, bool want_row, bool may_have_row)
{
    for (uint32_t payment = 0; payment < PAYMENTS; payment++) {
        if (!one_in(3))
            continue;
        struct rcp_tx_row row = payment_row(payment);
        bool has = (want_row || (may_have_row && one_in(2))) && give_row(&row, payment);
        if (want_row && !has)
            continue;
        if (want_row)
            draw_fate(&row);
        ask->rows[ask->count++] = row;
    }
}

static void draw_approve(struct ask *ask)
{
    static const uint32_t flags[] = {
        RCP_TX_CAPACITY, RCP_TX_CAPACITY, 0, RCP_TX_BLIND, RCP_TX_BLIND | RCP_TX_CAPACITY};
    ask->flags = flags[draw(one_in(3) ? 5 : 2)];
    draw_rows(ask, false, true);
}

static void draw_log(struct ask *ask)
{
    ask->flags = open_rows() + PAYMENTS > OPEN_MAX || !one_in(4) ? RCP_TX_ONE_OPEN : 0;
    draw_rows(ask, false, false);
    for (uint32_t i = 0; i < ask->count; i++) {
        ask->rows[i].cause = (uint8_t)(one_in(4) ? RCP_PARK_FENCED : RCP_PARK_NONE);
        ask->rows[i].alone = (uint8_t)draw(2);
        ask->rows[i].delay_ms = one_in(2) ? 0 : draw(100000);
    }
}

static void draw_later(struct ask *ask)
{
    draw_rows(ask, true, true);
    if (!one_in(6) || open_rows() + ask->count > OPEN_MAX)
        return;
    ask->flags = RCP_TX_NEW_ROW;
    for (uint32_t i = 0; i < ask->count; i++)
        ask->rows[i].counted = 0; /* the model counts on the old row too, for its checkers */
}

static void draw_claim(struct ask *ask)
{
    ask->page = RCP_PAGE_MAX;
    ask->owner = (uint64_t)(1u + draw(3)) << 32 | draw(9);
    if (one_in(4))
        ask->flags = RCP_TX_PLAIN | (one_in(2) ? RCP_TX_LEAVE_OPEN : 0);
}

static void draw_operator(struct ask *ask)
{
    ask->flags = ask->script == RCP_SCRIPT_REOPEN && !one_in(4) ? RCP_TX_ONE_OPEN : 0;
    draw_rows(ask, false, false);
    for (uint32_t i = 0; i < ask->count; i++)
        ask->rows[i].cause = ask->script == RCP_SCRIPT_SHELVE ? RCP_PARK_OPERATOR : RCP_PARK_NONE;
}

static void draw_ask(struct ask *ask)
{
    static const enum rcp_script scripts[] = {
        RCP_SCRIPT_APPROVE, RCP_SCRIPT_APPROVE, RCP_SCRIPT_APPROVE, RCP_SCRIPT_LOG,
        RCP_SCRIPT_LOG,     RCP_SCRIPT_LOG,     RCP_SCRIPT_CLAIM,   RCP_SCRIPT_CLAIM,
        RCP_SCRIPT_LATER,   RCP_SCRIPT_LATER,   RCP_SCRIPT_RELEASE, RCP_SCRIPT_FINISH,
        RCP_SCRIPT_SETTLE,  RCP_SCRIPT_LOOKUP,  RCP_SCRIPT_FENCE,   RCP_SCRIPT_REJECT,
        RCP_SCRIPT_REOPEN,  RCP_SCRIPT_SHELVE,  RCP_SCRIPT_PARK,    RCP_SCRIPT_SWEEP,
    };
    *ask = (struct ask){.script = scripts[draw(sizeof scripts / sizeof scripts[0])]};
    if (ask->script == RCP_SCRIPT_APPROVE)
        draw_approve(ask);
    else if (ask->script == RCP_SCRIPT_LOG)
        draw_log(ask);
    else if (ask->script == RCP_SCRIPT_LATER)
        draw_later(ask);
    else if (ask->script == RCP_SCRIPT_RELEASE || ask->script == RCP_SCRIPT_FINISH)
        draw_rows(ask, true, true);
    else if (ask->script == RCP_SCRIPT_CLAIM)
        draw_claim(ask);
    else if (ask->script == RCP_SCRIPT_SWEEP)
        *ask = (struct ask){.script = ask->script,
                            .page = one_in(3) ? 1u + draw(3) : RCP_PAGE_MAX,
                            .flags =
                                (one_in(4) ? 0 : RCP_TX_RENEW) | (one_in(4) ? 0 : RCP_TX_RELEASE)};
    else if (ask->script == RCP_SCRIPT_PARK)
        ask->rows[ask->count++] =
            (struct rcp_tx_row){.partition = draw(PARTITIONS), .offset = draw(OFFSETS)};
    else if (ask->script == RCP_SCRIPT_REJECT || ask->script == RCP_SCRIPT_FENCE)
        ask->rows[ask->count++] = payment_row(draw(PAYMENTS));
    else if (ask->script == RCP_SCRIPT_REOPEN || ask->script == RCP_SCRIPT_SHELVE)
        draw_operator(ask);
    else
        draw_rows(ask, false, false);
}

/* --- Comparing --- */

static void fail_at(uint32_t step, enum rcp_script script, const char *what, uint64_t of)
{
    fail_msg("seed %llu, step %u, script %d: %s %llu",
             (unsigned long long)seed,
             step,
             (int)script,
             what,
             (unsigned long long)of);
}

static int by_what(const void *left, const void *right)
{
    const struct rcp_tx_row *a = left, *b = right;
    if (a->verdict != b->verdict)
        return a->verdict < b->verdict ? -1 : 1;
    uint64_t x = (uint64_t)a->row_id << 32 | a->payload.activity_id << 16 | a->payload.user_id;
    uint64_t y = (uint64_t)b->row_id << 32 | b->payload.activity_id << 16 | b->payload.user_id;
    return x < y ? -1 : x > y;
}

/* What both say of a row. A parked record's id is the table's own business, and so is the id of a row that
 * was logged just now: the core asks for neither. */
static void compare_row(uint32_t step,
                        const struct ask *ask,
                        struct rcp_tx_row model,
                        struct rcp_tx_row server)
{
    if (model.verdict == RCP_VERDICT_ALERT_RECORD || ask->script == RCP_SCRIPT_LOG)
        model.row_id = server.row_id = 0;
    if (ask->script == RCP_SCRIPT_LATER && (ask->flags & RCP_TX_NEW_ROW) != 0)
        model.delay_ms = server.delay_ms = 0;
    if (ask->script == RCP_SCRIPT_SWEEP && model.verdict != RCP_VERDICT_ALERT)
        model.cause = server.cause = 0;
    verdicts[ask->script][model.verdict]++;
    if (model.verdict != server.verdict)
        fail_msg("seed %llu, step %u, script %d, flags %u: verdict %u, not %u, of activity %llu"
                 " user %llu",
                 (unsigned long long)seed,
                 step,
                 (int)ask->script,
                 ask->flags,
                 server.verdict,
                 model.verdict,
                 (unsigned long long)model.payload.activity_id,
                 (unsigned long long)model.payload.user_id);
    assert_memory_equal(&model, &server, sizeof model);
}

static void compare_answers(uint32_t step,
                            const struct ask *ask,
                            struct answer *model,
                            struct answer *server)
{
    if (model->count != server->count)
        fail_at(step, ask->script, "another number of rows than", model->count);
    if (model->more != server->more)
        fail_at(step, ask->script, "another opinion whether there is more, at", model->count);
    if (ask->script == RCP_SCRIPT_SWEEP && model->more)
        return; /* which of them come first is the table's own business */
    qsort(model->rows, model->count, sizeof model->rows[0], by_what);
    qsort(server->rows, server->count, sizeof server->rows[0], by_what);
    for (uint32_t i = 0; i < model->count; i++)
        compare_row(step, ask, model->rows[i], server->rows[i]);
}

/* One table's row as it is compared, column by column. */
#define CELLS_MAX 18u

struct table {
    const char *name;
    const char *sql; /* key first; numbers all */
    uint32_t columns;
    bool (*model)(uint32_t row, uint64_t cells[CELLS_MAX]); /* false: there is none at this index */
    uint32_t (*rows)(void);
};

static bool entry_cells(uint32_t row, uint64_t cells[CELLS_MAX])
{
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[row];
    bool approved = entry->status == RCP_ENTRY_APPROVED;
    const uint64_t all[] = {row,
                            entry->status,
                            entry->product_id,
                            entry->processed_ms,
                            approved ? entry->token : 0,
                            approved ? entry->origin : 0,
                            approved && !entry->token_released};
    memcpy(cells, all, sizeof all);
    return entry->status != RCP_ENTRY_NONE;
}

static bool failure_cells(uint32_t row, uint64_t cells[CELLS_MAX])
{
    const struct rcp_log_row *log = &rcp_world_rows(world)[row];
    const uint64_t all[] = {row,
                            log->status,
                            log->payment,
                            log->attempt,
                            log->sends,
                            log->cause,
                            log->alone,
                            log->alerted,
                            log->epoch,
                            log->owner,
                            log->product_id,
                            log->origin,
                            rcp_log_is_open(log) ? log->due_ms : 0,
                            log->created_ms,
                            log->token_until_ms};
    memcpy(cells, all, sizeof all);
    return log->status != RCP_ROW_NONE;
}

static bool record_cells(uint32_t row, uint64_t cells[CELLS_MAX])
{
    const struct rcp_parked_row *parked = rcp_world_parked(world);
    cells[0] = row;
    for (uint32_t i = 0; i < world->parked_count; i++)
        if ((uint64_t)parked[i].partition * OFFSETS + parked[i].offset == row) {
            cells[1] = parked[i].alerted;
            return true;
        }
    return false;
}

static bool activity_cells(uint32_t row, uint64_t cells[CELLS_MAX])
{
    cells[0] = row;
    cells[1] = world->activities[row].approved;
    return true;
}

static uint32_t entry_rows(void)
{
    return PAYMENTS;
}

static uint32_t failure_rows(void)
{
    return world->row_count;
}

static uint32_t record_rows(void)
{
    return PARTITIONS * OFFSETS;
}

static uint32_t activity_rows(void)
{
    return ACTIVITIES;
}

#define MS(column)     "COALESCE(CAST(ROUND(UNIX_TIMESTAMP(" column ") * 1000) AS UNSIGNED), 0)"
#define HANDLE(column) "COALESCE(CAST(SUBSTRING(" column ", 2) AS UNSIGNED), 0)"

static const struct table tables[] = {
    {"campaign_activity_entries",
     "SELECT (campaign_activity_id - 1) * 5 + user_id - 1,"
     " FIELD(status, 'PENDING', 'APPROVED', 'REJECTED', 'DUPLICATED'), COALESCE(product_id, 0),"
     " " MS("processed_at") ", IF(status = 'APPROVED', " HANDLE(
         "token") ", 0),"
                  " IF(status = 'APPROVED', " HANDLE(
                      "origin") ", 0),"
                                " status = 'APPROVED' AND unreleased_since IS NOT NULL"
                                " FROM campaign_activity_entries ORDER BY 1",
     7,
     entry_cells,
     entry_rows},
    {"payment_failure_log",
     "SELECT id - 1, FIELD(status, 'PENDING', 'PROCESSING', 'RESOLVED', 'FAILED'),"
     " (campaign_activity_id - 1) * 5 + user_id - 1, retry_count, sends, park_cause, alone,"
     " alerted, epoch, owner, product_id, " HANDLE("origin") ", " MS(
         "due_at") ","
                   " " MS("created_at") ", IF(token_until < '1971-01-01', 0, " MS(
                       "token_until") ")"
                                      " FROM payment_failure_log ORDER BY 1",
     15,
     failure_cells,
     failure_rows},
    {"payment_parked_record",
     "SELECT partition_number * 4 + record_offset, alerted FROM payment_parked_record ORDER BY 1",
     2,
     record_cells,
     record_rows},
    {"campaign_activity_capacity",
     "SELECT campaign_activity_id - 1, approved_count FROM campaign_activity_capacity ORDER BY 1",
     2,
     activity_cells,
     activity_rows},
};

struct read_rows {
    uint32_t columns;
    uint32_t count;
    uint64_t cells[ROWS_MAX][CELLS_MAX];
};

static void take_row(void *context, const struct rcp_sql_value columns[])
{
    struct read_rows *rows = context;
    assert_in_range(rows->count, 0, ROWS_MAX - 1u);
    for (uint32_t i = 0; i < rows->columns; i++) {
        assert_int_equal(columns[i].kind, RCP_SQL_NUMBER);
        rows->cells[rows->count][i] = columns[i].number;
    }
    rows->count++;
}

static void compare_table(uint32_t step, enum rcp_script script, const struct table *table)
{
    static struct read_rows read;
    read = (struct read_rows){.columns = table->columns};
    assert_int_equal(rcp_session_run(real, table->sql, NULL, 0, &read, take_row, NULL), RCP_SQL_OK);
    assert_int_equal(rcp_session_rollback(real), RCP_SQL_OK);
    uint32_t at = 0;
    for (uint32_t row = 0; row < table->rows(); row++) {
        uint64_t cells[CELLS_MAX];
        if (!table->model(row, cells))
            continue;
        if (at == read.count || read.cells[at][0] != cells[0])
            fail_at(step, script, table->name, row);
        for (uint32_t c = 0; c < table->columns; c++)
            if (read.cells[at][c] != cells[c])
                fail_msg("seed %llu, step %u, script %d: %s row %u column %u is %llu, not %llu",
                         (unsigned long long)seed,
                         step,
                         (int)script,
                         table->name,
                         row,
                         c,
                         (unsigned long long)read.cells[at][c],
                         (unsigned long long)cells[c]);
        at++;
    }
    if (at != read.count)
        fail_at(step, script, table->name, read.cells[at][0]);
}

/* The model has no attempt log: it must tell what the rows say. Each epoch has a line, and the last line of each row
 * is the row as it is; one without a line was never touched. */
static void compare_attempt_log(uint32_t step, enum rcp_script script)
{
    uint64_t odd =
        db_number("SELECT COUNT(*) FROM payment_failure_log AS f LEFT JOIN payment_attempt_log AS a"
                  " ON a.failure_id = f.id AND a.epoch = f.epoch AND a.outcome + 0 ="
                  " (SELECT MAX(b.outcome + 0) FROM payment_attempt_log AS b"
                  " WHERE b.failure_id = f.id AND b.epoch = f.epoch)"
                  " WHERE IF(a.failure_id IS NULL, f.epoch > 0 OR f.status <> 'PENDING',"
                  " a.changed_at <> f.updated_at OR a.attempts <> f.retry_count"
                  " OR NOT a.due_at <=> f.due_at OR NOT CASE f.status"
                  " WHEN 'PENDING' THEN a.outcome IN ('REOPENED', 'RELEASED', 'REFUSED', 'UNKNOWN')"
                  " WHEN 'PROCESSING' THEN a.outcome = 'CLAIMED'"
                  " WHEN 'FAILED' THEN a.outcome = 'PARKED' AND a.park_cause = f.park_cause"
                  " ELSE a.outcome = 'RESOLVED' END)"
                  " OR (SELECT COUNT(DISTINCT epoch) FROM payment_attempt_log AS b"
                  " WHERE b.failure_id = f.id AND b.epoch > 0) <> f.epoch");
    if (odd > 0)
        fail_at(step, script, "rows that the attempt log tells otherwise:", odd);
}

static void compare_tables(uint32_t step, enum rcp_script script)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        compare_table(step, script, &tables[i]);
    compare_attempt_log(step, script);
}

/* --- Sequences --- */

static void run_both(uint32_t step,
                     const struct ask *ask,
                     struct answer *model,
                     struct answer *server)
{
    struct answer sorted_model, sorted_server;
    model_ask(ask, model);
    real_ask(ask, server);
    sorted_model = *model;
    sorted_server = *server;
    compare_answers(step, ask, &sorted_model, &sorted_server);
    compare_tables(step, ask->script);
}

/* A sweep's rows are written down as done, each side's own: a record has an id of its own on each. */
static void mark_swept(uint32_t step, const struct answer *model, const struct answer *server)
{
    struct ask mark = {.script = RCP_SCRIPT_MARK, .count = model->count};
    struct answer done;
    if (model->count == 0 || model->more)
        return;
    memcpy(mark.rows, model->rows, model->count * sizeof mark.rows[0]);
    model_ask(&mark, &done);
    memcpy(mark.rows, server->rows, server->count * sizeof mark.rows[0]);
    real_ask(&mark, &done);
    for (uint32_t i = 0; i < done.count; i++)
        assert_int_equal(done.rows[i].verdict, RCP_VERDICT_WRITTEN);
    compare_tables(step, RCP_SCRIPT_MARK);
}

/* Documented: what a plain claim has read is handed over in the same transaction. */
static void hand_over(uint32_t step, const struct ask *claim, const struct answer *claimed)
{
    struct ask finish = {.script = RCP_SCRIPT_FINISH,
                         .first_script = RCP_SCRIPT_CLAIM,
                         .flags = claim->flags,
                         .count = claimed->count};
    static struct answer model, server;
    memcpy(finish.rows, claimed->rows, claimed->count * sizeof finish.rows[0]);
    for (uint32_t i = 0; i < finish.count; i++) {
        uint8_t alone = finish.rows[i].alone;
        draw_fate(&finish.rows[i]);
        finish.rows[i].alone = alone;
    }
    run_both(step, &finish, &model, &server);
}

/* A time that some statement compares with: to the millisecond, where before and after differ. */
static uint64_t edge_ms(void)
{
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[draw(PAYMENTS)];
    const struct rcp_log_row *row =
        &rcp_world_rows(world)[world->row_count > 0 ? draw(world->row_count) : 0];
    uint32_t which = draw(world->row_count > 0 ? 4 : 1);
    if (which == 0)
        return entry->processed_ms + RCP_SWEEP_AGE_MS;
    if (which == 1)
        return row->due_ms;
    return which == 2 ? row->created_ms + RCP_AGE_MAX_MS : row->token_until_ms - RCP_TOKEN_RENEW_MS;
}

static void pass_time(void)
{
    uint64_t now_ms = rcp_world_mysql_ms(world), edge = edge_ms();
    if (edge >= now_ms && edge < now_ms + UINT64_C(2) * RCP_AGE_MAX_MS && one_in(2))
        world->now_ms += edge - now_ms;
    else
        world->now_ms += one_in(12) ? draw(90000000) : draw(one_in(2) ? 2000 : 150000);
    real_clock();
}

/* Rows that were sent often before: nobody gets there in so few steps. */
static void wear_out(void)
{
    uint32_t index = draw(world->row_count);
    rcp_world_rows(world)[index].sends = (uint8_t)draw(RCP_SENDS_MAX + 1u);
    db_do("UPDATE payment_failure_log SET sends = %u WHERE id = %u",
          rcp_world_rows(world)[index].sends,
          index + 1u);
}

static void run_step(uint32_t step)
{
    static struct ask ask;
    static struct answer model, server;
    pass_time();
    if (world->row_count > 0 && one_in(6))
        wear_out();
    draw_ask(&ask);
    if (ask.count == 0 && ask.page == 0)
        return;
    run_both(step, &ask, &model, &server);
    if (ask.script == RCP_SCRIPT_SWEEP)
        mark_swept(step, &model, &server);
    if (ask.script == RCP_SCRIPT_CLAIM && (ask.flags & RCP_TX_LEAVE_OPEN) != 0 && model.count > 0)
        hand_over(step, &ask, &model);
}

/* Whatever was asked before, both sides are asked the same and say the same. */
static void the_model_and_the_server_agree(void **state)
{
    (void)state;
    const char *more = getenv("RCP_SEEDS");
    uint32_t seeds = more == NULL ? SEEDS : (uint32_t)strtoul(more, NULL, 10);
    for (seed = 1; seed <= seeds; seed++) {
        draws = 0;
        model_begin();
        real_begin();
        for (uint32_t step = 0; step < STEPS; step++)
            run_step(step);
        free(world);
    }
}

/* What was compared: every verdict that a script can give, but for those that only a race can. */
static void every_verdict_was_seen(void **state)
{
    (void)state;
    static const struct {
        enum rcp_script script;
        enum rcp_verdict verdict;
    } expected[] = {
        {RCP_SCRIPT_APPROVE, RCP_VERDICT_APPROVED}, {RCP_SCRIPT_APPROVE, RCP_VERDICT_ALREADY},
        {RCP_SCRIPT_APPROVE, RCP_VERDICT_CONFLICT}, {RCP_SCRIPT_APPROVE, RCP_VERDICT_REJECTED},
        {RCP_SCRIPT_APPROVE, RCP_VERDICT_FULL},     {RCP_SCRIPT_APPROVE, RCP_VERDICT_PARKED},
        {RCP_SCRIPT_LOG, RCP_VERDICT_LOGGED},       {RCP_SCRIPT_LOG, RCP_VERDICT_OPEN},
        {RCP_SCRIPT_LOG, RCP_VERDICT_PARKED},       {RCP_SCRIPT_LOG, RCP_VERDICT_ALREADY},
        {RCP_SCRIPT_LOG, RCP_VERDICT_CONFLICT},     {RCP_SCRIPT_LOG, RCP_VERDICT_REJECTED},
        {RCP_SCRIPT_LOOKUP, RCP_VERDICT_APPROVED},  {RCP_SCRIPT_LOOKUP, RCP_VERDICT_OPEN},
        {RCP_SCRIPT_LOOKUP, RCP_VERDICT_PARKED},    {RCP_SCRIPT_LOOKUP, RCP_VERDICT_NOTHING},
        {RCP_SCRIPT_LOOKUP, RCP_VERDICT_REJECTED},  {RCP_SCRIPT_SETTLE, RCP_VERDICT_CONFLICT},
        {RCP_SCRIPT_SETTLE, RCP_VERDICT_NOTHING},   {RCP_SCRIPT_FENCE, RCP_VERDICT_REJECTED},
        {RCP_SCRIPT_FENCE, RCP_VERDICT_OPEN},       {RCP_SCRIPT_FENCE, RCP_VERDICT_PARKED},
        {RCP_SCRIPT_FENCE, RCP_VERDICT_APPROVED},   {RCP_SCRIPT_REJECT, RCP_VERDICT_REJECTED},
        {RCP_SCRIPT_REJECT, RCP_VERDICT_APPROVED},  {RCP_SCRIPT_LATER, RCP_VERDICT_WRITTEN},
        {RCP_SCRIPT_LATER, RCP_VERDICT_PARKED},     {RCP_SCRIPT_LATER, RCP_VERDICT_STALE},
        {RCP_SCRIPT_RELEASE, RCP_VERDICT_WRITTEN},  {RCP_SCRIPT_RELEASE, RCP_VERDICT_STALE},
        {RCP_SCRIPT_FINISH, RCP_VERDICT_WRITTEN},   {RCP_SCRIPT_PARK, RCP_VERDICT_WRITTEN},
        {RCP_SCRIPT_SWEEP, RCP_VERDICT_ALERT},      {RCP_SCRIPT_SWEEP, RCP_VERDICT_ALERT_RECORD},
        {RCP_SCRIPT_SWEEP, RCP_VERDICT_RENEW},      {RCP_SCRIPT_SWEEP, RCP_VERDICT_RELEASE},
        {RCP_SCRIPT_REOPEN, RCP_VERDICT_OPEN},      {RCP_SCRIPT_REOPEN, RCP_VERDICT_APPROVED},
        {RCP_SCRIPT_REOPEN, RCP_VERDICT_REJECTED},  {RCP_SCRIPT_REOPEN, RCP_VERDICT_NOTHING},
        {RCP_SCRIPT_SHELVE, RCP_VERDICT_PARKED},    {RCP_SCRIPT_SHELVE, RCP_VERDICT_APPROVED},
        {RCP_SCRIPT_SHELVE, RCP_VERDICT_REJECTED},  {RCP_SCRIPT_SHELVE, RCP_VERDICT_NOTHING},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (verdicts[expected[i].script][expected[i].verdict] == 0)
            fail_msg("script %d never gave verdict %d",
                     (int)expected[i].script,
                     (int)expected[i].verdict);
}

static int begin(void **state)
{
    if (db_begin(state) != 0)
        return 1;
    db_root("SET GLOBAL sync_binlog = 0, GLOBAL innodb_flush_log_at_trx_commit = 2");
    db_open(state);
    real = db_session();
    return 0;
}

static int end(void **state)
{
    rcp_session_close(real);
    db_close(state);
    return db_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_and_the_server_agree),
        cmocka_unit_test(every_verdict_was_seen),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
