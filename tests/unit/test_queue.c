/* Pending events with windows: what may be next, held to a naive list of all that is pending. */
#include "sim/queue.h"
#include "tests/support/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 64u

static struct rcp_queue_head *queue;

static int open_queue(void **state)
{
    (void)state;
    queue = runs_block(rcp_queue_size(ROOM));
    memset(queue, 0xff, rcp_queue_size(ROOM));
    rcp_queue_init(queue, ROOM);
    return 0;
}

static int close_queue(void **state)
{
    (void)state;
    free(queue);
    return 0;
}

static struct rcp_pending *push(uint64_t earliest_ms, uint64_t latest_ms)
{
    struct rcp_pending *pending = rcp_queue_take(queue);
    assert_non_null(pending);
    pending->earliest_ms = earliest_ms;
    pending->latest_ms = latest_ms;
    rcp_queue_push(queue, pending);
    return pending;
}

/* The entry of the bag that may be next and opened first; the first in among equals. */
static uint32_t first_in(uint64_t latest_ms)
{
    const struct rcp_near *near = rcp_queue_near(queue);
    uint32_t first = UINT32_MAX;
    for (uint32_t i = 0; i < queue->near_count; i++) {
        if (near[i].earliest_ms > latest_ms)
            continue;
        if (first == UINT32_MAX || near[i].earliest_ms < near[first].earliest_ms ||
            (near[i].earliest_ms == near[first].earliest_ms &&
             near[i].sequence < near[first].sequence))
            first = i;
    }
    assert_true(first != UINT32_MAX);
    return first;
}

/* Nothing pending: nothing is next. */
static void an_empty_queue_has_nothing(void **state)
{
    (void)state;
    uint64_t latest_ms = 0;
    assert_false(rcp_queue_refill(queue, &latest_ms));
    assert_true(latest_ms == UINT64_MAX);
}

/* Full is told, and a slot that is given back takes the next. */
static void a_full_queue_says_so(void **state)
{
    (void)state;
    uint64_t latest_ms = 0;
    for (uint32_t i = 0; i < ROOM; i++)
        push(i, i);
    assert_null(rcp_queue_take(queue));
    assert_true(rcp_queue_refill(queue, &latest_ms));
    rcp_queue_give(queue, rcp_queue_pop(queue, first_in(latest_ms)));
    assert_non_null(rcp_queue_take(queue));
    assert_null(rcp_queue_take(queue));
}

/* Among equals the first in is first, through the heap and back. */
static void equals_keep_their_order(void **state)
{
    (void)state;
    uint64_t latest_ms = 0;
    uint64_t sequence = 0;
    for (uint32_t i = 0; i < ROOM; i++)
        push(5, 9);
    for (uint32_t i = 0; i < ROOM; i++) {
        assert_true(rcp_queue_refill(queue, &latest_ms));
        struct rcp_pending *pending = rcp_queue_pop(queue, first_in(latest_ms));
        assert_true(i == 0 || pending->sequence > sequence);
        sequence = pending->sequence;
        rcp_queue_give(queue, pending);
    }
}

/* Only what opens by the smallest latest time of all may be next. */
static void windows_bound_what_is_next(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t windows[3][2];
        uint64_t latest_ms;
        uint32_t possible;
    } rows[] = {
        {"the tightest window rules", {{0, 100}, {5, 10}, {11, 12}}, 10, 2},
        {"all open by then", {{0, 10}, {10, 20}, {7, 30}}, 10, 3},
        {"one after the other", {{0, 1}, {2, 3}, {4, 5}}, 1, 1},
        {"a late one that closes at once", {{0, 50}, {20, 20}, {21, 21}}, 20, 2},
        {"for ever", {{0, UINT64_MAX}, {1, UINT64_MAX}, {UINT64_MAX, UINT64_MAX}}, UINT64_MAX, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rcp_queue_init(queue, ROOM);
        for (uint32_t k = 0; k < 3; k++)
            push(rows[i].windows[k][0], rows[i].windows[k][1]);
        uint64_t latest_ms = 0;
        assert_true(rcp_queue_refill(queue, &latest_ms));
        assert_true(latest_ms == rows[i].latest_ms);
        uint32_t possible = 0;
        for (uint32_t k = 0; k < queue->near_count; k++)
            possible += rcp_queue_near(queue)[k].earliest_ms <= latest_ms;
        if (possible != rows[i].possible)
            fail_msg("%s: %u may be next", rows[i].name, possible);
    }
}

/* ---- The naive list ------------------------------------------------------------------------- */

static struct {
    uint64_t earliest_ms, latest_ms, sequence;
} list[ROOM];
static uint32_t listed;
static uint64_t dice = 1;

static uint64_t below(uint64_t bound)
{
    assert_true(bound > 0);
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return bound == 0 ? 0 : (dice >> 33) % bound;
}

static void push_both(uint64_t now_ms)
{
    static const uint64_t widths[] = {1, 2, 10, 1000};
    uint64_t earliest_ms = now_ms + below(widths[below(4)]);
    uint64_t latest_ms = earliest_ms + below(widths[below(4)]);
    const struct rcp_pending *pending = push(earliest_ms, latest_ms);
    list[listed].earliest_ms = earliest_ms;
    list[listed].latest_ms = latest_ms;
    list[listed++].sequence = pending->sequence;
}

static uint64_t smallest_latest(void)
{
    uint64_t smallest = UINT64_MAX;
    for (uint32_t i = 0; i < listed; i++)
        smallest = list[i].latest_ms < smallest ? list[i].latest_ms : smallest;
    return smallest;
}

static uint32_t possible_in_list(uint64_t latest_ms)
{
    uint32_t possible = 0;
    for (uint32_t i = 0; i < listed; i++)
        possible += list[i].earliest_ms <= latest_ms;
    return possible;
}

static void drop_from_list(uint64_t sequence)
{
    for (uint32_t i = 0; i < listed; i++)
        if (list[i].sequence == sequence) {
            list[i] = list[--listed];
            return;
        }
    fail_msg("the queue gave what nobody pushed, or gave it twice");
}

/* Takes one of those that may be next out of both. Returns now. */
static uint64_t pop_both(uint64_t now_ms)
{
    uint64_t latest_ms = 0;
    assert_true(rcp_queue_refill(queue, &latest_ms));
    assert_true(latest_ms == smallest_latest());
    const struct rcp_near *near = rcp_queue_near(queue);
    uint32_t possible[ROOM] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < queue->near_count; i++)
        if (near[i].earliest_ms <= latest_ms)
            possible[count++] = i;
    assert_int_equal(count, possible_in_list(latest_ms));
    struct rcp_pending *pending = rcp_queue_pop(queue, possible[below(count)]);
    drop_from_list(pending->sequence);
    now_ms = pending->earliest_ms > now_ms ? pending->earliest_ms : now_ms;
    assert_true(now_ms <= latest_ms); /* nothing runs after somebody's latest */
    rcp_queue_give(queue, pending);
    return now_ms;
}

/* Whatever is picked of what may be next, the queue and the list agree, and no event is late. */
static void heap_and_bag_are_a_list(void **state)
{
    (void)state;
    uint64_t now_ms = 0;
    listed = 0;
    for (uint32_t i = 0; i < 200000; i++) {
        bool grows = below(1000) < (i / 1000 % 2 == 0 ? 600u : 400u);
        if (listed == 0 || (grows && listed < ROOM))
            push_both(now_ms);
        else
            now_ms = pop_both(now_ms);
    }
    while (listed > 0)
        now_ms = pop_both(now_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_queue_has_nothing, open_queue, close_queue),
        cmocka_unit_test_setup_teardown(a_full_queue_says_so, open_queue, close_queue),
        cmocka_unit_test_setup_teardown(equals_keep_their_order, open_queue, close_queue),
        cmocka_unit_test_setup_teardown(windows_bound_what_is_next, open_queue, close_queue),
        cmocka_unit_test_setup_teardown(heap_and_bag_are_a_list, open_queue, close_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
