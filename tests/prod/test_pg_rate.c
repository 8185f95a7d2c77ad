/* The rates of recoup-lab's PG: what is written on a command line is what strikes. */
#include "lab/pg/names.h"
#include "lab/pg/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Whatever is read is written as it was. */
static void rates_are_read_and_written_alike(void **state)
{
    static const char *const texts[] = {
        "pg_500_before@pg_pay=2/5",
        "pg_late_request@pg_pay=1/1",
        "pg_stuck=1/100",
        "callback_lost=1/2",
        "callback_early@callback=3/7",
        "pg_unreadable@pg_list=1/3",
        "pg_too_many=1/1000000",
    };
    struct rcp_rates rates = {0};
    (void)state;
    for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *why = NULL;
        char text[RCP_RATE_TEXT_MAX];
        if (!rcp_rates_read(&rates, texts[i], &why))
            fail_msg("%s: %s", texts[i], why);
        assert_int_equal(rates.count, i + 1u);
        rcp_rate_write(&rates.rates[i], text);
        assert_string_equal(text, texts[i]);
    }
}

/* What is no rate is refused in words, and changes nothing. */
static void nonsense_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "pg_500_before",
        "pg_500_before=",
        "pg_500_before=1",
        "pg_500_before=1/",
        "pg_500_before=1/0",
        "pg_500_before=2/1",
        "pg_500_before=-1/2",
        "pg_500_before=1/2x",
        "pg_500_before=1/2000000",
        "pg_500_before@=1/2",
        "pg_500_before@pg_result=1/2",
        "pg_500_before@approve=1/2",
        "pg_over_limit@pg_pay=1/2",
        "no_such_fault=1/2",
        "mysql_slow=1/2",
        "pg_down=1/2",
        "pg_not_connected=1/2",
        "crash_issued=1/2",
    };
    struct rcp_rates rates = {0};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *why = NULL;
        if (rcp_rates_read(&rates, texts[i], &why))
            fail_msg("'%s' was read", texts[i]);
        assert_non_null(why);
        assert_int_equal(rates.count, 0);
    }
}

/* The same fault at the same site has one rate: the last; none at all takes it out. */
static void a_later_rate_replaces_an_earlier_one(void **state)
{
    struct rcp_rates rates;
    const char *why = NULL;
    (void)state;
    rcp_rates_documented(&rates);
    assert_int_equal(rates.count, 3);
    assert_true(rcp_rates_set(&rates, RCP_FAULT_PG_500_BEFORE, RCP_SITE_PG_PAY, 15));
    assert_int_equal(rates.count, 3);
    assert_int_equal(rates.rates[0].chance_num, 15);
    assert_int_equal(rates.rates[0].chance_den, 100);
    assert_true(rcp_rates_read(&rates, "pg_500_before@pg_pay=0/1", &why));
    assert_int_equal(rates.count, 2);
    assert_int_equal(rates.rates[0].fault, RCP_FAULT_PG_OVER_LIMIT);
    assert_true(rcp_rates_read(&rates, "pg_500_before@pg_pay=0/1", &why));
    assert_int_equal(rates.count, 2);
}

/* Names are numbered as they come, and found again. */
static void names_have_their_numbers(void **state)
{
    struct rcp_lab_names *names = rcp_lab_names_open(1000);
    char text[RCP_LAB_NAME_MAX];
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "order-%u", i);
        assert_int_equal(rcp_lab_names_find(names, text), RCP_LAB_NO_NAME);
        assert_int_equal(rcp_lab_names_add(names, text), i);
        assert_int_equal(rcp_lab_names_add(names, text), i);
    }
    assert_int_equal(rcp_lab_names_add(names, "one more"), RCP_LAB_NO_NAME);
    assert_int_equal(rcp_lab_names_find(names, "order-999"), 999);
    assert_string_equal(rcp_lab_names_text(names, 500), "order-500");
    rcp_lab_names_free(names);

    names = rcp_lab_names_open(10);
    memset(text, 'a', sizeof text);
    text[sizeof text - 1u] = '\0';
    assert_int_equal(rcp_lab_names_add(names, text), 0);
    char longer[RCP_LAB_NAME_MAX + 1u];
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1u] = '\0';
    assert_int_equal(rcp_lab_names_add(names, longer), RCP_LAB_NO_NAME);
    rcp_lab_names_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_read_and_written_alike),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_later_rate_replaces_an_earlier_one),
        cmocka_unit_test(names_have_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
