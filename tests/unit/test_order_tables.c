/* The second document's tables: the decision table cell by cell (FACTS 1.6, POLICIES.md), the moves of a
 * charge and of a refund, and what must be true of the order flow's table as a whole. */
#include "core/emit.h"
#include "core/order/charge_table.h"
#include "core/order/decision_table.h"
#include "core/order/order_flow.h"
#include "core/order/refund_table.h"
#include "core/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE_MS 60000u
#define HOUR_MS   3600000u

/* --- A node to look rows up in --- */

static struct rcp_effects effects;

static struct rcp_node *node_of(struct rcp_policy policy)
{
    static uint64_t block[8192];
    struct rcp_node_config config = {.policy = policy};
    config.limits = (struct rcp_limits){
        .requests = 1,
        .retries = 1,
        .group = 1,
        .groups = 1,
        .page = 1,
        .sends = 1,
        .partitions = 1,
        .window = 1,
        .orders = 1,
        .settles = 1,
        .pg_calls = 1,
    };
    assert_true(rcp_node_size(&config.limits) <= sizeof block);
    return rcp_node_init(block, &config);
}

static struct rcp_step step_of(struct rcp_node *node)
{
    effects.mark_count = 0;
    return (struct rcp_step){.node = node, .effects = &effects};
}

/* Both presets, and `hardened` with one knob turned. */
static struct rcp_policy policy_at(uint32_t index)
{
    struct rcp_policy policy = rcp_policy_hardened();
    if (index == 1)
        return rcp_policy_documented();
    if (index > 1)
        rcp_policy_set(&policy, (enum rcp_knob)(index - 2u), false);
    return policy;
}

#define POLICIES (2u + RCP_KNOB_COUNT)

/* --- The decision table, cell by cell --- */

/* A payment as DUE brings it; all that is not named is 0. */
struct cell {
    const char *name;
    struct rcp_order_row row;
    uint8_t result;   /* enum rcp_pg_result */
    bool over;        /* all is final at the PG, and T_pg has passed */
    uint8_t settle;   /* enum rcp_settle */
    uint8_t failure;  /* enum rcp_failure */
    uint8_t asked_on; /* enum rcp_asked_on */
};

#define AGED(ms) .age_ms = (ms), .sight_age_ms = (ms)

static void look_up(struct rcp_policy policy, const struct cell *cells, size_t count)
{
    struct rcp_node *node = node_of(policy);
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &cells[i];
        struct rcp_step step = step_of(node);
        enum rcp_pg_result result = (enum rcp_pg_result)cell->result;
        const struct rcp_decision_rule *rule =
            rcp_decision_find(&step,
                              (enum rcp_charge_status)cell->row.status,
                              result,
                              rcp_age_of(policy, &cell->row, result, cell->over));
        if (rule->settle != cell->settle || rule->failure != cell->failure ||
            rule->asked_on != cell->asked_on)
            fail_msg("%s: settle %u, failure %u, asked on %u",
                     cell->name,
                     rule->settle,
                     rule->failure,
                     rule->asked_on);
        assert_int_equal(effects.mark_count, 1);
        assert_int_equal(effects.marks[0].table, RCP_TABLE_DECISION);
    }
}

/* FACTS 1.6, columns "age < 5 min" and "age > 5 min": nothing else is known, and nothing is asked on. */
static void documented_cells_are_those_of_the_document(void **state)
{
    (void)state;
#define CELL(text, age, answer, does, why)                                    \
    {                                                                         \
        .name = (text), .row = {.status = RCP_CHARGE_IN_PROGRESS, AGED(age)}, \
        .result = RCP_PG_RESULT_##answer, .settle = RCP_SETTLE_##does,        \
        .failure = RCP_FAILURE_##why                                          \
    }
    static const struct cell cells[] = {
        CELL("SUCCESS, 4:59", 299000, SUCCESS, PAY, NONE),
        CELL("SUCCESS, 5:01", 301000, SUCCESS, PAY, NONE),
        CELL("FAILED, 4:59", 299000, FAILED, FAIL, PG),
        CELL("FAILED, 5:01", 301000, FAILED, FAIL, PG),
        CELL("PENDING, 4:59", 299000, PENDING, LEAVE, NONE),
        CELL("PENDING, exactly 5:00", 300000, PENDING, LEAVE, NONE),
        CELL("PENDING, just over", 300001, PENDING, FAIL, TIME_OUT),
        CELL("not found, 1:01", 61000, NOT_FOUND, FAIL, NO_RECORD),
        CELL("not found, 5:01", 301000, NOT_FOUND, FAIL, NO_RECORD),
        CELL("query failed, 4:59", 299000, QUERY_FAILED, LEAVE, NONE),
        CELL("query failed, 5:01", 301000, QUERY_FAILED, LEAVE, NONE),
        CELL("query failed, a day", 24u * HOUR_MS, QUERY_FAILED, LEAVE, NONE),
    };
#undef CELL
    look_up(rcp_policy_documented(), cells, sizeof cells / sizeof cells[0]);
}

#define YES RCP_ASKED_ON_YES
#define NO  RCP_ASKED_ON_NO
#define OVR RCP_ASKED_ON_TILL_OVER

/* POLICIES.md, second document. */
static void hardened_cells_are_those_of_the_policy(void **state)
{
    (void)state;
#define IN_PROGRESS .status = RCP_CHARGE_IN_PROGRESS
#define UNKNOWN     .status = RCP_CHARGE_UNKNOWN
#define FAILED      .status = RCP_CHARGE_FAILED, .pg_open = 1
#define PAID        .status = RCP_CHARGE_PAID, .pg_open = 1
#define GETS(answer, does, why, on)                                                              \
    .result = RCP_PG_RESULT_##answer, .settle = RCP_SETTLE_##does, .failure = RCP_FAILURE_##why, \
    .asked_on = (on)
    static const struct cell cells[] = {
        {"SUCCESS", {IN_PROGRESS, AGED(61000)}, GETS(SUCCESS, PAY, NONE, OVR)},
        {"FAILED", {IN_PROGRESS, AGED(61000)}, GETS(FAILED, FAIL, PG, OVR)},
        {"PENDING, 4:59: its key is stored",
         {IN_PROGRESS, AGED(299000)},
         GETS(PENDING, KEY, NONE, NO)},
        {"PENDING, exactly 5:00", {IN_PROGRESS, AGED(300000)}, GETS(PENDING, KEY, NONE, NO)},
        {"PENDING, just over: failed, and asked on",
         {IN_PROGRESS, AGED(300001)},
         GETS(PENDING, FAIL, TIME_OUT, YES)},
        {"PENDING, old, but sighted four minutes ago",
         {IN_PROGRESS, .age_ms = HOUR_MS, .sight_age_ms = 4u * MINUTE_MS},
         GETS(PENDING, KEY, NONE, NO)},
        {"PENDING, old, and sighted six minutes ago",
         {IN_PROGRESS, .age_ms = HOUR_MS, .sight_age_ms = 6u * MINUTE_MS},
         GETS(PENDING, FAIL, TIME_OUT, YES)},
        {"PENDING after a silence: the first sighting",
         {IN_PROGRESS, AGED(HOUR_MS), .silent = 1},
         GETS(PENDING, SIGHT, NONE, NO)},
        {"not found for the first time, however old",
         {IN_PROGRESS, AGED(HOUR_MS)},
         GETS(NOT_FOUND, MISS, NONE, NO)},
        {"not found again, too soon",
         {IN_PROGRESS, AGED(HOUR_MS), .misses = 1, .miss_age_ms = 59999},
         GETS(NOT_FOUND, MISS, NONE, NO)},
        {"not found again after the grace: failed, and asked on",
         {IN_PROGRESS, AGED(2u * MINUTE_MS), .misses = 1, .miss_age_ms = 60000},
         GETS(NOT_FOUND, FAIL, NO_RECORD, YES)},
        {"not found after a silence: the first sighting",
         {IN_PROGRESS, AGED(HOUR_MS), .misses = 2, .miss_age_ms = HOUR_MS, .silent = 1},
         GETS(NOT_FOUND, SIGHT, NONE, NO)},
        {"query failed, 4:59", {IN_PROGRESS, AGED(299000)}, GETS(QUERY_FAILED, LEAVE, NONE, NO)},
        {"query failed, exactly 5:00",
         {IN_PROGRESS, AGED(300000), .silent = 1},
         GETS(QUERY_FAILED, LEAVE, NONE, NO)},
        {"query failed, just over: a person is told",
         {IN_PROGRESS, AGED(300001), .silent = 1},
         GETS(QUERY_FAILED, DOUBT, NONE, NO)},
        {"another amount", {IN_PROGRESS, AGED(61000)}, GETS(MISMATCH, REVIEW, NONE, NO)},

        {"unknown: SUCCESS", {UNKNOWN, AGED(HOUR_MS)}, GETS(SUCCESS, PAY, NONE, OVR)},
        {"unknown: FAILED", {UNKNOWN, AGED(HOUR_MS)}, GETS(FAILED, FAIL, PG, OVR)},
        {"unknown: PENDING for a day, but sighted now",
         {UNKNOWN, AGED(24u * HOUR_MS)},
         GETS(PENDING, SIGHT, NONE, NO)},
        {"unknown: not found a second time, but sighted now",
         {UNKNOWN, AGED(24u * HOUR_MS), .misses = 1, .miss_age_ms = HOUR_MS},
         GETS(NOT_FOUND, SIGHT, NONE, NO)},
        {"unknown: still silent",
         {UNKNOWN, AGED(24u * HOUR_MS)},
         GETS(QUERY_FAILED, LEAVE, NONE, NO)},
        {"unknown: another amount", {UNKNOWN, AGED(HOUR_MS)}, GETS(MISMATCH, REVIEW, NONE, NO)},

        {"failed: a late SUCCESS, more may come", {FAILED}, GETS(SUCCESS, LEAVE, NONE, YES)},
        {"failed: a late SUCCESS, and no more",
         {FAILED},
         .over = true,
         GETS(SUCCESS, CLOSE, NONE, NO)},
        {"failed: PENDING", {FAILED}, GETS(PENDING, LEAVE, NONE, YES)},
        {"failed: FAILED, more may come", {FAILED}, GETS(FAILED, LEAVE, NONE, YES)},
        {"failed: FAILED, and no more", {FAILED}, .over = true, GETS(FAILED, CLOSE, NONE, NO)},
        {"failed: not found, but it may be late", {FAILED}, GETS(NOT_FOUND, LEAVE, NONE, YES)},
        {"failed: not found, and never will be",
         {FAILED},
         .over = true,
         GETS(NOT_FOUND, CLOSE, NONE, NO)},
        {"failed: query failed", {FAILED}, GETS(QUERY_FAILED, LEAVE, NONE, YES)},
        {"failed: another amount, more may come", {FAILED}, GETS(MISMATCH, LEAVE, NONE, YES)},
        {"failed: another amount, and no more",
         {FAILED},
         .over = true,
         GETS(MISMATCH, CLOSE, NONE, NO)},

        {"paid: more may come", {PAID}, GETS(SUCCESS, LEAVE, NONE, YES)},
        {"paid: no more", {PAID}, .over = true, GETS(SUCCESS, CLOSE, NONE, NO)},
        {"paid: another one is PENDING", {PAID}, GETS(PENDING, LEAVE, NONE, YES)},
        {"paid: query failed", {PAID}, GETS(QUERY_FAILED, LEAVE, NONE, YES)},
    };
#undef GETS
#undef IN_PROGRESS
#undef UNKNOWN
#undef FAILED
#undef PAID
    look_up(rcp_policy_hardened(), cells, sizeof cells / sizeof cells[0]);
}

/* Each knob of the table decides its own cells and no others. */
static void a_knob_turns_its_own_cells(void **state)
{
    (void)state;
    static const struct {
        uint8_t knob;
        struct cell cell;
    } rows[] = {
        {RCP_KNOB_NOT_FOUND,
         {"not found: at once, and forgotten",
          {.status = RCP_CHARGE_IN_PROGRESS, AGED(61000)},
          .result = RCP_PG_RESULT_NOT_FOUND,
          .settle = RCP_SETTLE_FAIL,
          .failure = RCP_FAILURE_NO_RECORD}},
        {RCP_KNOB_PENDING_LONG,
         {"PENDING for long: forgotten",
          {.status = RCP_CHARGE_IN_PROGRESS, AGED(HOUR_MS)},
          .result = RCP_PG_RESULT_PENDING,
          .settle = RCP_SETTLE_FAIL,
          .failure = RCP_FAILURE_TIME_OUT}},
        {RCP_KNOB_QUERY_FAILING,
         {"query failed for long: left",
          {.status = RCP_CHARGE_IN_PROGRESS, AGED(HOUR_MS), .silent = 1},
          .result = RCP_PG_RESULT_QUERY_FAILED,
          .settle = RCP_SETTLE_LEAVE}},
        {RCP_KNOB_QUERY_FAILING,
         {"PENDING after a silence: no clock of its own",
          {.status = RCP_CHARGE_IN_PROGRESS, AGED(HOUR_MS), .silent = 1},
          .result = RCP_PG_RESULT_PENDING,
          .settle = RCP_SETTLE_FAIL,
          .failure = RCP_FAILURE_TIME_OUT,
          .asked_on = YES}},
        {RCP_KNOB_REFUND,
         {"SUCCESS: nobody asks on where nothing goes back",
          {.status = RCP_CHARGE_IN_PROGRESS, AGED(61000)},
          .result = RCP_PG_RESULT_SUCCESS,
          .settle = RCP_SETTLE_PAY}},
        {RCP_KNOB_REFUND,
         {"FAILED: the same",
          {.status = RCP_CHARGE_UNKNOWN, AGED(61000)},
          .result = RCP_PG_RESULT_FAILED,
          .settle = RCP_SETTLE_FAIL,
          .failure = RCP_FAILURE_PG}},
        {RCP_KNOB_PG_ACCEPTED,
         {"PENDING: its key is not stored",
          {.status = RCP_CHARGE_IN_PROGRESS, AGED(61000)},
          .result = RCP_PG_RESULT_PENDING,
          .settle = RCP_SETTLE_LEAVE}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        look_up(policy_at(2u + rows[i].knob), &rows[i].cell, 1);
}

/* --- The decision table as a whole --- */

static bool applies(struct rcp_policy policy, const struct rcp_decision_rule *rule)
{
    return rule->knob == RCP_KNOB_COUNT ||
           rcp_hardened(policy, (enum rcp_knob)rule->knob) == (rule->side != 0);
}

/* Rows on both sides of every limit that the table reads. */
static uint32_t samples(struct rcp_order_row *rows)
{
    static const uint32_t ages_ms[] = {0, RCP_NOT_FOUND_GRACE_MS, RCP_FORCE_FAIL_MS + 1u};
    static const uint8_t charges[] = {
        RCP_CHARGE_IN_PROGRESS, RCP_CHARGE_UNKNOWN, RCP_CHARGE_PAID, RCP_CHARGE_FAILED};
    uint32_t count = 0;
    for (uint32_t c = 0; c < 4; c++)
        for (uint32_t age = 0; age < 3; age++)
            for (uint8_t misses = 0; misses < 2; misses++)
                for (uint8_t silent = 0; silent < 2; silent++)
                    rows[count++] = (struct rcp_order_row){.status = charges[c],
                                                           AGED(ages_ms[age]),
                                                           .misses = misses,
                                                           .miss_age_ms = misses * ages_ms[age],
                                                           .silent = silent};
    return count;
}

/* A PENDING is not final, and who was not told knows nothing to be over. */
static bool can_be_over(enum rcp_pg_result result)
{
    return result != RCP_PG_RESULT_PENDING && result != RCP_PG_RESULT_QUERY_FAILED;
}

/* Whatever the payment, the answer, the age and the policy: exactly one row says what to do. And each row
 * is there for something. */
static void every_reachable_cell_has_exactly_one_row(void **state)
{
    (void)state;
    struct rcp_order_row rows[64];
    bool used[128] = {false};
    uint32_t count = samples(rows);
    for (uint32_t p = 0; p < POLICIES; p++)
        for (uint32_t i = 0; i < 2u * count; i++)
            for (uint32_t result = RCP_PG_RESULT_SUCCESS; result < RCP_PG_RESULT_COUNT; result++) {
                struct rcp_policy policy = policy_at(p);
                bool over = i >= count && can_be_over((enum rcp_pg_result)result);
                enum rcp_age age =
                    rcp_age_of(policy, &rows[i % count], (enum rcp_pg_result)result, over);
                uint32_t found = 0;
                for (uint32_t r = 0; r < rcp_decision_rule_count; r++) {
                    const struct rcp_decision_rule *rule = &rcp_decision_rules[r];
                    bool here = rule->charge == rows[i % count].status && rule->result == result &&
                                rule->age == age && applies(policy, rule);
                    found += here;
                    used[r] = used[r] || here;
                }
                if (found != 1)
                    fail_msg("policy %u, status %u, result %u, age %d: %u rows",
                             p,
                             rows[i % count].status,
                             result,
                             (int)age,
                             found);
            }
    assert_true(rcp_decision_rule_count <= sizeof used);
    for (uint32_t r = 0; r < rcp_decision_rule_count; r++)
        if (!used[r])
            fail_msg("row %u of the decision table decides nothing", r);
}

/* What is decided can be written, and a settled charge is never settled again. */
static void every_decision_is_a_move_of_the_charge(void **state)
{
    (void)state;
    for (uint32_t r = 0; r < rcp_decision_rule_count; r++) {
        const struct rcp_decision_rule *rule = &rcp_decision_rules[r];
        enum rcp_charge_status to = RCP_CHARGE_NONE;
        assert_true(rcp_charge_next(
            (enum rcp_charge_status)rule->charge, (enum rcp_settle)rule->settle, &to, NULL));
        if (!rcp_charge_is_open((enum rcp_charge_status)rule->charge))
            assert_int_equal(to, rule->charge);
        assert_int_equal(rule->failure != RCP_FAILURE_NONE, rule->settle == RCP_SETTLE_FAIL);
        if (to == RCP_CHARGE_PAID && rule->charge != RCP_CHARGE_PAID)
            assert_int_equal(rule->result, RCP_PG_RESULT_SUCCESS);
        if (rule->charge == RCP_CHARGE_UNKNOWN && to == RCP_CHARGE_FAILED)
            assert_int_equal(rule->result, RCP_PG_RESULT_FAILED); /* never force-failed */
    }
}

/* --- Edges --- */

static void charge_moves_are_these(void **state)
{
    (void)state;
    /* NONE: no such move. */
    static const uint8_t to[RCP_CHARGE_STATUS_COUNT][RCP_SETTLE_COUNT] = {
        [RCP_CHARGE_IN_PROGRESS] = {[RCP_SETTLE_PAY] = RCP_CHARGE_PAID,
                                    [RCP_SETTLE_FAIL] = RCP_CHARGE_FAILED,
                                    [RCP_SETTLE_KEY] = RCP_CHARGE_IN_PROGRESS,
                                    [RCP_SETTLE_LEAVE] = RCP_CHARGE_IN_PROGRESS,
                                    [RCP_SETTLE_SIGHT] = RCP_CHARGE_IN_PROGRESS,
                                    [RCP_SETTLE_MISS] = RCP_CHARGE_IN_PROGRESS,
                                    [RCP_SETTLE_DOUBT] = RCP_CHARGE_UNKNOWN,
                                    [RCP_SETTLE_REVIEW] = RCP_CHARGE_REVIEW},
        [RCP_CHARGE_UNKNOWN] = {[RCP_SETTLE_PAY] = RCP_CHARGE_PAID,
                                [RCP_SETTLE_FAIL] = RCP_CHARGE_FAILED,
                                [RCP_SETTLE_LEAVE] = RCP_CHARGE_UNKNOWN,
                                [RCP_SETTLE_SIGHT] = RCP_CHARGE_IN_PROGRESS,
                                [RCP_SETTLE_REVIEW] = RCP_CHARGE_REVIEW},
        [RCP_CHARGE_REVIEW] = {[RCP_SETTLE_FAIL] = RCP_CHARGE_FAILED},
        [RCP_CHARGE_PAID] =
            {[RCP_SETTLE_LEAVE] = RCP_CHARGE_PAID, [RCP_SETTLE_CLOSE] = RCP_CHARGE_PAID},
        [RCP_CHARGE_FAILED] =
            {[RCP_SETTLE_LEAVE] = RCP_CHARGE_FAILED, [RCP_SETTLE_CLOSE] = RCP_CHARGE_FAILED},
    };
    uint32_t edges = 0;
    for (uint32_t from = 0; from < RCP_CHARGE_STATUS_COUNT; from++)
        for (uint32_t settle = 0; settle < RCP_SETTLE_COUNT; settle++) {
            enum rcp_charge_status next = RCP_CHARGE_NONE;
            uint32_t edge = UINT32_MAX;
            bool moves = rcp_charge_next(
                (enum rcp_charge_status)from, (enum rcp_settle)settle, &next, &edge);
            assert_int_equal(moves, to[from][settle] != RCP_CHARGE_NONE);
            assert_int_equal(next, to[from][settle]);
            assert_int_equal(moves, edge < rcp_charge_table_count);
            edges += moves;
        }
    assert_int_equal(edges, rcp_charge_table_count);
}

static void refund_moves_are_these(void **state)
{
    (void)state;
    static const uint8_t to[RCP_REFUND_STATUS_COUNT][RCP_REFUND_EVENT_COUNT] = {
        [RCP_REFUND_NONE] = {[RCP_REFUND_INTENDED] = RCP_REFUND_DUE},
        [RCP_REFUND_DUE] = {[RCP_REFUND_CLAIMED] = RCP_REFUND_SENT},
        [RCP_REFUND_SENT] = {[RCP_REFUND_RECLAIMED] = RCP_REFUND_SENT,
                             [RCP_REFUND_LATER] = RCP_REFUND_DUE,
                             [RCP_REFUND_DONE] = RCP_REFUND_REFUNDED,
                             [RCP_REFUND_GIVEN_UP] = RCP_REFUND_PARKED},
    };
    uint32_t edges = 0;
    for (uint32_t from = 0; from < RCP_REFUND_STATUS_COUNT; from++)
        for (uint32_t event = 0; event < RCP_REFUND_EVENT_COUNT; event++) {
            enum rcp_refund_status next = RCP_REFUND_NONE;
            uint32_t edge = UINT32_MAX;
            bool moves = rcp_refund_next(
                (enum rcp_refund_status)from, (enum rcp_refund_event)event, &next, &edge);
            assert_int_equal(moves, to[from][event] != RCP_REFUND_NONE);
            assert_int_equal(next, to[from][event]);
            edges += moves;
        }
    assert_int_equal(edges, rcp_refund_table_count);
}

/* --- The order flow's table --- */

static bool rule_applies(struct rcp_policy policy, const struct rcp_flow_rule *rule)
{
    return rule->knob == RCP_KNOB_COUNT ||
           rcp_hardened(policy, (enum rcp_knob)rule->knob) == (rule->side != 0);
}

/* Under each policy a stage and an answer have one row at most, and rows of one stage stand together. */
static void an_order_rule_is_the_only_one(void **state)
{
    (void)state;
    for (uint32_t p = 0; p < POLICIES; p++)
        for (uint32_t i = 0; i < rcp_order_rule_count; i++)
            for (uint32_t k = i + 1; k < rcp_order_rule_count; k++) {
                const struct rcp_flow_rule *a = &rcp_order_rules[i], *b = &rcp_order_rules[k];
                if (a->state == b->state && a->answer == b->answer &&
                    rule_applies(policy_at(p), a) && rule_applies(policy_at(p), b))
                    fail_msg("policy %u: rows %u and %u of the order table", p, i, k);
            }
    for (uint32_t i = 1; i < rcp_order_rule_count; i++)
        assert_true(rcp_order_rules[i].state >= rcp_order_rules[i - 1].state);
}

/* A PAY follows a placed order, a try that surely did nothing, or a fresh NotFound: nothing else. */
static void pay_follows_only_what_allows_it(void **state)
{
    (void)state;
    static const uint8_t allowed[][2] = {{RCP_STAGE_PLACE, RCP_SAID_PLACED},
                                         {RCP_STAGE_FIND, RCP_SAID_PLACED},
                                         {RCP_STAGE_PAY, RCP_SAID_AGAIN},
                                         {RCP_STAGE_ASK, RCP_SAID_NO_RECORD}};
    uint32_t found = 0;
    for (uint32_t i = 0; i < rcp_order_rule_count; i++) {
        const struct rcp_flow_rule *rule = &rcp_order_rules[i];
        if (rule->to != RCP_STAGE_PAY || rule->move == RCP_MOVE_REPLY)
            continue;
        assert_true(found < 4);
        assert_int_equal(rule->state, allowed[found][0]);
        assert_int_equal(rule->answer, allowed[found][1]);
        found++;
    }
    assert_int_equal(found, 4);
}

/* `hardened` never answers 500, and every reply says something. */
static void hardened_never_answers_500(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < rcp_order_rule_count; i++) {
        const struct rcp_flow_rule *rule = &rcp_order_rules[i];
        assert_int_equal(rule->move == RCP_MOVE_REPLY, rule->status != RCP_STATUS_NONE);
        if (rule_applies(rcp_policy_hardened(), rule))
            assert_int_not_equal(rule->status, RCP_STATUS_ERROR);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documented_cells_are_those_of_the_document),
        cmocka_unit_test(hardened_cells_are_those_of_the_policy),
        cmocka_unit_test(a_knob_turns_its_own_cells),
        cmocka_unit_test(every_reachable_cell_has_exactly_one_row),
        cmocka_unit_test(every_decision_is_a_move_of_the_charge),
        cmocka_unit_test(charge_moves_are_these),
        cmocka_unit_test(refund_moves_are_these),
        cmocka_unit_test(an_order_rule_is_the_only_one),
        cmocka_unit_test(pay_follows_only_what_allows_it),
        cmocka_unit_test(hardened_never_answers_500),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
