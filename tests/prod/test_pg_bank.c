/* The simulator's PG by a clock that the test turns: what is drawn keeps to its rates and windows, the same
 * seed draws the same, and each fault does what it is called. */
#include "lab/pg/bank.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM     8192u
#define START_MS UINT64_C(1755302400000) /* 2025-08-16 in Seoul */
#define PATIENCE 1000u
#define TOLD_MAX 4096u

struct told {
    enum rcp_pg_answer answer;
    uint32_t count;
    uint32_t indexes[16];
    uint64_t after_ms;
};

struct stage {
    struct rcp_bank *bank;
    uint64_t now_ms;
    uint32_t asked;
    struct told told[TOLD_MAX]; /* by call */
    uint64_t asked_ms[TOLD_MAX];
    uint32_t callbacks;
    uint32_t called_index;
    enum rcp_pg_status called_status;
    uint64_t called_ms;
};

static void on_answer(void *context, void *caller, const struct rcp_bank_answer *answer)
{
    struct stage *stage = context;
    uintptr_t nth = (uintptr_t)caller - 1u;
    struct told *told = &stage->told[nth];
    assert_int_equal(told->answer, RCP_PG_ANSWER_NONE);
    told->answer = answer->answer;
    told->count = answer->count;
    told->after_ms = stage->now_ms - stage->asked_ms[nth];
    for (uint32_t i = 0; i < answer->count && i < 16; i++)
        told->indexes[i] = answer->indexes[i];
}

static void on_call_back(void *context, uint32_t index, enum rcp_pg_status says)
{
    struct stage *stage = context;
    stage->callbacks++;
    stage->called_index = index;
    stage->called_status = says;
    stage->called_ms = stage->now_ms;
}

static struct stage *open_stage(uint64_t seed, const char *rate)
{
    struct stage *stage = calloc(1, sizeof *stage);
    struct rcp_bank_ears ears = {stage, on_answer, on_call_back, NULL};
    struct rcp_bank_options options = {.seed = seed,
                                       .room = ROOM,
                                       .patience_ms = PATIENCE,
                                       .settles_ms = {1000, 5000},
                                       .refunds = true};
    struct rcp_rates rates = {0};
    const char *why = NULL;
    assert_non_null(stage);
    stage->bank = rcp_bank_open(&options, &ears);
    assert_non_null(stage->bank);
    stage->now_ms = START_MS;
    if (rate != NULL) {
        if (rate[0] != '\0' && !rcp_rates_read(&rates, rate, &why))
            fail_msg("%s: %s", rate, why);
        rcp_bank_set_rates(stage->bank, &rates);
    }
    return stage;
}

static void close_stage(struct stage *stage)
{
    rcp_bank_free(stage->bank);
    free(stage);
}

/* Turns the clock millisecond by millisecond, as far as anything happens. */
static void turn(struct stage *stage, uint64_t ms)
{
    uint64_t end_ms = stage->now_ms + ms;
    while (stage->now_ms < end_ms) {
        uint32_t wait_ms = rcp_bank_tick(stage->bank, stage->now_ms);
        assert_true(wait_ms > 0);
        stage->now_ms += wait_ms;
    }
    stage->now_ms = end_ms;
    rcp_bank_tick(stage->bank, stage->now_ms);
}

static uint32_t ask(struct stage *stage, enum rcp_pg_verb verb, const char *order, const char *key)
{
    struct rcp_bank_ask call = {
        .caller = (void *)(uintptr_t)(stage->asked + 1u),
        .verb = verb,
        .user = "7",
        .order = order,
        .key = key,
        .amount = 5000,
        .callback_url = "http://localhost:8080/callback",
    };
    assert_true(rcp_card_read(&call.card, "KB", "1234-5678-9012-3456"));
    stage->asked_ms[stage->asked] = stage->now_ms;
    assert_true(rcp_bank_ask(stage->bank, stage->now_ms, &call));
    return stage->asked++;
}

static const struct told *asked(struct stage *stage,
                                enum rcp_pg_verb verb,
                                const char *order,
                                const char *key)
{
    uint32_t nth = ask(stage, verb, order, key);
    turn(stage, PATIENCE);
    return &stage->told[nth];
}

/* Of 2000 payments 40 % fail, and of what was made 70 : 20 : 10 end as documented, after 1 to 5 seconds. */
static void documented_rates_are_kept(void **state)
{
    struct stage *stage = open_stage(1, NULL);
    uint32_t failed = 0;
    uint32_t ends[RCP_PG_STATUS_COUNT][RCP_PG_REASON_COUNT] = {0};
    (void)state;
    for (uint32_t i = 0; i < 2000; i++) {
        char order[16];
        snprintf(order, sizeof order, "%06u", i);
        ask(stage, RCP_PG_PAY, order, NULL);
        turn(stage, 5);
    }
    turn(stage, 10000);
    for (uint32_t i = 0; i < 2000; i++) {
        failed += stage->told[i].answer == RCP_PG_ERROR_500;
        assert_in_range(stage->told[i].after_ms, 100, 600);
    }
    uint32_t made = rcp_bank_count(stage->bank);
    assert_int_equal(made + failed, 2000);
    assert_in_range(failed, 740, 860);
    for (uint32_t i = 0; i < made; i++) {
        struct rcp_bank_transaction it = rcp_bank_at(stage->bank, i);
        ends[it.status][it.reason]++;
        assert_in_range(it.updated_ms - it.created_ms, 1000, 5000);
        assert_int_equal(it.callbacks, 1);
        assert_memory_equal(it.key, "20250816:TR:", 12);
        assert_int_equal(strlen(it.key), 18);
    }
    assert_in_range(ends[RCP_PG_SUCCESS][RCP_PG_REASON_NONE], made * 65u / 100u, made * 75u / 100u);
    assert_in_range(ends[RCP_PG_FAILED][RCP_PG_REASON_LIMIT], made * 16u / 100u, made * 24u / 100u);
    assert_in_range(ends[RCP_PG_FAILED][RCP_PG_REASON_CARD], made * 7u / 100u, made * 13u / 100u);
    assert_int_equal(stage->callbacks, made);
    close_stage(stage);
}

/* The same seed gives the same ledger, another one another. */
static void the_seed_decides(void **state)
{
    char keys[3][400] = {"", "", ""};
    static const uint64_t seeds[3] = {7, 7, 8};
    (void)state;
    for (int run = 0; run < 3; run++) {
        struct stage *stage = open_stage(seeds[run], NULL);
        for (uint32_t i = 0; i < 10; i++)
            asked(stage, RCP_PG_PAY, "000123", NULL);
        turn(stage, 10000);
        for (uint32_t i = 0; i < rcp_bank_count(stage->bank); i++) {
            struct rcp_bank_transaction it = rcp_bank_at(stage->bank, i);
            size_t size = strlen(keys[run]);
            snprintf(keys[run] + size,
                     sizeof keys[run] - size,
                     "%s %d %llu,",
                     it.key,
                     it.status,
                     (unsigned long long)it.updated_ms % 100000u);
        }
        close_stage(stage);
    }
    assert_string_equal(keys[0], keys[1]);
    assert_string_not_equal(keys[0], keys[2]);
}

/* Each fault of a payment: what its caller hears, and what there is of it at once and in the end. */
static void each_fault_does_what_it_is_called(void **state)
{
    static const struct {
        const char *rate;
        enum rcp_pg_answer heard;
        uint32_t soon, at_last;
    } rows[] = {
        {"", RCP_PG_OK, 1, 1},
        {"pg_request_lost@pg_pay=1/1", RCP_PG_TIMED_OUT, 0, 0},
        {"pg_answer_lost@pg_pay=1/1", RCP_PG_TIMED_OUT, 1, 1},
        {"pg_late_request@pg_pay=1/1", RCP_PG_TIMED_OUT, 0, 1},
        {"pg_reset_before@pg_pay=1/1", RCP_PG_RESET, 0, 0},
        {"pg_reset_after@pg_pay=1/1", RCP_PG_RESET, 1, 1},
        {"pg_500_before@pg_pay=1/1", RCP_PG_ERROR_500, 0, 0},
        {"pg_500_after@pg_pay=1/1", RCP_PG_ERROR_500, 1, 1},
        {"pg_500_late@pg_pay=1/1", RCP_PG_ERROR_500, 0, 1},
        {"pg_bad_gateway@pg_pay=1/1", RCP_PG_BAD_GATEWAY, 1, 1},
        {"pg_too_many@pg_pay=1/1", RCP_PG_TOO_MANY, 0, 0},
        {"pg_unauthorized@pg_pay=1/1", RCP_PG_UNAUTHORIZED, 0, 0},
        {"pg_unreadable@pg_pay=1/1", RCP_PG_UNREADABLE, 1, 1},
        {"pg_slow@pg_pay=1/1", RCP_PG_OK, 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stage *stage = open_stage(3, rows[i].rate);
        const struct told *told = asked(stage, RCP_PG_PAY, "000123", NULL);
        if (told->answer != rows[i].heard)
            fail_msg("%s: %d", rows[i].rate, told->answer);
        assert_int_equal(rcp_bank_count(stage->bank), rows[i].soon);
        turn(stage, RCP_PG_LATE_MS + 10000u);
        assert_int_equal(rcp_bank_count(stage->bank), rows[i].at_last);
        close_stage(stage);
    }
}

/* What becomes of callbacks: none, one or two, early or much later, or the opposite of the truth. */
static void callbacks_meet_their_faults(void **state)
{
    static const struct {
        const char *rate;
        uint32_t callbacks;
        enum rcp_pg_status says;
    } rows[] = {
        {"", 1, RCP_PG_SUCCESS},
        {"callback_lost=1/1", 0, RCP_PG_PENDING},
        {"callback_doubled=1/1", 2, RCP_PG_SUCCESS},
        {"callback_contradicts=1/1", 1, RCP_PG_FAILED},
        {"callback_early=1/1", 1, RCP_PG_SUCCESS},
        {"callback_slow=1/1", 1, RCP_PG_SUCCESS},
        {"pg_over_limit=1/1", 1, RCP_PG_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stage *stage = open_stage(3, rows[i].rate);
        asked(stage, RCP_PG_PAY, "000123", NULL);
        turn(stage, 600000);
        assert_int_equal(stage->callbacks, rows[i].callbacks);
        assert_int_equal(stage->called_status, rows[i].says);
        uint64_t ended_ms = rcp_bank_at(stage->bank, 0).updated_ms;
        if (strncmp(rows[i].rate, "callback_early", 14) == 0)
            assert_true(stage->called_ms < ended_ms);
        close_stage(stage);
    }
}

/* Lists tell all of an order's transactions, those updated last first, and nobody else's. */
static void lists_are_whole_and_newest_first(void **state)
{
    struct stage *stage = open_stage(3, "");
    (void)state;
    assert_int_equal(asked(stage, RCP_PG_LIST, "000123", NULL)->answer, RCP_PG_NOT_FOUND);
    for (uint32_t i = 0; i < 12; i++)
        ask(stage, RCP_PG_PAY, i == 5 ? "000999" : "000123", NULL);
    turn(stage, 10000);
    const struct told *told = asked(stage, RCP_PG_LIST, "000123", NULL);
    assert_int_equal(told->answer, RCP_PG_OK);
    assert_int_equal(told->count, 11);
    for (uint32_t i = 1; i < told->count; i++)
        assert_true(rcp_bank_at(stage->bank, told->indexes[i - 1]).updated_ms >=
                    rcp_bank_at(stage->bank, told->indexes[i]).updated_ms);
    close_stage(stage);
}

/* Our refund: once per key, what has not succeeded is refused, and an unknown key is not found. */
static void refunds_happen_once(void **state)
{
    struct stage *stage = open_stage(3, "");
    (void)state;
    asked(stage, RCP_PG_PAY, "000123", NULL);
    const char *key = rcp_bank_at(stage->bank, 0).key;
    assert_int_equal(asked(stage, RCP_PG_REFUND, NULL, "nobody's")->answer, RCP_PG_NOT_FOUND);
    turn(stage, 10000);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(asked(stage, RCP_PG_REFUND, NULL, key)->answer, RCP_PG_OK);
        assert_int_equal(rcp_bank_at(stage->bank, 0).status, RCP_PG_REFUNDED);
        assert_int_equal(rcp_bank_at(stage->bank, 0).refunds, 1);
    }
    close_stage(stage);
}

/* Silent, it does nothing and says nothing; afterwards it is as before. */
static void silence_is_silence(void **state)
{
    struct stage *stage = open_stage(3, "");
    (void)state;
    rcp_bank_set_silent(stage->bank, true);
    assert_int_equal(asked(stage, RCP_PG_PAY, "000123", NULL)->answer, RCP_PG_TIMED_OUT);
    assert_int_equal(rcp_bank_count(stage->bank), 0);
    assert_int_equal(rcp_bank_fired(stage->bank, RCP_FAULT_PG_SILENT), 1);
    rcp_bank_set_silent(stage->bank, false);
    assert_int_equal(asked(stage, RCP_PG_PAY, "000123", NULL)->answer, RCP_PG_OK);
    close_stage(stage);
}

/* A full bank says so before it is too late. */
static void a_full_bank_refuses(void **state)
{
    struct stage *stage = open_stage(3, "");
    struct rcp_bank_ask call = {.caller = (void *)1,
                                .verb = RCP_PG_PAY,
                                .user = "7",
                                .order = "000123",
                                .amount = 1,
                                .callback_url = ""};
    uint32_t taken = 0;
    (void)state;
    while (taken < ROOM && rcp_bank_ask(stage->bank, stage->now_ms, &call)) {
        taken++;
        turn(stage, PATIENCE);
        assert_int_equal(stage->told[0].answer, RCP_PG_OK);
        stage->told[0].answer = RCP_PG_ANSWER_NONE;
    }
    assert_in_range(taken, ROOM / 2u, ROOM - 1u);
    close_stage(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documented_rates_are_kept),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(each_fault_does_what_it_is_called),
        cmocka_unit_test(callbacks_meet_their_faults),
        cmocka_unit_test(lists_are_whole_and_newest_first),
        cmocka_unit_test(refunds_happen_once),
        cmocka_unit_test(silence_is_silence),
        cmocka_unit_test(a_full_bank_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
