/* Scenarios as YAML: what is read, what is refused and where, and that the writer loses nothing. */
#include "sim/check/invariant.h"
#include "sim/scenario/scenario_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/check.h"

static struct rcp_scenario scenario;
static struct rcp_scenario again;
static struct rcp_scenario_error error;

/* Links in where the host's own is not: a failed check ends the test program. */
__attribute__((weak)) void rcp_check_failed(const char *id)
{
    fprintf(stderr, "check failed: %s\n", id);
    abort();
}

static bool read_text(const char *text)
{
    return rcp_scenario_read_text("x.yaml", text, strlen(text), &scenario, &error);
}

static void must_read(const char *text)
{
    if (!read_text(text))
        fail_msg("%s", error.text);
}

/* The scenario as YAML; the caller frees it. */
static char *written(const struct rcp_scenario *source, size_t *size)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, size);
    assert_non_null(file);
    assert_true(rcp_scenario_write(source, file));
    assert_int_equal(fclose(file), 0);
    return text;
}

/* What the file says of itself, not of the world. */
static void forget_lines(struct rcp_scenario *source)
{
    for (uint32_t i = 0; i < RCP_EXPECT_MAX; i++)
        source->expect[i].line = 0;
}

/* Padding counts too: both sides were zeroed as a whole. */
static bool same_bytes(const void *left, const void *right, size_t size)
{
    return memcmp(left, right, size) == 0;
}

/* Writes `scenario`, reads it into `again`, and holds that they are the same bytes. */
static void must_come_back(void)
{
    size_t size;
    char *text = written(&scenario, &size);
    if (!rcp_scenario_read_text("x.tape.yaml", text, size, &again, &error))
        fail_msg("%s\n%s", error.text, text);
    memcpy(again.name, scenario.name, sizeof again.name);
    memcpy(again.path, scenario.path, sizeof again.path);
    forget_lines(&scenario);
    forget_lines(&again);
    if (!same_bytes(&scenario, &again, sizeof scenario))
        fail_msg("not the same after:\n%s", text);
    free(text);
}

/* ---- Reading -------------------------------------------------------------------------------- */

static const char everything[] =
    "# yaml-language-server: $schema=../schema.json\n"
    "# A lost answer is not a refusal.\n"
    "#\n"
    "# The client hears once.\n"
    "policy: documented\n"
    "knobs: { claim: fenced }\n"
    "seeds: 1..20\n"
    "world: { nodes: 2, users: 40, capacity: 4, limits: { group: 1, partitions: 3, settles: 2 }, "
    "shop: { products: 3, buyers: 2, purchases: 2, price: 5000, pg_settles_most: 9s, "
    "refund_port: false } }\n"
    "workload:\n"
    "  - { at: 0s, pay: { user: 1 } }\n"
    "  - { at: 1s, every: 10ms, pay: { users: 2..30 } }\n"
    "  - { foreign_token: { user: 3, by: 4 } }\n"
    "  - { at: 2s, order: { users: 1..2, items: [1x2, 3x1], point_percent: 30, coupon: true } }\n"
    "  - { order_again: { user: 2, purchase: 2 } }\n"
    "faults:\n"
    "  - { fault: mysql_down, at: 5s, for: 70s }\n"
    "  - { fault: node_crash, at: 9s, for: 30s, node: 1 }\n"
    "  - { fault: mysql_lost_answer, on: approve, user: 1, nth: 2..4 }\n"
    "  - { fault: redis_answer_lost, chance: 1/10, from: 0s, until: 5m }\n"
    "  - { fault: request_lost, from: 3s }\n"
    "  - { fault: poison_entry, user: 3, may_not_fire: true }\n"
    "  - { fault: pg_500_after, on: pg_pay, user: 2, purchase: 1, nth: 1 }\n"
    "takes:\n"
    "  - { on: send, user: 1, takes: 3m }\n"
    "  - { takes: long, partition: 2 }\n"
    "order:\n"
    "  - { first: { on: approve, user: 1, phase: commit }, then: { on: reject, user: 1 } }\n"
    "  - { first: { on: result, user: 1, purchase: 2 }, then: { on: callback, purchase: 2 } }\n"
    "heal: 5m\n"
    "drain: 48h\n"
    "chaos: 1/4\n"
    "slow: 1/20\n"
    "diagram: { participants: [User, \"MySQL (Entry Table)\"], from: 1s, until: 90s }\n"
    "expect:\n"
    "  - { answer: 200, user: 1, count: 1 }\n"
    "  - { rows: FAILED, cause: age, count: ..3 }\n"
    "  - { records: 3.. }\n"
    "  - { drained_within: 5m, drained_after: 1s }\n"
    "  - { violation: ok_is_approved, in: some seed }\n"
    "  - { orders: PAID, user: 2, count: 2 }\n"
    "  - { refunds: REFUND_PARKED, count: ..3 }\n"
    "  - { transactions: SUCCESS, count: 2.. }\n"
    "  - { answer: 402, user: 2, count: 0 }\n"
    "invariants: [ok_is_approved, token_kept]\n"
    "tape:\n"
    "  - { fault: mysql_lost_answer, on: approve, user: 2, node: 1, nth: 1 }\n"
    "  - { takes: 1500ms, on: send, of_node: 1, node: 1, nth: 3 }\n"
    "  - { first: { on: log, user: 2, nth: 1 }, then: { on: log, user: 3, nth: 1 } }\n"
    "  - { fault: pg_slow, on: pg_list, user: 2, purchase: 2, node: 1, nth: 1 }\n";

/* Each section of the format fills the part of the struct that it names. */
static void every_section_is_read(void **state)
{
    (void)state;
    must_read(everything);
    assert_string_equal(scenario.why, "A lost answer is not a refusal.\n\nThe client hears once.");
    assert_int_equal(scenario.base.hardened, 0);
    assert_int_equal(scenario.policy.hardened, 1u << RCP_KNOB_CLAIM);
    assert_int_equal(scenario.seed_last, 20);
    assert_int_equal(scenario.world.limits.partitions, 3);
    assert_int_equal(scenario.work[1].user_last, 30);
    assert_int_equal(scenario.work[1].every_ms, 10);
    assert_int_equal(scenario.work[2].by_user, 4);
    assert_int_equal(scenario.work[3].user_last, 2);
    assert_int_equal(scenario.work[3].purchase, 1);
    assert_int_equal(scenario.work[3].items[1].product_id, 3);
    assert_int_equal(scenario.work[3].items[0].quantity, 2);
    assert_int_equal(scenario.work[3].point_percent, 30);
    assert_int_equal(scenario.work[3].coupon, 1);
    assert_int_equal(scenario.work[4].purchase, 2);
    assert_int_equal(scenario.world.price, 5000);
    assert_int_equal(scenario.world.pg_settles_ms[1], 9000);
    assert_int_equal(scenario.world.gateway.refunds, 0);
    assert_int_equal(scenario.world.limits.settles, 2);
    assert_int_equal(scenario.plan[0].for_ms, 70000);
    assert_int_equal(scenario.plan[1].node, 1);
    assert_int_equal(scenario.plan[2].activity, 1);
    assert_int_equal(scenario.rules[0].nth_last, 4);
    assert_int_equal(scenario.rules[1].chance_den, 10);
    assert_true(scenario.rules[2].until_ms == UINT64_MAX);
    assert_int_equal(scenario.rules[3].purchase, 1);
    assert_int_equal(scenario.rules[4].takes_ms, 180000);
    assert_int_equal(scenario.rules[5].only_partition, 3);
    assert_int_equal(scenario.order[1].user[0], 1);
    assert_int_equal(scenario.order[1].purchase[1], 2);
    assert_int_equal(scenario.order[0].phase[0], RCP_PHASE_COMMIT);
    assert_int_equal(scenario.heal_ms, 300000);
    assert_int_equal(scenario.diagram.participants[1], RCP_PARTICIPANT_ENTRY_TABLE);
    assert_int_equal(scenario.expect[0].number, 200);
    assert_int_equal(scenario.expect[1].detail, RCP_PARK_AGE);
    assert_true(scenario.expect[2].max == UINT64_MAX);
    assert_int_equal(scenario.expect[3].min, 1000);
    assert_int_equal(scenario.expect[4].every, 0);
    assert_int_equal(scenario.expect[4].line, 39);
    assert_int_equal(scenario.expect[5].number, RCP_CHARGE_PAID);
    assert_int_equal(scenario.expect[6].number, RCP_REFUND_PARKED);
    assert_int_equal(scenario.expect[7].number, RCP_PG_SUCCESS);
    assert_int_equal(scenario.expect[8].number, 402);
    assert_int_equal(scenario.tape[0].key.subject, 1);
    assert_true(scenario.tape[1].option == RCP_TAKES_COUNT + 1500);
    assert_true(scenario.tape[2].option != 0);
    assert_int_equal(scenario.tape[2].key.why, RCP_WHY_ORDER);
    assert_int_equal(scenario.tape[3].key.subject_kind, RCP_SUBJECT_PURCHASE);
    assert_int_equal(scenario.tape[3].key.subject, 3);
    must_come_back();
}

/* A file that says nothing but why it exists is the default scenario. */
static void only_why_is_required(void **state)
{
    (void)state;
    must_read("# why\nheal: 10m\n");
    rcp_scenario_defaults(&again);
    memcpy(again.name, scenario.name, sizeof again.name);
    memcpy(again.path, scenario.path, sizeof again.path);
    memcpy(again.why, scenario.why, sizeof again.why);
    assert_memory_equal(&scenario, &again, sizeof scenario);
}

/* A large world gets room for its payments without asking, and keeps what it asks for. */
static void room_follows_from_payments(void **state)
{
    (void)state;
    must_read("# why\nworld: { users: 10000 }\n");
    assert_int_equal(scenario.world.capacity, 10000);
    assert_int_equal(scenario.world.rows, 40064);
    assert_int_equal(scenario.world.records, 80064);
    assert_int_equal(scenario.world.pending, 80256);
    must_come_back();
    must_read("# why\nworld: { users: 10000, rows: 12, capacity: 1 }\n");
    assert_int_equal(scenario.world.capacity, 1);
    assert_int_equal(scenario.world.rows, 12);
    must_come_back();
}

/* A shop gets money, limits and room for its purchases without asking; without one there is none. */
static void room_follows_from_purchases(void **state)
{
    (void)state;
    must_read("# why\nworld: { shop: { products: 1, buyers: 100, purchases: 10 } }\n");
    assert_int_equal(scenario.world.orders, 8064);
    assert_int_equal(scenario.world.refunds, 8064);
    assert_int_equal(scenario.world.transactions, 16128);
    assert_int_equal(scenario.world.pending, 512 + 16000);
    assert_int_equal(scenario.world.exchanges, 448 + 32000);
    assert_int_equal(scenario.world.limits.orders, 64);
    assert_int_equal(scenario.world.limits.settles, 8);
    assert_int_equal(scenario.world.limits.pg_calls, 16);
    assert_int_equal(scenario.world.first_order_id, 1);
    assert_int_equal(scenario.world.gateway.refunds, 1);
    must_come_back();
    must_read("# why\nworld: { shop: { products: 2, orders: 3 }, limits: { orders: 1 } }\n");
    assert_int_equal(scenario.world.buyers, 4);
    assert_int_equal(scenario.world.purchases, 1);
    assert_int_equal(scenario.world.orders, 3);
    assert_int_equal(scenario.world.limits.orders, 1);
    must_come_back();
    must_read("# why\nworld: { users: 3 }\n");
    assert_int_equal(scenario.world.limits.orders, 0);
    assert_int_equal(scenario.world.orders, 0);
}

/* A scenario is named for its place under scenarios/. */
static void path_names_the_scenario(void **state)
{
    (void)state;
    static const char text[] = "# why\nheal: 1m\n";
    static const struct {
        const char *path;
        const char *name;
    } rows[] = {
        {"scenarios/flaws/token.yaml", "flaws/token"},
        {"/a/scenarios/b/scenarios/c/d.yaml", "c/d"},
        {"/tmp/x.yaml", "x"},
        {"x", "x"},
        {"myscenarios/x.yaml", "x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(rcp_scenario_read_text(rows[i].path, text, sizeof text - 1, &scenario, &error));
        assert_string_equal(scenario.name, rows[i].name);
        assert_string_equal(scenario.path, rows[i].path);
    }
}

/* ---- Refusing ------------------------------------------------------------------------------- */

#define WHY           "# why\n"
#define SHOP(members) WHY "world: { shop: { " members " } }\n"

/* Each bad file is refused at the place where it is bad, in words that say what is allowed. The
 * expected text is a part of the message. */
static void bad_files_are_refused_where_they_are_bad(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"heal: 1m\n", "x.yaml:1:1: no opening comment"},
        {"", "x.yaml:1:1: the file is empty"},
        {WHY, "x.yaml:1:1: the file is empty"},
        {WHY "heals: 1m\n", "x.yaml:2:1: unknown key `heals` in a scenario; did you mean `heal`?"},
        {WHY "heal: 1m\nheal: 2m\n", "x.yaml:3:1: duplicate key `heal`"},
        {WHY "heal: 70\n", "x.yaml:2:7: `heal` cannot be `70`; allowed: a duration with its unit"},
        {WHY "heal: 70 s\n", "x.yaml:2:7: `heal` cannot be `70 s`"},
        {WHY "heal: 5m1h\n", "x.yaml:2:7: `heal` cannot be `5m1h`"},
        {WHY "heal: 0s\n", "x.yaml:2:7: `heal` cannot be `0s`"},
        {WHY "heal: 99999999999999999999s\n", "x.yaml:2:7: `heal` cannot be `9999"},
        {WHY "heal: [1m]\n", "x.yaml:2:7: heal is a list; allowed: one word"},
        {WHY "heal:\n", "x.yaml:2:1: `heal` cannot be ``"},
        {WHY "chaos: 0.1\n", "x.yaml:2:8: `chaos` cannot be `0.1`; allowed: a ratio"},
        {WHY "chaos: 3/2\n", "x.yaml:2:8: `chaos` cannot be `3/2`"},
        {WHY "chaos: 1/0\n", "x.yaml:2:8: `chaos` cannot be `1/0`"},
        {WHY "seeds: 5..1\n", "x.yaml:2:8: `seeds` cannot be `5..1`; allowed: N or A..B"},
        {WHY "seeds: 5..\n", "x.yaml:2:8: `seeds` cannot be `5..`"},
        {WHY "seed: 1..2\n", "x.yaml:2:7: `seed` is one number"},
        {WHY "seed: 1\nseeds: 1..2\n", "x.yaml:2:7: `seed` and `seeds` are the same"},
        {WHY "seed: 18446744073709551616\n", "x.yaml:2:7: `seed` cannot be"},
        {WHY "policy: hard\n", "x.yaml:2:9: no such policy: `hard`; allowed: documented, hardened"},
        {WHY "knobs: { clam: fenced }\n",
         "x.yaml:2:10: no such knob: `clam`; did you mean `claim`?"},
        {WHY "knobs: { claim: fence }\n",
         "x.yaml:2:17: `claim` cannot be `fence`; allowed: plain_select, fenced"},
        {WHY "knobs: { claim: fenced, claim: fenced }\n", "x.yaml:2:25: duplicate key `claim`"},
        {WHY "knobs: { claim: plain_select, resolved_means: handed_to_producer }\n",
         "x.yaml:2:8: impossible knobs: retry_failed: same_row needs"},
        {WHY "world: { nodes: 0 }\n",
         "x.yaml:2:17: `nodes` cannot be `0`; allowed: a whole number from 1 to 8"},
        {WHY "world: { nodes: 9 }\n", "x.yaml:2:17: `nodes` cannot be `9`"},
        {WHY "world: { nodes: -1 }\n", "x.yaml:2:17: `nodes` cannot be `-1`"},
        {WHY "world: { limits: { page: 33 } }\n", "x.yaml:2:26: `page` cannot be `33`"},
        {WHY "world: { limits: { retries: 1, partitions: 2 } }\n",
         "x.yaml:2:29: `retries` is less than `partitions`: each holds a slot"},
        {WHY "world: { limits: { pages: 3 } }\n", "x.yaml:2:20: unknown key `pages` in `limits`"},
        {WHY "world: { users: 65536, activities: 2 }\n",
         "x.yaml:2:17: 2 activities of 65536 users"},
        {WHY "world: 3\n", "x.yaml:2:8: `world` is one word; allowed: a mapping"},
        {WHY "workload: { pay: { user: 1 } }\n", "x.yaml:2:11: workload is a mapping"},
        {WHY "workload:\n  - { at: 0s }\n", "x.yaml:3:5: a line of `workload` does one of: pay"},
        {WHY "workload:\n  - { pay: { user: 1 }, reserve: { user: 1 } }\n",
         "x.yaml:3:5: a line of"},
        {WHY "workload:\n  - { pay: {} }\n", "x.yaml:3:12: `pay` needs either `user` or `users`"},
        {WHY "workload:\n  - { pay: { user: 9 } }\n", "x.yaml:3:20: there is no user 9"},
        {WHY "workload:\n  - { pay: { user: 1, activity: 2 } }\n",
         "x.yaml:3:33: there is no activ"},
        {WHY "workload:\n  - { pay: { user: 1, by: 2 } }\n",
         "x.yaml:3:12: `pay` does not take `by`"},
        {WHY "workload:\n  - { foreign_token: { user: 1 } }\n",
         "x.yaml:3:22: `foreign_token` needs"},
        {WHY "workload:\n  - { every: 1s, pay: { user: 1 } }\n",
         "x.yaml:3:14: `every` needs `users`"},
        {WHY "world: { limits: { orders: 3 } }\n", "x.yaml:2:28: `orders` needs a shop"},
        {WHY "world: { shop: { stock: 3 } }\n", "x.yaml:2:16: `shop` needs `products`"},
        {SHOP("products: 9"), "x.yaml:2:28: `products` cannot be `9`"},
        {SHOP("products: 1, buyers: 300, purchases: 300"),
         "x.yaml:2:55: 300 buyers of 300 purchases are too many; allowed: 65536"},
        {SHOP("products: 1, pg_settles_least: 9s"),
         "x.yaml:2:49: `pg_settles_least` is more than `pg_settles_most`"},
        {WHY "world: { shop: { products: 1 }, limits: { settles: 0 } }\n",
         "x.yaml:2:52: `settles` cannot be 0 where there is a shop"},
        {WHY "workload:\n  - { order: { user: 1, items: [1x1] } }\n",
         "x.yaml:3:14: `order` needs a shop"},
        {SHOP("products: 1") "workload:\n  - { order: { items: [1x1] } }\n",
         "x.yaml:4:14: `order` needs either `user` or `users`"},
        {SHOP("products: 1") "workload:\n  - { order: { user: 5, items: [1x1] } }\n",
         "x.yaml:4:22: there is no buyer 5; allowed: 1 to 4"},
        {SHOP("products: 1") "workload:\n  - { order: { user: 1, purchase: 2, items: [1x1] } }\n",
         "x.yaml:4:35: there is no purchase 2"},
        {SHOP("products: 1") "workload:\n  - { order: { user: 1, items: [2x1] } }\n",
         "x.yaml:4:32: there is no product 2"},
        {SHOP("products: 1") "workload:\n  - { order: { user: 1, items: [1x0] } }\n",
         "x.yaml:4:33: an item cannot be `1x0`; allowed: PRODUCTxQUANTITY"},
        {SHOP("products: 1") "workload:\n  - { order: { user: 1, items: [1] } }\n",
         "x.yaml:4:33: an item cannot be `1`"},
        {SHOP("products: 1") "workload:\n  - { order: { user: 1, items: [] } }\n",
         "x.yaml:4:32: the list is empty"},
        {SHOP("products: 1") "workload:\n  - { order: { user: 1, items: 1x1 } }\n",
         "x.yaml:4:32: items is one word; allowed: a list"},
        {SHOP(
             "products: 1") "workload:\n  - { order: { user: 1, items: [1x1,1x1,1x1,1x1,1x1] } }\n",
         "x.yaml:4:49: too many items; allowed: 4"},
        {SHOP("products: 1") "workload:\n  - { order: { user: 1 } }\n",
         "x.yaml:4:14: `order` needs `items`"},
        {SHOP("products: 1") "workload:\n  - { order_again: { user: 1, items: [1x1] } }\n",
         "x.yaml:4:20: `order_again` brings no cart"},
        {SHOP("products: 1") "workload:\n  - { order_ask: { user: 1, activity: 1 } }\n",
         "x.yaml:4:29: unknown key `activity` in the buyer"},
        {WHY "faults:\n  - { fault: pg_slow, purchase: 1 }\n",
         "x.yaml:3:33: `purchase` needs a shop"},
        {SHOP("products: 1") "faults:\n  - { fault: pg_slow, purchase: 1, activity: 1 }\n",
         "x.yaml:4:46: a purchase is of no activity"},
        {SHOP("products: 1") "faults:\n  - { fault: pg_slow, user: 8, purchase: 1 }\n",
         "x.yaml:4:29: there is no buyer 8"},
        {SHOP("products: 1") "faults:\n  - { fault: pg_slow, user: 9 }\n",
         "x.yaml:4:29: there is no user 9"},
        {SHOP("products: 1") "faults:\n  - { fault: pg_down, for: 1s, purchase: 1 }\n",
         "x.yaml:4:42: `pg_down` does not take `purchase`"},
        {WHY "expect:\n  - { orders: PAID, count: 1 }\n",
         "x.yaml:3:5: this expectation needs a shop"},
        {SHOP("products: 1") "expect:\n  - { orders: PAYED, count: 1 }\n",
         "x.yaml:4:15: no such status: `PAYED`; did you mean `PAID`?"},
        {SHOP("products: 1") "expect:\n  - { refunds: REFUNDED, user: 5, count: 1 }\n",
         "x.yaml:4:32: there is no buyer 5"},
        {SHOP("products: 1") "tape:\n  - { fault: pg_slow, on: pg_pay, purchase: 1 }\n",
         "x.yaml:4:45: `purchase` needs `user`"},
        {WHY "faults:\n  - { at: 1s }\n", "x.yaml:3:5: a line of `faults` needs `fault`"},
        {WHY "faults:\n  - { fault: mysql_dwn, at: 1s, for: 1s }\n",
         "x.yaml:3:14: no such fault: `mysql_dwn`; did you mean `mysql_down`?"},
        {WHY "faults:\n  - { fault: mysql_down, at: 1s }\n",
         "x.yaml:3:5: `mysql_down` needs `for`"},
        {WHY "faults:\n  - { fault: mysql_down, for: 1s, by: 1s }\n",
         "x.yaml:3:39: `mysql_down` does not take `by`"},
        {WHY "faults:\n  - { fault: node_pause, for: 1s }\n",
         "x.yaml:3:5: `node_pause` needs `node`"},
        {WHY "faults:\n  - { fault: node_pause, for: 1s, node: 2 }\n",
         "x.yaml:3:41: there is no node 2; allowed: 1 to 1"},
        {WHY "faults:\n  - { fault: mysql_clock_jump }\n",
         "x.yaml:3:5: `mysql_clock_jump` needs `by`"},
        {WHY "faults:\n  - { fault: mysql_down, for: 1s, at: 10m }\n",
         "x.yaml:3:39: it would strike after the heal"},
        {WHY "faults:\n  - { fault: mysql_down, for: 1s, on: approve }\n",
         "x.yaml:3:39: `mysql_down` does not take `on`"},
        {WHY "faults:\n  - { fault: mysql_refused, on: send }\n",
         "x.yaml:3:33: `mysql_refused` cannot strike on `send`; allowed: approve, settle"},
        {WHY "faults:\n  - { fault: mysql_refused, on: sned }\n",
         "x.yaml:3:33: no such site: `sned`"},
        {WHY "faults:\n  - { fault: mysql_refused, at: 1s }\n",
         "x.yaml:3:33: `mysql_refused` does not take `at`"},
        {WHY "faults:\n  - { fault: mysql_refused, from: 2s, until: 1s }\n",
         "x.yaml:3:46: `until` is not after `from`"},
        {WHY "faults:\n  - { fault: mysql_refused, partition: 1 }\n",
         "x.yaml:3:40: there is no partition 1"},
        {WHY "faults:\n  - { fault: poison_entry }\n", "x.yaml:3:5: `poison_entry` needs `user`"},
        {WHY "takes:\n  - { on: send }\n", "x.yaml:3:5: a line of `takes` needs `takes`"},
        {WHY "takes:\n  - { takes: longer }\n", "x.yaml:3:14: no such length: `longer`; did you"},
        {WHY "takes:\n  - { takes: 3 }\n", "x.yaml:3:14: `takes` cannot be `3`"},
        {WHY "order:\n  - { first: { on: send } }\n", "x.yaml:3:5: a line of `order` needs `then`"},
        {WHY "order:\n  - { first: { on: send }, then: { user: 1 } }\n",
         "x.yaml:3:5: `then` needs `on`"},
        {WHY "expect:\n  - { answer: 201, count: 1 }\n", "x.yaml:3:15: no such answer: `201`"},
        {WHY "expect:\n  - { answer: 200 }\n", "x.yaml:3:5: this expectation needs `count`"},
        {WHY "expect:\n  - { records: 1, cause: age }\n",
         "x.yaml:3:26: this expectation does not take `cause`"},
        {WHY "expect:\n  - { in: some seed }\n", "x.yaml:3:5: a line of `expect` has one of: held"},
        {WHY "expect:\n  - { violation: ok_is_aproved }\n",
         "x.yaml:3:18: no such invariant: `ok_is_aproved`; did you mean `ok_is_approved`?"},
        {WHY "expect:\n  - { held: false }\n", "x.yaml:3:13: `held` cannot be false"},
        {WHY "invariants: [token_kept, token_kept]\n",
         "x.yaml:2:26: duplicate invariant `token_kept`"},
        {WHY "invariants: []\n", "x.yaml:2:13: the list is empty"},
        {WHY "invariants: some\n", "x.yaml:2:13: `invariants` is neither; allowed: all, or a list"},
        {WHY "diagram: { participants: [User, User] }\n",
         "x.yaml:2:33: duplicate participant `User`"},
        {WHY "tape:\n  - { on: send }\n", "x.yaml:3:5: a line of `tape` has one of"},
        {WHY "tape:\n  - { fault: mysql_down, on: send }\n",
         "x.yaml:3:14: `mysql_down` strikes no"},
        {WHY "tape:\n  - { takes: long, user: 1, partition: 1 }\n",
         "x.yaml:3:5: a key has one subj"},
        {WHY "- a\n", "x.yaml:2:1: a scenario is a list; allowed: a mapping"},
        {WHY "hello\n", "x.yaml:2:1: a scenario is one word; allowed: a mapping"},
        {WHY "heal: &a 1m\ndrain: *a\n", "x.yaml:3:8: alias `*a`; allowed: no aliases"},
        {WHY "world: &w { limits: *w }\n", "x.yaml:2:21: cyclic alias `*w` stands inside `&w`"},
        {WHY "heal: !!str 1m\n", "x.yaml:2:7: a tag is not allowed"},
        {WHY "heal: 1m\n---\nheal: 2m\n", "x.yaml:3:1: a second document"},
        {WHY "{ [a]: b }\n", "x.yaml:2:3: this key is no word"},
        {WHY "heal: {\n", "x.yaml:3:1: not YAML: "},
        {WHY "heal: 1m\n drain: 1h\n", "x.yaml:2:7: not YAML: "},
        {WHY "heal: \"1m\n", "not YAML: "},
        {WHY "heal: \x01\n", "x.yaml:2:7: not YAML: byte 0x01; allowed: UTF-8 text"},
        {WHY "h\xc3\xa4: \xff\n", "x.yaml:2:5: not YAML: byte 0xff"},
        {WHY "a: [[[[[[[[[]]]]]]]]]\n", "x.yaml:2:11: nested too deeply; allowed: 8 levels"},
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool read = read_text(rows[i].text);
        if (!read && strstr(error.text, rows[i].message) != NULL &&
            strchr(error.text, '\n') == NULL)
            continue;
        print_error("%s  expected: %s\n  found:    %s\n",
                    rows[i].text,
                    rows[i].message,
                    read ? "no error" : error.text);
        failed++;
    }
    assert_int_equal(failed, 0);
}

/* A file that is too large, that is not there or that is no file is refused before it is parsed. */
static void unreadable_files_are_refused(void **state)
{
    (void)state;
    size_t size = RCP_SCENARIO_FILE_MAX + 1;
    char *large = malloc(size);
    memset(large, '#', size);
    assert_false(rcp_scenario_read_text("x.yaml", large, size, &scenario, &error));
    assert_string_equal(error.text, "x.yaml:1:1: the file is too large; allowed: 64 KB");
    assert_false(rcp_scenario_read_text("x.tape.yaml", large, size, &scenario, &error));
    assert_null(strstr(error.text, "too large"));
    free(large);
    assert_false(rcp_scenario_read("/nowhere/x.yaml", &scenario, &error));
    assert_string_equal(error.text,
                        "/nowhere/x.yaml:1:1: cannot open it: No such file or directory");
    assert_false(rcp_scenario_read("/", &scenario, &error));
    assert_string_equal(error.text, "/:1:1: cannot read it: Is a directory");
}

/* More lines than there is room for are refused at the first that has none. */
static void too_many_lines_are_refused(void **state)
{
    (void)state;
    char text[4096] = "# why\nworkload:\n";
    for (uint32_t i = 0; i <= RCP_WORK_MAX; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "  - { pay: { user: 1 } }\n");
    }
    assert_false(read_text(text));
    assert_string_equal(error.text, "x.yaml:67:5: too many lines; allowed: 64");
}

/* ---- Both ways ------------------------------------------------------------------------------ */

static uint64_t random_state;

static uint64_t random_next(void)
{
    random_state += 0x9e3779b97f4a7c15u;
    uint64_t mixed = random_state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

/* In [first, last]. */
static uint32_t between(uint32_t first, uint32_t last)
{
    return first + (uint32_t)(random_next() % (last - first + 1u));
}

static bool coin(void)
{
    return (random_next() & 1) != 0;
}

/* Zero half of the time. */
static uint32_t maybe(uint32_t first, uint32_t last)
{
    return coin() ? between(first, last) : 0;
}

static enum rcp_fault fault_of(bool fate)
{
    for (;;) {
        enum rcp_fault fault = (enum rcp_fault)between(1, RCP_FAULT_COUNT - 1);
        if ((rcp_fault_info(fault)->class == RCP_FAULT_CLASS_FATE) == fate)
            return fault;
    }
}

static enum rcp_site site_of(enum rcp_fault fault)
{
    for (;;) {
        enum rcp_site site = (enum rcp_site)between(0, RCP_SITE_COUNT - 1);
        if (site == RCP_SITE_NONE || (rcp_fault_info(fault)->sites & RCP_AT(site)) != 0)
            return site;
    }
}

static void fill_world(struct rcp_world_config *world)
{
    world->limits.requests = between(1, RCP_REQUESTS_MAX);
    world->limits.page = between(1, RCP_PAGE_MAX);
    world->limits.partitions = between(1, RCP_PARTITIONS_MAX);
    world->limits.retries = between(world->limits.partitions, RCP_RETRIES_MAX);
    world->nodes = between(1, RCP_NODES_MAX);
    world->nodes_per_process = between(1, RCP_NODES_MAX);
    world->activities = between(1, RCP_ACTIVITIES_MAX);
    world->users = between(2, 4000);
    world->capacity = between(0, 4000);
    world->rows = between(1, 9000);
    world->token_ttl_ms = between(1, UINT32_MAX - 1);
    world->client_tries = between(1, 9);
    world->exchanges = between(1, 9000);
    world->instant = between(0, 1);
}

static void fill_shop(struct rcp_world_config *world)
{
    world->limits.orders = between(1, RCP_ORDERS_MAX);
    world->limits.settles = between(1, RCP_TX_ROWS_MAX);
    world->limits.pg_calls = between(1, RCP_PG_CALLS_MAX);
    world->products = between(1, RCP_PRODUCTS_MAX);
    world->stock = between(0, 1000);
    world->buyers = between(2, 200);
    world->purchases = between(1, 9);
    world->orders = between(1, 9000);
    world->refunds = between(1, 9000);
    world->transactions = between(1, 9000);
    world->points = between(0, 1000000);
    world->price = between(1, 1000000);
    world->discount = between(0, 1000000);
    world->first_order_id = between(1, UINT32_MAX);
    world->pg_settles_ms[0] = between(0, 9999);
    world->pg_settles_ms[1] = between(10000, 99999);
    world->gateway.refunds = coin();
    world->gateway.callback_mac = coin();
}

static void fill_order_work(struct rcp_work *work)
{
    work->user_first = between(1, scenario.world.buyers - 1);
    work->user_last =
        coin() ? work->user_first : between(work->user_first, scenario.world.buyers - 1);
    if (work->user_first < work->user_last)
        work->every_ms = maybe(1, 999);
    work->purchase = between(1, scenario.world.purchases);
    if (work->kind != RCP_WORK_ORDER && work->kind != RCP_WORK_ORDER_TWICE &&
        work->kind != RCP_WORK_ORDER_UNADDED)
        return;
    uint32_t items = between(1, RCP_ORDER_ITEMS_MAX);
    for (uint32_t i = 0; i < items; i++)
        work->items[i] =
            (struct rcp_order_item){between(1, scenario.world.products), between(1, 1000)};
    work->point_percent = (uint8_t)maybe(0, 100);
    work->coupon = coin();
}

static void fill_work(struct rcp_work *work)
{
    bool shop = scenario.world.products > 0;
    work->at_ms = between(0, 99999);
    work->kind = between(1, (shop ? RCP_WORK_KIND_COUNT : RCP_WORK_ORDER) - 1);
    if (work->kind >= RCP_WORK_ORDER) {
        fill_order_work(work);
        return;
    }
    work->activity = between(1, scenario.world.activities);
    work->user_first = between(1, scenario.world.users - 1);
    work->user_last =
        coin() ? work->user_first : between(work->user_first, scenario.world.users - 1);
    if (work->user_first < work->user_last)
        work->every_ms = maybe(1, 999);
    if (work->kind == RCP_WORK_FOREIGN_TOKEN)
        work->by_user = scenario.world.users;
}

static void fill_plan(struct rcp_plan *plan)
{
    plan->fault = fault_of(false);
    const struct rcp_fault_info *info = rcp_fault_info((enum rcp_fault)plan->fault);
    plan->at_ms = between(0, 99999);
    plan->for_ms = info->wants_for ? between(1, 99999999) : 0;
    plan->by_ms = info->wants_by ? between(1, 99999999) : 0;
    plan->node = info->wants_node ? between(1, scenario.world.nodes) : 0;
    if (info->class == RCP_FAULT_CLASS_INPUT) {
        plan->activity = between(1, scenario.world.activities);
        plan->user = between(1, scenario.world.users);
    }
    plan->may_not_fire = coin();
}

static void fill_rule(struct rcp_rule *rule, enum rcp_why why)
{
    rule->why = why;
    if (why == RCP_WHY_FATE) {
        rule->option = fault_of(true);
        rule->site = site_of((enum rcp_fault)rule->option);
    } else {
        rule->site = between(0, RCP_SITE_COUNT - 1);
        rule->takes_ms = maybe(1, 99999999);
        rule->option = rule->takes_ms ? 0 : between(0, RCP_TAKES_COUNT - 1);
    }
    rule->purchase = scenario.world.products > 0 ? maybe(1, scenario.world.purchases) : 0;
    rule->activity = rule->purchase ? 0 : maybe(1, scenario.world.activities);
    rule->user = maybe(1, rule->purchase ? scenario.world.buyers : scenario.world.users);
    rule->node = maybe(1, scenario.world.nodes);
    rule->nth_first = maybe(1, 1000);
    rule->nth_last = rule->nth_first ? between(rule->nth_first, UINT32_MAX) : 0;
    rule->chance_den = coin() ? 1 : between(1, 1000);
    rule->chance_num = between(1, rule->chance_den);
    rule->from_ms = maybe(1, 99999);
    rule->until_ms = rule->from_ms ? (coin() ? UINT64_MAX : rule->from_ms + 1) : 0;
    rule->only_partition = maybe(1, scenario.world.limits.partitions);
    rule->may_not_fire = coin();
}

static void fill_order(struct rcp_order_rule *rule)
{
    for (int side = coin() ? 0 : 1; side < 2; side++) {
        rule->site[side] = between(1, RCP_SITE_COUNT - 1);
        uint32_t purchase = scenario.world.products > 0 ? maybe(1, scenario.world.purchases) : 0;
        rule->purchase[side] = purchase;
        rule->activity[side] = purchase ? 0 : maybe(1, scenario.world.activities);
        rule->user[side] = maybe(1, purchase ? scenario.world.buyers : scenario.world.users);
        rule->node[side] = maybe(1, scenario.world.nodes);
        rule->nth[side] = maybe(1, UINT16_MAX);
        rule->phase[side] = (uint8_t)between(0, RCP_PHASE_COUNT - 1);
    }
    rule->may_not_fire = coin();
}

static void fill_bounds(struct rcp_expect *expect)
{
    expect->min = maybe(0, 99);
    expect->max = coin() ? UINT64_MAX : expect->min + maybe(0, 99);
}

static bool is_of_shop(uint32_t kind)
{
    return kind == RCP_EXPECT_ORDERS || kind == RCP_EXPECT_REFUNDS ||
           kind == RCP_EXPECT_TRANSACTIONS;
}

static void fill_expect(struct rcp_expect *expect)
{
    static const uint32_t statuses[] = {200, 202, 400, 401, 402, 403, 404, 409, 410, 422, 500, 503};
    do
        expect->kind = between(1, RCP_EXPECT_KIND_COUNT - 1);
    while (is_of_shop(expect->kind) && scenario.world.products == 0);
    expect->every = coin();
    bool whose = true;
    switch ((enum rcp_expect_kind)expect->kind) {
    case RCP_EXPECT_HELD:
    case RCP_EXPECT_NONE:
    case RCP_EXPECT_KIND_COUNT:
        return;
    case RCP_EXPECT_VIOLATION:
        expect->number = between(1, RCP_INVARIANT_COUNT - 1);
        return;
    case RCP_EXPECT_IN_ORDER:
        expect->number = coin();
        return;
    case RCP_EXPECT_DRAINED_WITHIN:
        expect->min = maybe(1, 99);
        expect->max = expect->min ? UINT64_MAX : between(100, 99999);
        return;
    case RCP_EXPECT_ANSWER:
        expect->number = statuses[between(0, 11)];
        break;
    case RCP_EXPECT_ENTRIES:
        expect->number = between(1, RCP_ENTRY_STATUS_COUNT - 1);
        break;
    case RCP_EXPECT_ROWS:
        expect->number = between(1, RCP_ROW_STATUS_COUNT - 1);
        expect->detail = maybe(1, RCP_PARK_CAUSE_COUNT - 1);
        break;
    case RCP_EXPECT_EVENT:
        expect->number = between(1, RCP_RECORD_KIND_COUNT - 1);
        break;
    case RCP_EXPECT_ORDERS:
        expect->number = between(1, RCP_CHARGE_STATUS_COUNT - 1);
        break;
    case RCP_EXPECT_REFUNDS:
        expect->number = between(1, RCP_REFUND_STATUS_COUNT - 1);
        break;
    case RCP_EXPECT_TRANSACTIONS:
        expect->number = between(0, RCP_PG_STATUS_COUNT - 1);
        break;
    case RCP_EXPECT_PARKED_RECORDS:
        whose = false;
        break;
    case RCP_EXPECT_RECORDS:
    case RCP_EXPECT_ALERTS:
        break;
    }
    fill_bounds(expect);
    if (is_of_shop(expect->kind)) {
        expect->user = maybe(1, scenario.world.buyers);
        return;
    }
    expect->activity = whose ? maybe(1, scenario.world.activities) : 0;
    expect->user = whose ? maybe(1, scenario.world.users) : 0;
}

/* How many subjects of a kind there are, or may be. */
static uint32_t subjects_of(uint8_t kind)
{
    if (kind == RCP_SUBJECT_PAYMENT)
        return scenario.world.activities * scenario.world.users;
    if (kind == RCP_SUBJECT_PURCHASE)
        return scenario.world.buyers * scenario.world.purchases;
    return 100000;
}

static struct rcp_key some_key(void)
{
    bool shop = scenario.world.products > 0;
    uint32_t kinds = shop ? RCP_SUBJECT_KIND_COUNT : RCP_SUBJECT_PURCHASE;
    struct rcp_key key = {
        .nth = (uint16_t)between(0, UINT16_MAX),
        .subject_kind = (uint8_t)between(0, kinds - 1),
        .site = (uint8_t)between(0, RCP_SITE_COUNT - 1),
        .node = (uint8_t)between(0, scenario.world.nodes),
        .phase = (uint8_t)between(0, RCP_PHASE_COUNT - 1),
        .copy = (uint8_t)between(0, UINT8_MAX),
    };
    key.subject = between(0, subjects_of(key.subject_kind) - 1);
    return key;
}

static void fill_tape(struct rcp_tape_entry *entry)
{
    entry->key = some_key();
    entry->key.why = (uint8_t)between(RCP_WHY_FATE, RCP_WHY_ORDER);
    if (entry->key.why == RCP_WHY_FATE)
        entry->option = fault_of(true);
    else if (entry->key.why == RCP_WHY_TAKES)
        entry->option =
            coin() ? between(0, RCP_TAKES_COUNT - 1) : RCP_TAKES_COUNT + between(1, 99999);
    else
        entry->option = rcp_key_pack(some_key());
}

static void fill_diagram(struct rcp_diagram *diagram)
{
    uint32_t first = between(1, RCP_PARTICIPANT_COUNT - 1);
    for (uint32_t i = 0; i + first < RCP_PARTICIPANT_COUNT; i++)
        diagram->participants[i] = (uint8_t)(i + first);
    diagram->from_ms = maybe(1, 9999);
    diagram->until_ms = maybe(10000, 99999);
}

static void fill_policy(void)
{
    scenario.base = coin() ? rcp_policy_hardened() : rcp_policy_documented();
    uint64_t knobs = (UINT64_C(1) << RCP_KNOB_COUNT) - 1;
    do {
        uint64_t turned = random_next() & knobs;
        turned &= random_next(); /* few at a time: many make little sense together */
        scenario.policy.hardened = scenario.base.hardened ^ turned;
    } while (rcp_policy_refusal(scenario.policy) != NULL);
}

static void fill_lists(void)
{
    scenario.work_count = between(0, 3);
    scenario.plan_count = between(0, 3);
    scenario.order_count = between(0, 3);
    scenario.expect_count = between(0, 3);
    scenario.tape_count = between(0, 3);
    scenario.rule_count = between(0, 6);
    uint32_t fates = between(0, scenario.rule_count);
    for (uint32_t i = 0; i < scenario.work_count; i++)
        fill_work(&scenario.work[i]);
    for (uint32_t i = 0; i < scenario.plan_count; i++)
        fill_plan(&scenario.plan[i]);
    for (uint32_t i = 0; i < scenario.rule_count; i++)
        fill_rule(&scenario.rules[i], i < fates ? RCP_WHY_FATE : RCP_WHY_TAKES);
    for (uint32_t i = 0; i < scenario.order_count; i++)
        fill_order(&scenario.order[i]);
    for (uint32_t i = 0; i < scenario.expect_count; i++)
        fill_expect(&scenario.expect[i]);
    for (uint32_t i = 0; i < scenario.tape_count; i++)
        fill_tape(&scenario.tape[i]);
}

static void fill(uint64_t seed)
{
    static const char *const whys[] = {"why", "one\ntwo", "one\n\n  two", "# a: {b", "one\n"};
    random_state = seed;
    rcp_scenario_defaults(&scenario);
    snprintf(scenario.why, sizeof scenario.why, "%s", whys[between(0, 4)]);
    fill_policy();
    scenario.seed_first = maybe(0, 99) ? random_next() / 2 : 1;
    scenario.seed_last = scenario.seed_first + maybe(0, 99);
    if (coin())
        fill_world(&scenario.world);
    if (coin())
        fill_shop(&scenario.world);
    scenario.heal_ms = between(100000, 9999999);
    scenario.drain_ms = between(1, 99999999);
    scenario.chaos_den = between(1, 9);
    scenario.chaos_num = between(0, scenario.chaos_den);
    scenario.slow_den = between(1, 9);
    scenario.slow_num = between(0, scenario.slow_den);
    if (coin())
        scenario.invariants &= random_next() | UINT64_C(1) << RCP_INVARIANT_TOKEN_KEPT |
                               UINT64_C(1) << RCP_INVARIANT_CHECK |
                               UINT64_C(1) << RCP_INVARIANT_TWIN;
    if (coin())
        fill_diagram(&scenario.diagram);
    scenario.tape_only = coin();
    fill_lists();
}

/* Whatever a generator fills in within the rules, the writer says and the reader understands. */
static void generated_scenarios_come_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5000; seed++) {
        char text[2560];
        fill(seed);
        if (!rcp_scenario_valid(&scenario, text, sizeof text))
            fail_msg("seed %u: %s", (unsigned)seed, text);
        must_come_back();
    }
}

/* A byte of a valid struct turned into anything is either refused or still survives the way to
 * YAML and back: what cannot be written is not valid. */
static void what_is_valid_can_be_written(void **state)
{
    (void)state;
    uint32_t valid = 0;
    for (uint64_t seed = 1; seed <= 5000; seed++) {
        char text[2048];
        fill(seed);
        size_t first = offsetof(struct rcp_scenario, seed_first);
        size_t end = offsetof(struct rcp_scenario, tape) + 3 * sizeof(struct rcp_tape_entry);
        size_t at = first + random_next() % (end - first);
        bool spare =
            at >= offsetof(struct rcp_scenario, spare) && at < offsetof(struct rcp_scenario, tape);
        ((unsigned char *)&scenario)[at] ^= (unsigned char)(1u << between(0, 7));
        if (spare || !rcp_scenario_valid(&scenario, text, sizeof text))
            continue;
        valid++;
        size_t size;
        char *yaml = written(&scenario, &size);
        if (!rcp_scenario_read_text("x.yaml", yaml, size, &again, &error))
            fail_msg("seed %u, byte %u: %s\n%s", (unsigned)seed, (unsigned)at, error.text, yaml);
        free(yaml);
    }
    assert_true(valid > 500);
}

/* No cut and no changed byte of a good file makes the reader do more than refuse it. */
static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    char text[sizeof everything];
    random_state = 42;
    for (uint32_t i = 0; i < 20000; i++) {
        memcpy(text, everything, sizeof text);
        size_t size = coin() ? sizeof everything - 1 : between(0, sizeof everything - 1);
        for (uint32_t change = between(0, 4); change > 0; change--)
            text[between(0, sizeof text - 2)] = "{}[]:,-&*!|>#'\"\n\t ?%@`0a\\"[between(0, 24)];
        error.text[0] = '\0';
        if (!rcp_scenario_read_text("x.yaml", text, size, &scenario, &error)) {
            assert_int_equal(strncmp(error.text, "x.yaml:", 7), 0);
            assert_null(strchr(error.text, '\n'));
            assert_true(error.line > 0 && error.column > 0);
        }
    }
}

/* ---- Policy, faults, schema ----------------------------------------------------------------- */

/* Both presets, and each knob turned alone from `hardened`, make sense. */
static void presets_and_single_knobs_are_accepted(void **state)
{
    (void)state;
    assert_null(rcp_policy_refusal(rcp_policy_documented()));
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        struct rcp_policy policy = rcp_policy_hardened();
        assert_null(rcp_policy_refusal(policy));
        rcp_policy_set(&policy, (enum rcp_knob)i, false);
        assert_null(rcp_policy_refusal(policy));
        assert_false(rcp_hardened(policy, (enum rcp_knob)i));
        rcp_policy_set(&policy, (enum rcp_knob)i, true);
        assert_int_equal(policy.hardened, rcp_policy_hardened().hardened);
    }
}

/* An invariant that a knob claims to break is one that is checked. */
static void knobs_break_invariants_that_exist(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        const char *breaks = rcp_knob_info((enum rcp_knob)i)->breaks;
        bool known = breaks == NULL;
        for (uint32_t j = 1; j < RCP_INVARIANT_COUNT; j++)
            known |= breaks && strcmp(rcp_invariant_info((enum rcp_invariant)j)->name, breaks) == 0;
        assert_true(known);
    }
}

/* Only a fault that strikes effects has sites, and it has one at least; each has a sentence. */
static void faults_have_a_place_to_strike(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < RCP_FAULT_COUNT; i++) {
        const struct rcp_fault_info *info = rcp_fault_info((enum rcp_fault)i);
        assert_int_equal(info->class == RCP_FAULT_CLASS_FATE, info->sites != 0);
        assert_true(strlen(info->sentence) > 10);
        if (info->class != RCP_FAULT_CLASS_PLANNED)
            assert_false(info->wants_for || info->wants_by || info->wants_node);
    }
}

/* scenarios/schema.json is what the reader's tables say. RCP_REWRITE=1 writes it anew. */
static void schema_is_the_readers(void **state)
{
    (void)state;
    static const char path[] = "scenarios/schema.json";
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_true(rcp_scenario_write_schema(file));
    fclose(file);
    if (getenv("RCP_REWRITE") != NULL) {
        file = fopen(path, "w");
        assert_non_null(file);
        fwrite(text, 1, size, file);
        fclose(file);
    }
    file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s is not there; run from the root", path);
    char *kept = calloc(1, size + 1);
    size_t kept_size = fread(kept, 1, size + 1, file);
    fclose(file);
    bool same = kept_size == size && memcmp(kept, text, size) == 0;
    free(kept);
    free(text);
    if (!same)
        fail_msg("%s is not what the tables say: RCP_REWRITE=1 writes it anew", path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_section_is_read),
        cmocka_unit_test(only_why_is_required),
        cmocka_unit_test(room_follows_from_payments),
        cmocka_unit_test(room_follows_from_purchases),
        cmocka_unit_test(path_names_the_scenario),
        cmocka_unit_test(bad_files_are_refused_where_they_are_bad),
        cmocka_unit_test(unreadable_files_are_refused),
        cmocka_unit_test(too_many_lines_are_refused),
        cmocka_unit_test(generated_scenarios_come_back),
        cmocka_unit_test(what_is_valid_can_be_written),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(presets_and_single_knobs_are_accepted),
        cmocka_unit_test(knobs_break_invariants_that_exist),
        cmocka_unit_test(faults_have_a_place_to_strike),
        cmocka_unit_test(schema_is_the_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
