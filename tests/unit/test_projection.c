/* The real core in its world, and the payment model that Spin searches, reach the same: every state of the one
 * is a state of the other, seen through all variables that both have. */
#include "sim/scenario/scenario_file.h"
#include "tests/models/projection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define ASKS   2u /* client_tries of the scenario */
#define MEMORY ((size_t)512 << 20)

static struct rcp_scenario scenario;

static int read_scenario(void **state)
{
    (void)state;
    static struct rcp_scenario_error error;
    return rcp_scenario_read("scenarios/explore/projection.yaml", &scenario, &error) ? 0 : -1;
}

static struct projection search(const struct projection_task *task)
{
    struct projection projection;
    projection_run(task, &projection);
    assert_int_equal(projection.result.verdict, RCP_SEARCH_COMPLETE);
    return projection;
}

/* Both differences are empty; otherwise they are printed, with the ways that lead there. */
static void the_core_and_the_model_reach_the_same(void **state)
{
    (void)state;
    static const struct {
        struct payment_bounds bounds;
        uint32_t points;
    } rows[] = {
        {{.asks = ASKS}, 4},
        {{.asks = ASKS, .losses = 1}, 8},
        {{.asks = ASKS, .faults = 1}, 28},
        {{.asks = ASKS, .faults = 1, .losses = 1}, 63},
        {{.asks = ASKS, .crashes = 1}, 29},
        {{.asks = ASKS, .crashes = 1, .losses = 1}, 50},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct projection_task model_task = {.bounds = rows[i].bounds, .memory = MEMORY};
        struct projection_task core_task = model_task;
        core_task.scenario = &scenario;
        struct projection model = search(&model_task);
        struct projection core = search(&core_task);
        uint32_t only_core = projection_print_missing(&core_task, &core, &model, stderr);
        uint32_t only_model = projection_print_missing(&model_task, &model, &core, stderr);
        assert_int_equal(only_core, 0);
        assert_int_equal(only_model, 0);
        assert_int_equal(projection_count(&core), rows[i].points);
        free(model.reached);
        free(core.reached);
    }
}

/* A model that may do more, or less, than the core is told apart from it. */
static void another_bound_is_another_set(void **state)
{
    (void)state;
    const struct projection_task less = {.bounds = {.asks = 1}, .memory = MEMORY};
    struct projection_task more = less;
    more.bounds = (struct payment_bounds){.asks = ASKS, .faults = 1};
    struct projection small = search(&less);
    struct projection large = search(&more);
    assert_int_equal(projection_print_missing(&less, &small, &large, stderr), 0);
    assert_int_equal(projection_count(&large) - projection_count(&small), 24);
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(projection_print_missing(&more, &large, &small, file), 24);
    assert_true(ftell(file) > 0);
    fclose(file);
    free(small.reached);
    free(large.reached);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_core_and_the_model_reach_the_same),
        cmocka_unit_test(another_bound_is_another_set),
    };
    return cmocka_run_group_tests(tests, read_scenario, NULL);
}
