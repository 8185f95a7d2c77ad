/* The simulator's order scripts and the real server's are the same: random sequences of them, run on both with
 * both clocks at the same millisecond, give the same verdicts, the same rows and the same tables. */
#include "core/hash.h"
#include "tests/integration/support/model_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS       40u
#define STEPS       90u
#define STEP_MS_MAX 90000u

static_assert((uint64_t)STEPS * STEP_MS_MAX < 86400000u, "the model's keys count for ever");
static_assert(STEPS <= MODEL_ORDERS_MAX, "each step may place an order");

static uint64_t seed;
static uint64_t draws;
static uint64_t last_request; /* documented nodes place a second order in its name */
static uint32_t verdicts[RCP_SCRIPT_COUNT][RCP_ORDER_VERDICT_COUNT];

/* ---- Chance --------------------------------------------------------------------------------- */

static uint32_t draw(uint32_t bound)
{
    return (uint32_t)(rcp_hash(seed, ++draws) % bound);
}

static bool one_in(uint32_t count)
{
    return draw(count) == 0;
}

/* ---- Something to ask ----------------------------------------------------------------------- */

static void draw_items(struct rcp_cart *cart)
{
    uint32_t lines = 1u + draw(RCP_ORDER_ITEMS_MAX);
    for (uint32_t i = 0; i < lines; i++) {
        uint32_t at = draw(RCP_ORDER_ITEMS_MAX);
        uint32_t product = one_in(40) ? REAL_PRODUCTS + 1u : 1u + draw(REAL_PRODUCTS);
        cart->items[at] = (struct rcp_order_item){product, 1u + draw(one_in(8) ? 40u : 3u)};
    }
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        cart->total_amount +=
            (uint64_t)REAL_PRICE * cart->items[i].product_id * cart->items[i].quantity;
}

/* Points, a coupon, and now and then a price that is not ours. What is said always adds up. */
static void draw_amounts(struct rcp_cart *cart, uint32_t buyer)
{
    if (one_in(30))
        cart->total_amount += 1000;
    if (one_in(3))
        cart->used_point = one_in(3) ? cart->total_amount : UINT64_C(500) * draw(8);
    if (cart->used_point > cart->total_amount)
        cart->used_point = cart->total_amount;
    uint64_t left = cart->total_amount - cart->used_point;
    if (one_in(4)) {
        cart->coupon_id = one_in(5) ? 1u + draw(REAL_BUYERS) : buyer;
        cart->coupon_discount = REAL_DISCOUNT < left ? REAL_DISCOUNT : left;
    }
    if (one_in(30) && cart->coupon_discount > 0)
        cart->coupon_discount--;
    cart->paid_amount = left - cart->coupon_discount;
}

static void draw_place(struct real_ask *ask, struct rcp_order_row *row)
{
    uint32_t buyer = 1u + draw(REAL_BUYERS);
    uint64_t purchase = (uint64_t)(buyer - 1u) * MODEL_PURCHASES + 1u + draw(MODEL_PURCHASES);
    row->user_id = buyer;
    row->origin = one_in(6) && last_request != 0 ? last_request : model_request(purchase);
    last_request = row->origin;
    row->request_key = one_in(6) ? 0 : purchase;
    row->body_hash = UINT64_MAX - draw(8) / 7u;
    draw_items(&row->cart);
    draw_amounts(&row->cart, buyer);
    ask->flags = one_in(6) ? 0 : RCP_TX_IDEMPOTENT;
    if (one_in(4))
        ask->flags |= RCP_TX_MIXED_LOCKS;
}

/* An order that there is, as a node knows it: as it stands, or as it stood. */
static bool draw_order(struct rcp_order_row *row)
{
    if (model_orders() == 0)
        return false;
    model_order(draw(model_orders()), row);
    if (one_in(6))
        row->version -= row->version > 0;
    return true;
}

static uint64_t draw_key(const struct rcp_order_row *row)
{
    return model_key((uint32_t)(row->order_id - REAL_FIRST), draw(MODEL_KEYS_EACH));
}

static bool draw_find(struct real_ask *ask, struct rcp_order_row *row)
{
    struct rcp_order_row known = {0};
    if (!draw_order(&known))
        return false;
    if (one_in(4))
        row->order_id = known.order_id + draw(2);
    if (one_in(3))
        row->pg_key = draw_key(&known);
    if (one_in(2)) {
        row->user_id = 1u + draw(REAL_BUYERS);
        row->request_key = 1u + draw(REAL_BUYERS * MODEL_PURCHASES);
    }
    row->origin = one_in(5) ? 0 : known.origin + draw(2);
    ask->flags = one_in(3) ? RCP_TX_CREATED : 0;
    return true;
}

static bool draw_result(struct real_ask *ask, struct rcp_order_row *row)
{
    static const uint32_t pauses[] = {0, 1, 60000, 300000, UINT32_MAX};
    if (!draw_order(row))
        return false;
    row->settle = (uint8_t)draw(RCP_SETTLE_COUNT);
    row->pg_key = one_in(2) ? draw_key(row) : 0;
    row->failure = (uint8_t)draw(RCP_FAILURE_COUNT);
    row->pg_open = (uint8_t)draw(2);
    row->tries = (uint8_t)(one_in(3) ? draw(one_in(9) ? 256 : 4) : 0);
    row->silent = (uint8_t)one_in(4);
    row->delay_ms = pauses[draw(5)];
    for (uint32_t i = 0; i < RCP_REFUND_LINES_MAX; i++)
        if (one_in(8))
            row->refunds[i] = (struct rcp_refund_line){draw_key(row), UINT64_C(100) * draw(90)};
    ask->flags = one_in(3) ? RCP_TX_CREATED : 0;
    if (one_in(5))
        ask->flags |= RCP_TX_OVERWRITTEN;
    if (one_in(3))
        ask->flags |= RCP_TX_MIXED_LOCKS;
    return true;
}

static void draw_due(struct real_ask *ask, struct rcp_order_row *row)
{
    ask->page = 1u + draw(MODEL_PAGE_MAX);
    ask->flags = one_in(3) ? RCP_TX_CREATED : 0;
    if (one_in(4))
        ask->flags |= RCP_TX_EVERY_ONE;
    if ((ask->flags & RCP_TX_EVERY_ONE) == 0)
        ask->row = NULL;
    else if (one_in(2))
        row->order_id = REAL_FIRST + draw(MODEL_ORDERS_MAX);
}

static bool draw_refund(struct rcp_order_row *row)
{
    static const enum rcp_refund_status ends[] = {
        RCP_REFUND_DUE, RCP_REFUND_REFUNDED, RCP_REFUND_PARKED};
    if (model_refunds() == 0)
        return false;
    model_refund(draw(model_refunds()), row);
    row->version -= one_in(6) && row->version > 0;
    row->status = (uint8_t)ends[draw(3)];
    row->tries = (uint8_t)draw(one_in(9) ? 256 : 2);
    row->delay_ms = draw(200000);
    return true;
}

static bool draw_told(struct rcp_order_row *row)
{
    row->alert = (uint8_t)(1u + draw(RCP_ORDER_ALERT_COUNT - 1u));
    if (row->alert != RCP_ORDER_ALERT_REFUND)
        return draw_order(row);
    if (model_refunds() == 0)
        return false;
    model_refund(draw(model_refunds()), row);
    return true;
}

/* False where there is nothing yet that such a script could be about. */
static bool draw_ask(struct real_ask *ask, struct real_row *row)
{
    static const enum rcp_script scripts[] = {RCP_SCRIPT_PLACE,
                                              RCP_SCRIPT_PLACE,
                                              RCP_SCRIPT_PLACE,
                                              RCP_SCRIPT_FIND,
                                              RCP_SCRIPT_RESULT,
                                              RCP_SCRIPT_RESULT,
                                              RCP_SCRIPT_RESULT,
                                              RCP_SCRIPT_RESULT,
                                              RCP_SCRIPT_DUE,
                                              RCP_SCRIPT_DUE,
                                              RCP_SCRIPT_REFUND,
                                              RCP_SCRIPT_TOLD};
    *row = (struct real_row){0};
    *ask = (struct real_ask){.script = scripts[draw(sizeof scripts / sizeof scripts[0])],
                             .page = MODEL_PAGE_MAX,
                             .row = row};
    if (ask->script == RCP_SCRIPT_PLACE)
        draw_place(ask, &row->row);
    else if (ask->script == RCP_SCRIPT_FIND)
        return draw_find(ask, &row->row);
    else if (ask->script == RCP_SCRIPT_RESULT)
        return draw_result(ask, &row->row);
    else if (ask->script == RCP_SCRIPT_DUE)
        draw_due(ask, &row->row);
    else if (ask->script == RCP_SCRIPT_REFUND)
        return draw_refund(&row->row);
    else
        return draw_told(&row->row);
    return true;
}

/* ---- Handles and bytes, as the loop has them ------------------------------------------------ */

static void put(struct rcp_bytes *bytes, char letter, uint64_t handle)
{
    bytes->size = 0;
    if (handle != 0)
        real_put(bytes, "%c%llu", letter, (unsigned long long)handle);
}

static void put_all(struct real_row *row)
{
    put(&row->bytes.origin, 'o', row->row.origin);
    put(&row->bytes.request_key, 'k', row->row.request_key);
    put(&row->bytes.pg_key, 't', row->row.pg_key);
    for (uint32_t i = 0; i < RCP_REFUND_LINES_MAX; i++)
        put(&row->bytes.refunds[i], 't', row->row.refunds[i].key);
}

static void take(const struct rcp_bytes *bytes, char letter, uint64_t *handle)
{
    char text[RCP_HANDLE_BYTES_MAX + 1u] = {0};
    if (bytes->size == 0)
        return;
    memcpy(text, bytes->at, bytes->size);
    assert_int_equal(text[0], letter);
    *handle = strtoull(&text[1], NULL, 10);
}

static struct rcp_order_row taken(const struct real_row *row)
{
    struct rcp_order_row out = row->row;
    take(&row->bytes.origin, 'o', &out.origin);
    take(&row->bytes.request_key, 'k', &out.request_key);
    take(&row->bytes.pg_key, 't', &out.pg_key);
    return out;
}

/* ---- Comparing ------------------------------------------------------------------------------ */

static void fail_at(uint32_t step, enum rcp_script script, const char *what)
{
    fail_msg("seed %llu, step %u, script %d: %s", (unsigned long long)seed, step, script, what);
}

static void compare_rows(uint32_t step,
                         enum rcp_script script,
                         const struct real_answer *model,
                         const struct real_answer *real)
{
    if (real->end != RCP_SQL_OK || real->outcome != RCP_OUTCOME_DONE)
        fail_at(step, script, "the server refuses it");
    if (model->count != real->count || model->more != real->more)
        fail_at(step, script, "another number of rows");
    for (uint32_t i = 0; i < model->count; i++) {
        struct rcp_order_row row = taken(&real->rows[i]);
        const struct rcp_order_row *wanted = &model->rows[i].row;
        verdicts[script][wanted->verdict]++;
        if (row.verdict != wanted->verdict)
            fail_msg("seed %llu, step %u, script %d, row %u: verdict %u, not %u",
                     (unsigned long long)seed,
                     step,
                     script,
                     i,
                     row.verdict,
                     wanted->verdict);
        assert_memory_equal(&row, wanted, sizeof row);
    }
}

static void compare_table(uint32_t step, enum rcp_script script, enum shop_table table)
{
    static struct shop_rows model;
    static struct shop_rows real;
    model_read(table, &model);
    model_read_real(table, &real);
    if (model.count != real.count)
        fail_at(step, script, model_column(table, 0));
    for (uint32_t i = 0; i < model.count; i++)
        for (uint32_t c = 0; c < model_columns(table); c++)
            if (model.cells[i][c] != real.cells[i][c])
                fail_msg("seed %llu, step %u, script %d: %s of row %u is %llu, not %llu",
                         (unsigned long long)seed,
                         step,
                         script,
                         model_column(table, c),
                         i,
                         (unsigned long long)real.cells[i][c],
                         (unsigned long long)model.cells[i][c]);
}

/* ---- Sequences ------------------------------------------------------------------------------ */

static void run_step(uint32_t step)
{
    static struct real_answer model;
    static struct real_answer real;
    struct real_ask ask;
    struct real_row row;
    if (!draw_ask(&ask, &row))
        return;
    put_all(&row);
    real_clock(model_now_ms());
    model_ask(&ask, &model);
    real_ask(real_session(step % 2u), &ask, &real);
    compare_rows(step, ask.script, &model, &real);
    for (uint32_t table = 0; table < SHOP_TABLE_COUNT; table++)
        compare_table(step, ask.script, (enum shop_table)table);
}

/* Sequences with RCP_TX_OVERWRITTEN lose units, as they should: the same ones on both sides. */
static int close_as_it_is(void **state)
{
    (void)state;
    real_leave();
    model_end();
    return 0;
}

static int open_both(void **state)
{
    model_begin();
    return real_open(state);
}

static void a_sequence_ends_alike_on_both(void **state)
{
    (void)state;
    const char *first = getenv("RCP_SEED");
    uint64_t base = first == NULL ? 1 : strtoull(first, NULL, 10);
    for (seed = base; seed < base + SEEDS; seed++) {
        draws = last_request = 0;
        for (uint32_t step = 0; step < STEPS; step++) {
            run_step(step);
            model_pass(one_in(3) ? 0 : draw(STEP_MS_MAX));
        }
        close_as_it_is(NULL);
        open_both(NULL);
    }
}

/* What the sequences came to, script by script: each verdict that a script may give was given. */
static void each_verdict_was_given(void **state)
{
    (void)state;
    static const struct {
        enum rcp_script script;
        enum rcp_order_verdict verdict;
    } all[] = {
        {RCP_SCRIPT_PLACE, RCP_ORDER_VERDICT_PLACED},
        {RCP_SCRIPT_PLACE, RCP_ORDER_VERDICT_PAID},
        {RCP_SCRIPT_PLACE, RCP_ORDER_VERDICT_FAILED},
        {RCP_SCRIPT_PLACE, RCP_ORDER_VERDICT_RUNNING},
        {RCP_SCRIPT_PLACE, RCP_ORDER_VERDICT_OTHER},
        {RCP_SCRIPT_PLACE, RCP_ORDER_VERDICT_NO_STOCK},
        {RCP_SCRIPT_PLACE, RCP_ORDER_VERDICT_NO_POINT},
        {RCP_SCRIPT_PLACE, RCP_ORDER_VERDICT_NO_COUPON},
        {RCP_SCRIPT_PLACE, RCP_ORDER_VERDICT_PRICE},
        {RCP_SCRIPT_FIND, RCP_ORDER_VERDICT_PLACED},
        {RCP_SCRIPT_FIND, RCP_ORDER_VERDICT_PAID},
        {RCP_SCRIPT_FIND, RCP_ORDER_VERDICT_FAILED},
        {RCP_SCRIPT_FIND, RCP_ORDER_VERDICT_UNSURE},
        {RCP_SCRIPT_FIND, RCP_ORDER_VERDICT_NOTHING},
        {RCP_SCRIPT_DUE, RCP_ORDER_VERDICT_DUE},
        {RCP_SCRIPT_DUE, RCP_ORDER_VERDICT_REFUND},
        {RCP_SCRIPT_DUE, RCP_ORDER_VERDICT_ALERT},
        {RCP_SCRIPT_RESULT, RCP_ORDER_VERDICT_WRITTEN},
        {RCP_SCRIPT_RESULT, RCP_ORDER_VERDICT_STALE},
        {RCP_SCRIPT_RESULT, RCP_ORDER_VERDICT_REFUSED},
        {RCP_SCRIPT_REFUND, RCP_ORDER_VERDICT_WRITTEN},
        {RCP_SCRIPT_REFUND, RCP_ORDER_VERDICT_STALE},
        {RCP_SCRIPT_TOLD, RCP_ORDER_VERDICT_WRITTEN},
        {RCP_SCRIPT_TOLD, RCP_ORDER_VERDICT_STALE},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        uint32_t count = verdicts[all[i].script][all[i].verdict];
        print_message("script %d, verdict %d: %u times\n", all[i].script, all[i].verdict, count);
        assert_true(count > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sequence_ends_alike_on_both, open_both, close_as_it_is),
        cmocka_unit_test(each_verdict_was_given),
    };
    return cmocka_run_group_tests(tests, real_begin, real_end);
}
