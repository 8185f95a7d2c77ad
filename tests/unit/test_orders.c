/* Orders on one node: what it asks for after each event, told as stories. */
#include "core/state.h"
#include "tests/support/shop_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINES_MAX 16u

#define END        \
    {              \
        NULL, NULL \
    }

static const struct rcp_gateway refunding = {.refunds = 1};

static struct rcp_policy hardened_but(enum rcp_knob knob)
{
    struct rcp_policy policy = rcp_policy_hardened();
    rcp_policy_set(&policy, knob, false);
    return policy;
}

static void tell_with(const char *name,
                      struct rcp_limits limits,
                      struct rcp_policy policy,
                      struct rcp_gateway gateway,
                      const struct shop_line *lines)
{
    struct shop_story *story = shop_story_begin(&limits, policy, gateway);
    shop_story_tell_all(story, name, lines);
    shop_story_end(story);
}

static void tell(const char *name, struct rcp_policy policy, const struct shop_line *lines)
{
    tell_with(name, shop_story_limits(), policy, refunding, lines);
}

enum { HARDENED = -1, DOCUMENTED = RCP_KNOB_COUNT };

struct row {
    const char *name;
    int knob; /* HARDENED, DOCUMENTED, or the knob that is turned */
    struct shop_line lines[LINES_MAX];
};

static void tell_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct rcp_policy policy = rcp_policy_hardened();
        if (rows[i].knob == DOCUMENTED)
            policy = rcp_policy_documented();
        else if (rows[i].knob != HARDENED)
            policy = hardened_but((enum rcp_knob)rows[i].knob);
        tell(rows[i].name, policy, rows[i].lines);
    }
}

#define TELL(rows) tell_rows((rows), sizeof(rows) / sizeof(rows)[0])

/* --- Placing --- */

static const struct row placing[] = {
    {"nobody is logged in", HARDENED, {{"order 0", "reply 1 401"}, END}},
    {"amounts that do not add up", HARDENED, {{"order 1 bad", "reply 1 400"}, END}},
    {"accepted: the key is stored, then 200 IN_PROGRESS",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg ok 5:PENDING", "result 101 key tx 5 tries 1"},
      {"db written", "reply 1 200 101 IN_PROGRESS"},
      END}},
    {"accepted, documented: rolled back with 402",
     DOCUMENTED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg ok 5:PENDING", "result 101 fail pg tx 5 tries 1"},
      {"db written", "reply 1 402 101 FAILED"},
      END}},
    {"SUCCESS at once, documented: PAID",
     DOCUMENTED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg ok 5:SUCCESS", "result 101 pay tx 5 tries 1"},
      {"db written", "reply 1 200 101 PAID"},
      END}},
    {"SUCCESS at once: listed and priced before it is PAID",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg ok 5:SUCCESS", "LIST 101"},
      {"pg ok 5:SUCCESS", "GET 5"},
      {"pg ok 5:SUCCESS", "result 101 pay tx 5 tries 1"},
      {"db written", "reply 1 200 101 PAID"},
      END}},
    {"declined at once: the PG asked on, since what was sent may be doubled",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg ok 5:FAILED", "LIST 101"},
      {"pg ok 5:FAILED", "result 101 fail pg tx 5 open tries 1"},
      {"db written", "reply 1 402 101 FAILED"},
      END}},
    {"points pay for all of it",
     HARDENED,
     {{"order 1 points", "place 1"}, {"db paid", "reply 1 200 101 PAID"}, END}},
    {"the same key: still running",
     HARDENED,
     {{"order 1 key=7", "place 1"}, {"db running", "reply 1 202 101 IN_PROGRESS"}, END}},
    {"the same key: it has failed",
     HARDENED,
     {{"order 1 key=7", "place 1"}, {"db failed", "reply 1 402 101 FAILED"}, END}},
    {"the same key, another body",
     HARDENED,
     {{"order 1 key=7", "place 1"}, {"db other", "reply 1 422"}, END}},
    {"no stock", HARDENED, {{"order 1", "place 1"}, {"db no_stock", "reply 1 409"}, END}},
    {"no points", HARDENED, {{"order 1", "place 1"}, {"db no_point", "reply 1 409"}, END}},
    {"no coupon", HARDENED, {{"order 1", "place 1"}, {"db no_coupon", "reply 1 409"}, END}},
    {"other prices", HARDENED, {{"order 1", "place 1"}, {"db price", "reply 1 409"}, END}},
    {"no database: 503",
     HARDENED,
     {{"order 1", "place 1"}, {"db refused connection", "reply 1 503"}, END}},
    {"no database, documented: 500",
     DOCUMENTED,
     {{"order 1", "place 1"}, {"db refused connection", "reply 1 500"}, END}},
    {"a deadlock is repeated in place, three times",
     HARDENED,
     {{"order 1", "place 1"},
      {"db refused contention", ""},
      {"wait 75", ""},
      {"timer", "place 1"},
      {"db refused contention", ""},
      {"wait 150", ""},
      {"timer", "place 1"},
      {"db refused contention", ""},
      {"wait 300", ""},
      {"timer", "place 1"},
      {"db refused contention", "reply 1 503"},
      END}},
};

static void placing_an_order(void **state)
{
    (void)state;
    TELL(placing);
}

/* --- Unknown commits --- */

static const struct row unknown_commits[] = {
    {"PLACE: it was placed, so it goes on",
     HARDENED,
     {{"order 1 key=7", "place 1"},
      {"db unknown", "find key 7 kill 7"},
      {"db placed", "PAY 101 1000"},
      END}},
    {"PLACE: without a key, by the request",
     HARDENED,
     {{"order 1", "place 1"},
      {"db unknown", "find request 1 kill 7"},
      {"db nothing", "reply 1 503"},
      END}},
    {"PLACE: another request placed it under this key",
     HARDENED,
     {{"order 1 key=7", "place 1"},
      {"db unknown", "find key 7 kill 7"},
      {"db placed origin=99", "reply 1 202 101 IN_PROGRESS"},
      END}},
    {"PLACE: nobody tells",
     HARDENED,
     {{"order 1", "place 1"},
      {"db unknown", "find request 1 kill 7"},
      {"db unknown", "reply 1 503"},
      END}},
    {"PLACE, documented: 500",
     DOCUMENTED,
     {{"order 1", "place 1"}, {"db unknown", "reply 1 500"}, END}},
    {"RESULT: left to the next pass",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg ok 5:PENDING", "result 101 key tx 5 tries 1"},
      {"db unknown", "reply 1 200 101 IN_PROGRESS"},
      END}},
    {"a compensation that nobody knows of is no 402",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg bad_request", "result 101 fail refused"},
      {"db unknown", "reply 1 200 101 IN_PROGRESS"},
      END}},
    {"a version that moved on: looked up, not repeated",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg ok 5:PENDING", "result 101 key tx 5 tries 1"},
      {"db stale", "find 101"},
      {"db paid", "reply 1 200 101 PAID"},
      END}},
    {"a version that moved on, documented: all of it again, PG call and all",
     DOCUMENTED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg ok 5:SUCCESS", "result 101 pay tx 5 tries 1"},
      {"db stale", ""},
      {"wait 500", ""},
      {"timer", "place 1"},
      {"db placed order=102", "PAY 102 1000"},
      {"pg ok 6:SUCCESS", "result 102 pay tx 6 tries 1"},
      {"db refused contention", "reply 1 500"},
      END}},
};

static void an_unknown_commit_is_looked_up(void **state)
{
    (void)state;
    TELL(unknown_commits);
}

/* --- Sending again --- */

static const struct row resends[] = {
    {"surely not reached: again, four times in all, then 402",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg not_connected", ""},
      {"wait 125", ""},
      {"timer", "PAY 101 1000"},
      {"pg not_connected", ""},
      {"wait 250", ""},
      {"timer", "PAY 101 1000"},
      {"pg not_connected", ""},
      {"wait 500", ""},
      {"timer", "PAY 101 1000"},
      {"pg not_connected", "result 101 fail not_reached"},
      {"db written", "reply 1 402 101 FAILED"},
      END}},
    {"refused: not again",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg unauthorized", "result 101 fail refused"},
      {"db written", "reply 1 402 101 FAILED"},
      END}},
    {"500: asked first, and sent again over a fresh NotFound",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg error_500", "LIST 101"},
      {"pg not_found", ""},
      {"wait 125", ""},
      {"timer", "PAY 101 1000"},
      {"pg ok 5:PENDING", "result 101 key tx 5 tries 2"},
      {"db written", "reply 1 200 101 IN_PROGRESS"},
      END}},
    {"500: it was taken all the same",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg error_500", "LIST 101"},
      {"pg ok 5:PENDING", "result 101 key tx 5 tries 1"},
      {"db written", "reply 1 200 101 IN_PROGRESS"},
      END}},
    {"500: and the PG does not tell",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg error_500", "LIST 101"},
      {"pg timed_out", "result 101 leave tries 1"},
      {"db written", "reply 1 200 101 IN_PROGRESS"},
      END}},
    {"500, then refused: the first may have been taken, so it has not failed",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg error_500", "LIST 101"},
      {"pg not_found", ""},
      {"wait 125", ""},
      {"timer", "PAY 101 1000"},
      {"pg bad_request", "reply 1 200 101 IN_PROGRESS"},
      END}},
    {"500, then refused, the last try counts: 402",
     RCP_KNOB_SEVERAL_TRIES,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg error_500", "LIST 101"},
      {"pg not_found", ""},
      {"wait 125", ""},
      {"timer", "PAY 101 1000"},
      {"pg bad_request", "result 101 fail refused tries 1"},
      END}},
    {"500, documented: again at once",
     DOCUMENTED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg error_500", ""},
      {"wait 125", ""},
      {"timer", "PAY 101 1000"},
      END}},
    {"no answer: never again",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg timed_out", "reply 1 200 101 IN_PROGRESS"},
      END}},
    {"the connection broke: never again",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg reset", "reply 1 200 101 IN_PROGRESS"},
      END}},
    {"the connection broke, documented: again",
     DOCUMENTED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg reset", ""},
      {"wait 125", ""},
      {"timer", "PAY 101 1000"},
      END}},
    {"429: again, a second later",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg too_many", ""},
      {"wait 999", ""},
      {"timer", ""},
      {"wait 200", ""},
      {"timer", "PAY 101 1000"},
      END}},
    {"429, documented: refused",
     DOCUMENTED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"pg too_many", "result 101 fail refused"},
      END}},
};

static void what_is_sent_again_and_what_is_not(void **state)
{
    (void)state;
    TELL(resends);
}

/* --- The deadline, the bulkhead, the breaker --- */

/* Five seconds for all of it: a PAY whose answer could not be written down any more does not leave. */
static void an_order_has_one_deadline(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"no time for a try: 402, nothing was asked",
         HARDENED,
         {{"order 1", "place 1"},
          {"wait 3001", ""},
          {"db placed", "result 101 fail not_reached"},
          {"db written", "reply 1 402 101 FAILED"},
          END}},
        {"just enough time for one",
         HARDENED,
         {{"order 1", "place 1"},
          {"wait 3000", ""},
          {"db placed", "PAY 101 1000"},
          {"wait 900", ""},
          {"pg not_connected", "result 101 fail not_reached"},
          END}},
        {"time is over before it was placed: 503",
         HARDENED,
         {{"order 1", "place 1"}, {"wait 5000", ""}, {"db unknown", "reply 1 503"}, END}},
        {"time is over when it was placed: IN_PROGRESS, the next pass goes on",
         HARDENED,
         {{"order 1", "place 1"},
          {"wait 5000", ""},
          {"db placed", "reply 1 200 101 IN_PROGRESS"},
          END}},
        {"time is over when it was accepted: IN_PROGRESS, and the key is stored",
         HARDENED,
         {{"order 1", "place 1"},
          {"wait 3000", ""},
          {"db placed", "PAY 101 1000"},
          {"wait 2000", ""},
          {"pg ok 5:PENDING", "reply 1 200 101 IN_PROGRESS, result 101 key tx 5 tries 1"},
          {"db written", ""},
          END}},
        {"a pause ends when time is over",
         HARDENED,
         {{"order 1", "place 1"},
          {"wait 4990", ""},
          {"db refused contention", ""},
          {"wait 10", ""},
          {"timer", "reply 1 503"},
          END}},
        {"the pause would be too long: 402",
         HARDENED,
         {{"order 1", "place 1"},
          {"wait 2500", ""},
          {"db placed", "PAY 101 1000"},
          {"pg too_many", "result 101 fail not_reached"},
          END}},
    };
    TELL(rows);
}

/* A buyer does not wait for room: CircuitOpen. An item of a pass does, and goes first. */
static void a_full_bulkhead_is_a_call_not_made(void **state)
{
    (void)state;
    static const struct shop_line buyer[] = {
        {"order 1", "place 1"},
        {"order 2", "place 2"},
        {"db placed order=101", "PAY 101 1000"},
        {"db placed order=102", "result 102 fail not_reached"},
        {"db written", "reply 2 402 102 FAILED"},
        {"pg ok 5:PENDING", "result 101 key tx 5 tries 1"},
        END,
    };
    static const struct shop_line items[] = {
        {"wait 60000", ""},
        {"timer", "due"},
        {"db page due:101:IN_PROGRESS due:102:IN_PROGRESS age=61000", "LIST 101"},
        {"ask 103", "find 103"},
        {"db placed order=103", ""},
        {"pg ok 5:PENDING", "result 101 key tx 5, LIST 102"},
        {"pg ok 6:PENDING", "result 102 key tx 6, LIST 103"},
        {"db written", ""},
        {"db written", ""},
        {"pg ok 7:PENDING", "result 103 key tx 7"},
        {"db written", "reply 1 200 103 IN_PROGRESS"},
        END,
    };
    struct rcp_limits limits = shop_story_limits();
    limits.pg_calls = 1;
    tell_with("buyer", limits, rcp_policy_hardened(), refunding, buyer);
    tell_with("items", limits, rcp_policy_hardened(), refunding, items);
}

/* All slots taken: 503, and a pass still has its own. */
static void full_is_an_answer(void **state)
{
    (void)state;
    static const struct shop_line lines[] = {
        {"order 1", "place 1"},
        {"order 2", "reply 2 503"},
        {"callback 101 5 SUCCESS", "reply 3 503"},
        {"wait 60000", ""},
        {"timer", "due"},
        {"db unknown", "reply 1 503"},
        {"db page due:101:IN_PROGRESS age=61000", "LIST 101"},
        END,
    };
    struct rcp_limits limits = shop_story_limits();
    limits.orders = 1;
    tell_with("full", limits, rcp_policy_hardened(), refunding, lines);
    limits.orders = limits.settles = limits.pg_calls = 0;
    static const struct shop_line none[] = {{"order 1", "reply 1 503"}, END};
    tell_with("no orders at all", limits, rcp_policy_hardened(), refunding, none);
}

/* Tells the timer until nobody pauses any more, and answers what it brings. */
static uint32_t timers_until_calm(struct shop_story *story, const char *answer)
{
    uint32_t timers = 0;
    while (shop_story_node(story)->order_wake_ms != RCP_NEVER_MS) {
        shop_story_tell(story, "wait 1000");
        shop_story_tell(story, "timer");
        for (uint32_t i = shop_story_effects(story)->order_count; i > 0; i--)
            shop_story_tell(story, answer);
        timers++;
        assert_true(timers < 100);
    }
    return timers;
}

/* However many pauses end at once, a step has no more effects than there is room for: the others follow in
 * steps of their own. The same behind an open circuit, where all who waited for room end at once. */
static void a_step_is_never_too_large(void **state)
{
    (void)state;
    struct rcp_limits limits = shop_story_limits();
    limits.orders = 200;
    limits.pg_calls = 1;
    struct shop_story *story = shop_story_begin(&limits, rcp_policy_hardened(), refunding);
    for (uint32_t i = 0; i < 200; i++) {
        shop_story_tell(story, "order 1");
        shop_story_tell(story, "db refused contention");
    }
    assert_in_range(timers_until_calm(story, "db price"), 4, 10);
    assert_int_equal(shop_story_node(story)->orders_used, 0);
    for (uint32_t i = 0; i < 4; i++) {
        shop_story_tell(story, "ask 101");
        shop_story_tell(story, "db placed");
        shop_story_tell(story, "pg error_500");
        shop_story_tell(story, "db written");
    }
    for (uint32_t i = 0; i < 200; i++) {
        shop_story_tell(story, "ask 101");
        shop_story_tell(story, "db placed");
    }
    assert_int_equal(shop_story_node(story)->wait_for_room, 199);
    shop_story_tell(story, "pg error_500"); /* the fifth failure opens the circuit */
    assert_in_range(shop_story_node(story)->wait_for_room, 1, 198);
    while (shop_story_node(story)->wait_for_room > 0) {
        shop_story_tell(story, "wait 1");
        shop_story_tell(story, "timer");
    }
    shop_story_end(story);
}

/* Behind an open circuit nothing is asked: 402 for the buyer, a failed query for an item. */
static void an_open_circuit_is_a_call_not_made(void **state)
{
    (void)state;
    struct rcp_limits limits = shop_story_limits();
    struct shop_story *story = shop_story_begin(&limits, rcp_policy_hardened(), refunding);
    for (uint32_t i = 0; i < 5; i++) { /* the breaker's minimum, all of them failures */
        shop_story_tell(story, "order 1");
        shop_story_tell(story, "db placed");
        shop_story_tell(story, "pg timed_out");
    }
    static const struct shop_line lines[] = {
        {"order 1", "place 1"},
        {"db placed", "result 101 fail not_reached"},
        {"db written", "reply 6 402 101 FAILED"},
        {"wait 5000", ""},
        {"order 1", "place 1"},
        {"db placed", "PAY 101 1000"},
        END,
    };
    shop_story_tell_all(story, "open circuit", lines);
    shop_story_end(story);
}

/* --- Callbacks --- */

static const struct row callbacks[] = {
    {"a hint: the PG is asked",
     HARDENED,
     {{"callback 101 5 SUCCESS", "find 101"},
      {"db placed", "reply 1 200, LIST 101"},
      {"pg ok 5:SUCCESS", "GET 5"},
      {"pg ok 5:SUCCESS", "result 101 pay tx 5 open"},
      {"db written", ""},
      END}},
    {"whatever it says",
     HARDENED,
     {{"callback 101 5 FAILED", "find 101"},
      {"db placed", "reply 1 200, LIST 101"},
      {"pg ok 5:PENDING", "result 101 key tx 5"},
      {"db stale", ""},
      END}},
    {"of no order that we know",
     HARDENED,
     {{"callback 101 5 SUCCESS", "find 101"}, {"db nothing", "reply 1 200"}, END}},
    {"of an order that is settled",
     HARDENED,
     {{"callback 101 5 SUCCESS", "find 101"}, {"db paid", "reply 1 200"}, END}},
    {"of one that is settled, and asked on",
     HARDENED,
     {{"callback 101 5 SUCCESS", "find 101"}, {"db failed open=1", "reply 1 200, LIST 101"}, END}},
    {"of one that waits for a person",
     HARDENED,
     {{"callback 101 5 SUCCESS", "find 101"}, {"db unsure REVIEW", "reply 1 200"}, END}},
    {"it does not decode", HARDENED, {{"callback 0 0 SUCCESS", "reply 1 200"}, END}},
    {"by the transaction, where it names no order",
     HARDENED,
     {{"callback 0 5 SUCCESS", "find tx 5"}, {"db placed", "reply 1 200, LIST 101"}, END}},
    {"another one while it is asked about: one question",
     HARDENED,
     {{"callback 101 5 SUCCESS", "find 101"},
      {"callback 101 5 SUCCESS", "find 101"},
      {"db placed", "reply 1 200, LIST 101"},
      {"db placed", "reply 2 200"},
      {"pg ok 5:PENDING", "LIST 101"}, /* it came too late for the first question */
      {"pg ok 5:PENDING", "result 101 key tx 5"},
      END}},
    {"documented: looked up by the key alone, which nobody has stored",
     DOCUMENTED,
     {{"callback 101 5 SUCCESS", "find tx 5"}, {"db nothing", "reply 1 200"}, END}},
    {"documented: its verdict is applied",
     DOCUMENTED,
     {{"callback 101 5 SUCCESS", "find tx 5"},
      {"db placed", "result 101 pay tx 5"},
      {"db written", "reply 1 200"},
      END}},
    {"documented: anything but SUCCESS has failed",
     DOCUMENTED,
     {{"callback 101 5 PENDING", "find tx 5"},
      {"db placed", "result 101 fail pg tx 5"},
      {"db stale", "reply 1 200"},
      END}},
};

static void a_callback_is_a_hint(void **state)
{
    (void)state;
    TELL(callbacks);
    static const struct rcp_gateway signs = {.refunds = 1, .callback_mac = 1};
    static const struct shop_line forged[] = {
        {"callback 101 5 SUCCESS", "reply 1 401"},
        {"callback 101 5 SUCCESS mac", "find 101"},
        END,
    };
    tell_with("signed", shop_story_limits(), rcp_policy_hardened(), signs, forged);
}

/* --- Questions --- */

static const struct row questions[] = {
    {"the buyer's",
     HARDENED,
     {{"status 1 101", "find 101"}, {"db placed", "reply 1 200 101 IN_PROGRESS"}, END}},
    {"a stranger's", HARDENED, {{"status 2 101", "find 101"}, {"db placed", "reply 1 403"}, END}},
    {"of no order", HARDENED, {{"status 1 101", "find 101"}, {"db nothing", "reply 1 404"}, END}},
    {"nobody tells", HARDENED, {{"status 1 101", "find 101"}, {"db unknown", "reply 1 503"}, END}},
    {"nobody is logged in", HARDENED, {{"status 0 101", "reply 1 401"}, END}},
    {"an operator's: the PG is asked",
     HARDENED,
     {{"ask 101", "find 101"},
      {"db unsure age=400000", "LIST 101"},
      {"pg ok 5:FAILED", "result 101 fail pg open"},
      {"db written", "reply 1 200 101 FAILED"},
      END}},
    {"an operator's: settled already",
     HARDENED,
     {{"ask 101", "find 101"}, {"db paid", "reply 1 200 101 PAID"}, END}},
    {"an operator's: not written",
     HARDENED,
     {{"ask 101", "find 101"},
      {"db placed", "LIST 101"},
      {"pg timed_out", "result 101 leave"},
      {"db refused connection", "reply 1 503"},
      END}},
    {"an operator says that it has failed: asked on",
     HARDENED,
     {{"fail 101", "find 101"},
      {"db placed", "result 101 fail operator open"},
      {"db written", "reply 1 200 101 FAILED"},
      END}},
    {"an operator settles a review",
     HARDENED,
     {{"fail 101", "find 101"}, {"db unsure REVIEW", "result 101 fail operator open"}, END}},
    {"an operator comes too late",
     HARDENED,
     {{"fail 101", "find 101"}, {"db paid", "reply 1 409 101 PAID"}, END}},
    {"an operator is overtaken",
     HARDENED,
     {{"fail 101", "find 101"},
      {"db placed", "result 101 fail operator open"},
      {"db stale", "find 101"},
      {"db paid", "reply 1 200 101 PAID"},
      END}},
};

static void questions_and_operators(void **state)
{
    (void)state;
    TELL(questions);
}

/* --- Reconciliation --- */

static const struct row passes[] = {
    {"each minute what is due; a conflict is skipped, and the others go on",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS due:102:IN_PROGRESS age=61000", "LIST 101, LIST 102"},
      {"pg ok 5:FAILED", "result 101 fail pg open"},
      {"pg ok 6:SUCCESS", "GET 6"},
      {"db stale", ""},
      {"pg ok 6:SUCCESS", "result 102 pay tx 6 open"},
      {"db written", ""},
      {"timer", ""},
      {"wait 60000", ""},
      {"timer", "due"},
      END}},
    {"a full page is followed by the next at once",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS age=61000 /more", "LIST 101"},
      {"timer", ""},
      {"pg ok 5:PENDING", "result 101 key tx 5"},
      {"db written", ""},
      {"timer", "due"},
      {"db page", ""},
      {"timer", ""},
      END}},
    {"a pass that takes its time does not put off the next tick",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS age=61000", "LIST 101"},
      {"wait 700", ""},
      {"pg not_found", "result 101 miss"},
      {"wait 800", ""},
      {"db written", ""},
      {"wait 58499", ""},
      {"timer", ""},
      {"wait 1", ""},
      {"timer", "due"},
      END}},
    {"but not while nothing can be written",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS age=61000 /more", "LIST 101"},
      {"pg ok 5:PENDING", "result 101 key tx 5"},
      {"db refused connection", ""},
      {"timer", ""},
      END}},
    {"a deadlock is repeated in place",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS age=61000", "LIST 101"},
      {"pg not_found", "result 101 miss"},
      {"db refused contention", ""},
      {"wait 75", ""},
      {"timer", "result 101 miss"},
      END}},
    {"an amount that is not ours",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS age=61000", "LIST 101"},
      {"pg ok 5:SUCCESS", "GET 5"},
      {"pg ok 5:SUCCESS:999", "result 101 review"},
      END}},
    {"a price that nobody tells: the query has failed",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS age=400000", "LIST 101"},
      {"pg ok 5:SUCCESS", "GET 5"},
      {"pg timed_out", "result 101 doubt"},
      END}},
    {"paid twice: one is kept, the other goes back",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS age=61000", "LIST 101"},
      {"pg ok 6:SUCCESS 5:SUCCESS", "GET 6"},
      {"pg ok 6:SUCCESS", "GET 5"},
      {"pg ok 5:SUCCESS", "result 101 pay tx 5 open back 6"},
      END}},
    {"PAID after the only POST: nothing more is asked",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS age=61000 tries=1", "LIST 101"},
      {"pg ok 5:SUCCESS", "GET 5"},
      {"pg ok 5:SUCCESS", "result 101 pay tx 5"},
      END}},
    {"a late SUCCESS of a failed order goes back",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:FAILED age=400000 open=1", "LIST 101"},
      {"pg ok 5:SUCCESS", "GET 5"},
      {"pg ok 5:SUCCESS", "result 101 leave open back 5"},
      END}},
    {"and when no other can come, nothing more is asked",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:FAILED age=600001 open=1", "LIST 101"},
      {"pg ok 5:SUCCESS", "GET 5"},
      {"pg ok 5:SUCCESS", "result 101 close back 5"},
      END}},
    {"a person is told, and that is written down",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page alert:101", "alert 101 UNKNOWN, told 101"},
      {"db written", ""},
      {"timer", ""},
      END}},
    {"documented: what is left is not written; the next page begins behind it",
     DOCUMENTED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS due:102:IN_PROGRESS age=61000 /more", "LIST 101, LIST 102"},
      {"pg ok 5:PENDING", ""},
      {"pg timed_out", ""},
      {"timer", "due after 102"},
      {"db page due:103:IN_PROGRESS age=61000", "LIST 103"},
      {"pg bad_request", "result 103 fail no_record"},
      {"db written", ""},
      {"wait 60000", ""},
      {"timer", "due"},
      END}},
    {"documented: the last of the list, which is the oldest",
     DOCUMENTED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS age=61000", "LIST 101"},
      {"pg ok 6:SUCCESS 5:FAILED", "result 101 fail pg"},
      END}},
    {"a graceful stop begins nothing new, and finishes what it has",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page due:101:IN_PROGRESS age=61000", "LIST 101"},
      {"stop", ""},
      {"order 1", "reply 1 503"},
      {"pg ok 5:PENDING", "result 101 key tx 5"},
      {"db written", ""},
      {"wait 60000", ""},
      {"timer", ""},
      END}},
    {"what is claimed while it stops comes back with its lease",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"stop", ""},
      {"db page due:101:IN_PROGRESS age=61000", ""},
      END}},
    {"who dies forgets: the next incarnation begins anew, and hears nothing of before",
     HARDENED,
     {{"order 1", "place 1"},
      {"db placed", "PAY 101 1000"},
      {"start", ""},
      {"wait 60000", ""},
      {"timer", "due"},
      END}},
};

static void a_pass_settles_what_is_due(void **state)
{
    (void)state;
    TELL(passes);
}

/* A conflict is counted. */
static void conflicts_are_counted(void **state)
{
    (void)state;
    struct rcp_limits limits = shop_story_limits();
    struct shop_story *story = shop_story_begin(&limits, rcp_policy_hardened(), refunding);
    static const struct shop_line lines[] = {
        {"wait 60000", ""},
        {"timer", "due"},
        {"db page due:101:IN_PROGRESS due:102:IN_PROGRESS age=61000", "LIST 101, LIST 102"},
        {"pg not_found", "result 101 miss"},
        {"pg not_found", "result 102 miss"},
        {"db stale", ""},
        {"db written", ""},
        END,
    };
    shop_story_tell_all(story, "conflict", lines);
    assert_int_equal(shop_story_node(story)->reconcile.skipped, 1);
    shop_story_end(story);
}

/* --- Refunds --- */

static const struct row refunds[] = {
    {"sent, and back",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page refund:101:5", "REFUND 5 1000"},
      {"pg ok 5:REFUNDED", "refund 101 5 REFUNDED"},
      {"db written", ""},
      {"timer", ""},
      END}},
    {"no answer: asked about the next time, before it is sent once more",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page refund:101:5", "REFUND 5 1000"},
      {"pg timed_out", "refund 101 5 REFUND_DUE"},
      {"db written", ""},
      {"wait 60000", ""},
      {"timer", "due"},
      {"db page refund:101:5 epoch=2", "GET 5"},
      {"pg ok 5:SUCCESS", "REFUND 5 1000"},
      {"pg ok 5:REFUNDED", "refund 101 5 REFUNDED"},
      {"db stale", ""},
      END}},
    {"it was back already",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page refund:101:5 epoch=2", "GET 5"},
      {"pg ok 5:REFUNDED", "refund 101 5 REFUNDED"},
      END}},
    {"refused: for a person",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page refund:101:5", "REFUND 5 1000"},
      {"pg bad_request", "refund 101 5 REFUND_PARKED"},
      END}},
    {"not taken for the eighth time: for a person",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page refund:101:5 tries=7", "REFUND 5 1000"},
      {"pg too_many", "refund 101 5 REFUND_PARKED"},
      END}},
    {"not taken for the seventh time: later",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page refund:101:5 tries=6", "REFUND 5 1000"},
      {"pg too_many", "refund 101 5 REFUND_DUE"},
      END}},
    {"not reached does not count",
     HARDENED,
     {{"wait 60000", ""},
      {"timer", "due"},
      {"db page refund:101:5 tries=7", "REFUND 5 1000"},
      {"pg not_connected", "refund 101 5 REFUND_DUE"},
      END}},
};

static void money_goes_back_once(void **state)
{
    (void)state;
    TELL(refunds);
    static const struct rcp_gateway none = {.refunds = 0};
    static const struct shop_line lines[] = {
        {"wait 60000", ""},
        {"timer", "due"},
        {"db page refund:101:5", "refund 101 5 REFUND_PARKED"},
        END,
    };
    tell_with("no refund call", shop_story_limits(), rcp_policy_hardened(), none, lines);
}

/* --- What is written on a script --- */

/* The row that goes in says by which knobs it is run, and when the PG is asked again. */
static void scripts_say_how_they_are_run(void **state)
{
    (void)state;
    static const struct {
        int knob;
        uint32_t flag;
        const char *lines[4];
    } rows[] = {
        {HARDENED, RCP_TX_IDEMPOTENT, {"order 1"}},
        {RCP_KNOB_LOCK_ORDER, RCP_TX_IDEMPOTENT | RCP_TX_MIXED_LOCKS, {"order 1"}},
        {RCP_KNOB_IDEMPOTENCY_KEY, 0, {"order 1"}},
        {RCP_KNOB_UNITS_BACK, RCP_TX_OVERWRITTEN, {"order 1", "db placed", "pg bad_request"}},
        {RCP_KNOB_AGE_BASE, RCP_TX_CREATED, {"ask 101"}},
        {RCP_KNOB_SELECTION, RCP_TX_EVERY_ONE, {"wait 60000", "timer"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_limits limits = shop_story_limits();
        struct rcp_policy policy = rows[i].knob == HARDENED
                                       ? rcp_policy_hardened()
                                       : hardened_but((enum rcp_knob)rows[i].knob);
        struct shop_story *story = shop_story_begin(&limits, policy, refunding);
        for (uint32_t k = 0; k < 4 && rows[i].lines[k] != NULL; k++)
            shop_story_tell(story, rows[i].lines[k]);
        const struct rcp_effects *effects = shop_story_effects(story);
        bool found = false;
        for (uint32_t k = 0; k < effects->count; k++) {
            const struct rcp_effect *effect = &effects->items[k];
            if (effect->kind != RCP_EFFECT_MYSQL || !rcp_script_is_order(effect->mysql.script))
                continue;
            assert_int_equal(effect->mysql.flags, rows[i].flag);
            found = true;
        }
        assert_true(found);
        shop_story_end(story);
    }
}

/* A minute while it is in progress; 1 2 4 .. 60 minutes for what waits for the PG; an eighth of jitter. */
static void what_stays_open_is_asked_about_later_and_later(void **state)
{
    (void)state;
    static const struct {
        const char *page;
        const char *pg;
        uint32_t least_ms;
    } rows[] = {
        {"db page due:101:IN_PROGRESS age=61000", "pg not_found", 60000},
        {"db page due:101:IN_PROGRESS age=61000 asked=9", "pg timed_out", 60000},
        {"db page due:101:UNKNOWN age=400000", "pg timed_out", 60000},
        {"db page due:101:UNKNOWN age=400000 asked=3", "pg timed_out", 480000},
        {"db page due:101:FAILED open=1 asked=5", "pg not_found", 1920000},
        {"db page due:101:FAILED open=1 asked=6", "pg not_found", 3600000},
        {"db page due:101:FAILED open=1 asked=200", "pg not_found", 3600000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_limits limits = shop_story_limits();
        struct shop_story *story = shop_story_begin(&limits, rcp_policy_hardened(), refunding);
        shop_story_tell(story, "wait 60000");
        shop_story_tell(story, "timer");
        shop_story_tell(story, rows[i].page);
        shop_story_tell(story, rows[i].pg);
        const struct rcp_order_row *row = &shop_story_effects(story)->orders[0];
        assert_in_range(row->delay_ms, rows[i].least_ms, rows[i].least_ms * 9u / 8u);
        shop_story_end(story);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placing_an_order),
        cmocka_unit_test(an_unknown_commit_is_looked_up),
        cmocka_unit_test(what_is_sent_again_and_what_is_not),
        cmocka_unit_test(an_order_has_one_deadline),
        cmocka_unit_test(a_full_bulkhead_is_a_call_not_made),
        cmocka_unit_test(full_is_an_answer),
        cmocka_unit_test(a_step_is_never_too_large),
        cmocka_unit_test(an_open_circuit_is_a_call_not_made),
        cmocka_unit_test(a_callback_is_a_hint),
        cmocka_unit_test(questions_and_operators),
        cmocka_unit_test(a_pass_settles_what_is_due),
        cmocka_unit_test(conflicts_are_counted),
        cmocka_unit_test(money_goes_back_once),
        cmocka_unit_test(scripts_say_how_they_are_run),
        cmocka_unit_test(what_stays_open_is_asked_about_later_and_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
