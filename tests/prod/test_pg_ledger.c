/* recoup-lab's PG writes its transactions down: what it has told anybody is there after its death. */
#include "lab/pg/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define START_MS UINT64_C(1755302400000) /* 2025-08-16 in Seoul */

/* One life of the PG. */
struct life {
    struct rcp_bank *bank;
    struct rcp_ledger *ledger;
    uint64_t now_ms;
    uint32_t heard; /* answers */
};

static char path[] = "/tmp/recoup-ledger-XXXXXX";

static void on_answer(void *context, void *caller, const struct rcp_bank_answer *answer)
{
    struct life *life = context;
    (void)caller;
    assert_int_equal(answer->answer, RCP_PG_OK);
    life->heard++;
}

static void on_call_back(void *context, uint32_t index, enum rcp_pg_status says)
{
    (void)context;
    (void)index;
    (void)says;
}

static void on_change(void *context, uint32_t index)
{
    struct life *life = context;
    struct rcp_bank_transaction it = rcp_bank_at(life->bank, index);
    rcp_ledger_write(life->ledger, &it);
}

static const char *begin(struct life *life, const char *rate)
{
    const char *why = NULL;
    struct rcp_bank_ears ears = {life, on_answer, on_call_back, on_change};
    struct rcp_bank_options options = {
        .seed = 3, .room = 2048, .patience_ms = 1000, .settles_ms = {5000, 5000}, .refunds = true};
    struct rcp_rates rates = {0};
    *life = (struct life){.bank = rcp_bank_open(&options, &ears), .now_ms = START_MS};
    assert_non_null(life->bank);
    assert_true(rate == NULL || rcp_rates_read(&rates, rate, &why));
    rcp_bank_set_rates(life->bank, &rates);
    life->ledger = rcp_ledger_open(path, life->bank, &why);
    rcp_bank_resume(life->bank, life->now_ms);
    return why;
}

static void end(struct life *life)
{
    rcp_ledger_close(life->ledger);
    rcp_bank_free(life->bank);
}

static void turn(struct life *life, uint64_t ms)
{
    for (uint64_t end_ms = life->now_ms + ms; life->now_ms < end_ms;)
        life->now_ms += rcp_bank_tick(life->bank, life->now_ms);
}

static void ask(struct life *life, enum rcp_pg_verb verb, const char *order, const char *key)
{
    struct rcp_bank_ask call = {.caller = life,
                                .verb = verb,
                                .user = "7",
                                .order = order,
                                .key = key,
                                .amount = 5000,
                                .callback_url = "http://localhost:8080/\"callback\""};
    assert_true(rcp_card_read(&call.card, "KB", "1234-5678-9012-3456"));
    assert_true(rcp_bank_ask(life->bank, life->now_ms, &call));
    turn(life, 1000);
}

static void append(const char *text)
{
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
}

static int forget(void **state)
{
    (void)state;
    return truncate(path, 0);
}

/* Keys, orders, amounts and ends are there again, and what was PENDING ends as it had been decided. */
static void what_was_told_is_there_again(void **state)
{
    struct life first = {0}, second = {0};
    (void)state;
    assert_null(begin(&first, "pg_over_limit=1/2"));
    ask(&first, RCP_PG_PAY, "000123", NULL);
    ask(&first, RCP_PG_PAY, "000124", NULL);
    ask(&first, RCP_PG_PAY, "000123", NULL);
    turn(&first, 3500); /* the first has ended, the others have not */
    assert_int_equal(first.heard, 3);
    assert_null(begin(&second, NULL));
    assert_int_equal(rcp_bank_count(second.bank), 3);
    for (uint32_t i = 0; i < 3; i++) {
        struct rcp_bank_transaction a = rcp_bank_at(first.bank, i);
        struct rcp_bank_transaction b = rcp_bank_at(second.bank, i);
        assert_string_equal(a.key, b.key);
        assert_string_equal(a.order, b.order);
        assert_string_equal(a.user, b.user);
        assert_string_equal(a.callback_url, b.callback_url);
        assert_string_equal(a.card->number, b.card->number);
        assert_true(a.amount == b.amount && a.created_ms == b.created_ms);
        assert_true(a.status == b.status && a.reason == b.reason && a.fate == b.fate);
    }
    assert_int_not_equal(rcp_bank_at(second.bank, 0).status, RCP_PG_PENDING);
    assert_int_equal(rcp_bank_at(second.bank, 2).status, RCP_PG_PENDING);
    turn(&first, 10000);
    turn(&second, 10000);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(rcp_bank_at(first.bank, i).status, rcp_bank_at(second.bank, i).status);
    end(&second);
    end(&first);
}

/* A refund is a change like any other: after the death it is not made again. */
static void a_refund_outlives_it(void **state)
{
    struct life first = {0}, second = {0};
    (void)state;
    assert_null(begin(&first, NULL));
    ask(&first, RCP_PG_PAY, "000123", NULL);
    turn(&first, 6000);
    ask(&first, RCP_PG_REFUND, NULL, rcp_bank_at(first.bank, 0).key);
    assert_null(begin(&second, NULL));
    ask(&second, RCP_PG_REFUND, NULL, rcp_bank_at(second.bank, 0).key);
    assert_int_equal(rcp_bank_at(second.bank, 0).status, RCP_PG_REFUNDED);
    assert_int_equal(rcp_bank_at(second.bank, 0).refunds, 1);
    end(&second);
    end(&first);
}

/* A line that was cut short is gone, and the next one does not stand behind its rest. */
static void a_line_cut_short_is_cut_off(void **state)
{
    struct life life = {0};
    (void)state;
    assert_null(begin(&life, NULL));
    ask(&life, RCP_PG_PAY, "000123", NULL);
    end(&life);
    append("{\"transactionKey\":\"2025");
    assert_null(begin(&life, NULL));
    ask(&life, RCP_PG_PAY, "000124", NULL);
    end(&life);
    assert_null(begin(&life, NULL));
    assert_int_equal(rcp_bank_count(life.bank), 2);
    end(&life);
}

/* A whole line that is no transaction is somebody else's file. */
static void another_file_is_refused(void **state)
{
    struct life life = {0};
    (void)state;
    append("{\"transactionKey\":\"20250816:TR:000001\"}\n");
    assert_string_equal(begin(&life, NULL), "a line of the ledger is no transaction");
    end(&life);
}

static int make_path(void **state)
{
    (void)state;
    return close(mkstemp(path));
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_told_is_there_again, forget),
        cmocka_unit_test_setup(a_refund_outlives_it, forget),
        cmocka_unit_test_setup(a_line_cut_short_is_cut_off, forget),
        cmocka_unit_test_setup(another_file_is_refused, forget),
    };
    return cmocka_run_group_tests_name("the PG's ledger", tests, make_path, remove_path);
}
