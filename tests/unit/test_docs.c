/* docs/POLICIES.md and docs/ARCHITECTURE.md say what the code says: knobs, row table, limits. */
#include "core/limits.h"
#include "core/policy.h"
#include "core/record.h"
#include "core/recovery/row_table.h"

#include <ctype.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE_MAX 65536u

/* A page, read whole. Its path is relative to the repository's root, from which tests run. */
static char *read_page(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = malloc(PAGE_MAX);
    assert_non_null(text);
    size_t size = fread(text, 1, PAGE_MAX - 1, file);
    assert_true(feof(file));
    fclose(file);
    text[size] = '\0';
    return text;
}

/* Says what is missing before it fails, so that nobody has to search. */
static void assert_says(const char *page, const char *text, const char *expected)
{
    if (strstr(text, expected) == NULL)
        fail_msg("%s does not say: %s", page, expected);
}

/* A copy of what stands between a heading and the next one. */
static char *section_of(const char *page, const char *text, const char *heading)
{
    const char *begin = strstr(text, heading);
    if (begin == NULL) {
        fail_msg("%s has no heading %s", page, heading);
        return NULL; /* not reached; clang-tidy does not know it */
    }
    begin += strlen(heading);
    const char *end = strstr(begin, "\n##"); /* of any level from here on */
    char *section = strndup(begin, end == NULL ? strlen(begin) : (size_t)(end - begin));
    assert_non_null(section);
    return section;
}

/* --- Knobs --- */

static const char policies[] = "docs/POLICIES.md";

static void dashed(const char *name, char *out)
{
    for (; *name != '\0'; name++)
        *out++ = *name == '_' ? '-' : *name;
    *out = '\0';
}

static void assert_pair(const char *section, const char *knob, const char *side)
{
    char name[64];
    char link[160];
    dashed(knob, name);
    snprintf(link, sizeof link, "[%s-%s](../scenarios/flaws/%s-%s.yaml)", name, side, name, side);
    assert_says(policies, section, link);
    snprintf(link, sizeof link, "scenarios/flaws/%s-%s.yaml", name, side);
    assert_int_equal(access(link, R_OK), 0);
}

/* Both sides, the sentence, what is broken, and the pair of scenarios. */
static void every_knob_has_its_section(void **state)
{
    (void)state;
    char *text = read_page(policies);
    for (uint32_t knob = 0; knob < RCP_KNOB_COUNT; knob++) {
        const struct rcp_knob_info *info = rcp_knob_info((enum rcp_knob)knob);
        char line[256];
        snprintf(line, sizeof line, "\n### `%s`\n", info->name);
        char *section = section_of(policies, text, line);
        assert_says(policies, section, info->sentence);
        snprintf(line, sizeof line, "\n| documented: `%s` | ", info->documented);
        assert_says(policies, section, line);
        snprintf(line, sizeof line, "\n| hardened: `%s` | ", info->hardened);
        assert_says(policies, section, line);
        snprintf(line,
                 sizeof line,
                 info->breaks == NULL ? "\nIt breaks no invariant" : "\nBreaks `%s`.",
                 info->breaks);
        assert_says(policies, section, line);
        assert_pair(section, info->name, "documented");
        assert_pair(section, info->name, "hardened");
        free(section);
    }
    free(text);
}

/* How the second document's knobs stand, beside every combination of the first one's: all on one side, but
 * for one of them at most. A refusal names one knob that needs others, so none of them is missed. */
static uint64_t second_document(uint32_t number)
{
    const uint32_t count = RCP_KNOB_COUNT - RCP_KNOB_PG_ACCEPTED;
    uint64_t all = ((UINT64_C(1) << count) - 1u) << RCP_KNOB_PG_ACCEPTED;
    uint64_t sides = number > count ? all : 0;
    if (number % (count + 1u) > 0)
        sides ^= UINT64_C(1) << (RCP_KNOB_PG_ACCEPTED + number % (count + 1u) - 1u);
    return sides;
}

#define SECOND_DOCUMENT (2u * (RCP_KNOB_COUNT - RCP_KNOB_PG_ACCEPTED + 1u))

/* Every combination of sides is tried; what is refused stands on the page, and nothing else does. */
static void every_refusal_is_on_the_page(void **state)
{
    (void)state;
    char *text = read_page(policies);
    char *section = section_of(policies, text, "\n## Combinations that are refused\n");
    const char *seen[32] = {NULL};
    size_t seen_count = 0;
    for (uint32_t sides = 0; sides < SECOND_DOCUMENT << RCP_KNOB_PG_ACCEPTED; sides++) {
        uint64_t first = sides & ((1u << RCP_KNOB_PG_ACCEPTED) - 1u);
        uint64_t second = second_document(sides >> RCP_KNOB_PG_ACCEPTED);
        const char *sentence = rcp_policy_refusal((struct rcp_policy){.hardened = first | second});
        size_t at = 0;
        while (at < seen_count && seen[at] != sentence)
            at++;
        if (sentence == NULL || at < seen_count)
            continue;
        char line[512];
        assert_true(seen_count < sizeof seen / sizeof seen[0]);
        seen[seen_count++] = sentence;
        snprintf(line, sizeof line, "\n- `%s`\n", sentence);
        assert_says(policies, section, line);
    }
    size_t lines = 0;
    for (const char *at = strstr(section, "\n- "); at != NULL; at = strstr(at + 1, "\n- "))
        lines++;
    assert_int_equal(lines, seen_count);
    free(section);
    free(text);
}

/* "A preset is never refused, nor is one knob turned from `hardened`." */
static void presets_and_single_knobs_are_not_refused(void **state)
{
    (void)state;
    assert_null(rcp_policy_refusal(rcp_policy_documented()));
    assert_null(rcp_policy_refusal(rcp_policy_hardened()));
    for (uint32_t knob = 0; knob < RCP_KNOB_COUNT; knob++) {
        struct rcp_policy policy = rcp_policy_hardened();
        rcp_policy_set(&policy, (enum rcp_knob)knob, false);
        assert_null(rcp_policy_refusal(policy));
    }
}

/* --- The row table --- */

static const char *const events[RCP_ROW_EVENT_COUNT] = {
    [RCP_ROW_LOGGED] = "logged",
    [RCP_ROW_LOGGED_PARKED] = "logged parked",
    [RCP_ROW_CLAIMED] = "claimed",
    [RCP_ROW_RECLAIMED] = "reclaimed",
    [RCP_ROW_RELEASED] = "released",
    [RCP_ROW_RETRY_LATER] = "retry later",
    [RCP_ROW_PARKED] = "parked",
    [RCP_ROW_SETTLED] = "settled",
    [RCP_ROW_HANDED] = "handed",
    [RCP_ROW_REPLACED] = "replaced",
    [RCP_ROW_REOPENED] = "reopened",
};

static const char *status_name(uint32_t status)
{
    return rcp_row_status_name((enum rcp_row_status)status);
}

static void the_row_table_is_that_of_the_code(void **state)
{
    (void)state;
    char expected[4096] = "\n| from | event | to | policy |\n|---|---|---|---|\n";
    size_t size = strlen(expected);
    for (uint32_t i = 0; i < rcp_row_table_count; i++) {
        const struct rcp_row_edge *edge = &rcp_row_table[i];
        size += (size_t)snprintf(expected + size,
                                 sizeof expected - size,
                                 "| %s | %s | %s | %s |\n",
                                 status_name(edge->from),
                                 events[edge->event],
                                 status_name(edge->to),
                                 edge->documented ? "documented" : "both");
        assert_true(size < sizeof expected - 1);
    }
    (void)snprintf(expected + size, sizeof expected - size, "\n"); /* the table ends here */
    char *text = read_page(policies);
    assert_says(policies, text, expected);
    free(text);
}

/* The same as status x event: in italics where only a documented knob has it. */
static void the_matrix_is_that_of_the_code(void **state)
{
    (void)state;
    static const char page[] = "docs/ARCHITECTURE.md";
    char expected[4096] = "\n| event |";
    size_t size = strlen(expected);
    for (uint32_t from = 0; from < RCP_ROW_STATUS_COUNT; from++)
        size += (size_t)sprintf(expected + size, " %s |", status_name(from));
    size += (size_t)sprintf(expected + size, "\n|---|");
    for (uint32_t from = 0; from < RCP_ROW_STATUS_COUNT; from++)
        size += (size_t)sprintf(expected + size, "---|");
    size += (size_t)sprintf(expected + size, "\n");
    for (uint32_t event = 0; event < RCP_ROW_EVENT_COUNT; event++) {
        size += (size_t)sprintf(expected + size, "| %s |", events[event]);
        for (uint32_t from = 0; from < RCP_ROW_STATUS_COUNT; from++) {
            enum rcp_row_status to = RCP_ROW_NONE;
            uint32_t edge = 0;
            if (!rcp_row_next((enum rcp_row_status)from, (enum rcp_row_event)event, &to, &edge)) {
                size += (size_t)sprintf(expected + size, " |");
                continue;
            }
            const char *around = rcp_row_table[edge].documented ? "*" : "";
            size += (size_t)sprintf(expected + size, " %s%s%s |", around, status_name(to), around);
        }
        size += (size_t)sprintf(expected + size, "\n");
        assert_true(size < sizeof expected - 256);
    }
    char *text = read_page(page);
    assert_says(page, text, expected);
    free(text);
}

/* --- Times and limits --- */

#define TIME(name)        \
    {                     \
#name, name, true \
    }
#define COUNT(name)        \
    {                      \
#name, name, false \
    }

static const struct {
    const char *name;
    uint32_t value;
    bool is_time;
} constants[] = {
    TIME(RCP_REQUEST_DEADLINE_MS),
    TIME(RCP_REDIS_TIMEOUT_MS),
    TIME(RCP_MYSQL_TIMEOUT_MS),
    TIME(RCP_LOCK_WAIT_MS),
    TIME(RCP_KAFKA_TIMEOUT_MS),
    TIME(RCP_PERIOD_MS),
    TIME(RCP_SWEEP_MS),
    TIME(RCP_SWEEP_AGE_MS),
    TIME(RCP_LEASE_MS),
    COUNT(RCP_LEASE_SHIFT_MAX),
    COUNT(RCP_RATE_PER_MINUTE),
    TIME(RCP_BACKOFF_MS),
    COUNT(RCP_ATTEMPTS_MAX),
    COUNT(RCP_SENDS_MAX),
    TIME(RCP_AGE_MAX_MS),
    COUNT(RCP_CONTENTION_TRIES),
    TIME(RCP_RETRY_PAUSE_MS),
    TIME(RCP_TOKEN_TTL_MS),
    TIME(RCP_TOKEN_HOLD_MS),
    TIME(RCP_TOKEN_RENEW_MS),
    COUNT(RCP_REQUESTS_MAX),
    COUNT(RCP_RETRIES_MAX),
    COUNT(RCP_GROUP_MAX),
    TIME(RCP_LINGER_MAX_MS),
    COUNT(RCP_PAGE_MAX),
    COUNT(RCP_PARTITIONS_MAX),
    COUNT(RCP_WINDOW_MAX),
    COUNT(RCP_TX_ROWS_MAX),
    COUNT(RCP_EFFECTS_MAX),
    COUNT(RCP_EFFECT_ROWS_MAX),
    TIME(RCP_ORDER_DEADLINE_MS),
    TIME(RCP_PG_CONNECT_MS),
    TIME(RCP_PG_TIMEOUT_MS),
    COUNT(RCP_PG_TRIES_MAX),
    TIME(RCP_PG_BACKOFF_MS),
    TIME(RCP_PG_BACKOFF_MAX_MS),
    TIME(RCP_PG_RETRY_AFTER_MS),
    COUNT(RCP_ORDER_TRIES),
    TIME(RCP_ORDER_AGAIN_MS),
    TIME(RCP_RECONCILE_MS),
    TIME(RCP_RECONCILE_AGE_MS),
    TIME(RCP_FORCE_FAIL_MS),
    TIME(RCP_NOT_FOUND_GRACE_MS),
    TIME(RCP_PG_LATE_MS),
    TIME(RCP_ASK_LEASE_MS),
    TIME(RCP_ASK_AGAIN_MS),
    TIME(RCP_ASK_AGAIN_MAX_MS),
    COUNT(RCP_REFUND_TRIES_MAX),
    COUNT(RCP_ORDERS_MAX),
    COUNT(RCP_PG_CALLS_MAX),
    COUNT(RCP_EFFECT_ORDERS_MAX),
};

#define CONSTANTS (sizeof constants / sizeof constants[0])

/* As scenarios write it: "1d3h", "500ms". */
static void write_duration(uint32_t ms, char out[32])
{
    static const struct {
        const char *unit;
        uint32_t ms;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    int size = 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (ms >= units[i].ms)
            size += sprintf(out + size, "%" PRIu32 "%s", ms / units[i].ms, units[i].unit);
        ms %= units[i].ms;
    }
}

static void every_limit_is_what_the_page_says(void **state)
{
    (void)state;
    char *text = read_page(policies);
    for (size_t i = 0; i < CONSTANTS; i++) {
        char value[32];
        char line[128];
        if (constants[i].is_time)
            write_duration(constants[i].value, value);
        else
            snprintf(value, sizeof value, "%" PRIu32, constants[i].value);
        snprintf(line, sizeof line, "\n| `%s` | %s | ", constants[i].name, value);
        assert_says(policies, text, line);
    }
    free(text);
}

/* A constant that is added to limits.h is added to the page, and to the list above. */
static void every_constant_of_limits_h_is_listed(void **state)
{
    (void)state;
    static const char define[] = "\n#define RCP_";
    char *text = read_page("core/limits.h");
    size_t defined = 0;
    for (const char *at = strstr(text, define); at != NULL; at = strstr(at + 1, define)) {
        const char *name = at + strlen("\n#define ");
        size_t length = 0;
        while (isalnum((unsigned char)name[length]) || name[length] == '_')
            length++;
        if (name[length] != ' ' || strncmp(name, "RCP_CORE_LIMITS_H", length) == 0)
            continue; /* the guard has no value */
        size_t i = 0;
        while (i < CONSTANTS &&
               (strncmp(constants[i].name, name, length) != 0 || constants[i].name[length] != '\0'))
            i++;
        if (i == CONSTANTS)
            fail_msg("core/limits.h has %.*s, which test_docs.c does not list", (int)length, name);
        defined++;
    }
    assert_int_equal(defined, CONSTANTS);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_knob_has_its_section),
        cmocka_unit_test(every_refusal_is_on_the_page),
        cmocka_unit_test(presets_and_single_knobs_are_not_refused),
        cmocka_unit_test(the_row_table_is_that_of_the_code),
        cmocka_unit_test(the_matrix_is_that_of_the_code),
        cmocka_unit_test(every_limit_is_what_the_page_says),
        cmocka_unit_test(every_constant_of_limits_h_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
