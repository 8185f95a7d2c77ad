/* The scenarios with a shop lead through every row of the second document's tables, under whatever policy
 * each is for: a cell that no scenario shows is a promise that nobody can read. */
#include "core/order/decision_table.h"
#include "sim/scenario/scenario_file.h"
#include "tests/support/beyond_reach.h"
#include "tests/support/runs.h"
#include "tests/support/tables.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FOLDERS_OPEN 8
#define SEEDS_MAX    20u /* of one scenario: what it shows, it shows in one of these */

static uint64_t reached[RCP_TABLE_COUNT][4];
/* Under the preset itself, documented and hardened. */
static uint64_t preset[2][RCP_TABLE_COUNT][4];
static uint32_t shops, cells;

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), length = strlen(end);
    return size >= length && strcmp(text + size - length, end) == 0;
}

static void add_marks(uint64_t marks[4], const uint64_t more[4])
{
    for (uint32_t word = 0; word < 4; word++)
        marks[word] |= more[word];
}

static void run_all_seeds(const struct rcp_scenario *scenario)
{
    uint64_t seeds = scenario->seed_last - scenario->seed_first + 1u;
    for (uint64_t i = 0; i < seeds && i < SEEDS_MAX; i++) {
        const struct rcp_run_result *result = runs_run(scenario, scenario->seed_first + i);
        for (uint32_t table = 0; table < RCP_TABLE_COUNT; table++) {
            add_marks(reached[table], result->marks[table]);
            if (scenario->policy.hardened == rcp_policy_documented().hardened)
                add_marks(preset[0][table], result->marks[table]);
            if (scenario->policy.hardened == rcp_policy_hardened().hardened)
                add_marks(preset[1][table], result->marks[table]);
        }
    }
}

/* Some row of the decision table that begins with this cell was used: "IN_PROGRESS x SUCCESS". */
static bool shows_cell(const uint64_t marks[4], const char *cell)
{
    char row[128], wanted[128];
    snprintf(wanted, sizeof wanted, "decision table: %s x ", cell);
    for (uint32_t i = 0; i < rcp_core_table_rows(RCP_TABLE_DECISION); i++) {
        tables_row_name(RCP_TABLE_DECISION, i, row, sizeof row);
        if ((marks[i / 64u] >> (i % 64u) & 1u) != 0 && strncmp(row, wanted, strlen(wanted)) == 0)
            return true;
    }
    return false;
}

/* The first line of a file in decision/: "# Cell CHARGE x RESULT", then " x" its age, or a comma. */
static void must_show_its_cell(const char *path, const struct rcp_scenario *scenario)
{
    char line[256], charge[32], result[32], cell[80];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    if (sscanf(line, "# Cell %31s x %31[A-Z_]", charge, result) != 2)
        fail_msg("%s does not begin with its cell", path);
    snprintf(cell, sizeof cell, "%s x %s", charge, result);
    if (!shows_cell(runs_run(scenario, scenario->seed_first)->marks[RCP_TABLE_DECISION], cell))
        fail_msg("%s does not lead to its cell, %s", path, cell);
    cells++;
}

static int take_file(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)walk;
    static struct rcp_scenario scenario;
    struct rcp_scenario_error error;
    if (kind != FTW_F || !ends_with(path, ".yaml"))
        return 0;
    if (!rcp_scenario_read(path, &scenario, &error))
        fail_msg("%s:%u: %s", path, error.line, error.text);
    if (scenario.world.products == 0)
        return 0;
    shops++;
    run_all_seeds(&scenario);
    if (strstr(path, "/decision/") != NULL)
        must_show_its_cell(path, &scenario);
    return 0;
}

static int run_the_suite(void **state)
{
    (void)state;
    return nftw("scenarios", take_file, FOLDERS_OPEN, FTW_PHYS);
}

static bool is_reached(const uint64_t marks[4], uint32_t row)
{
    return (marks[row / 64u] >> (row % 64u) & 1u) != 0;
}

/* How many rows no scenario shows though one could, or one shows though it is said that none can. */
static uint32_t rows_wrong(enum rcp_core_table table, const uint64_t marks[4])
{
    uint32_t wrong = 0;
    for (uint32_t row = 0; row < rcp_core_table_rows(table); row++) {
        char name[128];
        bool shown = is_reached(marks, row);
        if (shown != beyond_reach(table, row))
            continue;
        tables_row_name(table, row, name, sizeof name);
        print_error("%s: %s\n", shown ? "is within reach" : "no scenario reaches", name);
        wrong++;
    }
    return wrong;
}

/* A walk that finds nothing would find nothing missing in tables of no rows. */
static void the_suite_has_shops_and_cells(void **state)
{
    (void)state;
    assert_in_range(shops, 60, UINT32_MAX);
    assert_in_range(cells, 30, UINT32_MAX);
}

static void every_cell_of_the_decision_table(void **state)
{
    (void)state;
    assert_int_equal(rows_wrong(RCP_TABLE_DECISION, reached[RCP_TABLE_DECISION]), 0);
}

/* The cells that a whole preset can come to. `hardened` takes a 401 for no "not found", so what is PAID is
 * never missing. As documented no payment leaves IN_PROGRESS but to be settled and forgotten, nothing is
 * written of misses and silences, and amounts are not compared. */
static bool is_cell_of_preset(const struct rcp_decision_rule *rule, bool hardened)
{
    if (rule->knob != RCP_KNOB_COUNT && (rule->side != 0) != hardened)
        return false;
    if (hardened)
        return rule->charge != RCP_CHARGE_PAID || rule->result == RCP_PG_RESULT_SUCCESS ||
               rule->result == RCP_PG_RESULT_QUERY_FAILED;
    return rule->charge == RCP_CHARGE_IN_PROGRESS && rule->age != RCP_AGE_SECOND &&
           rule->age != RCP_AGE_SILENT && rule->result != RCP_PG_RESULT_MISMATCH;
}

static void every_cell_of_both_presets(void **state)
{
    (void)state;
    uint32_t wrong = 0;
    for (uint32_t side = 0; side < 2; side++)
        for (uint32_t row = 0; row < rcp_core_table_rows(RCP_TABLE_DECISION); row++) {
            char name[128];
            bool shown = is_reached(preset[side][RCP_TABLE_DECISION], row);
            if (shown == is_cell_of_preset(&rcp_decision_rules[row], side != 0))
                continue;
            tables_row_name(RCP_TABLE_DECISION, row, name, sizeof name);
            print_error("%s, %s: %s\n",
                        side != 0 ? "hardened" : "documented",
                        shown ? "is within reach" : "no scenario reaches",
                        name);
            wrong++;
        }
    assert_int_equal(wrong, 0);
}

static void every_edge_of_the_breaker_under_both_presets(void **state)
{
    (void)state;
    assert_int_equal(rows_wrong(RCP_TABLE_BREAKER, preset[1][RCP_TABLE_BREAKER]), 0);
    assert_int_equal(rows_wrong(RCP_TABLE_BREAKER, preset[0][RCP_TABLE_BREAKER]), 0);
}

static void every_end_of_a_try(void **state)
{
    (void)state;
    assert_int_equal(rows_wrong(RCP_TABLE_PG_ANSWER, reached[RCP_TABLE_PG_ANSWER]), 0);
}

static void every_step_of_an_order(void **state)
{
    (void)state;
    assert_int_equal(rows_wrong(RCP_TABLE_ORDER, reached[RCP_TABLE_ORDER]), 0);
}

static void every_move_of_charges_and_refunds(void **state)
{
    (void)state;
    assert_int_equal(rows_wrong(RCP_TABLE_CHARGE, reached[RCP_TABLE_CHARGE]) +
                         rows_wrong(RCP_TABLE_REFUND, reached[RCP_TABLE_REFUND]),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_suite_has_shops_and_cells),
        cmocka_unit_test(every_cell_of_the_decision_table),
        cmocka_unit_test(every_cell_of_both_presets),
        cmocka_unit_test(every_edge_of_the_breaker_under_both_presets),
        cmocka_unit_test(every_end_of_a_try),
        cmocka_unit_test(every_step_of_an_order),
        cmocka_unit_test(every_move_of_charges_and_refunds),
    };
    return cmocka_run_group_tests(tests, run_the_suite, NULL);
}
