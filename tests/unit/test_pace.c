/* Work that is repeated without a pause ends the run; work that pauses goes on for ever. */
#include "sim/engine/pace.h"
#include "tests/support/servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct rcp_pace pace;
static struct rcp_sim *sim;

static void begin(void)
{
    sim = servers_begin(0);
    memset(&pace, 0, sizeof pace);
    sim->pace = &pace;
}

/* Asks `times` times for this, `apart_ms` apart; false where that is too often. */
static bool asks(struct rcp_key key, uint32_t times, uint32_t apart_ms)
{
    if (setjmp(sim->stop) != 0)
        return false;
    for (uint32_t i = 0; i < times; i++) {
        rcp_pace_count(sim, key);
        sim->world->now_ms += apart_ms;
        key.nth++;
    }
    return true;
}

static const struct rcp_key approve = {
    .subject_kind = RCP_SUBJECT_PAYMENT, .site = RCP_SITE_APPROVE, .node = 1};

/* One thing again and again: 1,000 times in 20 seconds are many, one more is a loop. */
static void a_loop_is_told_from_many(void **state)
{
    (void)state;
    begin();
    assert_true(asks(approve, 1000, 0));
    assert_false(asks(approve, 1, 0));
    assert_string_equal(sim->result->violation.fingerprint, "check:work_pauses");
    assert_int_equal(sim->result->violation.user_id, 1);
    assert_int_equal(sim->result->violation.activity_id, 1);
    servers_end();
}

/* A retry every 20 ms is within it, for as long as it goes on; one every 19 ms is not. */
static void a_pause_makes_the_difference(void **state)
{
    (void)state;
    begin();
    assert_true(asks(approve, 100000, 20));
    assert_false(asks(approve, 100000, 19));
    servers_end();
}

/* Each payment, each node and each thing that is asked for has a count of its own; what is about no
 * payment has none. */
static void counts_are_kept_apart(void **state)
{
    (void)state;
    struct rcp_key other[3] = {approve, approve, approve};
    other[0].subject = 1;
    other[1].node = 2;
    other[2].site = RCP_SITE_LOG;
    begin();
    assert_true(asks(approve, 1000, 0));
    for (uint32_t i = 0; i < 3; i++)
        assert_true(asks(other[i], 1000, 0));
    assert_true(asks((struct rcp_key){.subject_kind = RCP_SUBJECT_NODE, .node = 1}, 5000, 0));
    servers_end();
}

/* Where nobody counts, as in a search that steps to and fro, everything may be asked for. */
static void nobody_counts_where_nobody_asked(void **state)
{
    (void)state;
    begin();
    sim->pace = NULL;
    assert_true(asks(approve, 5000, 0));
    servers_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_is_told_from_many),
        cmocka_unit_test(a_pause_makes_the_difference),
        cmocka_unit_test(counts_are_kept_apart),
        cmocka_unit_test(nobody_counts_where_nobody_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
