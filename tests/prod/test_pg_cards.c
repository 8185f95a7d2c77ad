/* Cards stand behind their orders for a few seconds, and nothing of them is left afterwards. */
#include "prod/pg/cards.h"
#include "prod/pg/wiped.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rcp_card card_ending(char digit)
{
    struct rcp_card card;
    char number[] = "1234-5678-9012-345x";
    number[sizeof number - 2u] = digit;
    assert_true(rcp_card_read(&card, "KB", number));
    return card;
}

/* The documented types and the documented form of a number; nothing else, and then nothing is kept. */
static void only_documented_cards_are_read(void **state)
{
    static const struct {
        const char *type, *number;
        bool read;
    } rows[] = {
        {"SAMSUNG", "1234-5678-9012-3456", true},
        {"KB", "0000-0000-0000-0000", true},
        {"HYUNDAI", "9999-9999-9999-9999", true},
        {"VISA", "1234-5678-9012-3456", false},
        {"kb", "1234-5678-9012-3456", false},
        {"", "1234-5678-9012-3456", false},
        {"KB", "1234567890123456", false},
        {"KB", "1234-5678-9012-345", false},
        {"KB", "1234-5678-9012-34567", false},
        {"KB", "1234-5678-9012-345x", false},
        {"KB", "1234 5678 9012 3456", false},
        {"KB", "", false},
    };
    static const struct rcp_card none;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_card card;
        memset(&card, 0xa5, sizeof card);
        assert_int_equal(rcp_card_read(&card, rows[i].type, rows[i].number), rows[i].read);
        if (rows[i].read)
            assert_string_equal(card.number, rows[i].number);
        else
            assert_memory_equal(&card, &none, sizeof card);
    }
}

/* Taken as often as the order is tried, until it is dropped. */
static void a_card_stays_until_it_is_dropped(void **state)
{
    struct rcp_cards *cards = rcp_cards_open(4);
    struct rcp_card card = card_ending('1');
    struct rcp_card taken;
    (void)state;
    assert_false(rcp_cards_take(cards, 7, &taken));
    assert_true(rcp_cards_put(cards, 7, 0, &card));
    for (int i = 0; i < 3; i++) {
        assert_true(rcp_cards_take(cards, 7, &taken));
        assert_string_equal(taken.number, card.number);
    }
    assert_false(rcp_cards_take(cards, 8, &taken));
    assert_false(rcp_cards_take(cards, 0, &taken));
    rcp_cards_drop(cards, 7);
    rcp_cards_drop(cards, 7);
    assert_false(rcp_cards_take(cards, 7, &taken));
    rcp_cards_free(cards);
}

/* A second card of the same order takes the place of the first. */
static void a_later_card_replaces_an_earlier_one(void **state)
{
    struct rcp_cards *cards = rcp_cards_open(1);
    struct rcp_card first = card_ending('1');
    struct rcp_card second = card_ending('2');
    struct rcp_card taken;
    (void)state;
    assert_true(rcp_cards_put(cards, 7, 0, &first));
    assert_true(rcp_cards_put(cards, 7, 0, &second));
    assert_true(rcp_cards_take(cards, 7, &taken));
    assert_string_equal(taken.number, second.number);
    rcp_cards_free(cards);
}

/* Its time is over even where nobody comes for it, and not a moment before. */
static void cards_expire(void **state)
{
    struct rcp_cards *cards = rcp_cards_open(4);
    struct rcp_card card = card_ending('1');
    struct rcp_card taken;
    (void)state;
    assert_true(rcp_cards_put(cards, 1, 1000, &card));
    assert_true(rcp_cards_put(cards, 2, 2000, &card));
    assert_int_equal(rcp_cards_expire(cards, 1000 + RCP_CARD_LIFE_MS - 1u), 2);
    assert_int_equal(rcp_cards_expire(cards, 1000 + RCP_CARD_LIFE_MS), 1);
    assert_false(rcp_cards_take(cards, 1, &taken));
    assert_true(rcp_cards_take(cards, 2, &taken));
    assert_int_equal(rcp_cards_expire(cards, UINT64_MAX), 0);
    rcp_cards_free(cards);
}

/* Full is an answer, and what has expired makes room. */
static void a_full_table_says_so(void **state)
{
    struct rcp_cards *cards = rcp_cards_open(2);
    struct rcp_card card = card_ending('1');
    struct rcp_card taken;
    (void)state;
    assert_true(rcp_cards_put(cards, 1, 0, &card));
    assert_true(rcp_cards_put(cards, 2, 5, &card));
    assert_false(rcp_cards_put(cards, 3, 6, &card));
    assert_true(rcp_cards_put(cards, 3, RCP_CARD_LIFE_MS, &card));
    assert_false(rcp_cards_take(cards, 1, &taken));
    assert_true(rcp_cards_take(cards, 2, &taken));
    rcp_cards_free(cards);
}

static bool holds(const char *bytes, size_t size, const char *text)
{
    return memmem(bytes, size, text, strlen(text)) != NULL;
}

/* What the wiping heap takes back it overwrites: the C library gives the same block out again, and the end of
 * what stood in it (its own words stand at the front) is gone. */
static void given_back_memory_is_overwritten(void **state)
{
    static const char secret[] = "1234-5678-9012-3456";
    (void)state;
    char *block = rcp_wiped_malloc(64);
    memcpy(block, secret, sizeof secret);
    rcp_wiped_free(block);
    char *volatile again = malloc(64);
    assert_false(holds(again, 64, "12-3456"));
    memcpy(again, secret, sizeof secret);

    char *moved = rcp_wiped_realloc(again, 1u << 20);
    assert_string_equal(moved, secret);
    again = malloc(64);
    assert_false(holds(again, 64, "12-3456"));
    free(again);
    rcp_wiped_free(moved);
}

/* Else it is a heap like any other. */
static void the_wiping_heap_is_a_heap(void **state)
{
    (void)state;
    rcp_wiped_free(NULL);
    char *fresh = rcp_wiped_realloc(NULL, 10);
    assert_non_null(fresh);
    rcp_wiped_free(fresh);
    char *copy = rcp_wiped_strdup("a text");
    assert_string_equal(copy, "a text");
    rcp_wiped_free(copy);
    char *zero = rcp_wiped_calloc(4, 4);
    assert_int_equal(zero[15], 0);
    rcp_wiped_free(zero);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_documented_cards_are_read),
        cmocka_unit_test(a_card_stays_until_it_is_dropped),
        cmocka_unit_test(a_later_card_replaces_an_earlier_one),
        cmocka_unit_test(cards_expire),
        cmocka_unit_test(a_full_table_says_so),
        cmocka_unit_test(given_back_memory_is_overwritten),
        cmocka_unit_test(the_wiping_heap_is_a_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
