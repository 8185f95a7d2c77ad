/* Bytes as a schedule: zeros are dull, each order does what it says and nothing else, and what a schedule
 * did is a tape that replays. */
#include "fuzz/support/schedule.h"
#include "tests/support/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NODES 2u

/* Opcodes of the first document, as schedule.h says: its sites stand together, without a shop's. */
#define NTH(site)         ((site) < RCP_SITE_PLACE ? (unsigned)(site)-1u : (site)-1u - SCHEDULE_SHOP_SITES)
#define STRIKE(site)      (uint8_t)(0x80u + NTH(site))
#define DELAY(site)       (uint8_t)(STRIKE(site) + SCHEDULE_PAYMENT_SITES)
#define RANK(site)        (uint8_t)(0x80u + 2u * SCHEDULE_PAYMENT_SITES + NTH(site))
#define DROP(site)        (uint8_t)(RANK(site) + SCHEDULE_PAYMENT_SITES + SCHEDULE_OTHERS)
/* And those of a shop: two bytes each. */
#define SHOP_STRIKE(site) SCHEDULE_SHOP, (uint8_t)((site)-RCP_SITE_PLACE)
#define SHOP_DELAY(site)  SCHEDULE_SHOP, (uint8_t)((site)-RCP_SITE_PLACE + SCHEDULE_SHOP_SITES)
#define SHOP_RANK(site)   SCHEDULE_SHOP, (uint8_t)((site)-RCP_SITE_PLACE + 2u * SCHEDULE_SHOP_SITES)
#define SHOP_DROP(site)   SCHEDULE_SHOP, (uint8_t)((site)-RCP_SITE_PLACE + 3u * SCHEDULE_SHOP_SITES)
#define LOWEST            64u /* operand of RANK: the first that goes after all others */
#define EVERY             7u  /* operand of what strikes every time */

static struct rcp_scenario scenario;
static struct rcp_run_result result;
static struct schedule schedule;
static struct rcp_tape_entry tape[RCP_TAPE_MAX];
static uint32_t tape_count;
static void *block;
static size_t block_size;

static int begin_in(bool shop)
{
    char text[512];
    schedule_world(rcp_policy_hardened(), shop, &scenario);
    assert_true(rcp_scenario_valid(&scenario, text, sizeof text));
    block_size = rcp_world_size(&scenario);
    block = runs_block(block_size);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    return begin_in(false);
}

static int begin_shop(void **state)
{
    (void)state;
    return begin_in(true);
}

static int end(void **state)
{
    (void)state;
    free(block);
    return 0;
}

static void run(const struct rcp_picker *picker)
{
    rcp_run(&scenario, 1, block, block_size, NULL, picker, tape, &tape_count, &result);
}

static uint64_t digest_of(const uint8_t *bytes, size_t size)
{
    schedule_decode(&schedule, bytes, size, NODES);
    struct rcp_picker picker = schedule_picker(&schedule);
    run(&picker);
    return result.trace_digest;
}

#define DIGEST(...) \
    digest_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static uint32_t taped(enum rcp_why why)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < tape_count; i++)
        count += tape[i].key.why == why;
    return count;
}

static uint64_t dull(void)
{
    run(NULL);
    assert_int_equal(tape_count, 0);
    return result.trace_digest;
}

/* No bytes, zeros, and bytes that begin no order are the run that nothing happens to. */
static void zeros_are_dull(void **state)
{
    (void)state;
    uint64_t expected = dull();
    assert_true(digest_of(NULL, 0) == expected);
    assert_true(DIGEST(0) == expected);
    assert_true(DIGEST(0, 0, 0, 0, 0, 0) == expected);
    assert_true(DIGEST(1, 0x7f, 0x40, 7) == expected);
    assert_true(DIGEST(0xfe, 1, 1, 1) == expected); /* an opcode that is none */
    assert_true(DIGEST(SCHEDULE_SHOP, 0x7f, 1) == expected);
    assert_int_equal(result.outcome, RCP_RUN_HELD);
}

/* The fault that is named strikes the effect that is named, once or every time, on one node or on all. */
static void a_strike_hits_what_it_names(void **state)
{
    (void)state;
    DIGEST(STRIKE(RCP_SITE_APPROVE));
    assert_int_equal(result.fired[RCP_FAULT_MYSQL_REFUSED], 2); /* the first of each node */
    assert_int_equal(taped(RCP_WHY_FATE), 2);
    assert_int_equal(tape_count, 2);
    DIGEST(STRIKE(RCP_SITE_APPROVE), 0, 0, 1);
    assert_int_equal(taped(RCP_WHY_FATE) + taped(RCP_WHY_TAKES), tape_count);
    for (uint32_t i = 0; i < tape_count; i++)
        assert_int_equal(tape[i].key.node, 1);
    DIGEST(STRIKE(RCP_SITE_APPROVE), 0, 1);
    for (uint32_t i = 0; i < tape_count; i++)
        assert_int_equal(tape[i].key.nth, 2);
    DIGEST(STRIKE(RCP_SITE_REQUEST), 0, EVERY);
    assert_true(result.fired[RCP_FAULT_REQUEST_LOST] > 2);
}

static void a_delay_takes_longer(void **state)
{
    (void)state;
    DIGEST(DELAY(RCP_SITE_TOKEN_GET));
    assert_int_equal(taped(RCP_WHY_TAKES), tape_count);
    assert_true(tape_count >= 1);
    for (uint32_t i = 0; i < tape_count; i++) {
        assert_int_equal(tape[i].key.site, RCP_SITE_TOKEN_GET);
        assert_int_equal(tape[i].option, RCP_TAKES_MEDIUM);
    }
    DIGEST(DELAY(RCP_SITE_TOKEN_GET), 1);
    assert_int_equal(tape[0].option, RCP_TAKES_LONG);
}

/* Both nodes sweep at once: who is ranked higher, or falls behind at its turn, changes the order alone. */
static void ranks_and_drops_change_the_order_alone(void **state)
{
    (void)state;
    uint64_t expected = dull();
    assert_true(DIGEST(RANK(RCP_SITE_SWEEP), LOWEST, 1) != expected);
    assert_true(taped(RCP_WHY_ORDER) > 0);
    assert_int_equal(taped(RCP_WHY_ORDER), tape_count);
    assert_true(DIGEST(DROP(RCP_SITE_SWEEP)) != expected);
    assert_true(taped(RCP_WHY_ORDER) > 0);
    assert_int_equal(taped(RCP_WHY_ORDER), tape_count);
}

/* What only a shop has is said in two bytes, which open a shop: each of the four kinds does there what it
 * says. */
static void a_shop_has_orders_of_its_own(void **state)
{
    (void)state;
    uint64_t expected = dull();
    assert_false(schedule.shop);
    DIGEST(SHOP_STRIKE(RCP_SITE_PLACE), 0, EVERY);
    assert_true(schedule.shop);
    assert_true(result.fired[RCP_FAULT_MYSQL_REFUSED] > 1);
    DIGEST(SHOP_DELAY(RCP_SITE_PG_PAY));
    assert_int_equal(tape_count, 1);
    assert_int_equal(tape[0].key.site, RCP_SITE_PG_PAY);
    assert_int_equal(tape[0].option, RCP_TAKES_MEDIUM);
    assert_true(DIGEST(SHOP_RANK(RCP_SITE_DUE), LOWEST, 1) != expected);
    assert_true(taped(RCP_WHY_ORDER) > 0);
    assert_int_equal(taped(RCP_WHY_ORDER), tape_count);
    assert_true(DIGEST(SHOP_DROP(RCP_SITE_DUE)) != expected);
    assert_int_equal(taped(RCP_WHY_ORDER), tape_count);
    DIGEST(STRIKE(RCP_SITE_REPLY), 0, EVERY, SHOP_STRIKE(RCP_SITE_CALLBACK));
    assert_true(result.fired[RCP_FAULT_REPLY_LOST] > 0);
    assert_true(result.fired[RCP_FAULT_CALLBACK_LOST] > 0);
}

/* What is inserted between orders is skipped, and orders mean the same wherever they stand. */
static void orders_are_found_wherever_they_stand(void **state)
{
    (void)state;
    const uint8_t log = STRIKE(RCP_SITE_LOG);
    const uint8_t approve = STRIKE(RCP_SITE_APPROVE);
    uint64_t expected = DIGEST(approve, 0, 0, 0, log, 1, 0, 0);
    assert_true(expected != dull());
    assert_true(DIGEST(approve, log, 1) == expected);
    assert_true(DIGEST(log, 1, approve) == expected);
    assert_true(DIGEST(9, 9, approve, 0, 0, 0, 9, 9, log, 1, 0, 0, 9) == expected);
    assert_true(DIGEST(log, 1, 0xfe, 3, approve) == expected);
    assert_true(DIGEST(log, 2, approve) != expected);
}

/* Each fault can be placed at each site where it may strike, and each length at each. */
static void every_option_can_be_said(void **state)
{
    (void)state;
    for (uint32_t site = 1; site < RCP_SITE_COUNT; site++) {
        uint64_t options[RCP_OPTIONS_MAX] = {0};
        uint32_t count = 1;
        for (uint32_t fault = 1; fault < RCP_FAULT_COUNT; fault++)
            if ((rcp_fault_info((enum rcp_fault)fault)->sites & RCP_AT(site)) != 0)
                options[count++] = fault;
        if (count < 2)
            continue;
        uint64_t seen = 0;
        for (uint8_t what = 0; what < 0x80; what++) {
            const bool shop = (RCP_AT_SHOP & RCP_AT(site)) != 0;
            const uint8_t said[] = {STRIKE(site), what, 0};
            const uint8_t of_shop[] = {SHOP_STRIKE(site), what};
            const uint8_t *bytes = shop ? of_shop : said;
            struct rcp_key key = {.site = (uint8_t)site, .nth = 1, .node = 1, .why = RCP_WHY_FATE};
            schedule_decode(&schedule, bytes, sizeof said, NODES);
            struct rcp_picker picker = schedule_picker(&schedule);
            seen |= UINT64_C(1) << picker.pick(picker.context, &key, options, count);
        }
        assert_true(seen == (UINT64_C(1) << count) - 2u); /* all but the dull one */
    }
}

static uint32_t dice = 1;

static uint8_t any_byte(void)
{
    dice = dice * 1664525u + 1013904223u;
    return (uint8_t)(dice >> 24);
}

/* Whatever bytes make of a run, its tape makes again. */
static void a_schedule_is_a_tape(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 300; i++) {
        uint8_t bytes[24];
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = any_byte();
        uint64_t expected = digest_of(bytes, sizeof bytes);
        assert_int_equal(result.outcome, RCP_RUN_HELD);
        memcpy(scenario.tape, tape, tape_count * sizeof tape[0]);
        scenario.tape_count = tape_count;
        scenario.tape_only = 1;
        run(NULL);
        assert_true(result.trace_digest == expected);
        assert_int_equal(result.stale_tape, 0);
        scenario.tape_count = 0;
        scenario.tape_only = 0;
    }
}

/* An invariant that does not hold is seen: the documented policy loses payments in this world. */
static void a_violation_is_seen(void **state)
{
    (void)state;
    uint32_t violated = 0;
    schedule_world(rcp_policy_documented(), false, &scenario);
    for (uint8_t what = 0; what < 16; what++) {
        DIGEST(STRIKE(RCP_SITE_APPROVE), what, EVERY, 0, STRIKE(RCP_SITE_LOG), what, EVERY);
        violated += result.outcome == RCP_RUN_VIOLATED;
    }
    assert_true(violated > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(zeros_are_dull, begin, end),
        cmocka_unit_test_setup_teardown(a_strike_hits_what_it_names, begin, end),
        cmocka_unit_test_setup_teardown(a_delay_takes_longer, begin, end),
        cmocka_unit_test_setup_teardown(ranks_and_drops_change_the_order_alone, begin, end),
        cmocka_unit_test_setup_teardown(a_shop_has_orders_of_its_own, begin_shop, end),
        cmocka_unit_test_setup_teardown(orders_are_found_wherever_they_stand, begin, end),
        cmocka_unit_test(every_option_can_be_said),
        cmocka_unit_test_setup_teardown(a_schedule_is_a_tape, begin, end),
        cmocka_unit_test_setup_teardown(a_schedule_is_a_tape, begin_shop, end),
        cmocka_unit_test_setup_teardown(a_violation_is_seen, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
