/* Jobs wait in lanes, one per script, and are taken in turns; deadlines are found whatever the lane. */
#include "prod/mysql/lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define JOBS 64u

static struct rcp_lanes lanes;
static struct rcp_job jobs[JOBS];
static uint32_t job_count;

static int begin(void **state)
{
    (void)state;
    memset(&lanes, 0, sizeof lanes);
    memset(jobs, 0, sizeof jobs);
    job_count = 0;
    return 0;
}

static struct rcp_job *add(enum rcp_script script, enum rcp_role role, uint64_t deadline_ms)
{
    assert_in_range(job_count, 0, JOBS - 1u);
    struct rcp_job *job = &jobs[job_count++];
    job->effect.script = script;
    job->lane = rcp_lane_of(&job->effect, role);
    job->deadline_ms = deadline_ms;
    rcp_lanes_add(&lanes, job);
    return job;
}

/* A crowd of one script does not keep another waiting for more than its turn. */
static void no_script_starves_another(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20; i++)
        add(RCP_SCRIPT_LOOKUP, RCP_ROLE_PAYMENT, 1000);
    const struct rcp_job *approve = add(RCP_SCRIPT_APPROVE, RCP_ROLE_PAYMENT, 1000);
    const struct rcp_job *retry = add(RCP_SCRIPT_APPROVE, RCP_ROLE_CONSUMER, 1000);
    assert_int_not_equal(approve->lane, retry->lane);
    bool seen_approve = false, seen_retry = false;
    for (uint32_t i = 0; i < 3; i++) {
        const struct rcp_job *job = rcp_lanes_take(&lanes, true);
        seen_approve = seen_approve || job == approve;
        seen_retry = seen_retry || job == retry;
    }
    assert_true(seen_approve && seen_retry);
}

/* Within a lane the first comes first. */
static void a_lane_keeps_its_order(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        add(RCP_SCRIPT_LOG, RCP_ROLE_PAYMENT, 1000 - i);
    for (uint32_t i = 0; i < 5; i++)
        assert_ptr_equal(rcp_lanes_take(&lanes, true), &jobs[i]);
    assert_null(rcp_lanes_take(&lanes, true));
}

/* Work that looks for work is passed over where there is enough of it. */
static void background_may_be_left_out(void **state)
{
    (void)state;
    static const enum rcp_script background[] = {
        RCP_SCRIPT_CLAIM, RCP_SCRIPT_SWEEP, RCP_SCRIPT_DUE, RCP_SCRIPT_RELEASE};
    for (uint32_t i = 0; i < 4; i++)
        add(background[i], RCP_ROLE_SCHEDULER, 1000);
    assert_null(rcp_lanes_take(&lanes, false));
    const struct rcp_job *log = add(RCP_SCRIPT_LOG, RCP_ROLE_PAYMENT, 1000);
    assert_ptr_equal(rcp_lanes_take(&lanes, false), log);
    for (uint32_t i = 0; i < 4; i++)
        assert_non_null(rcp_lanes_take(&lanes, true));
}

/* Whoever is overdue is taken out first to last, wherever in its lane it stands. */
static void the_overdue_are_taken_out(void **state)
{
    (void)state;
    static const uint64_t deadlines[] = {500, 100, 300, 200, 400, 300};
    static const uint32_t order[] = {1, 3, 2, 5, 4, 0};
    assert_int_equal(rcp_lanes_deadline(&lanes), UINT64_MAX);
    for (uint32_t i = 0; i < 6; i++)
        add(i % 2 == 0 ? RCP_SCRIPT_LOG : RCP_SCRIPT_APPROVE, RCP_ROLE_PAYMENT, deadlines[i]);
    assert_int_equal(rcp_lanes_deadline(&lanes), 100);
    assert_null(rcp_lanes_take_overdue(&lanes, 99));
    for (uint32_t i = 0; i < 6; i++)
        assert_ptr_equal(rcp_lanes_take_overdue(&lanes, 500), &jobs[order[i]]);
    assert_int_equal(lanes.count, 0);
    assert_null(rcp_lanes_take(&lanes, true));
    add(RCP_SCRIPT_LOG, RCP_ROLE_PAYMENT, 700); /* and the lanes are as good as new */
    assert_non_null(rcp_lanes_take(&lanes, true));
}

/* Whatever is added and taken, in any order, comes out once. */
static void every_job_comes_out_once(void **state)
{
    (void)state;
    uint32_t times[JOBS] = {0};
    for (uint32_t i = 0; i < JOBS; i++) {
        add((enum rcp_script)(1u + i * 7u % (RCP_SCRIPT_COUNT - 1u)),
            i % 3 == 0 ? RCP_ROLE_CONSUMER : RCP_ROLE_PAYMENT,
            1000u + i * 13u % 50u);
        const struct rcp_job *out = i % 3 == 1   ? rcp_lanes_take(&lanes, true)
                                    : i % 5 == 0 ? rcp_lanes_take_overdue(&lanes, 1025)
                                                 : NULL;
        if (out != NULL)
            times[out - jobs]++;
    }
    for (const struct rcp_job *out; (out = rcp_lanes_take(&lanes, true)) != NULL;)
        times[out - jobs]++;
    for (uint32_t i = 0; i < JOBS; i++)
        assert_int_equal(times[i], 1);
    assert_int_equal(rcp_lanes_deadline(&lanes), UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_script_starves_another, begin),
        cmocka_unit_test_setup(a_lane_keeps_its_order, begin),
        cmocka_unit_test_setup(background_may_be_left_out, begin),
        cmocka_unit_test_setup(the_overdue_are_taken_out, begin),
        cmocka_unit_test_setup(every_job_comes_out_once, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
