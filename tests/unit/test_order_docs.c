/* docs/POLICIES.md, "What becomes of an order", says what the tables of core/order say. */
#include "core/order/charge_table.h"
#include "core/order/decision_table.h"
#include "core/order/refund_table.h"
#include "core/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE_MAX  131072u
#define TABLE_MAX 16384u

static const char page_path[] = "docs/POLICIES.md";

/* The page, read from the repository's root, from which tests run. */
static void assert_page_has(const char *table)
{
    FILE *file = fopen(page_path, "r");
    assert_non_null(file);
    char *text = malloc(PAGE_MAX);
    assert_non_null(text);
    size_t size = fread(text, 1, PAGE_MAX - 1, file);
    assert_true(feof(file));
    fclose(file);
    text[size] = '\0';
    bool found = strstr(text, table) != NULL;
    free(text);
    if (!found)
        fail_msg("%s does not say: %s", page_path, table);
}

struct text {
    char words[TABLE_MAX];
    size_t size;
};

static void say(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct text *text, const char *format, ...)
{
    va_list words;
    va_start(words, format);
    text->size +=
        (size_t)vsnprintf(text->words + text->size, TABLE_MAX - text->size, format, words);
    va_end(words);
    assert_true(text->size < TABLE_MAX - 1);
}

/* --- Words --- */

static const char *const settles[RCP_SETTLE_COUNT] = {
    "none", "pay", "fail", "key", "leave", "sight", "miss", "doubt", "review", "close"};

static const char *const results[RCP_PG_RESULT_COUNT] = {
    "none", "Success", "Failed", "Pending", "NotFound", "QueryFailed", "Mismatch"};

static const char *const ages[RCP_AGE_COUNT] = {
    "any", "young", "old", "silent", "first", "second", "open", "over"};

static const char *const asked_on[] = {"no", "yes", "until over"};

static const char *const events[RCP_REFUND_EVENT_COUNT] = {
    "intended", "claimed", "reclaimed", "later", "done", "given up"};

static const char *charge_name(uint32_t status)
{
    return rcp_charge_status_name((enum rcp_charge_status)status);
}

/* --- The decision table --- */

static void say_policy(struct text *text, const struct rcp_decision_rule *rule)
{
    if (rule->knob == RCP_KNOB_COUNT) {
        say(text, " both |");
        return;
    }
    const struct rcp_knob_info *knob = rcp_knob_info((enum rcp_knob)rule->knob);
    say(text, " `%s: %s` |", knob->name, rule->side ? knob->hardened : knob->documented);
}

static void write_decisions(struct text *text)
{
    say(text, "\n| payment | the PG says | age | policy | settle | asked on |\n");
    say(text, "|---|---|---|---|---|---|\n");
    for (uint32_t i = 0; i < rcp_decision_rule_count; i++) {
        const struct rcp_decision_rule *rule = &rcp_decision_rules[i];
        bool settled = !rcp_charge_is_open((enum rcp_charge_status)rule->charge) ||
                       rule->settle == RCP_SETTLE_PAY || rule->settle == RCP_SETTLE_FAIL;
        say(text,
            "| %s | %s | %s |",
            charge_name(rule->charge),
            results[rule->result],
            ages[rule->age]);
        say_policy(text, rule);
        say(text, " %s", settles[rule->settle]);
        if (rule->failure != RCP_FAILURE_NONE)
            say(text, ": %s", rcp_failure_name((enum rcp_failure)rule->failure));
        say(text, " |%s%s |\n", settled ? " " : "", settled ? asked_on[rule->asked_on] : "");
    }
    say(text, "\n"); /* the table ends here */
}

static void the_decision_table_is_that_of_the_code(void **state)
{
    (void)state;
    static struct text text;
    text.size = 0;
    write_decisions(&text);
    assert_page_has(text.words);
}

/* --- Moves --- */

static void write_charges(struct text *text)
{
    say(text, "\n| from | settle | to |\n|---|---|---|\n");
    for (uint32_t i = 0; i < rcp_charge_table_count; i++)
        say(text,
            "| %s | %s | %s |\n",
            charge_name(rcp_charge_table[i].from),
            settles[rcp_charge_table[i].settle],
            charge_name(rcp_charge_table[i].to));
    say(text, "\n");
}

static void the_moves_of_a_payment_are_those_of_the_code(void **state)
{
    (void)state;
    static struct text text;
    text.size = 0;
    write_charges(&text);
    assert_page_has(text.words);
}

static void write_refunds(struct text *text)
{
    say(text, "\n| from | event | to |\n|---|---|---|\n");
    for (uint32_t i = 0; i < rcp_refund_table_count; i++)
        say(text,
            "| %s | %s | %s |\n",
            rcp_refund_status_name((enum rcp_refund_status)rcp_refund_table[i].from),
            events[rcp_refund_table[i].event],
            rcp_refund_status_name((enum rcp_refund_status)rcp_refund_table[i].to));
    say(text, "\n");
}

static void the_moves_of_a_refund_are_those_of_the_code(void **state)
{
    (void)state;
    static struct text text;
    text.size = 0;
    write_refunds(&text);
    assert_page_has(text.words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_decision_table_is_that_of_the_code),
        cmocka_unit_test(the_moves_of_a_payment_are_those_of_the_code),
        cmocka_unit_test(the_moves_of_a_refund_are_those_of_the_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
