/* Every invariant of the second document in a good shop, and in the false one next to it. */
#include "sim/check/checker.h"
#include "tests/support/small_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALL UINT64_MAX

/* --- Good shops --- */

static void in_progress(struct rcp_world *world)
{
    small_shop_order(world, 0);
}

static void paid(struct rcp_world *world)
{
    uint32_t order = small_shop_order(world, 0);
    rcp_world_orders(world)[order].pg_key = small_shop_transaction(world, order, RCP_PG_SUCCESS);
    small_shop_settle(world, order, RCP_CHARGE_PAID);
    rcp_world_purchase_ledgers(world)[0].told_paid = 1;
}

static void declined(struct rcp_world *world)
{
    uint32_t order = small_shop_order(world, 0);
    small_shop_transaction(world, order, RCP_PG_FAILED);
    rcp_world_orders(world)[order].failure = RCP_FAILURE_LIMIT;
    small_shop_settle(world, order, RCP_CHARGE_FAILED);
    rcp_world_purchase_ledgers(world)[0].told_failed = 1;
}

static void no_record(struct rcp_world *world)
{
    uint32_t order = small_shop_order(world, 0);
    rcp_world_orders(world)[order].listed_none = 2;
    rcp_world_orders(world)[order].failure = RCP_FAILURE_NO_RECORD;
    small_shop_settle(world, order, RCP_CHARGE_FAILED);
}

static void refunded(struct rcp_world *world)
{
    no_record(world);
    small_shop_refund(
        world, 0, small_shop_transaction(world, 0, RCP_PG_REFUNDED), RCP_REFUND_REFUNDED);
}

static void refund_parked(struct rcp_world *world)
{
    no_record(world);
    small_shop_refund(
        world, 0, small_shop_transaction(world, 0, RCP_PG_SUCCESS), RCP_REFUND_PARKED);
}

static void in_review(struct rcp_world *world)
{
    uint32_t order = small_shop_order(world, 0);
    small_shop_transaction(world, order, RCP_PG_SUCCESS);
    rcp_world_pg_rows(world)[0].amount += 10;
    small_shop_settle(world, order, RCP_CHARGE_REVIEW);
    rcp_world_orders(world)[order].alerted = 1;
    rcp_world_orders(world)[order].told = 1;
}

/* --- The one change that makes each false --- */

static void points_from_nowhere(struct rcp_world *world)
{
    rcp_world_buyers(world)[0].points++;
}

static void coupon_given_back(struct rcp_world *world)
{
    rcp_world_buyers(world)[0].coupon_used = 0;
}

static void a_unit_lost(struct rcp_world *world)
{
    world->products[0].stock--;
}

static void compensated_again(struct rcp_world *world)
{
    rcp_world_orders(world)[0].compensated = 2;
}

static void not_cancelled(struct rcp_world *world)
{
    rcp_world_orders(world)[0].charge = RCP_CHARGE_FAILED;
}

static void ordered_again(struct rcp_world *world)
{
    small_shop_order(world, 0);
}

static void transaction_failed(struct rcp_world *world)
{
    rcp_world_pg_rows(world)[0].status = RCP_PG_FAILED;
}

static void other_amount(struct rcp_world *world)
{
    rcp_world_pg_rows(world)[0].amount = 1;
}

static void foreign_transaction(struct rcp_world *world)
{
    rcp_world_pg_rows(world)[0].order = 3;
}

static void there_was_one(struct rcp_world *world)
{
    rcp_world_orders(world)[0].listed_none = 0;
    rcp_world_orders(world)[0].failed_falsely = 1;
}

static void sent_blindly(struct rcp_world *world)
{
    small_shop_transaction(world, 0, RCP_PG_PENDING);
    small_shop_transaction(world, 0, RCP_PG_PENDING);
    rcp_world_orders(world)[0].blind_resend = 1;
}

static void paid_after_failed(struct rcp_world *world)
{
    rcp_world_orders(world)[0].bad_edge = 1 + RCP_CHARGE_FAILED;
}

static void version_skipped(struct rcp_world *world)
{
    rcp_world_orders(world)[0].version_jumped = 1;
}

static void sent_after_the_end(struct rcp_world *world)
{
    rcp_world_refunds(world)[0].bad_edge = 1 + RCP_REFUND_REFUNDED;
}

static void refunded_again(struct rcp_world *world)
{
    rcp_world_pg_rows(world)[0].refunds = 2;
}

static void refunded_though_paid(struct rcp_world *world)
{
    rcp_world_pg_rows(world)[0].refunds = 1;
}

static void told_paid(struct rcp_world *world)
{
    rcp_world_purchase_ledgers(world)[0].told_paid = 1;
    rcp_world_purchase_ledgers(world)[0].untrue = 1;
}

static void left_in_silence(struct rcp_world *world)
{
    struct rcp_order_record *order = &rcp_world_orders(world)[0];
    order->silent = 1;
    order->late_silences = 2;
    order->silence_untold = 1;
}

static void took_it_after_all(struct rcp_world *world)
{
    small_shop_transaction(world, 0, RCP_PG_SUCCESS);
}

static void parked_in_silence(struct rcp_world *world)
{
    rcp_world_refunds(world)[0].told = 0;
    world->backlog.orders_untold++;
}

static void reviewed_in_silence(struct rcp_world *world)
{
    rcp_world_orders(world)[0].alerted = 0;
    world->backlog.orders_untold++;
}

static void another_in_progress(struct rcp_world *world)
{
    small_shop_order(world, 1);
    rcp_world_buyers(world)[0].coupon_used = 0; /* only its payment is looked at */
}

static void refund_on_its_way(struct rcp_world *world)
{
    small_shop_refund(world, 0, 7, RCP_REFUND_DUE);
}

static const struct {
    const char *name;
    enum rcp_invariant invariant;
    uint32_t index;
    void (*good)(struct rcp_world *world);
    void (*bad)(struct rcp_world *world);
    const char *fingerprint; /* after the id */
} falsehoods[] = {
    {"points from nowhere", RCP_INVARIANT_POINTS_CONSERVED, 0, paid, points_from_nowhere, "/buyer"},
    {"a used coupon is free",
     RCP_INVARIANT_COUPONS_CONSERVED,
     0,
     paid,
     coupon_given_back,
     "/buyer"},
    {"a unit is lost", RCP_INVARIANT_STOCK_CONSERVED, 0, declined, a_unit_lost, "/product"},
    {"given back twice",
     RCP_INVARIANT_COMPENSATED_ONCE,
     0,
     declined,
     compensated_again,
     "/order/charge=FAILED,failure=limit,pg=FAILED"},
    {"failed and not cancelled",
     RCP_INVARIANT_COMPENSATED_ONCE,
     0,
     in_progress,
     not_cancelled,
     "/order/charge=FAILED,pg=NONE"},
    {"two orders of one purchase",
     RCP_INVARIANT_ORDER_ONCE,
     0,
     paid,
     ordered_again,
     "/purchase/charge=PAID/charge=IN_PROGRESS,told=paid"},
    {"paid on a failed transaction",
     RCP_INVARIANT_PAID_IS_TAKEN,
     0,
     paid,
     transaction_failed,
     "/order/charge=PAID,pg=FAILED"},
    {"paid on another amount",
     RCP_INVARIANT_PAID_IS_TAKEN,
     0,
     paid,
     other_amount,
     "/order/charge=PAID,pg=SUCCESS"},
    {"paid on a foreign transaction",
     RCP_INVARIANT_PAID_IS_TAKEN,
     0,
     paid,
     foreign_transaction,
     "/order/charge=PAID,pg=NONE"},
    {"no record though there was one",
     RCP_INVARIANT_FAILURE_IS_TRUE,
     0,
     no_record,
     there_was_one,
     "/order/charge=FAILED,failure=no_record,pg=NONE"},
    {"sent again blindly",
     RCP_INVARIANT_NO_BLIND_RESEND,
     0,
     in_progress,
     sent_blindly,
     "/order/charge=IN_PROGRESS,pg=PENDING"},
    {"paid after it had failed",
     RCP_INVARIANT_CHARGE_EDGES,
     0,
     paid,
     paid_after_failed,
     "/order/charge=PAID,from=FAILED,pg=SUCCESS"},
    {"a version was skipped",
     RCP_INVARIANT_CHARGE_EDGES,
     0,
     paid,
     version_skipped,
     "/order/charge=PAID,pg=SUCCESS"},
    {"a refund after its end",
     RCP_INVARIANT_REFUND_EDGES,
     0,
     refunded,
     sent_after_the_end,
     "/refund/refund=REFUNDED"},
    {"refunded twice",
     RCP_INVARIANT_REFUND_IS_DUE,
     0,
     refunded,
     refunded_again,
     "/transaction/charge=FAILED,failure=no_record,pg=REFUNDED,refund=REFUNDED"},
    {"refunded though paid with",
     RCP_INVARIANT_REFUND_IS_DUE,
     0,
     paid,
     refunded_though_paid,
     "/transaction/charge=PAID,pg=SUCCESS,refund=NONE"},
    {"told paid, not paid",
     RCP_INVARIANT_ORDER_ANSWER_TRUE,
     0,
     in_progress,
     told_paid,
     "/purchase/charge=IN_PROGRESS,told=paid"},
    {"silence that nobody was told of",
     RCP_INVARIANT_SILENCE_TOLD,
     0,
     in_progress,
     left_in_silence,
     "/order/charge=IN_PROGRESS,pg=NONE"},
    {"the PG took it after all",
     RCP_INVARIANT_MONEY_SETTLED,
     0,
     no_record,
     took_it_after_all,
     "/transaction/charge=FAILED,failure=no_record,pg=SUCCESS,refund=NONE"},
    {"a parked refund in silence",
     RCP_INVARIANT_MONEY_SETTLED,
     0,
     refund_parked,
     parked_in_silence,
     "/transaction/charge=FAILED,failure=no_record,pg=SUCCESS,refund=REFUND_PARKED"},
    {"a payment is left over",
     RCP_INVARIANT_CHARGE_SETTLED,
     0,
     paid,
     another_in_progress,
     "/world/charges"},
    {"a refund is left over",
     RCP_INVARIANT_CHARGE_SETTLED,
     0,
     paid,
     refund_on_its_way,
     "/world/refunds"},
    {"nobody was told of a review",
     RCP_INVARIANT_ORDER_ALERTED,
     0,
     in_review,
     reviewed_in_silence,
     "/world/orders_untold"},
};

#define FALSEHOODS (sizeof falsehoods / sizeof falsehoods[0])

/* Predicate and twin say the same: yes in the good shop, no in the false one; and the words fit. */
static void each_invariant_tells_a_false_shop_from_a_good_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < FALSEHOODS; i++) {
        const struct rcp_invariant_info *info = rcp_invariant_info(falsehoods[i].invariant);
        struct rcp_world *world = small_shop_new();
        struct rcp_violation violation;
        char fingerprint[96];
        falsehoods[i].good(world);
        if (!info->holds(world, falsehoods[i].index) || !info->twin(world, falsehoods[i].index))
            fail_msg("%s: the good shop breaks %s", falsehoods[i].name, info->name);
        falsehoods[i].bad(world);
        if (info->holds(world, falsehoods[i].index))
            fail_msg("%s: %s holds", falsehoods[i].name, info->name);
        if (info->twin(world, falsehoods[i].index))
            fail_msg("%s: the twin of %s holds", falsehoods[i].name, info->name);
        rcp_checker_describe(world, falsehoods[i].invariant, falsehoods[i].index, &violation);
        snprintf(fingerprint, sizeof fingerprint, "%s%s", info->name, falsehoods[i].fingerprint);
        assert_string_equal(violation.fingerprint, fingerprint);
        assert_non_null(strstr(violation.detail, info->broken));
        free(world);
    }
}

/* A good shop breaks none of them, at drain either; but for the one whose payment is on its way. */
static void a_good_shop_breaks_nothing(void **state)
{
    (void)state;
    void (*const goods[])(struct rcp_world *) = {
        paid, declined, no_record, refunded, refund_parked, in_review};
    for (size_t i = 0; i < sizeof goods / sizeof goods[0]; i++) {
        struct rcp_world *world = small_shop_new();
        enum rcp_invariant broken = RCP_INVARIANT_NONE;
        uint32_t index = 0;
        goods[i](world);
        if (!rcp_checker_at_drain(world, ALL, &broken, &index) ||
            !rcp_checker_twins(world, ALL, true, &broken, &index))
            fail_msg("good shop %zu breaks %s", i, rcp_invariant_info(broken)->name);
        free(world);
    }
}

/* Every invariant of the second document has a falsehood here. */
static void none_is_left_out(void **state)
{
    (void)state;
    for (uint32_t id = RCP_INVARIANT_POINTS_CONSERVED; id < RCP_INVARIANT_CHECK; id++) {
        bool found = false;
        for (size_t i = 0; i < FALSEHOODS; i++)
            found = found || (uint32_t)falsehoods[i].invariant == id;
        if (!found)
            fail_msg("%s has no false shop", rcp_invariant_info((enum rcp_invariant)id)->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_invariant_tells_a_false_shop_from_a_good_one),
        cmocka_unit_test(a_good_shop_breaks_nothing),
        cmocka_unit_test(none_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
