/* The reservation token: what is issued reads back, and nothing else does. */
#include "prod/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rcp_token_keys keys_of(const char *first, const char *second)
{
    struct rcp_token_keys keys = {0};
    assert_true(rcp_token_keys_add(&keys, first, strlen(first)));
    if (second != NULL)
        assert_true(rcp_token_keys_add(&keys, second, strlen(second)));
    return keys;
}

static struct rcp_token read_text(const struct rcp_token_keys *keys, const char *text)
{
    return rcp_token_read(keys, text, strlen(text));
}

/* The wire format is the entry service's: computed once by other means (Python's hmac and base64). */
static void token_is_the_documented_one(void **state)
{
    (void)state;
    struct rcp_token_keys keys = keys_of("secret", NULL);
    char text[RCP_TOKEN_TEXT_MAX + 1u];
    assert_true(rcp_token_issue(&keys, 7, 42, text));
    assert_string_equal(text,
                        "Nzo0Mjo2ODQzZTMwNTFiNzE3ZjdmZWJiNjE2MzZkMjI4Nz"
                        "k2OTU4YWVhYmIzNDc5ZGRiMjEzNWEzMGU5NmY0NDg4Yjkw");
}

/* Claims come back, whatever their size, and the longest token fits. */
static void issued_token_reads_back(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {1, 9, 10, 12345, UINT64_MAX - 1u, UINT64_MAX};
    struct rcp_token_keys keys = keys_of("a", NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
            char text[RCP_TOKEN_TEXT_MAX + 1u];
            assert_true(rcp_token_issue(&keys, numbers[i], numbers[k], text));
            struct rcp_token token = read_text(&keys, text);
            assert_int_equal(token.form, RCP_TOKEN_SIGNED);
            assert_int_equal(token.user_id, numbers[i]);
            assert_int_equal(token.activity_id, numbers[k]);
            assert_int_equal(token.handle, 0);
        }
    }
}

/* While a key is rotated out, what it has signed is still good; once it is gone, it is forged. */
static void any_of_several_keys_verifies(void **state)
{
    (void)state;
    struct rcp_token_keys old = keys_of("old", NULL);
    struct rcp_token_keys both = keys_of("new", "old");
    struct rcp_token_keys new = keys_of("new", NULL);
    char text[RCP_TOKEN_TEXT_MAX + 1u];
    assert_true(rcp_token_issue(&old, 7, 42, text));
    assert_int_equal(read_text(&both, text).form, RCP_TOKEN_SIGNED);
    assert_int_equal(read_text(&new, text).form, RCP_TOKEN_FORGED);
}

/* No key: nothing is signed, and nothing is issued. */
static void without_a_key_nothing_is_signed(void **state)
{
    (void)state;
    struct rcp_token_keys none = {0};
    struct rcp_token_keys keys = keys_of("secret", NULL);
    char text[RCP_TOKEN_TEXT_MAX + 1u];
    assert_true(rcp_token_issue(&keys, 7, 42, text));
    assert_int_equal(read_text(&none, text).form, RCP_TOKEN_FORGED);
    assert_false(rcp_token_issue(&none, 7, 42, text));
}

/* A key that is empty or too long, or one too many, is refused. */
static void keys_have_bounds(void **state)
{
    (void)state;
    static const char bytes[RCP_TOKEN_KEY_MAX + 1u];
    struct rcp_token_keys keys = {0};
    assert_false(rcp_token_keys_add(&keys, bytes, 0));
    assert_false(rcp_token_keys_add(&keys, bytes, sizeof bytes));
    for (uint32_t i = 0; i < RCP_TOKEN_KEYS_MAX; i++)
        assert_true(rcp_token_keys_add(&keys, bytes, sizeof bytes - 1u));
    assert_false(rcp_token_keys_add(&keys, "x", 1));
}

/* One character changed anywhere: malformed or forged, never signed, also where the last character has bits
 * that decode to nothing. */
static void every_changed_character_shows(void **state)
{
    (void)state;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. ";
    struct rcp_token_keys keys = keys_of("secret", NULL);
    for (uint64_t user = 1; user < 1000; user *= 10) {
        char text[RCP_TOKEN_TEXT_MAX + 1u];
        assert_true(rcp_token_issue(&keys, user, 42, text));
        for (size_t i = 0; text[i] != '\0'; i++) {
            char was = text[i];
            for (const char *other = alphabet; *other != '\0'; other++) {
                text[i] = *other;
                enum rcp_token_form form = read_text(&keys, text).form;
                assert_true((form == RCP_TOKEN_SIGNED) == (*other == was));
            }
            text[i] = was;
        }
    }
}

/* What is not a token is malformed: by its characters, by its length, by what it decodes to. */
static void what_is_no_token_is_malformed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "A",
        "=",
        "token",
        "NDI6Nw",    /* 42:7 */
        "7:42:0000", /* not encoded */
        "MDo0MjpjOWU1YmQwNTdkNjIwMDBkZDEzYTI5YTFjY2U4OT"
        "hjOWY0MTczZjE1MTJmMmUyZWI4Mzc0YTI2MDcyMTQzODdj", /* 0:42:<64 hex> */
        "MDc6NDI6NzQxYzA4MGY3NTA1MzhlZTEwODMwYTBlMDlmY2N"
        "jNzU0YjdhMmE1YzQ2MzM3MTA1OThlZDllODg0YjgyODc3Yw", /* 07:42:<64 hex> */
        "LTc6NDI6YzA3YjA2OTEyMGI1NTRkNTJjYTNkYjdhNTdlMWZ"
        "lMDcyOGMyMmJiOWQ0ZjBhYjU3NjRjNTEwMDllODEzN2U3Mw", /* -7:42:<64 hex> */
        "MTg0NDY3NDQwNzM3MDk1NTE2MTY6NDI6YzRhZGQzMGU5NTY1MTI0OTVkYjZ"
        "kMTYzNDBiMzNlMGMyMDRlMzRlZmQ3OTg4MWM1MTdiOTkyZWI0NjViNDVhZA", /* 18446744073709551616:42:<64 hex> */
        "Nzo0Mjo2ODQzRTMwNTFCNzE3RjdGRUJCNjE2MzZEMjI4Nz"
        "k2OTU4QUVBQkIzNDc5RERCMjEzNUEzMEU5NkY0NDg4Qjkw", /* 7:42:<64 HEX> */
        "Nzo0MjoxOmRkZGQxODkzNjk2ZjMwODUyNTVjODcyZjQ1NzA"
        "3YmVhZTQ3ZDExZGU3NmVjMDY1MTM3OGExMjFjYTRkNGQxMzM", /* 7:42:1:<64 hex> */
        "Nzo6ZWRjZWM4YTg1ZmVhNmVjNzYxOWZjM2IxYmM5MzJkY"
        "jk0MDUxZTk1MTJlMjVmOGFkNzZlNTlkNjk5MTU1OTM5OA", /* 7::<64 hex> */
        "IDc6NDI6OWMwY2VmNGI2OGRkNWQyMzI0MDUxYWVjZjk3ODg"
        "wOWFhODY2ZjhlZjVlNmQyZGJhN2E0YmI1NTdhNWJlZGY2Mg", /* " 7:42:<64 hex>" */
    };
    struct rcp_token_keys keys = keys_of("secret", NULL);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct rcp_token token = read_text(&keys, texts[i]);
        assert_int_equal(token.form, RCP_TOKEN_MALFORMED);
        assert_int_equal(token.user_id, 0);
        assert_int_equal(token.activity_id, 0);
    }
    char longer[4096];
    memset(longer, 'A', sizeof longer);
    for (size_t size = 0; size < sizeof longer; size++)
        assert_int_equal(rcp_token_read(&keys, longer, size).form, RCP_TOKEN_MALFORMED);
}

/* A NUL in the middle is a byte like any other: it ends nothing. */
static void nul_ends_nothing(void **state)
{
    (void)state;
    struct rcp_token_keys keys = keys_of("secret", NULL);
    char text[RCP_TOKEN_TEXT_MAX + 2u] = {0};
    assert_true(rcp_token_issue(&keys, 7, 42, text));
    assert_int_equal(rcp_token_read(&keys, text, strlen(text) + 1u).form, RCP_TOKEN_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_is_the_documented_one),
        cmocka_unit_test(issued_token_reads_back),
        cmocka_unit_test(any_of_several_keys_verifies),
        cmocka_unit_test(without_a_key_nothing_is_signed),
        cmocka_unit_test(keys_have_bounds),
        cmocka_unit_test(every_changed_character_shows),
        cmocka_unit_test(what_is_no_token_is_malformed),
        cmocka_unit_test(nul_ends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
