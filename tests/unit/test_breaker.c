/* The circuit breaker: its edges one by one, shares at and around their limits, permits, thin traffic. What
 * it does in every order of calls is test_breaker_model.c. */
#include "core/gateway/breaker.h"
#include "core/limits.h"
#include "core/node.h"
#include "tests/support/gateway_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A breaker in use: time passes by hand. */
struct bench {
    struct rcp_breaker breaker;
    struct rcp_breaker_settings settings;
    uint64_t now_ms;
    uint32_t edge; /* of the last call */
};

struct call {
    struct rcp_permit permit;
    uint64_t since_ms;
};

static struct bench bench_of(struct rcp_breaker_settings settings)
{
    return (struct bench){.settings = settings, .now_ms = 1000};
}

static bool ask(struct bench *bench, struct call *call)
{
    call->since_ms = bench->now_ms;
    bool through = rcp_breaker_ask(
        &bench->breaker, &bench->settings, bench->now_ms, &call->permit, &bench->edge);
    rcp_breaker_check(&bench->breaker, &bench->settings);
    assert_int_equal(call->permit.given, through);
    return through;
}

static void tell(struct bench *bench, const struct call *call, enum rcp_pg_health health)
{
    rcp_breaker_tell(&bench->breaker,
                     &bench->settings,
                     bench->now_ms,
                     call->permit,
                     call->since_ms,
                     health,
                     &bench->edge);
    rcp_breaker_check(&bench->breaker, &bench->settings);
}

/* One call after another, each over at once: 'g'ood, 'f'ailed, 's'low, 'b'oth, 'i'gnored. */
static void play_first(struct bench *bench, const char *calls, size_t count)
{
    for (; count > 0; calls++, count--) {
        struct call call;
        assert_true(ask(bench, &call));
        if (*calls == 's' || *calls == 'b')
            bench->now_ms += bench->settings.slow_ms;
        tell(bench,
             &call,
             *calls == 'i'                    ? RCP_PG_IGNORED
             : *calls == 'f' || *calls == 'b' ? RCP_PG_FAILURE
                                              : RCP_PG_HEALTHY);
    }
}

static void play(struct bench *bench, const char *calls)
{
    play_first(bench, calls, strlen(calls));
}

static void assert_moved(const struct bench *bench, enum rcp_breaker_event event)
{
    assert_in_range(bench->edge, 0, rcp_breaker_edge_count - 1u);
    assert_int_equal(rcp_breaker_edges[bench->edge].event, event);
    assert_int_equal(rcp_breaker_edges[bench->edge].to, bench->breaker.state);
}

static void assert_stayed(const struct bench *bench, enum rcp_breaker_state at)
{
    assert_int_equal(bench->edge, RCP_BREAKER_NO_EDGE);
    assert_int_equal(bench->breaker.state, at);
}

/* Open since now. */
static struct bench opened(struct rcp_breaker_settings settings)
{
    struct bench bench = bench_of(settings);
    play(&bench, "fffff");
    assert_moved(&bench, RCP_BREAKER_TRIPPED);
    return bench;
}

/* Half open, with no probe out. */
static struct bench probing(struct rcp_breaker_settings settings)
{
    struct bench bench = opened(settings);
    bench.now_ms += settings.open_ms;
    play(&bench, "i");
    assert_int_equal(bench.breaker.state, RCP_BREAKER_HALF_OPEN);
    return bench;
}

/* --- The table --- */

/* The documented settings (FACTS 1.5), and how ours relate to them. */
static void the_settings_are_those_of_the_documents(void **state)
{
    (void)state;
    const struct rcp_breaker_settings *pay = &rcp_breaker_pay, *query = &rcp_breaker_query;
    assert_int_equal(pay->window, 10);
    assert_int_equal(pay->minimum, 5);
    assert_int_equal(pay->failure_percent, 30);
    assert_int_equal(pay->slow_percent, 50);
    assert_int_equal(pay->slow_ms, 700);
    assert_int_equal(pay->open_ms, 5000);
    assert_int_equal(pay->probes, 3);
    assert_int_equal(query->window, 5);
    assert_int_equal(query->minimum, 5);
    assert_int_equal(query->failure_percent, 20);
    assert_int_equal(query->slow_percent, 50);
    assert_int_equal(query->slow_ms, 400);
    assert_int_equal(query->open_ms, 5000);
    assert_int_equal(query->probes, 3);
    for (uint32_t i = 0; i < 2; i++) {
        const struct rcp_breaker_settings *settings = i == 0 ? pay : query;
        assert_true(settings->slow_ms < RCP_PG_TIMEOUT_MS);
        assert_true(settings->permit_ms > RCP_PG_TIMEOUT_MS);
        assert_true(settings->stale_ms > settings->permit_ms);
        assert_true(settings->window <= RCP_BREAKER_WINDOW_MAX);
        assert_true(settings->minimum <= settings->window);
        assert_true(settings->probes <= RCP_BREAKER_PERMITS_MAX);
    }
}

static void add(char text[4096], const char *line)
{
    size_t size = strlen(text);
    assert_true(size + strlen(line) < 4096);
    (void)snprintf(text + size, 4096 - size, "%s", line);
}

static void add_setting(
    char text[4096], const char *name, uint32_t pay, uint32_t query, const char *unit)
{
    char line[128];
    snprintf(line, sizeof line, "| %s | %u%s | %u%s |\n", name, pay, unit, query, unit);
    add(text, line);
}

/* docs/POLICIES.md has the edges and the settings, and no others. */
static void the_page_has_edges_and_settings(void **state)
{
    (void)state;
    static char page[1u << 17];
    const struct rcp_breaker_settings *pay = &rcp_breaker_pay, *query = &rcp_breaker_query;
    char edges[4096] = "\n| from | event | to |\n|---|---|---|\n";
    char settings[4096] = "\n| setting | pays | query |\n|---|---|---|\n";
    for (uint32_t i = 0; i < rcp_breaker_edge_count; i++) {
        char line[128];
        gateway_edge_line(&rcp_breaker_edges[i], line, sizeof line);
        add(edges, line);
        add(edges, "\n");
    }
    add_setting(settings, "window, in calls", pay->window, query->window, "");
    add_setting(settings, "minimum of calls", pay->minimum, query->minimum, "");
    add_setting(settings, "share of failures", pay->failure_percent, query->failure_percent, " %");
    add_setting(settings, "share of slow calls", pay->slow_percent, query->slow_percent, " %");
    add_setting(settings, "slow from", pay->slow_ms, query->slow_ms, " ms");
    add_setting(settings, "open for", pay->open_ms, query->open_ms, " ms");
    add_setting(settings, "probes", pay->probes, query->probes, "");
    add_setting(settings, "a permit expires after", pay->permit_ms, query->permit_ms, " ms");
    add_setting(settings, "traffic is thin after", pay->stale_ms, query->stale_ms, " ms");
    add(edges, "\n"); /* the tables end here */
    add(settings, "\n");
    FILE *file = fopen("docs/POLICIES.md", "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    assert_true(feof(file));
    fclose(file);
    if (strstr(page, edges) == NULL)
        fail_msg("docs/POLICIES.md does not have:%s", edges);
    if (strstr(page, settings) == NULL)
        fail_msg("docs/POLICIES.md does not have:%s", settings);
}

/* One way out of CLOSED and of OPEN, two out of HALF_OPEN, each known to coverage. */
static void the_edges_are_those_of_the_picture(void **state)
{
    (void)state;
    uint32_t out[RCP_BREAKER_STATE_COUNT] = {0};
    assert_int_equal(rcp_core_table_rows(RCP_TABLE_BREAKER), rcp_breaker_edge_count);
    assert_int_equal(rcp_breaker_edge_count, RCP_BREAKER_EVENT_COUNT);
    for (uint32_t i = 0; i < rcp_breaker_edge_count; i++) {
        assert_int_equal(rcp_breaker_edges[i].event, i); /* each event has one row */
        assert_int_not_equal(rcp_breaker_edges[i].from, rcp_breaker_edges[i].to);
        out[rcp_breaker_edges[i].from]++;
    }
    assert_int_equal(out[RCP_BREAKER_CLOSED], 1);
    assert_int_equal(out[RCP_BREAKER_OPEN], 1);
    assert_int_equal(out[RCP_BREAKER_HALF_OPEN], 2);
}

/* --- CLOSED --- */

/* Calls in order, and whether the last of them trips the circuit; none before it does. */
static const struct {
    const char *name;
    const struct rcp_breaker_settings *settings;
    const char *calls;
    bool trips;
} shares[] = {
    {"pay: 2 of 10 is below 30 %", &rcp_breaker_pay, "ggggggggff", false},
    {"pay: 3 of 10 is 30 %", &rcp_breaker_pay, "gggggggfff", true},
    {"pay: 1 of 5 is below", &rcp_breaker_pay, "ggggf", false},
    {"pay: 2 of 5 is above", &rcp_breaker_pay, "gggff", true},
    {"pay: 2 of 6 is above", &rcp_breaker_pay, "ggggff", true},
    {"pay: 2 of 7 is 28.6 %", &rcp_breaker_pay, "gggggff", false},
    {"pay: four calls are fewer than the minimum, whatever they were",
     &rcp_breaker_pay,
     "ffff",
     false},
    {"pay: the fifth decides for all of them", &rcp_breaker_pay, "ffffg", true},
    {"pay: the eleventh call pushes the first one out",
     &rcp_breaker_pay,
     "gggggggffgggggggggff",
     false},
    {"pay: one that is still in it counts", &rcp_breaker_pay, "gggggggffgggggggf", true},
    {"pay: 4 slow of 10 are below 50 %", &rcp_breaker_pay, "ggggggssss", false},
    {"pay: 5 slow of 10 are 50 %", &rcp_breaker_pay, "gggggsssss", true},
    {"pay: 2 slow of 5 are 40 %", &rcp_breaker_pay, "gggss", false},
    {"pay: 3 slow of 5 are 60 %", &rcp_breaker_pay, "ggsss", true},
    {"pay: slow ones and failures are not added up", &rcp_breaker_pay, "gggggsfssf", false},
    {"pay: a slow failure is both", &rcp_breaker_pay, "ggggggsssb", false},
    {"pay: and as a fifth slow one it trips", &rcp_breaker_pay, "gggggssssb", true},
    {"pay: ignored calls neither count nor push others out",
     &rcp_breaker_pay,
     "ffffiiiiiiiiiiiiii",
     false},
    {"pay: nor do they fill up the minimum", &rcp_breaker_pay, "fiiiiiifif", false},
    {"query: 1 of 5 is 20 %", &rcp_breaker_query, "ggggf", true},
    {"query: none of 5", &rcp_breaker_query, "ggggg", false},
    {"query: four failures are fewer than the minimum", &rcp_breaker_query, "ffff", false},
    {"query: 2 slow of 5 are 40 %", &rcp_breaker_query, "gggss", false},
    {"query: 3 slow of 5 are 60 %", &rcp_breaker_query, "ggsss", true},
    {"query: the window holds five", &rcp_breaker_query, "sggggss", false},
};

static void shares_are_judged_at_their_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        struct bench bench = bench_of(*shares[i].settings);
        size_t last = strlen(shares[i].calls) - 1u;
        play_first(&bench, shares[i].calls, last);
        if (bench.breaker.state != RCP_BREAKER_CLOSED)
            fail_msg("%s: trips too early", shares[i].name);
        play(&bench, shares[i].calls + last);
        if ((bench.breaker.state == RCP_BREAKER_OPEN) != shares[i].trips)
            fail_msg("%s: %s", shares[i].name, gateway_state_word(bench.breaker.state));
        if (shares[i].trips)
            assert_moved(&bench, RCP_BREAKER_TRIPPED);
        else
            assert_stayed(&bench, RCP_BREAKER_CLOSED);
    }
}

/* Shares that no count of ten calls can hit: 29 % and 30 % of a window of ten are two and three calls. */
static void the_share_is_reached_not_passed(void **state)
{
    (void)state;
    static const struct {
        uint32_t percent;
        bool trips; /* by 3 of 10 */
    } rows[] = {{29, true}, {30, true}, {31, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_breaker_settings settings = rcp_breaker_pay;
        settings.failure_percent = rows[i].percent;
        settings.minimum = 10;
        struct bench bench = bench_of(settings);
        play(&bench, "gggggggfff");
        assert_int_equal(bench.breaker.state == RCP_BREAKER_OPEN, rows[i].trips);
    }
}

/* Slow is from slow_ms on, per call, and not a millisecond earlier. */
static void slow_begins_at_its_millisecond(void **state)
{
    (void)state;
    for (uint32_t early = 0; early < 2; early++) {
        struct bench bench = bench_of(rcp_breaker_pay);
        for (uint32_t i = 0; i < 5; i++) {
            struct call call;
            assert_true(ask(&bench, &call));
            bench.now_ms += bench.settings.slow_ms - early;
            tell(&bench, &call, RCP_PG_HEALTHY);
        }
        assert_int_equal(bench.breaker.state == RCP_BREAKER_OPEN, early == 0);
    }
}

/* In CLOSED nobody is counted out: any number of calls, and each result counts. */
static void a_closed_circuit_lets_everybody_through(void **state)
{
    (void)state;
    struct bench bench = bench_of(rcp_breaker_pay);
    struct call calls[50];
    for (uint32_t i = 0; i < 50; i++)
        assert_true(ask(&bench, &calls[i]));
    for (uint32_t i = 0; i < 5; i++)
        tell(&bench, &calls[i], RCP_PG_FAILURE);
    assert_moved(&bench, RCP_BREAKER_TRIPPED);
    for (uint32_t i = 5; i < 50; i++) { /* the others come back to another state */
        struct rcp_breaker before = bench.breaker;
        tell(&bench, &calls[i], RCP_PG_FAILURE);
        assert_memory_equal(&before, &bench.breaker, sizeof before);
        assert_stayed(&bench, RCP_BREAKER_OPEN);
    }
}

/* --- OPEN --- */

/* Nobody for open_ms, and then the first who asks: to the millisecond, and however late. */
static void an_open_circuit_waits_its_time(void **state)
{
    (void)state;
    static const uint64_t waits[] = {0, 1, 4999, 5000, 5001, 86400000};
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        struct bench bench = opened(rcp_breaker_pay);
        struct call call;
        bench.now_ms += waits[i];
        assert_int_equal(ask(&bench, &call), waits[i] >= 5000);
        if (waits[i] >= 5000) {
            assert_moved(&bench, RCP_BREAKER_WAITED);
            assert_int_equal(call.permit.probe, 1);
        } else {
            assert_stayed(&bench, RCP_BREAKER_OPEN);
        }
    }
}

/* Asking in vain does not make the wait any longer. */
static void asking_does_not_prolong_the_wait(void **state)
{
    (void)state;
    struct bench bench = opened(rcp_breaker_query);
    struct call call;
    for (uint32_t i = 0; i < 50; i++, bench.now_ms += 100)
        assert_false(ask(&bench, &call));
    assert_true(ask(&bench, &call));
}

/* --- HALF_OPEN --- */

static const struct {
    const char *name;
    const char *probes; /* one after another */
    enum rcp_breaker_event then;
} verdicts[] = {
    {"three good ones", "ggg", RCP_BREAKER_HEALED},
    {"one slow of three is below a half", "sgg", RCP_BREAKER_HEALED},
    {"one failure of three is 33 %", "fgg", RCP_BREAKER_RELAPSED},
    {"the last one counts, too", "ggf", RCP_BREAKER_RELAPSED},
    {"two slow of three", "ssg", RCP_BREAKER_RELAPSED},
    {"all bad", "bbb", RCP_BREAKER_RELAPSED},
};

static void three_probes_decide(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        struct bench bench = probing(rcp_breaker_pay);
        char first[3] = {verdicts[i].probes[0], verdicts[i].probes[1], '\0'};
        play(&bench, first);
        assert_stayed(&bench, RCP_BREAKER_HALF_OPEN); /* two are not enough, whatever they were */
        play(&bench, verdicts[i].probes + 2);
        if (bench.edge == RCP_BREAKER_NO_EDGE ||
            rcp_breaker_edges[bench.edge].event != verdicts[i].then)
            fail_msg("%s: %s", verdicts[i].name, gateway_state_word(bench.breaker.state));
        assert_moved(&bench, verdicts[i].then);
    }
    struct bench bench = probing(rcp_breaker_pay);
    play(&bench, "giig");
    assert_stayed(&bench, RCP_BREAKER_HALF_OPEN);
    play(&bench, "g");
    assert_moved(&bench, RCP_BREAKER_HEALED);
}

/* Healed starts with nothing: the failures of before the outage count no more. */
static void a_healed_circuit_has_forgotten(void **state)
{
    (void)state;
    struct bench bench = probing(rcp_breaker_pay);
    play(&bench, "gggffff");
    assert_stayed(&bench, RCP_BREAKER_CLOSED);
    play(&bench, "f");
    assert_moved(&bench, RCP_BREAKER_TRIPPED);
}

/* A relapse waits anew. */
static void a_relapse_waits_the_whole_time_again(void **state)
{
    (void)state;
    struct bench bench = probing(rcp_breaker_pay);
    struct call call;
    play(&bench, "fff");
    bench.now_ms += 4999;
    assert_false(ask(&bench, &call));
    bench.now_ms += 1;
    assert_true(ask(&bench, &call));
    assert_moved(&bench, RCP_BREAKER_WAITED);
}

/* --- Permits --- */

/* Three are out and no more, and those that have told something are not asked for again. */
static void no_more_probes_than_asked_for(void **state)
{
    (void)state;
    struct bench bench = probing(rcp_breaker_pay);
    struct call calls[3], more;
    for (uint32_t i = 0; i < 3; i++)
        assert_true(ask(&bench, &calls[i]));
    assert_false(ask(&bench, &more));
    tell(&bench, &calls[1], RCP_PG_HEALTHY);
    assert_false(ask(&bench, &more)); /* one told, two out: these are three */
    tell(&bench, &calls[0], RCP_PG_IGNORED);
    assert_true(ask(&bench, &more)); /* it said nothing, so that another may */
    assert_false(ask(&bench, &calls[0]));
}

/* A permit that nobody gives back dies with its time, to the millisecond; then another is lent, and what the
 * first one has to say is not heard any more, though the new one has its place. */
static void a_lost_permit_expires(void **state)
{
    (void)state;
    struct bench bench = probing(rcp_breaker_pay);
    struct call lost[3], next;
    for (uint32_t i = 0; i < 3; i++)
        assert_true(ask(&bench, &lost[i]));
    bench.now_ms += bench.settings.permit_ms - 1u;
    assert_false(ask(&bench, &next));
    assert_true(rcp_breaker_listens(
        &bench.breaker, &bench.settings, bench.now_ms, lost[0].permit, lost[0].since_ms));
    bench.now_ms += 1;
    assert_false(rcp_breaker_listens(
        &bench.breaker, &bench.settings, bench.now_ms, lost[0].permit, lost[0].since_ms));
    assert_true(ask(&bench, &next));
    assert_int_equal(next.permit.probe, lost[0].permit.probe);
    struct rcp_breaker before = bench.breaker;
    tell(&bench, &lost[0], RCP_PG_FAILURE);
    tell(&bench, &lost[1], RCP_PG_FAILURE);
    assert_memory_equal(&before, &bench.breaker, sizeof before);
    tell(&bench, &next, RCP_PG_HEALTHY);
    play(&bench, "gg");
    assert_moved(&bench, RCP_BREAKER_HEALED);
}

/* What was let out before the circuit opened says nothing of now: neither while it probes, nor healed. */
static void results_of_older_states_are_not_heard(void **state)
{
    (void)state;
    struct bench bench = bench_of(rcp_breaker_pay);
    struct call old[2], lost, probe;
    assert_true(ask(&bench, &old[0]));
    assert_true(ask(&bench, &old[1]));
    play(&bench, "fffff");
    bench.now_ms += bench.settings.open_ms;
    assert_true(ask(&bench, &lost));
    play(&bench, "gg");
    struct rcp_breaker before = bench.breaker;
    tell(&bench, &old[0], RCP_PG_FAILURE);
    assert_memory_equal(&before, &bench.breaker, sizeof before);
    bench.now_ms += bench.settings.permit_ms;
    assert_true(ask(&bench, &probe));
    tell(&bench, &probe, RCP_PG_HEALTHY);
    assert_moved(&bench, RCP_BREAKER_HEALED);
    before = bench.breaker;
    tell(&bench, &old[1], RCP_PG_FAILURE);
    tell(&bench, &lost, RCP_PG_FAILURE);
    assert_memory_equal(&before, &bench.breaker, sizeof before);
}

/* --- Thin traffic --- */

/* Four failures speak for half a minute. Whoever calls later does not suffer from them. */
static void failures_of_long_ago_do_not_count(void **state)
{
    (void)state;
    for (uint32_t early = 0; early < 2; early++) {
        struct bench bench = bench_of(rcp_breaker_pay);
        play(&bench, "ffff");
        bench.now_ms += bench.settings.stale_ms - early;
        play(&bench, "f");
        assert_int_equal(bench.breaker.state, early != 0 ? RCP_BREAKER_OPEN : RCP_BREAKER_CLOSED);
    }
}

/* Traffic is thin since the last call began or ended, whichever was later. */
static void beginning_and_ending_are_both_traffic(void **state)
{
    (void)state;
    for (uint32_t ends = 0; ends < 2; ends++) {
        struct bench bench = bench_of(rcp_breaker_pay);
        struct call call;
        play(&bench, "ffff");
        bench.now_ms += 20000;
        assert_true(ask(&bench, &call));
        bench.now_ms += 20000;
        if (ends != 0)
            tell(&bench, &call, RCP_PG_IGNORED);
        else
            assert_true(ask(&bench, &call));
        bench.now_ms += 20000;
        play(&bench, "f");
        assert_moved(&bench, RCP_BREAKER_TRIPPED);
    }
}

/* One call a minute: a good probe heals at the next call, a bad one is forgotten, and nobody is refused. */
static void probing_ends_when_traffic_is_thin(void **state)
{
    (void)state;
    struct bench bench = probing(rcp_breaker_pay);
    struct call call;
    for (uint32_t i = 0; i < 3; i++) {
        play(&bench, "f");
        assert_int_equal(bench.breaker.state, RCP_BREAKER_HALF_OPEN);
        bench.now_ms += 60000;
    }
    play(&bench, "g");
    bench.now_ms += 60000;
    assert_true(ask(&bench, &call));
    assert_moved(&bench, RCP_BREAKER_HEALED);
    assert_int_equal(call.permit.probe, 0);
}

/* The shares decide about a few probes as about all: one slow one of two is a half. */
static void few_probes_are_judged_by_their_shares(void **state)
{
    (void)state;
    struct bench bench = probing(rcp_breaker_pay);
    struct call call;
    play(&bench, "gs");
    bench.now_ms += 60000;
    assert_true(ask(&bench, &call));
    assert_stayed(&bench, RCP_BREAKER_HALF_OPEN);
    assert_int_equal(bench.breaker.count, 0);
    assert_int_equal(call.permit.probe, 1);
}

/* --- An operator's word --- */

/* Held open nothing goes out, however long it lasts; held closed everything does, whatever comes of it. */
static void a_forced_circuit_does_as_it_is_told(void **state)
{
    (void)state;
    struct bench bench = bench_of(rcp_breaker_pay);
    struct call call;
    rcp_breaker_force(&bench.breaker, RCP_BREAKER_FORCED_OPEN);
    for (uint32_t i = 0; i < 3; i++) {
        assert_false(ask(&bench, &call));
        bench.now_ms += 60000;
    }
    rcp_breaker_force(&bench.breaker, RCP_BREAKER_FORCED_CLOSED);
    play(&bench, "ffffffffffffffffffff");
    assert_stayed(&bench, RCP_BREAKER_CLOSED);
    assert_int_equal(bench.breaker.count, 0);
    rcp_breaker_check(&bench.breaker, &bench.settings);
}

/* Let go of, it is closed with nothing remembered: neither what went out before it was forced, nor what went
 * out meanwhile, is told of any more. Saying it again changes nothing. */
static void a_circuit_that_is_let_go_of_begins_anew(void **state)
{
    (void)state;
    struct bench bench = bench_of(rcp_breaker_pay);
    struct call before, meanwhile;
    play(&bench, "ffff");
    assert_true(ask(&bench, &before));
    rcp_breaker_force(&bench.breaker, RCP_BREAKER_FORCED_CLOSED);
    assert_true(ask(&bench, &meanwhile));
    rcp_breaker_force(&bench.breaker, RCP_BREAKER_AUTOMATIC);
    tell(&bench, &before, RCP_PG_FAILURE);
    tell(&bench, &meanwhile, RCP_PG_FAILURE);
    assert_int_equal(bench.breaker.count, 0);
    play(&bench, "ffff");
    rcp_breaker_force(&bench.breaker, RCP_BREAKER_AUTOMATIC);
    play(&bench, "f");
    assert_moved(&bench, RCP_BREAKER_TRIPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_settings_are_those_of_the_documents),
        cmocka_unit_test(the_page_has_edges_and_settings),
        cmocka_unit_test(the_edges_are_those_of_the_picture),
        cmocka_unit_test(shares_are_judged_at_their_limits),
        cmocka_unit_test(the_share_is_reached_not_passed),
        cmocka_unit_test(slow_begins_at_its_millisecond),
        cmocka_unit_test(a_closed_circuit_lets_everybody_through),
        cmocka_unit_test(an_open_circuit_waits_its_time),
        cmocka_unit_test(asking_does_not_prolong_the_wait),
        cmocka_unit_test(three_probes_decide),
        cmocka_unit_test(a_healed_circuit_has_forgotten),
        cmocka_unit_test(a_relapse_waits_the_whole_time_again),
        cmocka_unit_test(no_more_probes_than_asked_for),
        cmocka_unit_test(a_lost_permit_expires),
        cmocka_unit_test(results_of_older_states_are_not_heard),
        cmocka_unit_test(failures_of_long_ago_do_not_count),
        cmocka_unit_test(beginning_and_ending_are_both_traffic),
        cmocka_unit_test(probing_ends_when_traffic_is_thin),
        cmocka_unit_test(few_probes_are_judged_by_their_shares),
        cmocka_unit_test(a_forced_circuit_does_as_it_is_told),
        cmocka_unit_test(a_circuit_that_is_let_go_of_begins_anew),
    };
    return cmocka_run_group_tests_name("breaker", tests, NULL, NULL);
}
