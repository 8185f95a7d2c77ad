/* PgQueryResult: what an order's transactions at the PG come to, row by row, under both sides of the knobs
 * that choose (which_transaction, amounts, refund); and which money has to go back. */
#include "core/gateway/query.h"
#include "core/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ORDER  42u
#define AMOUNT 15000u

static struct rcp_node node;
static struct rcp_effects effects;

/* A step under `hardened` with these knobs turned, or the other way round. */
static struct rcp_step step_of(bool hardened, uint64_t turned)
{
    node.policy = hardened ? rcp_policy_hardened() : rcp_policy_documented();
    for (uint32_t knob = 0; knob < RCP_KNOB_COUNT; knob++)
        if ((turned >> knob & 1u) != 0)
            rcp_policy_set(&node.policy, (enum rcp_knob)knob, !hardened);
    return (struct rcp_step){.node = &node, .effects = &effects};
}

#define TURN(knob) (UINT64_C(1) << RCP_KNOB_##knob)

/* Transactions by letter, newest first; keys are 1, 2, .. in that order. S: success of ours. P: pending.
 * F: failed. R: refunded. A: success of another amount. O: success that names another order. '+': more than
 * we were told of. */
static struct rcp_pg_seen seen_of(const char *letters)
{
    struct rcp_pg_seen seen = {0};
    for (; *letters != '\0'; letters++) {
        if (*letters == '+') {
            seen.more = 1;
            continue;
        }
        struct rcp_pg_transaction *transaction = &seen.transactions[seen.count++];
        *transaction = (struct rcp_pg_transaction){
            .key = seen.count,
            .order_id = *letters == 'O' ? ORDER + 1u : ORDER,
            .amount = *letters == 'A' ? AMOUNT + 1u : AMOUNT,
            .status = *letters == 'P'   ? RCP_PG_PENDING
                      : *letters == 'F' ? RCP_PG_FAILED
                      : *letters == 'R' ? RCP_PG_REFUNDED
                                        : RCP_PG_SUCCESS,
            .priced = 1,
        };
    }
    return seen;
}

static const char *const results[RCP_PG_RESULT_COUNT] = {
    [RCP_PG_RESULT_NONE] = "NONE",
    [RCP_PG_RESULT_SUCCESS] = "SUCCESS",
    [RCP_PG_RESULT_FAILED] = "FAILED",
    [RCP_PG_RESULT_PENDING] = "PENDING",
    [RCP_PG_RESULT_NOT_FOUND] = "NOT_FOUND",
    [RCP_PG_RESULT_QUERY_FAILED] = "QUERY_FAILED",
    [RCP_PG_RESULT_MISMATCH] = "MISMATCH",
};

/* --- Aggregation --- */

#define R(result) RCP_PG_RESULT_##result

/* What a list comes to, and the key that decides: hardened (aggregate, compared) and documented (the last of
 * a list that begins with the newest, not compared). */
static const struct {
    const char *list;
    enum rcp_pg_result hardened;
    uint32_t hardened_key;
    enum rcp_pg_result documented;
    uint32_t documented_key;
} rows[] = {
    {"", R(NOT_FOUND), 0, R(NOT_FOUND), 0},
    {"S", R(SUCCESS), 1, R(SUCCESS), 1},
    {"F", R(FAILED), 1, R(FAILED), 1},
    {"P", R(PENDING), 1, R(PENDING), 1},
    {"R", R(FAILED), 1, R(PENDING), 1}, /* documented: a status nobody knows is PENDING */
    {"A", R(MISMATCH), 1, R(SUCCESS), 1},
    {"O", R(MISMATCH), 1, R(SUCCESS), 1},

    /* FACTS 1.9, 3: a SUCCESS can be missed, and a failure believed. */
    {"SF", R(SUCCESS), 1, R(FAILED), 2},
    {"FS", R(SUCCESS), 2, R(SUCCESS), 2},
    {"SP", R(SUCCESS), 1, R(PENDING), 2},
    {"PS", R(SUCCESS), 2, R(SUCCESS), 2},
    {"PF", R(PENDING), 1, R(FAILED), 2},
    {"FP", R(PENDING), 2, R(PENDING), 2},
    {"FF", R(FAILED), 2, R(FAILED), 2},

    /* Of several SUCCESSes the oldest is kept, wherever the others stand. */
    {"SS", R(SUCCESS), 2, R(SUCCESS), 2},
    {"SSF", R(SUCCESS), 2, R(FAILED), 3},
    {"SFS", R(SUCCESS), 3, R(SUCCESS), 3},

    /* Another amount is a mismatch only where nothing else decides, and nothing is open. */
    {"AS", R(SUCCESS), 2, R(SUCCESS), 2},
    {"SA", R(SUCCESS), 1, R(SUCCESS), 2},
    {"AP", R(PENDING), 2, R(PENDING), 2},
    {"PA", R(PENDING), 1, R(SUCCESS), 2},
    {"AF", R(MISMATCH), 1, R(FAILED), 2},
    {"FA", R(MISMATCH), 2, R(SUCCESS), 2},
    {"AO", R(MISMATCH), 2, R(SUCCESS), 2},
    {"OFA", R(MISMATCH), 3, R(SUCCESS), 3},

    /* Money that went back decides nothing. */
    {"RS", R(SUCCESS), 2, R(SUCCESS), 2},
    {"SR", R(SUCCESS), 1, R(PENDING), 2},
    {"RF", R(FAILED), 2, R(FAILED), 2},
    {"FR", R(FAILED), 1, R(PENDING), 2},
    {"PR", R(PENDING), 1, R(PENDING), 2},
    {"RA", R(MISMATCH), 2, R(SUCCESS), 2},

    /* Who was not told of all cannot say that all have failed. What is there is there. */
    {"FFFFFFFF+", R(QUERY_FAILED), 8, R(FAILED), 8},
    {"RFFFFFFF+", R(QUERY_FAILED), 8, R(FAILED), 8},
    {"FFFFPFFF+", R(PENDING), 5, R(FAILED), 8},
    {"FSFFFFFF+", R(SUCCESS), 2, R(FAILED), 8},
    {"FFFFFFFA+", R(MISMATCH), 8, R(SUCCESS), 8},
};

#define ROWS (sizeof rows / sizeof rows[0])

static void assert_comes_to(const struct rcp_step *step,
                            const char *list,
                            enum rcp_pg_result result,
                            uint32_t key)
{
    struct rcp_pg_seen seen = seen_of(list);
    uint32_t which = UINT32_MAX;
    enum rcp_pg_result found = rcp_pg_aggregate(step, &seen, ORDER, AMOUNT, &which);
    if (found != result)
        fail_msg("\"%s\" comes to %s, not %s", list, results[found], results[result]);
    if (key != 0 && seen.transactions[which].key != key)
        fail_msg("\"%s\": number %u decides, not %u", list, which + 1u, key);
}

static void a_list_comes_to_one_result(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct rcp_step step = step_of(true, 0);
        assert_comes_to(&step, rows[i].list, rows[i].hardened, rows[i].hardened_key);
        step = step_of(false, 0);
        assert_comes_to(&step, rows[i].list, rows[i].documented, rows[i].documented_key);
    }
}

/* Each of the two knobs alone. */
static void the_knobs_choose_apart_from_each_other(void **state)
{
    (void)state;
    struct rcp_step step = step_of(true, TURN(AMOUNTS)); /* aggregate, not compared */
    assert_comes_to(&step, "A", R(SUCCESS), 1);
    assert_comes_to(&step, "OF", R(SUCCESS), 1);
    assert_comes_to(&step, "AS", R(SUCCESS), 2);
    assert_comes_to(&step, "SA", R(SUCCESS), 2);
    step = step_of(true, TURN(WHICH_TRANSACTION)); /* the last of the list, compared */
    assert_comes_to(&step, "SA", R(MISMATCH), 2);
    assert_comes_to(&step, "SO", R(MISMATCH), 2);
    assert_comes_to(&step, "AS", R(SUCCESS), 2);
    assert_comes_to(&step, "SF", R(FAILED), 2);
    for (uint32_t knob = 0; knob < RCP_KNOB_COUNT; knob++) { /* no other one has a say */
        if (knob == RCP_KNOB_AMOUNTS || knob == RCP_KNOB_WHICH_TRANSACTION)
            continue;
        step = step_of(true, UINT64_C(1) << knob);
        for (size_t i = 0; i < ROWS; i++)
            assert_comes_to(&step, rows[i].list, rows[i].hardened, rows[i].hardened_key);
    }
}

/* Both halves of a match count: a transaction of our amount for another order, and the other way round. */
static void a_match_is_amount_and_order(void **state)
{
    (void)state;
    static const struct {
        uint64_t order_id, amount;
        enum rcp_pg_result result;
    } matches[] = {
        {ORDER, AMOUNT, R(SUCCESS)},
        {ORDER, AMOUNT - 1u, R(MISMATCH)},
        {ORDER, AMOUNT + 1u, R(MISMATCH)},
        {ORDER - 1u, AMOUNT, R(MISMATCH)},
        {ORDER, 0, R(MISMATCH)},
    };
    struct rcp_step step = step_of(true, 0);
    for (size_t i = 0; i < sizeof matches / sizeof matches[0]; i++) {
        struct rcp_pg_seen seen = seen_of("S");
        uint32_t which = 0;
        seen.transactions[0].order_id = matches[i].order_id;
        seen.transactions[0].amount = matches[i].amount;
        assert_int_equal(rcp_pg_aggregate(&step, &seen, ORDER, AMOUNT, &which), matches[i].result);
    }
}

/* --- What has been heard --- */

static void a_list_is_kept_as_it_was_told(void **state)
{
    (void)state;
    struct rcp_pg_transaction told[RCP_PG_TRANSACTIONS_MAX] = {
        {.key = 5, .status = RCP_PG_SUCCESS}, {.key = 3, .status = RCP_PG_PENDING}};
    struct rcp_pg_done done = {.answer = RCP_PG_OK, .count = 2, .transactions = told};
    struct rcp_pg_seen seen = seen_of("FFF+"); /* what was seen before is forgotten */
    rcp_pg_seen_list(&seen, &done);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.more, 0);
    assert_memory_equal(seen.transactions, told, sizeof told);
    for (uint32_t i = 0; i < RCP_PG_TRANSACTIONS_MAX; i++)
        told[i].key = i + 1u;
    done.count = RCP_PG_TRANSACTIONS_MAX;
    done.more = true;
    rcp_pg_seen_list(&seen, &done);
    assert_int_equal(seen.count, RCP_PG_TRANSACTIONS_MAX);
    assert_int_equal(seen.more, 1);
}

/* SUCCESSes are asked about one by one, newest first, and nothing else is; then all that matters is known. */
static void each_success_is_priced_once(void **state)
{
    (void)state;
    struct rcp_step step = step_of(true, 0);
    struct rcp_pg_seen seen = seen_of("SFPRS");
    for (uint32_t i = 0; i < seen.count; i++)
        seen.transactions[i].priced = 0;
    static const uint64_t keys[] = {1, 5};
    for (size_t i = 0; i < 2; i++) {
        struct rcp_pg_transaction told = {.key = keys[i],
                                          .order_id = ORDER,
                                          .amount = AMOUNT,
                                          .status = RCP_PG_SUCCESS,
                                          .priced = 1};
        struct rcp_pg_done done = {.answer = RCP_PG_OK, .count = 1, .transactions = &told};
        assert_int_equal(rcp_pg_seen_unpriced(&step, &seen), keys[i]);
        assert_true(rcp_pg_seen_price(&seen, keys[i], &done));
    }
    assert_int_equal(rcp_pg_seen_unpriced(&step, &seen), 0);
    assert_int_equal(seen.transactions[4].amount, AMOUNT);
}

/* Prices cost a query each: they are asked for where amounts are compared, or money goes back. */
static void prices_are_asked_for_where_they_matter(void **state)
{
    (void)state;
    struct rcp_pg_seen seen = seen_of("S");
    seen.transactions[0].priced = 0;
    static const struct {
        bool hardened;
        uint64_t turned, key;
    } wanted[] = {
        {true, 0, 1},
        {false, 0, 0},
        {false, TURN(AMOUNTS), 1},
        {false, TURN(REFUND), 1},
        {true, TURN(AMOUNTS), 1},
        {true, TURN(REFUND), 1},
        {true, TURN(AMOUNTS) | TURN(REFUND), 0},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct rcp_step step = step_of(wanted[i].hardened, wanted[i].turned);
        assert_int_equal(rcp_pg_seen_unpriced(&step, &seen), wanted[i].key);
    }
}

/* The status of a GET is younger than that of the LIST before it. */
static void a_price_brings_the_status_of_now(void **state)
{
    (void)state;
    struct rcp_pg_seen seen = seen_of("S");
    struct rcp_pg_transaction told = {
        .key = 1, .order_id = ORDER, .amount = AMOUNT, .status = RCP_PG_REFUNDED, .priced = 1};
    struct rcp_pg_done done = {.answer = RCP_PG_OK, .count = 1, .transactions = &told};
    assert_true(rcp_pg_seen_price(&seen, 1, &done));
    assert_int_equal(seen.transactions[0].status, RCP_PG_REFUNDED);
}

/* An answer about something else, or without a price, is a query that failed: asking on would go round. */
static void an_answer_about_another_is_no_price(void **state)
{
    (void)state;
    static const struct {
        uint64_t asked, told;
        uint8_t priced;
    } wrong[] = {{1, 2, 1}, {1, 9, 1}, {1, 1, 0}, {9, 9, 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct rcp_pg_seen seen = seen_of("SS"), before = seen;
        struct rcp_pg_transaction told = {
            .key = wrong[i].told, .amount = 1, .status = RCP_PG_FAILED, .priced = wrong[i].priced};
        struct rcp_pg_done done = {.answer = RCP_PG_OK, .count = 1, .transactions = &told};
        assert_false(rcp_pg_seen_price(&seen, wrong[i].asked, &done));
        assert_memory_equal(&seen, &before, sizeof seen);
    }
}

/* --- What is still open, and what goes back --- */

static void only_pending_and_untold_ones_are_open(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        bool final;
    } open[] = {{"", true},
                {"S", true},
                {"F", true},
                {"R", true},
                {"SFR", true},
                {"P", false},
                {"SP", false},
                {"PF", false},
                {"FFFFFFFF+", false}};
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        struct rcp_pg_seen seen = seen_of(open[i].list);
        assert_int_equal(rcp_pg_all_final(&seen), open[i].final);
    }
}

/* Money taken for this order that is not the one kept: each SUCCESS, whatever its amount; but none that names
 * another order, since that is not ours to give back. */
static const struct {
    const char *list;
    uint64_t kept;
    uint32_t count;
    uint64_t keys[RCP_REFUND_LINES_MAX];
} surplus[] = {
    {"", 0, 0, {0}},
    {"S", 1, 0, {0}},
    {"S", 0, 1, {1}}, /* a charge that has failed keeps nothing */
    {"F", 0, 0, {0}},
    {"P", 0, 0, {0}},
    {"R", 0, 0, {0}}, /* gone back already */
    {"SS", 2, 1, {1}},
    {"SS", 1, 1, {2}},
    {"SS", 0, 2, {1, 2}},
    {"AS", 2, 1, {1}},
    {"OS", 2, 0, {0}},
    {"O", 0, 0, {0}},
    {"SFPRSA", 5, 2, {1, 6}},
    {"SSSSSSSS", 8, 7, {1, 2, 3, 4}}, /* a script has room for four: the others come next time */
};

static void surplus_money_goes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof surplus / sizeof surplus[0]; i++) {
        struct rcp_pg_seen seen = seen_of(surplus[i].list);
        struct rcp_refund_line lines[RCP_REFUND_LINES_MAX] = {{0}};
        assert_int_equal(rcp_pg_surplus(&seen, ORDER, surplus[i].kept, lines), surplus[i].count);
        for (uint32_t k = 0; k < RCP_REFUND_LINES_MAX; k++) {
            if (lines[k].key != surplus[i].keys[k])
                fail_msg("\"%s\", %u kept: line %u is of %u",
                         surplus[i].list,
                         (unsigned)surplus[i].kept,
                         k,
                         (unsigned)lines[k].key);
            if (lines[k].key != 0)
                assert_int_equal(lines[k].amount, seen.transactions[lines[k].key - 1u].amount);
        }
    }
}

/* What has no price yet cannot go back: nobody knows how much. */
static void what_has_no_price_does_not_go_back(void **state)
{
    (void)state;
    struct rcp_pg_seen seen = seen_of("SS");
    struct rcp_refund_line lines[RCP_REFUND_LINES_MAX] = {{0}};
    seen.transactions[0].priced = 0;
    assert_int_equal(rcp_pg_surplus(&seen, ORDER, 0, lines), 1);
    assert_int_equal(lines[0].key, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_comes_to_one_result),
        cmocka_unit_test(the_knobs_choose_apart_from_each_other),
        cmocka_unit_test(a_match_is_amount_and_order),
        cmocka_unit_test(a_list_is_kept_as_it_was_told),
        cmocka_unit_test(each_success_is_priced_once),
        cmocka_unit_test(prices_are_asked_for_where_they_matter),
        cmocka_unit_test(a_price_brings_the_status_of_now),
        cmocka_unit_test(an_answer_about_another_is_no_price),
        cmocka_unit_test(only_pending_and_untold_ones_are_open),
        cmocka_unit_test(surplus_money_goes_back),
        cmocka_unit_test(what_has_no_price_does_not_go_back),
    };
    return cmocka_run_group_tests_name("pg_query", tests, NULL, NULL);
}
