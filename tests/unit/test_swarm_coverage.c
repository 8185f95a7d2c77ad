/* The swarm's generator can say everything: what it never draws, the swarm never tests. */
#include "sim/swarm.h"
#include "tests/support/beyond_reach.h"
#include "tests/support/runs.h"
#include "tests/support/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/scenario/scenario_file.h"

#define DRAWN       100000u /* scenarios that are drawn, not run */
#define VALID_EVERY 50u     /* each so many of them is looked at as a whole */
#define SEEDS_MAX   200000u /* that are run, one policy each */

static struct rcp_scenario scenario;
static uint32_t missing;

static void draw(uint64_t seed)
{
    rcp_swarm_scenario(seed, rcp_policy_hardened(), rcp_policy_hardened(), &scenario);
}

/* ---- What is drawn -------------------------------------------------------------------------- */

/* A range that the generator draws from: both ends must come. */
struct range {
    const char *name;
    size_t at;
    size_t size;
    uint64_t least, most;
};

#define SECONDS UINT64_C(1000)
#define RANGE(field, least, most)                                     \
    {                                                                 \
#field, offsetof(struct rcp_scenario, field),                 \
            sizeof(((struct rcp_scenario *)NULL)->field), least, most \
    }

static const struct range ranges[] = {
    RANGE(world.nodes, 1, RCP_SWARM_NODES),
    RANGE(world.nodes_per_process, 1, 2),
    RANGE(world.activities, 1, RCP_SWARM_ACTIVITIES),
    RANGE(world.users, 4, RCP_SWARM_PAYMENTS),
    RANGE(world.capacity, 1, RCP_SWARM_PAYMENTS),
    RANGE(world.sessions, 1, RCP_SWARM_SESSIONS),
    RANGE(world.token_ttl_ms, 20 * SECONDS, RCP_TOKEN_TTL_MS),
    RANGE(world.orphan_ms, 1 * SECONDS, 60 * SECONDS),
    RANGE(world.session_timeout_ms, 5 * SECONDS, 45 * SECONDS),
    RANGE(world.client_tries, 1, 6),
    RANGE(heal_ms, 30 * SECONDS, 1200 * SECONDS),
    RANGE(chaos_num, 0, 1),
    RANGE(chaos_den, 1, 16),
    RANGE(slow_num, 0, 1),
    RANGE(slow_den, 8, 128),
};

#define RANGES (sizeof ranges / sizeof ranges[0])

/* How often each was drawn. */
static struct {
    uint32_t work[RCP_WORK_KIND_COUNT];
    uint32_t fault[RCP_FAULT_COUNT];
    uint32_t strike[RCP_FAULT_COUNT][RCP_SITE_COUNT];
    uint32_t least[RANGES], most[RANGES], outside[RANGES];
    uint32_t limit_least[RCP_SWARM_LIMIT_COUNT], limit_most[RCP_SWARM_LIMIT_COUNT];
    uint32_t limit_outside[RCP_SWARM_LIMIT_COUNT];
    uint32_t without_faults;
} drawn;

static uint64_t value_at(const void *base, size_t at, size_t size)
{
    uint32_t narrow;
    uint64_t wide;
    if (size == sizeof wide) {
        memcpy(&wide, (const unsigned char *)base + at, sizeof wide);
        return wide;
    }
    memcpy(&narrow, (const unsigned char *)base + at, sizeof narrow);
    return narrow;
}

static void count_world(void)
{
    for (size_t i = 0; i < RANGES; i++) {
        uint64_t value = value_at(&scenario, ranges[i].at, ranges[i].size);
        drawn.least[i] += value == ranges[i].least;
        drawn.most[i] += value == ranges[i].most;
        drawn.outside[i] += value < ranges[i].least || value > ranges[i].most;
    }
    for (size_t i = 0; i < RCP_SWARM_LIMIT_COUNT; i++) {
        const struct rcp_swarm_limit *limit = &rcp_swarm_limits[i];
        uint64_t value = value_at(&scenario.world.limits, limit->offset, sizeof(uint32_t));
        drawn.limit_least[i] += value == limit->least;
        drawn.limit_most[i] += value == limit->most;
        drawn.limit_outside[i] += value < limit->least || value > limit->most;
    }
}

static void count_faults(void)
{
    for (uint32_t i = 0; i < scenario.plan_count; i++)
        drawn.fault[scenario.plan[i].fault]++;
    for (uint32_t i = 0; i < scenario.rule_count; i++) {
        drawn.fault[scenario.rules[i].option]++;
        drawn.strike[scenario.rules[i].option][scenario.rules[i].site]++;
    }
    drawn.without_faults += scenario.plan_count + scenario.rule_count == 0;
}

static void must_be_valid(uint64_t seed)
{
    char text[512];
    if (!rcp_scenario_valid(&scenario, text, sizeof text))
        fail_msg("seed %llu: %s", (unsigned long long)seed, text);
}

static int draw_all(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= DRAWN; seed++) {
        draw(seed);
        count_world();
        count_faults();
        for (uint32_t i = 0; i < scenario.work_count; i++)
            drawn.work[scenario.work[i].kind]++;
        if (seed % VALID_EVERY == 0)
            must_be_valid(seed);
    }
    return 0;
}

static void must_be_drawn(uint32_t times, const char *what, const char *where)
{
    if (times > 0)
        return;
    print_error("never drawn: %s %s\n", what, where);
    missing++;
}

/* Every kind of work is asked of some world. */
static void every_work_is_drawn(void **state)
{
    (void)state;
    missing = 0;
    for (uint32_t i = RCP_WORK_NONE + 1; i < RCP_WORK_KIND_COUNT; i++)
        must_be_drawn(drawn.work[i], "work", rcp_work_name((enum rcp_work_kind)i));
    assert_int_equal(missing, 0);
}

/* Every fault strikes some world, and some worlds have none. */
static void every_fault_is_drawn(void **state)
{
    (void)state;
    missing = 0;
    for (uint32_t i = RCP_FAULT_NONE + 1; i < RCP_FAULT_COUNT; i++)
        must_be_drawn(drawn.fault[i], "fault", rcp_fault_info((enum rcp_fault)i)->name);
    must_be_drawn(drawn.without_faults, "a world", "without faults");
    assert_int_equal(missing, 0);
}

/* Every fate is aimed at each site where it may strike, at all of them, and at no other. */
static void every_fate_is_aimed_everywhere(void **state)
{
    (void)state;
    missing = 0;
    for (uint32_t i = RCP_FAULT_NONE + 1; i < RCP_FAULT_COUNT; i++) {
        const struct rcp_fault_info *info = rcp_fault_info((enum rcp_fault)i);
        if (info->class != RCP_FAULT_CLASS_FATE)
            continue;
        must_be_drawn(drawn.strike[i][RCP_SITE_NONE], info->name, "everywhere");
        for (uint32_t site = RCP_SITE_NONE + 1; site < RCP_SITE_COUNT; site++) {
            if ((info->sites & RCP_AT(site)) != 0)
                must_be_drawn(
                    drawn.strike[i][site], info->name, rcp_site_name((enum rcp_site)site));
            else
                assert_int_equal(drawn.strike[i][site], 0);
        }
    }
    assert_int_equal(missing, 0);
}

/* Both ends of every limit are drawn, and nothing past them. */
static void both_ends_of_every_limit_are_drawn(void **state)
{
    (void)state;
    missing = 0;
    for (uint32_t i = 0; i < RCP_SWARM_LIMIT_COUNT; i++) {
        must_be_drawn(drawn.limit_least[i], rcp_swarm_limits[i].name, "at its least");
        must_be_drawn(drawn.limit_most[i], rcp_swarm_limits[i].name, "at its most");
        must_be_drawn(!drawn.limit_outside[i], rcp_swarm_limits[i].name, "only within its range");
    }
    assert_int_equal(missing, 0);
}

/* The same for everything else that makes a world. */
static void both_ends_of_every_range_are_drawn(void **state)
{
    (void)state;
    missing = 0;
    for (size_t i = 0; i < RANGES; i++) {
        must_be_drawn(drawn.least[i], ranges[i].name, "at its least");
        must_be_drawn(drawn.most[i], ranges[i].name, "at its most");
        must_be_drawn(!drawn.outside[i], ranges[i].name, "only within its range");
    }
    assert_int_equal(missing, 0);
}

/* ---- What is reached ------------------------------------------------------------------------ */

static uint64_t reached[RCP_TABLE_COUNT][4];

static bool is_reached(uint32_t table, uint32_t row)
{
    return (reached[table][row / 64u] >> (row % 64u) & 1u) != 0;
}

/* Rows that still have to be reached; told where asked for. */
static uint32_t rows_left(bool tell)
{
    uint32_t left = 0;
    for (uint32_t table = 0; table < RCP_TABLE_COUNT; table++)
        for (uint32_t row = 0; row < rcp_core_table_rows((enum rcp_core_table)table); row++) {
            char name[128];
            if (is_reached(table, row) || beyond_reach((enum rcp_core_table)table, row) ||
                is_staged((enum rcp_core_table)table, row))
                continue;
            tables_row_name((enum rcp_core_table)table, row, name, sizeof name);
            if (tell)
                print_error("never reached: %s\n", name);
            left++;
        }
    return left;
}

/* Only what the tables do is of interest, so no invariant ends a run early. */
static void run_for_rows(uint64_t seed, struct rcp_policy policy)
{
    rcp_swarm_scenario(seed, rcp_policy_hardened(), policy, &scenario);
    scenario.invariants = UINT64_C(1) << RCP_INVARIANT_CHECK | UINT64_C(1) << RCP_INVARIANT_TWIN;
    const struct rcp_run_result *result = runs_run(&scenario, seed);
    for (uint32_t table = 0; table < RCP_TABLE_COUNT; table++)
        for (uint32_t word = 0; word < 4; word++)
            reached[table][word] |= result->marks[table][word];
}

/* The policies that take turns: each preset, each knob turned alone, and a pair that only together
 * leads to a row. */
static struct rcp_policy policy_in_turn(uint64_t seed)
{
    uint32_t turn = (uint32_t)(seed % (RUNS_POLICIES + 1u));
    if (turn < RUNS_POLICIES)
        return runs_policy(turn);
    struct rcp_policy pair = rcp_policy_hardened();
    rcp_policy_set(&pair, RCP_KNOB_ENTRY_UNAVAILABLE, false);
    rcp_policy_set(&pair, RCP_KNOB_OPEN_RETRY_TOKEN, false);
    return pair;
}

/* Every row of every table of the core is used by some run of the swarm. */
static void every_row_of_every_table_is_reached(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS_MAX && rows_left(false) > 0; seed++)
        run_for_rows(seed, policy_in_turn(seed));
    assert_int_equal(rows_left(true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_work_is_drawn),
        cmocka_unit_test(every_fault_is_drawn),
        cmocka_unit_test(every_fate_is_aimed_everywhere),
        cmocka_unit_test(both_ends_of_every_limit_are_drawn),
        cmocka_unit_test(both_ends_of_every_range_are_drawn),
        cmocka_unit_test(every_row_of_every_table_is_reached),
    };
    return cmocka_run_group_tests(tests, draw_all, NULL);
}
