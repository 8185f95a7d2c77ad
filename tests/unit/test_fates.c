/* The catalogue of faults keeps its word: every fate strikes at every site where it may. */
#include "tests/support/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS_MAX 500u

static struct rcp_scenario scenario;

/* A world of the swarm's with its faults as drawn, but this one only, and always, at this site. */
static void aim(uint64_t seed, enum rcp_fault fault, enum rcp_site site)
{
    rcp_swarm_scenario(
        seed, rcp_policy_hardened(), runs_policy((uint32_t)seed % RUNS_POLICIES), &scenario);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < scenario.rule_count; i++)
        if (scenario.rules[i].option != (uint32_t)fault)
            scenario.rules[kept++] = scenario.rules[i];
    assert_true(kept < RCP_RULES_MAX);
    memmove(&scenario.rules[1], &scenario.rules[0], kept * sizeof scenario.rules[0]);
    scenario.rules[0] = (struct rcp_rule){.why = RCP_WHY_FATE,
                                          .option = (uint32_t)fault,
                                          .site = (uint32_t)site,
                                          .chance_num = 1,
                                          .chance_den = 1};
    scenario.rule_count = kept + 1u;
    scenario.invariants = UINT64_C(1) << RCP_INVARIANT_CHECK | UINT64_C(1) << RCP_INVARIANT_TWIN;
}

/* Seeds until it strikes; 0 where it never does. */
static uint64_t seed_that_strikes(enum rcp_fault fault, enum rcp_site site)
{
    for (uint64_t seed = 1; seed <= SEEDS_MAX; seed++) {
        aim(seed, fault, site);
        if (runs_run(&scenario, seed)->fired[fault] > 0)
            return seed;
    }
    return 0;
}

/* A fate that may strike at a site does so in some world: a fault that never fires tests nothing. */
static void every_fate_strikes_where_it_may(void **state)
{
    (void)state;
    uint32_t silent = 0;
    for (uint32_t i = RCP_FAULT_NONE + 1; i < RCP_FAULT_COUNT; i++) {
        enum rcp_fault fault = (enum rcp_fault)i;
        const struct rcp_fault_info *info = rcp_fault_info(fault);
        for (uint32_t site = RCP_SITE_NONE + 1; site < RCP_SITE_COUNT; site++) {
            if (info->class != RCP_FAULT_CLASS_FATE || (info->sites & RCP_AT(site)) == 0 ||
                seed_that_strikes(fault, (enum rcp_site)site) != 0)
                continue;
            print_error(
                "never strikes: %s on %s\n", info->name, rcp_site_name((enum rcp_site)site));
            silent++;
        }
    }
    assert_int_equal(silent, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fate_strikes_where_it_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
