/* The model of Redis and of the entry service: tokens end on their own clock, and anything may be lost. */
#include "sim/model/redis.h"
#include "tests/support/servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define USER     1u
#define CAPACITY 2u
#define TTL_MS   10000u
#define SOON_MS  10u

static struct rcp_sim *sim;

static bool reserve(uint32_t user)
{
    bool sold_out = false;
    return rcp_redis_reserve(sim, user - 1u, TTL_MS, &sold_out);
}

/* A world where the user holds a token. */
static int begin(void **state)
{
    (void)state;
    sim = servers_begin(CAPACITY);
    return reserve(USER) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    servers_end();
    return 0;
}

static const struct rcp_token_row *token(void)
{
    return &rcp_world_tokens(sim->world)[USER - 1u];
}

static uint32_t slots_taken(void)
{
    return sim->world->activities[0].counter;
}

static void set_fault(enum rcp_fault fault)
{
    sim->world->faults[fault / 64u] |= UINT64_C(1) << (fault % 64u);
}

static void must_end(uint64_t op_id, enum rcp_outcome outcome, bool found)
{
    const struct servers_answer *answer = servers_answer(op_id);
    assert_non_null(answer);
    assert_int_equal(answer->outcome, outcome);
    assert_int_equal(answer->found, found);
}

static void command(enum rcp_redis_verb verb, enum rcp_outcome outcome, bool found)
{
    uint64_t op_id = servers_redis(verb, USER, RCP_FAULT_NONE);
    servers_pass(SOON_MS);
    must_end(op_id, outcome, found);
}

/* A token is there until its time is over, and then its slot goes back. */
static void a_token_ends_and_its_slot_goes_back(void **state)
{
    (void)state;
    command(RCP_REDIS_GET, RCP_OUTCOME_DONE, true);
    assert_int_equal(slots_taken(), 1);
    servers_pass(TTL_MS);
    command(RCP_REDIS_GET, RCP_OUTCOME_DONE, false);
    assert_int_equal(token()->state, RCP_TOKEN_EXPIRED);
    assert_int_equal(slots_taken(), 0);
}

/* Its time is on Redis's own clock: when that jumps, it is over early. */
static void a_token_ends_on_its_own_clock(void **state)
{
    (void)state;
    rcp_redis_jump(sim, TTL_MS);
    command(RCP_REDIS_GET, RCP_OUTCOME_DONE, false);
    servers_pass(100);
    assert_int_equal(slots_taken(), 0);
}

/* EXPIRE holds a token that is there, and makes none. */
static void a_held_token_outlives_its_time(void **state)
{
    (void)state;
    command(RCP_REDIS_EXPIRE, RCP_OUTCOME_DONE, true);
    servers_pass(TTL_MS);
    command(RCP_REDIS_GET, RCP_OUTCOME_DONE, true);
    assert_int_equal(slots_taken(), 1);
    command(RCP_REDIS_DEL, RCP_OUTCOME_DONE, true);
    command(RCP_REDIS_EXPIRE, RCP_OUTCOME_DONE, false);
    command(RCP_REDIS_GET, RCP_OUTCOME_DONE, false);
}

/* DEL takes the token, once; its slot stays sold. */
static void a_deleted_token_keeps_its_slot(void **state)
{
    (void)state;
    command(RCP_REDIS_DEL, RCP_OUTCOME_DONE, true);
    command(RCP_REDIS_DEL, RCP_OUTCOME_DONE, false);
    servers_pass(TTL_MS);
    assert_int_equal(slots_taken(), 1);
    assert_false(reserve(USER)); /* who has paid is turned away */
}

/* No more tokens than there is room for; one that ends makes room. */
static void slots_are_counted(void **state)
{
    (void)state;
    assert_true(reserve(2));
    assert_false(reserve(3));
    servers_pass(TTL_MS + 100u);
    assert_true(reserve(3));
}

/* A restart without data loses tokens and counters: all slots are there again. */
static void a_restart_empties_and_gives_slots_back(void **state)
{
    (void)state;
    rcp_redis_lose_all(sim);
    command(RCP_REDIS_GET, RCP_OUTCOME_DONE, false);
    assert_int_equal(token()->state, RCP_TOKEN_GONE);
    assert_int_equal(slots_taken(), 0);
    assert_true(reserve(2));
    assert_true(reserve(3));
}

/* A failover undoes the writes of the last while, and no older ones. */
static void a_failover_undoes_the_last_writes(void **state)
{
    (void)state;
    static const struct {
        uint64_t age_ms;
        uint64_t lost_ms;
        bool there;
    } rows[] = {
        {1000, 2000, true}, /* the DEL is lost: the token is back */
        {1000, 500, false},
        {0, 100, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        end(NULL);
        begin(NULL);
        servers_pass(5000);
        command(RCP_REDIS_DEL, RCP_OUTCOME_DONE, true);
        servers_pass(rows[i].age_ms);
        rcp_redis_fail_over(sim, rows[i].lost_ms);
        command(RCP_REDIS_GET, RCP_OUTCOME_DONE, rows[i].there);
        assert_int_equal(rcp_world_ledgers(sim->world)[USER - 1u].resurrected, rows[i].there);
    }
}

/* A failover that loses the reservation itself gives its slot back. */
static void a_failover_may_lose_the_reservation(void **state)
{
    (void)state;
    rcp_redis_fail_over(sim, 1000);
    command(RCP_REDIS_GET, RCP_OUTCOME_DONE, false);
    assert_int_equal(slots_taken(), 0);
}

/* What each trouble says, and whether the DEL took effect all the same. */
static void trouble_says_what_it_must(void **state)
{
    (void)state;
    static const struct {
        enum rcp_fault fate;
        enum rcp_fault lasting;
        enum rcp_outcome outcome;
        bool applied;
    } rows[] = {
        {RCP_FAULT_NONE, RCP_FAULT_NONE, RCP_OUTCOME_DONE, true},
        {RCP_FAULT_REDIS_REQUEST_LOST, RCP_FAULT_NONE, RCP_OUTCOME_UNKNOWN, false},
        {RCP_FAULT_REDIS_ANSWER_LOST, RCP_FAULT_NONE, RCP_OUTCOME_UNKNOWN, true},
        {RCP_FAULT_REDIS_SLOW, RCP_FAULT_NONE, RCP_OUTCOME_DONE, true},
        {RCP_FAULT_NONE, RCP_FAULT_REDIS_DOWN, RCP_OUTCOME_REFUSED, false},
        {RCP_FAULT_NONE, RCP_FAULT_REDIS_LOADING, RCP_OUTCOME_REFUSED, false},
        {RCP_FAULT_NONE, RCP_FAULT_REDIS_READONLY, RCP_OUTCOME_REFUSED, false},
        {RCP_FAULT_NONE, RCP_FAULT_REDIS_SILENT, RCP_OUTCOME_UNKNOWN, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        end(NULL);
        begin(NULL);
        if (rows[i].lasting != RCP_FAULT_NONE)
            set_fault(rows[i].lasting);
        uint64_t op_id = servers_redis(RCP_REDIS_DEL, USER, rows[i].fate);
        servers_pass(RCP_REDIS_TIMEOUT_MS);
        must_end(op_id, rows[i].outcome, rows[i].outcome == RCP_OUTCOME_DONE);
        assert_int_equal(token()->state, rows[i].applied ? RCP_TOKEN_DELETED : RCP_TOKEN_LIVE);
    }
}

/* READONLY answers reads; the entry service needs writes. */
static void a_readonly_redis_reads(void **state)
{
    (void)state;
    set_fault(RCP_FAULT_REDIS_READONLY);
    command(RCP_REDIS_GET, RCP_OUTCOME_DONE, true);
    assert_false(reserve(2));
}

int main(void)
{
#define TEST(claim) cmocka_unit_test_setup_teardown(claim, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_token_ends_and_its_slot_goes_back),
        TEST(a_token_ends_on_its_own_clock),
        TEST(a_held_token_outlives_its_time),
        TEST(a_deleted_token_keeps_its_slot),
        TEST(slots_are_counted),
        TEST(a_restart_empties_and_gives_slots_back),
        TEST(a_failover_undoes_the_last_writes),
        TEST(a_failover_may_lose_the_reservation),
        TEST(trouble_says_what_it_must),
        TEST(a_readonly_redis_reads),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
