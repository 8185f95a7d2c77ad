/* The answer table and PgClient: what each end of a try means, against FACTS 1.5 and POLICIES.md; bulkhead,
 * circuit, pauses. */
#include "core/digest.h"
#include "core/gateway/client.h"
#include "core/node.h"
#include "core/state.h"
#include "tests/support/gateway_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A step of a node that has nothing but a client. */
struct bench {
    struct rcp_node node;
    struct rcp_effects effects;
    struct rcp_step step;
};

static struct bench bench;

static struct rcp_step *bench_of(struct rcp_policy policy)
{
    memset(&bench, 0, sizeof bench);
    bench.node.limits.pg_calls = 2;
    bench.node.policy = policy;
    bench.node.seed = 7;
    bench.step = (struct rcp_step){
        .node = &bench.node, .effects = &bench.effects, .mono_ms = 1000, .role = RCP_ROLE_ORDER};
    return &bench.step;
}

static struct rcp_policy preset(bool hardened)
{
    return hardened ? rcp_policy_hardened() : rcp_policy_documented();
}

/* --- The table --- */

#define D(class) RCP_PG_CLASS_##class

/* FACTS 1.5 ("Mapping at LP", "CB record") and the rows of POLICIES.md's second table, as a person reads
 * them: what a try means as documented, hardened, and which knob makes the difference. */
static const struct {
    bool pays;
    enum rcp_pg_answer answer;
    enum rcp_pg_class documented, hardened;
    enum rcp_knob knob; /* where the two differ */
    enum rcp_pg_health health;
} expected[] = {
    /* POST */
    {true, RCP_PG_OK, D(TOLD), D(TOLD), RCP_KNOB_COUNT, RCP_PG_HEALTHY},
    {true, RCP_PG_UNREADABLE, D(UNCERTAIN), D(UNCERTAIN), RCP_KNOB_COUNT, RCP_PG_FAILURE},
    /* "any 4xx on POST -> BusinessError" */
    {true, RCP_PG_BAD_REQUEST, D(BUSINESS), D(BUSINESS), RCP_KNOB_COUNT, RCP_PG_IGNORED},
    {true, RCP_PG_UNAUTHORIZED, D(BUSINESS), D(BUSINESS), RCP_KNOB_COUNT, RCP_PG_IGNORED},
    {true, RCP_PG_NOT_FOUND, D(BUSINESS), D(BUSINESS), RCP_KNOB_COUNT, RCP_PG_IGNORED},
    /* "429 | not retried | surely refused; Retry-After honoured" */
    {true, RCP_PG_TOO_MANY, D(BUSINESS), D(LATER), RCP_KNOB_TOO_MANY, RCP_PG_IGNORED},
    /* "answered 500 | not reached: resend | query; a fresh NotFound allows a resend" */
    {true, RCP_PG_ERROR_500, D(NOT_REACHED), D(ASK_FIRST), RCP_KNOB_ANSWERED_500, RCP_PG_FAILURE},
    /* "timeout, reset, 502, 504 | mixed | unknown: keep IN_PROGRESS, query, never resend" */
    {true, RCP_PG_BAD_GATEWAY, D(NOT_REACHED), D(UNCERTAIN), RCP_KNOB_NO_ANSWER, RCP_PG_FAILURE},
    {true, RCP_PG_RESET, D(NOT_REACHED), D(UNCERTAIN), RCP_KNOB_NO_ANSWER, RCP_PG_FAILURE},
    {true, RCP_PG_TIMED_OUT, D(UNCERTAIN), D(UNCERTAIN), RCP_KNOB_COUNT, RCP_PG_FAILURE},
    /* "connect timeout/refused": nothing was sent */
    {true, RCP_PG_NOT_CONNECTED, D(NOT_REACHED), D(NOT_REACHED), RCP_KNOB_COUNT, RCP_PG_FAILURE},

    /* GET */
    {false, RCP_PG_OK, D(TOLD), D(TOLD), RCP_KNOB_COUNT, RCP_PG_HEALTHY},
    {false, RCP_PG_UNREADABLE, D(UNCERTAIN), D(UNCERTAIN), RCP_KNOB_COUNT, RCP_PG_FAILURE},
    /* "4xx on a query | not found | only 404 is not found; others QueryFailed" */
    {false, RCP_PG_BAD_REQUEST, D(NO_RECORD), D(BUSINESS), RCP_KNOB_QUERY_4XX, RCP_PG_IGNORED},
    {false, RCP_PG_UNAUTHORIZED, D(NO_RECORD), D(BUSINESS), RCP_KNOB_QUERY_4XX, RCP_PG_IGNORED},
    {false, RCP_PG_NOT_FOUND, D(NO_RECORD), D(NO_RECORD), RCP_KNOB_COUNT, RCP_PG_HEALTHY},
    {false, RCP_PG_TOO_MANY, D(NO_RECORD), D(LATER), RCP_KNOB_QUERY_4XX, RCP_PG_IGNORED},
    /* A query changes nothing, so that it may always be sent again. */
    {false, RCP_PG_ERROR_500, D(NOT_REACHED), D(NOT_REACHED), RCP_KNOB_COUNT, RCP_PG_FAILURE},
    {false, RCP_PG_BAD_GATEWAY, D(NOT_REACHED), D(NOT_REACHED), RCP_KNOB_COUNT, RCP_PG_FAILURE},
    {false, RCP_PG_NOT_CONNECTED, D(NOT_REACHED), D(NOT_REACHED), RCP_KNOB_COUNT, RCP_PG_FAILURE},
    {false, RCP_PG_RESET, D(NOT_REACHED), D(NOT_REACHED), RCP_KNOB_COUNT, RCP_PG_FAILURE},
    {false, RCP_PG_TIMED_OUT, D(UNCERTAIN), D(UNCERTAIN), RCP_KNOB_COUNT, RCP_PG_FAILURE},
};

#define EXPECTED (sizeof expected / sizeof expected[0])

/* Every verb and answer stands in the table above: so it is the whole of it. */
static void the_expectation_is_complete(void **state)
{
    (void)state;
    assert_int_equal(EXPECTED, 2u * (RCP_PG_ANSWER_COUNT - 1u));
    for (size_t i = 0; i < EXPECTED; i++) {
        assert_int_equal(expected[i].documented == expected[i].hardened,
                         expected[i].knob == RCP_KNOB_COUNT);
        for (size_t k = 0; k < i; k++)
            assert_false(expected[k].pays == expected[i].pays &&
                         expected[k].answer == expected[i].answer);
    }
}

/* One verb and answer under one policy; notes the row that decided. */
static void assert_meaning(struct rcp_policy policy, size_t row, enum rcp_pg_verb verb, bool *used)
{
    struct rcp_step *step = bench_of(policy);
    bool hardened =
        expected[row].knob != RCP_KNOB_COUNT && rcp_hardened(policy, expected[row].knob);
    const struct rcp_pg_rule *rule = rcp_pg_rule_find(step, verb, expected[row].answer);
    if (rule->class != (hardened ? expected[row].hardened : expected[row].documented))
        fail_msg("verb %u, %s: means %s",
                 (unsigned)verb,
                 gateway_answer_word(expected[row].answer),
                 gateway_class_word(rule->class));
    assert_int_equal(rule->health, expected[row].health);
    assert_int_equal(bench.effects.mark_count, 1);
    assert_int_equal(bench.effects.marks[0].table, RCP_TABLE_PG_ANSWER);
    assert_int_equal(bench.effects.marks[0].row, rule - rcp_pg_rules);
    used[rule - rcp_pg_rules] = true;
}

/* Both presets, and every knob turned alone from either: no other knob changes what an answer means. And
 * every row of the table decides somewhere. */
static void every_answer_means_what_the_documents_say(void **state)
{
    (void)state;
    bool used[256] = {false};
    for (uint32_t base = 0; base < 2; base++)
        for (uint32_t knob = 0; knob <= RCP_KNOB_COUNT; knob++) {
            struct rcp_policy policy = preset(base != 0);
            if (knob < RCP_KNOB_COUNT)
                rcp_policy_set(&policy, (enum rcp_knob)knob, base == 0);
            for (size_t i = 0; i < EXPECTED; i++) {
                assert_meaning(policy, i, expected[i].pays ? RCP_PG_PAY : RCP_PG_LIST, used);
                assert_meaning(policy, i, expected[i].pays ? RCP_PG_REFUND : RCP_PG_GET, used);
            }
        }
    assert_int_equal(rcp_core_table_rows(RCP_TABLE_PG_ANSWER), rcp_pg_rule_count);
    for (uint32_t i = 0; i < rcp_pg_rule_count; i++)
        if (!used[i])
            fail_msg("row %u never decides", i);
}

/* docs/POLICIES.md has the same rows, in the same order, and no others. */
static void the_page_has_the_table(void **state)
{
    (void)state;
    static char page[1u << 17];
    char text[8192] = "\n| call | answer | policy | means | breaker |\n|---|---|---|---|---|\n";
    size_t size = strlen(text);
    for (uint32_t i = 0; i < rcp_pg_rule_count; i++) {
        char line[256];
        gateway_rule_line(&rcp_pg_rules[i], line, sizeof line);
        size += (size_t)snprintf(text + size, sizeof text - size, "%s\n", line);
        assert_true(size < sizeof text - 1);
    }
    (void)snprintf(text + size, sizeof text - size, "\n"); /* the table ends here */
    FILE *file = fopen("docs/POLICIES.md", "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    assert_true(feof(file));
    fclose(file);
    if (strstr(page, text) == NULL)
        fail_msg("docs/POLICIES.md does not have:%s", text);
}

/* --- Several tries --- */

/* A try that was surely refused does not make an uncertain one before it any surer. */
static void of_several_tries_the_most_uncertain_counts(void **state)
{
    (void)state;
    static const enum rcp_pg_class rising[] = {D(TOLD),
                                               D(NO_RECORD),
                                               D(BUSINESS),
                                               D(CIRCUIT_OPEN),
                                               D(LATER),
                                               D(NOT_REACHED),
                                               D(ASK_FIRST),
                                               D(UNCERTAIN)};
    enum { CLASSES = sizeof rising / sizeof rising[0] };
    assert_int_equal(CLASSES, RCP_PG_CLASS_COUNT - 1);
    for (uint32_t before = 0; before < CLASSES; before++)
        for (uint32_t last = 0; last < CLASSES; last++) {
            struct rcp_step *step = bench_of(rcp_policy_hardened());
            assert_int_equal(rcp_pg_class_of_tries(step, rising[before], rising[last]),
                             rising[before > last ? before : last]);
            assert_int_equal(rcp_pg_class_of_tries(step, D(NONE), rising[last]), rising[last]);
            rcp_policy_set(&bench.node.policy, RCP_KNOB_SEVERAL_TRIES, false);
            assert_int_equal(rcp_pg_class_of_tries(step, rising[before], rising[last]),
                             rising[last]);
        }
}

/* --- The client --- */

static struct rcp_pg_effect call_of(enum rcp_pg_verb verb)
{
    bool by_key = verb == RCP_PG_GET || verb == RCP_PG_REFUND;
    return (struct rcp_pg_effect){.op_id = 5,
                                  .user_id = 3,
                                  .order_id = 42,
                                  .key = by_key ? 9u : 0u,
                                  .amount = rcp_pg_pays(verb) ? 15000u : 0u,
                                  .origin = 77,
                                  .verb = verb,
                                  .timeout_ms = RCP_PG_TIMEOUT_MS};
}

static enum rcp_pg_class end(struct rcp_pg_try *try, enum rcp_pg_answer answer)
{
    struct rcp_pg_done done = {.op_id = 5, .answer = answer};
    return rcp_pg_ended(&bench.step, try, &done);
}

/* What the caller says reaches the effect, and the client adds its own. */
static void a_call_becomes_one_effect(void **state)
{
    (void)state;
    for (uint32_t hardened = 0; hardened < 2; hardened++) {
        struct rcp_step *step = bench_of(preset(hardened != 0));
        struct rcp_pg_effect call = call_of(RCP_PG_PAY);
        struct rcp_pg_try try;
        call.timeout_ms = 300;
        assert_true(rcp_pg_call(step, &call, &try));
        assert_int_equal(bench.effects.count, 1);
        const struct rcp_effect *effect = &bench.effects.items[0];
        assert_int_equal(effect->kind, RCP_EFFECT_PG);
        assert_int_equal(effect->role, RCP_ROLE_ORDER);
        assert_int_equal(effect->pg.op_id, 5);
        assert_int_equal(effect->pg.user_id, 3);
        assert_int_equal(effect->pg.order_id, 42);
        assert_int_equal(effect->pg.amount, 15000);
        assert_int_equal(effect->pg.origin, 77);
        assert_int_equal(effect->pg.verb, RCP_PG_PAY);
        assert_int_equal(effect->pg.padded, hardened);
        assert_int_equal(effect->pg.timeout_ms, 300);
        assert_int_equal(effect->pg.connect_timeout_ms, 300); /* never longer than the call */
        assert_int_equal(try.since_ms, 1000);
        assert_int_equal(try.verb, RCP_PG_PAY);
        rcp_pg_client_check(&bench.node.pg, 1, 2);
        assert_int_equal(end(&try, RCP_PG_OK), D(TOLD));
        rcp_pg_client_check(&bench.node.pg, 0, 2);
    }
}

/* A full bulkhead is a call that is not made, whatever its kind, and costs no permit. */
static void the_bulkhead_is_full_at_its_limit(void **state)
{
    (void)state;
    struct rcp_step *step = bench_of(rcp_policy_hardened());
    struct rcp_pg_try tries[3];
    struct rcp_pg_effect pay = call_of(RCP_PG_PAY), list = call_of(RCP_PG_LIST);
    assert_true(rcp_pg_call(step, &pay, &tries[0]));
    assert_true(rcp_pg_call(step, &list, &tries[1]));
    assert_false(rcp_pg_call(step, &list, &tries[2]));
    assert_int_equal(tries[2].permit.given, 0);
    assert_int_equal(bench.effects.count, 2);
    (void)end(&tries[0], RCP_PG_TIMED_OUT);
    assert_true(rcp_pg_call(step, &list, &tries[2]));
}

/* Failures of queries open the circuit of queries alone: pay and query are apart. */
static void pay_and_query_have_a_circuit_each(void **state)
{
    (void)state;
    for (uint32_t verb = 0; verb < RCP_PG_VERB_COUNT; verb++) {
        struct rcp_step *step = bench_of(rcp_policy_hardened());
        struct rcp_pg_effect call = call_of((enum rcp_pg_verb)verb);
        struct rcp_pg_try try;
        for (uint32_t i = 0; i < 5; i++) {
            assert_true(rcp_pg_call(step, &call, &try));
            (void)end(&try, RCP_PG_NOT_CONNECTED);
        }
        /* The fifth failure trips it; the move is marked. */
        const struct rcp_mark *mark = &bench.effects.marks[bench.effects.mark_count - 1u];
        assert_int_equal(mark->table, RCP_TABLE_BREAKER);
        assert_int_equal(rcp_breaker_edges[mark->row].event, RCP_BREAKER_TRIPPED);
        uint32_t issued = bench.effects.count;
        assert_false(rcp_pg_call(step, &call, &try));
        assert_int_equal(bench.effects.count, issued);
        for (uint32_t other = 0; other < RCP_PG_VERB_COUNT; other++) {
            bool same = rcp_pg_pays((enum rcp_pg_verb)other) == rcp_pg_pays((enum rcp_pg_verb)verb);
            struct rcp_pg_effect others = call_of((enum rcp_pg_verb)other);
            assert_int_equal(rcp_pg_call(step, &others, &try), !same);
            if (!same)
                (void)end(&try, RCP_PG_OK);
        }
        step->mono_ms += rcp_breaker_pay.open_ms;
        assert_true(rcp_pg_call(step, &call, &try));
    }
}

/* Answers of the same meaning count alike: refusals never open a circuit, failures always do. */
static void only_failures_open_a_circuit(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXPECTED; i++) {
        struct rcp_step *step = bench_of(rcp_policy_hardened());
        struct rcp_pg_effect call = call_of(expected[i].pays ? RCP_PG_PAY : RCP_PG_LIST);
        struct rcp_pg_try try;
        uint32_t made = 0;
        while (made < 40 && rcp_pg_call(step, &call, &try)) {
            (void)end(&try, expected[i].answer);
            made++;
        }
        assert_int_equal(made, expected[i].health == RCP_PG_FAILURE ? 5 : 40);
    }
}

/* --- Pauses --- */

/* 100 200 400 800 1000 1000 ms, up to an eighth more, and never less than what the PG asked for. */
static void pauses_double_up_to_a_second(void **state)
{
    (void)state;
    static const uint32_t backoffs[] = {100, 200, 400, 800, 1000, 1000};
    struct rcp_step *step = bench_of(rcp_policy_hardened());
    uint32_t jittered = 0;
    for (uint32_t tries = 1; tries <= sizeof backoffs / sizeof backoffs[0]; tries++)
        for (uint64_t order_id = 1; order_id <= 100; order_id++) {
            uint32_t base_ms = backoffs[tries - 1u];
            uint32_t pause_ms = rcp_pg_pause_ms(step, order_id, tries, 0);
            assert_in_range(pause_ms, base_ms, base_ms + base_ms / 8u - 1u);
            assert_int_equal(rcp_pg_pause_ms(step, order_id, tries, 0), pause_ms);
            assert_int_equal(rcp_pg_pause_ms(step, order_id, tries, 3000),
                             3000 + pause_ms - base_ms);
            jittered += pause_ms != base_ms;
        }
    assert_true(jittered > 500); /* of 600 */
}

/* Retry-After as the PG says it; a second where it does not say; and only after a 429. */
static void retry_after_is_honoured(void **state)
{
    (void)state;
    struct rcp_pg_done done = {.answer = RCP_PG_TOO_MANY, .retry_after_ms = 2500};
    assert_int_equal(rcp_pg_retry_after_ms(D(LATER), &done), 2500);
    assert_int_equal(rcp_pg_retry_after_ms(D(BUSINESS), &done), 0);
    done.retry_after_ms = 0;
    assert_int_equal(rcp_pg_retry_after_ms(D(LATER), &done), RCP_PG_RETRY_AFTER_MS);
    assert_int_equal(rcp_pg_retry_after_ms(D(NOT_REACHED), &done), 0);
}

/* --- Canonical form --- */

/* A client with a try under way, and when that is looked at. */
struct sight {
    struct rcp_pg_client client;
    struct rcp_pg_try try;
    uint64_t now_ms;
};

static struct rcp_digest digest_of_sight(const struct sight *sight)
{
    struct rcp_digest digest = {.now_ms = sight->now_ms};
    rcp_pg_client_digest(&sight->client, &digest);
    rcp_pg_try_digest(&sight->client, &sight->try, &digest);
    return digest;
}

static bool look_alike(const struct sight *a, const struct sight *b)
{
    struct rcp_digest left = digest_of_sight(a), right = digest_of_sight(b);
    return memcmp(left.words, right.words, sizeof left.words) == 0;
}

/* A probe that went out 100 ms ago, behind a good one; 10 s and three openings later or not. */
static struct sight probing_since(uint64_t begin_ms, uint32_t openings)
{
    struct rcp_step *step = bench_of(rcp_policy_hardened());
    struct rcp_pg_effect call = call_of(RCP_PG_PAY);
    struct rcp_pg_try try;
    step->mono_ms = begin_ms;
    while (rcp_pg_call(step, &call, &try))
        (void)end(&try, RCP_PG_TIMED_OUT);
    for (uint32_t i = 1; i < openings; i++) {
        step->mono_ms += 5000;
        while (rcp_pg_call(step, &call, &try))
            (void)end(&try, RCP_PG_TIMED_OUT);
    }
    step->mono_ms += 5000;
    assert_true(rcp_pg_call(step, &call, &try));
    (void)end(&try, RCP_PG_OK);
    assert_true(rcp_pg_call(step, &call, &try));
    return (struct sight){bench.node.pg, try, step->mono_ms + 100};
}

/* When something began, and how often the circuit has opened before, nobody can tell; how long ago, and
 * whether the breaker still listens, decides what comes. */
static void canonical_form_has_what_can_still_matter(void **state)
{
    (void)state;
    struct sight sight = probing_since(1000, 1), other = probing_since(77000, 3);
    assert_true(sight.client.pay.epoch != other.client.pay.epoch);
    assert_true(look_alike(&sight, &other));

    other = sight;
    other.now_ms++; /* everything is older */
    assert_false(look_alike(&sight, &other));
    other = sight;
    other.try.permit.epoch--; /* nobody listens */
    assert_false(look_alike(&sight, &other));
    other = sight;
    other.try.verb = RCP_PG_REFUND;
    assert_false(look_alike(&sight, &other));
    other = sight;
    other.client.pay.slows = 1;
    assert_false(look_alike(&sight, &other));
    other = sight;
    other.client.pay.permit_until_ms[2] = other.now_ms + 1;
    assert_false(look_alike(&sight, &other));
    other = sight;
    other.client.query = other.client.pay;
    assert_false(look_alike(&sight, &other));

    other = sight; /* where nothing is remembered, nothing can become stale */
    other.client.query.until_ms = other.now_ms + 5000;
    assert_true(look_alike(&sight, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_expectation_is_complete),
        cmocka_unit_test(every_answer_means_what_the_documents_say),
        cmocka_unit_test(the_page_has_the_table),
        cmocka_unit_test(of_several_tries_the_most_uncertain_counts),
        cmocka_unit_test(a_call_becomes_one_effect),
        cmocka_unit_test(the_bulkhead_is_full_at_its_limit),
        cmocka_unit_test(pay_and_query_have_a_circuit_each),
        cmocka_unit_test(only_failures_open_a_circuit),
        cmocka_unit_test(pauses_double_up_to_a_second),
        cmocka_unit_test(retry_after_is_honoured),
        cmocka_unit_test(canonical_form_has_what_can_still_matter),
    };
    return cmocka_run_group_tests_name("pg_answer", tests, NULL, NULL);
}
