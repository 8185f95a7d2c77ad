/* The times that a step promises: what is within them holds, and the millisecond next to it does not. */
#include "core/emit.h"
#include "core/order/order_flow.h"
#include "core/times.h"
#include "sim/engine/guard.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW_MS 1000000u

static struct story *story;
static struct rcp_effects effects;
static struct rcp_event event;
static struct rcp_rounds_before before;

/* A node that has nothing to do, and a step that asks for nothing. */
static void begin(struct rcp_policy policy)
{
    struct rcp_limits limits = story_limits();
    limits.orders = limits.settles = limits.pg_calls = 1;
    story = story_begin(&limits, policy);
    memset(&effects, 0, sizeof effects);
    event = (struct rcp_event){.kind = RCP_EVENT_TIMER};
    before = (struct rcp_rounds_before){RCP_ROUND_IDLE, RCP_ROUND_IDLE, RCP_ROUND_IDLE};
}

static void end(void)
{
    story_end(story);
}

/* The check that breaks; "" where all hold. Valid until the next call. */
static const char *broken(void)
{
    static struct rcp_run_result result;
    static struct rcp_world world;
    static struct rcp_sim sim;
    struct rcp_step step = {.node = story_node(story), .effects = &effects, .mono_ms = NOW_MS};
    memset(&result, 0, sizeof result);
    sim.result = &result;
    sim.world = &world;
    rcp_guard_arm(&sim);
    if (setjmp(sim.stop) == 0)
        rcp_times_check(&step, &event, before);
    rcp_guard_arm(NULL);
    return result.violation.fingerprint;
}

static struct rcp_effect *ask(enum rcp_effect_kind kind)
{
    struct rcp_effect *effect = &effects.items[effects.count++];
    effect->kind = kind;
    return effect;
}

/* An effect may wait as long as its kind has, and no longer. */
static void no_effect_waits_longer_than_its_kind_has(void **state)
{
    (void)state;
    static const char late[] = "check:effect_waits_within_its_time";
    for (uint32_t more = 0; more < 2; more++) {
        begin(rcp_policy_hardened());
        ask(RCP_EFFECT_REDIS)->redis.timeout_ms = RCP_REDIS_TIMEOUT_MS + more;
        assert_string_equal(broken(), more ? late : "");
        effects.count = 0;
        ask(RCP_EFFECT_MYSQL)->mysql.timeout_ms = RCP_MYSQL_TIMEOUT_MS + more;
        assert_string_equal(broken(), more ? late : "");
        effects.count = 0;
        ask(RCP_EFFECT_SEND)->send.timeout_ms = RCP_KAFKA_TIMEOUT_MS + more;
        assert_string_equal(broken(), more ? late : "");
        effects.count = 0;
        ask(RCP_EFFECT_PG)->pg.timeout_ms = RCP_PG_TIMEOUT_MS + more;
        assert_string_equal(broken(), more ? late : "");
        end();
    }
}

/* A request's own effect, and a transaction that it shares, end by its deadline; one that has its answer
 * has none any more. */
static void a_request_waits_no_longer_than_its_deadline(void **state)
{
    (void)state;
    static const char late[] = "check:request_waits_within_its_deadline";
    begin(rcp_policy_hardened());
    struct rcp_node *node = story_node(story);
    struct rcp_flow *flow = &rcp_flows(node)[0];
    struct rcp_group *group = rcp_group_at(node, 0);
    group->count = 1;
    group->flows[0] = 0;
    flow->deadline_ms = NOW_MS + 100;
    for (uint32_t shared = 0; shared < 2; shared++)
        for (uint32_t more = 0; more < 2; more++) {
            effects.count = 0;
            struct rcp_mysql_effect *mysql = &ask(RCP_EFFECT_MYSQL)->mysql;
            mysql->op_id = rcp_op_id(node, shared ? RCP_OWNER_GROUP : RCP_OWNER_FLOW, 0);
            mysql->timeout_ms = 100 + more;
            assert_string_equal(broken(), more ? late : "");
        }
    flow->replied = 1;
    assert_string_equal(broken(), "");
    end();
}

/* The same of an order: its scripts, and its calls to the PG. */
static void an_order_waits_no_longer_than_its_deadline(void **state)
{
    (void)state;
    static const char late[] = "check:order_waits_within_its_deadline";
    begin(rcp_policy_hardened());
    struct rcp_node *node = story_node(story);
    struct rcp_order_flow *flow = rcp_order_flow_at(node, 0);
    flow->deadline_ms = NOW_MS + 100;
    for (uint32_t more = 0; more < 2; more++) {
        effects.count = 0;
        struct rcp_mysql_effect *mysql = &ask(RCP_EFFECT_MYSQL)->mysql;
        mysql->op_id = rcp_op_id(node, RCP_OWNER_ORDER, 0);
        mysql->timeout_ms = 100 + more;
        assert_string_equal(broken(), more ? late : "");
        effects.count = 0;
        struct rcp_pg_effect *call = &ask(RCP_EFFECT_PG)->pg;
        call->op_id = rcp_op_id(node, RCP_OWNER_ORDER, 0);
        call->timeout_ms = 100 + more;
        assert_string_equal(broken(), more ? late : "");
    }
    flow->replied = 1;
    assert_string_equal(broken(), "");
    end();
}

/* Not before a minute, and not later than an hour and its jitter. */
static void a_payment_is_asked_about_within_its_bounds(void **state)
{
    (void)state;
    static const struct {
        uint32_t delay_ms;
        bool good;
    } rows[] = {{59999, false}, {60000, true}, {4050000, true}, {4050001, false}};
    begin(rcp_policy_hardened());
    struct rcp_mysql_effect *result = &ask(RCP_EFFECT_MYSQL)->mysql;
    result->script = RCP_SCRIPT_RESULT;
    result->row_count = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        effects.orders[0].delay_ms = rows[i].delay_ms;
        assert_string_equal(broken(), rows[i].good ? "" : "check:asks_again_within_its_bounds");
    }
    end();
}

/* A pass that ended is followed by the next at its tick, or at once. */
static void the_next_pass_is_due_as_promised(void **state)
{
    (void)state;
    static const struct {
        uint32_t lead_ms;
        enum rcp_round_state before;
        const char *broken;
    } rows[] = {
        {60000, RCP_ROUND_WORKING, ""},
        {0, RCP_ROUND_WORKING, ""},
        {20000, RCP_ROUND_WORKING, ""}, /* it began 40 seconds ago */
        {59999, RCP_ROUND_READING, "check:ticks_keep_their_distance"},
        {60001, RCP_ROUND_WORKING, "check:pass_is_due_within_a_period"},
        {60001, RCP_ROUND_IDLE, ""}, /* did not end in this step */
    };
    begin(rcp_policy_hardened());
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        before.reconcile = (uint8_t)rows[i].before;
        story_node(story)->reconcile.next_ms = NOW_MS + rows[i].lead_ms;
        story_node(story)->reconcile.tick_ms = NOW_MS - (rows[i].lead_ms == 20000 ? 40000 : 0);
        assert_string_equal(broken(), rows[i].broken);
    }
    end();
}

/* Each attempt has a backoff twice as long as the one before, and an eighth of it at most as jitter. */
static void a_backoff_stays_within_its_bounds(void **state)
{
    (void)state;
    static const char wrong[] = "check:backoff_within_its_bounds";
    static const struct {
        uint32_t delay_ms;
        uint8_t attempt;
        bool good;
    } rows[] = {
        {59999, 0, false},
        {60000, 0, true},
        {67500, 0, true},
        {67501, 0, false},
        {67500, 1, false},
        {120000, 1, true},
        {480000, 3, true},
        {540001, 3, false},
        {480000, 4, false},
        {1080000, 4, true},
        {1080001, 4, false},
        {960000, 5, true},
        {1920000, 5, false},
    };
    begin(rcp_policy_hardened());
    struct rcp_mysql_effect *later = &ask(RCP_EFFECT_MYSQL)->mysql;
    later->script = RCP_SCRIPT_LATER;
    later->row_count = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        effects.rows[0].attempt = rows[i].attempt;
        effects.rows[0].delay_ms = rows[i].delay_ms;
        assert_string_equal(broken(), rows[i].good ? "" : wrong);
    }
    end();
}

/* What failed is not asked for again in the same step; another assignment's is another matter. */
static void a_failed_offset_commit_pauses(void **state)
{
    (void)state;
    static const char at_once[] = "check:failed_offset_commit_pauses";
    static const struct {
        enum rcp_outcome outcome;
        uint32_t assignment;
        const char *broken;
    } rows[] = {
        {RCP_OUTCOME_REFUSED, 7, at_once},
        {RCP_OUTCOME_UNKNOWN, 7, at_once},
        {RCP_OUTCOME_DONE, 7, ""},
        {RCP_OUTCOME_REFUSED, 6, ""},
    };
    begin(rcp_policy_hardened());
    ask(RCP_EFFECT_COMMIT_OFFSET)->commit_offset.assignment = 7;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        event = (struct rcp_event){
            .kind = RCP_EVENT_OFFSET_DONE,
            .offset_done = {.assignment = rows[i].assignment, .outcome = rows[i].outcome},
        };
        assert_string_equal(broken(), rows[i].broken);
    }
    end();
}

/* A round that ended is due a period later, or at once behind a full page: surely so where its work is
 * written down. With `drain` documented the scheduler never goes on at once. */
static void the_next_round_is_due_as_promised(void **state)
{
    (void)state;
    static const char wrong[] = "check:round_is_due_as_promised";
    static const char idles[] = "check:full_page_goes_on";
    static const struct {
        uint32_t lead_ms;
        enum rcp_round_state before;
        bool more, drains;
        const char *broken;
    } rows[] = {
        {60000, RCP_ROUND_WORKING, false, true, ""},
        {60000, RCP_ROUND_WRITING, false, true, ""},
        {59999, RCP_ROUND_WORKING, false, true, wrong},
        {60001, RCP_ROUND_WORKING, false, true, wrong},
        {60001, RCP_ROUND_IDLE, false, true, ""}, /* did not end in this step */
        {0, RCP_ROUND_WORKING, true, true, ""},
        {0, RCP_ROUND_WORKING, false, true, wrong},
        {60000, RCP_ROUND_WORKING, true, true, ""},
        {60000, RCP_ROUND_WRITING, true, true, idles},
        {60000, RCP_ROUND_WRITING, true, false, ""},
        {0, RCP_ROUND_WRITING, true, false, wrong},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_policy policy = rcp_policy_hardened();
        rcp_policy_set(&policy, RCP_KNOB_DRAIN, rows[i].drains);
        begin(policy);
        struct rcp_round *round = &story_node(story)->scheduler;
        event = (struct rcp_event){.kind = RCP_EVENT_MYSQL_DONE};
        event.mysql_done.outcome = RCP_OUTCOME_DONE;
        before.scheduler = (uint8_t)rows[i].before;
        round->more = rows[i].more;
        round->next_ms = NOW_MS + rows[i].lead_ms;
        assert_string_equal(broken(), rows[i].broken);
        event.mysql_done.outcome = RCP_OUTCOME_REFUSED; /* nothing is written down: no hurry */
        assert_string_equal(broken(), rows[i].broken == idles ? "" : rows[i].broken);
        end();
    }
}

/* The first round comes within a period of the start, and not at once. */
static void the_first_round_is_due_within_a_period(void **state)
{
    (void)state;
    static const struct {
        uint32_t lead_ms;
        bool good;
    } rows[] = {{0, false}, {1, true}, {RCP_SWEEP_MS, true}, {RCP_SWEEP_MS + 1u, false}};
    begin(rcp_policy_hardened());
    event = (struct rcp_event){.kind = RCP_EVENT_START};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        story_node(story)->scheduler.next_ms = RCP_NEVER_MS;
        story_node(story)->reconcile.next_ms = RCP_NEVER_MS;
        story_node(story)->sweep.next_ms = NOW_MS + rows[i].lead_ms;
        assert_string_equal(broken(), rows[i].good ? "" : "check:first_round_within_a_period");
    }
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_effect_waits_longer_than_its_kind_has),
        cmocka_unit_test(a_request_waits_no_longer_than_its_deadline),
        cmocka_unit_test(an_order_waits_no_longer_than_its_deadline),
        cmocka_unit_test(a_payment_is_asked_about_within_its_bounds),
        cmocka_unit_test(the_next_pass_is_due_as_promised),
        cmocka_unit_test(a_backoff_stays_within_its_bounds),
        cmocka_unit_test(a_failed_offset_commit_pauses),
        cmocka_unit_test(the_next_round_is_due_as_promised),
        cmocka_unit_test(the_first_round_is_due_within_a_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
