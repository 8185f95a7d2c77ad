/* One world is one block: nothing leaks from one run into the next, and nothing is read before it is
 * written. */
#include "tests/support/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 50u

static struct rcp_scenario scenario;

static struct rcp_run_result run_in(void *block, size_t size, uint64_t seed)
{
    struct rcp_run_result result;
    rcp_run(&scenario, seed, block, size, NULL, NULL, NULL, NULL, &result);
    return result;
}

/* A block of its own, filled with this byte. */
static struct rcp_run_result run_fresh(int filling, uint64_t seed)
{
    size_t size = rcp_world_size(&scenario);
    void *block = runs_block(size);
    memset(block, filling, size);
    struct rcp_run_result result = run_in(block, size, seed);
    free(block);
    return result;
}

/* What the run did, and all that it says of it, is the same. */
static void must_be_same(const struct rcp_run_result *left, const struct rcp_run_result *right)
{
    assert_true(left->trace_digest == right->trace_digest);
    assert_memory_equal(left, right, sizeof *left);
}

/* A run in a block that others have used, in one of zeros and in one of ones is the same run. */
static void a_run_depends_on_nothing_in_its_block(void **state)
{
    (void)state;
    static const int fillings[] = {0x00, 0xff, 0xa5};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct rcp_policy policy = runs_policy((uint32_t)seed % RUNS_POLICIES);
        rcp_swarm_scenario(seed, rcp_policy_hardened(), policy, &scenario);
        struct rcp_run_result used = *runs_run(&scenario, seed);
        for (size_t i = 0; i < sizeof fillings / sizeof fillings[0]; i++) {
            struct rcp_run_result fresh = run_fresh(fillings[i], seed);
            must_be_same(&used, &fresh);
        }
    }
}

/* A run that is asked for again after others is the same run. */
static void a_run_leaves_nothing_behind(void **state)
{
    (void)state;
    static struct rcp_run_result first[SEEDS];
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < SEEDS; i++) {
            uint64_t seed = round == 0 ? i + 1u : SEEDS - i;
            rcp_swarm_scenario(seed, rcp_policy_hardened(), rcp_policy_hardened(), &scenario);
            struct rcp_run_result result = *runs_run(&scenario, seed);
            if (round == 0)
                first[seed - 1] = result;
            else
                must_be_same(&first[seed - 1], &result);
        }
}

/* A block larger than the world needs is touched no further than that. */
static void a_run_stays_in_its_world(void **state)
{
    (void)state;
    enum { MORE = 4096 };
    rcp_scenario_defaults(&scenario);
    scenario.work[scenario.work_count++] = (struct rcp_work){
        .kind = RCP_WORK_PAY, .activity = 1, .user_first = 1, .user_last = scenario.world.users};
    size_t size = rcp_world_size(&scenario);
    unsigned char *block = runs_block(size + MORE);
    memset(block, 0x5a, size + MORE);
    run_in(block, size + MORE, 1);
    for (size_t i = size; i < size + MORE; i++)
        assert_int_equal(block[i], 0x5a);
    free(block);
}

/* More of anything takes more bytes; what is no limit takes none. */
static void only_limits_take_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t at;
        uint32_t value;
        bool grows;
    } rows[] = {
#define ROW(field, value, grows) {#field, offsetof(struct rcp_world_config, field), value, grows}
        ROW(limits.requests, 4096, true),
        ROW(limits.retries, 1024, true),
        ROW(limits.groups, 64, true),
        ROW(limits.page, 32, true),
        ROW(limits.partitions, 16, true),
        ROW(limits.window, 64, true),
        ROW(nodes, 8, true),
        ROW(activities, 16, true),
        ROW(users, 4000, true),
        ROW(sessions, 200, true),
        ROW(rows, 100000, true),
        ROW(records, 100000, true),
        ROW(pending, 100000, true),
        ROW(exchanges, 100000, true),
        ROW(limits.group, 32, true),
        ROW(limits.sends, 32, false),
        ROW(nodes_per_process, 2, false),
        ROW(capacity, 4000, false),
        ROW(client_tries, 9, false),
        ROW(instant, 1, false),
#undef ROW
    };
    rcp_scenario_defaults(&scenario);
    scenario.world.limits.retries = 16;
    size_t least = rcp_world_size(&scenario);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rcp_scenario_defaults(&scenario);
        memcpy((unsigned char *)&scenario.world + rows[i].at, &rows[i].value, sizeof rows[i].value);
        size_t size = rcp_world_size(&scenario);
        if (rows[i].grows != (size > least) || size < least)
            fail_msg("%s: %zu bytes, then %zu", rows[i].name, least, size);
    }
    rcp_scenario_defaults(&scenario);
    scenario.heal_ms *= 2;
    scenario.rule_count = RCP_RULES_MAX;
    assert_int_equal(rcp_world_size(&scenario), least);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_depends_on_nothing_in_its_block),
        cmocka_unit_test(a_run_leaves_nothing_behind),
        cmocka_unit_test(a_run_stays_in_its_world),
        cmocka_unit_test(only_limits_take_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
