/* The order scripts from many sessions at once, on one small shop: buyers who click twice, callbacks, the
 * scheduler and operators who settle the same charge. What is lost, done twice or locked in a circle shows in
 * the tables, and in what the sessions were told. */
#include "core/hash.h"
#include "tests/integration/support/real_shop.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define THREADS   6u
#define ROUNDS    250u
#define KEYS      12u /* of each buyer: fewer than there are requests */
#define DEADLOCK  1213u
#define PAGE      4u
#define ROUND_MAX (THREADS * ROUNDS)

/* What one thread was told. */
struct tally {
    uint32_t placed;
    uint32_t written;  /* RESULTs */
    uint32_t failed;   /* of them: compensated */
    uint32_t claims;   /* refunds brought by DUE */
    uint32_t refunded; /* REFUNDs written as REFUNDED */
    uint32_t contended;
    uint32_t deadlocks;
    uint32_t broken; /* ended otherwise */
};

struct worker {
    pthread_t thread;
    struct rcp_session *session;
    struct tally tally;
    uint64_t seed;
    uint64_t draws;
    bool keyed;
    struct real_answer answer;
};

static atomic_uint_fast64_t newest; /* order id */

static uint32_t draw(struct worker *worker, uint32_t bound)
{
    return (uint32_t)(rcp_hash(worker->seed, ++worker->draws) % bound);
}

/* True where it was committed. */
static bool ask(struct worker *worker,
                enum rcp_script script,
                uint32_t flags,
                const struct real_row *row)
{
    const struct real_ask ask = {.script = script, .flags = flags, .page = PAGE, .row = row};
    real_ask(worker->session, &ask, &worker->answer);
    worker->tally.contended += worker->answer.end == RCP_SQL_CONTENTION;
    worker->tally.deadlocks += worker->answer.error == DEADLOCK;
    if (worker->answer.end != RCP_SQL_OK && worker->answer.end != RCP_SQL_CONTENTION) {
        worker->tally.broken++;
        print_message(
            "script %d ended as %d: %u\n", script, worker->answer.end, worker->answer.error);
    }
    return worker->answer.outcome == RCP_OUTCOME_DONE;
}

/* ---- What a worker does --------------------------------------------------------------------- */

static void place(struct worker *worker)
{
    uint32_t buyer = 1u + draw(worker, REAL_BUYERS);
    struct real_row row = real_cart(buyer,
                                    draw(worker, KEYS),
                                    1u + draw(worker, REAL_PRODUCTS),
                                    1u + draw(worker, REAL_PRODUCTS));
    if (draw(worker, 3) == 0)
        real_pay_by_points(&row, 100);
    else if (draw(worker, 2) == 0)
        real_pay_by_coupon(&row, buyer);
    if (!ask(worker, RCP_SCRIPT_PLACE, worker->keyed ? RCP_TX_IDEMPOTENT : 0, &row))
        return;
    const struct rcp_order_row *placed = &worker->answer.rows[0].row;
    worker->tally.placed += placed->verdict == RCP_ORDER_VERDICT_PLACED;
    if (placed->order_id > atomic_load(&newest))
        atomic_store(&newest, placed->order_id);
}

static void settle(struct worker *worker, const struct real_row *found)
{
    static const enum rcp_settle settles[] = {RCP_SETTLE_PAY,
                                              RCP_SETTLE_FAIL,
                                              RCP_SETTLE_FAIL,
                                              RCP_SETTLE_LEAVE,
                                              RCP_SETTLE_DOUBT,
                                              RCP_SETTLE_SIGHT,
                                              RCP_SETTLE_CLOSE};
    struct real_row row = *found;
    row.row.settle = (uint8_t)settles[draw(worker, sizeof settles / sizeof settles[0])];
    row.row.failure = RCP_FAILURE_CARD;
    row.row.pg_open = 1;
    row.row.delay_ms = 0;
    if (draw(worker, 3) == 0)
        real_line(&row, 0, "", 1000);
    if (row.row.refunds[0].amount != 0)
        real_put(&row.bytes.refunds[0], "surplus-%u", draw(worker, 400));
    if (!ask(worker, RCP_SCRIPT_RESULT, 0, &row) ||
        worker->answer.rows[0].row.verdict != RCP_ORDER_VERDICT_WRITTEN)
        return;
    worker->tally.written++;
    worker->tally.failed += row.row.settle == RCP_SETTLE_FAIL;
}

static void settle_any(struct worker *worker)
{
    uint64_t count = atomic_load(&newest) - REAL_FIRST + 1u;
    const struct real_row row = {.row = {.order_id = REAL_FIRST + draw(worker, (uint32_t)count)}};
    if (ask(worker, RCP_SCRIPT_FIND, 0, &row) &&
        worker->answer.rows[0].row.verdict != RCP_ORDER_VERDICT_NOTHING) {
        const struct real_row found = worker->answer.rows[0];
        settle(worker, &found);
    }
}

static void give_back(struct worker *worker, const struct real_row *claimed)
{
    struct real_row row = *claimed;
    row.row.status = draw(worker, 2) ? RCP_REFUND_REFUNDED : RCP_REFUND_DUE;
    worker->tally.claims++;
    if (ask(worker, RCP_SCRIPT_REFUND, 0, &row))
        worker->tally.refunded += row.row.status == RCP_REFUND_REFUNDED &&
                                  worker->answer.rows[0].row.verdict == RCP_ORDER_VERDICT_WRITTEN;
}

static void pass(struct worker *worker)
{
    if (!ask(worker, RCP_SCRIPT_DUE, 0, NULL))
        return;
    uint32_t count = worker->answer.count;
    struct real_row rows[PAGE];
    memcpy(rows, worker->answer.rows, count * sizeof rows[0]);
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i].row.verdict == RCP_ORDER_VERDICT_DUE)
            settle(worker, &rows[i]);
        else if (rows[i].row.verdict == RCP_ORDER_VERDICT_REFUND)
            give_back(worker, &rows[i]);
        else
            ask(worker, RCP_SCRIPT_TOLD, 0, &rows[i]);
    }
}

static void *work(void *context)
{
    struct worker *worker = context;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t what = draw(worker, 6);
        if (what < 3)
            place(worker);
        else if (what < 5)
            settle_any(worker);
        else
            pass(worker);
    }
    rcp_session_thread_end();
    return NULL;
}

static void add(struct tally *sum, const struct tally *tally)
{
    sum->placed += tally->placed;
    sum->written += tally->written;
    sum->failed += tally->failed;
    sum->claims += tally->claims;
    sum->refunded += tally->refunded;
    sum->contended += tally->contended;
    sum->deadlocks += tally->deadlocks;
    sum->broken += tally->broken;
}

static struct tally storm(bool keyed)
{
    static struct worker workers[THREADS];
    struct tally sum = {0};
    atomic_store(&newest, REAL_FIRST);
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){
            .session = real_connect(), .seed = 1000u + i + 100u * keyed, .keyed = keyed};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        rcp_session_close(workers[i].session);
        add(&sum, &workers[i].tally);
    }
    print_message("placed %u, written %u, failed %u, claims %u, refunded %u, "
                  "contended %u, deadlocks %u\n",
                  sum.placed,
                  sum.written,
                  sum.failed,
                  sum.claims,
                  sum.refunded,
                  sum.contended,
                  sum.deadlocks);
    return sum;
}

/* What the sessions were told is what the tables say: nothing was written that nobody was told of, and
 * nothing told that was not written. */
static void must_be_as_told(const struct tally *sum)
{
    assert_int_equal(sum->broken, 0);
    assert_int_equal(real_number("SELECT COUNT(*) FROM orders"), sum->placed);
    assert_int_equal(real_number("SELECT SUM(version) FROM payments"), sum->placed + sum->written);
    assert_int_equal(real_number("SELECT COUNT(*) FROM payments WHERE status = 'FAILED'"),
                     sum->failed);
    assert_int_equal(real_number("SELECT COALESCE(SUM(epoch), 0) FROM refunds"), sum->claims);
    assert_int_equal(real_number("SELECT COUNT(*) FROM refunds WHERE status = 'REFUNDED'"),
                     sum->refunded);
    assert_true(sum->placed > 0 && sum->failed > 0 && sum->refunded > 0);
}

/* All who lock in one order never meet in a circle. */
static void many_sessions_lose_nothing_and_meet_in_no_deadlock(void **state)
{
    (void)state;
    struct tally sum = storm(false);
    must_be_as_told(&sum);
    assert_int_equal(sum.deadlocks, 0);
}

/* With keys that are asked for again and again: one order each. A key that several wait for and that is let
 * go may cost one of them its turn; it comes again. */
static void many_clicks_on_one_key_place_one_order(void **state)
{
    (void)state;
    struct tally sum = storm(true);
    must_be_as_told(&sum);
    assert_int_equal(real_number("SELECT COUNT(*) FROM idempotency_keys"), sum.placed);
}

/* ---- Three who settle one charge ------------------------------------------------------------ */

struct settler {
    pthread_t thread;
    struct rcp_session *session;
    struct real_row row;
    struct real_answer answer;
};

static pthread_barrier_t gate;

static void *settle_at_once(void *context)
{
    struct settler *settler = context;
    const struct real_ask ask = {.script = RCP_SCRIPT_RESULT, .row = &settler->row};
    pthread_barrier_wait(&gate);
    real_ask(settler->session, &ask, &settler->answer);
    rcp_session_thread_end();
    return NULL;
}

/* The callback's flow, the scheduler's and the operator's have all read the same version: one of them fails
 * the order, and what it took is given back by that one alone. */
static void three_who_fail_a_charge_give_it_back_once(void **state)
{
    (void)state;
    static struct settler settlers[3];
    for (uint32_t i = 0; i < 3; i++)
        settlers[i].session = real_connect();
    pthread_barrier_init(&gate, NULL, 3);
    for (uint32_t round = 1; round <= 20; round++) {
        uint32_t written = 0;
        struct real_row row = real_cart(1, round, 1, 2);
        real_pay_by_points(&row, 700);
        real_pay_by_coupon(&row, 1);
        row = real_place(&row);
        assert_int_equal(row.row.verdict, RCP_ORDER_VERDICT_PLACED);
        for (uint32_t i = 0; i < 3; i++) {
            settlers[i].row = row;
            settlers[i].row.row.settle = RCP_SETTLE_FAIL;
            settlers[i].row.row.failure = RCP_FAILURE_OPERATOR;
            assert_int_equal(
                pthread_create(&settlers[i].thread, NULL, settle_at_once, &settlers[i]), 0);
        }
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(pthread_join(settlers[i].thread, NULL), 0);
            assert_int_equal(settlers[i].answer.outcome, RCP_OUTCOME_DONE);
            written += settlers[i].answer.rows[0].row.verdict == RCP_ORDER_VERDICT_WRITTEN;
        }
        assert_int_equal(written, 1);
        real_must_conserve();
    }
    pthread_barrier_destroy(&gate);
    for (uint32_t i = 0; i < 3; i++)
        rcp_session_close(settlers[i].session);
}

int main(void)
{
#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, real_open, real_close)
    const struct CMUnitTest tests[] = {
        SHOP_TEST(many_sessions_lose_nothing_and_meet_in_no_deadlock),
        SHOP_TEST(many_clicks_on_one_key_place_one_order),
        SHOP_TEST(three_who_fail_a_charge_give_it_back_once),
    };
    return cmocka_run_group_tests(tests, real_begin, real_end);
}
