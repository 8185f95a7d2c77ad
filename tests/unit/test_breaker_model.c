/* The circuit breaker in every order of calls, results and moments, to the fixpoint of its states: each move
 * is one of the table, an open circuit waits, probes are bounded, late news changes nothing, and a PG that has
 * healed leads back to CLOSED on every path. docs/results/breaker.md has the figures.
 *
 *     BREAKER=all ./zigw build test -Dtest-filter=breaker_model     the large ones, too
 */
#include "tests/models/breaker.h"
#include "tests/models/crew.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Times are ticks of the model's clock. They keep the order of the real ones: slow before a permit expires,
 * a permit before the wait is over, the wait before traffic is thin. */
struct clock {
    const char *name;
    uint32_t slow, permit, open, stale;
};

static const struct clock coarse = {"coarse", 1, 2, 3, 4};
static const struct clock middle = {"middle", 2, 3, 4, 6};
static const struct clock fine = {"fine", 5, 7, 9, 12};

/* Counts and shares; the documented ones are those of the code. */
static const struct rcp_breaker_settings three = {
    .window = 3, .minimum = 2, .failure_percent = 30, .slow_percent = 50, .probes = 3};
static const struct rcp_breaker_settings two = {
    .window = 2, .minimum = 1, .failure_percent = 50, .slow_percent = 100, .probes = 3};

static const struct {
    const char *name;
    const struct rcp_breaker_settings *counts;
    const struct clock *clock;
    uint32_t calls; /* in flight at most */
    bool large;
    uint64_t states, transitions;
} rows[] = {
    {"a window of three", &three, &coarse, 4, false, 114535, 1463514},
    {"fewer remembered than probed", &two, &coarse, 4, false, 108465, 1377644},
    {"queries as documented", &rcp_breaker_query, &middle, 3, false, 272254, 2849679},
    {"pays as documented", &rcp_breaker_pay, &coarse, 1, false, 579686, 1941821},
    {"a window of three", &three, &fine, 4, true, 565884, 6963776},
    {"queries as documented", &rcp_breaker_query, &middle, 5, true, 2302735, 40071846},
    {"pays as documented", &rcp_breaker_pay, &middle, 2, true, 4349680, 30673546},
    {"pays as documented", &rcp_breaker_pay, &coarse, 3, true, 12244790, 129581903},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static struct rcp_breaker_settings settings_of(const struct rcp_breaker_settings *counts,
                                               const struct clock *clock)
{
    struct rcp_breaker_settings settings = *counts;
    settings.slow_ms = clock->slow;
    settings.permit_ms = clock->permit;
    settings.open_ms = clock->open;
    settings.stale_ms = clock->stale;
    return settings;
}

static bool skipped(size_t row)
{
    const char *wanted = getenv("BREAKER");
    return rows[row].large && (wanted == NULL || strcmp(wanted, "all") != 0);
}

static void the_breaker_holds_in_every_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (skipped(i))
            continue;
        struct rcp_breaker_settings settings = settings_of(rows[i].counts, rows[i].clock);
        struct breaker_context context = breaker_context(&settings, rows[i].calls);
        struct crew_search search = {
            .model = breaker_model(),
            .context = &context,
            .context_size = sizeof context,
            .memory = (size_t)(rows[i].large ? 6000u : 1000u) << 20,
            .workers = 1,
        };
        struct crew_outcome outcome;
        crew_run(&search, &outcome);
        const struct breaker_context *last = outcome.context;
        if (outcome.result.verdict != RCP_SEARCH_COMPLETE)
            fail_msg("%s: verdict %d after %u transitions, %s",
                     rows[i].name,
                     (int)outcome.result.verdict,
                     outcome.result.path_count,
                     last->broken != NULL ? last->broken : "no end");
        print_message("%s, %s clock, %u calls: %" PRIu64 " states, %" PRIu64
                      " transitions, depth %" PRIu64 ", %" PRIu64 " MiB, %.1f s\n",
                      rows[i].name,
                      rows[i].clock->name,
                      rows[i].calls,
                      outcome.result.states,
                      outcome.result.transitions,
                      outcome.result.depth,
                      outcome.result.memory >> 20,
                      (double)outcome.result.elapsed_ns / 1e9);
        assert_int_equal(outcome.result.states, rows[i].states);
        assert_int_equal(outcome.result.transitions, rows[i].transitions);
        assert_int_equal(last->edges, (1u << rcp_breaker_edge_count) - 1u);
        assert_true(outcome.collision_log2 < -50);
        crew_forget(&outcome);
    }
}

/* The search looks for ways that never lead back: shares of nothing trip for ever, and it says so. */
static void a_breaker_that_cannot_close_is_found(void **state)
{
    (void)state;
    struct rcp_breaker_settings settings = settings_of(&three, &coarse);
    settings.failure_percent = 0;
    struct breaker_context context = breaker_context(&settings, 1);
    struct crew_search search = {
        .model = breaker_model(),
        .context = &context,
        .context_size = sizeof context,
        .memory = (size_t)100 << 20,
        .workers = 1,
    };
    struct crew_outcome outcome;
    crew_run(&search, &outcome);
    assert_int_equal(outcome.result.verdict, RCP_SEARCH_CYCLE);
    crew_forget(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_breaker_holds_in_every_state),
        cmocka_unit_test(a_breaker_that_cannot_close_is_found),
    };
    return cmocka_run_group_tests_name("breaker_model", tests, NULL, NULL);
}
