/* The decision tables: every answer that can come has a row, every row can decide, first match wins. */
#include "core/recovery/row_table.h"
#include "core/rule.h"
#include "tests/support/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Of the first document's knobs: the tables here know no others. */
#define ALL_POLICIES (1u << RCP_KNOB_PG_ACCEPTED)

/* ---- What can be answered ------------------------------------------------------------------- */

#define A(answer) (1u << RCP_ANSWER_##answer)
#define FAILURES  (A(REFUSED) | A(UNKNOWN))
#define REDIS     (A(FOUND) | A(MISSING) | FAILURES)

/* Where this knob is hardened (1) or documented (0) a state is entered at all; COUNT: always. */
struct possible {
    uint32_t answers; /* set of enum rcp_answer */
    uint8_t state;
    uint8_t knob;
    uint8_t side;
    uint8_t spare;
};

/* What the effect of each state can come back with, for a request. */
static const struct possible of_requests[] = {
    {.state = RCP_FLOW_TOKEN,
     .answers = REDIS | A(FOREIGN) | A(UNREADABLE),
     .knob = RCP_KNOB_COUNT,
     .side = 0},
    {.state = RCP_FLOW_APPROVE,
     .answers = A(APPROVED) | A(REJECTED) | A(CONFLICT) | A(FULL) | FAILURES,
     .knob = RCP_KNOB_COUNT,
     .side = 0},
    {.state = RCP_FLOW_DELETE_OPEN, .answers = REDIS, .knob = RCP_KNOB_TOKEN_DELETE, .side = 0},
    {.state = RCP_FLOW_COMMIT,
     .answers = A(WRITTEN) | FAILURES,
     .knob = RCP_KNOB_TOKEN_DELETE,
     .side = 0},
    {.state = RCP_FLOW_COMMIT_LOG,
     .answers = A(WRITTEN) | FAILURES,
     .knob = RCP_KNOB_TOKEN_DELETE,
     .side = 0},
    {.state = RCP_FLOW_SETTLE,
     .answers =
         A(APPROVED) | A(REJECTED) | A(CONFLICT) | A(OPEN) | A(PARKED) | A(NOTHING) | FAILURES,
     .knob = RCP_KNOB_UNKNOWN_COMMIT,
     .side = 1},
    {.state = RCP_FLOW_LOG,
     .answers = A(WRITTEN) | A(PARKED) | FAILURES,
     .knob = RCP_KNOB_COUNT,
     .side = 0},
    {.state = RCP_FLOW_LOG,
     .answers = A(OPEN) | A(APPROVED) | A(REJECTED) | A(CONFLICT),
     .knob = RCP_KNOB_OPEN_ROWS,
     .side = 1},
    {.state = RCP_FLOW_DIRECT,
     .answers = A(SENT) | FAILURES,
     .knob = RCP_KNOB_LOG_UNAVAILABLE,
     .side = 1},
    {.state = RCP_FLOW_HOLD, .answers = REDIS, .knob = RCP_KNOB_OPEN_RETRY_TOKEN, .side = 1},
    {.state = RCP_FLOW_RELEASE, .answers = REDIS, .knob = RCP_KNOB_TOKEN_DELETE, .side = 1},
    {.state = RCP_FLOW_MARK,
     .answers = A(WRITTEN) | FAILURES,
     .knob = RCP_KNOB_TOKEN_DELETE,
     .side = 1},
    {.state = RCP_FLOW_LOOKUP,
     .answers = A(APPROVED) | A(REJECTED) | A(OPEN) | A(PARKED) | A(NOTHING) | FAILURES,
     .knob = RCP_KNOB_TOKEN_MISSING,
     .side = 1},
    {.state = RCP_FLOW_FENCE,
     .answers = A(APPROVED) | A(REJECTED) | A(OPEN) | A(PARKED) | FAILURES,
     .knob = RCP_KNOB_TOKEN_MISSING,
     .side = 1},
    {.state = RCP_FLOW_STATUS,
     .answers = A(APPROVED) | A(REJECTED) | A(OPEN) | A(PARKED) | A(NOTHING) | FAILURES,
     .knob = RCP_KNOB_COUNT,
     .side = 0},
    {.state = RCP_FLOW_REJECT,
     .answers = A(APPROVED) | A(REJECTED) | FAILURES,
     .knob = RCP_KNOB_COUNT,
     .side = 0},
    {.state = RCP_FLOW_REOPEN,
     .answers = A(APPROVED) | A(REJECTED) | A(OPEN) | A(PARKED) | A(NOTHING) | FAILURES,
     .knob = RCP_KNOB_COUNT,
     .side = 0},
    {.state = RCP_FLOW_SHELVE,
     .answers = A(APPROVED) | A(REJECTED) | A(OPEN) | A(PARKED) | A(NOTHING) | FAILURES,
     .knob = RCP_KNOB_COUNT,
     .side = 0},
};

/* The same for a record. FENCED stands for REJECTED where the record is a direct one. */
static const struct possible of_records[] = {
    {.state = RCP_FLOW_APPROVE,
     .answers =
         A(APPROVED) | A(REJECTED) | A(FENCED) | A(CONFLICT) | A(PARKED) | A(FULL) | FAILURES,
     .knob = RCP_KNOB_COUNT,
     .side = 0},
    {.state = RCP_FLOW_SETTLE,
     .answers =
         A(APPROVED) | A(REJECTED) | A(CONFLICT) | A(OPEN) | A(PARKED) | A(NOTHING) | FAILURES,
     .knob = RCP_KNOB_UNKNOWN_COMMIT,
     .side = 1},
    {.state = RCP_FLOW_LATER,
     .answers = A(WRITTEN) | A(PARKED) | FAILURES,
     .knob = RCP_KNOB_COUNT,
     .side = 0},
    {.state = RCP_FLOW_LOG,
     .answers = A(WRITTEN) | A(PARKED) | FAILURES,
     .knob = RCP_KNOB_COUNT,
     .side = 0},
    {.state = RCP_FLOW_LOG,
     .answers = A(OPEN) | A(APPROVED) | A(FENCED) | A(CONFLICT),
     .knob = RCP_KNOB_OPEN_ROWS,
     .side = 1},
    {.state = RCP_FLOW_PARK,
     .answers = A(WRITTEN) | FAILURES,
     .knob = RCP_KNOB_UNUSABLE_RECORD,
     .side = 1},
    {.state = RCP_FLOW_RELEASE, .answers = REDIS, .knob = RCP_KNOB_TOKEN_DELETE, .side = 1},
    {.state = RCP_FLOW_MARK,
     .answers = A(WRITTEN) | FAILURES,
     .knob = RCP_KNOB_TOKEN_DELETE,
     .side = 1},
};

/* ---- The tables ----------------------------------------------------------------------------- */

struct table {
    enum rcp_core_table id;
    const struct rcp_flow_rule *rules;
    const struct possible *possible;
    size_t possible_count;
};

static const struct table tables[] = {
    {RCP_TABLE_PAYMENT, rcp_payment_rules, of_requests, sizeof of_requests / sizeof of_requests[0]},
    {RCP_TABLE_RETRY, rcp_retry_rules, of_records, sizeof of_records / sizeof of_records[0]},
};

#define TABLES (sizeof tables / sizeof tables[0])

static bool stands(struct rcp_policy policy, uint8_t knob, uint8_t side)
{
    return knob == RCP_KNOB_COUNT || rcp_hardened(policy, (enum rcp_knob)knob) == (side != 0);
}

/* The first row that decides this answer under this policy, by reading the table from its top. */
static const struct rcp_flow_rule *first_match(const struct table *table,
                                               struct rcp_policy policy,
                                               uint32_t state,
                                               uint32_t answer)
{
    for (uint32_t i = 0; i < rcp_core_table_rows(table->id); i++) {
        const struct rcp_flow_rule *rule = &table->rules[i];
        if (rule->state == state && rule->answer == answer &&
            stands(policy, rule->knob, rule->side))
            return rule;
    }
    return NULL;
}

static bool can_come(const struct table *table,
                     struct rcp_policy policy,
                     uint32_t state,
                     uint32_t answer)
{
    for (size_t i = 0; i < table->possible_count; i++) {
        const struct possible *p = &table->possible[i];
        if (p->state == state && (p->answers >> answer & 1u) != 0 &&
            stands(policy, p->knob, p->side))
            return true;
    }
    return false;
}

/* Every answer that can come finds a row, under every policy that makes sense: both presets, each knob
 * alone, and all that can be combined. The core looks it up as this test does. */
static void every_answer_that_can_come_has_a_row(void **state)
{
    (void)state;
    for (uint32_t knobs = 0; knobs < ALL_POLICIES; knobs++) {
        struct rcp_policy policy = {.hardened = knobs};
        if (rcp_policy_refusal(policy) != NULL)
            continue;
        for (size_t t = 0; t < TABLES; t++)
            for (size_t i = 0; i < tables[t].possible_count; i++) {
                const struct possible *p = &tables[t].possible[i];
                if (!stands(policy, p->knob, p->side))
                    continue;
                for (uint32_t answers = p->answers; answers != 0; answers &= answers - 1u) {
                    uint32_t answer = (uint32_t)__builtin_ctz(answers);
                    if (first_match(&tables[t], policy, p->state, answer) == NULL)
                        fail_msg("policy %05x: no row for %s x %s in table %u",
                                 knobs,
                                 tables_state_name(p->state),
                                 tables_answer_name(answer),
                                 (unsigned)tables[t].id);
                }
            }
    }
}

/* The core takes the first match, and marks it. */
static void the_core_takes_the_first_match(void **state)
{
    (void)state;
    static struct rcp_node node;
    static struct rcp_effects effects;
    struct rcp_step step = {.node = &node, .effects = &effects};
    for (uint32_t i = 0; i < RCP_KNOB_COUNT + 2u; i++) {
        node.policy = i == 0 ? rcp_policy_documented() : rcp_policy_hardened();
        if (i > 1)
            rcp_policy_set(&node.policy, (enum rcp_knob)(i - 2u), false);
        for (size_t t = 0; t < TABLES; t++)
            for (uint32_t s = 0; s < RCP_FLOW_STATE_COUNT; s++)
                for (uint32_t a = 0; a < RCP_ANSWER_COUNT; a++) {
                    const struct rcp_flow_rule *expected =
                        first_match(&tables[t], node.policy, s, a);
                    if (expected == NULL)
                        continue;
                    effects.mark_count = 0;
                    const struct rcp_flow_rule *found = rcp_rule_find(
                        &step, tables[t].id, (enum rcp_flow_state)s, (enum rcp_answer)a);
                    assert_ptr_equal(found, expected);
                    assert_int_equal(effects.mark_count, 1);
                    assert_int_equal(effects.marks[0].table, tables[t].id);
                    assert_int_equal(effects.marks[0].row, expected - tables[t].rules);
                }
    }
}

/* Each row is the one that decides under some policy that makes sense, for an answer that can come: a
 * row behind another one, or for what cannot be, would only look like a decision. */
static void every_row_can_decide(void **state)
{
    (void)state;
    static bool decides[TABLES][256];
    for (uint32_t knobs = 0; knobs < ALL_POLICIES; knobs++) {
        struct rcp_policy policy = {.hardened = knobs};
        if (rcp_policy_refusal(policy) != NULL)
            continue;
        for (size_t t = 0; t < TABLES; t++)
            for (uint32_t i = 0; i < rcp_core_table_rows(tables[t].id); i++) {
                const struct rcp_flow_rule *rule = &tables[t].rules[i];
                if (!decides[t][i] && stands(policy, rule->knob, rule->side) &&
                    can_come(&tables[t], policy, rule->state, rule->answer) &&
                    first_match(&tables[t], policy, rule->state, rule->answer) == rule)
                    decides[t][i] = true;
            }
    }
    uint32_t idle = 0;
    for (size_t t = 0; t < TABLES; t++)
        for (uint32_t i = 0; i < rcp_core_table_rows(tables[t].id); i++)
            if (!decides[t][i]) {
                char name[128];
                tables_row_name(tables[t].id, i, name, sizeof name);
                print_error("never decides: %s\n", name);
                idle++;
            }
    assert_int_equal(idle, 0);
}

/* No two rows say the same of the same, and the rows of one state stand together. */
static void rows_are_in_order_and_unique(void **state)
{
    (void)state;
    for (size_t t = 0; t < TABLES; t++) {
        uint32_t count = rcp_core_table_rows(tables[t].id);
        bool seen[RCP_FLOW_STATE_COUNT] = {false};
        for (uint32_t i = 0; i < count; i++) {
            const struct rcp_flow_rule *rule = &tables[t].rules[i];
            for (uint32_t k = 0; k < i; k++) {
                const struct rcp_flow_rule *other = &tables[t].rules[k];
                assert_false(other->state == rule->state && other->answer == rule->answer &&
                             other->knob == rule->knob && other->side == rule->side);
            }
            bool goes_on = i > 0 && tables[t].rules[i - 1].state == rule->state;
            assert_true(goes_on || !seen[rule->state]);
            seen[rule->state] = true;
        }
    }
}

/* ---- The way through ------------------------------------------------------------------------ */

/* A request is answered once: after a reply nothing replies, before it nothing ends. */
static void a_request_is_answered_once(void **state)
{
    (void)state;
    bool answered[RCP_FLOW_STATE_COUNT] = {false};
    uint32_t count = rcp_core_table_rows(RCP_TABLE_PAYMENT);
    for (uint32_t round = 0; round < RCP_FLOW_STATE_COUNT; round++)
        for (uint32_t i = 0; i < count; i++) {
            const struct rcp_flow_rule *rule = &rcp_payment_rules[i];
            if (rule->move == RCP_MOVE_REPLY || answered[rule->state])
                answered[rule->to] = true;
        }
    for (uint32_t i = 0; i < count; i++) {
        const struct rcp_flow_rule *rule = &rcp_payment_rules[i];
        assert_true(rule->move == RCP_MOVE_TO || rule->move == RCP_MOVE_REPLY);
        assert_int_equal(rule->move == RCP_MOVE_REPLY, rule->status != RCP_STATUS_NONE);
        if (answered[rule->state])
            assert_int_equal(rule->move, RCP_MOVE_TO);
        else
            assert_true(rule->to != RCP_FLOW_FREE || rule->move == RCP_MOVE_REPLY);
    }
}

/* A record's offset is done before it is let go, never twice, and never where it pauses. */
static void a_record_is_durable_once(void **state)
{
    (void)state;
    bool durable[RCP_FLOW_STATE_COUNT] = {false};
    uint32_t count = rcp_core_table_rows(RCP_TABLE_RETRY);
    for (uint32_t round = 0; round < RCP_FLOW_STATE_COUNT; round++)
        for (uint32_t i = 0; i < count; i++) {
            const struct rcp_flow_rule *rule = &rcp_retry_rules[i];
            if (rule->move == RCP_MOVE_DURABLE || durable[rule->state])
                durable[rule->to] = true;
        }
    assert_false(durable[RCP_FLOW_PAUSE]);
    for (uint32_t i = 0; i < count; i++) {
        const struct rcp_flow_rule *rule = &rcp_retry_rules[i];
        assert_true(rule->move == RCP_MOVE_TO || rule->move == RCP_MOVE_DURABLE);
        assert_int_equal(rule->status, RCP_STATUS_NONE);
        if (durable[rule->state])
            assert_int_equal(rule->move, RCP_MOVE_TO);
        else
            assert_true(rule->to != RCP_FLOW_FREE || rule->move == RCP_MOVE_DURABLE);
    }
}

/* UNKNOWN is where payments are lost: each state that waits for an effect has a row for it. */
static void every_state_knows_unknown(void **state)
{
    (void)state;
    for (size_t t = 0; t < TABLES; t++)
        for (size_t i = 0; i < tables[t].possible_count; i++) {
            uint32_t s = tables[t].possible[i].state;
            assert_non_null(first_match(&tables[t], rcp_policy_hardened(), s, RCP_ANSWER_UNKNOWN));
            assert_non_null(
                first_match(&tables[t], rcp_policy_documented(), s, RCP_ANSWER_UNKNOWN));
        }
}

/* ---- The failure row ------------------------------------------------------------------------ */

/* Where each event leads from each status: N none, P pending, C processing, R resolved, F failed; a dot
 * where the row stays as it is. In the order of enum rcp_row_event. */
static const struct {
    enum rcp_row_status from;
    const char *to;
} row_moves[] = {
    /*              logged, parked at once, claimed, reclaimed, released,
     *              later, parked, settled, handed, replaced, reopened */
    {RCP_ROW_NONE, "PF........."},
    {RCP_ROW_PENDING, "..C..PFRR.."},
    {RCP_ROW_PROCESSING, "..CCPPFRRN."},
    {RCP_ROW_RESOLVED, "..........."},
    {RCP_ROW_FAILED, ".......R..P"},
};

/* Each event at each status leads where the drawing says, and nowhere else; RESOLVED is final. */
static void a_row_moves_as_drawn(void **state)
{
    (void)state;
    static const char letters[RCP_ROW_STATUS_COUNT] = {'N', 'P', 'C', 'R', 'F'};
    uint32_t edges = 0;
    assert_int_equal(sizeof row_moves / sizeof row_moves[0], RCP_ROW_STATUS_COUNT);
    for (uint32_t i = 0; i < RCP_ROW_STATUS_COUNT; i++)
        for (uint32_t event = 0; event < RCP_ROW_EVENT_COUNT; event++) {
            enum rcp_row_status to = RCP_ROW_NONE;
            uint32_t edge = UINT32_MAX;
            char expected = row_moves[i].to[event];
            bool moves = rcp_row_next(row_moves[i].from, (enum rcp_row_event)event, &to, &edge);
            assert_int_equal(moves, expected != '.');
            assert_int_equal(rcp_row_next(row_moves[i].from, (enum rcp_row_event)event, &to, NULL),
                             moves);
            if (!moves)
                continue;
            edges++;
            assert_int_equal(letters[to], expected);
            assert_int_equal(rcp_row_table[edge].from, row_moves[i].from);
            assert_int_equal(rcp_row_table[edge].event, event);
            assert_int_equal(rcp_row_table[edge].to, to);
        }
    assert_int_equal(edges, rcp_row_table_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_that_can_come_has_a_row),
        cmocka_unit_test(the_core_takes_the_first_match),
        cmocka_unit_test(every_row_can_decide),
        cmocka_unit_test(rows_are_in_order_and_unique),
        cmocka_unit_test(a_request_is_answered_once),
        cmocka_unit_test(a_record_is_durable_once),
        cmocka_unit_test(every_state_knows_unknown),
        cmocka_unit_test(a_row_moves_as_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
